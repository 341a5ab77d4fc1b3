//! Terraform means what it evaluates to: callers' arguments, instances, files of values, errors and
//! limits, seen through the findings of a whole run.

use std::fmt::Write as _;
use ztlint::input::file_tree::Memory;
use ztlint::input::problem::{Level, Problem};
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::finding::Finding;
use ztlint::rules::outcome::Report;
use ztlint::rules::settings::Settings;

const DATABASE: &str = "variable \"public\" {}\n\
    resource \"aws_db_instance\" \"this\" {\n  publicly_accessible = var.public\n}\n";

fn run(files: &[(&str, &str)]) -> Report {
    let tree = files.iter().fold(Memory::new(), |tree, (path, text)| tree.with(*path, *text));
    let select = vec!["ZT-NET-032".to_owned(), "ZT-PRV-022".to_owned(), "ZT-NET-025".to_owned()];
    let today = Date::parse("2026-01-01").expect("a day");
    engine::run(&tree, &Settings { select, today, ..Settings::default() })
}

/// `path:line` of each finding.
fn places(report: &Report) -> Vec<String> {
    let place = |finding: &Finding| {
        let source = report.source(finding.primary.file);
        format!("{}:{}", source.path, source.position(finding.primary.span.start).line)
    };
    report.findings.iter().map(place).collect()
}

fn messages(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem: &Problem| problem.message.as_str()).collect()
}

#[test]
fn the_argument_of_a_call_counts_not_the_default() {
    let module = "variable \"public\" { default = true }\n\
        resource \"aws_db_instance\" \"this\" { publicly_accessible = var.public }\n";
    let call = "module \"db\" {\n  source = \"./db\"\n  public = false\n}\n";
    assert_eq!(places(&run(&[("main.tf", call), ("db/main.tf", module)])), [""; 0]);
    assert_eq!(places(&run(&[("db/main.tf", module)])), ["db/main.tf:2"]);
}

#[test]
fn every_instance_is_judged_and_named() {
    let call = "module \"db\" {\n  source   = \"./db\"\n  for_each = { eu = true, us = false, ap = true }\n  public   = each.value\n}\n";
    let report = run(&[("main.tf", call), ("db/main.tf", DATABASE)]);
    assert_eq!(places(&report), ["db/main.tf:3"]);
    let finding = &report.findings[0];
    let expected =
        ["module.db[\"ap\"].aws_db_instance.this", "module.db[\"eu\"].aws_db_instance.this"];
    assert_eq!(finding.instances, expected);
    assert_eq!(finding.resource, "aws_db_instance.this");
    // The argument is named as the origin, where it is written.
    let origin = &finding.labels[0];
    assert_eq!(origin.text, "argument of module `db`");
    let source = report.source(origin.place.file);
    assert_eq!(source.position(origin.place.span.start).line, 3);
}

#[test]
fn values_come_in_terraforms_order() {
    let main = "provider \"aws\" {}\nvariable \"public\" { default = false }\n\
        resource \"aws_db_instance\" \"this\" { publicly_accessible = var.public }\n";
    let given = |files: &[(&str, &str)]| {
        let mut all = vec![("main.tf", main)];
        all.extend(files);
        places(&run(&all)).len()
    };
    assert_eq!(given(&[]), 0);
    assert_eq!(given(&[("terraform.tfvars", "public = true\n")]), 1);
    let auto = ("a.auto.tfvars", "public = false\n");
    assert_eq!(given(&[("terraform.tfvars", "public = true\n"), auto]), 0);
    assert_eq!(given(&[("prod.tfvars", "public = true\n")]), 0, "not loaded unless named");
}

