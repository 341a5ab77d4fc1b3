//! Revisions and the index of git repositories as file trees: what is listed, what can be read, and
//! what is refused.

#[path = "support/repository.rs"]
mod repository;

use gix::index::entry::{Flags, Mode};
use gix::objs::tree::EntryKind;
use repository::{Repository, file};
use std::path::Path;
use tempfile::TempDir;
use ztlint::input::file_tree::{Disk, FileTree};
use ztlint::input::git_history::History;
use ztlint::input::git_tree::GitTree;
use ztlint::model::project;

const LIMIT: u64 = 1000;

fn made(make: impl FnOnce(&Repository)) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    make(&Repository::new(folder.path()));
    folder
}

fn revision(folder: &TempDir, name: &str) -> Result<GitTree, String> {
    GitTree::revision(folder.path(), name, LIMIT).map_err(|error| error.to_string())
}

/// The text of a file, or why there is none.
fn text(tree: &dyn FileTree, path: &str) -> String {
    match tree.read(path) {
        Ok(bytes) => String::from_utf8(bytes).expect("text"),
        Err(error) => format!("({error})"),
    }
}

fn problems(tree: &dyn FileTree) -> Vec<String> {
    let listing = tree.list("", true);
    listing.problems.iter().map(|one| format!("{:?} {}", one.level, one.message)).collect()
}

#[test]
fn a_revision_is_read_without_checking_out() {
    let folder = made(|repository| {
        repository.commit(repository.tree(&[file("a.yaml", "one"), file("b/c.yaml", "old")]), "v1");
        let run = ("b/run.sh", EntryKind::BlobExecutable, "#!");
        let later =
            [file("a.yaml", "two"), file("b/d/e.yaml", "new"), file(".terraform/x.tf", ""), run];
        repository.commit(repository.tree(&later), "v2");
    });
    for (name, all, own, a) in [
        ("v1", "a.yaml b/c.yaml", "b/c.yaml", "one"),
        ("v2", "a.yaml b/d/e.yaml b/run.sh", "b/run.sh", "two"),
        ("HEAD~1", "a.yaml b/c.yaml", "b/c.yaml", "one"),
        ("HEAD", "a.yaml b/d/e.yaml b/run.sh", "b/run.sh", "two"),
    ] {
        let tree = revision(&folder, name).expect("a tree");
        assert_eq!(tree.list("", true).files.join(" "), all, "{name}");
        assert_eq!(tree.list("b", false).files.join(" "), own, "{name}");
        assert_eq!(text(&tree, "a.yaml"), a, "{name}");
        assert_eq!(problems(&tree), [""; 0], "{name}");
    }
    let names = std::fs::read_dir(folder.path()).expect("the folder");
    let names: Vec<_> = names.map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, [".git"], "nothing is checked out");
    let fails = |name: &str| revision(&folder, name).err().unwrap_or_default();
    assert!(fails("v3").starts_with("`v3` is no revision of the repository"), "{}", fails("v3"));
    assert!(fails("HEAD:a.yaml").contains("HEAD:a.yaml"));
    let none = TempDir::new().expect("a folder");
    assert!(revision(&none, "HEAD").is_err_and(|text| text.contains("is no git repository")));
}

#[test]
fn links_lead_no_further_than_the_tree() {
    let link = |path, target| (path, EntryKind::Link, target);
    let folder = made(|repository| {
        let files = [
            file("a/real.yaml", "real"),
            link("a/near", "real.yaml"),
            link("b/far", "../a/near"),
            link("dir", "a"),
            link("out", "../outside"),
            link("deep/out", "../../x"),
            link("root", "/etc/passwd"),
            link("loop", "loop"),
            link("gone", "nothing"),
        ];
        repository.commit(repository.tree(&files), "v1");
    });
    let tree = revision(&folder, "v1").expect("a tree");
    assert_eq!(tree.list("", true).files, ["a/real.yaml"], "links are not listed");
    for path in ["a/real.yaml", "a/near", "b/far", "dir/real.yaml", "./dir/near"] {
        assert_eq!(text(&tree, path), "real", "{path}");
    }
    for path in ["out", "deep/out", "root", "loop", "../x", "a/../../x", "/etc/passwd"] {
        assert_eq!(text(&tree, path), "(lies outside the project root)", "{path}");
    }
    for path in ["gone", "a", "nothing"] {
        assert!(text(&tree, path).starts_with("(cannot be read"), "{path}");
    }
}

#[test]
fn what_is_elsewhere_is_said() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
    let folder = made(|repository| {
        let files = [
            file("big.yaml", pointer),
            ("lib", EntryKind::Commit, ""),
            ("sub/lib", EntryKind::Commit, ""),
        ];
        repository.commit(repository.tree(&files), "v1");
    });
    let tree = revision(&folder, "v1").expect("a tree");
    let words =
        |path: &str| format!("Note `{path}` is a submodule: its files are in another repository.");
    assert_eq!(problems(&tree), [words("lib"), words("sub/lib")]);
    assert_eq!(tree.list("sub", true).problems.len(), 1);
    let project = project::load(&tree, None, &[], None);
    let skipped = ("big.yaml", "stored in Git LFS, whose content is not at hand");
    let found: Vec<_> = project.skipped.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(found, [skipped]);
}

