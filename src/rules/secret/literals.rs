//! Which files hold a credential of a known format in one of their literals: each is read once in a
//! run, however many roots it is a part of.

use super::{known, known_text};
use crate::input::file::File;
use crate::input::source::FileId;
use crate::input::tree::{NodeId, NodeKind};
use crate::model::cursor::Cursor;
use crate::model::value::NodeRef;
use std::sync::OnceLock;

/// The files of a run of which this was asked.
#[derive(Default)]
pub struct Literals(OnceLock<Vec<OnceLock<bool>>>);

impl Literals {
    /// Whether a literal of a file, or a text that stands for an expression, holds a credential.
    /// `files` are those of the run.
    pub fn any(&self, files: &[File], file: FileId) -> bool {
        let known = self.0.get_or_init(|| files.iter().map(|_| OnceLock::new()).collect());
        let file = &files[file.0 as usize];
        match known.get(file.id.0 as usize) {
            Some(known) => *known.get_or_init(|| holds(files, file)),
            None => holds(files, file),
        }
    }
}

fn holds(files: &[File], file: &File) -> bool {
    file.tree.nodes.iter().enumerate().any(|(at, node)| match &node.kind {
        NodeKind::Scalar(_, text) => known::find(file.text(text)).is_some(),
        NodeKind::Template(_) => {
            let node = NodeRef { file: file.id, node: NodeId(at as u32) };
            let text = known_text(&Cursor::node(files, node));
            text.is_some_and(|text| known::find(&text).is_some())
        }
        NodeKind::Expression => {
            let text = file.source.slice(node.span);
            text.contains('"') && known::find(text).is_some()
        }
        _ => false,
    })
}
