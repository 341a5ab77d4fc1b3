//! What suppressions do to the findings of a run, and the findings about suppressions themselves.

use super::{Content, Key, Reach, Standing, Suppression, Terms, UNUSED, comment};
use crate::input::file::Language;
use crate::input::source::FileId;
use crate::model::project::Project;
use crate::rules::engine::{Judged, about};
use crate::rules::finding::Finding;
use crate::rules::rule::Rule;
use crate::rules::settings::{Scope, Settings};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Findings after suppression.
#[derive(Debug)]
pub struct Applied {
    /// Those that nothing hides.
    pub kept: Vec<Judged>,
    /// Those that are hidden, each with the index of a suppression that does.
    pub hidden: Vec<(Judged, usize)>,
    /// Those about suppressions.
    pub about: Vec<Judged>,
    /// Every suppression, by place.
    pub suppressions: Vec<Suppression>,
}

/// Hides what suppressions cover. `annotations` are those of every root; `configuration` is the file
/// whose entries suppress; `rules` are those that ran.
pub fn apply(
    project: &Project,
    judged: Vec<Judged>,
    annotations: Vec<Suppression>,
    configuration: Option<FileId>,
    rules: &[&'static Rule],
    settings: &Settings,
) -> Applied {
    let mut suppressions = collected(project, annotations, configuration, settings);
    let indices: HashMap<Key, usize> =
        suppressions.iter().enumerate().map(|(at, one)| (one.key(), at)).collect();
    let (mut near, mut named): (HashMap<FileId, Vec<usize>>, Vec<usize>) = Default::default();
    let mut holds = Vec::with_capacity(suppressions.len());
    for (at, one) in suppressions.iter().enumerate() {
        match one.reach {
            Reach::Spans(_) => near.entry(one.place.file).or_default().push(at),
            Reach::Named(_) => named.push(at),
            // Has been asked where its object was judged.
            Reach::Object(_) => {}
        }
        holds.push(one.standing(&settings.suppressions, settings.today) == Standing::Holds);
    }
    let (mut kept, mut hidden) = (Vec::with_capacity(judged.len()), Vec::new());
    for mut one in judged {
        let mut by = one.hidden.and_then(|key| indices.get(&key).copied());
        let path = project.files[one.finding.primary.file.0 as usize].source.path.as_str();
        let candidates = near.get(&one.finding.primary.file);
        for &at in candidates.into_iter().flatten().chain(&named) {
            let Some(instances) = suppressions[at].takes(&one.finding, path) else { continue };
            if !holds[at] {
                continue;
            }
            let found = &mut one.finding.instances;
            found.retain(|address| !instances.contains(address));
            if instances.is_empty() || found.is_empty() {
                // What is hidden names what it was found for.
                found.extend(instances);
                by = by.or(Some(at));
            }
        }
        match by {
            Some(by) => hidden.push((one, by)),
            None => kept.push(one),
        }
    }
    let about = faults(project, &suppressions, rules, settings);
    Applied { kept, hidden, about, suppressions }
}

/// Every suppression of the run, by place; one annotation of several roots is one.
fn collected(
    project: &Project,
    annotations: Vec<Suppression>,
    configuration: Option<FileId>,
    settings: &Settings,
) -> Vec<Suppression> {
    let policy = &settings.suppressions;
    let mut all: BTreeMap<Key, Suppression> = BTreeMap::new();
    for one in annotations {
        let known = all.entry(one.key()).or_insert_with(|| one.clone());
        if let (Content::Terms(known), Content::Terms(one)) = (&mut known.content, &one.content) {
            for (known, used) in known.used.iter_mut().zip(&one.used) {
                *known |= used;
            }
        }
    }
    if !policy.entries_only {
        let comments: Vec<Suppression> = (project.files.par_iter())
            .flat_map_iter(|file| comment::collect(file, &settings.catalog, &policy.peers))
            .collect();
        all.extend(comments.into_iter().map(|one| (one.key(), one)));
    }
    if let (Some(entries), Some(file)) = (&policy.entries, configuration) {
        let entries = entries.list.iter().map(|entry| entry.suppression(file));
        all.extend(entries.map(|one| (one.key(), one)));
    }
    all.into_values().collect()
}

impl Suppression {
    /// Whether it is for a finding in the file at `path`, which marks it as used: the instances that
    /// are meant, none for all.
    fn takes(&mut self, finding: &Finding, path: &str) -> Option<Vec<String>> {
        let (place, span) = (self.place.file, finding.primary.span);
        let Content::Terms(Terms { rules, instances, used, .. }) = &mut self.content else {
            return None;
        };
        let rule = rules.iter().position(|rule| rule.id == finding.rule.id)?;
        let meant = match &self.reach {
            Reach::Object(_) => return None,
            Reach::Named(target) => target.meant(finding, path)?,
            Reach::Spans(spans) => {
                let covered = place == finding.primary.file
                    && spans.iter().any(|one| one.start <= span.start && span.start <= one.end);
                let meant = finding.instances.iter().filter(|one| instances.contains(*one));
                let meant: Vec<String> = meant.cloned().collect();
                if !covered || meant.is_empty() && !instances.is_empty() {
                    return None;
                }
                meant
            }
        };
        used[rule] = true;
        Some(meant)
    }
}

/// Findings about suppressions.
fn faults(
    project: &Project,
    suppressions: &[Suppression],
    rules: &[&'static Rule],
    settings: &Settings,
) -> Vec<Judged> {
    let bodies = project.resources.iter().map(|r| &project.files[r.node.file.0 as usize]);
    let judged_files: BTreeSet<_> = bodies
        .map(|file| file.rendering.as_ref().map_or(file.id, |rendering| rendering.of))
        .collect();
    let mut found = Vec::new();
    for one in suppressions {
        let file = &project.files[one.place.file.0 as usize];
        let (active, unused): (Vec<&'static Rule>, bool) = if let Reach::Named(target) = &one.reach
        {
            // What was not looked at may hold what is suppressed there.
            let covers =
                |path: &String| target.globs.as_ref().is_none_or(|globs| globs.is_match(path));
            let whole = settings.scope == Scope::Whole
                && !project.skipped.iter().any(|(path, _)| covers(path));
            (rules.to_vec(), whole)
        } else {
            if !judged_files.contains(&file.id) {
                continue;
            }
            let wanted = |rule: &&Rule| settings.wants(rule, &file.source.path);
            // With other values a chart may hold what is suppressed there.
            (rules.iter().copied().filter(wanted).collect(), file.language != Language::Chart)
        };
        for (id, word) in one.faults(&active, &settings.suppressions, settings.today) {
            let reported = active.iter().find(|rule| rule.id == id);
            if let Some(rule) = reported.filter(|_| unused || id != UNUSED) {
                found.push(about(project, rule, one.place, &word));
            }
        }
    }
    found
}
