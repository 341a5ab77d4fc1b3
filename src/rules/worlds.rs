//! Judges every root, and puts together what they found: one finding for each cause.

use super::card::Profile;
use super::engine::Judged;
use super::expectation::{self, Expectation, Verdict};
use super::finding::{Confidence, Finding, Label};
use super::fingerprint;
use super::published::Traffic;
use super::schedule::{Findings, Schedule};
use super::settings::Settings;
use super::sink::{Anchor, Raw};
use super::suppress::annotation::Annotations;
use super::suppress::{self, Suppression};
use super::system;
use crate::input::file::{File, written};
use crate::input::problem::Problem;
use crate::input::source::Place;
use crate::input::tree::NodeId;
use crate::model::cursor::Cursor;
use crate::model::project::Project;
use crate::model::provisioned;
use crate::model::resource::Resource;
use crate::model::root::Root;
use crate::model::roots::{self, Plan};
use crate::model::terraform::declared::Configuration;
use crate::model::terraform::evaluation::{self, Given, Knowledge, Outside, World};
use crate::model::terraform::plan::{self, Plan as Planned};
use crate::model::terraform::terragrunt;
use crate::model::value::NodeRef;
use foldhash::{HashMap, HashMapExt};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What was found in one root.
#[derive(Debug, Default)]
pub struct Judgement {
    name: String,
    found: Vec<Found>,
    annotations: Annotations,
    /// The bodies of its resources, sorted, each once.
    pub nodes: Vec<NodeRef>,
    /// Evaluations that unknown values left open.
    pub unknowns: usize,
    /// Findings about the system's own components.
    pub system: usize,
    /// How much of its attributes is known.
    pub knowledge: Knowledge,
    /// How many of its resources stand in a plan only.
    pub planned: usize,
    /// Modules that are not at hand.
    pub remote: BTreeSet<String>,
    /// What it says of the expectations, and the name by which they know it.
    pub(super) verdicts: Option<(String, Vec<Verdict>)>,
}

#[derive(Debug)]
struct Found {
    raw: Raw,
    /// Where it was found, in a rendered text perhaps.
    judged: Place,
    node: NodeRef,
    /// What tells it from others of its rule at its place.
    said: String,
    /// The resource's address inside its module, and its instance's.
    address: String,
    instance: String,
    /// An annotation that hides it.
    hidden: Option<suppress::Key>,
}

/// Judges all roots. Worlds of Kubernetes objects are planned; Terraform's are evaluated: first the
/// modules that nobody calls, then those whose calls never came about.
pub fn judge_all(
    project: &Project,
    plans: &[Plan],
    schedule: &Schedule,
    settings: &Settings,
    expected: &[Expectation],
) -> (Vec<Judgement>, Vec<Problem>) {
    let objects = objects(project, plans, schedule, settings);
    let names = roots::names(plans, &project.charts, &project.kustomized);
    let world = |(plan, name): (&Plan, String)| {
        let members = plan.members.iter().map(|&at| &project.resources[at]).collect();
        let own = plan.members.iter().filter_map(|at| objects.get(at)).collect();
        let root = Root::new(plan.name.clone(), &project.files, members, &settings.model);
        let traffic = Traffic::default();
        let judged = judge_root(&root, &traffic, own, schedule, settings);
        let verdicts = expectation::verdicts(&name, &root, &traffic, expected);
        Judgement { verdicts: Some((name, verdicts)), ..judged }
    };
    let mut judged: Vec<Judgement> = plans.par_iter().zip(names).map(world).collect();
    let configuration = Configuration::new(
        &project.files,
        &project.resources,
        &project.vendored,
        &project.listings,
    );
    let ids = project.files.iter().map(|file| (file.source.path.as_str(), file.id.0));
    let paths: BTreeMap<&str, u32> = ids.collect();
    // What is given is for root modules, not for those that somebody calls.
    let (given, nothing) = (&settings.model.variables, Given::default());
    let (mut problems, mut done) = (Vec::new(), BTreeSet::new());
    for (world, found, instantiated) in applied(project, &configuration, &paths, schedule, settings)
    {
        judged.push(world);
        problems.extend(found);
        done.extend(instantiated);
    }
    let evaluated = configuration.visit_others(done, |folder, first| {
        let given = if first { given } else { &nothing };
        let world = evaluation::evaluate(&configuration, &paths, given, folder);
        let World { resources, problems, instantiated, remote, knowledge } = world;
        let made = provisioned::objects(&project.files, &resources);
        let members = resources.iter().chain(&made).collect();
        let judged = judge(folder, project, members, schedule, settings);
        ((Judgement { knowledge, remote, ..judged }, problems), instantiated)
    });
    for (world, found) in evaluated {
        judged.push(world);
        problems.extend(found);
    }
    judged.sort_by(|a, b| a.name.cmp(&b.name));
    (judged, problems)
}

