//! `ztlint suppressions`: what is listed, in which state, and whose it is.

use super::repository::{Repository, file};
use super::{Folder, OPEN, folder};
use serde_json::{Value, json};

const CONFIGURATION: &str = "\
[suppressions]
peers = [\"checkov\", \"trivy\"]

[[ignore]]
rules = [\"ZT-NET-005\", \"ZT-NET-006\"]
globs = [\"a/**\"]
resources = [\"NetworkPolicy shop/*\"]
reason = \"Load test.\"
until = 2026-02-01
";

const GROUP: &str = "\
#trivy:ignore:AVD-AWS-0107 trivy:ignore:NO-0001
resource \"aws_security_group\" \"web\" {
  #checkov:skip=CKV_AWS_23:A description adds nothing.
  ingress {
    protocol    = \"tcp\"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [\"0.0.0.0/0\"]
  }
}
";

fn project() -> Folder {
    let policy =
        |terms: &str| OPEN.replace("[{}]", &format!("[{{}}] # ztlint:ignore[ZT-NET-005]{terms}"));
    let project = folder(&[
        ("a/p.yaml", OPEN),
        ("b/p.yaml", &policy(" until=2026-01-05").replace("name: open", "name: b")),
        ("b/q.yaml", &policy(" until=2025-12-31").replace("name: open", "name: q")),
        (
            "b/r.yaml",
            &OPEN.replace("spec:", "  annotations:\n    ztlint/ignore: \"ZT-NET-05\"\nspec:"),
        ),
        (
            "b/s.yaml",
            "apiVersion: v1\nkind: Service\nmetadata: {name: s} # ztlint:ignore[ZT-NET-022] reason=x\n",
        ),
        ("main.tf", GROUP),
        ("ztlint.toml", CONFIGURATION),
    ]);
    std::fs::remove_dir(project.path(".git")).expect("removed");
    project
}

fn listed(project: &Folder, args: &[&str]) -> Vec<Value> {
    let run = project
        .run(&[&["suppressions", "--format", "json", "--today", "2026-01-01"], args].concat());
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&run.out).expect("JSON");
    let schema = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/suppressions.schema.json"
    ));
    let schema = serde_json::from_str(&schema.expect("a schema")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let faults: Vec<String> = schema.iter_errors(&document).map(|one| one.to_string()).collect();
    assert_eq!(faults, [""; 0]);
    document["suppressions"].as_array().expect("a list").clone()
}

/// Place, kind, dialect and status of each.
fn told(list: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let one = |row: &Value| {
        let place = &row["location"];
        let words = [&row["kind"], &row["dialect"], &row["status"]].map(text);
        format!("{}:{} {}", text(&place["path"]), place["line"], words.join(" "))
    };
    list.iter().map(one).collect()
}

#[test]
fn every_suppression_is_listed_with_its_state() {
    let project = project();
    let list = listed(&project, &[]);
    let expected = [
        "b/p.yaml:8 comment ztlint used",
        "b/q.yaml:8 comment ztlint expired",
        "b/r.yaml:7 annotation ztlint invalid",
        "b/s.yaml:3 comment ztlint unused",
        "main.tf:1 comment trivy used",
        "main.tf:1 comment trivy unknown",
        "main.tf:3 comment checkov unknown",
        "ztlint.toml:4 configuration ztlint used",
    ];
    assert_eq!(told(&list), expected);
    assert_eq!((&list[0]["until"], &list[0]["days_left"]), (&json!("2026-01-05"), &json!(4)));
    assert_eq!((&list[0]["reason"], &list[0]["owner"]), (&Value::Null, &Value::Null));
    assert_eq!(list[1]["days_left"], -1);
    assert_eq!(list[1]["rules"], json!([{"id": "ZT-NET-005", "matched": true}]));
    assert_eq!(list[2]["fault"], "no rule is called `ZT-NET-05`");
    assert_eq!(list[5]["unknown"], json!(["NO-0001"]));
    assert_eq!(list[6]["reason"], "A description adds nothing.");
    let entry = &list[7];
    let rules =
        json!([{"id": "ZT-NET-005", "matched": true}, {"id": "ZT-NET-006", "matched": false}]);
    assert_eq!((&entry["rules"], &entry["resources"]), (&rules, &json!(["NetworkPolicy shop/*"])));
    let below = listed(&project, &["b/p.yaml", "main.tf"]);
    let wanted = |line: &&str| !line.starts_with("b/") || line.starts_with("b/p");
    assert_eq!(told(&below), expected.into_iter().filter(wanted).collect::<Vec<_>>());
    project.write("ztlint.toml", "[check]\nselect = [\"ROT\"]\n");
    assert_eq!(told(&listed(&project, &["b/p.yaml"])), expected[..1], "whatever a check selects");
}

#[test]
fn the_list_for_people() {
    let project = project();
    let run = project.run(&["suppressions", "--today", "2026-01-01"]);
    for part in [
        "b/p.yaml:8:17: comment, used\n  rules     ZT-NET-005\n  until     2026-01-05 (4 days left)\n",
        "b/q.yaml:8:17: comment, expired\n  rules     ZT-NET-005\n  until     2025-12-31 (1 day ago)\n",
        "annotation, invalid\n  fault     no rule is called `ZT-NET-05`\n",
        "main.tf:3:3: comment of checkov, unknown\n  unknown   CKV_AWS_23\n",
        "ztlint.toml:4:1: entry, used\n  rules     ZT-NET-005, ZT-NET-006 (unused)\n",
        "8 suppressions (1 expired, 1 invalid, 2 unknown, 1 unused, 3 used); 5 without a reason, 5 without an end.\n",
    ] {
        assert!(run.out.contains(part), "{part}\n{}", run.out);
    }
    let none = folder(&[("p.yaml", OPEN)]).run(&["suppressions"]);
    assert_eq!((none.code, none.out.as_str()), (0, "No suppressions.\n"));
    project.write("broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {\n");
    assert_eq!(project.run(&["suppressions"]).code, 2);
}

#[test]
fn the_owner_comes_from_version_control() {
    let text =
        |terms: &str| OPEN.replace("[{}]", &format!("[{{}}] # ztlint:ignore[ZT-NET-005]{terms}"));
    let [old, new] = [text(""), format!("# A note.\n{}", text(""))];
    let project = folder(&[("p.yaml", &new), ("q.yaml", &text(" reason=new"))]);
    std::fs::remove_dir(project.path(".git")).expect("removed");
    let repository = Repository::new(&project.path(""));
    let first = repository.tree(&[file("p.yaml", &old), file("q.yaml", &old)]);
    repository.commit_by("ada", "1735689600 +0000", first, "one");
    let second = repository.tree(&[file("p.yaml", &new), file("q.yaml", &old)]);
    repository.commit_by("bob", "1748736000 +0000", second, "two");
    let list = listed(&project, &[]);
    let owner = &list[0]["owner"];
    assert_eq!((&owner["name"], &owner["email"]), (&json!("ada"), &json!("ada@t")));
    assert_eq!((&owner["date"], &owner["age_days"]), (&json!("2025-01-01"), &json!(365)));
    assert_eq!(list[1]["owner"], Value::Null, "is not committed");
    let run = project.run(&["suppressions", "--today", "2025-01-02"]);
    assert!(run.out.contains("  owner     ada <ada@t>, 2025-01-01 (1 day ago), "), "{}", run.out);
}