#[test]
fn a_module_without_instances_is_judged_by_itself() {
    let module = "variable \"public\" { default = true }\n\
        resource \"aws_db_instance\" \"this\" { publicly_accessible = var.public }\n";
    for count in ["0", "var.unset"] {
        let call = format!(
            "variable \"unset\" {{}}\nmodule \"db\" {{\n  source = \"./db\"\n  count  = {count}\n  public = false\n}}\n"
        );
        let report = run(&[("main.tf", &call), ("db/main.tf", module)]);
        assert_eq!(places(&report), ["db/main.tf:2"], "{count}");
    }
    let example = "module \"db\" {\n  source = \"../../db\"\n  public = false\n}\n";
    let report = run(&[("examples/basic/main.tf", example), ("db/main.tf", module)]);
    assert_eq!(places(&report), ["db/main.tf:2"]);
    assert_eq!(report.findings[0].roots, ["db"]);
}

#[test]
fn policies_are_read_where_they_are_written() {
    let policy = "{\n  \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \"Action\": \"${action}\",\n    \"Resource\": \"*\"\n  }]\n}\n";
    let rendered = "resource \"aws_iam_policy\" \"p\" {\n  policy = templatefile(\"${path.module}/policy.json.tpl\", { action = \"*\" })\n}\n";
    let report = run(&[("main.tf", rendered), ("policy.json.tpl", policy)]);
    assert_eq!(report.findings.len(), 1);
    let plain = policy.replace("${action}", "*");
    let read = "resource \"aws_iam_policy\" \"p\" {\n  policy = file(\"policy.json\")\n}\n";
    let report = run(&[("main.tf", read), ("policy.json", &plain)]);
    assert_eq!(places(&report), ["policy.json:4"]);
    let joined = "data \"aws_iam_policy_document\" \"a\" {\n  statement {\n    actions   = [\"*\"]\n    resources = [\"*\"]\n  }\n}\n\
        data \"aws_iam_policy_document\" \"b\" {\n  source_policy_documents = [data.aws_iam_policy_document.a.json]\n}\n\
        resource \"aws_iam_policy\" \"p\" { policy = data.aws_iam_policy_document.b.json }\n";
    assert_eq!(places(&run(&[("main.tf", joined)])), ["main.tf:3"]);
    let overridden = "locals {\n  base = jsonencode({ Statement = [{ Sid = \"all\", Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n\
        data \"aws_iam_policy_document\" \"b\" {\n  source_policy_documents = [local.base]\n  statement {\n    sid       = \"all\"\n    effect    = \"Deny\"\n    actions   = [\"*\"]\n    resources = [\"*\"]\n  }\n}\n\
        resource \"aws_iam_policy\" \"p\" { policy = data.aws_iam_policy_document.b.json }\n";
    let kept = overridden
        .replace("sid       = \"all\"", "sid       = \"none\"")
        .replace("Deny", "Allow")
        .replace("[\"*\"]", "[\"s3:GetObject\"]");
    assert_eq!(places(&run(&[("main.tf", &kept)])), ["main.tf:2"]);
    let replaced = joined.replace("statement {\n", "statement {\n    sid = \"all\"\n").replace(
        "source_policy_documents",
        "statement {\n    sid       = \"all\"\n    effect    = \"Deny\"\n    actions   = [\"*\"]\n    resources = [\"*\"]\n  }\n  source_policy_documents",
    );
    assert_eq!(places(&run(&[("main.tf", &replaced)])), [""; 0], "not judged by itself either");
    assert_eq!(places(&run(&[("main.tf", overridden)])), [""; 0], "a later sid replaces");
}

#[test]
fn a_set_of_files_is_what_the_folder_holds() {
    let open = "{\n  \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \"Action\": \"*\",\n    \"Resource\": \"*\"\n  }]\n}\n";
    let narrow = open.replace("\"*\"", "\"s3:GetObject\"");
    let given = |folder: &str, pattern: &str| {
        let text = format!(
            "resource \"aws_iam_policy\" \"p\" {{\n  for_each = fileset({folder}, \"{pattern}\")\n  policy   = file(\"${{path.module}}/policies/${{basename(each.value)}}\")\n}}\n"
        );
        let files = [("main.tf", &*text), ("policies/a.json", open), ("policies/b.json", &narrow)];
        let report = run(&files);
        assert_eq!(messages(&report), [""; 0]);
        let instances = report.findings.iter().flat_map(|finding| finding.instances.clone());
        (places(&report), instances.collect::<Vec<_>>())
    };
    let found = vec!["policies/a.json:4".to_owned()];
    let below = "\"${path.module}/policies\"";
    assert_eq!(
        given(below, "*.json"),
        (found.clone(), vec!["aws_iam_policy.p[\"a.json\"]".into()])
    );
    let instance = vec!["aws_iam_policy.p[\"policies/a.json\"]".to_owned()];
    assert_eq!(given("path.module", "**/{a,c}.json"), (found, instance));
    assert_eq!(given(below, "b*").0, [""; 0]);
    assert_eq!(given("path.module", "*.json").0, [""; 0], "one folder only");
}

