//! Terragrunt's units: never an error, never a module; what they call is judged with what they surely
//! give, and with nothing that they may change.

use ztlint::input::file_tree::Memory;
use ztlint::model::datum::Reason;
use ztlint::rules::date::Date;
use ztlint::rules::engine;
use ztlint::rules::finding::Finding;
use ztlint::rules::outcome::Report;
use ztlint::rules::settings::Settings;

const MODULE: &str = "variable \"public\" {\n  default = true\n}\n\
    resource \"aws_db_instance\" \"this\" {\n  publicly_accessible = var.public\n}\n";

fn run(files: &[(&str, &str)]) -> Report {
    let tree = files.iter().fold(Memory::new(), |tree, (path, text)| tree.with(*path, *text));
    let today = Date::parse("2026-01-01").expect("a day");
    let select = vec!["ZT-NET-032".to_owned()];
    let report = engine::run(&tree, &Settings { select, today, ..Settings::default() });
    assert_eq!(report.problems, [], "{files:?}");
    report
}

/// `path:line` of each finding, and of the places it names.
fn places(report: &Report) -> Vec<String> {
    let place = |place: ztlint::input::source::Place| {
        let source = report.source(place.file);
        format!("{}:{}", source.path, source.position(place.span.start).line)
    };
    let all = |finding: &Finding| {
        let labels = finding.labels.iter().map(|label| place(label.place));
        let all: Vec<String> = std::iter::once(place(finding.primary)).chain(labels).collect();
        all.join(" ")
    };
    report.findings.iter().map(all).collect()
}

const FOUND: &str = "modules/db/main.tf:5";
const BY_DEFAULT: &str = "modules/db/main.tf:5 modules/db/main.tf:2";

#[test]
fn a_unit_gives_values_or_takes_defaults_away() {
    let source = "terraform {\n  source = \"../../modules//db\"\n}\n";
    let include = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\n";
    let deep = "include {\n  path = \"../root.hcl\"\n  merge_strategy = \"deep\"\n}\n";
    let table: [(&str, String, Option<&str>); 17] = [
        (
            "a literal",
            format!("{source}inputs = {{ public = true }}\n"),
            Some("live/db/terragrunt.hcl:4"),
        ),
        ("another literal", format!("{source}inputs = {{ public = false }}\n"), None),
        ("a function", format!("{source}inputs = {{ public = get_env(\"P\", true) }}\n"), None),
        (
            "of another unit",
            format!("{source}inputs = {{ public = dependency.vpc.outputs.public }}\n"),
            None,
        ),
        (
            "a local",
            format!("{source}locals {{ p = true }}\ninputs = {{ public = local.p }}\n"),
            None,
        ),
        ("joined inputs", format!("{source}inputs = merge(local.a, {{ public = true }})\n"), None),
        (
            "a key that must be evaluated",
            format!("{source}inputs = {{ (local.k) = true }}\n"),
            None,
        ),
        ("nothing at all", source.to_owned(), Some("modules/db/main.tf:2")),
        (
            "other inputs",
            format!("{source}inputs = {{ size = 1 }}\n"),
            Some("modules/db/main.tf:2"),
        ),
        ("whatever is included", format!("{include}{source}"), None),
        (
            "a literal over what is included",
            format!("{include}{source}inputs = {{ public = true }}\n"),
            Some("live/db/terragrunt.hcl:7"),
        ),
        (
            "a scalar over what is joined in depth",
            format!("{deep}{source}inputs = {{ public = true }}\n"),
            Some("live/db/terragrunt.hcl:8"),
        ),
        (
            "files of values",
            "terraform {\n  source = \"../../modules/db\"\n  extra_arguments \"a\" {\n    \
             commands = [\"plan\"]\n  }\n}\n"
                .to_owned(),
            None,
        ),
        (
            "from the repository's root",
            "terraform {\n  source = \"${get_repo_root()}/modules/db\"\n}\n\
             inputs = { public = true }\n"
                .to_owned(),
            Some("live/db/terragrunt.hcl:4"),
        ),
        (
            "from its own folder",
            "terraform {\n  source = \"${get_terragrunt_dir()}/../../modules/db\"\n}\n\
             inputs = { public = true }\n"
                .to_owned(),
            Some("live/db/terragrunt.hcl:4"),
        ),
        ("broken", format!("{source}inputs = {{\n"), None),
        // The module is called by nobody then.
        (
            "a source that must be evaluated",
            "terraform {\n  source = \"${local.base}/db\"\n}\n".to_owned(),
            Some("modules/db/main.tf:2"),
        ),
    ];
    for (name, unit, origin) in table {
        let report = run(&[("live/db/terragrunt.hcl", &unit), ("modules/db/main.tf", MODULE)]);
        let expected: Vec<String> =
            origin.into_iter().map(|origin| format!("{FOUND} {origin}")).collect();
        assert_eq!(places(&report), expected, "{name}");
        let unknown = report.summary.knowledge.unknown.get(&Reason::Terragrunt).copied();
        assert_eq!(unknown.is_some(), origin.is_none() && name != "another literal", "{name}");
    }
}

