//! The law of unknown values, held on a card's examples: masking a value never creates a finding,
//! and masking the one that a finding hangs on takes it away.

use super::card::Snippet;
use super::catalog::Catalog;
use super::engine::{self, Outcome};
use super::example::{CONFIGURATION, file_name, settings_for, unmark};
use super::settings::Mask;
use super::sink::Anchor;
use crate::input::file::File;
use crate::input::file_tree::Memory;
use crate::input::tree::{NodeId, NodeKind};
use std::collections::BTreeSet;

/// Something that the law forbids: a line of the example (from 1), and what happens there.
pub type Breach = (u32, String);

fn examine(catalog: &Catalog, id: &str, snippet: &Snippet, masks: Vec<Mask>) -> Outcome {
    let (text, _) = unmark(&snippet.text, id);
    let tree = Memory::new().with(file_name(snippet), text);
    engine::examine(&tree, &settings_for(catalog, id, snippet, masks))
}

fn places(outcome: &Outcome) -> BTreeSet<u32> {
    outcome.judged.iter().map(|judged| judged.finding.primary.span.start).collect()
}

/// Suppressions are about comments, which no value can silence.
pub fn is_about_comments(id: &str) -> bool {
    matches!(id, "ZT-POL-018" | "ZT-POL-021" | "ZT-POL-022")
}

/// Findings that stay although the value they hang on is unknown.
pub fn stays(catalog: &Catalog, id: &str, snippet: &Snippet) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let before = examine(catalog, id, snippet, Vec::new());
    for judged in &before.judged {
        let path = file_name(snippet).to_owned();
        let start = judged.finding.primary.span.start;
        let file = &before.project.files[judged.finding.primary.file.0 as usize];
        // What the configuration expects is no value of a manifest.
        if file.source.path == CONFIGURATION {
            continue;
        }
        let line = file.source.position(start).line;
        let mask = match &judged.anchor {
            Anchor::Value(node) => Mask::Node(path, node.node.0),
            Anchor::Absent(parent, keys) => {
                if let Some(key) = keys.first() {
                    Mask::Key(path, parent.node.0, key.clone())
                } else {
                    breaches.push((line, "an absence without a key".to_owned()));
                    continue;
                }
            }
            Anchor::Existence => Mask::Presence(path, judged.resource.node.0),
            Anchor::Text => {
                breaches.push((line, "a finding that hangs on nothing".to_owned()));
                continue;
            }
        };
        let after = examine(catalog, id, snippet, vec![mask.clone()]);
        if after.judged.iter().any(|other| {
            other.finding.primary.span.start == start && other.finding.path == judged.finding.path
        }) {
            breaches.push((line, format!("the finding is still there after {mask:?}")));
        }
    }
    breaches
}

/// Findings that come only because some value is unknown.
pub fn created(catalog: &Catalog, id: &str, snippet: &Snippet) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let before = examine(catalog, id, snippet, Vec::new());
    let known = places(&before);
    let Some(file) = before.project.files.first() else { return breaches };
    for node in 0..file.tree.nodes.len() as u32 {
        // What kind of object it is is not a value of the object.
        let kept = before.project.resources.iter().any(|resource| resource.node.node.0 == node)
            || is_identity(file, NodeId(node));
        if kept {
            continue;
        }
        let mask = Mask::Node(file_name(snippet).to_owned(), node);
        let after = places(&examine(catalog, id, snippet, vec![mask]));
        if after.difference(&known).next().is_some() {
            let span = file.node(NodeId(node)).span;
            let text = file.source.slice(span);
            let line = file.source.position(span.start).line;
            breaches.push((line, format!("a finding comes when `{text}` is unknown")));
        }
    }
    breaches
}

/// `apiVersion`, `kind` and the collections above resources decide which resources there are.
fn is_identity(file: &File, node: NodeId) -> bool {
    let parent = file.node(node).parent;
    if parent == node || file.language.is_terraform() && file.node(parent).parent == parent {
        return true;
    }
    ["apiVersion", "kind"].iter().any(|key| match &file.node(parent).kind {
        NodeKind::Map { entries, .. } => {
            entries.iter().any(|entry| entry.value == node && file.text(&entry.key) == *key)
        }
        _ => false,
    })
}
