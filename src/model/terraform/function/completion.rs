//! What is said of lists, maps and sets that are known in part holds whatever the rest is.

use super::call;
use crate::model::datum::{Datum, Kind, List, Map, Piece, Reason, Unknown};
use crate::model::fact::Truth;
use crate::model::terraform::conversion::{Type, convert, same, to_text, whole_text};
use proptest::prelude::*;
use std::sync::Arc;

/// A value, some parts of it hidden.
#[derive(Clone, Debug)]
enum Part {
    Int(i64),
    Bool(bool),
    Null,
    /// Known characters, and then hidden ones.
    Text(&'static str, Option<&'static str>),
    Hidden(Box<Part>),
    /// Members, from where on hidden ones may stand between them, and these.
    List(Vec<Part>, Option<usize>, Vec<(usize, Part)>),
    Set(Vec<Part>, bool, Vec<Part>),
    Map(Vec<(&'static str, Part)>, bool, Vec<(&'static str, Part)>),
}

fn hole() -> Unknown {
    Unknown { reason: Reason::Variable, symbol: None }
}

fn collection(items: Vec<Datum>, open: Option<usize>) -> Datum {
    Datum::new(Kind::List(Arc::new(List { items, open })))
}

fn set(list: &Datum) -> Datum {
    convert(list, &Type::Set(Box::new(Type::Any))).expect("members of one type")
}

impl Part {
    fn partial(&self) -> Datum {
        let each = |parts: &[Part]| parts.iter().map(Part::partial).collect::<Vec<_>>();
        match self {
            Self::Hidden(_) => hole().into(),
            Self::Text(text, Some(_)) => {
                Datum::new(Kind::Partial([Piece::Text((*text).into()), Piece::Hole(hole())].into()))
            }
            Self::List(items, open, _) => collection(each(items), open.map(|o| o.min(items.len()))),
            Self::Set(items, open, _) => set(&collection(each(items), open.then_some(items.len()))),
            Self::Map(entries, open, _) => {
                let entries = entries.iter().map(|(k, v)| (Arc::from(*k), v.partial())).collect();
                Datum::new(Kind::Map(Arc::new(Map { entries, open: *open, ..Map::default() })))
            }
            _ => self.full(),
        }
    }

    fn full(&self) -> Datum {
        match self {
            Self::Int(int) => Datum::int(*int),
            Self::Bool(truth) => Datum::bool(*truth),
            Self::Null => Datum::null(),
            Self::Text(text, hidden) => Datum::text(format!("{text}{}", hidden.unwrap_or(""))),
            Self::Hidden(part) => part.full(),
            Self::List(items, open, others) => {
                let mut all: Vec<Datum> = items.iter().map(Part::full).collect();
                for (place, other) in others.iter().filter(|_| open.is_some()) {
                    let place = (open.unwrap_or(0).min(items.len()) + place).min(all.len());
                    all.insert(place, other.full());
                }
                Datum::list(all)
            }
            Self::Set(items, open, others) => {
                let others = others.iter().filter(|_| *open);
                set(&Datum::list(items.iter().chain(others).map(Part::full).collect()))
            }
            Self::Map(entries, open, others) => {
                let others = others.iter().filter(|_| *open);
                let all = others.chain(entries).map(|(k, v)| (Arc::from(*k), v.full()));
                Datum::map(all.collect())
            }
        }
    }
}

/// Whether `full` is one of the values that `partial` says it may be. Beside what was not known, a
/// number may have become a text, and a list a set or the other way round.
fn admits(partial: &Datum, full: &Datum) -> bool {
    let distinct = |some: &[Datum], all: &[Datum]| {
        some.len() <= all.len() && some.iter().all(|one| all.iter().any(|other| admits(one, other)))
    };
    match (&partial.kind, &full.kind) {
        (Kind::Unknown(_), _) => true,
        (Kind::List(some), Kind::List(all)) => {
            let fixed = some.open.unwrap_or(some.items.len());
            (some.open.is_some() || some.items.len() == all.items.len())
                && some.items[..fixed].len() <= all.items.len()
                && some.items[..fixed].iter().zip(&all.items).all(|(a, b)| admits(a, b))
                && distinct(&some.items, &all.items)
        }
        (Kind::List(some) | Kind::Set(some), Kind::List(all) | Kind::Set(all)) => {
            let covered = |b: &Datum| some.items.iter().any(|a| admits(a, b));
            some.items.iter().all(|a| all.items.iter().any(|b| admits(a, b)))
                && (some.open.is_some() || all.items.iter().all(covered))
        }
        (Kind::Map(some), Kind::Map(all)) => {
            let kept =
                |(key, a): (&Arc<str>, &Datum)| all.entries.get(key).is_some_and(|b| admits(a, b));
            some.entries.iter().all(kept) && (some.open || some.entries.len() == all.entries.len())
        }
        (Kind::List(_) | Kind::Set(_) | Kind::Map(_), _) => false,
        (Kind::Null, _) => full.is_null(),
        (Kind::Json(json), Kind::Json(other)) if !partial.is_known() => {
            admits(&json.document, &other.document)
        }
        _ => match (to_text(partial), to_text(full)) {
            (Ok(a), Ok(b)) if !b.is_null() => match whole_text(&a) {
                Some(a) => whole_text(&b) == Some(a),
                None => same(&a, &b) != Truth::False,
            },
            _ => false,
        },
    }
}

