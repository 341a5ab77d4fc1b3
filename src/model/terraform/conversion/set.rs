//! Sets: no two members are equal, and members have the order that Terraform gives them.

use super::{same, whole_text};
use crate::model::datum::{Datum, Kind, List};
use crate::model::fact::Truth;
use crate::model::number::Number;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// More members that are not known are not compared with each other.
const MAX_COMPARED: usize = 500;

/// What a known member is ordered by. Members of one set have one type.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    /// As Terraform orders it, and then exactly.
    Other(Vec<u8>, Vec<u8>),
    Null,
}

/// The set of these members. Known ones come first, in order; of those that are not, only certain
/// duplicates go.
pub fn set_of(members: Vec<Datum>, open: bool) -> Kind {
    let mut known = BTreeMap::new();
    let mut rest: Vec<Datum> = Vec::new();
    for member in members {
        if let Some(rank) = rank(&member) {
            known.entry(rank).or_insert(member);
        } else {
            let again = |other: &Datum| same(other, &member) == Truth::True;
            if rest.len() > MAX_COMPARED || !rest.iter().any(again) {
                rest.push(member);
            }
        }
    }
    let items: Vec<Datum> = known.into_values().chain(rest).collect();
    let open = open.then_some(items.len());
    Kind::Set(Arc::new(List { items, open }))
}

/// What a member is to the members before it, where known ones count as before the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Certainly equal to none of them.
    New,
    /// Certainly equal to one of them.
    Repeated,
    /// It may be equal to one of them.
    Doubtful,
}

/// The standing of each member. Those that are new are as many different ones.
pub fn standings(members: &[Datum]) -> Vec<Standing> {
    let mut known = BTreeSet::new();
    let mut new: Vec<&Datum> = Vec::new();
    let mut result = vec![Standing::Doubtful; members.len()];
    let mut rest = Vec::new();
    for (member, standing) in members.iter().zip(&mut result) {
        match rank(member) {
            None => rest.push((member, standing)),
            Some(rank) => {
                *standing = Standing::Repeated;
                if known.insert(rank) {
                    *standing = Standing::New;
                    new.push(member);
                }
            }
        }
    }
    for (member, standing) in rest.into_iter().take(MAX_COMPARED) {
        if new.len() > MAX_COMPARED {
            break;
        }
        *standing = match Truth::any(new.iter().map(|other| same(other, member))) {
            Truth::True => Standing::Repeated,
            Truth::Unknown => Standing::Doubtful,
            Truth::False => {
                new.push(member);
                Standing::New
            }
        };
    }
    result
}

/// A set's members as a list. Where a member cannot be told, neither can be its position, nor
/// whether it equals another one.
pub fn list_of(set: &List) -> List {
    if set.open.is_none() && (set.items.len() < 2 || set.items.iter().all(Datum::is_known)) {
        return List { items: set.items.clone(), open: None };
    }
    let standings = standings(&set.items);
    let new = set.items.iter().zip(standings).filter(|(_, standing)| *standing == Standing::New);
    List { items: new.map(|(item, _)| item.clone()).collect(), open: Some(0) }
}

/// The order of a member that is known through and through.
pub(super) fn rank(value: &Datum) -> Option<Rank> {
    match &value.kind {
        Kind::Null => Some(Rank::Null),
        Kind::Bool(value) => Some(Rank::Bool(*value)),
        Kind::Number(number) => Some(Rank::Number(number.clone())),
        Kind::Text(text) => Some(Rank::Text(text.clone())),
        Kind::Json(_) => Some(Rank::Text(whole_text(value)?)),
        Kind::Partial(_) | Kind::Unknown(_) | Kind::Instance(_) => None,
        Kind::List(_) | Kind::Set(_) | Kind::Map(_) => {
            let (mut order, mut exact) = (String::new(), String::new());
            write(value, false, &mut order)?;
            write(value, true, &mut exact)?;
            Some(Rank::Other(order.into_bytes(), exact.into_bytes()))
        }
    }
}

/// The bytes by which Terraform orders members of sets that are neither texts nor numbers: those of
/// objects need no names, as all members have the same ones, which sort alike.
fn write(value: &Datum, exact: bool, out: &mut String) -> Option<()> {
    match &value.kind {
        Kind::Null => out.push('~'),
        Kind::Bool(value) => out.push(if *value { 'T' } else { 'F' }),
        Kind::Number(number) if exact => write!(out, "{number}").ok()?,
        Kind::Number(number) => out.push_str(&ten_digits(number)),
        Kind::Text(_) | Kind::Json(_) => quote(&whole_text(value)?, out),
        Kind::Partial(_) | Kind::Unknown(_) | Kind::Instance(_) => return None,
        Kind::List(list) | Kind::Set(list) => {
            if list.open.is_some() {
                return None;
            }
            out.push('[');
            for item in &list.items {
                write(item, exact, out)?;
                out.push(';');
            }
            out.push(']');
        }
        Kind::Map(map) => {
            if map.open {
                return None;
            }
            out.push('{');
            for (key, item) in &map.entries {
                quote(key, out);
                out.push(':');
                write(item, exact, out)?;
                out.push(';');
            }
            out.push('}');
        }
    }
    Some(())
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0b' => out.push_str("\\v"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(out, "\\x{:02x}", letter as u32);
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

/// A number in ten significant digits, with an exponent where Terraform's order has one.
fn ten_digits(number: &Number) -> String {
    if let Some(int) = number.to_i64()
        && int.unsigned_abs() < 10_000_000_000
    {
        return int.to_string();
    }
    let decimal = number.to_decimal().with_prec(10).normalized();
    let (digits, scale) = decimal.as_bigint_and_exponent();
    let digits = digits.to_string();
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits.as_str()),
    };
    let exponent = i64::try_from(digits.len()).unwrap_or(i64::MAX) - 1 - scale;
    if (-4..10).contains(&exponent) {
        return decimal.to_plain_string();
    }
    let (head, tail) = digits.split_at(1);
    let point = if tail.is_empty() { "" } else { "." };
    let mark = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{head}{point}{tail}e{mark}{:02}", exponent.unsigned_abs())
}
