//! The law of unknown values for kustomizations: whatever is not known of a base, a patch or a
//! kustomization, it never creates a finding.

#[path = "support/kustomized.rs"]
mod kustomized;

use kustomized::{PRIVILEGED, ROOT, WEB};
use std::collections::BTreeSet;
use std::path::Path;
use ztlint::input::file::File;
use ztlint::input::file_tree::{Disk, MAX_FILE_BYTES, Memory};
use ztlint::input::tree::{NodeId, NodeKind};
use ztlint::rules::card::Profile;
use ztlint::rules::engine;
use ztlint::rules::settings::{Mask, Settings};

const FIXED: &str = "resources: [../base]
patches:
- target: {kind: Deployment}
  patch: |-
    - op: replace
      path: /spec/template/spec/containers/0/securityContext/privileged
      value: false
";

/// Values that decide which objects there are and what they are, not what is in them.
fn is_identity(file: &File, mut node: NodeId) -> bool {
    loop {
        let parent = file.node(node).parent;
        let NodeKind::Map { entries, .. } = &file.node(parent).kind else {
            if parent == node {
                return true;
            }
            node = parent;
            continue;
        };
        if entries.iter().any(|entry| {
            let key = file.text(&entry.key);
            let deciding = ["apiVersion", "kind", "resources", "components", "bases"];
            entry.value == node && deciding.contains(&key)
        }) || parent == node
        {
            return true;
        }
        node = parent;
        if file.node(node).parent == node {
            return false;
        }
    }
}

#[test]
fn an_unknown_value_never_creates_a_finding() {
    let strategic = "resources: [../base]
namespace: shop
namePrefix: eu-
patches:
- path: p.yaml
- target: {kind: Deployment, name: web, labelSelector: 'app!=api'}
  patch: |-
    - {op: test, path: /metadata/name, value: web}
    - {op: replace, path: /spec/replicas, value: 2}
";
    let patch = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: web
        securityContext: {privileged: false}
";
    let tree = Memory::new()
        .with("base/kustomization.yaml", "resources: [web.yaml]\n")
        .with("base/web.yaml", WEB)
        .with("dev/kustomization.yaml", FIXED)
        .with("prod/kustomization.yaml", strategic)
        .with("prod/p.yaml", patch);
    let settings = |masks| Settings {
        select: vec![PRIVILEGED.to_owned(), ROOT.to_owned()],
        profile: Profile::Strict,
        masks,
        ..Settings::default()
    };
    let before = engine::examine(&tree, &settings(Vec::new()));
    assert!(before.judged.is_empty());
    let mut masked = 0;
    for file in &before.project.files {
        for node in 0..file.tree.nodes.len() as u32 {
            if is_identity(file, NodeId(node)) {
                continue;
            }
            masked += 1;
            let mask = Mask::Node(file.source.path.clone(), node);
            let after = engine::examine(&tree, &settings(vec![mask]));
            let text = file.source.slice(file.node(NodeId(node)).span);
            assert!(after.judged.is_empty(), "{}: `{text}`", file.source.path);
        }
    }
    assert!(masked > 40, "{masked}");
}

/// Whether a value names files of patches: those decide which files hold objects.
fn names_files(file: &File, node: NodeId) -> bool {
    let parent = file.node(node).parent;
    let is_path = |map: NodeId, value: NodeId| match &file.node(map).kind {
        NodeKind::Map { entries, .. } => entries.iter().any(|entry| {
            let names = ["path", "patchesStrategicMerge"].contains(&file.text(&entry.key));
            entry.value == value && names
        }),
        _ => false,
    };
    // The name itself may be one of a list.
    is_path(parent, node)
        || is_path(file.node(parent).parent, parent)
        || file.tree.children(node).any(|child| is_path(node, child) || names_files(file, child))
}

#[test]
fn an_unknown_value_creates_no_finding_in_any_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/kustomize");
    let (mut faults, mut findings) = (Vec::new(), 0);
    for case in std::fs::read_dir(&root).expect("the cases") {
        let case = case.expect("a case").path();
        let tree = Disk::new(&case, MAX_FILE_BYTES);
        let select = ["NET", "WRK"].map(str::to_owned);
        let settings = |masks| Settings {
            select: select.to_vec(),
            profile: Profile::Strict,
            masks,
            ..Settings::default()
        };
        let before = engine::examine(&tree, &settings(Vec::new()));
        let places = |outcome: &engine::Outcome| -> BTreeSet<(u32, u32, &str)> {
            let each = outcome.judged.iter().map(|one| &one.finding);
            each.map(|one| (one.primary.file.0, one.primary.span.start, one.rule.id)).collect()
        };
        let mut known = places(&before);
        findings += known.len();
        // What one finding stands for is not new where it is said by itself.
        for one in &before.judged {
            let at = one.finding.primary;
            let stands_for = one.finding.rule.supersedes.iter();
            known.extend(stands_for.map(|id| (at.file.0, at.span.start, *id)));
        }
        for file in &before.project.files {
            for node in 0..file.tree.nodes.len() as u32 {
                if is_identity(file, NodeId(node)) || names_files(file, NodeId(node)) {
                    continue;
                }
                let mask = Mask::Node(file.source.path.clone(), node);
                let after = engine::examine(&tree, &settings(vec![mask]));
                for (at, start, rule) in places(&after).difference(&known) {
                    let text = file.source.slice(file.node(NodeId(node)).span);
                    let place = &before.project.files[*at as usize].source;
                    let line = place.position(*start).line;
                    faults.push(format!("{}:{line} {rule} after `{text}`", place.path));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(findings > 50, "{findings}");
}
