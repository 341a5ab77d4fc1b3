//! The one run loop: load, divide into roots, judge, suppress, merge, sort. The command line, the
//! tests and the benchmarks all call `run`.

use super::expectation;
use super::expression::Expressions;
use super::finding::{Confidence, Finding, Label};
use super::fingerprint;
use super::outcome::{Report, Skipped, Summary};
use super::rule::Rule;
use super::schedule::Schedule;
use super::settings::{GATE, Mask, Scope, Settings};
use super::sink::Anchor;
use super::suppress::apply::Applied;
use super::suppress::{self, Suppression};
use super::worlds::{Judgement, judge_all, merge};
use crate::input::file::{File, Language};
use crate::input::file_tree::FileTree;
use crate::input::problem::{Level, Problem};
use crate::input::source::{FileId, Place};
use crate::input::tree::{Entry, NodeId, NodeKind, Text};
use crate::model::project::{self, Project};
use crate::model::resource::{Identity, Resource};
use crate::model::roots;
use crate::model::terraform::terragrunt;
use crate::model::value::NodeRef;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A finding on its way to the report, with what only tests and suppression need.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What was found.
    pub finding: Finding,
    /// What it hangs on.
    pub anchor: Anchor,
    /// The body of its resource.
    pub resource: NodeRef,
    /// An annotation of its resource that hides it.
    pub hidden: Option<suppress::Key>,
    /// Whose its fingerprint is, if not its resource's.
    pub subject: Option<String>,
    /// Files of which one that is asked for is enough, beside those of its places: it is about all
    /// that they hold together.
    pub about: BTreeSet<FileId>,
}

/// Everything of a run: the report's parts before they are put together.
#[derive(Debug)]
pub struct Outcome {
    /// Files and their syntax.
    pub project: Project,
    /// Findings, sorted.
    pub judged: Vec<Judged>,
    /// Findings that suppressions hide, sorted, each with the index of one that does.
    pub hidden: Vec<(Judged, usize)>,
    /// Suppressions, by place.
    pub suppressions: Vec<Suppression>,
    /// Counts.
    pub summary: Summary,
}

/// Checks the files of a tree.
pub fn run(tree: &dyn FileTree, settings: &Settings) -> Report {
    let outcome = examine(tree, settings);
    let mut project = outcome.project;
    let mut problems = std::mem::take(&mut project.problems);
    if let Some(focus) = &settings.focus {
        // Whoever names a file of values wants to know that it cannot be read.
        let values = &settings.model.variables.files;
        problems.retain(|p| focused(focus, &p.path) || values.contains(&p.path));
    }
    problems.sort_by(|a, b| {
        (&a.path, a.place, a.code, &a.message).cmp(&(&b.path, b.place, b.code, &b.message))
    });
    problems.dedup();
    let sources = project.files.iter_mut().map(|file| std::mem::take(&mut file.source)).collect();
    // Nobody needs the rest any more: it goes while the report is written.
    rayon::spawn(move || drop(project));
    Report {
        sources,
        findings: outcome.judged.into_iter().map(|judged| judged.finding).collect(),
        suppressed: outcome.hidden.into_iter().map(|(one, by)| (one.finding, by)).collect(),
        suppressions: outcome.suppressions,
        problems,
        summary: outcome.summary,
    }
    .veiled()
}

