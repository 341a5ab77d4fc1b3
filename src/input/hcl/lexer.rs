//! A forgiving HCL lexer: enough to find comments, brackets and line ends in any text, right or
//! wrong, in linear time; it judges nothing.

use std::collections::HashMap;
use std::ops::Range;

/// Heredocs inside interpolations of heredocs beyond this depth are read as plain code.
const MAX_HEREDOCS: usize = 64;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `# …` or `// …` (without the line end), or `/* … */`.
    Comment,
    /// A line end in code.
    Newline,
    /// An identifier, keyword or number.
    Word,
    /// A quoted string without interpolation.
    String,
    /// `(`, `[` or `{` in code.
    Open(u8),
    /// `)`, `]` or `}` in code.
    Close(u8),
    /// The opening quote of a string with interpolation.
    QuoteOpen,
    /// Its closing quote.
    QuoteClose,
    /// `<<X` and its line end.
    HeredocOpen,
    /// A heredoc's last line, without its line end.
    HeredocClose,
    /// `${` or `%{` inside a string.
    HoleOpen,
    /// The `}` that ends it.
    HoleClose,
    /// A heredoc without any line, start and end.
    EmptyHeredoc,
    /// Any other character.
    Other(u8),
}

/// A token and its bytes.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Bracket(u8),
    Quote,
    /// Offset of the line with the end marker, and of that marker's end.
    Heredoc(usize, usize),
    Hole,
}

/// The lexer.
#[derive(Debug)]
pub struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    modes: Vec<Mode>,
    heredocs: usize,
    /// Where the innermost heredoc ends, or the text's end.
    limit: usize,
    /// Where the lines start that start with a word, found when the first heredoc comes.
    lines: Option<HashMap<&'t str, Vec<usize>>>,
}

