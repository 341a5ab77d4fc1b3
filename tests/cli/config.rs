//! ztlint.toml: where it is found, what it says, what is wrong with it.

use super::{CLOSED, Folder, NET_005, OPEN, folder, run};

#[test]
fn mistakes_are_shown_with_file_line_and_column() {
    let cases = [
        ("[check]\nfail-on = \"high\"\nfail_on = \"high\"\n", "3:1", "`fail_on` is not known"),
        ("[chek]\n", "1:2", "`chek` is not known; did you mean `check`?"),
        ("[check]\nminseverity = 1\n", "2:1", "did you mean `min-severity`?"),
        ("[check]\nprofile = \"Strict\"\n", "2:11", "strict; did you mean `strict`?"),
        ("[check]\nfail-on = \"hihg\"\n", "2:11", "; did you mean `high`?"),
        ("[check]\nignore = [\"ZT-NTE-005\"]\n", "2:11", "did you mean `ZT-NET-005`?"),
        ("[check]\nseverity = \"low\"\n", "2:12", "a table"),
        ("[check.severity]\nNET = \"low\"\nNTE = \"low\"\n", "3:1", "did you mean `NET`?"),
        ("[check.severity]\nNET = \"lowe\"\n", "2:7", "did you mean `low`?"),
        ("[[path]]\nglob = [\"a\"]\n", "2:1", "did you mean `globs`?"),
        ("[[path]]\nglobs = [\"a\"]\nprofile = \"defualt\"\n", "3:11", "`default`?"),
        ("[[path]]\nglobs = [\"a\"]\nseverity = { NET = 1 }\n", "3:20", "a text in quotes"),
        ("[check]\nselect = \"NET\"\n", "2:10", "a list of texts"),
        ("[check]\nfail-on = 3\n", "2:11", "a text in quotes"),
        ("[check]\nfail-on = \"worst\"\n", "2:11", "a severity is one of"),
        ("[check]\nselect = [\"NET\", \"NTE\"]\n", "2:18", "`NTE`"),
        ("[check]\nselect = [\"NET\", \"NET\"]\n", "2:18", "twice"),
        ("[limits]\nmax-file-bytes = \"5\"\n", "2:18", "a number of bytes"),
        ("[project]\nexclude = [\"a[\"]\n", "2:12", "is no glob"),
        ("[project]\nvar-files = \"a.tfvars\"\n", "2:13", "a list of texts"),
        ("[limits]\nrotation-days = 0\n", "2:17", "a number of days above 0"),
        ("[limits]\ntoken-seconds = 1.5\n", "2:17", "a number of seconds above 0"),
        ("[limits]\nsession-seconds = -1\n", "2:19", "a number of seconds above 0"),
        ("[limits]\nsession-hours = 1\n", "2:1", "there are max-file-bytes, rotation-days"),
        ("[cloud]\nown-accounts = 123456789012\n", "2:16", "a list of texts"),
        ("[cloud]\nown-accounts = [\"123456789012\", \"1234\"]\n", "2:33", "`1234` is no account"),
        ("[cloud]\nown-accounts = [\"12345678901a\"]\n", "2:17", "12 digits"),
        ("[cloud]\nown-account = []\n", "2:1", "`own-account` is not known"),
        ("[limits]\nrender-seconds = \"5\"\n", "2:18", "a number of seconds above 0"),
        ("[helm]\nexecutable = \"./helm\"\n", "2:1", "`executable` is not known"),
        ("[helm]\nvalues = [\"p.yaml\"]\n", "2:10", "a table"),
        ("[helm.values]\nweb = [\"p.yaml\"]\n", "2:1", "the chart `web` cannot be read"),
        ("[helm.values]\n\".\" = [\"p.yaml\"]\n", "2:1", "holds no Chart.yaml"),
        ("[helm.values]\n\"..\" = [\"p.yaml\"]\n", "2:1", "outside the project root"),
        ("[helm.values]\n\".git\" = \"p.yaml\"\n", "2:10", "a list of texts"),
        ("[[ignore]]\nglobs = [\"a\"]\n", "1:1", "names no `rules`"),
        ("[[ignore]]\nrules = [\"ZT-NET-005\"]\n", "1:1", "no `globs` and no `resources`"),
        ("[[ignore]]\nrules = [\"NET\"]\n", "2:10", "no rule is called `NET`, which is a family"),
        ("[[ignore]]\nrules = [\"ZT-NTE-005\"]\n", "2:10", "did you mean `ZT-NET-005`?"),
        ("[[ignore]]\nrule = \"ZT-NET-005\"\n", "2:1", "did you mean `rules`?"),
        ("[[ignore]]\nuntil = 2027-02-30\n", "2:", "ztlint.toml"),
        ("[[ignore]]\nuntil = \"soon\"\n", "2:9", "this must be a day"),
        ("[[ignore]]\nuntil = 2027-01-01T00:00:00Z\n", "2:9", "this must be a day"),
        ("[ignore]\nrules = []\n", "1:1", "a list of tables"),
        ("[suppressions]\nreason = true\n", "2:1", "require-reason"),
        ("[suppressions]\nmax-days = 0\n", "2:12", "a number of days above 0"),
        ("[suppressions]\npeers = [\"chekov\"]\n", "2:10", "trivy; did you mean `checkov`?"),
        ("[suppression]\n", "1:2", "did you mean `suppressions`?"),
        ("check = 3\n", "1:1", "a table"),
        ("[check\n", "1:", "ztlint.toml"),
    ];
    for (text, place, reason) in cases {
        let run = folder(&[("p.yaml", CLOSED), ("ztlint.toml", text)]).run(&["check"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{text}");
        let place = format!("ztlint.toml:{place}");
        assert!(run.err.contains(&place) && run.err.contains(reason), "{text}: {}", run.err);
    }
}

#[test]
fn it_is_found_upwards_and_the_nearest_holds() {
    let project = folder(&[
        ("ztlint.toml", "[check]\nselect = [\"NET\"]\nfail-on = \"critical\"\n"),
        ("a/deep/p.yaml", OPEN),
        ("b/p.yaml", OPEN),
        ("b/ztlint.toml", "[check]\nselect = [\"NET\"]\n"),
    ]);
    project.check_in("a/deep", &["p.yaml"]).gives(0, &["a/deep/p.yaml:8 ZT-NET-005"]);
    project.check_in("b", &["."]).gives(1, &["b/p.yaml:8 ZT-NET-005"]);
    project
        .check_in("a", &["--config", "../b/ztlint.toml"])
        .gives(1, &["a/deep/p.yaml:8 ZT-NET-005"]);
    let apart = project.run(&["check", "a", "b"]);
    assert_eq!(apart.code, 2);
    assert!(apart.err.contains("different project roots or configurations"), "{}", apart.err);
}

#[test]
fn it_is_not_looked_for_above_version_control() {
    let outer = folder(&[
        ("ztlint.toml", "[check]\nignore = [\"ZT-NET-005\"]\n"),
        ("inner/.git/HEAD", ""),
        ("inner/p.yaml", OPEN),
    ]);
    outer.check_in("inner", &NET_005).gives(1, &["p.yaml:8 ZT-NET-005"]);
}

#[test]
fn without_version_control_the_paths_are_the_project() {
    let project = folder(&[("a/p.yaml", OPEN), ("a/deep/q.yaml", OPEN), ("r.yaml", OPEN)]);
    std::fs::remove_dir(project.path(".git")).expect("removed");
    let args = [&["a/p.yaml"], &NET_005[..]].concat();
    let alone = project.check(&args);
    alone.gives(1, &["p.yaml:8 ZT-NET-005"]);
    assert_eq!(alone.count("files"), 1);
}

#[test]
fn flags_win_and_ignores_add_up() {
    let toml = "[check]\nselect = [\"ROT\"]\nignore = [\"ZT-NET-006\"]\nfail-on = \"critical\"\nmin-severity = \"critical\"\n";
    let project = folder(&[("ztlint.toml", toml), ("p.yaml", OPEN)]);
    project.check(&[]).gives(0, &[]);
    project.check(&["--select", "ZT-NET-005"]).gives(0, &[]);
    let shown = ["p.yaml:8 ZT-NET-005"];
    project.check(&["--select", "ZT-NET-005", "--min-severity", "low"]).gives(0, &shown);
    let args = ["--select", "ZT-NET-005", "--min-severity", "low", "--fail-on", "high"];
    project.check(&args).gives(1, &shown);
    let both =
        ["--select", "ZT-NET-005,ZT-NET-006", "--ignore", "ZT-NET-005", "--min-severity", "info"];
    assert_eq!(project.check(&both).count("rules"), 0);
}

/// The level of each finding of `ZT-NET-005`, by path.
fn levels(toml: &str, args: &[&str]) -> (i32, Vec<String>) {
    let project = folder(&[("ztlint.toml", toml), ("a/p.yaml", OPEN), ("b/p.yaml", OPEN)]);
    let checked = project.check(&[&NET_005, args].concat());
    let list = checked.report["findings"].as_array().expect("findings");
    let level = |one: &serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        format!("{} {}", text(&one["location"]["path"]), text(&one["severity"]))
    };
    (checked.code, list.iter().map(level).collect())
}

#[test]
fn severities_are_set_for_all_and_for_some_files() {
    let both = |a: &str, b: &str| vec![format!("a/p.yaml {a}"), format!("b/p.yaml {b}")];
    let cases: [(&str, &[&str], i32, Vec<String>); 9] = [
        ("", &[], 1, both("high", "high")),
        ("[check.severity]\nNET = \"info\"\n", &[], 0, both("info", "info")),
        ("[check.severity]\nZT-NET-005 = \"low\"\nNET = \"info\"\n", &[], 1, both("low", "low")),
        (
            "[[path]]\nglobs = [\"a\"]\nseverity = { NET = \"critical\" }\n",
            &[],
            1,
            both("critical", "high"),
        ),
        (
            "[check.severity]\nNET = \"low\"\n[[path]]\nglobs = [\"*\"]\nseverity = { NET = \"info\" }\n\
             [[path]]\nglobs = [\"b\"]\nseverity = { ZT-NET-005 = \"medium\" }\n",
            &[],
            1,
            both("info", "medium"),
        ),
        // What is asked for is the level in force.
        (
            "[[path]]\nglobs = [\"a\"]\nseverity = { NET = \"low\" }\n",
            &["--min-severity", "medium"],
            1,
            vec!["b/p.yaml high".to_owned()],
        ),
        (
            "[[path]]\nglobs = [\"a\"]\nseverity = { NET = \"critical\" }\n",
            &["--min-severity", "critical"],
            1,
            vec!["a/p.yaml critical".to_owned()],
        ),
        (
            "[[path]]\nglobs = [\"a\"]\nseverity = { NET = \"medium\" }\n",
            &["--gate"],
            1,
            vec!["b/p.yaml high".to_owned()],
        ),
        (
            "[[path]]\nglobs = [\"**\"]\nseverity = { NET = \"medium\" }\n",
            &["--fail-on", "high"],
            0,
            both("medium", "medium"),
        ),
    ];
    for (toml, args, code, found) in cases {
        assert_eq!(levels(toml, args), (code, found), "{toml} {args:?}");
    }
}

#[test]
fn excluded_files_are_not_read_unless_named() {
    let project = folder(&[
        ("ztlint.toml", "[project]\nexclude = [\"vendor\", \"*/skip-*.yaml\"]\n"),
        ("vendor/chart/p.yaml", OPEN),
        ("app/skip-it.yaml", "apiVersion: v1\nkind: [\n"),
        ("app/p.yaml", OPEN),
    ]);
    project.check(&NET_005).gives(1, &["app/p.yaml:8 ZT-NET-005"]);
    let named = [&["vendor/chart/p.yaml"], &NET_005[..]].concat();
    project.check(&named).gives(1, &["vendor/chart/p.yaml:8 ZT-NET-005"]);
}

#[test]
fn ignored_and_hidden_folders_follow_version_control() {
    let project = folder(&[
        (".gitignore", "build/\n"),
        ("build/p.yaml", OPEN),
        (".github/p.yaml", OPEN),
        (".terraform/modules/p.yaml", OPEN),
    ]);
    project.check(&NET_005).gives(1, &[".github/p.yaml:8 ZT-NET-005"]);
}

#[test]
fn configured_roots_divide_the_project() {
    let files = [("clusters/a/p.yaml", OPEN), ("clusters/b/q.yaml", CLOSED)];
    assert_eq!(folder(&files).check(&NET_005).count("roots"), 1);
    let project = folder(&files);
    project.write("ztlint.toml", "[project]\nroots = [\"clusters/*\"]\n");
    assert_eq!(project.check(&NET_005).count("roots"), 2);
}

#[test]
fn larger_files_than_allowed_are_errors() {
    let project = folder(&[("p.yaml", OPEN), ("ztlint.toml", "[limits]\nmax-file-bytes = 50\n")]);
    let checked = project.check(&NET_005);
    checked.gives(2, &[]);
    assert_eq!(checked.problems(), ["p.yaml error too-large"]);
}

fn in_namespace(namespace: &str, toml: &str) -> Folder {
    let policy = OPEN.replace("namespace: shop", &format!("namespace: {namespace}"));
    folder(&[("p.yaml", &policy), ("ztlint.toml", toml)])
}

#[test]
fn system_namespaces_are_judged_by_the_strict_profile() {
    let found = ["p.yaml:8 ZT-NET-005"];
    let system = in_namespace("kube-system", "");
    let hidden = system.check(&NET_005);
    hidden.gives(0, &[]);
    assert_eq!(hidden.count("system"), 1);
    system.check(&["--profile", "strict", "--select", "ZT-NET-005"]).gives(1, &found);
    let toml = "[kubernetes]\nsystem-namespaces = [\"platform\"]\n";
    in_namespace("kube-system", toml).check(&NET_005).gives(1, &found);
    in_namespace("platform", toml).check(&NET_005).gives(0, &[]);
}

#[test]
fn the_strict_profile_adds_rules() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec:\n  serviceAccountName: a\n  containers: [{name: a, image: \"shop:1\"}]\n";
    let project = folder(&[("p.yaml", pod)]);
    let strict = "p.yaml:6 ZT-WRK-006".to_owned();
    assert!(!project.check(&[]).findings().contains(&strict));
    assert!(project.check(&["--profile", "strict"]).findings().contains(&strict));
    project.write("ztlint.toml", "[check]\nprofile = \"strict\"\n");
    assert!(project.check(&[]).findings().contains(&strict));
    assert!(!project.check(&["--profile", "default"]).findings().contains(&strict));
}

#[test]
fn standard_input_takes_only_a_named_configuration() {
    let project = folder(&[("ztlint.toml", "[check]\nignore = [\"ZT-NET-005\"]\n")]);
    let check = |args: &[&str]| run(&project.path("."), args, OPEN, &[]).code;
    assert_eq!(check(&["check", "-", "--select", "NET-005"]), 2);
    assert_eq!(check(&["check", "-", "--select", "ZT-NET-005"]), 1);
    let named = ["check", "-", "--select", "ZT-NET-005", "--config", "ztlint.toml"];
    assert_eq!(check(&named), 0);
}

const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
";

#[test]
fn expectations_are_asked_of_every_root_that_holds_them() {
    let expect = |verdict: &str, rest: &str| {
        format!(
            "[[expect]]\nverdict = \"{verdict}\"\nfrom = \"shop/web\"\nto = \"shop/db\"\n{rest}"
        )
    };
    let closed = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
                  metadata: {name: all, namespace: shop}\nspec: {podSelector: {}}\n";
    let prod = PODS.to_owned() + closed;
    let found = |toml: &str, args: &[&str]| {
        let project =
            folder(&[("dev/a.yaml", PODS), ("prod/a.yaml", &prod), ("ztlint.toml", toml)]);
        let run = project.check(&[&["--select", "POL"], args].concat());
        let one = |finding: &serde_json::Value| {
            let place = &finding["location"];
            let roots = finding["roots"].as_array().map_or_else(Vec::new, Clone::clone);
            let labels = finding["labels"].as_array().map_or(0, Vec::len);
            assert!(labels > 0 || finding["rule"] == "ZT-POL-652", "{finding}");
            let line = &place["start"]["line"];
            let rule = finding["rule"].as_str().expect("a rule").to_owned();
            let roots: Vec<&str> = roots.iter().filter_map(serde_json::Value::as_str).collect();
            format!("{}:{line} {rule} {}", place["path"].as_str().expect("a path"), roots.join(" "))
        };
        run.report["findings"].as_array().expect("findings").iter().map(one).collect::<Vec<_>>()
    };
    for (toml, expected) in [
        (expect("allow", ""), vec!["ztlint.toml:2 ZT-POL-650 prod"]),
        (expect("deny", ""), vec!["ztlint.toml:2 ZT-POL-651 dev"]),
        (expect("allow", "root = \"dev\"\n"), vec![]),
        (expect("allow", "root = \"prod\"\n"), vec!["ztlint.toml:2 ZT-POL-650 "]),
        (expect("deny", "root = \"test\"\n"), vec!["ztlint.toml:5 ZT-POL-652 "]),
        (
            expect("allow", &expect("deny", "")),
            vec!["ztlint.toml:2 ZT-POL-650 prod", "ztlint.toml:6 ZT-POL-651 dev"],
        ),
    ] {
        assert_eq!(found(&toml, &[]), expected, "{toml}");
    }
    let both = expect("allow", &expect("deny", ""));
    assert_eq!(found(&both, &["--ignore", "ZT-POL-650"]), ["ztlint.toml:6 ZT-POL-651 dev"]);
    let mistake = folder(&[("a.yaml", PODS), ("ztlint.toml", &expect("refuse", ""))]);
    let run = mistake.run(&["check"]);
    assert!(run.code == 2 && run.err.contains("ztlint.toml:2:11: a verdict is"), "{}", run.err);
}
