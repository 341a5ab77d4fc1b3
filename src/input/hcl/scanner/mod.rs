//! The HCL that configurations use, read in one pass over the bytes. Whatever is not surely handled,
//! an error above all, ends the reading without a result: the library (`hcl-edit`) reads it then.
//!
//! `None` means that everywhere here. The grammar is the library's, its leniency included; the tests
//! compare both on everything they can find.

mod collection;
mod expression;
mod text;

use std::collections::HashSet;

use super::super::decoded::Decoded;
use super::super::source::Span;
use super::super::tree::{Entry, NodeId, NodeKind, Text, Tree};
use super::convert::Body;

/// How deep expressions and blocks may lie in one another; the library's limit is higher.
const DEPTH: usize = 40;

/// How many binary operators one attribute may have; the library counts those of one path.
const OPERATORS: usize = 100;

/// How many bytes of a usual text come to one node.
const BYTES: usize = 24;

/// Names below this many are compared one by one.
const FEW: usize = 16;

/// Reads a text, `base` bytes of which come before, to what the library makes of it, or to nothing.
/// The file's node is still to come.
pub fn parse(text: &str, base: usize) -> Option<(Tree, Body<'_>)> {
    let (end, bytes) = (text.len(), text.as_bytes());
    if memchr::memchr2(b'\r', 0, bytes).is_some() {
        return None;
    }
    let mut scanner = Scanner {
        text,
        bytes,
        at: 0,
        base,
        depth: 0,
        operators: 0,
        source: Decoded::verbatim(text, base),
        tree: Tree { nodes: Vec::with_capacity(end / BYTES + 1), ..Tree::default() },
    };
    let mut root = Body::default();
    scanner.body(&mut root)?;
    (scanner.at == end).then_some((scanner.tree, root))
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// The next byte.
    at: usize,
    /// Where the text starts in its file.
    base: usize,
    depth: usize,
    operators: usize,
    /// The text once more, for what is decoded.
    source: Decoded<'a>,
    tree: Tree,
}

impl<'a> Scanner<'a> {
    fn body(&mut self, body: &mut Body<'a>) -> Option<()> {
        let mut names = Names::default();
        loop {
            self.skip_lines()?;
            if !starts_name(self.byte()) {
                return Some(());
            }
            self.structure(body, &mut names)?;
            self.skip_spaces()?;
            self.skip_line_comment();
            match self.byte() {
                b'\n' => self.at += 1,
                _ if self.at == self.bytes.len() => {}
                _ => return None,
            }
        }
    }

    /// An attribute or a block.
    fn structure(&mut self, body: &mut Body<'a>, names: &mut Names<'a>) -> Option<()> {
        let (name, key_span) = self.name()?;
        self.skip_spaces()?;
        if self.byte() == b'=' {
            if !names.insert(name) {
                return None;
            }
            return self.attribute(body, key_span);
        }
        let mut header = key_span;
        let mut labels = Vec::new();
        while self.byte() != b'{' {
            let (text, span) =
                if self.byte() == b'"' { self.label()? } else { as_text(self.name()?) };
            header = header.join(span);
            labels.push((text, span));
            self.skip_spaces()?;
        }
        let entries = self.block_body()?;
        let kind =
            NodeKind::Map { entries: entries.into(), labels: labels.into(), maybe_block: false };
        let span = Span { start: key_span.start, end: self.end() };
        let block = self.push_parent(kind, span, header);
        body.block(&mut self.tree, name.into(), (Text::Source(key_span), key_span), block);
        Some(())
    }

    /// What follows an attribute's name.
    fn attribute(&mut self, body: &mut Body, key_span: Span) -> Option<()> {
        self.take(b'=')?;
        self.skip_spaces()?;
        self.operators = 0;
        let value = self.expression(false, key_span)?.id;
        body.entries.push(Entry { key: Text::Source(key_span), key_span, value });
        Some(())
    }

