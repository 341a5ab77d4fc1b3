//! What names and traversals lead to: variables, locals, resources, modules, and their parts.

use super::expand::Dynamic;
use super::expression::undecided;
use super::{Evaluation, Repetition, Scope, State};
use crate::input::tree::{NodeKind, Step};
use crate::model::datum::{Datum, Key, Kind, List, Map, Reason, Symbol, Unknown};
use crate::model::resource::Category;
use crate::model::value::NodeRef;
use smallvec::SmallVec;
use std::sync::Arc;

impl<'a> Evaluation<'a> {
    /// A name that stands alone.
    pub(super) fn name(&self, node: NodeRef, name: &str, scope: &Scope) -> Datum {
        match scope.bound(name) {
            Some(value) => value.clone(),
            None => self.wrong(node, format!("There is no `{name}` here.")),
        }
    }

    pub(super) fn traversal(
        &self,
        node: NodeRef,
        base: NodeRef,
        steps: &'a [Step],
        scope: &Scope,
    ) -> Datum {
        if let NodeKind::Name(name) = &self.syntax(base).kind {
            let file = self.file(base);
            let name = file.text(name);
            if scope.bound(name).is_none() {
                let names = steps.iter().map_while(|step| match step {
                    Step::Attribute(name) => Some(file.text(name)),
                    _ => None,
                });
                let names: SmallVec<[&str; 2]> = names.take(2).collect();
                let (value, used) = self.reference(node, name, &names, scope);
                return self.follow(node, value, &steps[used.min(steps.len())..], scope);
            }
        }
        let value = self.eval(base, scope);
        self.follow(node, value, steps, scope)
    }