/// A root module that was judged: its problems, and the folders that are done with it.
type Applied = (Judgement, Vec<Problem>, BTreeSet<String>);

/// Judges the root modules of which more is known than their files: those that a plan shows as they
/// will be, and those that Terragrunt applies.
fn applied(
    project: &Project,
    configuration: &Configuration<'_>,
    paths: &BTreeMap<&str, u32>,
    schedule: &Schedule,
    settings: &Settings,
) -> Vec<Applied> {
    let given = &settings.model.variables;
    let plans = plan::plans(&project.files);
    let mut found: Vec<Applied> = plans
        .par_iter()
        .map(|plan| {
            let outside = Outside { given: &Given::default(), plan: Some(plan), unit: None };
            let home = plan.home(configuration);
            let mut world = match home {
                Some(folder) => evaluation::evaluate_with(configuration, paths, outside, folder),
                None => World { resources: plan::resources(plan, &[]), ..World::default() },
            };
            world.instantiated.extend(home.map(str::to_owned));
            let World { resources, problems, instantiated, remote, knowledge } = world;
            let made = provisioned::objects(&project.files, &resources);
            let members = resources.iter().chain(&made).collect();
            let judged = judge(plan.path(), project, members, schedule, settings);
            let mut judged = Judgement { knowledge, remote, ..judged };
            judged.in_plan(plan);
            (judged, problems, instantiated)
        })
        .collect();
    let units = terragrunt::units(&project.files);
    let called = units.par_iter().filter_map(|unit| {
        let module = unit.module.as_deref()?;
        configuration.folders.get(module)?;
        let outside = Outside { given, plan: None, unit: Some(unit) };
        let world = evaluation::evaluate_with(configuration, paths, outside, module);
        let World { resources, problems, mut instantiated, remote, knowledge } = world;
        instantiated.insert(module.to_owned());
        let made = provisioned::objects(&project.files, &resources);
        let members = resources.iter().chain(&made).collect();
        let judged = judge(unit.folder, project, members, schedule, settings);
        let mut judged = Judgement { knowledge, remote, ..judged };
        judged.include(unit.node);
        Some((judged, problems, instantiated))
    });
    found.extend(called.collect::<Vec<_>>());
    found
}

/// What each Kubernetes object says by itself, by its index: judged once, not once for each root.
fn objects<'p>(
    project: &'p Project,
    plans: &[Plan],
    schedule: &Schedule,
    settings: &Settings,
) -> HashMap<usize, (&'p Resource, Findings)> {
    let members: BTreeSet<usize> = plans.iter().flat_map(|plan| &plan.members).copied().collect();
    let resources: Vec<&Resource> = members.iter().map(|&at| &project.resources[at]).collect();
    let root = Root::new(String::new(), &project.files, resources.clone(), &settings.model);
    let found = resources.into_iter().zip(schedule.objects(&root));
    members.into_iter().zip(found).collect()
}

