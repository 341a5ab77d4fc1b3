//! Terraform's functions on maps and objects. What they say of a map that is known in part holds
//! whatever the rest is.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, MAX_MEMBERS, Stop};
use super::collection::{fixed, gap_of, list, list_with, may_be};
use crate::model::datum::{Datum, Kind, Map, Reason, Unknown};
use crate::model::fact::Truth;
use crate::model::terraform::conversion::{Type, convert, kind_name, to_text, whole_text};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    Some(argument::run(name, entry(name)?, arguments))
}

fn entry(name: &str) -> Option<Entry> {
    Some(match name {
        "keys" => (&["inputMap"], keys),
        "lookup" => (&["inputMap", "key", "default..."], lookup),
        "merge" => (&["maps..."], merge),
        "transpose" => (&["values"], transpose),
        "values" => (&["mapping"], values),
        "zipmap" => (&["keys", "values"], zipmap),
        _ => return None,
    })
}

fn map<'a>(arguments: &Arguments<'a>) -> Result<&'a Arc<Map>, Stop> {
    let value = arguments.value(0)?;
    match &value.kind {
        Kind::Map(map) => Ok(map),
        Kind::Unknown(_) | Kind::Instance(_) => Err(gap_of(value)),
        _ => Err(arguments.wrong(0, "must have map or object type")),
    }
}

fn keys(arguments: &Arguments) -> Answer {
    let map = map(arguments)?;
    list(map.entries.keys().cloned().map(Datum::text).collect(), map.open.then_some(0))
}

fn values(arguments: &Arguments) -> Answer {
    let map = map(arguments)?;
    list(map.entries.values().cloned().collect(), map.open.then_some(0))
}

fn lookup(arguments: &Arguments) -> Answer {
    if arguments.values.len() > 3 {
        let got = arguments.values.len();
        return Err(arguments.failed(&format!("lookup() takes two or three arguments, got {got}")));
    }
    let map = map(arguments)?;
    let key = to_text(arguments.value(1)?).map_err(|_| arguments.wrong(1, "string required"))?;
    if let Some(value) = whole_text(&key).and_then(|key| map.entries.get(&key)) {
        return Ok(value.clone());
    }
    let possible = |name: &Arc<str>| may_be(&key, name) != Truth::False;
    if map.open || map.entries.keys().any(possible) {
        return Err(if key.is_known() { gap_of(&arguments.values[0]) } else { gap_of(&key) });
    }
    match arguments.values.get(2) {
        Some(default) => Ok(default.clone()),
        None => Err(arguments.wrong(0, "the given key is not in the map")),
    }
}

fn merge(arguments: &Arguments) -> Answer {
    let mut merged = Map::default();
    let mut reason = None;
    for value in arguments.values {
        match &value.kind {
            Kind::Null => {}
            Kind::Map(map) => {
                if map.open {
                    cover(&mut merged, map, Reason::Instances);
                }
                let entries = map.entries.iter().map(|(key, value)| (key.clone(), value.clone()));
                merged.entries.extend(entries);
                if merged.entries.len() > MAX_MEMBERS {
                    return Err(Stop::because(Reason::Limit));
                }
            }
            Kind::Unknown(Unknown { reason: why, .. }) => {
                cover(&mut merged, &Map::default(), *why);
                reason.get_or_insert(*why);
            }
            Kind::Instance(_) => {
                cover(&mut merged, &Map::default(), Reason::Computed);
                reason.get_or_insert(Reason::Computed);
            }
            _ => {
                let what = format!("arguments must be maps or objects, got {}", kind_name(value));
                return Err(arguments.failed(&what));
            }
        }
    }
    match reason {
        Some(reason) if merged.entries.is_empty() => Err(Stop::because(reason)),
        _ => Ok(Datum::new(Kind::Map(Arc::new(merged)))),
    }
}

/// A map that is not known may replace every entry but those that it is known to have.
fn cover(merged: &mut Map, by: &Map, reason: Reason) {
    merged.open = true;
    for (key, value) in &mut merged.entries {
        if !by.entries.contains_key(key) {
            *value = Datum::unknown(reason);
        }
    }
}

fn transpose(arguments: &Arguments) -> Answer {
    let to = Type::Map(Box::new(Type::List(Box::new(Type::Text))));
    let value = arguments.value(0)?;
    let value =
        convert(value, &to).map_err(|_| arguments.wrong(0, "map of list of string required"))?;
    let Kind::Map(map) = &value.kind else { return Err(gap_of(&value)) };
    let mut result: BTreeMap<Arc<str>, Vec<Datum>> = BTreeMap::new();
    let mut members = 0;
    for (key, list) in &map.entries {
        let Kind::List(list) = &list.kind else {
            if list.is_null() {
                return Err(arguments.failed("input must not contain null list"));
            }
            continue;
        };
        for member in &list.items {
            if member.is_null() {
                return Err(arguments.failed("input list must not contain null string"));
            }
            members += 1;
            if members > MAX_MEMBERS {
                return Err(Stop::because(Reason::Limit));
            }
            if let Some(member) = whole_text(member) {
                result.entry(member).or_default().push(Datum::text(key.clone()));
            }
        }
    }
    match value.gap() {
        Some(gap) => Err(gap.into()),
        None => {
            Ok(Datum::map(result.into_iter().map(|(key, list)| (key, Datum::list(list))).collect()))
        }
    }
}

fn zipmap(arguments: &Arguments) -> Answer {
    let keys = list_with(arguments, 0, Type::Text)?;
    let value = arguments.value(1)?;
    let items = match &value.kind {
        Kind::List(list) => Some(list),
        Kind::Unknown(_) | Kind::Instance(_) => None,
        _ => return Err(arguments.failed("values argument must be a list or tuple value")),
    };
    if keys.items.iter().any(Datum::is_null) {
        return Err(arguments.failed("keys list has a null value"));
    }
    if let Some(items) = items.filter(|items| items.open.is_none())
        && keys.open.is_none()
        && items.items.len() != keys.items.len()
    {
        let (keys, values) = (keys.items.len(), items.items.len());
        let what = format!("number of keys ({keys}) does not match number of values ({values})");
        return Err(arguments.failed(&what));
    }
    if keys.open.is_some() {
        return Err(gap_of(&arguments.values[0]));
    }
    let reason = value.gap().map_or(Reason::Instances, |gap| gap.reason);
    let mut entries = BTreeMap::new();
    for (place, key) in keys.items.iter().enumerate() {
        let Some(key) = whole_text(key) else { return Err(gap_of(key)) };
        let item = items.filter(|items| place < fixed(items)).map(|items| &items.items[place]);
        entries.insert(key, item.cloned().unwrap_or_else(|| Datum::unknown(reason)));
    }
    Ok(Datum::map(entries))
}
