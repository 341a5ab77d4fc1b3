//! One look over an HCL text before it is parsed: its comments, what the parser could not bear, and
//! where a broken text may be cut.

use std::ops::Range;

use super::lexer::{Kind, Lexer};

/// The parser compares each key of an object with all others.
const MAX_ENTRIES: usize = 10_000;

/// Where an operand fails, the parser reads it twice, and so what stands in brackets in it: twice
/// for each level. So many bytes it may read, and so many times the text.
const MAX_READ: usize = 1 << 20;
const MAX_REPEATED: usize = 16;

/// What one look found.
#[derive(Debug, Default)]
pub struct Survey {
    /// Comments in order.
    pub comments: Vec<Range<usize>>,
    /// Where an object with too many entries starts.
    pub crowded: Option<usize>,
    /// Where operators and brackets are too deep inside each other.
    pub tangled: Option<usize>,
    /// Whether there is a heredoc without lines, which the parser would read past its end.
    pub empty_heredoc: bool,
}

impl Survey {
    /// Whether the parser may see the text as it is.
    pub fn sound(&self) -> bool {
        self.crowded.is_none() && self.tangled.is_none() && !self.empty_heredoc
    }
}

/// Looks over a text.
pub fn survey(text: &str) -> Survey {
    look(text, Lexer::new(text))
}

/// Looks over a text that is a template.
pub fn survey_template(text: &str) -> Survey {
    look(text, Lexer::template(text))
}

fn look(text: &str, mut lexer: Lexer) -> Survey {
    #[derive(PartialEq)]
    enum Level {
        /// The file, or a block's body.
        Body,
        Object,
        Other,
    }
    /// The file, or an open bracket, string or hole.
    struct Frame {
        start: usize,
        level: Level,
        entries: usize,
        /// Whether the item being read has an operator.
        operator: bool,
        /// Whether it stands in an item that has one.
        operand: bool,
    }
    let frame =
        |start, level, operand| Frame { start, level, entries: 0, operator: false, operand };
    let mut survey = Survey::default();
    let mut frames = vec![frame(0, Level::Body, false)];
    let mut before = Kind::Newline;
    let (mut operands, mut read) = (0u32, 0usize);
    while let Some(token) = lexer.next() {
        read = read.saturating_add(token.range.len().saturating_mul(1 << operands.min(30)));
        if read > MAX_READ + MAX_REPEATED * text.len() {
            survey.tangled.get_or_insert(token.range.start);
        }
        let Some(inner) = frames.last_mut() else { break };
        match token.kind {
            Kind::Comment => {
                // An unclosed `/*` runs up to the last line end.
                let comment = text[token.range.clone()].trim_end_matches(['\r', '\n']);
                survey.comments.push(token.range.start..token.range.start + comment.len());
                continue;
            }
            Kind::EmptyHeredoc => survey.empty_heredoc = true,
            Kind::Newline | Kind::Other(b',') => {
                if !matches!(before, Kind::Newline | Kind::Other(b',')) {
                    inner.entries += 1;
                    if inner.level == Level::Object && inner.entries > MAX_ENTRIES {
                        survey.crowded.get_or_insert(inner.start);
                    }
                }
                inner.operator &= token.kind == Kind::Newline && inner.level == Level::Other;
            }
            // A number ends before its `-`.
            Kind::Word if text.as_bytes()[token.range.start].is_ascii_digit() => {
                inner.operator |= text[token.range.clone()].contains('-');
            }
            Kind::Other(b'?' | b':') => inner.operator = false,
            Kind::Other(b'=') => inner.operator |= before == Kind::Other(b'='),
            Kind::Other(b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|') => {
                inner.operator = true;
            }
            _ => {}
        }
        let operand = inner.operator;
        let depth = lexer.depth() + 1;
        for closed in frames.drain(depth.min(frames.len())..) {
            operands -= u32::from(closed.operand);
        }
        if depth > frames.len() {
            let level = match (token.kind, before) {
                (Kind::Open(b'{'), Kind::Word | Kind::String) => Level::Body,
                (Kind::Open(b'{'), _) => Level::Object,
                _ => Level::Other,
            };
            frames.push(frame(token.range.start, level, operand));
            operands += u32::from(operand);
        }
        before = token.kind;
    }
    survey
}

/// Cuts `range` of a text after each `}` that stands at the start of a line and closes everything;
/// when `loose`, after each `}` at the start of a line and before each line that looks like the
/// first one of a labelled block. Never inside a heredoc. The pieces cover the range.
pub fn pieces(text: &str, range: Range<usize>, loose: bool) -> Vec<Range<usize>> {
    let part = &text[range.clone()];
    let mut cuts = vec![0];
    let mut lexer = Lexer::new(part);
    while let Some(token) = lexer.next() {
        let start = token.range.start;
        if start > 0 && part.as_bytes()[start - 1] != b'\n' || lexer.in_heredoc() {
            continue;
        }
        match token.kind {
            Kind::Close(b'}') | Kind::HoleClose if loose || lexer.depth() == 0 => {
                let rest = &part.as_bytes()[token.range.end..];
                let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
                cuts.push(token.range.end + line);
                lexer.reset();
            }
            Kind::Word if loose && opens_labelled_block(&part[start..]) => {
                cuts.push(start);
                lexer.reset();
            }
            _ => {}
        }
    }
    cuts.push(part.len());
    cuts.dedup();
    let mut pieces: Vec<Range<usize>> = cuts
        .windows(2)
        .filter(|cut| cut[0] < cut[1])
        .map(|cut| range.start + cut[0]..range.start + cut[1])
        .collect();
    if pieces.is_empty() {
        pieces.push(range);
    }
    pieces
}

fn opens_labelled_block(text: &str) -> bool {
    let line = &text[..text.find('\n').unwrap_or(text.len())];
    let Some((keyword, labels)) = line.split_once('"') else {
        return false;
    };
    let keyword = keyword.trim_end();
    keyword.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        && labels.trim_end().ends_with('{')
}