fn text() -> impl Strategy<Value = Part> + Clone {
    let text = prop::sample::select(vec!["a", "b", "ab", "1", ""]);
    let hidden = prop::option::of(prop::sample::select(vec!["", "b", "x"]));
    (text, hidden).prop_map(|(text, hidden)| Part::Text(text, hidden))
}

fn sometimes_hidden(
    inner: impl Strategy<Value = Part> + Clone,
) -> impl Strategy<Value = Part> + Clone {
    (inner, prop::bool::weighted(0.25))
        .prop_map(|(part, hidden)| if hidden { Part::Hidden(part.into()) } else { part })
}

fn list(inner: impl Strategy<Value = Part> + Clone) -> impl Strategy<Value = Part> + Clone {
    let others = prop::collection::vec((0..3usize, inner.clone()), 0..3);
    (prop::collection::vec(inner, 0..4), prop::option::weighted(0.3, 0..3usize), others)
        .prop_map(|(items, open, others)| Part::List(items, open, others))
}

/// Members of one type: a set has no others.
fn set_of(inner: impl Strategy<Value = Part> + Clone) -> impl Strategy<Value = Part> + Clone {
    let many = prop::collection::vec(sometimes_hidden(inner), 0..4);
    (many.clone(), prop::bool::weighted(0.3), many)
        .prop_map(|(items, open, others)| Part::Set(items, open, others))
}

fn arguments() -> impl Strategy<Value = Vec<Part>> {
    let leaf = prop_oneof![
        4 => text(),
        1 => (0..3i64).prop_map(Part::Int),
        1 => any::<bool>().prop_map(Part::Bool),
        1 => set_of(text()),
        1 => set_of(list(text())),
        1 => set_of((0..3i64).prop_map(Part::Int)),
    ];
    let nested = leaf.prop_recursive(3, 24, 4, |inner| {
        let inner = sometimes_hidden(inner);
        let key = prop::sample::select(vec!["a", "b", "ab", "1"]);
        let entries = prop::collection::vec((key, inner.clone()), 0..3);
        let map = (entries.clone(), prop::bool::weighted(0.3), entries).prop_map(
            |(entries, open, mut others)| {
                others.retain(|(key, _)| entries.iter().all(|(other, _)| key != other));
                Part::Map(entries, open, others)
            },
        );
        prop_oneof![2 => list(inner), 1 => map]
    });
    // Beside null, conversions are kinder than Terraform's: it stands among texts only.
    let texts = list(prop_oneof![4 => text(), 1 => Just(Part::Null)]);
    prop_oneof![
        9 => prop::collection::vec(nested, 1..4),
        1 => texts.prop_map(|texts| vec![texts]),
    ]
}

const NAMES: [&str; 34] = [
    "alltrue",
    "anytrue",
    "chunklist",
    "coalesce",
    "coalescelist",
    "compact",
    "concat",
    "contains",
    "distinct",
    "element",
    "flatten",
    "index",
    "jsonencode",
    "keys",
    "length",
    "lookup",
    "matchkeys",
    "merge",
    "one",
    "reverse",
    "setintersection",
    "setproduct",
    "setsubtract",
    "setunion",
    "slice",
    "sort",
    "sum",
    "tolist",
    "tomap",
    "toset",
    "tostring",
    "transpose",
    "values",
    "zipmap",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn completions_are_admitted(
        parts in arguments(),
        start in 0..3i64,
        end in 0..4i64,
    ) {
        let partial: Vec<Datum> = parts.iter().map(Part::partial).collect();
        let full: Vec<Datum> = parts.iter().map(Part::full).collect();
        for (partial, full) in partial.iter().zip(&full) {
            prop_assert!(admits(partial, full), "{partial:?}, but\n{full:?}");
        }
        let numbers = [Datum::int(start), Datum::int(end)];
        for name in NAMES {
            for count in 0..=2 {
                let with = |values: &[Datum]| [values, &numbers[..count]].concat();
                for taken in 1..=parts.len() {
                    let Some(Ok(answer)) = call(name, &with(&full[..taken])) else { continue };
                    if !answer.is_known() {
                        continue;
                    }
                    let said = call(name, &with(&partial[..taken])).expect("a function");
                    let shown = format!("{name}{:?}\n{:?}", with(&partial[..taken]), with(&full[..taken]));
                    prop_assert!(said.is_ok(), "{shown}\n{said:?}, but\n{answer:?}");
                    let said = said.expect("an answer");
                    prop_assert!(admits(&said, &answer), "{shown}\n{said:?}, but\n{answer:?}");
                }
            }
        }
    }
}
