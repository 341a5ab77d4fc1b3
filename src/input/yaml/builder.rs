//! The tree of a YAML text, built from its events in the order of the text. Knows no syntax: both
//! readers of YAML use it, so that they can only differ in what they see, not in what they make of it.

use super::Parsed;
use crate::input::fault::Fault;
use crate::input::source::Span;
use crate::input::tree::{Comment, Entry, NodeId, NodeKind, Part, Style, Text};
use std::collections::{HashMap, HashSet};

/// How many mappings may be merged through one another.
const MERGES: usize = 100;

/// A tree that is being built.
pub(super) struct Builder<'a> {
    /// The whole text; all spans are of it.
    pub text: &'a str,
    /// What there is of it.
    pub out: Parsed,
    /// The documents before the one that is read now.
    pub finished: usize,
    stack: Vec<Frame>,
    /// The items of all lists that are open, the outermost first.
    items: Vec<NodeId>,
    /// The entries of all maps that are open, likewise.
    entries: Vec<Entry>,
    anchors: HashMap<usize, NodeId>,
    /// How many merges follow one another below a map, where there are some.
    merges: HashMap<NodeId, usize>,
}

/// A collection that is open.
struct Frame {
    id: NodeId,
    /// Where its bracket stands, if it has one.
    bracket: Option<u32>,
    /// Its first item or entry.
    from: usize,
    shape: Shape,
}

enum Shape {
    List,
    Map { key: Option<(Text, Span)> },
}

