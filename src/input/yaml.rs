//! YAML (and JSON read as YAML) into the spanned tree, straight from the parser's events.

use super::fault::Fault;
use super::source::Span;
use super::tree::{Comment, Entry, NodeId, NodeKind, Part, Style, Text, Tree};
use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// What became of a text.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The documents that could be read.
    pub tree: Tree,
    /// What could not.
    pub faults: Vec<Fault>,
    /// Whether the text is a template to be rendered first (`{{ … }}` outside quotes).
    pub template: bool,
}

/// Parses a text of any number of documents. A document that cannot be parsed becomes a fault; the
/// others survive. Aliases stay references, so no input can blow the tree up.
pub fn parse(text: &str) -> Parsed {
    let offset = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let body = &text[offset..];
    let mut builder = Builder {
        text,
        offset,
        out: Parsed::default(),
        stack: Vec::new(),
        anchors: HashMap::new(),
        merges: HashMap::new(),
        finished: 0,
        written: offset,
    };
    let mut options = Options::default();
    options.max_buffered_comment_events = usize::MAX >> 1;
    let mut parser = Parser::new_from_str_with_options(body, options);
    loop {
        match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or_default();
                builder.event(event, Span::new(range.start + offset, range.end + offset));
            }
            Some(Err(error)) => {
                builder.fail(&error);
                if builder.out.template || !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    builder.out
}

/// How many mappings may be merged through one another.
const MERGES: usize = 100;

struct Builder<'a> {
    text: &'a str,
    offset: usize,
    out: Parsed,
    stack: Vec<Frame>,
    anchors: HashMap<usize, NodeId>,
    /// How many merges follow one another below a map, where there are some.
    merges: HashMap<NodeId, usize>,
    /// The documents before the one that is read now.
    finished: usize,
    /// Where the last scalar, alias or document mark ends.
    written: usize,
}

struct Frame {
    id: NodeId,
    flow_start: Option<u32>,
    content: Content,
}

enum Content {
    List(Vec<NodeId>),
    Map { entries: Vec<Entry>, key: Option<(Text, Span)> },
}

impl<'a> Builder<'a> {
    fn event(&mut self, event: Event<'a>, span: Span) {
        match event {
            Event::Comment(..) => self.out.tree.comments.push(Comment { span }),
            Event::DocumentStart(..) => {
                self.written = self.written.max(span.end as usize);
                self.stack.clear();
                self.anchors.clear();
                self.merges.clear();
                self.finished = self.out.tree.documents.len();
            }
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(_) => self.value(NodeKind::Expression, span, 0),
            Event::Scalar(text, style, anchor, tag) => {
                let (kind, span) = self.scalar(text, style, tag.as_deref(), span);
                self.value(kind, span, anchor);
            }
            Event::SequenceStart(style, anchor, _) => {
                self.open(Content::List(Vec::new()), style, span, anchor);
            }
            Event::MappingStart(style, anchor, _) => {
                let nested_flow = style == granit_parser::StructureStyle::Flow
                    && self.text[span.start as usize..].starts_with("{{");
                if nested_flow {
                    self.out.template = true;
                }
                self.open(Content::Map { entries: Vec::new(), key: None }, style, span, anchor);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            _ => {}
        }
    }

    fn open(
        &mut self,
        content: Content,
        style: granit_parser::StructureStyle,
        span: Span,
        anchor: usize,
    ) {
        let id = self.out.tree.push(NodeKind::Expression, span, span);
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        let flow = style == granit_parser::StructureStyle::Flow;
        self.stack.push(Frame { id, flow_start: flow.then_some(span.start), content });
    }

    fn close(&mut self, end: Span) {
        let Some(frame) = self.stack.pop() else { return };
        let tree = &mut self.out.tree;
        let children = match &frame.content {
            Content::List(items) => {
                let first = items.first().map(|&id| tree.node(id).span);
                first.zip(items.last().map(|&id| tree.node(id).span))
            }
            Content::Map { entries, .. } => {
                let first = entries.first().map(|entry| entry.key_span);
                first.zip(entries.last().map(|e| e.key_span.join(tree.node(e.value).span)))
            }
        };
        let span = match (frame.flow_start, children) {
            (Some(start), _) => Span { start, end: end.end.max(start) },
            (None, Some((first, last))) => {
                Span { start: first.start, end: last.end.max(first.start) }
            }
            (None, None) => end,
        };
        let (kind, header) = match frame.content {
            Content::List(items) => (NodeKind::List { items, blocks: false }, span),
            Content::Map { entries, .. } => {
                self.report_duplicates(&entries);
                self.follow_merges(frame.id, &entries);
                let header = entries.first().map_or(span, |entry| entry.key_span);
                (NodeKind::Map { entries, labels: Vec::new(), maybe_block: false }, header)
            }
        };
        let node = self.out.tree.node_mut(frame.id);
        node.kind = kind;
        node.span = span;
        node.header = header;
        self.out.tree.adopt(frame.id);
        self.attach(frame.id, true);
    }

    /// Maps may be merged through one another in a chain as long as the text. What is merged
    /// through too many others is not known, so that a reader may follow the rest by recursion.
    fn follow_merges(&mut self, map: NodeId, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| entry.key.get(self.text) == "<<") {
            let tree = &self.out.tree;
            let below = |id: NodeId| self.merges.get(&tree.resolve(id)).copied().unwrap_or(0);
            let depth = 1 + match &tree.node(tree.resolve(entry.value)).kind {
                NodeKind::List { items, .. } => {
                    items.iter().map(|&item| below(item)).max().unwrap_or(0)
                }
                _ => below(entry.value),
            };
            if depth > MERGES {
                let span = tree.node(entry.value).span;
                self.out.tree.node_mut(entry.value).kind = NodeKind::Expression;
                self.out.faults.push(Fault {
                    span,
                    code: "yaml-merge",
                    message: format!(
                        "This merges more than {MERGES} mappings through one another, so its keys are not known."
                    ),
                    warning: false,
                });
                continue;
            }
            let deepest = self.merges.entry(map).or_default();
            *deepest = depth.max(*deepest);
        }
    }

