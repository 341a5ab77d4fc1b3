//! Comments that suppress, in both languages.

use super::{Checked, folder};

/// Checks a policy whose last lines are `rules`; its first line is 8.
fn policy(rules: &str) -> Checked {
    let head = super::OPEN.strip_suffix("  ingress: [{}]\n").expect("the last line");
    folder(&[("p.yaml", &format!("{head}{rules}"))])
        .check(&["--select", "ZT-NET-005,ZT-POL-018,ZT-POL-021,ZT-POL-022"])
}

/// Checks a security group; `rule` stands where the addresses are, on line 6 at the earliest.
fn group(above: &str, rule: &str) -> Checked {
    let text = format!(
        "{above}resource \"aws_security_group\" \"web\" {{\n  ingress {{\n    protocol  = \"tcp\"\n    \
         from_port = 22\n    to_port   = 22\n{rule}\n  }}\n}}\n"
    );
    folder(&[("main.tf", &text)])
        .check(&["--select", "ZT-NET-025,ZT-POL-018,ZT-POL-021,ZT-POL-022"])
}

const WORLD: &str = "    cidr_blocks = [\"0.0.0.0/0\"]";

#[track_caller]
fn suppressed(checked: &Checked) {
    checked.gives(0, &[]);
    assert_eq!(checked.count("suppressed"), 1);
}

#[test]
fn yaml_on_the_line_above_it_and_on_a_header() {
    suppressed(&policy("  ingress: [{}] # ztlint:ignore[ZT-NET-005]\n"));
    suppressed(&policy("  # ztlint:ignore[ZT-NET-005] reason=\"Load test.\"\n  ingress: [{}]\n"));
    suppressed(&policy("  # ztlint:ignore[ZT-NET-005]\n\n  # More.\n  ingress: [{}]\n"));
    suppressed(&policy(
        "  # ztlint:ignore[ZT-NET-005]\n  ingress:\n    - from: [{podSelector: {}}]\n    - {}\n",
    ));
}

#[test]
fn yaml_on_a_header_it_holds_for_the_whole_list() {
    let head = "  ingress: # ztlint:ignore[networkpolicy-allows-all-ingress]\n";
    let checked = policy(&format!("{head}    - {{}}\n    - from: []\n"));
    checked.gives(0, &[]);
    assert_eq!(checked.count("suppressed"), 2);
}

#[test]
fn yaml_elsewhere_it_suppresses_nothing_and_says_so() {
    policy("  ingress: [{}]\n  # ztlint:ignore[ZT-NET-005]\n  policyTypes: [Ingress]\n")
        .gives(1, &["p.yaml:8 ZT-NET-005", "p.yaml:9 ZT-POL-022"]);
    policy("  ingress: [] # ztlint:ignore[ZT-NET-005]\n").gives(1, &["p.yaml:8 ZT-POL-022"]);
}

#[test]
fn yaml_until_its_day() {
    suppressed(&policy("  ingress: [{}] # ztlint:ignore[ZT-NET-005] until=9999-12-31\n"));
    policy("  ingress: [{}] # ztlint:ignore[ZT-NET-005] until=2020-01-31 reason=\"Once.\"\n")
        .gives(1, &["p.yaml:8 ZT-NET-005", "p.yaml:8 ZT-POL-018"]);
}

#[test]
fn yaml_malformed_ones_are_findings_and_suppress_nothing() {
    let comments = [
        "ztlint:ignore",
        "ztlint:ignore[]",
        "ztlint:ignore[ZT-NET-999]",
        "ztlint:ignore[ZT-NET-005] until=tomorrow",
        "ztlint:ignore[ZT-NET-005] until=2030-02-30",
        "ztlint:ignore[ZT-NET-005] reason=\"open",
        "ztlint:ignore[ZT-NET-005] because",
        "ztlint:off[ZT-NET-005]",
    ];
    for comment in comments {
        let checked = policy(&format!("  ingress: [{{}}] # {comment}\n"));
        assert_eq!(checked.findings(), ["p.yaml:8 ZT-NET-005", "p.yaml:8 ZT-POL-021"], "{comment}");
    }
}

