//! JSON (RFC 8259) into the spanned tree, strictly; works on plain files and on text that was
//! decoded from a string. How a string becomes a node is its caller's.

use std::ops::Range;

use super::decoded::Decoded;
use super::fault::Fault;
use super::source::Span;
use super::tree::{Entry, NodeId, NodeKind, Part, Style, Text, Thin, Tree};

const MAX_DEPTH: usize = 128;

/// What differs between kinds of JSON.
pub trait Dialect {
    /// Whether objects may stand for blocks, and `//` keys are comments.
    const BLOCKS: bool;

    /// Whether repeated keys are worth a fault.
    const DUPLICATES: bool;

    /// A key's text, if it is known; `content` is between the quotes.
    fn key(&mut self, document: &Decoded, content: Range<usize>) -> Option<Text>;

    /// Adds a node for a string; `token` includes the quotes.
    fn string(
        &mut self,
        tree: &mut Tree,
        document: &Decoded,
        token: Range<usize>,
        header: Span,
    ) -> NodeId;
}

/// JSON as it is; holes that stand in the text make templates.
#[derive(Debug)]
pub struct Plain<const DUPLICATES: bool>;

impl<const DUPLICATES: bool> Dialect for Plain<DUPLICATES> {
    const BLOCKS: bool = false;
    const DUPLICATES: bool = DUPLICATES;

    fn key(&mut self, document: &Decoded, content: Range<usize>) -> Option<Text> {
        document.holes(&content).is_empty().then(|| text(document, content))
    }

    fn string(
        &mut self,
        tree: &mut Tree,
        document: &Decoded,
        token: Range<usize>,
        header: Span,
    ) -> NodeId {
        let span = document.span(token.clone());
        let content = token.start + 1..token.end - 1;
        let holes = document.holes(&content);
        if holes.is_empty() {
            let text = text(document, content);
            return tree.push(NodeKind::Scalar(Style::Quoted, text), span, header);
        }
        let mut parts = Vec::with_capacity(holes.len() * 2 + 1);
        let mut from = content.start;
        for hole in holes {
            if from < hole.at {
                parts.push(Part::Literal(text(document, from..hole.at)));
            }
            let node = hole.expression.map(|id| {
                let span = tree.node(id).span;
                tree.push(NodeKind::Alias(id), span, header)
            });
            parts.push(Part::Hole(hole.span, node));
            from = hole.at + super::decoded::HOLE.len_utf8();
        }
        if from < content.end {
            parts.push(Part::Literal(text(document, from..content.end)));
        }
        let id = tree.push(NodeKind::Template(parts), span, header);
        tree.adopt(id);
        id
    }
}

/// What was read of a text: the root, if anything, and where it went wrong.
#[derive(Debug)]
pub struct Outcome {
    /// The root node; incomplete where `error` is set.
    pub root: Option<NodeId>,
    /// The offset of the syntax error and what is wrong.
    pub error: Option<(usize, &'static str)>,
    /// Repeated keys.
    pub faults: Vec<Fault>,
}

/// Parses a document; `header` is the root's.
pub fn document<D: Dialect>(
    tree: &mut Tree,
    text: &Decoded,
    header: Span,
    dialect: &mut D,
) -> Outcome {
    let mut parser = Parser {
        text,
        bytes: text.text.as_bytes(),
        at: 0,
        depth: 0,
        tree,
        dialect,
        error: None,
        faults: Vec::new(),
    };
    let root = parser.value(Some(header));
    parser.space();
    if parser.at < parser.bytes.len() {
        parser.fail(parser.at, "nothing but white space may follow the document");
    }
    Outcome { root, error: parser.error, faults: parser.faults }
}

/// Parses the JSON document inside a string; adds nothing when it is none.
pub fn embedded(tree: &mut Tree, text: &Decoded, header: Span) -> Option<NodeId> {
    let before = tree.nodes.len();
    let outcome = document(tree, text, header, &mut Plain::<false>);
    if outcome.error.is_some() {
        tree.nodes.truncate(before);
        return None;
    }
    outcome.root
}

/// The text between a string's quotes.
pub fn text(document: &Decoded, content: Range<usize>) -> Text {
    if document.text[content.clone()].contains('\\') {
        Text::Decoded(unescape(document, content).text.into())
    } else {
        document.slice(content)
    }
}

/// The text between a string's quotes, with the way back to the source.
pub fn unescape<'s>(document: &Decoded<'s>, content: Range<usize>) -> Decoded<'s> {
    let source = &document.text;
    let mut decoded = Decoded::empty();
    let mut at = content.start;
    while let Some(run) = memchr::memchr(b'\\', &source.as_bytes()[at..content.end]) {
        decoded.push_run(document, at..at + run);
        at += run;
        let mut buffer = [0; 4];
        let (length, text) = match source.as_bytes().get(at + 1) {
            Some(b'b') => (2, "\u{8}"),
            Some(b'f') => (2, "\u{c}"),
            Some(b'n') => (2, "\n"),
            Some(b'r') => (2, "\r"),
            Some(b't') => (2, "\t"),
            Some(b'u') => {
                let (length, char) = unicode_escape(&source[at..content.end]);
                (length, &*char.encode_utf8(&mut buffer))
            }
            _ => (2, source.get(at + 1..at + 2).unwrap_or("")),
        };
        let end = (at + length).min(content.end);
        decoded.push_escape(document, at..end, text);
        at = end;
    }
    decoded.push_run(document, at..content.end);
    decoded
}

