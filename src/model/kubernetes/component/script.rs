//! A program that a shell starts: its words in the text of a script, as far as a shell would take them
//! literally.
//!
//! Source: POSIX.1-2017, Shell Command Language, 2.2 "Quoting" and 2.3 "Token Recognition".

use super::{Flags, PROGRAMS, set};
use crate::input::source::{Place, Span};
use crate::model::cursor::Cursor;
use crate::model::value::Value;

/// A word of a script; none of it is known where the shell puts something in.
struct Word {
    /// Without quotes.
    text: String,
    /// Where it starts in the script.
    at: usize,
    /// Whether all of it is what is written.
    literal: bool,
}

/// The program of the cluster that a script runs, and its flags.
pub(super) fn started(script: Cursor<'_>) -> Option<(&'static str, Flags)> {
    let text = script.text()?;
    let commands = commands(&text);
    let (program, words) = commands.iter().find_map(|words| {
        let at = words.iter().position(|word| {
            let leads = word.text.contains('=') && !word.text.starts_with('-');
            !leads && !matches!(&*word.text, "exec" | "nohup" | "ionice" | "nice" | "command")
        })?;
        let name = words[at].text.rsplit('/').next()?;
        let program = PROGRAMS.into_iter().find(|program| *program == name)?;
        Some((program, &words[at + 1..]))
    })?;
    Some((program, flags(script, &text, words)))
}

/// Flags as a program takes them: `--name=value`, `--name value`, or `--name` for a truth value.
fn flags(script: Cursor<'_>, text: &str, words: &[Word]) -> Flags {
    let mut flags = Flags::new();
    let mut open = false;
    let mut rest = words.iter().peekable();
    while let Some(word) = rest.next() {
        let Some(flag) = word.text.strip_prefix("--") else {
            open |= !word.literal;
            continue;
        };
        let value = |of: &Word, own: &str| {
            let place = place(script, text, of);
            let value =
                if of.literal { Value::Text(own.to_owned(), place) } else { Value::Unknown(place) };
            value.at(script.node_ref())
        };
        match (flag.split_once('='), rest.peek()) {
            (Some((name, own)), _) => set(&mut flags, name, value(word, own)),
            (None, _) if !word.literal => open = true,
            (None, Some(next)) if !next.text.starts_with('-') => {
                set(&mut flags, flag, value(next, &next.text));
                rest.next();
            }
            (None, _) => set(&mut flags, flag, value(word, "true")),
        }
    }
    if open {
        flags.push(("".into(), Value::Unknown(script.header())));
    }
    flags
}

/// The word in the file, where the script stands there as it is; otherwise the script.
fn place(script: Cursor<'_>, text: &str, word: &Word) -> Place {
    let whole = script.place();
    let source = &script.files()[whole.file.0 as usize].source;
    let raw = source.slice(whole.span);
    let written = text
        .get(word.at..)
        .map_or("", |rest| rest.split(char::is_whitespace).next().unwrap_or_default());
    let mut found = raw.match_indices(written);
    match (found.next(), found.next()) {
        (Some((at, _)), None) if !written.is_empty() => {
            let start = whole.span.start as usize + at;
            Place { file: whole.file, span: Span::new(start, start + written.len()) }
        }
        _ => whole,
    }
}

/// The words of each command of a script, without what leads its input and output elsewhere.
fn commands(text: &str) -> Vec<Vec<Word>> {
    let mut commands: Vec<Vec<Word>> = vec![Vec::new()];
    let mut word: Option<Word> = None;
    let mut chars = text.char_indices().peekable();
    let (mut quote, mut redirected) = (None, false);
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert(Word { text: String::new(), at, literal: true });
            }
            (None | Some('"'), '\\') => match chars.next() {
                Some((_, '\n')) | None => {}
                Some((_, next)) => push(&mut word, at, next, true),
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
                while chars.next_if(|(_, c)| matches!(c, '<' | '>' | '&' | ' ')).is_some() {}
            }
            (None, ' ' | '\t' | '\r') => keep(&mut word, &mut redirected, &mut commands),
            (None, '\n' | ';' | '|' | '&' | '(' | ')') => {
                keep(&mut word, &mut redirected, &mut commands);
                commands.push(Vec::new());
            }
            _ => push(&mut word, at, c, true),
        }
    }
    keep(&mut word, &mut redirected, &mut commands);
    commands
}

/// Ends a word, which belongs to the last command unless it is where output goes.
fn keep(word: &mut Option<Word>, redirected: &mut bool, commands: &mut [Vec<Word>]) {
    if let (Some(word), Some(last)) = (word.take(), commands.last_mut())
        && !std::mem::take(redirected)
    {
        last.push(word);
    }
}

fn push(word: &mut Option<Word>, at: usize, c: char, literal: bool) {
    let word = word.get_or_insert(Word { text: String::new(), at, literal: true });
    word.text.push(c);
    word.literal &= literal;
}
