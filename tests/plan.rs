//! Terraform plans: judged as what will be, with and without their configuration beside them; what is
//! unknown, sensitive or gone in them; broken ones. The plans in testdata have the documented form;
//! one was made by Terraform itself.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use ztlint::input::file_tree::{Disk, Memory};
use ztlint::input::problem::Level;
use ztlint::model::cursor::{Cursor, Shape};
use ztlint::model::project;
use ztlint::model::resource::Resource;
use ztlint::model::terraform::plan::{self, ORIGIN};
use ztlint::rules::card::Profile;
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::finding::{Confidence, Finding};
use ztlint::rules::outcome::Report;
use ztlint::rules::settings::Settings;

#[path = "plan/changes.rs"]
mod changes;

use changes::{CHANGES, change, planned};

const RULES: [&str; 9] = [
    "ZT-NET-100",
    "ZT-NET-032",
    "ZT-NET-025",
    "ZT-ENC-006",
    "ZT-ENC-111",
    "ZT-PRV-022",
    "ZT-ROT-005",
    "ZT-CRD-103",
    "ZT-CRD-504",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/plan")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(folder().join(path)).expect("a file of testdata")
}

fn document(path: &str) -> Value {
    serde_json::from_str(&text(path)).expect("a plan")
}

fn settings(rules: &[&str]) -> Settings {
    Settings {
        select: rules.iter().map(|&rule| rule.to_owned()).collect(),
        profile: Profile::Strict,
        today: Date::parse("2026-01-01").expect("a day"),
        ..Settings::default()
    }
}

fn run(files: &[(&str, String)]) -> Report {
    let tree =
        files.iter().fold(Memory::new(), |tree, (path, text)| tree.with(*path, text.as_str()));
    engine::run(&tree, &settings(&RULES))
}

/// `rule path:line` of each finding.
fn places(report: &Report) -> Vec<String> {
    let place = |finding: &Finding| {
        let source = report.source(finding.primary.file);
        let line = source.position(finding.primary.span.start).line;
        format!("{} {}:{line}", finding.rule.id, source.path)
    };
    report.findings.iter().map(place).collect()
}

/// Rule and instance of each finding.
fn found(report: &Report) -> Vec<(String, String)> {
    let mut found: Vec<_> = report
        .findings
        .iter()
        .flat_map(|finding| {
            let whole = [finding.resource.clone()];
            let names =
                if finding.instances.is_empty() { &whole[..] } else { &finding.instances[..] };
            names.iter().map(|name| (finding.rule.id.to_owned(), name.clone())).collect::<Vec<_>>()
        })
        .collect();
    found.sort();
    found
}

/// The line on which a text stands, from 1.
fn line(text: &str, part: &str) -> usize {
    let at = text.find(part).unwrap_or_else(|| panic!("`{part}` stands nowhere"));
    text[..at].lines().count() + usize::from(text[..at].ends_with('\n'))
}

fn standalone(change: impl FnOnce(&mut Value)) -> Report {
    let mut plan = document("standalone/plan.json");
    change(&mut plan);
    run(&[("plan.json", plan.to_string())])
}

#[test]
fn a_plan_alone_is_judged_at_its_attributes() {
    let plan = text("standalone/plan.json");
    let report = run(&[("ci/plan.json", plan.clone())]);
    assert_eq!(report.problems, []);
    let at = |rule: &str, part: &str| format!("{rule} ci/plan.json:{}", line(&plan, part));
    let second = &plan[plan.find("module.db[\\\"eu\\\"].aws").expect("the module's database")..];
    let offset = line(&plan, "module.db[\\\"eu\\\"].aws") - 1;
    let inner = line(second, "\"publicly_accessible\": true") + offset;
    let expected = [
        at("ZT-NET-032", "\"publicly_accessible\": true"),
        at("ZT-NET-025", "\"cidr_blocks\": ["),
        at("ZT-ENC-006", "\"address\": \"aws_ebs_volume.data\""),
        at("ZT-PRV-022", "\\\"Action\\\": \\\"*\\\""),
        at("ZT-ROT-005", "\"address\": \"aws_secretsmanager_secret.token\""),
        format!("ZT-NET-032 ci/plan.json:{inner}"),
    ];
    assert_eq!(places(&report), expected);
    let instances: Vec<_> = report.findings.iter().flat_map(|one| &one.instances).collect();
    assert_eq!(instances, ["module.db[\"eu\"].aws_db_instance.this"]);
    assert_eq!((report.summary.files, report.summary.resources, report.summary.roots), (1, 11, 1));
    // Nobody wrote `encrypted`, but a plan does not show what `dynamic` blocks write.
    let volume = &report.findings[2];
    assert_eq!(volume.confidence, Confidence::Possible);
    assert_eq!(volume.assumption.as_deref(), Some("no `dynamic` block writes `encrypted`"));
    assert_eq!(report.findings[0].confidence, Confidence::Proven);
}

