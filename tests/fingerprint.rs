//! Fingerprints outlive every edit that does not touch a finding: seeded random edits of projects,
//! after each of which every finding is still there under the fingerprint that it had.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use support::folders;
use ztlint::input::file_tree::{FileTree, Memory};
use ztlint::rules::card::Profile;
use ztlint::rules::engine;
use ztlint::rules::settings::Settings;

/// Edits that are tried; every tenth round makes several, one after the other.
const ROUNDS: usize = 200;

type Files = BTreeMap<String, String>;

/// Objects with findings beside each other: in lists with and without names, absent keys, several of
/// one kind in one file, equal addresses in two folders, comments about what is suppressed.
const OWN: [(&str, &str); 11] = [
    (
        "clusters/one/web.yaml",
        "# What the web is.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      hostNetwork: true
      containers:
        - name: web
          image: web:latest
          securityContext:
            privileged: true
        - name: side
          image: side:latest
          securityContext:
            privileged: true
            runAsUser: 0
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector: {}
  ingress:
    - from:
        - ipBlock: {cidr: 0.0.0.0/0}
    - {}
  egress:
    - {}
",
    ),
    (
        "clusters/two/web.yaml",
        "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector: {}
  ingress:
    - {}
    # ztlint:ignore[ZT-NET-006] reason=\"hides nothing\"
    - {}
",
    ),
    (
        "clusters/one/roles.yaml",
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: all
rules:
  - apiGroups: ['*']
    resources: ['*']
    verbs: ['*']
  - apiGroups: ['']
    resources: [secrets]
    verbs: ['*']
---
# ztlint:ignore[ZT-PRV-999] reason=\"no such rule\"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: all
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: all
subjects:
  - apiGroup: rbac.authorization.k8s.io
    kind: Group
    name: system:authenticated
",
    ),
    ("app/base/kustomization.yaml", "resources: [pod.yaml]\n"),
    (
        "app/base/pod.yaml",
        "apiVersion: v1
kind: Pod
metadata:
  name: app
  namespace: app
spec:
  containers:
    - name: app
      image: app:latest
      securityContext:
        privileged: true
",
    ),
    (
        "app/overlays/dev/kustomization.yaml",
        "resources: [../../base]\npatches: [{path: patch.yaml}]\n",
    ),
    (
        "app/overlays/dev/patch.yaml",
        "apiVersion: v1
kind: Pod
metadata:
  name: app
  namespace: app
spec:
  hostPID: true
",
    ),
    (
        "infra/live/main.tf",
        "module \"one\" {
  source = \"../modules/store\"
  name   = \"one\"
  open   = [\"0.0.0.0/0\"]
}

resource \"aws_security_group\" \"web\" {
  name = \"web\"
  ingress {
    protocol    = \"tcp\"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [\"0.0.0.0/0\"]
  }
  ingress {
    protocol    = \"tcp\"
    from_port   = 3389
    to_port     = 3389
    cidr_blocks = [\"0.0.0.0/0\"]
  }
}

resource \"aws_iam_access_key\" \"robot\" {
  user = \"robot\"
}
",
    ),
    (
        "infra/live/more.tf",
        "resource \"aws_kms_key\" \"main\" {
  description = \"main\"
}

resource \"aws_kms_key\" \"other\" {
  description         = \"other\"
  enable_key_rotation = false
}
",
    ),
    (
        "infra/modules/store/main.tf",
        "variable \"name\" {
  type = string
}

variable \"open\" {
  type = list(string)
}

resource \"aws_db_instance\" \"this\" {
  identifier          = var.name
  publicly_accessible = true
  storage_encrypted   = false
}

resource \"aws_security_group\" \"this\" {
  name = var.name
  ingress {
    protocol    = \"tcp\"
    from_port   = 5432
    to_port     = 5432
    cidr_blocks = var.open
  }
}
",
    ),
    (
        "infra/other/main.tf",
        "resource \"aws_kms_key\" \"main\" {
  description = \"elsewhere\"
}
",
    ),
];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        (!from.is_empty()).then(|| &from[self.below(from.len())])
    }
}

