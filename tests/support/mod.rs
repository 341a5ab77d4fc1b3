//! What the catalogue tests share: cards from disk, and one example run through the engine.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod folders;

use std::path::Path;
use std::sync::OnceLock;
use ztlint::input::file_tree::Memory;
use ztlint::input::problem::Level;
use ztlint::rules::card::{Card, Platform, Profile, Snippet};
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::expectation::Expectations;
use ztlint::rules::settings::{Mask, Settings};

/// A card and the file it came from.
pub struct CardFile {
    pub folder: String,
    pub stem: String,
    pub card: Card,
}

/// Every card on disk.
pub fn cards() -> &'static [CardFile] {
    static CARDS: OnceLock<Vec<CardFile>> = OnceLock::new();
    CARDS.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let mut cards = Vec::new();
        for family in std::fs::read_dir(root).expect("the rules folder") {
            let family = family.expect("a folder entry").path();
            if !family.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(&family).expect("a family folder") {
                let path = entry.expect("a card").path();
                let text = std::fs::read_to_string(&path).expect("a readable card");
                let card = serde_yaml::from_str(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                cards.push(CardFile {
                    folder: family.file_name().expect("a name").to_string_lossy().into_owned(),
                    stem: path.file_stem().expect("a name").to_string_lossy().into_owned(),
                    card,
                });
            }
        }
        cards.sort_by(|a, b| a.stem.cmp(&b.stem));
        cards
    })
}

/// What an example gave.
pub struct Run {
    pub expected: Vec<u32>,
    pub found: Vec<u32>,
    pub messages: Vec<String>,
    pub problems: Vec<String>,
}

/// The configuration's file.
pub const CONFIGURATION: &str = "ztlint.toml";

/// The settings under which examples run: one rule, a fixed day.
pub fn settings(id: &str, masks: Vec<Mask>) -> Settings {
    Settings {
        select: vec![id.to_owned()],
        profile: Profile::Strict,
        today: Date::parse("2026-01-01").expect("a day"),
        masks,
        ..Settings::default()
    }
}

/// The settings under which an example runs: its own on top.
pub fn settings_for(id: &str, snippet: &Snippet, masks: Vec<Mask>) -> Settings {
    let mut settings = settings(id, masks);
    let given = snippet.settings.clone();
    settings.model.own_accounts = given.own_accounts;
    settings.model.rotation_days = given.rotation_days;
    settings.model.token_seconds = given.token_seconds;
    settings.model.session_seconds = given.session_seconds;
    settings.expect = given.expectations.map(|text| {
        let list = ztlint::cli::expectations::parse(&text).expect("expectations");
        Expectations { path: CONFIGURATION.to_owned(), text, list }
    });
    settings
}

/// The file name an example gets.
pub fn file_name(snippet: &Snippet) -> &'static str {
    let json = snippet.text.trim_start().starts_with('{');
    match (snippet.platform, json) {
        (Platform::Kubernetes | Platform::Istio, false) => "manifest.yaml",
        (Platform::Kubernetes | Platform::Istio, true) => "manifest.json",
        (_, false) => "main.tf",
        (_, true) => "main.tf.json",
    }
}

/// The text without marks, and the marked lines (from 1).
pub fn unmark(text: &str, id: &str) -> (String, Vec<u32>) {
    let (mut clean, mut lines) = (String::new(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        let code = match line.split_once("#~") {
            Some((code, marks)) => {
                let hits = marks.split(['#', '~', ',', ' ']).filter(|mark| *mark == id).count();
                lines.extend(std::iter::repeat_n(at as u32 + 1, hits));
                code.trim_end()
            }
            None => line,
        };
        clean.push_str(code);
        clean.push('\n');
    }
    (clean, lines)
}

/// Runs an example with its rule alone.
pub fn run_text(id: &str, snippet: &Snippet) -> Run {
    let (text, mut expected) = unmark(&snippet.text, id);
    expected.extend(snippet.expect.iter().map(|expected| expected.line));
    expected.sort_unstable();
    let tree = Memory::new().with(file_name(snippet), text);
    let report = engine::run(&tree, &settings_for(id, snippet, Vec::new()));
    let lines = report.findings.iter().map(|finding| {
        report.source(finding.primary.file).position(finding.primary.span.start).line
    });
    let mut found: Vec<u32> = lines.collect();
    found.sort_unstable();
    Run {
        expected,
        found,
        messages: report.findings.iter().map(|finding| finding.message.clone()).collect(),
        problems: report
            .problems
            .iter()
            .filter(|problem| problem.level != Level::Note)
            .map(|problem| problem.message.clone())
            .collect(),
    }
}

/// Places of a case folder: file name and line.
pub type Places = Vec<(String, u32)>;

/// Marked and found places of a case folder.
pub fn run_case(id: &str, case: &str) -> (Places, Places) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(case);
    let (mut tree, mut expected) = (Memory::new(), Vec::new());
    for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{case}: {error}")) {
        let path = entry.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let (text, lines) = unmark(&text, id);
        expected.extend(lines.into_iter().map(|line| (name.clone(), line)));
        tree = tree.with(name, text);
    }
    let report = engine::run(&tree, &settings(id, Vec::new()));
    let place = |finding: &ztlint::rules::finding::Finding| {
        let source = report.source(finding.primary.file);
        (source.path.clone(), source.position(finding.primary.span.start).line)
    };
    let mut found: Vec<_> = report.findings.iter().map(place).collect();
    expected.sort();
    found.sort();
    (expected, found)
}

/// Every case folder on disk.
pub fn case_folders() -> std::collections::BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules");
    let mut folders = std::collections::BTreeSet::new();
    for rule in std::fs::read_dir(root).expect("the cases") {
        let rule = rule.expect("a folder");
        for case in std::fs::read_dir(rule.path()).expect("a rule's cases") {
            let case = case.expect("a case").file_name();
            let (rule, case) = (rule.file_name(), case);
            folders.insert(format!(
                "testdata/rules/{}/{}",
                rule.to_string_lossy(),
                case.to_string_lossy()
            ));
        }
    }
    folders
}
