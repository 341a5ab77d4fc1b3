//! Charts rendered by a program that stands in for Helm: what becomes of its output, and of every
//! way in which it can fail. What the real one does is in `tests/helm.rs`.
#![cfg(unix)]

use super::{Checked, Folder, NET_005, OPEN, folder};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, Instant};

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

/// A template with `ingress` on line 9, where it is as it will be.
const TEMPLATE: &str = "\
{{- if .Values.on }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .Release.Name }}-open
  namespace: shop
spec:
  podSelector: {}
  ingress: [{}]
{{- end }}
";

/// A project with a chart, a manifest with a finding beside it, and a stand-in for Helm.
fn project(script: &str) -> Folder {
    let project = folder(&[
        ("web/Chart.yaml", CHART),
        ("web/values.yaml", "on: true\n"),
        ("web/templates/policy.yaml", TEMPLATE),
        ("z-open.yaml", OPEN),
    ]);
    program(&project, script);
    project
}

fn program(project: &Folder, script: &str) {
    project.write("bin/helm", format!("#!/bin/sh\n{script}\n"));
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(project.path("bin/helm"), all).expect("permissions");
}

fn check(project: &Folder, args: &[&str]) -> Checked {
    project.check(&[&["--helm=bin/helm"], args, &NET_005[..]].concat())
}

/// A script that writes a template's documents as Helm would.
fn writes(source: &str, text: &str) -> String {
    format!("cat <<'END'\n---\n# Source: {source}\n{text}\nEND")
}

const BESIDE: &str = "z-open.yaml:8 ZT-NET-005";

/// What a failure of the program must look like.
#[track_caller]
fn fails(script: &str, code: &str, message: &str) {
    let project = project(script);
    project.write("ztlint.toml", "[limits]\nrender-seconds = 2\n");
    let checked = check(&project, &[]);
    checked.gives(2, &[BESIDE]);
    assert_eq!(checked.problems(), [format!("web/Chart.yaml error {code}")], "{script}");
    let said = checked.report["problems"][0]["message"].as_str().expect("a message");
    assert!(said.contains(message), "{said}");
    assert!(said.len() < 6_000 && !said.contains('\n'), "{said}");
    assert_eq!(checked.skipped(), ["web/templates/policy.yaml"]);
}

#[test]
fn findings_stand_in_the_template() {
    let project = project(&writes("web/templates/policy.yaml", OPEN));
    let checked = check(&project, &[]);
    checked.gives(1, &["web/templates/policy.yaml:9 ZT-NET-005", BESIDE]);
    assert_eq!(checked.problems(), [""; 0]);
    assert_eq!(checked.skipped(), [""; 0]);
    assert_eq!((checked.count("files"), checked.count("resources")), (2, 2));
    let finding = &checked.report["findings"][0];
    assert_eq!(finding["location"]["start"]["column"], 13);
    assert_eq!(finding["location"]["end"]["column"], 15);
    assert_eq!(finding["labels"], serde_json::json!([]));
}

#[test]
fn what_values_give_is_shown_where_the_template_takes_it() {
    let project = project(&writes("web/templates/policy.yaml", OPEN));
    let template = TEMPLATE.replace("[{}]", "{{ .Values.ingress }}");
    project.write("web/templates/policy.yaml", template);
    let checked = check(&project, &["web"]);
    checked.gives(1, &["web/templates/policy.yaml:9 ZT-NET-005"]);
    let finding = &checked.report["findings"][0];
    assert_eq!(finding["location"]["start"]["column"], 3);
    assert_eq!(finding["labels"][0]["text"], "rendered from this: spec.ingress[0]");
    assert_eq!(finding["labels"][0]["location"], finding["location"]);
    for format in ["human", "sarif"] {
        let args =
            ["check", "web", "--helm=bin/helm", "--select", "ZT-NET-005", "--format", format];
        let run = project.run(&args);
        assert!(run.out.contains("rendered from this: spec.ingress[0]"), "{}", run.out);
    }
}

