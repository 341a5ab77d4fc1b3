//! Kustomizations from end to end: what is judged, where findings point, what is said of roots.

#[path = "support/kustomized.rs"]
mod kustomized;

use kustomized::{PRIVILEGED, ROOT, WEB};
use ztlint::input::file_tree::Memory;
use ztlint::model::resource::Resource;
use ztlint::model::root::{ModelSettings, Root};
use ztlint::rules::card::Profile;
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::finding::Finding;
use ztlint::rules::outcome::Report;
use ztlint::rules::settings::Settings;

/// `hostNetwork: true`.
const HOST_NETWORK: &str = "ZT-WRK-001";
/// A credential of a known format.
const SECRET: &str = "ZT-CRD-005";

fn check(rule: &str, files: &[(&str, &str)]) -> Report {
    let settings = Settings {
        select: vec![rule.to_owned()],
        profile: Profile::Strict,
        today: Date::parse("2026-01-01").expect("a day"),
        ..Settings::default()
    };
    let tree = files.iter().fold(Memory::new(), |tree, (path, text)| tree.with(*path, *text));
    engine::run(&tree, &settings)
}

/// `path:line` of each finding, and the roots and instances it names.
fn found(report: &Report) -> Vec<String> {
    let line = |finding: &Finding| {
        let source = report.source(finding.primary.file);
        let line = source.position(finding.primary.span.start).line;
        let mut text = format!("{}:{line}", source.path);
        for list in [&finding.roots, &finding.instances] {
            if !list.is_empty() {
                text = format!("{text} [{}]", list.join(", "));
            }
        }
        text
    };
    report.findings.iter().map(line).collect()
}

#[track_caller]
fn finds(rule: &str, files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(found(&check(rule, files)), expected);
}

fn skipped(report: &Report) -> Vec<String> {
    report.summary.skipped.iter().map(|one| format!("{}: {}", one.path, one.reason)).collect()
}

const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [web.yaml]\n");
const OBJECT: (&str, &str) = ("base/web.yaml", WEB);
const FIXED: &str = "resources: [../base]
patches:
- target: {kind: Deployment}
  patch: |-
    - op: replace
      path: /spec/template/spec/containers/0/securityContext/privileged
      value: false
";
const PLAIN: &str = "resources: [../base]\n";

#[test]
fn a_base_that_every_overlay_mends_is_silent() {
    let files =
        [BASE, OBJECT, ("dev/kustomization.yaml", FIXED), ("prod/kustomization.yaml", FIXED)];
    finds(PRIVILEGED, &files, &[]);
}

#[test]
fn a_base_that_one_overlay_mends_is_reported_with_the_others() {
    let files = [
        BASE,
        OBJECT,
        ("dev/kustomization.yaml", PLAIN),
        ("prod/kustomization.yaml", FIXED),
        ("test/kustomization.yaml", PLAIN),
    ];
    finds(PRIVILEGED, &files, &["base/web.yaml:15 [dev, test]"]);
}

#[test]
fn a_base_that_no_overlay_mends_is_reported_once() {
    let files =
        [BASE, OBJECT, ("dev/kustomization.yaml", PLAIN), ("prod/kustomization.yaml", PLAIN)];
    finds(PRIVILEGED, &files, &["base/web.yaml:15"]);
}

#[test]
fn instances_say_what_overlays_call_an_object() {
    let files = [
        BASE,
        OBJECT,
        ("dev/kustomization.yaml", "resources: [../base]\nnamespace: dev\n"),
        ("prod/kustomization.yaml", "resources: [../base]\nnamePrefix: prod-\n"),
    ];
    let expected = "base/web.yaml:15 [apps/Deployment dev/web, apps/Deployment prod-web]";
    finds(PRIVILEGED, &files, &[expected]);
}

const HARMLESS: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        image: web:1
        securityContext: {runAsNonRoot: true}
";

