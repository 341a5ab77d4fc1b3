//! What a run never does, whatever the input says: wait for a pipe, follow a link out of the project,
//! read without end, or leave half a report. And how much of everything it takes.

use super::{CLOSED, Folder, NET_005, OPEN, OPEN_GROUP, Run, folder};
use std::fmt::Write as _;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Runs the program in a folder; a run that waits for something is a failure, not a hang.
#[track_caller]
fn ends(project: &Folder, args: &[&str]) -> Run {
    let (sender, receiver) = channel();
    let folder = project.path(".");
    let owned: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    std::thread::spawn(move || {
        let args: Vec<&str> = owned.iter().map(String::as_str).collect();
        let _ = sender.send(super::run(&folder, &args, "", &[]));
    });
    let run = receiver.recv_timeout(Duration::from_secs(60));
    run.unwrap_or_else(|_| panic!("{args:?} does not end"))
}

fn pipe(project: &Folder, path: &str) {
    let status = Command::new("mkfifo").arg(project.path(path)).status().expect("mkfifo");
    assert!(status.success(), "{path}");
}

const READS_A_PIPE: &str = "\
resource \"aws_iam_policy\" \"p\" {
  policy = file(\"${path.module}/pipe\")
  name   = templatefile(\"pipe.tpl\", {})
}
";

const PATCHED_BY_A_PIPE: &str = "\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [open.yaml, pipe.yaml]
patches: [{path: patch.yaml}]
configMapGenerator: [{name: c, files: [pipe]}]
";

#[cfg(unix)]
#[test]
fn pipes_and_sockets_are_never_opened() {
    let project = folder(&[
        ("open.yaml", OPEN),
        ("main.tf", READS_A_PIPE),
        ("kustomization.yaml", PATCHED_BY_A_PIPE),
        (".terraform/modules/x/main.tf", OPEN_GROUP),
    ]);
    for path in ["pipe", "pipe.tpl", "pipe.yaml", "pipe.tf", "patch.yaml", ".gitignore"] {
        pipe(&project, path);
    }
    pipe(&project, ".terraform/modules/modules.json");
    let _socket = std::os::unix::net::UnixListener::bind(project.path("socket.yaml"));
    let run = ends(&project, &[&["check", "--format", "concise"], &NET_005[..]].concat());
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.starts_with("open.yaml:8:"), "{}", run.out);
    for (args, path) in [
        (&["check", "pipe.yaml"][..], "pipe.yaml"),
        (&["check", "socket.yaml"], "socket.yaml"),
        (&["graph", "pipe.yaml"], "pipe.yaml"),
        (&["check", "--var-file", "pipe.tf"], "pipe.tf"),
    ] {
        let run = ends(&project, args);
        assert!(run.code == 2 && run.err.contains(path), "{args:?}: {} {}", run.out, run.err);
    }
}

#[cfg(unix)]
#[test]
fn pipes_in_place_of_configuration_are_not_waited_for() {
    let project = folder(&[("open.yaml", OPEN)]);
    pipe(&project, "ztlint.toml");
    assert_eq!(ends(&project, &["check"]).code, 1, "what is no file configures nothing");
    std::fs::create_dir(project.path("policy")).expect("a folder");
    pipe(&project, "policy/ACME-WRK-001-a.yaml");
    let run = ends(&project, &["check", "--rules", "policy"]);
    assert!(run.code == 2 && run.err.contains("no regular file"), "{}", run.err);
    let project = folder(&[("open.yaml", OPEN)]);
    pipe(&project, ".pre-commit-config.yaml");
    assert_eq!(ends(&project, &["init"]).code, 2);
}

#[cfg(unix)]
#[test]
fn threads_are_as_many_as_help() {
    let project = folder(&[("policy.yaml", OPEN)]);
    let run = ends(&project, &["check", "--jobs", "100000", "--format", "concise"]);
    assert!(run.code == 1 && run.out.contains("ZT-NET-005"), "{}{}", run.out, run.err);
}

