//! The `ztlint/v1` fingerprint: stable across lines, roots and instances.

use super::finding::Fingerprint;
use crate::input::file::File;
use crate::input::tree::{NodeId, NodeKind};
use crate::model::value::NodeRef;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// FNV-1a, 128 bits, over the parts with separators.
pub fn hash(parts: &[&str]) -> Fingerprint {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash ^= u128::from(byte);
            hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
    Fingerprint(hash)
}

/// The path from `top` to `node`: keys joined by dots. With `normal`, list elements are named by
/// their `name` and lose their index, so that reordering changes nothing.
pub fn path(file: &File, top: NodeId, node: NodeRef, normal: bool) -> String {
    let mut steps: Vec<String> = Vec::new();
    let mut at = node.node;
    while at != top {
        let parent = file.node(at).parent;
        if parent == at {
            break;
        }
        match &file.node(parent).kind {
            NodeKind::Map { entries, .. } => {
                if let Some(entry) = entries.iter().find(|entry| entry.value == at) {
                    let key = file.text(&entry.key);
                    let quoted = key.contains(['.', '[']);
                    steps.push(if quoted { format!(".\"{key}\"") } else { format!(".{key}") });
                }
            }
            NodeKind::List { items, .. } => {
                let index = items.iter().position(|&item| item == at).unwrap_or(0);
                let name = normal.then(|| name(file, at)).flatten();
                steps.push(match (normal, name) {
                    (true, Some(name)) => format!("[{name}]"),
                    (true, None) => "[]".to_owned(),
                    (false, _) => format!("[{index}]"),
                });
            }
            _ => {}
        }
        at = parent;
    }
    steps.reverse();
    steps.concat().trim_start_matches('.').to_owned()
}

/// Where a node is that another file writes into a resource: a patch, by its folder and the path
/// inside it. None for Terraform, whose addresses say it all.
pub fn elsewhere(files: &[File], node: NodeRef) -> Option<String> {
    let file = &files[node.file.0 as usize];
    let inside = || format!("{}|{}", file.folder(), path(file, NodeId(u32::MAX), node, true));
    (!file.language.is_terraform()).then(inside)
}

fn name(file: &File, item: NodeId) -> Option<&str> {
    let NodeKind::Map { entries, .. } = &file.node(item).kind else { return None };
    let entry = entries.iter().find(|entry| file.text(&entry.key) == "name")?;
    match &file.node(entry.value).kind {
        NodeKind::Scalar(_, text) => Some(file.text(text)),
        _ => None,
    }
}

/// For each address that stands in several folders, the shortest suffix of each folder that tells
/// them apart.
pub fn suffixes(addresses: &BTreeMap<String, BTreeSet<String>>) -> HashMap<(&str, &str), String> {
    let mut found = HashMap::new();
    for (address, folders) in addresses.iter().filter(|(_, folders)| folders.len() > 1) {
        for folder in folders {
            let parts: Vec<&str> = folder.split('/').collect();
            let suffix = (1..=parts.len())
                .map(|count| parts[parts.len() - count..].join("/"))
                // The root has none, and is not the only one.
                .filter(|suffix| !suffix.is_empty())
                .find(|suffix| {
                    let ends = |other: &String| {
                        other == suffix
                            || other
                                .strip_suffix(suffix.as_str())
                                .is_some_and(|rest| rest.ends_with('/'))
                    };
                    folders.iter().filter(|other| ends(other)).count() == 1
                })
                .unwrap_or_else(|| format!("/{folder}"));
            found.insert((address.as_str(), folder.as_str()), suffix);
        }
    }
    found
}
