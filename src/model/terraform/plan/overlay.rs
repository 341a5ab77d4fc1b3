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
        return if secret {
            Datum { at: evaluated.at, ..elsewhere(planned) }
        } else {
            evaluated.clone()
        };
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
        // A plan knows YAML as a text.
        (Kind::Json(json), Kind::Text(text))
            if json.text.as_ref().is_none_or(|own| own == text) =>
        {
            evaluated.clone()
        }
        (Kind::Map(map), Kind::Map(other)) => {
            let map = Map { entries: entries(map, other, joins), ..Map::default() };
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
/// null, empty, or to be computed. A lone value is a default, placed where it is planned; blocks,
/// lists and documents are what the provider found, perhaps made by other resources: unknown.
pub fn unwritten(planned: &Datum) -> Option<Datum> {
    match &planned.kind {
        Kind::Unknown(_) => None,
        _ if is_hollow(planned) => None,
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => Some(elsewhere(planned)),
        _ => Some(Datum::unknown(Reason::Computed)),
    }
}

/// Whether nothing is in a value, or in any part of it.
fn is_hollow(value: &Datum) -> bool {
    match &value.kind {
        Kind::Map(map) => !map.open && map.entries.values().all(is_hollow),
        _ => is_empty(value),
    }
}

/// Without what is null or empty inside.
pub fn tidied(value: &Datum) -> Datum {
    let kind = match &value.kind {
        Kind::Map(map) => {
            let kept = map.entries.iter().filter(|(_, value)| !is_empty(value));
            let entries = kept.map(|(name, value)| (name.clone(), tidied(value))).collect();
            Kind::Map(Arc::new(Map { entries, open: map.open, ..Map::default() }))
        }
        Kind::List(list) => {
            let items = list.items.iter().map(tidied).collect();
            Kind::List(Arc::new(List { items, open: list.open }))
        }
        _ => return value.clone(),
    };
    Datum { kind, ..value.clone() }
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
            Kind::Map(Arc::new(Map { entries, open: map.open, ..Map::default() }))
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
        None => Datum { at, ..elsewhere(&tidied(item)) },
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
            closed || a.items.iter().any(|own| b.items.iter().all(|item| contradicts(own, item)))
        }
        (Kind::Json(a), Kind::Json(b)) => contradicts(&a.document, &b.document),
        (Kind::List(_) | Kind::Set(_), _) | (_, Kind::List(_)) => false,
        _ => conversion::same(evaluated, planned) == Truth::False,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::source::FileId;
    use crate::input::tree::NodeId;
    use crate::model::terraform::function::json::encode;
    use crate::model::terraform::plan::document::{Document, Hidden};
    use crate::{input::file::File, input::file::Language, model::datum::Piece};

    fn read(text: &str, file: u32) -> Datum {
        let mut parsed = File::parse("a.json", text.to_owned(), Language::Plan);
        parsed.id = FileId(file);
        let document = Document { file: &parsed };
        let root = document.root().expect("a value");
        let value = document.get(root, "v").expect("the value");
        let unknown = document.get(root, "unknown");
        let sensitive = document.get(root, "sensitive").into_iter().collect();
        document.datum(value, &Hidden { unknown, sensitive })
    }

    /// The value as JSON, `?` for what is not known.
    fn shown(value: &Datum) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.to_string(),
            Piece::Hole(_) => "?".to_owned(),
        };
        encode(value).iter().map(piece).collect()
    }

    #[test]
    fn the_plan_counts_where_it_knows() {
        for (name, evaluated, planned, expected) in [
            ("the same", r#"{"v": 1}"#, r#"{"v": 1}"#, "1"),
            ("another", r#"{"v": 1}"#, r#"{"v": 2}"#, "2"),
            ("now null", r#"{"v": 1}"#, r#"{"v": null}"#, "null"),
            ("not known to the plan", r#"{"v": 1}"#, r#"{"v": 0, "unknown": true}"#, "1"),
            ("a secret", r#"{"v": 1}"#, r#"{"v": 0, "sensitive": true}"#, "1"),
            ("known to the plan only", r#"{"v": 0, "unknown": true}"#, r#"{"v": 2}"#, "2"),
            ("both empty", r#"{"v": []}"#, r#"{"v": null}"#, "[]"),
            (
                "a part",
                r#"{"v": {"a": 1, "b": 2}}"#,
                r#"{"v": {"a": 1, "b": 3}}"#,
                r#"{"a":1,"b":3}"#,
            ),
            (
                "unwritten parts",
                r#"{"v": {"a": 1}}"#,
                r#"{"v": {"a": 1, "b": "", "c": [], "d": false, "e": {"f": null}, "g": [1]}}"#,
                r#"{"a":1,"d":false,"g":?}"#,
            ),
            (
                "parts left out",
                r#"{"v": {"a": 1, "b": 2}}"#,
                r#"{"v": {"a": 1}}"#,
                r#"{"a":1,"b":2}"#,
            ),
            (
                "in another order",
                r#"{"v": [{"p": 1, "x": "w"}, {"p": 2, "y": "w"}]}"#,
                r#"{"v": [{"p": 2, "x": ""}, {"p": 1}]}"#,
                r#"[{"p":2,"y":"w"},{"p":1,"x":"w"}]"#,
            ),
            ("fewer", r#"{"v": [1, 2, 3]}"#, r#"{"v": [3]}"#, "[3]"),
            ("more", r#"{"v": [1]}"#, r#"{"v": [2, 1, 3]}"#, "[2,1,3]"),
            ("one thing in a list", r#"{"v": {"a": 1}}"#, r#"{"v": [{"a": 2}]}"#, r#"[{"a":2}]"#),
            ("one thing without", r#"{"v": ["s3:*"]}"#, r#"{"v": "s3:Get"}"#, r#"["s3:Get"]"#),
            (
                "a document",
                r#"{"v": "{\"A\": 1, \"B\": [1]}"}"#,
                r#"{"v": "{\"B\":[1],\"A\":2}"}"#,
                r#""{\"B\":[1],\"A\":2}""#,
            ),
        ] {
            let merged = overlay(&read(evaluated, 0), &read(planned, 1), &|_| false);
            assert_eq!(shown(&merged), expected, "{name}");
        }
    }

    #[test]
    fn places_are_those_of_the_configuration() {
        let evaluated = read(r#"{"v": {"a": 1, "b": 2}}"#, 0);
        let planned = read(r#"{"v": {"a": 1, "b": 3, "c": 4}}"#, 1);
        let merged = overlay(&evaluated, &planned, &|_| false);
        let Kind::Map(map) = &merged.kind else { panic!("no map") };
        let file = |node: Option<NodeRef>| node.map(|node| node.file.0);
        let places = |name: &str| (file(map.entries[name].at), file(map.entries[name].origin));
        assert_eq!(places("a"), (Some(0), None));
        assert_eq!(places("b"), (Some(0), Some(1)));
        assert_eq!(places("c"), (None, Some(1)));
    }

    #[test]
    fn relations_outweigh_values() {
        let node = NodeRef { file: FileId(0), node: NodeId(0) };
        let symbol = Symbol { module: 0, block: node, key: None, path: "id".into() };
        let reason = Reason::Computed;
        let unknown = crate::model::datum::Unknown { reason, symbol: Some(Arc::new(symbol)) };
        let (evaluated, planned) = (Datum::from(unknown), read(r#"{"v": "sg-1"}"#, 1));
        assert!(overlay(&evaluated, &planned, &|_| true).as_unknown().is_some());
        assert_eq!(shown(&overlay(&evaluated, &planned, &|_| false)), "\"sg-1\"");
    }

    #[test]
    fn what_a_variable_gave_is_no_less_secret() {
        let planned = read(r#"{"v": "word", "sensitive": true}"#, 1);
        let given = Datum { origin: planned.at, ..read(r#"{"v": "word"}"#, 0) };
        assert!(overlay(&given, &planned, &|_| false).as_unknown().is_some());
    }
}
