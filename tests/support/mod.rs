//! What the catalogue tests share: cards from disk, and one example run through the engine.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod folders;

use std::path::Path;
use std::sync::OnceLock;
use ztlint::input::file_tree::{Disk, FileTree, MAX_FILE_BYTES};
use ztlint::rules::card::Snippet;
use ztlint::rules::catalog::Catalog;
use ztlint::rules::example;
use ztlint::rules::pack::{self, CardFault, CardFile, Origin};
use ztlint::rules::settings::{Mask, Settings};

/// This checkout.
pub fn tree() -> Disk {
    Disk::new(env!("CARGO_MANIFEST_DIR"), MAX_FILE_BYTES)
}

/// Every card on disk.
pub fn cards() -> &'static [CardFile] {
    static CARDS: OnceLock<Vec<CardFile>> = OnceLock::new();
    CARDS.get_or_init(|| {
        pack::read(&tree(), Origin::Own).unwrap_or_else(|faults| panic!("{}", listed(&faults)))
    })
}

/// Faults, one on a line.
pub fn listed(faults: &[CardFault]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    format!("{} faults:\n{}", faults.len(), lines.join("\n"))
}

/// The configuration's file.
pub const CONFIGURATION: &str = "ztlint.toml";

/// The settings under which examples run: one rule, a fixed day.
pub fn settings(id: &str, masks: Vec<Mask>) -> Settings {
    example::settings(&Catalog::default(), id, masks)
}

/// The settings under which an example runs: its own on top.
pub fn settings_for(id: &str, snippet: &Snippet, masks: Vec<Mask>) -> Settings {
    example::settings_for(&Catalog::default(), id, snippet, masks)
}

/// Every case folder on disk.
pub fn case_folders() -> std::collections::BTreeSet<String> {
    let cases = Origin::Own.cases();
    let files = tree().list(cases, true).files;
    let folder = |path: String| {
        let parts: Vec<&str> = path.split('/').collect();
        let depth = Path::new(cases).components().count() + 2;
        parts[..depth].join("/")
    };
    files.into_iter().map(folder).collect()
}