#[test]
fn dynamic_blocks_are_unrolled() {
    let text = "variable \"rules\" {\n  type = list(object({ port = number, from = optional(list(string), [\"0.0.0.0/0\"]) }))\n  default = [{ port = 443, from = [\"10.0.0.0/8\"] }, { port = 22 }]\n}\n\
        resource \"aws_security_group\" \"web\" {\n  dynamic \"ingress\" {\n    for_each = var.rules\n    iterator = rule\n    content {\n      from_port   = rule.value.port\n      to_port     = rule.value.port\n      protocol    = \"tcp\"\n      cidr_blocks = rule.value[\"from\"]\n    }\n  }\n}\n";
    assert_eq!(places(&run(&[("main.tf", text)])), ["main.tf:13"]);
    let closed = text.replace("[\"0.0.0.0/0\"]", "[]");
    assert_eq!(places(&run(&[("main.tf", &closed)])), [""; 0]);
}

#[test]
fn opentofu_files_take_the_place_of_terraforms() {
    let open = "resource \"aws_db_instance\" \"a\" { publicly_accessible = true }\n";
    let closed = "resource \"aws_db_instance\" \"a\" { publicly_accessible = false }\n";
    assert_eq!(places(&run(&[("a.tf", open), ("a.tofu", closed)])), [""; 0]);
    assert_eq!(places(&run(&[("a.tf", closed), ("a.tofu", open)])), ["a.tofu:1"]);
}

#[test]
fn fetched_modules_are_evaluated_and_blamed_on_the_call() {
    let call = "module \"db\" {\n  source  = \"example/db/aws\"\n  version = \"1.0.0\"\n  public  = true\n}\n";
    let listed = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"db","Source":"registry/example/db/aws","Version":"1.0.0","Dir":".terraform/modules/db"}]}"#;
    let report = run(&[
        ("live/main.tf", call),
        ("live/.terraform/modules/modules.json", listed),
        ("live/.terraform/modules/db/main.tf", DATABASE),
    ]);
    assert_eq!(places(&report), ["live/main.tf:1"]);
    assert_eq!(report.findings[0].instances, ["module.db.aws_db_instance.this"]);
    assert_eq!((report.summary.files, report.summary.resources), (1, 1));
    let report = run(&[("live/main.tf", call)]);
    assert_eq!(places(&report), [""; 0]);
    assert_eq!(report.summary.remote_modules, ["example/db/aws"]);
    // What is not asked for is not counted.
    let other = "resource \"aws_db_instance\" \"a\" { publicly_accessible = false }\n";
    let tree = Memory::new().with("live/main.tf", call).with("other/main.tf", other);
    let focus = Some(vec!["other".to_owned()]);
    let report = engine::run(&tree, &Settings { focus, ..Settings::default() });
    assert_eq!(report.summary.remote_modules, [""; 0]);
    assert_eq!((report.summary.roots, report.summary.knowledge.attributes), (1, 1));
}

