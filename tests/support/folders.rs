//! Folders of test data, each a project of its own: what they hold, and what a run finds in them.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use ztlint::input::file_tree::Memory;
use ztlint::rules::outcome::Report;

/// What a folder expects.
const EXPECT: &str = "expect.yaml";

/// A finding, as far as test data name it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub struct Found {
    pub file: String,
    pub line: u32,
    pub rule: String,
    /// Instances it holds for, where that is not the resource itself.
    #[serde(default)]
    pub instances: Vec<String>,
}

/// The folders below `root` and what they expect, by name.
pub fn cases<T: DeserializeOwned>(root: &str) -> Vec<(PathBuf, T)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
    let entries = std::fs::read_dir(&root).unwrap_or_else(|e| panic!("{}: {e}", root.display()));
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "{}: no case", root.display());
    let read = |folder: PathBuf| {
        let path = folder.join(EXPECT);
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let expected = serde_yaml::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (folder, expected)
    };
    folders.into_iter().map(read).collect()
}

/// The files of a folder and of those below it, but for the twin of the case, and their paths.
pub fn project(folder: &Path, twin: &str) -> (Memory, Vec<String>) {
    let (mut tree, mut paths, mut open) = (Memory::new(), Vec::new(), vec![folder.to_owned()]);
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).unwrap_or_else(|e| panic!("{}: {e}", at.display())) {
            let path = entry.expect("an entry").path();
            let inside = path.strip_prefix(folder).expect("a path below the folder");
            if path.is_dir() {
                if inside != Path::new(twin) {
                    open.push(path);
                }
            } else if inside != Path::new(EXPECT) {
                let parts = inside.iter().map(|part| part.to_string_lossy());
                let name = parts.collect::<Vec<_>>().join("/");
                tree = tree.with(name.clone(), std::fs::read(&path).expect("a file"));
                paths.push(name);
            }
        }
    }
    assert!(!paths.is_empty(), "{}: no file", folder.display());
    paths.sort();
    (tree, paths)
}

/// The findings of a report, sorted.
pub fn found(report: &Report) -> Vec<Found> {
    let found = report.findings.iter().map(|finding| {
        let source = report.source(finding.primary.file);
        Found {
            file: source.path.clone(),
            line: source.position(finding.primary.span.start).line,
            rule: finding.rule.id.to_owned(),
            instances: finding.instances.clone(),
        }
    });
    let mut found: Vec<Found> = found.collect();
    found.sort();
    found
}
