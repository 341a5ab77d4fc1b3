//! Users' own rules from end to end: packs on the command line and in ztlint.toml, what is wrong
//! with them, `ztlint rule test`, and cards to begin with.

use super::{Folder, OPEN, folder};
use std::path::Path;

const ACME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/packs/acme");

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
    - name: web
      image: nginx:1.29
";

const CARD: &str =
    include_str!("../../testdata/packs/acme/wrk/ACME-WRK-001-image-from-foreign-registry.yaml");

const UNNAMED: &str = "without: {named-by: [{terraform: aws_x, at: x_id}], assumption: none}";

/// A project with a pack of one card and a pod that breaks its rule.
fn project(card: &str) -> Folder {
    let name = "policy/ACME-WRK-001-image-from-foreign-registry.yaml";
    folder(&[(name, card), ("pod.yaml", POD)])
}

const ACME_ONLY: [&str; 2] = ["--select", "ACME"];

#[test]
fn rules_of_a_pack_run_beside_the_others() {
    let project = folder(&[("pod.yaml", POD), ("policy.yaml", OPEN)]);
    let run = project.check(&["--rules", ACME, "--select", "ACME-WRK-001,ZT-NET-005"]);
    run.gives(1, &["pod.yaml:7 ACME-WRK-001", "policy.yaml:8 ZT-NET-005"]);
    assert!(
        project.check(&["--rules", ACME]).findings().contains(&"pod.yaml:7 ACME-WRK-001".into())
    );
    assert!(!project.check(&[]).findings().iter().any(|found| found.contains("ACME")));
    let unknown = project.run(&["check", "--select", "ACME-WRK-001"]);
    assert!(unknown.code == 2 && unknown.err.contains("`ACME-WRK-001`"), "{}", unknown.err);
    for word in ["ACME", "ACME-WRK", "image-from-foreign-registry", "acme-wrk-001"] {
        let run = project.check(&["--rules", ACME, "--select", word]);
        run.gives(1, &["pod.yaml:7 ACME-WRK-001"]);
    }
    let family = project.check(&["--rules", ACME, "--select", "ZT-WRK"]);
    assert!(!family.findings().iter().any(|found| found.contains("ACME")));
}

