//! Snippets in the style of common zero-trust guides, their faults included. Each folder below
//! `testdata/guides` is a project of its own; its `expect.yaml` says what is found, and which traps
//! are known and not found. `fixed/` is the same without the faults. A file `world.…` beside the
//! snippet is what else there is in the project, for the snippet and for its twin.

mod support;

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::folders::{self, Found};
use ztlint::rules::card::Profile;
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::settings::Settings;

/// Traps that one manifest alone does not show, by what would show them. Whoever finds one moves it
/// from `open` to `findings` and changes the number here.
const OPEN: [(Needs, usize); 0] = [];

/// What a snippet gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// With the default profile.
    findings: Vec<Found>,
    /// What the strict profile adds; where it is left out, the snippet is not run with it.
    strict: Option<Vec<Found>>,
    /// Traps that this version does not find.
    #[serde(default)]
    open: Vec<Trap>,
    /// Traps that no rule is meant to find, and why.
    #[serde(default)]
    declined: Vec<Declined>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trap {
    trap: String,
    needs: Needs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declined {
    trap: String,
    why: String,
}

/// What it takes to see a trap.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Needs {
    /// Values of variables and expressions.
    Evaluation,
    /// What else there is in the project or the cluster.
    Workspace,
    /// Who reaches whom, through several resources.
    Graph,
}

/// The folders of the snippets and what they say.
fn snippets() -> Vec<(PathBuf, Expected)> {
    folders::cases("testdata/guides")
}

/// Runs the files of a folder, the fixed ones aside.
fn findings(folder: &Path, profile: Profile) -> Vec<Found> {
    let (tree, files) = folders::project(folder, "fixed");
    let today = Date::parse("2026-01-01").expect("a day");
    let report = engine::run(&tree, &Settings { profile, today, ..Settings::default() });
    assert!(report.problems.is_empty(), "{}: {:?}", folder.display(), report.problems);
    let count = report.summary.files;
    assert_eq!(count, files.len(), "{}: a file holds no manifest", folder.display());
    folders::found(&report)
}

fn sorted(lists: &[&[Found]]) -> Vec<Found> {
    let mut all = lists.concat();
    all.sort();
    all
}

#[test]
fn snippets_give_exactly_what_is_expected() {
    let mut faults = Vec::new();
    for (folder, expected) in snippets() {
        let mut compare = |profile: Profile, expected: Vec<Found>| {
            let found = findings(&folder, profile);
            if found != expected {
                let name = folder.display();
                faults.push(format!("{name} ({profile:?})\n  {expected:?}\n  {found:?}"));
            }
        };
        compare(Profile::Default, sorted(&[&expected.findings]));
        if let Some(strict) = &expected.strict {
            compare(Profile::Strict, sorted(&[&expected.findings, strict]));
        }
    }
    assert!(faults.is_empty(), "expected, found:\n{}", faults.join("\n"));
}

#[test]
fn fixed_snippets_are_clean() {
    for (folder, expected) in snippets() {
        let fixed = folder.join("fixed");
        assert_eq!(findings(&fixed, Profile::Default), [], "{}", fixed.display());
        if expected.strict.is_some() {
            assert_eq!(findings(&fixed, Profile::Strict), [], "{}", fixed.display());
        }
    }
}

#[test]
fn every_snippet_has_a_fault_and_every_trap_a_sentence() {
    for (folder, expected) in snippets() {
        let Expected { findings, strict, open, declined } = expected;
        let faults = findings.len() + strict.map_or(0, |list| list.len()) + open.len();
        assert!(faults + declined.len() > 0, "{}: no fault", folder.display());
        let traps = open.iter().map(|open| &open.trap);
        let declined = declined.iter().flat_map(|declined| [&declined.trap, &declined.why]);
        for sentence in traps.chain(declined) {
            assert!(sentence.ends_with('.'), "{}: {sentence}", folder.display());
        }
    }
}

#[test]
fn open_traps_are_counted() {
    let mut open: BTreeMap<Needs, Vec<String>> = BTreeMap::new();
    for (folder, expected) in snippets() {
        let name = folder.file_name().expect("a name").to_string_lossy();
        for trap in expected.open {
            open.entry(trap.needs).or_default().push(format!("{name}: {}", trap.trap));
        }
    }
    let counts: Vec<(Needs, usize)> =
        open.iter().map(|(needs, list)| (*needs, list.len())).collect();
    assert_eq!(counts, OPEN, "open traps: {open:#?}");
}