/// Judges the root of some resources.
fn judge(
    name: &str,
    project: &Project,
    members: Vec<&Resource>,
    schedule: &Schedule,
    settings: &Settings,
) -> Judgement {
    let root = Root::new(name.to_owned(), &project.files, members, &settings.model);
    judge_root(&root, &Traffic::default(), Vec::new(), schedule, settings)
}

/// Judges one root. `own` is what its resources say by themselves, where that is known.
fn judge_root<'r>(
    root: &'r Root<'r>,
    traffic: &Traffic<'r>,
    own: Vec<&(&Resource, Findings)>,
    schedule: &'r Schedule,
    settings: &Settings,
) -> Judgement {
    let mut nodes: Vec<NodeRef> = root.resources.iter().map(|resource| resource.node).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let annotations = if settings.suppressions.entries_only {
        Annotations::default()
    } else {
        Annotations::of(root, settings)
    };
    let mut judged =
        Judgement { name: root.name.clone(), nodes, annotations, ..Judgement::default() };
    for (resource, (raws, unknowns)) in own {
        judged.unknowns += unknowns;
        for raw in raws {
            judged.keep(raw.clone(), resource, root.files, settings);
        }
    }
    for (raws, unknowns) in schedule.run(root, traffic) {
        judged.unknowns += unknowns;
        for raw in raws {
            let resource = root.resources[raw.resource];
            let raw =
                if root.file(raw.primary).auxiliary { at_call(raw, resource, root) } else { raw };
            judged.keep(raw, resource, root.files, settings);
        }
    }
    judged.leave_out_superseded();
    judged
}

/// What is wrong in a file of others is to be changed where it is called.
fn at_call(mut raw: Raw, resource: &Resource, root: &Root<'_>) -> Raw {
    if let Some(call) = resource.instance.as_ref().and_then(|instance| instance.call) {
        let text = raw.rule.title.to_owned();
        raw.labels.insert(0, Label { place: raw.primary, text });
        raw.primary = Cursor::node(root.files, call).header();
    }
    raw
}

/// What is wrong in a rendered text is to be changed in its template. Where that does not hold the
/// text itself, a label says what it was rendered to; where it does, it is the one cause of all that
/// is said about it. Also gives what tells the finding from others at its place.
fn at_template(mut raw: Raw, resource: &Resource, files: &[File]) -> (Raw, String) {
    let mut said = raw.message.replace(&resource.title(), "{resource}");
    let steps = raw.witness.iter_mut().flat_map(|witness| &mut witness.steps);
    for label in raw.labels.iter_mut().chain(steps) {
        label.place = written(files, label.place).0;
    }
    let file = &files[raw.primary.file.0 as usize];
    let (place, same) = written(files, raw.primary);
    if file.rendering.is_some() && same {
        said.clear();
    } else if let Some(rendering) = &file.rendering {
        let (node, keys) = match &raw.anchor {
            Anchor::Value(node) => (*node, String::new()),
            Anchor::Absent(node, keys) => (*node, keys.join(".")),
            Anchor::Existence | Anchor::Text => (resource.node, String::new()),
        };
        let path = match fingerprint::path(file, resource.node.node, node, false) {
            path if path.is_empty() || keys.is_empty() => path + &keys,
            path => format!("{path}.{keys}"),
        };
        let from = rendering.packed.as_ref().map_or("this", String::as_str);
        let text = match path.as_str() {
            "" => format!("rendered from {from}"),
            path => format!("rendered from {from}: {path}"),
        };
        raw.labels.insert(0, Label { place, text });
    }
    raw.primary = place;
    (raw, said)
}

impl Judgement {
    /// Whether one of its resources stands in a wanted file; `wanted` says so of each file.
    pub fn touches(&self, wanted: &[bool]) -> bool {
        self.nodes.iter().any(|node| wanted[node.file.0 as usize])
    }

    /// Adds a node to those of its resources.
    fn include(&mut self, node: NodeRef) {
        if let Err(at) = self.nodes.binary_search(&node) {
            self.nodes.insert(at, node);
        }
    }

