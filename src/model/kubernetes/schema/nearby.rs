//! What may have been meant by a field that is not known where it stands: a slip of the name, or a
//! place nearby where it is known.

use super::deviation::Step;
use super::{Expects, Type};
use std::collections::VecDeque;

/// What may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// A field of this name in the same place.
    Instead(String),
    /// The same field, under this path of the object.
    Under(String),
}

/// Steps up and down to a place that is still nearby.
const FAR: usize = 4;

/// What may have been meant by the last key of a path. `scalar` says that a lone value stands there.
pub(super) fn advice(path: &[Step<'_>], scalar: bool) -> Option<Advice> {
    let Some(Step::Key(name, Some(known))) = path.last() else { return None };
    let under = |place: &Place| {
        let mut text = text(&path[..place.from]);
        for part in &place.down {
            if !text.is_empty() && !part.starts_with('[') {
                text.push('.');
            }
            text.push_str(part);
        }
        Advice::Under(text)
    };
    if let Some(slip) = best(known, name, 0) {
        return Some(Advice::Instead(slip.to_owned()));
    }
    let elsewhere = elsewhere(path, name);
    if let Some(place) = elsewhere.as_ref().filter(|place| place.distance <= 1) {
        return Some(under(place));
    }
    let allowed = match name.len() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    if let Some(slip) = best(known, name, allowed) {
        return Some(Advice::Instead(slip.to_owned()));
    }
    if scalar && let Some(map) = only_map(known) {
        let place = Place { from: path.len() - 1, down: vec![map.to_owned()], distance: 1 };
        return Some(under(&place));
    }
    if elsewhere.is_none()
        && let Some(longer) = longer(known, name)
    {
        return Some(Advice::Instead(longer.to_owned()));
    }
    elsewhere.as_ref().map(under)
}

/// The only field of which the name is the beginning or the end.
fn longer(known: &'static Type, name: &str) -> Option<&'static str> {
    let wanted = plain(name);
    let fields = known.fields.iter().map(|(field, _)| *field);
    let mut found = fields.filter(|field| {
        let field = plain(field);
        wanted.len() > 4 && (field.starts_with(&wanted) || field.ends_with(&wanted))
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// A path as people write it.
pub fn text(path: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key, _) if text.is_empty() => text.push_str(key),
            Step::Key(key, _) => {
                text.push('.');
                text.push_str(key);
            }
            Step::Index(at) => text.extend(["[", &at.to_string(), "]"]),
        }
    }
    text
}

/// The field whose name is at most so many slips away (0: but for case, separators and a plural),
/// if no other is as near.
fn best(known: &'static Type, name: &str, allowed: usize) -> Option<&'static str> {
    let wanted = plain(name);
    let mut best: Option<(usize, &'static str)> = None;
    let mut alone = true;
    for &(field, ref expects) in known.fields {
        if matches!(expects, Expects::Former | Expects::Misspelt(_)) {
            continue;
        }
        let field_plain = plain(field);
        let distance = if singular(&field_plain) == singular(&wanted) {
            0
        } else {
            strsim::osa_distance(&field_plain, &wanted)
        };
        if distance > allowed {
            continue;
        }
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, _)) if distance == least => alone = false,
            _ => (best, alone) = (Some((distance, field)), true),
        }
    }
    best.filter(|_| alone).map(|(_, field)| field)
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn singular(name: &str) -> String {
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}

/// The only map with free keys among the fields of a type.
fn only_map(known: &'static Type) -> Option<&'static str> {
    let mut maps = known.fields.iter().filter(|(_, expects)| matches!(expects, Expects::Map(_)));
    let (first, _) = maps.next()?;
    maps.next().is_none().then_some(*first)
}

/// A place where a field is known.
struct Place {
    /// The steps of the path that lead to it, and those that follow.
    from: usize,
    down: Vec<String>,
    /// Steps up and down.
    distance: usize,
}

/// The nearest place where the field is known.
fn elsewhere(path: &[Step<'_>], name: &str) -> Option<Place> {
    let mut best: Option<Place> = None;
    let levels = path.iter().enumerate().rev().filter_map(|(at, step)| match step {
        Step::Key(_, Some(known)) => Some((at, *known)),
        _ => None,
    });
    for (up, (from, known)) in levels.enumerate() {
        let limit = best.as_ref().map_or(FAR + 1, |place| place.distance);
        if up >= limit {
            break;
        }
        if let Some(down) = below(known, name, limit - up, up) {
            best = Some(Place { from, distance: up + down.len(), down });
        }
    }
    best
}

/// The way down from a type to one that has the field, in fewer steps than `limit`.
fn below(known: &'static Type, name: &str, limit: usize, up: usize) -> Option<Vec<String>> {
    let mut open: VecDeque<(&'static Type, Vec<String>)> = VecDeque::from([(known, Vec::new())]);
    while let Some((known, way)) = open.pop_front() {
        if known.field(name).is_some_and(|e| !matches!(e, Expects::Former | Expects::Misspelt(_))) {
            return Some(way);
        }
        if way.len() + 1 >= limit {
            continue;
        }
        for (field, expects) in known.fields {
            // What is deep inside an object is no part of its metadata, and what a volume is made
            // of is not what people look for.
            if *field == "metadata" && up > 1 || known.name == "Volume" {
                continue;
            }
            if let Some((inner, list)) = expects.object() {
                let mut way = way.clone();
                way.push(if list { format!("{field}[]") } else { (*field).to_owned() });
                open.push_back((inner, way));
            }
        }
    }
    None
}
