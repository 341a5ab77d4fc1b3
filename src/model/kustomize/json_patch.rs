//! JSON patches (RFC 6902) over values: each operation, with the pointers of RFC 6901.

use super::edit::{DEPTH, entry, items, removed, same};
use crate::input::file::File;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::value::Value;

/// Why a patch cannot be applied.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It would not apply: what it names is not there, or a `test` fails.
    Refused(String),
    /// Whether and how it applies cannot be told.
    Unknown,
}

/// Applies the operations in order, all or none.
pub(super) fn apply(files: &[File], value: &mut Value, patch: Cursor<'_>) -> Result<(), Failure> {
    let operations = patch.items();
    if operations.open {
        return Err(Failure::Unknown);
    }
    let mut changed = value.clone();
    for operation in operations.known {
        one(files, &mut changed, operation)?;
    }
    *value = changed;
    Ok(())
}

fn one(files: &[File], value: &mut Value, operation: Cursor<'_>) -> Result<(), Failure> {
    let (Some(op), Some(path)) = (operation.key("op").text(), operation.key("path").text()) else {
        return Err(Failure::Unknown);
    };
    let path = steps(&path)?;
    let given = operation.key("value");
    match &*op {
        "add" => add(files, value, &path, given.to_value()),
        "replace" => replace(files, value, &path, given.to_value()),
        "remove" => remove(files, value, &path, operation),
        "test" => {
            let found = read(Cursor::value(files, value), &path)?;
            match same(found, given, 0) {
                Truth::True => Ok(()),
                Truth::False => Err(refused(&path, "does not pass its `test`")),
                Truth::Unknown => Err(Failure::Unknown),
            }
        }
        "copy" | "move" => {
            let Some(from) = operation.key("from").text() else { return Err(Failure::Unknown) };
            let from = steps(&from)?;
            let found = read(Cursor::value(files, value), &from)?;
            if found.shape() == Shape::Absent {
                return Err(refused(&from, "is not there"));
            }
            let taken = found.to_value();
            if op == "move" {
                remove(files, value, &from, operation)?;
            }
            add(files, value, &path, taken)
        }
        _ => Err(refused(&path, "is changed by an unknown operation")),
    }
}

fn refused(path: &[String], what: &str) -> Failure {
    Failure::Refused(format!("`/{}` {what}", path.join("/")))
}

/// The steps of a pointer.
fn steps(pointer: &str) -> Result<Vec<String>, Failure> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = pointer.strip_prefix('/') else {
        return Err(Failure::Refused(format!("`{pointer}` is not a JSON pointer")));
    };
    if rest.split('/').count() > DEPTH {
        return Err(Failure::Unknown);
    }
    Ok(rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn read<'a>(start: Cursor<'a>, path: &[String]) -> Result<Cursor<'a>, Failure> {
    let mut at = start;
    for step in path {
        at = match (at.shape(), step.parse()) {
            (Shape::Map, _) => at.key(step),
            (Shape::List, Ok(n)) => at.index(n),
            (Shape::Unknown, _) => return Err(Failure::Unknown),
            _ => return Err(refused(path, "is not there")),
        };
    }
    Ok(at)
}

/// What holds the last step of a path, to be changed, and that step.
fn parent<'v, 'p>(
    files: &[File],
    value: &'v mut Value,
    path: &'p [String],
) -> Result<(&'v mut Value, &'p str), Failure> {
    let Some((last, above)) = path.split_last() else {
        return Err(refused(path, "is the whole object"));
    };
    let mut at = value;
    for step in above {
        let shape = Cursor::value(files, at).shape();
        let next = match shape {
            Shape::Map => entry(files, at, step),
            Shape::List => {
                let index: Option<usize> = step.parse().ok();
                items(files, at).and_then(|list| list.get_mut(index?))
            }
            Shape::Unknown => return Err(Failure::Unknown),
            _ => None,
        };
        at = next.ok_or_else(|| refused(path, "is not there"))?;
    }
    match Cursor::value(files, at).shape() {
        Shape::Map | Shape::List => Ok((at, last)),
        Shape::Unknown => Err(Failure::Unknown),
        _ => Err(refused(path, "is not there")),
    }
}

/// The place in a list that a step names.
fn position(step: &str, length: usize) -> Option<usize> {
    step.parse().ok().filter(|at| *at < length)
}

fn add(files: &[File], value: &mut Value, path: &[String], new: Value) -> Result<(), Failure> {
    let (holder, step) = parent(files, value, path)?;
    if Cursor::value(files, holder).shape() == Shape::Map {
        *entry(files, holder, step).ok_or(Failure::Unknown)? = new;
        return Ok(());
    }
    let list = items(files, holder).ok_or(Failure::Unknown)?;
    let at = if step == "-" { Some(list.len()) } else { position(step, list.len() + 1) };
    let Some(at) = at else { return Err(refused(path, "is beyond the list")) };
    list.insert(at, new);
    Ok(())
}

fn replace(files: &[File], value: &mut Value, path: &[String], new: Value) -> Result<(), Failure> {
    let (holder, step) = parent(files, value, path)?;
    let now = Cursor::value(files, holder);
    if now.shape() == Shape::Map {
        match now.key(step).shape() {
            Shape::Absent => return Err(refused(path, "is not there")),
            _ => *entry(files, holder, step).ok_or(Failure::Unknown)? = new,
        }
        return Ok(());
    }
    let list = items(files, holder).ok_or(Failure::Unknown)?;
    let Some(at) = position(step, list.len()) else { return Err(refused(path, "is not there")) };
    list[at] = new;
    Ok(())
}

fn remove(
    files: &[File],
    value: &mut Value,
    path: &[String],
    operation: Cursor<'_>,
) -> Result<(), Failure> {
    let by = operation.node_ref().ok_or(Failure::Unknown)?;
    let (holder, step) = parent(files, value, path)?;
    let now = Cursor::value(files, holder);
    if now.shape() == Shape::Map {
        match now.key(step).shape() {
            Shape::Absent => return Err(refused(path, "is not there")),
            _ => *entry(files, holder, step).ok_or(Failure::Unknown)? = removed(files, by),
        }
        return Ok(());
    }
    let list = items(files, holder).ok_or(Failure::Unknown)?;
    let Some(at) = position(step, list.len()) else { return Err(refused(path, "is not there")) };
    list.remove(at);
    Ok(())
}
