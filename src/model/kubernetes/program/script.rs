//! The commands of a shell's script: their words, as far as a shell would take them literally, and
//! where they stand.
//!
//! Source: POSIX.1-2017, Shell Command Language, 2.2 "Quoting" and 2.3 "Token Recognition".

use super::Word;
use crate::model::cursor::Cursor;
use crate::model::written::Written;

/// Bytes of a script that is read at all.
const LONG: usize = 1 << 16;

/// The words of each command of a script.
pub(super) fn commands(script: Cursor<'_>) -> Vec<Vec<Word>> {
    let Some(text) = script.text().filter(|text| text.len() <= LONG) else { return Vec::new() };
    let written = Written::new(script, &text);
    let word = |piece: Piece| {
        let place = written.place(piece.at..piece.end);
        Word { text: piece.text, literal: piece.literal, place, node: script.node_ref() }
    };
    let commands = split(&text).into_iter().filter(|words| !words.is_empty());
    commands.map(|words| words.into_iter().map(word).collect()).collect()
}

/// A word of a script.
struct Piece {
    /// Without quotes.
    text: String,
    /// Where it starts in the script.
    at: usize,
    /// Where it ends.
    end: usize,
    /// Whether all of it is what is written, nothing that the shell puts in.
    literal: bool,
}

/// The words of each command of a script, without what leads its input and output elsewhere.
fn split(text: &str) -> Vec<Vec<Piece>> {
    let mut commands: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut word: Option<Piece> = None;
    let mut chars = text.char_indices().peekable();
    let (mut quote, mut redirected) = (None, false);
    // The mark that ends the text after the line.
    let mut heredoc: Option<&str> = None;
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => {
                quote = None;
                if let Some(word) = &mut word {
                    word.end = at + 1;
                }
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert(Piece { text: String::new(), at, end: at, literal: true });
            }
            (None | Some('"'), '\\') => match chars.next() {
                Some((_, '\n')) | None => {}
                Some((at, next)) => push(&mut word, at, next, true),
            },
            (None | Some('"'), '$' | '`') => push(&mut word, at, c, false),
            (None, '#') if word.is_none() => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            (None, '<' | '>') => {
                // `2>&1`
                if word.as_ref().is_none_or(|word| !word.text.bytes().all(|b| b.is_ascii_digit())) {
                    keep(&mut word, &mut redirected, &mut commands);
                }
                word = None;
                redirected = true;
                if let Some(mark) =
                    text[at..].strip_prefix("<<").filter(|rest| !rest.starts_with('<'))
                {
                    let mark = mark.trim_start_matches(['-', ' ', '\'', '"', '\\']);
                    heredoc = mark.split(|c: char| !c.is_alphanumeric() && c != '_').next();
                }
                while chars.next_if(|(_, c)| matches!(c, '<' | '>' | '&' | ' ')).is_some() {}
            }
            (None, ' ' | '\t' | '\r') => keep(&mut word, &mut redirected, &mut commands),
            (None, '\n' | ';' | '|' | '&' | '(' | ')') => {
                keep(&mut word, &mut redirected, &mut commands);
                commands.push(Vec::new());
                if c == '\n'
                    && let Some(mark) = heredoc.take()
                {
                    let mut end = at + 1;
                    for line in text[at + 1..].split_inclusive('\n') {
                        end += line.len();
                        if line.trim() == mark {
                            break;
                        }
                    }
                    while chars.next_if(|(at, _)| *at < end).is_some() {}
                }
            }
            _ => push(&mut word, at, c, true),
        }
    }
    keep(&mut word, &mut redirected, &mut commands);
    commands
}

/// Ends a word, which belongs to the last command unless it is where output goes.
fn keep(word: &mut Option<Piece>, redirected: &mut bool, commands: &mut [Vec<Piece>]) {
    if let (Some(word), Some(last)) = (word.take(), commands.last_mut())
        && !std::mem::take(redirected)
    {
        last.push(word);
    }
}

fn push(word: &mut Option<Piece>, at: usize, c: char, literal: bool) {
    let word = word.get_or_insert(Piece { text: String::new(), at, end: at, literal: true });
    word.text.push(c);
    word.end = at + c.len_utf8();
    word.literal &= literal;
}
