//! Reports against what is published about their formats: GitLab's code quality report and reviewdog's
//! diagnostics as their documentation says, and on real manifests Microsoft's validator of SARIF and
//! the schema of Jenkins for `JUnit`.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Faults of both platforms, a file that is broken, and one that is no UTF-8.
const FILES: [(&str, &[u8]); 4] = [
    (
        "shop/open.yaml",
        b"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: open}\nspec:\n  \
          podSelector: {}\n  ingress: [{}]\n",
    ),
    (
        "net/main.tf",
        b"resource \"aws_security_group\" \"a\" {\n  ingress {\n    protocol    = \"tcp\"\n    \
          from_port   = 22\n    to_port     = 22\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n",
    ),
    ("shop/broken.yaml", b"apiVersion: v1\nkind: [\n"),
    ("shop/bytes.yaml", b"apiVersion: v1\nkind: \xff\n"),
];

fn check(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ztlint"));
    let output = command.current_dir(folder).args(["check", "."]).args(args).output();
    let output = output.expect("the program");
    assert!(matches!(output.status.code(), Some(0..=2)), "{:?}", output.status);
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

fn sample(format: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a mark of the project's root");
    for (path, bytes) in FILES {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, bytes).expect("a file");
    }
    check(folder.path(), &["--profile", "strict", "--format", format])
}

#[track_caller]
fn holds(schema: &Value, document: &Value) {
    let validator = jsonschema::validator_for(schema).expect("a schema");
    let faults: Vec<String> = validator.iter_errors(document).map(|e| e.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}\n{document}");
}

/// The fields that GitLab documents, all of them required
/// (`docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format`).
fn code_quality() -> Value {
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "additionalProperties": false,
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "minLength": 8},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "additionalProperties": false,
                    "properties": {
                        // Relative to the repository, without a leading `./`.
                        "path": {"type": "string", "pattern": "^([^./]|\\.[^./])"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "additionalProperties": false,
                            "properties": {
                                "begin": {"type": "integer", "minimum": 1},
                                "end": {"type": "integer", "minimum": 1}
                            }
                        }
                    }
                }
            }
        }
    })
}

/// The messages `Diagnostic`, `Location`, `Range`, `Position`, `Source` and `Code` of reviewdog's
/// `rdf` package; a field that they do not know makes reviewdog refuse the line.
fn diagnostic() -> Value {
    let position = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["line"],
        "properties": {
            "line": {"type": "integer", "minimum": 1},
            "column": {"type": "integer", "minimum": 1}
        }
    });
    json!({
        "type": "object",
        "required": ["message", "location"],
        "additionalProperties": false,
        "properties": {
            "message": {"type": "string", "minLength": 1},
            "location": {
                "type": "object",
                "required": ["path"],
                "additionalProperties": false,
                "properties": {
                    "path": {"type": "string", "minLength": 1},
                    "range": {
                        "type": "object",
                        "required": ["start"],
                        "additionalProperties": false,
                        "properties": {"start": position, "end": position}
                    }
                }
            },
            "severity": {"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]},
            "source": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"name": {"type": "string"}, "url": {"type": "string"}}
            },
            "code": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"value": {"type": "string"}, "url": {"type": "string"}}
            }
        }
    })
}

fn hold_lists(gitlab: &str, rdjsonl: &str) -> (usize, usize) {
    let issues: Value = serde_json::from_str(gitlab).expect("JSON");
    holds(&code_quality(), &issues);
    let schema = diagnostic();
    let lines: Vec<Value> =
        rdjsonl.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for line in &lines {
        holds(&schema, line);
    }
    let issues = issues.as_array().expect("an array");
    let mut prints: Vec<&Value> = issues.iter().map(|issue| &issue["fingerprint"]).collect();
    prints.sort_by_key(ToString::to_string);
    prints.dedup();
    assert_eq!(prints.len(), issues.len(), "each issue has a fingerprint of its own");
    (issues.len(), lines.len())
}

#[test]
fn lists_are_as_their_readers_document_them() {
    let (issues, lines) = hold_lists(&sample("gitlab"), &sample("rdjsonl"));
    assert!(issues >= 4 && issues == lines, "{issues} issues, {lines} lines");
    let validator = jsonschema::validator_for(&code_quality()).expect("a schema");
    let wrong = json!([{"description": "d", "check_name": "c", "fingerprint": "12345678",
        "severity": "high", "location": {"path": "a", "lines": {"begin": 1}}}]);
    assert!(!validator.is_valid(&wrong), "the schema can fail");
}

