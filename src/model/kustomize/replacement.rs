//! Replacements: values copied from one object into fields of others. Variables of the older kind
//! are not resolved: what holds one is unknown.

use super::built::Built;
use super::edit::{DEPTH, entry, items, text, unknown};
use super::target::Target;
use crate::input::file::File;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::value::{NodeRef, Value};

/// Applies one entry of `replacements`.
pub(super) fn replace(files: &[File], objects: &mut [Built], written: Cursor<'_>) {
    let Some(node) = written.node_ref() else { return };
    let source = read_source(files, objects, written.key("source"));
    let targets = written.key("targets").items();
    if targets.open {
        for built in &mut *objects {
            built.value = unknown(files, node);
        }
    }
    for target in targets.known {
        let select = Target::read(target.key("select"));
        let rejects = target.key("reject").items();
        let open = rejects.open;
        let rejects: Vec<Target> = rejects.known.iter().map(|one| Target::read(*one)).collect();
        let options = target.key("options");
        let create = options.key("create").text().as_deref() == Some("true");
        for built in &mut *objects {
            let rejected = Truth::any(rejects.iter().map(|reject| reject.selects(files, built)));
            let rejected = if open { rejected.or(Truth::Unknown) } else { rejected };
            let selected = select.selects(files, built).and(!rejected);
            if selected == Truth::False {
                continue;
            }
            let source = source.as_ref().filter(|_| selected == Truth::True);
            let paths = target.key("fieldPaths").items();
            let default = ["metadata".to_owned(), "name".to_owned()];
            let mut all: Vec<Vec<String>> =
                paths.known.iter().filter_map(|path| Some(steps(&path.text()?))).collect();
            if paths.open || all.len() < paths.known.len() {
                built.value = unknown(files, node);
                continue;
            }
            if all.is_empty() {
                all.push(default.to_vec());
            }
            for path in &all {
                let mut change = |value: &mut Value| {
                    *value = match source {
                        Some(source) => {
                            placed(files, Cursor::value(files, value), source, options, node)
                        }
                        None => unknown(files, node),
                    };
                };
                walk(files, &mut built.value, path, create.then_some(node), &mut change);
            }
            built.rename(files);
        }
    }
}

/// The value that a source names; none where that cannot be told.
fn read_source(files: &[File], objects: &[Built], source: Cursor<'_>) -> Option<Value> {
    let target = Target::read(source);
    let mut chosen = objects.iter().filter(|built| target.selects(files, built) != Truth::False);
    let first = chosen.next()?;
    if chosen.next().is_some() || target.selects(files, first) != Truth::True {
        return None;
    }
    let path = source.key("fieldPath");
    let path = match path.text() {
        Some(path) => steps(&path),
        None if path.shape() == Shape::Absent => vec!["metadata".to_owned(), "name".to_owned()],
        None => return None,
    };
    let mut found = None;
    let mut value = first.value.clone();
    walk(files, &mut value, &path, None, &mut |value| found = Some(value.clone()));
    let found = found?;
    let options = source.key("options");
    if options.absent() == Truth::True {
        return Some(found);
    }
    let now = Cursor::value(files, &found);
    let (whole, at) = (now.text()?, now.node_ref()?);
    let delimiter = options.key("delimiter").text()?;
    let part = whole.split(&*delimiter).nth(index(options)?)?;
    Some(text(files, part.to_owned(), at))
}

fn index(options: Cursor<'_>) -> Option<usize> {
    let index = options.key("index");
    if index.absent() == Truth::True { Some(0) } else { index.text()?.parse().ok() }
}

/// A target's new value: the source's, or a part of the old one replaced by it.
fn placed(
    files: &[File],
    old: Cursor<'_>,
    source: &Value,
    options: Cursor<'_>,
    node: NodeRef,
) -> Value {
    let delimiter = options.key("delimiter");
    if delimiter.absent() == Truth::True {
        return source.clone();
    }
    let new = Cursor::value(files, source);
    let joined = || {
        let (old, new, delimiter) = (old.text()?, new.text()?, delimiter.text()?);
        let mut parts: Vec<&str> = old.split(&*delimiter).collect();
        *parts.get_mut(index(options)?)? = &new;
        Some(text(files, parts.join(&delimiter), node))
    };
    joined().unwrap_or_else(|| unknown(files, node))
}