/// Checks the files of a tree and keeps everything.
pub fn examine(tree: &dyn FileTree, settings: &Settings) -> Outcome {
    let folders = match &settings.scope {
        Scope::Whole => None,
        Scope::Folders(folders) => Some(folders.as_slice()),
    };
    let mut project = project::load(tree, folders, &settings.named, settings.exclude.as_ref());
    project::auxiliary(tree, &mut project);
    let expected = settings.expect.as_ref().map(|expect| {
        let file = File::parse(&expect.path, expect.text.clone(), Language::Text);
        project.add(File { auxiliary: true, ..file })
    });
    let entries = settings.suppressions.entries.as_ref().map(|entries| {
        let same = settings.expect.as_ref().filter(|expect| expect.path == entries.path);
        same.and(expected).unwrap_or_else(|| {
            let file = File::parse(&entries.path, entries.text.clone(), Language::Text);
            project.add(File { auxiliary: true, ..file })
        })
    });
    mask(&mut project.files, &settings.masks);
    project::resources(&mut project);
    for mask in &settings.masks {
        if let Mask::Presence(path, node) = mask {
            let files = &project.files;
            for resource in &mut project.resources {
                let file = &files[resource.node.file.0 as usize];
                resource.certain &= file.source.path != *path || resource.node.node.0 != *node;
            }
        }
    }
    let (boundaries, charts) = (settings.roots.as_ref(), &project.charts);
    let kustomized = &project.kustomized;
    let plans = roots::plan(&project.files, &project.resources, boundaries, charts, kustomized);
    let rules = settings.rules();
    let schedule = Schedule::new(&rules, Expressions::new(settings.catalog.expressions()));
    let expect = settings.expect.as_ref().filter(|_| expectation::wanted(&rules));
    let list = expect.map_or(&[][..], |expect| &expect.list);
    let (mut worlds, problems) = judge_all(&project, &plans, &schedule, settings, list);
    project.problems.extend(problems);
    let mut summary = summary(&project, &worlds, settings);
    summary.rules = rules.len();
    let verdicts: Vec<_> = worlds.iter_mut().filter_map(|world| world.verdicts.take()).collect();
    let (mut merged, annotations) = merge(&project, worlds);
    if let (false, Some(file)) = (list.is_empty(), expected) {
        let outcome = expectation::judge(&project, &verdicts, list, file, &rules);
        summary.unknowns += outcome.unknowns;
        merged.extend(outcome.judged);
    }
    fingerprints(&project, &mut merged);
    let Applied { kept, mut hidden, mut about, suppressions } =
        suppress::apply::apply(&project, merged, annotations, entries, &rules, settings);
    fingerprints(&project, &mut about);
    let mut judged = kept;
    judged.extend(about);
    judged.retain_mut(|one| wanted(&project, one, settings));
    hidden.retain_mut(|(one, _)| wanted(&project, one, settings));
    summary.suppressed = hidden.len();
    if let Some(focus) = &settings.focus {
        notes(&mut project, focus);
    }
    judged.sort_by(|a, b| order(&project, &a.finding).cmp(&order(&project, &b.finding)));
    hidden.sort_by(|(a, _), (b, _)| order(&project, &a.finding).cmp(&order(&project, &b.finding)));
    Outcome { project, judged, hidden, suppressions, summary }
}

/// Gives a finding its level in force; whether that and its places are asked for.
fn wanted(project: &Project, judged: &mut Judged, settings: &Settings) -> bool {
    let path = |place: Place| project.files[place.file.0 as usize].source.path.as_str();
    let finding = &mut judged.finding;
    let primary = path(finding.primary);
    finding.severity = settings.severity_at(finding.rule, primary);
    let passes = finding.severity >= GATE && finding.confidence == Confidence::Proven;
    let touches = |focus: &Vec<String>| {
        let places = finding.related().map(|label| path(label.place));
        let about =
            judged.about.iter().map(|file| project.files[file.0 as usize].source.path.as_str());
        [primary].into_iter().chain(places).chain(about).any(|path| focused(focus, path))
    };
    finding.severity >= settings.min_severity
        && (passes || !settings.gate_at(primary))
        && settings.focus.as_ref().is_none_or(touches)
}

/// Counts what was asked for.
fn summary(project: &Project, worlds: &[Judgement], settings: &Settings) -> Summary {
    let asked = |path: &str| settings.focus.as_ref().is_none_or(|focus| focused(focus, path));
    let wanted: Vec<bool> =
        project.files.iter().map(|file| !file.auxiliary && asked(&file.source.path)).collect();
    let skipped = project.skipped.iter().filter(|(path, _)| asked(path));
    let resources = project.resources.iter().filter(|one| one.instance.is_none());
    let mut summary = Summary {
        files: project
            .files
            .iter()
            .filter(|file| file.rendering.is_none() && wanted[file.id.0 as usize])
            .count(),
        not_manifests: project.not_manifests.iter().filter(|path| asked(path)).count(),
        skipped: skipped
            .map(|(path, reason)| Skipped { path: path.clone(), reason: reason.clone() })
            .collect(),
        resources: resources.filter(|one| wanted[one.node.file.0 as usize]).count(),
        ..Summary::default()
    };
    let mut remote = BTreeSet::new();
    for world in worlds.iter().filter(|world| world.touches(&wanted)) {
        summary.roots += 1;
        summary.resources += world.planned;
        summary.unknowns += world.unknowns;
        summary.system += world.system;
        summary.knowledge.add(&world.knowledge);
        remote.extend(world.remote.iter().cloned());
    }
    for unit in terragrunt::units(&project.files) {
        remote.extend(unit.remote.filter(|_| wanted[unit.node.file.0 as usize]));
    }
    summary.remote_modules = remote.into_iter().collect();
    summary
}

