//! Markdown for a step summary or a comment on a pull request: how many, then a table, the worst
//! first. Texts of manifests are inert: no markup, no links, no mentions.

use super::{Entry, Weight, counted, entries, inert, severities};
use crate::rules::card::Severity;
use crate::rules::outcome::Report;
use std::cmp::Reverse;
use std::fmt::Write as _;
use std::io;

/// Bytes that a comment may have: GitHub refuses comments of more than 65,536 characters.
const LIMIT: usize = 60_000;

/// Writes the page.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = heading(report);
    let mut entries: Vec<_> = entries(report).collect();
    entries.sort_by_key(|entry| match entry.weight {
        Weight::Error => (0, Reverse(Severity::Critical)),
        Weight::Finding(severity) => (1, Reverse(severity)),
        Weight::Warning => (2, Reverse(Severity::Info)),
    });
    if !entries.is_empty() {
        text.push_str("\n| Severity | Place | Finding |\n|---|---|---|\n");
    }
    for (at, entry) in entries.iter().enumerate() {
        let row = row(entry);
        if text.len() + row.len() > LIMIT {
            let _ = writeln!(text, "\n… and {} more.", entries.len() - at);
            break;
        }
        text.push_str(&row);
    }
    let rules: std::collections::BTreeMap<_, _> =
        report.findings.iter().map(|one| (one.rule.id, one.rule)).collect();
    if !rules.is_empty() {
        let mut advice = String::from("\n<details><summary>What to do</summary>\n\n");
        for rule in rules.values() {
            let _ = writeln!(advice, "- **{}**: {}", rule.id, escaped(rule.remediation.trim_end()));
        }
        advice.push_str("\n</details>\n");
        if text.len() + advice.len() <= LIMIT {
            text.push_str(&advice);
        }
    }
    out.write_all(text.as_bytes())
}

fn heading(report: &Report) -> String {
    let found = severities(&report.findings);
    let errors = entries(report).filter(|entry| entry.weight == Weight::Error).count();
    let summary = &report.summary;
    let looked_at =
        format!("{}, {}", counted(summary.files, "file"), counted(summary.resources, "resource"));
    let mut text = if found.is_empty() {
        let new = if summary.held_back() > 0 { "no new findings" } else { "no findings" };
        format!("## ztlint: {new}\n\n")
    } else {
        let number = counted(report.findings.len(), "finding");
        format!("## ztlint: {number} ({found})\n\n")
    };
    if errors > 0 {
        let _ = write!(text, "**Not everything was analysed ({}).** ", counted(errors, "error"));
    }
    let _ = write!(text, "Looked at {looked_at}.");
    for held in [&summary.baseline, &summary.since].into_iter().flatten() {
        let findings = counted(held.findings, "finding");
        let _ = write!(text, " Held back by {}: {findings}.", escaped(&held.by));
    }
    text.push('\n');
    text
}

fn row(entry: &Entry<'_>) -> String {
    let line = entry.extent.map_or(String::new(), |extent| format!(":{}", extent.start.line));
    format!(
        "| {} | {}{line} | **{}** {} |\n",
        entry.weight.word(),
        escaped(entry.path),
        entry.id,
        escaped(&entry.message)
    )
}

/// Text that Markdown shows as it is. Every mark is escaped; an empty comment keeps `@name` and
/// `#1` from becoming references, which forges find after Markdown has been read. What stands
/// between two backticks stays code.
fn escaped(text: &str) -> String {
    let text = inert(text);
    let balanced = text.matches('`').count().is_multiple_of(2);
    let mut shown = String::with_capacity(text.len() + 16);
    for (at, part) in text.split('`').enumerate() {
        if balanced && at % 2 == 1 && !part.is_empty() && !part.contains('|') {
            let _ = write!(shown, "`{part}`");
            continue;
        }
        if at > 0 && (!balanced || at % 2 == 1) {
            shown.push_str("\\`");
        }
        for character in part.chars() {
            match character {
                '@' | '#' => {
                    let _ = write!(shown, "{character}<!-- -->");
                }
                '.' | ',' | '-' | '/' | '\'' | '(' | ')' if !part.contains("www.") => {
                    shown.push(character);
                }
                _ if character.is_ascii_punctuation() => {
                    shown.push('\\');
                    shown.push(character);
                }
                _ => shown.push(character),
            }
        }
        if balanced && at % 2 == 1 {
            shown.push_str("\\`");
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_markup() {
        for (text, shown) in [
            ("Service shop/web uses 8080.", "Service shop/web uses 8080."),
            ("a `app` b", "a `app` b"),
            ("a `b|c` d", "a \\`b\\|c\\` d"),
            ("one ` tick *b*", "one \\` tick \\*b\\*"),
            ("[x](https://e) <b>", "\\[x\\](https\\://e) \\<b\\>"),
            ("@team #12", "@<!-- -->team #<!-- -->12"),
            ("www.e.x", "www\\.e\\.x"),
            ("a\n| b", "a\\\\u\\{a\\}\\| b"),
        ] {
            assert_eq!(escaped(text), shown, "{text}");
        }
    }
}
