//! Input that is broken, hostile or merely strange.

use super::{CLOSED, Folder, NET_005, OPEN, OPEN_GROUP, folder};
use std::io::Write;
use ztlint::input::file_tree::{FileTree, Listing, Memory, ReadError};
use ztlint::rules::engine;
use ztlint::rules::settings::Settings;

/// A file beside the strange one, whose finding must be there in any case.
const BESIDE: &str = "z-open.yaml:8 ZT-NET-005";

fn beside(path: &str, bytes: impl AsRef<[u8]>) -> Folder {
    let project = folder(&[("z-open.yaml", OPEN)]);
    project.write(path, bytes);
    project
}

/// Runs and asserts that the neighbour was judged and the problems are these.
#[track_caller]
fn gives(project: &Folder, code: i32, problems: &[&str]) {
    let checked = project.check(&NET_005);
    checked.gives(code, &[BESIDE]);
    assert_eq!(checked.problems(), problems);
}

/// Files in memory, one of which cannot be read.
struct Locked(Memory);

impl FileTree for Locked {
    fn list(&self, folder: &str, deep: bool) -> Listing {
        self.0.list(folder, deep)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        if path == "locked.yaml" {
            return Err(std::io::Error::from(std::io::ErrorKind::PermissionDenied).into());
        }
        self.0.read(path)
    }

