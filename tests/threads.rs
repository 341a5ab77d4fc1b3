//! What users of other tools ran into with Terraform, told again in projects of our own. Each folder
//! below `testdata/threads` is one: its `expect.yaml` names the threads and says what is found.
//! `twin/` is the same with the one difference that turns the verdict.

mod support;

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use support::folders::{self, Found};
use ztlint::input::problem::Level;
use ztlint::model::root::ModelSettings;
use ztlint::model::terraform::evaluation::Given;
use ztlint::rules::card::Profile;
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::finding::Finding;
use ztlint::rules::outcome::Report;
use ztlint::rules::settings::Settings;

/// What a project gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Expected {
    /// Where it was asked: `owner/repository#number`.
    threads: Vec<String>,
    /// What goes wrong there.
    why: String,
    /// The files and folders that are named; none for all.
    focus: Option<Vec<String>>,
    /// Rules that find something in both, which is no matter of the thread.
    #[serde(default)]
    besides: Vec<String>,
    /// Files of variable values that are given.
    #[serde(default)]
    var_files: Vec<String>,
    /// With the default profile.
    findings: Vec<Found>,
    /// What the strict profile adds; where it is left out, the project is not run with it.
    strict: Option<Vec<Found>>,
    /// The same for the twin.
    twin: Option<Vec<Found>>,
    twin_strict: Option<Vec<Found>>,
    /// Modules that are not at hand, in both.
    #[serde(default)]
    remote: BTreeSet<String>,
    /// Attributes that are not known, by the reason that the report gives.
    unknown: Option<BTreeMap<String, usize>>,
}

fn threads() -> Vec<(PathBuf, Expected)> {
    folders::cases("testdata/threads")
}

fn name(folder: &Path) -> String {
    folder.file_name().expect("a name").to_string_lossy().into_owned()
}

/// Runs a project.
fn run(folder: &Path, expected: &Expected, profile: Profile, focus: Option<&[String]>) -> Report {
    let (tree, _) = folders::project(folder, "twin");
    let variables = Given { files: expected.var_files.clone(), ..Given::default() };
    let settings = Settings {
        profile,
        ignore: expected.besides.clone(),
        today: Date::parse("2026-01-01").expect("a day"),
        focus: focus.map(<[String]>::to_vec),
        model: ModelSettings { variables, ..ModelSettings::default() },
        ..Settings::default()
    };
    let report = engine::run(&tree, &settings);
    let problems = report.problems.iter().filter(|problem| problem.level != Level::Note);
    let problems: Vec<_> = problems.collect();
    assert!(problems.is_empty(), "{}: {problems:?}", folder.display());
    report
}

/// What differs from what is expected.
fn faults(folder: &Path, expected: &Expected) -> Vec<String> {
    let mut faults = Vec::new();
    let mut judge = |folder: &Path, wanted: &[Found], strict: Option<&Vec<Found>>| {
        let focus = expected.focus.as_deref();
        for (profile, more) in [(Profile::Default, Some(&Vec::new())), (Profile::Strict, strict)] {
            let Some(more) = more else { continue };
            let report = run(folder, expected, profile, focus);
            let mut wanted = [wanted, more].concat();
            wanted.sort();
            let found = folders::found(&report);
            if found != wanted {
                let text = format!("{} ({profile:?})\n  {wanted:?}\n  {found:?}", folder.display());
                faults.push(text);
            }
            let remote: BTreeSet<String> = report.summary.remote_modules.iter().cloned().collect();
            if remote != expected.remote {
                faults.push(format!("{}: not at hand: {remote:?}", folder.display()));
            }
        }
    };
    judge(folder, &expected.findings, expected.strict.as_ref());
    if let Some(wanted) = &expected.twin {
        judge(&folder.join("twin"), wanted, expected.twin_strict.as_ref());
    }
    if let Some(wanted) = &expected.unknown {
        let knowledge = run(folder, expected, Profile::Default, None).summary.knowledge;
        let unknown = knowledge.unknown.iter();
        let unknown: BTreeMap<String, usize> =
            unknown.map(|(reason, count)| (reason.words().to_owned(), *count)).collect();
        if unknown != *wanted {
            faults.push(format!("{}: unknown: {unknown:?}", folder.display()));
        }
    }
    faults
}

#[test]
fn threads_give_exactly_what_is_expected() {
    let mut all = Vec::new();
    for (folder, expected) in threads() {
        all.extend(faults(&folder, &expected));
    }
    assert!(all.is_empty(), "expected, found:\n{}", all.join("\n"));
}

#[test]
fn a_file_named_by_itself_is_judged_as_in_the_whole_run() {
    for (folder, expected) in threads() {
        for folder in [folder.clone(), folder.join("twin")] {
            if !folder.is_dir() {
                continue;
            }
            let whole = run(&folder, &expected, Profile::Strict, None);
            for path in folders::project(&folder, "twin").1 {
                let touches = |file| whole.source(file).path == path;
                let wanted = whole.findings.iter().filter(|finding| {
                    touches(finding.primary.file)
                        || finding.labels.iter().any(|label| touches(label.place.file))
                });
                let said = |finding: &Finding| (finding.primary, finding.message.clone());
                let wanted: Vec<_> = wanted.map(said).collect();
                let focus = [path.clone()];
                let alone = run(&folder, &expected, Profile::Strict, Some(&focus));
                let alone: Vec<_> = alone.findings.iter().map(said).collect();
                assert_eq!(alone, wanted, "{}: {path}", folder.display());
            }
        }
    }
}

#[test]
fn every_case_can_fail_and_says_why() {
    let mut seen = BTreeSet::new();
    for (folder, expected) in threads() {
        let name = name(&folder);
        let lists = [&expected.strict, &expected.twin, &expected.twin_strict];
        let found = lists.into_iter().flatten().chain([&expected.findings]);
        assert!(found.flatten().next().is_some(), "{name}: nothing is ever found");
        assert_eq!(expected.twin.is_some(), folder.join("twin").is_dir(), "{name}: twin");
        assert!(expected.twin_strict.is_none() || expected.twin.is_some(), "{name}: twin");
        assert!(expected.why.ends_with('.'), "{name}: {}", expected.why);
        for thread in &expected.threads {
            let repository = thread.split_once('#').expect("a number").0;
            assert_eq!(repository.split('/').count(), 2, "{name}: {thread}");
            assert!(seen.insert(thread.clone()), "{name}: {thread} has two cases");
        }
        let numbers = expected.threads.iter().filter_map(|thread| thread.split('#').nth(1));
        let named = numbers.map(|number| format!("-{number}-")).any(|part| name.contains(&part));
        assert!(named, "{name}: no thread");
    }
}