#[test]
fn an_overlay_that_breaks_the_base_is_what_to_edit() {
    let inline = "resources: [../base]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      template:
        spec:
          containers:
          - name: web
            securityContext:
              privileged: true
";
    let operation = "- op: add
  path: /spec/template/spec/containers/0/securityContext/privileged
  value: true
";
    let files = [
        BASE,
        ("base/web.yaml", HARMLESS),
        ("dev/kustomization.yaml", inline),
        (
            "prod/kustomization.yaml",
            "resources: [../base]\npatches: [{path: p.json, target: {kind: Deployment}}]\n",
        ),
        (
            "prod/p.json",
            "[{\"op\": \"add\",\n\"path\": \"/spec/template/spec/containers/0/securityContext/privileged\",\n\"value\": true}]",
        ),
        (
            "test/kustomization.yaml",
            "resources: [../base]\npatches: [{path: p.yaml, target: {name: w.*}}]\n",
        ),
        ("test/p.yaml", operation),
    ];
    let expected =
        ["dev/kustomization.yaml:13 [dev]", "prod/p.json:3 [prod]", "test/p.yaml:3 [test]"];
    finds(PRIVILEGED, &files, &expected);
}

#[test]
fn what_a_patch_takes_away_is_missing_where_it_does() {
    let null = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        securityContext:
          runAsNonRoot: null
";
    let remove = "resources: [../base]
patches:
- target: {kind: Deployment}
  patch: |-
    - op: remove
      path: /spec/template/spec/containers/0/securityContext
";
    let files = [
        BASE,
        ("base/web.yaml", HARMLESS),
        ("dev/kustomization.yaml", "resources: [../base]\npatchesStrategicMerge: [p.yaml]\n"),
        ("dev/p.yaml", null),
        ("prod/kustomization.yaml", remove),
    ];
    finds(ROOT, &files, &["dev/p.yaml:10 [dev]", "prod/kustomization.yaml:5 [prod]"]);
}

#[test]
fn what_no_patch_writes_is_missing_in_the_base() {
    let base = HARMLESS.replace("        securityContext: {runAsNonRoot: true}\n", "");
    let patch = "resources: [../base]
patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      template:
        spec:
          containers:
          - {name: web, image: 'web:2'}
";
    let files = [BASE, ("base/web.yaml", base.as_str()), ("dev/kustomization.yaml", patch)];
    finds(ROOT, &files, &["base/web.yaml:8"]);
}

#[test]
fn what_an_operation_takes_away_is_missing_from_it() {
    let remove = "resources: [../base]
patches:
- target: {kind: Deployment}
  patch: |-
    - op: remove
      path: /spec/template/spec/containers/0/securityContext
";
    let files = [BASE, ("base/web.yaml", HARMLESS), ("prod/kustomization.yaml", remove)];
    let report = check(ROOT, &files);
    let paths: Vec<&str> = report.findings.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["patches[0].patch[0].securityContext.runAsNonRoot"]);
}

#[test]
fn a_credential_in_the_base_is_found_for_every_overlay() {
    let base = WEB.replace("image: web:1", "env: [{name: KEY, value: AKIAQ3EGRBXJPLZNM2UK}]");
    let files = [
        BASE,
        ("base/web.yaml", base.as_str()),
        ("dev/kustomization.yaml", "resources: [../base]\nnamespace: dev\n"),
        ("prod/kustomization.yaml", "resources: [../base]\nnamespace: prod\n"),
    ];
    let expected = "base/web.yaml:13 [apps/Deployment dev/web, apps/Deployment prod/web]";
    finds(SECRET, &files, &[expected]);
}

#[test]
fn components_are_judged_through_those_who_use_them() {
    let mend = "kind: Component\npatches:\n".to_owned()
        + FIXED.split_once("patches:\n").map_or("", |(_, rest)| rest);
    let files = [
        BASE,
        OBJECT,
        ("hardened/kustomization.yaml", mend.as_str()),
        ("prod/kustomization.yaml", "resources: [../base]\ncomponents: [../hardened]\n"),
    ];
    finds(PRIVILEGED, &files, &[]);
    let unused = [BASE, OBJECT, files[2]];
    finds(PRIVILEGED, &unused, &["base/web.yaml:15"]);
}

#[test]
fn a_json_patch_that_fails_its_test_changes_nothing_and_is_noted() {
    let patch = FIXED.replace(
        "    - op: replace",
        "    - {op: test, path: /metadata/name, value: api}\n    - op: replace",
    );
    let files = [BASE, OBJECT, ("dev/kustomization.yaml", patch.as_str())];
    let report = check(PRIVILEGED, &files);
    assert_eq!(found(&report), ["base/web.yaml:15"]);
    let note = "dev/kustomization.yaml: Kustomize, in part: a JSON patch does not apply: `/metadata/name` does not pass its `test`";
    assert_eq!(skipped(&report), [note]);
}

