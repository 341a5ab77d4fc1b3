//! The few lines around a finding's places, ready for a terminal: long lines cut, hostile characters
//! shown, secrets masked. Its cost depends on the lines shown, never on the size of the file.

use super::view::{Shape, View, shown_width};
use crate::input::source::{Source, Span};
use crate::report::{inert, push_inert};
use crate::rules::secret::veil::{self, Lines};
use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::ops::Range;

/// A place to underline, with a few words.
pub(super) struct Mark<'a> {
    pub(super) span: Span,
    pub(super) text: &'a str,
    pub(super) primary: bool,
}

/// A piece of a source with its own byte offsets.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    lines: Vec<Line>,
    /// Offset in `text` and column in the file (from 0) of every mark.
    columns: Vec<(usize, usize)>,
}

#[derive(Debug)]
struct Line {
    /// In the file, from 0.
    number: usize,
    /// In the excerpt's text.
    start: usize,
}

/// A mark within its (first) line.
struct Placed<'a> {
    mark: &'a Mark<'a>,
    line: usize,
    span: Span,
}

impl Excerpt {
    /// The excerpt for these marks, and the marks as labels on it. Of a place with several lines the
    /// first is shown.
    pub(super) fn new<'a>(
        source: &'a Source,
        marks: &[Mark],
        shape: Shape,
        lines: &mut Lines<'a>,
    ) -> (Self, Vec<LabeledSpan>) {
        let mut placed: Vec<_> = marks.iter().map(|mark| place(source, mark)).collect();
        placed.sort_by_key(|placed| (placed.line, !placed.mark.primary, placed.span));
        let mut excerpt = Self {
            name: inert(&source.path).into_owned(),
            text: String::new(),
            lines: Vec::new(),
            columns: Vec::with_capacity(marks.len()),
        };
        let mut labels = Vec::with_capacity(marks.len());
        let context = usize::from(!shape.secret && !shape.alone);
        let mut next = 0;
        let mut at = 0;
        while at < placed.len() {
            let line = placed[at].line;
            let count = placed[at..].iter().take_while(|other| other.line == line).count();
            excerpt.context(source, line.saturating_sub(context).max(next)..line, shape, lines);
            excerpt.marked(source, &placed[at..at + count], shape, lines, &mut labels);
            at += count;
            let until = placed.get(at).map_or(usize::MAX, |other| other.line);
            next = (line + 1 + context).min(until);
            excerpt.context(source, line + 1..next, shape, lines);
        }
        (excerpt, labels)
    }

    fn context<'a>(
        &mut self,
        source: &'a Source,
        numbers: Range<usize>,
        shape: Shape,
        lines: &mut Lines<'a>,
    ) {
        for number in numbers {
            let Some(span) = source.line(number) else {
                return;
            };
            if span.start as usize == source.text.len() {
                return;
            }
            self.open(number);
            let view =
                View { from: span.start as usize, hidden: usize::MAX, end: span.end as usize };
            self.show(source, &view, shape, lines, &mut []);
        }
    }

    fn marked<'a>(
        &mut self,
        source: &'a Source,
        placed: &[Placed],
        shape: Shape,
        lines: &mut Lines<'a>,
        labels: &mut Vec<LabeledSpan>,
    ) {
        let line = source.line(placed[0].line).expect("`place` found it");
        self.open(placed[0].line);
        // Sorted in `new`: the primary mark first, else the leftmost.
        let spans: Vec<_> = placed.iter().map(|placed| placed.span).collect();
        let view = View::new(source, line, &spans, shape);
        let mut edges = Vec::with_capacity(placed.len() * 2);
        for (index, placed) in placed.iter().enumerate() {
            edges.push(Edge { byte: placed.span.start as usize, slot: index * 2, shown: 0 });
            edges.push(Edge { byte: placed.span.end as usize, slot: index * 2 + 1, shown: 0 });
        }
        edges.sort_by_key(|edge| edge.byte);
        self.show(source, &view, shape, lines, &mut edges);
        edges.sort_by_key(|edge| edge.slot);
        for (placed, edges) in placed.iter().zip(edges.chunks(2)) {
            let (start, end) = (edges[0].shown, edges[1].shown);
            let column = source.position(placed.span.start).column as usize - 1;
            self.columns.push((start, column));
            let text = (!placed.mark.text.is_empty()).then(|| inert(placed.mark.text).into_owned());
            let span = SourceSpan::from((start, end - start));
            labels.push(if placed.mark.primary {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            });
        }
    }

    fn open(&mut self, number: usize) {
        self.lines.push(Line { number, start: self.text.len() });
    }

    /// Appends a line as seen through `view`, noting where each edge comes to stand.
    fn show<'a>(
        &mut self,
        source: &'a Source,
        view: &View,
        shape: Shape,
        lines: &mut Lines<'a>,
        edges: &mut [Edge],
    ) {
        let ellipsis = if shape.unicode { "…" } else { "..." };
        let line_start = source.line_span(view.from as u32).start as usize;
        if view.from > line_start {
            self.text.push_str(ellipsis);
        }
        let mut used = 0;
        let mut next_edge = 0;
        let end = view.end.min(view.hidden);
        let mask = if shape.unicode { veil::MASK } else { "********" };
        let mut veiled = self.veiled(source, view, shape, lines, edges).into_iter().peekable();
        let text = source.text.get(view.from..end.max(view.from)).unwrap_or("");
        let mut cut = false;
        for (at, character) in text.char_indices() {
            let at = view.from + at;
            while edges.get(next_edge).is_some_and(|edge| edge.byte <= at) {
                edges[next_edge].shown = self.text.len();
                next_edge += 1;
            }
            while veiled.next_if(|range| range.end <= at).is_some() {}
            if let Some(range) = veiled.peek().filter(|range| range.start <= at) {
                // Once for all of it; what begins inside is shown before, what ends there behind.
                if at == range.start.max(view.from) {
                    let before = self.text.len();
                    self.text.push_str(mask);
                    used += mask.chars().count();
                    let inside = |edge: &&mut Edge| edge.byte < range.end;
                    for edge in edges[next_edge..].iter_mut().take_while(inside) {
                        edge.shown =
                            if edge.slot.is_multiple_of(2) { before } else { self.text.len() };
                        next_edge += 1;
                    }
                }
                continue;
            }
            if at == 0 && character == '\u{feff}' {
                continue;
            }
            let width = shown_width(character);
            if used + width > shape.width {
                cut = true;
                break;
            }
            used += width;
            if character == '\t' {
                self.text.push('\t');
            } else {
                push_inert(&mut self.text, character);
            }
        }
        // What starts at the cut is shown before the mask or the ellipsis, what ends there behind,
        // unless the mask hides only what follows it.
        let whole = shape.alone && !shape.secret;
        let before = |edge: &Edge| edge.byte <= end && (whole || edge.slot.is_multiple_of(2));
        while edges.get(next_edge).is_some_and(before) {
            edges[next_edge].shown = self.text.len();
            next_edge += 1;
        }
        if view.hidden < view.end {
            self.text.push_str(mask);
        } else if cut {
            self.text.push_str(ellipsis);
        }
        for edge in &mut edges[next_edge..] {
            edge.shown = self.text.len();
        }
        self.text.push('\n');
    }

    /// What stays out of a line. Where the place itself is a secret, the view hides it.
    fn veiled<'a>(
        &self,
        source: &'a Source,
        view: &View,
        shape: Shape,
        lines: &mut Lines<'a>,
        edges: &[Edge],
    ) -> Vec<Range<usize>> {
        let mut places: Vec<Span> = Vec::new();
        for start in edges.iter().filter(|edge| edge.slot.is_multiple_of(2)) {
            let end = edges.iter().find(|edge| edge.slot == start.slot + 1);
            places.push(Span::new(start.byte, end.map_or(start.byte, |end| end.byte)));
        }
        let number = self.lines.last().map_or(0, |line| line.number);
        let mut ranges = lines.hidden(source, number, &places);
        if shape.secret || shape.alone {
            ranges.retain(|range| range.end <= view.hidden);
        }
        ranges
    }

    fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }
}

