//! Comparisons of texts that mean something: durations, versions, numbers, words in any case.

use super::card::Typed;
use crate::model::fact::Truth;
use std::cmp::Ordering;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Whether two texts mean the same.
pub fn same(left: &str, right: &str, typed: Option<Typed>) -> Truth {
    match typed {
        Some(Typed::IgnoreCase) => Truth::of(left.eq_ignore_ascii_case(right)),
        Some(Typed::Duration) => both(duration(left), duration(right), Ordering::is_eq),
        Some(Typed::Days) => both(days(left), days(right), Ordering::is_eq),
        Some(Typed::Version) => both(version(left), version(right), Ordering::is_eq),
        None if left == right => Truth::True,
        None => match (left.parse::<f64>(), right.parse::<f64>()) {
            (Ok(left), Ok(right)) => Truth::of(left.total_cmp(&right).is_eq()),
            _ => Truth::False,
        },
    }
}

/// Whether two texts stand in an order; unknown where one of them has no such meaning.
pub fn compare(
    left: &str,
    right: &str,
    typed: Option<Typed>,
    wanted: impl Fn(Ordering) -> bool,
) -> Truth {
    match typed {
        Some(Typed::Duration) => both(duration(left), duration(right), wanted),
        Some(Typed::Days) => both(days(left), days(right), wanted),
        Some(Typed::Version) => both(version(left), version(right), wanted),
        _ => both(left.trim().parse::<f64>().ok(), right.trim().parse().ok(), wanted),
    }
}

fn both<T: PartialOrd>(
    left: Option<T>,
    right: Option<T>,
    wanted: impl Fn(Ordering) -> bool,
) -> Truth {
    match (left, right) {
        (Some(left), Some(right)) => {
            left.partial_cmp(&right).map_or(Truth::Unknown, |order| Truth::of(wanted(order)))
        }
        _ => Truth::Unknown,
    }
}

/// Seconds of a duration whose bare number would be days.
pub fn days(text: &str) -> Option<f64> {
    match text.trim().parse::<f64>() {
        Ok(days) => Some(days * DAY),
        Err(_) => duration(text),
    }
}

/// Seconds of `90s`, `1h30m`, `720h`, `7d`, `7776000`, of ISO 8601's `P90D`, `P1Y`, `PT1H` and of
/// Amazon `EventBridge`'s `rate(90 days)`.
pub fn duration(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Some(seconds);
    }
    if let Some(rate) = text.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')) {
        let (number, unit) = rate.trim().split_once(' ')?;
        let unit = match unit.trim().trim_end_matches('s') {
            "minute" => 60.0,
            "hour" => 3600.0,
            "day" => DAY,
            _ => return None,
        };
        return number.parse::<f64>().ok().map(|number| number * unit);
    }
    if let Some(iso) = text.strip_prefix('P') {
        return iso_duration(iso);
    }
    let (mut total, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let length = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        total += number
            * match unit[..length].trim() {
                "ns" => 1e-9,
                "us" | "µs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => DAY,
                "w" => 604_800.0,
                "y" => 31_536_000.0,
                _ => return None,
            };
        rest = &unit[length..];
    }
    (!text.is_empty()).then_some(total)
}

fn iso_duration(text: &str) -> Option<f64> {
    let (mut total, mut rest, mut time) = (0.0, text, false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            (time, rest) = (true, after);
            continue;
        }
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        total += number
            * match (unit, time) {
                ('Y', false) => 31_536_000.0,
                ('M', false) => 2_592_000.0,
                ('W', false) => 604_800.0,
                ('D', false) => DAY,
                ('H', true) => 3600.0,
                ('M', true) => 60.0,
                ('S', true) => 1.0,
                _ => return None,
            };
        rest = &rest[digits + unit.len_utf8()..];
    }
    (!text.is_empty()).then_some(total)
}

/// A duration for people, in the largest unit that leaves no rest: `90 days`, `1 hour`.
pub fn words(seconds: f64) -> String {
    let units = [("day", DAY), ("hour", 3600.0), ("minute", 60.0), ("second", 1.0)];
    let fits = |(_, length): &&(&str, f64)| seconds >= *length && seconds % *length == 0.0;
    let (unit, length) = units.iter().find(fits).copied().unwrap_or(("second", 1.0));
    let plural = if seconds > length { "s" } else { "" };
    format!("{} {unit}{plural}", seconds / length)
}

/// The numbers of `1.2.3`, `v1.30`, `TLS1_2`, `TLSV1_3`, `TLSv1.2_2021`.
pub fn version(text: &str) -> Option<Vec<u64>> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let parts: Vec<u64> = text[start..]
        .split(['.', '_', '-'])
        .map_while(|part| {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part[..end].parse().ok()
        })
        .collect();
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds() {
        for (text, seconds) in [
            ("90", 90.0),
            ("90s", 90.0),
            ("1h30m", 5400.0),
            ("720h", 2_592_000.0),
            ("7d", 604_800.0),
            ("7776000s", 7_776_000.0),
            ("P90D", 7_776_000.0),
            ("PT1H", 3600.0),
            ("2160h0m0s", 7_776_000.0),
            ("rate(90 days)", 7_776_000.0),
            ("rate(1 hour)", 3600.0),
        ] {
            assert_eq!(duration(text), Some(seconds), "{text}");
        }
        for text in ["", "soon", "5x", "P", "h", "rate(days)", "cron(0 8 1 * ? *)"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_told_in_the_largest_whole_unit() {
        let told = [86_400.0, 7_776_000.0, 3600.0, 5400.0, 90.0, 1.0].map(words);
        assert_eq!(told, ["1 day", "90 days", "1 hour", "90 minutes", "90 seconds", "1 second"]);
    }

    #[test]
    fn a_bare_number_may_be_days() {
        assert_eq!(days("90"), duration("90d"));
        assert_eq!(days("rate(90 days)"), duration("90d"));
        assert_eq!(compare("91", "90d", Some(Typed::Days), Ordering::is_gt), Truth::True);
    }

    #[test]
    fn versions_are_numbers() {
        assert_eq!(version("TLS1_2"), Some(vec![1, 2]));
        assert_eq!(version("v1.30.1"), Some(vec![1, 30, 1]));
        assert_eq!(version("latest"), None);
        assert_eq!(compare("1.9", "1.10", Some(Typed::Version), Ordering::is_lt), Truth::True);
    }
}
