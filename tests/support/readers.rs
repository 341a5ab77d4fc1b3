//! What comparisons of two readers share: their files, their numbers, and how long one may take.

use std::path::{Path, PathBuf};
use std::time::Instant;

/// A number that the environment gives.
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The files below a folder whose names end so.
pub fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| !path.is_symlink()) {
        let named = |end: &&str| path.extension().is_some_and(|own| own == *end);
        if path.is_dir() {
            files(&path, endings, found);
        } else if endings.iter().any(named) {
            found.push(path);
        }
    }
}

/// Reads a text, which must be short work; `what` names it.
pub fn soon<T>(what: &str, read: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let read = std::hint::black_box(read());
    let seconds = start.elapsed().as_secs_f64();
    assert!(seconds < 5.0, "{what:?}: {seconds} s");
    read
}
