//! Azure shared access signatures and stored access policies that live for months.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::sink::Sink;

const SIGNATURES: [&str; 2] =
    ["azurerm_storage_account_sas", "azurerm_storage_account_blob_container_sas"];

const STORED: [&str; 3] =
    ["azurerm_storage_share", "azurerm_storage_table", "azurerm_storage_queue"];

/// The most days between start and expiry.
const DAYS: i64 = 90;

/// `azure_signature_long_lived`.
pub fn azure_signature_long_lived<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for kind in SIGNATURES {
        for &at in root.terraform(Category::Data, kind) {
            judge(at, root.cursor(root.resources[at]), sink);
        }
    }
    for kind in STORED {
        for &at in root.terraform(Category::Managed, kind) {
            for list in root.cursor(root.resources[at]).key("acl").items().known {
                for policy in list.key("access_policy").items().known {
                    judge(at, policy, sink);
                }
            }
        }
    }
}

fn judge<'r>(at: usize, holder: Cursor<'r>, sink: &mut Sink<'_, 'r>) {
    let expiry = holder.key("expiry");
    match long(holder.key("start"), expiry) {
        Truth::True => {
            sink.report(at, expiry, None, &[]);
        }
        Truth::Unknown => sink.unknown(),
        Truth::False => {}
    }
}

/// Whether more than `DAYS` lie between two times, each written as `YYYY-MM-DD…`.
fn long(start: Cursor<'_>, expiry: Cursor<'_>) -> Truth {
    if start.absent() == Truth::True || expiry.absent() == Truth::True {
        return Truth::False;
    }
    match (start.text(), expiry.text()) {
        (Some(start), Some(expiry)) => match (day(&start), day(&expiry)) {
            (Some(start), Some(expiry)) => Truth::of(expiry - start > DAYS),
            _ => Truth::False,
        },
        _ => Truth::Unknown,
    }
}

/// The number of a day, counted from the first of March of the year 0.
fn day(text: &str) -> Option<i64> {
    let mut parts = text.get(..10)?.split('-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    Some(year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1)
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_counted_by_the_calendar() {
        for (start, expiry, days) in [
            ("2026-01-01T00:00:00Z", "2026-01-01", 0),
            ("2026-01-01", "2026-04-01T00:00:00Z", 90),
            ("2024-02-28", "2024-03-01", 2),
            ("2023-02-28", "2023-03-01", 1),
            ("2025-12-31", "2026-01-01", 1),
            ("2000-01-01", "2001-01-01", 366),
            ("2026-01-01", "2036-01-01", 3652),
        ] {
            let found = day(expiry).zip(day(start)).map(|(end, start)| end - start);
            assert_eq!(found, Some(days), "{start} to {expiry}");
        }
        for text in ["", "2026-1-1", "2026-13-01", "2026-01-32", "today 12-01"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
