//! Quoted strings and heredocs. Directives (`%{ if }`) are left to the library.

use super::super::literal::{Writing, common_indent, decode, looks_like_json};
use super::super::strings::{Reading, embed, joined};
use super::expression::Read;
use super::{Scanner, continues_name};
use crate::input::decoded::Decoded;
use crate::input::source::Span;
use crate::input::tree::{NodeId, NodeKind, Part, Style, Text};
use std::ops::Range;

/// A piece of a string.
enum Element {
    Literal(Range<usize>),
    Hole {
        /// With its markers.
        range: Range<usize>,
        node: NodeId,
        /// Whether it swallows the white space before and behind it.
        strips: (bool, bool),
    },
}

impl Element {
    fn strips(&self) -> (bool, bool) {
        match self {
            Element::Literal(_) => (false, false),
            Element::Hole { strips, .. } => *strips,
        }
    }
}

impl Scanner<'_> {
    /// A label of a block, in quotes.
    pub(super) fn label(&mut self) -> Option<(Text, Span)> {
        let start = self.at;
        let inner = self.plain_string()?;
        Some((self.source.slice(inner), self.span(start)))
    }

    /// The bytes between the quotes, where nothing in there stands for something else.
    pub(super) fn plain_string(&mut self) -> Option<Range<usize>> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            match self.byte_at(at) {
                b'"' => break,
                b'\\' | b'\n' | 0 => return None,
                b'$' | b'%' if self.byte_at(at + 1) == b'{' => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(start..at)
    }

    pub(super) fn string(&mut self, header: Span) -> Option<Read> {
        let start = self.at;
        if let Some(inner) = self.plain_string() {
            let text = self.source.slice(inner.clone());
            let id =
                self.tree.push(NodeKind::Scalar(Style::Quoted, text), self.span(start), header);
            if looks_like_json(&self.text[inner.clone()]) {
                let document = self.unescaped(inner);
                embed(&mut self.tree, id, &document);
            }
            return Some(self.read(id, start));
        }
        self.at = start + 1;
        let mut elements = Vec::new();
        loop {
            self.literal(&mut elements, |scanner, at| match scanner.byte_at(at) {
                b'"' => Some(Step::End),
                b'\n' => None,
                b'\\' => {
                    let known =
                        matches!(scanner.byte_at(at + 1), b'n' | b'r' | b't' | b'"' | b'\\');
                    known.then_some(Step::Over(2))
                }
                _ => Some(Step::Over(1)),
            })?;
            if self.byte() == b'"' {
                break;
            }
            elements.push(self.hole(header)?);
        }
        let inner = start + 1..self.at;
        self.at += 1;
        match &elements[..] {
            // A string that is nothing else is its expression.
            [Element::Hole { node, .. }] => return Some(self.read(*node, start)),
            [Element::Literal(_)] => {
                let document = self.unescaped(inner);
                let text = Text::Decoded((*document.text).into());
                let span = self.span(start);
                let id = self.tree.push(NodeKind::Scalar(Style::Quoted, text), span, header);
                if looks_like_json(&document.text) {
                    embed(&mut self.tree, id, &document);
                }
                return Some(self.read(id, start));
            }
            _ => {}
        }
        let id = self.template(elements, Writing::Quoted, inner, self.span(start), header);
        Some(self.read(id, start))
    }

    pub(super) fn heredoc(&mut self, header: Span) -> Option<Read> {
        let start = self.at;
        self.take(b'<')?;
        self.take(b'<')?;
        let indented = self.byte() == b'-';
        self.at += usize::from(indented);
        let (marker, _) = self.name()?;
        self.take(b'\n')?;
        let content = self.at;
        // One without lines is something of its own.
        if self.heredoc_end(content, marker)?.is_some() {
            return None;
        }
        let mut elements = Vec::new();
        let end = loop {
            let mut end = None;
            self.literal(&mut elements, |scanner, at| {
                if scanner.byte_at(at) != b'\n' {
                    return Some(Step::Over(1));
                }
                end = scanner.heredoc_end(at + 1, marker)?;
                Some(if end.is_some() { Step::EndBehind } else { Step::Over(1) })
            })?;
            if let Some(end) = end {
                break end;
            }
            elements.push(self.hole(header)?);
        };
        let inner = content..self.at;
        self.at = end;
        let indent = if indented {
            common_indent(elements.iter().map(|element| match element {
                Element::Literal(range) => Some(&self.text[range.clone()]),
                Element::Hole { .. } => None,
            }))
        } else {
            0
        };
        let id = self.template(elements, Writing::Lines(indent), inner, self.span(start), header);
        Some(self.read(id, start))
    }

    /// Where the end marker in the line that starts at `at` ends, if it is one.
    #[expect(clippy::option_option, reason = "another line is no reason to give up")]
    fn heredoc_end(&self, mut at: usize, marker: &str) -> Option<Option<usize>> {
        while matches!(self.byte_at(at), b' ' | b'\t') {
            at += 1;
        }
        let end = at + marker.len();
        if self.bytes.get(at..end) != Some(marker.as_bytes()) {
            return Some(None);
        }
        let next = self.byte_at(end);
        (next < 0x80).then(|| (!continues_name(next)).then_some(end))
    }

    /// Adds the literal that starts here, if it is not empty, and goes to its end: a hole, or where
    /// `step` says. `step` is asked at each byte that begins neither a hole nor an escaped one.
    fn literal(
        &mut self,
        elements: &mut Vec<Element>,
        mut step: impl FnMut(&Self, usize) -> Option<Step>,
    ) -> Option<()> {
        let start = self.at;
        loop {
            let next = self.byte_at(self.at + 1);
            match self.byte() {
                byte @ (b'$' | b'%') if next == byte && self.byte_at(self.at + 2) == b'{' => {
                    self.at += 3;
                    continue;
                }
                b'$' if next == b'{' => break,
                b'%' if next == b'{' => return None,
                0 => return None,
                _ => {}
            }
            match step(self, self.at)? {
                Step::Over(bytes) => self.at += bytes,
                Step::End => break,
                Step::EndBehind => {
                    self.at += 1;
                    break;
                }
            }
        }
        if self.at > start {
            elements.push(Element::Literal(start..self.at));
        }
        Some(())
    }

    fn hole(&mut self, header: Span) -> Option<Element> {
        let start = self.at;
        self.at += 2;
        let before = self.byte() == b'~';
        self.at += usize::from(before);
        self.skip_lines()?;
        let node = self.expression(true, header)?.id;
        self.skip_lines()?;
        let after = self.byte() == b'~';
        self.at += usize::from(after);
        self.take(b'}')?;
        Some(Element::Hole { range: start..self.at, node, strips: (before, after) })
    }

    /// Adds a node for a string of several pieces, `inner` its text as written.
    fn template(
        &mut self,
        elements: Vec<Element>,
        writing: Writing,
        inner: Range<usize>,
        span: Span,
        header: Span,
    ) -> NodeId {
        let mut reading = Reading::new(writing, &self.text[inner]);
        let mut document = Decoded::empty();
        let mut parts = Vec::with_capacity(elements.len());
        let strips: Vec<(bool, bool)> = elements.iter().map(Element::strips).collect();
        for (index, element) in elements.into_iter().enumerate() {
            match element {
                Element::Literal(at) => {
                    let left = index > 0 && strips[index - 1].1;
                    let right = strips.get(index + 1).is_some_and(|after| after.0);
                    let value = || self.unescaped(at.clone()).text;
                    let stripped = (left, right);
                    let source = &self.source;
                    parts.extend(reading.literal(
                        source,
                        at.clone(),
                        value,
                        stripped,
                        &mut document,
                    ));
                }
                Element::Hole { range, node, .. } => {
                    let Range { start, end } = range;
                    let span = Span::new(self.base + start, self.base + end);
                    document.push_hole(span, Some(node));
                    parts.push(Part::Hole(span, Some(node)));
                    reading.line_start = false;
                }
            }
        }
        let id = joined(&mut self.tree, parts, span, header);
        if reading.json {
            embed(&mut self.tree, id, &document);
        }
        id
    }

    /// What stands between quotes, unescaped.
    fn unescaped(&self, inner: Range<usize>) -> Decoded<'static> {
        let mut document = Decoded::empty();
        decode(Writing::Quoted, &self.source, inner, &mut true, &mut document);
        document
    }
}

/// How a literal goes on.
enum Step {
    /// Over so many bytes.
    Over(usize),
    /// It ends here.
    End,
    /// It ends behind this byte.
    EndBehind,
}
