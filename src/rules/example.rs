//! Executed examples: writes an example's text to a tree in memory and runs it with its rule alone.
//! `ztlint rule test` and the catalogue's tests share it.

use super::card::{Platform, Profile, Snippet};
use super::catalog::Catalog;
use super::date::Date;
use super::engine;
use super::expectation::{self, Expectations};
use super::finding::Finding;
use super::outcome::Report;
use super::settings::{Mask, Settings};
use crate::input::file_tree::{FileTree, Memory};
use crate::input::problem::Level;

/// The day on which examples run.
const TODAY: &str = "2026-01-01";

/// Where the expectations of an example stand.
pub const CONFIGURATION: &str = "ztlint.toml";

/// What an example gave.
#[derive(Debug)]
pub struct Run {
    /// Marked lines, sorted.
    pub expected: Vec<u32>,
    /// Lines of findings, sorted.
    pub found: Vec<u32>,
    /// Messages of the findings.
    pub messages: Vec<String>,
    /// Input problems.
    pub problems: Vec<String>,
}

/// Places of a case: file name and line.
pub type Places = Vec<(String, u32)>;

/// The settings under which examples run: one rule, a fixed day.
pub fn settings(catalog: &Catalog, id: &str, masks: Vec<Mask>) -> Settings {
    Settings {
        catalog: catalog.clone(),
        select: vec![id.to_owned()],
        profile: Profile::Strict,
        today: Date::parse(TODAY).unwrap_or_default(),
        masks,
        ..Settings::default()
    }
}

/// The settings under which an example runs: its own on top.
pub fn settings_for(catalog: &Catalog, id: &str, snippet: &Snippet, masks: Vec<Mask>) -> Settings {
    let mut settings = settings(catalog, id, masks);
    let given = snippet.settings.clone();
    settings.model.own_accounts = given.own_accounts;
    settings.model.rotation_days = given.rotation_days;
    settings.model.token_seconds = given.token_seconds;
    settings.model.session_seconds = given.session_seconds;
    settings.expect = given.expectations.map(|text| Expectations {
        path: CONFIGURATION.to_owned(),
        // A mistake in it shows: nothing is found.
        list: expectation::written::parse(&text).unwrap_or_default(),
        text,
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
pub fn run(catalog: &Catalog, id: &str, snippet: &Snippet) -> Run {
    let (text, mut expected) = unmark(&snippet.text, id);
    expected.extend(snippet.expect.iter().map(|expected| expected.line));
    expected.sort_unstable();
    let tree = Memory::new().with(file_name(snippet), text);
    let report = engine::run(&tree, &settings_for(catalog, id, snippet, Vec::new()));
    let lines = report.findings.iter().map(|finding| place(&report, finding).1);
    let mut found: Vec<u32> = lines.collect();
    found.sort_unstable();
    let problems = report.problems.iter().filter(|problem| problem.level != Level::Note);
    Run {
        expected,
        found,
        messages: report.findings.iter().map(|finding| finding.message.clone()).collect(),
        problems: problems.map(|problem| problem.message.clone()).collect(),
    }
}

/// Marked and found places of the files in a folder; none where there is no file.
pub fn run_case(
    catalog: &Catalog,
    id: &str,
    tree: &dyn FileTree,
    folder: &str,
) -> Option<(Places, Places)> {
    let (mut case, mut expected) = (Memory::new(), Vec::new());
    let paths = tree.list(folder, true).files;
    for path in &paths {
        let text = String::from_utf8(tree.read(path).ok()?).ok()?;
        let name = path.strip_prefix(folder)?.trim_start_matches('/');
        let (text, lines) = unmark(&text, id);
        expected.extend(lines.into_iter().map(|line| (name.to_owned(), line)));
        case = case.with(name, text);
    }
    if paths.is_empty() {
        return None;
    }
    let report = engine::run(&case, &settings(catalog, id, Vec::new()));
    let mut found: Places = report.findings.iter().map(|finding| place(&report, finding)).collect();
    expected.sort();
    found.sort();
    Some((expected, found))
}

fn place(report: &Report, finding: &Finding) -> (String, u32) {
    let source = report.source(finding.primary.file);
    (source.path.clone(), source.position(finding.primary.span.start).line)
}