#[test]
fn the_policy_inside_a_string_has_its_own_places() {
    let plan = text("standalone/plan.json");
    let report = run(&[("plan.json", plan.clone())]);
    let finding = report.findings.iter().find(|one| one.rule.id == "ZT-PRV-022").expect("one");
    assert_eq!(&plan[finding.primary.span.range()], "\\\"*\\\"");
}

#[test]
fn what_a_plan_says_decides() {
    for (name, change, rule, address, expected) in CHANGES {
        let report = standalone(change);
        assert_eq!(report.problems, [], "{name}");
        let has = found(&report).contains(&(rule.to_owned(), address.to_owned()));
        assert_eq!(has, expected, "{name}: {:?}", found(&report));
    }
}

#[test]
fn unknown_values_create_no_finding() {
    let whole = document("standalone/plan.json");
    let tree = |plan: &Value| Memory::new().with("plan.json", plan.to_string());
    let all = settings(&[]);
    let before = found(&engine::run(&tree(&whole), &all));
    assert!(before.len() >= 10, "{before:?}");
    let resources = whole["configuration"]["root_module"]["resources"].as_array().expect("a list");
    let mut tried = 0;
    for resource in resources {
        let address = resource["address"].as_str().expect("an address");
        for attribute in resource["expressions"].as_object().expect("expressions").keys() {
            let mut plan = whole.clone();
            let values = planned(&mut plan, address)["values"].as_object_mut().expect("values");
            values.remove(attribute);
            change(&mut plan, address)["after_unknown"][attribute] = json!(true);
            let after = found(&engine::run(&tree(&plan), &all));
            let new: Vec<_> = after.iter().filter(|one| !before.contains(one)).collect();
            assert!(new.is_empty(), "{address} {attribute}: {new:?}");
            tried += 1;
        }
    }
    assert!(tried >= 20, "{tried}");
}

#[test]
fn findings_stand_in_the_configuration_beside_the_plan() {
    let (main, module) = (text("beside/main.tf"), text("beside/db/main.tf"));
    let plan = text("beside/plan.json");
    for path in ["plan.json", "plans/tfplan.json"] {
        let report =
            run(&[("main.tf", main.clone()), ("db/main.tf", module.clone()), (path, plan.clone())]);
        assert_eq!(report.problems, []);
        let at = |rule: &str, part: &str| format!("{rule} main.tf:{}", line(&main, part));
        let far = line(&plan, "\"module.far.aws_db_instance.this\"");
        let beyond = &plan[plan.find("\"module.far.aws_db").expect("the remote database")..];
        let far = far + line(beyond, "\"publicly_accessible\": true") - 1;
        let mut expected = vec![
            format!("ZT-NET-032 db/main.tf:{}", line(&module, "var.public")),
            at("ZT-NET-032", "= var.public"),
            at("ZT-NET-032", "resource \"aws_db_instance\" \"reports\""),
            at("ZT-NET-032", "true\n}\n\nresource \"aws_ebs_volume\""),
            at("ZT-ENC-111", "resource \"aws_db_instance\" \"young\""),
            at("ZT-ENC-006", "resource \"aws_ebs_volume\" \"data\""),
            at("ZT-NET-025", "[\"0.0.0.0/0\"]\n  }"),
            at("ZT-NET-025", "data.aws_ssm_parameter.office.value"),
            at("ZT-NET-100", "dynamic \"ingress\""),
            at("ZT-NET-025", "       = [\"0.0.0.0/0\"]\n}"),
            at("ZT-PRV-022", "\"*\"\n        Resource = \"*\""),
            format!("ZT-NET-032 {path}:{far}"),
        ];
        let mut seen = places(&report);
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected);
        // Each names the plan, but for what was written after it.
        for finding in &report.findings {
            let planned = finding.labels.iter().filter(|label| label.text == ORIGIN);
            let source = report.source(finding.primary.file);
            let young = finding.resource == "aws_db_instance.young" || source.path == path;
            assert_eq!(planned.count(), usize::from(!young), "{}", finding.message);
        }
        assert_eq!(report.summary.remote_modules, [""; 0]);
        // A plan that was asked for shows what stands in its configuration.
        let focus = Settings { focus: Some(vec![path.to_owned()]), ..settings(&RULES) };
        let tree = Memory::new().with("main.tf", main.as_str()).with("db/main.tf", module.as_str());
        let report = engine::run(&tree.with(path, plan.as_str()), &focus);
        assert_eq!(report.findings.len(), expected.len() - 2);
    }
}

