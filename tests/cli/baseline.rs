//! What is known is held back: by a baseline, which only `ztlint baseline` adds to.

use crate::{CLOSED, Checked, Folder, NET_005, OPEN, OPEN_GROUP, folder};
use serde_json::Value;

const FILE: &str = "ztlint-baseline.json";

/// The warning that entries are found no more.
const GONE: &str = "ztlint-baseline.json warning baseline";

fn recorded(files: &[(&str, &str)]) -> Folder {
    let project = folder(files);
    let run = project.run(&["baseline"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    project
}

fn held(checked: &Checked) -> (&str, u64) {
    let held = &checked.report["summary"]["baseline"];
    (held["by"].as_str().unwrap_or_default(), held["findings"].as_u64().unwrap_or_default())
}

fn entries(project: &Folder) -> Vec<Value> {
    let file: Value = serde_json::from_str(&project.read(FILE)).expect("JSON");
    assert_eq!((&file["version"], &file["profile"]), (&1.into(), &"default".into()));
    file["findings"].as_array().expect("a list").clone()
}

fn policy(name: &str) -> String {
    OPEN.replace("name: open", &format!("name: {name}"))
}

#[test]
fn only_what_is_new_is_said() {
    let project = recorded(&[("a/open.yaml", OPEN), ("b/web.tf", OPEN_GROUP)]);
    let all = project.check(&["--no-baseline"]);
    assert_eq!(all.code, 1);
    assert!(all.report["summary"]["baseline"].is_null());
    let number = all.findings().len() as u64;
    assert!(number >= 2);

    let known = project.check(&[]);
    known.gives(0, &[]);
    assert_eq!(held(&known), (FILE, number));
    project.write("a/new.yaml", policy("new"));
    let fresh = project.check(&NET_005);
    fresh.gives(1, &["a/new.yaml:8 ZT-NET-005"]);
    assert_eq!(held(&fresh).1, 1);
    // File names are the focus here, too.
    project.check(&[&NET_005[..], &["a/open.yaml"]].concat()).gives(0, &[]);
    project.check(&[&NET_005[..], &["a/new.yaml"]].concat()).gives(1, &["a/new.yaml:8 ZT-NET-005"]);
    // Below a folder it is found upwards.
    project.check_in("b", &[]).gives(0, &[]);
}

#[test]
fn every_format_leaves_out_what_is_held_back() {
    let project = recorded(&[("open.yaml", OPEN)]);
    for format in ["human", "json", "sarif", "concise", "github", "gitlab", "junit", "rdjsonl"] {
        let run = project.run(&["check", "--format", format]);
        assert!(run.code == 0 && !run.out.contains("ZT-NET-005"), "{format}: {}", run.out);
    }
    let human = project.run(&["check"]).out;
    assert!(human.starts_with("Nothing new in 1 file, 1 resource.\n"), "{human}");
    let words: Vec<&str> = human.split_whitespace().collect();
    assert!(words.join(" ").contains("held back by ztlint-baseline.json"), "{human}");
    let page = project.run(&["check", "--format", "markdown"]).out;
    assert!(page.starts_with("## ztlint: no new findings\n"), "{page}");
}

#[test]
fn the_file_is_sorted_and_short() {
    let twice = format!("{}---\n{}", policy("b"), policy("a"));
    let select = [&["baseline"], &NET_005[..]].concat();
    let project = folder(&[("z.yaml", &policy("z")), ("c.yaml", &twice)]);
    assert_eq!(project.run(&select).out, format!("{FILE}: 3 findings (a new file).\n"));
    let text = project.read(FILE);
    let expected = "{\n  \"version\": 1,\n  \"profile\": \"default\",\n  \"findings\": [\n    {\n      \
                    \"file\": \"c.yaml\",\n      \"rule\": \"ZT-NET-005\",\n      \
                    \"resource\": \"networking.k8s.io/NetworkPolicy shop/a\",\n      \
                    \"at\": \"spec.ingress[]\",\n      \"fingerprint\": \"";
    assert!(text.starts_with(expected), "{text}");
    let names: Vec<Value> =
        entries(&project).iter().map(|entry| entry["resource"].clone()).collect();
    let ends = |name: &Value, end: &str| name.as_str().is_some_and(|name| name.ends_with(end));
    assert!(names.iter().zip(["/a", "/b", "/z"]).all(|(name, end)| ends(name, end)), "{names:?}");
    assert_eq!(project.run(&select).out, format!("{FILE}: 3 findings (0 added, 0 taken out).\n"));
    assert_eq!(project.read(FILE), text);
    let names = std::fs::read_dir(project.path(".")).expect("the folder").count();
    assert_eq!(names, 4, "nothing is left beside it");
    let empty = recorded(&[("a.yaml", CLOSED)]);
    let held = entries(&empty).len();
    assert!(empty.read(FILE).ends_with("]\n}\n") && held < 5);
}

#[test]
fn what_is_found_no_more_is_said_where_that_is_certain() {
    let project = recorded(&[("a.yaml", &policy("a")), ("b.yaml", &policy("b"))]);
    let mended = policy("a").replace("[{}]", "[]");
    project.write("a.yaml", &mended);
    let whole = project.check(&[]);
    whole.gives(0, &[]);
    assert_eq!(whole.problems(), [GONE]);
    let problem = &whole.report["problems"][0];
    let message = problem["message"].as_str().expect("a message");
    assert!(message.contains("ZT-NET-005 in `a.yaml`") && message.contains("--shrink"));
    let line = problem["location"]["start"]["line"].as_u64().expect("a line") as usize;
    let entry = project.read(FILE);
    let above: Vec<&str> = entry.lines().take(line).collect();
    assert!(above.iter().rev().take(6).any(|line| line.contains("a.yaml")), "{above:?}");
    for uncertain in [
        &["a.yaml"][..],
        &["--profile", "strict"],
        &["--gate"],
        &["--min-severity", "critical"],
        &["--select", "CRD"],
        &["--ignore", "ZT-NET-005"],
        &["--no-baseline"],
    ] {
        assert_eq!(project.check(uncertain).problems(), [""; 0], "{uncertain:?}");
    }
    project.write("c.yaml", "apiVersion: v1\nkind: [\n");
    let broken = project.check(&[]);
    assert_eq!((broken.code, broken.problems().iter().any(|one| one == GONE)), (2, false));
}

#[test]
fn shrinking_only_takes_out() {
    let project = recorded(&[("a.yaml", &policy("a")), ("b.yaml", &policy("b"))]);
    let before = entries(&project);
    project.write("a.yaml", policy("new"));
    let run = project.run(&["baseline", "--shrink"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let after = entries(&project);
    assert!(after.len() < before.len() && after.iter().all(|entry| before.contains(entry)));
    project.check(&NET_005).gives(1, &["a.yaml:8 ZT-NET-005"]);
    assert!(project.run(&["baseline", "--shrink"]).out.contains("(0 taken out)"));
    // Nobody knows what is gone.
    let text = project.read(FILE);
    project.write("b.yaml", policy("b").replace("[{}]", "[]"));
    project.write("c.yaml", "apiVersion: v1\nkind: [\n");
    for args in [&["baseline", "--shrink"][..], &["baseline", "--shrink", "--profile", "strict"]] {
        assert_eq!(project.run(args).code, 2, "{args:?}");
        assert_eq!(project.read(FILE), text, "{args:?}");
    }
    assert_eq!(project.run(&["baseline", "--shrink", "a.yaml"]).code, 2, "paths would mislead");
    let other = folder(&[("a.yaml", OPEN)]);
    let run = other.run(&["baseline", "--shrink"]);
    assert_eq!(run.err, format!("ztlint: {FILE}: there is no baseline to shrink\n"));
    assert!(!other.path(FILE).exists());
}

#[test]
fn an_entry_stands_for_several_findings_where_it_says_so() {
    let two = OPEN.replace("[{}]", "[{}, {}]");
    let project = folder(&[("a.yaml", OPEN)]);
    assert_eq!(project.run(&[&["baseline"], &NET_005[..]].concat()).code, 0);
    let print = entries(&project)[0]["fingerprint"].clone();
    let counted = |count: usize| {
        let line = format!("\"fingerprint\": {print}");
        project.read(FILE).replace(&line, &format!("{line}, \"count\": {count}"))
    };
    project.write("known.json", counted(2));
    project.write("a.yaml", two);
    let all = project.check(&[&NET_005[..], &["--baseline", "known.json"]].concat());
    // The second one has another fingerprint, and is the same by its place.
    all.gives(0, &[]);
    let one = project.check(&NET_005);
    one.gives(1, &["a.yaml:8 ZT-NET-005"]);
    assert_eq!(held(&one).1, 1);
    project.write("known.json", counted(0));
    let run = project.run(&["check", "--baseline", "known.json"]);
    assert!(run.code == 2 && run.err.contains("known.json:"), "{}", run.err);
}

#[test]
fn the_rest_stays_where_paths_are_recorded() {
    let project = folder(&[("a/a.yaml", &policy("a")), ("b/b.yaml", &policy("b"))]);
    let record = |path: &str| {
        let run = project.run(&[&["baseline"], &NET_005[..], &[path]].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        let files = entries(&project).iter().map(|one| one["file"].clone()).collect::<Vec<_>>();
        (files, run.out)
    };
    assert_eq!(record("a").0, ["a/a.yaml"]);
    project.check(&NET_005).gives(1, &["b/b.yaml:8 ZT-NET-005"]);
    let (files, said) = record("b");
    assert_eq!(files, ["a/a.yaml", "b/b.yaml"]);
    assert!(said.contains("(1 added, 0 taken out)"), "{said}");
    project.write("b/b.yaml", CLOSED);
    let (files, said) = record("b");
    assert_eq!(files, ["a/a.yaml"]);
    assert!(said.contains("(0 added, 1 taken out)"), "{said}");
}

#[test]
fn what_moves_is_not_new_and_what_is_new_is_said_where_it_is() {
    let select = [&["baseline"], &NET_005[..]].concat();
    // The only one of its address: the folder does not matter.
    let project = folder(&[("a/open.yaml", OPEN)]);
    assert_eq!(project.run(&select).code, 0);
    std::fs::create_dir(project.path("b")).expect("a folder");
    std::fs::rename(project.path("a/open.yaml"), project.path("b/all.yaml")).expect("a move");
    project.check(&NET_005).gives(0, &[]);
    assert_eq!(project.run(&select).code, 0);
    // A second environment: its own findings are new, those of the first are not, and moving one of
    // the two changes nothing.
    project.write("a/open.yaml", OPEN);
    project.check(&NET_005).gives(1, &["a/open.yaml:8 ZT-NET-005"]);
    assert_eq!(project.run(&select).code, 0);
    std::fs::rename(project.path("a"), project.path("c")).expect("a move");
    project.check(&NET_005).gives(0, &[]);
    // The same fault in a third one, while one of the two is mended, is no move.
    project.write("d/open.yaml", OPEN);
    project.write("b/all.yaml", CLOSED);
    project.check(&NET_005).gives(1, &["d/open.yaml:8 ZT-NET-005"]);
}

#[test]
fn files_that_are_no_baseline_are_refused_with_a_place() {
    let good = "{\"version\": 1, \"profile\": \"default\", \"findings\": []}";
    let entry = |print: &str| {
        let entry = format!(
            "\n{{\"file\": \"a\", \"rule\": \"b\", \"resource\": \"c\", \"at\": \"\", {print}}}"
        );
        good.replace("[]", &format!("[{entry}]"))
    };
    let print = "0".repeat(32);
    let fingerprint = |text: &str| entry(&format!("\"fingerprint\": \"{text}\""));
    for (text, place) in [
        ("", "1:1: EOF"),
        ("{", "1:1: EOF"),
        ("[]", "1:2: invalid length 0, expected a baseline"),
        ("<<<<<<< ours\n", "1:1: expected value"),
        ("\u{0}", "1:1: expected value"),
        ("{\"runs\": []}", "1:7: unknown field `runs`"),
        (&good.replace('1', "2"), "1:13: version 2 is not known here"),
        (&good.replace("default", "loose"), "1:33: a profile is one of"),
        (&good.replace("[]", "[1]"), "1:51: invalid type: integer `1`, expected an entry"),
        (&fingerprint("12"), "2: a fingerprint has 32 hexadecimal digits"),
        (&fingerprint(&print.replace('0', "A")), "2: a fingerprint has 32"),
        (&entry(&format!("\"fingerprint\": \"{print}\", \"count\": 0")), "2: invalid value"),
        (&entry("\"message\": \"x\""), "2: unknown field `message`"),
        (&entry("\"at\": \"x\""), "2: duplicate field `at`"),
        (&format!("{good} x"), "1:54: trailing characters"),
    ] {
        let project = folder(&[("a.yaml", OPEN), (FILE, text)]);
        for args in [&["check"][..], &["baseline"], &["baseline", "--shrink"]] {
            let run = project.run(args);
            let (start, words) = place.split_once(": ").expect("a place");
            let there = run.err.starts_with(&format!("ztlint: {FILE}:{start}:"));
            assert!(run.code == 2 && there && run.err.contains(words), "{text}: {}", run.err);
            assert_eq!(project.read(FILE), text);
        }
        assert_eq!(project.run(&["check", "--no-baseline"]).code, 1, "{text}");
    }
    let project = folder(&[("a.yaml", OPEN), (FILE, &fingerprint(&print))]);
    assert_eq!(project.run(&["check"]).code, 1, "an unknown rule is no fault");
}

#[test]
fn another_file_may_be_named() {
    let project = folder(&[("a.yaml", OPEN), ("sub/none", "")]);
    let run = project.run(&["baseline", "--output", "sub/known.json"]);
    assert_eq!(run.out.split(':').next(), Some("sub/known.json"));
    assert!(!project.path(FILE).exists());
    assert_eq!(project.check(&[]).code, 1);
    let known = project.check(&["--baseline", "sub/known.json"]);
    assert_eq!((known.code, held(&known).0), (0, "sub/known.json"));
    for args in [&["--baseline", "none.json"][..], &["--baseline", "x", "--no-baseline"]] {
        assert_eq!(project.run(&[&["check"], args].concat()).code, 2, "{args:?}");
    }
    let below = crate::run(&project.path("sub"), &["check", ".."], "", &[]);
    assert_eq!(below.code, 1);
    // Standard input has no project, so a baseline is named for it.
    let input = |args: &[&str]| crate::run(&project.path("."), args, OPEN, &[]).code;
    assert_eq!(input(&["check", "-"]), 1);
    assert_eq!(input(&["check", "-", "--baseline", "sub/known.json"]), 0);
}

#[test]
fn a_run_that_fails_still_records_and_says_so() {
    let project = folder(&[("a.yaml", OPEN), ("b.yaml", "apiVersion: v1\nkind: [\n")]);
    let run = project.run(&["baseline"]);
    assert!(run.code == 2 && run.err.starts_with("ztlint: b.yaml: "), "{}", run.err);
    assert!(!entries(&project).is_empty());
}
