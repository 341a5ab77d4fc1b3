//! Git repositories for tests, written object by object.
#![allow(dead_code, reason = "each test binary uses its part")]

use gix::ObjectId;
use gix::actor::SignatureRef;
use gix::index::entry::{Flags, Mode, Stat};
use gix::objs::Tree;
use gix::objs::tree::{Entry, EntryKind};
use std::collections::BTreeMap;
use std::path::Path;

/// A path, what is there, and its content: a file's bytes, a link's target.
pub type Content<'a> = (&'a str, EntryKind, &'a str);

/// A repository in a folder.
pub struct Repository(gix::Repository);

/// A file.
pub fn file<'a>(path: &'a str, text: &'a str) -> Content<'a> {
    (path, EntryKind::Blob, text)
}

impl Repository {
    /// An empty repository in a folder, which then holds `.git`.
    pub fn new(folder: &Path) -> Self {
        Self(gix::init(folder).expect("a repository"))
    }

    fn content(&self, kind: EntryKind, text: &str) -> ObjectId {
        match kind {
            EntryKind::Commit => ObjectId::from_hex(&[b'1'; 40]).expect("a hash"),
            _ => self.0.write_blob(text).expect("a blob").detach(),
        }
    }

    /// The tree of these files.
    pub fn tree(&self, files: &[Content<'_>]) -> ObjectId {
        let mut below: BTreeMap<&str, Vec<Content<'_>>> = BTreeMap::new();
        let mut entries = Vec::new();
        for &(path, kind, text) in files {
            match path.split_once('/') {
                Some((folder, rest)) => {
                    below.entry(folder).or_default().push((rest, kind, text));
                }
                None => entries.push((path, kind, self.content(kind, text))),
            }
        }
        for (folder, files) in below {
            entries.push((folder, EntryKind::Tree, self.tree(&files)));
        }
        self.folder(&entries)
    }

    /// A tree of objects that are there already.
    pub fn folder(&self, entries: &[(&str, EntryKind, ObjectId)]) -> ObjectId {
        let one = |&(name, kind, oid): &(&str, EntryKind, ObjectId)| Entry {
            mode: kind.into(),
            filename: name.into(),
            oid,
        };
        let mut entries: Vec<Entry> = entries.iter().map(one).collect();
        entries.sort();
        self.0.write_object(Tree { entries }).expect("a tree").detach()
    }

    /// Commits a tree to `HEAD` and tags the commit.
    pub fn commit(&self, tree: ObjectId, tag: &str) {
        self.commit_by("t", "0 +0000", tree, tag);
    }

    /// The same with an author and the seconds and zone at which it was written.
    pub fn commit_by(&self, name: &str, time: &str, tree: ObjectId, tag: &str) {
        let email = format!("{name}@t");
        let who = SignatureRef { name: name.into(), email: email.as_str().into(), time };
        let parent = self.0.head_id().ok().map(gix::Id::detach);
        let commit = self.0.commit_as(who, who, "HEAD", tag, tree, parent).expect("a commit");
        let any = gix::refs::transaction::PreviousValue::Any;
        self.0.tag_reference(tag, commit, any).expect("a tag");
    }

    /// Writes the index.
    pub fn stage(&self, files: &[(&str, Mode, Flags, &str)]) {
        let mut state = gix::index::State::new(self.0.object_hash());
        for &(path, mode, flags, text) in files {
            let kind = if mode == Mode::COMMIT { EntryKind::Commit } else { EntryKind::Blob };
            let id = self.content(kind, text);
            state.dangerously_push_entry(Stat::default(), id, flags, mode, path.into());
        }
        state.sort_entries();
        let path = self.0.index_path();
        let mut index = gix::index::File::from_state(state, path);
        index.write(gix::index::write::Options::default()).expect("an index");
    }
}