    fn holds(&self, path: &str, needles: &[&[u8]]) -> bool {
        self.0.holds(path, needles)
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_the_rest_is_judged() {
    let tree = Locked(Memory::new().with("locked.yaml", CLOSED).with("open.yaml", OPEN));
    let settings = Settings { select: vec!["ZT-NET-005".to_owned()], ..Settings::default() };
    let report = engine::run(&tree, &settings);
    let codes: Vec<_> = report.problems.iter().map(|p| (p.path.as_str(), p.code)).collect();
    assert_eq!((report.findings.len(), codes), (1, vec![("locked.yaml", "unreadable")]));
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let project = beside("locked.yaml", CLOSED);
    let path = project.path("locked.yaml");
    let locked = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(&path, locked).expect("permissions");
    // Whoever may read everything, such as root, can read this too.
    if std::fs::read(&path).is_ok() {
        return gives(&project, 1, &[]);
    }
    gives(&project, 2, &["locked.yaml error unreadable"]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_errors_only_when_named() {
    use std::os::unix::fs::symlink;
    let project = beside("closed.yaml", CLOSED);
    symlink("gone.yaml", project.path("dangling.yaml")).expect("a link");
    symlink("round.yaml", project.path("round.yaml")).expect("a link");
    symlink(".", project.path("loop")).expect("a link");
    gives(&project, 1, &[]);
    for path in ["dangling.yaml", "round.yaml"] {
        let run = project.run(&["check", path]);
        assert_eq!(run.code, 2, "{path}");
        assert!(run.err.contains(path), "{}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn a_loop_of_folders_ends() {
    use std::os::unix::fs::symlink;
    let project = beside("a/closed.yaml", CLOSED);
    symlink("../b", project.path("a/b")).expect("a link");
    std::fs::create_dir(project.path("b")).expect("a folder");
    symlink("../a", project.path("b/a")).expect("a link");
    gives(&project, 1, &[]);
}

#[cfg(unix)]
#[test]
fn no_link_on_the_way_leads_out_of_the_root() {
    use std::os::unix::fs::symlink;
    use ztlint::input::file_tree::{Disk, FileTree, ReadError};
    let outside = folder(&[("secret.txt", "s3cret"), ("deep/secret.txt", "s3cret")]);
    let project = folder(&[("inside/a.txt", "open")]);
    symlink(outside.path("."), project.path("away")).expect("a link");
    symlink(outside.path("secret.txt"), project.path("file.txt")).expect("a link");
    symlink("inside", project.path("near")).expect("a link");
    let tree = Disk::new(project.path("."), 1000);
    for path in ["away/secret.txt", "away/deep/secret.txt", "file.txt", "../x"] {
        let read = tree.read(path);
        assert!(matches!(read, Err(ReadError::Outside)), "{path}: {read:?}");
        assert!(!tree.holds(path, &[b"s3cret"]), "{path}");
    }
    assert_eq!(tree.read("near/a.txt").expect("inside"), b"open");
}

#[test]
fn bytes_that_are_no_utf8_are_an_error_in_a_manifest() {
    let bytes = [CLOSED.as_bytes(), b"# \xff\xfe\n"].concat();
    gives(&beside("a.yaml", bytes), 2, &["a.yaml error not-utf8"]);
    gives(&beside("a.tf", b"# \xff\n"), 2, &["a.tf error not-utf8"]);
    gives(&beside("data.yaml", b"name: \xff\n"), 1, &[]);
}

/// A file of 200 MB that takes no room on the disk.
fn sparse(path: &str, head: &str) -> Folder {
    let project = beside("closed.yaml", CLOSED);
    let mut file = std::fs::File::create(project.path(path)).expect("a file");
    file.write_all(head.as_bytes()).expect("written");
    file.set_len(200 << 20).expect("long");
    project
}

#[test]
fn a_huge_manifest_is_an_error() {
    gives(&sparse("huge.yaml", OPEN), 2, &["huge.yaml error too-large"]);
    gives(&sparse("huge.tf", "# Nothing.\n"), 2, &["huge.tf error too-large"]);
}

#[test]
fn huge_data_is_no_manifest() {
    let project = sparse("data.json", "{\"numbers\": [1, 2, 3");
    gives(&project, 1, &[]);
    assert_eq!(project.check(&NET_005).count("not_manifests"), 1);
}

fn nested() -> String {
    "[".repeat(10_000) + &"]".repeat(10_000)
}

#[test]
fn ten_thousand_brackets_in_yaml() {
    let text =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {}\n", nested());
    gives(&beside("deep.yaml", text), 2, &["deep.yaml error yaml-syntax"]);
}

#[test]
fn ten_thousand_brackets_in_json() {
    let text = format!(r#"{{"apiVersion": "v1", "kind": "ConfigMap", "data": {}}}"#, nested());
    gives(&beside("deep.json", text), 2, &["deep.json error json-syntax"]);
}

#[test]
fn ten_thousand_brackets_in_hcl() {
    let text = format!("{OPEN_GROUP}locals {{\n  deep = {}\n}}\n", nested());
    let project = beside("deep.tf", text);
    gives(&project, 2, &["deep.tf error hcl-syntax"]);
    let group = project.check(&["--select", "ZT-NET-025"]);
    assert_eq!(group.findings(), ["deep.tf:6 ZT-NET-025"]);
}

#[test]
fn a_bomb_of_aliases_does_not_go_off() {
    let mut text =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\ndata:\n  a0: &a0 [x]\n"
            .to_owned();
    for at in 1..60 {
        let before = at - 1;
        let ten = vec![format!("*a{before}"); 10].join(", ");
        text = format!("{text}  a{at}: &a{at} [{ten}]\n");
    }
    let project = beside("bomb.yaml", text);
    let checked = project.check(&["--profile", "strict"]);
    assert_eq!(checked.code, 1);
    // What is written once is judged once.
    let findings = checked.findings();
    assert!(findings.len() < 100, "{} findings", findings.len());
}

#[test]
fn a_folder_may_be_named_like_a_file() {
    let project = beside("x.yaml/closed.yaml", CLOSED);
    project.write("y.tf/main.tf", OPEN_GROUP);
    gives(&project, 1, &[]);
    project.check(&["x.yaml", "--select", "ZT-NET-005"]).gives(0, &[]);
}

#[test]
fn empty_files_are_nothing() {
    let project = beside("empty.yaml", "");
    project.write("empty.json", "");
    project.write("empty.tf", "");
    project.write("blank.yaml", "\n---\n# Nothing.\n---\n");
    gives(&project, 1, &[]);
}

#[test]
fn a_truncated_block_leaves_its_neighbours() {
    let text = format!("{OPEN_GROUP}\nresource \"aws_security_group\" \"cut\" {{\n  ingress {{\n");
    let project = beside("main.tf", text);
    project.write("other.tf", OPEN_GROUP.replace("web", "other"));
    let checked = project.check(&["--select", "ZT-NET-025"]);
    checked.gives(2, &["main.tf:6 ZT-NET-025", "other.tf:6 ZT-NET-025"]);
    assert_eq!(checked.problems(), ["main.tf error hcl-syntax"]);
}

#[test]
fn a_broken_document_leaves_its_neighbours() {
    let other = OPEN.replace("name: open", "name: other");
    let text = format!("{OPEN}---\napiVersion: v1\nkind: [broken\nmetadata: }}\n---\n{other}");
    let checked = folder(&[("all.yaml", &text)]).check(&NET_005);
    checked.gives(2, &["all.yaml:8 ZT-NET-005", "all.yaml:21 ZT-NET-005"]);
    assert_eq!(checked.problems(), ["all.yaml error yaml-syntax"]);
}

#[test]
fn broken_yaml_that_is_no_manifest_is_only_counted() {
    let project = beside("prose.yaml", "text: [any kind of apiVersion\n");
    gives(&project, 1, &[]);
    assert_eq!(project.check(&NET_005).count("not_manifests"), 1);
}

#[test]
fn templates_are_skipped() {
    let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n  {{- if .Values.on }}\nspec: {}\n  {{- end }}\n";
    let project = beside("chart/templates/pod.yaml", template);
    project.write("chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n");
    project.write("chart/values.yaml", "name: web\n");
    project.write("loose/pod.yaml", template);
    gives(&project, 1, &[]);
    let checked = project.check(&NET_005);
    assert_eq!(checked.skipped(), ["chart/templates/pod.yaml", "loose/pod.yaml"]);
    let alone = folder(&[("pod.yaml", template)]).run(&["check"]);
    assert_eq!(alone.code, 0, "{}", alone.out);
    assert!(alone.out.contains("1 skipped file"), "{}", alone.out);
}

#[test]
fn line_ends_and_byte_order_marks_change_no_line() {
    let windows = OPEN.replace('\n', "\r\n");
    let found = ["p.yaml:8 ZT-NET-005"];
    for text in [windows.clone(), format!("\u{feff}{OPEN}"), format!("\u{feff}{windows}")] {
        let checked = folder(&[("p.yaml", &text)]).check(&NET_005);
        checked.gives(1, &found);
        let start = &checked.report["findings"][0]["location"]["start"];
        assert_eq!(start["column"], 13);
        let offset = usize::try_from(start["offset"].as_u64().expect("an offset")).expect("small");
        assert_eq!(&text[offset..offset + 2], "{}");
    }
    let group = format!("\u{feff}{}", OPEN_GROUP.replace('\n', "\r\n"));
    let checked = folder(&[("main.tf", &group)]).check(&["--select", "ZT-NET-025"]);
    checked.gives(1, &["main.tf:6 ZT-NET-025"]);
}

#[test]
fn a_repeated_key_is_a_warning() {
    let twice = CLOSED.replace("  name: closed\n", "  name: closed\n  name: closed\n");
    let project = folder(&[("p.yaml", &twice)]);
    let checked = project.check(&NET_005);
    checked.gives(0, &[]);
    assert_eq!(checked.problems(), ["p.yaml warning duplicate-key"]);
    gives(&beside("p.yaml", &twice), 1, &["p.yaml warning duplicate-key"]);
}
