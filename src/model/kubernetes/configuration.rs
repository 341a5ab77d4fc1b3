//! Configurations of a cluster's programs that stand as text inside other objects: in the data of a
//! `ConfigMap`, or in files that Cluster API writes to nodes. Their meaning is the same wherever
//! they stand, which is not so for objects of the API. Values for charts that stand as text are parsed
//! with them.

use super::release;
use crate::input::embedded;
use crate::input::file::File;
use crate::input::tree::NodeId;
use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::Object;
use crate::model::value::NodeRef;

/// The API groups of such configurations.
const GROUPS: [&str; 5] = [
    "apiserver.config.k8s.io",
    "audit.k8s.io",
    "kubeadm.k8s.io",
    "kubelet.config.k8s.io",
    "kubeproxy.config.k8s.io",
];

/// The kinds that hold such texts.
const HOLDERS: [&str; 8] = [
    "Application",
    "ApplicationSet",
    "ConfigMap",
    "KubeadmConfig",
    "KubeadmConfigTemplate",
    "KubeadmControlPlane",
    "KubeadmControlPlaneTemplate",
    "Secret",
];

/// Parses those of a file in place.
pub fn embed(file: &mut File) {
    let mut found: Vec<NodeId> = Vec::new();
    for &root in &file.tree.documents {
        let node = NodeRef { file: file.id, node: root };
        search(Cursor::node(std::slice::from_ref(file), node), 0, &mut found);
    }
    for text in found {
        embedded::embed(&file.source.text, &mut file.tree, text);
    }
}

/// The texts in an object, or in the members of a list, that are to be parsed.
fn search(at: Cursor<'_>, depth: usize, found: &mut Vec<NodeId>) {
    let Some(kind) = at.key("kind").text() else { return };
    if depth < 4 && kind.ends_with("List") {
        for member in at.key("items").items().known {
            search(member, depth + 1, found);
        }
    } else if HOLDERS.contains(&&*kind)
        && let Some(object) = super::object(at)
    {
        let values = release::texts(&object, at);
        let texts = texts(&object, at).into_iter().filter(|text| is_configuration(*text));
        let texts = texts.chain(values);
        found.extend(texts.filter_map(|text| Some(text.node_ref()?.node)));
    }
}

/// What `embed` has parsed inside an object.
pub(super) fn inside<'a>(object: &Object, cursor: Cursor<'a>) -> Vec<Cursor<'a>> {
    let documents = texts(object, cursor).into_iter().map(|text| text.document());
    let each = documents.flat_map(|document| match document.shape() {
        Shape::List => document.items().known,
        _ => vec![document],
    });
    let own = |one: &Cursor<'_>| {
        let object = super::object(*one);
        object.is_some_and(|object| GROUPS.contains(&object.group.as_str()))
    };
    each.filter(own).collect()
}

/// The texts of an object that are files.
fn texts<'a>(object: &Object, cursor: Cursor<'a>) -> Vec<Cursor<'a>> {
    let values =
        |key: &str| cursor.key(key).entries().0.into_iter().map(|(_, text)| text).collect();
    match (object.group.as_str(), object.kind.as_str()) {
        ("", "ConfigMap") => values("data"),
        ("", "Secret") => values("stringData"),
        _ => {
            let files = kubeadm(object, cursor).map(|holder| holder.key("files").items().known);
            let content = |file: Cursor<'a>| file.key("content");
            files.into_iter().flatten().map(content).collect()
        }
    }
}

/// What Cluster API hands to kubeadm.
pub(super) fn kubeadm<'a>(object: &Object, cursor: Cursor<'a>) -> Option<Cursor<'a>> {
    let path: &[&str] = match (object.group.as_str(), object.kind.as_str()) {
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane") => &["spec", "kubeadmConfigSpec"],
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlaneTemplate") => {
            &["spec", "template", "spec", "kubeadmConfigSpec"]
        }
        ("bootstrap.cluster.x-k8s.io", "KubeadmConfig") => &["spec"],
        ("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate") => &["spec", "template", "spec"],
        _ => return None,
    };
    Some(path.iter().fold(cursor, |at, key| at.key(key)))
}

/// Whether a text says of itself that it is one.
fn is_configuration(text: Cursor<'_>) -> bool {
    let Some(text) = text.text() else { return false };
    let says = |line: &str| {
        let api = line.strip_prefix("apiVersion:").map(|api| api.trim().trim_matches(['"', '\'']));
        api.and_then(|api| api.split_once('/')).is_some_and(|(group, _)| GROUPS.contains(&group))
    };
    text.lines().any(says)
}
