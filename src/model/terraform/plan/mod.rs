//! Terraform plans as `terraform show -json` writes them: the resources that will be, with the
//! values Terraform computed for them.
//!
//! Source of the semantics: Terraform documentation, "JSON Output Format", format versions 1.x.

pub mod address;
mod document;
mod overlay;
mod references;
mod standalone;

use super::declared::Configuration;
use crate::input::file::{File, Language, folder};
use crate::input::source::{Place, Span};
use crate::input::tree::NodeId;
use crate::model::datum::{Datum, Key, Kind, Reason};
use crate::model::resource::{Block, Category};
use crate::model::value::NodeRef;
use address::Step;
use document::{Document, Hidden};
use std::collections::{HashMap, HashSet};

pub use overlay::{overlay, unwritten};
pub use standalone::resources;

/// Byte strings that every plan holds.
pub const MARKS: [&[u8]; 2] = [b"\"format_version\"", b"\"terraform_version\""];

/// What the label of a place in a plan says.
pub const ORIGIN: &str = "planned here";

/// A plan.
pub struct Plan<'a> {
    document: Document<'a>,
    /// The instances of resources and data sources that will be.
    pub instances: Vec<Planned>,
    /// Indexes of instances by their address without the key.
    resources: HashMap<String, Vec<usize>>,
    /// The keys of module instances by the address of the call.
    calls: HashMap<String, Vec<Option<Key>>>,
    /// What the configuration said of resources, by the names of the calls that lead to them and
    /// their address.
    declared: HashMap<String, NodeId>,
    /// Whether what the plan does not hold does not exist.
    complete: bool,
    variables: HashMap<&'a str, Datum>,
}

/// A resource instance of a plan.
pub struct Planned {
    /// Its values.
    pub node: NodeRef,
    /// Its address.
    pub header: Place,
    /// What it is.
    pub block: Block,
    /// The module instances that lead to it.
    pub steps: Vec<Step>,
    /// The key of `count` or `for_each`.
    pub key: Option<Key>,
    /// Whether it is to be created.
    pub fresh: bool,
    /// Its attributes: as they will be, null where nobody gave a value.
    pub value: Datum,
}

impl Planned {
    /// The address of the instance.
    pub fn address(&self) -> String {
        let suffix = self.key.as_ref().map_or_else(String::new, Key::suffix);
        format!("{}{}{suffix}", address::prefix(&self.steps), self.block.address())
    }
}

/// Whether a file is a plan. An error says where and why it cannot be taken.
pub fn recognise(file: &File) -> Result<bool, (Span, String)> {
    let document = Document { file };
    let Some(root) = document.root() else { return Ok(false) };
    let versions = ["format_version", "terraform_version"].map(|key| document.get(root, key));
    let [Some(version), Some(_)] = versions else { return Ok(false) };
    // The state has `values` instead.
    if document.get(root, "values").is_some() {
        return Ok(false);
    }
    if is_broken(file) {
        return Ok(true);
    }
    let Some(planned) = document.get(root, "planned_values") else { return Ok(false) };
    let span = |node: NodeId| file.node(node).span;
    let major = document.text(version).and_then(|version| version.split('.').next());
    if major != Some("1") {
        let written = file.source.slice(span(version));
        let shown: String = written.trim_matches('"').chars().take(20).collect();
        let message = format!(
            "This plan has the format version `{shown}`; versions 1.x are read (Terraform 1.1 and later)."
        );
        return Err((span(version), message));
    }
    let modules = document.get(planned, "root_module");
    if !document.is_map(planned) || modules.is_some_and(|module| !document.is_map(module)) {
        let message = "The `planned_values` of this plan are not in the documented form.";
        return Err((file.node(planned).header, message.to_owned()));
    }
    Ok(true)
}

fn is_broken(file: &File) -> bool {
    file.faults.iter().any(|fault| !fault.warning)
}

/// The plans among files.
pub fn plans(files: &[File]) -> Vec<Plan<'_>> {
    let plans = files.iter().filter(|file| file.language == Language::Plan && !is_broken(file));
    plans.filter(|file| recognise(file) == Ok(true)).filter_map(Plan::read).collect()
}

/// What a plan changes about an instance.
#[derive(Default)]
struct Change {
    gone: bool,
    fresh: bool,
    unknown: Option<NodeId>,
    sensitive: Option<NodeId>,
}

