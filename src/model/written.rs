//! Where parts of a text stand in the file that holds it, as a block or a heredoc or on one line.

use super::cursor::Cursor;
use crate::input::source::{Place, Span};
use std::ops::Range;

/// Where the bytes of a text stand in its file.
pub struct Written {
    whole: Place,
    /// The lines of the text and where each starts in the file; none where it is written otherwise.
    starts: Vec<(Range<usize>, usize)>,
}

impl Written {
    /// For the text at a cursor.
    pub fn new(at: Cursor<'_>, text: &str) -> Self {
        let whole = at.place();
        let source = &at.files()[whole.file.0 as usize].source;
        let (raw, base) = (source.slice(whole.span), whole.span.start as usize);
        let mut starts = Vec::new();
        let (body, skipped) = match raw.split_once('\n') {
            Some((first, rest)) if raw.starts_with(['|', '>', '<']) => (rest, first.len() + 1),
            _ => (raw, 0),
        };
        if skipped == 0 {
            starts.extend(raw.find(text).map(|at| (0..text.len(), base + at)));
            return Self { whole, starts };
        }
        // A block scalar or a heredoc has its lines as they are, but for what is around them.
        let (mut done, mut offset) = (0, base + skipped);
        for line in body.split_inclusive('\n') {
            let (rest, own) = (&text[done..], line.trim());
            done += rest.len() - rest.trim_start().len();
            if done == text.len() {
                break;
            }
            if !text[done..].starts_with(own) {
                starts.clear();
                break;
            }
            let indent = line.len() - line.trim_start().len();
            if !own.is_empty() {
                starts.push((done..done + own.len(), offset + indent));
            }
            done += own.len();
            offset += line.len();
        }
        Self { whole, starts }
    }

    /// The place of some bytes, up to the end of their line; that of the whole text where they are
    /// written otherwise.
    pub fn place(&self, range: Range<usize>) -> Place {
        let line = self.starts.partition_point(|(line, _)| line.start <= range.start);
        let Some((line, written)) = line.checked_sub(1).map(|line| &self.starts[line]) else {
            return self.whole;
        };
        let from = written + range.start.min(line.end) - line.start;
        // A quoted word may go on in the next line.
        let length = range.end.min(line.end).saturating_sub(range.start);
        Place { file: self.whole.file, span: Span::new(from, from + length) }
    }
}
