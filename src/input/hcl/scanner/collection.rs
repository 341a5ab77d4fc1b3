//! Lists, objects and `for`.

use super::expression::Read;
use super::{Names, Scanner, starts_name};
use crate::input::source::Span;
use crate::input::tree::{Entry, For, NodeId, NodeKind, Operation, Text};
use std::ops::Range;

/// The header of what lies in an item, as long as that is not known.
const UNKNOWN: Span = Span { start: u32::MAX, end: u32::MAX };

/// An object with more keys is left to the library, which sets a limit.
const KEYS: usize = 4_000;

/// The keys of an object so far.
#[derive(Default)]
struct Keys<'a> {
    bare: Names<'a>,
    quoted: Names<'a>,
    computed: Names<'a>,
}

impl<'a> Scanner<'a> {
    pub(super) fn list(&mut self, header: Span) -> Option<Read> {
        let start = self.at;
        self.at += 1;
        if self.at_for()? {
            let one = self.repetition(header)?;
            self.skip_lines()?;
            let result = self.expression(true, header)?.id;
            self.skip_lines()?;
            let condition = self.for_condition(header)?;
            self.take(b']')?;
            let one = For { result, condition, ..one };
            return Some(self.operation(Operation::For(Box::new(one)), start, header));
        }
        let mut items = Vec::new();
        loop {
            self.skip_lines()?;
            if self.byte() == b']' {
                break;
            }
            items.push(self.item()?);
            self.skip_lines()?;
            match self.byte() {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
        }
        self.at += 1;
        let span = self.span(start);
        let id = self.push_parent(NodeKind::List { items, blocks: false }, span, header);
        Some(self.read(id, start))
    }

    /// An item, whose header is its own first key or bytes.
    fn item(&mut self) -> Option<NodeId> {
        let first = self.tree.nodes.len();
        let item = self.expression(true, UNKNOWN)?;
        let Range { start, end } = item.range;
        let whole = Span::new(self.base + start, self.base + end);
        let header = item.first_key.unwrap_or(whole);
        for node in &mut self.tree.nodes[first..] {
            if node.header == UNKNOWN {
                node.header = header;
            }
        }
        Some(item.id)
    }

    /// An object; a `for` lets the lines go on behind it.
    pub(super) fn object(&mut self, lines: &mut bool, header: Span) -> Option<Read> {
        let start = self.at;
        self.at += 1;
        if self.at_for()? {
            *lines = true;
            return self.object_for(start, header);
        }
        let (mut entries, mut keys) = (Vec::new(), Keys::default());
        loop {
            self.skip_lines()?;
            if self.byte() == b'}' {
                break;
            }
            entries.push(self.entry(&mut keys)?);
            if entries.len() > KEYS {
                return None;
            }
            self.skip_spaces()?;
            self.skip_line_comment();
            match self.byte() {
                // Behind a comment there is none.
                b',' | b'\n' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.at += 1;
        let span = self.span(start);
        let first_key = entries.first().map(|entry: &Entry| entry.key_span);
        let kind = NodeKind::map(entries);
        let id = self.push_parent(kind, span, header);
        Some(Read { first_key, ..self.read(id, start) })
    }

    fn entry(&mut self, keys: &mut Keys<'a>) -> Option<Entry> {
        let start = self.at;
        if let Some((key, key_span)) = self.plain_key(keys)? {
            self.skip_spaces()?;
            let value = self.expression(false, key_span)?.id;
            return Some(Entry { key, key_span, value });
        }
        // A key to be evaluated: its node comes behind those of the value.
        self.at = start;
        let nodes = self.tree.nodes.len();
        let read = self.expression(false, UNKNOWN)?;
        if matches!(self.tree.node(read.id).kind, NodeKind::Scalar(..)) {
            return None;
        }
        self.tree.nodes.truncate(nodes);
        let key_span = self.span(start);
        let written = &self.text[start..self.at];
        if !written.bytes().all(tells_apart) || !keys.computed.insert(written) {
            return None;
        }
        self.skip_spaces()?;
        if !matches!(self.byte(), b'=' | b':') {
            return None;
        }
        self.at += 1;
        self.skip_spaces()?;
        let value = self.expression(false, key_span)?.id;
        let end = std::mem::replace(&mut self.at, start);
        let key = self.expression(false, key_span)?.id;
        self.at = end;
        let span = self.tree.node(value).span.join(key_span);
        let kind = NodeKind::Operation(Operation::Computed(key, value));
        let value = self.push_parent(kind, span, key_span);
        Some(Entry { key: Text::Decoded("".into()), key_span, value })
    }

    /// A key that is a name, a whole number or a string without more, up to the sign behind it.
    #[expect(clippy::option_option, reason = "another key is no reason to give up")]
    fn plain_key(&mut self, keys: &mut Keys<'a>) -> Option<Option<(Text, Span)>> {
        let start = self.at;
        let (names, inner) = match self.byte() {
            b'"' => {
                let Some(inner) = self.plain_string() else { return Some(None) };
                (&mut keys.quoted, inner)
            }
            b'0'..=b'9' => {
                while self.byte().is_ascii_digit() {
                    self.at += 1;
                }
                let digits = &self.text[start..self.at];
                if digits.starts_with('0') && digits != "0" || digits.len() > 15 {
                    return None;
                }
                (&mut keys.bare, start..self.at)
            }
            byte if starts_name(byte) => {
                self.name()?;
                (&mut keys.bare, start..self.at)
            }
            _ => return Some(None),
        };
        let key_span = self.span(start);
        self.skip_spaces()?;
        let next = self.byte_at(self.at + 1);
        if !matches!((self.byte(), next), (b'=' | b':', next) if next != self.byte()) {
            return Some(None);
        }
        if !names.insert(&self.text[inner.clone()]) {
            return None;
        }
        self.at += 1;
        let Range { start, end } = inner;
        Some(Some((Text::Source(Span::new(self.base + start, self.base + end)), key_span)))
    }

    fn object_for(&mut self, start: usize, header: Span) -> Option<Read> {
        let one = self.repetition(header)?;
        self.skip_lines()?;
        let new_key = Some(self.expression(false, header)?.id);
        self.skip_lines()?;
        self.take(b'=')?;
        self.take(b'>')?;
        self.skip_lines()?;
        let result = self.expression(false, header)?.id;
        self.skip_lines()?;
        let grouping = self.bytes[self.at..].starts_with(b"...");
        if grouping {
            self.at += 3;
            self.skip_lines()?;
        }
        let condition = self.for_condition(header)?;
        self.take(b'}')?;
        let one = For { new_key, result, condition, grouping, ..one };
        Some(self.operation(Operation::For(Box::new(one)), start, header))
    }

    /// Whether a `for` comes next; then it stands here.
    fn at_for(&mut self) -> Option<bool> {
        let start = self.at;
        self.skip_lines()?;
        let is_for = self.bytes[self.at..].starts_with(b"for")
            && matches!(self.byte_at(self.at + 3), b' ' | b'\t' | b'#' | b'/' | b'\n');
        if !is_for {
            self.at = start;
        }
        Some(is_for)
    }

    /// `for k, v in collection :`. What it makes is still to come.
    fn repetition(&mut self, header: Span) -> Option<For> {
        self.at += 3;
        self.skip_lines()?;
        let mut value = Text::Source(self.name()?.1);
        let mut key = None;
        self.skip_lines()?;
        if self.byte() == b',' {
            self.at += 1;
            self.skip_lines()?;
            key = Some(std::mem::replace(&mut value, Text::Source(self.name()?.1)));
            self.skip_lines()?;
        }
        if !self.at_word("in") {
            return None;
        }
        self.at += 2;
        self.skip_lines()?;
        let collection = self.expression(false, header)?.id;
        self.skip_lines()?;
        self.take(b':')?;
        let (result, new_key, condition) = (collection, None, None);
        Some(For {
            key,
            value,
            collection,
            new_key,
            result,
            condition,
            grouping: false,
            text: false,
        })
    }

    /// `if condition`, where it stands.
    #[expect(clippy::option_option, reason = "no condition is no reason to give up")]
    fn for_condition(&mut self, header: Span) -> Option<Option<NodeId>> {
        if !self.at_word("if") {
            return Some(None);
        }
        self.at += 2;
        self.skip_lines()?;
        let condition = self.expression(true, header)?.id;
        self.skip_lines()?;
        Some(Some(condition))
    }
}

/// Whether keys of such bytes are the same ones only if they are written alike.
fn tells_apart(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'_' | b'-' | b'.' | b'(' | b')' | b'[' | b']' | b'"' | b'$' | b'{' | b'}'
        )
}