#[test]
fn findings_about_suppressions_cannot_be_suppressed() {
    policy("  # ztlint:ignore[ZT-POL-021]\n  ingress: [{}] # ztlint:ignore\n")
        .gives(1, &["p.yaml:8 ZT-POL-022", "p.yaml:9 ZT-NET-005", "p.yaml:9 ZT-POL-021"]);
}

#[test]
fn a_text_is_no_suppression() {
    let checked = folder(&[(
        "p.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: \"# ztlint:ignore[ZT-NET-005]\"\nspec:\n  podSelector: {}\n  ingress: [{}]\n",
    )])
    .check(&super::NET_005);
    checked.gives(1, &["p.yaml:7 ZT-NET-005"]);
}

#[test]
fn hcl_on_the_line_above_it_and_on_a_header() {
    suppressed(&group("", &format!("{WORLD} # ztlint:ignore[ZT-NET-025]")));
    suppressed(&group("", &format!("{WORLD} // ztlint:ignore[ZT-NET-025]")));
    suppressed(&group("", &format!("    # ztlint:ignore[ZT-NET-025]\n{WORLD}")));
    suppressed(&group("", &format!("    /* ztlint:ignore[ZT-NET-025] */\n{WORLD}")));
    suppressed(&group("# ztlint:ignore[ZT-NET-025] until=9999-12-31\n", WORLD));
    suppressed(&group("// ztlint:ignore[ZT-NET-025] reason=\"The bastion.\"\n", WORLD));
}

#[test]
fn hcl_elsewhere_expired_or_malformed() {
    group("", &format!("{WORLD}\n    self = false # ztlint:ignore[ZT-NET-025]"))
        .gives(1, &["main.tf:6 ZT-NET-025", "main.tf:7 ZT-POL-022"]);
    group("", &format!("{WORLD} # ztlint:ignore[ZT-NET-025] until=2020-01-31"))
        .gives(1, &["main.tf:6 ZT-NET-025", "main.tf:6 ZT-POL-018"]);
    group("", &format!("{WORLD} # ztlint:ignore(ZT-NET-025)"))
        .gives(1, &["main.tf:6 ZT-NET-025", "main.tf:6 ZT-POL-021"]);
}

#[test]
fn a_rule_that_does_not_run_leaves_its_suppressions_alone() {
    let text = super::OPEN.replace("[{}]", "[] # ztlint:ignore[ZT-NET-005]");
    folder(&[("p.yaml", &text)])
        .check(&["--select", "POL", "--ignore", "ZT-NET-005"])
        .gives(0, &[]);
}

#[test]
fn hcl_for_named_instances_alone() {
    let group = |comment: &str| {
        let text = format!(
            "resource \"aws_security_group_rule\" \"in\" {{\n  for_each  = toset([\"a b\", \"c\"])\n  type      = \"ingress\"\n  protocol  = \"tcp\"\n  from_port = 22\n  to_port   = 22\n  # {comment}\n  cidr_blocks = [\"0.0.0.0/0\"]\n}}\n"
        );
        folder(&[("main.tf", &text)]).check(&["--select", "ZT-NET-025,ZT-POL-021,ZT-POL-022"])
    };
    let named = |keys: &[&str]| {
        let parts =
            keys.iter().map(|key| format!(" instance='aws_security_group_rule.in[\"{key}\"]'"));
        group(&format!("ztlint:ignore[ZT-NET-025]{}", parts.collect::<String>()))
    };
    suppressed(&named(&["a b", "c"]));
    let one = named(&["a b"]);
    one.gives(1, &["main.tf:8 ZT-NET-025"]);
    assert_eq!(one.count("suppressed"), 0);
    named(&["d"]).gives(1, &["main.tf:7 ZT-POL-022", "main.tf:8 ZT-NET-025"]);
    group("ztlint:ignore[ZT-NET-025] instance='c")
        .gives(1, &["main.tf:7 ZT-POL-021", "main.tf:8 ZT-NET-025"]);
}

