//! Regular expressions of rules: those of this version are compiled with it, those of packs when they
//! are first used.

use super::catalog;
use regex::Regex;
use regex_automata::Input;
use regex_automata::dfa::{Automaton, sparse};
use std::sync::OnceLock;

/// An expression that is ready to be asked.
pub struct Expression {
    /// As it was compiled with this program.
    automaton: Option<Box<sparse::DFA<&'static [u8]>>>,
    /// As it is compiled by a run that needs to.
    regex: OnceLock<Option<Regex>>,
}

impl Expression {
    fn new(pattern: &str, slot: usize) -> Option<Self> {
        let automaton =
            catalog::automaton(slot).and_then(|bytes| sparse::DFA::from_bytes(bytes).ok());
        let automaton = automaton.map(|(automaton, _)| Box::new(automaton));
        let own = Self { automaton, regex: OnceLock::new() };
        (own.automaton.is_some() || own.regex(pattern).is_some()).then_some(own)
    }

    /// Whether it matches somewhere in a text.
    pub fn is_match(&self, text: &str) -> bool {
        match &self.automaton {
            // It reads every byte, so it never gives up.
            Some(automaton) => {
                let input = Input::new(text).earliest(true);
                automaton.try_search_fwd(&input).is_ok_and(|found| found.is_some())
            }
            None => self.regex.get().and_then(Option::as_ref).is_some_and(|own| own.is_match(text)),
        }
    }

    /// The same, for the places of what it finds. `pattern` is its own.
    pub fn regex(&self, pattern: &str) -> Option<&Regex> {
        self.regex.get_or_init(|| Regex::new(pattern).ok()).as_ref()
    }
}

/// The expressions of a run, each made ready on first use.
pub struct Expressions(Vec<OnceLock<Option<Expression>>>);

impl Expressions {
    /// Room for `count` expressions.
    pub fn new(count: usize) -> Self {
        Self(std::iter::repeat_with(OnceLock::new).take(count).collect())
    }

    /// The expression of a slot.
    pub fn get(&self, pattern: &str, slot: usize) -> Option<&Expression> {
        self.0.get(slot)?.get_or_init(|| Expression::new(pattern, slot)).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, catalog};
    use crate::rules::rule::{Check, Condition, Predicate, Step};
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use regex::Regex;

    fn patterns(condition: &Condition, into: &mut Vec<(&'static str, usize)>) {
        match condition {
            Condition::All(list) | Condition::Any(list) => {
                list.iter().for_each(|condition| patterns(condition, into));
            }
            Condition::Not(inner) => patterns(inner, into),
            Condition::AnyOf(path, inner)
            | Condition::AllOf(path, inner)
            | Condition::NoneOf(path, inner) => {
                if let Some(Step::Keyed(pattern, slot)) = path.last() {
                    into.push((*pattern, *slot));
                }
                patterns(inner, into);
            }
            Condition::Test { predicate: Predicate::Matches(pattern, slot), .. } => {
                into.push((*pattern, *slot));
            }
            Condition::Test { .. } => {}
        }
    }

    #[test]
    fn automata_match_what_their_expressions_match() {
        let mut all = Vec::new();
        for rule in catalog::RULES {
            if let Check::Declarative(check) = &rule.check {
                patterns(&check.when, &mut all);
                check.unless.iter().for_each(|unless| patterns(unless, &mut all));
            }
        }
        all.sort_unstable_by_key(|&(_, slot)| slot);
        all.dedup();
        assert_eq!(all.len(), catalog::EXPRESSIONS);
        let mut runner = TestRunner::deterministic();
        let (mut automata, mut matches) = (0, 0);
        for (pattern, slot) in all {
            let automaton = Expression::new(pattern, slot).expect("a pattern");
            if automaton.automaton.is_none() {
                continue;
            }
            automata += 1;
            let regex = Regex::new(pattern).expect("a pattern");
            // What it may look for, alone and inside other text, and pieces of the pattern itself.
            let inner = pattern.trim_start_matches("(?i)").trim_start_matches("(?s)");
            let inner = inner.trim_start_matches("(?m)").replace(['^', '$'], "");
            let texts = proptest::string::string_regex(&inner).map_or_else(
                |_| "\\PC{0,20}".boxed(),
                |found| {
                    ("[a-zü /:.*]{0,2}", found, "\\PC{0,2}")
                        .prop_map(|(a, b, c)| a + &b + &c)
                        .boxed()
                },
            );
            let texts = prop_oneof![texts, "\\PC{0,12}", Just(inner), Just(String::new())];
            for _ in 0..60 {
                let text = texts.new_tree(&mut runner).expect("a text").current();
                let cased = if text.len() % 2 == 0 { text.to_uppercase() } else { text.clone() };
                for text in [text, cased] {
                    assert_eq!(
                        automaton.is_match(&text),
                        regex.is_match(&text),
                        "{pattern} {text:?}"
                    );
                    matches += usize::from(regex.is_match(&text));
                }
            }
        }
        assert!(automata * 10 > catalog::EXPRESSIONS * 9, "{automata}");
        assert!(matches > automata * 10, "{matches}");
    }
}