impl<'t> Lexer<'t> {
    /// A lexer at the start of `text`.
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            modes: Vec::new(),
            heredocs: 0,
            limit: text.len(),
            lines: None,
        }
    }

    /// A lexer at the start of `text`, which is a template.
    pub fn template(text: &'t str) -> Self {
        let modes = vec![Mode::Heredoc(text.len(), text.len())];
        Self { modes, heredocs: 1, ..Self::new(text) }
    }

    /// How many brackets, strings and holes are open.
    pub fn depth(&self) -> usize {
        self.modes.len()
    }

    /// Whether the next token lies inside a heredoc.
    pub fn in_heredoc(&self) -> bool {
        self.heredocs > 0
    }

    /// Forgets everything that is open.
    pub fn reset(&mut self) {
        self.modes.clear();
        self.heredocs = 0;
        self.limit = self.text.len();
    }

    fn token(&mut self, kind: Kind, end: usize) -> Token {
        let start = std::mem::replace(&mut self.at, end);
        Token { kind, range: start..end }
    }

    fn peek(&self, ahead: usize) -> u8 {
        let at = self.at + ahead;
        if at < self.limit { self.bytes[at] } else { 0 }
    }

    fn leave_heredoc(&mut self) -> Option<Token> {
        while let Some(mode) = self.modes.pop() {
            if let Mode::Heredoc(_, end) = mode {
                self.heredocs -= 1;
                self.limit = self.outer_limit();
                return Some(self.token(Kind::HeredocClose, end));
            }
        }
        None
    }

    fn outer_limit(&self) -> usize {
        if self.heredocs == 0 {
            return self.text.len();
        }
        let innermost = self.modes.iter().rev().find_map(|mode| match mode {
            Mode::Heredoc(line, _) => Some(*line),
            _ => None,
        });
        innermost.unwrap_or(self.text.len())
    }

    fn in_code(&mut self) -> Token {
        let start = self.at;
        let byte = self.bytes[start];
        match byte {
            b'\n' => self.token(Kind::Newline, start + 1),
            b'\r' if self.peek(1) == b'\n' => self.token(Kind::Newline, start + 2),
            b'#' => self.line_comment(),
            b'/' if self.peek(1) == b'/' => self.line_comment(),
            b'/' if self.peek(1) == b'*' => {
                let rest = &self.bytes[start + 2..self.limit];
                let end =
                    memchr::memmem::find(rest, b"*/").map_or(self.limit, |found| start + 4 + found);
                self.token(Kind::Comment, end)
            }
            b'"' => self.quote(),
            b'(' | b'[' | b'{' => {
                self.modes.push(Mode::Bracket(byte));
                self.token(Kind::Open(byte), start + 1)
            }
            b')' | b']' | b'}' => self.close(byte),
            b'<' if self.peek(1) == b'<' => self.heredoc(),
            // A `-` in front is an operator.
            _ if byte != b'-' && is_word(byte) => {
                let rest = &self.bytes[start..self.limit];
                let length = rest.iter().position(|&b| !is_word(b)).unwrap_or(rest.len());
                self.token(Kind::Word, start + length)
            }
            _ => self.token(Kind::Other(byte), start + 1),
        }
    }

    fn line_comment(&mut self) -> Token {
        let rest = &self.bytes[self.at..self.limit];
        let mut end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        if end < rest.len() && rest[end - 1] == b'\r' {
            end -= 1;
        }
        self.token(Kind::Comment, self.at + end)
    }

    fn close(&mut self, byte: u8) -> Token {
        let kind = match self.modes.last() {
            Some(Mode::Hole) if byte == b'}' => Kind::HoleClose,
            _ => Kind::Close(byte),
        };
        let open = match byte {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        if kind == Kind::HoleClose || self.modes.last() == Some(&Mode::Bracket(open)) {
            self.modes.pop();
            return self.token(kind, self.at + 1);
        }
        // A brace also ends unclosed parentheses and square brackets; those end nothing else.
        if byte == b'}' {
            while let Some(Mode::Bracket(b'(' | b'[')) = self.modes.last() {
                self.modes.pop();
            }
            if matches!(self.modes.last(), Some(Mode::Bracket(_) | Mode::Hole)) {
                self.modes.pop();
            }
        }
        self.token(kind, self.at + 1)
    }

    /// Reads up to the closing quote, a hole, or the end of the line (where an unclosed string
    /// ends). Returns where that is and whether the string goes on with a hole.
    fn quoted_text(&self, mut at: usize) -> (usize, bool) {
        while at < self.limit {
            match self.bytes[at] {
                b'\\' => at += 1,
                b'"' | b'\n' => return (at, false),
                b'$' | b'%' if self.hole_at(at) => return (at, true),
                // An escaped marker: `$${`.
                b'$' | b'%' if self.escaped_marker_at(at) => at += 2,
                _ => {}
            }
            at += 1;
        }
        (self.limit, false)
    }

    fn hole_at(&self, at: usize) -> bool {
        self.bytes.get(at + 1) == Some(&b'{') && at + 1 < self.limit
    }

    fn escaped_marker_at(&self, at: usize) -> bool {
        self.bytes.get(at + 1) == Some(&self.bytes[at]) && self.bytes.get(at + 2) == Some(&b'{')
    }

    fn quote(&mut self) -> Token {
        let (end, hole) = self.quoted_text(self.at + 1);
        if hole {
            self.modes.push(Mode::Quote);
            return self.token(Kind::QuoteOpen, self.at + 1);
        }
        let closed = end < self.limit && self.bytes[end] == b'"';
        self.token(Kind::String, end + usize::from(closed))
    }

    fn in_quote(&mut self) -> Token {
        let (end, hole) = self.quoted_text(self.at);
        self.at = end;
        if hole {
            self.modes.push(Mode::Hole);
            return self.token(Kind::HoleOpen, end + 2);
        }
        self.modes.pop();
        let closed = end < self.limit && self.bytes[end] == b'"';
        self.token(Kind::QuoteClose, end + usize::from(closed))
    }

    fn heredoc(&mut self) -> Token {
        let start = self.at;
        let mut name = start + 2;
        if self.bytes.get(name) == Some(&b'-') {
            name += 1;
        }
        let rest = &self.bytes[name.min(self.limit)..self.limit];
        let length = rest.iter().position(|&b| !is_word(b)).unwrap_or(rest.len());
        let line = name + length;
        let line = match rest.get(length..) {
            Some([b'\n', ..]) => line + 1,
            Some([b'\r', b'\n', ..]) => line + 2,
            _ => 0,
        };
        if length == 0 || line == 0 || self.heredocs >= MAX_HEREDOCS {
            return self.token(Kind::Other(b'<'), start + 1);
        }
        let Some((end_line, end)) = self.heredoc_end(line, &self.text[name..name + length]) else {
            return self.token(Kind::Other(b'<'), start + 1);
        };
        if end_line == line {
            return self.token(Kind::EmptyHeredoc, end);
        }
        self.modes.push(Mode::Heredoc(end_line, end));
        self.heredocs += 1;
        self.limit = end_line;
        self.token(Kind::HeredocOpen, line)
    }

    /// The first line after `from` that ends a heredoc of this name: its start and the name's end.
    fn heredoc_end(&mut self, from: usize, name: &str) -> Option<(usize, usize)> {
        let text = self.text;
        let lines = self.lines.get_or_insert_with(|| first_words(text));
        let found = lines.get(name)?;
        let next = found.partition_point(|&line| line < from);
        let line = *found.get(next).filter(|&&line| line < self.limit)?;
        let indent = self.bytes[line..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        Some((line, line + indent + name.len()))
    }

    fn in_heredoc_text(&mut self) -> Option<Token> {
        let mut at = self.at;
        loop {
            let rest = &self.bytes[at..self.limit];
            at += memchr::memchr2(b'$', b'%', rest).unwrap_or(rest.len());
            if at >= self.limit {
                self.at = self.limit;
                return self.leave_heredoc();
            }
            if self.hole_at(at) {
                self.at = at;
                self.modes.push(Mode::Hole);
                return Some(self.token(Kind::HoleOpen, at + 2));
            }
            at = (at + if self.escaped_marker_at(at) { 3 } else { 1 }).min(self.limit);
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        match self.modes.last() {
            Some(Mode::Quote) => return Some(self.in_quote()),
            Some(Mode::Heredoc(..)) => return self.in_heredoc_text(),
            _ => {}
        }
        while self.at < self.limit && matches!(self.bytes[self.at], b' ' | b'\t') {
            self.at += 1;
        }
        if self.at < self.limit {
            return Some(self.in_code());
        }
        // Code that runs over a heredoc's end: an unclosed hole.
        if self.heredocs > 0 { self.leave_heredoc() } else { None }
    }
}

/// Every line that starts with a word (after white space), under that word.
fn first_words(text: &str) -> HashMap<&str, Vec<usize>> {
    let mut words: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let rest = line.trim_start_matches([' ', '\t']);
        let length = rest.bytes().position(|b| !is_word(b)).unwrap_or(rest.len());
        if length > 0 {
            words.entry(&rest[..length]).or_default().push(start);
        }
        start += line.len();
    }
    words
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comments(text: &str) -> Vec<&str> {
        let tokens = Lexer::new(text).filter(|token| token.kind == Kind::Comment);
        tokens.map(|token| &text[token.range]).collect()
    }

    #[test]
    fn finds_comments_outside_of_strings_only() {
        let text = "# a\r\nx = \"# no ${f(\"//no\" /* b */)} // no\" // c\ny = <<E\n# no ${ # d\n 1}\nE\n/* e\n*/ z = 1 # f";
        assert_eq!(comments(text), ["# a", "/* b */", "// c", "# d", "/* e\n*/", "# f"]);
    }

    #[test]
    fn escaped_markers_open_nothing() {
        assert_eq!(
            comments("a = \"$${ # no\" # yes\nb = <<X\n%%{ # no\nX\n# too"),
            ["# yes", "# too"]
        );
    }

    #[test]
    fn an_unclosed_string_ends_with_its_line_and_a_heredoc_without_end_is_none() {
        assert_eq!(comments("a = \"x\n# yes\nb = <<EOT\n# too\n"), ["# yes", "# too"]);
    }
}