/// The first line of a mark's place, without white space at its end.
fn place<'a>(source: &Source, mark: &'a Mark<'a>) -> Placed<'a> {
    let start = floor(&source.text, mark.span.start as usize);
    let line = source.line_span(start as u32);
    let start = start.min(line.end as usize);
    let end = floor(&source.text, mark.span.end as usize).clamp(start, line.end as usize);
    let length = source.text[start..end].trim_end().len();
    let number = source.line_starts().partition_point(|&first| first as usize <= start) - 1;
    Placed { mark, line: number, span: Span::new(start, start + length) }
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Where a mark starts or ends: the byte in the file, and its offset in the excerpt.
struct Edge {
    byte: usize,
    slot: usize,
    shown: usize,
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let mut from = self.line_of(span.offset());
        let mut to = self.line_of(span.offset() + span.len());
        let follows = |line: usize| self.lines[line].number == self.lines[line - 1].number + 1;
        for _ in 0..before {
            if from > 0 && follows(from) {
                from -= 1;
            }
        }
        for _ in 0..after {
            if to + 1 < self.lines.len() && follows(to + 1) {
                to += 1;
            }
        }
        let (Some(first), end) = (
            self.lines.get(from),
            self.lines.get(to + 1).map_or(self.text.len(), |line| line.start),
        ) else {
            return Err(MietteError::OutOfBounds);
        };
        let column = if before == 0 {
            let found = self.columns.iter().find(|(offset, _)| *offset == span.offset());
            found.map_or(0, |&(_, column)| column)
        } else {
            0
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            &self.text.as_bytes()[first.start..end],
            SourceSpan::from((first.start, end - first.start)),
            first.number,
            column,
            to - from + 1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { unicode: true, width: 30, secret: false, alone: false };

    fn mark(source: &Source, text: &str, shape: Shape) -> (String, String) {
        let at = source.text.find(text).expect("the test's text holds its mark");
        let span = Span::new(at, at + text.len());
        let marks = [Mark { span, text: "", primary: true }];
        let (excerpt, labels) = Excerpt::new(source, &marks, shape, &mut Lines::default());
        let label = *labels[0].inner();
        let marked = excerpt.text[label.offset()..label.offset() + label.len()].to_owned();
        (excerpt.text, marked)
    }

    #[test]
    fn one_line_of_context_on_both_sides() {
        let source = Source::new("a", "a: 1\nb: 2\r\nc: 3\nd: 4\n");
        assert_eq!(mark(&source, "2", SHAPE), ("a: 1\nb: 2\nc: 3\n".into(), "2".into()));
        assert_eq!(mark(&source, "4", SHAPE), ("c: 3\nd: 4\n".into(), "4".into()));
        assert_eq!(mark(&source, "b: 2\r\nc", SHAPE).1, "b: 2");
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let line = format!("{{{}\"here\":1{}}}", "\"a\":0,".repeat(50), ",\"b\":2".repeat(50));
        let source = Source::new("a", line);
        let (text, marked) = mark(&source, "\"here\":1", SHAPE);
        assert_eq!(marked, "\"here\":1");
        assert!(text.starts_with('…') && text.ends_with("…\n"), "{text}");
        assert!(text.chars().count() <= 33, "{text}");
    }

    #[test]
    fn nothing_of_a_secret_is_shown_and_no_neighbour() {
        let shape = Shape { secret: true, ..SHAPE };
        let source =
            Source::new("a", "x: {a: \"first-secret\", b: \"second-secret\", c: third}\ny: z\n");
        let (text, marked) = mark(&source, "\"second-secret\"", shape);
        assert_eq!(text, "… b: \"••••••••\n");
        assert_eq!(marked, "\"••••••••");
    }

    #[test]
    fn among_secrets_only_the_mark_is_shown() {
        let shape = Shape { alone: true, ..SHAPE };
        let text = "{\n  \"a\": \"first\",\n  \"b\": true, \"c\": \"last\"\n}";
        let (text, marked) = mark(&Source::new("a", text), "true", shape);
        assert_eq!((text.as_str(), marked.as_str()), ("  \"b\": true••••••••\n", "true"));
        let (text, _) = mark(&Source::new("a", "{\"a\":\"first\",\"b\":1}"), "1", shape);
        assert_eq!(text, "…\"b\":1••••••••\n");
    }

    #[test]
    fn control_characters_become_visible_and_the_mark_stays_in_place() {
        let source = Source::new("a", "\u{feff}k:\t\u{1b}[31mred 🦀 end");
        let (text, marked) = mark(&source, "red 🦀", SHAPE);
        assert_eq!(text, "k:\t\\u{1b}[31mred 🦀 end\n");
        assert_eq!(marked, "red 🦀");
    }
}