/// Reads `\uXXXX`, or a pair of them; half a pair is the replacement character.
fn unicode_escape(text: &str) -> (usize, char) {
    let unit = |at: usize| {
        let digits = text.get(at..).filter(|rest| rest.starts_with("\\u"))?.get(2..6)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(0) else {
        return (2, '\u{fffd}');
    };
    if let (0xd800..0xdc00, Some(second @ 0xdc00..0xe000)) = (first, unit(6)) {
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (12, char::from_u32(code).unwrap_or('\u{fffd}'));
    }
    (6, char::from_u32(first).unwrap_or('\u{fffd}'))
}

struct Parser<'p, 's, D> {
    text: &'p Decoded<'s>,
    bytes: &'p [u8],
    at: usize,
    depth: usize,
    tree: &'p mut Tree,
    dialect: &'p mut D,
    error: Option<(usize, &'static str)>,
    faults: Vec<Fault>,
}

impl<D: Dialect> Parser<'_, '_, D> {
    fn fail(&mut self, at: usize, message: &'static str) {
        self.error.get_or_insert((at, message));
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    /// Reads a value; without a `header` the value is its own, or a map's first key.
    /// `None` only after an error; what an error leaves of a collection is kept.
    fn value(&mut self, header: Option<Span>) -> Option<NodeId> {
        self.space();
        let start = self.at;
        match self.bytes.get(start) {
            Some(b'{' | b'[') if self.depth >= MAX_DEPTH => {
                self.fail(start, "more than 128 nested levels are not read");
                None
            }
            Some(b'{') => Some(self.object(header)),
            Some(b'[') => Some(self.array(header)),
            Some(b'"') => {
                let token = self.string_token()?;
                let header = header.unwrap_or_else(|| self.text.span(token.clone()));
                Some(self.dialect.string(self.tree, self.text, token, header))
            }
            Some(b'-' | b'0'..=b'9') => self.number().then(|| self.literal(start, header)),
            Some(b'a'..=b'z') => {
                let rest = &self.bytes[start..];
                let word = [&b"true"[..], b"false", b"null"]
                    .into_iter()
                    .find(|word| rest.starts_with(word));
                let Some(word) = word else {
                    self.fail(start, "a value was expected");
                    return None;
                };
                self.at += word.len();
                Some(self.literal(start, header))
            }
            _ => {
                let hole = self.text.hole_at(start);
                let Some((hole, id)) = hole.and_then(|hole| Some((hole, hole.expression?))) else {
                    self.fail(start, "a value was expected");
                    return None;
                };
                self.at += super::decoded::HOLE.len_utf8();
                Some(self.tree.push(NodeKind::Alias(id), hole.span, header.unwrap_or(hole.span)))
            }
        }
    }

    fn literal(&mut self, start: usize, header: Option<Span>) -> NodeId {
        let text = self.text.slice(start..self.at);
        let span = self.text.span(start..self.at);
        self.tree.push(NodeKind::Scalar(Style::Literal, text), span, header.unwrap_or(span))
    }

    fn number(&mut self) -> bool {
        let start = self.at;
        self.at += usize::from(self.bytes[start] == b'-');
        let zero = self.bytes.get(self.at) == Some(&b'0');
        let digits = self.digits();
        let mut sound = digits == 1 || digits > 1 && !zero;
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            sound &= self.digits() > 0;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            sound &= self.digits() > 0;
        }
        if !sound {
            self.fail(start, "this is not a number");
        }
        sound
    }

    fn digits(&mut self) -> usize {
        let rest = &self.bytes[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    /// Reads a string's bytes, quotes included.
    fn string_token(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Some(start..self.at);
                }
                Some(b'\\') => {
                    let length = match self.bytes.get(self.at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                        Some(b'u') => 6,
                        _ => 0,
                    };
                    let digits = self.bytes.get(self.at + 2..self.at + length);
                    if length == 0
                        || digits.is_none_or(|digits| !digits.iter().all(u8::is_ascii_hexdigit))
                    {
                        self.fail(self.at, "this escape sequence is not known");
                        return None;
                    }
                    self.at += length;
                }
                Some(0..=0x1f) => {
                    self.fail(self.at, "a string may not hold a line break or control character");
                    return None;
                }
                Some(_) => self.at += 1,
                None => {
                    self.fail(start, "this string is not closed");
                    return None;
                }
            }
        }
    }

    fn array(&mut self, header: Option<Span>) -> NodeId {
        let start = self.at;
        self.at += 1;
        self.depth += 1;
        let mut items = Vec::new();
        if !self.eat(b']') {
            while let Some(item) = self.value(None) {
                items.push(item);
                if self.error.is_some() || self.eat(b']') {
                    break;
                }
                if !self.eat(b',') {
                    self.fail(self.at, "`,` or `]` was expected");
                    break;
                }
            }
        }
        self.close(NodeKind::List { items, blocks: false }, start, header)
    }

    fn object(&mut self, header: Option<Span>) -> NodeId {
        let start = self.at;
        self.at += 1;
        self.depth += 1;
        let mut entries = Vec::new();
        let mut keys = Vec::new();
        if !self.eat(b'}') {
            loop {
                if !self.entry(&mut entries, &mut keys) || self.error.is_some() || self.eat(b'}') {
                    break;
                }
                if !self.eat(b',') {
                    self.fail(self.at, "`,` or `}` was expected");
                    break;
                }
            }
        }
        if D::DUPLICATES {
            self.duplicates(keys);
        }
        let header = header.or(entries.first().map(|first| first.key_span));
        let (entries, labels) = (entries.into(), Thin::default());
        let kind = NodeKind::Map { entries, labels, maybe_block: D::BLOCKS };
        self.close(kind, start, header)
    }

    fn entry(&mut self, entries: &mut Vec<Entry>, keys: &mut Vec<Range<usize>>) -> bool {
        self.space();
        if self.bytes.get(self.at) != Some(&b'"') {
            self.fail(self.at, "a key in quotes was expected");
            return false;
        }
        let Some(token) = self.string_token() else {
            return false;
        };
        let key_span = self.text.span(token.clone());
        if !self.eat(b':') {
            self.fail(self.at, "`:` was expected");
            return false;
        }
        let content = token.start + 1..token.end - 1;
        let comment = D::BLOCKS && &self.text.text[content.clone()] == "//";
        let before = self.tree.nodes.len();
        let Some(value) = self.value(Some(key_span)) else {
            return false;
        };
        if comment {
            self.tree.nodes.truncate(before);
            return true;
        }
        if D::DUPLICATES {
            keys.push(content.clone());
        }
        entries.push(if let Some(key) = self.dialect.key(self.text, content) {
            Entry { key, key_span, value }
        } else {
            let span = self.tree.node(value).span;
            self.tree.nodes.truncate(before);
            let value = self.tree.push(NodeKind::Expression, span, key_span);
            Entry { key: Text::Decoded("".into()), key_span, value }
        });
        true
    }

    fn close(&mut self, kind: NodeKind, start: usize, header: Option<Span>) -> NodeId {
        self.depth -= 1;
        let span = self.text.span(start..self.at);
        let id = self.tree.push(kind, span, header.unwrap_or(span));
        self.tree.adopt(id);
        id
    }

    fn duplicates(&mut self, mut keys: Vec<Range<usize>>) {
        let text = &self.text.text;
        keys.sort_by(|a, b| text[a.clone()].cmp(&text[b.clone()]).then(a.start.cmp(&b.start)));
        for pair in keys.windows(2) {
            let name = &text[pair[1].clone()];
            if text[pair[0].clone()] == *name {
                let span = self.text.span(pair[1].clone());
                let message =
                    format!("`{name}` occurs twice in the same object; the last one counts.");
                self.faults.push(Fault::warning(span, "duplicate-key", message));
            }
        }
    }
}