    fn block_body(&mut self) -> Option<Vec<Entry>> {
        self.take(b'{')?;
        self.deeper()?;
        let mut body = Body::default();
        self.skip_spaces()?;
        self.skip_line_comment();
        if self.byte() == b'\n' {
            self.at += 1;
            self.body(&mut body)?;
        } else if self.byte() != b'}' {
            // One attribute on the same line.
            let (_, key_span) = self.name()?;
            self.skip_spaces()?;
            self.attribute(&mut body, key_span)?;
            self.skip_spaces()?;
        }
        self.take(b'}')?;
        self.depth -= 1;
        Some(body.finish(&mut self.tree))
    }

    fn deeper(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= DEPTH).then_some(())
    }

    /// A name and where it is. One with other letters than those of ASCII is left to the library.
    fn name(&mut self) -> Option<(&'a str, Span)> {
        let start = self.at;
        if !starts_name(self.byte()) {
            return None;
        }
        while continues_name(self.byte()) {
            self.at += 1;
        }
        (self.byte() < 0x80).then(|| (&self.text[start..self.at], self.span(start)))
    }

    /// The next byte; 0, which no text here holds, at the end.
    fn byte(&self) -> u8 {
        self.byte_at(self.at)
    }

    fn byte_at(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        if self.byte() != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// Whether `word` comes next and ends there.
    fn at_word(&self, word: &str) -> bool {
        let end = self.at + word.len();
        self.bytes.get(self.at..end) == Some(word.as_bytes())
            && !continues_name(self.byte_at(end))
            && self.byte_at(end) < 0x80
    }

    /// Over white space and comments, as far as the line goes unless `lines`.
    fn skip(&mut self, lines: bool) -> Option<()> {
        if lines { self.skip_lines() } else { self.skip_spaces() }
    }

    fn skip_spaces(&mut self) -> Option<()> {
        loop {
            match self.byte() {
                b' ' | b'\t' => self.at += 1,
                b'/' if self.byte_at(self.at + 1) == b'*' => self.skip_inline_comment()?,
                _ => return Some(()),
            }
        }
    }

    fn skip_lines(&mut self) -> Option<()> {
        loop {
            match self.byte() {
                b' ' | b'\t' | b'\n' => self.at += 1,
                b'/' if self.byte_at(self.at + 1) == b'*' => self.skip_inline_comment()?,
                _ if self.skip_line_comment() => {}
                _ => return Some(()),
            }
        }
    }

    fn skip_inline_comment(&mut self) -> Option<()> {
        let rest = &self.bytes[self.at + 2..];
        self.at += memchr::memmem::find(rest, b"*/")? + 4;
        Some(())
    }

    /// Over a comment up to its line's end, if there is one.
    fn skip_line_comment(&mut self) -> bool {
        let is_one =
            self.byte() == b'#' || self.byte() == b'/' && self.byte_at(self.at + 1) == b'/';
        if is_one {
            let rest = &self.bytes[self.at..];
            self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        }
        is_one
    }

    /// The file's bytes from `start` up to here.
    fn span(&self, start: usize) -> Span {
        Span::new(self.base + start, self.base + self.at)
    }

    fn end(&self) -> u32 {
        self.span(self.at).end
    }

    fn push_parent(&mut self, kind: NodeKind, span: Span, header: Span) -> NodeId {
        let id = self.tree.push(kind, span, header);
        self.tree.adopt(id);
        id
    }
}

/// Names that may stand only once.
#[derive(Default)]
struct Names<'a> {
    few: Vec<&'a str>,
    many: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    /// Whether the name is new.
    fn insert(&mut self, name: &'a str) -> bool {
        if self.few.contains(&name) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(name);
            return true;
        }
        self.many.insert(name)
    }
}

fn as_text((_, span): (&str, Span)) -> (Text, Span) {
    (Text::Source(span), span)
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn continues_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}
