//! What each module folder declares, by name, and which modules call which.

use super::Listings;
use super::vendored::Vendored;
use super::{is_values, local_source};
use crate::input::file::File;
use crate::input::tree::NodeKind;
use crate::model::cursor::{Cursor, Shape};
use crate::model::datum::Datum;
use crate::model::resource::{Block, Category, Resource};
use crate::model::value::NodeRef;
use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// The blocks of one module folder.
#[derive(Debug, Default)]
pub struct Declared<'a> {
    /// The folder, from the project root.
    pub folder: &'a str,
    /// Every block in file order.
    pub blocks: Vec<&'a Resource>,
    /// `variable` blocks by name.
    pub variables: HashMap<&'a str, NodeRef>,
    /// Values of `locals` by name.
    pub locals: HashMap<&'a str, NodeRef>,
    /// `output` blocks by name.
    pub outputs: HashMap<&'a str, NodeRef>,
    /// `module` blocks by name.
    pub calls: HashMap<&'a str, &'a Resource>,
    /// `resource` and `data` blocks by category, type and name.
    pub resources: HashMap<(Category, &'a str, &'a str), &'a Resource>,
    /// Files of variable values by path.
    pub values: BTreeMap<&'a str, NodeRef>,
}

/// All modules of a project.
#[derive(Debug)]
pub struct Configuration<'a> {
    /// Every file of the run.
    pub files: &'a [File],
    /// Module folders.
    pub folders: BTreeMap<&'a str, Declared<'a>>,
    /// Folders by the local folders they call.
    pub calls: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Modules that were fetched before.
    pub vendored: &'a Vendored,
    /// What the folders hold that `fileset` looks into.
    pub listings: &'a Listings,
    blocks: HashMap<NodeRef, &'a Resource>,
    defaults: HashMap<NodeRef, Shared>,
    overrides: HashMap<NodeRef, Vec<NodeRef>>,
}

/// The default of a variable where it is the same in every root, once it is known.
type Shared = OnceLock<Option<Datum>>;

impl<'a> Declared<'a> {
    /// Takes a block in.
    fn add(&mut self, file: &'a File, resource: &'a Resource, block: &'a Block) {
        let name = block.name.as_str();
        self.blocks.push(resource);
        match block.category {
            Category::Variable => {
                self.variables.insert(name, resource.node);
            }
            Category::Output => {
                self.outputs.insert(name, resource.node);
            }
            Category::Module => {
                self.calls.insert(name, resource);
            }
            Category::Managed | Category::Data => {
                self.resources.insert((block.category, &block.kind, name), resource);
            }
            Category::Locals => {
                if let NodeKind::Map { entries, .. } = &file.node(resource.node.node).kind {
                    self.locals.extend(entries.iter().map(|entry| {
                        let value = NodeRef { file: file.id, node: entry.value };
                        (file.text(&entry.key), value)
                    }));
                }
            }
            Category::Values => {
                self.values.insert(&file.source.path, resource.node);
            }
            Category::Provider | Category::Settings => {}
        }
    }

    /// The block of the same kind and name that was declared before.
    fn same(&self, block: &Block) -> Option<NodeRef> {
        let name = block.name.as_str();
        match block.category {
            Category::Variable => self.variables.get(name).copied(),
            Category::Output => self.outputs.get(name).copied(),
            Category::Module => self.calls.get(name).map(|call| call.node),
            Category::Managed | Category::Data => {
                let key = (block.category, block.kind.as_str(), name);
                self.resources.get(&key).map(|resource| resource.node)
            }
            _ => None,
        }
    }

    /// Whether the folder looks like a module that others call rather than one to be applied: it
    /// configures no provider, no backend and no values.
    pub fn is_library(&self, files: &[File]) -> bool {
        !self.values.keys().any(|path| is_automatic(path))
            && !self.blocks.iter().any(|block| match block.block().map(|block| block.category) {
                Some(Category::Provider) => true,
                Some(Category::Settings) => {
                    let body = Cursor::node(files, block.node);
                    let state = [body.key("backend"), body.key("cloud")];
                    state.iter().any(|state| state.shape() != Shape::Absent)
                }
                _ => false,
            })
    }
}

impl<'a> Configuration<'a> {
    /// Sorts the blocks of a project into modules.
    pub fn new(
        files: &'a [File],
        resources: &'a [Resource],
        vendored: &'a Vendored,
        listings: &'a Listings,
    ) -> Self {
        let hidden = hidden(files);
        let mut folders: BTreeMap<&str, Declared<'_>> = BTreeMap::new();
        let (mut blocks, mut overrides) = (HashMap::new(), HashMap::<_, Vec<_>>::default());
        let mut defaults = HashMap::new();
        let by_file = resources.chunk_by(|one, other| one.node.file == other.node.file);
        let by_file = by_file.filter(|some| some.iter().any(|one| one.block().is_some()));
        let by_file = by_file.map(|some| (&files[some[0].node.file.0 as usize], some));
        let by_file = by_file.filter(|(file, _)| !hidden.contains(file.source.path.as_str()));
        // Override files come last.
        let (later, ordinary): (Vec<_>, Vec<_>) = by_file.partition(|(file, _)| is_override(file));
        let ordinary = ordinary.into_iter().map(|part| (part, false));
        for ((file, some), is_override) in
            ordinary.chain(later.into_iter().map(|part| (part, true)))
        {
            let declared = folders.entry(file.folder()).or_default();
            declared.folder = file.folder();
            for resource in some {
                let Some(block) = resource.block() else { continue };
                if let Some(base) = declared.same(block).filter(|_| is_override) {
                    overrides.entry(base).or_default().push(resource.node);
                    continue;
                }
                blocks.insert(resource.node, resource);
                if block.category == Category::Variable {
                    defaults.insert(resource.node, Shared::new());
                }
                declared.add(file, resource, block);
            }
        }
        let mut calls: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (folder, declared) in &folders {
            for call in declared.calls.values() {
                let target = local_source(folder, Cursor::node(files, call.node));
                if let Some((target, _)) = target.and_then(|to| folders.get_key_value(to.as_str()))
                {
                    calls.entry(folder).or_default().insert(target);
                }
            }
        }
        Self { files, folders, calls, vendored, listings, blocks, defaults, overrides }
    }