#[test]
fn a_configuration_names_packs() {
    let project = project(CARD);
    project.write("ztlint.toml", "[rules]\ndirs = [\"policy\"]\n[check]\nselect = [\"ACME\"]\n");
    project.check(&[]).gives(1, &["pod.yaml:7 ACME-WRK-001"]);
    // Named twice, it is the same pack.
    project.check(&["--rules", "policy"]).gives(1, &["pod.yaml:7 ACME-WRK-001"]);
    let page = project.run(&["explain", "ACME-WRK-001"]);
    assert!(page.out.starts_with("ACME-WRK-001 image-from-foreign-registry\n"), "{}", page.out);
    assert!(project.run(&["rule", "list"]).out.starts_with("ACME-WRK-001  medium"));
    project.write("ztlint.toml", "[rules]\ndirs = [\"nowhere\"]\n");
    let run = project.run(&["check"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("ztlint.toml:2:9: `nowhere` is no folder"), "{}", run.err);
}

#[test]
fn a_suppression_may_name_a_rule_of_a_pack() {
    let project = project(CARD);
    let reason = "      # ztlint:ignore[ACME-WRK-001] reason=\"Mirrored in May.\"\n      image";
    project.write("pod.yaml", POD.replace("      image", reason));
    let args = ["--rules", "policy", "--select", "ACME,POL"];
    project.check(&args).gives(0, &[]);
    // Without the pack nobody knows what is meant.
    let run = project.check(&["--select", "POL"]);
    run.gives(1, &["pod.yaml:7 ZT-POL-021"]);
}

#[test]
fn a_broken_pack_is_an_error_with_its_place() {
    let with = |from: &str, to: &str| {
        assert!(CARD.contains(from), "{from}");
        CARD.replacen(from, to, 1)
    };
    let cases = [
        (
            with("severity:", "sevrity:"),
            ":5:1: the key `sevrity` is not known; did you mean `severity`?",
        ),
        (with("medium", "middle"), ":5:11: the word `middle` is not known"),
        (with("container.image, matches", "container.image, machtes"), "did you mean `matches`?"),
        (with("title: Container", "titel: Container"), ":3:1: "),
        (with("platforms: [kubernetes]", "platforms: [kubernetes"), ":8:"),
        (with("id: ACME", "id: ZT"), ":1:1: ids that begin with ZT belong to ztlint"),
        (with("id: ACME-WRK-001", "id: WRK-001"), ":1:1: an id is <ORG>-<FAMILY>-<NNN>"),
        (with("id: ACME-WRK", "id: ACME-NET"), ":1:1: the id says NET, `family` says WRK"),
        (with("id: ACME-WRK-001", "id: ACME-WRK-1"), ":1:1: `1` is no number of three digits"),
        (with("id: ACME", "id: acme"), ":1:1: `acme` is not 2 to 10 capital letters"),
        (
            with("name: image-from-foreign-registry", "name: container-is-privileged"),
            ":2:1: `container-is-privileged` is also used by ZT-WRK-002",
        ),
        (with("{view: container}", "{view: containers}"), ":24:10: no view is called `containers`"),
        (with("{view: container}", "{group: apps}"), ":24:3: `group` stands beside `kind` only"),
        (
            with("each: {view: container}", &format!("each: {{view: container}}\n  {UNNAMED}")),
            ":25:3: `without` stands beside `each: {terraform: …}` with types in full",
        ),
        (
            with("each: {view: container}", &format!("each: {{terraform: 'aws_*'}}\n  {UNNAMED}")),
            ":25:3: `without` stands beside `each: {terraform: …}` with types in full",
        ),
        (
            with(
                "each: {view: container}",
                &format!("each: {{terraform: aws_y}}\n  {}", UNNAMED.replace("aws_x", "aws_*")),
            ),
            ":25:25: `aws_*` is no type in full",
        ),
        (
            CARD.replace("{view: container}\n  when:", "{view: container}\n  unless:"),
            "neither `when` nor `without`",
        ),
        (with("path: container.image, exists", "path: container..image, exists"), ":27:10: "),
        (with("exists: true", "exists: true, matches: '('"), ":27:"),
        (with("[container.image]", "[\"a[\"]"), ":29:14: `a[`: `[` without `]`"),
        (with("{element}", "{elemnt}"), ":22:1: `{elemnt}` is no placeholder"),
        (with("check:", "supersedes: [ZT-WRK-999]\ncheck:"), ": no rule is called `ZT-WRK-999`"),
        (String::new(), "ACME-WRK-001"),
        (CARD.replace("  each: {view: container}\n", ""), "neither `code` nor `each`"),
        (
            with("each: {view: container}", "code: shared_identity"),
            "a pack's checks are declarative",
        ),
    ];
    for (card, wanted) in cases {
        let project = project(&card);
        let name = "policy/ACME-WRK-001-image-from-foreign-registry.yaml";
        for args in [&["check", "--rules", "policy"][..], &["rule", "test", "policy"]] {
            let run = project.run(args);
            assert_eq!((run.code, run.out.as_str()), (2, ""), "{wanted}: {}", run.err);
            assert!(run.err.contains(name) && run.err.contains(wanted), "{wanted}: {}", run.err);
        }
    }
    let empty = folder(&[("policy/README.md", "")]);
    let run = empty.run(&["check", "--rules", "policy"]);
    assert!(run.code == 2 && run.err.contains("policy: holds no card"), "{}", run.err);
    let missing = empty.run(&["check", "--rules", "nowhere"]);
    assert!(missing.code == 2 && missing.err.contains("nowhere"), "{}", missing.err);
}

#[test]
fn every_fault_of_a_pack_is_shown_at_once() {
    let project = project(&CARD.replacen("id: ACME", "id: ZT", 1));
    project.write("policy/other.yml", CARD.replacen("{view: container}", "{view: none}", 1));
    let run = project.run(&["check", "--rules", "policy"]);
    assert!(run.err.contains("belong to ztlint") && run.err.contains("`none`"), "{}", run.err);
}

#[test]
fn rule_test_holds_the_laws_and_runs_the_examples() {
    let good = folder(&[]).run(&["rule", "test", ACME]);
    assert_eq!((good.code, good.out.as_str()), (0, "3 cards, 14 examples: every law holds.\n"));
    let broken = CARD
        .replacen("company's registry\nfamily", "company's registry.\nfamily", 1)
        .replace("image: nginx:1.29  #~ ACME-WRK-001", "image: nginx:1.29")
        .replacen(
            "            - name: web\n              image: registry",
            "            - name: web\n              image: docker",
            1,
        );
    let project = project(&broken);
    let run = project.run(&["rule", "test", "policy"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let name = "policy/ACME-WRK-001-image-from-foreign-registry.yaml";
    let lines: Vec<&str> = run.out.lines().collect();
    for wanted in [
        format!("{name}:33:7: a bad example without a mark"),
        format!("{name}:40:15: something is found on this line, which is not marked"),
        format!("{name}:63:15: something is found on this line, which is not marked"),
        format!("{name}:3:1: the title ends with a full stop or is longer than 90 bytes"),
        "1 card, 4 examples: 4 faults.".to_owned(),
    ] {
        assert!(lines.contains(&&*wanted), "{wanted}\n{}", run.out);
    }
}

#[test]
fn a_new_card_passes_the_laws_at_once() {
    let project = folder(&[("pod.yaml", POD)]);
    let new = project.run(&["rule", "new", "ACME-NET-007", "service-without-owner", "policy"]);
    let card = "policy/net/ACME-NET-007-service-without-owner.yaml";
    assert_eq!((new.code, new.out), (0, format!("{card}\n")));
    let run = project.run(&["rule", "test", "policy"]);
    assert_eq!((run.code, run.out.as_str()), (0, "1 card, 4 examples: every law holds.\n"));
    assert_eq!(project.check(&[&["--rules", "policy"], &ACME_ONLY[..]].concat()).code, 0);
    let before = project.read(card);
    let refused = [
        (&["ACME-NET-007", "service-without-owner", "policy"][..], "has this id already"),
        (&["ACME-NET-007", "another-fault", "policy"], "has this id already"),
        (&["ACME-ABC-007", "some-fault", "policy"], "`ABC` is no family"),
        (&["ACME-NET-008", "No_Fault", "policy"], "kebab-case"),
        (&["ACME-NET-008", "some-fault", "policy", "--code"], "declarative"),
        (&["ACME-NET-008", "container-is-privileged", "policy"], "ZT-WRK-002"),
        (&["ZT-NET-998", "some-fault", "policy"], "no checkout"),
    ];
    for (args, reason) in refused {
        let run = project.run(&[&["rule", "new"], args].concat());
        assert!(run.code == 2 && run.err.contains(reason), "{args:?}: {}", run.err);
    }
    assert_eq!(project.read(card), before);
}

#[test]
fn a_new_card_with_a_function_enters_the_table() {
    let table = "mod alpha;\n\npub const TABLE: &[(&str, Function)] = &[\n    (\"alpha\", alpha::alpha),\n];\n";
    let project = folder(&[("src/rules/code/mod.rs", table)]);
    let run = project.run(&["rule", "new", "ZT-NET-998", "some-fault", "--code"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        project.read("src/rules/code/mod.rs").contains("(\"some_fault\", some_fault::some_fault)")
    );
    assert!(project.read("src/rules/code/some_fault.rs").contains("pub fn some_fault<'r>("));
    let card = project.read("rules/net/ZT-NET-998-some-fault.yaml");
    assert!(card.contains("  code: some_fault\n"), "{card}");
}

#[test]
fn the_projects_own_cards_are_tested_without_a_build() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let args = ["rule", "test", rules.to_str().expect("UTF-8"), "--only", "ZT-NET-005,ZT-ROT-005"];
    let run = folder(&[]).run(&args);
    assert!(run.code == 0 && run.out.starts_with("2 cards, "), "{}{}", run.out, run.err);
    // As people type it in a checkout.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ztlint"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["rule", "test", "rules"]);
    let run = command.args(["--only", "ZT-NET-005"]).output().expect("runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn profiles_and_gates_differ_by_path() {
    // ZT-WRK-010 is strict only; ZT-NET-005 is high.
    let project =
        folder(&[("old/policy.yaml", OPEN), ("new/policy.yaml", OPEN), ("new/pod.yaml", POD)]);
    let strict = project.check(&["--profile", "strict"]).findings();
    let usual = project.check(&[]).findings();
    let below = |list: &[String], folder: &str| -> Vec<String> {
        list.iter().filter(|found| found.starts_with(folder)).cloned().collect()
    };
    assert!(below(&strict, "new/").len() > below(&usual, "new/").len());
    project.write("ztlint.toml", "[[path]]\nglobs = [\"new\"]\nprofile = \"strict\"\n");
    let mixed = project.check(&[]).findings();
    assert_eq!(below(&mixed, "new/"), below(&strict, "new/"));
    assert_eq!(below(&mixed, "old/"), below(&usual, "old/"));
    // Flags win.
    assert_eq!(project.check(&["--profile", "default"]).findings(), usual);

    let severe = |run: &super::Checked| {
        run.report["findings"].as_array().expect("findings").iter().all(|finding| {
            let severity = finding["severity"].as_str();
            finding["confidence"] == "proven" && matches!(severity, Some("high" | "critical"))
        })
    };
    let gate = project.check(&["--gate", "--profile", "strict"]);
    assert!(severe(&gate) && gate.code == 1 && !severe(&project.check(&["--profile", "strict"])));
    assert!(gate.findings().contains(&"old/policy.yaml:8 ZT-NET-005".to_owned()));
    project.write(
        "ztlint.toml",
        "[check]\ngate = true\nprofile = \"strict\"\n[[path]]\nglobs = [\"new\"]\ngate = false\n",
    );
    let mixed = project.check(&[]).findings();
    assert_eq!(below(&mixed, "new/"), below(&strict, "new/"));
    assert_eq!(below(&mixed, "old/"), below(&gate.findings(), "old/"));
    assert!(severe(&project.check(&["--gate"])));
}
