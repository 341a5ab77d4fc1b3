//! A plan's JSON: objects by their keys, and values with what is unknown or sensitive in them.

use crate::input::file::File;
use crate::input::source::Place;
use crate::input::tree::{NodeId, NodeKind, Style};
use crate::model::datum::{Datum, Json, Kind, List, Map, Reason};
use crate::model::number::Number;
use crate::model::value::NodeRef;
use std::collections::HashMap;
use std::sync::Arc;

/// The JSON of one file.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// The file.
    pub file: &'a File,
}

/// What stands beside a value: where it is `true`, or where a part of it is.
#[derive(Clone, Default)]
pub struct Hidden {
    /// What is known only after the plan is applied.
    pub unknown: Option<NodeId>,
    /// What must not be shown.
    pub sensitive: Vec<NodeId>,
}

impl<'a> Document<'a> {
    /// The outermost object.
    pub fn root(self) -> Option<NodeId> {
        self.file.tree.documents.first().copied()
    }

    /// A node of any file's tree as others name it.
    pub fn at(self, node: NodeId) -> NodeRef {
        NodeRef { file: self.file.id, node }
    }

    /// The bytes of a node.
    pub fn place(self, node: NodeId) -> Place {
        Place { file: self.file.id, span: self.file.node(node).span }
    }

    /// The value of a key.
    pub fn get(self, map: NodeId, key: &str) -> Option<NodeId> {
        let NodeKind::Map { entries, .. } = &self.file.node(map).kind else { return None };
        let text = &self.file.source.text;
        entries.iter().rev().find(|entry| entry.key.is(text, key)).map(|entry| entry.value)
    }

    /// The value of a key of a key.
    pub fn path(self, from: NodeId, keys: &[&str]) -> Option<NodeId> {
        keys.iter().try_fold(from, |at, key| self.get(at, key))
    }

    /// Keys and values of an object.
    pub fn entries(self, map: NodeId) -> Vec<(&'a str, NodeId)> {
        match &self.file.node(map).kind {
            NodeKind::Map { entries, .. } => {
                entries.iter().map(|entry| (self.file.text(&entry.key), entry.value)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The members of a list.
    pub fn items(self, list: NodeId) -> &'a [NodeId] {
        match &self.file.node(list).kind {
            NodeKind::List { items, .. } => items,
            _ => &[],
        }
    }

    /// Whether a node is an object.
    pub fn is_map(self, node: NodeId) -> bool {
        matches!(self.file.node(node).kind, NodeKind::Map { .. })
    }

    /// A string.
    pub fn text(self, node: NodeId) -> Option<&'a str> {
        match &self.file.node(node).kind {
            NodeKind::Scalar(Style::Quoted, text) => Some(self.file.text(text)),
            _ => None,
        }
    }

    /// The string under a key.
    pub fn word(self, map: NodeId, key: &str) -> Option<&'a str> {
        self.text(self.get(map, key)?)
    }

    /// `true`, `false` or a number, as written.
    pub fn literal(self, node: NodeId) -> Option<&'a str> {
        match &self.file.node(node).kind {
            NodeKind::Scalar(Style::Literal, text) => Some(self.file.text(text)),
            _ => None,
        }
    }

    fn is_true(self, node: NodeId) -> bool {
        self.literal(node) == Some("true")
    }

    /// A value. Unknown parts of an object may be missing in it.
    pub fn datum(self, node: NodeId, hidden: &Hidden) -> Datum {
        let kind = if hidden.unknown.is_some_and(|unknown| self.is_true(unknown)) {
            Datum::unknown(Reason::Apply).kind
        } else if hidden.sensitive.iter().any(|&sensitive| self.is_true(sensitive)) {
            Datum::unknown(Reason::Sensitive).kind
        } else {
            self.known(node, hidden)
        };
        Datum { at: Some(self.at(node)), ..Datum::new(kind) }
    }

    /// An object of which no part is known, in place of one that is not written.
    pub fn nothing(self, at: NodeId, hidden: &Hidden) -> Datum {
        Datum { at: Some(self.at(at)), ..Datum::new(self.object(None, hidden)) }
    }

    fn known(self, node: NodeId, hidden: &Hidden) -> Kind {
        let syntax = self.file.node(node);
        match &syntax.kind {
            NodeKind::Scalar(Style::Literal, text) => match self.file.text(text) {
                "null" => Kind::Null,
                "true" => Kind::Bool(true),
                "false" => Kind::Bool(false),
                number => match Number::parse(number) {
                    Some(number) => Kind::Number(number),
                    None => Datum::unknown(Reason::Limit).kind,
                },
            },
            NodeKind::Scalar(_, text) => {
                let text: Arc<str> = self.file.text(text).into();
                match syntax.embedded {
                    Some(inner) => {
                        let document = self.datum(inner, &Hidden::default());
                        Kind::Json(Arc::new(Json { text: Some(text), document }))
                    }
                    None => Kind::Text(text),
                }
            }
            NodeKind::List { items, .. } => {
                let at = |list: NodeId, index: usize| self.items(list).get(index).copied();
                let item = |(index, &item): (usize, &NodeId)| {
                    let unknown = hidden.unknown.and_then(|list| at(list, index));
                    let sensitive = hidden.sensitive.iter().filter_map(|&list| at(list, index));
                    self.datum(item, &Hidden { unknown, sensitive: sensitive.collect() })
                };
                let items = items.iter().enumerate().map(item).collect();
                Kind::List(Arc::new(List { items, open: None }))
            }
            NodeKind::Map { .. } => self.object(Some(node), hidden),
            _ => Datum::unknown(Reason::Invalid).kind,
        }
    }

    fn object(self, node: Option<NodeId>, hidden: &Hidden) -> Kind {
        let table = |map: NodeId| self.entries(map).into_iter().collect::<HashMap<_, _>>();
        let unknown = hidden.unknown.map(table).unwrap_or_default();
        let sensitive: Vec<_> = hidden.sensitive.iter().map(|&map| table(map)).collect();
        let mut map = Map::default();
        for (key, value) in node.map_or_else(Vec::new, |node| self.entries(node)) {
            let inner = Hidden {
                unknown: unknown.get(key).copied(),
                sensitive: sensitive.iter().filter_map(|map| map.get(key).copied()).collect(),
            };
            map.entries.insert(key.into(), self.datum(value, &inner));
        }
        for (key, value) in unknown {
            if self.is_true(value) {
                let missing = || Datum::unknown(Reason::Apply);
                map.entries.entry(key.into()).or_insert_with(missing);
            }
        }
        Kind::Map(Arc::new(map))
    }
}
