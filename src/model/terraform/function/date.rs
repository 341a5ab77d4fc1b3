//! Terraform's functions on points in time. The present is none that can be told.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, Stop};
use crate::model::datum::{Datum, Reason};
use std::fmt::Write;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    let entry: Entry = match name {
        "formatdate" => (&["format", "time"], formatdate),
        "plantimestamp" | "timestamp" => (&[], |_| Err(Stop::because(Reason::Impure))),
        "timeadd" => (&["timestamp", "duration"], timeadd),
        "timecmp" => (&["timestamp_a", "timestamp_b"], timecmp),
        _ => return None,
    };
    Some(argument::run(name, entry, arguments))
}

const NANOS: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// A point in time and the offset of its clock from UTC in seconds.
#[derive(Clone, Copy)]
struct Moment {
    nanos: i128,
    offset: i64,
}

/// A point in time as a clock and a calendar at its place show it.
struct Shown {
    year: i64,
    month: usize,
    day: i64,
    /// Sunday is 0.
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Moment {
    /// RFC 3339, as strict as Terraform.
    fn read(arguments: &Arguments, place: usize) -> Result<Self, Stop> {
        let text = arguments.text(place)?;
        Self::parse(&text).ok_or_else(|| arguments.wrong(place, "not a valid RFC3339 timestamp"))
    }

    fn parse(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize, most: i64| {
            let digits = text.get(from..to).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<i64>().ok().filter(|&value| value <= most)
        };
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if !marks.iter().all(|&(at, mark)| text.as_bytes().get(at) == Some(&mark)) {
            return None;
        }
        let (year, month, day) = (number(0, 4, 9999)?, number(5, 7, 12)?, number(8, 10, 31)?);
        let (hour, minute) = (number(11, 13, 23)?, number(14, 16, 59)?);
        let second = number(17, 19, 59)?;
        if month < 1 || day < 1 || day > days_of(year, month) {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut nanos = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, behind) = fraction.split_at(length);
            nanos = format!("{digits:0<9}").get(..9)?.parse().ok().filter(|_| length > 0)?;
            rest = behind;
        }
        let offset = if rest == "Z" {
            0
        } else {
            let sign = if rest.starts_with('-') { -1 } else { 1 };
            let start = text.len() - rest.len();
            let shaped =
                rest.len() == 6 && rest.starts_with(['+', '-']) && rest.as_bytes()[3] == b':';
            let (hours, minutes) =
                (number(start + 1, start + 3, 23)?, number(start + 4, start + 6, 59)?);
            Some(sign * (hours * 3600 + minutes * 60)).filter(|_| shaped)?
        };
        let seconds = day_number(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        Some(Self { nanos: i128::from(seconds - offset) * NANOS + nanos, offset })
    }

    fn shown(self) -> Option<Shown> {
        let seconds = i64::try_from(self.nanos.div_euclid(NANOS)).ok()? + self.offset;
        let (days, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = date_of(days);
        Some(Shown {
            year,
            month: usize::try_from(month).ok()?,
            day,
            weekday: usize::try_from((days + 4).rem_euclid(7)).ok()?,
            hour: clock / 3600,
            minute: clock / 60 % 60,
            second: clock % 60,
        })
    }

    /// The offset as `+05:30`, or with nothing for the colon.
    fn written_offset(self, colon: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }
}

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1 January 1970. Years are counted from March, so that the leap day ends one.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month < 3);
    let months = (month + 9) % 12;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (months * 153 + 2) / 5 + day - 1 - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    // No later than the day: a year has at least 365 days, and at most 366.
    let mut year = 1970 + days.div_euclid(if days < 0 { 365 } else { 366 });
    while day_number(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && day_number(year, month + 1, 1) <= days {
        month += 1;
    }
    (year, month, days - day_number(year, month, 1) + 1)
}

fn timecmp(arguments: &Arguments) -> Answer {
    let (a, b) = (Moment::read(arguments, 0)?, Moment::read(arguments, 1)?);
    Ok(Datum::int(a.nanos.cmp(&b.nanos) as i64))
}

fn timeadd(arguments: &Arguments) -> Answer {
    let moment = Moment::read(arguments, 0)?;
    let duration = duration(&arguments.text(1)?)
        .ok_or_else(|| arguments.wrong(1, "not a valid duration, such as \"1h30m\""))?;
    let later = Moment { nanos: moment.nanos + i128::from(duration), ..moment };
    let shown = later.shown().filter(|shown| (0..=9999).contains(&shown.year));
    let shown = shown.ok_or_else(|| Stop::because(Reason::Function))?;
    let Shown { year, month, day, hour, minute, second, .. } = shown;
    let offset = if later.offset == 0 { "Z".to_owned() } else { later.written_offset(":") };
    Ok(Datum::text(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}"
    )))
}

