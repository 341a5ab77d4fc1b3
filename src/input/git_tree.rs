//! A revision or the index of a git repository as a file tree, read from the object store: nothing
//! is checked out, fetched or started. Knows no branch and no history beyond the one tree.

use super::file_tree::{FileTree, Listing, ReadError, listed};
use super::problem::{Level, Problem};
use gix::ObjectId;
use gix::index::entry::{Flags, Mode, Stage};
use gix::objs::tree::EntryKind;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Entries of one tree before it is refused: a few small objects can name each other until there
/// are more than any memory holds.
const MAX_ENTRIES: usize = 1 << 20;

/// Folders inside each other before a tree is refused.
const MAX_DEPTH: usize = 256;

/// Size of one folder's object.
const MAX_FOLDER_BYTES: u64 = 64 << 20;

/// What is looked through in a file that is too large to read.
const MAX_SEARCHED_BYTES: u64 = 256 << 20;

/// Links followed for one file, as Linux does.
const MAX_LINKS: usize = 40;

/// The longest target of a link.
const MAX_TARGET_BYTES: u64 = 4096;

/// Why there is no tree.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// No repository, or not a readable one.
    #[error("{0} is no git repository that can be read: {1}")]
    Repository(PathBuf, String),
    /// The text names no revision, or one that is not at hand.
    #[error("`{0}` is no revision of the repository, or of what was fetched of it")]
    Revision(String),
    /// The index is broken.
    #[error("the index of the repository cannot be read: {0}")]
    Index(String),
    /// Too many entries, or too deep.
    #[error("the tree of `{0}` is larger than {MAX_ENTRIES} entries or {MAX_DEPTH} folders deep")]
    Bounds(String),
    /// An object is missing or broken.
    #[error("the folder `{0}` cannot be read from the repository: {1}")]
    Folder(String, String),
}

#[derive(Clone, Copy, Debug)]
struct Blob {
    id: ObjectId,
    link: bool,
}

/// The files of one tree of a repository.
pub struct GitTree {
    repository: gix::ThreadSafeRepository,
    blobs: BTreeMap<String, Blob>,
    problems: Vec<Problem>,
    max_bytes: u64,
}

impl GitTree {
    /// The files of a revision (`main`, `HEAD~2`, `v1.0`, a hash) of the repository whose folder,
    /// or git directory, is `root`. Each file may be `max_bytes` long.
    pub fn revision(root: &Path, name: &str, max_bytes: u64) -> Result<Self, GitError> {
        let fault = || GitError::Revision(name.to_owned());
        let mut tree = Self::open(root, max_bytes)?;
        let mut repository = tree.repository.to_thread_local();
        // The same folder may be met again and again.
        repository.object_cache_size_if_unset(4 << 20);
        let id = repository.rev_parse_single(name).map_err(|_| fault())?;
        let object = id.object().map_err(|_| fault())?;
        let found = object.peel_to_tree().map_err(|_| fault())?;
        tree.walk(&repository, name, found.id, String::new())?;
        Ok(tree)
    }

    /// The same files, each of which may be `max_bytes` long.
    #[must_use]
    pub fn limited(self, max_bytes: u64) -> Self {
        Self { max_bytes: max_bytes.min(u64::from(u32::MAX) - 1), ..self }
    }

    /// The staged files of the repository whose folder is `root`.
    pub fn index(root: &Path, max_bytes: u64) -> Result<Self, GitError> {
        let tree = Self::open(root, max_bytes)?;
        let repository = tree.repository.to_thread_local();
        let index =
            repository.index_or_empty().map_err(|error| GitError::Index(error.to_string()))?;
        tree.staged(&repository, &index)
    }

