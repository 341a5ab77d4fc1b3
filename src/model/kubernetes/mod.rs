//! Kubernetes objects in a file: which documents are objects, or lists of them.

pub mod cluster;
pub mod component;
pub mod configuration;
pub mod namespace;
pub mod pods;
pub mod program;
pub mod rbac;
pub mod release;
pub mod removed;
pub mod schema;
pub mod service;
#[cfg(test)]
mod tests;
pub mod workload;

use super::cursor::{Cursor, Shape};
use super::resource::{Identity, Object, Resource};
use super::value::NodeRef;
use crate::input::file::File;

/// Byte strings that every text with a Kubernetes object holds.
pub const MARKS: [&[u8]; 2] = [b"apiVersion", b"kind"];

/// The objects of a file, members of `List` kinds and configurations inside texts included.
pub fn objects(files: &[File], file: &File) -> Vec<Resource> {
    let mut found = Vec::new();
    for &root in &file.tree.documents {
        let cursor = Cursor::node(files, NodeRef { file: file.id, node: root });
        collect(cursor, None, 0, &mut found);
    }
    found
}

/// Adds an object, or the members of a list. Members of a list of one kind (`PodList`) need not say
/// `apiVersion` and `kind`: `of` gives them.
fn collect(cursor: Cursor<'_>, of: Option<(&str, &str)>, depth: usize, found: &mut Vec<Resource>) {
    let (Some(object), Some(node)) = (member(cursor, of), cursor.node_ref()) else { return };
    let items = cursor.key("items");
    if depth < 4 && object.kind.ends_with("List") && items.shape() == Shape::List {
        let api = cursor.key("apiVersion").text().unwrap_or_default();
        let kind = object.kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for item in items.items().known {
            collect(item, kind.map(|kind| (&*api, kind)), depth + 1, found);
        }
        return;
    }
    let inside = configuration::inside(&object, cursor);
    found.push(Resource {
        node,
        header: cursor.key("kind").place(),
        identity: Identity::Object(object).into(),
        certain: true,
        instance: None,
    });
    if depth < 4 {
        for configuration in inside {
            collect(configuration, None, depth + 1, found);
        }
    }
}

/// What the object at a cursor is called; none where that is no object.
pub fn object(cursor: Cursor<'_>) -> Option<Object> {
    member(cursor, None)
}

/// The same for a member of a list, which may leave `apiVersion` and `kind` to it.
fn member(cursor: Cursor<'_>, of: Option<(&str, &str)>) -> Option<Object> {
    let word = |key: &str, default: Option<&str>| {
        let at = cursor.key(key);
        match default {
            Some(word) if at.shape() == Shape::Absent && cursor.shape() == Shape::Map => {
                Some(word.to_owned().into())
            }
            _ => at.text(),
        }
    };
    let api = word("apiVersion", of.map(|of| of.0))?;
    let kind = word("kind", of.map(|of| of.1))?;
    let (group, version) = match api.split_once('/') {
        Some((group, version)) => (group, version),
        None => ("", &*api),
    };
    let metadata = cursor.key("metadata");
    let word = |key: &str| metadata.key(key).text().map(std::borrow::Cow::into_owned);
    Some(Object {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.into_owned(),
        namespace: word("namespace"),
        name: word("name").or_else(|| word("generateName")),
    })
}

/// Whether a file's name is one that Kustomize reads as a kustomization.
pub fn is_kustomization(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Whether an object's namespace (or its own name, for a Namespace) is one of these.
pub fn in_namespace(object: &Object, namespaces: &[String]) -> bool {
    let namespace = match (object.kind.as_str(), &object.namespace) {
        ("Namespace", _) => &object.name,
        (_, namespace) => namespace,
    };
    namespace.as_ref().is_some_and(|namespace| namespaces.contains(namespace))
}