const ABOUT: &str = "ZT-NET-005,ZT-WRK-002,ZT-POL-018,ZT-POL-021,ZT-POL-022";

/// A Deployment with two findings: ZT-WRK-002 on its containers, if those stand on lines 14 and 15.
fn deployment(own: &str, template: &str) -> String {
    let annotations = |text: &str| match text {
        "" => "annotations: {}".to_owned(),
        text => format!("annotations: {{ztlint/ignore: '{text}'}}"),
    };
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  {}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata:\n      {}\n      labels: {{app: web}}\n    spec:\n      containers:\n        - {{name: a, image: a, securityContext: {{privileged: true}}}}\n        - {{name: b, image: b, securityContext: {{privileged: true}}}}\n",
        annotations(own),
        annotations(template)
    )
}

#[test]
fn annotations_hold_for_the_object_or_for_its_pod_template() {
    let both = ["d.yaml:14 ZT-WRK-002", "d.yaml:15 ZT-WRK-002"];
    let cases: [(&str, &str, Vec<&str>); 9] = [
        ("ZT-WRK-002", "", vec![]),
        ("", "ZT-WRK-002 until=9999-12-31 reason=\"It loads a driver.\"", vec![]),
        ("[ZT-WRK-002] until=9999-12-31; ZT-WRK-003", "", vec!["d.yaml:5 ZT-POL-022"]),
        ("", "", both.to_vec()),
        ("ZT-NET-005", "", [&["d.yaml:5 ZT-POL-022"], &both[..]].concat()),
        ("ZT-WRK-002 until=2020-01-31", "", [&["d.yaml:5 ZT-POL-018"], &both[..]].concat()),
        ("ZT-WRK-2", "", [&["d.yaml:5 ZT-POL-021"], &both[..]].concat()),
        (" ", "", [&["d.yaml:5 ZT-POL-021"], &both[..]].concat()),
        ("", "WRK", [&["d.yaml:10 ZT-POL-021"], &both[..]].concat()),
    ];
    for (own, template, found) in cases {
        let project = folder(&[("d.yaml", &deployment(own, template))]);
        let checked = project.check(&["--select", &format!("{ABOUT},ZT-WRK-003")]);
        assert_eq!(checked.findings(), found, "{own}|{template}");
        let hidden = if found.len() < 2 { 2 } else { 0 };
        assert_eq!(checked.count("suppressed"), hidden, "{own}|{template}");
    }
}

#[test]
fn an_annotation_holds_for_its_object_alone() {
    let open = super::OPEN.replace("  name: open\n", "  name: open\n  ANNOTATIONS\n");
    let annotated = open.replace("ANNOTATIONS", "annotations: {ztlint/ignore: ZT-NET-005}");
    let other = open.replace("ANNOTATIONS", "labels: {}").replace("name: open", "name: other");
    let text = format!("{annotated}---\n{other}");
    let checked = folder(&[("p.yaml", &text)]).check(&["--select", ABOUT]);
    checked.gives(1, &["p.yaml:19 ZT-NET-005"]);
    assert_eq!(checked.count("suppressed"), 1);
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {}- {}",
        annotated.replace('\n', "\n  ").trim_end_matches(' '),
        other.replace('\n', "\n  ").trim_end_matches(' ')
    );
    folder(&[("p.yaml", &list)]).check(&["--select", ABOUT]).gives(1, &["p.yaml:21 ZT-NET-005"]);
}

