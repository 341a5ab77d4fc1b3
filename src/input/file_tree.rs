//! The one door through which bytes come in: lists and reads files under a root, and refuses
//! everything outside it or too large. Files on disk are in `disk`; these here are in memory.

use super::helm::{Manifest, RenderError};
use super::problem::{Level, Problem};
use std::collections::BTreeMap;
use std::io;

pub use super::disk::Disk;

/// Default limit of one file's size.
pub const MAX_FILE_BYTES: u64 = 32 << 20;

/// Folders that a listing leaves out.
pub(super) const SKIPPED: [&str; 5] = [".git", ".hg", ".svn", ".terraform", ".terragrunt-cache"];

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system said no.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Over the limit.
    #[error("is larger than the limit of {limit} bytes ({size} bytes)")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The path leads out of the root.
    #[error("lies outside the project root")]
    Outside,
}

/// What a listing found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Paths relative to the root, `/`-separated, sorted.
    pub files: Vec<String>,
    /// Folders and names that could not be listed.
    pub problems: Vec<Problem>,
}

/// Files under one root.
pub trait FileTree: Sync {
    /// All files below `folder` (empty for the root), or only its own files if not `deep`.
    fn list(&self, folder: &str, deep: bool) -> Listing;
    /// The bytes of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;
    /// Whether a file too large to read holds every one of these byte strings.
    fn holds(&self, path: &str, needles: &[&[u8]]) -> bool;
    /// What renders charts; none where nobody asked for that.
    fn renderer(&self) -> Option<&dyn Renderer> {
        None
    }
}

/// Renders charts.
pub trait Renderer: Sync {
    /// What the templates of the chart in a folder become; none if that chart is not asked for.
    fn render(&self, chart: &str) -> Option<Result<Vec<Manifest>, RenderError>>;
}

/// Whether a listing of `folder` takes a path in.
pub(super) fn listed(folder: &str, deep: bool, path: &str) -> bool {
    let rest = match folder {
        "" => Some(path),
        folder => path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
    };
    rest.is_some_and(|rest| {
        let skipped = rest.split('/').any(|part| SKIPPED.contains(&part));
        !skipped && (deep || !rest.contains('/'))
    })
}

/// That something cannot be listed.
pub(super) fn problem(path: String, reason: &str) -> Problem {
    Problem {
        level: Level::Error,
        message: format!("`{path}` cannot be listed: {reason}."),
        path,
        place: None,
        code: "unreadable",
    }
}

/// Files in memory: for tests, standard input and editors.
#[derive(Debug, Default)]
pub struct Memory {
    files: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// An empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), bytes.into());
        self
    }
}

impl FileTree for Memory {
    fn list(&self, folder: &str, deep: bool) -> Listing {
        let inside = |path: &&String| listed(folder, deep, path);
        let files = self.files.keys().filter(inside).cloned().collect();
        Listing { files, problems: Vec::new() }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.files.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
    }

    fn holds(&self, path: &str, needles: &[&[u8]]) -> bool {
        self.files.get(path).is_some_and(|bytes| {
            needles.iter().all(|needle| memchr::memmem::find(bytes, needle).is_some())
        })
    }
}