#[test]
fn each_unit_is_a_root() {
    let unit = |public: &str| {
        format!(
            "terraform {{\n  source = \"../../modules/db\"\n}}\ninputs = {{ public = {public} }}\n"
        )
    };
    let (dev, prod) = (unit("true"), unit("false"));
    let files = [
        ("live/dev/terragrunt.hcl", dev.as_str()),
        ("live/prod/terragrunt.hcl", prod.as_str()),
        ("modules/db/main.tf", MODULE),
    ];
    let report = run(&files);
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].roots, ["live/dev"]);
    assert_eq!(report.summary.roots, 2);
    // Terraform's own calls count beside them.
    let call =
        ("app/main.tf", "module \"db\" {\n  source = \"../modules/db\"\n  public = true\n}\n");
    let report = run(&[files.as_slice(), &[call]].concat());
    assert_eq!(report.findings[0].roots, ["app", "live/dev"]);
}

#[test]
fn a_unit_beside_its_own_module() {
    let own = |unit: &str| places(&run(&[("db/main.tf", MODULE), ("db/terragrunt.hcl", unit)]));
    let found = ["db/main.tf:5 db/main.tf:2"];
    assert_eq!(own(""), found);
    assert_eq!(own("inputs = { size = 1 }\n"), found);
    assert_eq!(own("inputs = { public = local.public }\n"), [""; 0]);
    assert_eq!(own("include {\n  path = find_in_parent_folders()\n}\n"), [""; 0]);
    // Files of values beside the module count more than inputs.
    let unit = "inputs = { public = local.public }\n";
    let files = [
        ("db/main.tf", MODULE),
        ("db/terragrunt.hcl", unit),
        ("db/a.auto.tfvars", "public = true\n"),
    ];
    assert_eq!(places(&run(&files)), ["db/main.tf:5 db/a.auto.tfvars:1"]);
}

#[test]
fn what_is_elsewhere_is_said_and_other_files_are_left_alone() {
    let remote = "terraform {\n  source = \"git::https://example.com/modules.git//db?ref=v1\"\n}\n";
    let report = run(&[
        ("live/terragrunt.hcl", remote),
        ("root.hcl", "inputs = {\n"),
        ("region.hcl", "locals {\n  region = \"eu\"\n}\n"),
        ("modules/db/main.tf", MODULE),
        (".terragrunt-cache/x/main.tf", MODULE),
    ]);
    assert_eq!(report.summary.remote_modules, ["git::https://example.com/modules.git//db?ref=v1"]);
    assert_eq!(places(&report), [BY_DEFAULT]);
    assert_eq!((report.summary.files, report.summary.roots), (2, 1));
    let outside = "terraform {\n  source = \"../../../../etc\"\n}\n";
    run(&[("live/db/terragrunt.hcl", outside)]);
}

#[test]
fn lists_and_maps_may_be_joined_with_included_ones() {
    let module = MODULE.replace("var.public", "var.public[0]");
    let found = |head: &str, value: &str| {
        let unit = format!(
            "{head}terraform {{\n  source = \"../../modules/db\"\n}}\ninputs = {{ public = {value} }}\n"
        );
        run(&[("live/db/terragrunt.hcl", &unit), ("modules/db/main.tf", &module)]).findings.len()
    };
    let include = |strategy: &str| format!("include {{\n  path = \"a.hcl\"\n{strategy}}}\n");
    assert_eq!(found("", "[true]"), 1);
    assert_eq!(found("", "[local.public]"), 0);
    assert_eq!(found("", "[get_env(\"PUBLIC\")]"), 0);
    assert_eq!(found(&include(""), "[true]"), 1);
    assert_eq!(found(&include("  merge_strategy = \"shallow\"\n"), "[true]"), 1);
    assert_eq!(found(&include("  merge_strategy = \"deep\"\n"), "[true]"), 0);
}
