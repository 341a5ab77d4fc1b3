//! What the fuzz targets share: several files in one input, and the laws of trees and reports.

use ztlint::input::file::File;
use ztlint::input::file_tree::Memory;
use ztlint::input::source::Place;
use ztlint::input::tree_checks;
use ztlint::report::{self, Format, Look};
use ztlint::rules::card::Profile;
use ztlint::rules::date::Date;
use ztlint::rules::outcome::Report;
use ztlint::rules::settings::Settings;

/// Files of one input.
const MAX_FILES: usize = 16;

/// The files of an archive: `-- path --` on a line of its own begins a file. A text without such a
/// line is one file of each language.
pub fn files(archive: &str) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, usize, usize)> = Vec::new();
    let mut at = 0;
    for line in archive.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let name = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) {
            found.push((name, start, at));
        }
    }
    if found.is_empty() {
        return ["a.yaml", "b.tf", "c.json"].map(|name| (name, archive)).to_vec();
    }
    let ends: Vec<usize> = found[1..].iter().map(|next| next.1).chain([archive.len()]).collect();
    let file = |((name, _, start), end): ((_, _, usize), usize)| (name, &archive[start..end]);
    found.into_iter().zip(ends).map(file).take(MAX_FILES).collect()
}

/// The archive of some files.
pub fn archive<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> String {
    let mut archive = String::new();
    for (name, text) in files {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        archive = format!("{archive}-- {name} --\n{text}{end}");
    }
    archive
}

/// The files of an archive, in memory.
pub fn tree(archive: &str) -> Memory {
    files(archive).into_iter().fold(Memory::new(), |tree, (path, text)| tree.with(path, text))
}

/// Every rule, on a fixed day.
pub fn settings() -> Settings {
    Settings {
        profile: Profile::Strict,
        today: Date::parse("2026-01-01").unwrap_or_default(),
        ..Settings::default()
    }
}

/// Panics where a file's tree or faults break a law.
pub fn check_file(file: &File) {
    tree_checks::check(&file.tree, &file.source.text);
    for fault in &file.faults {
        let range = fault.span.range();
        assert!(file.source.text.get(range).is_some(), "{fault:?} does not fit the text");
    }
}

/// Panics where a place of a report does not fit its text, or a format cannot be written.
pub fn check_report(report: &Report) {
    let check = |place: Place, what: &dyn std::fmt::Debug| {
        let text = &report.source(place.file).text;
        assert!(text.get(place.span.range()).is_some(), "{place:?} of {what:?} does not fit");
    };
    for finding in &report.findings {
        check(finding.primary, finding);
        let steps = finding.witness.iter().flat_map(|witness| &witness.steps);
        for label in finding.labels.iter().chain(steps) {
            check(label.place, finding);
        }
    }
    for problem in &report.problems {
        if let Some((file, span)) = problem.place {
            check(Place { file, span }, problem);
        }
    }
    for format in Format::ALL {
        let written = report::write(*format, report, &Look::default(), &mut std::io::sink());
        assert!(written.is_ok(), "{format:?}");
    }
}