#[test]
fn an_overlays_annotation_hides_nothing_of_another_overlay() {
    let patch = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: open\n  namespace: shop\n  annotations:\n    ztlint/ignore: ZT-NET-005 reason=test\n";
    let files = [
        ("base/kustomization.yaml", "resources: [p.yaml]\n"),
        ("base/p.yaml", super::OPEN),
        ("test/kustomization.yaml", "resources: [../base]\npatches: [{path: patch.yaml}]\n"),
        ("test/patch.yaml", patch),
        ("prod/kustomization.yaml", "resources: [../base]\n"),
    ];
    let project = folder(&files);
    let checked = project.check(&["--select", ABOUT, "--show-suppressed"]);
    checked.gives(1, &["base/p.yaml:8 ZT-NET-005"]);
    assert_eq!(checked.count("suppressed"), 1);
    let finding = &checked.report["findings"][0];
    assert_eq!(finding["roots"], serde_json::json!(["prod"]));
    let hidden = &checked.report["suppressed"][0];
    assert_eq!(hidden["roots"], serde_json::json!(["test"]));
    assert_eq!(hidden["suppression"]["location"]["path"], "test/patch.yaml");
    assert_eq!(hidden["fingerprint"], finding["fingerprint"], "it is one finding");
    let without = folder(&files[..2]).check(&["--select", ABOUT]);
    assert_eq!(without.report["findings"][0]["fingerprint"], finding["fingerprint"]);
    project.write(
        "prod/kustomization.yaml",
        "resources: [../base]\ncommonAnnotations: {ztlint/ignore: ZT-NET-005}\n",
    );
    let checked = project.check(&["--select", ABOUT]);
    checked.gives(0, &[]);
}

#[test]
fn an_annotation_of_an_object_that_terraform_makes() {
    let text = "resource \"kubernetes_manifest\" \"p\" {\n  manifest = {\n    apiVersion = \"networking.k8s.io/v1\"\n    kind = \"NetworkPolicy\"\n    metadata = {\n      name = \"open\"\n      annotations = { \"ztlint/ignore\" = \"ZT-NET-005\" }\n    }\n    spec = { podSelector = {}, ingress = [{}] }\n  }\n}\n";
    suppressed(&folder(&[("main.tf", text)]).check(&["--select", ABOUT]));
    let unknown = text.replace("\"ZT-NET-005\"", "var.ignore");
    folder(&[("main.tf", &unknown)])
        .check(&["--select", ABOUT])
        .gives(1, &["main.tf:9 ZT-NET-005"]);
}

/// Two policies and a group with an open port, with `toml` as configuration.
fn configured(toml: &str, args: &[&str]) -> Checked {
    let group =
        super::OPEN_GROUP.replace("\"web\" {", "\"web\" {\n  for_each = toset([\"a\", \"b\"])");
    let files = [
        ("a/p.yaml", super::OPEN),
        ("b/p.yaml", &super::OPEN.replace("name: open", "name: other")),
        ("main.tf", &group),
        ("ztlint.toml", toml),
    ];
    let rules = "ZT-NET-005,ZT-NET-025,ZT-POL-018,ZT-POL-021,ZT-POL-022";
    folder(&files).check(&[&["--select", rules], args].concat())
}

#[test]
fn entries_hold_for_files_and_resources() {
    let [a, b, group] = ["a/p.yaml:8 ZT-NET-005", "b/p.yaml:8 ZT-NET-005", "main.tf:7 ZT-NET-025"];
    let cases: [(&str, Vec<&str>, u64); 11] = [
        ("rules = [\"ZT-NET-005\"]\nglobs = [\"a\"]", vec![b, group], 1),
        ("rules = [\"ZT-NET-005\"]\nglobs = [\"**/*.yaml\"]\nreason = \"x\"", vec![group], 2),
        ("rules = [\"ZT-NET-005\", \"ZT-NET-025\"]\nresources = [\"*\"]", vec![], 3),
        ("rules = [\"ZT-NET-005\"]\nresources = [\"NetworkPolicy shop/other\"]", vec![a, group], 1),
        (
            "rules = [\"ZT-NET-005\"]\nresources = [\"* shop/o*\"]\nglobs = [\"a\"]",
            vec![b, group],
            1,
        ),
        ("rules = [\"ZT-NET-025\"]\nresources = [\"aws_security_group.web\"]", vec![a, b], 1),
        ("rules = [\"ZT-NET-025\"]\nresources = ['aws_security_group.web[\"*\"]']", vec![a, b], 1),
        (
            "rules = [\"ZT-NET-025\"]\nresources = ['aws_security_group.web[\"a\"]']",
            vec![a, b, group],
            0,
        ),
        ("rules = [\"ZT-NET-005\"]\nglobs = [\"*\"]\nuntil = 9999-12-31", vec![group], 2),
        (
            "rules = [\"ZT-NET-005\"]\nglobs = [\"*\"]\nuntil = \"2020-01-31\"",
            vec![a, b, group, "ztlint.toml:1 ZT-POL-018"],
            0,
        ),
        (
            "rules = [\"ZT-NET-025\", \"ZT-NET-005\"]\nglobs = [\"b\"]",
            vec![a, group, "ztlint.toml:1 ZT-POL-022"],
            1,
        ),
    ];
    for (entry, found, hidden) in cases {
        let checked = configured(&format!("[[ignore]]\n{entry}\n"), &[]);
        assert_eq!(checked.findings(), found, "{entry}");
        assert_eq!(checked.count("suppressed"), hidden, "{entry}");
    }
    let one =
        "[[ignore]]\nrules = [\"ZT-NET-025\"]\nresources = ['aws_security_group.web[\"a\"]']\n";
    let left = &configured(one, &[]).report["findings"][2]["instances"];
    assert_eq!(*left, serde_json::json!(["aws_security_group.web[\"b\"]"]));
}

