//! Walks a root module: every instance of every resource, its attributes evaluated.

use super::{Evaluation, Knowledge, Scope, World};
use crate::input::source::Place;
use crate::input::tree::{NodeId, NodeKind};
use crate::model::datum::{Datum, Key, Reason};
use crate::model::resource::{Category, Instance, Resource};
use crate::model::value::{NodeRef, Value};
use std::sync::Arc;

pub(super) type Derived = Vec<(Box<str>, Value)>;

/// Attributes of any resource that Terraform itself reads.
pub(super) fn is_meta(name: &str) -> bool {
    matches!(
        name,
        "count"
            | "for_each"
            | "depends_on"
            | "provider"
            | "lifecycle"
            | "connection"
            | "provisioner"
    )
}

impl Evaluation<'_> {
    /// The resources of a module instance and of the modules it calls.
    pub(super) fn walk(&self, module: u32, world: &mut World) {
        let instance = self.module(module);
        if instance.certain {
            world.instantiated.insert(instance.declared.folder.to_owned());
        }
        for &block in &instance.declared.blocks {
            match block.block().map(|block| block.category) {
                Some(Category::Managed | Category::Data) => {
                    let expansion = self.expansion(module, block);
                    for (key, repetition) in &expansion.instances {
                        let scope = Scope { repetition: repetition.clone(), ..Scope::of(module) };
                        let one = self.resource_instance(block, key.as_ref(), &scope, world);
                        world.resources.push(one);
                    }
                }
                Some(Category::Provider) => {
                    let one = self.resource_instance(block, None, &Scope::of(module), world);
                    world.resources.push(one);
                }
                Some(Category::Module) => {
                    world.resources.push(self.declared_instance(block, module));
                    let expansion = self.expansion(module, block);
                    for (key, _) in &expansion.instances {
                        if let Some(child) = self.child(module, block, key.as_ref()) {
                            self.walk(child, world);
                        }
                    }
                }
                _ => world.resources.push(self.declared_instance(block, module)),
            }
        }
    }

    /// A block that is not evaluated, in a module instance.
    fn declared_instance(&self, block: &Resource, module: u32) -> Resource {
        let parent = self.module(module);
        let instance = parent.declared_here.get_or_init(|| {
            let (prefix, call) = (parent.prefix.clone(), parent.call);
            Arc::new(Instance { module, prefix, call, ..Instance::default() })
        });
        Resource { instance: Some(instance.clone()), ..block.clone() }
    }

    fn resource_instance(
        &self,
        block: &Resource,
        key: Option<&Key>,
        scope: &Scope,
        world: &mut World,
    ) -> Resource {
        let body = self.body(block.node, scope, true, &mut world.knowledge);
        let body = self.planned_body(block, key, scope.module, body);
        let module = self.module(scope.module);
        let certain = block.certain && module.certain && key != Some(&Key::Any);
        let prefix = module.prefix.clone();
        let key = key.cloned();
        let call = module.call;
        let instance =
            Instance { module: scope.module, prefix, call, key, body, ..Instance::default() };
        Resource { instance: Some(Arc::new(instance)), certain, ..block.clone() }
    }

    /// A block's body with its expressions evaluated; none if all of it is as written.
    fn body(
        &self,
        body: NodeRef,
        scope: &Scope,
        top: bool,
        knowledge: &mut Knowledge,
    ) -> Option<Value> {
        let file = self.file(body);
        let at = |node: NodeId| NodeRef { file: body.file, node };
        let NodeKind::Map { entries, .. } = &self.syntax(body).kind else { return None };
        let skipped = |name: &str| name == "dynamic" || name.is_empty() || top && is_meta(name);
        let mut derived = Derived::new();
        for entry in entries {
            let name = file.text(&entry.key);
            if skipped(name) {
                continue;
            }
            let value = at(entry.value);
            let evaluated = match &self.syntax(value).kind {
                NodeKind::List { items, .. }
                    if items.iter().any(|&item| self.is_body(at(item))) =>
                {
                    self.blocks(value, items, scope, knowledge)
                }
                NodeKind::Map { maybe_block: true, .. } => {
                    self.body(value, scope, false, knowledge)
                }
                _ => {
                    knowledge.attributes += 1;
                    (!self.is_constant(value)).then(|| {
                        let datum = self.eval(value, scope);
                        knowledge.count(&datum);
                        Value::Datum(value, datum)
                    })
                }
            };
            derived.extend(evaluated.map(|value| (name.into(), value)));
        }
        for &block in self.configuration.overrides(body) {
            let NodeKind::Map { entries, .. } = &self.syntax(block).kind else { continue };
            let evaluated = match self.body(block, scope, top, knowledge) {
                Some(Value::Body(_, evaluated)) => evaluated,
                _ => Derived::new(),
            };
            for entry in entries {
                let name = self.file(block).text(&entry.key);
                if skipped(name) {
                    continue;
                }
                let value = evaluated.iter().find(|(known, _)| **known == *name);
                let node = NodeRef { file: block.file, node: entry.value };
                let value = value.map_or(Value::Node(node), |(_, value)| value.clone());
                derived.retain(|(known, _)| **known != *name);
                derived.push((name.into(), value));
            }
        }
        self.unroll(body, scope, &mut derived, knowledge);
        (!derived.is_empty()).then_some(Value::Body(body, derived))
    }

    /// Whether a node is a block, or an object that may stand for one.
    fn is_body(&self, node: NodeRef) -> bool {
        let file = self.file(node);
        let parent = file.node(file.node(node.node).parent);
        let grouped = matches!(parent.kind, NodeKind::List { blocks: true, .. });
        match &self.syntax(node).kind {
            NodeKind::Map { maybe_block, .. } => *maybe_block || grouped,
            _ => false,
        }
    }

    fn blocks(
        &self,
        list: NodeRef,
        items: &[NodeId],
        scope: &Scope,
        knowledge: &mut Knowledge,
    ) -> Option<Value> {
        let mut changed = false;
        let items = items.iter().map(|&item| {
            let item = NodeRef { file: list.file, node: item };
            let evaluated = self.body(item, scope, false, knowledge);
            changed |= evaluated.is_some();
            evaluated.unwrap_or(Value::Node(item))
        });
        let items: Vec<Value> = items.collect();
        let place = Place { file: list.file, span: self.syntax(list).header };
        changed.then(|| Value::List { items, open: false, place }.at(Some(list)))
    }

    /// Adds the blocks that `dynamic` blocks make to those that are written.
    fn unroll(
        &self,
        body: NodeRef,
        scope: &Scope,
        derived: &mut Derived,
        knowledge: &mut Knowledge,
    ) {
        for one in self.dynamic(body, scope) {
            let place = Place { file: body.file, span: self.syntax(one.node).header };
            if one.name.is_empty() {
                derived.push(("".into(), Value::Unknown(place)));
                continue;
            }
            let mut items: Vec<Value> = Vec::new();
            for (content, inner) in &one.contents {
                let evaluated = self.body(*content, inner, false, knowledge);
                items.push(evaluated.unwrap_or(Value::Node(*content)));
            }
            let written = derived.iter().position(|(name, _)| **name == *one.name);
            let before = match written {
                Some(at) => Some(derived.swap_remove(at).1),
                None => self.entry(body, one.name).map(Value::Node),
            };
            let mut open = one.open;
            if let Some(before) = before {
                let (known, more) = self.members(before);
                open |= more;
                items.splice(0..0, known);
            }
            let value = match (items.is_empty(), open) {
                (true, true) => Value::Unknown(place),
                (true, false) => continue,
                _ => Value::List { items, open, place },
            };
            derived.push((one.name.into(), value));
        }
    }

    /// The members of a value where blocks stand, and whether there may be more.
    fn members(&self, value: Value) -> (Vec<Value>, bool) {
        match value {
            Value::At(_, inner) => self.members(*inner),
            Value::List { items, open, .. } => (items, open),
            Value::Unknown(_) => (Vec::new(), true),
            Value::Node(node) => match &self.syntax(node).kind {
                NodeKind::List { items, .. } => {
                    let item =
                        |&item: &NodeId| Value::Node(NodeRef { file: node.file, node: item });
                    (items.iter().map(item).collect(), false)
                }
                _ => (vec![Value::Node(node)], false),
            },
            other => (vec![other], false),
        }
    }

    /// Whether a node means what is written, without evaluation.
    pub(super) fn is_constant(&self, node: NodeRef) -> bool {
        let at = |&id: &NodeId| NodeRef { file: node.file, node: id };
        match &self.syntax(node).kind {
            NodeKind::Scalar(..) => true,
            NodeKind::List { items, .. } => items.iter().all(|item| self.is_constant(at(item))),
            NodeKind::Map { entries, .. } => {
                entries.iter().all(|entry| self.is_constant(at(&entry.value)))
            }
            NodeKind::Call { name, args } => {
                let encoded = self.file(node).text(name) == "jsonencode";
                encoded && args.len() == 1 && self.is_constant(at(&args[0]))
            }
            _ => false,
        }
    }
}

impl Knowledge {
    fn count(&mut self, datum: &Datum) {
        if let Some(gap) = datum.gap() {
            *self.unknown.entry(gap.reason).or_insert(0) += 1;
        }
    }

    /// Adds another count to this one.
    pub fn add(&mut self, other: &Knowledge) {
        self.attributes += other.attributes;
        for (reason, count) in &other.unknown {
            *self.unknown.entry(*reason).or_insert(0) += count;
        }
    }

    /// Reasons, the commonest first.
    pub fn reasons(&self) -> Vec<(Reason, usize)> {
        let mut reasons: Vec<_> =
            self.unknown.iter().map(|(reason, count)| (*reason, *count)).collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        reasons
    }
}