#[test]
fn devices_are_never_read() {
    use std::os::unix::fs::symlink;
    let project = folder(&[("open.yaml", OPEN), ("main.tf", READS_A_PIPE)]);
    for path in ["zero.yaml", "zero.tf", "pipe", "pipe.tpl"] {
        symlink("/dev/zero", project.path(path)).expect("a link");
    }
    assert_eq!(ends(&project, &[&["check"], &NET_005[..]].concat()).code, 1);
    let run = ends(&project, &["check", "zero.yaml"]);
    assert!(run.code == 2 && run.err.contains("neither a file nor a folder"), "{}", run.err);
    let run = ends(&project, &["check", "--config", "/dev/zero"]);
    assert!(run.code == 2 && run.err.contains("larger than the limit"), "{}", run.err);
}

/// A file outside of every project.
const SECRET: &str = "hunter2-of-somebody-else";

#[cfg(unix)]
#[test]
fn a_configuration_behind_a_link_is_not_quoted() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("key", SECRET), ("ztlint.toml", "[check]\nselect = [\"NET\"]\n")]);
    for (target, code) in [("key", 2), ("ztlint.toml", 0)] {
        let project = folder(&[("closed.yaml", CLOSED)]);
        symlink(outside.path(target), project.path("ztlint.toml")).expect("a link");
        for args in [&["check"][..], &["graph"], &["diff", ".", "."]] {
            let run = project.run(args);
            assert!(run.code == 2 && run.err.contains("leads out of the project"), "{}", run.err);
            assert!(!run.err.contains(SECRET));
        }
        // Who names a file means it.
        let run = project.run(&["check", "--config", "ztlint.toml"]);
        assert_eq!(run.code, code, "{}", run.err);
    }
    let inside = folder(&[("closed.yaml", CLOSED), ("ci/lint.toml", "[check]\ngate = true\n")]);
    symlink("ci/lint.toml", inside.path("ztlint.toml")).expect("a link");
    assert_eq!(inside.run(&["check"]).code, 0);
}

