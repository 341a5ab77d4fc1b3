//! A baseline as a file: what `ztlint baseline` writes, for people to review and for the next runs.
//! `schemas/baseline.schema.json` describes it. Each finding is a few short lines, so that a change
//! of the file shows what was taken in and what went.

use super::InertFormatter;
use crate::rules::baseline::{Baseline, Entry};
use serde::Serialize;
use std::io;

/// The version of the file's shape.
pub const VERSION: u32 = 1;

/// Writes the file.
pub fn write(baseline: &Baseline, out: &mut dyn io::Write) -> io::Result<()> {
    let profile = text(baseline.profile.word())?;
    write!(out, "{{\n  \"version\": {VERSION},\n  \"profile\": {profile},\n  \"findings\": [")?;
    for (at, entry) in baseline.entries.iter().enumerate() {
        let before = if at == 0 { "" } else { "," };
        write!(out, "{before}\n    {{\n{}\n    }}", lines(entry)?)?;
    }
    let end = if baseline.entries.is_empty() { "" } else { "\n  " };
    writeln!(out, "{end}]\n}}")
}

fn lines(entry: &Entry) -> io::Result<String> {
    let fingerprint = entry.fingerprint.to_string();
    let texts = [
        ("file", &entry.file),
        ("rule", &entry.rule),
        ("resource", &entry.resource),
        ("at", &entry.at),
        ("fingerprint", &fingerprint),
    ];
    let mut lines = Vec::new();
    for (key, value) in texts {
        lines.push(format!("      \"{key}\": {}", text(value)?));
    }
    if entry.count > 1 {
        lines.push(format!("      \"count\": {}", entry.count));
    }
    Ok(lines.join(",\n"))
}

/// A text as JSON, in which nothing hides.
fn text(value: &str) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, InertFormatter);
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}
