//! SARIF 2.1.0, shaped for code scanning: one run, only the rules that occur, regions no larger than
//! the attribute to change, and no text of a source.

mod line_hash;
mod object;

use super::{Extent, Look, inert, write_json};
use crate::input::problem::{Level, Problem};
use crate::input::source::Place;
use crate::rules::card::Severity;
use crate::rules::finding::{Confidence, Finding, Label, Witness};
use crate::rules::outcome::Report;
use crate::rules::rule::Rule;
use crate::rules::suppress::{Kind, Suppression};
use object::{
    Artifact, Automation, CodeFlow, Configuration, Descriptor, Driver, Fingerprints, FlowLocation,
    Help, Invocation, Location, Log, Logical, Notification, Outcome, Physical, Properties,
    Reference, Region, RuleProperties, Run, Text, ThreadFlow, Tool,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Where the project lives: what the build was told, else what the package says; may be empty.
const REPOSITORY: &str = match option_env!("ZTLINT_REPOSITORY") {
    Some(repository) => repository,
    None => env!("CARGO_PKG_REPOSITORY"),
};

/// What the tool is, as a package URL, for builds that do not know where it lives.
const PACKAGE: &str = concat!("pkg:cargo/ztlint@", env!("CARGO_PKG_VERSION"));

/// Code scanning refuses longer descriptions.
const DESCRIPTION: usize = 1024;

/// Code scanning shows no more tags of a rule.
const TAGS: usize = 10;

/// Code scanning shows no more related places of a result.
const RELATED: usize = 100;

/// Instances that a result names; its properties say how many there are.
const INSTANCES: usize = 10;

/// Related places that a message links to.
const LINKS: usize = 5;

/// Code scanning refuses runs with more results.
const RESULTS: usize = 25_000;

/// Writes the document and a line end.
pub fn write(report: &Report, look: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    write_json(&log(report, look), out)
}

fn log<'a>(report: &'a Report, look: &Look) -> Log<'a> {
    let mut findings: Vec<_> = report.findings.iter().map(|finding| (finding, None)).collect();
    if look.suppressed {
        let hidden = report.suppressed.iter();
        findings.extend(hidden.map(|(finding, by)| (finding, Some(&report.suppressions[*by]))));
    }
    // What is suppressed is the first to be left out.
    findings.sort_by_key(|(finding, by)| (by.is_some(), Reverse(finding.severity)));
    let left_out = findings.len().saturating_sub(RESULTS);
    findings.truncate(RESULTS);
    let rules: BTreeMap<_, _> =
        findings.iter().map(|(finding, _)| (finding.rule.id, finding.rule)).collect();
    let indices: BTreeMap<_, _> =
        rules.keys().enumerate().map(|(index, &id)| (id, index)).collect();
    let mut hashes = HashMap::new();
    let results = findings
        .iter()
        .map(|(finding, by)| {
            let line_hash = look.line_hash.then(|| {
                let source = report.source(finding.primary.file);
                let of_lines = hashes
                    .entry(finding.primary.file)
                    .or_insert_with(|| line_hash::of_lines(&source.text));
                let line = Extent::new(source, finding.primary.span).start.line as usize;
                of_lines.get(line - 1).cloned().unwrap_or_default()
            });
            let suppressions = by.iter().map(|by| suppression(report, by)).collect();
            let rule_index = indices[finding.rule.id];
            Outcome { suppressions, ..outcome(report, finding, rule_index, line_hash) }
        })
        .collect();
    let driver = Driver {
        name: env!("CARGO_PKG_NAME"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: if REPOSITORY.is_empty() { PACKAGE } else { REPOSITORY },
        rules: rules.values().map(|rule| descriptor(rule)).collect(),
    };
    let problems = report.problems.iter();
    let mut notifications: Vec<_> = problems.map(|problem| notification(report, problem)).collect();
    if left_out > 0 {
        notifications.push(Notification {
            descriptor: Reference { id: "results-left-out" },
            level: "warning",
            message: Text {
                text: format!(
                    "{left_out} of the least severe results are left out: code scanning takes no \
                     more than {RESULTS}."
                ),
            },
            locations: Vec::new(),
        });
    }
    let invocation = Invocation {
        execution_successful: report.problems.iter().all(|one| one.level != Level::Error),
        tool_execution_notifications: notifications,
    };
    Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver },
            // What follows the last slash is the run's own; there is none.
            automation_details: (look.category.as_ref())
                .map(|category| Automation { id: format!("{}/", category.trim_end_matches('/')) }),
            invocations: [invocation],
            // `Source::position` counts Unicode scalar values.
            column_kind: "unicodeCodePoints",
            results,
        }],
    }
}

