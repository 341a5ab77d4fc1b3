//! The one reader of syntax and values: steps through both alike and answers with facts.

use super::fact::{Fact, Truth};
use super::value::{NodeRef, Value};
use super::words::Words;
use crate::input::file::File;
use crate::input::scalar::Scalar;
use crate::input::source::{Place, Span};
use crate::input::tree::{NodeId, NodeKind, Part};
use std::borrow::Cow;
use std::collections::HashMap;

/// A position in a root's values.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    files: &'a [File],
    at: At<'a>,
    /// The node that a derived value hangs on.
    anchor: Option<NodeRef>,
}

#[derive(Clone, Copy)]
enum At<'a> {
    /// A node; `open` says that a list may have further members (`dynamic` blocks).
    Node(NodeRef, bool),
    Value(&'a Value),
    Absent(Place, Option<NodeRef>),
    Unknown(Place),
}

/// What a cursor stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Not written, or null.
    Absent,
    /// Cannot be told.
    Unknown,
    /// A leaf, possibly a text with unknown parts.
    Scalar,
    /// A list.
    List,
    /// A map.
    Map,
}

/// The members of a list or the values of a map.
pub struct Items<'a> {
    /// Those that are known to exist.
    pub known: Vec<Cursor<'a>>,
    /// Whether there may be more.
    pub open: bool,
}

impl<'a> Cursor<'a> {
    /// A cursor on a node.
    pub fn node(files: &'a [File], node: NodeRef) -> Self {
        Self { files, at: At::Node(normalise(files, node), false), anchor: None }
    }

    /// A cursor on a value.
    pub fn value(files: &'a [File], value: &'a Value) -> Self {
        match value {
            Value::Node(node) => Self::node(files, *node),
            Value::At(node, inner) => Self { anchor: Some(*node), ..Self::value(files, inner) },
            Value::Absent { place, parent } => {
                Self { files, at: At::Absent(*place, *parent), anchor: None }
            }
            Value::Unknown(place) => Self { files, at: At::Unknown(*place), anchor: None },
            other => Self { files, at: At::Value(other), anchor: None },
        }
    }

