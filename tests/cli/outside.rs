//! Watched from outside (`ZTLINT_STRACE` names strace): on a tree full of ways out, nothing beyond the
//! project is opened, nothing is asked of a network, and no process is started.

use super::{Folder, OPEN, folder};
use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// What the program may open to run at all: its libraries, and what the system says of itself.
const SYSTEM: [&str; 8] = [
    "/etc/ld.so.",
    "/lib/",
    "/lib64/",
    "/usr/lib/",
    "/proc/",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup/",
    "/dev/null",
];

/// Everything that nobody may open.
fn outside() -> Folder {
    let module = "resource \"aws_s3_bucket\" \"stranger\" {}\n";
    folder(&[
        ("secret.yaml", OPEN),
        ("secret.txt", "s3cret"),
        ("secret.tf", module),
        ("secret.tfvars", "name = \"s3cret\"\n"),
        ("secret.json", "{\"resource_changes\": [], \"format_version\": \"1.2\"}"),
        ("module/main.tf", module),
        ("deep/a/b.txt", "s3cret"),
        ("base/kustomization.yaml", "resources: [secret.yaml]\n"),
        ("base/secret.yaml", OPEN),
        ("chart/Chart.yaml", "apiVersion: v2\nname: away\nversion: 1.0.0\n"),
        ("chart/values.yaml", "a: s3cret\n"),
        ("policy/ACME-WRK-001-a.yaml", "s3cret"),
        ("ztlint.toml", "[check]\n"),
        ("gitdir/HEAD", "ref: refs/heads/main\n"),
        ("gitdir/commondir", ".\n"),
        ("gitdir/info/exclude", "*\n"),
        ("home/.gitconfig", "[core]\nexcludesFile = ~/ignored\n"),
        ("home/ignored", "*.yaml\n"),
        ("home/.config/git/ignore", "*.yaml\n"),
        (".gitignore", "*.tf\n"),
        (".ignore", "*.tf\n"),
    ])
}

const KUSTOMIZATION: &str = "\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [open.yaml, ../OUT/secret.yaml, ../OUT/base, away/base, away/secret.yaml, link.yaml, /ABS/base]
bases: [../OUT/base]
components: [../OUT/base, away/base]
crds: [away/secret.json]
configurations: [away/secret.yaml]
patches: [{path: ../OUT/secret.yaml}, {path: away/secret.yaml}, {path: link.yaml}, {path: /ABS/secret.yaml}]
patchesStrategicMerge: [../OUT/secret.yaml, away/secret.yaml]
patchesJson6902: [{path: away/secret.yaml, target: {version: v1, kind: Pod, name: x}}]
replacements: [{path: ../OUT/secret.yaml}, {path: away/secret.yaml}]
transformers: [away/secret.yaml]
generators: [../OUT/secret.yaml]
openapi: {path: away/secret.json}
configMapGenerator: [{name: c, files: [../OUT/secret.txt, away/secret.txt, /ABS/secret.txt], envs: [link.txt]}]
secretGenerator: [{name: s, files: [k=../OUT/secret.txt], env: away/secret.txt}]
helmCharts: [{name: c, valuesFile: ../OUT/chart/values.yaml}]
";