    /// The same with the index in another file, as git names one to its hooks while it commits.
    pub fn index_in(root: &Path, file: &Path, max_bytes: u64) -> Result<Self, GitError> {
        let tree = Self::open(root, max_bytes)?;
        let repository = tree.repository.to_thread_local();
        let (kind, options) = (repository.object_hash(), gix::index::decode::Options::default());
        let index = gix::index::File::at(file, kind, false, options)
            .map_err(|error| GitError::Index(error.to_string()))?;
        tree.staged(&repository, &index)
    }

    fn staged(
        mut self,
        repository: &gix::Repository,
        index: &gix::index::State,
    ) -> Result<Self, GitError> {
        let tree = &mut self;
        if index.entries().len() > MAX_ENTRIES {
            return Err(GitError::Bounds("the index".to_owned()));
        }
        for entry in index.entries() {
            let Some(path) = tree.name("", entry.path(index)) else { continue };
            if entry.stage() != Stage::Unconflicted {
                tree.problem(Level::Error, path, "is not merged, so that nothing of it is staged");
            } else if entry.mode == Mode::DIR {
                let folder = path.trim_end_matches('/').to_owned();
                tree.walk(repository, "the index", entry.id, folder)?;
            } else if entry.mode == Mode::COMMIT {
                tree.submodule(path);
            } else if !entry.flags.contains(Flags::INTENT_TO_ADD) {
                let link = entry.mode == Mode::SYMLINK;
                tree.blobs.insert(path, Blob { id: entry.id, link });
            }
        }
        tree.problems.dedup_by(|one, other| one.message == other.message);
        Ok(self)
    }

    /// Whether there is such a file, or a folder with files (`""` always).
    pub fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        let below = self.blobs.range(folder.clone()..).next();
        path.is_empty()
            || self.has_file(path)
            || below.is_some_and(|(first, _)| first.starts_with(&folder))
    }

    /// Whether there is such a file; a link is one.
    pub fn has_file(&self, path: &str) -> bool {
        self.blobs.contains_key(path)
    }

    fn open(root: &Path, max_bytes: u64) -> Result<Self, GitError> {
        let repository = open(root)?;
        let (blobs, problems) = (BTreeMap::new(), Vec::new());
        Ok(Self { repository, blobs, problems, max_bytes: max_bytes.min(u64::from(u32::MAX) - 1) })
    }

    /// Takes everything below a folder.
    fn walk(
        &mut self,
        repository: &gix::Repository,
        of: &str,
        id: ObjectId,
        folder: String,
    ) -> Result<(), GitError> {
        let bounds = || GitError::Bounds(of.to_owned());
        let (mut open, mut seen) = (vec![(folder, id, 0)], 0);
        while let Some((folder, id, depth)) = open.pop() {
            let fault = |error: String| GitError::Folder(folder.clone(), error);
            let bytes = read(repository, id, MAX_FOLDER_BYTES).map_err(|e| fault(e.to_string()))?;
            let kind = repository.object_hash();
            let tree = gix::objs::TreeRef::from_bytes(&bytes, kind);
            let tree = tree.map_err(|error| fault(error.to_string()))?;
            seen += tree.entries.len();
            if depth > MAX_DEPTH || seen > MAX_ENTRIES {
                return Err(bounds());
            }
            for entry in tree.entries {
                let Some(path) = self.name(&folder, entry.filename) else { continue };
                let id = entry.oid.to_owned();
                match entry.mode.kind() {
                    EntryKind::Tree => open.push((path, id, depth + 1)),
                    EntryKind::Commit => self.submodule(path),
                    EntryKind::Link => drop(self.blobs.insert(path, Blob { id, link: true })),
                    EntryKind::Blob | EntryKind::BlobExecutable => {
                        self.blobs.insert(path, Blob { id, link: false });
                    }
                }
            }
        }
        Ok(())
    }

    fn name(&mut self, folder: &str, name: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(name);
        if text.is_err() {
            let path = format!("{folder}/{}", String::from_utf8_lossy(name));
            let path = path.trim_start_matches('/').to_owned();
            self.problem(Level::Error, path, "cannot be listed: its name is not valid UTF-8");
        }
        let name = text.ok()?;
        Some(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
    }

    fn submodule(&mut self, path: String) {
        let words = "is a submodule: its files are in another repository";
        self.problem(Level::Note, path, words);
    }

    fn problem(&mut self, level: Level, path: String, words: &str) {
        let message = format!("`{path}` {words}.");
        let code = if level == Level::Note { "submodule" } else { "unreadable" };
        self.problems.push(Problem { level, path, place: None, code, message });
    }

    /// The file at a path, links followed as far as they stay inside.
    fn blob(&self, path: &str) -> Result<ObjectId, ReadError> {
        if path.starts_with('/') || path.split('/').any(|part| part == "..") {
            return Err(ReadError::Outside);
        }
        let repository = self.repository.to_thread_local();
        let mut open: Vec<String> = path.rsplit('/').map(str::to_owned).collect();
        let (mut at, mut links) = (String::new(), 0);
        while let Some(part) = open.pop() {
            match part.as_str() {
                "" | "." => {}
                ".." if at.is_empty() => return Err(ReadError::Outside),
                ".." => at.truncate(at.rfind('/').unwrap_or(0)),
                name => {
                    let above = at.len();
                    at.push_str(if above == 0 { "" } else { "/" });
                    at.push_str(name);
                    let Some(Blob { id, link: true }) = self.blobs.get(&at) else { continue };
                    links += 1;
                    let target = read(&repository, *id, MAX_TARGET_BYTES)?;
                    let target = String::from_utf8(target).map_err(|_| ReadError::Outside)?;
                    if links > MAX_LINKS || target.starts_with('/') {
                        return Err(ReadError::Outside);
                    }
                    at.truncate(above);
                    open.extend(target.rsplit('/').map(str::to_owned));
                }
            }
        }
        let found = self.blobs.get(&at).map(|blob| blob.id);
        found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
    }
}

