//! Values of one root: borrowed from syntax wherever unchanged, built only where the model joins
//! what the text keeps apart or an expression gives what is not written.

use super::datum::Datum;
use super::fact::Truth;
use crate::input::source::Place;
use std::sync::Arc;

pub use crate::input::tree::NodeRef;

/// A value, each with the place it came from.
#[derive(Clone, Debug)]
pub enum Value {
    /// As written.
    Node(NodeRef),
    /// A text.
    Text(String, Place),
    /// A whole number.
    Int(i64, Place),
    /// A truth value.
    Bool(bool, Place),
    /// A list; open if further members may exist.
    List {
        /// Known members.
        items: Vec<Value>,
        /// Whether there may be more.
        open: bool,
        /// Where the list is.
        place: Place,
    },
    /// A map with the members a view documents.
    Map {
        /// Members.
        entries: Vec<(&'static str, Value)>,
        /// What to point at for the whole.
        place: Place,
    },
    /// A derived value that hangs on a node: the one to edit.
    At(NodeRef, Box<Value>),
    /// What the expression at a node gives.
    Datum(NodeRef, Datum),
    /// A map as written, but for some entries: by name, those that were evaluated. An empty name
    /// says that there may be further entries.
    Body(NodeRef, Vec<(Box<str>, Value)>),
    /// A map that is written nowhere as such: these entries, hanging on a node. An empty name says
    /// that there may be further ones. Here and in a body, an absent entry is one that was removed.
    Made(NodeRef, Vec<(Box<str>, Value)>),
    /// A value that many others hold.
    Shared(Arc<Value>),
    /// Cannot be told.
    Unknown(Place),
    /// Not written.
    Absent {
        /// Header of the innermost existing parent.
        place: Place,
        /// That parent, if it is a node.
        parent: Option<NodeRef>,
    },
}

impl Value {
    /// Where the value is.
    pub fn place(&self) -> Option<Place> {
        match self {
            Value::Node(_) | Value::Datum(..) | Value::Body(..) | Value::Made(..) => None,
            Value::At(_, inner) => inner.place(),
            Value::Shared(inner) => inner.place(),
            Value::Text(_, place)
            | Value::Int(_, place)
            | Value::Bool(_, place)
            | Value::List { place, .. }
            | Value::Map { place, .. }
            | Value::Unknown(place)
            | Value::Absent { place, .. } => Some(*place),
        }
    }

    /// A derived text and its place.
    pub fn as_text(&self) -> Option<(&str, Place)> {
        match self {
            Value::Text(text, place) => Some((text, *place)),
            Value::At(_, inner) => inner.as_text(),
            Value::Shared(inner) => inner.as_text(),
            _ => None,
        }
    }

    /// Whether something holds.
    pub fn truth(truth: Truth, place: Place) -> Value {
        match truth {
            Truth::True => Value::Bool(true, place),
            Truth::False => Value::Bool(false, place),
            Truth::Unknown => Value::Unknown(place),
        }
    }

    /// The value, hanging on a node if there is one.
    #[must_use]
    pub fn at(self, node: Option<NodeRef>) -> Value {
        match node {
            Some(node) => Value::At(node, Box::new(self)),
            None => self,
        }
    }
}