    /// What a reserved name and the names after it mean, and how many of those were used.
    fn reference(
        &self,
        node: NodeRef,
        name: &'a str,
        names: &[&'a str],
        scope: &Scope,
    ) -> (Datum, usize) {
        let first = names.first().copied().unwrap_or_default();
        match name {
            "var" => (self.variable(scope.module, first), 1),
            "local" => (self.local(node, scope.module, first), 1),
            "module" => (self.called(scope.module, first), 1),
            "each" | "count" => (self.repeated(node, name, first, scope), 1),
            "resource" => {
                let second = names.get(1).copied().unwrap_or_default();
                (self.resource(node, scope, Category::Managed, first, second), 2)
            }
            "path" => (self.path(first, scope), 1),
            "terraform" => (Datum::unknown(Reason::Runtime), 1),
            "self" => (Datum::unknown(Reason::Computed), 0),
            "data" => {
                let second = names.get(1).copied().unwrap_or_default();
                (self.resource(node, scope, Category::Data, first, second), 2)
            }
            // Of values that only some blocks know (`ephemeral`, a test's `run`).
            "ephemeral" | "run" => (Datum::unknown(Reason::Runtime), 0),
            kind => (self.resource(node, scope, Category::Managed, kind, first), 1),
        }
    }

    fn repeated(&self, node: NodeRef, name: &str, part: &str, scope: &Scope) -> Datum {
        match (&scope.repetition, name, part) {
            (Repetition::Count(index), "count", "index") => index.clone(),
            (Repetition::Each(key, _), "each", "key") => key.clone(),
            (Repetition::Each(_, value), "each", "value") => value.clone(),
            _ => self.wrong(node, format!("There is no `{name}.{part}` here.")),
        }
    }

    fn resource(
        &self,
        node: NodeRef,
        scope: &Scope,
        category: Category,
        kind: &str,
        name: &str,
    ) -> Datum {
        let module = self.module(scope.module);
        let Some(&block) = module.declared.resources.get(&(category, kind, name)) else {
            if name.is_empty() || category == Category::Managed && !kind.contains('_') {
                return self.wrong(node, format!("There is no `{kind}` here."));
            }
            // Declared in a file that is not at hand: something, at any rate.
            let reason = match category {
                Category::Data => Reason::DataSource,
                _ => Reason::Computed,
            };
            let symbol =
                Symbol { module: scope.module, block: node, key: None, path: Arc::default() };
            return Datum::from(Unknown { reason, symbol: Some(Arc::new(symbol)) });
        };
        self.instances(scope.module, block)
    }

    /// Follows steps from a value.
    fn follow(&self, node: NodeRef, value: Datum, steps: &[Step], scope: &Scope) -> Datum {
        let mut value = value;
        for (at, step) in steps.iter().enumerate() {
            match step {
                Step::Splat => return self.splat(node, value, &steps[at + 1..], &[], scope),
                Step::AttributeSplat => {
                    let rest = &steps[at + 1..];
                    let own = rest.iter().take_while(|step| matches!(step, Step::Attribute(_)));
                    let (own, after) = rest.split_at(own.count());
                    return self.splat(node, value, own, after, scope);
                }
                _ => value = self.step(node, value, step, scope),
            }
        }
        value
    }

    /// `own` applies to each element, `after` to the list of results.
    fn splat(
        &self,
        node: NodeRef,
        value: Datum,
        own: &[Step],
        after: &[Step],
        scope: &Scope,
    ) -> Datum {
        let (items, open) = match &value.kind {
            Kind::List(list) | Kind::Set(list) => (list.items.clone(), list.open),
            Kind::Null => (Vec::new(), None),
            Kind::Unknown(unknown) => return undecided(unknown),
            Kind::Instance(symbol) if symbol.key == Some(Key::Any) => {
                (vec![value.clone()], Some(0))
            }
            _ => (vec![value], None),
        };
        let items = items.into_iter().map(|item| self.follow(node, item, own, scope)).collect();
        let list = Datum::new(Kind::List(Arc::new(List { items, open })));
        self.follow(node, list, after, scope)
    }

    fn step(&self, node: NodeRef, value: Datum, step: &Step, scope: &Scope) -> Datum {
        match step {
            Step::Attribute(name) => {
                let name = self.file(node).text(name);
                self.attribute(node, &value, name)
            }
            Step::Position(index) => {
                let index = i64::try_from(*index).unwrap_or(i64::MAX);
                self.element(node, &value, &Datum::int(index))
            }
            Step::Index(index) => {
                let index = self.eval(NodeRef { file: node.file, node: *index }, scope);
                self.element(node, &value, &index)
            }
            Step::Splat | Step::AttributeSplat => value,
        }
    }

    /// The value of an attribute or of a key.
    fn attribute(&self, node: NodeRef, value: &Datum, name: &str) -> Datum {
        match &value.kind {
            Kind::Map(map) => match map.entries.get(name) {
                Some(inner) => {
                    let origin = inner.origin.or(value.origin.filter(|_| inner.at.is_none()));
                    Datum { origin, ..inner.clone() }
                }
                None if map.open => Datum::unknown(Reason::Computed),
                None => {
                    let message = format!("There is no `{name}` in this object.");
                    self.fails(node, &[value], message)
                }
            },
            Kind::Instance(symbol) => self.instance_attribute(node, symbol, name),
            Kind::Unknown(unknown) => extended(unknown, name),
            Kind::Null => self.fails(node, &[value], format!("`{name}` is asked of a null value.")),
            _ => self.wrong(node, format!("A value without attributes has no `{name}`.")),
        }
    }

    fn element(&self, node: NodeRef, value: &Datum, index: &Datum) -> Datum {
        match (&value.kind, &index.kind) {
            (Kind::Instance(symbol), _) if symbol.key == Some(Key::Any) => value.clone(),
            (_, Kind::Partial(_) | Kind::Instance(_)) => Datum::unknown(Reason::Computed),
            (_, Kind::Null) => self.wrong(node, "An index must not be null."),
            (Kind::Unknown(unknown), Kind::Number(number)) => {
                extended(unknown, &number.to_string())
            }
            (_, Kind::Unknown(unknown)) | (Kind::Unknown(unknown), _) => undecided(unknown),
            (Kind::List(list), _) => {
                let position = match &index.kind {
                    Kind::Number(number) => number.to_i64(),
                    Kind::Text(text) => text.parse().ok(),
                    _ => None,
                };
                let Some(position) = position else {
                    return self.wrong(node, "The index of a list must be a whole number.");
                };
                let placed = list.open.unwrap_or(list.items.len());
                match usize::try_from(position).ok().filter(|at| *at < placed) {
                    Some(at) => list.items[at].clone(),
                    None if list.open.is_some() && position >= 0 => {
                        Datum::unknown(Reason::Instances)
                    }
                    None => {
                        self.fails(node, &[value, index], "This list has no element at that index.")
                    }
                }
            }
            (Kind::Map(_) | Kind::Instance(_), Kind::Text(key)) => self.attribute(node, value, key),
            (Kind::Map(_), Kind::Number(key)) => self.attribute(node, value, &key.to_string()),
            (Kind::Map(_), Kind::Bool(key)) => self.attribute(node, value, &key.to_string()),
            (Kind::Null, _) => self.fails(node, &[value], "An element is asked of a null value."),
            _ => self.wrong(node, "This value has no elements."),
        }
    }

    /// The value of an attribute of a resource instance, or an output of a module instance.
    pub(super) fn instance_attribute(
        &self,
        node: NodeRef,
        symbol: &Arc<Symbol>,
        name: &str,
    ) -> Datum {
        let Some(block) = self.configuration.block(symbol.block) else {
            return Datum::unknown(Reason::Invalid);
        };
        let category = block.block().map(|block| block.category);
        if category == Some(Category::Module) {
            return match self.child(symbol.module, block, symbol.key.as_ref()) {
                Some(child) => self.output(node, child, name),
                None => Datum::unknown(Reason::RemoteModule),
            };
        }
        let attribute = Symbol { path: name.into(), ..(**symbol).clone() };
        let state = self.attributes.borrow().get(&attribute).cloned();
        match state {
            Some(State::Done(value)) => return value,
            Some(State::Working) => {
                return self.wrong(node, "This value depends on itself.");
            }
            None => {}
        }
        self.attributes.borrow_mut().insert(attribute.clone(), State::Working);
        let written = self.written_attribute(symbol, name);
        let value = match written {
            Some(value) if !value.is_null() => value,
            _ => self.derived_attribute(symbol, name).unwrap_or_else(|| {
                let reason = match category {
                    _ if symbol.key == Some(Key::Any) => Reason::Instances,
                    Some(Category::Data) => Reason::DataSource,
                    _ => Reason::Computed,
                };
                Datum::from(Unknown { reason, symbol: Some(Arc::new(attribute.clone())) })
            }),
        };
        let value = self.planned_attribute(&attribute, value);
        self.attributes.borrow_mut().insert(attribute, State::Done(value.clone()));
        value
    }

    /// What the configuration of an instance says of an attribute.
    fn written_attribute(&self, symbol: &Symbol, name: &str) -> Option<Datum> {
        let scope = self.scope_of(symbol)?;
        let body = symbol.block;
        let mut value = self.entry(body, name).map(|value| self.eval(value, &scope));
        for one in self.dynamic(body, &scope) {
            if one.name == name {
                value = Some(self.with_blocks(value, &one));
            }
        }
        value
    }

    /// Adds the blocks that a `dynamic` block makes to those before it.
    pub(super) fn with_blocks(&self, before: Option<Datum>, one: &Dynamic<'_>) -> Datum {
        let mut list = match before.map(|before| before.kind) {
            Some(Kind::List(list)) => (*list).clone(),
            _ => List::default(),
        };
        if one.open {
            list.open.get_or_insert(list.items.len());
        }
        let contents = one.contents.iter();
        list.items.extend(contents.map(|(content, scope)| self.block(*content, scope)));
        Datum::new(Kind::List(Arc::new(list)))
    }

    /// A block as an object: what is written, and whatever the provider adds.
    pub(super) fn block(&self, body: NodeRef, scope: &Scope) -> Datum {
        let NodeKind::Map { entries, .. } = &self.syntax(body).kind else {
            return self.eval(body, scope);
        };
        let mut map = Map { open: true, ..Map::default() };
        let file = self.file(body);
        for entry in entries {
            let name = file.text(&entry.key);
            if name != "dynamic" && !name.is_empty() {
                let value = self.eval(NodeRef { file: body.file, node: entry.value }, scope);
                map.entries.insert(name.into(), value);
            }
        }
        for one in self.dynamic(body, scope) {
            let before = map.entries.remove(one.name);
            map.entries.insert(one.name.into(), self.with_blocks(before, &one));
        }
        Datum { at: Some(body), ..Datum::new(Kind::Map(Arc::new(map))) }
    }

    /// A resource or module instance as an object with all that is written.
    pub(super) fn materialised(&self, symbol: &Arc<Symbol>) -> Datum {
        let Some(block) = self.configuration.block(symbol.block) else {
            return Datum::unknown(Reason::Invalid);
        };
        let mut map = Map { open: true, ..Map::default() };
        if block.block().is_some_and(|block| block.category == Category::Module) {
            let Some(child) = self.child(symbol.module, block, symbol.key.as_ref()) else {
                return Datum::unknown(Reason::RemoteModule);
            };
            map.open = false;
            let declared = self.module(child).declared;
            for name in declared.outputs.keys() {
                map.entries.insert((*name).into(), self.output(symbol.block, child, name));
            }
            return Datum::new(Kind::Map(Arc::new(map)));
        }
        let NodeKind::Map { entries, .. } = &self.syntax(symbol.block).kind else {
            return Datum::unknown(Reason::Invalid);
        };
        let file = self.file(symbol.block);
        for entry in entries {
            let name = file.text(&entry.key);
            if !super::body::is_meta(name) && name != "dynamic" && !name.is_empty() {
                let value = self.instance_attribute(symbol.block, symbol, name);
                map.entries.insert(name.into(), value);
            }
        }
        Datum::new(Kind::Map(Arc::new(map)))
    }
}

/// An attribute of something unknown: still a certain attribute if the whole was one.
fn extended(unknown: &Unknown, name: &str) -> Datum {
    let symbol = unknown.symbol.as_ref().map(|symbol| {
        let path = format!("{}.{name}", symbol.path);
        Arc::new(Symbol { path: path.into(), ..(**symbol).clone() })
    });
    Datum::from(Unknown { reason: unknown.reason, symbol })
}
