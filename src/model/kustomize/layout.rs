//! Which files are kustomizations, what they name, and where that is. Opens no file.

use crate::input::embedded;
use crate::input::file::{File, Language, joined};
use crate::input::tree::NodeRef;
use crate::model::cursor::{Cursor, Shape};
use crate::model::kubernetes::is_kustomization;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The kustomizations of a project and its files by path.
pub(super) struct Layout<'a> {
    pub(super) files: &'a [File],
    /// Index of the kustomization of a folder.
    pub(super) folders: BTreeMap<&'a str, usize>,
    paths: HashMap<&'a str, usize>,
}

/// What an entry of `resources` or `components` leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A file.
    File(usize),
    /// The kustomization of a folder.
    Kustomization(usize),
    /// Something elsewhere.
    Remote,
    /// Nothing that was loaded.
    Missing,
}

impl<'a> Layout<'a> {
    pub(super) fn new(files: &'a [File]) -> Layout<'a> {
        // A chart's template is no manifest, and what it is rendered to is no file to name.
        let stands = |file: &File| file.rendering.is_none() && file.language != Language::Chart;
        let all = files.iter().enumerate().filter(|(_, file)| stands(file));
        let paths = all.clone().map(|(at, file)| (file.source.path.as_str(), at)).collect();
        let mut folders = BTreeMap::new();
        for (at, file) in all.filter(|(_, file)| is_kustomization(&file.source.path)) {
            folders.entry(file.folder()).or_insert(at);
        }
        Layout { files, folders, paths }
    }

    /// A kustomization as written.
    pub(super) fn cursor(&self, file: usize) -> Option<Cursor<'a>> {
        let file = &self.files[file];
        let root = *file.tree.documents.first()?;
        let cursor = Cursor::node(self.files, NodeRef { file: file.id, node: root });
        (cursor.shape() == Shape::Map).then_some(cursor)
    }

    /// Whether a kustomization only changes those that name it.
    pub(super) fn is_component(&self, file: usize) -> bool {
        self.cursor(file).is_some_and(|at| at.key("kind").text().as_deref() == Some("Component"))
    }

    /// The file that a path in a kustomization means.
    pub(super) fn file(&self, kustomization: usize, path: &str) -> Option<usize> {
        let full = joined(self.files[kustomization].folder(), path)?;
        self.paths.get(full.as_str()).copied()
    }

    /// What a path of `resources`, `bases` or `components` leads to.
    pub(super) fn find(&self, kustomization: usize, path: &str) -> Found {
        let full = joined(self.files[kustomization].folder(), path);
        if let Some(full) = &full {
            if let Some(&file) = self.paths.get(full.as_str()) {
                return Found::File(file);
            }
            if let Some(&file) = self.folders.get(full.as_str()) {
                return Found::Kustomization(file);
            }
        }
        if is_remote(path) { Found::Remote } else { Found::Missing }
    }

    /// Kustomizations that others build upon.
    pub(super) fn used(&self) -> BTreeSet<usize> {
        let mut used = BTreeSet::new();
        for &file in self.folders.values() {
            let Some(at) = self.cursor(file) else { continue };
            for path in
                ["resources", "bases", "components"].iter().flat_map(|key| texts(at.key(key)))
            {
                if let Found::Kustomization(other) = self.find(file, &path) {
                    used.insert(other);
                }
            }
        }
        used
    }
}

/// Whether a path is one that Kustomize would fetch.
fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.starts_with("git@")
        || path.contains("?ref=")
        || path.split('/').next().is_some_and(|host| host.contains('.') && !host.starts_with('.'))
            && path.contains('/')
}

fn texts(list: Cursor<'_>) -> Vec<Cow<'_, str>> {
    list.items().known.iter().filter_map(Cursor::text).collect()
}

/// The keys whose entries are patches or name files with patches.
const PATCHES: [&str; 3] = ["patches", "patchesJson6902", "patchesStrategicMerge"];

/// What a kustomization patches with: texts inside it, and paths of files.
fn patches(at: Cursor<'_>) -> (Vec<NodeRef>, Vec<String>) {
    let (mut inline, mut paths) = (Vec::new(), Vec::new());
    for item in PATCHES.iter().flat_map(|key| at.key(key).items().known) {
        let text = if item.shape() == Shape::Scalar { item } else { item.key("patch") };
        let path = if item.shape() == Shape::Scalar { item } else { item.key("path") };
        match path.text() {
            Some(path) if !path.contains('\n') => paths.push(path.into_owned()),
            _ => inline.extend(text.node_ref().filter(|_| text.shape() == Shape::Scalar)),
        }
    }
    for item in at.key("replacements").items().known {
        paths.extend(item.key("path").text().map(Cow::into_owned));
    }
    (inline, paths)
}

/// Files (project paths) that some kustomization uses only as patches or replacements.
pub fn patch_files(files: &[File]) -> BTreeSet<String> {
    let layout = Layout::new(files);
    let (mut found, mut resources) = (BTreeSet::new(), BTreeSet::new());
    for &file in layout.folders.values() {
        let Some(at) = layout.cursor(file) else { continue };
        let folder = files[file].folder();
        found.extend(patches(at).1.iter().filter_map(|path| joined(folder, path)));
        resources.extend(texts(at.key("resources")).iter().filter_map(|path| joined(folder, path)));
    }
    found.retain(|path| !resources.contains(path));
    found
}

/// Parses the patches that are written as texts inside kustomizations, in place.
pub fn embed(files: &mut [File]) {
    let inline: Vec<NodeRef> = {
        let layout = Layout::new(files);
        let all = layout.folders.values().filter_map(|&file| layout.cursor(file));
        all.flat_map(|at| patches(at).0).collect()
    };
    for node in inline {
        let file = &mut files[node.file.0 as usize];
        if file.node(node.node).embedded.is_none() {
            embedded::embed(&file.source.text, &mut file.tree, node.node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_remote;
    use crate::input::file::joined;

    #[test]
    fn paths_stay_inside_the_project() {
        for (folder, path, expected) in [
            ("a/b", "../c.yaml", Some("a/c.yaml")),
            ("a/b", "./x//y.yaml", Some("a/b/x/y.yaml")),
            ("", "base/", Some("base")),
            ("a", "../..", None),
            ("a", "/etc/passwd", None),
        ] {
            assert_eq!(joined(folder, path).as_deref(), expected, "{folder} {path}");
        }
    }

    #[test]
    fn what_must_be_fetched_is_remote() {
        for (path, remote) in [
            ("https://example.com/a.yaml", true),
            ("github.com/org/repo//deploy?ref=v1", true),
            ("git@github.com:org/repo.git", true),
            ("../base", false),
            ("./base", false),
            ("base.yaml", false),
            ("deploy/base", false),
        ] {
            assert_eq!(is_remote(path), remote, "{path}");
        }
    }
}
