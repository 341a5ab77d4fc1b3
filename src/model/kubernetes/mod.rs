//! Kubernetes objects in a file: which documents are objects, lists of them, or only patches.

pub mod cluster;
pub mod namespace;
pub mod pods;
pub mod rbac;
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

/// The objects of a file, members of `List` kinds included.
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
    let word = |key: &str, default: Option<&str>| {
        let at = cursor.key(key);
        match default {
            Some(word) if at.shape() == Shape::Absent && cursor.shape() == Shape::Map => {
                Some(word.to_owned().into())
            }
            _ => at.text(),
        }
    };
    let (Some(api), Some(kind)) =
        (word("apiVersion", of.map(|of| of.0)), word("kind", of.map(|of| of.1)))
    else {
        return;
    };
    let Some(node) = cursor.node_ref() else { return };
    let (group, version) = match api.split_once('/') {
        Some((group, version)) => (group, version),
        None => ("", &*api),
    };
    let items = cursor.key("items");
    if depth < 4 && kind.ends_with("List") && items.shape() == Shape::List {
        let member = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
        for item in items.items().known {
            collect(item, member.map(|kind| (&*api, kind)), depth + 1, found);
        }
        return;
    }
    let metadata = cursor.key("metadata");
    let word = |key: &str| metadata.key(key).text().map(std::borrow::Cow::into_owned);
    found.push(Resource {
        node,
        header: cursor.key("kind").place(),
        identity: Identity::Object(Object {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.into_owned(),
            namespace: word("namespace"),
            name: word("name").or_else(|| word("generateName")),
        }),
        certain: true,
        instance: None,
    });
}

/// Whether a file's name is one that Kustomize reads as a kustomization.
pub fn is_kustomization(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Paths (relative to the kustomization's folder) that a kustomization uses only as patches.
pub fn patch_paths(files: &[File], kustomization: &File) -> Vec<String> {
    let Some(&root) = kustomization.tree.documents.first() else { return Vec::new() };
    let cursor = Cursor::node(files, NodeRef { file: kustomization.id, node: root });
    let mut paths = Vec::new();
    for key in ["patches", "patchesJson6902", "patchesStrategicMerge"] {
        for item in cursor.key(key).items().known {
            let path = if item.shape() == Shape::Scalar { item } else { item.key("path") };
            if let Some(path) = path.text().filter(|path| !path.contains('\n')) {
                paths.push(path.into_owned());
            }
        }
    }
    paths
}

/// Whether an object's namespace (or its own name, for a Namespace) is one of these.
pub fn in_namespace(object: &Object, namespaces: &[String]) -> bool {
    let namespace = match (object.kind.as_str(), &object.namespace) {
        ("Namespace", _) => &object.name,
        (_, namespace) => namespace,
    };
    namespace.as_ref().is_some_and(|namespace| namespaces.contains(namespace))
}
