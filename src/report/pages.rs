//! Pages about rules: what `ztlint explain` shows. Everything comes from the card.

use super::wrap;
use crate::rules::card::Status;
use crate::rules::rule::Rule;
use crate::rules::silence::is_about_comments;
use std::fmt::Write as _;

/// One rule on a page of plain text, wrapped to `width` columns (40 at least).
pub fn explain(rule: &Rule, width: usize) -> String {
    let width = width.max(40);
    let mut page = String::new();
    wrap(&mut page, "", "", &format!("{} {}", rule.id, rule.name), width);
    wrap(&mut page, "", "", rule.title, width);
    page.push('\n');
    let mut fact = |name: &str, value: &str| {
        let head = format!("{name:<11}");
        wrap(&mut page, &head, &" ".repeat(11), value, width);
    };
    fact("Severity", rule.severity.word());
    fact("Precision", rule.precision.word());
    fact("Reads", &joined(rule.platforms.iter().map(|platform| platform.word())));
    fact("Profiles", &joined(rule.profiles.iter().map(|profile| profile.word())));
    if rule.status != Status::Stable {
        fact("Status", rule.status.word());
    }
    fact("Since", rule.since);
    if !rule.aliases.is_empty() {
        fact("Formerly", &rule.aliases.join(", "));
    }

    section(&mut page, "Why it matters");
    wrap(&mut page, "  ", "  ", rule.rationale, width);
    section(&mut page, "What to do");
    wrap(&mut page, "  ", "  ", rule.remediation, width);
    if !rule.references.is_empty() {
        section(&mut page, "References");
        for reference in rule.references {
            wrap(&mut page, "  - ", "    ", reference, width);
        }
    }
    if !rule.controls.is_empty() {
        section(&mut page, "Controls");
        for (framework, items) in rule.controls {
            let text = format!("{}: {}", framework_name(framework), items.join(", "));
            wrap(&mut page, "  - ", "    ", &text, width);
        }
    }
    section(&mut page, "How to suppress");
    if is_about_comments(rule.id) {
        wrap(&mut page, "  ", "  ", "Not at all: it is about suppressions.", width);
        return page;
    }
    wrap(&mut page, "  ", "  ", "On the line above, or at the end of the line:", width);
    // Not wrapped: it is there to be copied.
    let _ = writeln!(page, "    # ztlint:ignore[{}] until=YYYY-MM-DD reason=\"…\"", rule.id);
    page
}

fn section(page: &mut String, title: &str) {
    let _ = write!(page, "\n{title}\n");
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// A framework's usual name.
fn framework_name(key: &str) -> &str {
    match key {
        "nist-800-207" => "NIST SP 800-207",
        "cisa-ztmm" => "CISA Zero Trust Maturity Model",
        "cwe" => "CWE",
        "cis-kubernetes" => "CIS Kubernetes Benchmark",
        "cis-aws" => "CIS AWS Foundations Benchmark",
        "cis-azure" => "CIS Azure Foundations Benchmark",
        "cis-gcp" => "CIS Google Cloud Foundations Benchmark",
        "nsa-kubernetes" => "NSA/CISA Kubernetes Hardening Guidance",
        "owasp-kubernetes" => "OWASP Kubernetes Top Ten",
        other => other,
    }
}
