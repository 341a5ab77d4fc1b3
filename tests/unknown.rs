//! The law of unknown values, for every rule and every example: unknown never creates a finding,
//! and silences the one that hangs on it.

mod support;

use std::collections::BTreeSet;
use support::{CONFIGURATION, cards, file_name, settings_for, unmark};
use ztlint::input::file_tree::Memory;
use ztlint::input::tree::NodeId;
use ztlint::rules::card::Snippet;
use ztlint::rules::engine::{self, Outcome};
use ztlint::rules::settings::Mask;
use ztlint::rules::sink::Anchor;

fn examine(id: &str, snippet: &Snippet, masks: Vec<Mask>) -> Outcome {
    let (text, _) = unmark(&snippet.text, id);
    engine::examine(
        &Memory::new().with(file_name(snippet), text),
        &settings_for(id, snippet, masks),
    )
}

fn places(outcome: &Outcome) -> BTreeSet<u32> {
    outcome.judged.iter().map(|judged| judged.finding.primary.span.start).collect()
}

fn snippets() -> impl Iterator<Item = (&'static str, usize, &'static Snippet)> {
    cards().iter().flat_map(|file| {
        let examples = file.card.examples.iter().enumerate();
        examples.flat_map(move |(at, example)| {
            let both = example.bad.iter().chain(&example.good);
            both.map(move |snippet| (file.card.id.as_str(), at, snippet))
        })
    })
}

/// Suppressions are about comments, which no value can silence.
fn is_about_comments(id: &str) -> bool {
    matches!(id, "ZT-POL-018" | "ZT-POL-021" | "ZT-POL-022")
}

#[test]
fn an_unknown_value_silences_the_finding_that_hangs_on_it() {
    let mut faults = Vec::new();
    for (id, at, snippet) in snippets().filter(|(id, ..)| !is_about_comments(id)) {
        let before = examine(id, snippet, Vec::new());
        for judged in &before.judged {
            // What the configuration expects is no value of a manifest.
            let file = judged.finding.primary.file.0 as usize;
            if before.project.files[file].source.path == CONFIGURATION {
                continue;
            }
            let path = file_name(snippet).to_owned();
            let mask = match &judged.anchor {
                Anchor::Value(node) => Mask::Node(path, node.node.0),
                Anchor::Absent(parent, keys) => {
                    if let Some(key) = keys.first() {
                        Mask::Key(path, parent.node.0, key.clone())
                    } else {
                        faults.push(format!("{id} example {at}: an absence without a key"));
                        continue;
                    }
                }
                Anchor::Existence => Mask::Presence(path, judged.resource.node.0),
                Anchor::Text => {
                    faults.push(format!("{id} example {at}: a finding that hangs on nothing"));
                    continue;
                }
            };
            let after = examine(id, snippet, vec![mask.clone()]);
            let start = judged.finding.primary.span.start;
            if after.judged.iter().any(|other| {
                other.finding.primary.span.start == start
                    && other.finding.path == judged.finding.path
            }) {
                faults.push(format!("{id} example {at}: still there after {mask:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn an_unknown_value_never_creates_a_finding() {
    let mut faults = Vec::new();
    for (id, at, snippet) in snippets().filter(|(id, ..)| !is_about_comments(id)) {
        let before = examine(id, snippet, Vec::new());
        let known = places(&before);
        let Some(file) = before.project.files.first() else { continue };
        for node in 0..file.tree.nodes.len() as u32 {
            // What kind of object it is is not a value of the object.
            let kept = before.project.resources.iter().any(|resource| resource.node.node.0 == node)
                || is_identity(file, NodeId(node));
            if kept {
                continue;
            }
            let after = examine(id, snippet, vec![Mask::Node(file_name(snippet).to_owned(), node)]);
            let created: Vec<u32> = places(&after).difference(&known).copied().collect();
            if !created.is_empty() {
                let text = file.source.slice(file.node(NodeId(node)).span);
                faults.push(format!("{id} example {at}: {created:?} after masking `{text}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// `apiVersion`, `kind` and the collections above resources decide which resources there are.
fn is_identity(file: &ztlint::input::file::File, node: NodeId) -> bool {
    let parent = file.node(node).parent;
    if parent == node || file.language.is_terraform() && file.node(parent).parent == parent {
        return true;
    }
    ["apiVersion", "kind"].iter().any(|key| match &file.node(parent).kind {
        ztlint::input::tree::NodeKind::Map { entries, .. } => {
            entries.iter().any(|entry| entry.value == node && file.text(&entry.key) == *key)
        }
        _ => false,
    })
}
