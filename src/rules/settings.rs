//! What a run is asked to do, after the command line and ztlint.toml have been read.

use super::card::{Profile, Severity};
use super::catalog;
use super::date::Date;
use super::expectation::Expectations;
use super::rule::Rule;
use crate::model::root::ModelSettings;
use globset::GlobSet;

/// Settings of one run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Rules to run: ids, names, families. Empty: those of the profile.
    pub select: Vec<String>,
    /// Rules not to run.
    pub ignore: Vec<String>,
    /// Profile.
    pub profile: Profile,
    /// Findings below are dropped.
    pub min_severity: Severity,
    /// `[project] roots`.
    pub roots: Option<GlobSet>,
    /// `[project] exclude`.
    pub exclude: Option<GlobSet>,
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
            select: Vec::new(),
            ignore: Vec::new(),
            profile: Profile::Default,
            min_severity: Severity::Info,
            roots: None,
            exclude: None,
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
            words.iter().flat_map(|word| catalog::matching(word)).collect()
        };
        let (select, ignore) = (named(&self.select), named(&self.ignore));
        catalog::RULES
            .iter()
            .filter(|rule| {
                let wanted = if self.select.is_empty() {
                    rule.profiles.contains(&self.profile)
                } else {
                    select.contains(rule)
                };
                wanted && !ignore.contains(rule) && rule.severity >= self.min_severity
            })
            .collect()
    }

    /// Words of `select` and `ignore` that name no rule.
    pub fn unknown_words(&self) -> Vec<&str> {
        let words = self.select.iter().chain(&self.ignore);
        words.map(String::as_str).filter(|word| catalog::matching(word).is_empty()).collect()
    }
}
