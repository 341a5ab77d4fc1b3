//! Every file of real repositories damaged over and over (`ZTLINT_CORPORA`, a folder of folders;
//! `ZTLINT_MUTATIONS`, how often; `ZTLINT_SEED`): no panic, no place outside its text, nothing lost
//! without a word, and the same bytes for any number of threads and any order of folders.

#[path = "soak/mutation.rs"]
mod mutation;

use mutation::{KINDS, Random, mutate};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use ztlint::input::file::{File, Language};
use ztlint::input::file_tree::{Disk, FileTree, MAX_FILE_BYTES, Memory};
use ztlint::input::problem::Level;
use ztlint::input::source::Place;
use ztlint::input::tree_checks;
use ztlint::report::{self, Format, Look};
use ztlint::rules::card::Profile;
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::outcome::Report;
use ztlint::rules::settings::Settings;

/// In one run, one file of so many is damaged: its neighbours stand, so that there is something
/// beyond parsers to go wrong.
const PARTS: usize = 4;

/// A run that takes so much longer than that of the sound files hangs.
const SLOWER: u32 = 20;
const GRACE: Duration = Duration::from_secs(20);

type Files = BTreeMap<String, Vec<u8>>;

fn number(variable: &str, otherwise: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable}: a number")))
}

/// The projects of the corpora: name and files.
fn projects() -> Vec<(String, Files)> {
    let root = PathBuf::from(std::env::var_os("ZTLINT_CORPORA").expect("ZTLINT_CORPORA"));
    let entries = std::fs::read_dir(&root).expect("a folder of folders");
    let folders: BTreeSet<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    let mut projects = Vec::new();
    for folder in folders.into_iter().filter(|path| path.is_dir()) {
        let disk = Disk::new(&folder, MAX_FILE_BYTES);
        let read = |path: String| disk.read(&path).ok().map(|bytes| (path, bytes));
        let files: Files = disk.list("", true).files.into_iter().filter_map(read).collect();
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
        if !files.is_empty() {
            projects.push((name.unwrap_or_default(), files));
        }
    }
    assert!(!projects.is_empty(), "{} holds nothing", root.display());
    projects
}

/// The files of a project, those of one part damaged; and which those are.
fn damaged(files: &Files, seed: u64, round: u64, part: usize) -> (Files, Vec<String>) {
    let all: Vec<&Vec<u8>> = files.values().collect();
    let (mut made, mut which) = (files.clone(), Vec::new());
    let wanted = files.keys().filter(|path| Language::of(path).is_some() || path.ends_with("tpl"));
    for path in wanted.enumerate().filter(|(at, _)| at % PARTS == part).map(|(_, path)| path) {
        let mut random = Random::new(seed.wrapping_add(round), &[path]);
        let other = all[random.below(all.len())];
        let text = mutate(&files[path], other, &mut random);
        made.insert(path.clone(), text);
        which.push(path.clone());
    }
    (made, which)
}

fn memory(files: &Files) -> Memory {
    files.iter().fold(Memory::new(), |tree, (path, bytes)| tree.with(path, bytes.clone()))
}

fn judged(files: &Files) -> Report {
    let settings = Settings {
        profile: Profile::Strict,
        today: Date::parse("2026-01-01").expect("a day"),
        ..Settings::default()
    };
    engine::run(&memory(files), &settings)
}

fn written(format: Format, report: &Report) -> Vec<u8> {
    let mut out = Vec::new();
    report::write(format, report, &Look::default(), &mut out).expect("memory takes every byte");
    out
}

/// What is wrong with a report, if anything.
fn fault_of(report: &Report) -> Option<String> {
    let fits = |place: Place| report.source(place.file).text.get(place.span.range()).is_some();
    for finding in &report.findings {
        let steps = finding.witness.iter().flat_map(|witness| &witness.steps);
        let places = finding.labels.iter().chain(steps).map(|label| label.place);
        if let Some(place) = places.chain([finding.primary]).find(|place| !fits(*place)) {
            return Some(format!("{place:?} of {finding:?}"));
        }
    }
    for problem in &report.problems {
        if problem.place.is_some_and(|(file, span)| !fits(Place { file, span })) {
            return Some(format!("{problem:?}"));
        }
    }
    None
}

