//! The JSON report: one document on one line, for scripts.
//!
//! ```text
//! version   1; grows when a field changes its meaning or goes. New fields may come at any time.
//! tool      {name, version}
//! findings  sorted by path, start and rule id; each:
//!   rule         id, such as "ZT-NET-005"
//!   name         kebab-case name of the rule
//!   severity     "critical" | "high" | "medium" | "low" | "info": the level in force
//!   confidence   "proven" | "possible"
//!   message      one sentence
//!   help         what to do
//!   resource     address of the resource
//!   path         path inside the resource, such as "spec.ingress[0]"
//!   location     {path, start, end}: path relative to the project root; start and end (exclusive)
//!                are {line, column, offset}: line and column from 1 (a column is a Unicode scalar
//!                value), offset in bytes from 0
//!   labels       contributing places: [{location, text}]
//!   witness      one connection that shows it: {sentence, steps: [{location, text}]}, the steps in
//!                the order in which the connection meets them; only where the rule is about who
//!                reaches whom
//!   roots        names of the roots it was found in; empty when the project has only one
//!   instances    addresses of the Terraform instances it holds for, sorted, such as
//!                "module.db[\"eu\"].aws_db_instance.a"; empty where that is the resource itself
//!   assumption   what a possible finding assumes, or null
//!   fingerprint  "ztlint/v1", 32 hexadecimal digits; stable across lines, roots and
//!                instances
//! suppressed  only with --show-suppressed: findings that are hidden, as above, each with
//!   suppression  {kind, location, reason, until}: "comment" | "annotation" | "configuration", where
//!                it is written, and what it gives (or null)
//! problems  what could not be read, or only with a stated reading; each:
//!   level        "error" (not analysed) | "warning" | "note"
//!   code         a stable word, such as "yaml-syntax"
//!   message      one sentence
//!   path         the file
//!   location     as above, or null where the file could not be read
//! summary   {files, not_manifests, skipped: [{path, reason}], resources, roots, rules, unknowns,
//!            suppressed, system, baseline, since, terraform,
//!            findings: {critical, high, medium, low, info}}
//!   baseline     {by, findings}: the baseline's file and how many findings it holds back; or null
//!   since        {by, findings}: the revision that is compared with and how many findings it has,
//!                too; or null
//!   terraform    {attributes, unknown, remote_modules}: attributes that were evaluated; how many of
//!                them are not known through and through, by the first reason: {reason: number},
//!                those that occur of "variable" (has no value) | "computed" (by the provider) |
//!                "data-source" | "remote-module" (is not at hand) | "instances" (their number is
//!                not known) | "impure" (a function that differs from run to run) | "function" (is
//!                not known) | "file" (cannot be read) | "invalid" (a problem says why) | "limit" |
//!                "runtime" (known only to a run of Terraform) | "apply" (a plan says so) |
//!                "sensitive" (a plan says so) | "terragrunt" (may set the variable); sources of the
//!                called modules that are not at hand, sorted, without credentials
//! ```
//!
//! The text of a source never appears, so no secret does.

use super::{Extent, Look, module_names, write_json};
use crate::input::problem::Level;
use crate::input::source::{LineColumn, Place};
use crate::rules::card::Severity;
use crate::rules::outcome::Report;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

/// The version of the document's shape.
pub const VERSION: u32 = 1;

/// Writes the document and a line end.
pub fn write(report: &Report, look: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    write_json(&document(report, look), out)
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    findings: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Vec<Suppressed<'a>>>,
    problems: Vec<Problem<'a>>,
    summary: Summary<'a>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'static str,
    name: &'static str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    help: &'static str,
    resource: &'a str,
    path: &'a str,
    location: Location<'a>,
    labels: Vec<Label<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<Witness<'a>>,
    roots: &'a [String],
    instances: &'a [String],
    assumption: Option<&'a str>,
    fingerprint: String,
}

#[derive(Serialize)]
struct Suppressed<'a> {
    #[serde(flatten)]
    finding: Finding<'a>,
    suppression: Suppression<'a>,
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'static str,
    location: Location<'a>,
    reason: Option<&'a str>,
    until: Option<String>,
}

#[derive(Serialize)]
struct Witness<'a> {
    sentence: &'a str,
    steps: Vec<Label<'a>>,
}

#[derive(Serialize)]
struct Label<'a> {
    location: Location<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Serialize)]
struct Problem<'a> {
    level: &'static str,
    code: &'static str,
    message: &'a str,
    path: &'a str,
    location: Option<Location<'a>>,
}

