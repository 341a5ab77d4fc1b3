//! Comma-separated values (RFC 4180) as Go reads them: a header, then one map for each record.

use super::argument::{Answer, MAX_MEMBERS, Stop};
use crate::model::datum::{Datum, Reason};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The records of a table. What is wrong is a phrase without an end.
pub fn decode(text: &str) -> Answer {
    let wrong = |what: &str| Stop::Wrong(what.to_owned());
    let mut records = Records { lines: text.split_inclusive('\n') };
    let header = records.read()?.ok_or_else(|| wrong("missing header line"))?;
    let names: Vec<Arc<str>> = header.into_iter().map(Arc::from).collect();
    if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
        return Err(wrong("duplicate column name"));
    }
    let mut items = Vec::new();
    while let Some(record) = records.read()? {
        if record.len() != names.len() {
            return Err(wrong("CSV parse error: wrong number of fields"));
        }
        if (items.len() + 1).saturating_mul(names.len()) > MAX_MEMBERS {
            return Err(Stop::because(Reason::Limit));
        }
        let entries = names.iter().cloned().zip(record.into_iter().map(Datum::text));
        items.push(Datum::map(entries.collect::<BTreeMap<_, _>>()));
    }
    Ok(Datum::list(items))
}

struct Records<'a> {
    lines: std::str::SplitInclusive<'a, char>,
}

impl<'a> Records<'a> {
    /// The next line, without the carriage return before its end.
    fn line(&mut self) -> Option<(&'a str, &'static str)> {
        let line = self.lines.next()?;
        Some(match line.strip_suffix('\n') {
            Some(line) => (line.strip_suffix('\r').unwrap_or(line), "\n"),
            None => (line.strip_suffix('\r').unwrap_or(line), ""),
        })
    }

    fn read(&mut self) -> Result<Option<Vec<String>>, Stop> {
        let wrong = |what: &str| Stop::Wrong(format!("CSV parse error: {what}"));
        let (mut rest, mut end) = loop {
            match self.line() {
                None => return Ok(None),
                Some(("", _)) => {}
                Some(line) => break line,
            }
        };
        let mut fields = Vec::new();
        loop {
            if !rest.starts_with('"') {
                let (field, behind) = match rest.split_once(',') {
                    Some((field, behind)) => (field, Some(behind)),
                    None => (rest, None),
                };
                if field.contains('"') {
                    return Err(wrong("bare \" in non-quoted-field"));
                }
                fields.push(field.to_owned());
                match behind {
                    Some(behind) => rest = behind,
                    None => return Ok(Some(fields)),
                }
                continue;
            }
            rest = &rest[1..];
            let mut field = String::new();
            loop {
                if let Some((part, behind)) = rest.split_once('"') {
                    field.push_str(part);
                    rest = behind;
                    let Some(behind) = rest.strip_prefix('"') else { break };
                    field.push('"');
                    rest = behind;
                } else {
                    field.push_str(rest);
                    field.push_str(end);
                    let unclosed = || wrong("extraneous or missing \" in quoted-field");
                    (rest, end) = self.line().ok_or_else(unclosed)?;
                }
            }
            fields.push(field);
            match rest.strip_prefix(',') {
                Some(behind) => rest = behind,
                None if rest.is_empty() => return Ok(Some(fields)),
                None => return Err(wrong("extraneous or missing \" in quoted-field")),
            }
        }
    }
}
