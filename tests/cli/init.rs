//! `ztlint init`: what it writes, and what it leaves alone.

use super::{OPEN, OPEN_GROUP, folder};
use serde_json::Value;

const WORKFLOW: &str = ".github/workflows/ztlint.yml";
const HOOKS: &str = ".pre-commit-config.yaml";

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn a_repository_is_set_up_and_can_be_checked() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";
    let mesh = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: a\n";
    let files =
        [("k/p.yaml", OPEN), ("k/n.yaml", namespace), ("k/m.yaml", mesh), ("t/g.tf", OPEN_GROUP)];
    let project = folder(&files);
    let run = project.run(&["init"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(
        run.out,
        format!(
            "Found 3 Kubernetes objects, 1 Terraform resource.\nwrote  ztlint.toml\n\
             wrote  {HOOKS}\nwrote  {WORKFLOW}\nNext: `ztlint check`.\n"
        )
    );
    let settings = project.read("ztlint.toml");
    for line in
        ["# closed-namespaces = [\"shop\"]", "# trust-domain = ", "# own-accounts = ", "fail-on ="]
    {
        assert!(settings.contains(line), "{line}: {settings}");
    }
    // Every suggestion is one that ztlint takes.
    let all = settings.replace("# closed", "closed").replace("# exclude", "exclude");
    let all = all.replace("# root-n", "root-n").replace("# trust", "trust").replace("# own", "own");
    std::fs::write(project.path("ztlint.toml"), all).expect("a file");
    let run = project.run(&["check", "--select", "ZT-NET-005"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let hook = &yaml(&project.read(HOOKS))["repos"][0]["hooks"][0];
    assert_eq!(hook["entry"], "ztlint check");
    assert_eq!(hook["require_serial"], true);
    let workflow = yaml(&project.read(WORKFLOW));
    assert!(workflow["permissions"].as_object().is_some_and(serde_json::Map::is_empty));
    let steps = workflow["jobs"]["check"]["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 4);
}

#[test]
fn what_is_there_stays() {
    let hooks = "repos:\n- repo: https://example.com/a\n  rev: v1\n  hooks:\n  - id: a\n";
    let project = folder(&[("ztlint.toml", "# ours\n"), (HOOKS, hooks), (WORKFLOW, "on: push\n")]);
    let run = project.run(&["init"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.starts_with("Found no manifests yet.\n"), "{}", run.out);
    assert_eq!(project.read("ztlint.toml"), "# ours\n");
    assert_eq!(project.read(WORKFLOW), "on: push\n");
    let changed = project.read(HOOKS);
    assert!(changed.starts_with(hooks), "{changed}");
    assert_eq!(yaml(&changed)["repos"].as_array().map(Vec::len), Some(2));
    let run = project.run(&["init", "."]);
    assert!(run.out.contains(&format!("left   {HOOKS} as it is: it names ztlint\n")));
    assert_eq!(project.read(HOOKS), changed);
}

#[test]
fn a_pipeline_elsewhere_is_only_advised() {
    let project = folder(&[(".gitlab-ci.yml", "a: {script: [b]}\n")]);
    let run = project.run(&["init"]);
    assert!(run.out.contains("add to .gitlab-ci.yml\nztlint:\n  image: "), "{}", run.out);
    assert!(!project.path(".github").exists());
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let project = folder(&[("a.yaml", OPEN), (".github", "a file")]);
    let run = project.run(&["init"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("ztlint.yml: "), "{}", run.err);
    assert!(run.out.contains("wrote  ztlint.toml"), "what was written is told: {}", run.out);
    let missing = project.run(&["init", "nowhere"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert_eq!(project.run(&["init", "a.yaml"]).code, 2);
}