#[test]
fn sizes_are_bounded() {
    let large = "x".repeat(LIMIT as usize + 1) + "kind";
    let folder = made(|repository| {
        let exact = "y".repeat(LIMIT as usize);
        let files = [file("large.yaml", &large), file("exact.yaml", &exact)];
        repository.commit(repository.tree(&files), "v1");
        // Millions of files by a few small objects, and a tree deeper than any real one.
        let names: Vec<String> = (0..1500).map(|at| format!("x{at}")).collect();
        let many = |kind, id| {
            let entries: Vec<_> = names.iter().map(|name| (name.as_str(), kind, id)).collect();
            repository.folder(&entries)
        };
        let blob = repository.tree(&[file("x", "")]);
        let folder = many(EntryKind::Blob, blob);
        repository.commit(many(EntryKind::Tree, folder), "bomb");
        let once = |id| repository.folder(&[("a", EntryKind::Tree, id)]);
        repository.commit((0..300).fold(blob, |id, _| once(id)), "deep");
    });
    let tree = revision(&folder, "v1").expect("a tree");
    let size = LIMIT + 5;
    let refused = format!("(is larger than the limit of {LIMIT} bytes ({size} bytes))");
    assert_eq!(text(&tree, "large.yaml"), refused);
    assert_eq!(text(&tree, "exact.yaml").len() as u64, LIMIT);
    assert!(tree.holds("large.yaml", &[b"kind"]) && !tree.holds("large.yaml", &[b"kind", b"z"]));
    for name in ["bomb", "deep"] {
        let error = revision(&folder, name).err().unwrap_or_default();
        assert!(error.contains("is larger than"), "{name}: {error}");
    }
}

#[test]
fn the_index_is_what_is_staged() {
    let unmerged = |stage: u32| Flags::from_bits_retain(stage << 12);
    let folder = made(|repository| {
        repository.commit(repository.tree(&[file("a.yaml", "committed")]), "v1");
        let none = Flags::empty();
        repository.stage(&[
            ("a.yaml", Mode::FILE, none, "staged"),
            ("b/c.yaml", Mode::FILE_EXECUTABLE, none, "new"),
            ("b/link", Mode::SYMLINK, none, "../a.yaml"),
            ("later.yaml", Mode::FILE, Flags::INTENT_TO_ADD | Flags::EXTENDED, ""),
            ("lib", Mode::COMMIT, none, ""),
            ("torn.yaml", Mode::FILE, unmerged(2), "ours"),
            ("torn.yaml", Mode::FILE, unmerged(3), "theirs"),
        ]);
    });
    std::fs::write(folder.path().join("a.yaml"), "on disk").expect("a file");
    let tree = GitTree::index(folder.path(), LIMIT).expect("a tree");
    assert_eq!(tree.list("", true).files, ["a.yaml", "b/c.yaml"]);
    assert_eq!(text(&tree, "a.yaml"), "staged");
    assert_eq!(text(&tree, "b/link"), "staged");
    let expected = [
        "Note `lib` is a submodule: its files are in another repository.",
        "Error `torn.yaml` is not merged, so that nothing of it is staged.",
    ];
    assert_eq!(problems(&tree), expected);
    let empty = made(|_| ());
    let tree = GitTree::index(empty.path(), LIMIT).expect("a tree");
    assert_eq!(tree.list("", true).files.len(), 0, "nothing is staged before the first time");
}

/// What is committed and what is on the disk are the same project.
#[test]
fn a_revision_and_the_disk_hold_the_same() {
    let files = [
        file("web.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"),
        file("main.tf", "locals {}\n"),
        file("notes.md", "x"),
        file("a/b.yaml", "x: 1\n"),
    ];
    let folder = made(|repository| repository.commit(repository.tree(&files), "v1"));
    for (path, _, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let (git, disk) = (revision(&folder, "v1").expect("a tree"), Disk::new(folder.path(), LIMIT));
    let trees: [&dyn FileTree; 2] = [&git, &disk];
    let seen = trees.map(|tree| {
        let project = project::load(tree, None, &[], None);
        let paths: Vec<String> = project.files.iter().map(|f| f.source.path.clone()).collect();
        (tree.list("", true).files, paths, project.not_manifests)
    });
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].1, ["main.tf", "web.yaml"]);
}

#[test]
fn a_line_comes_from_the_commit_that_brought_it_in() {
    let folder = made(|repository| {
        let commit = |name: &str, files: &[(&str, &str)]| {
            let files: Vec<_> = files.iter().map(|(path, text)| file(path, text)).collect();
            repository.commit_by(name, "86400 +0000", repository.tree(&files), name);
        };
        commit("one", &[("a/p", "first\nsame\n"), ("q", "")]);
        commit("two", &[("a/p", "new\nfirst\nsame\nsame\n"), ("q", "")]);
        commit("three", &[("b/p", "new\nfirst\nsame\nsame\n"), ("q", "")]);
        commit("four", &[("b/p", "    first\nnew\nchanged\nsame\nsame\n"), ("q", "more\n")]);
    });
    let history = History::open(folder.path()).expect("a history");
    let text = "first\nnew\nchanged\nsame\nsame\nmine\n";
    let origins = history.origins("b/p", text, &[1, 2, 3, 4, 5, 6, 7]);
    let names: Vec<_> = origins
        .iter()
        .map(|origin| origin.as_ref().map_or("-", |origin| origin.name.as_str()))
        .collect();
    // The last line but one is there for the first time; behind it there is none.
    assert_eq!(names, ["one", "two", "four", "one", "two", "-", "-"]);
    let first = origins[0].as_ref().expect("an origin");
    assert_eq!((first.email.as_str(), first.seconds, first.commit.len()), ("one@t", 86400, 40));
    assert_eq!(history.origins("nowhere", text, &[1]), [None]);
    let empty = made(|_| {});
    assert_eq!(History::open(empty.path()).expect("a history").origins("p", "x", &[1]), [None]);
    assert!(History::open(TempDir::new().expect("a folder").path()).is_err());
}
