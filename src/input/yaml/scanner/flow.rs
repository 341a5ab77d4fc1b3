//! Lists and maps in brackets.

use super::{DEPTH, KEY, Scanner};
use crate::input::source::Span;

impl Scanner<'_> {
    /// The list or map whose bracket is here, in a block collection at the column `parent`.
    pub(super) fn flow(&mut self, parent: Option<usize>, anchor: usize) -> Option<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let start = Some(self.at as u32);
        let is_list = self.byte() == b'[';
        let close = if is_list {
            self.builder.open_list(start, anchor);
            b']'
        } else {
            self.builder.open_map(start, anchor);
            b'}'
        };
        self.at += 1;
        self.gap(parent)?;
        while self.byte() != close {
            if !is_list {
                self.flow_key(parent)?;
                self.gap(parent)?;
            }
            self.flow_value(parent)?;
            self.gap(parent)?;
            if self.byte() == b',' {
                self.at += 1;
                self.gap(parent)?;
            } else if self.byte() != close {
                return None;
            }
        }
        self.at += 1;
        self.builder.close(Span::new(self.at, self.at));
        self.depth -= 1;
        Some(())
    }

    /// A key and its colon, on one line. Behind a quoted key the value may follow at once.
    fn flow_key(&mut self, parent: Option<usize>) -> Option<()> {
        let quoted = matches!(self.byte(), b'"' | b'\'');
        let key = self.leaf(true, parent)?;
        self.skip_spaces();
        let is_key = self.byte() == b':' && (quoted || self.blank_at(self.at + 1));
        if !is_key || !key.one_line || self.at - key.span.start as usize > KEY {
            return None;
        }
        self.at += 1;
        self.builder.scalar(key.style, key.text, key.span, 0);
        Some(())
    }

    fn flow_value(&mut self, parent: Option<usize>) -> Option<()> {
        match self.byte() {
            b'[' | b'{' => self.flow(parent, 0),
            b'*' => self.alias(),
            _ => {
                let leaf = self.leaf(true, parent)?;
                self.builder.scalar(leaf.style, leaf.text, leaf.span, 0);
                Some(())
            }
        }
    }

    /// Over white space, ends of lines and comments. Lines are deeper than the block collection
    /// around them; the library is more lenient.
    fn gap(&mut self, parent: Option<usize>) -> Option<()> {
        self.skip_spaces();
        let mut line = None;
        loop {
            match self.byte() {
                b'\n' | b'\r' => {
                    self.skip_break();
                }
                b'#' if matches!(self.bytes[self.at - 1], b' ' | b'\n') => self.comment(),
                b'#' | b'\t' | 0 => return None,
                _ => break,
            }
            line = Some(self.at);
            self.skip_spaces();
        }
        let fits = line.is_none_or(|line| Some(self.at - line) > parent && !self.mark_at(line));
        fits.then_some(())
    }
}