/// Fingerprint, rule and place of each finding.
fn findings(files: &Files) -> BTreeSet<(String, &'static str, String)> {
    let tree = files.iter().fold(Memory::new(), |tree, (path, text)| {
        tree.with(path.clone(), text.clone().into_bytes())
    });
    let settings = Settings { profile: Profile::Strict, ..Settings::default() };
    let report = engine::run(&tree, &settings);
    let number = report.findings.len();
    let found: BTreeSet<_> = (report.findings.into_iter())
        .map(|one| (one.fingerprint.to_string(), one.rule.id, one.at))
        .collect();
    assert_eq!(found.len(), number, "a fingerprint stands for one finding");
    found
}

/// Our own project and those of the test data in which there are findings.
fn projects() -> Vec<(String, Files)> {
    let own = OWN.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let mut projects = vec![("own".to_owned(), own)];
    for root in ["testdata/guides", "testdata/kustomize", "testdata/threads"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
        let mut cases: Vec<_> = std::fs::read_dir(root).expect("cases").flatten().collect();
        cases.sort_by_key(std::fs::DirEntry::path);
        for case in cases.iter().map(std::fs::DirEntry::path).filter(|path| path.is_dir()) {
            let (tree, paths) = folders::project(&case, "twin");
            let read = |path: String| {
                let bytes = tree.read(&path).expect("a file");
                Some((path, String::from_utf8(bytes).ok()?))
            };
            projects
                .push((case.display().to_string(), paths.into_iter().filter_map(read).collect()));
        }
    }
    projects.retain(|(_, files)| !findings(files).is_empty());
    projects
}

/// The documents of a text, whatever the order of their keys.
fn documents(text: &str) -> Option<Vec<serde_json::Value>> {
    serde_yaml::from_multiple(text).ok()
}

