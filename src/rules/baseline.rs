//! What is known already. Findings that somebody recorded, or that an earlier state of the project
//! had, are held back, so that a run says what is new. Reads and writes nothing.

use super::card::Profile;
use super::catalog::Catalog;
use super::engine::focused;
use super::finding::{Finding, Fingerprint};
use super::outcome::Report;
use super::rule::Rule;
use super::settings::Settings;
use crate::input::problem::Level;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Findings that are known, and the profile of the run that found them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The profile.
    pub profile: Profile,
    /// Sorted.
    pub entries: Vec<Entry>,
}

/// A finding that is known, or several that are the same. Sorted by what people look for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Path of its file, from the project root.
    pub file: String,
    /// The rule's id.
    pub rule: String,
    /// Address of the resource.
    pub resource: String,
    /// Where in the resource: see [`Finding::at`].
    pub at: String,
    /// `ztlint/v1`.
    pub fingerprint: Fingerprint,
    /// How many findings have this fingerprint.
    pub count: usize,
}

impl Baseline {
    /// What a report finds.
    pub fn of(report: &Report, profile: Profile) -> Self {
        let mut counted: BTreeMap<Fingerprint, Entry> = BTreeMap::new();
        for finding in &report.findings {
            let entry = counted.entry(finding.fingerprint).or_insert_with(|| Entry {
                file: path(report, finding).to_owned(),
                rule: finding.rule.id.to_owned(),
                resource: finding.resource.clone(),
                at: finding.at.clone(),
                fingerprint: finding.fingerprint,
                count: 0,
            });
            entry.count += 1;
        }
        let mut entries: Vec<Entry> = counted.into_values().collect();
        entries.sort();
        Self { profile, entries }
    }

    /// With those entries of another one that stand outside of some files and folders and are not in
    /// this one.
    #[must_use]
    pub fn beside(mut self, other: Self, focus: &[String]) -> Self {
        let known: BTreeSet<Fingerprint> =
            self.entries.iter().map(|entry| entry.fingerprint).collect();
        let stays = |one: &Entry| !focused(focus, &one.file) && !known.contains(&one.fingerprint);
        self.entries.extend(other.entries.into_iter().filter(stays));
        self.entries.sort();
        self
    }

    /// Without the entries that are gone.
    #[must_use]
    pub fn without(mut self, gone: &[Gone]) -> Self {
        for one in gone {
            self.entries[one.entry].count -= one.count;
        }
        self.entries.retain(|entry| entry.count > 0);
        self
    }

    /// Takes what is known out of a report; what no finding was for is given back.
    ///
    /// A finding is known by its fingerprint. A fingerprint changes where an address becomes, or is
    /// no longer, the only one of its kind in the project, where a folder that tells equal addresses
    /// apart is moved, and where a rule gets another id. So what is left over on both sides is
    /// compared by rule, address and place in the resource: it is the same in the same file, or
    /// where the file of the entry is there no more.
    pub fn hold_back(&self, report: &mut Report, catalog: &Catalog) -> Vec<Gone> {
        let mut left: Vec<usize> = self.entries.iter().map(|entry| entry.count).collect();
        let mut by_print: HashMap<Fingerprint, Vec<usize>> = HashMap::new();
        let mut by_place: HashMap<(&str, &str, &str), Vec<usize>> = HashMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            by_print.entry(entry.fingerprint).or_default().push(at);
            let rule = catalog.find(&entry.rule).map_or(entry.rule.as_str(), |rule| rule.id);
            by_place.entry((rule, &entry.resource, &entry.at)).or_default().push(at);
        }
        let mut take = |of: Option<&Vec<usize>>, fits: &dyn Fn(&Entry) -> bool| {
            let mut fitting = of.into_iter().flatten();
            let found = fitting.find(|at| left[**at] > 0 && fits(&self.entries[**at]));
            found.map(|at| left[*at] -= 1).is_some()
        };
        let mut held: Vec<bool> = (report.findings.iter())
            .map(|finding| take(by_print.get(&finding.fingerprint), &|_| true))
            .collect();
        let there: BTreeSet<&str> =
            report.sources.iter().map(|source| source.path.as_str()).collect();
        for moved in [false, true] {
            for (finding, held) in report.findings.iter().zip(&mut held).filter(|one| !*one.1) {
                let place = (finding.rule.id, finding.resource.as_str(), finding.at.as_str());
                let path = path(report, finding);
                *held = take(by_place.get(&place), &|entry| {
                    if moved { !there.contains(&*entry.file) } else { entry.file == path }
                });
            }
        }
        let mut held = held.into_iter();
        report.findings.retain(|_| !held.next().unwrap_or_default());
        let gone = left.into_iter().enumerate().filter(|(_, count)| *count > 0);
        gone.map(|(entry, count)| Gone { entry, count }).collect()
    }

    /// Of the entries that no finding was for, those that the run would have found if they were
    /// still there: it saw everything, it could read everything, and it was asked for them.
    pub fn certain(&self, gone: Vec<Gone>, report: &Report, settings: &Settings) -> Vec<Gone> {
        let failed = report.problems.iter().any(|problem| problem.level == Level::Error);
        if settings.focus.is_some() || failed || settings.profile != self.profile {
            return Vec::new();
        }
        let rules = settings.rules();
        let skipped: BTreeSet<&str> =
            report.summary.skipped.iter().map(|one| one.path.as_str()).collect();
        let judged = |entry: &Entry| {
            let rule = settings.catalog.find(&entry.rule);
            let wanted = |rule: &&Rule| rules.contains(rule) && settings.wants(rule, &entry.file);
            rule.as_ref().is_some_and(wanted)
                && !settings.gate_at(&entry.file)
                && !skipped.contains(entry.file.as_str())
        };
        gone.into_iter().filter(|one| judged(&self.entries[one.entry])).collect()
    }
}

/// An entry that no finding was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Its index.
    pub entry: usize,
    /// How often, where it stands for several findings.
    pub count: usize,
}

fn path<'a>(report: &'a Report, finding: &Finding) -> &'a str {
    &report.source(finding.primary.file).path
}
