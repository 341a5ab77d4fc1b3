//! One look over an HCL text before it is parsed: its comments, what the parser could not bear, and
//! where a broken text may be cut.

use std::ops::Range;

use super::lexer::{Kind, Lexer};

/// The parser compares each key of an object with all others.
const MAX_ENTRIES: usize = 10_000;

/// What one look found.
#[derive(Debug, Default)]
pub struct Survey {
    /// Comments in order.
    pub comments: Vec<Range<usize>>,
    /// Where an object with too many entries starts.
    pub crowded: Option<usize>,
    /// Whether there is a heredoc without lines, which the parser would read past its end.
    pub empty_heredoc: bool,
}

/// Whether the parser may see a text as it is. Nearly every text is too short for so many entries
/// and has no heredoc.
pub fn sound(text: &str) -> bool {
    if text.len() <= MAX_ENTRIES && !text.contains("<<") {
        return true;
    }
    let survey = survey(text);
    survey.crowded.is_none() && !survey.empty_heredoc
}

/// Looks over a text.
pub fn survey(text: &str) -> Survey {
    struct Bracket {
        start: usize,
        object: bool,
        entries: usize,
    }
    let mut survey = Survey::default();
    let mut brackets: Vec<Bracket> = Vec::new();
    let mut before = Kind::Newline;
    for token in Lexer::new(text) {
        match token.kind {
            Kind::Comment => {
                // An unclosed `/*` runs up to the last line end.
                let comment = text[token.range.clone()].trim_end_matches(['\r', '\n']);
                survey.comments.push(token.range.start..token.range.start + comment.len());
                continue;
            }
            Kind::EmptyHeredoc => survey.empty_heredoc = true,
            Kind::Open(bracket) => {
                let object = bracket == b'{' && !matches!(before, Kind::Word | Kind::String);
                brackets.push(Bracket { start: token.range.start, object, entries: 0 });
            }
            Kind::Close(_) => {
                brackets.pop();
            }
            Kind::Newline | Kind::Other(b',') => {
                if let Some(bracket) = brackets.last_mut()
                    && !matches!(before, Kind::Newline | Kind::Other(b','))
                {
                    bracket.entries += 1;
                    if bracket.object && bracket.entries > MAX_ENTRIES {
                        survey.crowded.get_or_insert(bracket.start);
                    }
                }
            }
            _ => {}
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
