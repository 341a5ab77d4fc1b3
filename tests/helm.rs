//! Charts rendered by the real Helm, whose path `ZTLINT_HELM` gives: our own, and with
//! `ZTLINT_CORPORA` those of other projects. Compared with what Helm writes by itself.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn helm() -> PathBuf {
    let path = std::env::var_os("ZTLINT_HELM");
    PathBuf::from(path.unwrap_or_else(|| panic!("ZTLINT_HELM names no program")))
}

/// Copies a folder into a project of its own.
fn project(from: &Path) -> TempDir {
    let project = TempDir::new().expect("a folder");
    std::fs::create_dir(project.path().join(".git")).expect("a mark of the project's root");
    let mut open = vec![from.to_owned()];
    while let Some(folder) = open.pop() {
        let inside = folder.strip_prefix(from).expect("a folder below");
        std::fs::create_dir_all(project.path().join(inside)).expect("a folder");
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let inside = path.strip_prefix(from).expect("a file below");
                std::fs::copy(&path, project.path().join(inside)).expect("a copy");
            }
        }
    }
    project
}

/// Exit code and JSON report of a check of some folder.
fn check(folder: &Path, args: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ztlint"));
    let flag = format!("--helm={}", helm().display());
    command.current_dir(folder).args(["check", "--format", "json", &flag]).args(args);
    let output = command.output().expect("the program");
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().expect("no signal ended it"), report)
}

fn list<'v>(report: &'v Value, key: &str) -> &'v [Value] {
    report[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("{value}: no {key}"))
}

/// `path:line rule resource` of each finding.
fn findings(report: &Value) -> Vec<String> {
    let one = |finding: &Value| {
        let place = &finding["location"];
        let (path, line) = (text(place, "path"), &place["start"]["line"]);
        format!("{path}:{line} {} {}", text(finding, "rule"), text(finding, "resource"))
    };
    list(report, "findings").iter().map(one).collect()
}

fn charts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/charts")
}

/// A policy that allows everything, a privileged container, the host's network.
const RULES: &str = "ZT-NET-005,ZT-WRK-002,ZT-WRK-001,ZT-POL-022";

#[test]
#[ignore = "needs ZTLINT_HELM"]
fn real_helm_renders_our_chart() {
    let project = project(&charts());
    let shop = [
        "shop/charts/cache/templates/policy.yaml:9 ZT-NET-005 networking.k8s.io/NetworkPolicy cache",
        "shop/templates/deployment.yaml:20 ZT-WRK-001 apps/Deployment release-name-shop",
        "shop/templates/deployment.yaml:31 ZT-WRK-002 apps/Deployment release-name-shop",
    ];
    let (code, report) = check(project.path(), &["shop", "--select", RULES]);
    assert_eq!(findings(&report), shop);
    assert_eq!(code, 1, "{:?}", report["problems"]);
    let summary = &report["summary"];
    assert_eq!(summary["suppressed"], 1);
    let skipped: Vec<_> = list(summary, "skipped").iter().map(|one| text(one, "path")).collect();
    assert_eq!(skipped, ["shop/templates/off.yaml"]);
    assert_eq!(summary["roots"], 1);

    let args = ["shop", "--select", RULES, "--helm-values", "values-open.yaml"];
    let (_, report) = check(project.path(), &args);
    let mut open = shop.to_vec();
    open.insert(
        2,
        "shop/templates/deployment.yaml:24 ZT-WRK-002 apps/Deployment release-name-shop",
    );
    open.push("shop/templates/policy.yaml:10 ZT-NET-005 networking.k8s.io/NetworkPolicy http");
    assert_eq!(findings(&report), open);
    let policy = list(&report, "findings").last().expect("a finding");
    let instances =
        ["http", "metrics"].map(|name| format!("networking.k8s.io/NetworkPolicy {name}"));
    assert_eq!(policy["instances"], serde_json::json!(instances));
}

#[test]
#[ignore = "needs ZTLINT_HELM"]
fn real_helm_refuses_and_fetches_nothing() {
    let project = project(&charts());
    let (code, report) = check(project.path(), &["broken", "schema", "parts"]);
    assert_eq!(code, 2);
    let problems: Vec<_> = list(&report, "problems").iter().map(|one| text(one, "path")).collect();
    assert_eq!(problems, ["broken/Chart.yaml", "schema/Chart.yaml"]);
    let said = |at: usize| text(&report["problems"][at], "message");
    assert!(said(0).contains("a name is needed"), "{}", said(0));
    // The address of the schema was not even looked up.
    assert!(said(1).contains("127.0.0.1:9"), "{}", said(1));
}

/// Folders below that hold a chart of their own, and are no library.
fn charts_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let chart = std::fs::read_to_string(folder.join("Chart.yaml"));
    let chart = chart.is_ok_and(|text| !text.contains("type: library")).then_some(());
    found.extend(chart.map(|()| folder.to_owned()));
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let part = chart.is_some() && path.ends_with("charts");
        if path.is_dir() && !path.is_symlink() && !part {
            charts_below(&path, found);
        }
    }
}

/// Kind and name of the objects that Helm writes by itself; none if it fails.
fn written(chart: &Path) -> Option<usize> {
    let home = TempDir::new().expect("a folder");
    let mut command = Command::new(helm());
    command.args(["template", "release-name"]).arg(chart).arg("--include-crds");
    let output = command.env("HOME", home.path()).output().expect("helm");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let is_object = |document: &&str| {
        let has = |key: &str| document.lines().any(|line| line.starts_with(key));
        has("apiVersion:") && has("kind:")
    };
    output.status.success().then(|| text.split("\n---\n").filter(is_object).count())
}

#[test]
#[ignore = "needs ZTLINT_HELM and ZTLINT_CORPORA"]
fn real_helm_renders_the_corpora() {
    let root = std::env::var_os("ZTLINT_CORPORA").expect("ZTLINT_CORPORA");
    let mut charts = Vec::new();
    charts_below(Path::new(&root), &mut charts);
    let (mut rendered, mut failed) = (0, 0);
    for chart in &charts {
        let name = chart.display();
        let (code, report) = check(chart, &["--profile", "strict"]);
        let errors: Vec<_> = list(&report, "problems")
            .iter()
            .filter(|problem| problem["level"] == "error")
            .map(|problem| text(problem, "message"))
            .collect();
        let Some(objects) = written(chart) else {
            assert_eq!(code, 2, "{name}: Helm fails, the check does not");
            assert!(errors.iter().any(|text| text.contains("was not rendered")), "{errors:?}");
            failed += 1;
            continue;
        };
        assert_eq!(errors, [""; 0], "{name}");
        let of_others = list(&report["summary"], "skipped")
            .iter()
            .filter(|one| text(one, "reason").contains("not rendered"));
        assert_eq!(of_others.count(), 0, "{name}: {:?}", report["summary"]["skipped"]);
        assert_eq!(report["summary"]["resources"], objects, "{name}");
        for finding in list(&report, "findings") {
            let path = text(&finding["location"], "path");
            let file = std::fs::read_to_string(chart.join(path)).expect("a file of the chart");
            let line = finding["location"]["start"]["line"].as_u64().expect("a line");
            assert!(line as usize <= file.lines().count(), "{name}: {path}:{line}");
        }
        rendered += 1;
    }
    assert!(rendered > 5, "{rendered} charts rendered, {failed} refused by Helm");
}