#[test]
fn nothing_is_started_unless_it_is_asked_for() {
    let project = project("touch \"$(dirname \"$0\")/started\"");
    project.write("ztlint.toml", "[helm.values]\nweb = [\"web/values.yaml\"]\n");
    let checked = project.check(&NET_005);
    checked.gives(1, &[BESIDE]);
    assert_eq!(checked.skipped(), ["web/templates/policy.yaml"]);
    assert_eq!(project.run(&["check", "--helm-values", "values.yaml"]).code, 2);
    assert_eq!(project.run(&["check", "-", "--helm=bin/helm"]).code, 2);
    check(&project, &["z-open.yaml"]).gives(1, &[BESIDE]);
    assert!(!project.path("bin/started").exists(), "it was started");
    check(&project, &[]);
    assert!(project.path("bin/started").exists(), "it was not started");
}

#[test]
fn what_fails_is_said_with_its_own_words() {
    fails("echo 'Error: a\nbad chart' >&2; exit 1", "helm-failed", "Error: a bad chart");
    fails("kill -9 $$", "helm-failed", "signal: 9");
}

#[test]
fn output_of_a_program_that_fails_is_dropped() {
    let written = writes("web/templates/policy.yaml", OPEN);
    fails(&format!("{written}\necho half >&2; exit 3"), "helm-failed", "half");
}

#[test]
fn a_long_complaint_is_cut() {
    let script = "i=0; while [ $i -lt 2000 ]; do echo \"line $i of a complaint\" >&2; i=$((i+1)); done; echo THE END >&2; exit 1";
    fails(script, "helm-failed", "THE END");
}

#[test]
fn what_hangs_is_killed_with_its_children() {
    let project = project("sleep 60 & echo $! > \"$(dirname \"$0\")/child\"; sleep 61");
    project.write("ztlint.toml", "[limits]\nrender-seconds = 1\n");
    let checked = check(&project, &[]);
    checked.gives(2, &[BESIDE]);
    assert_eq!(checked.problems(), ["web/Chart.yaml error helm-timeout"]);
    let child = project.read("bin/child");
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", child.trim()));
    // Nobody may have waited for it yet, but it runs no more.
    let gone = || state().map_or(true, |text| text.contains(") Z ") || text.contains(") X "));
    let deadline = Instant::now() + Duration::from_secs(5);
    while !gone() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(gone(), "{:?}", state());
}

#[test]
fn a_child_that_keeps_the_output_open_is_a_hang() {
    let written = writes("web/templates/policy.yaml", OPEN);
    fails(&format!("sleep 60 & {written}"), "helm-timeout", "within 2 s");
    fails("exec >&- 2>&-; sleep 60", "helm-timeout", "within 2 s");
}

#[test]
fn a_flood_is_stopped() {
    fails("yes '# Source: web/templates/policy.yaml'", "helm-flood", "67108864 bytes");
    // As much of complaints is read, dropped, and cut by the time alone.
    fails("yes complaint >&2", "helm-timeout", "complaint");
}

#[test]
fn garbage_is_no_rendering() {
    fails("echo 'usage: something else'", "helm-output", "belongs to no template");
    fails("printf '\\377\\376'", "helm-output", "no UTF-8");
}

#[test]
fn a_rendering_that_is_no_yaml_is_an_error_and_its_neighbours_are_judged() {
    let broken = writes("web/templates/broken.yaml", "apiVersion: v1\nkind: [\n");
    let project = project(&format!("{broken}\n{}", writes("web/templates/policy.yaml", OPEN)));
    project.write("web/templates/broken.yaml", "{{ .Values.broken }}\n");
    let checked = check(&project, &[]);
    checked.gives(2, &["web/templates/policy.yaml:9 ZT-NET-005", BESIDE]);
    assert_eq!(checked.problems(), ["web/Chart.yaml error helm-output"]);
    let said = checked.report["problems"][0]["message"].as_str().expect("a message");
    assert!(said.contains("`web/templates/broken.yaml`"), "{said}");
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let project = project("true");
    for missing in ["--helm=bin/none", "--helm=none-of-this-name", "--helm=z-open.yaml"] {
        let checked = project.check(&[&[missing], &NET_005[..]].concat());
        checked.gives(2, &[BESIDE]);
        assert_eq!(checked.problems(), ["web/Chart.yaml error helm-missing"], "{missing}");
    }
}

