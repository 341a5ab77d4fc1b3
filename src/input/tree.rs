//! The spanned syntax tree that YAML, JSON and HCL share: one arena per file, immutable once built
//! (tests may mask nodes). Knows no Kubernetes, no Terraform, no rule.

use super::source::{FileId, Span};
use smallvec::{SmallVec, smallvec};

/// Index of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A node of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeRef {
    /// The file.
    pub file: FileId,
    /// The node.
    pub node: NodeId,
}

/// A piece of text: either bytes of the source or a decoded copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// The source bytes are the text.
    Source(Span),
    /// The text after unescaping, folding or dedenting.
    Decoded(Box<str>),
}

/// How a scalar was written; decides how it is typed (see `input::scalar`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// YAML plain scalar: typed as Kubernetes' YAML reader does.
    Plain,
    /// Quoted in any syntax, a block scalar or a heredoc: always a string.
    Quoted,
    /// A `null`, `true`, `false` or number token of JSON or HCL.
    Literal,
    /// No text at all (a YAML key without value): null.
    Empty,
}

/// One `key: value`, attribute, or group of same-named blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's text after unescaping.
    pub key: Text,
    /// The key in the source. For grouped blocks: the first block's keyword.
    pub key_span: Span,
    /// The value.
    pub value: NodeId,
}

/// A part of a string that was written as a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Known text.
    Literal(Text),
    /// An interpolation or directive: its span, `${`…`}` included, and its expression if one node
    /// stands for it.
    Hole(Span, Option<NodeId>),
}

/// A list that most nodes do not have, in the space of one pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Thin<T>(Option<Box<Boxed<T>>>);

#[derive(Clone, Debug, PartialEq)]
struct Boxed<T>(Vec<T>);

impl<T> Default for Thin<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<Vec<T>> for Thin<T> {
    fn from(list: Vec<T>) -> Self {
        Self((!list.is_empty()).then(|| Box::new(Boxed(list))))
    }
}

impl<T> std::ops::Deref for Thin<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_ref().map_or(&[], |list| &list.0)
    }
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A leaf.
    Scalar(Style, Text),
    /// A sequence, a tuple, or all blocks of one name (`blocks` = true), each a `Map`.
    List {
        /// The elements.
        items: Vec<NodeId>,
        /// Whether these are HCL blocks grouped under their keyword.
        blocks: bool,
    },
    /// A mapping, an object, or the body of a block.
    Map {
        /// In source order; duplicate keys are kept, the last one wins in `get`.
        entries: Box<[Entry]>,
        /// Labels of an HCL block (`resource "type" "name"`); empty elsewhere.
        labels: Thin<(Text, Span)>,
        /// True for an object in a Terraform JSON file where a block may stand: such an object
        /// also answers as a list of one.
        maybe_block: bool,
    },
    /// A reference to an anchored node (never expanded by the tree).
    Alias(NodeId),
    /// A string with unknown parts.
    Template(Vec<Part>),
    /// A function call with literal name; arguments are nodes.
    Call {
        /// Name as written, with namespace if any.
        name: Text,
        /// Arguments in order.
        args: Thin<NodeId>,
    },
    /// A name that must be evaluated: `var`, `each`, a variable of a `for`, the keyword of a type.
    Name(Text),
    /// Something that must be evaluated, with its parts as nodes.
    Operation(Operation),
    /// Something that needs evaluation and is not understood. Its span is its text.
    Expression,
    /// A place deliberately treated as unresolved (`Tree::mask`).
    Masked,
}

/// What must be evaluated to have a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Steps from a value: `.id`, `[0]`, `[*]`.
    Traversal(NodeId, Box<[Step]>),
    /// `-a` or `!a`.
    Unary(Unary, NodeId),
    /// `a + b` and the like.
    Binary(NodeId, Binary, NodeId),
    /// `condition ? yes : no`, or `%{ if }` in a template.
    Conditional(NodeId, NodeId, NodeId),
    /// A `for` expression, or `%{ for }` in a template.
    For(Box<For>),
    /// A last argument followed by `...`.
    Expand(NodeId),
    /// An object's entry whose key must be evaluated: key and value. It stands as the value of an
    /// entry with the empty key.
    Computed(NodeId, NodeId),
}

/// The nodes an operation is made of.
pub type Operands = SmallVec<[NodeId; 4]>;

/// One step of a traversal.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `.name`.
    Attribute(Text),
    /// `[expression]`.
    Index(NodeId),
    /// `.0`.
    Position(u64),
    /// `.*`: only the attributes that follow apply to each element.
    AttributeSplat,
    /// `[*]`: all steps that follow apply to each element.
    Splat,
}

/// `!` and `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `-`.
    Negate,
    /// `!`.
    Not,
}

/// Operators between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Binary {
    Equal,
    NotEqual,
    LessEqual,
    GreaterEqual,
    Less,
    Greater,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    And,
    Or,
}

/// A `for`.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The name of the key or index, if one is given.
    pub key: Option<Text>,
    /// The name of the element.
    pub value: Text,
    /// What is gone through.
    pub collection: NodeId,
    /// The key of each result; makes an object.
    pub new_key: Option<NodeId>,
    /// Each result.
    pub result: NodeId,
    /// Which elements count.
    pub condition: Option<NodeId>,
    /// Whether results with equal keys come together in lists (`...`).
    pub grouping: bool,
    /// Whether the results are texts in a template, one after the other.
    pub text: bool,
}

