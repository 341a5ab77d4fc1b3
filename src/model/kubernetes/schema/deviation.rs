//! Goes through an object beside its schema. What cannot be told deviates from nothing.

use super::nearby::{Advice, advice};
use super::{Expects, Type, kind, of};
use crate::input::scalar::Scalar;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Fact;
use crate::model::resource::Object;

/// One step of the path to a deviation.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// A field, and the type whose field it is; none for a key of a free map.
    Key(&'a str, Option<&'static Type>),
    /// An element of a list.
    Index(usize),
}

/// How an object deviates from its schema.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The field is not known there; what may have been meant.
    Unknown(Option<Advice>),
    /// The API refuses the value: it wants something else.
    Type(&'static Expects),
    /// The API refuses the value: it is none of these.
    Value(&'static [&'static str]),
}

/// A deviation.
pub struct Deviation<'a> {
    /// The value.
    pub at: Cursor<'a>,
    /// The way to it, its own key included.
    pub path: Vec<Step<'a>>,
    /// What is wrong.
    pub fault: Fault,
}

/// Where an object deviates from the schema of its kind; empty if there is none.
pub fn deviations<'a>(object: &Object, body: Cursor<'a>) -> Vec<Deviation<'a>> {
    let Some(whole) = kind(&object.group, &object.version, &object.kind) else { return Vec::new() };
    let mut walk = Walk { path: Vec::new(), found: Vec::new(), depth: 0 };
    walk.fields(whole, body);
    walk.found
}

/// Deeper than any schema without a circle; those with one end here.
const DEPTH: usize = 64;

struct Walk<'a> {
    path: Vec<Step<'a>>,
    found: Vec<Deviation<'a>>,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn fault(&mut self, at: Cursor<'a>, fault: Fault) {
        self.found.push(Deviation { at, path: self.path.clone(), fault });
    }

    fn fields(&mut self, known: &'static Type, at: Cursor<'a>) {
        for (key, value) in at.entries().0 {
            if matches!(value.shape(), Shape::Absent | Shape::Unknown) || !is_plain(key) {
                continue;
            }
            self.path.push(Step::Key(key, Some(known)));
            match known.field(key) {
                Some(Expects::Misspelt(right)) => {
                    self.fault(value, Fault::Unknown(Some(Advice::Instead((*right).to_owned()))));
                }
                Some(expects) => self.value(expects, value),
                None if known.open => {}
                None => {
                    let advice = advice(&self.path, value.shape() == Shape::Scalar);
                    self.fault(value, Fault::Unknown(advice));
                }
            }
            self.path.pop();
        }
    }

    fn value(&mut self, expects: &'static Expects, at: Cursor<'a>) {
        let shape = at.shape();
        if self.depth == DEPTH || matches!(shape, Shape::Absent | Shape::Unknown) {
            return;
        }
        self.depth += 1;
        match (expects, shape) {
            (Expects::Any | Expects::Former | Expects::Misspelt(_), _) => {}
            (Expects::List(inner), Shape::List) => {
                for (index, item) in at.items().known.into_iter().enumerate() {
                    self.path.push(Step::Index(index));
                    self.value(inner, item);
                    self.path.pop();
                }
            }
            (Expects::Map(inner), Shape::Map) => {
                for (key, value) in at.entries().0 {
                    self.path.push(Step::Key(key, None));
                    self.value(inner, value);
                    self.path.pop();
                }
            }
            (Expects::Object(index), Shape::Map) => self.fields(of(*index), at),
            (_, Shape::Scalar) => self.scalar(expects, at),
            _ => self.fault(at, Fault::Type(expects)),
        }
        self.depth -= 1;
    }

    fn scalar(&mut self, expects: &'static Expects, at: Cursor<'a>) {
        let Fact::Known(scalar, _) = at.scalar() else { return };
        if matches!(&scalar, Scalar::Text(text) if is_placeholder(text)) {
            return;
        }
        let holds = match (expects, &scalar) {
            (Expects::OneOf(values), Scalar::Text(text)) => {
                // An empty text is the same as none at all.
                if !text.is_empty() && !values.contains(&&**text) {
                    self.fault(at, Fault::Value(values));
                }
                return;
            }
            (Expects::Text | Expects::IntegerOrText, Scalar::Text(_))
            | (Expects::Integer | Expects::Number | Expects::IntegerOrText, Scalar::Int(_))
            // A whole number may be written as `1.0` or `1e3`.
            | (Expects::Integer | Expects::Number, Scalar::Float(_))
            | (Expects::Truth, Scalar::Bool(_)) => true,
            _ => false,
        };
        if !holds {
            self.fault(at, Fault::Type(expects));
        }
    }
}

/// Whether a key is a name, not something that a tool fills in, nor an instruction to a patch
/// (`$patch`).
fn is_plain(key: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key.chars().all(name)
        // By custom, what only holds anchors.
        && !key.starts_with("x-")
}

/// Whether some tool fills in the text before it reaches the API.
fn is_placeholder(text: &str) -> bool {
    text.contains(['$', '{', '}', '<', '>', '%', '@']) || text.contains("__")
}
