//! Maps and lists by indentation.

use super::scalar::Leaf;
use super::{DEPTH, KEY, Scanner};
use crate::input::source::Span;
use crate::input::tree::{Style, Text};

impl Scanner<'_> {
    /// The node that begins here, deeper than the column of the collection it lies in.
    pub(super) fn node(&mut self, parent: Option<usize>, anchor: usize) -> Option<()> {
        let column = self.at - self.line;
        match self.byte() {
            b'-' if self.blank_at(self.at + 1) => self.list(column, anchor),
            b'[' | b'{' | b'|' | b'>' | b'*' => self.on_line(parent, anchor),
            _ => {
                let leaf = self.leaf(false, parent)?;
                match self.colon(&leaf) {
                    Some(colon) => {
                        self.builder.open_map(None, anchor);
                        self.builder.scalar(leaf.style, leaf.text, leaf.span, 0);
                        self.map(column, colon)
                    }
                    None => self.leaf_node(leaf, parent, anchor),
                }
            }
        }
    }

    /// A map whose first key was read up to its colon.
    fn map(&mut self, column: usize, mut colon: usize) -> Option<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        loop {
            self.map_value(column, colon)?;
            if self.column != Some(column) {
                break;
            }
            let key = self.leaf(false, Some(column))?;
            colon = self.colon(&key)?;
            self.builder.scalar(key.style, key.text, key.span, 0);
        }
        self.depth -= 1;
        self.builder.close(Span::default());
        Some(())
    }

    fn map_value(&mut self, column: usize, colon: usize) -> Option<()> {
        self.skip_spaces();
        let anchor = self.anchor_before_node()?;
        if !self.line_ends() {
            return self.on_line(Some(column), anchor);
        }
        self.end_line()?;
        if self.column > Some(column) {
            self.node(Some(column), anchor)
        } else if self.column == Some(column) && self.byte() == b'-' && self.blank_at(self.at + 1) {
            self.list(column, anchor)
        } else {
            let empty = Span::new(colon, colon);
            self.builder.scalar(Style::Empty, Text::Source(empty), empty, 0);
            (anchor == 0).then_some(())
        }
    }

    /// A list whose first dash is here. As a map does, it ends before any content that is not its
    /// own; whether that may stand there is for what is around it to say, at last for `documents`.
    fn list(&mut self, column: usize, anchor: usize) -> Option<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        self.builder.open_list(None, anchor);
        loop {
            self.at += 1;
            self.skip_spaces();
            let anchor = self.anchor_before_node()?;
            if self.line_ends() {
                self.end_line()?;
                if self.column <= Some(column) {
                    return None;
                }
                self.node(Some(column), anchor)?;
            } else if anchor > 0 {
                self.on_line(Some(column), anchor)?;
            } else {
                self.node(Some(column), 0)?;
            }
            let dash = self.byte() == b'-' && self.blank_at(self.at + 1);
            if self.column != Some(column) || !dash {
                break;
            }
        }
        self.depth -= 1;
        self.builder.close(Span::default());
        Some(())
    }

    /// A node that shares its line with what is before it, so it is no map or list without
    /// brackets.
    fn on_line(&mut self, parent: Option<usize>, anchor: usize) -> Option<()> {
        match self.byte() {
            b'[' | b'{' => self.flow(parent, anchor)?,
            b'*' if anchor == 0 => self.alias()?,
            b'|' | b'>' => return self.block_scalar(parent, anchor),
            _ => {
                let leaf = self.leaf(false, parent)?;
                return self.leaf_node(leaf, parent, anchor);
            }
        }
        self.end_line()
    }

    /// `&name` with what separates it from its node, if it is here.
    fn anchor_before_node(&mut self) -> Option<usize> {
        if self.byte() != b'&' {
            return Some(0);
        }
        let anchor = self.anchor()?;
        if !self.blank_at(self.at) {
            return None;
        }
        if self.byte() == b' ' {
            self.skip_spaces();
        }
        Some(anchor)
    }

    /// Whether nothing but a comment follows; white space was skipped.
    fn line_ends(&mut self) -> bool {
        match self.byte() {
            b'\n' | b'\r' | 0 => true,
            b'#' if self.bytes[self.at - 1] == b' ' => {
                // The comment is to be seen behind its space.
                self.at -= 1;
                true
            }
            _ => false,
        }
    }

    /// Over the colon that makes a key of what was read, on the same line; gives its place.
    fn colon(&mut self, key: &Leaf) -> Option<usize> {
        let mut at = self.at;
        while self.byte_at(at) == b' ' {
            at += 1;
        }
        let fits = key.one_line && at - key.span.start as usize <= KEY;
        let found = self.byte_at(at) == b':' && self.blank_at(at + 1) && fits;
        found.then(|| {
            self.at = at + 1;
            at
        })
    }
}
