//! The one door through which bytes come in: lists and reads files under a root, and refuses
//! everything outside it, too large, or behind a link.

use super::helm::{Manifest, RenderError};
use super::problem::{Level, Problem};
use ignore::WalkBuilder;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::RwLock;

/// Default limit of one file's size.
pub const MAX_FILE_BYTES: u64 = 32 << 20;

/// Folders that a listing leaves out.
const SKIPPED: [&str; 5] = [".git", ".hg", ".svn", ".terraform", ".terragrunt-cache"];

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

/// Files on disk, gitignore-aware.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    max_bytes: u64,
    /// Whether a folder, by its path, leads out of the root over a link.
    outside: RwLock<HashMap<PathBuf, bool>>,
}

impl Disk {
    /// The files under `root`, each at most `max_bytes` long.
    pub fn new(root: impl Into<PathBuf>, max_bytes: u64) -> Self {
        Self {
            root: root.into(),
            max_bytes: max_bytes.min(u64::from(u32::MAX) - 1),
            outside: RwLock::default(),
        }
    }

    /// Whether a path ends outside of the root once every link on the way is followed.
    fn leaves(&self, full: &Path) -> io::Result<bool> {
        Ok(!full.canonicalize()?.starts_with(self.root.canonicalize()?))
    }

    /// The same of a folder, which is asked once.
    fn folder_leaves(&self, folder: &Path) -> io::Result<bool> {
        let known = self.outside.read().ok().and_then(|known| known.get(folder).copied());
        if let Some(known) = known {
            return Ok(known);
        }
        let leaves = self.leaves(folder)?;
        if let Ok(mut known) = self.outside.write() {
            known.insert(folder.to_owned(), leaves);
        }
        Ok(leaves)
    }

    fn full(&self, path: &str) -> Result<PathBuf, ReadError> {
        let inside = Path::new(path).components().all(|part| {
            matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir)
        });
        if !inside {
            return Err(ReadError::Outside);
        }
        let full = self.root.join(path);
        let folder = full.parent().unwrap_or(&self.root);
        if self.folder_leaves(folder)? || full.is_symlink() && self.leaves(&full)? {
            return Err(ReadError::Outside);
        }
        Ok(full)
    }
}

impl FileTree for Disk {
    fn list(&self, folder: &str, deep: bool) -> Listing {
        let mut listing = Listing::default();
        let mut walk = WalkBuilder::new(self.root.join(folder));
        walk.hidden(false).follow_links(false).require_git(false).parents(true);
        walk.max_depth((!deep).then_some(1));
        walk.filter_entry(|entry| {
            entry.depth() == 0 || !SKIPPED.iter().any(|name| entry.file_name() == *name)
        });
        for entry in walk.build() {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    let path = entry.path().strip_prefix(&self.root).unwrap_or(entry.path());
                    match path.to_str() {
                        Some(path) => listing.files.push(path.replace('\\', "/")),
                        None => listing.problems.push(problem(
                            path.to_string_lossy().into_owned(),
                            "its name is not valid UTF-8",
                        )),
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let path = match &error {
                        ignore::Error::WithDepth { err, .. } => error_path(err),
                        other => error_path(other),
                    };
                    let path =
                        path.and_then(|path| path.strip_prefix(&self.root).ok()).map_or_else(
                            || folder.to_owned(),
                            |path| path.to_string_lossy().into_owned(),
                        );
                    let text =
                        error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    listing.problems.push(problem(path, &text));
                }
            }
        }
        listing.files.sort();
        listing
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let mut file = fs::File::open(self.full(path)?)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::other("not a regular file").into());
        }
        let (size, limit) = (meta.len(), self.max_bytes);
        if size > limit {
            return Err(ReadError::TooLarge { size, limit });
        }
        let mut bytes = Vec::with_capacity(size as usize + 1);
        file.by_ref().take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge { size: bytes.len() as u64, limit });
        }
        Ok(bytes)
    }

    fn holds(&self, path: &str, needles: &[&[u8]]) -> bool {
        let Ok(mut file) = self.full(path).and_then(|full| Ok(fs::File::open(full)?)) else {
            return false;
        };
        let keep = needles.iter().map(|needle| needle.len()).max().unwrap_or(0);
        let mut found = vec![false; needles.len()];
        let mut window = Vec::new();
        let mut chunk = vec![0; 1 << 20];
        while let Ok(count) = file.read(&mut chunk) {
            if count == 0 {
                break;
            }
            window.extend_from_slice(&chunk[..count]);
            for (found, needle) in found.iter_mut().zip(needles) {
                *found = *found || memchr::memmem::find(&window, needle).is_some();
            }
            if found.iter().all(|found| *found) {
                return true;
            }
            let from = window.len().saturating_sub(keep);
            window.drain(..from);
        }
        false
    }
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

fn problem(path: String, reason: &str) -> Problem {
    Problem {
        level: Level::Error,
        message: format!("`{path}` cannot be listed: {reason}."),
        path,
        place: None,
        code: "unreadable",
    }
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        _ => None,
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
