//! Terraform's types: what a type constraint says, and how values convert to it. Knows no
//! expressions.
//!
//! Source: Terraform language documentation, "Type Constraints" and "Types and Values".

mod common;
mod equality;
mod set;
mod text;

pub use common::common_type;
pub use equality::{equals, same};
pub use set::{Standing, list_of, set_of, standings};
pub use text::{pieces, text_of, whole_text};

use crate::model::datum::{Datum, Kind, List, Map, Reason, Unknown};
use crate::model::number::Number;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longer keys are left out of messages.
const MAX_KEY_IN_MESSAGE: usize = 64;

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

impl Type {
    /// For people, without an article.
    pub fn name(&self) -> String {
        match self {
            Type::Any => "any type".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Number => "number".to_owned(),
            Type::Text => "string".to_owned(),
            Type::List(inner) => format!("list of {}", inner.name()),
            Type::Set(inner) => format!("set of {}", inner.name()),
            Type::Map(inner) => format!("map of {}", inner.name()),
            Type::Tuple(_) => "tuple".to_owned(),
            Type::Object(_) => "object".to_owned(),
        }
    }

    fn mentions_any(&self) -> bool {
        match self {
            Type::Any => true,
            Type::Bool | Type::Number | Type::Text => false,
            Type::List(inner) | Type::Set(inner) | Type::Map(inner) => inner.mentions_any(),
            Type::Tuple(inner) => inner.iter().any(Type::mentions_any),
            Type::Object(inner) => inner.iter().any(|attribute| attribute.kind.mentions_any()),
        }
    }
}

/// What a value is, for people, without an article.
pub fn kind_name(value: &Datum) -> &'static str {
    match &value.kind {
        Kind::Null => "null",
        Kind::Bool(_) => "bool",
        Kind::Number(_) => "number",
        Kind::Text(_) | Kind::Partial(_) | Kind::Json(_) => "string",
        Kind::List(_) => "list",
        Kind::Set(_) => "set",
        Kind::Map(_) => "map",
        Kind::Instance(_) => "object",
        Kind::Unknown(_) => "unknown value",
    }
}

/// The value as one of type `to`. What is unknown stays so; the places are kept.
pub fn convert(value: &Datum, to: &Type) -> Result<Datum, String> {
    converted(value, to).map_err(|problem| sentence(&problem))
}

/// The value as a text: a known one, one with holes, unknown, or null as it is.
pub fn to_text(value: &Datum) -> Result<Datum, String> {
    convert(value, &Type::Text)
}