/// A repository without the configuration of the user, the system or the environment.
pub fn open(root: &Path) -> Result<gix::ThreadSafeRepository, GitError> {
    let opened = gix::ThreadSafeRepository::open_opts(root, gix::open::Options::isolated());
    opened.map_err(|error| GitError::Repository(root.to_owned(), error.to_string()))
}

/// The bytes of an object, whose size is looked at first.
fn read(repository: &gix::Repository, id: ObjectId, limit: u64) -> Result<Vec<u8>, ReadError> {
    let fault = |error: String| ReadError::Io(io::Error::other(error));
    let header = repository.find_header(id).map_err(|error| fault(error.to_string()))?;
    let size = header.size();
    if size > limit {
        return Err(ReadError::TooLarge { size, limit });
    }
    let object = repository.find_object(id).map_err(|error| fault(error.to_string()))?;
    Ok(object.detach().data)
}

impl FileTree for GitTree {
    fn list(&self, folder: &str, deep: bool) -> Listing {
        let inside = |path: &str| listed(folder, deep, path);
        let files = self.blobs.iter().filter(|(path, blob)| !blob.link && inside(path));
        let problems = self.problems.iter().filter(|problem| inside(&problem.path));
        Listing {
            files: files.map(|(path, _)| path.clone()).collect(),
            problems: problems.cloned().collect(),
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        read(&self.repository.to_thread_local(), self.blob(path)?, self.max_bytes)
    }

    /// What is larger than can be looked through may hold anything.
    fn holds(&self, path: &str, needles: &[&[u8]]) -> bool {
        let repository = self.repository.to_thread_local();
        match self.blob(path).and_then(|id| read(&repository, id, MAX_SEARCHED_BYTES)) {
            Ok(bytes) => needles.iter().all(|one| memchr::memmem::find(&bytes, one).is_some()),
            Err(error) => matches!(error, ReadError::TooLarge { .. }),
        }
    }
}
