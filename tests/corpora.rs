//! Real repositories, read from the folders named by `ZTLINT_CORPORA` and `ZTLINT_CONFORMANCE`:
//! nothing panics, nothing is dropped, the same bytes come out for any number of threads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use ztlint::input::file::Language;
use ztlint::input::file_tree::{Disk, FileTree, MAX_FILE_BYTES};
use ztlint::input::problem::Level;
use ztlint::model::project;
use ztlint::report::{self, Format, Look};
use ztlint::rules::card::Profile;
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::outcome::Report;
use ztlint::rules::settings::Settings;

fn folder(variable: &str) -> PathBuf {
    let value = std::env::var_os(variable);
    PathBuf::from(value.unwrap_or_else(|| panic!("{variable} names no folder")))
}

fn run(root: &Path) -> Report {
    let settings = Settings {
        profile: Profile::Strict,
        today: Date::parse("2026-01-01").expect("a day"),
        ..Settings::default()
    };
    engine::run(&Disk::new(root, MAX_FILE_BYTES), &settings)
}

fn bytes(format: Format, report: &Report) -> Vec<u8> {
    let mut out = Vec::new();
    report::write(format, report, &Look::default(), &mut out).expect("memory takes every byte");
    out
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
fn every_file_is_accounted_for() {
    let root = folder("ZTLINT_CORPORA");
    let disk = Disk::new(&root, MAX_FILE_BYTES);
    let listed: BTreeSet<String> =
        disk.list("", true).files.into_iter().filter(|path| Language::of(path).is_some()).collect();
    let loaded = project::load(&disk, None, &[], None);
    let mut seen: BTreeSet<String> = loaded.not_manifests.iter().cloned().collect();
    seen.extend(loaded.files.iter().map(|file| file.source.path.clone()));
    seen.extend(loaded.skipped.iter().map(|(path, _)| path.clone()));
    seen.extend(loaded.problems.iter().map(|problem| problem.path.clone()));
    assert!(!listed.is_empty());
    assert_eq!(listed, seen);
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
fn places_lie_in_their_files() {
    let report = run(&folder("ZTLINT_CORPORA"));
    assert!(!report.findings.is_empty());
    for finding in &report.findings {
        let places = finding.related().map(|label| label.place).chain([finding.primary]);
        for place in places {
            let text = &report.source(place.file).text;
            let range = place.span.range();
            assert!(text.get(range).is_some(), "{} {:?}", finding.message, place);
        }
    }
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
fn fingerprints_are_unique() {
    let report = run(&folder("ZTLINT_CORPORA"));
    let prints: BTreeSet<_> = report.findings.iter().map(|finding| finding.fingerprint).collect();
    assert_eq!(prints.len(), report.findings.len());
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
fn threads_change_no_byte() {
    let root = folder("ZTLINT_CORPORA");
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| bytes(Format::Json, &run(&root)))
    };
    let one = with(1);
    assert!(with(2) == one && with(8) == one, "the output depends on threads");
}

#[test]
#[ignore = "needs ZTLINT_CONFORMANCE"]
fn foreign_cases_are_read_without_a_loss() {
    let root = folder("ZTLINT_CONFORMANCE");
    for cases in ["kics/cases", "netpol-analyzer/cases"] {
        let report = run(&root.join(cases));
        assert!(report.summary.resources > 100, "{cases}: {} resources", report.summary.resources);
        for problem in report.problems.iter().filter(|problem| problem.level == Level::Error) {
            assert!(!problem.message.is_empty() && problem.code != "panic", "{problem:?}");
        }
        for format in Format::ALL {
            assert!(!bytes(*format, &report).is_empty());
        }
    }
}
