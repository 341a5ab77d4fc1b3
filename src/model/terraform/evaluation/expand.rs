//! `count`, `for_each` and `dynamic`: how many there are of a block, and what tells them apart.

use super::{Evaluation, MAX_INSTANCES, Repetition, Scope};
use crate::input::tree::NodeKind;
use crate::model::datum::{Datum, Key, Kind, List, Map, Reason, Symbol};
use crate::model::resource::Resource;
use crate::model::value::NodeRef;
use foldhash::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// The instances of a block.
pub(super) struct Expansion {
    /// Keys and what `each` or `count` mean in them.
    pub instances: Vec<(Option<Key>, Repetition)>,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Single,
    Count,
    Each,
}

/// The blocks that one `dynamic` block makes.
pub(super) struct Dynamic<'a> {
    /// What they are; empty if that cannot be told.
    pub name: &'a str,
    /// The `content` block and the scope of each.
    pub contents: Vec<(NodeRef, Scope)>,
    /// Whether there may be more.
    pub open: bool,
    /// The `dynamic` block.
    pub node: NodeRef,
}

impl<'a> Evaluation<'a> {
    /// The instances of a resource or of a module call.
    pub(super) fn expansion(&self, module: u32, block: &Resource) -> Rc<Expansion> {
        let address = (module, block.node);
        if let Some(known) = self.expansions.borrow().get(&address) {
            return known.clone();
        }
        // A block whose number depends on itself has an unknown number of instances.
        let open = || Repetition::Count(Datum::unknown(Reason::Instances));
        let working = Expansion { instances: vec![(Some(Key::Any), open())], form: Form::Count };
        self.expansions.borrow_mut().insert(address, Rc::new(working));
        let scope = Scope::of(module);
        let expansion = if let Some(count) = self.entry(block.node, "count") {
            self.counted(count, &scope)
        } else if let Some(each) = self.entry(block.node, "for_each") {
            self.each(each, &scope)
        } else {
            let instances = vec![(None, Repetition::None)];
            Expansion { instances, form: Form::Single }
        };
        let expansion = match self.planned_keys(module, block) {
            Some(keys) => expansion.with_keys(keys),
            None => expansion,
        };
        let expansion = Rc::new(expansion);
        self.expansions.borrow_mut().insert(address, expansion.clone());
        expansion
    }

    fn counted(&self, node: NodeRef, scope: &Scope) -> Expansion {
        let value = self.eval(node, scope);
        let count = match &value.kind {
            Kind::Number(number) => number.to_i64().filter(|count| *count >= 0),
            Kind::Text(text) => text.parse().ok().filter(|count: &i64| *count >= 0),
            // `count = var.enabled` was allowed once.
            Kind::Bool(_) | Kind::Null | Kind::Map(_) | Kind::List(_) | Kind::Set(_) => None,
            _ => return Expansion::unknown(Form::Count),
        };
        let Some(count) = count else {
            let message = "`count` must be a whole number that is not negative.";
            self.fails(node, &[&value], message);
            return Expansion::unknown(Form::Count);
        };
        if !self.room(node, usize::try_from(count).unwrap_or(usize::MAX)) {
            return Expansion::unknown(Form::Count);
        }
        let instances = (0..count).map(|index| {
            (Some(Key::Index(index.unsigned_abs())), Repetition::Count(Datum::int(index)))
        });
        Expansion { instances: instances.collect(), form: Form::Count }
    }

