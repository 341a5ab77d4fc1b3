//! The output formats, checked from outside: SARIF and JSON places against a count of their own,
//! what people see (`formats/human.rs`), and the formats with one entry for each finding
//! (`formats/lists.rs`). Reports are built by hand.

#[path = "formats/lists.rs"]
mod lists;
#[path = "formats/human.rs"]
mod people;

use serde_json::Value;
use ztlint::input::problem::{Level, Problem};
use ztlint::input::source::{FileId, Place, Source, Span};
use ztlint::model::datum::Reason;
use ztlint::report::{Format, Look, write};
use ztlint::rules::card::{Platform, Precision, Profile, Severity, Status};
use ztlint::rules::finding::{Confidence, Finding, Fingerprint, Label, Witness};
use ztlint::rules::outcome::{Report, Summary};
use ztlint::rules::rule::{Check, Rule};

fn rule(id: &'static str, family: &'static str, severity: Severity) -> &'static Rule {
    Box::leak(Box::new(Rule {
        id,
        name: "thing-allows-all",
        title: "Thing allows all",
        family,
        severity,
        precision: Precision::VeryHigh,
        platforms: &[Platform::Kubernetes],
        profiles: &[Profile::Default, Profile::Strict],
        status: Status::Stable,
        since: "0.1",
        aliases: &[],
        supersedes: &[],
        rationale: "Everyone reaches the thing.",
        remediation: "Name who may reach the thing.",
        references: &["https://kubernetes.io/docs/concepts/"],
        controls: &[("cisa-ztmm", &["networks"]), ("cwe", &["CWE-284"])],
        message: "{resource} allows all.",
        judges_system: false,
        check: Check::Code("thing_allows_all"),
    }))
}

fn net() -> &'static Rule {
    rule("ZT-NET-900", "NET", Severity::High)
}

/// Where `text` first stands in the source.
fn place(report: &Report, file: u32, text: &str) -> Place {
    let start = report.sources[file as usize]
        .text
        .find(text)
        .unwrap_or_else(|| panic!("no {text:?} in file {file}"));
    Place { file: FileId(file), span: Span::new(start, start + text.len()) }
}

fn finding(rule: &'static Rule, primary: Place) -> Finding {
    Finding {
        rule,
        severity: rule.severity,
        confidence: Confidence::Proven,
        primary,
        message: "Thing shop/web allows all.".into(),
        labels: Vec::new(),
        witness: None,
        resource: "Thing shop/web".into(),
        path: "spec.allow".into(),
        at: "spec.allow".into(),
        assumption: None,
        instances: Vec::new(),
        roots: Vec::new(),
        fingerprint: Fingerprint(7),
    }
}

fn sources(files: &[(&str, &str)]) -> Report {
    Report {
        sources: files.iter().map(|&(path, text)| Source::new(path, text)).collect(),
        summary: Summary { files: files.len(), resources: 3, roots: 1, ..Summary::default() },
        ..Report::default()
    }
}

fn text(format: Format, report: &Report, look: &Look) -> String {
    let mut bytes = Vec::new();
    write(format, report, look, &mut bytes).expect("a vector takes everything");
    String::from_utf8(bytes).expect("reports are UTF-8")
}

fn human(report: &Report) -> String {
    text(Format::Human, report, &Look::default())
}

fn parsed(format: Format, report: &Report) -> Value {
    let written = text(format, report, &Look::default());
    assert!(written.ends_with('\n'), "a text file ends with a line end");
    serde_json::from_str(&written).expect("valid JSON")
}

/// Line and column by walking the text: an independent second computation. `\n` ends a line, a
/// byte order mark at the start of the file takes no column, every other character takes one.
fn counted(text: &str, byte: usize) -> (u64, u64) {
    let (mut line, mut column) = (1, 1);
    for (at, character) in text.char_indices() {
        if at >= byte {
            break;
        }
        match character {
            '\n' => (line, column) = (line + 1, 1),
            '\u{feff}' if at == 0 => {}
            _ => column += 1,
        }
    }
    (line, column)
}