    /// The blocks of override files that change the block at a node, the strongest last.
    pub fn overrides(&self, node: NodeRef) -> &[NodeRef] {
        self.overrides.get(&node).map_or(&[], Vec::as_slice)
    }

    /// What a variable's default is in every root, by its block: none where it is not the same.
    /// `compute` says so when it is asked for first.
    pub fn default(
        &self,
        variable: NodeRef,
        compute: impl FnOnce() -> Option<Datum>,
    ) -> Option<Datum> {
        match self.defaults.get(&variable) {
            Some(known) => known.get_or_init(compute).clone(),
            None => compute(),
        }
    }

    /// The block at a node.
    pub fn block(&self, node: NodeRef) -> Option<&'a Resource> {
        self.blocks.get(&node).copied()
    }

    /// Visits every folder that is to be judged in its own right: first those of `starts`, for which
    /// the second argument is true, then those whose calls came to nothing. A visit says which
    /// folders it instantiated.
    pub fn visit<T: Send>(
        &self,
        visit: impl Fn(&'a str, bool) -> (T, BTreeSet<String>) + Sync,
    ) -> Vec<T> {
        self.visit_others(BTreeSet::new(), visit)
    }

    /// As `visit`, but for the folders that are done already.
    pub fn visit_others<T: Send>(
        &self,
        mut done: BTreeSet<String>,
        visit: impl Fn(&'a str, bool) -> (T, BTreeSet<String>) + Sync,
    ) -> Vec<T> {
        let mut results = Vec::new();
        let (mut next, mut first) = (self.starts(), true);
        next.retain(|folder| !done.contains(*folder));
        if next.is_empty() {
            (next, first) = (self.leftovers(&done.iter().map(String::as_str).collect()), false);
        }
        while !next.is_empty() {
            let round: Vec<_> = next.par_iter().map(|folder| visit(folder, first)).collect();
            done.extend(next.iter().map(|folder| (*folder).to_owned()));
            for (result, instantiated) in round {
                results.push(result);
                done.extend(instantiated);
            }
            next = self.leftovers(&done.iter().map(String::as_str).collect());
            first = false;
        }
        results
    }

    /// Folders that are judged in their own right before it is known which calls come about: those
    /// that nobody calls, or only examples and tests do.
    fn starts(&self) -> Vec<&'a str> {
        let ordinary = self.calls.iter().filter(|(caller, _)| !is_trial(caller));
        let called: BTreeSet<&str> = ordinary
            .flat_map(|(caller, targets)| targets.iter().filter(move |target| *target != caller))
            .copied()
            .collect();
        self.judged().filter(|folder| !called.contains(folder)).collect()
    }

    /// Of the folders that were neither judged nor instantiated, those to judge next: callers come
    /// before the modules they call.
    fn leftovers(&self, done: &BTreeSet<&str>) -> Vec<&'a str> {
        let left: BTreeSet<&str> = self.judged().filter(|folder| !done.contains(folder)).collect();
        let called: BTreeSet<&str> = left
            .iter()
            .flat_map(|caller| {
                let targets = self.calls.get(caller).into_iter().flatten();
                targets.filter(move |target| *target != caller)
            })
            .copied()
            .collect();
        let mut next: Vec<&'a str> =
            self.judged().filter(|f| left.contains(f) && !called.contains(f)).collect();
        if next.is_empty() {
            // Modules that call each other: one of them starts.
            next.extend(self.judged().find(|folder| left.contains(folder)));
        }
        next
    }

    fn judged(&self) -> impl Iterator<Item = &'a str> + '_ {
        // What others wrote is judged only as far as it is called.
        self.folders.keys().copied().filter(|folder| !folder.split('/').any(|p| p == ".terraform"))
    }
}

/// Whether a folder only tries modules out.
fn is_trial(folder: &str) -> bool {
    folder.split('/').any(|part| {
        matches!(part, "example" | "examples" | "test" | "tests" | "wrapper" | "wrappers")
    })
}

/// Whether the blocks of a file change others of the same name.
fn is_override(file: &File) -> bool {
    let path = file.source.path.as_str();
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    !is_values(path) && (stem == "override" || stem.ends_with("_override"))
}

/// `OpenTofu` reads `a.tofu` instead of `a.tf` of the same folder.
fn hidden(files: &[File]) -> BTreeSet<String> {
    let mut hidden = BTreeSet::new();
    for file in files {
        let path = &file.source.path;
        for (mine, other) in [(".tofu", ".tf"), (".tofu.json", ".tf.json")] {
            if let Some(stem) = path.strip_suffix(mine) {
                hidden.insert(format!("{stem}{other}"));
            }
        }
    }
    hidden
}

/// Whether Terraform loads a file of values without being told to.
pub fn is_automatic(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_values(path)
        && (name == "terraform.tfvars"
            || name == "terraform.tfvars.json"
            || name.ends_with(".auto.tfvars")
            || name.ends_with(".auto.tfvars.json"))
}