#[test]
fn the_configuration_alone_says_something_else() {
    let report =
        run(&[("main.tf", text("beside/main.tf")), ("db/main.tf", text("beside/db/main.tf"))]);
    let main = text("beside/main.tf");
    let at = |rule: &str, part: &str| format!("{rule} main.tf:{}", line(&main, part));
    let places = places(&report);
    for gone in [at("ZT-NET-025", "= var.offices"), at("ZT-NET-032", "true\n}\n\n# Written")] {
        assert!(places.contains(&gone), "{gone}: {places:?}");
    }
    assert!(!places.contains(&at("ZT-NET-032", "= var.public")), "{places:?}");
}

#[test]
fn an_incomplete_plan_proves_no_absence() {
    for (key, value, gone) in
        [("complete", false, false), ("complete", true, true), ("errored", true, false)]
    {
        let mut plan = document("beside/plan.json");
        plan[key] = json!(value);
        let report = run(&[("main.tf", text("beside/main.tf")), ("plan.json", plan.to_string())]);
        let archive = report.findings.iter().any(|one| one.resource == "aws_db_instance.archive");
        // The plan's value of the variable holds in any case.
        assert!(!archive, "{key} {value}");
        plan["variables"]["archive"]["value"] = json!(true);
        let report = run(&[("main.tf", text("beside/main.tf")), ("plan.json", plan.to_string())]);
        let archive = report.findings.iter().any(|one| one.resource == "aws_db_instance.archive");
        assert_eq!(archive, !gone, "{key} {value}");
    }
}

#[test]
fn two_plans_of_one_configuration_are_two_roots() {
    let mut quiet = document("beside/plan.json");
    planned(&mut quiet, "aws_db_instance.shop")["values"]["publicly_accessible"] = json!(false);
    quiet["variables"]["public"]["value"] = json!(false);
    let report = run(&[
        ("main.tf", text("beside/main.tf")),
        ("prod.json", text("beside/plan.json")),
        ("dev.json", quiet.to_string()),
    ]);
    let shop = report.findings.iter().find(|one| one.resource == "aws_db_instance.shop");
    assert_eq!(shop.expect("a finding").roots, ["prod.json"]);
}

#[test]
fn a_configuration_of_something_else_is_not_the_plans() {
    let other = "resource \"aws_db_instance\" \"other\" {\n  publicly_accessible = true\n}\n";
    let report = run(&[("main.tf", other.to_owned()), ("plan.json", text("standalone/plan.json"))]);
    let places = places(&report);
    assert!(places.contains(&"ZT-NET-032 main.tf:2".to_owned()), "{places:?}");
    assert_eq!(places.iter().filter(|place| place.contains("plan.json")).count(), 6);
    // Not even where it is nearer.
    let report = run(&[
        ("main.tf", text("beside/main.tf")),
        ("plans/main.tf", other.to_owned()),
        ("plans/plan.json", text("beside/plan.json")),
    ]);
    let shop = report.findings.iter().find(|one| one.resource == "aws_db_instance.shop");
    assert_eq!(report.source(shop.expect("a finding").primary.file).path, "main.tf");
}

