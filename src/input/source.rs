//! Where things are: byte spans, places and line numbers. Knows nothing of any syntax.

use std::sync::OnceLock;

/// A half-open byte range in one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets. Files larger than 4 GiB never get here (see `FileTree`).
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end.max(start) as u32 }
    }

    /// The span as an index range.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn join(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Index of a file within one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A span in a file of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub span: Span,
}

/// A file's text and its path, with a lazily built line index.
#[derive(Debug)]
pub struct Source {
    /// Path relative to the project root, `/`-separated, without a leading `./`.
    pub path: String,
    /// The whole text, as on disk (a byte order mark included).
    pub text: String,
    /// Whether any part of the text may be a secret, so that its lines stay out of reports.
    pub secret: bool,
    lines: OnceLock<Vec<u32>>,
}

/// A position for people: both numbers start at 1; the column counts Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Source {
    /// A source from its path and text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), secret: false, lines: OnceLock::new() }
    }

    /// Byte offsets at which each line starts; always begins with 0. `\n` ends a line.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let mut starts = vec![0];
            starts.extend(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| at as u32 + 1));
            starts
        })
    }

    /// Line and column of a byte offset. Offsets past the end give the last position; offsets
    /// inside a character give that character's position.
    pub fn position(&self, offset: u32) -> LineColumn {
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset) - 1;
        let start = starts[line] as usize;
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = self.text[start..end].trim_start_matches('\u{feff}');
        LineColumn { line: line as u32 + 1, column: before.chars().count() as u32 + 1 }
    }

    /// The text of a span; empty where the span does not fit this text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// The span of the line (without its line end) that holds `offset`.
    pub fn line_span(&self, offset: u32) -> Span {
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset) - 1;
        self.line(line).expect("a line starts at or before every offset")
    }

    /// The span of a line, counted from 0, without its line end; none past the last one.
    pub fn line(&self, number: usize) -> Option<Span> {
        let starts = self.line_starts();
        let start = *starts.get(number)? as usize;
        let end = starts.get(number + 1).map_or(self.text.len(), |&next| next as usize);
        let text = self.text[start..end].trim_end_matches(['\n', '\r']);
        Some(Span::new(start, start + text.len()))
    }
}
