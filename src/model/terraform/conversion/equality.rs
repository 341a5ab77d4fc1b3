//! Whether values are equal, as far as they are known.

use super::set::rank;
use super::text::pieces;
use super::to_text;
use crate::model::datum::{Datum, Key, Kind, List, Map, Piece, Symbol, Unknown};
use crate::model::fact::Truth;
use std::sync::Arc;

/// More comparisons between members of two sets are not made.
const MAX_PAIRS: usize = 100_000;

/// Whether two values are equal, as `==` says. A tuple never equals a list nor an object a map, and
/// values do not tell them apart: collections with equal members are not certain to be equal.
pub fn equals(a: &Datum, b: &Datum) -> Truth {
    if let (Some(a), Some(b)) = (family(a), family(b))
        && a != b
    {
        return Truth::False;
    }
    match same(a, b) {
        Truth::True if !type_is_certain(a) || !type_is_certain(b) => Truth::Unknown,
        truth => truth,
    }
}

/// Values of two families have two types.
fn family(value: &Datum) -> Option<u8> {
    match &value.kind {
        Kind::Unknown(_) => None,
        Kind::Null => Some(0),
        Kind::Bool(_) => Some(1),
        Kind::Number(_) => Some(2),
        Kind::Text(_) | Kind::Partial(_) | Kind::Json(_) => Some(3),
        Kind::List(_) => Some(4),
        Kind::Set(_) => Some(5),
        Kind::Map(_) | Kind::Instance(_) => Some(6),
    }
}

/// Whether two values are equal that have or get one type: a number may be about to become a text.
pub fn same(a: &Datum, b: &Datum) -> Truth {
    match (&a.kind, &b.kind) {
        (Kind::Unknown(a), Kind::Unknown(b)) => same_unknown(a, b),
        (Kind::Null, Kind::Null) => Truth::True,
        (Kind::Bool(a), Kind::Bool(b)) => Truth::of(a == b),
        (Kind::Number(a), Kind::Number(b)) => Truth::of(a == b),
        (Kind::Text(a), Kind::Text(b)) => Truth::of(a == b),
        (Kind::List(a), Kind::List(b)) => same_list(a, b),
        (Kind::Set(a), Kind::Set(b)) => same_set(a, b),
        (Kind::Map(a), Kind::Map(b)) => same_map(a, b),
        (Kind::Instance(a), Kind::Instance(b)) => same_symbol(a, b),
        (Kind::Unknown(_), _)
        | (_, Kind::Unknown(_))
        | (Kind::List(_), Kind::Set(_))
        | (Kind::Set(_), Kind::List(_))
        | (Kind::Instance(_), Kind::Map(_))
        | (Kind::Map(_), Kind::Instance(_)) => Truth::Unknown,
        (Kind::Null, _) | (_, Kind::Null) => Truth::False,
        _ => match (to_text(a), to_text(b)) {
            (Ok(x), Ok(y)) => {
                let truth = pieces(&x).zip(pieces(&y)).map(|(x, y)| same_text(&x, &y));
                match truth {
                    Some(Truth::True) if family(a) != family(b) => Truth::Unknown,
                    truth => truth.unwrap_or(Truth::Unknown),
                }
            }
            _ => Truth::False,
        },
    }
}

fn type_is_certain(value: &Datum) -> bool {
    match &value.kind {
        Kind::List(_) | Kind::Map(_) => false,
        Kind::Set(set) => set.items.iter().any(|item| !item.is_null() && type_is_certain(item)),
        _ => true,
    }
}

fn same_unknown(a: &Unknown, b: &Unknown) -> Truth {
    match (&a.symbol, &b.symbol) {
        (Some(a), Some(b)) => same_symbol(a, b),
        _ => Truth::Unknown,
    }
}

fn same_symbol(a: &Arc<Symbol>, b: &Arc<Symbol>) -> Truth {
    if a == b && a.key != Some(Key::Any) { Truth::True } else { Truth::Unknown }
}

fn same_list(a: &List, b: &List) -> Truth {
    let shape = same_length((a.items.len(), a.open.is_some()), (b.items.len(), b.open.is_some()));
    let fixed = |list: &List| list.open.unwrap_or(list.items.len());
    let pairs =
        a.items[..fixed(a).min(a.items.len())].iter().zip(&b.items[..fixed(b).min(b.items.len())]);
    if shape == Truth::False {
        return Truth::False;
    }
    shape.and(Truth::all(pairs.map(|(a, b)| same(a, b))))
}

