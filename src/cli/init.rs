//! `ztlint init`: looks at a repository and writes what it needs to be checked every day: ztlint.toml,
//! the hook of pre-commit and a workflow. Asks nothing and changes no line that somebody wrote.

use super::args::Init as Args;
use super::config;
use crate::input::disk::regular;
use crate::input::file_tree::{Disk, MAX_FILE_BYTES};
use crate::model::project::{self, Project};
use crate::model::resource::{Category, Identity};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where pre-commit keeps its hooks.
const HOOKS: &str = ".pre-commit-config.yaml";

/// Where GitHub looks for the workflow.
const WORKFLOW: &str = ".github/workflows/ztlint.yml";

/// Names that a comment lists.
const NAMES: usize = 8;

/// Why nothing could be set up.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
struct InitError {
    path: PathBuf,
    error: io::Error,
}

/// Runs the command; the number is the exit code.
pub fn run(args: &Args) -> u8 {
    let mut told = String::new();
    let result = init(&args.folder, &mut told);
    let shown = super::page(&told);
    match result {
        Ok(()) => shown,
        Err(error) => super::fail(&error.to_string()),
    }
}

fn init(folder: &Path, told: &mut String) -> Result<(), InitError> {
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |error| InitError { path, error }
    };
    let root = folder.canonicalize().map_err(fault(folder))?;
    if !root.is_dir() {
        let error = io::Error::other("this is no folder");
        return Err(InitError { path: folder.to_owned(), error });
    }
    let tree = Disk::new(&root, MAX_FILE_BYTES);
    let mut found = project::load(&tree, None, &[], None);
    project::auxiliary(&tree, &mut found);
    project::resources(&mut found);
    let seen = Seen::of(&found);
    let _ = writeln!(told, "Found {}.", seen.words());

    let target = root.join(config::NAME);
    let written = create(&target, &settings(&seen)).map_err(fault(&target))?;
    tell(told, config::NAME, written, "it is there already");

    let target = root.join(HOOKS);
    hooks(&target, told).map_err(fault(&target))?;

    if root.join(".gitlab-ci.yml").exists() && !root.join(".github").exists() {
        let _ = writeln!(told, "left   the pipeline as it is; add to .gitlab-ci.yml");
        told.push_str(GITLAB);
    } else {
        let target = root.join(WORKFLOW);
        let mut above = target.ancestors().take_while(|folder| *folder != root);
        if above.any(Path::is_symlink) {
            tell(told, WORKFLOW, false, "it lies behind a link");
        } else {
            let written = create(&target, &workflow()).map_err(fault(&target))?;
            tell(told, WORKFLOW, written, "it is there already");
        }
    }
    told.push_str("Next: `ztlint check`.\n");
    Ok(())
}

