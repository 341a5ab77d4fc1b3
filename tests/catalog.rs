//! The catalogue's laws: every card is well formed, every example behaves, unknown is never bad.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use support::{CardFile, cards, case_folders, run_case, run_text};
use ztlint::rules::card::{Platform, Snippet};
use ztlint::rules::{catalog, code};

/// Collects faults over all cards and fails once with all of them.
fn check(law: impl Fn(&CardFile, &mut Vec<String>)) {
    let mut faults = Vec::new();
    for card in cards() {
        let mut found = Vec::new();
        law(card, &mut found);
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", card.stem)));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn snippets(card: &CardFile) -> impl Iterator<Item = (&'static str, usize, &Snippet)> {
    card.card.examples.iter().enumerate().flat_map(|(at, example)| {
        let bad = example.bad.iter().map(move |snippet| ("bad", at, snippet));
        bad.chain(example.good.iter().map(move |snippet| ("good", at, snippet)))
    })
}

#[test]
fn examples_behave() {
    check(|card, faults| {
        for (kind, at, snippet) in snippets(card) {
            let run = run_text(&card.card.id, snippet);
            if (kind == "bad") == run.expected.is_empty() {
                faults.push(format!(
                    "example {at}: a {kind} example with {} marks",
                    run.expected.len()
                ));
            }
            if run.found != run.expected {
                faults.push(format!(
                    "example {at} ({kind}, {}): marked lines {:?}, found {:?}",
                    snippet.platform.word(),
                    run.expected,
                    run.found
                ));
            }
            for problem in run.problems {
                faults.push(format!("example {at} ({kind}): {problem}"));
            }
        }
    });
}

#[test]
fn cases_behave() {
    let mut used = BTreeSet::new();
    check(|card, faults| {
        for case in card.card.examples.iter().filter_map(|example| example.case.as_deref()) {
            if !case.starts_with(&format!("testdata/rules/{}/", card.card.id)) {
                faults.push(format!("{case} is not below testdata/rules/{}", card.card.id));
            }
            let (expected, found) = run_case(&card.card.id, case);
            if expected != found {
                faults.push(format!("{case}: marked {expected:?}, found {found:?}"));
            }
        }
    });
    for card in cards() {
        used.extend(card.card.examples.iter().filter_map(|example| example.case.clone()));
    }
    assert_eq!(used, case_folders(), "a case that no card runs, or a card without its case");
}

#[test]
fn every_platform_has_two_bad_and_two_good_examples() {
    check(|card, faults| {
        let mut counts: BTreeMap<(Platform, &str), usize> = BTreeMap::new();
        for (kind, _, snippet) in snippets(card) {
            *counts.entry((snippet.platform, kind)).or_default() += 1;
        }
        for platform in &card.card.platforms {
            for kind in ["bad", "good"] {
                let count = counts.get(&(*platform, kind)).copied().unwrap_or(0);
                if count < 2 {
                    faults.push(format!("{count} {kind} examples for {}", platform.word()));
                }
            }
        }
        for (platform, _) in counts.keys() {
            if !card.card.platforms.contains(platform) {
                faults
                    .push(format!("an example for {}, which is not its platform", platform.word()));
            }
        }
    });
}

#[test]
fn cards_are_well_formed() {
    check(|file, faults| {
        let card = &file.card;
        if file.stem != format!("{}-{}", card.id, card.name) {
            faults.push("the file is not called <ID>-<name>.yaml".to_owned());
        }
        if file.folder != card.family.to_lowercase()
            || !card.id.starts_with(&format!("ZT-{}-", card.family))
        {
            faults.push("folder, family and id disagree".to_owned());
        }
        let number = card.id.rsplit('-').next().unwrap_or_default();
        if number.len() != 3 || !number.bytes().all(|b| b.is_ascii_digit()) {
            faults.push("the id has no three-digit number".to_owned());
        }
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !card.name.chars().all(kebab)
            || card.name.starts_with("no-")
            || card.name.starts_with("require-")
        {
            faults.push("the name is not kebab-case, or does not name the fault".to_owned());
        }
        for (what, text) in [
            ("rationale", &card.rationale),
            ("remediation", &card.remediation),
            ("message", &card.message),
        ] {
            if !text.trim().ends_with('.') || text.trim().len() < 20 {
                faults.push(format!("the {what} is no sentence that ends with a full stop"));
            }
        }
        if card.title.ends_with('.') || card.title.len() > 90 {
            faults.push("the title ends with a full stop or is longer than 90 bytes".to_owned());
        }
        if card.references.iter().all(|reference| !reference.starts_with("https://")) {
            faults.push("no reference is a https address".to_owned());
        }
        for framework in ["nist-800-207", "cisa-ztmm"] {
            if card.controls.get(framework).is_none_or(Vec::is_empty) {
                faults.push(format!("no {framework} control"));
            }
        }
        if !card.message.contains("{resource}") {
            faults.push("the message does not name {resource}".to_owned());
        }
        if card.family == "CRD" && card.message.contains("{value}") && card.check.code.is_none() {
            faults.push("a message about credentials prints {value}".to_owned());
        }
    });
}

#[test]
fn ids_names_and_aliases_are_unique() {
    let mut seen = BTreeMap::new();
    for file in cards() {
        let words = [&file.card.id, &file.card.name];
        for word in words.into_iter().chain(&file.card.aliases) {
            if let Some(other) = seen.insert(word.clone(), file.stem.clone()) {
                panic!("`{word}` is used by {other} and {}", file.stem);
            }
        }
    }
}

#[test]
fn what_a_rule_supersedes_is_another_rule_that_weighs_no_more() {
    let severity =
        |id: &str| cards().iter().find(|file| file.card.id == id).map(|f| f.card.severity);
    for file in cards() {
        for id in &file.card.supersedes {
            let less = severity(id).unwrap_or_else(|| panic!("{} supersedes {id}", file.stem));
            assert!(*id != file.card.id && less <= file.card.severity, "{} and {id}", file.stem);
        }
    }
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
    let built: Vec<&str> = catalog::RULES.iter().map(|rule| rule.id).collect();
    let mut written: Vec<&str> = cards().iter().map(|file| file.card.id.as_str()).collect();
    written.sort_unstable();
    assert_eq!(built, written);
}

#[test]
fn messages_are_filled() {
    check(|card, faults| {
        for (_, at, snippet) in snippets(card) {
            for message in run_text(&card.card.id, snippet).messages {
                let hole = message.find('{').is_some_and(|from| {
                    message[from + 1..].split('}').next().is_some_and(|word| {
                        matches!(word, "resource" | "value" | "element" | "suggestion")
                    })
                });
                if hole || message.contains("``") || message.contains("  ") {
                    faults.push(format!("example {at}: {message}"));
                }
            }
        }
    });
}