    fn each(&self, node: NodeRef, scope: &Scope) -> Expansion {
        let value = self.eval(node, scope);
        let mut expansion = Expansion { instances: Vec::new(), form: Form::Each };
        let listed = match &value.kind {
            Kind::Map(_) | Kind::Set(_) | Kind::Instance(_) => self.elements(&value),
            Kind::Unknown(_) => return Expansion::unknown(Form::Each),
            Kind::Null => {
                self.fails(node, &[&value], "`for_each` must not be null.");
                return Expansion::unknown(Form::Each);
            }
            // Beside a set whose type is not known here, an empty tuple is an empty set.
            Kind::List(list) if list.items.is_empty() && list.open.is_none() => return expansion,
            _ => {
                self.wrong(node, "`for_each` takes a map or a set of texts.");
                return Expansion::unknown(Form::Each);
            }
        };
        let Some((listed, mut open)) = listed else { return Expansion::unknown(Form::Each) };
        if !self.room(node, listed.len()) {
            return Expansion::unknown(Form::Each);
        }
        for (key, value) in listed {
            match &key.kind {
                Kind::Text(name) => {
                    let name = Key::Name(name.clone());
                    expansion.instances.push((Some(name), Repetition::Each(key, value)));
                }
                Kind::Unknown(_) | Kind::Partial(_) => open = true,
                _ => {
                    self.wrong(node, "`for_each` takes a map or a set of texts.");
                    open = true;
                }
            }
        }
        if open {
            let unknown = Datum::unknown(Reason::Instances);
            let each = Repetition::Each(unknown.clone(), unknown);
            expansion.instances.push((Some(Key::Any), each));
        }
        expansion
    }

    /// Whether so many instances more may be looked at.
    fn room(&self, node: NodeRef, more: usize) -> bool {
        let total = self.instances.get().saturating_add(more);
        if total > MAX_INSTANCES {
            let message = format!(
                "This makes more than {MAX_INSTANCES} instances in one root module; they are judged as one."
            );
            self.beyond(node, message);
            return false;
        }
        self.instances.set(total);
        true
    }

    /// What a reference to a resource or module call gives: its instance or instances.
    pub(super) fn instances(&self, module: u32, block: &'a Resource) -> Datum {
        let expansion = self.expansion(module, block);
        let instance = |key: &Option<Key>| {
            let path = Arc::default();
            let symbol = Symbol { module, block: block.node, key: key.clone(), path };
            Datum::new(Kind::Instance(Arc::new(symbol)))
        };
        if let [(key @ (None | Some(Key::Any)), _)] = expansion.instances.as_slice() {
            return instance(key);
        }
        if expansion.form == Form::Count {
            let items = expansion.instances.iter().map(|(key, _)| instance(key)).collect();
            return Datum::new(Kind::List(Arc::new(List { items, open: None })));
        }
        let mut map = Map::default();
        for (key, _) in &expansion.instances {
            match key {
                Some(Key::Name(name)) => {
                    map.entries.insert(name.clone(), instance(key));
                }
                _ => map.open = true,
            }
        }
        Datum::new(Kind::Map(Arc::new(map)))
    }

    /// What a reference to a module call gives.
    pub(super) fn called(&self, module: u32, name: &str) -> Datum {
        match self.module(module).declared.calls.get(name) {
            Some(call) => self.instances(module, call),
            None => Datum::unknown(Reason::RemoteModule),
        }
    }

    /// The scope that an instance's configuration is evaluated in.
    pub(super) fn scope_of(&self, symbol: &Symbol) -> Option<Scope> {
        let block = self.configuration.block(symbol.block)?;
        let expansion = self.expansion(symbol.module, block);
        let (_, repetition) = expansion.instances.iter().find(|(key, _)| *key == symbol.key)?;
        Some(Scope { repetition: repetition.clone(), ..Scope::of(symbol.module) })
    }