type Order<'a> = (&'a str, u32, &'static str, u32, &'a str);

fn order<'a>(project: &'a Project, finding: &'a Finding) -> Order<'a> {
    let path = project.files[finding.primary.file.0 as usize].source.path.as_str();
    let span = finding.primary.span;
    (path, span.start, finding.rule.id, span.end, &finding.message)
}

/// Whether a path is one of the wanted files or lies in a wanted folder.
pub fn focused(focus: &[String], path: &str) -> bool {
    focus.iter().any(|wanted| {
        wanted.is_empty()
            || path == wanted
            || path.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// A named file that holds no manifest is worth a word.
fn notes(project: &mut Project, focus: &[String]) {
    for path in &project.not_manifests {
        if focus.contains(path) {
            project.problems.push(Problem {
                level: Level::Note,
                path: path.clone(),
                place: None,
                code: "not-a-manifest",
                message: format!("`{path}` holds no Kubernetes or Terraform resources."),
            });
        }
    }
}

/// A finding about a text that is no resource's: a comment, or the configuration.
pub(super) fn about(project: &Project, rule: &'static Rule, place: Place, word: &str) -> Judged {
    let file = &project.files[place.file.0 as usize];
    let node = NodeRef {
        file: place.file,
        node: file.tree.documents.first().copied().unwrap_or(NodeId(0)),
    };
    Judged {
        finding: Finding {
            rule,
            severity: rule.severity,
            confidence: Confidence::Proven,
            primary: place,
            message: rule
                .message
                .replace("{resource}", "This suppression")
                .replace("{value}", word),
            labels: Vec::<Label>::new(),
            witness: None,
            resource: file.source.path.clone(),
            path: word.to_owned(),
            at: String::new(),
            assumption: None,
            roots: Vec::new(),
            instances: Vec::new(),
            fingerprint: fingerprint::hash(&[]),
        },
        anchor: Anchor::Text,
        resource: node,
        hidden: None,
        subject: None,
        about: BTreeSet::new(),
    }
}

/// Rule, source address, normalised path, ordinal among equals; the folder only where an address
/// is not unique in the project.
fn fingerprints(project: &Project, judged: &mut [Judged]) {
    if judged.is_empty() {
        return;
    }
    let owners: Vec<String> = judged.iter().map(|one| owner(project, one)).collect();
    let wanted: HashSet<&str> = owners.iter().map(String::as_str).collect();
    let mut addresses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // Most resources need no address, since no finding's begins and ends like it.
    let between = |c: char| matches!(c, '.' | '/' | ' ');
    let words: HashSet<&str> = wanted.iter().flat_map(|owner| owner.split(between)).collect();
    let known = |text: &str| text.split(between).all(|word| words.contains(word));
    let named = |resource: &&Resource| match &*resource.identity {
        Identity::Object(object) => known(&object.kind),
        Identity::Block(block) => {
            [&block.kind, &block.name].into_iter().all(|part| part.is_empty() || known(part))
        }
    };
    for resource in project.resources.iter().filter(named) {
        let address = resource.address();
        if wanted.contains(address.as_str()) {
            let folder = project.files[resource.node.file.0 as usize].folder();
            addresses.entry(address).or_default().insert(folder.to_owned());
        }
    }
    let suffixes = fingerprint::suffixes(&addresses);
    let mut seen: HashMap<(&'static str, &str, String, String), usize> = HashMap::new();
    let mut all: Vec<(&mut Judged, &String)> = judged.iter_mut().zip(&owners).collect();
    all.sort_by(|(a, _), (b, _)| order(project, &a.finding).cmp(&order(project, &b.finding)));
    let paths: Vec<String> = all.par_iter().map(|(one, _)| normal_path(project, one)).collect();
    let mut last: Option<(&'static str, Place, String)> = None;
    for ((one, owner), path) in all.into_iter().zip(paths) {
        // What is hidden in one overlay only is one finding.
        let said = (one.finding.rule.id, one.finding.primary, one.finding.message.clone());
        let same = last.as_ref() == Some(&said);
        last = Some(said);
        let file = &project.files[one.resource.file.0 as usize];
        let finding = &mut one.finding;
        finding.at = match &one.anchor {
            // A patch is told by its folder, which may be moved.
            Anchor::Value(node) | Anchor::Absent(node, _) if node.file != file.id => {
                let folder = format!("{}|", project.files[node.file.0 as usize].folder());
                path.strip_prefix(&folder).unwrap_or(&path).to_owned()
            }
            _ => path.replace('|', ".").trim_matches('.').to_owned(),
        };
        let suffix = suffixes.get(&(owner.as_str(), file.folder())).cloned().unwrap_or_default();
        let key = (finding.rule.id, owner.as_str(), suffix.clone(), path.clone());
        let ordinal = seen.entry(key).or_insert(0_usize);
        *ordinal += usize::from(!same);
        let number = ordinal.saturating_sub(1).to_string();
        finding.fingerprint = fingerprint::hash(&[finding.rule.id, owner, &suffix, &path, &number]);
    }
}

/// Where in its resource a finding is, for its fingerprint.
fn normal_path(project: &Project, one: &Judged) -> String {
    let file = &project.files[one.resource.file.0 as usize];
    match &one.anchor {
        Anchor::Value(node) | Anchor::Absent(node, _) if node.file == file.id => {
            let tail = match &one.anchor {
                Anchor::Absent(_, keys) => keys.join("."),
                _ => String::new(),
            };
            format!("{}|{tail}", fingerprint::path(file, one.resource.node, *node, true))
        }
        Anchor::Value(node) | Anchor::Absent(node, _) => {
            let elsewhere = fingerprint::elsewhere(&project.files, *node);
            elsewhere.unwrap_or_else(|| one.finding.path.clone())
        }
        _ => one.finding.path.clone(),
    }
}

/// Whose a finding is: its resource's. What is said about a comment is the resource's in which the
/// comment stands, or before which, so that the name of the file does not enter.
fn owner(project: &Project, one: &Judged) -> String {
    if let Some(subject) = &one.subject {
        return subject.clone();
    }
    let at = one.finding.primary;
    let file = &project.files[at.file.0 as usize];
    if one.anchor != Anchor::Text || one.finding.resource != file.source.path {
        return one.finding.resource.clone();
    }
    let own = project.resources.iter().filter(|resource| resource.node.file == at.file);
    let end = |resource: &&Resource| file.node(resource.node.node).span.end;
    let here = own.filter(|resource| end(resource) > at.span.start).min_by_key(end);
    here.map_or(one.finding.resource.clone(), Resource::address)
}

/// Makes values unresolved before they are read.
fn mask(files: &mut [File], masks: &[Mask]) {
    for mask in masks {
        let (Mask::Node(path, node) | Mask::Key(path, node, _) | Mask::Presence(path, node)) = mask;
        let Some(file) = files.iter_mut().find(|file| file.source.path == *path) else { continue };
        match mask {
            Mask::Node(..) => file.tree.mask(NodeId(*node)),
            Mask::Key(_, _, key) => {
                let parent = file.tree.node(NodeId(*node)).header;
                let value = file.tree.push(NodeKind::Masked, parent, parent);
                if let NodeKind::Map { entries, .. } = &mut file.tree.node_mut(NodeId(*node)).kind {
                    let key = Text::Decoded(key.as_str().into());
                    let mut list = std::mem::take(entries).into_vec();
                    list.push(Entry { key, key_span: parent, value });
                    *entries = list.into();
                }
            }
            Mask::Presence(..) => {}
        }
    }
}