impl<'a> Plan<'a> {
    fn read(file: &'a File) -> Option<Self> {
        let document = Document { file };
        let root = document.root()?;
        let truth = |key: &str| {
            let node = document.get(root, key)?;
            Some(document.literal(node)? == "true")
        };
        let mut plan = Self {
            document,
            instances: Vec::new(),
            resources: HashMap::new(),
            calls: HashMap::new(),
            declared: HashMap::new(),
            complete: truth("complete").unwrap_or(true) && !truth("errored").unwrap_or(false),
            variables: HashMap::new(),
        };
        if let Some(module) = document.path(root, &["configuration", "root_module"]) {
            plan.declare(module, "");
        }
        let changes = plan.changes(root);
        if let Some(module) = document.path(root, &["planned_values", "root_module"]) {
            plan.collect(module, &changes, false);
        }
        if let Some(module) = document.path(root, &["prior_state", "values", "root_module"]) {
            plan.collect(module, &changes, true);
        }
        for (name, value) in
            document.get(root, "variables").map_or_else(Vec::new, |all| document.entries(all))
        {
            let keys = ["configuration", "root_module", "variables", name, "sensitive"];
            let secret = document.path(root, &keys).into_iter().collect();
            if let Some(value) = document.get(value, "value") {
                let hidden = Hidden { unknown: None, sensitive: secret };
                plan.variables.insert(name, document.datum(value, &hidden));
            }
        }
        Some(plan)
    }

    /// The resources of the configuration.
    fn declare(&mut self, module: NodeId, path: &str) {
        let document = self.document;
        for &resource in document.get(module, "resources").map_or(&[][..], |l| document.items(l)) {
            if let Some(address) = document.word(resource, "address") {
                self.declared.insert(format!("{path}|{address}"), resource);
            }
        }
        for (name, call) in document
            .get(module, "module_calls")
            .map_or_else(Vec::new, |calls| document.entries(calls))
        {
            if let Some(module) = document.get(call, "module") {
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                self.declare(module, &path);
            }
        }
    }

