//! Keys of maps as they stand in syntax: repeated keys, YAML merge keys, computed keys.

use super::{At, Cursor, Shape};
use crate::input::file::{File, Language};
use crate::input::tree::{NodeId, NodeKind};
use crate::model::value::{NodeRef, Value};
use foldhash::HashMap;
use smallvec::SmallVec;

/// Maps on the way, which merge keys must not lead back to.
pub(super) type Visited = SmallVec<[NodeId; 4]>;

/// Up to so many keys are compared one by one.
const FEW: usize = 16;

impl<'a> Cursor<'a> {
    pub(super) fn node_key(&self, node: NodeRef, key: &str) -> Self {
        if let Some(inner) = self.file(node).node(node.node).embedded {
            return self.on(NodeRef { file: node.file, node: inner }).key(key);
        }
        match self.kind(node) {
            NodeKind::Map { .. } => {
                let mut visited = Visited::new();
                match self.lookup(node, key, &mut visited) {
                    Lookup::Found(value) => self.on(value),
                    Lookup::Open => self.at(At::Unknown(self.header())),
                    Lookup::Missing => self.at(At::Absent(self.header(), Some(node))),
                }
            }
            _ if self.shape() == Shape::Absent => self.at(At::Absent(self.header(), Some(node))),
            _ => self.at(At::Unknown(self.place())),
        }
    }

    fn lookup(&self, map: NodeRef, key: &str, visited: &mut Visited) -> Lookup {
        let file = self.file(map);
        let source = &file.source.text;
        let NodeKind::Map { entries, .. } = self.kind(map) else { return Lookup::Open };
        let mut special = false;
        for entry in entries.iter().rev() {
            if entry.key.is(source, key) {
                return Lookup::Found(NodeRef { file: map.file, node: entry.value });
            }
            special |= entry.key.is(source, "") || entry.key.is(source, "<<");
        }
        if !special || visited.contains(&map.node) {
            return Lookup::Missing;
        }
        visited.push(map.node);
        let mut open = false;
        for entry in entries {
            match file.text(&entry.key) {
                "" => open = true,
                "<<" if file.language == Language::Yaml => {
                    let source =
                        normalise(self.files, NodeRef { file: map.file, node: entry.value });
                    for map in self.merged(source) {
                        match self.lookup(map, key, visited) {
                            Lookup::Found(value) => return Lookup::Found(value),
                            Lookup::Open => open = true,
                            Lookup::Missing => {}
                        }
                    }
                }
                _ => {}
            }
        }
        if open { Lookup::Open } else { Lookup::Missing }
    }

    /// The maps that the value of a YAML merge key stands for: itself, or each of a list.
    fn merged(&self, source: NodeRef) -> Vec<NodeRef> {
        match self.kind(source) {
            NodeKind::List { items, .. } => items
                .iter()
                .map(|&node| normalise(self.files, NodeRef { file: source.file, node }))
                .collect(),
            _ => vec![source],
        }
    }

    pub(super) fn collect(
        &self,
        map: NodeRef,
        pairs: &mut Vec<(&'a str, Cursor<'a>)>,
        visited: &mut Visited,
    ) -> bool {
        let file = self.file(map);
        let NodeKind::Map { entries, .. } = self.kind(map) else {
            return self.on(map).shape() == Shape::Unknown;
        };
        if visited.contains(&map.node) {
            return false;
        }
        visited.push(map.node);
        let (mut open, own) = (false, pairs.len());
        pairs.reserve(entries.len());
        let few = own + entries.len() <= FEW;
        let mut seen: HashMap<&str, usize> = HashMap::default();
        if !few {
            seen.extend(pairs.iter().enumerate().map(|(at, (key, _))| (*key, at)));
        }
        let mut merges = Vec::new();
        for entry in entries {
            let key = file.text(&entry.key);
            let value = NodeRef { file: map.file, node: entry.value };
            match key {
                "" => open = true,
                "<<" => merges.push(normalise(self.files, value)),
                _ => {
                    let known = if few {
                        pairs.iter().position(|(known, _)| *known == key)
                    } else {
                        seen.get(key).copied()
                    };
                    match known {
                        Some(at) if at >= own => pairs[at].1 = self.on(value),
                        Some(_) => {}
                        None => {
                            if !few {
                                seen.insert(key, pairs.len());
                            }
                            pairs.push((key, self.on(value)));
                        }
                    }
                }
            }
        }
        for source in merges {
            for merged in self.merged(source) {
                open |= self.collect(merged, pairs, visited);
            }
        }
        open
    }
}

/// Whether a body may have further entries.
pub(super) fn is_open(derived: &[(Box<str>, Value)]) -> bool {
    derived.iter().any(|(name, _)| name.is_empty())
}

enum Lookup {
    Found(NodeRef),
    Open,
    Missing,
}

/// Follows aliases and unwraps `jsonencode(…)`, whose argument is the document.
pub(super) fn normalise(files: &[File], node: NodeRef) -> NodeRef {
    let file = &files[node.file.0 as usize];
    let mut id = file.tree.resolve(node.node);
    while let NodeKind::Call { name, args } = &file.node(id).kind {
        match (file.text(name), &**args) {
            ("jsonencode", [argument]) => id = file.tree.resolve(*argument),
            _ => break,
        }
    }
    NodeRef { file: node.file, node: id }
}