/// Adds the hook to those of pre-commit.
fn hooks(target: &Path, told: &mut String) -> io::Result<()> {
    if target.is_symlink() {
        tell(told, HOOKS, false, "it is a link");
        return Ok(());
    }
    match regular(target).and_then(io::read_to_string) {
        Ok(text) if text.contains("ztlint") => tell(told, HOOKS, false, "it names ztlint"),
        Ok(text) => {
            if let Some(text) = with_hook(&text) {
                fs::write(target, text)?;
                let _ = writeln!(told, "added  the hook to {HOOKS}");
            } else {
                tell(told, HOOKS, false, "its list of `repos` does not end the file; add");
                told.push_str(&hook("  "));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let written = create(target, &format!("repos:\n{}", hook("  ")))?;
            tell(told, HOOKS, written, "it is there already");
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn tell(told: &mut String, name: &str, written: bool, why: &str) {
    let _ = if written {
        writeln!(told, "wrote  {name}")
    } else {
        writeln!(told, "left   {name} as it is: {why}")
    };
}

/// Writes a new file; false where there is one.
fn create(path: &Path, text: &str) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// What a repository holds, as far as the settings depend on it.
#[derive(Debug, Default)]
struct Seen {
    objects: usize,
    istio: bool,
    blocks: usize,
    charts: usize,
    namespaces: BTreeSet<String>,
}

impl Seen {
    fn of(project: &Project) -> Self {
        let mut seen = Self { charts: project.charts.len(), ..Self::default() };
        for resource in project.resources.iter().filter(|one| one.instance.is_none()) {
            match &*resource.identity {
                Identity::Object(object) => {
                    seen.objects += 1;
                    seen.istio |= object.group.ends_with("istio.io");
                    let declared = object.kind == "Namespace" && object.group.is_empty();
                    seen.namespaces.extend(object.name.clone().filter(|_| declared));
                }
                Identity::Block(block) => {
                    seen.blocks += usize::from(block.category == Category::Managed);
                }
            }
        }
        seen
    }

    fn words(&self) -> String {
        let mut parts = Vec::new();
        let mut some = |number: usize, one: &str, many: &str| match number {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            _ => parts.push(format!("{number} {many}")),
        };
        some(self.objects, "Kubernetes object", "Kubernetes objects");
        some(self.blocks, "Terraform resource", "Terraform resources");
        some(self.charts, "Helm chart", "Helm charts");
        if parts.is_empty() { "no manifests yet".to_owned() } else { parts.join(", ") }
    }
}

/// ztlint.toml: what is decided, and what is worth deciding here, as comments.
fn settings(seen: &Seen) -> String {
    let mut text = String::from(
        "# Settings of ztlint, described in the README under \"ztlint.toml\". Unknown keys are errors.\n\n\
         [check]\n\
         profile = \"default\"   # \"strict\" adds what not every team would fix\n\
         fail-on = \"low\"       # \"high\" to begin with what matters most\n\n\
         [project]\n\
         # Globs of files and folders that are not read:\n\
         # exclude = [\"examples/**\"]\n",
    );
    if seen.objects > 0 {
        let mut names: Vec<_> = seen.namespaces.iter().take(NAMES).collect();
        let shop = "shop".to_owned();
        if names.is_empty() {
            names.push(&shop);
        }
        let _ = write!(
            text,
            "\n[kubernetes]\n\
             # Namespaces of which everything is written here, so that what is missing does not exist:\n\
             # closed-namespaces = {names:?}\n"
        );
    }
    if seen.istio {
        text.push_str(
            "\n[istio]\n\
             # The mesh's own names, unless its settings are in this repository:\n\
             # root-namespace = \"istio-system\"\n\
             # trust-domain = \"cluster.local\"\n",
        );
    }
    if seen.blocks > 0 {
        text.push_str(
            "\n[cloud]\n\
             # Accounts that are not strangers:\n\
             # own-accounts = [\"123456789012\"]\n",
        );
    }
    text
}

/// The hook as an element of `repos`, indented.
fn hook(indent: &str) -> String {
    let lines = [
        "- repo: local",
        "  hooks:",
        "    - id: ztlint",
        "      name: ztlint",
        "      entry: ztlint check",
        "      language: system",
        r"      files: (\.(ya?ml|json|tf|tofu|tfvars|hcl)|(^|/)ztlint\.toml)$",
        r"      exclude: (^|/)\.terraform/",
        "      require_serial: true",
    ];
    lines.iter().fold(String::new(), |text, line| text + indent + line + "\n")
}

/// A hook file with ours after its last repository; none where `repos` is not the last key or is
/// written in a way in which nothing can be appended.
fn with_hook(text: &str) -> Option<String> {
    let written = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let lines: Vec<&str> = text.lines().filter(written).collect();
    let start = lines.iter().position(|line| line.trim_end() == "repos:")?;
    let elements = &lines[start + 1..];
    let first = elements.first()?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let inside = |line: &&str| {
        let rest = line.strip_prefix(indent);
        rest.is_some_and(|rest| rest.starts_with("- ") || rest.starts_with("  "))
    };
    if !elements.iter().all(inside) || text.contains('\t') {
        return None;
    }
    let gap = if text.ends_with('\n') { "" } else { "\n" };
    Some(format!("{text}{gap}{}", hook(indent)))
}

fn workflow() -> String {
    format!(
        "name: ztlint
on:
  push:
    branches: [main]
  pull_request:
permissions: {{}}
jobs:
  check:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      security-events: write # the upload; private repositories also need `actions: read`
    steps:
      - uses: actions/checkout@v5
        with:
          persist-credentials: false
      - run: pipx install ztlint=={VERSION}
      - run: ztlint check --format github --output sarif=ztlint.sarif --output markdown=\"$GITHUB_STEP_SUMMARY\"
      # Forks may not write security events; there the exit code speaks.
      - if: ${{{{ !cancelled() && hashFiles('ztlint.sarif') != '' && !github.event.pull_request.head.repo.fork }}}}
        uses: github/codeql-action/upload-sarif@v4
        with:
          sarif_file: ztlint.sarif
          category: ztlint
"
    )
}

const GITLAB: &str = "\
ztlint:
  image: python:3-slim
  script:
    - pip install ztlint
    - ztlint check --output gitlab=gl-code-quality-report.json
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_are_appended_where_the_list_ends_the_file() {
        let block = "# ours\nrepos:\n- repo: a\n  rev: v1\n  hooks:\n  - id: x\n";
        let text = with_hook(block).expect("a list");
        assert_eq!(text, format!("{block}{}", hook("")));
        let deep = "default_stages: [pre-push]\nrepos:\n  - repo: a\n    hooks: [{id: x}]";
        let text = with_hook(deep).expect("a list");
        assert_eq!(text, format!("{deep}\n{}", hook("  ")));
        for other in ["repos: []\n", "repos:\n", "repos:\n- repo: a\nfail_fast: true\n", "x: 1\n"] {
            assert_eq!(with_hook(other), None, "{other}");
        }
    }
}