/// Texts in which columns are easily miscounted, and the place in each.
const PLACES: &[(&str, &str)] = &[
    ("a: 1\nb: here\n", "here"),
    ("a: 🦀\r\nb: \"🦀🦀\" # x\r\nkey: here # 🦀\r\n", "here"),
    ("\u{feff}here: 1\n", "here"),
    ("\u{feff}a: 1\nhere: 1", "here"),
    ("\tx = 1\n\t\there = 2\n", "here"),
    ("e\u{301}a: \u{1f469}\u{200d}\u{1f680} here\n", "here"),
    ("a:\r\n  - here\r\n    there\r\nb: 1\r\n", "here\r\n    there"),
    ("a: 日本語 'here'\n", "'here'"),
    ("a: 1\n\n\n\nhere", "here"),
    ("x: here🦀", "here🦀"),
];

#[test]
fn sarif_and_json_places_agree_with_an_independent_count() {
    for &(source, marked) in PLACES {
        let mut report = sources(&[("a.yaml", source)]);
        let place = place(&report, 0, marked);
        report.findings.push(finding(net(), place));
        let start = counted(source, place.span.start as usize);
        let end = counted(source, place.span.end as usize);

        let sarif = parsed(Format::Sarif, &report);
        let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!(sarif["runs"][0]["columnKind"], "unicodeCodePoints");
        assert_eq!(
            (&region["startLine"], &region["startColumn"]),
            (&start.0.into(), &start.1.into()),
            "{source:?}"
        );
        assert_eq!(
            (&region["endLine"], &region["endColumn"]),
            (&end.0.into(), &end.1.into()),
            "{source:?}"
        );

        let json = parsed(Format::Json, &report);
        let location = &json["findings"][0]["location"];
        for (name, (line, column), offset) in
            [("start", start, place.span.start), ("end", end, place.span.end)]
        {
            assert_eq!(location[name]["line"], line, "{source:?}");
            assert_eq!(location[name]["column"], column, "{source:?}");
            assert_eq!(location[name]["offset"], offset, "{source:?}");
        }

        let shown = human(&report);
        let header = format!("[a.yaml:{}:{}]", start.0, start.1);
        assert!(shown.contains(&header), "{header} is missing:\n{shown}");
    }
}

#[test]
fn places_do_not_reach_over_white_space_into_the_next_line() {
    let mut report = sources(&[("a.yaml", "a:\n  b: 1   \n\nc: 2\n")]);
    let mut place = place(&report, 0, "b: 1");
    place.span.end += 5;
    report.findings.push(finding(net(), place));
    let sarif = parsed(Format::Sarif, &report);
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region["endLine"].as_u64(), region["endColumn"].as_u64()), (Some(2), Some(7)));
}

#[test]
fn sarif_paths_are_relative_percent_encoded_references() {
    for (path, uri) in [
        ("deploy/a.yaml", "deploy/a.yaml"),
        ("c:d/e f.tf", "c%3Ad/e%20f.tf"),
        ("ü/#?%.yaml", "%C3%BC/%23%3F%25.yaml"),
    ] {
        let mut report = sources(&[(path, "a: here\n")]);
        report.findings.push(finding(net(), place(&report, 0, "here")));
        let sarif = parsed(Format::Sarif, &report);
        let artifact =
            &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uri"], uri);
        assert_eq!(artifact["uriBaseId"], "%SRCROOT%");
    }
}

