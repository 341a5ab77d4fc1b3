//! Changes to values that are borrowed from syntax: what is on the way to a change is made
//! changeable, everything else stays as written. Knows no Kubernetes.

use crate::input::file::File;
use crate::input::source::Place;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::{Fact, Truth};
use crate::model::value::{NodeRef, Value};

/// How deep values are followed; what lies deeper is left as it is.
pub(super) const DEPTH: usize = 100;

/// The value of a key of a map, to be changed; none where the value is no map.
pub(super) fn entry<'v>(files: &[File], value: &'v mut Value, key: &str) -> Option<&'v mut Value> {
    let now = Cursor::value(files, value);
    if now.shape() != Shape::Map {
        return None;
    }
    let node = now.node_ref();
    let changed = match &*value {
        Value::Body(_, entries) | Value::Made(_, entries) => {
            entries.iter().position(|(name, _)| **name == *key)
        }
        _ => None,
    };
    let written = changed.is_none().then(|| now.key(key).to_value());
    if matches!(value, Value::Node(_)) {
        *value = Value::Body(node?, Vec::new());
    }
    let (Value::Body(_, entries) | Value::Made(_, entries)) = value else { return None };
    let at = changed.unwrap_or(entries.len());
    entries.extend(written.map(|written| (key.into(), written)));
    Some(&mut entries[at].1)
}

/// The members of a list, to be changed; none where the value is no list.
pub(super) fn items<'v>(files: &[File], value: &'v mut Value) -> Option<&'v mut Vec<Value>> {
    let now = Cursor::value(files, value);
    if now.shape() != Shape::List {
        return None;
    }
    if matches!(value, Value::Node(_)) {
        let members = now.items();
        let items = members.known.iter().map(Cursor::to_value).collect();
        let list = Value::List { items, open: members.open, place: now.header() };
        *value = list.at(now.node_ref());
    }
    match value {
        Value::At(_, inner) => match &mut **inner {
            Value::List { items, .. } => Some(items),
            _ => None,
        },
        Value::List { items, .. } => Some(items),
        _ => None,
    }
}

/// What stands for something that the node took away.
pub(super) fn removed(files: &[File], by: NodeRef) -> Value {
    Value::Absent { place: Cursor::node(files, by).header(), parent: Some(by) }
}

/// What stands for something that cannot be told, because of the node.
pub(super) fn unknown(files: &[File], because: NodeRef) -> Value {
    Value::Unknown(Cursor::node(files, because).header())
}

/// A text that a node gives without being it.
pub(super) fn text(files: &[File], text: String, at: NodeRef) -> Value {
    let file = &files[at.file.0 as usize];
    let place = Place { file: at.file, span: file.node(at.node).span };
    Value::Text(text, place).at(Some(at))
}

/// Changes what is at a path: keys, `name[]` for every member of a list. With `create`, maps on the
/// way that are not there are made and hang on that node; without, `change` sees only what exists.
pub(super) fn visit(
    files: &[File],
    value: &mut Value,
    path: &[&str],
    create: Option<NodeRef>,
    change: &mut dyn FnMut(&mut Value),
) {
    let Some((step, rest)) = path.split_first() else {
        change(value);
        return;
    };
    let key = step.trim_end_matches("[]");
    match Cursor::value(files, value).shape() {
        Shape::Absent if create.is_some() && key == *step => {
            *value = Value::Made(create.expect("it is some"), Vec::new());
        }
        Shape::Map => {}
        _ => return,
    }
    let next = Cursor::value(files, value).key(key);
    if next.shape() == Shape::Absent && create.is_none() {
        return;
    }
    if key == *step {
        if let Some(inner) = entry(files, value, key) {
            visit(files, inner, rest, create, change);
        }
    } else if next.shape() == Shape::List
        && let Some(members) = entry(files, value, key).and_then(|list| items(files, list))
    {
        for member in members {
            visit(files, member, rest, create, change);
        }
    }
}

/// Whether two values say the same.
pub(super) fn same(a: Cursor<'_>, b: Cursor<'_>, depth: usize) -> Truth {
    if depth == DEPTH {
        return Truth::Unknown;
    }
    match (a.shape(), b.shape()) {
        (Shape::Unknown, _) | (_, Shape::Unknown) => Truth::Unknown,
        (Shape::Absent, Shape::Absent) => Truth::True,
        (Shape::Scalar, Shape::Scalar) => match (a.scalar(), b.scalar()) {
            (Fact::Known(a, _), Fact::Known(b, _)) => Truth::of(a == b),
            _ => Truth::Unknown,
        },
        (Shape::List, Shape::List) => {
            let (a, b) = (a.items(), b.items());
            if a.open || b.open {
                return Truth::Unknown;
            }
            let pairs = a.known.iter().zip(&b.known);
            let length = Truth::of(a.known.len() == b.known.len());
            length.and(Truth::all(pairs.map(|(a, b)| same(*a, *b, depth + 1))))
        }
        (Shape::Map, Shape::Map) => {
            let ((left, open), (right, more)) = (a.entries(), b.entries());
            if open || more {
                return Truth::Unknown;
            }
            let length = Truth::of(left.len() == right.len());
            length.and(Truth::all(
                left.iter().map(|(key, value)| same(*value, b.key(key), depth + 1)),
            ))
        }
        _ => Truth::False,
    }
}

/// Turns what was made changeable and is still as written back into syntax.
pub(super) fn settle(files: &[File], value: &mut Value) {
    match value {
        Value::Body(node, entries) => {
            let node = *node;
            for (_, inner) in entries.iter_mut() {
                settle(files, inner);
            }
            let written = Cursor::node(files, node);
            entries.retain(|(key, inner)| {
                let before = written.key(key);
                let same = match inner {
                    Value::Node(now) => before.node_ref() == Some(*now),
                    Value::Absent { parent, .. } => {
                        before.shape() == Shape::Absent && before.absent_parent() == *parent
                    }
                    _ => false,
                };
                key.is_empty() || !same
            });
            if entries.is_empty() {
                *value = Value::Node(node);
            }
        }
        Value::Made(_, entries) => {
            for (_, inner) in entries {
                settle(files, inner);
            }
        }
        Value::At(node, inner) => {
            let node = *node;
            let Value::List { items, open: false, .. } = &mut **inner else { return };
            for item in items.iter_mut() {
                settle(files, item);
            }
            let written = Cursor::node(files, node).items();
            let same = written.known.len() == items.len()
                && written.known.iter().zip(&*items).all(|(before, now)| {
                    matches!(now, Value::Node(now) if before.node_ref() == Some(*now))
                });
            if same {
                *value = Value::Node(node);
            }
        }
        _ => {}
    }
}
