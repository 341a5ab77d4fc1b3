//! Evaluates a root module as Terraform would, without providers, network or state: lazily, each
//! value once, within limits. What cannot be told is unknown and says why.
//!
//! Source of the semantics: Terraform language documentation; HCL native syntax specification.

mod access;
mod body;
mod expand;
mod expression;
mod files;
mod operators;
mod planned;
mod policy;
mod types;
mod variables;

use super::declared::{Configuration, Declared};
use super::plan::{self, Plan};
use super::terragrunt::Unit;
use crate::input::file::{File, encloses};
use crate::input::problem::{Level, Problem};
use crate::input::tree::{Node, NodeKind};
use crate::model::datum::{Datum, Key, Kind, Reason, Symbol};
use crate::model::resource::{Category, Instance, Resource};
use crate::model::value::NodeRef;
use expand::Expansion;
use foldhash::HashMap;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Resource instances of one root beyond this are not looked at.
const MAX_INSTANCES: usize = 50_000;
/// Module instances of one root beyond this are not looked at.
const MAX_MODULES: usize = 10_000;
/// Modules nested deeper are not looked at.
const MAX_NESTING: u32 = 32;
/// Expressions evaluated for one root.
const MAX_STEPS: u64 = 5_000_000;
/// Elements that one `for` goes through.
const MAX_ELEMENTS: usize = 100_000;
/// How deep one expression may lead through others.
const MAX_DEPTH: u32 = 1_000;

/// What a root module evaluates to.
#[derive(Debug, Default)]
pub struct World {
    /// Its resources and those of the modules it calls, instance by instance.
    pub resources: Vec<Resource>,
    /// Expressions that cannot be evaluated, and limits that were reached.
    pub problems: Vec<Problem>,
    /// Folders of the modules that certainly have an instance.
    pub instantiated: BTreeSet<String>,
    /// Sources of modules that are not at hand.
    pub remote: BTreeSet<String>,
    /// How many attributes are known, and why others are not.
    pub knowledge: Knowledge,
}

/// How much of the written attributes is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Knowledge {
    /// Attributes looked at.
    pub attributes: usize,
    /// Those not known through and through, by the first reason.
    pub unknown: BTreeMap<Reason, usize>,
}

/// Values of variables that are given from outside.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Files of values by path, the last one wins.
    pub files: Vec<String>,
    /// Names and texts, stronger than files.
    pub texts: Vec<(String, String)>,
    /// Names and texts of the environment, weaker than every file.
    pub environment: Vec<(String, String)>,
}

/// What is known about a root module beside its files.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// Values that are given to its variables.
    pub given: &'a Given,
    /// What Terraform planned to do with it.
    pub plan: Option<&'a Plan<'a>>,
    /// The Terragrunt unit that it is applied by.
    pub unit: Option<&'a Unit<'a>>,
}

/// One evaluation of one root module.
pub(super) struct Evaluation<'a> {
    configuration: &'a Configuration<'a>,
    files: &'a [File],
    paths: &'a BTreeMap<&'a str, u32>,
    outside: Outside<'a>,
    /// Whether the root module looks like one that others call: no provider, backend or values.
    library: bool,
    modules: RefCell<Vec<Rc<Module<'a>>>>,
    attributes: RefCell<HashMap<Symbol, State>>,
    expansions: RefCell<HashMap<(u32, NodeRef), Rc<Expansion>>>,
    children: RefCell<HashMap<ModuleKey, Option<u32>>>,
    problems: RefCell<Problems>,
    remote: RefCell<BTreeSet<String>>,
    /// Statements of policy documents that others replace.
    replaced: RefCell<BTreeSet<NodeRef>>,
    errors: Cell<u64>,
    quiet: Cell<u32>,
    steps: Cell<u64>,
    depth: Cell<u32>,
    instances: Cell<usize>,
}

/// The module that calls, the call, and the key of the called instance.
type ModuleKey = (u32, NodeRef, Option<Key>);

/// Problems by path and bytes.
type Problems = BTreeMap<(String, u32, u32), Problem>;

/// A module instance.
struct Module<'a> {
    declared: &'a Declared<'a>,
    /// The address that its resources begin with: `module.db["eu"].`; empty for the root.
    prefix: String,
    /// The names of the calls that lead here, joined by dots.
    path: String,
    caller: Option<Caller>,
    /// The innermost call on the way here that stands in a file of the project.
    call: Option<NodeRef>,
    nesting: u32,
    /// Whether all instances on the way here certainly exist.
    certain: bool,
    /// What all of its blocks that are not evaluated share.
    declared_here: OnceCell<Arc<Instance>>,
    variables: RefCell<HashMap<&'a str, State>>,
    locals: RefCell<HashMap<&'a str, State>>,
    outputs: RefCell<HashMap<&'a str, State>>,
}