    /// Where a rule has said more of the same at the same place, what says less goes. So does what it
    /// says of other resources that rest on the same cause; that becomes a label of the finding.
    fn leave_out_superseded(&mut self) {
        let mut covered: HashMap<(&str, NodeRef), usize> = HashMap::new();
        for (at, Found { raw, .. }) in self.found.iter().enumerate() {
            for id in raw.rule.supersedes {
                covered.extend(raw.covers.iter().map(|node| ((*id, *node), at)));
            }
        }
        if !covered.is_empty() {
            let mut told: Vec<(usize, Label)> = Vec::new();
            let mut gone: Vec<bool> = Vec::with_capacity(self.found.len());
            for found in &self.found {
                let by = covered.get(&(found.raw.rule.id, found.node)).copied();
                let by = by.filter(|by| self.found[*by].raw.confidence >= found.raw.confidence);
                gone.push(by.is_some());
                let text = found.raw.message.trim_end_matches('.').to_owned();
                told.extend(by.map(|by| (by, Label { place: found.raw.primary, text })));
            }
            for (at, label) in told {
                self.found[at].raw.labels.push(label);
            }
            let mut gone = gone.into_iter();
            self.found.retain(|_| !gone.next().unwrap_or_default());
        }
        let mut said: BTreeMap<(&str, Place, String), Confidence> = BTreeMap::new();
        for Found { raw, judged, instance, .. } in &self.found {
            for id in raw.rule.supersedes {
                let sure = said.entry((id, *judged, instance.clone())).or_insert(raw.confidence);
                *sure = raw.confidence.max(*sure);
            }
        }
        if !said.is_empty() {
            let key = |found: &Found| (found.raw.rule.id, found.judged, found.instance.clone());
            self.found.retain(|found| {
                said.get(&key(found)).is_none_or(|sure| *sure < found.raw.confidence)
            });
        }
    }

    /// Every finding of a planned root names a place in the plan. What rests on an attribute that the
    /// provider computes, of which the plan cannot tell that nobody wrote it, is possible.
    fn in_plan(&mut self, plan: &Planned<'_>) {
        let Some(document) = plan.node() else { return };
        let planned: HashMap<String, Place> =
            plan.instances.iter().map(|one| (one.address(), one.header)).collect();
        let own = |node: &NodeRef| self.nodes.binary_search(node).is_ok();
        self.planned = plan.instances.iter().filter(|one| own(&one.node)).count();
        self.include(document);
        for found in &mut self.found {
            let raw = &mut found.raw;
            if let Anchor::Absent(node, keys) = &raw.anchor
                && let Some(attribute) = keys.first()
                && plan.is_undecided(*node, attribute)
                && raw.confidence == Confidence::Proven
            {
                raw.confidence = Confidence::Possible;
                raw.assumption = Some(format!("no `dynamic` block writes `{attribute}`"));
            }
            let labelled = raw.labels.iter().map(|label| label.place).chain([raw.primary]);
            if labelled.into_iter().any(|place| place.file == document.file) {
                continue;
            }
            if let Some(&place) = planned.get(&found.instance) {
                raw.labels.push(Label { place, text: plan::ORIGIN.to_owned() });
            }
        }
    }

    fn keep(&mut self, raw: Raw, resource: &Resource, files: &[File], settings: &Settings) {
        let judged = raw.primary;
        let (raw, said) = at_template(raw, resource, files);
        let path = &files[raw.primary.file.0 as usize].source.path;
        if !settings.wants(raw.rule, path) {
            return;
        }
        let suppressed = self.annotations.hide(raw.rule, resource, judged, settings);
        let hidden = settings.profile_at(path) != Profile::Strict
            && !raw.rule.judges_system
            && system::hides(raw.rule, resource, &settings.model);
        if hidden {
            self.system += 1;
            return;
        }
        self.found.push(Found {
            raw,
            judged,
            node: resource.node,
            said,
            address: resource.address(),
            instance: resource.instance_address(),
            hidden: suppressed,
        });
    }
}

