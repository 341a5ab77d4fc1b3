//! What a run writes and where.

use super::{CLOSED, NET_005, OPEN, OPEN_GROUP, folder, run};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn reports_in_files_stand_beside_standard_output() {
    let project = folder(&[("p.yaml", OPEN)]);
    let outputs =
        ["--output", "sarif=r.sarif", "--output", "json=r.json", "--output", "human=r.txt"];
    let run = project.run(&[&["check"], &NET_005[..], &outputs].concat());
    assert_eq!(run.code, 1);
    assert!(run.out.contains("ZT-NET-005") && run.out.contains("p.yaml:8:"), "{}", run.out);
    assert_eq!(project.read("r.txt"), run.out);
    let (sarif, report) = (json(&project.read("r.sarif")), json(&project.read("r.json")));
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["ruleId"], "ZT-NET-005");
    let fingerprint = report["findings"][0]["fingerprint"].as_str().expect("a fingerprint");
    assert!(results[0]["partialFingerprints"].to_string().contains(fingerprint));
    let left: Vec<_> = std::fs::read_dir(project.path(".")).expect("a folder").collect();
    assert_eq!(left.len(), 5, "nothing but the project and three reports");
}

#[test]
fn reports_are_written_whole_or_not_at_all() {
    let project = folder(&[("p.yaml", OPEN), ("r.json", "older")]);
    std::fs::create_dir(project.path("taken")).expect("a folder");
    let run = project.run(&["check", "--output", "json=taken"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert_eq!(project.run(&["check", "--output", "json=r.json"]).code, 1);
    assert_eq!(json(&project.read("r.json"))["version"], 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error() {
    let project = folder(&[("p.yaml", CLOSED)]);
    let full = std::fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ztlint"));
    let status = command.current_dir(project.path(".")).arg("check").stdout(full).status();
    assert_eq!(status.expect("an end").code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn no_command_hides_that_its_output_was_lost() {
    let project = folder(&[("p.yaml", OPEN)]);
    for args in [
        &["graph", "."][..],
        &["diff", ".", "."],
        &["rule", "list"],
        &["completions", "bash"],
        &["check", "--format", "sarif"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("/dev/full");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ztlint"));
        let output = command.current_dir(project.path(".")).args(args).stdout(full).output();
        let output = output.expect("an end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.starts_with("ztlint: cannot write to standard output"), "{args:?}: {said}");
    }
}

/// A reader that has seen enough, such as `head`.
#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let project = folder(&[]);
    for at in 0..200 {
        project.write(&format!("p{at}.yaml"), OPEN.replace("name: open", &format!("name: p{at}")));
    }
    for args in [
        &["check", "."][..],
        &["check", ".", "--format", "json"],
        &["check", ".", "--format", "junit"],
        &["check", ".", "--format", "markdown"],
        &["graph", "."],
        &["diff", ".", ".", "--format", "json"],
        &["rule", "list", "--format", "json"],
        &["completions", "zsh"],
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ztlint"));
        command.current_dir(project.path(".")).args(args);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().expect("the program");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.as_ref()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_report_that_cannot_be_written_leaves_nothing_behind() {
    let project = folder(&[("p.yaml", OPEN), ("file", "older")]);
    for path in ["gone/r.json", "file/r.json", "..", "."] {
        let run = project.run(&["check", "--output", &format!("json={path}")]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{path}");
        assert!(run.err.starts_with("ztlint: cannot write"), "{path}: {}", run.err);
    }
    assert_eq!(project.read("file"), "older");
    let left = std::fs::read_dir(project.path(".")).expect("a folder").count();
    assert_eq!(left, 3, "the project and nothing else");
}

#[test]
fn every_format_can_be_standard_output() {
    let project = folder(&[("p.yaml", OPEN)]);
    let out = |format: &str| {
        let run = project.run(&[&["check", "--format", format], &NET_005[..]].concat());
        assert_eq!((run.code, run.err.as_str()), (1, ""), "{format}");
        run.out
    };
    assert_eq!(json(&out("json"))["findings"][0]["rule"], "ZT-NET-005");
    assert_eq!(json(&out("sarif"))["runs"][0]["results"][0]["level"], "error");
    assert!(out("human").contains("1 finding (1 high)"));
}

#[test]
fn a_file_of_a_project_gets_the_findings_of_the_whole_run() {
    let service = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    let project = folder(&[
        ("a/open.yaml", OPEN),
        ("a/closed.yaml", CLOSED),
        ("b/namespace.yaml", service),
        ("b/broken.yaml", "apiVersion: v1\nkind: [\n"),
        ("c/main.tf", OPEN_GROUP),
    ]);
    let whole = project.check(&["--profile", "strict"]);
    assert_eq!(whole.code, 2);
    assert!(whole.findings().len() >= 2);
    for path in ["a/open.yaml", "a/closed.yaml", "b/namespace.yaml", "c/main.tf", "c"] {
        let alone = project.check(&["--profile", "strict", path]);
        let of_path = |finding: &&Value| {
            finding["location"]["path"].as_str().is_some_and(|place| place.starts_with(path))
        };
        let all = whole.report["findings"].as_array().expect("findings");
        let expected: Vec<&Value> = all.iter().filter(of_path).collect();
        let found: Vec<&Value> =
            alone.report["findings"].as_array().expect("findings").iter().collect();
        assert_eq!(found, expected, "{path}");
        assert_eq!(alone.problems(), [""; 0], "{path}");
        assert_eq!(alone.code, i32::from(!expected.is_empty()), "{path}");
    }
    assert_eq!(project.check(&["b/broken.yaml"]).code, 2);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let project = folder(&[]);
    for at in 0..40 {
        let name = format!("name: policy-{at}");
        project.write(&format!("d{}/p{at}.yaml", at % 7), OPEN.replace("name: open", &name));
        project.write(&format!("m{at}/main.tf"), OPEN_GROUP);
    }
    project.write("broken.yaml", "apiVersion: v1\nkind: [\n");
    for format in ["human", "json", "sarif"] {
        let out = |jobs| {
            let args = ["check", "--profile", "strict", "--format", format, "--jobs", jobs];
            project.run(&args).out
        };
        let one = out("1");
        assert!(one.len() > 10_000);
        assert!(one == out("2") && one == out("8"), "{format}");
    }
}

#[test]
fn colours_come_only_when_asked_for() {
    let project = folder(&[("p.yaml", OPEN)]);
    let coloured = |args: &[&str], env: &[(&str, &str)]| {
        let run = run(&project.path("."), &[&["check"], args].concat(), "", env);
        run.out.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]));
    assert!(!coloured(&["--color", "auto"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "always", "--format", "json"], &[]));
    assert_eq!(project.run(&["check", "--color", "blue"]).code, 2);
}

#[test]
fn quiet_says_less_and_verbose_more() {
    let project =
        folder(&[("closed.yaml", CLOSED), ("t.yaml", "apiVersion: v1\nkind: {{ .Kind }}\n")]);
    assert_eq!(project.run(&["check", "--quiet"]).out, "");
    let normal = project.run(&["check"]).out;
    assert!(normal.starts_with("All good") && normal.contains("1 skipped file"), "{normal}");
    assert!(!normal.contains("t.yaml"), "{normal}");
    let verbose = project.run(&["check", "-v"]).out;
    assert!(verbose.contains("t.yaml: template, not rendered"), "{verbose}");
    project.write("open.yaml", OPEN);
    let quiet = project.run(&["check", "-q"]);
    assert!(quiet.out.contains("ZT-NET-005") && !quiet.out.contains("finding"), "{}", quiet.out);
}

#[test]
fn a_folder_without_manifests_is_well() {
    let project = folder(&[("notes.txt", "hello\n"), ("data.json", "{}")]);
    let run = project.run(&["check"]);
    assert_eq!(run.code, 0);
    assert!(run.out.contains("no manifest was found"), "{}", run.out);
    let named = project.check(&["notes.txt"]);
    named.gives(0, &[]);
    assert_eq!(named.problems(), ["notes.txt note not-a-manifest"]);
}
