//! The law of unknown values, for every rule and every example: unknown never creates a finding,
//! and silences the one that hangs on it.

mod support;

use support::cards;
use ztlint::rules::catalog::Catalog;
use ztlint::rules::laws::snippets;
use ztlint::rules::silence::{self, Breach};

/// Collects breaches over all examples and fails once with all of them.
fn check(law: impl Fn(&Catalog, &str, &ztlint::rules::card::Snippet) -> Vec<Breach>) {
    let catalog = Catalog::default();
    let mut faults = Vec::new();
    for file in cards().iter().filter(|file| !silence::is_about_comments(&file.card.id)) {
        for (_, at, snippet) in snippets(&file.card) {
            let id = &file.card.id;
            let found = law(&catalog, id, snippet).into_iter();
            faults.extend(found.map(|(line, what)| format!("{id} example {at}:{line}: {what}")));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn an_unknown_value_silences_the_finding_that_hangs_on_it() {
    check(silence::stays);
}

#[test]
fn an_unknown_value_never_creates_a_finding() {
    check(silence::created);
}
