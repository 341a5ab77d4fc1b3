//! Commands, flags and exit codes.

use super::{CLOSED, NET_005, OPEN, folder, run};
use ztlint::rules::catalog;

#[test]
fn exit_codes_follow_findings_and_flags() {
    let with =
        |file: (&str, &str), args: &[&str]| folder(&[file]).run(&[&["check"], args].concat()).code;
    let (open, closed) = (("p.yaml", OPEN), ("p.yaml", CLOSED));
    let one = |args: &[&'static str]| [&NET_005[..], args].concat();
    let cases: [((&str, &str), Vec<&str>, i32); 14] = [
        (closed, vec![], 0),
        (open, vec![], 1),
        (open, one(&[]), 1),
        (open, one(&["--fail-on", "high"]), 1),
        (open, one(&["--fail-on", "critical"]), 0),
        (open, one(&["--min-severity", "high"]), 1),
        (open, one(&["--min-severity", "critical"]), 0),
        (open, one(&["--exit-zero"]), 0),
        (open, one(&["--fail-on", "info", "--exit-zero"]), 0),
        (open, one(&["--ignore", "NET"]), 0),
        (open, vec!["--select", "networkpolicy-allows-all-ingress"], 1),
        (open, vec!["--select", "net,MSH"], 1),
        (open, vec!["--select", "ROT"], 0),
        (open, one(&["--quiet"]), 1),
    ];
    for (file, args, code) in cases {
        assert_eq!(with(file, &args), code, "{args:?}");
    }
}

#[test]
fn mistakes_end_with_2_and_a_reason() {
    let project = folder(&[("p.yaml", OPEN)]);
    let cases: [(&[&str], &str); 15] = [
        (&["check", "missing.yaml"], "missing.yaml"),
        (&["check", "p.yaml", "missing"], "missing"),
        (
            &["check", "--fail-on", "worst"],
            "a severity is one of info, low, medium, high, critical",
        ),
        (&["check", "--min-severity", "HIGH"], "a severity is one of"),
        (&["check", "--format", "xml"], "a format is one of human, json, sarif"),
        (&["check", "--output", "report.json"], "FORMAT=PATH"),
        (&["check", "--output", "json="], "the path is empty"),
        (&["check", "--output", "json=no/such/folder/report.json"], "cannot write"),
        (&["check", "--profile", "loose"], "a profile is one of default, strict"),
        (&["check", "--select", "ZT-NET-005,ZT-NET-99"], "`ZT-NET-99`"),
        (&["check", "--ignore", "nothing"], "`nothing`"),
        (&["check", "--jobs", "0"], "--jobs"),
        (&["check", "--quiet", "--verbose"], "--verbose"),
        (&["check", "--config", "none.toml"], "none.toml"),
        (&["chek"], "chek"),
    ];
    for (args, reason) in cases {
        let run = project.run(args);
        assert_eq!(run.code, 2, "{args:?}");
        assert!(run.err.contains(reason), "{args:?}: {}", run.err);
        assert_eq!(run.out, "", "{args:?}");
    }
}

#[test]
fn an_error_wins_over_findings_and_over_exit_zero() {
    let project = folder(&[("open.yaml", OPEN), ("broken.yaml", "apiVersion: v1\nkind: [\n")]);
    for args in [&[][..], &["--exit-zero"], &["--fail-on", "critical"]] {
        let checked = project.check(&[&NET_005[..], args].concat());
        checked.gives(2, &["open.yaml:8 ZT-NET-005"]);
    }
}

#[test]
fn the_program_alone_prints_its_help_and_ends_with_2() {
    let run = folder(&[]).run(&[]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("Usage: ztlint <COMMAND>"), "{}", run.err);
    assert_eq!(run.out, "");
}

#[test]
fn asked_help_and_version_end_with_0() {
    for args in [&["--help"][..], &["-h"], &["check", "--help"], &["help", "rule"]] {
        let run = folder(&[]).run(args);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
        assert!(run.out.contains("Usage: ztlint"), "{}", run.out);
    }
    let version = folder(&[]).run(&["--version"]);
    assert_eq!(version.out, format!("ztlint {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_rule_is_listed() {
    let run = folder(&[]).run(&["rule", "list"]);
    assert_eq!(run.code, 0);
    for rule in catalog::RULES {
        let line = run.out.lines().find(|line| line.starts_with(rule.id));
        let line = line.unwrap_or_else(|| panic!("{} is not listed", rule.id));
        assert!(line.contains(rule.name) && line.contains(rule.severity.word()), "{line}");
    }
}

#[test]
fn a_rule_is_explained_by_id_or_name() {
    let project = folder(&[]);
    let page = project.run(&["explain", "ZT-NET-005"]);
    assert_eq!(page.code, 0);
    assert!(page.out.starts_with("ZT-NET-005 networkpolicy-allows-all-ingress\n"), "{}", page.out);
    let same = [
        &["explain", "networkpolicy-allows-all-ingress"][..],
        &["explain", "zt-net-005"],
        &["rule", "explain", "ZT-NET-005"],
    ];
    for args in same {
        assert_eq!(project.run(args).out, page.out, "{args:?}");
    }
    let unknown = project.run(&["explain", "ZT-NET-999"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("no rule is called `ZT-NET-999`"), "{}", unknown.err);
}

#[test]
fn every_shell_gets_a_completion_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = folder(&[]).run(&["completions", shell]);
        assert_eq!(run.code, 0, "{shell}");
        assert!(run.out.contains("min-severity"), "{shell}");
    }
    assert_eq!(folder(&[]).run(&["completions", "cmd"]).code, 2);
}

#[test]
fn standard_input_is_read_by_its_text() {
    let project = folder(&[("other.yaml", OPEN)]);
    let group = super::OPEN_GROUP;
    let json = r#"{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "open", "namespace": "shop"},
        "spec": {"podSelector": {}, "ingress": [{}]}}"#;
    let cases = [
        (OPEN, 1, "stdin.yaml"),
        (CLOSED, 0, "ZT-NET-005"),
        (json, 1, "stdin.json"),
        (group, 1, "stdin.tf"),
        ("", 0, ""),
        ("apiVersion: v1\nkind: [\n", 2, "stdin.yaml"),
        ("resource \"a\" \"b\" {\n", 2, "stdin.tf"),
    ];
    for (text, code, path) in cases {
        let args = ["check", "-", "--select", "ZT-NET-005,ZT-NET-025", "--format", "json"];
        let run = run(&project.path("."), &args, text, &[]);
        assert_eq!(run.code, code, "{text}: {}", run.out);
        assert_eq!(run.out.contains(path), code != 0 || path.is_empty(), "{text}: {}", run.out);
        assert!(!run.out.contains("other.yaml"), "{}", run.out);
    }
    let mixed = run(&project.path("."), &["check", "-", "other.yaml"], OPEN, &[]);
    assert_eq!(mixed.code, 2);
    assert!(mixed.err.contains("stands alone"), "{}", mixed.err);
}
