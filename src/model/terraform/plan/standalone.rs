//! The resources of a plan whose configuration is not at hand: their bodies are the plan's values,
//! read as if somebody had written those that the plan's configuration mentions.

use super::address;
use super::overlay::{is_empty, tidied, unwritten};
use super::references::{Homes, References};
use super::{Plan, Planned};
use crate::input::tree::NodeId;
use crate::model::datum::{Datum, Kind, List, Map, Reason, Unknown};
use crate::model::resource::{Block, Category, Identity, Instance, Resource};
use crate::model::value::{NodeRef, Value};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The resources of a plan that are not among `known`, which are those that the configuration gives.
/// Without any of these also the plan's providers.
pub fn resources(plan: &Plan<'_>, known: &[Resource]) -> Vec<Resource> {
    let mut homes = Homes::new();
    for resource in known {
        if let (Some(instance), Some(block)) = (&resource.instance, resource.block())
            && matches!(block.category, Category::Managed | Category::Data)
        {
            let home = (instance.module, resource.node, instance.key.clone());
            homes.insert(resource.instance_address(), home);
        }
    }
    // Module instances of the plan, apart from those that were evaluated.
    let mut modules: HashMap<String, u32> = HashMap::new();
    let mut own = Vec::new();
    for one in &plan.instances {
        let address = one.address();
        if homes.contains_key(&address) {
            continue;
        }
        let prefix = address::prefix(&one.steps);
        let next = if prefix.is_empty() { 0 } else { u32::MAX - modules.len() as u32 };
        let module = *modules.entry(prefix.clone()).or_insert(next);
        homes.insert(address, (module, one.node, one.key.clone()));
        own.push((one, module, prefix));
    }
    let owner = |(at, one): (usize, &Planned)| Some((homes.get(&one.address())?.clone(), at));
    let owners = plan.instances.iter().enumerate().filter_map(owner).collect();
    let references = References { plan, homes, owners };
    let mut found = Vec::new();
    if known.is_empty() {
        found.extend(settings(plan));
        found.extend(providers(plan));
    }
    for (one, module, prefix) in own {
        if is_settled_document(one) {
            continue;
        }
        let body = Value::Datum(one.node, references.body(one));
        let instance = Instance {
            module,
            prefix,
            key: one.key.clone(),
            body: Some(body),
            ..Instance::default()
        };
        found.push(Resource {
            node: one.node,
            header: one.header,
            identity: Identity::Block(one.block.clone()).into(),
            certain: true,
            instance: Some(Arc::new(instance)),
        });
    }
    found
}

/// Whether this is a policy document whose text is known: then it is judged where it is used.
fn is_settled_document(one: &Planned) -> bool {
    one.block.category == Category::Data
        && one.block.kind == "aws_iam_policy_document"
        && matches!(&one.value.kind, Kind::Map(map) if map.entries.get("json").is_some_and(|json| {
            matches!(json.kind, Kind::Text(_) | Kind::Json(_))
        }))
}

impl References<'_, '_> {
    /// The attributes that are there to be judged.
    fn body(&self, one: &Planned) -> Datum {
        let Kind::Map(map) = &one.value.kind else { return one.value.clone() };
        let mut entries = BTreeMap::new();
        for (name, value) in &map.entries {
            let expression = self.plan.expression(one, name);
            let kept = match expression {
                Some(expression) => Some(self.expressed(one, value, expression)),
                None => unmentioned(one, value),
            };
            entries.extend(kept.map(|value| (name.clone(), value)));
        }
        let map = Map { entries, ..Map::default() };
        Datum { kind: Kind::Map(Arc::new(map)), ..one.value.clone() }
    }

    /// A value that the configuration gives by an expression, or by blocks of expressions.
    fn expressed(&self, one: &Planned, value: &Datum, expression: NodeId) -> Datum {
        let document = self.plan.document;
        let blocks = document.items(expression);
        match &value.kind {
            Kind::Unknown(unknown) if unknown.reason == Reason::Apply => {
                match self.only(one, expression) {
                    Some(symbol) => {
                        let symbol = Some(Arc::new(symbol));
                        let unknown = Unknown { reason: Reason::Apply, symbol };
                        Datum { kind: Kind::Unknown(unknown), ..value.clone() }
                    }
                    None => value.clone(),
                }
            }
            Kind::Text(_) => match self.only(one, expression) {
                Some(symbol) if self.gives(&symbol, value) => {
                    let symbol = Some(Arc::new(symbol));
                    let unknown = Unknown { reason: Reason::Apply, symbol };
                    Datum { kind: Kind::Unknown(unknown), ..value.clone() }
                }
                _ => value.clone(),
            },
            Kind::List(list) if blocks.len() == list.items.len() => {
                let each = list.items.iter().zip(blocks);
                let items = each.map(|(item, &block)| self.block(one, item, block)).collect();
                Datum { kind: Kind::List(Arc::new(List { items, open: None })), ..value.clone() }
            }
            Kind::List(list) => {
                let mut items: Vec<Datum> = list.items.iter().map(tidied).collect();
                let gaps: Vec<usize> =
                    (0..items.len()).filter(|&at| is_apply(&items[at])).collect();
                if let Some(symbols) = self.all(one, expression).filter(|s| s.len() == gaps.len()) {
                    for (at, symbol) in gaps.into_iter().zip(symbols) {
                        let symbol = Some(Arc::new(symbol));
                        items[at].kind = Kind::Unknown(Unknown { reason: Reason::Apply, symbol });
                    }
                }
                Datum { kind: Kind::List(Arc::new(List { items, open: None })), ..value.clone() }
            }
            Kind::Map(_) => self.block(one, value, expression),
            _ => value.clone(),
        }
    }

