//! What is new since a revision, and what is staged: read from the repository, never checked out.

use crate::repository::{Repository, file};
use crate::{CLOSED, Checked, Folder, NET_005, OPEN, folder, run};
use std::process::Command;

/// One workload, and nothing that isolates it.
const DATABASE: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db, image: db@sha256:0, ports: [{containerPort: 5432}]}]}
";

/// A policy that closes it.
const GUARD: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: guard, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
";

const EXPECT: &str = "[[expect]]\nverdict = \"deny\"\nfrom = \"any-pod\"\nto = \"shop/db\"\n";

fn policy(name: &str) -> String {
    OPEN.replace("name: open", &format!("name: {name}"))
}

/// A project whose files are committed as `v1`.
fn committed(files: &[(&str, &str)]) -> (Folder, Repository) {
    let project = folder(files);
    std::fs::remove_dir(project.path(".git")).expect("the mark");
    let repository = Repository::new(&project.path("."));
    let contents: Vec<_> = files.iter().map(|(path, text)| file(path, text)).collect();
    repository.commit(repository.tree(&contents), "v1");
    (project, repository)
}

fn since(project: &Folder, args: &[&str]) -> Checked {
    project.check(&[&["--since", "v1"], &NET_005[..], args].concat())
}

fn held(checked: &Checked) -> u64 {
    let since = &checked.report["summary"]["since"];
    assert_eq!(since["by"], "v1");
    since["findings"].as_u64().expect("a number")
}

#[test]
fn only_what_the_revision_does_not_have_is_said() {
    let (project, _) = committed(&[("a/old.yaml", &policy("old")), ("b.yaml", CLOSED)]);
    let same = since(&project, &[]);
    same.gives(0, &[]);
    assert_eq!(held(&same), 1);
    // Lines, renames and new folders change nothing.
    project.write("a/old.yaml", format!("# One.\n# Two.\n{}", policy("old")));
    since(&project, &[]).gives(0, &[]);
    std::fs::rename(project.path("a"), project.path("c")).expect("a move");
    std::fs::rename(project.path("c/old.yaml"), project.path("c/z.yaml")).expect("a move");
    since(&project, &[]).gives(0, &[]);
    project.write("b.yaml", policy("new"));
    since(&project, &[]).gives(1, &["b.yaml:8 ZT-NET-005"]);
    since(&project, &["c"]).gives(0, &[]);
    since(&project, &["b.yaml"]).gives(1, &["b.yaml:8 ZT-NET-005"]);
    // A second environment with the same address is new, the first is not.
    std::fs::rename(project.path("c/z.yaml"), project.path("c/old.yaml")).expect("a move");
    std::fs::rename(project.path("c"), project.path("a")).expect("a move");
    project.write("b.yaml", policy("old"));
    since(&project, &[]).gives(1, &["b.yaml:8 ZT-NET-005"]);
    let text = project.run(&["check", "--since", "v1", "--select", "ZT-NET-005", "a"]).out;
    assert!(text.contains("Nothing new") && text.contains("1 finding already in v1"), "{text}");
}

#[test]
fn revisions_that_cannot_be_read_are_errors() {
    let (project, repository) = committed(&[("a.yaml", OPEN)]);
    for (args, words) in [
        (&["--since", "v9"][..], "--since: `v9` is no revision of the repository"),
        (&["--since", "v1", "--helm"], "cannot be used with"),
        (&["--staged", "--helm"], "cannot be used with"),
        (&["-", "--since", "v1"], "--since: standard input is no part of a repository"),
        (&["-", "--staged"], "--staged: standard input is no part of a repository"),
    ] {
        let run = project.run(&[&["check"], args].concat());
        assert!(run.code == 2 && run.err.contains(words), "{args:?}: {}", run.err);
    }
    let plain = tempfile::TempDir::new().expect("a folder");
    std::fs::write(plain.path().join("a.yaml"), OPEN).expect("a file");
    for args in [&["check", "--since", "v1"][..], &["check", "--staged"]] {
        let run = run(plain.path(), args, "", &[]);
        assert!(run.code == 2 && run.err.contains("is no git repository"), "{}", run.err);
    }
    // What the revision has and cannot be parsed counts as new, and is said.
    let broken = repository.tree(&[file("a.yaml", &format!("{OPEN}x: [\n"))]);
    repository.commit(broken, "v1");
    let checked = since(&project, &[]);
    checked.gives(1, &["a.yaml:8 ZT-NET-005"]);
    assert_eq!(checked.problems(), ["a.yaml warning since"]);
}

