//! Configurations with marks as in cards: what is found in them, and that unknown values keep rules
//! silent.

use ztlint::rules::card::{Given, Platform, Snippet};
use ztlint::rules::catalog::Catalog;
use ztlint::rules::{example, silence};

/// What a case is about, the rules that run, and the configuration, marked as in cards.
pub type Case = (&'static str, &'static [&'static str], &'static str);

/// One of the configurations as a card's example.
pub fn snippet(text: &str) -> Snippet {
    // Put together here, so that no scanner takes this file for a leak.
    let token = ["ghp_", "a8Gk2LmQz91XcVb7", "NtRy5WsEd3FhJu0PiKoA"].concat();
    let text = text.trim_start().replace("TOKEN", &token);
    let (expect, settings) = (Vec::new(), Given::default());
    Snippet { platform: Platform::Terraform, why: None, text, expect, settings }
}

/// Every case gives what is marked, and nothing else.
pub fn found(cases: &[Case]) {
    let catalog = Catalog::default();
    let mut faults = Vec::new();
    for (name, rules, text) in cases {
        for rule in *rules {
            let run = example::run(&catalog, rule, &snippet(text));
            if run.found != run.expected || !run.problems.is_empty() {
                let example::Run { expected, found, problems, .. } = run;
                faults.push(format!("{name}: {rule} {expected:?}, found {found:?} {problems:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// An unknown value in place of a known one gives no finding.
pub fn silent(cases: &[Case]) {
    let catalog = Catalog::default();
    let mut faults = Vec::new();
    for (name, rules, text) in cases {
        for rule in *rules {
            let (stays, created) = (
                silence::stays(&catalog, rule, &snippet(text)),
                silence::created(&catalog, rule, &snippet(text)),
            );
            let breaches = stays.into_iter().chain(created);
            faults.extend(breaches.map(|(line, what)| format!("{name}: {rule}:{line}: {what}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