#[test]
fn the_program_is_found_in_the_path() {
    let project = project(&writes("web/templates/policy.yaml", OPEN));
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", project.path("bin").display());
    let args = ["check", "--helm", "--select", "ZT-NET-005", "--format", "json", "web"];
    let run = super::run(&project.path("."), &args, "", &[("PATH", &path)]);
    assert_eq!(run.code, 1, "{}", run.err);
}

#[test]
fn it_runs_without_the_users_settings() {
    let project = project("env > \"$(dirname \"$0\")/env\"; pwd >> \"$(dirname \"$0\")/env\"");
    let env = [("HTTPS_PROXY", "http://proxy:1"), ("HELM_NAMESPACE", "x"), ("SECRET", "y")];
    let args = ["check", "--helm=bin/helm", "--select", "ZT-NET-005"];
    super::run(&project.path("."), &args, "", &env);
    let seen = project.read("bin/env");
    for line in seen.lines().filter(|line| line.starts_with("HELM_") || line.starts_with("HOME=")) {
        let (_, value) = line.split_once('=').expect("a variable");
        assert!(value.starts_with(&*std::env::temp_dir().to_string_lossy()), "{line}");
    }
    assert!(seen.contains("HELM_CACHE_HOME="), "{seen}");
    assert!(!seen.contains("SECRET") && !seen.contains("//proxy"), "{seen}");
    assert!(!seen.contains("HELM_NAMESPACE"), "{seen}");
}

/// The arguments that the stand-in got, one on each line, without the folder of the project.
fn arguments(project: &Folder, args: &[&str]) -> Vec<String> {
    program(project, "for a in \"$@\"; do echo \"$a\"; done >> \"$(dirname \"$0\")/args\"");
    let _ = std::fs::remove_file(project.path("bin/args"));
    let checked = check(project, args);
    assert_eq!(checked.problems(), [""; 0]);
    let root = project.path("").canonicalize().expect("a folder").display().to_string();
    project.read("bin/args").lines().map(|line| line.replace(&root, "")).collect()
}

