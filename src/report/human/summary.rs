//! The last lines of the report for people: what was found, where was looked, what was left out.

use super::Page;
use crate::input::problem::Level;
use crate::report::{inert, wrap};
use crate::rules::card::Severity;
use crate::rules::finding::{Confidence, Finding};
use crate::rules::outcome::{Report, Summary};
use std::fmt::Write as _;

impl Page<'_> {
    pub(super) fn summary(&mut self) {
        let Report { findings, problems, summary, .. } = self.report;
        let errors = problems.iter().filter(|problem| problem.level == Level::Error).count();
        let warnings = problems.iter().filter(|problem| problem.level == Level::Warning).count();
        let looked_at = looked_at(summary);
        if !findings.is_empty() {
            let found = format!("{} ({})", count(findings.len(), "finding"), severities(findings));
            self.paint("1", &found);
            let _ = writeln!(self.text, " in {looked_at}.");
        } else if errors > 0 {
            self.paint("1;33", "No findings in what could be analysed");
            let _ = writeln!(self.text, ": {looked_at}.");
        } else if summary.files == 0 {
            self.text.push_str("Nothing to check: no manifest was found.\n");
        } else {
            self.paint("1;32", "All good");
            let _ = writeln!(self.text, ": no findings in {looked_at}.");
        }
        if errors > 0 {
            let text = format!("{} (not everything was analysed)", count(errors, "error"));
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
        also(summary.skipped.len(), "skipped file", "skipped files");
        also(summary.not_manifests, "file that is no manifest", "files that are no manifests");
        if !aside.is_empty() {
            wrap(&mut self.text, "Also: ", "      ", &(aside.join(", ") + "."), self.width);
        }
        if self.look.verbose {
            for skipped in &summary.skipped {
                let text = format!("{}: {}", inert(&skipped.path), inert(&skipped.reason));
                self.line("skipped", &text);
            }
        }
    }
}

/// `12 files, 34 resources, 2 roots`.
fn looked_at(summary: &Summary) -> String {
    let mut text =
        format!("{}, {}", count(summary.files, "file"), count(summary.resources, "resource"));
    if summary.roots > 1 {
        let _ = write!(text, ", {}", count(summary.roots, "root"));
    }
    text
}

/// `1 critical, 2 high`, worst first, and how many are only possible.
fn severities(findings: &[Finding]) -> String {
    let mut parts = Vec::new();
    for &severity in Severity::ALL.iter().rev() {
        let number = findings.iter().filter(|finding| finding.severity == severity).count();
        if number > 0 {
            parts.push(format!("{number} {}", severity.word()));
        }
    }
    let possible =
        findings.iter().filter(|finding| finding.confidence == Confidence::Possible).count();
    let mut text = parts.join(", ");
    if possible > 0 {
        let _ = write!(text, "; {possible} possible");
    }
    text
}

pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
