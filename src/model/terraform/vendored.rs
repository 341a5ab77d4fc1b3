//! Modules that `terraform init` has fetched, as `.terraform/modules/modules.json` lists them.

use crate::input::file::{File, Language, joined};
use crate::input::file_tree::FileTree;
use rayon::prelude::*;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Folders of fetched modules by root module folder and by the names of the calls that lead to them,
/// joined by dots.
pub type Vendored = BTreeMap<(String, String), String>;

#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "Modules")]
    modules: Vec<Fetched>,
}

#[derive(Deserialize)]
struct Fetched {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Dir")]
    dir: String,
}

/// Where the modules of the given root folders were fetched to. What cannot be read is not at hand.
pub fn find(tree: &dyn FileTree, folders: &BTreeSet<&str>) -> Vendored {
    let each: Vec<Vendored> = folders
        .par_iter()
        .map(|folder| {
            let path = joined(folder, ".terraform/modules/modules.json");
            let bytes = path.and_then(|path| tree.read(&path).ok());
            let manifest = bytes.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
            let modules = manifest.map_or_else(Vec::new, |manifest| manifest.modules);
            let fetched = modules.into_iter().filter(|module| module.dir.starts_with(".terraform"));
            fetched
                .filter_map(|module| {
                    let dir = joined(folder, &module.dir)?;
                    Some((((*folder).to_owned(), module.key), dir))
                })
                .collect()
        })
        .collect();
    each.into_iter().flatten().collect()
}

/// The files of fetched modules, and of the modules inside them.
pub fn files(tree: &dyn FileTree, vendored: &Vendored) -> Vec<File> {
    let folders: BTreeSet<&String> = vendored.values().collect();
    let paths: BTreeSet<String> = folders
        .par_iter()
        .flat_map_iter(|folder| tree.list(folder, true).files)
        .filter(|path| Language::of(path).is_some_and(Language::is_terraform))
        .collect();
    let read = |path: String| {
        let text = String::from_utf8(tree.read(&path).ok()?).ok()?;
        let language = Language::of(&path)?;
        Some(File { auxiliary: true, ..File::parse(&path, text, language) })
    };
    paths.into_par_iter().filter_map(read).collect()
}