/// A node: what it is and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The bytes to replace to change the value. Never includes the key.
    pub span: Span,
    /// What to point at when something is missing inside this node: key, or block keyword and
    /// labels, or the first key of a list item.
    pub header: Span,
    /// The map or list that holds it; a document's root is its own parent.
    pub parent: NodeId,
    /// A document parsed inside this string (JSON in a heredoc), spans in this same file.
    pub embedded: Option<NodeId>,
}

// A run holds the nodes of all files.
const _: () = assert!(size_of::<Node>() <= 64 && size_of::<Operation>() <= 24);

/// A comment, with its marker (`#`, `//`, `/* */`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From the marker to the last byte of text.
    pub span: Span,
}

/// A file's syntax.
#[derive(Debug, Default, PartialEq)]
pub struct Tree {
    /// All nodes; children come in any order.
    pub nodes: Vec<Node>,
    /// One root per YAML document; exactly one for HCL.
    pub documents: Vec<NodeId>,
    /// In source order; those of HCL are found when they are asked for (`File::comments`).
    pub comments: Vec<Comment>,
}

impl Tree {
    /// Adds a node and returns its id. Its parent is set when a collection takes it in.
    pub fn push(&mut self, kind: NodeKind, span: Span, header: Span) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { kind, span, header, parent: id, embedded: None });
        id
    }

    /// The node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The node, to finish building it.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// Sets the parent of every child of `id`.
    pub fn adopt(&mut self, id: NodeId) {
        // Taken out meanwhile, so that other nodes can be changed.
        let kind = std::mem::replace(&mut self.node_mut(id).kind, NodeKind::Masked);
        kind.children().for_each(|child| self.node_mut(child).parent = id);
        self.node_mut(id).kind = kind;
    }

    /// Direct children: values of a map, items of a list, arguments of a call, holes of a template,
    /// parts of an operation.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.node(id).kind.children()
    }

    /// The node behind any number of aliases.
    pub fn resolve(&self, mut id: NodeId) -> NodeId {
        while let NodeKind::Alias(target) = self.node(id).kind {
            id = target;
        }
        id
    }

    /// Makes a node unresolved, as if its value could not be known.
    pub fn mask(&mut self, id: NodeId) {
        let node = self.node_mut(id);
        node.kind = NodeKind::Masked;
        node.embedded = None;
    }
}

impl NodeKind {
    /// A mapping or an object.
    pub fn map(entries: Vec<Entry>) -> Self {
        NodeKind::Map { entries: entries.into(), labels: Thin::default(), maybe_block: false }
    }

    /// As `Tree::children`.
    fn children(&self) -> impl Iterator<Item = NodeId> + '_ {
        let mut operands = Operands::new();
        let (entries, items, parts): (&[Entry], &[NodeId], &[Part]) = match self {
            NodeKind::Map { entries, .. } => (entries, &[], &[]),
            NodeKind::List { items, .. } => (&[], items, &[]),
            NodeKind::Call { args, .. } => (&[], args, &[]),
            NodeKind::Template(parts) => (&[], &[], parts),
            NodeKind::Operation(operation) => {
                operands = operation.operands();
                (&[], &[], &[])
            }
            _ => (&[], &[], &[]),
        };
        let holes = parts.iter().filter_map(|part| match part {
            Part::Hole(_, node) => *node,
            Part::Literal(_) => None,
        });
        let entries = entries.iter().map(|entry| entry.value);
        entries.chain(items.iter().copied()).chain(holes).chain(operands)
    }
}

impl Operation {
    /// The nodes it is made of.
    pub fn operands(&self) -> Operands {
        match self {
            Operation::Traversal(base, steps) => {
                let index = steps.iter().filter_map(|step| match step {
                    Step::Index(index) => Some(*index),
                    _ => None,
                });
                std::iter::once(*base).chain(index).collect()
            }
            Operation::Unary(_, a) | Operation::Expand(a) => smallvec![*a],
            Operation::Binary(a, _, b) | Operation::Computed(a, b) => smallvec![*a, *b],
            Operation::Conditional(a, b, c) => smallvec![*a, *b, *c],
            Operation::For(one) => {
                [Some(one.collection), one.new_key, Some(one.result), one.condition]
                    .into_iter()
                    .flatten()
                    .collect()
            }
        }
    }
}

impl Text {
    /// Whether this is `other`; cheaper than comparing what `get` gives.
    pub fn is(&self, source: &str, other: &str) -> bool {
        match self {
            Text::Source(span) => {
                let (source, other) = (source.as_bytes(), other.as_bytes());
                // Of keys that are as long as each other, most begin differently.
                (span.end - span.start) as usize == other.len()
                    && (other.is_empty() || source.get(span.start as usize) == other.first())
                    && source.get(span.range()) == Some(other)
            }
            Text::Decoded(text) => **text == *other,
        }
    }

    /// The text itself; `source` is the file's text.
    pub fn get<'a>(&'a self, source: &'a str) -> &'a str {
        match self {
            Text::Source(span) => source.get(span.range()).unwrap_or(""),
            Text::Decoded(text) => text,
        }
    }
}
