//! Plain and quoted scalars.

use super::Scanner;
use crate::input::source::Span;
use crate::input::tree::{Style, Text};

/// A scalar that was read and is not yet a key or a value.
pub(super) struct Leaf {
    pub style: Style,
    pub text: Text,
    pub span: Span,
    /// Whether it may be a key.
    pub one_line: bool,
}

/// Bytes at which a plain scalar may end: anywhere, and only between brackets.
const STOPS: [u8; 256] = {
    let mut stops = [0; 256];
    let mut at = 0;
    while at < 256 {
        stops[at] = match at as u8 {
            0 | b' ' | b'\t' | b'\n' | b'\r' | b':' => 3,
            b',' | b'[' | b']' | b'{' | b'}' => 2,
            _ => 0,
        };
        at += 1;
    }
    stops
};

impl Scanner<'_> {
    /// The scalar that begins here: all of a quoted one, whose lines are deeper than `parent`, and
    /// one line of a plain one; `flow` between brackets.
    pub(super) fn leaf(&mut self, flow: bool, parent: Option<usize>) -> Option<Leaf> {
        match self.byte() {
            b'"' | b'\'' => self.quoted(parent),
            _ if self.begins_plain(flow) => {
                let span = self.plain_line(flow)?;
                Some(Leaf { style: Style::Plain, text: Text::Source(span), span, one_line: true })
            }
            _ => None,
        }
    }

    fn begins_plain(&self, flow: bool) -> bool {
        let next = self.byte_at(self.at + 1);
        match self.byte() {
            b'-' => !(self.blank_at(self.at + 1) || flow && is_bracket(next)),
            b':' => !self.blank_at(self.at + 1) && !flow,
            b'?' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>'
            | b'\'' | b'"' | b'%' | b'@' | b'`' => false,
            _ => !self.blank_at(self.at),
        }
    }

    /// Over plain text on one line; behind it is the end of the line, a comment, an indicator `:`,
    /// or, between brackets, an indicator of those.
    fn plain_line(&mut self, flow: bool) -> Option<Span> {
        let mask = if flow { 2 } else { 1 };
        let start = self.at;
        let mut at = start;
        loop {
            let rest = &self.bytes[at..];
            let stop = rest.iter().position(|&byte| STOPS[byte as usize] & mask != 0);
            at += stop.unwrap_or(rest.len());
            let end = at;
            match self.byte_at(at) {
                b' ' => {
                    while self.byte_at(at) == b' ' {
                        at += 1;
                    }
                    match self.byte_at(at) {
                        b'\t' => return None,
                        b'#' | b'\n' | b'\r' | 0 => {}
                        b':' if self.blank_at(at + 1) => {}
                        byte if flow && is_bracket(byte) => {}
                        _ => continue,
                    }
                }
                b'\t' => return None,
                b':' if flow && is_bracket(self.byte_at(at + 1)) => return None,
                b':' if !self.blank_at(at + 1) => {
                    at += 1;
                    continue;
                }
                _ => {}
            }
            self.at = end;
            return Some(Span::new(start, end));
        }
    }

    /// Adds the scalar that was read up to the end of its line. A plain one may go on in lines that
    /// are deeper than the collection it lies in.
    pub(super) fn leaf_node(
        &mut self,
        leaf: Leaf,
        parent: Option<usize>,
        anchor: usize,
    ) -> Option<()> {
        if leaf.style == Style::Plain {
            return self.plain_node(leaf.span, parent, anchor);
        }
        self.builder.scalar(leaf.style, leaf.text, leaf.span, anchor);
        self.end_line()
    }

    fn plain_node(&mut self, first: Span, parent: Option<usize>, anchor: usize) -> Option<()> {
        let mut span = first;
        let mut folded = String::new();
        loop {
            self.skip_spaces();
            if !self.skip_break() {
                // A comment, or the end of the text.
                self.at = span.end as usize;
                self.end_line()?;
                break;
            }
            let breaks = self.blank_lines();
            let column = self.at - self.line;
            if matches!(self.byte(), b'#' | b'\t' | 0) || column == 0 && self.mark_at(self.at) {
                self.at = self.line;
                self.next_line()?;
                break;
            }
            if Some(column) <= parent {
                self.column = Some(column);
                break;
            }
            if folded.is_empty() {
                folded.push_str(&self.text[first.range()]);
            }
            let line = self.plain_line(false)?;
            fold(&mut folded, breaks);
            folded.push_str(&self.text[line.range()]);
            span.end = line.end;
        }
        let text =
            if folded.is_empty() { Text::Source(span) } else { Text::Decoded(folded.into()) };
        self.builder.scalar(Style::Plain, text, span, anchor);
        Some(())
    }

    /// Over blank lines to the first byte behind the white space of the next line; says how many.
    fn blank_lines(&mut self) -> usize {
        let mut count = 0;
        loop {
            self.line = self.at;
            self.skip_spaces();
            if !self.skip_break() {
                return count;
            }
            count += 1;
        }
    }

    /// The quoted scalar that begins here. White space around the ends of its lines folds to one
    /// space, or to its blank lines (YAML 1.2.2, section 6.5).
    fn quoted(&mut self, parent: Option<usize>) -> Option<Leaf> {
        let (start, quote) = (self.at, self.byte());
        let mut decoded = String::new();
        let mut one_line = true;
        // Where what is not yet decoded begins.
        let mut from = start + 1;
        let mut at = from;
        let end = loop {
            let rest = &self.bytes[at..];
            at += match quote {
                b'"' => memchr::memchr3(b'"', b'\\', b'\n', rest)?,
                _ => memchr::memchr2(b'\'', b'\n', rest)?,
            };
            let piece = &self.text[from..at];
            at += 1;
            match self.bytes[at - 1] {
                b'\n' => {
                    decoded.push_str(piece.trim_end_matches([' ', '\t', '\r']));
                    let breaks = self.quoted_lines(&mut at, parent)?;
                    fold(&mut decoded, breaks);
                    one_line = false;
                }
                b'\\' if matches!(self.byte_at(at), b'\n' | b'\r') => {
                    decoded.push_str(piece);
                    at = self.line_end(at).1;
                    let breaks = self.quoted_lines(&mut at, parent)?;
                    decoded.extend(std::iter::repeat_n('\n', breaks));
                    one_line = false;
                }
                b'\\' => {
                    decoded.push_str(piece);
                    let (char, length) = self.escape(at)?;
                    decoded.push(char);
                    at += length;
                }
                b'\'' if quote == b'\'' && self.byte_at(at) == b'\'' => {
                    decoded.push_str(piece);
                    decoded.push('\'');
                    at += 1;
                }
                _ => break at - 1,
            }
            from = at;
        };
        let text = if from == start + 1 {
            Text::Source(Span::new(from, end))
        } else {
            decoded.push_str(&self.text[from..end]);
            Text::Decoded(decoded.into())
        };
        self.at = end + 1;
        Some(Leaf { style: Style::Quoted, text, span: Span::new(start, self.at), one_line })
    }

    /// From the start of a line inside quotes to the next content; gives the number of blank lines
    /// between.
    fn quoted_lines(&self, at: &mut usize, parent: Option<usize>) -> Option<usize> {
        let mut breaks = 0;
        loop {
            let line = *at;
            while self.byte_at(*at) == b' ' {
                *at += 1;
            }
            match self.byte_at(*at) {
                b'\n' | b'\r' => *at = self.line_end(*at).1,
                b'\t' | 0 => return None,
                _ => {
                    let content = Some(*at - line) > parent && !self.mark_at(line);
                    return content.then_some(breaks);
                }
            }
            breaks += 1;
        }
    }

    /// What an escape in double quotes stands for and how many bytes it has behind its backslash
    /// (YAML 1.2.2, section 5.7).
    fn escape(&self, at: usize) -> Option<(char, usize)> {
        let digits = match self.byte_at(at) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            letter => {
                let char = match letter {
                    b'0' => '\0',
                    b'a' => '\x07',
                    b'b' => '\x08',
                    b't' | b'\t' => '\t',
                    b'n' => '\n',
                    b'v' => '\x0b',
                    b'f' => '\x0c',
                    b'r' => '\r',
                    b'e' => '\x1b',
                    b' ' => ' ',
                    b'"' => '"',
                    b'/' => '/',
                    b'\\' => '\\',
                    b'N' => '\u{85}',
                    b'_' => '\u{a0}',
                    b'L' => '\u{2028}',
                    b'P' => '\u{2029}',
                    _ => return None,
                };
                return Some((char, 1));
            }
        };
        let number = self.bytes.get(at + 1..at + 1 + digits)?;
        if !number.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let code = u32::from_str_radix(std::str::from_utf8(number).ok()?, 16).ok()?;
        // Halves of a surrogate pair are no characters.
        Some((char::from_u32(code)?, 1 + digits))
    }
}

/// Whether a byte means something between brackets.
fn is_bracket(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}

/// Adds what lines with so many blank ones between them have in the place of their ends.
fn fold(text: &mut String, breaks: usize) {
    match breaks {
        0 => text.push(' '),
        _ => text.extend(std::iter::repeat_n('\n', breaks)),
    }
}