#[derive(Serialize)]
struct Summary<'a> {
    files: usize,
    not_manifests: usize,
    skipped: Vec<Skipped<'a>>,
    resources: usize,
    roots: usize,
    rules: usize,
    unknowns: usize,
    suppressed: usize,
    system: usize,
    baseline: Option<HeldBack<'a>>,
    since: Option<HeldBack<'a>>,
    terraform: Terraform<'a>,
    findings: Counts,
}

#[derive(Serialize)]
struct HeldBack<'a> {
    by: &'a str,
    findings: usize,
}

#[derive(Serialize)]
struct Terraform<'a> {
    attributes: usize,
    unknown: BTreeMap<&'static str, usize>,
    remote_modules: Vec<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Counts {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

fn document<'a>(report: &'a Report, look: &Look) -> Document<'a> {
    let suppressed = || report.suppressed.iter().map(|one| suppressed(report, one)).collect();
    Document {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        findings: report.findings.iter().map(|finding| self::finding(report, finding)).collect(),
        suppressed: look.suppressed.then(suppressed),
        problems: report.problems.iter().map(|problem| self::problem(report, problem)).collect(),
        summary: summary(report),
    }
}

fn finding<'a>(report: &'a Report, finding: &'a crate::rules::finding::Finding) -> Finding<'a> {
    let label = |label: &'a crate::rules::finding::Label| Label {
        location: location(report, label.place),
        text: &label.text,
    };
    Finding {
        rule: finding.rule.id,
        name: finding.rule.name,
        severity: finding.severity.word(),
        confidence: finding.confidence.word(),
        message: &finding.message,
        help: finding.rule.remediation.trim_end(),
        resource: &finding.resource,
        path: &finding.path,
        location: location(report, finding.primary),
        labels: finding.labels.iter().map(label).collect(),
        witness: finding.witness.as_ref().map(|witness| Witness {
            sentence: &witness.sentence,
            steps: witness.steps.iter().map(label).collect(),
        }),
        roots: &finding.roots,
        instances: &finding.instances,
        assumption: finding.assumption.as_deref(),
        fingerprint: finding.fingerprint.to_string(),
    }
}

fn suppressed<'a>(
    report: &'a Report,
    (finding, by): &'a (crate::rules::finding::Finding, usize),
) -> Suppressed<'a> {
    let by = &report.suppressions[*by];
    let terms = by.terms();
    Suppressed {
        finding: self::finding(report, finding),
        suppression: Suppression {
            kind: by.kind.word(),
            location: location(report, by.place),
            reason: terms.and_then(|terms| terms.reason.as_deref()),
            until: terms.and_then(|terms| terms.until).map(|day| day.to_string()),
        },
    }
}

fn problem<'a>(report: &'a Report, problem: &'a crate::input::problem::Problem) -> Problem<'a> {
    Problem {
        level: match problem.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        },
        code: problem.code,
        message: &problem.message,
        path: &problem.path,
        location: problem.place.map(|(file, span)| location(report, Place { file, span })),
    }
}

fn location(report: &Report, place: Place) -> Location<'_> {
    let source = report.source(place.file);
    let extent = Extent::new(source, place.span);
    let position = |at: LineColumn, offset| Position { line: at.line, column: at.column, offset };
    Location {
        path: &source.path,
        start: position(extent.start, extent.span.start),
        end: position(extent.end, extent.span.end),
    }
}

fn held_back(held: &crate::rules::outcome::HeldBack) -> HeldBack<'_> {
    HeldBack { by: &held.by, findings: held.findings }
}

fn summary(report: &Report) -> Summary<'_> {
    let of = |severity| report.findings.iter().filter(|one| one.severity == severity).count();
    let summary = &report.summary;
    let skipped = summary.skipped.iter();
    let unknown = summary.knowledge.unknown.iter();
    Summary {
        files: summary.files,
        not_manifests: summary.not_manifests,
        skipped: skipped.map(|one| Skipped { path: &one.path, reason: &one.reason }).collect(),
        resources: summary.resources,
        roots: summary.roots,
        rules: summary.rules,
        unknowns: summary.unknowns,
        suppressed: summary.suppressed,
        system: summary.system,
        baseline: summary.baseline.as_ref().map(held_back),
        since: summary.since.as_ref().map(held_back),
        terraform: Terraform {
            attributes: summary.knowledge.attributes,
            unknown: unknown.map(|(reason, number)| (reason.word(), *number)).collect(),
            remote_modules: module_names(&summary.remote_modules),
        },
        findings: Counts {
            critical: of(Severity::Critical),
            high: of(Severity::High),
            medium: of(Severity::Medium),
            low: of(Severity::Low),
            info: of(Severity::Info),
        },
    }
}