impl<'a> Builder<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            out: Parsed::default(),
            finished: 0,
            stack: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            anchors: HashMap::new(),
            merges: HashMap::new(),
        }
    }

    /// A document begins: anchors of others do not count in it.
    pub fn start_document(&mut self) {
        self.abandon();
        self.anchors.clear();
        self.merges.clear();
        self.finished = self.out.tree.documents.len();
    }

    /// Forgets the collections that are open.
    pub fn abandon(&mut self) {
        self.stack.clear();
        self.items.clear();
        self.entries.clear();
    }

    pub fn comment(&mut self, span: Span) {
        self.out.tree.comments.push(Comment { span });
    }

    /// A list begins, with the place of its bracket if it has one. The anchor 0 is none.
    pub fn open_list(&mut self, bracket: Option<u32>, anchor: usize) {
        self.open(bracket, anchor, self.items.len(), Shape::List);
    }

    /// A map begins. Its keys and values follow in turn.
    pub fn open_map(&mut self, bracket: Option<u32>, anchor: usize) {
        self.open(bracket, anchor, self.entries.len(), Shape::Map { key: None });
    }

    fn open(&mut self, bracket: Option<u32>, anchor: usize, from: usize, shape: Shape) {
        let id = self.out.tree.push(NodeKind::Expression, Span::default(), Span::default());
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        self.stack.push(Frame { id, bracket, from, shape });
    }

    /// The innermost collection ends, at `end` if it has a bracket, or else with its last child.
    pub fn close(&mut self, end: Span) {
        let Some(frame) = self.stack.pop() else { return };
        let nodes = &mut self.out.tree.nodes;
        let (children, kind, key) = match frame.shape {
            Shape::List => {
                let items: Vec<NodeId> = self.items.drain(frame.from..).collect();
                for item in &items {
                    nodes[item.0 as usize].parent = frame.id;
                }
                let span = |id: &NodeId| nodes[id.0 as usize].span;
                let children = items.first().map(span).zip(items.last().map(span));
                (children, NodeKind::List { items, blocks: false }, None)
            }
            Shape::Map { .. } => {
                let entries: Vec<Entry> = self.entries.drain(frame.from..).collect();
                for entry in &entries {
                    nodes[entry.value.0 as usize].parent = frame.id;
                }
                let key = entries.first().map(|entry| entry.key_span);
                let last = entries
                    .last()
                    .map(|entry| entry.key_span.join(nodes[entry.value.0 as usize].span));
                self.report_duplicates(&entries);
                self.follow_merges(frame.id, &entries);
                let kind = NodeKind::map(entries);
                (key.zip(last), kind, key)
            }
        };
        let span = match (frame.bracket, children) {
            (Some(start), _) => Span { start, end: end.end.max(start) },
            (None, Some((first, last))) => {
                Span { start: first.start, end: last.end.max(first.start) }
            }
            (None, None) => end,
        };
        let node = self.out.tree.node_mut(frame.id);
        node.kind = kind;
        node.span = span;
        node.header = key.unwrap_or(span);
        if self.awaits_key() {
            self.key(Text::Decoded("".into()), span);
        } else {
            self.attach(frame.id);
        }
    }

    /// Maps may be merged through one another in a chain as long as the text. What is merged
    /// through too many others is not known, so that a reader may follow the rest by recursion.
    fn follow_merges(&mut self, map: NodeId, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.key.is(self.text, "<<")) {
            let tree = &self.out.tree;
            let below = |id: NodeId| self.merges.get(&tree.resolve(id)).copied().unwrap_or(0);
            let depth = 1 + match &tree.node(tree.resolve(entry.value)).kind {
                NodeKind::List { items, .. } => {
                    items.iter().map(|&item| below(item)).max().unwrap_or(0)
                }
                _ => below(entry.value),
            };
            if depth > MERGES {
                let span = tree.node(entry.value).span;
                self.out.tree.node_mut(entry.value).kind = NodeKind::Expression;
                self.out.faults.push(Fault {
                    span,
                    code: "yaml-merge",
                    message: format!(
                        "This merges more than {MERGES} mappings through one another, so its keys are not known."
                    ),
                    warning: false,
                });
                continue;
            }
            let deepest = self.merges.entry(map).or_default();
            *deepest = depth.max(*deepest);
        }
    }

    fn report_duplicates(&mut self, entries: &[Entry]) {
        let text = self.text;
        let mut report = |entry: &Entry| {
            self.out.faults.push(Fault {
                span: entry.key_span,
                code: "duplicate-key",
                message: format!(
                    "The key `{}` is written twice in one mapping; the last one is taken.",
                    entry.key.get(text)
                ),
                warning: true,
            });
        };
        if entries.len() <= 12 {
            for (at, entry) in entries.iter().enumerate() {
                let key = entry.key.get(text);
                if key != "<<"
                    && !key.is_empty()
                    && entries[..at].iter().any(|e| e.key.is(text, key))
                {
                    report(entry);
                }
            }
            return;
        }
        let mut seen: HashSet<&str> = HashSet::with_capacity(entries.len());
        for entry in entries {
            let key = entry.key.get(text);
            if key != "<<" && !key.is_empty() && !seen.insert(key) {
                report(entry);
            }
        }
    }

    /// A reference to what was anchored.
    pub fn alias(&mut self, anchor: usize, span: Span) {
        let kind = match self.anchors.get(&anchor) {
            Some(&target) if !self.stack.iter().any(|frame| frame.id == target) => {
                NodeKind::Alias(target)
            }
            _ => {
                self.out.faults.push(Fault {
                    span,
                    code: "yaml-alias",
                    message:
                        "This alias refers to a value that contains it, so it cannot be resolved."
                            .to_owned(),
                    warning: false,
                });
                NodeKind::Expression
            }
        };
        self.value(kind, span, 0);
    }

    /// A leaf that has a value. The anchor 0 is none.
    pub fn scalar(&mut self, style: Style, text: Text, span: Span, anchor: usize) {
        let kind = match self.substitutions(&text, span) {
            Some(parts) if style != Style::Empty => NodeKind::Template(parts),
            _ => NodeKind::Scalar(style, text),
        };
        self.value(kind, span, anchor);
    }

    /// Something of which only the place is known.
    pub fn unknown(&mut self, span: Span, anchor: usize) {
        self.value(NodeKind::Expression, span, anchor);
    }

    /// `${NAME}` is what envsubst, Flux and CI systems replace before the API server sees it, so
    /// such a part is unknown.
    fn substitutions(&self, text: &Text, span: Span) -> Option<Vec<Part>> {
        let whole = text.get(self.text);
        memchr::memchr(b'$', whole.as_bytes())?;
        let piece = |from: usize, to: usize| match text {
            Text::Source(span) => {
                Text::Source(Span::new(span.start as usize + from, span.start as usize + to))
            }
            Text::Decoded(text) => Text::Decoded(text[from..to].into()),
        };
        let mut parts = Vec::new();
        let mut done = 0;
        let mut from = 0;
        while let Some(start) = whole[from..].find("${").map(|at| at + from) {
            let name = &whole[start + 2..];
            if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                from = start + 2;
                continue;
            }
            let Some(end) = name.find('}').map(|at| start + 2 + at + 1) else { break };
            if done < start {
                parts.push(Part::Literal(piece(done, start)));
            }
            let hole = match text {
                Text::Source(at) => Span::new(at.start as usize + start, at.start as usize + end),
                Text::Decoded(_) => span,
            };
            parts.push(Part::Hole(hole, None));
            done = end;
            from = end;
        }
        if parts.is_empty() {
            return None;
        }
        if done < whole.len() {
            parts.push(Part::Literal(piece(done, whole.len())));
        }
        Some(parts)
    }

    fn value(&mut self, kind: NodeKind, span: Span, anchor: usize) {
        let key = self.awaits_key().then(|| match &kind {
            NodeKind::Scalar(_, text) => text.clone(),
            _ => Text::Decoded("".into()),
        });
        // A key is a node of its own only where an alias may refer to it.
        if key.is_none() || anchor > 0 {
            let id = self.out.tree.push(kind, span, span);
            if anchor > 0 {
                self.anchors.insert(anchor, id);
            }
            if key.is_none() {
                self.attach(id);
            }
        }
        if let Some(text) = key {
            self.key(text, span);
        }
    }

    /// Whether what comes next is a key.
    fn awaits_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { shape: Shape::Map { key: None }, .. }))
    }

    fn key(&mut self, text: Text, span: Span) {
        if let Some(Frame { shape: Shape::Map { key }, .. }) = self.stack.last_mut() {
            *key = Some((text, span));
        }
    }

    /// Adds a node to the innermost open collection, which does not wait for a key.
    fn attach(&mut self, id: NodeId) {
        match self.stack.last_mut().map(|frame| &mut frame.shape) {
            None => self.out.tree.documents.push(id),
            Some(Shape::List) => self.items.push(id),
            Some(Shape::Map { key }) => {
                if let Some((key, key_span)) = key.take() {
                    self.out.tree.node_mut(id).header = key_span;
                    self.entries.push(Entry { key, key_span, value: id });
                }
            }
        }
    }
}
