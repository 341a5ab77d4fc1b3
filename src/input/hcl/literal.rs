//! The literal parts of HCL strings and heredocs: unescaping and dedenting with the way back to the
//! source; knows no expressions.

use std::ops::Range;

use super::super::decoded::Decoded;

/// How a literal was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Between quotes: backslash escapes.
    Quoted,
    /// Heredoc or template file: only `$${` and `%%{`; so many leading spaces of each line go.
    Lines(usize),
}

/// Whether a text looks like a JSON object or array at both ends.
pub fn looks_like_json(text: &str) -> bool {
    let text = text.trim_ascii();
    text.starts_with('{') && text.ends_with('}') || text.starts_with('[') && text.ends_with(']')
}

/// Appends what `range` of `from` stands for. `line_start` says whether a line starts there, and is
/// kept up to date.
pub fn decode(
    writing: Writing,
    from: &Decoded,
    range: Range<usize>,
    line_start: &mut bool,
    into: &mut Decoded,
) {
    let bytes = from.text.as_bytes();
    let mut run = range.start;
    let mut at = range.start;
    while at < range.end {
        if let Writing::Lines(indent) = writing
            && std::mem::take(line_start)
        {
            into.push_run(from, run..at);
            at += leading_space(&from.text[at..range.end], indent);
            run = at;
            continue;
        }
        let length = match bytes[at] {
            b'\n' => {
                *line_start = true;
                0
            }
            b'\\' if writing == Writing::Quoted => escape_length(&bytes[at..range.end]),
            byte @ (b'$' | b'%') if bytes[at..range.end].starts_with(&[byte, byte, b'{']) => 3,
            _ => 0,
        };
        if length == 0 {
            at += 1;
            continue;
        }
        let escape = at..at + length;
        let mut buffer = [0; 4];
        let text = match bytes[at + 1] {
            b'$' => "${",
            b'%' => "%{",
            b'n' => "\n",
            b'r' => "\r",
            b't' => "\t",
            b'u' | b'U' => {
                let digits = u32::from_str_radix(&from.text[at + 2..escape.end], 16).ok();
                let char = digits.and_then(char::from_u32).unwrap_or('\u{fffd}');
                &*char.encode_utf8(&mut buffer)
            }
            _ => &from.text[at + 1..escape.end],
        };
        into.push_run(from, run..at);
        into.push_escape(from, escape.clone(), text);
        at = escape.end;
        run = at;
    }
    into.push_run(from, run..range.end);
}

fn escape_length(bytes: &[u8]) -> usize {
    let length = match bytes.get(1) {
        Some(b'u') => 6,
        Some(b'U') => 10,
        Some(b'n' | b'r' | b't' | b'"' | b'\\') => 2,
        _ => return 0,
    };
    let plain = bytes.get(..length).is_some_and(<[u8]>::is_ascii);
    if plain { length } else { 0 }
}

/// Bytes of leading white space of the first line, at most `indent` characters.
fn leading_space(text: &str, indent: usize) -> usize {
    let space = |c: &char| c.is_whitespace() && !matches!(c, '\r' | '\n');
    text.chars().take(indent).take_while(space).map(char::len_utf8).sum()
}

/// How far a heredoc's lines are all indented: the least leading white space of its lines, those of
/// nothing but white space aside. `None` in `literals` stands for a hole.
pub fn common_indent<'t>(literals: impl Iterator<Item = Option<&'t str>>) -> usize {
    let mut least = usize::MAX;
    let mut line_start = true;
    for literal in literals {
        let Some(literal) = literal else {
            if std::mem::take(&mut line_start) {
                least = 0;
            }
            continue;
        };
        for line in literal.split_inclusive('\n') {
            let blank = line.ends_with('\n') && line.trim().is_empty();
            if std::mem::replace(&mut line_start, line.ends_with('\n')) && !blank {
                least = least.min(line.chars().take_while(|c| c.is_whitespace()).count());
            }
        }
    }
    if least == usize::MAX { 0 } else { least }
}