fn is_yaml(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

fn is_terraform(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end == "tf")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Where the next line begins that stands no deeper than the one at `start`.
fn end_of(lines: &[String], start: usize) -> usize {
    let depth = indent(&lines[start]);
    let rest = lines[start + 1..].iter();
    let deeper = |line: &&String| !line.trim().is_empty() && indent(line) > depth;
    start + 1 + rest.take_while(deeper).count()
}

type Edit = fn(&mut Dice, &mut Files, usize) -> bool;

const EDITS: [(&str, Edit); 8] = [
    ("lines above", lines_above),
    ("a line between", a_line_between),
    ("keys reordered", keys_reordered),
    ("blocks reordered", blocks_reordered),
    ("another object", another_object),
    ("a file renamed", a_file_renamed),
    ("a new overlay", a_new_overlay),
    ("a new call", a_new_call),
];

fn choose(dice: &mut Dice, files: &Files, fits: impl Fn(&str, &str) -> bool) -> Option<String> {
    let paths: Vec<&String> =
        files.iter().filter(|(path, text)| fits(path, text)).map(|(path, _)| path).collect();
    dice.pick(&paths).map(|path| (*path).clone())
}

fn text(path: &str, _: &str) -> bool {
    is_yaml(path) || is_terraform(path)
}

fn lines_above(dice: &mut Dice, files: &mut Files, at: usize) -> bool {
    let Some(path) = choose(dice, files, text) else { return false };
    let above = format!("# Edit {at}.\n{}", "\n".repeat(dice.below(3)));
    let text = files.get_mut(&path).expect("a file");
    text.insert_str(0, &above);
    true
}

fn a_line_between(dice: &mut Dice, files: &mut Files, at: usize) -> bool {
    let fits = |path: &str, text: &str| is_yaml(path) && !text.contains("ztlint:");
    let Some(path) = choose(dice, files, fits) else { return false };
    let text = &files[&path];
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = dice.below(lines.len());
    lines.insert(line, format!("{}# Edit {at}.", " ".repeat(indent(&lines[line]))));
    let edited = lines.join("\n") + "\n";
    // Inside of a text it would change that.
    let same = documents(text).is_some() && documents(text) == documents(&edited);
    if same {
        files.insert(path, edited);
    }
    same
}

fn keys_reordered(dice: &mut Dice, files: &mut Files, _: usize) -> bool {
    let Some(path) = choose(dice, files, |path, _| is_yaml(path)) else { return false };
    let text = &files[&path];
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let key = |line: &str| line.contains(':') && !line.trim_start().starts_with(['-', '#', '{']);
    let pairs: Vec<[usize; 3]> = (0..lines.len())
        .filter(|&start| key(&lines[start]))
        .filter_map(|start| {
            let middle = end_of(&lines, start);
            let next = lines.get(middle).filter(|line| key(line))?;
            (indent(next) == indent(&lines[start])).then(|| [start, middle, end_of(&lines, middle)])
        })
        .collect();
    let Some([start, middle, end]) = dice.pick(&pairs) else { return false };
    let parts = [&lines[..*start], &lines[*middle..*end], &lines[*start..*middle], &lines[*end..]];
    let edited = parts.concat().join("\n") + "\n";
    let same = documents(text).is_some() && documents(text) == documents(&edited);
    if same {
        files.insert(path, edited);
    }
    same
}

/// Blocks of Terraform, documents of YAML.
fn blocks_reordered(dice: &mut Dice, files: &mut Files, _: usize) -> bool {
    let fits = |path: &str, text: &str| {
        is_terraform(path) && text.contains("\n}\n\n") || is_yaml(path) && text.contains("\n---\n")
    };
    let Some(path) = choose(dice, files, fits) else { return false };
    let text = files[&path].trim_end();
    let apart = if is_terraform(&path) { "\n}\n" } else { "\n---\n" };
    let mut parts: Vec<&str> = text.split(apart).collect();
    let closed = is_terraform(&path);
    let last = parts.len() - 1;
    if closed {
        parts[last] = parts[last].strip_suffix("\n}").unwrap_or(parts[last]);
    }
    let one = dice.below(last);
    parts.swap(one, one + 1);
    let end = if closed { "\n}\n" } else { "\n" };
    let edited = parts.join(apart) + end;
    files.insert(path, edited);
    true
}

fn another_object(dice: &mut Dice, files: &mut Files, at: usize) -> bool {
    let kustomized = files.keys().any(|path| path.contains("kustomization"));
    let Some(path) = choose(dice, files, text) else { return false };
    let folder = path.rfind('/').map_or("", |slash| &path[..=slash]);
    let (end, choices) = if is_terraform(&path) {
        let choices = [
            format!("resource \"aws_kms_key\" \"n{at}\" {{\n  description = \"n\"\n}}\n"),
            format!("resource \"aws_iam_access_key\" \"n{at}\" {{\n  user = \"n\"\n}}\n"),
            format!("locals {{\n  n{at} = 1\n}}\n"),
            format!("resource \"aws_sns_topic\" \"n{at}\" {{\n  name = \"n\"\n}}\n"),
        ];
        ("tf", choices)
    } else {
        let object = |version: &str, kind: &str, rest: &str| {
            format!(
                "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: n{at}, namespace: n{at}}}\n{rest}"
            )
        };
        let spec = "spec: {podSelector: {matchLabels: {app: n}}, ingress: [{}]}\n";
        let pod =
            "spec: {containers: [{name: n, image: n, securityContext: {privileged: true}}]}\n";
        // The first policy of all is what some findings miss.
        let beside = |(other, text): (&String, &String)| {
            other.rsplit_once('/').map_or("", |one| one.0) == folder.trim_end_matches('/')
                && text.contains("NetworkPolicy")
        };
        let (version, kind, spec) = if files.iter().any(beside) {
            ("networking.k8s.io/v1", "NetworkPolicy", spec)
        } else {
            ("v1", "Secret", "type: Opaque\n")
        };
        let choices = [
            object("v1", "ConfigMap", "data: {a: b}\n"),
            object("v1", "ServiceAccount", ""),
            object("v1", "Pod", pod),
            object(version, kind, spec),
        ];
        ("yaml", choices)
    };
    let object = dice.pick(&choices).expect("a choice").clone();
    let own = files.get_mut(&path).expect("a file");
    let apart = if end == "tf" { "\n" } else { "---\n" };
    match dice.below(3) {
        // A file of patches, or one of a list, takes nothing else in.
        0 if !kustomized => *own = format!("{}\n{apart}{object}", own.trim_end()),
        1 if !kustomized => *own = format!("{object}{apart}{own}"),
        _ => {
            let name = ["a", "zz"][dice.below(2)];
            files.insert(format!("{folder}{name}{at}.{end}"), object);
        }
    }
    true
}

fn a_file_renamed(dice: &mut Dice, files: &mut Files, at: usize) -> bool {
    let fits = |path: &str, _: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        text(path, "")
            && !["kustomization", "override", "alues", "Chart"].iter().any(|w| name.contains(w))
    };
    let Some(path) = choose(dice, files, fits) else { return false };
    let (folder, name) = path.rfind('/').map_or(("", &*path), |slash| path.split_at(slash + 1));
    // Whoever names one of two files with the same name may mean either.
    if files.keys().any(|other| *other != path && other.contains(name)) {
        return false;
    }
    let end = name.rsplit('.').next().expect("an end");
    let new = format!("{}{at}.{end}", ["a", "zz"][dice.below(2)]);
    // A manifest may go anywhere if nobody names it, neither the file nor, in another file, what is
    // in it: addresses that are not unique are told apart by their folders.
    let lone = is_yaml(&path)
        && !files.values().any(|text| text.contains(name) || text.contains("kustomize"))
        && folder.is_empty()
        && addresses(&files[&path]).is_some_and(|own| {
            let others = files.iter().filter(|(other, _)| **other != path);
            let mut others = others.filter(|(other, _)| is_yaml(other));
            others.all(|(_, text)| addresses(text).is_some_and(|other| other.is_disjoint(&own)))
        });
    let moved = if lone { format!("moved{at}/{new}") } else { format!("{folder}{new}") };
    let own = files.remove(&path).expect("a file");
    for text in files.values_mut() {
        *text = text.replace(name, &new);
    }
    files.insert(moved, own);
    true
}