fn sentence(problem: &str) -> String {
    let mut letters = problem.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

fn converted(value: &Datum, to: &Type) -> Result<Datum, String> {
    let kind = match (&value.kind, to) {
        (Kind::Null | Kind::Unknown(_), _)
        | (_, Type::Any)
        | (Kind::Instance(_), Type::Object(_) | Type::Map(_)) => return Ok(value.clone()),
        (_, Type::Bool) => to_bool(value)?,
        (_, Type::Number) => to_number(value)?,
        (_, Type::Text) => match &value.kind {
            Kind::Text(_) | Kind::Partial(_) | Kind::Json(_) => return Ok(value.clone()),
            Kind::Bool(value) => Kind::Text(if *value { "true" } else { "false" }.into()),
            Kind::Number(number) => Kind::Text(number.to_string().into()),
            _ => return Err(required(to)),
        },
        (Kind::List(list), Type::List(inner)) => {
            Kind::List(Arc::new(List { items: items(list, inner)?, open: list.open }))
        }
        (Kind::Set(set), Type::List(inner)) => {
            let list = list_of(set);
            Kind::List(Arc::new(List { items: items(&list, inner)?, open: list.open }))
        }
        (Kind::List(list) | Kind::Set(list), Type::Set(inner)) => {
            set_of(items(list, inner)?, list.open.is_some())
        }
        (Kind::List(list), Type::Tuple(inner)) => {
            Kind::List(Arc::new(List { items: tuple(list, inner)?, open: list.open }))
        }
        (Kind::Map(map), Type::Map(inner)) => Kind::Map(Arc::new(Map {
            entries: entries(map, inner)?,
            open: map.open,
            ..Map::default()
        })),
        (Kind::Map(map), Type::Object(inner)) => {
            Kind::Map(Arc::new(Map { entries: object(map, inner)?, ..Map::default() }))
        }
        _ => return Err(required(to)),
    };
    Ok(Datum { kind, at: value.at, origin: value.origin })
}

fn required(to: &Type) -> String {
    let article = if matches!(to, Type::Object(_)) { "an" } else { "a" };
    format!("{article} {} is required", to.name())
}

fn to_bool(value: &Datum) -> Result<Kind, String> {
    let text = match &value.kind {
        Kind::Bool(value) => return Ok(Kind::Bool(*value)),
        Kind::Text(_) | Kind::Partial(_) | Kind::Json(_) => whole_text(value),
        _ => return Err(required(&Type::Bool)),
    };
    match text.as_deref() {
        Some("true" | "1") => Ok(Kind::Bool(true)),
        Some("false" | "0") => Ok(Kind::Bool(false)),
        Some(_) => {
            Err("a bool is required; of strings, only \"true\" and \"false\" convert".to_owned())
        }
        None => Ok(without_symbol(value)),
    }
}

fn to_number(value: &Datum) -> Result<Kind, String> {
    let text = match &value.kind {
        Kind::Number(number) => return Ok(Kind::Number(number.clone())),
        Kind::Text(_) | Kind::Partial(_) | Kind::Json(_) => whole_text(value),
        _ => return Err(required(&Type::Number)),
    };
    let Some(text) = text else { return Ok(without_symbol(value)) };
    match decimal(&text) {
        Some(digits) => Ok(Number::parse(&digits)
            .map_or(Kind::Unknown(Unknown { reason: Reason::Limit, symbol: None }), Kind::Number)),
        None => Err("a number is required; the string is not a decimal number".to_owned()),
    }
}

/// A text that Terraform takes for a number, as `Number` reads it: `+1`, `.5` and `5.` are numbers.
fn decimal(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, "inf" | "Inf") {
        return Some(unsigned.to_owned());
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let mut result = format!("{sign}0{whole}");
    if !fraction.is_empty() {
        result.extend([".", fraction]);
    }
    if let Some(exponent) = exponent {
        let bare = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if bare.is_empty() || !digits(bare) {
            return None;
        }
        result.extend(["e", exponent]);
    }
    Some(result)
}

/// The value is another one than the one that cannot be told, so it is not equal to it.
fn without_symbol(value: &Datum) -> Kind {
    let reason = value.gap().map_or(Reason::Limit, |gap| gap.reason);
    Kind::Unknown(Unknown { reason, symbol: None })
}

fn items(list: &List, to: &Type) -> Result<Vec<Datum>, String> {
    let each = |(index, item)| {
        converted(item, to).map_err(|problem| format!("element {index}: {problem}"))
    };
    let result: Vec<Datum> =
        list.items.iter().enumerate().map(each).collect::<Result<_, String>>()?;
    match agreed(result.iter(), list.open.is_some(), to)? {
        Some(common) => Ok(result.iter().map(|item| like(item, &common)).collect()),
        None => Ok(result),
    }
}

fn entries(map: &Map, to: &Type) -> Result<BTreeMap<Arc<str>, Datum>, String> {
    let each = |(key, item): (&Arc<str>, &Datum)| match converted(item, to) {
        Ok(item) => Ok((key.clone(), item)),
        Err(problem) if key.len() > MAX_KEY_IN_MESSAGE => Err(format!("an element: {problem}")),
        Err(problem) => Err(format!("element \"{key}\": {problem}")),
    };
    let mut result: BTreeMap<_, _> = map.entries.iter().map(each).collect::<Result<_, String>>()?;
    if let Some(common) = agreed(result.values(), map.open, to)? {
        for item in result.values_mut() {
            *item = like(item, &common);
        }
    }
    Ok(result)
}

/// The value as one of a common type. Only what has gaps may have no such form, and stays as it is.
pub fn like(value: &Datum, common: &Type) -> Datum {
    converted(value, common).unwrap_or_else(|_| value.clone())
}

/// The type that members of a collection of `any` share; others that are not known may give them
/// one.
fn agreed<'a>(
    members: impl Iterator<Item = &'a Datum>,
    open: bool,
    to: &Type,
) -> Result<Option<Type>, String> {
    if !to.mentions_any() {
        return Ok(None);
    }
    match common_type(members) {
        None if !open => Err("all elements must have the same type".to_owned()),
        common => Ok(common),
    }
}

fn tuple(list: &List, types: &[Type]) -> Result<Vec<Datum>, String> {
    let length = list.items.len();
    if length > types.len() || list.open.is_none() && length < types.len() {
        return Err(format!("a tuple of {} elements is required", types.len()));
    }
    let fixed = list.open.unwrap_or(length);
    let each = |(index, item): (usize, &Datum)| match types.get(index) {
        Some(to) if index < fixed => {
            converted(item, to).map_err(|problem| format!("element {index}: {problem}"))
        }
        _ => Ok(item.clone()),
    };
    list.items.iter().enumerate().map(each).collect()
}

fn object(map: &Map, attributes: &[Attribute]) -> Result<BTreeMap<Arc<str>, Datum>, String> {
    let mut result = BTreeMap::new();
    for Attribute { name, kind, optional } in attributes {
        let given = map.entries.get(name);
        let value = match (given, optional) {
            (Some(value), Some(default)) if value.is_null() => default.clone(),
            (Some(value), _) => value.clone(),
            (None, _) if map.open => Datum::unknown(Reason::Instances),
            (None, Some(default)) => default.clone(),
            (None, None) => return Err(format!("attribute \"{name}\" is required")),
        };
        let value = converted(&value, kind)
            .map_err(|problem| format!("attribute \"{name}\": {problem}"))?;
        result.insert(name.clone(), value);
    }
    Ok(result)
}

#[cfg(test)]
pub(super) mod tests;
