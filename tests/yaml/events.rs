//! What a YAML text says, as a list of events: documents, collections, scalars, aliases. Anchors, tags
//! and how scalars are quoted are left out.

use ztlint::input::tree::{NodeId, NodeKind, Tree};
use ztlint::input::yaml;

/// The events of a tree.
pub fn told(text: &str) -> Vec<String> {
    let tree = yaml::parse(text).tree;
    let mut events = Vec::new();
    for document in &tree.documents {
        events.push("+DOC".to_owned());
        node(&tree, *document, text, &mut events);
        events.push("-DOC".to_owned());
    }
    events
}

fn node(tree: &Tree, id: NodeId, text: &str, events: &mut Vec<String>) {
    match &tree.node(id).kind {
        NodeKind::Scalar(_, value) => events.push(format!("=VAL {}", value.get(text))),
        NodeKind::Alias(_) => events.push("=ALI".to_owned()),
        NodeKind::List { items, .. } => {
            events.push("+SEQ".to_owned());
            for item in items {
                node(tree, *item, text, events);
            }
            events.push("-SEQ".to_owned());
        }
        NodeKind::Map { entries, .. } => {
            events.push("+MAP".to_owned());
            for entry in entries {
                events.push(format!("=VAL {}", entry.key.get(text)));
                node(tree, entry.value, text, events);
            }
            events.push("-MAP".to_owned());
        }
        other => events.push(format!("{other:?}")),
    }
}

/// The events that the suite expects.
pub fn expected(tree: &str) -> Vec<String> {
    let of = |line: &str| {
        let line = line.trim_start();
        let (event, mut rest) = line.split_at(line.len().min(4));
        if matches!(event, "+STR" | "-STR") {
            return None;
        }
        if event != "=VAL" {
            return Some(event.to_owned());
        }
        rest = rest.trim_start();
        while rest.starts_with(['&', '<']) {
            let end = if rest.starts_with('&') { " " } else { "> " };
            rest = rest.split_once(end).map_or("", |(_, rest)| rest);
        }
        Some(format!("=VAL {}", unescaped(rest.get(1..).unwrap_or_default())))
    };
    tree.lines().filter_map(of).collect()
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        out.push(match char {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('b') => '\u{8}',
                Some(other) => other,
                None => '\\',
            },
            other => other,
        });
    }
    out
}