#[test]
fn images_and_generators_point_into_the_kustomization() {
    let kustomization = "resources: [../base]
images:
- name: web
  newName: mirror.example.com/web
  newTag: latest
secretGenerator:
- name: access
  literals:
  - colour=blue
  - key=AKIAQ3EGRBXJPLZNM2UK
";
    let files = [BASE, OBJECT, ("dev/kustomization.yaml", kustomization)];
    finds("ZT-WRK-406", &files, &["dev/kustomization.yaml:5"]);
    finds(SECRET, &files, &["dev/kustomization.yaml:10"]);
}

#[test]
fn what_is_not_known_of_a_patch_is_not_held_against_anyone() {
    let base = [BASE, OBJECT];
    for kustomization in [
        // The value is put in before the build.
        "resources: [../base]
patches:
- target: {kind: Deployment}
  patch: |-
    - op: replace
      path: /spec/template/spec/containers/0/securityContext/privileged
      value: ${PRIVILEGED}
",
        // The patch is not at hand, and whom it is for is known.
        "resources: [../base]\npatches: [{path: gone.yaml, target: {kind: Deployment}}]\n",
        "resources: [../base]\npatches: [{path: '${STAGE}.yaml', target: {kind: Deployment}}]\n",
    ] {
        let files = [base[0], base[1], ("dev/kustomization.yaml", kustomization)];
        assert_eq!(found(&check(PRIVILEGED, &files)), [""; 0], "{kustomization}");
    }
}

#[test]
fn a_name_that_is_filled_in_later_is_the_same_name() {
    let named = |name: &str| {
        format!(
            "apiVersion: apps/v1
kind: Deployment
metadata: {{name: '{name}'}}
spec:
  template:
    spec:
      containers:
      - name: web
        securityContext: {{privileged: false}}
"
        )
    };
    let base = WEB.replace("name: web\nspec", "name: '${APP}-web'\nspec");
    for (name, expected) in [("${APP}-web", 0), ("${OTHER}-web", 0), ("web", 0)] {
        let patch = named(name);
        let files = [
            BASE,
            ("base/web.yaml", base.as_str()),
            ("dev/kustomization.yaml", "resources: [../base]\npatches: [{path: p.yaml}]\n"),
            ("dev/p.yaml", patch.as_str()),
        ];
        let report = check(PRIVILEGED, &files);
        assert_eq!(report.findings.len(), expected, "{name}");
        // What may be for another object leaves this one unknown, also for what it does not say.
        let unknown = name != "${APP}-web";
        assert_eq!(check(HOST_NETWORK, &files).findings.is_empty(), unknown, "{name}");
    }
}

#[test]
fn what_is_not_built_is_noted_and_stops_nothing() {
    let kustomization = "resources:
- ../base
- https://example.com/crds.yaml
- gone.yaml
- ../dev
helmCharts: [{name: redis}]
transformers: [more.yaml]
";
    let files = [BASE, OBJECT, ("dev/kustomization.yaml", kustomization)];
    let report = check(PRIVILEGED, &files);
    // It builds upon itself, so nobody starts with it: what it names is judged as written.
    assert_eq!(found(&report), ["base/web.yaml:15"]);
    let files =
        [BASE, OBJECT, ("dev/kustomization.yaml", &kustomization.replace("- ../dev\n", ""))];
    let report = check(PRIVILEGED, &files);
    assert_eq!(found(&report), ["base/web.yaml:15"]);
    let notes = [
        "charts (`helmCharts`) are not built",
        "resource `gone.yaml` is not at hand",
        "resource `https://example.com/crds.yaml` is not fetched",
        "transformers that are plugins (`transformers`) are not built",
    ];
    let note = format!("dev/kustomization.yaml: Kustomize, in part: {}", notes.join("; "));
    assert_eq!(skipped(&report), [note]);
}