#[test]
fn both_are_judged_by_the_configuration_of_now_but_for_expectations() {
    let (project, _) = committed(&[("a.yaml", DATABASE), ("p.yaml", GUARD)]);
    let check = |args: &[&str]| {
        project.check(&[&["--since", "v1", "--select", "POL"], args].concat()).findings()
    };
    assert_eq!(check(&[]), [""; 0]);
    project.write("ztlint.toml", EXPECT);
    assert_eq!(check(&[]), [""; 0], "it holds");
    project.write("ztlint.toml", EXPECT.replace("deny", "allow"));
    assert_eq!(check(&[]), ["ztlint.toml:2 ZT-POL-650"], "it is new, and does not hold");
    project.write("ztlint.toml", EXPECT);
    std::fs::remove_file(project.path("p.yaml")).expect("the policy");
    assert_eq!(check(&[]), ["ztlint.toml:2 ZT-POL-651"], "it holds no more");
    // Another profile is no reason for findings.
    let (project, _) = committed(&[("a.yaml", DATABASE)]);
    project.write("ztlint.toml", "[check]\nprofile = \"strict\"\n");
    let checked = project.check(&["--since", "v1"]);
    checked.gives(0, &[]);
    assert!(held(&checked) > 0);
}

#[test]
fn expectations_of_both_are_compared() {
    let (project, _) = committed(&[("a.yaml", DATABASE), ("ztlint.toml", EXPECT)]);
    let select = ["--select", "POL"];
    project.check(&select).gives(1, &["ztlint.toml:2 ZT-POL-651"]);
    project.check(&[&["--since", "v1"], &select[..]].concat()).gives(0, &[]);
}

#[test]
fn a_baseline_and_a_revision_hold_back_together() {
    let (project, _) = committed(&[("a.yaml", &policy("a"))]);
    project.write("b.yaml", policy("b"));
    assert_eq!(project.run(&["baseline", "b.yaml"]).code, 0);
    project.write("c.yaml", policy("c"));
    let checked = since(&project, &[]);
    checked.gives(1, &["c.yaml:8 ZT-NET-005"]);
    assert_eq!(
        (held(&checked), &checked.report["summary"]["baseline"]["findings"]),
        (1, &1.into())
    );
}

/// Runs git in a project, its own settings only.
fn git(project: &Folder, args: &[&str]) -> bool {
    let mut command = Command::new("git");
    command.current_dir(project.path(".")).args(["-c", "user.name=t", "-c", "user.email=t@t"]);
    command.args(["-c", "commit.gpgsign=false", "-c", "core.hooksPath=.git/hooks"]).args(args);
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    command.output().expect("git").status.success()
}

fn with_git(files: &[(&str, &str)]) -> Folder {
    let project = folder(files);
    std::fs::remove_dir(project.path(".git")).expect("the mark");
    assert!(git(&project, &["init", "--quiet"]) && git(&project, &["add", "--all"]));
    project
}

fn staged(project: &Folder, args: &[&str]) -> Checked {
    project.check(&[&["--staged"], &NET_005[..], args].concat())
}

#[test]
fn what_is_staged_is_judged_and_nothing_else() {
    let project = with_git(&[("a/a.yaml", &policy("a")), ("b.yaml", CLOSED)]);
    project.write("b.yaml", policy("b"));
    project.write("new.yaml", policy("new"));
    staged(&project, &[]).gives(1, &["a/a.yaml:8 ZT-NET-005"]);
    project.write("a/a.yaml", CLOSED);
    staged(&project, &[]).gives(1, &["a/a.yaml:8 ZT-NET-005"]);
    assert!(git(&project, &["add", "a", "b.yaml"]));
    staged(&project, &[]).gives(1, &["b.yaml:8 ZT-NET-005"]);
    staged(&project, &["a"]).gives(0, &[]);
    staged(&project, &["b.yaml"]).gives(1, &["b.yaml:8 ZT-NET-005"]);
    let below = run(&project.path("a"), &["check", "--staged", "../b.yaml"], "", &[]);
    assert_eq!(below.code, 1, "{}", below.err);
    // Removed from the disk, and still staged.
    std::fs::remove_file(project.path("b.yaml")).expect("the file");
    staged(&project, &["b.yaml"]).gives(1, &["b.yaml:8 ZT-NET-005"]);
    for path in ["new.yaml", "none.yaml", "c"] {
        let run = project.run(&["check", "--staged", path]);
        assert!(run.code == 2 && run.err.contains("git has nothing of it staged"), "{}", run.err);
    }
}

