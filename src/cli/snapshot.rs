//! A revision, or what git has staged, in place of the files on the disk.

use super::args::Judging;
use super::config::{self, Config};
use super::scope::{self, Place, ScopeError};
use crate::input::file::folder;
use crate::input::file_tree::{Disk, FileTree, Listing, MAX_FILE_BYTES, ReadError};
use crate::input::git_tree::{GitError, GitTree};
use crate::rules::settings::Scope;
use std::io;
use std::path::{Path, PathBuf};

/// In which file git keeps the index of the commit that its hook is run for
/// (`git help git`, "`GIT_INDEX_FILE`").
const INDEX: &str = "GIT_INDEX_FILE";

/// Why there is no such state of the project.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The paths or the configuration.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The repository.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A path of which nothing is staged.
    #[error("{0}: git has nothing of it staged")]
    NotStaged(PathBuf),
    /// The configuration is staged, and cannot be read there.
    #[error("{0}: {1}")]
    Config(PathBuf, ReadError),
}

/// A state of a project that git keeps, and beside it the files of values that were named: those are
/// often kept out of the repository.
pub struct Snapshot {
    git: GitTree,
    disk: Disk,
    beside: Vec<String>,
}

impl Snapshot {
    /// The files of a revision.
    pub fn revision(root: &Path, name: &str, limit: u64) -> Result<Self, GitError> {
        Ok(Self::of(GitTree::revision(root, name, limit)?, root, limit))
    }

    fn of(git: GitTree, root: &Path, limit: u64) -> Self {
        Self { git: git.limited(limit), disk: Disk::new(root, limit), beside: Vec::new() }
    }

    /// These files are read from the disk where git does not have them.
    #[must_use]
    pub fn beside(self, files: &[String]) -> Self {
        Self { beside: files.to_vec(), ..self }
    }
}

impl FileTree for Snapshot {
    fn list(&self, folder: &str, deep: bool) -> Listing {
        self.git.list(folder, deep)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let missing = !self.git.has_file(path) && self.beside.iter().any(|one| one == path);
        if missing { self.disk.read(path) } else { self.git.read(path) }
    }

    fn holds(&self, path: &str, needles: &[&[u8]]) -> bool {
        self.git.holds(path, needles)
    }
}

/// The project of some paths as it is staged, its configuration included.
pub fn staged(paths: &[PathBuf], judging: &Judging) -> Result<(Place, Snapshot), SnapshotError> {
    let mut homes: Vec<(PathBuf, PathBuf)> = Vec::new();
    for path in paths {
        let full = full(path)?;
        let root = full.ancestors().find(|folder| folder.join(".git").exists());
        let none = || GitError::Repository(path.clone(), "there is no .git above it".to_owned());
        let root = root.ok_or_else(none)?.to_owned();
        homes.push((full, root));
    }
    let root = homes.first().map(|(_, root)| root.clone()).unwrap_or_default();
    let apart = || ScopeError::Apart(paths[0].clone(), paths[paths.len() - 1].clone());
    if homes.iter().any(|(_, other)| *other != root) {
        return Err(apart().into());
    }
    let file = std::env::var_os(INDEX).filter(|file| !file.is_empty());
    let git = match file {
        Some(file) => GitTree::index_in(&root, Path::new(&file), MAX_FILE_BYTES)?,
        None => GitTree::index(&root, MAX_FILE_BYTES)?,
    };
    let relative: Vec<String> = (homes.iter())
        .map(|(full, _)| scope::slashed(full.strip_prefix(&root).unwrap_or(full)))
        .collect();
    if let Some(at) = relative.iter().position(|path| !git.has(path)) {
        return Err(SnapshotError::NotStaged(paths[at].clone()));
    }
    let mut nearest = relative.iter().map(|path| nearest(&git, path));
    let found = nearest.next().flatten();
    if judging.config.is_none() && nearest.any(|other| other != found) {
        return Err(apart().into());
    }
    let given = judging.config.as_deref();
    let inside = given.and_then(|path| full(path).ok()).and_then(|full| {
        let inside = scope::slashed(full.strip_prefix(&root).ok()?);
        git.has_file(&inside).then_some(inside)
    });
    let config = match (given, inside.or(found.filter(|_| given.is_none()))) {
        (_, Some(path)) => read(&git, &root, &path, &judging.rules)?,
        (Some(path), None) => {
            config::read(path, "", Some(&root), &judging.rules).map_err(ScopeError::from)?
        }
        (None, None) => Config::with(&judging.rules).map_err(ScopeError::from)?,
    };
    let limit = config.max_file_bytes.unwrap_or(MAX_FILE_BYTES);
    let whole = relative.iter().any(String::is_empty);
    let named = relative.iter().filter(|path| git.has_file(path)).cloned().collect();
    let focus = (!whole).then_some(relative);
    let place = Place { root: root.clone(), config, scope: Scope::Whole, focus, named };
    Ok((place, Snapshot::of(git, &root, limit)))
}

/// A path from the root of the file system, links followed; its end may be there no more.
fn full(path: &Path) -> Result<PathBuf, ScopeError> {
    let fault = |error| ScopeError::Path(path.to_owned(), error);
    let absolute = std::path::absolute(path).map_err(fault)?;
    for folder in absolute.ancestors() {
        if let (Ok(there), Ok(rest)) = (folder.canonicalize(), absolute.strip_prefix(folder)) {
            return Ok(if rest.as_os_str().is_empty() { there } else { there.join(rest) });
        }
    }
    Err(fault(io::Error::from(io::ErrorKind::NotFound)))
}

/// The nearest configuration above a path.
fn nearest(git: &GitTree, path: &str) -> Option<String> {
    config::above(path).find(|file| git.has_file(file))
}

/// A configuration as it is staged.
fn read(
    git: &GitTree,
    root: &Path,
    path: &str,
    packs: &[PathBuf],
) -> Result<Config, SnapshotError> {
    let full = root.join(path);
    let bytes = git.read(path).map_err(|error| SnapshotError::Config(full.clone(), error))?;
    let unreadable = |error| SnapshotError::Config(full.clone(), ReadError::Io(error));
    let text = String::from_utf8(bytes).map_err(|error| unreadable(io::Error::other(error)))?;
    let mut config =
        config::parse(&full, text, folder(path), Some(root), packs).map_err(ScopeError::from)?;
    if let Some(expect) = &mut config.expect {
        path.clone_into(&mut expect.path);
    }
    if let Some(entries) = &mut config.suppressions.entries {
        path.clone_into(&mut entries.path);
    }
    Ok(config)
}
