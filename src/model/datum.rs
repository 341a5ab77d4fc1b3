//! What expressions compute: values as Terraform has them, possibly known only in part, each with
//! the node it was written in. Knows no resources, no files.

use super::number::Number;
use crate::input::tree::NodeRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A computed value.
#[derive(Clone, Debug)]
pub struct Datum {
    /// What it is.
    pub kind: Kind,
    /// The node whose text gave it: the innermost expression of the place that uses it.
    pub at: Option<NodeRef>,
    /// Where it was written, if that is another node than `at` (a variable's default, an argument).
    pub origin: Option<NodeRef>,
}

/// What a value is. Tuples are lists and objects are maps, as far as linting goes.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Arc<str>),
    /// A text with unknown parts; at least one piece is a hole.
    Partial(Arc<[Piece]>),
    /// A text that is a JSON document.
    Json(Arc<Json>),
    /// A list or tuple.
    List(Arc<List>),
    /// A set: no two members are equal, texts are sorted, positions mean nothing.
    Set(Arc<List>),
    /// A map or object, iterated in the order of its keys.
    Map(Arc<Map>),
    /// A resource instance, whose attributes are computed when asked for.
    Instance(Arc<Symbol>),
    /// Cannot be told.
    Unknown(Unknown),
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Known characters.
    Text(Arc<str>),
    /// Any number of unknown characters.
    Hole(Unknown),
}

/// A JSON document inside a text.
#[derive(Debug)]
pub struct Json {
    /// The text itself where it is not the encoding of `document` that `jsonencode` would give.
    pub text: Option<Arc<str>>,
    /// The document.
    pub document: Datum,
}

/// Members of a list or set.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// Known to exist, in order.
    pub items: Vec<Datum>,
    /// Set if there may be further members: positions from here on are not known.
    pub open: Option<usize>,
}

/// Entries of a map.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// Known to exist.
    pub entries: BTreeMap<Arc<str>, Datum>,
    /// Whether there may be further ones.
    pub open: bool,
    /// Values of such further ones, whose keys cannot be told.
    pub unnamed: Vec<Datum>,
}

/// Why a value cannot be told, and what it certainly is in spite of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Why.
    pub reason: Reason,
    /// The attribute of a resource that it is: two unknowns of one symbol are equal.
    pub symbol: Option<Arc<Symbol>>,
}

/// An attribute of a resource instance, or the instance itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol {
    /// The module instance, by its index in the evaluation.
    pub module: u32,
    /// The resource's block.
    pub block: NodeRef,
    /// The instance key of `count` or `for_each`, if there is one.
    pub key: Option<Key>,
    /// The attribute's path, such as `id` or `identity.0.oidc`; empty for the instance itself.
    pub path: Arc<str>,
}

/// An instance key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Of `count`.
    Index(u64),
    /// Of `for_each`.
    Name(Arc<str>),
    /// The only instance that stands for a number of them that cannot be told.
    Any,
}

/// Why a value cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A variable without a default that nobody sets.
    Variable,
    /// An attribute that the provider computes.
    Computed,
    /// An attribute of a data source.
    DataSource,
    /// An output of a module whose source is not at hand.
    RemoteModule,
    /// An attribute of a resource whose `count` or `for_each` cannot be told.
    Instances,
    /// A function whose result differs from run to run, or that reads what is not at hand.
    Impure,
    /// A function of a provider, or one that is not known.
    Function,
    /// A file that cannot be read.
    File,
    /// An expression that cannot be evaluated; a problem says why.
    Invalid,
    /// More work than the limits allow.
    Limit,
    /// Given by Terraform when it runs: the workspace, the caller's identity.
    Runtime,
    /// What a plan says is known only after it is applied.
    Apply,
    /// What a plan says is sensitive.
    Sensitive,
    /// A variable that Terragrunt may set.
    Terragrunt,
    /// Deliberately treated as unresolved.
    Masked,
}

impl Datum {
    /// A value of no particular place.
    pub fn new(kind: Kind) -> Self {
        Self { kind, at: None, origin: None }
    }

    /// A value that cannot be told.
    pub fn unknown(reason: Reason) -> Self {
        Self::new(Kind::Unknown(Unknown { reason, symbol: None }))
    }