/// The steps of a field's path: at dots outside brackets; `\.` is a dot.
fn steps(path: &str) -> Vec<String> {
    let (mut steps, mut step, mut inside) = (Vec::new(), String::new(), false);
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => step.extend(letters.next()),
            '.' if !inside => steps.push(std::mem::take(&mut step)),
            _ => {
                inside = letter == '[' || inside && letter != ']';
                step.push(letter);
            }
        }
    }
    steps.push(step);
    steps.retain(|step| !step.is_empty());
    steps
}

/// Changes what is at a path: keys, positions, `*`, `[key=value]`.
fn walk(
    files: &[File],
    value: &mut Value,
    path: &[String],
    create: Option<NodeRef>,
    change: &mut dyn FnMut(&mut Value),
) {
    let Some((step, rest)) = path.split_first() else {
        change(value);
        return;
    };
    if path.len() > DEPTH {
        *value = Value::Unknown(Cursor::value(files, value).place());
        return;
    }
    let shape = Cursor::value(files, value).shape();
    if shape == Shape::List {
        let wanted = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
        let wanted = wanted.and_then(|step| step.split_once('='));
        let position: Option<usize> = step.parse().ok();
        let Some(list) = items(files, value) else { return };
        if let (Some((key, text)), Some(node)) = (wanted, create)
            && !key.is_empty()
            && !list
                .iter()
                .any(|one| Cursor::value(files, one).key(key).text().as_deref() == Some(text))
        {
            let named = super::edit::text(files, text.to_owned(), node);
            list.push(Value::Made(node, vec![(key.into(), named)]));
        }
        for (at, member) in list.iter_mut().enumerate() {
            let now = Cursor::value(files, member);
            let meant = match wanted {
                Some(("", text)) => now.text().as_deref() == Some(text),
                Some((key, text)) => now.key(key).text().as_deref() == Some(text),
                None => step == "*" || position == Some(at),
            };
            if meant {
                walk(files, member, rest, create, change);
            }
        }
        return;
    }
    match (shape, create) {
        (Shape::Absent, Some(node)) if step.starts_with('[') => {
            let place = Cursor::node(files, node).header();
            *value = Value::List { items: Vec::new(), open: false, place }.at(Some(node));
            return walk(files, value, path, create, change);
        }
        (Shape::Absent, Some(node)) => *value = Value::Made(node, Vec::new()),
        (Shape::Map, _) => {}
        _ => return,
    }
    if Cursor::value(files, value).key(step).shape() == Shape::Absent && create.is_none() {
        return;
    }
    if let Some(inner) = entry(files, value, step) {
        walk(files, inner, rest, create, change);
    }
}

/// Makes every text unknown that holds one of these variables as `$(NAME)`.
pub(super) fn forget(files: &[File], value: &mut Value, variables: &[String], depth: usize) {
    let now = Cursor::value(files, value);
    if depth == DEPTH || !mentions(now, variables, 0) {
        return;
    }
    match now.shape() {
        Shape::Map => {
            let keys: Vec<String> = now.entries().0.iter().map(|(key, _)| (*key).into()).collect();
            for key in keys {
                if let Some(inner) = entry(files, value, &key) {
                    forget(files, inner, variables, depth + 1);
                }
            }
        }
        Shape::List => {
            for member in items(files, value).into_iter().flatten() {
                forget(files, member, variables, depth + 1);
            }
        }
        _ => *value = Value::Unknown(now.place()),
    }
}

fn mentions(at: Cursor<'_>, variables: &[String], depth: usize) -> bool {
    match at.shape() {
        _ if depth == DEPTH => false,
        Shape::Map | Shape::List => {
            at.items().known.iter().any(|one| mentions(*one, variables, depth + 1))
        }
        Shape::Scalar => {
            at.text().is_some_and(|text| variables.iter().any(|name| text.contains(name.as_str())))
        }
        _ => false,
    }
}
