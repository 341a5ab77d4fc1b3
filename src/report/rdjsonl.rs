//! Reviewdog's diagnostic format, one JSON object for each line.
//!
//! Source: <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>. Columns count UTF-8 bytes
//! there, from 1.

use super::{Extent, Weight, entries, write_json};
use crate::input::source::Source;
use crate::rules::card::Severity;
use crate::rules::outcome::Report;
use serde::Serialize;
use std::collections::HashMap;
use std::io;

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    source: Tool,
    code: Code<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
}

/// Writes the lines; none where there is nothing to say.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let sources: HashMap<_, _> =
        report.sources.iter().map(|source| (source.path.as_str(), source)).collect();
    for entry in entries(report) {
        let source = sources.get(entry.path);
        let range = entry.extent.zip(source).map(|(extent, source)| range(source, extent));
        let diagnostic = Diagnostic {
            message: match entry.advice {
                "" => entry.message,
                advice => format!("{} {advice}", entry.message),
            },
            location: Location { path: entry.path, range },
            severity: severity(entry.weight),
            source: Tool { name: env!("CARGO_PKG_NAME") },
            code: Code { value: entry.id },
        };
        write_json(&diagnostic, out)?;
    }
    Ok(())
}

fn range(source: &Source, extent: Extent) -> Range {
    let position = |offset: u32, line: u32| {
        let start = source.line_span(offset).start;
        let before = source.text.get(start as usize..offset as usize).unwrap_or("");
        Position { line, column: before.trim_start_matches('\u{feff}').len() as u32 + 1 }
    };
    Range {
        start: position(extent.span.start, extent.start.line),
        end: position(extent.span.end, extent.end.line),
    }
}

fn severity(weight: Weight) -> &'static str {
    match weight {
        Weight::Error | Weight::Finding(Severity::Critical | Severity::High) => "ERROR",
        Weight::Warning | Weight::Finding(Severity::Medium) => "WARNING",
        Weight::Finding(Severity::Low | Severity::Info) => "INFO",
    }
}