/// Of the number of members that certainly exist, and whether there may be more.
fn same_length(a: (usize, bool), b: (usize, bool)) -> Truth {
    match (a, b) {
        ((a, false), (b, false)) => Truth::of(a == b),
        ((a, _), (b, false)) if a > b => Truth::False,
        ((a, false), (b, _)) if b > a => Truth::False,
        _ => Truth::Unknown,
    }
}

fn same_map(a: &Map, b: &Map) -> Truth {
    let lacks = |a: &Map, b: &Map| !b.open && a.entries.keys().any(|k| !b.entries.contains_key(k));
    if lacks(a, b) || lacks(b, a) {
        return Truth::False;
    }
    let shape = if a.open || b.open { Truth::Unknown } else { Truth::True };
    let shared = a.entries.iter().filter_map(|(key, a)| Some((a, b.entries.get(key)?)));
    shape.and(Truth::all(shared.map(|(a, b)| same(a, b))))
}

fn same_set(a: &List, b: &List) -> Truth {
    if a.open.is_none() && b.open.is_none() {
        let ranks = |set: &List| set.items.iter().map(rank).collect::<Option<Vec<_>>>();
        if let (Some(mut a), Some(mut b)) = (ranks(a), ranks(b)) {
            a.sort();
            b.sort();
            return Truth::of(a == b);
        }
    }
    // Known members differ from each other; a closed set has no more members than it lists.
    let distinct = |set: &List| set.items.iter().filter(|item| item.is_known()).count();
    let fewer = |a: &List, b: &List| a.open.is_none() && a.items.len() < distinct(b);
    if fewer(a, b) || fewer(b, a) {
        return Truth::False;
    }
    if a.items.len().saturating_mul(b.items.len()) > MAX_PAIRS {
        return Truth::Unknown;
    }
    let within = |a: &List, b: &List| {
        Truth::all(a.items.iter().map(|item| {
            let more = if b.open.is_some() { Truth::Unknown } else { Truth::False };
            more.or(Truth::any(b.items.iter().map(|other| same(item, other))))
        }))
    };
    let shape = if a.open.is_some() || b.open.is_some() { Truth::Unknown } else { Truth::True };
    shape.and(within(a, b)).and(within(b, a))
}

fn same_text(a: &[Piece], b: &[Piece]) -> Truth {
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => return Truth::of(a == b),
        (Some(text), None) => return fits(text, b),
        (None, Some(text)) => return fits(text, a),
        (None, None) => {}
    }
    let alike = |(a, b): (&Piece, &Piece)| match (a, b) {
        (Piece::Text(a), Piece::Text(b)) => a == b,
        (Piece::Hole(a), Piece::Hole(b)) => same_unknown(a, b) == Truth::True,
        _ => false,
    };
    if a.len() == b.len() && a.iter().zip(b).all(alike) {
        return Truth::True;
    }
    let apart = |a: &str, b: &str| !a.bytes().zip(b.bytes()).all(|(a, b)| a == b);
    let apart_at_end =
        |a: &str, b: &str| !a.bytes().rev().zip(b.bytes().rev()).all(|(a, b)| a == b);
    let differ =
        apart(text(a.first()), text(b.first())) || apart_at_end(text(a.last()), text(b.last()));
    if differ { Truth::False } else { Truth::Unknown }
}

fn whole(pieces: &[Piece]) -> Option<&str> {
    match pieces {
        [] => Some(""),
        [Piece::Text(text)] => Some(text),
        _ => None,
    }
}

fn text(piece: Option<&Piece>) -> &str {
    match piece {
        Some(Piece::Text(text)) => text,
        _ => "",
    }
}

/// Whether a text with holes may be `whole`: never certain, but sometimes certainly not.
fn fits(whole: &str, pieces: &[Piece]) -> Truth {
    let (first, last) = (text(pieces.first()), text(pieces.last()));
    let Some(mut rest) = whole.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
        return Truth::False;
    };
    let inner = pieces.get(1..pieces.len().saturating_sub(1)).unwrap_or_default();
    for piece in inner {
        if let Piece::Text(text) = piece {
            match rest.find(&**text) {
                Some(at) => rest = &rest[at + text.len()..],
                None => return Truth::False,
            }
        }
    }
    Truth::Unknown
}
