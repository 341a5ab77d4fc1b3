//! Text after unescaping or dedenting, with the way back to the source bytes; knows no syntax.

use std::borrow::Cow;
use std::ops::Range;

use super::source::Span;
use super::tree::{NodeId, Text};

/// Stands for a hole in decoded text (the object replacement character). Only the offsets listed
/// as holes count; the same character written by an author is ordinary text.
pub const HOLE: char = '\u{fffc}';

/// A text that was cut out of a source, possibly decoded, whose every byte knows where it came
/// from.
#[derive(Clone, Debug)]
pub struct Decoded<'s> {
    /// The text itself.
    pub text: Cow<'s, str>,
    runs: Vec<Run>,
    holes: Vec<Hole>,
}

/// An interpolation or directive inside a decoded text.
#[derive(Clone, Copy, Debug)]
pub struct Hole {
    /// Offset of its `HOLE` character in the decoded text.
    pub at: usize,
    /// Its source bytes, markers included.
    pub span: Span,
    /// The node of its expression; `None` for a directive that has none.
    pub expression: Option<NodeId>,
}

/// Decoded bytes from `at` up to the next run, and the source bytes they came from.
#[derive(Clone, Copy, Debug)]
struct Run {
    at: usize,
    source: Span,
    /// Whether the source bytes are the decoded bytes, one to one.
    verbatim: bool,
}

impl<'s> Decoded<'s> {
    /// A text that stands in the source as it is, from byte `base` on.
    pub fn verbatim(text: impl Into<Cow<'s, str>>, base: usize) -> Self {
        let text = text.into();
        let source = Span::new(base, base + text.len());
        Self { text, runs: vec![Run { at: 0, source, verbatim: true }], holes: Vec::new() }
    }

    /// A text to be built piece by piece.
    pub fn empty() -> Self {
        Self { text: Cow::Owned(String::new()), runs: Vec::new(), holes: Vec::new() }
    }

    /// Appends `range` of `from` as it is.
    pub fn push_run(&mut self, from: &Decoded, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        for index in from.run_at(range.start).. {
            let Some(run) = from.runs.get(index) else {
                break;
            };
            if run.at >= range.end {
                break;
            }
            let end = from.run_end(index).min(range.end);
            let start = run.at.max(range.start);
            let source = if run.verbatim {
                let base = run.source.start as usize;
                Span::new(base + start - run.at, base + end - run.at)
            } else {
                run.source
            };
            let at = self.text.len() + start - range.start;
            self.push_source(Run { at, source, verbatim: run.verbatim });
        }
        self.text.to_mut().push_str(&from.text[range]);
    }

    /// Appends `text`, which `range` of `from` decodes to.
    pub fn push_escape(&mut self, from: &Decoded, range: Range<usize>, text: &str) {
        let at = self.text.len();
        self.runs.push(Run { at, source: from.span(range), verbatim: false });
        self.text.to_mut().push_str(text);
    }

    /// Appends a hole.
    pub fn push_hole(&mut self, span: Span, expression: Option<NodeId>) {
        let at = self.text.len();
        self.runs.push(Run { at, source: span, verbatim: false });
        self.holes.push(Hole { at, span, expression });
        self.text.to_mut().push(HOLE);
    }

    fn push_source(&mut self, run: Run) {
        match self.runs.last_mut() {
            // Neighbours in both texts are one run.
            Some(last) if last.verbatim && run.verbatim && last.source.end == run.source.start => {
                last.source.end = run.source.end;
            }
            _ => self.runs.push(run),
        }
    }

    /// The source bytes that `range` came from.
    pub fn span(&self, range: Range<usize>) -> Span {
        let start = self.source_start(range.start);
        if range.end <= range.start {
            return Span { start, end: start };
        }
        let index = self.run_at(range.end - 1);
        let end = match self.runs.get(index) {
            Some(run) if run.verbatim => run.source.start + (range.end - run.at) as u32,
            Some(run) => run.source.end,
            None => start,
        };
        Span { start, end: end.max(start) }
    }

    fn source_start(&self, at: usize) -> u32 {
        match self.runs.get(self.run_at(at)) {
            Some(run) if at >= self.text.len() && !run.verbatim => run.source.end,
            Some(run) if run.verbatim => run.source.start + (at - run.at) as u32,
            Some(run) => run.source.start,
            None => 0,
        }
    }

    /// `range` as a tree's text: the source bytes where they are the same.
    pub fn slice(&self, range: Range<usize>) -> Text {
        if self.is_verbatim(&range) {
            Text::Source(self.span(range))
        } else {
            Text::Decoded(self.text[range].into())
        }
    }

    /// Whether the source holds exactly `range`'s bytes in one piece.
    pub fn is_verbatim(&self, range: &Range<usize>) -> bool {
        let index = self.run_at(range.start);
        range.is_empty()
            || self.runs.get(index).is_some_and(|run| run.verbatim)
                && range.end <= self.run_end(index)
    }

    /// The holes whose placeholder lies in `range`.
    pub fn holes(&self, range: &Range<usize>) -> &[Hole] {
        let first = self.holes.partition_point(|hole| hole.at < range.start);
        let end = self.holes.partition_point(|hole| hole.at < range.end);
        &self.holes[first..end.max(first)]
    }

    /// The hole whose placeholder stands at `at`.
    pub fn hole_at(&self, at: usize) -> Option<Hole> {
        let index = self.holes.binary_search_by_key(&at, |hole| hole.at).ok()?;
        Some(self.holes[index])
    }

    fn run_at(&self, at: usize) -> usize {
        if self.runs.len() == 1 {
            return 0;
        }
        self.runs.partition_point(|run| run.at <= at).saturating_sub(1)
    }

    fn run_end(&self, index: usize) -> usize {
        self.runs.get(index + 1).map_or(self.text.len(), |next| next.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_lead_back_through_escapes_and_holes() {
        let source = r"ab\ncd${x}e";
        let whole = Decoded::verbatim(source, 10);
        let mut text = Decoded::empty();
        text.push_run(&whole, 0..2);
        text.push_escape(&whole, 2..4, "\n");
        text.push_run(&whole, 4..6);
        text.push_hole(whole.span(6..10), Some(NodeId(0)));
        text.push_run(&whole, 10..11);
        assert_eq!(text.text, format!("ab\ncd{HOLE}e"));
        assert_eq!(text.span(0..2), Span::new(10, 12));
        assert_eq!(text.span(2..3), Span::new(12, 14));
        assert_eq!(text.span(1..4), Span::new(11, 15));
        assert_eq!(text.span(8..9), Span::new(20, 21));
        assert_eq!(text.span(9..9), Span::new(21, 21));
        assert_eq!(text.holes(&(0..9)).len(), 1);
        assert!(text.hole_at(5).is_some() && text.hole_at(4).is_none());
        assert_eq!(text.slice(3..5), Text::Source(Span::new(14, 16)));
        assert_eq!(text.slice(1..4), Text::Decoded("b\nc".into()));

        let mut inner = Decoded::empty();
        inner.push_run(&text, 1..5);
        assert_eq!(inner.text, "b\ncd");
        assert_eq!(inner.span(1..2), Span::new(12, 14));
        assert_eq!(inner.span(2..4), Span::new(14, 16));
    }
}
