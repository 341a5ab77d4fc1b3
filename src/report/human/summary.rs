//! The last lines of the report for people: what was found, where was looked, what was left out.

use super::Page;
use crate::input::problem::Level;
use crate::report::{counted, inert, module_names, severities, wrap};
use crate::rules::finding::{Confidence, Finding};
use crate::rules::outcome::{HeldBack, Report, Summary};
use std::fmt::Write as _;

/// Names shown of a list unless all are asked for.
const NAMES: usize = 3;

/// Reasons for unknown values that are shown.
const REASONS: usize = 10;

impl Page<'_> {
    pub(super) fn summary(&mut self) {
        let Report { findings, problems, summary, .. } = self.report;
        let errors = problems.iter().filter(|problem| problem.level == Level::Error).count();
        let warnings = problems.iter().filter(|problem| problem.level == Level::Warning).count();
        let looked_at = looked_at(summary);
        if !findings.is_empty() {
            let found = format!("{} ({})", counted(findings.len(), "finding"), weighed(findings));
            self.paint("1", &found);
            let _ = writeln!(self.text, " in {looked_at}.");
        } else if errors > 0 {
            self.paint("1;33", "No findings in what could be analysed");
            let _ = writeln!(self.text, ": {looked_at}.");
        } else if summary.held_back() > 0 {
            self.paint("1;32", "Nothing new");
            let _ = writeln!(self.text, " in {looked_at}.");
        } else if summary.files == 0 {
            self.text.push_str("Nothing to check: no manifest was found.\n");
        } else {
            self.paint("1;32", "All good");
            let _ = writeln!(self.text, ": no findings in {looked_at}.");
        }
        if errors > 0 {
            let text = format!("{} (not everything was analysed)", counted(errors, "error"));
            self.paint("1;31", &text);
            self.text.push_str(".\n");
        }
        let mut aside = Vec::new();
        let mut also = |number: usize, one: &str, many: &str| match number {
            0 => {}
            1 => aside.push(format!("1 {one}")),
            _ => aside.push(format!("{number} {many}")),
        };
        also(warnings, "warning", "warnings");
        also(summary.unknowns, "unresolved value", "unresolved values");
        also(summary.suppressed, "suppressed finding", "suppressed findings");
        also(summary.system, "finding in system namespaces", "findings in system namespaces");
        for (held, words) in [(&summary.baseline, "held back by"), (&summary.since, "already in")] {
            let Some(HeldBack { by, findings }) = held else { continue };
            let words = format!("{words} {}", inert(by));
            also(*findings, &format!("finding {words}"), &format!("findings {words}"));
        }
        also(summary.skipped.len(), "skipped file", "skipped files");
        also(summary.not_manifests, "file that is no manifest", "files that are no manifests");
        if !aside.is_empty() {
            wrap(&mut self.text, "Also: ", "      ", &(aside.join(", ") + "."), self.width);
        }
        self.modules(summary);
        if self.look.verbose {
            self.unknown(summary);
            for skipped in &summary.skipped {
                let text = format!("{}: {}", inert(&skipped.path), inert(&skipped.reason));
                self.line("skipped", &text);
            }
        }
    }

    /// Which modules are not at hand.
    fn modules(&mut self, summary: &Summary) {
        let mut names = module_names(&summary.remote_modules);
        if names.is_empty() {
            return;
        }
        for name in &mut names {
            if name.is_empty() {
                *name = "(no source)".into();
            }
        }
        let (are, their) = if names.len() == 1 { ("is", "its") } else { ("are", "their") };
        let text = format!(
            "{} {are} not at hand ({their} outputs are unknown): {}.",
            counted(names.len(), "module"),
            inert(&listed(&names, self.look.verbose))
        );
        wrap(&mut self.text, "", "", &text, self.width);
    }

    /// Why attributes of Terraform are not known, the commonest reason first.
    fn unknown(&mut self, summary: &Summary) {
        let reasons = summary.knowledge.reasons();
        let all: usize = reasons.iter().map(|(_, number)| number).sum();
        if all == 0 {
            return;
        }
        let shown = reasons.iter().take(REASONS);
        let mut words: Vec<String> =
            shown.map(|(reason, number)| format!("{} ({number})", reason.words())).collect();
        let rest: usize = reasons.iter().skip(REASONS).map(|(_, number)| number).sum();
        if rest > 0 {
            words.push(format!("other ({rest})"));
        }
        let attributes = counted(summary.knowledge.attributes, "Terraform attribute");
        let text = format!("{all} of {attributes}: {}", words.join(", "));
        self.line("unknown", &text);
    }
}

/// The first names of a list, and how many more there are; all if so asked for.
pub(super) fn listed(names: &[impl AsRef<str>], all: bool) -> String {
    let shown = if all { names.len() } else { NAMES.min(names.len()) };
    let first: Vec<&str> = names[..shown].iter().map(AsRef::as_ref).collect();
    let mut text = first.join(", ");
    if shown < names.len() {
        let _ = write!(text, " and {} more", names.len() - shown);
    }
    text
}

/// `12 files, 34 resources, 2 roots`.
fn looked_at(summary: &Summary) -> String {
    let mut text =
        format!("{}, {}", counted(summary.files, "file"), counted(summary.resources, "resource"));
    if summary.roots > 1 {
        let _ = write!(text, ", {}", counted(summary.roots, "root"));
    }
    text
}

/// How many of each severity, and how many are only possible.
fn weighed(findings: &[Finding]) -> String {
    let possible =
        findings.iter().filter(|finding| finding.confidence == Confidence::Possible).count();
    let mut text = severities(findings);
    if possible > 0 {
        let _ = write!(text, "; {possible} possible");
    }
    text
}
