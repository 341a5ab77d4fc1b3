//! Workflow commands of GitHub Actions: annotations on the lines of a pull request without code
//! scanning. GitHub shows ten of each kind for a step, so the worst of each kind come first.
//!
//! Source: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>.

use super::{Entry, Weight, entries, inert};
use crate::rules::card::Severity;
use crate::rules::outcome::Report;
use std::cmp::Reverse;
use std::fmt::Write as _;
use std::io;

/// Writes the commands; none where there is nothing to say.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut entries: Vec<_> = entries(report).collect();
    entries.sort_by_key(|entry| match entry.weight {
        Weight::Error => (0, Reverse(Severity::Critical)),
        Weight::Warning => (2, Reverse(Severity::Critical)),
        Weight::Finding(severity) => (1, Reverse(severity)),
    });
    for entry in &entries {
        writeln!(out, "{}", command(entry))?;
    }
    Ok(())
}

fn command(entry: &Entry<'_>) -> String {
    let mut text = format!("::{} file={}", level(entry.weight), property(&inert(entry.path)));
    if let Some(extent) = entry.extent {
        let _ = write!(text, ",line={},endLine={}", extent.start.line, extent.end.line);
        // Columns are read only where a place does not leave its line.
        if extent.start.line == extent.end.line {
            let _ = write!(text, ",col={},endColumn={}", extent.start.column, extent.end.column);
        }
    }
    let title = match entry.weight {
        Weight::Finding(severity) => format!("{} ({})", entry.id, severity.word()),
        Weight::Error | Weight::Warning => entry.id.to_owned(),
    };
    let _ = write!(text, ",title={}::{}", property(&title), data(&entry.message));
    if !entry.advice.is_empty() {
        let _ = write!(text, "%0A{}", data(entry.advice));
    }
    text
}

fn level(weight: Weight) -> &'static str {
    match weight {
        Weight::Error | Weight::Finding(Severity::Critical | Severity::High) => "error",
        Weight::Warning | Weight::Finding(Severity::Medium) => "warning",
        Weight::Finding(Severity::Low | Severity::Info) => "notice",
    }
}

/// Escapes what would end the message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_end_a_command() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a,line=1::b%"), "a%2Cline=1%3A%3Ab%25");
    }
}
