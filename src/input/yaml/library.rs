//! All of YAML, read with `granit-parser`; goes on behind a document that is broken.

use super::Parsed;
use super::builder::Builder;
use crate::input::fault::Fault;
use crate::input::source::Span;
use crate::input::tree::{Style, Text};
use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, StructureStyle};
use std::borrow::Cow;

/// Parses a text; see `yaml::parse`.
pub fn parse(text: &str) -> Parsed {
    let offset = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let body = &text[offset..];
    let mut reader = Reader { text, offset, builder: Builder::new(text), written: offset };
    let mut options = Options::default();
    options.max_buffered_comment_events = usize::MAX >> 1;
    let mut parser = Parser::new_from_str_with_options(body, options);
    loop {
        match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or_default();
                reader.event(event, Span::new(range.start + offset, range.end + offset));
            }
            Some(Err(error)) => {
                reader.fail(&error);
                if reader.builder.out.template
                    || !matches!(parser.proceed_next_document(), Ok(true))
                {
                    break;
                }
            }
        }
    }
    reader.builder.out
}

struct Reader<'a> {
    text: &'a str,
    offset: usize,
    builder: Builder<'a>,
    /// Where the last scalar, alias or document mark ends.
    written: usize,
}

impl<'a> Reader<'a> {
    fn event(&mut self, event: Event<'a>, span: Span) {
        let bracket = |style| (style == StructureStyle::Flow).then_some(span.start);
        match event {
            Event::Comment(..) => self.builder.comment(span),
            Event::DocumentStart(..) => {
                self.written = self.written.max(span.end as usize);
                self.builder.start_document();
            }
            Event::Alias(anchor) => {
                self.written = self.written.max(span.end as usize);
                self.builder.alias(anchor, span);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text, style, tag.as_deref(), anchor, span);
            }
            Event::SequenceStart(style, anchor, _) => {
                self.builder.open_list(bracket(style), anchor);
            }
            Event::MappingStart(style, anchor, _) => {
                let braces = self.text[span.start as usize..].starts_with("{{");
                if style == StructureStyle::Flow && braces {
                    self.builder.out.template = true;
                }
                self.builder.open_map(bracket(style), anchor);
            }
            Event::SequenceEnd | Event::MappingEnd => self.builder.close(span),
            _ => {}
        }
    }

    fn scalar(
        &mut self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        tag: Option<&granit_parser::Tag>,
        anchor: usize,
        span: Span,
    ) {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let span = if block { self.block_span(span) } else { span };
        self.written = self.written.max(span.end as usize);
        if tag.is_some_and(|tag| tag.is_custom() && tag.core_suffix().is_none()) {
            self.builder.unknown(span, anchor);
            return;
        }
        let style = match style {
            ScalarStyle::Plain if span.start == span.end => Style::Empty,
            ScalarStyle::Plain if tag.is_none() => Style::Plain,
            ScalarStyle::Plain if tag.and_then(|tag| tag.core_suffix()) != Some("str") => {
                Style::Plain
            }
            _ => Style::Quoted,
        };
        let text = if style == Style::Empty { Text::Source(span) } else { self.keep(text) };
        self.builder.scalar(style, text, span, anchor);
    }

    /// Borrowed text is remembered as a span of the source.
    fn keep(&self, text: Cow<'a, str>) -> Text {
        if let Cow::Borrowed(text) = text {
            let start = (text.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
            if start <= self.text.len() && start + text.len() <= self.text.len() {
                return Text::Source(Span::new(start, start + text.len()));
            }
        }
        Text::Decoded(text.into())
    }

    /// From the `|` or `>` indicator to the last byte of content.
    fn block_span(&self, span: Span) -> Span {
        let content = span.start as usize;
        let start = self.indicator(content).unwrap_or(content);
        super::block_span(self.text, start, span.end as usize)
    }

    /// The indicator of the block scalar whose content starts at `content`: what follows the last
    /// value and is no mark, tag, anchor or comment.
    fn indicator(&self, content: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.written;
        while at < content.max(self.written + 1) && at < bytes.len() {
            let rest = &bytes[at..];
            at += match bytes[at] {
                b'|' | b'>' => return Some(at),
                b'#' => memchr::memchr(b'\n', rest)?,
                b'&' | b'!' => rest.iter().position(u8::is_ascii_whitespace)?,
                _ => 1,
            };
        }
        None
    }

    /// Drops what there is of the document and reports the error at its place.
    fn fail(&mut self, error: &ScanError) {
        self.builder.abandon();
        let at = self.offset + error.marker().byte_offset().unwrap_or(0);
        let at = boundary(self.text, at);
        self.drop_document(at);
        self.builder.out.template |= self.template_near(at);
        let line = self.text[at..].lines().next().unwrap_or_default().trim_end();
        let end = at + boundary(line, 40);
        self.builder.out.faults.push(Fault {
            span: Span::new(at, end),
            code: "yaml-syntax",
            message: format!("This document is not valid YAML: {}.", error.info()),
            warning: false,
        });
    }

    /// Forgets the document that was read last, unless a mark stands between it and an error.
    fn drop_document(&mut self, error: usize) {
        let finished = self.builder.finished;
        let tree = &mut self.builder.out.tree;
        let Some(&root) = tree.documents.get(finished) else { return };
        let end = tree.node(root).span.end as usize;
        let after = self.text.get(end..error).unwrap_or_default();
        let marked = |line: &str| line.starts_with("---") || line.starts_with("...");
        if !after.lines().skip(1).any(marked) {
            tree.documents.truncate(finished);
        }
    }

    /// Whether the line of an error starts a template's expression where a value may stand.
    fn template_near(&self, at: usize) -> bool {
        let start = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line = self.text[start..].lines().next().unwrap_or_default();
        line.split_once("{{").is_some_and(|(before, _)| {
            let before = before.trim_start_matches('\u{feff}').trim();
            before.is_empty() || before.ends_with([':', '-', '{', '[', ','])
        })
    }
}

/// The last character boundary up to `at`.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
