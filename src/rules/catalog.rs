//! The rules a run may choose from: those of this version, compiled from the cards at build time,
//! and those of users' own packs.

use super::card::{Account, Limit, Part, Platform, Precision, Profile, Severity, Status, Typed};
use super::rule::{
    Check, Condition, Declarative, Default, Each, Predicate, Rule, Scalar, Source, Step, Without,
};
use std::sync::Arc;

#[allow(clippy::unreadable_literal, reason = "written by build.rs")]
mod built {
    use super::{
        Account, Check, Condition, Declarative, Default, Each, Limit, Part, Platform, Precision,
        Predicate, Profile, Rule, Scalar, Severity, Source, Status, Step, Typed, Without,
    };

    include!(concat!(env!("OUT_DIR"), "/cards.rs"));
}

pub use built::{EXPRESSIONS, RULES};

/// The automata of the rules' regular expressions, one after the other.
static AUTOMATA: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/automata"));

/// The compiled expression of a slot, if there is one.
pub fn automaton(slot: usize) -> Option<&'static [u8]> {
    let end = *built::AUTOMATA_ENDS.get(slot)?;
    let start = slot.checked_sub(1).map_or(0, |before| built::AUTOMATA_ENDS[before]);
    (start < end).then(|| &AUTOMATA[start..end])
}

/// Begins the ids of this project's own rules; no pack may use it.
pub const ORGANISATION: &str = "ZT";

/// Rules, sorted by id.
#[derive(Clone, Debug)]
pub struct Catalog {
    rules: Arc<[&'static Rule]>,
    expressions: usize,
}

impl std::default::Default for Catalog {
    /// The rules of this version.
    fn default() -> Self {
        Self { rules: RULES.iter().collect(), expressions: EXPRESSIONS }
    }
}

impl Catalog {
    /// No rule; the slots of those of this version stay theirs.
    pub fn empty() -> Self {
        Self { rules: Arc::new([]), expressions: EXPRESSIONS }
    }

    /// These rules and others; `expressions` counts the slots of all their regular expressions.
    #[must_use]
    pub fn with(&self, others: Vec<&'static Rule>, expressions: usize) -> Self {
        let mut rules = [self.rules.to_vec(), others].concat();
        rules.sort_by_key(|rule| rule.id);
        Self { rules: rules.into(), expressions }
    }

    /// Every rule, by id.
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// Number of slots for regular expressions.
    pub fn expressions(&self) -> usize {
        self.expressions
    }

    /// The rule with this id, alias or name.
    pub fn find(&self, word: &str) -> Option<&'static Rule> {
        let by_id = self.rules.binary_search_by(|rule| rule.id.cmp(word)).ok();
        by_id.map(|at| self.rules[at]).or_else(|| {
            let called = |rule: &&&Rule| {
                rule.name == word
                    || rule.id.eq_ignore_ascii_case(word)
                    || rule.aliases.contains(&word)
            };
            self.rules.iter().find(called).copied()
        })
    }

    /// The rules a word stands for: an id, alias or name, a family (`NET`), an organisation
    /// (`ZT`), or both (`ZT-NET`).
    pub fn matching(&self, word: &str) -> Vec<&'static Rule> {
        if let Some(rule) = self.find(word) {
            return vec![rule];
        }
        let upper = word.to_ascii_uppercase();
        let meant = |rule: &&&Rule| {
            rule.family == upper
                || rule.id.strip_prefix(&*upper).is_some_and(|rest| rest.starts_with('-'))
        };
        self.rules.iter().filter(meant).copied().collect()
    }
}

/// The rule of this version with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.binary_search_by(|rule| rule.id.cmp(id)).ok().map(|at| &RULES[at])
}