#[test]
fn values_are_chosen_by_flags_and_configuration() {
    let project = project("");
    project.write("web/values-prod.yaml", "on: true\n");
    project.write("live/web.yaml", "on: true\n");
    let plain = ["template", "release-name", "/web", "--include-crds"];
    assert_eq!(arguments(&project, &[]), plain);
    let flag = ["--helm-values", "values-*.yaml"];
    let prod = ["--values", "/web/values-prod.yaml"];
    assert_eq!(arguments(&project, &flag), [&plain[..], &prod].concat());
    project.write("ztlint.toml", "[helm.values]\nweb = [\"live/web.yaml\"]\n");
    let live = ["--values", "/live/web.yaml"];
    assert_eq!(arguments(&project, &[]), [&plain[..], &live].concat());
    assert_eq!(arguments(&project, &flag), [&plain[..], &live, &prod].concat());
    let run = project.run(&["check", "--helm=bin/helm", "--helm-values", "nothing.yaml"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`nothing.yaml`"), "{}", run.err);
}

#[test]
fn each_chart_that_stands_for_itself_is_rendered_once() {
    let project = project("");
    project.write("lib/Chart.yaml", "apiVersion: v2\nname: lib\ntype: \"library\"\n");
    project.write("web/charts/sub/Chart.yaml", CHART);
    project.write("web/charts/sub/charts/deep/Chart.yaml", CHART);
    project.write("web/test/other chart; $(x)/Chart.yaml", CHART);
    let folders = |args: &[&str]| -> Vec<String> {
        let mut all = arguments(&project, args);
        all.retain(|line| line.starts_with('/'));
        all.sort();
        all
    };
    assert_eq!(folders(&[]), ["/web", "/web/test/other chart; $(x)"]);
    assert_eq!(folders(&["web/templates/policy.yaml"]), ["/web"]);
    assert_eq!(folders(&["web/test"]), ["/web", "/web/test/other chart; $(x)"]);
}

#[test]
fn a_chart_that_reaches_out_of_the_project_is_refused() {
    let outside = folder(&[("secret.yaml", "password: x\n")]);
    let started = "touch \"$(dirname \"$0\")/started\"";
    for link in ["web/templates/out.yaml", "web/deep/link", "web/charts/out"] {
        let project = project(started);
        std::fs::create_dir_all(project.path("web/deep")).expect("a folder");
        std::fs::create_dir_all(project.path("web/charts")).expect("a folder");
        symlink(outside.path("secret.yaml"), project.path(link)).expect("a link");
        let checked = check(&project, &[]);
        checked.gives(2, &[BESIDE]);
        assert_eq!(checked.problems(), ["web/Chart.yaml error helm-chart"]);
        let said = checked.report["problems"][0]["message"].as_str().expect("a message");
        assert!(said.contains(link), "{said}");
        assert!(!project.path("bin/started").exists(), "it was started");
    }
    // A folder inside that is reached by a link may hold such a link as well.
    let project = project(started);
    project.write("shared/a.yaml", "");
    symlink("../shared", project.path("web/shared")).expect("a link");
    symlink("..", project.path("web/round")).expect("a link");
    check(&project, &[]).gives(1, &[BESIDE]);
    symlink(outside.path("secret.yaml"), project.path("shared/out")).expect("a link");
    let checked = check(&project, &[]);
    assert_eq!(checked.problems(), ["web/Chart.yaml error helm-chart"]);
}

#[test]
fn templates_of_subcharts_belong_to_the_chart() {
    let sub = writes("web/charts/sub/templates/policy.yaml", OPEN);
    let packed = writes("web/charts/db/templates/policy.yaml", &OPEN.replace("open", "db"));
    let project = project(&format!("{sub}\n{packed}"));
    project.write("web/charts/sub/Chart.yaml", CHART);
    project.write("web/charts/sub/templates/policy.yaml", TEMPLATE);
    project.write("web/Chart.yaml", format!("{CHART}dependencies:\n- name: db\n  version: 1\n"));
    let checked = check(&project, &["web"]);
    let found =
        ["web/Chart.yaml:5 ZT-NET-005", "web/charts/sub/templates/policy.yaml:9 ZT-NET-005"];
    checked.gives(1, &found);
    let label = &checked.report["findings"][0]["labels"][0]["text"];
    assert_eq!(label, "rendered from web/charts/db/templates/policy.yaml: spec.ingress[0]");
    // The template of the chart itself gave nothing.
    assert_eq!(checked.skipped(), ["web/templates/policy.yaml"]);
    assert_eq!(checked.count("roots"), 1);
}

#[test]
fn a_subchart_may_go_by_another_name() {
    let one = writes("web/charts/front/charts/deep/templates/policy.yaml", OPEN);
    let two =
        writes("web/charts/back/charts/deep/templates/policy.yaml", &OPEN.replace("open", "b"));
    let project = project(&format!("{one}\n{two}"));
    let sub = "- {name: sub, alias: front}\n- {name: sub, alias: back}\n";
    project.write("web/Chart.yaml", format!("{CHART}dependencies:\n{sub}"));
    project.write("web/charts/sub/Chart.yaml", CHART);
    project.write("web/charts/sub/charts/deep/Chart.yaml", CHART);
    project.write("web/charts/sub/charts/deep/templates/policy.yaml", TEMPLATE);
    let checked = check(&project, &["web"]);
    checked.gives(1, &["web/charts/sub/charts/deep/templates/policy.yaml:9 ZT-NET-005"]);
    assert_eq!(checked.skipped(), ["web/templates/policy.yaml"]);
}

#[test]
fn files_that_are_no_templates_are_read_as_they_stand() {
    let rendered = [
        writes("web/crds/policy.yaml", OPEN),
        writes("web/templates/static.yaml", OPEN),
        writes("web/../z-open.yaml", OPEN),
    ];
    let project = project(&rendered.join("\n"));
    project.write("web/crds/policy.yaml", OPEN);
    project.write("web/templates/static.yaml", OPEN);
    let checked = check(&project, &[]);
    let found =
        ["web/crds/policy.yaml:8 ZT-NET-005", "web/templates/static.yaml:8 ZT-NET-005", BESIDE];
    checked.gives(2, &found);
    assert_eq!(checked.problems(), ["web/Chart.yaml error helm-output"]);
}

#[test]
fn a_template_that_is_repeated_gives_one_finding() {
    let two =
        format!("{OPEN}---\n# Source: web/templates/policy.yaml\n{}", OPEN.replace("open", "b"));
    let checked = check(&project(&writes("web/templates/policy.yaml", &two)), &["web"]);
    checked.gives(1, &["web/templates/policy.yaml:9 ZT-NET-005"]);
    let instances = checked.report["findings"][0]["instances"].as_array().expect("a list");
    assert_eq!(instances.len(), 2, "{instances:?}");
}

#[test]
fn suppressions_hold_in_templates() {
    let rendered = writes("web/templates/policy.yaml", OPEN);
    let ignore = "ztlint:ignore[ZT-NET-005] reason=\"x\"";
    for (comment, before, hidden) in [
        (format!("  # {ignore}\n"), "  ingress", true),
        (format!("  {{{{- /* {ignore} */}}}}\n"), "  ingress", true),
        (format!("# {ignore}\n{{{{ if .a }}}}\n"), "spec:", true),
        (format!("  # {ignore}\n"), "  namespace", false),
        (format!("# {ignore}\n"), "metadata:", false),
    ] {
        let project = project(&rendered);
        let template = TEMPLATE.replacen(before, &format!("{comment}{before}"), 1);
        project.write("web/templates/policy.yaml", &template);
        let args = ["--select", "ZT-NET-005,POL", "web"];
        let checked = project.check(&[&["--helm=bin/helm"], &args[..]].concat());
        assert_eq!(checked.findings().is_empty(), hidden, "{template}");
        assert_eq!(checked.count("suppressed"), u64::from(hidden));
        assert!(checked.findings().len() <= 1, "{:?}", checked.findings());
    }
    let project = project(&rendered);
    project
        .write("web/templates/policy.yaml", TEMPLATE.replace("spec:", "spec: # ztlint:ignore[X]"));
    let checked = project.check(&["--helm=bin/helm", "--select", "POL", "web"]);
    checked.gives(1, &["web/templates/policy.yaml:7 ZT-POL-021"]);
}

#[test]
fn excluded_templates_are_left_out() {
    let tests = writes("web/templates/tests/policy.yaml", OPEN);
    let rendered = format!("{tests}\n{}", writes("web/templates/policy.yaml", OPEN));
    let project = project(&rendered);
    project.write("web/templates/tests/policy.yaml", TEMPLATE);
    let policy = "web/templates/policy.yaml:9 ZT-NET-005";
    let test = "web/templates/tests/policy.yaml:9 ZT-NET-005";
    check(&project, &["web"]).gives(1, &[policy, test]);
    project.write("ztlint.toml", "[project]\nexclude = [\"*/templates/tests\"]\n");
    check(&project, &["web"]).gives(1, &[policy]);
}

#[test]
fn every_line_of_one_loop_is_one_cause() {
    let pod = |name: &str| {
        format!("  - name: {name}\n    image: a\n    securityContext:\n      privileged: true\n")
    };
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n";
    let rendered = format!("{head}{}{}", pod("a"), pod("b"));
    let project = project(&writes("web/templates/pod.yaml", &rendered));
    let body = pod("{{ . }}");
    project.write(
        "web/templates/pod.yaml",
        format!("{head}{{{{ range .x }}}}\n{body}{{{{ end }}}}\n"),
    );
    let args = ["--helm=bin/helm", "--select", "ZT-WRK-002", "web"];
    project.check(&args).gives(1, &["web/templates/pod.yaml:10 ZT-WRK-002"]);
    // What comes from values may have many causes.
    let body = body.replace("securityContext:\n      privileged: true", "{{ .y }}");
    project.write(
        "web/templates/pod.yaml",
        format!("{head}{{{{ range .x }}}}\n{body}{{{{ end }}}}\n"),
    );
    let twice = ["web/templates/pod.yaml:7 ZT-WRK-002"; 2];
    project.check(&args).gives(1, &twice);
}

#[test]
fn fingerprints_do_not_depend_on_the_template() {
    let project = project(&writes("web/templates/policy.yaml", OPEN));
    let print = || check(&project, &["web"]).report["findings"][0]["fingerprint"].clone();
    let before = print();
    project.write("web/templates/policy.yaml", format!("# A line more.\n{TEMPLATE}"));
    assert_eq!(print(), before);
}