#[test]
fn an_entry_for_what_is_not_looked_at_is_not_unused() {
    let entry = "[[ignore]]\nrules = [\"ZT-NET-005\"]\nglobs = [\"chart\"]\n";
    let unused = ["a/p.yaml:8 ZT-NET-005", "ztlint.toml:1 ZT-POL-022"];
    let files = [("a/p.yaml", super::OPEN), ("ztlint.toml", entry)];
    let project = folder(&files);
    project.check(&["--select", ABOUT]).gives(1, &unused);
    project.check(&["--select", ABOUT, "a"]).gives(1, &unused[..1]);
    project.check(&["--select", ABOUT, "--ignore", "ZT-NET-005"]).gives(0, &[]);
    project.write("chart/Chart.yaml", "name: chart\n");
    let template = super::OPEN.replace("name: open", "name: {{ .Release.Name }}");
    project.write("chart/templates/p.yaml", template);
    project.check(&["--select", ABOUT]).gives(1, &unused[..1]);
}

#[test]
fn what_the_configuration_demands() {
    let day = ["--today", "2026-01-01"];
    let cases: [(&str, &str, bool); 13] = [
        ("require-reason = true", "", false),
        ("require-reason = true", " reason=why", true),
        ("require-reason = false", "", true),
        ("require-expiry = true", " reason=why", false),
        ("require-expiry = true", " until=2030-01-01", true),
        ("max-days = 90", "", false),
        ("max-days = 90", " until=2026-04-02", false),
        ("max-days = 90", " until=2026-04-01", true),
        ("max-days = 90", " until=2026-01-01", true),
        ("require-reason = true\nrequire-expiry = true", " until=2026-01-01", false),
        ("require-reason = true\nrequire-expiry = true", " reason=x", false),
        ("require-reason = true\nmax-days = 1", " until=2026-01-02 reason=x", true),
        ("", "", true),
    ];
    for (demand, terms, holds) in cases {
        let toml = format!("[suppressions]\n{demand}\n");
        let open = super::OPEN;
        let comment = open.replace("[{}]", &format!("[{{}}] # ztlint:ignore[ZT-NET-005]{terms}"));
        let annotation = open.replace(
            "  name: open",
            &format!("  annotations: {{ztlint/ignore: \"ZT-NET-005{terms}\"}}\n  name: open"),
        );
        for (text, lines) in [(comment, [8, 8]), (annotation, [4, 9])] {
            let project = folder(&[("p.yaml", &text), ("ztlint.toml", &toml)]);
            let checked = project.check(&[&["--select", ABOUT], &day[..]].concat());
            let mut found = vec![
                format!("p.yaml:{} ZT-POL-021", lines[0]),
                format!("p.yaml:{} ZT-NET-005", lines[1]),
            ];
            found.retain(|_| !holds);
            found.sort();
            let mut given = checked.findings();
            given.sort();
            assert_eq!(given, found, "{demand} {terms}");
        }
        let keys = [("until=", "until = "), ("reason=", "reason = ")];
        let entry = terms.split_whitespace().fold(String::new(), |entry, term| {
            let (_, key) = keys.iter().find(|(key, _)| term.starts_with(key)).expect("a key");
            let value = term.split_once('=').expect("a value").1;
            format!("{entry}\n{key}\"{value}\"")
        });
        let entry =
            format!("\n[[ignore]]\nrules = [\"ZT-NET-005\"]\nglobs = [\"p.yaml\"]{entry}\n");
        let project = folder(&[("p.yaml", super::OPEN), ("ztlint.toml", &(toml + &entry))]);
        let checked = project.check(&[&["--select", ABOUT], &day[..]].concat());
        let found = checked.findings();
        assert_eq!(found.is_empty(), holds, "{entry}");
        assert!(holds || found[1].ends_with("ZT-POL-021"), "{found:?}");
    }
}

