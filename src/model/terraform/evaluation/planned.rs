//! What a plan says of the root module that is evaluated: which instances there are, the values of
//! variables and attributes. Where it knows a value, that counts; places stay those of the
//! configuration.

use super::Evaluation;
use super::body::{Derived, is_meta};
use crate::model::datum::{Datum, Key, Kind, Reason, Symbol};
use crate::model::resource::{Block, Category, Resource};
use crate::model::terraform::plan::{Planned, overlay, unwritten};
use crate::model::value::Value;
use std::sync::Arc;

impl Evaluation<'_> {
    /// The keys of a block's instances, if the plan says which there are.
    pub(super) fn planned_keys(&self, module: u32, block: &Resource) -> Option<Vec<Option<Key>>> {
        let plan = self.outside.plan?;
        let module = self.module(module);
        plan.keys(&module.prefix, &module.path, block.block()?)
    }

    /// The value of a variable of the root module.
    pub(super) fn planned_variable(&self, name: &str, evaluated: Datum) -> Datum {
        let Some(value) = self.outside.plan.and_then(|plan| plan.variable(name)) else {
            return evaluated;
        };
        match value.as_unknown() {
            // A secret is some other value than the one that is written, if any.
            Some(unknown) if unknown.reason == Reason::Sensitive => value.clone(),
            Some(_) => evaluated,
            None if evaluated.as_unknown().is_some() => value.clone(),
            None => overlay(&evaluated, value, &|_| false),
        }
    }

    fn planned(&self, module: u32, block: &Block, key: Option<&Key>) -> Option<&Planned> {
        self.outside.plan?.instance_of(&self.module(module).prefix, block, key)
    }

    /// Whether an unknown attribute is worth more as a relation than as a value: that of a resource,
    /// not what a data source read.
    fn joins(&self, symbol: &Symbol) -> bool {
        let block = self.configuration.block(symbol.block).and_then(Resource::block);
        block.is_some_and(|block| block.category == Category::Managed)
    }

    /// An attribute of an instance, as evaluated or as planned.
    pub(super) fn planned_attribute(&self, attribute: &Symbol, evaluated: Datum) -> Datum {
        let Some(block) = self.configuration.block(attribute.block).and_then(Resource::block)
        else {
            return evaluated;
        };
        let Some(one) = self.planned(attribute.module, block, attribute.key.as_ref()) else {
            return evaluated;
        };
        match &one.value.kind {
            Kind::Map(map) => match map.entries.get(&attribute.path) {
                Some(value) => overlay(&evaluated, value, &|symbol| self.joins(symbol)),
                None => evaluated,
            },
            _ => evaluated,
        }
    }

    /// The body of an instance: attributes of which the plan says something else, or of which the
    /// configuration says nothing, are as planned.
    pub(super) fn planned_body(
        &self,
        block: &Resource,
        key: Option<&Key>,
        module: u32,
        body: Option<Value>,
    ) -> Option<Value> {
        let Some(one) = block.block().and_then(|block| self.planned(module, block, key)) else {
            return body;
        };
        let Kind::Map(planned) = &one.value.kind else { return body };
        let symbol =
            Arc::new(Symbol { module, block: block.node, key: key.cloned(), path: "".into() });
        let Some(scope) = self.scope_of(&symbol) else { return body };
        let dynamic = self.dynamic(block.node, &scope);
        let mut derived = match body {
            Some(Value::Body(_, derived)) => derived,
            _ => Derived::new(),
        };
        for (name, value) in planned.entries.iter().filter(|(name, _)| !is_meta(name)) {
            let mut written = self.entry(block.node, name).map(|node| self.eval(node, &scope));
            for one in dynamic.iter().filter(|one| *one.name == **name) {
                written = Some(self.with_blocks(written, one));
            }
            let changed = match written {
                Some(evaluated) => {
                    let merged = overlay(&evaluated, value, &|symbol| self.joins(symbol));
                    (!is_same(&merged, &evaluated)).then_some(merged)
                }
                None => unwritten(value),
            };
            if let Some(changed) = changed {
                let made = || dynamic.iter().find(|one| *one.name == **name).map(|one| one.node);
                let node = self.entry(block.node, name).or_else(made).unwrap_or(block.node);
                derived.retain(|(known, _)| **known != **name);
                derived.push(((&**name).into(), Value::Datum(node, changed)));
            }
        }
        (!derived.is_empty()).then_some(Value::Body(block.node, derived))
    }
}

/// Whether two values are the same, as far as rules can see.
fn is_same(a: &Datum, b: &Datum) -> bool {
    a.origin == b.origin
        && a.at == b.at
        && match (&a.kind, &b.kind) {
            (Kind::Null, Kind::Null) | (Kind::Instance(_), Kind::Instance(_)) => true,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Number(a), Kind::Number(b)) => a == b,
            (Kind::Text(a), Kind::Text(b)) => a == b,
            (Kind::Unknown(a), Kind::Unknown(b)) => a == b,
            (Kind::Json(a), Kind::Json(b)) => is_same(&a.document, &b.document),
            (Kind::List(a), Kind::List(b)) | (Kind::Set(a), Kind::Set(b)) => {
                a.open == b.open
                    && a.items.len() == b.items.len()
                    && a.items.iter().zip(&b.items).all(|(a, b)| is_same(a, b))
            }
            (Kind::Map(a), Kind::Map(b)) => {
                // What the provider may add to a block does not count as a difference by itself.
                a.entries.len() == b.entries.len()
                    && a.entries
                        .iter()
                        .zip(&b.entries)
                        .all(|((a_name, a), (b_name, b))| a_name == b_name && is_same(a, b))
            }
            _ => false,
        }
}
