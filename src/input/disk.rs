//! Files on disk: what is below a folder, as far as `.gitignore` files of the project do not leave it
//! out, and bytes of regular files inside the root. Nothing outside the root is opened, whatever
//! links and paths say, and nothing that is no regular file.

use super::file_tree::{FileTree, Listing, ReadError, SKIPPED, problem};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::HashMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, RwLock};

/// The file that names what version control leaves out.
const IGNORE: &str = ".gitignore";

/// The most bytes of such a file that are read.
const MAX_IGNORE_BYTES: u64 = 1 << 20;

/// What marks a repository inside another, to which the ignore files above it say nothing.
const REPOSITORY: &str = ".git";

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

    /// Opens a file; gives its size, too.
    fn open(&self, path: &str) -> Result<(File, u64), ReadError> {
        if !stays(path) {
            return Err(ReadError::Outside);
        }
        let full = self.root.join(path);
        if self.folder_leaves(full.parent().unwrap_or(&self.root))? {
            return Err(ReadError::Outside);
        }
        let found = full.symlink_metadata()?;
        if !found.is_symlink() {
            return Ok(opened(&full, &found, Links::Refused)?);
        }
        if self.leaves(&full)? {
            return Err(ReadError::Outside);
        }
        Ok(opened(&full, &full.metadata()?, Links::Followed)?)
    }

    /// What a folder's own ignore file says, and those of the folders above it in its repository.
    fn ignored(&self, folder: &Path, above: Option<Arc<Ignored>>) -> Option<Arc<Ignored>> {
        let path = folder.join(IGNORE);
        let inner = folder != self.root && folder.join(REPOSITORY).symlink_metadata().is_ok();
        let above = above.filter(|_| !inner);
        // Git follows no link there either.
        if !path.symlink_metadata().is_ok_and(|found| found.is_file()) {
            return above;
        }
        let mut bytes = Vec::new();
        let read = regular(&path).map(|file| file.take(MAX_IGNORE_BYTES).read_to_end(&mut bytes));
        if !matches!(read, Ok(Ok(_))) {
            return above;
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut builder = GitignoreBuilder::new(folder);
        for line in text.trim_start_matches('\u{feff}').lines() {
            // A line that is no pattern leaves nothing out.
            let _ = builder.add_line(None, line);
        }
        let Ok(own) = builder.build() else { return above };
        Some(Arc::new(Ignored { own, above }))
    }

    /// What is left out below a folder of the project.
    fn ignored_in(&self, folder: &str) -> Option<Arc<Ignored>> {
        let (mut at, mut found) = (self.root.clone(), None);
        for part in Path::new(folder).components() {
            found = self.ignored(&at, found);
            at.push(part);
        }
        found
    }

    /// Lists one folder; gives the folders in it.
    fn folder(&self, open: &Open, listing: &mut Listing) -> io::Result<Vec<Open>> {
        let ignored = self.ignored(&open.full, open.ignored.clone());
        let mut folders = Vec::new();
        for entry in fs::read_dir(&open.full)? {
            let entry = entry?;
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                // It is gone already.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let (name, full) = (entry.file_name(), entry.path());
            let left_out = ignored.as_ref().is_some_and(|one| one.holds(&full, kind.is_dir()));
            if left_out || SKIPPED.iter().any(|skipped| name == *skipped) {
                continue;
            }
            let below = |name: &str| match open.path.as_str() {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            };
            let lossy = name.to_string_lossy();
            match name.to_str() {
                Some(name) if kind.is_dir() => {
                    let (path, ignored) = (below(name), ignored.clone());
                    folders.push(Open { full, path, ignored });
                }
                Some(name) if kind.is_file() => listing.files.push(below(name)),
                None if kind.is_dir() || kind.is_file() => {
                    listing.problems.push(problem(below(&lossy), "its name is not valid UTF-8"));
                }
                _ => {}
            }
        }
        Ok(folders)
    }
}

/// A folder to be listed.
struct Open {
    full: PathBuf,
    path: String,
    /// What the folders above it leave out.
    ignored: Option<Arc<Ignored>>,
}

/// What the ignore file of a folder leaves out.
struct Ignored {
    own: Gitignore,
    above: Option<Arc<Ignored>>,
}

impl Ignored {
    /// The nearest file that names a path decides, and in it the last line.
    fn holds(&self, path: &Path, folder: bool) -> bool {
        let decided = self.own.matched(path, folder);
        if decided.is_none() {
            return self.above.as_ref().is_some_and(|above| above.holds(path, folder));
        }
        decided.is_ignore()
    }
}

/// Whether a path has only parts that lead down.
fn stays(path: &str) -> bool {
    let down = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    Path::new(path).components().all(down)
}

/// Opens a regular file. Anything else, a pipe for example, might keep the run waiting, or do
/// something when it is opened: what it is is asked before, and again of what was opened.
pub fn regular(path: &Path) -> io::Result<File> {
    Ok(opened(path, &path.metadata()?, Links::Followed)?.0)
}

/// What becomes of a link that stands where a file is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Followed,
    /// Nothing but a file was there a moment ago.
    Refused,
}

/// Opens what was `found` at a path, if that is a regular file; gives its size, too.
fn opened(path: &Path, found: &Metadata, links: Links) -> io::Result<(File, u64)> {
    let other = || io::Error::other("not a regular file");
    if !found.is_file() {
        return Err(other());
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        flags.set(OFlags::NOFOLLOW, links == Links::Refused);
        options.custom_flags(flags.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = links;
    let file = options.open(path)?;
    let found = file.metadata()?;
    if found.is_file() { Ok((file, found.len())) } else { Err(other()) }
}

impl FileTree for Disk {
    fn list(&self, folder: &str, deep: bool) -> Listing {
        let mut listing = Listing::default();
        let top = folder.trim_end_matches('/');
        let full = self.root.join(top);
        let reached = if stays(folder) { self.folder_leaves(&full) } else { Ok(true) };
        match reached {
            Ok(false) => {}
            Ok(true) => return listing,
            Err(error) => {
                listing.problems.push(problem(folder.to_owned(), &error.to_string()));
                return listing;
            }
        }
        let mut open = vec![Open { full, path: top.to_owned(), ignored: self.ignored_in(top) }];
        while let Some(next) = open.pop() {
            match self.folder(&next, &mut listing) {
                Ok(folders) if deep => open.extend(folders),
                Ok(_) => {}
                Err(error) => listing.problems.push(problem(next.path, &error.to_string())),
            }
        }
        listing.files.sort();
        listing.problems.sort_by(|a, b| a.path.cmp(&b.path));
        listing
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let (mut file, size) = self.open(path)?;
        let limit = self.max_bytes;
        if size > limit {
            return Err(ReadError::TooLarge { size, limit });
        }
        let mut bytes = Vec::with_capacity(size as usize + 1);
        // It may grow while it is read.
        file.by_ref().take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge { size: bytes.len() as u64, limit });
        }
        Ok(bytes)
    }

    fn holds(&self, path: &str, needles: &[&[u8]]) -> bool {
        let Ok((mut file, _)) = self.open(path) else { return false };
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
