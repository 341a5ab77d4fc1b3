//! Lists of rules: what `ztlint rule list` shows, and `rules/INDEX.md`. Everything comes from the
//! cards.

use crate::rules::card::{Profile, Status};
use crate::rules::rule::{Check, Rule};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// A list with one rule on a line: id, severity, name, title. Rules of the strict profile only are
/// marked, and so are those that are not stable.
pub fn table<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> String {
    let rules: Vec<_> = rules.into_iter().collect();
    let widest = |text: fn(&Rule) -> &str| {
        rules.iter().map(|rule| text(rule).chars().count()).max().unwrap_or(0)
    };
    let (id, severity, name) =
        (widest(|rule| rule.id), widest(|rule| rule.severity.word()), widest(|rule| rule.name));
    let mut list = String::new();
    for rule in rules {
        let word = rule.severity.word();
        let _ = write!(
            list,
            "{:<id$}  {word:<severity$}  {:<name$}  {}",
            rule.id, rule.name, rule.title
        );
        if !rule.profiles.contains(&Profile::Default) {
            list.push_str(" (strict)");
        }
        if rule.status != Status::Stable {
            let _ = write!(list, " ({})", rule.status.word());
        }
        list.push('\n');
    }
    list
}

/// Everything about each rule but its condition and examples: `{version, rules: [{id, name, title,
/// family, severity, precision, platforms, profiles, status, since, aliases, supersedes, rationale,
/// remediation, references, controls: {framework: [item]}, declarative}]}`, sorted by id.
pub fn json<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> String {
    let rule = |rule: &Rule| {
        let controls: Map<String, Value> =
            rule.controls.iter().map(|(name, items)| ((*name).to_owned(), json!(items))).collect();
        json!({
            "id": rule.id,
            "name": rule.name,
            "title": rule.title,
            "family": rule.family,
            "severity": rule.severity.word(),
            "precision": rule.precision.word(),
            "platforms": rule.platforms.iter().map(|one| one.word()).collect::<Vec<_>>(),
            "profiles": rule.profiles.iter().map(|one| one.word()).collect::<Vec<_>>(),
            "status": rule.status.word(),
            "since": rule.since,
            "aliases": rule.aliases,
            "supersedes": rule.supersedes,
            "rationale": rule.rationale,
            "remediation": rule.remediation,
            "references": rule.references,
            "controls": controls,
            "declarative": matches!(rule.check, Check::Declarative(_)),
        })
    };
    let rules: Vec<Value> = rules.into_iter().map(rule).collect();
    format!("{}\n", json!({ "version": 1, "rules": rules }))
}

/// A page with a table for each family that has rules.
pub fn markdown<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> String {
    let rules: Vec<&Rule> = rules.into_iter().collect();
    let mut page = format!(
        "# Rules\n\n{} rules. `ztlint explain ID` shows one of them in full; *strict* marks those \
         that only the strict profile runs.\n",
        rules.len()
    );
    let mut families: Vec<&str> = rules.iter().map(|rule| rule.family).collect();
    families.sort_unstable();
    families.dedup();
    for family in families {
        let _ = write!(
            page,
            "\n## {family}\n\n| Id | Severity | Reads | Rule | |\n|---|---|---|---|---|\n"
        );
        for rule in rules.iter().filter(|rule| rule.family == family) {
            let platforms: Vec<&str> = rule.platforms.iter().map(|one| one.word()).collect();
            let strict = if rule.profiles.contains(&Profile::Default) { "" } else { "*strict*" };
            let status = if rule.status == Status::Stable { "" } else { rule.status.word() };
            let marks = [strict, status].join(" ");
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} |",
                rule.id,
                rule.severity.word(),
                platforms.join(", "),
                cell(rule.title),
                marks.trim()
            );
        }
    }
    page
}

/// A text that does not end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
