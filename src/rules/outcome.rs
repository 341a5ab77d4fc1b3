//! What one run gives back: everything a report needs, nothing about how it looks.

use super::finding::Finding;
use super::secret::veil;
use super::suppress::Suppression;
use crate::input::problem::Problem;
use crate::input::source::{FileId, Source};
use crate::model::terraform::evaluation::Knowledge;
use rayon::prelude::*;
use std::borrow::Cow;

/// The result of `engine::run`.
#[derive(Debug, Default)]
pub struct Report {
    /// Every file read; `FileId` is the index.
    pub sources: Vec<Source>,
    /// Sorted by path, start and rule id.
    pub findings: Vec<Finding>,
    /// What suppressions hide, in the same order, each with the index of one that does.
    pub suppressed: Vec<(Finding, usize)>,
    /// Every suppression of the files read, by place.
    pub suppressions: Vec<Suppression>,
    /// Sorted by path and start.
    pub problems: Vec<Problem>,
    /// Counts.
    pub summary: Summary,
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that held manifests and were analysed.
    pub files: usize,
    /// Files looked at that hold no manifest.
    pub not_manifests: usize,
    /// Files recognised and not analysed, or only in part, with the reason (templates, patches,
    /// what a kustomization wants beyond what is built).
    pub skipped: Vec<Skipped>,
    /// Resources in the analysed files.
    pub resources: usize,
    /// Worlds judged.
    pub roots: usize,
    /// Rules that were selected.
    pub rules: usize,
    /// Values that could not be resolved where a rule looked.
    pub unknowns: usize,
    /// How much of Terraform's written attributes is known, and why the rest is not.
    pub knowledge: Knowledge,
    /// Sources of called Terraform modules that are not at hand.
    pub remote_modules: Vec<String>,
    /// Findings hidden by valid suppressions, of those that would be shown.
    pub suppressed: usize,
    /// Findings in system namespaces, shown only with the strict profile.
    pub system: usize,
    /// What a baseline holds back, if there is one.
    pub baseline: Option<HeldBack>,
    /// What an earlier revision had, too, if the run was compared with one.
    pub since: Option<HeldBack>,
}

impl Summary {
    /// How many findings are left out since they are known.
    pub fn held_back(&self) -> usize {
        let known = [&self.baseline, &self.since].into_iter().flatten();
        known.map(|held| held.findings).sum()
    }
}

/// Findings left out since they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// The file or the revision that knows them.
    pub by: String,
    /// How many.
    pub findings: usize,
}

/// A file recognised and not analysed, or only in part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its path.
    pub path: String,
    /// Why, in a few words.
    pub reason: String,
}

impl Report {
    /// The source of a place.
    pub fn source(&self, file: FileId) -> &Source {
        &self.sources[file.0 as usize]
    }

    /// As it leaves: without what may be a secret in the texts that it repeats from manifests.
    #[must_use]
    pub fn veiled(mut self) -> Self {
        let suppressed = self.suppressed.par_iter_mut().map(|(finding, _)| finding);
        self.findings.par_iter_mut().chain(suppressed).for_each(|finding| {
            let steps = finding.witness.iter_mut().flat_map(|witness| {
                let steps = witness.steps.iter_mut().map(|step| &mut step.text);
                steps.chain([&mut witness.sentence])
            });
            let own = [&mut finding.message, &mut finding.resource, &mut finding.path];
            let labels = finding.labels.iter_mut().map(|label| &mut label.text);
            let more = finding.assumption.iter_mut().chain(&mut finding.instances);
            own.into_iter().chain(labels).chain(more).chain(steps).for_each(hide);
        });
        self.problems.iter_mut().for_each(|problem| hide(&mut problem.message));
        self.summary.skipped.iter_mut().for_each(|skipped| hide(&mut skipped.reason));
        self.summary.remote_modules.iter_mut().for_each(hide);
        self
    }
}

fn hide(text: &mut String) {
    if let Cow::Owned(shown) = veil::veiled(text) {
        *text = shown;
    }
}
