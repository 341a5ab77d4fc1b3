//! The catalogue's laws: every card is well formed, every example behaves, and what is compiled is
//! what the cards say. That unknown is never bad is held in tests/unknown.rs.

mod support;

use std::collections::BTreeSet;
use support::{cards, case_folders, listed, tree};
use ztlint::rules::catalog::{self, Catalog};
use ztlint::rules::lowering::Lowering;
use ztlint::rules::pack::{CardFault, CardFile};

use ztlint::rules::{code, laws, pack};

/// Collects faults over all cards and fails once with all of them.
fn check(law: impl Fn(&CardFile) -> Vec<CardFault>) {
    let faults: Vec<CardFault> = cards().iter().flat_map(law).collect();
    assert!(faults.is_empty(), "{}", listed(&faults));
}

#[test]
fn examples_behave() {
    let catalog = Catalog::default();
    check(|card| laws::examples_behave(&catalog, card));
}

#[test]
fn cases_behave() {
    let (catalog, tree) = (Catalog::default(), tree());
    check(|card| laws::cases_behave(&catalog, &tree, card));
    let examples = cards().iter().flat_map(|file| &file.card.examples);
    let used: BTreeSet<String> = examples.filter_map(|example| example.case.clone()).collect();
    assert_eq!(used, case_folders(), "a case that no card runs, or a card without its case");
}

#[test]
fn every_platform_has_two_bad_and_two_good_examples() {
    check(laws::enough_examples);
}

#[test]
fn cards_are_well_formed() {
    check(laws::well_formed);
}

#[test]
fn ids_are_unique_and_checks_are_sound() {
    let joined = pack::join(&Catalog::empty(), cards());
    let joined = joined.unwrap_or_else(|faults| panic!("{}", listed(&faults)));
    assert_eq!(joined.rules().len(), cards().len());
}

#[test]
fn code_table_and_cards_are_one_to_one() {
    let named: Vec<String> =
        cards().iter().filter_map(|file| file.card.check.code.clone()).collect();
    let unique: BTreeSet<&str> = named.iter().map(String::as_str).collect();
    assert_eq!(named.len(), unique.len(), "two cards name one function");
    let table: Vec<&str> = code::TABLE.iter().map(|(name, _)| *name).collect();
    assert!(table.is_sorted(), "the table is sorted by name");
    assert_eq!(unique, table.into_iter().collect::<BTreeSet<_>>());
}

#[test]
fn the_binary_holds_exactly_the_cards() {
    // Compiled and read at run time, a card is the same rule, down to the slots of its regular
    // expressions, which are numbered by id.
    let mut cards: Vec<_> = cards().iter().map(|file| &file.card).collect();
    cards.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(cards.len(), catalog::RULES.len());
    let mut lowering = Lowering::default();
    for (card, built) in cards.into_iter().zip(catalog::RULES) {
        let read = lowering.rule(card).unwrap_or_else(|_| panic!("{}", card.id));
        assert_eq!(format!("{built:?}"), format!("{read:?}"));
    }
    assert_eq!(lowering.patterns().count(), catalog::EXPRESSIONS);
}