#[cfg(unix)]
#[test]
fn rules_are_read_from_the_project_unless_a_flag_names_them() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("ACME-WRK-001-a.yaml", SECRET)]);
    let path = outside.path(".").canonicalize().expect("a path");
    let path = path.to_str().expect("UTF-8");
    let config = format!("[rules]\ndirs = [\"{path}\"]\n");
    let project = folder(&[("closed.yaml", CLOSED), ("ztlint.toml", &config)]);
    symlink(path, project.path("away")).expect("a link");
    for text in [config.as_str(), "[rules]\ndirs = [\"away\"]\n", "[rules]\ndirs = [\"..\"]\n"] {
        project.write("ztlint.toml", text);
        let run = project.run(&["check"]);
        assert!(run.code == 2 && run.err.contains("ztlint.toml:2:"), "{}", run.err);
        assert!(run.err.contains("lies outside the project"), "{}", run.err);
        assert!(!run.err.contains(SECRET));
    }
    project.write("ztlint.toml", "[rules]\ndirs = [\"policy\"]\n");
    std::fs::create_dir(project.path("policy")).expect("a folder");
    symlink(outside.path("ACME-WRK-001-a.yaml"), project.path("policy/ACME-WRK-001-a.yaml"))
        .expect("a link");
    let run = project.run(&["check"]);
    assert!(run.code == 2 && run.err.contains("leads out of the folder"), "{}", run.err);
    let run = project.run(&["check", "--rules", "away"]);
    assert!(run.code == 2 && run.err.contains("ACME-WRK-001-a.yaml"), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn loops_of_links_in_a_pack_end() {
    use std::os::unix::fs::symlink;
    let acme = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/packs/acme");
    let project = folder(&[("closed.yaml", CLOSED)]);
    let copied = Command::new("cp").args(["-r", acme]).arg(project.path("policy")).status();
    assert!(copied.expect("cp").success());
    for name in ["one", "other", "third"] {
        symlink(".", project.path("policy").join(name)).expect("a link");
    }
    let run = ends(&project, &["check", "--rules", "policy"]);
    // Its own cases hold findings.
    assert_eq!(run.code, 1, "{}", run.err);
}

#[cfg(unix)]
#[test]
fn listings_stay_inside() {
    use std::os::unix::fs::symlink;
    use ztlint::input::file_tree::{Disk, FileTree};
    let outside = folder(&[("hosts.yaml", OPEN), ("rules", "*.yaml\n")]);
    let project =
        folder(&[("sub/a.yaml", OPEN), ("sub/deep/b.yaml", OPEN), ("sub/deep/c.txt", "")]);
    symlink(outside.path("."), project.path("away")).expect("a link");
    symlink("../away", project.path("sub/over")).expect("a link");
    symlink("sub", project.path("near")).expect("a link");
    symlink(outside.path("rules"), project.path("sub/deep/.gitignore")).expect("a link");
    let tree = Disk::new(project.path(""), 1000);
    let list = |folder: &str| tree.list(folder, true).files;
    for folder in ["away", "sub/over", "near/over", "..", "sub/../..", "/"] {
        assert_eq!(list(folder), [""; 0], "{folder}");
    }
    let near = ["near/a.yaml", "near/deep/b.yaml", "near/deep/c.txt"];
    assert_eq!(list("near"), near);
    assert_eq!(tree.list("sub", false).files, ["sub/a.yaml"]);
}

#[test]
fn ignore_files_count_from_the_root_down() {
    use ztlint::input::file_tree::{Disk, FileTree};
    let project = folder(&[
        (".gitignore", "\u{feff}*.log\n/built\n!keep.log\nsub/**/cache/\n"),
        ("a.yaml", ""),
        ("a.log", ""),
        ("keep.log", ""),
        ("built/a.yaml", ""),
        ("sub/built/a.yaml", ""),
        ("sub/.gitignore", "!b.log\na.yaml\n"),
        ("sub/a.yaml", ""),
        ("sub/b.log", ""),
        ("sub/x/cache/a.txt", ""),
        ("clone/.git/HEAD", ""),
        ("clone/c.log", ""),
        ("clone/.terraform/x.tf", ""),
    ]);
    // What stands above the project's root says nothing.
    let inner = Disk::new(project.path("sub"), 1000);
    assert_eq!(inner.list("", true).files, [".gitignore", "b.log", "x/cache/a.txt"]);
    let tree = Disk::new(project.path(""), 1000);
    let all = [".gitignore", "a.yaml", "clone/c.log", "keep.log", "sub/.gitignore", "sub/b.log"];
    assert_eq!(tree.list("", true).files, all);
    assert_eq!(tree.list("sub", true).files, ["sub/.gitignore", "sub/b.log"]);
    assert_eq!(tree.list("clone/.terraform", true).files, ["clone/.terraform/x.tf"]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_utf8_are_said() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let project = folder(&[("z-open.yaml", OPEN)]);
    let strange = OsStr::from_bytes(b"a-\xff.yaml");
    std::fs::write(project.path("").join(strange), OPEN).expect("a file");
    let checked = project.check(&NET_005);
    checked.gives(2, &["z-open.yaml:8 ZT-NET-005"]);
    assert_eq!(checked.problems(), ["a-\u{fffd}.yaml error unreadable"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_ztlint"));
    let output = command.current_dir(project.path("")).arg("check").arg(strange).output();
    assert_eq!(output.expect("an end").status.code(), Some(2), "a file that was named");
}

#[test]
fn files_that_change_while_they_are_read_stay_within_the_limit() {
    use ztlint::input::file_tree::{Disk, FileTree, ReadError};
    let project = folder(&[("a.yaml", "0123456789")]);
    let tree = Disk::new(project.path(""), 10);
    assert_eq!(tree.read("a.yaml").expect("ten bytes"), b"0123456789");
    project.write("a.yaml", "0123456789x");
    assert!(matches!(tree.read("a.yaml"), Err(ReadError::TooLarge { limit: 10, .. })));
    std::fs::remove_file(project.path("a.yaml")).expect("gone");
    assert!(matches!(tree.read("a.yaml"), Err(ReadError::Io(_))));
    assert!(!tree.holds("a.yaml", &[b"0"]));
}

#[test]
fn thousands_of_documents_are_judged_one_by_one() {
    let mut text = String::new();
    for at in 0..3_000 {
        let _ = write!(text, "---\n{}", OPEN.replace("name: open", &format!("name: open-{at}")));
    }
    let checked = folder(&[("all.yaml", &text)]).check(&NET_005);
    assert_eq!((checked.code, checked.findings().len()), (1, 3_000));
    assert_eq!(checked.count("resources"), 3_000);
}

#[test]
fn long_policies_and_many_comments_take_linear_time() {
    let statement = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    let statements = vec![statement; 5_000].join(",\n");
    let policy = format!(
        "resource \"aws_iam_policy\" \"p\" {{\n  policy = <<EOT\n{{\"Statement\": [{statements}]}}\nEOT\n}}\n"
    );
    let comment = "# ztlint:ignore[ZT-NET-005] reason=\"Twice.\"\n";
    let project = folder(&[
        ("main.tf", &format!("{policy}{OPEN_GROUP}")),
        ("open.yaml", &format!("{OPEN}{}", comment.repeat(20_000))),
    ]);
    let run = ends(&project, &["check", "--select", "PRV,NET", "--format", "concise"]);
    assert!(run.out.contains("open.yaml:8:"), "{}{}", run.out, run.err);
}

#[test]
fn hostile_patterns_take_linear_time() {
    let text = "a".repeat(40_000);
    let group = format!(
        "locals {{\n  text = \"{text}!\"\n  slow = regexall(\"(a+)+$\", local.text)\n  \
         big  = regex(\"((a{{100}}){{100}}){{100}}\", local.text)\n}}\n\
         resource \"aws_security_group\" \"g\" {{\n  name = join(\"\", local.slow)\n  \
         description = local.big\n}}\n{OPEN_GROUP}"
    );
    let project = folder(&[("main.tf", &group)]);
    let run = ends(&project, &["check", "--select", "ZT-NET-025", "--format", "concise"]);
    assert!(run.out.contains("ZT-NET-025"), "{}{}", run.out, run.err);
}

#[cfg(unix)]
#[test]
fn an_interrupted_report_leaves_the_older_one() {
    let project = folder(&[("r.json", "older")]);
    for at in 0..50 {
        let text = OPEN.replace("name: open", &format!("name: open-{at}"));
        project.write(&format!("p{at}.yaml"), text);
    }
    let limited = |ignored: &str| {
        // Files may grow to one block: the first write beyond ends the program, or fails.
        let script = format!("ulimit -f 1; {ignored} exec \"$0\" check --output json=r.json");
        let mut shell = Command::new("bash");
        shell.current_dir(project.path("")).args(["-c", &script, env!("CARGO_BIN_EXE_ztlint")]);
        shell.output().expect("bash")
    };
    let killed = limited("");
    assert_eq!(killed.status.code(), None, "{killed:?}");
    assert_eq!(project.read("r.json"), "older");
    let failed = limited("trap '' XFSZ;");
    assert_eq!(failed.status.code(), Some(2), "{failed:?}");
    assert_eq!(project.read("r.json"), "older");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("mine", SECRET), ("hooks", "repos: []\n")]);
    let project = folder(&[("p.yaml", CLOSED)]);
    symlink(outside.path("mine"), project.path("r.json")).expect("a link");
    // The name beside it has the number of the process in it.
    let script = "ln -s \"$1\" \"r.json.$$.tmp\"; exec \"$0\" check --output json=r.json";
    let mut shell = Command::new("bash");
    shell.current_dir(project.path("")).args(["-c", script, env!("CARGO_BIN_EXE_ztlint")]);
    let output = shell.arg(outside.path("mine")).output().expect("bash");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(outside.read("mine"), SECRET);
    assert!(project.read("r.json").starts_with('{'), "the link is replaced");
    symlink(outside.path("hooks"), project.path(".pre-commit-config.yaml")).expect("a link");
    symlink(outside.path("."), project.path(".github")).expect("a link");
    let run = project.run(&["init"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(outside.read("hooks"), "repos: []\n");
    assert!(!outside.path("workflows").exists(), "{}", run.out);
}
