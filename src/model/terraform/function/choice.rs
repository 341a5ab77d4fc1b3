//! Terraform's functions that choose one of several values.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, Stop};
use super::collection::{fixed, gap_of, sequence};
use crate::model::datum::{Datum, Kind, Piece};
use crate::model::terraform::conversion::{
    Standing, Type, common_type, kind_name, like, standings, whole_text,
};

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    let entry: Entry = match name {
        "coalesce" => (&["vals..."], coalesce),
        "coalescelist" => (&["vals..."], coalescelist),
        "element" => (&["list", "index"], element),
        "one" => (&["list"], one),
        _ => return None,
    };
    Some(argument::run(name, entry, arguments))
}

fn coalesce(arguments: &Arguments) -> Answer {
    let values = arguments.values;
    let wrong = || arguments.failed("all arguments must have the same type");
    // Beside a null or something unknown, of any type, values stay what they are.
    let doubt = values.iter().any(|value| value.is_null() || !value.is_known());
    let common = match common_type(values.iter()) {
        Some(common) if !values.is_empty() => common,
        _ if doubt => Type::Any,
        _ => return Err(wrong()),
    };
    let nothing = |value: &Datum| value.is_null() || whole_text(value).as_deref() == Some("");
    let mut left = values.iter().filter(|value| !nothing(value));
    let Some(first) = left.next() else {
        return Err(arguments.failed("no non-null, non-empty-string arguments"));
    };
    if left.next().is_some() && !certain(first) {
        return Err(gap_of(first));
    }
    Ok(like(first, &common))
}

fn coalescelist(arguments: &Arguments) -> Answer {
    if arguments.values.is_empty() {
        return Err(arguments.failed("at least one argument is required"));
    }
    let mut left = Vec::new();
    for value in arguments.values {
        match &value.kind {
            Kind::Null => {}
            Kind::List(list) if list.items.is_empty() && list.open.is_none() => {}
            Kind::List(_) | Kind::Unknown(_) | Kind::Instance(_) => left.push(value),
            _ => return Err(arguments.failed("coalescelist arguments must be lists or tuples")),
        }
    }
    match left[..] {
        [] => Err(arguments.failed("no non-null arguments")),
        [only] => Ok(only.clone()),
        [first, ..] => match &first.kind {
            Kind::List(list) if !list.items.is_empty() => Ok(first.clone()),
            _ => Err(gap_of(first)),
        },
    }
}

fn element(arguments: &Arguments) -> Answer {
    let value = arguments.value(0)?;
    let members = match &value.kind {
        Kind::List(list) => list,
        Kind::Unknown(_) | Kind::Instance(_) => return Err(gap_of(value)),
        _ => {
            let what = format!("cannot read elements from {}", kind_name(value));
            return Err(arguments.failed(&what));
        }
    };
    let index = match (arguments.int(1), &members.items[..], members.open) {
        (Err(Stop::Gap(_)), [only], None) => return Ok(only.clone()),
        (index, ..) => index?,
    };
    if let Ok(place) = usize::try_from(index)
        && place < fixed(members)
    {
        return Ok(members.items[place].clone());
    }
    if members.open.is_some() {
        return Err(gap_of(value));
    }
    let length = i64::try_from(members.items.len()).unwrap_or(i64::MAX);
    let Some(rest) = index.checked_rem(length) else {
        return Err(arguments.failed("cannot use element function with an empty list"));
    };
    let found = usize::try_from(rest).ok().and_then(|rest| members.items.get(rest));
    found.cloned().ok_or_else(|| arguments.wrong(1, "the index must not be negative"))
}

fn one(arguments: &Arguments) -> Answer {
    let value = arguments.value(0)?;
    let wrong = "must be a list, set, or tuple value with either zero or one elements";
    let (Kind::List(members) | Kind::Set(members)) = &value.kind else {
        sequence(value)?;
        return Err(arguments.wrong(0, wrong));
    };
    match (members.items.as_slice(), members.open) {
        ([], None) => Ok(Datum::null()),
        ([], Some(_)) => Err(gap_of(value)),
        ([only], _) => Ok(only.clone()),
        (many, _) => {
            let set = matches!(value.kind, Kind::Set(_));
            let new = || standings(many).into_iter().filter(|one| *one == Standing::New).count();
            if set && new() < 2 { Err(gap_of(value)) } else { Err(arguments.wrong(0, wrong)) }
        }
    }
}

/// Whether a value is certainly neither null nor the empty text, as far as it is not known.
pub(super) fn certain(value: &Datum) -> bool {
    match &value.kind {
        Kind::Null | Kind::Unknown(_) => false,
        Kind::Partial(pieces) => {
            pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if !text.is_empty()))
        }
        _ => true,
    }
}