    /// A text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::new(Kind::Text(text.into()))
    }

    /// A truth value.
    pub fn bool(value: bool) -> Self {
        Self::new(Kind::Bool(value))
    }

    /// A whole number.
    pub fn int(value: i64) -> Self {
        Self::new(Kind::Number(Number::from(value)))
    }

    /// A list of known members.
    pub fn list(items: Vec<Datum>) -> Self {
        Self::new(Kind::List(Arc::new(List { items, open: None })))
    }

    /// A map of known entries.
    pub fn map(entries: BTreeMap<Arc<str>, Datum>) -> Self {
        Self::new(Kind::Map(Arc::new(Map { entries, ..Map::default() })))
    }

    /// `null`.
    pub fn null() -> Self {
        Self::new(Kind::Null)
    }

    /// The value at a node, keeping where it was written before.
    #[must_use]
    pub fn seen_at(mut self, node: NodeRef) -> Self {
        self.origin = self.origin.or(self.at.filter(|at| *at != node));
        self.at = Some(node);
        self
    }

    /// Why this cannot be told, if it is wholly unknown.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        match &self.kind {
            Kind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// The first reason why this is not known through and through; none if it is.
    pub fn gap(&self) -> Option<Unknown> {
        match &self.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => None,
            Kind::Unknown(unknown) => Some(unknown.clone()),
            Kind::Instance(symbol) => {
                Some(Unknown { reason: Reason::Computed, symbol: Some(symbol.clone()) })
            }
            Kind::Partial(pieces) => pieces.iter().find_map(|piece| match piece {
                Piece::Hole(unknown) => Some(unknown.clone()),
                Piece::Text(_) => None,
            }),
            Kind::Json(json) => match json.text {
                Some(_) => None,
                None => json.document.gap(),
            },
            Kind::List(list) | Kind::Set(list) => {
                let inner = list.items.iter().find_map(Datum::gap);
                let open = list.open.map(|_| Unknown { reason: Reason::Instances, symbol: None });
                inner.or(open)
            }
            Kind::Map(map) => {
                let inner = map.entries.values().find_map(Datum::gap);
                let open = map.open.then_some(Unknown { reason: Reason::Instances, symbol: None });
                inner.or(open)
            }
        }
    }

    /// Whether this is known through and through.
    pub fn is_known(&self) -> bool {
        self.gap().is_none()
    }
}

impl From<Reason> for Unknown {
    fn from(reason: Reason) -> Self {
        Self { reason, symbol: None }
    }
}

impl From<Unknown> for Datum {
    fn from(unknown: Unknown) -> Self {
        Self::new(Kind::Unknown(unknown))
    }
}

impl Reason {
    /// For machines; stable.
    pub fn word(self) -> &'static str {
        match self {
            Reason::Variable => "variable",
            Reason::Computed => "computed",
            Reason::DataSource => "data-source",
            Reason::RemoteModule => "remote-module",
            Reason::Instances => "instances",
            Reason::Impure => "impure",
            Reason::Function => "function",
            Reason::File => "file",
            Reason::Invalid => "invalid",
            Reason::Limit => "limit",
            Reason::Runtime => "runtime",
            Reason::Apply => "apply",
            Reason::Sensitive => "sensitive",
            Reason::Terragrunt => "terragrunt",
            Reason::Masked => "masked",
        }
    }

    /// For people, after "because it is" or in a list of reasons.
    pub fn words(self) -> &'static str {
        match self {
            Reason::Variable => "a variable without a value",
            Reason::Computed => "computed by the provider",
            Reason::DataSource => "read by a data source",
            Reason::RemoteModule => "an output of a module that is not at hand",
            Reason::Instances => "of an unknown number of instances",
            Reason::Impure => "the result of a function that differs from run to run",
            Reason::Function => "the result of a function that is not known",
            Reason::File => "the content of a file that cannot be read",
            Reason::Invalid => "an expression that cannot be evaluated",
            Reason::Limit => "beyond the limits of evaluation",
            Reason::Runtime => "known only to a run of Terraform",
            Reason::Apply => "known only after the plan is applied",
            Reason::Sensitive => "sensitive in the plan",
            Reason::Terragrunt => "a variable that Terragrunt may set",
            Reason::Masked => "masked",
        }
    }
}