    /// Changes by address; those of objects that only await their deletion do not count.
    fn changes(&self, root: NodeId) -> HashMap<&'a str, Change> {
        let document = self.document;
        let mut found = HashMap::new();
        for &entry in
            document.get(root, "resource_changes").map_or(&[][..], |list| document.items(list))
        {
            let (Some(address), Some(change)) =
                (document.word(entry, "address"), document.get(entry, "change"))
            else {
                continue;
            };
            if document.get(entry, "deposed").is_some() {
                continue;
            }
            let actions = document.get(change, "actions").map_or(&[][..], |l| document.items(l));
            let words: Vec<_> = actions.iter().filter_map(|&word| document.text(word)).collect();
            let gone = matches!(words.as_slice(), ["delete" | "forget"]);
            let fresh = words.contains(&"create");
            let unknown = document.get(change, "after_unknown");
            let sensitive = document.get(change, "after_sensitive");
            found.insert(address, Change { gone, fresh, unknown, sensitive });
        }
        found
    }

    /// The instances of a module and of those inside it; of what was there before only data sources.
    fn collect(&mut self, module: NodeId, changes: &HashMap<&'a str, Change>, before: bool) {
        let document = self.document;
        let Some(steps) = address::steps(document.word(module, "address").unwrap_or_default())
        else {
            return;
        };
        if let Some(((name, key), parents)) = steps.split_last() {
            let call = format!("{}module.{name}", address::prefix(parents));
            let keys = self.calls.entry(call).or_default();
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        for &resource in document.get(module, "resources").map_or(&[][..], |l| document.items(l)) {
            self.instance(resource, &steps, changes, before);
        }
        for &child in document.get(module, "child_modules").map_or(&[][..], |l| document.items(l)) {
            self.collect(child, changes, before);
        }
    }

    fn instance(
        &mut self,
        resource: NodeId,
        steps: &[Step],
        changes: &HashMap<&'a str, Change>,
        before: bool,
    ) -> Option<()> {
        let document = self.document;
        let category = match document.word(resource, "mode")? {
            "managed" if !before => Category::Managed,
            "data" => Category::Data,
            _ => return None,
        };
        let named = document.get(resource, "address")?;
        let address = document.text(named)?;
        let change = changes.get(address);
        // Left out where nothing is known.
        let values = document.get(resource, "values");
        if values.is_some_and(|values| !document.is_map(values)) {
            return None;
        }
        if change.is_some_and(|change| change.gone) {
            return None;
        }
        let name = |key| document.word(resource, key).map(str::to_owned);
        let block = Block { category, kind: name("type")?, name: name("name")? };
        let key = match document.get(resource, "index") {
            Some(index) => Some(match document.text(index) {
                Some(name) => Key::Name(name.into()),
                None => Key::Index(document.literal(index)?.parse().ok()?),
            }),
            None => None,
        };
        let own = document.get(resource, "sensitive_values");
        let sensitive = own.into_iter().chain(change.and_then(|change| change.sensitive)).collect();
        let hidden = Hidden { unknown: change.and_then(|change| change.unknown), sensitive };
        let same = format!("{}{}", address::prefix(steps), block.address());
        let known = self.resources.entry(same).or_default();
        if known.iter().any(|&at| self.instances[at].key == key) {
            return None;
        }
        known.push(self.instances.len());
        self.instances.push(Planned {
            node: document.at(values.unwrap_or(resource)),
            header: document.place(named),
            block,
            steps: steps.to_vec(),
            key,
            fresh: change.is_some_and(|change| change.fresh),
            value: match values {
                Some(values) => document.datum(values, &hidden),
                None => document.nothing(resource, &hidden),
            },
        });
        Some(())
    }

    /// The plan's path.
    pub fn path(&self) -> &'a str {
        &self.document.file.source.path
    }

    /// The whole document.
    pub fn node(&self) -> Option<NodeRef> {
        self.document.root().map(|root| self.document.at(root))
    }

    /// The folder of the root module that was planned, if it is at hand: the nearest above the plan
    /// that declares something of what the plan's configuration declares.
    pub fn home(&self, configuration: &Configuration<'a>) -> Option<&'a str> {
        let root = self.document.path(self.document.root()?, &["configuration", "root_module"])?;
        let calls = self.document.get(root, "module_calls");
        let calls = calls.map_or_else(Vec::new, |calls| self.document.entries(calls));
        let calls: HashSet<&str> = calls.into_iter().map(|(name, _)| name).collect();
        let mut next = Some(folder(self.path()));
        while let Some(at) = next {
            if let Some((&at, declared)) = configuration.folders.get_key_value(at) {
                let declares = declared.blocks.iter().filter_map(|one| one.block()).any(|block| {
                    match block.category {
                        Category::Module => calls.contains(block.name.as_str()),
                        Category::Managed | Category::Data => {
                            self.declared.contains_key(&format!("|{}", block.address()))
                        }
                        _ => false,
                    }
                });
                if declares {
                    return Some(at);
                }
            }
            next = (!at.is_empty()).then(|| folder(at));
        }
        None
    }

    /// The value of a variable of the root module.
    pub fn variable(&self, name: &str) -> Option<&Datum> {
        self.variables.get(name)
    }

    /// The keys of a block's instances, if the plan says which there are. `prefix` is what addresses
    /// in the module instance begin with, `path` the names of the calls that lead to it.
    pub fn keys(&self, prefix: &str, path: &str, block: &Block) -> Option<Vec<Option<Key>>> {
        let address = format!("{prefix}{}", block.address());
        if block.category == Category::Module {
            return self.calls.get(&address).cloned();
        }
        if let Some(list) = self.resources.get(&address) {
            return Some(list.iter().map(|&at| self.instances[at].key.clone()).collect());
        }
        let planned = self.declared.contains_key(&format!("{path}|{}", block.address()));
        let none = planned && self.complete && block.category == Category::Managed;
        none.then(Vec::new)
    }

    /// An instance by what addresses in its module instance begin with, its block and its key.
    pub fn instance_of(&self, prefix: &str, block: &Block, key: Option<&Key>) -> Option<&Planned> {
        let same = self.resources.get(&format!("{prefix}{}", block.address()))?;
        same.iter().map(|&at| &self.instances[at]).find(|one| one.key.as_ref() == key)
    }

    /// Whether the provider will compute an attribute of which the plan's configuration says nothing:
    /// nobody wrote it, unless a `dynamic` block does, which plans leave out.
    pub fn is_undecided(&self, node: NodeRef, attribute: &str) -> bool {
        let one = self.instances.iter().find(|one| one.node == node);
        one.is_some_and(|one| match &one.value.kind {
            Kind::Map(map) => map.entries.get(attribute).is_some_and(|value| {
                value.as_unknown().is_some_and(|unknown| unknown.reason == Reason::Apply)
                    && self.expression(one, attribute).is_none()
            }),
            _ => false,
        })
    }

    /// What the plan's configuration says of an attribute.
    fn expression(&self, one: &Planned, attribute: &str) -> Option<NodeId> {
        let key = format!("{}|{}", address::path(&one.steps), one.block.address());
        let declared = *self.declared.get(&key)?;
        self.document.path(declared, &["expressions", attribute])
    }
}