/// Where a module instance comes from.
struct Caller {
    call: NodeRef,
    scope: Scope,
}

/// A value on its way.
#[derive(Clone)]
enum State {
    Working,
    Done(Datum),
}

/// What names mean at some place.
#[derive(Clone)]
struct Scope {
    module: u32,
    repetition: Repetition,
    names: Option<Rc<Binding>>,
}

/// What `each` and `count` mean.
#[derive(Clone)]
enum Repetition {
    None,
    Count(Datum),
    Each(Datum, Datum),
}

/// A name bound by `for`, `dynamic` or a template.
struct Binding {
    name: Arc<str>,
    value: Datum,
    outer: Option<Rc<Binding>>,
}

impl Scope {
    fn of(module: u32) -> Self {
        Self { module, repetition: Repetition::None, names: None }
    }

    fn with(&self, name: &str, value: Datum) -> Self {
        let outer = self.names.clone();
        let names = Some(Rc::new(Binding { name: name.into(), value, outer }));
        Self { module: self.module, repetition: self.repetition.clone(), names }
    }

    fn bound(&self, name: &str) -> Option<&Datum> {
        let mut at = self.names.as_deref();
        while let Some(binding) = at {
            if &*binding.name == name {
                return Some(&binding.value);
            }
            at = binding.outer.as_deref();
        }
        None
    }
}

/// Evaluates the root module in `folder`.
pub fn evaluate<'a>(
    configuration: &'a Configuration<'a>,
    paths: &'a BTreeMap<&'a str, u32>,
    given: &'a Given,
    folder: &str,
) -> World {
    evaluate_with(configuration, paths, Outside { given, plan: None, unit: None }, folder)
}

/// Evaluates the root module in `folder`, with what else is known about it. The resources of a plan
/// that the configuration does not give come last.
pub fn evaluate_with<'a>(
    configuration: &'a Configuration<'a>,
    paths: &'a BTreeMap<&'a str, u32>,
    outside: Outside<'a>,
    folder: &str,
) -> World {
    let Some(declared) = configuration.folders.get(folder) else { return World::default() };
    let evaluation = Evaluation::new(configuration, paths, outside, declared);
    let mut world = World::default();
    evaluation.walk(0, &mut world);
    for resource in &mut world.resources {
        let replaced = evaluation.replaced.borrow();
        let own = |statement: &&NodeRef| encloses(configuration.files, resource.node, **statement);
        let own: Vec<NodeRef> = replaced.iter().filter(own).copied().collect();
        if !own.is_empty()
            && let Some(instance) = resource.instance.as_mut().and_then(Arc::get_mut)
        {
            instance.replaced = own;
        }
    }
    world.problems = evaluation.problems.into_inner().into_values().collect();
    world.remote = evaluation.remote.into_inner();
    if let Some(plan) = outside.plan {
        let others = plan::resources(plan, &world.resources);
        world.resources.extend(others);
    }
    world
}

/// The outputs of the root module in `folder`.
pub fn outputs<'a>(
    configuration: &'a Configuration<'a>,
    paths: &'a BTreeMap<&'a str, u32>,
    given: &'a Given,
    folder: &str,
) -> BTreeMap<String, Datum> {
    let Some(declared) = configuration.folders.get(folder) else { return BTreeMap::new() };
    let outside = Outside { given, plan: None, unit: None };
    let evaluation = Evaluation::new(configuration, paths, outside, declared);
    let outputs = declared.outputs.iter();
    outputs.map(|(name, node)| ((*name).to_owned(), evaluation.output(*node, 0, name))).collect()
}

impl<'a> Evaluation<'a> {
    /// With the root module as module instance 0.
    fn new(
        configuration: &'a Configuration<'a>,
        paths: &'a BTreeMap<&'a str, u32>,
        outside: Outside<'a>,
        declared: &'a Declared<'a>,
    ) -> Self {
        let root = Module {
            declared,
            prefix: String::new(),
            path: String::new(),
            caller: None,
            call: None,
            nesting: 0,
            certain: true,
            declared_here: OnceCell::new(),
            variables: RefCell::default(),
            locals: RefCell::default(),
            outputs: RefCell::default(),
        };
        Self {
            configuration,
            files: configuration.files,
            paths,
            outside,
            library: declared.is_library(configuration.files),
            modules: RefCell::new(vec![Rc::new(root)]),
            attributes: RefCell::default(),
            expansions: RefCell::default(),
            children: RefCell::default(),
            problems: RefCell::default(),
            remote: RefCell::default(),
            replaced: RefCell::default(),
            errors: Cell::new(0),
            quiet: Cell::new(0),
            steps: Cell::new(0),
            depth: Cell::new(0),
            instances: Cell::new(0),
        }
    }