fn named(variable: &str) -> PathBuf {
    let value = std::env::var_os(variable);
    PathBuf::from(value.unwrap_or_else(|| panic!("{variable} names nothing")))
}

/// The repositories of the corpora, each a project of its own.
fn repositories() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(named("ZTLINT_CORPORA")).expect("a folder");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    assert!(found.len() > 1);
    found
}

/// Reports of every repository with both profiles, of the sample, and of an empty run.
fn reports(format: &str, into: &Path, ending: &str) -> usize {
    let mut number = 0;
    let mut write = |text: String| {
        std::fs::write(into.join(format!("{number}.{ending}")), text).expect("a file");
        number += 1;
    };
    for repository in repositories() {
        for profile in ["default", "strict"] {
            write(check(&repository, &["--profile", profile, "--format", format]));
        }
    }
    let empty = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(empty.path().join(".git")).expect("a mark of the project's root");
    write(check(empty.path(), &["--format", format]));
    write(sample(format));
    number
}

/// `ZTLINT_SARIF_MULTITOOL`: the program of the npm package `@microsoft/sarif-multitool`.
#[test]
#[ignore = "needs ZTLINT_CORPORA and ZTLINT_SARIF_MULTITOOL"]
fn sarif_multitool_has_nothing_to_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let number = reports("sarif", folder.path(), "sarif");
    // What the validator would say about a fault, or nothing above is proven.
    let mut wrong: Value =
        serde_json::from_str(&check(&repositories()[0], &["--format", "sarif"])).expect("JSON");
    wrong["runs"][0]["results"] = json!([{"ruleId": "a", "message": {"text": "No place."}}]);
    std::fs::write(folder.path().join("wrong.sarif"), wrong.to_string()).expect("a file");
    let validate = |files: &str| -> Vec<String> {
        let log = folder.path().join("said.json");
        let output = Command::new(named("ZTLINT_SARIF_MULTITOOL"))
            .args(["validate", "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"])
            .args(["--log", "ForceOverwrite", "--output"])
            .arg(&log)
            .arg(folder.path().join(files))
            .output()
            .expect("the validator");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let text = std::fs::read_to_string(&log).expect("a log");
        let said: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).expect("JSON");
        let results = said["runs"][0]["results"].as_array().cloned().unwrap_or_default();
        results.iter().map(ToString::to_string).collect()
    };
    assert!(!validate("wrong.sarif").is_empty(), "a result without a place is a fault");
    std::fs::remove_file(folder.path().join("wrong.sarif")).expect("a file");
    let said = validate("*.sarif");
    assert!(said.is_empty(), "{} of {number} reports: {}", said.len(), said[0]);
}

/// `ZTLINT_JUNIT_XSD`: `junit-10.xsd` of Jenkins' xUnit plugin, which the source archives of pytest
/// hold below `testing/example_scripts`; `xmllint` is on the `PATH`.
#[test]
#[ignore = "needs ZTLINT_CORPORA and ZTLINT_JUNIT_XSD"]
fn junit_xsd_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let number = reports("junit", folder.path(), "xml");
    let files = (0..number).map(|at| folder.path().join(format!("{at}.xml")));
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(named("ZTLINT_JUNIT_XSD"))
        .args(files)
        .output()
        .expect("xmllint");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `ZTLINT_RDF_SCHEMA`: `proto/rdf/jsonschema/Diagnostic.json` of reviewdog's Go module.
#[test]
#[ignore = "needs ZTLINT_CORPORA and ZTLINT_RDF_SCHEMA"]
fn rdf_schema_holds() {
    let schema = std::fs::read_to_string(named("ZTLINT_RDF_SCHEMA")).expect("a schema");
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    assert!(!validator.is_valid(&json!({"message": 1})), "the schema can fail");
    let mut lines = 0;
    for repository in repositories() {
        let list = check(&repository, &["--profile", "strict", "--format", "rdjsonl"]);
        for line in list.lines() {
            holds(&schema, &serde_json::from_str(line).expect("JSON"));
            lines += 1;
        }
    }
    assert!(lines > 100, "{lines} lines");
}

#[test]
#[ignore = "needs ZTLINT_CORPORA"]
fn lists_of_real_manifests_are_as_documented() {
    for repository in repositories() {
        let list = |format| check(&repository, &["--profile", "strict", "--format", format]);
        let (issues, lines) = hold_lists(&list("gitlab"), &list("rdjsonl"));
        assert_eq!(issues, lines, "{}", repository.display());
    }
}