/// Kind, namespace and name of what a file holds.
fn addresses(text: &str) -> Option<BTreeSet<String>> {
    let words = |one: serde_json::Value| {
        format!("{} {} {}", one["kind"], one["metadata"]["namespace"], one["metadata"]["name"])
    };
    Some(documents(text)?.into_iter().map(words).collect())
}

fn a_new_overlay(dice: &mut Dice, files: &mut Files, at: usize) -> bool {
    let fits = |path: &str, _: &str| path.ends_with("/kustomization.yaml");
    let Some(path) = choose(dice, files, fits) else { return false };
    let base = path.trim_end_matches("/kustomization.yaml");
    if files[&path].contains("kind: Component") {
        return false;
    }
    let more = ["", "namePrefix: n-\n", "commonLabels: {n: n}\n"][dice.below(3)];
    let text = format!("resources: [../../{base}]\n{more}");
    files.insert(format!("{}/n{at}/kustomization.yaml", ["a", "zz"][dice.below(2)]), text);
    true
}

fn a_new_call(dice: &mut Dice, files: &mut Files, at: usize) -> bool {
    let fits = |path: &str, text: &str| is_terraform(path) && text.contains("module \"");
    let Some(path) = choose(dice, files, fits) else { return false };
    let own = files.get_mut(&path).expect("a file");
    let start = own.find("module \"").expect("a call");
    let Some(end) = own[start..].find("\n}\n").map(|end| start + end + 3) else { return false };
    let call = &own[start..end];
    let label = call.split('"').nth(1).expect("a label");
    let call = call.replacen(&format!("\"{label}\""), &format!("\"n{at}\""), 1);
    if dice.below(2) == 0 {
        *own = format!("{call}\n{own}");
    } else {
        *own = format!("{}\n\n{call}", own.trim_end());
    }
    true
}

#[test]
fn edits_that_touch_no_finding_change_no_fingerprint() {
    let seed = std::env::var("ZTLINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (seed << 20));
    let projects = projects();
    assert!(projects.len() > 20, "{} projects", projects.len());
    let mut made: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut faults, mut kept) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        // Half of the rounds are about our own project, which has most findings.
        let at = if round % 2 == 0 { 0 } else { dice.below(projects.len()) };
        let (name, before) = &projects[at];
        let (mut files, mut done) = (before.clone(), Vec::new());
        let wanted = if round % 10 == 0 { 5 } else { 1 };
        for try_ in 0..100 {
            let (edit, apply) = EDITS[dice.below(EDITS.len())];
            if apply(&mut dice, &mut files, round * 1000 + try_) {
                done.push(edit);
                *made.entry(edit).or_default() += 1;
            }
            if done.len() == wanted {
                break;
            }
        }
        let (before, after) = (findings(before), findings(&files));
        kept += before.len();
        let lost: Vec<_> = before.difference(&after).collect();
        if !lost.is_empty() {
            faults.push(format!("round {round}, {done:?} in {name}: {lost:?}"));
        }
    }
    assert!(made.len() == EDITS.len() && made.values().all(|number| *number > 5), "{made:?}");
    assert!(kept > 20 * ROUNDS, "{kept} findings in all");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
