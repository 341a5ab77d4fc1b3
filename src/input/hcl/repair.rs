//! Blanks out, byte for byte, what the parser rejects although Terraform accepts it (or what can be
//! left out with a stated reading): repeated keys, line breaks inside `for` expressions, heredocs
//! without lines.

use std::collections::HashMap;
use std::ops::Range;

use super::super::fault::Fault;
use super::super::source::Span;
use super::lexer::{Kind, Lexer, Token};

/// A text of the same length that the parser may take, and what had to be said.
#[derive(Debug, Default)]
pub struct Repaired {
    /// The text; every byte that was not blanked stands where it stood.
    pub text: String,
    /// Repeated keys, at `base` plus their offset.
    pub faults: Vec<Fault>,
    /// Heredocs without lines: quotes around spaces stand in their place.
    pub empty_heredocs: Vec<Range<usize>>,
}

/// Repairs a text; `None` when there is nothing to repair.
pub fn repair(text: &str, base: usize) -> Option<Repaired> {
    let mut search = Search::new(text, base);
    for token in Lexer::new(text) {
        search.token(&token);
    }
    search.leave(text.len());
    if search.blanks.is_empty() && search.empty_heredocs.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for (range, breaks) in search.blanks {
        for byte in &mut bytes[range] {
            if breaks || !matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
    }
    for range in &search.empty_heredocs {
        bytes[range.clone()].fill(b' ');
        bytes[range.start] = b'"';
        bytes[range.end - 1] = b'"';
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(Repaired { text, faults: search.faults, empty_heredocs: search.empty_heredocs })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Body,
    Object,
    For,
    Other,
}

/// An open bracket, hole or string, or the file.
struct Frame<'t> {
    level: Level,
    /// Each key's last statement or item.
    keys: HashMap<&'t str, Range<usize>>,
    /// A key that may be followed by `=` or `:`.
    key: Option<Range<usize>>,
    /// The key of the statement or item that is being read, and where that started.
    item: Option<Range<usize>>,
    /// Whether a key may come next.
    fresh: bool,
}

impl Frame<'_> {
    fn new(level: Level) -> Self {
        Self { level, keys: HashMap::new(), key: None, item: None, fresh: true }
    }
}

struct Search<'t> {
    text: &'t str,
    base: usize,
    frames: Vec<Frame<'t>>,
    before: Kind,
    /// Bytes to blank, and whether their line ends go too.
    blanks: Vec<(Range<usize>, bool)>,
    empty_heredocs: Vec<Range<usize>>,
    faults: Vec<Fault>,
}

impl<'t> Search<'t> {
    fn new(text: &'t str, base: usize) -> Self {
        Self {
            text,
            base,
            frames: vec![Frame::new(Level::Body)],
            before: Kind::Newline,
            blanks: Vec::new(),
            empty_heredocs: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn token(&mut self, token: &Token) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let level = frame.level;
        let range = token.range.clone();
        match token.kind {
            Kind::Comment => {
                if level == Level::For {
                    self.blanks.push((range, true));
                } else if self.text[range.clone()].starts_with(['#'])
                    || self.text[range.clone()].starts_with("//")
                {
                    self.end_item(range.start, range.start);
                }
                return;
            }
            Kind::Newline => {
                if level == Level::For {
                    self.blanks.push((range, true));
                    return;
                }
                self.end_item(range.start, range.start);
            }
            Kind::Other(b',') if level == Level::Object => self.end_item(range.start, range.end),
            Kind::Open(bracket) => {
                let level = match bracket {
                    b'{' if level == Level::Body
                        && matches!(self.before, Kind::Word | Kind::String) =>
                    {
                        Level::Body
                    }
                    b'{' => Level::Object,
                    _ => Level::Other,
                };
                frame.fresh = false;
                self.frames.push(Frame::new(level));
            }
            Kind::QuoteOpen | Kind::HeredocOpen | Kind::HoleOpen => {
                frame.fresh = false;
                self.frames.push(Frame::new(Level::Other));
            }
            Kind::Close(_) | Kind::QuoteClose | Kind::HeredocClose | Kind::HoleClose => {
                self.leave(range.start);
            }
            Kind::Word | Kind::String => self.word(token),
            Kind::Other(b'=' | b':') => {
                let follows = self.text.as_bytes().get(range.end);
                if frame.item.is_none() && follows != Some(&b'=') {
                    frame.item = frame.key.take();
                }
            }
            Kind::EmptyHeredoc => self.empty_heredocs.push(range),
            Kind::Other(_) => {
                frame.key = None;
                frame.fresh = false;
            }
        }
        // Line breaks after a bracket do not count: `for` may stand on the next line.
        if token.kind != Kind::Newline || !matches!(self.before, Kind::Open(_)) {
            self.before = token.kind;
        }
    }

    fn word(&mut self, token: &Token) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let bracket = matches!(self.before, Kind::Open(b'{' | b'['));
        let word = &self.text[token.range.clone()];
        if frame.fresh && bracket && word == "for" && frame.level != Level::Body {
            frame.level = Level::For;
        }
        let may_be_key = match frame.level {
            Level::Body => token.kind == Kind::Word,
            Level::Object => true,
            Level::For | Level::Other => false,
        };
        frame.key = (frame.fresh && may_be_key).then(|| token.range.clone());
        frame.fresh = false;
    }

    /// Ends the innermost statement or item at `end`; `blank_end` includes its separator.
    fn end_item(&mut self, end: usize, blank_end: usize) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        frame.fresh = true;
        frame.key = None;
        let Some(key) = frame.item.take() else { return };
        let text: &'t str = self.text;
        let name = &text[key.clone()];
        let Some(earlier) = frame.keys.insert(name, key.start..blank_end.max(end)) else {
            return;
        };
        self.blanks.push((earlier, false));
        let span = Span::new(self.base + key.start, self.base + key.end);
        let name: String = name.trim_matches('"').chars().filter(|c| !c.is_control()).collect();
        self.faults.push(if frame.level == Level::Body {
            let message = format!(
                "`{name}` is set twice in the same block; the last one was read, Terraform accepts neither."
            );
            Fault::error(span, "duplicate-key", message)
        } else {
            let message = format!("`{name}` occurs twice in the same object; the last one counts.");
            Fault::warning(span, "duplicate-key", message)
        });
    }

    fn leave(&mut self, at: usize) {
        self.end_item(at, at);
        if self.frames.len() > 1 {
            self.frames.pop();
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.fresh = false;
        }
    }
}