#[test]
fn what_cannot_be_evaluated_is_said_at_its_place() {
    for (text, line, said) in [
        (
            "locals {\n  a = local.b\n  b = local.a\n}\nresource \"aws_db_instance\" \"x\" { name = local.a }\n",
            0,
            "depends on itself",
        ),
        ("resource \"aws_db_instance\" \"x\" {\n  port = 1 / 0\n}\n", 2, "divides by zero"),
        ("resource \"aws_db_instance\" \"x\" {\n  port = -\"ten\"\n}\n", 2, "number"),
        ("resource \"aws_db_instance\" \"x\" {\n  name = [1][3]\n}\n", 2, "no element"),
        ("resource \"aws_db_instance\" \"x\" {\n  count = -1\n}\n", 2, "not negative"),
        (
            "resource \"aws_db_instance\" \"x\" {\n  name = nosuch(1)\n}\n",
            2,
            "no function `nosuch`",
        ),
        ("resource \"aws_db_instance\" \"x\" {\n  name = upper()\n}\n", 2, "upper"),
    ] {
        let after = "resource \"aws_db_instance\" \"y\" { publicly_accessible = true }\n";
        let report = run(&[("main.tf", &format!("{text}{after}"))]);
        let [problem] = report.problems.as_slice() else {
            panic!("{:?} in\n{text}", messages(&report))
        };
        assert!(problem.message.contains(said), "{}", problem.message);
        assert_eq!(problem.level, Level::Warning);
        let (_, span) = problem.place.expect("a place");
        let at = report.sources[0].position(span.start).line;
        assert!(line == 0 || at == line, "{at} in\n{text}");
        assert_eq!(report.findings.len(), 1, "the rest goes on");
    }
}

#[test]
fn a_deep_module_tree_is_walked_to_its_end() {
    let mut files = vec![("main.tf".to_owned(), call("m1", 10))];
    for (depth, count) in [(1, 10), (2, 10), (3, 1), (4, 1), (5, 1)] {
        let argument = call(&format!("../m{}", depth + 1), count).replace("./../", "../");
        files.push((format!("m{depth}/main.tf"), format!("variable \"public\" {{}}\n{argument}")));
    }
    files.push(("m6/main.tf".to_owned(), DATABASE.to_owned()));
    let borrowed: Vec<_> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let report = run(&borrowed);
    assert_eq!(messages(&report), [""; 0]);
    assert_eq!(places(&report), ["m6/main.tf:3"]);
    assert_eq!(report.findings[0].instances.len(), 1_000);
}

fn call(to: &str, count: usize) -> String {
    let public = if to == "m1" { "true" } else { "var.public" };
    format!("module \"m\" {{\n  source = \"./{to}\"\n  count  = {count}\n  public = {public}\n}}\n")
}

#[test]
fn what_explodes_is_bounded_and_said() {
    let mut fan = vec![("main.tf".to_owned(), twice(1))];
    for depth in 1..25 {
        fan.push((format!("m{depth}/main.tf"), twice(depth + 1)));
    }
    let many = "resource \"aws_db_instance\" \"x\" {\n  for_each = { for p in setproduct(range(1000), range(1000)) : \"${p[0]}-${p[1]}\" => p }\n  publicly_accessible = false\n}\n";
    let counted = "resource \"aws_db_instance\" \"x\" {\n  count = 1000000000\n}\n";
    let itself = "module \"again\" {\n  source = \"./\"\n}\n";
    let chain: String = (0..3_000).fold("locals {\n  l3000 = 1\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "  l{n} = local.l{}", n + 1);
        text
    }) + "}\nresource \"aws_db_instance\" \"x\" { port = local.l0 }\n";
    let fan: Vec<_> = fan.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    for files in [
        fan.as_slice(),
        &[("main.tf", many)],
        &[("main.tf", counted)],
        &[("main.tf", itself)],
        &[("main.tf", &chain)],
    ] {
        let report = run(files);
        let errors = report.problems.iter().filter(|problem| problem.level == Level::Error);
        let said: Vec<_> = errors.map(|problem| problem.code).collect();
        assert_eq!(said, ["terraform-limit"], "{:?}", files[0]);
    }
}

fn twice(depth: usize) -> String {
    let to = if depth == 1 { "./m1".to_owned() } else { format!("../m{depth}") };
    format!("module \"a\" {{\n  source = \"{to}\"\n}}\nmodule \"b\" {{\n  source = \"{to}\"\n}}\n")
}