#[test]
fn secrets_of_a_plan_are_neither_found_nor_shown() {
    let word = "correct-horse-battery";
    let mut plan = document("beside/plan.json");
    // A value that rules know, where a variable gives it.
    let key = format!("AKIA{}", "FABRICATED234567");
    plan["variables"]["note"] = json!({"value": key});
    for files in [
        vec![("plan.json", text("standalone/plan.json"))],
        // Right beside what is marked.
        vec![(
            "plan.json",
            text("standalone/plan.json").replacen(
                "\"publicly_accessible\": true,",
                "\"publicly_accessible\": true, \"name\": \"correct-horse-battery\",",
                1,
            ),
        )],
        // On one line, as Terraform writes it.
        vec![("plan.json", document("standalone/plan.json").to_string())],
        vec![("main.tf", text("beside/main.tf")), ("plan.json", plan.to_string())],
    ] {
        let report = run(&files);
        let secrets = report.findings.iter().filter(|one| one.rule.id.starts_with("ZT-CRD"));
        assert_eq!(secrets.count(), 0);
        let mut out = Vec::new();
        let look = ztlint::report::Look { verbose: true, ..Default::default() };
        ztlint::report::write(ztlint::report::Format::Human, &report, &look, &mut out)
            .expect("a text");
        let shown = String::from_utf8(out).expect("UTF-8");
        assert!(!shown.contains("battery") && !shown.contains(&key), "{shown}");
        assert!(report.findings.iter().all(|one| !one.message.contains(word)));
    }
}

/// The code of an error, and how the text at its place begins.
type Wrong = Option<(&'static str, &'static str)>;

#[test]
fn what_cannot_be_taken_for_a_plan_is_said() {
    let whole = text("standalone/plan.json");
    let with = |key: &str, value: Value| {
        let mut plan = document("standalone/plan.json");
        plan[key] = value;
        plan.to_string()
    };
    let state = json!({"format_version": "1.0", "terraform_version": "1.11.4", "values": {}});
    let mut neither = document("standalone/plan.json");
    neither.as_object_mut().expect("a plan").remove("planned_values");
    let errors: [(&str, String, Wrong); 9] = [
        ("whole", whole.clone(), None),
        ("broken", whole.replacen("true,", "tru,", 1), Some(("json-syntax", "t"))),
        ("truncated", whole[..whole.len() / 2].to_owned(), Some(("json-syntax", ""))),
        ("newer", with("format_version", json!("2.0")), Some(("terraform-plan", "\"2.0\""))),
        ("older", with("format_version", json!("0.2")), Some(("terraform-plan", "\"0.2\""))),
        ("odd", with("planned_values", json!([])), Some(("terraform-plan", "\"planned_values\""))),
        ("state", state.to_string(), None),
        ("neither", neither.to_string(), None),
        ("minor", with("format_version", json!("1.9")), None),
    ];
    for (name, text, expected) in errors {
        let report = run(&[("plan.json", text.clone())]);
        let errors: Vec<_> =
            report.problems.iter().filter(|one| one.level == Level::Error).collect();
        match (expected, errors.as_slice()) {
            (None, []) => {}
            (Some((code, part)), [only]) => {
                assert_eq!(only.code, code, "{name}");
                let (_, span) = only.place.expect("a place");
                assert!(text[span.range()].starts_with(part), "{name}: {}", &text[span.range()]);
                assert_eq!(report.findings.len(), 0, "{name}");
            }
            (_, errors) => panic!("{name}: {errors:?}"),
        }
        let judged = ["whole", "minor"].contains(&name);
        assert_eq!(report.findings.is_empty(), !judged, "{name}");
        assert_eq!(report.summary.not_manifests, usize::from(["state", "neither"].contains(&name)));
    }
}

#[test]
fn a_plan_that_is_too_large_is_an_error() {
    let disk = Disk::new(folder().join("standalone"), 10_000);
    let report = engine::run(&disk, &settings(&RULES));
    let codes: Vec<_> = report.problems.iter().map(|one| (one.level, one.code)).collect();
    assert_eq!(codes, [(Level::Error, "too-large")]);
}

#[test]
fn plans_in_odd_forms_do_no_harm() {
    let whole = document("standalone/plan.json");
    // Every part in turn is of another type than documented.
    let mut paths = vec![String::new()];
    let mut at = 0;
    while at < paths.len() && paths.len() < 1500 {
        let path = paths[at].clone();
        match whole.pointer(&path) {
            Some(Value::Object(map)) => {
                paths.extend(map.keys().map(|key| format!("{path}/{}", key.replace('/', "~1"))));
            }
            Some(Value::Array(list)) => {
                paths.extend((0..list.len()).map(|i| format!("{path}/{i}")));
            }
            _ => {}
        }
        at += 1;
    }
    for path in paths.iter().skip(1).step_by(8) {
        for value in [Value::Null, json!(true), json!([[]]), json!({"a": {}})] {
            let mut plan = whole.clone();
            *plan.pointer_mut(path).expect("a part") = value;
            run(&[("plan.json", plan.to_string())]);
        }
    }
}

