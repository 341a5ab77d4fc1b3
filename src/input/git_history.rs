//! Who brought a line into a file, by the commits of a git repository: read from the object store;
//! nothing is fetched or started. Knows no difference but that of lines with the same text.

use super::git_tree::{GitError, open};
use gix::bstr::ByteSlice;
use gix::{ObjectId, Repository};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

/// Commits looked at for the lines of one file.
const MAX_COMMITS: usize = 50_000;

/// Files of a commit among which one that was renamed is looked for.
const MAX_FILES: usize = 200_000;

/// The longest file whose lines are looked at.
const MAX_BYTES: usize = 16 << 20;

/// The commit that brought a line in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its hash.
    pub commit: String,
    /// Its author's name.
    pub name: String,
    /// And address.
    pub email: String,
    /// When it was written, in seconds since the beginning of 1970.
    pub seconds: u64,
}

/// The history that leads to `HEAD`.
pub struct History {
    repository: gix::ThreadSafeRepository,
}

/// A line by its text without white space at its ends, and which of the equal ones it is, from 0.
type Line = (String, usize);

/// Lines whose origin is looked for, in a file of a commit.
struct Search {
    commit: ObjectId,
    path: String,
    /// Indices of the wanted lines.
    lines: Vec<usize>,
}

impl History {
    /// The history of the repository whose folder is `root`.
    pub fn open(root: &Path) -> Result<Self, GitError> {
        Ok(Self { repository: open(root)? })
    }

    /// Where lines of a file come from. `text` is the file as it stands, `lines` are numbers from 1;
    /// none for a line that no commit holds, or whose origin is out of reach.
    pub fn origins(&self, path: &str, text: &str, lines: &[u32]) -> Vec<Option<Origin>> {
        let wanted: Vec<Line> = lines.iter().map(|line| numbered(text, *line)).collect();
        let mut found = vec![None; wanted.len()];
        let mut repository = self.repository.to_thread_local();
        repository.object_cache_size_if_unset(4 << 20);
        let Ok(head) = repository.head_id() else { return found };
        let all: Vec<usize> = (0..wanted.len()).collect();
        let path = path.to_owned();
        let lines = held(&repository, head.detach(), &path, &all, &wanted);
        let mut open = vec![Search { commit: head.detach(), path, lines }];
        let mut budget = MAX_COMMITS;
        while let Some(search) = open.pop() {
            if search.lines.is_empty() {
                continue;
            }
            let left = budget.checked_sub(1);
            let followed = left.and_then(|left| {
                budget = left;
                follow(&repository, &search, &wanted)
            });
            let Some((older, own)) = followed else { continue };
            open.extend(older);
            let origin = if own.is_empty() { None } else { origin(&repository, search.commit) };
            for line in own {
                found[line].clone_from(&origin);
            }
        }
        found
    }
}

/// The text of a line and which of the equal ones it is.
fn numbered(text: &str, line: u32) -> Line {
    let at = (line as usize).saturating_sub(1);
    let wanted = text.lines().nth(at).unwrap_or_default().trim();
    let before = text.lines().take(at).filter(|other| other.trim() == wanted).count();
    (wanted.to_owned(), before)
}

/// Divides lines of a commit's file into those that a parent holds and those that it brought; none
/// where a parent is not at hand.
fn follow(
    repository: &Repository,
    search: &Search,
    wanted: &[Line],
) -> Option<(Vec<Search>, Vec<usize>)> {
    let commit = repository.find_commit(search.commit).ok()?;
    let blob = blob(repository, search.commit, &search.path)?;
    let (mut older, mut own) = (Vec::new(), search.lines.clone());
    for parent in commit.parent_ids() {
        let parent = parent.detach();
        repository.find_commit(parent).ok()?;
        let there = self::blob(repository, parent, &search.path);
        let path = match there {
            Some(_) => Some(search.path.clone()),
            None => renamed(repository, parent, blob),
        };
        let Some(path) = path else { continue };
        let lines = match there {
            Some(there) if there == blob => own.clone(),
            _ => held(repository, parent, &path, &own, wanted),
        };
        own.retain(|line| !lines.contains(line));
        older.push(Search { commit: parent, path, lines });
    }
    Some((older, own))
}

/// The wanted lines that a file of a commit holds.
fn held(
    repository: &Repository,
    commit: ObjectId,
    path: &str,
    lines: &[usize],
    wanted: &[Line],
) -> Vec<usize> {
    let object = blob(repository, commit, path).and_then(|id| repository.find_object(id).ok());
    let Some(object) = object.filter(|object| object.data.len() <= MAX_BYTES) else {
        return Vec::new();
    };
    let mut counts: BTreeMap<&[u8], usize> = BTreeMap::new();
    for &line in lines {
        counts.insert(wanted[line].0.as_bytes(), 0);
    }
    for line in object.data.lines() {
        if let Some(count) = counts.get_mut(line.trim()) {
            *count += 1;
        }
    }
    let holds = |line: &&usize| counts[wanted[**line].0.as_bytes()] > wanted[**line].1;
    lines.iter().filter(holds).copied().collect()
}

/// The object of a file in a commit.
fn blob(repository: &Repository, commit: ObjectId, path: &str) -> Option<ObjectId> {
    let tree = repository.find_commit(commit).ok()?.tree().ok()?;
    let entry = tree.lookup_entry_by_path(path).ok()??;
    entry.mode().is_blob().then(|| entry.object_id())
}

/// Where a commit holds an object under another path: what was moved and not changed.
fn renamed(repository: &Repository, commit: ObjectId, blob: ObjectId) -> Option<String> {
    let root = repository.find_commit(commit).ok()?.tree_id().ok()?.detach();
    let (mut open, mut seen, mut files) = (vec![(String::new(), root)], HashSet::new(), 0);
    while let Some((folder, id)) = open.pop() {
        let tree = repository.find_tree(id).ok()?;
        for entry in tree.iter().filter_map(Result::ok) {
            let name = entry.filename().to_str_lossy();
            let path =
                if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
            files += 1;
            if entry.mode().is_blob() && entry.oid() == blob {
                return Some(path);
            }
            if entry.mode().is_tree() && seen.insert(entry.oid().to_owned()) {
                open.push((path, entry.oid().to_owned()));
            }
        }
        if files > MAX_FILES {
            return None;
        }
    }
    None
}

fn origin(repository: &Repository, commit: ObjectId) -> Option<Origin> {
    let commit = repository.find_commit(commit).ok()?;
    let author = commit.author().ok()?;
    let seconds = author.time().map_or(0, |time| time.seconds);
    Some(Origin {
        commit: commit.id.to_hex().to_string(),
        name: author.name.to_str_lossy().trim().to_owned(),
        email: author.email.to_str_lossy().trim().to_owned(),
        seconds: u64::try_from(seconds).unwrap_or(0),
    })
}
