//! The one reader of syntax and values: steps through both alike and answers with facts.

mod maps;
mod texts;

use super::datum::{Datum, Kind, Symbol};
use super::fact::Truth;
use super::value::{NodeRef, Value};
use crate::input::file::{File, encloses};
use crate::input::scalar::Scalar;
use crate::input::source::{Place, Span};
use crate::input::tree::NodeKind;
use maps::{is_open, normalise};

/// A position in a root's values.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    files: &'a [File],
    at: At<'a>,
    /// The node that a derived value hangs on.
    anchor: Option<NodeRef>,
    /// The expression a computed value belongs to: what lies outside was written elsewhere.
    bound: Option<NodeRef>,
}

#[derive(Clone, Copy)]
enum At<'a> {
    /// A node.
    Node(NodeRef),
    Value(&'a Value),
    /// Computed.
    Datum(&'a Datum),
    /// A map, some of whose entries were evaluated.
    Body(NodeRef, &'a [(Box<str>, Value)]),
    /// A map of these entries only.
    Made(NodeRef, &'a [(Box<str>, Value)]),
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
        Self { files, at: At::Node(normalise(files, node)), anchor: None, bound: None }
    }

    /// A cursor on a value.
    pub fn value(files: &'a [File], value: &'a Value) -> Self {
        match value {
            Value::Node(node) => Self::node(files, *node),
            Value::At(node, inner) => Self { anchor: Some(*node), ..Self::value(files, inner) },
            Value::Shared(inner) => Self::value(files, inner),
            Value::Datum(node, datum) => {
                let whole = Self { bound: Some(*node), ..Self::node(files, *node) };
                Self { anchor: Some(*node), ..whole }.computed(datum)
            }
            Value::Body(node, derived) => Self::bare(files, At::Body(*node, derived)),
            Value::Made(node, entries) => Self::bare(files, At::Made(*node, entries)),
            Value::Absent { place, parent } => Self::bare(files, At::Absent(*place, *parent)),
            Value::Unknown(place) => Self::bare(files, At::Unknown(*place)),
            other => Self::bare(files, At::Value(other)),
        }
    }

    fn bare(files: &'a [File], at: At<'a>) -> Self {
        Self { files, at, anchor: None, bound: None }
    }

    /// A computed value inside this one. It hangs on its own node where that lies in the expression
    /// which gives the whole, otherwise on the node that this one hangs on.
    fn computed(&self, datum: &'a Datum) -> Self {
        let inside =
            |node: &NodeRef| self.bound.is_some_and(|bound| encloses(self.files, bound, *node));
        let anchor = datum.at.filter(inside).or(self.anchor);
        Self { files: self.files, at: At::Datum(datum), anchor, bound: self.bound }
    }

    fn span(&self, node: NodeRef) -> Span {
        self.file(node).node(node.node).span
    }

    /// Where a computed value was written, if that is not where the cursor stands.
    pub fn origin(&self) -> Option<NodeRef> {
        let At::Datum(datum) = self.at else { return None };
        datum.origin.or(datum.at).filter(|origin| Some(*origin) != self.anchor)
    }

    /// The same value where it was written, as the place to edit.
    #[must_use]
    pub fn at_home(&self) -> Self {
        match self.at {
            At::Datum(Datum { at: Some(home), .. }) if self.anchor != Some(*home) => {
                Self { anchor: Some(*home), bound: Some(*home), ..*self }
            }
            _ => *self,
        }
    }

    /// The resource attribute that an unknown value is.
    pub fn symbol(&self) -> Option<&'a Symbol> {
        match self.at {
            At::Datum(Datum { kind: Kind::Unknown(unknown), .. }) => unknown.symbol.as_deref(),
            At::Datum(Datum { kind: Kind::Instance(symbol), .. }) => Some(symbol),
            _ => None,
        }
    }

    /// Whether this is the ARN of a resource, which is a text whatever it says.
    fn is_arn(&self) -> bool {
        self.symbol().is_some_and(|symbol| &*symbol.path == "arn")
    }

    /// The files of this run.
    pub fn files(&self) -> &'a [File] {
        self.files
    }

    /// The node under the cursor, or the one that its derived value hangs on.
    pub fn node_ref(&self) -> Option<NodeRef> {
        match self.at {
            At::Node(node) | At::Body(node, _) | At::Made(node, _) => Some(node),
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
            At::Node(node) => Value::Node(node),
            At::Value(value) => match self.anchor {
                Some(node) => value.clone().at(Some(node)),
                None => value.clone(),
            },
            At::Datum(datum) => self.keep(datum),
            At::Body(node, derived) => Value::Body(node, derived.to_vec()),
            At::Made(node, entries) => Value::Made(node, entries.to_vec()),
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
        Self::bare(self.files, at)
    }

    fn on(&self, node: NodeRef) -> Self {
        Self::node(self.files, node)
    }

    /// The bytes to edit, or the header of the innermost parent of something absent.
    pub fn place(&self) -> Place {
        match self.at {
            At::Node(node) => Place { file: node.file, span: self.file(node).node(node.node).span },
            At::Absent(place, _) | At::Unknown(place) => place,
            At::Datum(_) | At::Body(..) | At::Made(..) => {
                let node = self.node_ref().expect("computed values hang on a node");
                Place { file: node.file, span: self.span(node) }
            }
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
        // Beside the members that matter there may be secrets.
        let closed = source.secret;
        match self.shape() {
            Shape::Map | Shape::List if one_line && !closed && header.span.start >= line.start => {
                place
            }
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
            At::Node(node) | At::Body(node, _) | At::Made(node, _) => self.header_of(node),
            At::Datum(_) => self.header_of(self.anchor.expect("computed values hang on a node")),
            _ => self.place(),
        }
    }

    fn header_of(&self, node: NodeRef) -> Place {
        Place { file: node.file, span: self.file(node).node(node.node).header }
    }

    /// What the cursor stands on.
    pub fn shape(&self) -> Shape {
        match self.at {
            At::Absent(..) => Shape::Absent,
            At::Unknown(_) => Shape::Unknown,
            At::Value(Value::List { .. }) => Shape::List,
            At::Value(Value::Map { .. }) | At::Body(..) | At::Made(..) => Shape::Map,
            At::Value(_) => Shape::Scalar,
            At::Datum(datum) => match &datum.kind {
                Kind::Null => Shape::Absent,
                Kind::List(_) | Kind::Set(_) => Shape::List,
                Kind::Map(_) => Shape::Map,
                Kind::Instance(_) | Kind::Unknown(_) => Shape::Unknown,
                _ => Shape::Scalar,
            },
            At::Node(node) => match self.kind(node) {
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
                | NodeKind::Name(_)
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
            Shape::Unknown if self.symbol().is_some() => Truth::False,
            Shape::Unknown => Truth::Unknown,
            _ => Truth::False,
        }
    }

    /// The document inside a string, or the cursor itself.
    #[must_use]
    pub fn document(&self) -> Self {
        if let At::Node(node) = self.at
            && let Some(inner) = self.file(node).node(node.node).embedded
        {
            return self.on(NodeRef { file: node.file, node: inner });
        }
        if let At::Datum(Datum { kind: Kind::Json(json), .. }) = self.at {
            let document = &json.document;
            let inner = self.computed(document);
            // A document of its own place is what is to be edited.
            return match document.at {
                Some(own) if inner.anchor != document.at => {
                    Self { anchor: Some(own), bound: Some(own), ..inner }
                }
                _ => inner,
            };
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
            At::Datum(datum) => match &datum.kind {
                Kind::Map(map) => match map.entries.get(key) {
                    Some(value) => self.computed(value),
                    None if map.open => self.at(At::Unknown(self.header())),
                    None => self.at(At::Absent(self.header(), self.anchor)),
                },
                Kind::Json(_) => self.document().key(key),
                Kind::Null => self.at(At::Absent(self.header(), self.anchor)),
                _ => self.at(At::Unknown(self.place())),
            },
            At::Body(node, derived) => match derived.iter().find(|(name, _)| **name == *key) {
                Some((_, value)) => Self::value(self.files, value),
                None => match self.node_key(node, key) {
                    Self { at: At::Absent(place, _), .. } if is_open(derived) => {
                        self.at(At::Unknown(place))
                    }
                    found => found,
                },
            },
            At::Made(node, entries) => match entries.iter().find(|(name, _)| **name == *key) {
                Some((_, value)) => Self::value(self.files, value),
                None if is_open(entries) => self.at(At::Unknown(self.header())),
                None => self.at(At::Absent(self.header(), Some(node))),
            },
            At::Node(node) => self.node_key(node, key),
        }
    }

    /// The `n`th element. A map where a block may stand (Terraform JSON) is its own element 0.
    #[must_use]
    pub fn index(&self, n: usize) -> Self {
        match self.shape() {
            Shape::Absent => match self.at {
                At::Node(..) | At::Datum(_) => self.at(At::Absent(self.header(), self.node_ref())),
                _ => *self,
            },
            Shape::Unknown => *self,
            _ if self.is_list_like() => {
                let items = self.items();
                let placed = match self.at {
                    At::Datum(Datum { kind: Kind::List(list), .. }) => {
                        list.open.unwrap_or(list.items.len())
                    }
                    _ => items.known.len(),
                };
                match items.known.get(n).filter(|_| n < placed) {
                    Some(item) => *item,
                    None if items.open => self.at(At::Unknown(self.header())),
                    None => self.at(At::Absent(self.header(), self.node_ref())),
                }
            }
            // Older configurations write a block that stands once as a map.
            Shape::Map if n == 0 => *self,
            _ => self.at(At::Unknown(self.place())),
        }
    }

    fn is_list_like(&self) -> bool {
        match self.document().at {
            At::Node(node) => match self.kind(node) {
                NodeKind::List { .. } => true,
                NodeKind::Map { maybe_block, .. } => *maybe_block,
                _ => false,
            },
            At::Body(node, _) => {
                matches!(self.kind(node), NodeKind::Map { maybe_block: true, .. })
            }
            At::Datum(datum) => matches!(datum.kind, Kind::List(_) | Kind::Set(_)),
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
            At::Datum(datum) => match &datum.kind {
                Kind::List(list) | Kind::Set(list) => Items {
                    known: list.items.iter().map(|item| this.computed(item)).collect(),
                    open: list.open.is_some(),
                },
                Kind::Map(map) => Items {
                    known: map.entries.values().map(|value| this.computed(value)).collect(),
                    open: map.open,
                },
                Kind::Null => Items { known: Vec::new(), open: false },
                Kind::Unknown(_) if this.is_arn() => Items { known: vec![this], open: false },
                Kind::Instance(_) | Kind::Unknown(_) => Items { known: Vec::new(), open: true },
                _ => Items { known: vec![this], open: false },
            },
            At::Body(..) if this.is_list_like() => Items { known: vec![this], open: false },
            At::Body(..) | At::Made(..) => {
                let (pairs, open) = this.entries();
                Items { known: pairs.into_iter().map(|(_, value)| value).collect(), open }
            }
            At::Node(node) => match this.kind(node) {
                NodeKind::List { items, .. } => Items {
                    known: items
                        .iter()
                        .map(|&item| this.on(NodeRef { file: node.file, node: item }))
                        .collect(),
                    open: false,
                },
                NodeKind::Map { maybe_block: true, .. } => Items { known: vec![this], open: false },
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
            At::Node(node) => {
                let (mut pairs, mut visited) = (Vec::new(), maps::Visited::new());
                let open = this.collect(node, &mut pairs, &mut visited);
                (pairs, open)
            }
            At::Body(node, derived) => {
                let written = Self::node(self.files, node);
                let (mut pairs, mut open) = written.entries();
                open |= is_open(derived);
                pairs.retain(|(key, _)| *key != "dynamic");
                for (name, value) in derived.iter().filter(|(name, _)| !name.is_empty()) {
                    let value = Self::value(self.files, value);
                    match pairs.iter_mut().find(|(key, _)| **key == **name) {
                        Some(pair) => pair.1 = value,
                        None => pairs.push((name, value)),
                    }
                }
                pairs.retain(|(_, value)| !matches!(value.at, At::Absent(..)));
                (pairs, open)
            }
            At::Made(_, entries) => {
                let named = entries.iter().filter(|(name, _)| !name.is_empty());
                let mut pairs: Vec<(&'a str, Cursor<'a>)> =
                    named.map(|(name, value)| (&**name, Self::value(self.files, value))).collect();
                pairs.retain(|(_, value)| !matches!(value.at, At::Absent(..)));
                (pairs, is_open(entries))
            }
            At::Datum(datum) => match &datum.kind {
                Kind::Map(map) => {
                    let pair = |(key, value): (&'a std::sync::Arc<str>, &'a Datum)| {
                        (&**key, this.computed(value))
                    };
                    (map.entries.iter().map(pair).collect(), map.open)
                }
                Kind::Unknown(_) | Kind::Instance(_) => (Vec::new(), true),
                _ => (Vec::new(), false),
            },
            At::Unknown(_) => (Vec::new(), true),
            At::Value(_) | At::Absent(..) => (Vec::new(), false),
        }
    }

    /// The values of a computed map whose keys cannot be told; `entries` leaves them out.
    pub fn unnamed(&self) -> Vec<Cursor<'a>> {
        let this = self.document();
        match this.at {
            At::Datum(Datum { kind: Kind::Map(map), .. }) => {
                map.unnamed.iter().map(|value| this.computed(value)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A computed value to be kept in a view, with the places it has here.
    fn keep(&self, datum: &Datum) -> Value {
        let (Some(anchor), Some(bound)) = (self.anchor, self.bound) else {
            return Value::Unknown(self.place());
        };
        let value = Value::Datum(bound, datum.clone());
        if anchor == bound { value } else { Value::At(anchor, Box::new(value)) }
    }
}
