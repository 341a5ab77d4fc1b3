//! Which attribute of which resource an expression of a plan's configuration names. A plan gives no
//! expressions, only what they refer to: one that refers to a single attribute is taken for it.

use super::address::{self, Part, Step};
use super::{Plan, Planned};
use crate::input::tree::NodeId;
use crate::model::datum::{Datum, Key, Kind, Symbol};
use crate::model::value::NodeRef;
use std::collections::HashMap;

/// How many modules a reference may lead through.
const HOPS: usize = 32;

/// Where the instances of a plan are judged, by their addresses: module instance, body and key.
pub type Homes = HashMap<String, Home>;

/// A module instance, a body and a key.
pub type Home = (u32, NodeRef, Option<Key>);

/// The references of one plan.
pub struct References<'p, 'a> {
    pub plan: &'p Plan<'a>,
    pub homes: Homes,
    /// Indexes in the plan of the instances at these homes.
    pub owners: HashMap<Home, usize>,
}

impl References<'_, '_> {
    /// The one attribute of a managed resource or data source that an expression refers to.
    pub fn only(&self, one: &Planned, expression: NodeId) -> Option<Symbol> {
        self.resolved(&self.references(expression), &one.steps, one.key.as_ref(), 0)
    }

    /// The attributes that an expression refers to, if it refers to nothing else.
    pub fn all(&self, one: &Planned, expression: NodeId) -> Option<Vec<Symbol>> {
        let references = self.references(expression);
        let leaf = |text: &&&str| {
            !references.iter().any(|other| other.len() > text.len() && leads(text, other))
        };
        let each = references.iter().filter(leaf);
        each.map(|text| self.resolved(&[*text], &one.steps, one.key.as_ref(), 0)).collect()
    }

    fn references(&self, expression: NodeId) -> Vec<&str> {
        let document = self.plan.document;
        let list = document.get(expression, "references");
        let items = list.map_or(&[][..], |list| document.items(list));
        items.iter().filter_map(|&item| document.text(item)).collect()
    }

    fn resolved(
        &self,
        references: &[&str],
        steps: &[Step],
        own: Option<&Key>,
        hops: usize,
    ) -> Option<Symbol> {
        let repeated = |text: &&&str| !matches!(**text, "each.key" | "count.index");
        let references: Vec<&str> = references.iter().filter(repeated).copied().collect();
        let first = *references.first()?;
        if hops > HOPS || !references.iter().all(|text| *text == first || leads(text, first)) {
            return None;
        }
        let parts = address::parts(first)?;
        match parts.as_slice() {
            [Part::Name("var"), Part::Name(name)] => {
                let ((call, key), parents) = steps.split_last()?;
                let module = self.module(parents)?;
                let keys = ["module_calls", call, "expressions", name];
                let argument = self.plan.document.path(module, &keys)?;
                self.resolved(&self.references(argument), parents, key.as_ref(), hops + 1)
            }
            [Part::Name("module"), Part::Name(call), rest @ ..] => {
                let (explicit, rest) = keyed(rest);
                let [Part::Name(name)] = rest else { return None };
                let address = format!("{}module.{call}", address::prefix(steps));
                let key = chosen(self.plan.calls.get(&address)?, explicit, own)?;
                let inner = [steps, &[((*call).to_owned(), key.clone())]].concat();
                let keys = ["outputs", name, "expression"];
                let output = self.plan.document.path(self.module(&inner)?, &keys)?;
                self.resolved(&self.references(output), &inner, None, hops + 1)
            }
            [Part::Name("data"), Part::Name(kind), Part::Name(name), rest @ ..] => {
                self.resource(&format!("data.{kind}.{name}"), rest, steps, own)
            }
            [Part::Name("local" | "each" | "count" | "path" | "terraform" | "self"), ..] => None,
            [Part::Name(kind), Part::Name(name), rest @ ..] => {
                self.resource(&format!("{kind}.{name}"), rest, steps, own)
            }
            _ => None,
        }
    }

    fn resource(
        &self,
        address: &str,
        rest: &[Part<'_>],
        steps: &[Step],
        own: Option<&Key>,
    ) -> Option<Symbol> {
        let (explicit, rest) = keyed(rest);
        let mut path = Vec::new();
        for part in rest {
            path.push(match part {
                Part::Name(name) => (*name).to_owned(),
                Part::Key(Key::Index(index)) => index.to_string(),
                Part::Key(_) => return None,
            });
        }
        if path.is_empty() {
            return None;
        }
        let list = self.plan.resources.get(&format!("{}{address}", address::prefix(steps)))?;
        let keys: Vec<_> = list.iter().map(|&at| self.plan.instances[at].key.clone()).collect();
        let key = chosen(&keys, explicit, own)?;
        let at = list.iter().find(|&&at| self.plan.instances[at].key == *key)?;
        let home = self.homes.get(&self.plan.instances[*at].address())?;
        let (module, block, key) = home.clone();
        Some(Symbol { module, block, key, path: path.join(".").into() })
    }

    /// The configuration of a module.
    fn module(&self, steps: &[Step]) -> Option<NodeId> {
        let document = self.plan.document;
        let root = document.path(document.root()?, &["configuration", "root_module"])?;
        let inner = |at, step: &Step| document.path(at, &["module_calls", &step.0, "module"]);
        steps.iter().try_fold(root, inner)
    }

    /// Whether a known value is certainly what the symbol's resource gives by itself: equal to its
    /// attribute, which the configuration does not set.
    pub fn gives(&self, symbol: &Symbol, value: &Datum) -> bool {
        let home = (symbol.module, symbol.block, symbol.key.clone());
        let one = self.owners.get(&home).map(|&at| &self.plan.instances[at]);
        let attribute = one.and_then(|one| match &one.value.kind {
            Kind::Map(map) => map.entries.get(&symbol.path),
            _ => None,
        });
        match (one, attribute.map(|attribute| &attribute.kind), &value.kind) {
            (Some(one), Some(Kind::Text(given)), Kind::Text(text)) => {
                given == text && self.plan.expression(one, &symbol.path).is_none()
            }
            _ => false,
        }
    }
}

/// Whether a reference is a step on the way of another: `aws_kms_key.k` of `aws_kms_key.k.arn`.
fn leads(text: &str, other: &str) -> bool {
    other.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// A leading key and what follows.
fn keyed<'s, 't>(parts: &'s [Part<'t>]) -> (Option<&'s Key>, &'s [Part<'t>]) {
    match parts {
        [Part::Key(key), rest @ ..] => (Some(key), rest),
        _ => (None, parts),
    }
}

/// Which instance is meant: the named one, the only one, or the one with the same key.
fn chosen<'k>(
    keys: &'k [Option<Key>],
    explicit: Option<&Key>,
    own: Option<&Key>,
) -> Option<&'k Option<Key>> {
    match (explicit, keys) {
        (Some(key), _) => keys.iter().find(|known| known.as_ref() == Some(key)),
        (None, [only]) => Some(only),
        _ => keys.iter().find(|known| own.is_some() && known.as_ref() == own),
    }
}