fn loaded(plan: String) -> project::Project {
    let mut loaded = project::load(&Memory::new().with("plan.json", plan), None, &[], None);
    assert_eq!(loaded.problems, []);
    project::resources(&mut loaded);
    loaded
}

#[test]
fn what_terraform_itself_writes_is_understood() {
    let loaded = loaded(text("real/plan.json"));
    let plans = plan::plans(&loaded.files);
    let [plan] = plans.as_slice() else { panic!("{} plans", plans.len()) };
    let resources = plan::resources(plan, &[]);
    let managed = resources.iter().filter(|one| one.address().starts_with("terraform_data"));
    let managed: Vec<&Resource> = managed.collect();
    let addresses: Vec<String> = managed.iter().map(|one| one.instance_address()).collect();
    let expected = [
        "terraform_data.first",
        "terraform_data.last",
        "terraform_data.second[\"a\"]",
        "terraform_data.second[\"b\"]",
        "module.inner[0].terraform_data.this",
        "module.inner[1].terraform_data.this",
    ];
    assert_eq!(addresses, expected);
    let body = |at: usize| {
        let instance = managed[at].instance.as_ref().expect("an instance");
        Cursor::value(&loaded.files, instance.body.as_ref().expect("a body"))
    };
    let means = |cursor: Cursor<'_>| {
        let symbol = cursor.symbol()?;
        let at = managed.iter().position(|one| {
            let key = one.instance.as_ref().and_then(|instance| instance.key.as_ref());
            one.node == symbol.block && key == symbol.key.as_ref()
        })?;
        Some((at, symbol.path.to_string()))
    };
    // Through the argument of a module and through the output of another.
    assert_eq!(means(body(4).key("input")), Some((0, "id".to_owned())));
    assert_eq!(means(body(1).key("input")), Some((5, "id".to_owned())));
    assert_eq!(means(body(2).key("triggers_replace").index(0)), Some((0, "id".to_owned())));
    // Two references are none.
    assert_eq!(means(body(1).key("triggers_replace")), None);
    assert_eq!(body(1).key("triggers_replace").shape(), Shape::Unknown);
    assert_eq!(body(0).key("input").text().as_deref(), Some("first"));
    assert_eq!(body(0).key("triggers_replace").shape(), Shape::Absent);
    assert_eq!(body(0).key("output").shape(), Shape::Absent);
    assert_eq!(body(2).key("input").key("name").text().as_deref(), Some("a"));
    assert_eq!(body(2).key("input").key("token").shape(), Shape::Unknown);
    assert_eq!(body(2).key("input").key("first").shape(), Shape::Unknown);
}

#[test]
#[ignore = "wants Terraform, named by ZTLINT_TERRAFORM"]
fn terraform_writes_the_kept_plan() {
    let terraform = std::env::var("ZTLINT_TERRAFORM").expect("ZTLINT_TERRAFORM names Terraform");
    let scratch = tempfile::tempdir().expect("a scratch folder");
    std::fs::create_dir(scratch.path().join("inner")).expect("a folder");
    for path in ["main.tf", "inner/main.tf"] {
        std::fs::write(scratch.path().join(path), text(&format!("real/{path}"))).expect("a file");
    }
    let call = |arguments: &[&str]| {
        let output = Command::new(&terraform).args(arguments).current_dir(scratch.path()).output();
        let output = output.expect("Terraform runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    call(&["init", "-input=false"]);
    call(&["plan", "-input=false", "-var", "names=[\"a\",\"b\"]", "-out", "plan"]);
    let mut made: Value = serde_json::from_slice(&call(&["show", "-json", "plan"])).expect("JSON");
    let mut kept = document("real/plan.json");
    for plan in [&mut made, &mut kept] {
        for key in ["timestamp", "terraform_version"] {
            plan.as_object_mut().expect("a plan").remove(key);
        }
        // Terraform writes these in the order of a map, which is another each time.
        let relevant = plan["relevant_attributes"].as_array_mut().expect("a list");
        relevant.sort_by_key(Value::to_string);
    }
    assert_eq!(made, kept);
}