/// A duration as Go writes it, in nanoseconds.
fn duration(text: &str) -> Option<i64> {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, behind) = rest.split_at(digits(rest));
        let mut fraction = "";
        rest = behind;
        if let Some(behind) = rest.strip_prefix('.') {
            (fraction, rest) = behind.split_at(digits(behind));
        }
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let length = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, behind) = rest.split_at(length);
        rest = behind;
        let unit: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?.checked_add(part(fraction, unit))?;
    }
    let negative = text.starts_with('-');
    i64::try_from(if negative { -i128::from(total) } else { i128::from(total) }).ok()
}

/// What digits behind the point are worth, without what is less than one.
fn part(fraction: &str, unit: u64) -> u64 {
    let (mut value, mut worth) = (0, u128::from(unit) * 1_000_000_000_000_000);
    for digit in fraction.bytes().take(15) {
        worth /= 10;
        value += worth * u128::from(digit - b'0');
    }
    u64::try_from(value / 1_000_000_000_000_000).unwrap_or(0)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn formatdate(arguments: &Arguments) -> Answer {
    let (format, moment) = (arguments.text(0)?, Moment::read(arguments, 1)?);
    let shown = moment.shown().ok_or_else(|| Stop::because(Reason::Function))?;
    let mut out = String::new();
    let mut rest = &*format;
    while let Some(c) = rest.chars().next() {
        let length = rest.len() - rest.trim_start_matches(c).len();
        if c == '\'' {
            rest = quoted(&rest[1..], &mut out)
                .ok_or_else(|| arguments.wrong(0, "unterminated literal '"))?;
        } else if c.is_ascii_alphabetic() {
            field(&rest[..length], &shown, moment, &mut out)
                .ok_or_else(|| arguments.wrong(0, "invalid date format verb"))?;
            rest = &rest[length..];
        } else {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }
    Ok(Datum::text(out))
}

/// What follows a quoted part, whose characters are written. Two quotes are one.
fn quoted<'a>(text: &'a str, out: &mut String) -> Option<&'a str> {
    if let Some(rest) = text.strip_prefix('\'') {
        out.push('\'');
        return Some(rest);
    }
    let mut rest = text;
    loop {
        let (part, behind) = rest.split_once('\'')?;
        out.push_str(part);
        match behind.strip_prefix('\'') {
            Some(behind) => {
                out.push('\'');
                rest = behind;
            }
            None => return Some(behind),
        }
    }
}

fn field(verb: &str, shown: &Shown, moment: Moment, out: &mut String) -> Option<()> {
    let half = (shown.hour + 11) % 12 + 1;
    let month = MONTHS.get(shown.month - 1)?;
    let weekday = WEEKDAYS.get(shown.weekday)?;
    let morning = shown.hour < 12;
    let written = match verb {
        "YYYY" => write!(out, "{:04}", shown.year),
        "YY" => write!(out, "{:02}", shown.year % 100),
        "MMMM" => write!(out, "{month}"),
        "MMM" => write!(out, "{}", &month[..3]),
        "MM" => write!(out, "{:02}", shown.month),
        "M" => write!(out, "{}", shown.month),
        "DD" => write!(out, "{:02}", shown.day),
        "D" => write!(out, "{}", shown.day),
        "EEEE" => write!(out, "{weekday}"),
        "EEE" => write!(out, "{}", &weekday[..3]),
        "hh" => write!(out, "{:02}", shown.hour),
        "h" => write!(out, "{}", shown.hour),
        "HH" => write!(out, "{half:02}"),
        "H" => write!(out, "{half}"),
        "AA" => write!(out, "{}", if morning { "AM" } else { "PM" }),
        "aa" => write!(out, "{}", if morning { "am" } else { "pm" }),
        "mm" => write!(out, "{:02}", shown.minute),
        "m" => write!(out, "{}", shown.minute),
        "ss" => write!(out, "{:02}", shown.second),
        "s" => write!(out, "{}", shown.second),
        "ZZZ" if moment.offset == 0 => write!(out, "UTC"),
        "Z" if moment.offset == 0 => write!(out, "Z"),
        "ZZZZZ" | "Z" => write!(out, "{}", moment.written_offset(":")),
        "ZZZZ" | "ZZZ" => write!(out, "{}", moment.written_offset("")),
        _ => return None,
    };
    written.ok()
}
