//! The hooks as the real pre-commit runs them, whose path `ZTLINT_PRE_COMMIT` gives: commits in a
//! repository of its own, with the `ztlint` of this build. What the hook is asked, `check FILE…`, is
//! tested without pre-commit, too.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db, image: db@sha256:0, ports: [{containerPort: 5432}]}]}
";

/// A policy that closes the pod.
const GUARD: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: guard, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
";

/// Fewer rules than there are: the tests are about what is shown, not about what is found.
const CONFIG: &str = "\
[check]
select = [\"ZT-NET-005\", \"ZT-POL-650\", \"ZT-POL-651\"]

[[expect]]
verdict = \"deny\"
from = \"any-pod\"
to = \"shop/db\"
";

const FILES: [(&str, &str); 3] =
    [("pod.yaml", POD), ("guard.yaml", GUARD), ("ztlint.toml", CONFIG)];

/// The policy, open, closed for nothing, and for other pods.
fn changed() -> [String; 3] {
    [
        GUARD.replace("Ingress]", "Ingress]\n  ingress: [{}]"),
        GUARD.replace("[Ingress]", "[Egress]"),
        GUARD.replace("{app: db}", "{app: other}"),
    ]
}

struct Repository(TempDir);

impl Repository {
    /// With these files committed.
    fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self(TempDir::new().expect("a folder"));
        repository.git(&["init", "--quiet"]);
        for (path, text) in files {
            repository.write(path, text);
        }
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "--message", "first"]);
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.path().join(path), text).expect("a file");
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Output {
        let own = Path::new(env!("CARGO_BIN_EXE_ztlint")).parent().expect("a folder");
        let path = std::env::var("PATH").expect("PATH");
        let mut command = Command::new(program);
        command.current_dir(self.path()).args(args);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GIT_")) {
            command.env_remove(name);
        }
        command.env("PATH", format!("{}:{path}", own.display()));
        command.env("PRE_COMMIT_HOME", self.path().join(".git/pre-commit-home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "t").env(format!("GIT_{role}_EMAIL"), "t@t");
        }
        command.output().expect("the program")
    }

    #[track_caller]
    fn git(&self, args: &[&str]) -> String {
        let output = self.command("git", args);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {args:?}: {error}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Stages everything and commits it: whether that came about, and what was said.
    fn commit(&self) -> (bool, String) {
        self.git(&["add", "--all"]);
        let output = self.command("git", &["commit", "--message", "next"]);
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Back to the last commit.
    fn reset(&self) {
        self.git(&["reset", "--quiet", "--hard"]);
    }

    /// What `ztlint check FILE…` says, a finding on each line.
    fn check(&self, files: &[&str]) -> Vec<String> {
        let args = [&["check", "--quiet", "--format", "concise"], files].concat();
        let output = self.command(env!("CARGO_BIN_EXE_ztlint"), &args);
        let out = String::from_utf8(output.stdout).expect("text");
        let ids = ["ZT-NET-005", "ZT-POL-651"].into_iter();
        let line = |line: &str| {
            let place = line.split(':').take(2).collect::<Vec<_>>().join(":");
            let id = ids.clone().find(|id| line.contains(id)).unwrap_or("?");
            format!("{place} {id}")
        };
        out.lines().map(line).collect()
    }
}

#[test]
fn file_names_choose_what_is_shown_of_what_the_whole_run_finds() {
    let repository = Repository::new(&FILES);
    repository.write("guard.yaml", &changed()[0]);
    repository.write("other.tf", "locals {\n  a = 1\n}\n");
    let (own, broken) = ("guard.yaml:7 ZT-NET-005", "ztlint.toml:5 ZT-POL-651");
    assert_eq!(repository.check(&[]), [own, broken]);
    assert_eq!(repository.check(&["guard.yaml"]), [own, broken]);
    assert_eq!(repository.check(&["pod.yaml"]), [broken], "the policy's own fault is not shown");
    assert_eq!(repository.check(&["ztlint.toml"]), [broken]);
    assert_eq!(repository.check(&["other.tf"]), [""; 0], "no part of that world");
    // Where the policy says nothing any more, no line of it decides.
    for text in &changed()[1..] {
        repository.write("guard.yaml", text);
        assert_eq!(repository.check(&["guard.yaml"]), [broken], "{text}");
        assert_eq!(repository.check(&["other.tf"]), [""; 0], "{text}");
    }
}

fn pre_commit() -> PathBuf {
    let path = std::env::var_os("ZTLINT_PRE_COMMIT");
    PathBuf::from(path.unwrap_or_else(|| panic!("ZTLINT_PRE_COMMIT names no program")))
}

/// A repository whose commits go through a hook of this project, with `more` about it; and the
/// repository that the hooks come from.
fn hooked(more: &str) -> (Repository, Repository) {
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let hooks = std::fs::read_to_string(hooks).expect("the hooks");
    let source = Repository::new(&[(".pre-commit-hooks.yaml", &hooks)]);
    let revision = source.git(&["rev-parse", "HEAD"]);
    let config = format!(
        "repos:\n- repo: {}\n  rev: {revision}\n  hooks:\n  - id: ztlint-system\n{more}",
        source.path().display()
    );
    let repository =
        Repository::new(&[&FILES[..], &[(".pre-commit-config.yaml", &config)]].concat());
    let output = repository.command(pre_commit(), &["install"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (repository, source)
}

#[test]
#[ignore = "needs pre-commit, named by ZTLINT_PRE_COMMIT"]
fn real_pre_commit_lets_clean_commits_pass_and_stops_others() {
    let (repository, _source) = hooked("");
    repository.write("pod.yaml", &format!("# The database.\n{POD}"));
    let (done, said) = repository.commit();
    assert!(done && said.contains("Passed"), "{said}");
    repository.write("notes.md", "# Notes\n");
    let (done, said) = repository.commit();
    assert!(done && said.contains("Skipped"), "no file of ours: {said}");

    let open = GUARD.replace("guard", "open").replace("{app: db}", "{app: web}");
    let open = open.replace("Ingress]", "Ingress]\n  ingress: [{}]");
    repository.write("open.yaml", &open);
    let (done, said) = repository.commit();
    assert!(!done && said.contains("ZT-NET-005") && said.contains("exit code: 1"), "{said}");
    repository.reset();
    repository.write("broken.yaml", "apiVersion: v1\nkind: [\n");
    let (done, said) = repository.commit();
    assert!(!done && said.contains("exit code: 2"), "{said}");
    repository.reset();
    for text in changed() {
        repository.write("guard.yaml", &text);
        let (done, said) = repository.commit();
        assert!(!done && said.contains("ZT-POL-651"), "{text}\n{said}");
        repository.reset();
    }
    // What is not staged does not count: pre-commit puts it aside.
    repository.write("guard.yaml", &changed()[0]);
    repository.write("pod.yaml", &format!("# Again.\n{POD}"));
    repository.git(&["add", "pod.yaml"]);
    let output = repository.command("git", &["commit", "--message", "pod"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs pre-commit, named by ZTLINT_PRE_COMMIT"]
fn real_pre_commit_with_a_revision_stops_what_is_new_wherever_it_is() {
    let more = "    args: [--since, HEAD]\n    pass_filenames: false\n    always_run: true\n";
    let (repository, _source) = hooked(more);
    // Old debt, committed without the hook.
    repository.write("old.yaml", &changed()[0].replace("guard", "old").replace("db", "web"));
    repository.git(&["add", "--all"]);
    repository.git(&["commit", "--quiet", "--no-verify", "--message", "debt"]);
    repository.write("old.yaml", &changed()[0].replace("guard", "old").replace("db", "web2"));
    let (done, said) = repository.commit();
    assert!(done && said.contains("Passed"), "{said}");
    // A file that is gone is no file name.
    repository.git(&["rm", "--quiet", "guard.yaml"]);
    let (done, said) = repository.commit();
    assert!(!done && said.contains("ZT-POL-651") && !said.contains("ZT-NET-005"), "{said}");
}
