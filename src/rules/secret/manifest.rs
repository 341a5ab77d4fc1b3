//! The scalars of Kubernetes objects in which people leave credentials; says nothing about them.

use super::{base64, known_text};
use crate::model::cursor::{Cursor, Shape};
use crate::model::root::Root;
use std::borrow::Cow;
use std::collections::HashSet;

/// Where a scalar was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The `value` of an environment variable.
    Environment,
    /// A member of a `ConfigMap` or Secret.
    Data,
    /// A word of a container's command line.
    Command,
    /// An annotation.
    Annotation,
}

/// A scalar with its text, decoded where the API wants base64.
pub struct Literal<'r> {
    /// Index of its resource.
    pub resource: usize,
    /// The scalar as written.
    pub at: Cursor<'r>,
    /// Where it was found.
    pub home: Home,
    /// Its key or variable; empty in command lines.
    pub key: Cow<'r, str>,
    /// What it says.
    pub text: Cow<'r, str>,
}

/// Every scalar of a root, each once in each resource. Objects that SOPS or Sealed Secrets have encrypted have none.
pub fn literals<'r>(root: &'r Root<'r>) -> Vec<Literal<'r>> {
    let mut found = Vec::new();
    let sealed: Vec<bool> = root
        .resources
        .iter()
        .map(|resource| {
            let kind = resource.object().map(|object| object.kind.as_str());
            kind.is_none()
                || kind == Some("SealedSecret")
                || root.cursor(resource).key("sops").shape() != Shape::Absent
        })
        .collect();
    for element in root.view("container") {
        let container = element.cursor(root).key("container");
        for variable in container.key("env").items().known {
            let key = variable.key("name").text().unwrap_or_default();
            push(&mut found, element.resource, Home::Environment, key, variable.key("value"));
        }
        for list in ["command", "args"] {
            for word in container.key(list).items().known {
                push(&mut found, element.resource, Home::Command, "".into(), word);
            }
        }
    }
    for element in root.view("workload") {
        annotations(&mut found, element.resource, element.cursor(root).key("metadata"));
    }
    for (at, resource) in root.resources.iter().enumerate() {
        let Some(object) = resource.object() else { continue };
        let cursor = root.cursor(resource);
        annotations(&mut found, at, cursor.key("metadata"));
        let members: &[(&str, bool)] = match (object.group.as_str(), object.kind.as_str()) {
            ("", "Secret") => &[("data", true), ("stringData", false)],
            ("", "ConfigMap") => &[("data", false), ("binaryData", true)],
            _ => &[],
        };
        for &(member, encoded) in members {
            for (key, value) in entries(cursor.key(member)) {
                if encoded {
                    decoded(&mut found, at, key, value);
                } else {
                    push(&mut found, at, Home::Data, key.into(), value);
                }
            }
        }
    }
    let mut seen = HashSet::new();
    found.retain(|literal| {
        let once = |node| seen.insert((literal.resource, node));
        !sealed[literal.resource] && literal.at.node_ref().is_none_or(once)
    });
    found
}

fn entries(map: Cursor<'_>) -> Vec<(&str, Cursor<'_>)> {
    if map.shape() == Shape::Map { map.entries().0 } else { Vec::new() }
}

fn annotations<'r>(found: &mut Vec<Literal<'r>>, resource: usize, metadata: Cursor<'r>) {
    for (key, value) in entries(metadata.key("annotations")) {
        if !key.starts_with("checksum/") {
            push(found, resource, Home::Annotation, key.into(), value);
        }
    }
}

fn push<'r>(
    found: &mut Vec<Literal<'r>>,
    resource: usize,
    home: Home,
    key: Cow<'r, str>,
    at: Cursor<'r>,
) {
    if let Some(text) = known_text(&at) {
        found.push(Literal { resource, at, home, key, text });
    }
}

fn decoded<'r>(found: &mut Vec<Literal<'r>>, resource: usize, key: &'r str, at: Cursor<'r>) {
    if let Some(text) = at.text().and_then(|text| base64::decode_text(&text)) {
        let (key, text) = (key.into(), text.into());
        found.push(Literal { resource, at, home: Home::Data, key, text });
    }
}
