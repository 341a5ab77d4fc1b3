//! What a run is asked to do, after the command line and ztlint.toml have been read.

use super::card::{Profile, Severity};
use super::catalog::Catalog;
use super::date::Date;
use super::expectation::Expectations;
use super::rule::Rule;
use super::suppress::Policy;
use crate::model::root::ModelSettings;
use globset::GlobSet;
use std::collections::BTreeMap;

/// What a gate lets through is at least this severe.
pub const GATE: Severity = Severity::High;

/// Levels in force instead of the rules' own, by id.
pub type Severities = BTreeMap<&'static str, Severity>;

/// Settings of one run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Rules to choose from.
    pub catalog: Catalog,
    /// Rules to run: ids, names, families. Empty: those of the profile.
    pub select: Vec<String>,
    /// Rules not to run.
    pub ignore: Vec<String>,
    /// Profile.
    pub profile: Profile,
    /// Only what is critical or high and proven.
    pub gate: bool,
    /// Levels of rules.
    pub severities: Severities,
    /// What holds for some paths instead, the last one that matches.
    pub paths: Vec<PathSettings>,
    /// Findings below are dropped.
    pub min_severity: Severity,
    /// `[project] roots`.
    pub roots: Option<GlobSet>,
    /// `[project] exclude`.
    pub exclude: Option<GlobSet>,
    /// What suppressions must say, and which count.
    pub suppressions: Policy,
    /// `[[expect]]`.
    pub expect: Option<Expectations>,
    /// What the model takes from the configuration.
    pub model: ModelSettings,
    /// What to load.
    pub scope: Scope,
    /// Files and folders whose findings are wanted; none for all.
    pub focus: Option<Vec<String>>,
    /// Files to load even where the listing leaves them out.
    pub named: Vec<String>,
    /// The day suppressions are judged by.
    pub today: Date,
    /// Values to treat as unresolved: how the tests check that unknown is never bad.
    pub masks: Vec<Mask>,
}

/// What holds for the files below some paths.
#[derive(Clone, Debug)]
pub struct PathSettings {
    /// The files.
    pub globs: GlobSet,
    /// Their profile, if it is another.
    pub profile: Option<Profile>,
    /// Whether they are gated, if that is said.
    pub gate: Option<bool>,
    /// Levels of rules there.
    pub severities: Severities,
}

/// What to load from the file tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    #[default]
    Whole,
    /// These folders' own files, not their subfolders.
    Folders(Vec<String>),
}

/// A value to treat as unresolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    /// The node with this index in the file's tree.
    Node(String, u32),
    /// A key written below a map node, with an unresolved value.
    Key(String, u32, String),
    /// The resource whose body is this node may or may not exist.
    Presence(String, u32),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            catalog: Catalog::default(),
            select: Vec::new(),
            ignore: Vec::new(),
            profile: Profile::Default,
            gate: false,
            severities: Severities::new(),
            paths: Vec::new(),
            min_severity: Severity::Info,
            roots: None,
            exclude: None,
            suppressions: Policy::default(),
            expect: None,
            model: ModelSettings::default(),
            scope: Scope::Whole,
            focus: None,
            named: Vec::new(),
            today: Date::default(),
            masks: Vec::new(),
        }
    }
}

impl Settings {
    /// The rules to run, by id. Words that name no rule are refused before a run.
    pub fn rules(&self) -> Vec<&'static Rule> {
        let named = |words: &[String]| -> Vec<&'static Rule> {
            words.iter().flat_map(|word| self.catalog.matching(word)).collect()
        };
        let (select, ignore) = (named(&self.select), named(&self.ignore));
        let profiles: Vec<Profile> =
            self.paths.iter().filter_map(|path| path.profile).chain([self.profile]).collect();
        // A gate lets nothing lighter through, wherever it stands.
        let gated = self.gate && self.paths.iter().all(|path| path.gate != Some(false));
        let least = if gated { self.min_severity.max(GATE) } else { self.min_severity };
        let rules = self.catalog.rules().iter().copied();
        rules
            .filter(|rule| {
                let wanted = if self.select.is_empty() {
                    profiles.iter().any(|profile| rule.profiles.contains(profile))
                } else {
                    select.contains(rule)
                };
                wanted && !ignore.contains(rule) && self.highest(rule) >= least
            })
            .collect()
    }

    /// The level of a rule in a file.
    pub fn severity_at(&self, rule: &Rule, path: &str) -> Severity {
        let own = self.at(path).filter_map(|one| one.severities.get(rule.id)).next_back();
        *own.or_else(|| self.severities.get(rule.id)).unwrap_or(&rule.severity)
    }

    /// The highest level that a rule has in any file.
    fn highest(&self, rule: &Rule) -> Severity {
        let own = *self.severities.get(rule.id).unwrap_or(&rule.severity);
        let others = self.paths.iter().filter_map(|one| one.severities.get(rule.id));
        others.copied().fold(own, Severity::max)
    }

    /// The profile of a file.
    pub fn profile_at(&self, path: &str) -> Profile {
        let own = self.at(path).filter_map(|one| one.profile).next_back();
        own.unwrap_or(self.profile)
    }

    /// Whether a file is gated.
    pub fn gate_at(&self, path: &str) -> bool {
        self.at(path).filter_map(|one| one.gate).next_back().unwrap_or(self.gate)
    }

    /// Whether a rule is wanted for a file.
    pub fn wants(&self, rule: &Rule, path: &str) -> bool {
        !self.select.is_empty() || rule.profiles.contains(&self.profile_at(path))
    }

    fn at(&self, path: &str) -> impl DoubleEndedIterator<Item = &PathSettings> {
        self.paths.iter().filter(move |one| one.globs.is_match(path))
    }

    /// Words of `select` and `ignore` that name no rule.
    pub fn unknown_words(&self) -> Vec<&str> {
        let words = self.select.iter().chain(&self.ignore);
        words.map(String::as_str).filter(|word| self.catalog.matching(word).is_empty()).collect()
    }
}
