//! Calendar days, for the expiry of suppressions.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Default for Date {
    fn default() -> Self {
        Self { year: 1970, month: 1, day: 1 }
    }
}

impl Date {
    /// Reads `YYYY-MM-DD`; refuses days that do not exist.
    pub fn parse(text: &str) -> Option<Date> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, b)| match at {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            });
        if !shaped {
            return None;
        }
        let date = Date {
            year: text[..4].parse().ok()?,
            month: text[5..7].parse().ok()?,
            day: text[8..].parse().ok()?,
        };
        (1..=days(date.year, date.month)).contains(&date.day).then_some(date)
    }

    /// Today in UTC.
    pub fn today() -> Date {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| past.as_secs());
        Self::of_seconds(seconds)
    }

    /// The day in UTC, from seconds since the beginning of 1970.
    pub fn of_seconds(seconds: u64) -> Date {
        let mut left = seconds / 86_400;
        let mut date = Date::default();
        loop {
            let length = u64::from(days(date.year, date.month));
            if left < length {
                date.day = left as u8 + 1;
                return date;
            }
            left -= length;
            (date.year, date.month) =
                if date.month == 12 { (date.year + 1, 1) } else { (date.year, date.month + 1) };
        }
    }

    /// How many days this day is after another; below 0 if it is before.
    pub fn days_from(self, other: Date) -> i64 {
        self.number() - other.number()
    }

    /// Days since the beginning of year 0.
    fn number(self) -> i64 {
        let years = i64::from(self.year);
        let leap = if self.year == 0 {
            0
        } else {
            (years - 1) / 4 - (years - 1) / 100 + (years - 1) / 400 + 1
        };
        let months = (1..self.month).map(|month| i64::from(days(self.year, month)));
        years * 365 + leap + months.sum::<i64>() + i64::from(self.day)
    }
}

fn days(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        1..=12 => 31,
        _ => 0,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted() {
        let day = |text| Date::parse(text).expect("a day");
        for (a, b, days) in [
            ("2024-03-01", "2024-02-28", 2),
            ("2023-03-01", "2023-02-28", 1),
            ("2000-03-01", "1900-03-01", 36_525 - 1 + 1),
            ("2026-01-01", "2025-01-01", 365),
            ("2025-01-01", "2025-01-02", -1),
            ("9999-12-31", "1970-01-01", 2_932_896),
            ("0001-01-01", "0000-12-31", 1),
        ] {
            assert_eq!(day(a).days_from(day(b)), days, "{a} {b}");
        }
        assert_eq!(Date::of_seconds(951_868_799).to_string(), "2000-02-29");
        assert_eq!(Date::of_seconds(951_868_800).to_string(), "2000-03-01");
    }

    #[test]
    fn only_days_that_exist() {
        assert!(Date::parse("2024-02-29").is_some());
        for text in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-1-01",
            "2024-01-00",
            "tomorrow",
            "2024-01-01T",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert!(Date::parse("2024-12-31") < Date::parse("2025-01-01"));
        assert!(Date::today() > Date::parse("2025-01-01").expect("a day"));
    }
}