/// A damaged file that cannot be read as a whole, and of which no report says so.
fn concealed(report: &Report, files: &Files, which: &[String]) -> Option<String> {
    let said: BTreeSet<&str> = report
        .problems
        .iter()
        .filter(|problem| problem.level == Level::Error)
        .map(|problem| problem.path.as_str())
        .chain(report.summary.skipped.iter().map(|skipped| skipped.path.as_str()))
        .collect();
    let lost = |path: &&String| {
        let language = Language::of(path).expect("only such files are damaged");
        let Ok(text) = String::from_utf8(files[*path].clone()) else {
            return language.is_terraform();
        };
        let file = File::parse(path, text, language);
        tree_checks::check(&file.tree, &file.source.text);
        let begins = |word| file.source.text.lines().any(|line| line.starts_with(word));
        let manifest = language.is_terraform() || begins("apiVersion: ") && begins("kind: ");
        manifest && !file.template && file.faults.iter().any(|fault| !fault.warning)
    };
    which
        .iter()
        .filter(|path| Language::of(path).is_some() && !said.contains(path.as_str()))
        .find(lost)
        .cloned()
}

/// What goes wrong with these files, if anything.
fn trouble(files: &Files, which: &[String], format: Format) -> Option<String> {
    let run = || {
        let report = judged(files);
        let hidden = concealed(&report, files, which).map(|path| format!("`{path}` is concealed"));
        let fault = fault_of(&report).or(hidden);
        assert!(!written(format, &report).is_empty() || report.findings.is_empty(), "no output");
        fault
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied());
        Some(format!("a panic: {}", text.unwrap_or("without words")))
    })
}

/// The fewest damaged files that still make trouble, written to a folder of their own.
fn least(sound: &Files, bad: &Files, which: &[String], format: Format) -> String {
    let mix = |broken: &[String]| {
        let mut files = sound.clone();
        files.extend(broken.iter().map(|path| (path.clone(), bad[path].clone())));
        files
    };
    let mut left = which.to_vec();
    let mut step = left.len().div_ceil(2);
    while step > 0 {
        let mut at = 0;
        while at < left.len() {
            let mut fewer = left.clone();
            fewer.drain(at..(at + step).min(left.len()));
            if trouble(&mix(&fewer), &fewer, format).is_some() {
                left = fewer;
            } else {
                at += step;
            }
        }
        step /= 2;
    }
    let folder = std::env::temp_dir().join(format!("ztlint-soak-{}", std::process::id()));
    write(&folder, &mix(&left), &mut Random::new(0, &[]));
    format!("{left:?} in {}", folder.display())
}

