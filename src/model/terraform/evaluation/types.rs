//! Type constraints in the syntax of `variable` blocks, and texts from the command line.

use super::expression::as_document;
use super::{Evaluation, Scope};
use crate::input::tree::{NodeId, NodeKind, Operation};
use crate::model::datum::{Datum, Kind};
use crate::model::terraform::conversion::{Attribute, Type};
use crate::model::value::NodeRef;

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
            NodeKind::Operation(operation) => match &**operation {
                Operation::Name(name) => keyword(file.text(name)),
                _ => Type::Any,
            },
            // `type = "list"` was the only way once.
            NodeKind::Scalar(_, text) => keyword(file.text(text)),
            NodeKind::Call { name, args } => {
                let [inner] = args.as_slice() else { return Type::Any };
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

/// A text from the command line as a value: for texts as it is, otherwise as JSON, which is how
/// lists and maps are passed.
pub(super) fn given(text: &str, kind: &Type) -> Datum {
    let plain = Datum::text(text);
    match kind {
        Type::Text | Type::Number | Type::Bool => plain,
        _ => match as_document(plain.clone()).kind {
            Kind::Json(json) => json.document.clone(),
            _ => plain,
        },
    }
}