#[test]
fn sarif_results_and_rules_are_there_even_when_empty() {
    let sarif = parsed(Format::Sarif, &Report::default());
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"], serde_json::json!([]));
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn sarif_levels_follow_the_finding_and_scores_follow_the_rule() {
    let levels = [
        (Severity::Critical, "error", "9.5"),
        (Severity::High, "error", "8.0"),
        (Severity::Medium, "warning", "5.5"),
        (Severity::Low, "note", "3.0"),
        (Severity::Info, "note", "0.5"),
    ];
    for (severity, level, score) in levels {
        let mut report = sources(&[("a.yaml", "a: here\n")]);
        let place = place(&report, 0, "here");
        report.findings.push(Finding {
            severity: Severity::Low,
            ..finding(rule("ZT-NET-901", "NET", severity), place)
        });
        report.findings.push(finding(rule("ZT-NET-900", "NET", severity), place));
        let sarif = parsed(Format::Sarif, &report);
        let run = &sarif["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().expect("a list of rules");
        let ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str()).collect();
        assert_eq!(ids, [Some("ZT-NET-900"), Some("ZT-NET-901")]);
        assert_eq!(rules[0]["defaultConfiguration"]["level"], level);
        assert_eq!(rules[0]["properties"]["security-severity"], score);
        assert_eq!(rules[0]["properties"]["tags"][2], "external/cwe/cwe-284");
        for result in run["results"].as_array().expect("a list of results") {
            let own = if result["ruleId"] == "ZT-NET-901" { "note" } else { level };
            assert_eq!(result["level"], own);
            let index = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
    }
}

#[test]
fn sarif_tells_assumptions_related_places_and_problems() {
    let mut report = sources(&[("a.yaml", "a: here\n"), ("b.yaml", "b: there\n")]);
    let there = place(&report, 1, "there");
    report.findings.push(Finding {
        confidence: Confidence::Possible,
        assumption: Some("no other Thing in shop".into()),
        labels: vec![Label { place: there, text: "selects [web](http://x)".into() }],
        ..finding(net(), place(&report, 0, "here"))
    });
    report.problems.push(Problem {
        level: Level::Error,
        path: "gone.yaml".into(),
        place: None,
        code: "unreadable",
        message: "gone.yaml cannot be read.".into(),
    });
    let sarif = parsed(Format::Sarif, &report);
    let result = &sarif["runs"][0]["results"][0];
    let related = &result["relatedLocations"][0];
    assert_eq!(related["id"], 1);
    assert_eq!(related["physicalLocation"]["artifactLocation"]["uri"], "b.yaml");
    assert_eq!(
        result["message"]["text"],
        "Thing shop/web allows all. Possible: assuming no other Thing in shop. \
         See [selects \\[web\\](http://x)](1)."
    );
    assert_eq!(result["properties"]["confidence"], "possible");
    assert_eq!(result["partialFingerprints"]["ztlint/v1"], "00000000000000000000000000000007");
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"][0]["descriptor"]["id"], "unreadable");
    assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "error");
}

#[test]
fn a_witness_is_a_code_flow_and_a_member_of_its_own() {
    let mut report = sources(&[("a.yaml", "a: here\n"), ("b.yaml", "b: there\n")]);
    let (here, there) = (place(&report, 0, "here"), place(&report, 1, "there"));
    let step = |place, text: &str| Label { place, text: text.into() };
    report.findings.push(Finding {
        witness: Some(Witness {
            sentence: "any pod → `shop/web` TCP 80".into(),
            steps: vec![step(there, "starts"), step(here, "lets [it](http://x) pass")],
        }),
        ..finding(net(), here)
    });
    let bare = Witness { sentence: "any pod → `shop/web` TCP 80".into(), steps: Vec::new() };
    report.findings.push(Finding { witness: Some(bare), ..finding(net(), here) });
    let sarif = parsed(Format::Sarif, &report);
    let results = &sarif["runs"][0]["results"];
    let flow = &results[0]["codeFlows"][0];
    assert_eq!(flow["message"]["text"], "any pod → `shop/web` TCP 80");
    let steps = flow["threadFlows"][0]["locations"].as_array().expect("steps");
    let told: Vec<(&str, &str)> = steps
        .iter()
        .map(|step| {
            let location = &step["location"];
            let uri = &location["physicalLocation"]["artifactLocation"]["uri"];
            let text = &location["message"]["text"];
            (uri.as_str().expect("a path"), text.as_str().expect("a text"))
        })
        .collect();
    assert_eq!(told, [("b.yaml", "starts"), ("a.yaml", "lets [it\\](http://x) pass")]);
    let related = results[0]["relatedLocations"].as_array().expect("places elsewhere");
    assert_eq!(related.len(), 1, "a step at the finding's own place is no place elsewhere");
    assert!(results[0]["message"]["text"].as_str().expect("a text").contains("How: any pod →"));
    assert_eq!(results[1]["codeFlows"], Value::Null, "a flow has at least one step");
    let json = parsed(Format::Json, &report);
    let witness = &json["findings"][0]["witness"];
    assert_eq!(witness["sentence"], "any pod → `shop/web` TCP 80");
    assert_eq!(witness["steps"][0]["location"]["path"], "b.yaml");
    assert_eq!(witness["steps"][1]["text"], "lets [it](http://x) pass");
}

/// A finding that holds for so many instances.
fn in_instances(number: usize) -> Report {
    let mut report = sources(&[("a.tf", "a: here\n")]);
    let instances = (0..number).map(|at| format!("module.db[{at}].aws_db_instance.a"));
    report.findings.push(Finding {
        instances: instances.collect(),
        ..finding(net(), place(&report, 0, "here"))
    });
    report
}

#[test]
fn instances_are_named_in_json_and_up_to_ten_in_sarif() {
    for (number, named) in [(0, 0), (1, 1), (10, 10), (11, 10), (300, 10)] {
        let report = in_instances(number);
        let instances = &report.findings[0].instances;
        let json = parsed(Format::Json, &report);
        assert_eq!(json["findings"][0]["instances"], serde_json::json!(instances));
        let sarif = parsed(Format::Sarif, &report);
        let result = &sarif["runs"][0]["results"][0];
        let location = &result["locations"][0];
        if number == 0 {
            assert_eq!(location["logicalLocations"], Value::Null);
            assert_eq!(result["properties"]["instances"], Value::Null);
            continue;
        }
        let expected: Vec<Value> = instances[..named]
            .iter()
            .map(|one| serde_json::json!({"fullyQualifiedName": one, "kind": "resource"}))
            .collect();
        assert_eq!(location["logicalLocations"], Value::Array(expected));
        assert_eq!(result["properties"]["instances"], number);
    }
}

/// What a run says about Terraform: twelve reasons, the last the commonest.
fn evaluated(modules: &[&str]) -> Report {
    let mut report = sources(&[("a.tf", "a: here\n")]);
    report.summary.knowledge.attributes = 400;
    for (at, reason) in REASONS.iter().enumerate() {
        report.summary.knowledge.unknown.insert(*reason, at + 1);
    }
    report.summary.remote_modules = modules.iter().map(|&module| module.to_owned()).collect();
    report
}

const REASONS: [Reason; 12] = [
    Reason::Masked,
    Reason::Runtime,
    Reason::Limit,
    Reason::Invalid,
    Reason::File,
    Reason::Function,
    Reason::Impure,
    Reason::Instances,
    Reason::RemoteModule,
    Reason::DataSource,
    Reason::Computed,
    Reason::Variable,
];

#[test]
fn json_says_how_much_of_terraform_is_known() {
    let json = parsed(Format::Json, &evaluated(&["vpc/aws", "git::https://u:p@host/m"]));
    let expected = serde_json::json!({
        "attributes": 400,
        "unknown": {
            "masked": 1, "runtime": 2, "limit": 3, "invalid": 4, "file": 5, "function": 6,
            "impure": 7, "instances": 8, "remote-module": 9, "data-source": 10, "computed": 11,
            "variable": 12
        },
        "remote_modules": ["git::https://…@host/m", "vpc/aws"]
    });
    assert_eq!(json["summary"]["terraform"], expected);
    let nothing = serde_json::json!({"attributes": 0, "unknown": {}, "remote_modules": []});
    let json = parsed(Format::Json, &Report::default());
    assert_eq!(json["summary"]["terraform"], nothing);
}

#[test]
fn json_keeps_its_order_and_its_fields() {
    let mut report = sources(&[("a.yaml", "a: here\n")]);
    report.findings.push(finding(net(), place(&report, 0, "here")));
    let written = text(Format::Json, &report, &Look::default());
    let keys = [
        "version",
        "tool",
        "findings",
        "rule",
        "name",
        "severity",
        "confidence",
        "message",
        "help",
        "resource",
        "path",
        "location",
        "start",
        "line",
        "column",
        "offset",
        "end",
        "labels",
        "roots",
        "instances",
        "assumption",
        "fingerprint",
        "problems",
        "summary",
        "not_manifests",
        "terraform",
        "attributes",
        "unknown",
        "remote_modules",
    ];
    let mut from = 0;
    for key in keys {
        let quoted = format!("\"{key}\":");
        let at = written[from..].find(&quoted);
        from += at.unwrap_or_else(|| panic!("{key} is missing or out of order: {written}"));
    }
    let json = parsed(Format::Json, &report);
    assert_eq!(json["version"], 1);
    assert_eq!(json["tool"]["name"], "ztlint");
    assert_eq!(json["findings"][0]["assumption"], Value::Null);
    assert_eq!(json["summary"]["findings"]["high"], 1);
}

#[test]
fn sarif_has_the_worst_first_and_says_whose_it_is() {
    let mut report = sources(&[("a.yaml", "first: 1\nallow: 2\n")]);
    let low = finding(rule("ZT-POL-901", "POL", Severity::Low), place(&report, 0, "first"));
    report.findings = vec![low, finding(net(), place(&report, 0, "allow"))];
    let sarif = |look: &Look| -> Value {
        serde_json::from_str(&text(Format::Sarif, &report, look)).expect("JSON")
    };
    let plain = sarif(&Look::default());
    let run = &plain["runs"][0];
    assert_eq!(run["results"][0]["ruleId"], "ZT-NET-900");
    assert_eq!(run["results"][1]["ruleId"], "ZT-POL-901");
    assert!(run.get("automationDetails").is_none());
    let keys = |result: &Value| {
        let prints = result["partialFingerprints"].as_object().expect("fingerprints");
        prints.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(keys(&run["results"][0]), ["ztlint/v1"]);
    let look = Look { category: Some("apps/shop".into()), line_hash: true, ..Look::default() };
    let own = sarif(&look);
    assert_eq!(own["runs"][0]["automationDetails"]["id"], "apps/shop/");
    assert_eq!(keys(&own["runs"][0]["results"][0]), ["primaryLocationLineHash", "ztlint/v1"]);
    let hash = |at: usize| {
        own["runs"][0]["results"][at]["partialFingerprints"]["primaryLocationLineHash"].clone()
    };
    assert_ne!(hash(0), hash(1), "each has its line's");
}

#[test]
fn sarif_leaves_the_least_severe_results_out_beyond_what_code_scanning_takes() {
    let mut report = sources(&[("a.yaml", "allow: 1\n")]);
    let at = place(&report, 0, "allow");
    report.findings = vec![finding(rule("ZT-POL-901", "POL", Severity::Low), at); 25_000];
    report.findings.push(finding(net(), at));
    let sarif: Value =
        serde_json::from_str(&text(Format::Sarif, &report, &Look::default())).expect("JSON");
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().expect("results");
    assert_eq!((results.len(), &results[0]["ruleId"]), (25_000, &Value::from("ZT-NET-900")));
    let notes = &run["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes[0]["descriptor"]["id"], "results-left-out");
    assert!(notes[0]["message"]["text"].as_str().is_some_and(|text| text.starts_with("1 of ")));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
}