#[test]
fn inline_suppressions_can_be_passed_over() {
    let text = super::OPEN.replace("[{}]", "[{}] # ztlint:ignore[ZT-NET-005]");
    let text =
        text.replace("  name: open", "  annotations: {ztlint/ignore: ZT-NET-005}\n  name: open");
    let project = folder(&[("p.yaml", &text)]);
    project.check(&["--select", ABOUT]).gives(0, &[]);
    let args = ["--select", ABOUT, "--no-inline-ignores"];
    project.check(&args).gives(1, &["p.yaml:9 ZT-NET-005"]);
    project.write("ztlint.toml", "[[ignore]]\nrules = [\"ZT-NET-005\"]\nglobs = [\"*\"]\n");
    suppressed(&project.check(&args));
}

#[test]
fn what_is_suppressed_is_shown_on_request() {
    let entry = "[[ignore]]\nrules = [\"ZT-NET-025\"]\nglobs = [\"*\"]\nuntil = 9999-12-31\n";
    let text =
        super::OPEN.replace("[{}]", "[{}] # ztlint:ignore[ZT-NET-005] reason=\"A load test.\"");
    let project =
        folder(&[("p.yaml", &text), ("main.tf", super::OPEN_GROUP), ("ztlint.toml", entry)]);
    let select = ["check", "--select", "ZT-NET-005,ZT-NET-025"];
    let shown = |format: &str, show: bool| {
        let args = if show { vec!["--show-suppressed"] } else { Vec::new() };
        let run = project.run(&[&select[..], &["--format", format], &args].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    let human = shown("human", true);
    assert!(human.contains("suppressed critical ZT-NET-025"), "{human}");
    assert!(human.contains("by the configuration (ztlint.toml:1:1) until 9999-12-31"), "{human}");
    assert!(human.contains("by a comment (p.yaml:8:17): A load test."), "{human}");
    assert!(human.contains("2 suppressed findings"), "{human}");
    assert!(!shown("human", false).contains("ZT-NET-005"));
    let sarif: serde_json::Value = serde_json::from_str(&shown("sarif", true)).expect("SARIF");
    let results = &sarif["runs"][0]["results"];
    let told: Vec<_> = (0..2).map(|at| &results[at]["suppressions"][0]).collect();
    assert_eq!((&told[0]["kind"], &told[1]["kind"]), (&"external".into(), &"inSource".into()));
    assert_eq!((&told[0]["status"], &told[1]["status"]), (&"accepted".into(), &"accepted".into()));
    assert_eq!(told[1]["justification"], "A load test.");
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"].as_array().map(Vec::len), Some(2));
    assert!(!shown("sarif", false).contains("suppressions"));
    let json: serde_json::Value = serde_json::from_str(&shown("json", true)).expect("JSON");
    assert_eq!(json["findings"], serde_json::json!([]));
    assert_eq!(json["suppressed"][1]["rule"], "ZT-NET-005");
    assert_eq!(json["suppressed"][0]["suppression"]["kind"], "configuration");
    assert_eq!(json["suppressed"][0]["suppression"]["until"], "9999-12-31");
    assert!(!shown("json", false).contains("\"suppressed\":["));
}