fn descriptor(rule: &Rule) -> Descriptor {
    let references: Vec<_> = rule.references.iter().map(|one| format!("- {one}")).collect();
    let mut text = format!("{}\n\n{}\n", rule.rationale.trim(), rule.remediation.trim());
    let mut markdown =
        format!("{}\n\n**What to do.** {}\n", rule.rationale.trim(), rule.remediation.trim());
    if !references.is_empty() {
        let list = references.join("\n");
        let _ = write!(text, "\nReferences:\n{list}\n");
        let _ = write!(markdown, "\n**References**\n\n{list}\n");
    }
    let _ = write!(text, "\nMore: ztlint explain {}", rule.id);
    let _ = write!(markdown, "\nMore: `ztlint explain {}`", rule.id);
    Descriptor {
        id: rule.id,
        name: pascal_case(rule.name),
        short_description: Text { text: rule.title.to_owned() },
        full_description: Text { text: shortened(rule.rationale.trim(), DESCRIPTION) },
        help: Help { text, markdown },
        help_uri: help_uri(REPOSITORY, rule),
        default_configuration: Configuration { level: level(rule.severity) },
        properties: RuleProperties {
            tags: tags(rule),
            precision: rule.precision.word(),
            security_severity: score(rule.severity),
            problem_severity: match level(rule.severity) {
                "note" => "recommendation",
                other => other,
            },
        },
    }
}

/// The rule's card in the repository, as of this version; the first source of a rule from elsewhere,
/// and where the repository is not known.
fn help_uri(repository: &str, rule: &Rule) -> Option<String> {
    if repository.is_empty() || !rule.id.starts_with("ZT-") {
        return rule.references.first().map(|&reference| reference.to_owned());
    }
    Some(format!(
        "{}/blob/v{}/rules/{}/{}-{}.yaml",
        repository.trim_end_matches('/'),
        env!("CARGO_PKG_VERSION"),
        rule.family.to_ascii_lowercase(),
        rule.id,
        rule.name
    ))
}

fn tags(rule: &Rule) -> Vec<String> {
    let mut tags = vec!["security".to_owned(), rule.family.to_ascii_lowercase()];
    // Weaknesses first: consumers know their tags.
    let (weaknesses, frameworks): (Vec<_>, Vec<_>) =
        rule.controls.iter().partition(|(framework, _)| *framework == "cwe");
    for (framework, items) in weaknesses.into_iter().chain(frameworks) {
        for item in items {
            let item = item.to_ascii_lowercase();
            let tag = match framework {
                "cwe" => format!("external/cwe/{item}"),
                framework => format!("{framework}/{item}"),
            };
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    tags.truncate(TAGS);
    tags
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The middle of the range that code scanning gives each word.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.5",
    }
}

/// `allows-all-ingress` becomes `AllowsAllIngress`.
fn pascal_case(name: &str) -> String {
    let mut pascal = String::with_capacity(name.len());
    for word in name.split('-') {
        let mut characters = word.chars();
        pascal.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(characters.as_str());
    }
    pascal
}

fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit - 1).collect();
    if let Some(end) = short.rfind(' ') {
        short.truncate(end);
    }
    short.push('…');
    short
}

