//! GitLab's code quality report: one array, an issue for each problem and finding.
//!
//! Source: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use super::{Weight, entries, write_json};
use crate::rules::card::Severity;
use crate::rules::outcome::Report;
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Writes the array and a line end.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let issues: Vec<_> = entries(report)
        .map(|entry| Issue {
            description: entry.message,
            check_name: entry.id,
            fingerprint: entry.fingerprint.to_string(),
            severity: severity(entry.weight),
            location: Location {
                path: entry.path,
                // An unreadable file has no lines, and the format knows no issue without one.
                lines: entry.extent.map_or(Lines { begin: 1, end: 1 }, |extent| Lines {
                    begin: extent.start.line,
                    end: extent.end.line,
                }),
            },
        })
        .collect();
    write_json(&issues, out)
}

fn severity(weight: Weight) -> &'static str {
    match weight {
        Weight::Error | Weight::Finding(Severity::Critical) => "blocker",
        Weight::Finding(Severity::High) => "critical",
        Weight::Warning | Weight::Finding(Severity::Medium) => "major",
        Weight::Finding(Severity::Low) => "minor",
        Weight::Finding(Severity::Info) => "info",
    }
}
