//! What a plan says of a value that the configuration gives too: the plan's values at the places of
//! the configuration.

use super::super::conversion;
use crate::model::datum::{Datum, Json, Kind, List, Map, Reason, Symbol};
use crate::model::fact::Truth;
use crate::model::value::NodeRef;
use std::sync::Arc;

/// Members of longer lists are matched by their positions alone.
const MAX_MATCHED: usize = 100;

/// The value that the plan gives, with the places of the evaluated one; as evaluated where the plan
/// does not know it, or says the same. `joins` says whether an unknown attribute of a resource is
/// kept for what it says of the relation, whatever its value.
pub fn overlay(evaluated: &Datum, planned: &Datum, joins: &dyn Fn(&Symbol) -> bool) -> Datum {
    if let Some(unknown) = planned.as_unknown() {
        // What the plan keeps secret here it may have given elsewhere, as a variable's value.
        let file = |node: Option<NodeRef>| node.map(|node| node.file);
        let from_plan = file(evaluated.origin.or(evaluated.at)) == file(planned.at);
        let secret = unknown.reason == Reason::Sensitive && from_plan;
        return if secret { Datum { at: evaluated.at, ..elsewhere(planned) } } else { evaluated.clone() };
    }
    if is_empty(evaluated) && is_empty(planned) {
        return evaluated.clone();
    }
    match (&evaluated.kind, &planned.kind) {
        (Kind::Instance(_), _) => evaluated.clone(),
        (Kind::Unknown(unknown), _) if unknown.symbol.as_deref().is_some_and(joins) => {
            evaluated.clone()
        }
        (Kind::Json(json), Kind::Json(other)) => {
            let document = overlay(&json.document, &other.document, joins);
            let json = Json { text: other.text.clone(), document };
            Datum { kind: Kind::Json(Arc::new(json)), ..evaluated.clone() }
        }
        (Kind::Map(map), Kind::Map(other)) => {
            let map = Map { entries: entries(map, other, joins), open: false };
            Datum { kind: Kind::Map(Arc::new(map)), ..evaluated.clone() }
        }
        (Kind::List(list) | Kind::Set(list), Kind::List(other)) => {
            let items = items(list, other, evaluated.at, joins);
            let list = Arc::new(List { items, open: None });
            Datum { kind: Kind::List(list), ..evaluated.clone() }
        }
        // One thing, in a list or not.
        (Kind::List(list) | Kind::Set(list), Kind::Map(_) | Kind::Text(_))
            if list.items.len() == 1 && list.open.is_none() =>
        {
            let items = vec![overlay(&list.items[0], planned, joins)];
            let list = Arc::new(List { items, open: None });
            Datum { kind: Kind::List(list), ..evaluated.clone() }
        }
        (Kind::Map(_) | Kind::Text(_) | Kind::Unknown(_), Kind::List(list))
            if list.items.len() == 1 && !matches!(evaluated.kind, Kind::Unknown(_)) =>
        {
            let items = vec![overlay(evaluated, &list.items[0], joins)];
            Datum { kind: Kind::List(Arc::new(List { items, open: None })), ..evaluated.clone() }
        }
        _ if conversion::same(evaluated, planned) == Truth::True => evaluated.clone(),
        _ => Datum { at: evaluated.at, ..elsewhere(planned) },
    }
}

/// Of an attribute that the configuration does not write, what the plan gives: nothing where it is
/// null, empty, or to be computed. It has no place but the one where it is planned.
pub fn unwritten(planned: &Datum) -> Option<Datum> {
    if is_empty(planned) || planned.as_unknown().is_some() {
        return None;
    }
    let kind = match &planned.kind {
        Kind::Map(map) => {
            let entry = |(name, value): (&Arc<str>, &Datum)| Some((name.clone(), unwritten(value)?));
            let entries = map.entries.iter().filter_map(entry).collect();
            Kind::Map(Arc::new(Map { entries, open: false }))
        }
        Kind::List(list) => {
            let item = |item: &Datum| unwritten(item).unwrap_or_else(|| elsewhere(item));
            let items = list.items.iter().map(item).collect();
            Kind::List(Arc::new(List { items, open: None }))
        }
        _ => return Some(elsewhere(planned)),
    };
    Some(Datum { kind, at: None, origin: planned.at })
}