fn outcome<'a>(
    report: &Report,
    finding: &'a Finding,
    rule_index: usize,
    line_hash: Option<String>,
) -> Outcome<'a> {
    let related: Vec<_> = finding
        .related()
        .filter(|label| label.place != finding.primary)
        .take(RELATED)
        .enumerate()
        .map(|(index, label)| Location {
            id: Some(index + 1),
            message: Some(Text { text: plain(&label.text) }),
            ..location(report, label.place)
        })
        .collect();
    Outcome {
        rule_id: finding.rule.id,
        rule_index,
        level: level(finding.severity),
        message: Text { text: message(finding, &related) },
        locations: [Location {
            logical: finding
                .instances
                .iter()
                .take(INSTANCES)
                .map(|address| instance(address))
                .collect(),
            ..location(report, finding.primary)
        }],
        related_locations: related,
        code_flows: flows(report, finding),
        partial_fingerprints: Fingerprints { ztlint: finding.fingerprint.to_string(), line_hash },
        suppressions: Vec::new(),
        properties: Properties {
            confidence: finding.confidence.word(),
            resource: &finding.resource,
            path: &finding.path,
            roots: &finding.roots,
            instances: Some(finding.instances.len()).filter(|number| *number > 0),
        },
    }
}

/// Why a result is suppressed.
fn suppression<'a>(report: &Report, by: &'a Suppression) -> object::Suppression<'a> {
    object::Suppression {
        kind: if by.kind == Kind::Configuration { "external" } else { "inSource" },
        status: "accepted",
        justification: by.terms().and_then(|terms| terms.reason.as_deref()),
        location: location(report, by.place),
    }
}

/// The way of the witness, if it has steps.
fn flows(report: &Report, finding: &Finding) -> Vec<CodeFlow> {
    let told = finding.witness.iter().filter(|witness| !witness.steps.is_empty());
    told.map(|witness| code_flow(report, witness)).collect()
}

fn code_flow(report: &Report, witness: &Witness) -> CodeFlow {
    let step = |label: &Label| FlowLocation {
        location: Location {
            message: Some(Text { text: plain(&label.text) }),
            ..location(report, label.place)
        },
    };
    let locations = witness.steps.iter().take(RELATED).map(step).collect();
    CodeFlow {
        message: Text { text: plain(&witness.sentence) },
        thread_flows: [ThreadFlow { locations }],
    }
}

/// A Terraform resource instance by its address.
fn instance(address: &str) -> Logical {
    Logical { fully_qualified_name: address.to_owned(), kind: "resource" }
}

/// The message, the assumption, and links to the related places: viewers show those only where the
/// message links to them.
fn message(finding: &Finding, related: &[Location]) -> String {
    let mut text = plain(&finding.message);
    if let (Confidence::Possible, Some(assumption)) = (finding.confidence, &finding.assumption) {
        let assumption = plain(assumption);
        let _ = write!(text, " Possible: assuming {}.", assumption.trim_end_matches('.'));
    }
    if let Some(witness) = &finding.witness {
        let _ = write!(text, " How: {}.", plain(&witness.sentence).trim_end_matches('.'));
    }
    for label in finding.labels.iter().filter(|label| label.place == finding.primary) {
        let _ = write!(text, " Here: {}.", plain(&label.text).trim_end_matches('.'));
    }
    for (index, location) in related.iter().take(LINKS).enumerate() {
        let words = location.message.as_ref().map_or("", |message| message.text.as_str());
        let words = words.replace("\\]", "]").replace('[', "\\[").replace(']', "\\]");
        let lead = if index == 0 { " See" } else { "," };
        let _ = write!(text, "{lead} [{words}]({})", index + 1);
    }
    if !related.is_empty() {
        text.push('.');
    }
    text
}