    /// A block, or an object.
    fn block(&self, one: &Planned, value: &Datum, block: NodeId) -> Datum {
        let document = self.plan.document;
        let Kind::Map(map) = &value.kind else { return tidied(value) };
        let plain = ["references", "constant_value"];
        if plain.iter().any(|key| document.get(block, key).is_some()) {
            return tidied(value);
        }
        let entry = |(name, value): (&Arc<str>, &Datum)| {
            let kept = match document.get(block, name) {
                Some(expression) => Some(self.expressed(one, value, expression)),
                None if is_apply(value) || is_empty(value) => None,
                None => Some(tidied(value)),
            };
            kept.map(|value| (name.clone(), value))
        };
        let entries = map.entries.iter().filter_map(entry).collect();
        Datum { kind: Kind::Map(Arc::new(Map { entries, ..Map::default() })), ..value.clone() }
    }
}

/// A value of which the configuration says nothing: what is empty or will be computed was not
/// written. Blocks of what is to be created come from a `dynamic` block; those of what exists may be
/// what the provider found.
fn unmentioned(one: &Planned, value: &Datum) -> Option<Datum> {
    if is_apply(value) || is_empty(value) {
        return None;
    }
    match unwritten(value) {
        Some(found) if found.as_unknown().is_some() && !one.fresh => {
            Some(Datum { at: value.at, ..found })
        }
        _ => Some(tidied(value)),
    }
}

fn is_apply(value: &Datum) -> bool {
    value.as_unknown().is_some_and(|unknown| unknown.reason == Reason::Apply)
}

/// The version constraints of providers, as a `terraform` block has them.
fn settings(plan: &Plan<'_>) -> Option<Resource> {
    let document = plan.document;
    let configuration = document.get(document.root()?, "configuration")?;
    let configured = document.get(configuration, "provider_config")?;
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (_, provider) in document.entries(configured) {
        let constraint = document.word(provider, "version_constraint");
        if let (Some(name), Some(constraint)) = (document.word(provider, "name"), constraint) {
            versions.entry(name).or_default().push(constraint);
        }
    }
    let place = document.place(configured);
    let version = |(name, constraints): (&str, Vec<&str>)| {
        (name.into(), Value::Text(constraints.join(", "), place))
    };
    let providers =
        Value::Body(document.at(configured), versions.into_iter().map(version).collect());
    let required = Value::List { items: vec![providers], open: false, place };
    let body =
        Value::Body(document.at(configuration), vec![("required_providers".into(), required)]);
    Some(resource(plan, Category::Settings, "", configuration, body))
}

/// The provider blocks.
fn providers(plan: &Plan<'_>) -> Vec<Resource> {
    let document = plan.document;
    let configured =
        document.root().and_then(|root| document.path(root, &["configuration", "provider_config"]));
    let configured = configured.map_or_else(Vec::new, |node| document.entries(node));
    let each = configured.into_iter().filter_map(|(_, provider)| {
        let expressions = document.get(provider, "expressions")?;
        let body = Datum { at: Some(document.at(provider)), ..written(plan, expressions) };
        let body = Value::Datum(document.at(provider), body);
        Some(resource(plan, Category::Provider, document.word(provider, "name")?, provider, body))
    });
    each.collect()
}

fn resource(
    plan: &Plan<'_>,
    category: Category,
    kind: &str,
    node: NodeId,
    body: Value,
) -> Resource {
    let node: NodeRef = plan.document.at(node);
    let span = plan.document.file.node(node.node).header;
    let instance = Instance { body: Some(body), ..Instance::default() };
    Resource {
        node,
        header: crate::input::source::Place { file: node.file, span },
        identity: Identity::Block(Block { category, kind: kind.to_owned(), name: String::new() })
            .into(),
        certain: true,
        instance: Some(Arc::new(instance)),
    }
}

/// What expressions give by themselves.
fn written(plan: &Plan<'_>, expressions: NodeId) -> Datum {
    let document = plan.document;
    let kind = if let Some(constant) = document.get(expressions, "constant_value") {
        document.datum(constant, &super::Hidden::default()).kind
    } else if document.is_map(expressions) && document.get(expressions, "references").is_none() {
        let entries = document.entries(expressions).into_iter();
        let entries = entries.map(|(name, value)| (name.into(), written(plan, value)));
        Kind::Map(Arc::new(Map { entries: entries.collect(), ..Map::default() }))
    } else if document.is_map(expressions) {
        Datum::unknown(Reason::Variable).kind
    } else {
        let items = document.items(expressions).iter().map(|&item| written(plan, item));
        Kind::List(Arc::new(List { items: items.collect(), open: None }))
    };
    Datum { at: Some(document.at(expressions)), ..Datum::new(kind) }
}