/// Null, or a text, list or map of nothing.
pub fn is_empty(value: &Datum) -> bool {
    match &value.kind {
        Kind::Null => true,
        Kind::Text(text) => text.is_empty(),
        Kind::List(list) | Kind::Set(list) => list.items.is_empty() && list.open.is_none(),
        Kind::Map(map) => map.entries.is_empty() && !map.open,
        _ => false,
    }
}

/// A planned value with its places as origins.
fn elsewhere(planned: &Datum) -> Datum {
    let kind = match &planned.kind {
        Kind::Map(map) => {
            let entry = |(name, value): (&Arc<str>, &Datum)| (name.clone(), elsewhere(value));
            let entries = map.entries.iter().map(entry).collect();
            Kind::Map(Arc::new(Map { entries, open: map.open }))
        }
        Kind::List(list) => {
            let items = list.items.iter().map(elsewhere).collect();
            Kind::List(Arc::new(List { items, open: list.open }))
        }
        Kind::Json(json) => {
            let document = elsewhere(&json.document);
            Kind::Json(Arc::new(Json { text: json.text.clone(), document }))
        }
        other => other.clone(),
    };
    Datum { kind, at: None, origin: planned.at }
}

type Entries = std::collections::BTreeMap<Arc<str>, Datum>;

fn entries(map: &Map, planned: &Map, joins: &dyn Fn(&Symbol) -> bool) -> Entries {
    let mut merged = map.entries.clone();
    for (name, value) in &planned.entries {
        let both = match map.entries.get(name) {
            Some(evaluated) => Some(overlay(evaluated, value, joins)),
            None => unwritten(value),
        };
        if let Some(value) = both {
            merged.insert(name.clone(), value);
        }
    }
    merged
}

/// The planned members, each at the place of the evaluated one that it fits: that of its position, or
/// another, because the members of a set come in any order.
fn items(
    list: &List,
    planned: &List,
    at: Option<NodeRef>,
    joins: &dyn Fn(&Symbol) -> bool,
) -> Vec<Datum> {
    let matched = list.items.len().max(planned.items.len()) <= MAX_MATCHED;
    let fits = |index: usize, item: &Datum| {
        list.items.get(index).is_some_and(|own| !contradicts(own, item))
    };
    let mut used = vec![false; list.items.len()];
    let mut homes: Vec<Option<usize>> = vec![None; planned.items.len()];
    for (index, item) in planned.items.iter().enumerate() {
        if index < used.len() && (fits(index, item) || !matched) {
            used[index] = true;
            homes[index] = Some(index);
        }
    }
    for (index, item) in planned.items.iter().enumerate() {
        if homes[index].is_none() && matched {
            let free = (0..used.len()).find(|&own| !used[own] && fits(own, item));
            if let Some(own) = free {
                used[own] = true;
                homes[index] = Some(own);
            }
        }
    }
    // The only one left over is meant, even if its values differ.
    let open: Vec<usize> = (0..homes.len()).filter(|&index| homes[index].is_none()).collect();
    let left: Vec<usize> = (0..used.len()).filter(|&own| !used[own]).collect();
    if let ([index], [own]) = (open.as_slice(), left.as_slice()) {
        homes[*index] = Some(*own);
    }
    let each = planned.items.iter().zip(homes);
    each.map(|(item, home)| match home {
        Some(own) => overlay(&list.items[own], item, joins),
        None => Datum { at, ..unwritten(item).unwrap_or_else(|| elsewhere(item)) },
    })
    .collect()
}

/// Whether something known in both differs.
fn contradicts(evaluated: &Datum, planned: &Datum) -> bool {
    match (&evaluated.kind, &planned.kind) {
        (Kind::Unknown(_) | Kind::Instance(_), _) | (_, Kind::Unknown(_)) => false,
        _ if is_empty(evaluated) && is_empty(planned) => false,
        (Kind::Map(map), Kind::Map(other)) => map.entries.iter().any(|(name, value)| {
            other.entries.get(name).is_some_and(|planned| contradicts(value, planned))
        }),
        (Kind::List(a) | Kind::Set(a), Kind::List(b)) => {
            let closed = a.open.is_none() && a.items.len() != b.items.len();
            closed
                || a.items.iter().any(|own| b.items.iter().all(|item| contradicts(own, item)))
        }
        (Kind::Json(a), Kind::Json(b)) => contradicts(&a.document, &b.document),
        (Kind::List(_) | Kind::Set(_), _) | (_, Kind::List(_)) => false,
        _ => conversion::same(evaluated, planned) == Truth::False,
    }
}