/// One finding for each rule and place, naming the instances and roots it was found in. Two
/// resources that share the place (a common document, an anchor) share the finding, unless an
/// annotation hides it in one of them. Also gives the annotations of every root.
pub fn merge(project: &Project, judged: Vec<Judgement>) -> (Vec<Judged>, Vec<Suppression>) {
    let found = judged.iter().flat_map(|world| &world.found);
    let mut worlds: HashMap<NodeRef, usize> = found.map(|found| (found.node, 0)).collect();
    for node in judged.iter().flat_map(|world| &world.nodes) {
        if let Some(count) = worlds.get_mut(node) {
            *count += 1;
        }
    }
    let mut merged: BTreeMap<(&'static str, Place, String, Option<suppress::Key>), Judged> =
        BTreeMap::new();
    let mut annotations = Vec::new();
    for world in judged {
        annotations.extend(world.annotations.list);
        for found in world.found {
            let key = (found.raw.rule.id, found.raw.primary, found.said.clone(), found.hidden);
            let one = merged.entry(key).or_insert_with(|| first(project, &found));
            let finding = &mut one.finding;
            if finding.confidence < found.raw.confidence {
                finding.confidence = found.raw.confidence;
                finding.assumption = None;
                finding.witness = found.raw.witness;
            }
            for label in found.raw.labels {
                let repeated = |known: &Label| {
                    let planned = known.text == label.text && label.text == plan::ORIGIN;
                    known == &label || planned && known.place.file == label.place.file
                };
                if !finding.labels.iter().any(repeated) {
                    finding.labels.push(label);
                }
            }
            if finding.roots.last() != Some(&world.name) {
                finding.roots.push(world.name.clone());
            }
            finding.instances.push(found.instance);
        }
    }
    let mut list: Vec<Judged> = merged.into_values().collect();
    for one in &mut list {
        let finding = &mut one.finding;
        // Worth saying only where another root with the same resource is free of the finding.
        if Some(&finding.roots.len()) == worlds.get(&one.resource) {
            finding.roots.clear();
        }
        finding.roots.retain(|root| !root.is_empty());
        finding.roots.sort();
        finding.instances.sort();
        finding.instances.dedup();
        if finding.instances.as_slice() == [finding.resource.as_str()] {
            finding.instances.clear();
        }
    }
    (list, annotations)
}

/// A finding as the first instance gives it.
fn first(project: &Project, found: &Found) -> Judged {
    let raw = &found.raw;
    let file = &project.files[found.node.file.0 as usize];
    let (node, rest) = match &raw.anchor {
        Anchor::Value(node) => (*node, String::new()),
        Anchor::Absent(node, keys) => (*node, keys.join(".")),
        Anchor::Existence | Anchor::Text => (found.node, String::new()),
    };
    let other = &project.files[node.file.0 as usize];
    let mut path = if node.file == file.id {
        fingerprint::path(file, found.node.node, node, false)
    } else if other.language.is_terraform() {
        String::new()
    } else {
        fingerprint::path(other, NodeId(u32::MAX), node, false)
    };
    if !rest.is_empty() {
        path = if path.is_empty() { rest } else { format!("{path}.{rest}") };
    }
    Judged {
        finding: Finding {
            rule: raw.rule,
            severity: raw.rule.severity,
            confidence: raw.confidence,
            primary: raw.primary,
            message: raw.message.clone(),
            labels: Vec::new(),
            witness: raw.witness.clone(),
            resource: found.address.clone(),
            path,
            at: String::new(),
            assumption: raw.assumption.clone(),
            roots: Vec::new(),
            instances: Vec::new(),
            fingerprint: fingerprint::hash(&[]),
        },
        anchor: raw.anchor.clone(),
        resource: found.node,
        hidden: found.hidden,
        subject: raw.subject.clone(),
        about: BTreeSet::new(),
    }
}
