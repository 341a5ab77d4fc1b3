//! The composite action's steps, run in a shell as a runner would: arguments are passed one by one,
//! the summary and the report are written, and the exit code survives the upload between.
#![cfg(unix)]

use serde_json::Value;
use std::path::Path;
use std::process::Command;

const OPEN: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: open
  namespace: shop
spec:
  podSelector: {}
  ingress: [{}]
";

fn action() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    let text = std::fs::read_to_string(path).expect("action.yml");
    serde_yaml::from_str(&text).expect("YAML")
}

/// What a step did: its exit code, its standard output, and the files that it was given.
struct Done {
    code: Option<i32>,
    out: String,
    outputs: String,
    summary: String,
    path: String,
}

/// Runs a step of the action in a project of one file.
fn step(name: &str, variables: &[(&str, &str)]) -> Done {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("project");
    for inside in ["two words", ".git"] {
        std::fs::create_dir_all(project.join(inside)).expect("a folder");
    }
    std::fs::write(project.join("two words/p.yaml"), OPEN).expect("a file");
    let action = action();
    let steps = action["runs"]["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["name"] == name).expect("the step");
    let program = Path::new(env!("CARGO_BIN_EXE_ztlint")).parent().expect("a folder");
    let path = std::env::var("PATH").expect("PATH");
    let file = |name: &str| folder.path().join(name);
    for name in ["outputs", "summary", "path"] {
        std::fs::write(file(name), "").expect("a file");
    }
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"])
        .arg(step["run"].as_str().expect("a script"))
        .current_dir(&project)
        .env("PATH", format!("{}:{path}", program.display()))
        .env("GITHUB_OUTPUT", file("outputs"))
        .env("GITHUB_STEP_SUMMARY", file("summary"))
        .env("GITHUB_PATH", file("path"))
        .env("RUNNER_SARIF", file("ztlint.sarif"))
        .env("RUNNER_SUMMARY", file("ztlint.md"))
        .env("RUNNER_TOOLS", file("tools"))
        .envs(variables.iter().copied())
        .output()
        .expect("bash");
    let read = |name: &str| std::fs::read_to_string(file(name)).expect("a file");
    Done {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        outputs: read("outputs"),
        summary: read("summary"),
        path: read("path"),
    }
}

fn check(paths: &str, arguments: &str, fail_on: &str) -> Done {
    let variables =
        [("ZTLINT_PATHS", paths), ("ZTLINT_ARGS", arguments), ("ZTLINT_FAIL_ON", fail_on)];
    step("Check", &variables)
}

#[test]
fn the_check_writes_everything_and_hands_its_exit_code_on() {
    let done = check("two words\n", "--select\nZT-NET-005\n", "low");
    assert_eq!(done.code, Some(0), "{}", done.out);
    assert!(done.out.starts_with("::error file=two words/p.yaml,line=8,"), "{}", done.out);
    assert!(done.summary.starts_with("## ztlint: 1 finding (1 high)\n"), "{}", done.summary);
    assert!(done.outputs.contains("exit-code=1\n") && done.outputs.contains("sarif=/"));
    let result = step("Result", &[("ZTLINT_CODE", "1")]);
    assert_eq!(result.code, Some(1));
}

#[test]
fn a_threshold_or_never_lets_the_job_pass() {
    let select = "--select\nZT-NET-005\n";
    assert!(check(".", select, "critical").outputs.contains("exit-code=0\n"));
    assert!(check(".", select, "never").outputs.contains("exit-code=0\n"));
    assert!(check(".", "", "sometimes").outputs.contains("exit-code=2\n"));
    assert_eq!(step("Result", &[("ZTLINT_CODE", "")]).code, Some(2), "no result is no success");
}

#[test]
fn a_path_is_no_argument() {
    let done = check("--exit-zero", "", "low");
    assert!(done.outputs.contains("exit-code=2\n"), "{}", done.outputs);
}

#[test]
fn an_installed_ztlint_is_taken_when_asked_for_and_nothing_else_than_a_release() {
    let done = step("Install ztlint", &[("ZTLINT_VERSION", "none"), ("ZTLINT_REF", "v1")]);
    assert_eq!((done.code, done.path.as_str()), (Some(0), ""));
    assert!(done.out.starts_with("ztlint "), "{}", done.out);
    for version in ["main", "1.2", "../x", "1.2.3;id"] {
        let done = step("Install ztlint", &[("ZTLINT_VERSION", version), ("ZTLINT_REF", "")]);
        assert_eq!(done.code, Some(2), "{version}");
    }
}

#[test]
fn what_users_write_reaches_scripts_by_the_environment_only() {
    for step in action()["runs"]["steps"].as_array().expect("steps") {
        let script = step["run"].as_str().unwrap_or_default();
        assert!(!script.contains("${{"), "an expression inside a script runs what it holds");
    }
}

#[test]
fn the_upload_is_a_switch_between_the_check_and_its_result() {
    let action = action();
    let steps = action["runs"]["steps"].as_array().expect("steps");
    let names: Vec<_> = steps.iter().filter_map(|step| step["name"].as_str()).collect();
    assert_eq!(names, ["Install ztlint", "Check", "Upload to code scanning", "Result"]);
    let foreign: Vec<_> = steps.iter().filter(|step| step["uses"].is_string()).collect();
    assert_eq!(foreign.len(), 1, "nothing else of other people's runs");
    let wanted = foreign[0]["if"].as_str().expect("a condition");
    assert!(wanted.contains("inputs.upload-sarif == 'true'"), "{wanted}");
    assert!(wanted.contains("steps.check.outputs.sarif != ''"), "{wanted}");
    assert_eq!(foreign[0]["with"]["sarif_file"], "${{ steps.check.outputs.sarif }}");
    assert_eq!(action["inputs"]["upload-sarif"]["default"], "true");
}