#[test]
fn the_configuration_and_the_baseline_are_the_staged_ones() {
    let project = with_git(&[
        ("a.yaml", &policy("a")),
        ("sub/b.yaml", &policy("b")),
        ("sub/ztlint.toml", "[check]\nmin-severity = \"critical\"\n"),
    ]);
    project.write("ztlint.toml", "[check]\nignore = [\"ZT-NET-005\"]\n");
    staged(&project, &["a.yaml"]).gives(1, &["a.yaml:8 ZT-NET-005"]);
    staged(&project, &["sub"]).gives(0, &[]);
    std::fs::remove_file(project.path("sub/ztlint.toml")).expect("the file");
    staged(&project, &["sub"]).gives(0, &[]);
    assert_eq!(project.run(&["check", "--staged", "a.yaml", "sub"]).code, 2, "two projects");
    assert!(git(&project, &["add", "--all"]));
    staged(&project, &[]).gives(0, &[]);
    // A given one counts as it is staged, if it is.
    project.write("other.toml", "[check]\nmin-severity = \"high\"\n");
    staged(&project, &["--config", "other.toml"])
        .gives(1, &["a.yaml:8 ZT-NET-005", "sub/b.yaml:8 ZT-NET-005"]);
    assert!(git(&project, &["add", "--all"]));
    project.write("other.toml", "[check]\nmin-severity = \"critical\"\n");
    assert_eq!(staged(&project, &["--config", "other.toml"]).findings().len(), 2);
    let broken = "[check]\nprofile = \"loose\"\n";
    project.write("ztlint.toml", broken);
    assert_eq!(staged(&project, &[]).code, 0);
    assert!(git(&project, &["add", "--all"]));
    project.write("ztlint.toml", "");
    let run = project.run(&["check", "--staged"]);
    assert!(run.code == 2 && run.err.contains("ztlint.toml:2:11: a profile"), "{}", run.err);

    let project = with_git(&[("a.yaml", &policy("a"))]);
    assert_eq!(project.run(&["baseline"]).code, 0);
    staged(&project, &[]).gives(1, &["a.yaml:8 ZT-NET-005"]);
    assert!(git(&project, &["add", "--all"]));
    staged(&project, &[]).gives(0, &[]);
}

#[test]
fn what_is_staged_is_compared_with_a_revision() {
    let project = with_git(&[("a.yaml", DATABASE), ("p.yaml", GUARD), ("ztlint.toml", EXPECT)]);
    assert!(git(&project, &["commit", "--quiet", "--message", "one"]));
    assert!(git(&project, &["rm", "--quiet", "p.yaml"]));
    let check = ["--staged", "--since", "HEAD", "--select", "POL"];
    project.check(&check).gives(1, &["ztlint.toml:2 ZT-POL-651"]);
    assert!(git(&project, &["reset", "--quiet", "--hard"]));
    project.check(&check).gives(0, &[]);
}

#[test]
fn values_that_are_kept_out_of_the_repository_are_read_from_the_disk() {
    let files = [
        ("main.tf", &*crate::OPEN_GROUP.replace("[\"0.0.0.0/0\"]", "[var.office]")),
        ("variables.tf", "variable \"office\" {}\n"),
        (".gitignore", "*.tfvars\n"),
        ("ztlint.toml", "[project]\nvar-files = [\"prod.tfvars\"]\n"),
        ("prod.tfvars", "office = \"0.0.0.0/0\"\n"),
    ];
    let project = with_git(&files);
    let select = ["--staged", "--select", "ZT-NET-025"];
    assert_eq!(project.check(&select).findings().len(), 1);
    assert!(git(&project, &["commit", "--quiet", "--message", "one"]));
    project.check(&["--since", "HEAD", "--select", "ZT-NET-025"]).gives(0, &[]);
}

#[cfg(unix)]
#[test]
fn a_hook_of_git_sees_what_is_committed() {
    use std::os::unix::fs::PermissionsExt;
    let project = with_git(&[("a.yaml", CLOSED)]);
    let program = env!("CARGO_BIN_EXE_ztlint");
    let hook = format!("#!/bin/sh\nexec '{program}' check --staged --select ZT-NET-005\n");
    project.write(".git/hooks/pre-commit", hook);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(project.path(".git/hooks/pre-commit"), mode).expect("a mode");
    assert!(git(&project, &["commit", "--quiet", "--message", "one"]));
    project.write("a.yaml", policy("a"));
    let commit =
        |args: &[&str]| git(&project, &[&["commit", "--quiet", "--message", "two"], args].concat());
    assert!(git(&project, &["commit", "--quiet", "--allow-empty", "--message", "nothing staged"]));
    // Git hands each of these to its hook as an index of its own.
    for args in [&["--all"][..], &["a.yaml"], &["--only", "a.yaml"], &["--include", "a.yaml"]] {
        assert!(!commit(args), "{args:?}");
    }
    project.write("a.yaml", format!("# Closed.\n{CLOSED}"));
    project.write("b.yaml", policy("b"));
    assert!(git(&project, &["add", "b.yaml"]));
    assert!(!commit(&[]), "what is staged is stopped");
    assert!(commit(&["a.yaml"]), "what is staged beside it is no part of this commit");
}