/// Text of a manifest as plain text of a message: nothing hidden, and no links of its own making.
fn plain(text: &str) -> String {
    inert(text).replace("](", "\\](")
}

fn notification<'a>(report: &Report, problem: &'a Problem) -> Notification<'a> {
    Notification {
        descriptor: Reference { id: problem.code },
        level: match problem.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        },
        message: Text { text: plain(&problem.message) },
        locations: vec![match problem.place {
            Some((file, span)) => location(report, Place { file, span }),
            None => Location {
                id: None,
                physical: Physical { artifact_location: artifact(&problem.path), region: None },
                logical: Vec::new(),
                message: None,
            },
        }],
    }
}

fn location(report: &Report, place: Place) -> Location {
    let source = report.source(place.file);
    let extent = Extent::new(source, place.span);
    Location {
        id: None,
        physical: Physical {
            artifact_location: artifact(&source.path),
            region: Some(Region {
                start_line: extent.start.line,
                start_column: extent.start.column,
                end_line: extent.end.line,
                end_column: extent.end.column,
            }),
        },
        logical: Vec::new(),
        message: None,
    }
}

/// A path as a URI reference: relative to the repository, unless it is absolute.
fn artifact(path: &str) -> Artifact {
    let slashed = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    let bytes = slashed.as_bytes();
    let drive = bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && &bytes[1..3] == b":/";
    if slashed.starts_with('/') {
        return Artifact { uri: format!("file://{}", encoded(&slashed)), uri_base_id: None };
    }
    if cfg!(windows) && drive {
        return Artifact { uri: format!("file:///{}", encoded(&slashed)), uri_base_id: None };
    }
    let relative = slashed.trim_start_matches("./");
    Artifact { uri: encoded(relative), uri_base_id: Some("%SRCROOT%") }
}

/// Percent-encodes everything that is not plain in every segment of a path, the colon included.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for &byte in path.as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(encoded("a b/ü#?.yaml"), "a%20b/%C3%BC%23%3F.yaml");
        assert_eq!(artifact("./c:d/e.tf").uri, "c%3Ad/e.tf");
        assert_eq!(artifact("x%2f.tf").uri, "x%252f.tf");
        assert_eq!(artifact("/srv/a.tf").uri, "file:///srv/a.tf");
        assert_eq!(artifact("/srv/a.tf").uri_base_id, None);
    }

    #[test]
    fn help_leads_to_the_card_of_this_version() {
        let rule = Rule {
            id: "ZT-NET-900",
            name: "thing-allows-all",
            title: "",
            family: "NET",
            severity: Severity::High,
            precision: crate::rules::card::Precision::High,
            platforms: &[],
            profiles: &[],
            status: crate::rules::card::Status::Stable,
            since: "",
            aliases: &[],
            supersedes: &[],
            rationale: "",
            remediation: "",
            references: &[],
            controls: &[],
            message: "",
            judges_system: false,
            check: crate::rules::rule::Check::Code(""),
        };
        assert_eq!(help_uri("", &rule), None);
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            help_uri("https://git.example/z/", &rule),
            Some(format!(
                "https://git.example/z/blob/v{version}/rules/net/ZT-NET-900-thing-allows-all.yaml"
            ))
        );
    }

    #[test]
    fn long_descriptions_end_between_words() {
        let long = "word ".repeat(400);
        let short = shortened(long.trim(), DESCRIPTION);
        assert!(short.chars().count() <= DESCRIPTION && short.ends_with("word…"), "{short}");
        assert_eq!(shortened("brief", DESCRIPTION), "brief");
    }

    #[test]
    fn names_are_in_pascal_case() {
        assert_eq!(
            pascal_case("networkpolicy-allows-all-ingress"),
            "NetworkpolicyAllowsAllIngress"
        );
    }

    #[test]
    fn links_in_messages_are_only_ours() {
        assert_eq!(plain("x [y](https://z) spec.a[0]"), "x [y\\](https://z) spec.a[0]");
    }
}