    /// The blocks that the `dynamic` blocks of a body make.
    pub(super) fn dynamic(&self, body: NodeRef, scope: &Scope) -> Vec<Dynamic<'a>> {
        let Some(group) = self.entry(body, "dynamic") else { return Vec::new() };
        let at = |node| NodeRef { file: body.file, node };
        let mut found = Vec::new();
        match &self.syntax(group).kind {
            NodeKind::List { items, .. } => {
                for &item in items {
                    self.dynamic_blocks(at(item), scope, &mut found);
                }
            }
            _ => self.dynamic_blocks(group, scope, &mut found),
        }
        found
    }

    /// One `dynamic` block; or in Terraform JSON, where labels are keys, an object of them.
    fn dynamic_blocks(&self, node: NodeRef, scope: &Scope, found: &mut Vec<Dynamic<'a>>) {
        let at = |node_id| NodeRef { file: node.file, node: node_id };
        let NodeKind::Map { entries, labels, .. } = &self.syntax(node).kind else {
            // It may be any block.
            found.push(Dynamic { name: "", contents: Vec::new(), open: true, node });
            return;
        };
        if let Some((label, _)) = labels.first() {
            found.push(self.unrolled(self.text(node, label), node, scope));
            return;
        }
        for entry in entries {
            let name = self.text(node, &entry.key);
            match &self.syntax(at(entry.value)).kind {
                NodeKind::List { items, .. } => {
                    found.extend(items.iter().map(|&item| self.unrolled(name, at(item), scope)));
                }
                _ => found.push(self.unrolled(name, at(entry.value), scope)),
            }
        }
    }

    fn unrolled(&self, name: &'a str, node: NodeRef, scope: &Scope) -> Dynamic<'a> {
        let mut dynamic = Dynamic { name, contents: Vec::new(), open: true, node };
        let content = self.entry(node, "content").map(|content| match &self.syntax(content).kind {
            NodeKind::List { items, .. } => {
                items.first().map_or(content, |&node| NodeRef { file: content.file, node })
            }
            _ => content,
        });
        let (Some(content), Some(each)) = (content, self.entry(node, "for_each")) else {
            return dynamic;
        };
        let iterator = self.entry(node, "iterator").map(|iterator| {
            let file = self.file(iterator);
            file.source.slice(file.node(iterator.node).span).trim_matches('"')
        });
        let collection = self.eval(each, scope);
        let Some((elements, open)) = self.elements(&collection) else {
            match collection.kind {
                Kind::Unknown(_) => {}
                Kind::Null => {
                    self.fails(each, &[&collection], "`for_each` must not be null.");
                }
                _ => {
                    self.wrong(each, "`for_each` takes a list, a set or a map.");
                }
            }
            return dynamic;
        };
        if !self.room(each, elements.len()) {
            return dynamic;
        }
        dynamic.open = open;
        for (key, value) in elements {
            let parts = [("key".into(), key), ("value".into(), value)];
            let element = Datum::map(parts.into_iter().collect());
            dynamic.contents.push((content, scope.with(iterator.unwrap_or(name), element)));
        }
        dynamic
    }
}

impl Expansion {
    /// These instances instead, each as it was evaluated.
    fn with_keys(self, keys: Vec<Option<Key>>) -> Self {
        let form = match keys.first() {
            None => self.form,
            Some(None) => Form::Single,
            Some(Some(Key::Index(_))) => Form::Count,
            Some(Some(Key::Name(_) | Key::Any)) => Form::Each,
        };
        let mut known: HashMap<Option<Key>, Repetition> = self.instances.into_iter().collect();
        let instances = keys.into_iter().map(|key| {
            let repetition = known.remove(&key).unwrap_or_else(|| match &key {
                None => Repetition::None,
                Some(Key::Index(index)) => {
                    Repetition::Count(Datum::int(i64::try_from(*index).unwrap_or(i64::MAX)))
                }
                Some(Key::Name(name)) => {
                    let value = Datum::unknown(Reason::Instances);
                    Repetition::Each(Datum::text(name.clone()), value)
                }
                Some(Key::Any) => Repetition::Count(Datum::unknown(Reason::Instances)),
            });
            (key, repetition)
        });
        Self { instances: instances.collect(), form }
    }

    fn unknown(form: Form) -> Self {
        let unknown = Datum::unknown(Reason::Instances);
        let repetition = match form {
            Form::Each => Repetition::Each(unknown.clone(), unknown),
            Form::Count | Form::Single => Repetition::Count(unknown),
        };
        Self { instances: vec![(Some(Key::Any), repetition)], form }
    }
}

impl Key {
    /// As it stands in an address: `[0]`, `["eu"]`, `[*]`.
    pub fn suffix(&self) -> String {
        match self {
            Key::Index(index) => format!("[{index}]"),
            Key::Name(name) => format!("[{name:?}]"),
            Key::Any => "[*]".to_owned(),
        }
    }
}