    fn report_duplicates(&mut self, entries: &[Entry]) {
        let text = self.text;
        let mut report = |entry: &Entry| {
            self.out.faults.push(Fault {
                span: entry.key_span,
                code: "duplicate-key",
                message: format!(
                    "The key `{}` is written twice in one mapping; the last one is taken.",
                    entry.key.get(text)
                ),
                warning: true,
            });
        };
        if entries.len() <= 12 {
            for (at, entry) in entries.iter().enumerate() {
                let key = entry.key.get(text);
                if key != "<<"
                    && !key.is_empty()
                    && entries[..at].iter().any(|e| e.key.get(text) == key)
                {
                    report(entry);
                }
            }
            return;
        }
        let mut seen: HashSet<&str> = HashSet::with_capacity(entries.len());
        for entry in entries {
            let key = entry.key.get(text);
            if key != "<<" && !key.is_empty() && !seen.insert(key) {
                report(entry);
            }
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) {
        let kind = match self.anchors.get(&anchor) {
            Some(&target) if !self.stack.iter().any(|frame| frame.id == target) => {
                NodeKind::Alias(target)
            }
            _ => {
                self.out.faults.push(Fault {
                    span,
                    code: "yaml-alias",
                    message:
                        "This alias refers to a value that contains it, so it cannot be resolved."
                            .to_owned(),
                    warning: false,
                });
                NodeKind::Expression
            }
        };
        self.value(kind, span, 0);
    }

    fn scalar(
        &self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        tag: Option<&granit_parser::Tag>,
        span: Span,
    ) -> (NodeKind, Span) {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let span = if block { self.block_span(span) } else { span };
        if tag.is_some_and(|tag| tag.is_custom() && tag.core_suffix().is_none()) {
            return (NodeKind::Expression, span);
        }
        let style = match style {
            ScalarStyle::Plain if span.start == span.end => Style::Empty,
            ScalarStyle::Plain if tag.is_none() => Style::Plain,
            ScalarStyle::Plain if tag.and_then(|tag| tag.core_suffix()) != Some("str") => {
                Style::Plain
            }
            _ => Style::Quoted,
        };
        if style == Style::Empty {
            return (NodeKind::Scalar(style, Text::Source(span)), span);
        }
        let text = self.keep(text);
        match self.substitutions(&text, span) {
            Some(parts) => (NodeKind::Template(parts), span),
            None => (NodeKind::Scalar(style, text), span),
        }
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

    /// `${NAME}` is what envsubst, Flux and CI systems replace before the API server sees it, so
    /// such a part is unknown.
    fn substitutions(&self, text: &Text, span: Span) -> Option<Vec<Part>> {
        let whole = text.get(self.text);
        memchr::memchr(b'$', whole.as_bytes())?;
        let piece = |from: usize, to: usize| match text {
            Text::Source(span) => {
                Text::Source(Span::new(span.start as usize + from, span.start as usize + to))
            }
            Text::Decoded(text) => Text::Decoded(text[from..to].into()),
        };
        let mut parts = Vec::new();
        let mut done = 0;
        let mut from = 0;
        while let Some(start) = whole[from..].find("${").map(|at| at + from) {
            let name = &whole[start + 2..];
            let letters =
                name.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let end = name.find('}').map(|at| start + 2 + at + 1);
            match end.filter(|_| letters > 0 && !name.as_bytes()[0].is_ascii_digit()) {
                Some(end) => {
                    if done < start {
                        parts.push(Part::Literal(piece(done, start)));
                    }
                    let hole = match text {
                        Text::Source(at) => {
                            Span::new(at.start as usize + start, at.start as usize + end)
                        }
                        Text::Decoded(_) => span,
                    };
                    parts.push(Part::Hole(hole, None));
                    done = end;
                    from = end;
                }
                None => from = start + 2,
            }
        }
        if parts.is_empty() {
            return None;
        }
        if done < whole.len() {
            parts.push(Part::Literal(piece(done, whole.len())));
        }
        Some(parts)
    }

    /// From the `|` or `>` indicator to the last byte of content.
    fn block_span(&self, span: Span) -> Span {
        let content = span.start as usize;
        let start = self.indicator(content).unwrap_or(content);
        let end = self.text[..span.end as usize].trim_end().len();
        Span::new(start, end.max(start))
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

    fn value(&mut self, kind: NodeKind, span: Span, anchor: usize) {
        self.written = self.written.max(span.end as usize);
        let id = self.out.tree.push(kind, span, span);
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        self.attach(id, false);
    }

    fn attach(&mut self, id: NodeId, collection: bool) {
        let tree = &mut self.out.tree;
        match self.stack.last_mut().map(|frame| &mut frame.content) {
            None => tree.documents.push(id),
            Some(Content::List(items)) => items.push(id),
            Some(Content::Map { entries, key }) => {
                if let Some((key, key_span)) = key.take() {
                    tree.node_mut(id).header = key_span;
                    entries.push(Entry { key, key_span, value: id });
                } else {
                    let node = tree.node(id);
                    let text = match &node.kind {
                        NodeKind::Scalar(_, text) if !collection => text.clone(),
                        _ => Text::Decoded("".into()),
                    };
                    *key = Some((text, node.span));
                }
            }
        }
    }

    /// Drops what there is of the document and reports the error at its place.
    fn fail(&mut self, error: &ScanError) {
        self.stack.clear();
        let at = self.offset + error.marker().byte_offset().unwrap_or(0);
        let at = boundary(self.text, at);
        self.drop_document(at);
        self.out.template |= self.template_near(at);
        let line = self.text[at..].lines().next().unwrap_or_default().trim_end();
        let end = at + boundary(line, 40);
        self.out.faults.push(Fault {
            span: Span::new(at, end),
            code: "yaml-syntax",
            message: format!("This document is not valid YAML: {}.", error.info()),
            warning: false,
        });
    }

    /// Forgets the document that was read last, unless a mark stands between it and an error.
    fn drop_document(&mut self, error: usize) {
        let tree = &mut self.out.tree;
        let Some(&root) = tree.documents.get(self.finished) else { return };
        let end = tree.node(root).span.end as usize;
        let after = self.text.get(end..error).unwrap_or_default();
        let marked = |line: &str| line.starts_with("---") || line.starts_with("...");
        if !after.lines().skip(1).any(marked) {
            tree.documents.truncate(self.finished);
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
