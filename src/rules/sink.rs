//! Where rules put what they found, bound to one rule and one root. Fills messages; chooses the
//! anchor that the tests of unknown values need.

use super::finding::{Confidence, Label, Witness};
use super::published::{Published, Traffic};
use super::rule::Rule;
use super::secret::literals::Literals;
use crate::input::source::{FileId, Place};
use crate::model::cursor::{Cursor, Shape};
use crate::model::graph::Graph;
use crate::model::root::Root;
use crate::model::terraform;
use crate::model::value::NodeRef;

/// Members of a list whose origins are shown.
const ORIGINS: usize = 3;

/// What a finding hangs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// A written value.
    Value(NodeRef),
    /// Something missing: the innermost existing parent and the keys still to be written.
    Absent(NodeRef, Vec<String>),
    /// The resource's mere existence.
    Existence,
    /// Nothing in the tree (a comment).
    Text,
}

/// A finding in one root, before merging.
#[derive(Clone, Debug)]
pub struct Raw {
    /// The rule.
    pub rule: &'static Rule,
    /// Index of the resource in the root.
    pub resource: usize,
    /// Whose the fingerprint is, where the resource only stands for that: the address of a namespace
    /// that is not declared. None for the resource itself.
    pub subject: Option<String>,
    /// What it hangs on.
    pub anchor: Anchor,
    /// The place to edit.
    pub primary: Place,
    /// Filled message.
    pub message: String,
    /// Contributing places.
    pub labels: Vec<Label>,
    /// A connection that shows it.
    pub witness: Option<Witness>,
    /// How sure.
    pub confidence: Confidence,
    /// What a possible finding assumes.
    pub assumption: Option<String>,
    /// Other resources of which it says the same: what the rules that its rule supersedes find there
    /// rests on the same cause, and becomes a label.
    pub covers: Vec<NodeRef>,
}

/// Takes the findings of one rule in one root.
pub struct Sink<'s, 'r> {
    rule: &'static Rule,
    root: &'r Root<'r>,
    traffic: Option<&'s Traffic<'r>>,
    literals: Option<&'s Literals>,
    out: &'s mut Vec<Raw>,
    /// Evaluations that unknown values left open.
    pub unknowns: usize,
}

impl<'s, 'r> Sink<'s, 'r> {
    /// A sink for one rule.
    pub fn new(rule: &'static Rule, root: &'r Root<'r>, out: &'s mut Vec<Raw>) -> Self {
        Self { rule, root, traffic: None, literals: None, out, unknowns: 0 }
    }

    /// With the trust graph of the root, which is built when a rule asks for it first.
    #[must_use]
    pub fn with_traffic(self, traffic: &'s Traffic<'r>) -> Self {
        Self { traffic: Some(traffic), ..self }
    }

    /// The trust graph of the root; none where no workload is written.
    pub fn graph(&self) -> Option<&'s Graph<'r>> {
        if self.root.cluster().workloads.is_empty() {
            return None;
        }
        Some(self.traffic?.graph(self.root))
    }

    /// What strangers reach in the root; nothing where no workload is written.
    pub fn published(&self) -> &'s [Published] {
        match self.traffic {
            Some(traffic) if self.graph().is_some() => traffic.published(self.root),
            _ => &[],
        }
    }

    /// With what is known of the files' literals.
    #[must_use]
    pub fn with_literals(self, literals: &'s Literals) -> Self {
        Self { literals: Some(literals), ..self }
    }

    /// Whether a literal of a file may hold a credential of a known format.
    pub fn holds_credentials(&self, file: FileId) -> bool {
        self.literals.is_none_or(|literals| literals.any(self.root.files, file))
    }

    /// The root.
    pub fn root(&self) -> &'r Root<'r> {
        self.root
    }

    /// Reports at a cursor: a written value at its span, something absent at the header of its
    /// innermost existing parent. `missing` are the keys to write below that parent. `words` fill
    /// the message's placeholders beside `{resource}` and `{value}`. Returns the finding for labels
    /// and confidence; none where the resource may not exist and the finding is about its existence.
    pub fn report(
        &mut self,
        resource: usize,
        at: Cursor<'r>,
        missing: Option<(NodeRef, Vec<String>)>,
        words: &[(&str, &str)],
    ) -> Option<&mut Raw> {
        let item = self.root.resources[resource];
        // A `null` that stands there is what to change, unless the rule says what is missing.
        let null = at.node_ref().filter(|_| at.shape() == Shape::Absent);
        let written_null = null.filter(|_| at.origin().is_some() || missing.is_none());
        let absent = at.shape() == Shape::Absent && written_null.is_none();
        let anchor = match (absent, missing, at.node_ref()) {
            (true, Some((parent, keys)), _) => Anchor::Absent(parent, keys),
            (true, None, _) => match at.absent_parent() {
                Some(parent) => Anchor::Absent(parent, Vec::new()),
                None => Anchor::Existence,
            },
            (false, _, Some(node)) if node == item.node => Anchor::Existence,
            (false, _, Some(node)) => Anchor::Value(node),
            (false, _, None) => Anchor::Text,
        };
        if anchor == Anchor::Existence && !item.certain {
            self.unknowns += 1;
            return None;
        }
        let primary = match &anchor {
            Anchor::Existence => item.header,
            Anchor::Absent(parent, _) if *parent == item.node => item.header,
            _ => at.focus(),
        };
        let value = at.text().filter(|_| !absent).unwrap_or_default();
        let labels = origins(at).into_iter().map(|node| Label {
            place: Cursor::node(at.files(), node).focus(),
            text: terraform::origin(at.files(), node),
        });
        let mut message = self.rule.message.replace("{resource}", &item.title());
        message = message.replace("{value}", &shorten(&value));
        for (name, text) in words {
            message = message.replace(&format!("{{{name}}}"), text);
        }
        self.out.push(Raw {
            rule: self.rule,
            resource,
            subject: None,
            anchor,
            primary,
            message,
            labels: labels.collect(),
            witness: None,
            confidence: Confidence::Proven,
            assumption: None,
            covers: Vec::new(),
        });
        self.out.last_mut()
    }

    /// Counts an evaluation that unknown values left open.
    pub fn unknown(&mut self) {
        self.unknowns += 1;
    }
}

/// Where a computed value was written, if that is elsewhere: the whole, or its members.
fn origins(at: Cursor<'_>) -> Vec<NodeRef> {
    let mut found: Vec<NodeRef> = at.origin().into_iter().collect();
    if found.is_empty() && at.shape() == Shape::List {
        for item in at.items().known {
            found.extend(item.origin().filter(|origin| !found.contains(origin)));
            if found.len() == ORIGINS {
                break;
            }
        }
    }
    found
}

/// At most 60 characters, on one line.
fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
