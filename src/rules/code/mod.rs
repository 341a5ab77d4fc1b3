//! Rules that need relations or arithmetic: one function each, named by its card's `code`.

use super::rule::Rule;
use super::sink::{Raw, Sink};
use crate::model::root::Root;

/// A code rule.
pub type Function = for<'r> fn(&'r Root<'r>, &mut Sink<'_, 'r>);

/// Every code rule by the name its card uses, sorted. `by_engine` marks those about suppressions,
/// which the engine reports itself.
pub const TABLE: &[(&str, Function)] = &[
    ("suppression_expired", by_engine),
    ("suppression_malformed", by_engine),
    ("suppression_unused", by_engine),
];

/// Suppressions are judged after everything else, by the engine.
fn by_engine<'r>(_: &'r Root<'r>, _: &mut Sink<'_, 'r>) {}

/// Runs a code rule; returns how many evaluations unknown values left open.
pub fn run<'r>(name: &str, rule: &'static Rule, root: &'r Root<'r>, out: &mut Vec<Raw>) -> usize {
    let mut sink = Sink::new(rule, root, out);
    if let Ok(at) = TABLE.binary_search_by(|(known, _)| known.cmp(&name)) {
        TABLE[at].1(root, &mut sink);
    }
    sink.unknowns
}
