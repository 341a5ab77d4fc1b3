//! `ConfigMap`s and Secrets that a kustomization generates: what is written in it is known, what
//! stands in files that hold no manifest is not. Names stay without the hash of the content.

use super::built::Built;
use super::edit::{entry, removed, text};
use crate::input::file::File;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes;
use crate::model::value::{NodeRef, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

type Entries = Vec<(Box<str>, Value)>;

/// Adds what one entry of `configMapGenerator` or `secretGenerator` makes to the objects, or changes
/// what an earlier one made. `shared` are the kustomization's `generatorOptions`; `content` gives the
/// text of a file by its path in the kustomization's folder.
pub(super) fn generate(
    files: &[File],
    objects: &mut Vec<Built>,
    given: Cursor<'_>,
    kind: &'static str,
    shared: Cursor<'_>,
    content: &dyn Fn(&str) -> Option<String>,
) {
    let Some(node) = given.node_ref() else { return };
    let data = data(files, given, node, kind == "Secret", content);
    let name = given.key("name");
    let same = |built: &Built| {
        built.object.kind == kind
            && built.object.group.is_empty()
            && built.identities().any(|one| one.name.as_deref() == name.text().as_deref())
    };
    let behavior = given.key("behavior");
    if matches!(behavior.text().as_deref(), Some("merge" | "replace"))
        && let Some(built) = objects.iter_mut().find(|built| same(built))
    {
        let options = [given.key("options"), shared];
        let immutable =
            options.iter().map(|at| at.key("immutable")).find(|at| at.absent() != Truth::True);
        if let Some(old) = entry(files, &mut built.value, "immutable") {
            *old = immutable.map_or_else(|| removed(files, node), |at| at.to_value());
        }
        if behavior.text().as_deref() == Some("replace") {
            if let Some(old) = entry(files, &mut built.value, "data") {
                *old = Value::Made(node, data);
            }
            return;
        }
        for (key, value) in data {
            let old = entry(files, &mut built.value, "data");
            if let Some(slot) = old.and_then(|old| entry(files, old, &key)) {
                *slot = value;
            }
        }
        return;
    }
    let mut metadata: Entries = vec![("name".into(), name.to_value())];
    for key in ["namespace"] {
        if given.key(key).absent() != Truth::True {
            metadata.push((key.into(), given.key(key).to_value()));
        }
    }
    for key in ["labels", "annotations"] {
        let pairs = pairs(&[shared.key(key), given.key("options").key(key)]);
        metadata.extend(pairs.map(|pairs| (key.into(), pairs)));
    }
    let mut body: Entries = vec![
        ("apiVersion".into(), text(files, "v1".to_owned(), node)),
        ("kind".into(), text(files, kind.to_owned(), node)),
        ("metadata".into(), Value::Made(node, metadata)),
    ];
    if !data.is_empty() {
        body.push(("data".into(), Value::Made(node, data)));
    }
    if kind == "Secret" {
        let written = given.key("type");
        let opaque = text(files, "Opaque".to_owned(), node);
        let kind = if written.absent() == Truth::True { opaque } else { written.to_value() };
        body.push(("type".into(), kind));
    }
    let immutable = [given.key("options").key("immutable"), shared.key("immutable")];
    if let Some(immutable) = immutable.iter().find(|at| at.absent() != Truth::True) {
        body.push(("immutable".into(), immutable.to_value()));
    }
    let value = Value::Made(node, body);
    let Some(object) = kubernetes::object(Cursor::value(files, &value)) else { return };
    let header = if name.shape() == Shape::Absent { given.header() } else { name.place() };
    objects.push(Built { written: None, node, header, value, object, former: Vec::new() });
}

/// Maps of options, the later over the earlier.
fn pairs(maps: &[Cursor<'_>]) -> Option<Value> {
    let mut entries: Entries = Vec::new();
    let mut at = None;
    for map in maps {
        at = map.node_ref().filter(|_| map.shape() == Shape::Map).or(at);
        let (known, open) = map.entries();
        for (key, value) in known {
            entries.retain(|(name, _)| **name != *key);
            entries.push((key.into(), value.to_value()));
        }
        if open {
            entries.push(("".into(), Value::Unknown(map.place())));
        }
    }
    at.map(|at| Value::Made(at, entries))
}

fn data(
    files: &[File],
    given: Cursor<'_>,
    node: NodeRef,
    encoded: bool,
    content: &dyn Fn(&str) -> Option<String>,
) -> Entries {
    let mut data: Entries = Vec::new();
    let value = |plain: &str, at: NodeRef| {
        let plain = if encoded { STANDARD.encode(plain) } else { plain.to_owned() };
        text(files, plain, at)
    };
    let literals = given.key("literals").items();
    let named = given.key("files").items();
    let open = literals.open || named.open;
    for literal in literals.known {
        let at = literal.node_ref().unwrap_or(node);
        match literal.text().as_deref().and_then(|text| text.split_once('=')) {
            Some((key, plain)) => data.push((key.into(), value(unquoted(plain), at))),
            None => data.push(("".into(), Value::Unknown(literal.place()))),
        }
    }
    for file in named.known {
        let at = file.node_ref().unwrap_or(node);
        let Some(written) = file.text() else {
            data.push(("".into(), Value::Unknown(file.place())));
            continue;
        };
        let (key, path) = match written.split_once('=') {
            Some((key, path)) => (key, path),
            None => (written.rsplit('/').next().unwrap_or(&written), &*written),
        };
        let value = match content(path) {
            Some(content) => value(&content, at),
            None => Value::Unknown(file.place()),
        };
        data.push((key.into(), value));
    }
    let from_environment = ["env", "envs"].iter().any(|key| given.key(key).absent() != Truth::True);
    if open || from_environment {
        data.push(("".into(), Value::Unknown(given.header())));
    }
    data
}

/// A literal without the quotes around its value.
fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if text.len() > 1 && text.starts_with(quote) && text.ends_with(quote) {
            return &text[1..text.len() - 1];
        }
    }
    text
}