const TERRAFORM: &str = "\
module \"a\" { source = \"../OUT/module\" }
module \"b\" { source = \"./away/module\" }
module \"c\" { source = \"/ABS/module\" }
module \"d\" { source = \"fetched/elsewhere\" }
module \"e\" { source = \"git::https://example.com/x.git\" }
variable \"name\" {}
locals {
  up      = file(\"${path.module}/../OUT/secret.txt\")
  over    = file(\"${path.module}/away/secret.txt\")
  link    = file(\"link.txt\")
  whole   = file(\"/ABS/secret.txt\")
  home    = file(pathexpand(\"~/.gitconfig\"))
  passwd  = filebase64(\"/etc/passwd\")
  hashed  = filesha256(\"away/secret.txt\")
  there   = fileexists(\"../OUT/secret.txt\")
  made    = templatefile(\"away/secret.txt\", {})
  some    = file(\"${path.module}/away/${var.name}.txt\")
  found   = fileset(path.module, \"../OUT/**\")
  listed  = fileset(\"${path.module}/away\", \"**\")
  above   = fileset(\"${path.module}/..\", \"**\")
  system  = fileset(\"/etc\", \"*\")
}
resource \"aws_s3_bucket\" \"b\" {
  for_each = fileset(\"away/deep\", \"**\")
  bucket   = \"${local.up}${each.key}${var.name}\"
}
terraform {
  backend \"local\" {
    path = \"../OUT/secret.json\"
  }
}
";

const TERRAGRUNT: &str = "\
include \"root\" { path = find_in_parent_folders() }
terraform { source = \"../OUT//module\" }
inputs = { name = file(\"../OUT/secret.txt\"), other = run_cmd(\"touch\", \"ran\") }
";

const CHART: &str = "\
apiVersion: v2
name: c
version: 1.0.0
dependencies: [{name: away, version: 1.0.0, repository: \"file://../../OUT/chart\"}]
";

const MODULES: &str = "\
{\"Modules\": [
  {\"Key\": \"\", \"Source\": \"\", \"Dir\": \".\"},
  {\"Key\": \"d\", \"Source\": \"fetched/elsewhere\", \"Dir\": \".terraform/away\"},
  {\"Key\": \"e\", \"Source\": \"x\", \"Dir\": \".terraform/../../OUT/module\"}
]}
";

/// A project beside `outside` that tries everything.
fn project(outside: &Folder) -> Folder {
    let out = outside.path("").canonicalize().expect("a path");
    let name = out.file_name().expect("a name").to_string_lossy().into_owned();
    let absolute = out.to_string_lossy().trim_start_matches('/').to_owned();
    let filled = |text: &str| text.replace("OUT", &name).replace("ABS", &absolute);
    let project = folder(&[
        ("open.yaml", OPEN),
        ("kustomization.yaml", &filled(KUSTOMIZATION)),
        ("main.tf", &filled(TERRAFORM)),
        (".terraform/modules/modules.json", &filled(MODULES)),
        ("unit/terragrunt.hcl", &filled(TERRAGRUNT)),
        ("chart/Chart.yaml", &filled(CHART)),
        ("chart/templates/a.yaml", "kind: {{ .Files.Get \"../../secret.txt\" }}\n"),
        ("nested/open.yaml", &OPEN.replace("open", "nested")),
    ]);
    for (target, link) in [
        ("", "away"),
        ("", ".terraform/away"),
        ("secret.yaml", "link.yaml"),
        ("secret.txt", "link.txt"),
        ("secret.tf", "link.tf"),
        ("secret.tfvars", "terraform.tfvars"),
        ("secret.tfvars", "x.auto.tfvars"),
        ("secret.json", "plan.json"),
        ("chart", "chart/charts"),
        ("chart/values.yaml", "chart/values.yaml"),
        ("secret.yaml", "chart/templates/b.yaml"),
        (".gitignore", "nested/.gitignore"),
        (".ignore", "nested/.ignore"),
    ] {
        symlink(out.join(target), project.path(link)).expect("a link");
    }
    // The mark of the project's root leads away, too.
    std::fs::remove_dir(project.path(".git")).expect("it is empty");
    project.write(".git", filled("gitdir: ../OUT/gitdir\n"));
    project
}

/// What a run did, as strace tells it.
struct Watched {
    code: Option<i32>,
    out: String,
    err: String,
    /// What it opened or tried to, links followed.
    opened: BTreeSet<String>,
    /// Calls that start processes or speak to others.
    acts: Vec<String>,
}

fn watch(strace: &str, home: &Path, project: &Folder, args: &[&str]) -> Watched {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let root = project.path("").canonicalize().expect("a path");
    let mut command = Command::new("timeout");
    command.arg("120").arg(strace).args(["-f", "-y", "-qq", "-s", "4096", "-o"]).arg(log.path());
    command.args(["-e", "trace=open,openat,openat2,creat,%network,%process"]);
    command.arg(env!("CARGO_BIN_EXE_ztlint")).args(args).current_dir(&root);
    command.env("HOME", home).env_remove("XDG_CONFIG_HOME").env_remove("LD_LIBRARY_PATH");
    let output = command.output().expect("strace");
    let log = std::fs::read_to_string(log.path()).expect("a log");
    let (mut opened, mut acts, mut started) = (BTreeSet::new(), Vec::new(), false);
    for line in log.lines() {
        let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let name = call.split('(').next().unwrap_or_default();
        match name {
            "open" | "openat" | "openat2" | "creat" => {
                // `openat(AT_FDCWD</root>, "path", …) = 3</real/path>`, or `= -1 ENOENT …`.
                let asked = call.split('"').nth(1).unwrap_or_default();
                let real = call.rsplit_once(" = ").and_then(|(_, result)| {
                    Some(result.split_once('<')?.1.strip_suffix('>')?.to_owned())
                });
                opened.insert(real.unwrap_or_else(|| root.join(asked).display().to_string()));
            }
            "execve" if !started => started = true,
            // Threads of its own.
            "clone" | "clone3" if call.contains("CLONE_THREAD") => {}
            "exit" | "exit_group" | "" => {}
            // A thread that was stopped by the end of the program, at a call that never began.
            _ if call.starts_with("???(") => {}
            _ if call.starts_with(['+', '<']) || name.starts_with("wait") => {}
            _ => acts.push(call.to_owned()),
        }
    }
    assert!(started && !opened.is_empty(), "nothing was watched: {output:?}");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    Watched { code: output.status.code(), out, err, opened, acts }
}

impl Watched {
    #[track_caller]
    fn stayed_inside(&self, project: &Folder, what: &str) {
        let root = project.path("").canonicalize().expect("a path");
        let inside = |path: &String| {
            SYSTEM.iter().any(|known| path.starts_with(known)) || Path::new(path).starts_with(&root)
        };
        let away: Vec<&String> = self.opened.iter().filter(|path| !inside(path)).collect();
        assert!(away.is_empty(), "{what} opened {away:#?}");
        assert!(self.acts.is_empty(), "{what} did {:#?}", self.acts);
        assert!(!self.out.contains("s3cret") && !self.err.contains("s3cret"), "{what}");
    }
}

fn strace() -> String {
    std::env::var("ZTLINT_STRACE").expect("ZTLINT_STRACE names strace")
}

#[test]
#[ignore = "needs ZTLINT_STRACE"]
fn nothing_outside_is_opened_and_nothing_is_started() {
    let (strace, outside) = (strace(), outside());
    let home = outside.path("home");
    let project = project(&outside);
    for (args, code) in [
        (&["check", ".", "--profile", "strict", "--verbose"][..], 1),
        (&["check", "open.yaml", "--format", "sarif"], 1),
        (&["check", "nested", "--format", "json"], 1),
        (&["graph", "."], 0),
        (&["can", "shop/web", "shop/db"], 2),
        (&["diff", ".", "./nested"], 0),
        (&["rule", "list"], 0),
    ] {
        let watched = watch(&strace, &home, &project, args);
        assert_eq!(watched.code, Some(code), "{args:?}: {}{}", watched.out, watched.err);
        watched.stayed_inside(&project, &args.join(" "));
    }
}

#[test]
#[ignore = "needs ZTLINT_STRACE"]
fn a_configuration_leads_nowhere_else() {
    let (strace, outside) = (strace(), outside());
    let home = outside.path("home");
    let project = project(&outside);
    let out = outside.path("").canonicalize().expect("a path").display().to_string();
    for text in [
        format!("[rules]\ndirs = [\"{out}/policy\"]\n"),
        "[rules]\ndirs = [\"away/policy\"]\n".to_owned(),
        format!("[project]\nvar-files = [\"{out}/secret.tfvars\"]\n"),
        "[project]\nvar-files = [\"terraform.tfvars\"]\n".to_owned(),
        format!("[helm.values]\nchart = [\"{out}/chart/values.yaml\"]\n"),
        "[helm.values]\nchart = [\"chart/values.yaml\"]\n".to_owned(),
        "[helm.values]\n\"away/chart\" = []\n".to_owned(),
    ] {
        project.write("ztlint.toml", &text);
        let watched = watch(&strace, &home, &project, &["check", "."]);
        assert_eq!(watched.code, Some(2), "{text}: {}{}", watched.out, watched.err);
        watched.stayed_inside(&project, &text);
    }
    std::fs::remove_file(project.path("ztlint.toml")).expect("it is there");
    symlink(outside.path("ztlint.toml"), project.path("ztlint.toml")).expect("a link");
    let watched = watch(&strace, &home, &project, &["check", "."]);
    assert_eq!(watched.code, Some(2), "{}{}", watched.out, watched.err);
    watched.stayed_inside(&project, "a link as configuration");
}

#[test]
#[ignore = "needs ZTLINT_STRACE"]
fn what_was_named_is_seen_by_the_watcher() {
    let (strace, outside) = (strace(), outside());
    let project = project(&outside);
    let path = outside.path("secret.yaml").canonicalize().expect("a path").display().to_string();
    let watched = watch(&strace, &outside.path("home"), &project, &["check", &path]);
    assert!(watched.opened.contains(&path), "{:?}", watched.opened);
}
