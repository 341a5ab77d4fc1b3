//! The type that several values have in common, as collections need it.

use super::{Attribute, Type};
use crate::model::datum::{Datum, Kind};
use std::sync::Arc;

/// The type to which all these values convert: strings win over numbers and truth values, objects
/// with other attributes become maps, tuples of other lengths lists. None if there is no such type.
/// `Any` says nothing, and is what values have that cannot be told.
pub fn common_type<'a>(values: impl Iterator<Item = &'a Datum>) -> Option<Type> {
    let types: Vec<Type> = values.map(type_of).collect();
    unify(&types.iter().collect::<Vec<_>>())
}

/// What is open, and a set with members that cannot be told, has a type that cannot be told.
fn type_of(value: &Datum) -> Type {
    match &value.kind {
        Kind::Null | Kind::Unknown(_) | Kind::Instance(_) => Type::Any,
        Kind::Bool(_) => Type::Bool,
        Kind::Number(_) => Type::Number,
        Kind::Text(_) | Kind::Partial(_) | Kind::Json(_) => Type::Text,
        Kind::List(list) if list.open.is_some() => Type::Any,
        Kind::List(list) => Type::Tuple(list.items.iter().map(type_of).collect()),
        Kind::Set(set) => {
            let members: Vec<Type> = set.items.iter().map(type_of).collect();
            let told = members.iter().all(|member| !matches!(member, Type::Any));
            match unify(&members.iter().collect::<Vec<_>>()) {
                Some(inner) if told && set.open.is_none() => Type::Set(Box::new(inner)),
                _ => Type::Any,
            }
        }
        Kind::Map(map) if map.open => Type::Any,
        Kind::Map(map) => {
            let attribute = |(name, value): (&Arc<str>, &Datum)| Attribute {
                name: name.clone(),
                kind: type_of(value),
                optional: None,
            };
            Type::Object(map.entries.iter().map(attribute).collect())
        }
    }
}

fn unify(types: &[&Type]) -> Option<Type> {
    let told: Vec<&Type> = types.iter().copied().filter(|one| !matches!(one, Type::Any)).collect();
    let doubt = told.len() < types.len();
    match told.first() {
        Some(Type::Bool | Type::Number | Type::Text) => primitive(&told, doubt),
        // What cannot be told may have other attributes or another length.
        Some(_) if doubt => Some(Type::Any),
        Some(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => sequence(&told),
        Some(Type::Map(_) | Type::Object(_)) => mapping(&told),
        Some(Type::Any) | None => Some(Type::Any),
    }
}

/// Truth values and numbers have no type in common, unless a string beside them makes it one: what
/// cannot be told may be that string.
fn primitive(types: &[&Type], doubt: bool) -> Option<Type> {
    let mut result = types.first().copied()?;
    let mut mixed = false;
    for &one in types {
        match (one, result) {
            (Type::Text, _) => result = one,
            (Type::Bool, Type::Bool | Type::Text) | (Type::Number, Type::Number | Type::Text) => {}
            (Type::Bool | Type::Number, _) => mixed = true,
            _ => return None,
        }
    }
    match result {
        Type::Text => Some(Type::Text),
        _ if mixed => doubt.then_some(Type::Any),
        _ => Some(result.clone()),
    }
}

fn sequence(types: &[&Type]) -> Option<Type> {
    let mut members: Vec<&Type> = Vec::new();
    let mut tuples: Vec<&[Type]> = Vec::new();
    let mut set = false;
    for one in types {
        match one {
            Type::Tuple(inner) => {
                members.extend(inner);
                tuples.push(inner);
            }
            Type::List(inner) => members.push(inner),
            Type::Set(inner) => {
                // An empty one has members of any type.
                members.extend((!matches!(**inner, Type::Any)).then_some(&**inner));
                set = true;
            }
            _ => return None,
        }
    }
    let length = tuples.first().map_or(0, |first| first.len());
    if tuples.len() == types.len() && tuples.iter().all(|tuple| tuple.len() == length) {
        let position =
            |index: usize| unify(&tuples.iter().map(|tuple| &tuple[index]).collect::<Vec<_>>());
        return (0..length).map(position).collect::<Option<Vec<_>>>().map(Type::Tuple);
    }
    let inner = Box::new(unify(&members)?);
    Some(if set { Type::Set(inner) } else { Type::List(inner) })
}

fn mapping(types: &[&Type]) -> Option<Type> {
    let mut members: Vec<&Type> = Vec::new();
    let mut objects: Vec<&[Attribute]> = Vec::new();
    for one in types {
        match one {
            Type::Object(attributes) => {
                members.extend(attributes.iter().map(|attribute| &attribute.kind));
                objects.push(attributes);
            }
            Type::Map(inner) => members.push(inner),
            _ => return None,
        }
    }
    let first = objects.first().copied().unwrap_or_default();
    let alike = |other: &&[Attribute]| {
        other.len() == first.len() && other.iter().zip(first).all(|(a, b)| a.name == b.name)
    };
    if objects.len() < types.len() || !objects.iter().all(alike) {
        return Some(Type::Map(Box::new(unify(&members)?)));
    }
    let attribute = |(index, attribute): (usize, &Attribute)| {
        let kinds: Vec<&Type> = objects.iter().map(|object| &object[index].kind).collect();
        Some(Attribute { name: attribute.name.clone(), kind: unify(&kinds)?, optional: None })
    };
    first.iter().enumerate().map(attribute).collect::<Option<Vec<_>>>().map(Type::Object)
}