#[test]
fn a_namespace_lets_policies_and_workloads_meet() {
    let policy = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec: {podSelector: {matchLabels: {app: web}}}
";
    let kustomization =
        "resources: [base/web.yaml, policy.yaml]\nnamespace: shop\ncommonLabels: {team: a}\n";
    let tree = Memory::new()
        .with("base/web.yaml", WEB)
        .with("policy.yaml", policy)
        .with("kustomization.yaml", kustomization);
    let outcome = engine::examine(&tree, &Settings::default());
    let project = &outcome.project;
    let [world] = project.kustomized.worlds.as_slice() else { panic!("one world") };
    let resources: Vec<&Resource> =
        world.members.iter().map(|&at| &project.resources[at]).collect();
    let model = ModelSettings::default();
    let root = Root::new(String::new(), &project.files, resources, &model);
    let label = |kind: &str, path: &[&str]| {
        let resource = root.resources[root.kind(kind)[0]];
        assert_eq!(resource.object().and_then(|one| one.namespace.as_deref()), Some("shop"));
        let at = path.iter().fold(root.cursor(resource), |at, key| at.key(key));
        at.key("team").text().map(std::borrow::Cow::into_owned)
    };
    assert_eq!(
        label("Deployment", &["spec", "template", "metadata", "labels"]).as_deref(),
        Some("a")
    );
    assert_eq!(
        label("NetworkPolicy", &["spec", "podSelector", "matchLabels"]).as_deref(),
        Some("a")
    );
}

#[test]
fn a_kustomization_without_rivals_shares_the_world_of_the_files_around_it() {
    let ingress = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: []}
";
    let files = [
        BASE,
        OBJECT,
        ("dev/kustomization.yaml", PLAIN),
        ("ingress.yaml", ingress),
        ("other/kustomization.yaml", "resources: [x.yaml]\n"),
        ("other/x.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"),
    ];
    assert_eq!(check(PRIVILEGED, &files).summary.roots, 1);
    let files = [files[0], files[1], files[2], files[3], ("prod/kustomization.yaml", PLAIN)];
    assert_eq!(check(PRIVILEGED, &files).summary.roots, 3);
}

#[test]
fn fingerprints_and_suppressions_outlive_new_overlays() {
    let print = |files: &[(&str, &str)]| {
        let report = check(PRIVILEGED, files);
        report.findings.iter().map(|one| one.fingerprint.to_string()).collect::<Vec<_>>()
    };
    let alone = print(&[OBJECT]);
    assert_eq!(alone.len(), 1);
    let prefixed = "resources: [../base]\nnamePrefix: eu-\nnamespace: eu\n";
    assert_eq!(print(&[BASE, OBJECT, ("dev/kustomization.yaml", prefixed)]), alone);
    let both =
        [BASE, OBJECT, ("dev/kustomization.yaml", prefixed), ("prod/kustomization.yaml", PLAIN)];
    assert_eq!(print(&both), alone);

    let broken = FIXED.replace("value: false", "value: true");
    let base = WEB.replace("privileged: true", "privileged: false");
    let one = [BASE, ("base/web.yaml", base.as_str()), ("dev/kustomization.yaml", broken.as_str())];
    let before = print(&one);
    let two = [one[0], one[1], ("canary/kustomization.yaml", broken.as_str()), one[2]];
    let report = check(PRIVILEGED, &two);
    assert_eq!(found(&report).len(), 2);
    let in_dev =
        report.findings.iter().find(|one| report.source(one.primary.file).path.starts_with("dev/"));
    assert_eq!(in_dev.map(|one| one.fingerprint.to_string()), before.first().cloned());

    let why = "privileged: true # ztlint:ignore[ZT-WRK-002] reason=\"needs the device\"";
    let text = WEB.replace("privileged: true", why);
    let files = [BASE, ("base/web.yaml", text.as_str()), ("dev/kustomization.yaml", prefixed)];
    let report = check(PRIVILEGED, &files);
    assert_eq!((report.findings.len(), report.summary.suppressed), (0, 1));
    let text = broken.replace("value: true", &why.replace("privileged:", "value:"));
    let files = [one[0], one[1], ("dev/kustomization.yaml", text.as_str())];
    let report = check(PRIVILEGED, &files);
    assert_eq!((report.findings.len(), report.summary.suppressed), (0, 1));
}