/// Writes files in a random order, which many file systems list them in.
fn write(root: &Path, files: &Files, random: &mut Random) {
    let mut paths: Vec<&String> = files.keys().collect();
    random.shuffle(&mut paths);
    for path in paths {
        let full = root.join(path);
        std::fs::create_dir_all(full.parent().expect("a folder")).expect("folders");
        std::fs::write(full, &files[path]).expect("a file");
    }
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
#[allow(clippy::print_stderr, reason = "a run of hours shows where it is")]
fn damaged_files_do_no_harm() {
    let (rounds, seed) = (number("ZTLINT_MUTATIONS", 1), number("ZTLINT_SEED", 1));
    let (mut runs, mut mutants, mut slowest) = (0, 0, (Duration::ZERO, String::new()));
    let mut faults = Vec::new();
    for (name, files) in projects() {
        let start = Instant::now();
        judged(&files);
        let limit = start.elapsed() * SLOWER + GRACE;
        for (round, part) in (0..rounds).flat_map(|round| (0..PARTS).map(move |part| (round, part)))
        {
            let (bad, which) = damaged(&files, seed, round, part);
            let format = Format::ALL[runs % Format::ALL.len()];
            let start = Instant::now();
            let found = trouble(&bad, &which, format);
            let (took, what) = (start.elapsed(), format!("{name}, round {round}, part {part}"));
            (runs, mutants) = (runs + 1, mutants + which.len());
            if let Some(fault) = found {
                let where_ = least(&files, &bad, &which, format);
                eprintln!("{what}: {fault}: {where_}");
                faults.push(format!("{what}: {fault}: {where_}"));
            }
            if took > limit {
                faults.push(format!("{what}: {took:?}"));
            }
            slowest = slowest.max((took, what));
        }
        eprintln!("{name}: {runs} runs, {mutants} damaged files, slowest {slowest:?}");
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// The damaged projects of which the whole output is compared: small ones, more often.
fn sample() -> impl Iterator<Item = (String, Files)> {
    let seed = number("ZTLINT_SEED", 1);
    projects().into_iter().enumerate().map(move |(at, (name, files))| {
        let (bad, _) = damaged(&files, seed, 1_000, at % PARTS);
        (name, bad)
    })
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
fn threads_change_nothing_about_damaged_files() {
    for (name, files) in sample() {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool").install(|| {
                let report = judged(&files);
                [Format::Json, Format::Sarif, Format::Human].map(|one| written(one, &report))
            })
        };
        let one = with(1);
        assert!(with(2) == one && with(8) == one, "{name}: the output depends on threads");
    }
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
fn neither_threads_nor_the_order_of_folders_change_what_the_program_says() {
    // In memory, a folder is listed in the order in which its files were made.
    let shared = Path::new("/dev/shm");
    let home = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
    for (name, files) in sample() {
        let mut outputs = Vec::new();
        for (order, jobs) in [(0, "1"), (1, "2"), (2, "8")] {
            let folder = tempfile::tempdir_in(&home).expect("a folder");
            let mut random = Random::new(order, &[&name]);
            write(folder.path(), &files, &mut random);
            std::fs::create_dir_all(folder.path().join(".git")).expect("the project's root");
            let output = Command::new(env!("CARGO_BIN_EXE_ztlint"))
                .current_dir(folder.path())
                .args(["check", ".", "--profile", "strict", "--format", "json", "--jobs", jobs])
                .output()
                .expect("the program");
            let report: serde_json::Value =
                serde_json::from_slice(&output.stdout).expect("a report");
            let problems = report["problems"].as_array().expect("problems");
            let failed = problems.iter().any(|problem| problem["level"] == "error");
            let found = !report["findings"].as_array().expect("findings").is_empty();
            let code = if failed { 2 } else { i32::from(found) };
            assert_eq!(output.status.code(), Some(code), "{name}");
            outputs.push(output.stdout);
        }
        assert!(
            outputs.windows(2).all(|pair| pair[0] == pair[1]),
            "{name}: another order, another output"
        );
    }
}

#[test]
fn every_kind_of_damage_changes_a_manifest() {
    let text = b"a: 1\nb:\n  - name: x\n    value: \"y 22\"\n---\nkind: Pod\nspec: {c: 3}\n";
    for (name, kind) in KINDS {
        let changed = (0..20).filter(|seed| {
            let mut random = Random::new(*seed, &[name]);
            let mut made = text.to_vec();
            kind(&mut made, &mut random, b"other: 1\nlines: 2\n");
            made != text
        });
        assert!(changed.count() >= 5, "{name}");
        let mut nothing = Vec::new();
        kind(&mut nothing, &mut Random::new(1, &[]), b"");
    }
    let once = mutate(text, text, &mut Random::new(5, &["a"]));
    assert_eq!(once, mutate(text, text, &mut Random::new(5, &["a"])), "the same seed");
}
