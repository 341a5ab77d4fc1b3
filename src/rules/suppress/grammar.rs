//! How ztlint's own suppressions are written: `[IDS] instance=… until=YYYY-MM-DD reason="…"`.

use super::{Content, Terms};
use crate::rules::catalog::Catalog;
use crate::rules::date::Date;

/// Reads rules in brackets and the terms behind them.
pub fn bracketed(text: &str, catalog: &Catalog) -> Content {
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((ids, rest)) => terms(ids, rest, catalog),
        None => malformed("the rule is named in brackets: `ztlint:ignore[ZT-NET-005]`"),
    }
}

/// Reads rules, in brackets or not, and the terms behind them.
pub fn bare(text: &str, catalog: &Catalog) -> Content {
    if text.starts_with('[') {
        return bracketed(text, catalog);
    }
    // The rules end where the first `key=` begins.
    let end = text.find('=').map_or(text.len(), |equals| {
        text[..equals].trim_end().rfind([' ', '\t', ',']).map_or(0, |at| at + 1)
    });
    let ids = text[..end].trim().trim_end_matches(',');
    let ids = ids.split([' ', '\t', ',']).filter(|word| !word.is_empty()).collect::<Vec<_>>();
    terms(&ids.join(","), &text[end..], catalog)
}

/// Parts that stand between semicolons or on lines of their own, quoted texts left whole.
pub fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quote) = (Vec::new(), 0, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, ';' | '\n') => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            // A quote begins a value; elsewhere it is an apostrophe.
            (None, '"' | '\'') if text[..at].ends_with('=') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn terms(ids: &str, rest: &str, catalog: &Catalog) -> Content {
    let mut found = Terms::default();
    for word in ids.split(',').map(str::trim) {
        match catalog.find(word) {
            Some(rule) => found.rules.push(rule),
            None if word.is_empty() => return malformed("no rule is named"),
            None => return Content::Malformed(format!("no rule is called `{word}`")),
        }
    }
    let mut rest = rest.trim();
    while !rest.is_empty() {
        let Some((key, value)) = rest.split_once('=') else {
            return malformed("after the rules only `instance=`, `until=` and `reason=` are known");
        };
        let (value, after) = match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            Some(quote) => match value[1..].split_once(quote) {
                Some((value, after)) => (value, after),
                None => return malformed("a quote is not closed"),
            },
            None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
        };
        match key.trim() {
            "until" => match Date::parse(value) {
                Some(date) => found.until = Some(date),
                None => return Content::Malformed(format!("`{value}` is no day (YYYY-MM-DD)")),
            },
            "instance" if !value.is_empty() => found.instances.push(value.to_owned()),
            "reason" if !value.trim().is_empty() => found.reason = Some(value.trim().to_owned()),
            "reason" => return malformed("the reason is empty"),
            other => return Content::Malformed(format!("`{other}` is not known here")),
        }
        rest = after.trim();
    }
    found.used = vec![false; found.rules.len()];
    Content::Terms(found)
}

fn malformed(why: &str) -> Content {
    Content::Malformed(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules, instances, day and reason, or why not.
    fn said(content: &Content) -> String {
        match content {
            Content::Terms(terms) => {
                let ids: Vec<&str> = terms.rules.iter().map(|rule| rule.id).collect();
                let until = terms.until.map_or_else(String::new, |day| format!(" {day}"));
                let reason =
                    terms.reason.as_deref().map_or_else(String::new, |r| format!(" ({r})"));
                format!("{}{}{until}{reason}", ids.join("+"), terms.instances.concat())
            }
            Content::Malformed(why) => why.clone(),
        }
    }

    #[test]
    fn annotations_name_rules_with_and_without_brackets() {
        let catalog = Catalog::default();
        for (text, expected) in [
            ("ZT-NET-005", "ZT-NET-005"),
            ("ZT-NET-005, ZT-NET-022", "ZT-NET-005+ZT-NET-022"),
            ("ZT-NET-005 ZT-NET-022 until=2030-01-02", "ZT-NET-005+ZT-NET-022 2030-01-02"),
            ("[ZT-NET-005,ZT-NET-022] until=2030-01-02", "ZT-NET-005+ZT-NET-022 2030-01-02"),
            ("ZT-NET-005 reason=\"a = b; c\" until=2030-01-02", "ZT-NET-005 2030-01-02 (a = b; c)"),
            ("ZT-NET-005,reason='x y'", "ZT-NET-005 (x y)"),
            ("networkpolicy-allows-all-ingress reason=legacy", "ZT-NET-005 (legacy)"),
            ("", "no rule is named"),
            ("reason=x", "no rule is named"),
            ("ALL", "no rule is called `ALL`"),
            ("NET", "no rule is called `NET`"),
            ("ZT-NET-005 because", "no rule is called `because`"),
            ("ZT-NET-005 until=2030-02-30", "`2030-02-30` is no day (YYYY-MM-DD)"),
            ("ZT-NET-005 for=me", "`for` is not known here"),
            ("ZT-NET-005 reason=\"open", "a quote is not closed"),
            ("ZT-NET-005 reason=\" \"", "the reason is empty"),
        ] {
            assert_eq!(said(&bare(text, &catalog)), expected, "{text}");
        }
    }

    #[test]
    fn parts_stand_between_semicolons_and_on_lines() {
        for (text, expected) in [
            ("a", vec!["a"]),
            ("a; b\nc;;", vec!["a", "b", "c"]),
            ("a reason=\"x; y\"; b reason='p\nq'", vec!["a reason=\"x; y\"", "b reason='p\nq'"]),
            ("a reason=don't; b", vec!["a reason=don't", "b"]),
            (" \n", vec![]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }
}
