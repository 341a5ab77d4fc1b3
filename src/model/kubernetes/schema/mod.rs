//! What API objects look like: the fields of each kind, and where an object deviates from them.
//! Judges nothing.

mod deviation;
mod nearby;

pub use deviation::{Deviation, Fault, Step, deviations};
pub use nearby::{Advice, text};

/// A type of an API: its fields, sorted by name.
#[derive(Debug)]
pub struct Type {
    /// Its name in the API.
    pub name: &'static str,
    /// Whether there are fields that are not listed.
    pub open: bool,
    /// Names and what they hold.
    pub fields: &'static [(&'static str, Expects)],
}

/// What a field holds.
#[derive(Debug)]
pub enum Expects {
    /// Anything.
    Any,
    /// Anything, in some other release.
    Former,
    /// Nothing: the field is a known misspelling of this one.
    Misspelt(&'static str),
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A truth value.
    Truth,
    /// A whole number or a text.
    IntegerOrText,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of these.
    List(&'static Expects),
    /// A map with any keys.
    Map(&'static Expects),
    /// An object: the index of its type.
    Object(u16),
}

mod tables {
    //! Made by `build/schemas.rs`.
    use super::{Expects, Type};
    include!(concat!(env!("OUT_DIR"), "/schemas.rs"));
}

/// The type of a kind's objects; none where the kind, or this version of it, is not described.
pub fn kind(group: &str, version: &str, kind: &str) -> Option<&'static Type> {
    let key = (group, version, kind);
    let found = tables::KINDS.binary_search_by(|&(g, v, k, _)| (g, v, k).cmp(&key)).ok()?;
    Some(of(tables::KINDS[found].3))
}

/// The type with this index (`Expects::Object`).
pub fn of(index: u16) -> &'static Type {
    &tables::TYPES[index as usize]
}

impl Type {
    /// What a field holds.
    pub fn field(&self, name: &str) -> Option<&'static Expects> {
        let found = self.fields.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
        Some(&self.fields[found].1)
    }
}

impl Expects {
    /// The object type that a field holds, or holds a list of; and whether it is a list.
    fn object(&self) -> Option<(&'static Type, bool)> {
        match self {
            Expects::Object(index) => Some((of(*index), false)),
            Expects::List(Expects::Object(index)) => Some((of(*index), true)),
            _ => None,
        }
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Expects::Any | Expects::Former | Expects::Misspelt(_) => "anything".to_owned(),
            Expects::Text => "a text".to_owned(),
            Expects::Integer => "a whole number".to_owned(),
            Expects::Number => "a number".to_owned(),
            Expects::Truth => "`true` or `false`".to_owned(),
            Expects::IntegerOrText => "a whole number or a text".to_owned(),
            Expects::OneOf(values) => {
                let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
                format!("one of {}", quoted.join(", "))
            }
            Expects::List(_) => "a list".to_owned(),
            Expects::Map(_) | Expects::Object(_) => "a map".to_owned(),
        }
    }
}
