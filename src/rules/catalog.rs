//! Every rule of this version, compiled from the cards at build time.

use super::card::{Account, Limit, Platform, Precision, Profile, Severity, Status, Typed};
use super::rule::{Check, Condition, Declarative, Default, Each, Predicate, Rule, Scalar, Step};

#[allow(clippy::unreadable_literal, reason = "written by build.rs")]
mod built {
    use super::{
        Account, Check, Condition, Declarative, Default, Each, Limit, Platform, Precision,
        Predicate, Profile, Rule, Scalar, Severity, Status, Step, Typed,
    };

    include!(concat!(env!("OUT_DIR"), "/cards.rs"));
}

pub use built::{EXPRESSIONS, RULES};

/// The rule with this id, alias or name.
pub fn find(word: &str) -> Option<&'static Rule> {
    let by_id = RULES.binary_search_by(|rule| rule.id.cmp(word)).ok().map(|at| &RULES[at]);
    by_id.or_else(|| {
        RULES.iter().find(|rule| {
            rule.name == word || rule.id.eq_ignore_ascii_case(word) || rule.aliases.contains(&word)
        })
    })
}

/// The rules a word stands for: an id, alias or name, or a family (`NET`, `ZT-NET`).
pub fn matching(word: &str) -> Vec<&'static Rule> {
    if let Some(rule) = find(word) {
        return vec![rule];
    }
    let upper = word.to_ascii_uppercase();
    let family = upper.strip_prefix("ZT-").unwrap_or(&upper);
    RULES.iter().filter(|rule| rule.family == family).collect()
}