    /// The files of this run.
    pub fn files(&self) -> &'a [File] {
        self.files
    }

    /// The node under the cursor, or the one that its derived value hangs on.
    pub fn node_ref(&self) -> Option<NodeRef> {
        match self.at {
            At::Node(node, _) => Some(node),
            _ => self.anchor,
        }
    }

    /// The innermost existing parent of something absent, if that is syntax.
    pub fn absent_parent(&self) -> Option<NodeRef> {
        match self.at {
            At::Absent(_, parent) => parent,
            _ => None,
        }
    }

    /// This position as a value to put into a view.
    pub fn to_value(&self) -> Value {
        match self.at {
            At::Node(node, false) => Value::Node(node),
            At::Node(_, true) => {
                let items = self.items();
                Value::List {
                    items: items.known.iter().map(Cursor::to_value).collect(),
                    open: items.open,
                    place: self.place(),
                }
            }
            At::Value(value) => value.clone(),
            At::Absent(place, parent) => Value::Absent { place, parent },
            At::Unknown(place) => Value::Unknown(place),
        }
    }

    fn file(&self, node: NodeRef) -> &'a File {
        &self.files[node.file.0 as usize]
    }

    fn kind(&self, node: NodeRef) -> &'a NodeKind {
        &self.file(node).node(node.node).kind
    }

    fn at(&self, at: At<'a>) -> Self {
        Self { files: self.files, at, anchor: None }
    }

    fn on(&self, node: NodeRef) -> Self {
        Self::node(self.files, node)
    }

    /// The bytes to edit, or the header of the innermost parent of something absent.
    pub fn place(&self) -> Place {
        match self.at {
            At::Node(node, _) => {
                Place { file: node.file, span: self.file(node).node(node.node).span }
            }
            At::Absent(place, _) | At::Unknown(place) => place,
            At::Value(value) => value.place().expect("a node value becomes At::Node"),
        }
    }

    /// What to show: the bytes to edit where they stand on one line; otherwise the header of a
    /// collection, the first line of a text.
    pub fn focus(&self) -> Place {
        let (place, header) = (self.place(), self.header());
        let source = &self.files[place.file.0 as usize].source;
        let line = source.line_span(place.span.start);
        let end = line.end;
        if matches!(self.at, At::Absent(..) | At::Unknown(_)) {
            return place;
        }
        let one_line = place.span.end <= end;
        match self.shape() {
            Shape::Map | Shape::List if one_line && header.span.start >= line.start => place,
            Shape::Map | Shape::List => header,
            _ if one_line => place,
            _ => {
                let span = Span { start: place.span.start, end: end.max(place.span.start) };
                Place { file: place.file, span }
            }
        }
    }

    /// What to point at for the whole: its key or block header.
    pub fn header(&self) -> Place {
        match self.at {
            At::Node(node, _) => {
                Place { file: node.file, span: self.file(node).node(node.node).header }
            }
            _ => self.place(),
        }
    }

    /// What the cursor stands on.
    pub fn shape(&self) -> Shape {
        match self.at {
            At::Absent(..) => Shape::Absent,
            At::Unknown(_) => Shape::Unknown,
            At::Value(Value::List { .. }) => Shape::List,
            At::Value(Value::Map { .. }) => Shape::Map,
            At::Value(_) => Shape::Scalar,
            At::Node(node, _) => match self.kind(node) {
                NodeKind::Scalar(style, text) => {
                    match Scalar::read(*style, self.file(node).text(text)) {
                        Scalar::Null => Shape::Absent,
                        _ => Shape::Scalar,
                    }
                }
                NodeKind::Template(_) => Shape::Scalar,
                NodeKind::List { .. } => Shape::List,
                NodeKind::Map { .. } => Shape::Map,
                NodeKind::Alias(_)
                | NodeKind::Call { .. }
                | NodeKind::Operation(_)
                | NodeKind::Expression
                | NodeKind::Masked => Shape::Unknown,
            },
        }
    }

    /// Whether nothing is written here (or null). A direct reference to a resource's attribute is
    /// unknown, but surely something.
    pub fn absent(&self) -> Truth {
        match self.shape() {
            Shape::Absent => Truth::True,
            Shape::Unknown if self.refers_to_resource() => Truth::False,
            Shape::Unknown => Truth::Unknown,
            _ => Truth::False,
        }
    }

    /// The document inside a string, or the cursor itself.
    #[must_use]
    pub fn document(&self) -> Self {
        if let At::Node(node, _) = self.at
            && let Some(inner) = self.file(node).node(node.node).embedded
        {
            return self.on(NodeRef { file: node.file, node: inner });
        }
        *self
    }

    /// The value of a key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        match self.at {
            At::Absent(..) | At::Unknown(_) => *self,
            At::Value(Value::Map { entries, place }) => {
                match entries.iter().find(|(name, _)| *name == key) {
                    Some((_, value)) => Self::value(self.files, value),
                    None => self.at(At::Absent(*place, None)),
                }
            }
            At::Value(_) => self.at(At::Unknown(self.place())),
            At::Node(node, _) => self.node_key(node, key),
        }
    }

    fn node_key(&self, node: NodeRef, key: &str) -> Self {
        if let Some(inner) = self.file(node).node(node.node).embedded {
            return self.on(NodeRef { file: node.file, node: inner }).key(key);
        }
        match self.kind(node) {
            NodeKind::Map { .. } => {
                let mut visited = Vec::new();
                match self.lookup(node, key, &mut visited) {
                    Lookup::Found(value) => self.with_dynamic(node, key, self.on(value)),
                    Lookup::Open => self.at(At::Unknown(self.header())),
                    Lookup::Missing => {
                        let absent = At::Absent(self.header(), Some(node));
                        self.with_dynamic(node, key, self.at(absent))
                    }
                }
            }
            _ if self.shape() == Shape::Absent => self.at(At::Absent(self.header(), Some(node))),
            _ => self.at(At::Unknown(self.place())),
        }
    }

    fn lookup(&self, map: NodeRef, key: &str, visited: &mut Vec<NodeId>) -> Lookup {
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
                "<<" if file.language == crate::input::file::Language::Yaml => {
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

    /// `dynamic "ingress" { … }` adds an unknown number of `ingress` blocks.
    fn with_dynamic(&self, map: NodeRef, key: &str, found: Self) -> Self {
        let file = self.file(map);
        if !file.language.is_terraform() {
            return found;
        }
        let NodeKind::Map { entries, .. } = self.kind(map) else { return found };
        let Some(dynamic) = entries.iter().find(|entry| entry.key.is(&file.source.text, "dynamic"))
        else {
            return found;
        };
        let blocks: &[NodeId] = match &file.node(dynamic.value).kind {
            NodeKind::List { items, .. } => items,
            _ => std::slice::from_ref(&dynamic.value),
        };
        let matching = blocks.iter().find(|&&block| match &file.node(block).kind {
            NodeKind::Masked => true,
            NodeKind::Map { labels, .. } if !labels.is_empty() => {
                labels.first().is_some_and(|(label, _)| file.text(label) == key)
            }
            _ => file.has_key(block, key),
        });
        let Some(&block) = matching else { return found };
        match found.at {
            At::Node(node, _) if found.shape() == Shape::List => found.at(At::Node(node, true)),
            At::Absent(..) => {
                let span = file.node(block).header;
                found.at(At::Unknown(Place { file: map.file, span }))
            }
            _ => found,
        }
    }

    /// The `n`th element. A map where a block may stand (Terraform JSON) is its own element 0.
    #[must_use]
    pub fn index(&self, n: usize) -> Self {
        match self.shape() {
            Shape::Absent => match self.at {
                At::Node(node, _) => self.at(At::Absent(self.header(), Some(node))),
                _ => *self,
            },
            Shape::Unknown => *self,
            _ if self.is_list_like() => {
                let items = self.items();
                match items.known.get(n) {
                    Some(item) => *item,
                    None if items.open => self.at(At::Unknown(self.header())),
                    None => self.at(At::Absent(self.header(), self.node_ref())),
                }
            }
            _ => self.at(At::Unknown(self.place())),
        }
    }

    fn is_list_like(&self) -> bool {
        match self.document().at {
            At::Node(node, _) => match self.kind(node) {
                NodeKind::List { .. } => true,
                NodeKind::Map { maybe_block, .. } => *maybe_block,
                _ => false,
            },
            At::Value(Value::List { .. }) => true,
            _ => false,
        }
    }

    /// The members of a list, the values of a map, or a lone scalar as its own only member.
    pub fn items(&self) -> Items<'a> {
        let this = self.document();
        match this.at {
            At::Unknown(_) => Items { known: Vec::new(), open: true },
            At::Absent(..) => Items { known: Vec::new(), open: false },
            At::Value(Value::List { items, open, .. }) => Items {
                known: items.iter().map(|item| Self::value(self.files, item)).collect(),
                open: *open,
            },
            At::Value(Value::Map { entries, .. }) => Items {
                known: entries.iter().map(|(_, value)| Self::value(self.files, value)).collect(),
                open: false,
            },
            At::Value(_) => Items { known: vec![this], open: false },
            At::Node(node, open) => match this.kind(node) {
                NodeKind::List { items, .. } => Items {
                    known: items
                        .iter()
                        .map(|&item| this.on(NodeRef { file: node.file, node: item }))
                        .collect(),
                    open,
                },
                NodeKind::Map { maybe_block: true, .. } => Items { known: vec![this], open },
                NodeKind::Map { .. } => {
                    let (pairs, open) = this.entries();
                    Items { known: pairs.into_iter().map(|(_, value)| value).collect(), open }
                }
                _ => match this.shape() {
                    Shape::Absent => Items { known: Vec::new(), open: false },
                    Shape::Unknown => Items { known: Vec::new(), open: true },
                    _ => Items { known: vec![this], open: false },
                },
            },
        }
    }

    /// Keys and values of a map in source order, merged YAML maps after its own; and whether there
    /// may be more. For repeated keys the last one counts.
    pub fn entries(&self) -> (Vec<(&'a str, Cursor<'a>)>, bool) {
        let this = self.document();
        match this.at {
            At::Value(Value::Map { entries, .. }) => (
                entries.iter().map(|(key, value)| (*key, Self::value(self.files, value))).collect(),
                false,
            ),
            At::Node(node, _) => {
                let (mut pairs, mut visited) = (Vec::new(), Vec::new());
                let open = this.collect(node, &mut pairs, &mut visited);
                (pairs, open)
            }
            At::Unknown(_) => (Vec::new(), true),
            At::Value(_) | At::Absent(..) => (Vec::new(), false),
        }
    }

    fn collect(
        &self,
        map: NodeRef,
        pairs: &mut Vec<(&'a str, Cursor<'a>)>,
        visited: &mut Vec<NodeId>,
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
        let mut seen: HashMap<&str, usize> =
            pairs.iter().enumerate().map(|(at, (key, _))| (*key, at)).collect();
        let mut merges = Vec::new();
        for entry in entries {
            let key = file.text(&entry.key);
            let value = NodeRef { file: map.file, node: entry.value };
            match key {
                "" => open = true,
                "<<" => merges.push(normalise(self.files, value)),
                _ => match seen.get(key) {
                    Some(&at) if at >= own => pairs[at].1 = self.on(value),
                    Some(_) => {}
                    None => {
                        seen.insert(key, pairs.len());
                        pairs.push((key, self.on(value)));
                    }
                },
            }
        }
        for source in merges {
            for merged in self.merged(source) {
                open |= self.collect(merged, pairs, visited);
            }
        }
        open
    }

    /// The scalar here. A text with unknown parts, and anything that is no scalar, is unknown.
    pub fn scalar(&self) -> Fact<Scalar<'a>> {
        match self.at {
            At::Absent(place, _) => Fact::Absent(place),
            At::Unknown(place) => Fact::Unknown(place),
            At::Value(value) => match value {
                Value::Text(text, place) => Fact::Known(Scalar::Text(Cow::Borrowed(text)), *place),
                Value::Int(number, place) => Fact::Known(Scalar::Int(*number), *place),
                Value::Bool(truth, place) => Fact::Known(Scalar::Bool(*truth), *place),
                _ => Fact::Unknown(self.place()),
            },
            At::Node(node, _) => match self.kind(node) {
                NodeKind::Scalar(style, text) => {
                    match Scalar::read(*style, self.file(node).text(text)) {
                        Scalar::Null => Fact::Absent(self.header()),
                        scalar => Fact::Known(scalar, self.place()),
                    }
                }
                _ => Fact::Unknown(self.place()),
            },
        }
    }

    /// The text here, with whatever parts are known.
    pub fn words(&self) -> Fact<Words<'a>> {
        if let At::Node(node, _) = self.at {
            let file = self.file(node);
            match self.kind(node) {
                NodeKind::Template(parts) => {
                    let pieces = parts.iter().map(|part| match part {
                        Part::Literal(text) => Some(file.text(text)),
                        Part::Hole(..) => None,
                    });
                    return Fact::Known(Words::Partial(pieces.collect()), self.place());
                }
                NodeKind::Scalar(_, text) => {
                    return match self.scalar() {
                        Fact::Known(_, place) => {
                            Fact::Known(Words::Exact(Cow::Borrowed(file.text(text))), place)
                        }
                        Fact::Absent(place) => Fact::Absent(place),
                        Fact::Unknown(place) => Fact::Unknown(place),
                    };
                }
                _ => {}
            }
        }
        self.scalar().map(|scalar| Words::Exact(Cow::Owned(scalar.canonical().into_owned())))
    }

    /// The whole text, where it is known.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self.words() {
            Fact::Known(Words::Exact(text), _) => Some(text),
            _ => None,
        }
    }

    /// The labels of an HCL block.
    pub fn labels(&self) -> Vec<&'a str> {
        match self.at {
            At::Node(node, _) => match self.kind(node) {
                NodeKind::Map { labels, .. } => {
                    labels.iter().map(|(label, _)| self.file(node).text(label)).collect()
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The source text of an expression that was not evaluated, such as `aws_s3_bucket.a.id`.
    pub fn source_text(&self) -> &'a str {
        match self.at {
            At::Node(node, _) => {
                let file = self.file(node);
                file.source.slice(file.node(node.node).span)
            }
            _ => "",
        }
    }

    fn refers_to_resource(&self) -> bool {
        let At::Node(node, _) = self.at else { return false };
        matches!(self.kind(node), NodeKind::Expression | NodeKind::Operation(_))
            && self.file(node).language.is_terraform()
            && self.reference().is_some_and(|address| {
                let first = address.split('.').next().unwrap_or_default();
                first == "data" || first.contains('_') && !first.contains('[')
            })
    }

    /// The resource address that an expression refers to directly (`aws_s3_bucket.a` in
    /// `aws_s3_bucket.a.id` or `"${aws_s3_bucket.a.arn}"`), if it is such a reference.
    pub fn reference(&self) -> Option<&'a str> {
        let text = self.source_text().trim();
        let text =
            text.strip_prefix("\"${").and_then(|t| t.strip_suffix("}\"")).unwrap_or(text).trim();
        let simple = text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'[' | b']'));
        if !simple {
            return None;
        }
        let start = usize::from(text.starts_with("data.")) * 5;
        let dot = text[start..].find('.')? + start;
        let end = text[dot + 1..].find(['.', '[']).map_or(text.len(), |at| dot + 1 + at);
        Some(&text[..end])
    }
}

enum Lookup {
    Found(NodeRef),
    Open,
    Missing,
}

/// Follows aliases and unwraps `jsonencode(…)`, whose argument is the document.
fn normalise(files: &[File], node: NodeRef) -> NodeRef {
    let file = &files[node.file.0 as usize];
    let mut id = file.tree.resolve(node.node);
    while let NodeKind::Call { name, args } = &file.node(id).kind {
        match (file.text(name), args.as_slice()) {
            ("jsonencode", [argument]) => id = file.tree.resolve(*argument),
            _ => break,
        }
    }
    NodeRef { file: node.file, node: id }
}
