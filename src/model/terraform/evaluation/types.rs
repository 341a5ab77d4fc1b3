//! Type constraints in the syntax of `variable` blocks, and texts from the command line.

use super::{Evaluation, Scope};
use crate::input::file::{File, Language};
use crate::input::tree::{NodeId, NodeKind, Style};
use crate::model::datum::{Datum, Kind, Map};
use crate::model::number::Number;
use crate::model::terraform::conversion::{Attribute, Type};
use crate::model::value::NodeRef;
use std::sync::Arc;

/// What a `variable` block says.
pub(super) struct Declaration {
    /// Its type.
    pub kind: Type,
    /// Its default.
    pub default: Option<NodeRef>,
    /// Whether null may be passed.
    pub nullable: bool,
}

impl Evaluation<'_> {
    /// The type that a node spells.
    pub(super) fn constraint(&self, node: NodeRef) -> Type {
        let file = self.file(node);
        let at = |id: &NodeId| NodeRef { file: node.file, node: *id };
        match &self.syntax(node).kind {
            NodeKind::Name(name) => keyword(file.text(name)),
            // `type = "list"` was the only way once.
            NodeKind::Scalar(_, text) => keyword(file.text(text)),
            NodeKind::Call { name, args } => {
                let [inner] = &**args else { return Type::Any };
                match file.text(name) {
                    "list" => Type::List(Box::new(self.constraint(at(inner)))),
                    "set" => Type::Set(Box::new(self.constraint(at(inner)))),
                    "map" => Type::Map(Box::new(self.constraint(at(inner)))),
                    "tuple" => match &self.syntax(at(inner)).kind {
                        NodeKind::List { items, .. } => Type::Tuple(
                            items.iter().map(|item| self.constraint(at(item))).collect(),
                        ),
                        _ => Type::Any,
                    },
                    "object" => self.object_type(at(inner)),
                    _ => Type::Any,
                }
            }
            _ => Type::Any,
        }
    }

    /// Whether a type says nothing that must be evaluated: the default of an optional attribute.
    pub(super) fn is_plain(&self, node: NodeRef) -> bool {
        let file = self.file(node);
        let at = |id: &NodeId| NodeRef { file: node.file, node: *id };
        match &self.syntax(node).kind {
            NodeKind::Name(_) | NodeKind::Scalar(..) => true,
            NodeKind::Call { name, args } if file.text(name) == "optional" => {
                args.len() == 1 && self.is_plain(at(&args[0]))
            }
            NodeKind::Call { args, .. } => args.iter().all(|item| self.is_plain(at(item))),
            NodeKind::List { items, .. } => items.iter().all(|item| self.is_plain(at(item))),
            NodeKind::Map { entries, .. } => {
                entries.iter().all(|entry| self.is_plain(at(&entry.value)))
            }
            _ => false,
        }
    }

    fn object_type(&self, node: NodeRef) -> Type {
        let NodeKind::Map { entries, .. } = &self.syntax(node).kind else { return Type::Any };
        let file = self.file(node);
        let attribute = |name: &str, value: NodeRef| {
            let optional = match &self.syntax(value).kind {
                NodeKind::Call { name, args } if file.text(name) == "optional" => Some(args),
                _ => None,
            };
            let at = |id: &NodeId| NodeRef { file: node.file, node: *id };
            let kind = match optional.and_then(|args| args.first()) {
                Some(inner) => self.constraint(at(inner)),
                None => self.constraint(value),
            };
            let optional = optional.map(|args| match args.get(1) {
                Some(default) => self.eval(at(default), &Scope::of(0)),
                None => Datum::null(),
            });
            Attribute { name: name.into(), kind, optional }
        };
        let attributes = entries.iter().map(|entry| {
            let value = NodeRef { file: node.file, node: entry.value };
            attribute(file.text(&entry.key), value)
        });
        Type::Object(attributes.collect())
    }
}

fn keyword(name: &str) -> Type {
    match name {
        "string" => Type::Text,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "list" => Type::List(Box::new(Type::Any)),
        "map" => Type::Map(Box::new(Type::Any)),
        "set" => Type::Set(Box::new(Type::Any)),
        _ => Type::Any,
    }
}

/// A text from the command line as a value: for texts as it is, otherwise as an expression without
/// variables (`["a", "b"]`, `{ size = 2 }`), which is how lists and maps are passed.
pub(super) fn given(text: &str, kind: &Type) -> Datum {
    let plain = || Datum::text(text);
    match kind {
        Type::Text | Type::Number | Type::Bool => plain(),
        _ => {
            let file = File::parse("", format!("value = {text}\n"), Language::Hcl);
            literal(&file).unwrap_or_else(plain)
        }
    }
}

/// The list or map that a file's only argument is.
fn literal(file: &File) -> Option<Datum> {
    let root = *file.tree.documents.first().filter(|_| file.faults.is_empty())?;
    let NodeKind::Map { entries, .. } = &file.node(root).kind else { return None };
    let [entry] = &**entries else { return None };
    let value = constant(file, entry.value)?;
    matches!(value.kind, Kind::List(_) | Kind::Map(_)).then_some(value)
}

/// What a node without variables is; its depth is bounded by the parser's.
fn constant(file: &File, node: NodeId) -> Option<Datum> {
    Some(match &file.node(node).kind {
        NodeKind::Scalar(Style::Literal, text) => match file.text(text) {
            "null" => Datum::null(),
            "true" => Datum::bool(true),
            "false" => Datum::bool(false),
            number => Datum::new(Kind::Number(Number::parse(number)?)),
        },
        NodeKind::Scalar(_, text) => Datum::text(file.text(text)),
        NodeKind::List { items, .. } => {
            let items = items.iter().map(|item| constant(file, *item));
            Datum::list(items.collect::<Option<_>>()?)
        }
        NodeKind::Map { entries, .. } => {
            let entries = entries
                .iter()
                .map(|entry| Some((file.text(&entry.key).into(), constant(file, entry.value)?)));
            let entries = entries.collect::<Option<_>>()?;
            Datum::new(Kind::Map(Arc::new(Map { entries, ..Map::default() })))
        }
        _ => return None,
    })
}
