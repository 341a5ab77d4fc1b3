//! The part of YAML that manifests use, read in one pass over the bytes. Whatever is not surely
//! handled, an error above all, ends the reading without a result: `library` reads it then.
//!
//! `None` means that everywhere here. The rules are those of YAML 1.2.2 as the library applies
//! them; the tests compare both on everything they can find.

mod block;
mod block_scalar;
mod flow;
mod scalar;
mod text;

use super::Parsed;
use super::builder::Builder;
use crate::input::source::Span;
use crate::input::tree::{Style, Text};
use std::collections::HashMap;

/// How deep collections may lie in one another.
const DEPTH: usize = 100;

/// How many bytes a key and the white space behind it may have; 1024 characters in YAML.
const KEY: usize = 1000;

/// Parses a text to what `library::parse` makes of it, or to nothing.
pub fn parse(text: &str) -> Option<Parsed> {
    let start = text::start(text)?;
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: start,
        line: start,
        column: None,
        depth: 0,
        anchors: HashMap::new(),
        anchors_so_far: 0,
        builder: Builder::new(text),
    };
    scanner.documents()?;
    Some(scanner.builder.out)
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// The next byte.
    at: usize,
    /// Where its line starts, as long as that is needed for a column.
    line: usize,
    /// The column of the next content, which begins its line; none at the end of a document. No
    /// column is less than any column.
    column: Option<usize>,
    /// How many collections are open.
    depth: usize,
    anchors: HashMap<&'a str, usize>,
    /// How many there have been.
    anchors_so_far: usize,
    builder: Builder<'a>,
}

impl Scanner<'_> {
    fn documents(&mut self) -> Option<()> {
        self.next_line()?;
        // Whether content may follow: at first, and behind a mark.
        let mut marked = true;
        loop {
            if self.column.is_some() {
                if !marked {
                    return None;
                }
                self.start_document();
                self.node(None, 0)?;
                marked = false;
                continue;
            }
            if self.at == self.bytes.len() {
                return Some(());
            }
            // The mark's line holds nothing else.
            let begins = self.byte() == b'-';
            self.at += 3;
            let end = Span::new(self.at, self.at);
            self.end_line()?;
            marked = true;
            if begins && self.column.is_none() {
                self.start_document();
                self.builder.scalar(Style::Empty, Text::Source(end), end, 0);
            }
        }
    }

    fn start_document(&mut self) {
        self.builder.start_document();
        self.anchors.clear();
    }

    /// The next byte; 0, which no text here holds, at the end.
    fn byte(&self) -> u8 {
        self.byte_at(self.at)
    }

    fn byte_at(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Whether white space, a line's end or the text's end is at `at`.
    fn blank_at(&self, at: usize) -> bool {
        matches!(self.byte_at(at), b' ' | b'\n' | b'\t' | b'\r' | 0)
    }

    fn skip_spaces(&mut self) {
        // Most lines are indented: eight at a time.
        while let Some(eight) = self.bytes[self.at..].first_chunk() {
            let others = u64::from_le_bytes(*eight) ^ u64::from_le_bytes([b' '; 8]);
            if others != 0 {
                self.at += others.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while self.byte() == b' ' {
            self.at += 1;
        }
    }

    /// Over the end of a line, if one is here.
    fn skip_break(&mut self) -> bool {
        match self.byte() {
            b'\n' => self.at += 1,
            b'\r' => self.at += 2,
            _ => return false,
        }
        true
    }

    /// Whether a document's mark (`---` or `...`) is at `at`, which begins a line.
    fn mark_at(&self, at: usize) -> bool {
        let mark = self.bytes.get(at..at + 3);
        (mark == Some(b"---") || mark == Some(b"...")) && self.blank_at(at + 3)
    }

    /// Where the line ends that holds `at`, and where the next one begins.
    fn line_end(&self, at: usize) -> (usize, usize) {
        match memchr::memchr(b'\n', &self.bytes[at..]) {
            Some(0) => (at, at + 1),
            Some(length) if self.bytes[at + length - 1] == b'\r' => {
                (at + length - 1, at + length + 1)
            }
            Some(length) => (at + length, at + length + 1),
            None => (self.bytes.len(), self.bytes.len()),
        }
    }

    /// Over a comment and the end of its line.
    fn comment(&mut self) {
        let (end, next) = self.line_end(self.at);
        self.builder.comment(Span::new(self.at, end));
        self.at = next;
    }

    /// From behind what was last on its line, but for a comment, to the next content.
    fn end_line(&mut self) -> Option<()> {
        let end = self.at;
        self.skip_spaces();
        match self.byte() {
            b'#' if self.at > end => self.comment(),
            0 => {}
            _ if self.skip_break() => {}
            _ => return None,
        }
        self.next_line()
    }

    /// From the start of a line to the next content, over blank lines and comments.
    fn next_line(&mut self) -> Option<()> {
        loop {
            self.line = self.at;
            self.skip_spaces();
            match self.byte() {
                b'#' => self.comment(),
                b'\t' => return None,
                0 => {
                    self.column = None;
                    return Some(());
                }
                _ if self.at == self.line && self.mark_at(self.at) => {
                    self.column = None;
                    return Some(());
                }
                _ if self.skip_break() => {}
                _ => {
                    self.column = Some(self.at - self.line);
                    return Some(());
                }
            }
        }
    }

    /// Over `&name`; gives the anchor.
    fn anchor(&mut self) -> Option<usize> {
        let text = self.text;
        let name = self.name()?;
        let anchor = self.anchors_so_far + 1;
        self.anchors_so_far = anchor;
        self.anchors.insert(&text[name], anchor);
        Some(anchor)
    }

    /// Over `*name`; adds the alias.
    fn alias(&mut self) -> Option<()> {
        let start = self.at;
        let name = self.name()?;
        let anchor = *self.anchors.get(&self.text[name])?;
        self.builder.alias(anchor, Span::new(start, self.at));
        Some(())
    }

    /// Over `&` or `*` and a simple name, with nothing else behind it.
    fn name(&mut self) -> Option<std::ops::Range<usize>> {
        let start = self.at + 1;
        let letter = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        self.at = start + self.bytes[start..].iter().take_while(letter).count();
        let ends = self.blank_at(self.at) || matches!(self.byte(), b',' | b']' | b'}');
        (self.at > start && ends).then_some(start..self.at)
    }
}