    fn add(&self, module: Module<'a>) -> u32 {
        let mut modules = self.modules.borrow_mut();
        modules.push(Rc::new(module));
        modules.len() as u32 - 1
    }

    fn module(&self, index: u32) -> Rc<Module<'a>> {
        self.modules.borrow()[index as usize].clone()
    }

    fn file(&self, node: NodeRef) -> &'a File {
        &self.files[node.file.0 as usize]
    }

    fn syntax(&self, node: NodeRef) -> &'a Node {
        self.file(node).node(node.node)
    }

    /// The value of an entry of a map node; the last one of a name counts. What override files say
    /// of a block counts more.
    fn entry(&self, map: NodeRef, key: &str) -> Option<NodeRef> {
        let overrides = self.configuration.overrides(map).iter().rev();
        if let Some(value) = overrides.copied().find_map(|block| self.entry(block, key)) {
            return Some(value);
        }
        let file = self.file(map);
        let NodeKind::Map { entries, .. } = &file.node(map.node).kind else { return None };
        let entry = entries.iter().rev().find(|entry| entry.key.is(&file.source.text, key))?;
        Some(NodeRef { file: map.file, node: entry.value })
    }

    /// The value as seen from `node`, unless it already says which part of `node` gave it.
    fn seen_at(&self, value: Datum, node: NodeRef) -> Datum {
        match value.at {
            Some(at) if encloses(self.files, node, at) => value,
            _ => value.seen_at(node),
        }
    }

    /// Reports that an expression cannot be evaluated; its value is unknown.
    fn wrong(&self, node: NodeRef, message: impl Into<String>) -> Datum {
        self.errors.set(self.errors.get() + 1);
        self.report(node, Level::Warning, "terraform-evaluation", message.into());
        Datum::unknown(Reason::Invalid)
    }

    /// As `wrong`, unless one of the operands is the default of a variable and null, or the module
    /// is meant to be called: then somebody gives another value.
    fn fails(&self, node: NodeRef, operands: &[&Datum], message: impl Into<String>) -> Datum {
        let hypothetical = operands
            .iter()
            .any(|operand| (self.library || has_null(operand)) && self.is_default(operand));
        if !hypothetical || self.quiet.get() > 0 {
            return self.wrong(node, message);
        }
        Datum::unknown(Reason::Variable)
    }

    /// Whether a value, or a member of it, was written as the default of a variable.
    fn is_default(&self, value: &Datum) -> bool {
        let default = |node: NodeRef| {
            let block = super::block_of(self.file(node), node);
            block.and_then(|block| self.configuration.block(block)).is_some_and(|block| {
                block.block().is_some_and(|block| block.category == Category::Variable)
            })
        };
        [value.origin, value.at].into_iter().flatten().any(default)
            || match &value.kind {
                Kind::List(list) | Kind::Set(list) => {
                    list.items.iter().take(8).any(|item| self.is_default(item))
                }
                Kind::Map(map) => map.entries.values().take(8).any(|item| self.is_default(item)),
                _ => false,
            }
    }

    /// Reports that a limit was reached; what lies beyond is unknown.
    fn beyond(&self, node: NodeRef, message: impl Into<String>) -> Datum {
        self.report(node, Level::Error, "terraform-limit", message.into());
        Datum::unknown(Reason::Limit)
    }

    fn report(&self, node: NodeRef, level: Level, code: &'static str, message: String) {
        if self.quiet.get() > 0 && level != Level::Error {
            return;
        }
        let (path, span) = (self.file(node).source.path.clone(), self.syntax(node).span);
        let key = (path.clone(), span.start, span.end);
        let mut problems = self.problems.borrow_mut();
        // A limit is said once, where it was reached first.
        if level == Level::Error && problems.values().any(|known| known.message == message) {
            return;
        }
        let problem = Problem { level, path, place: Some((node.file, span)), code, message };
        problems.entry(key).or_insert(problem);
    }
}

/// Whether a value or one of its members is null.
fn has_null(value: &Datum) -> bool {
    match &value.kind {
        Kind::Null => true,
        Kind::List(list) | Kind::Set(list) => list.items.iter().take(8).any(has_null),
        _ => false,
    }
}
