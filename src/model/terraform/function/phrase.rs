//! Texts that are known in part, and what can be said of them whatever their holes hold.

use super::argument::{Answer, MAX_TEXT, Stop};
use crate::model::datum::{Datum, Kind, Piece, Reason, Unknown};
use crate::model::terraform::conversion::pieces;
use std::sync::Arc;

/// Parts of a text, in order.
#[derive(Clone, Debug, Default)]
pub struct Phrase {
    /// No two neighbours are both known; no known one is empty.
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Hole(Unknown),
}

impl Phrase {
    /// A value that is a text already: known, with holes, or unknown.
    pub fn of(value: &Datum) -> Option<Self> {
        let mut phrase = Self::default();
        if let Kind::Unknown(unknown) = &value.kind {
            phrase.push_hole(unknown.clone());
        } else {
            phrase.push_pieces(&pieces(value)?);
        }
        Some(phrase)
    }

    /// Adds pieces of a text.
    pub fn push_pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.push_text(text),
                Piece::Hole(hole) => self.push_hole(hole.clone()),
            }
        }
    }

    /// Adds known characters.
    pub fn push_text(&mut self, text: &str) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    /// Adds unknown characters.
    pub fn push_hole(&mut self, hole: Unknown) {
        self.parts.push(Part::Hole(hole));
    }

    /// Adds another phrase.
    pub fn extend(&mut self, other: &Self) {
        for part in &other.parts {
            match part {
                Part::Text(text) => self.push_text(text),
                Part::Hole(hole) => self.push_hole(hole.clone()),
            }
        }
    }

    /// How much is known of it, and how many holes there are.
    pub fn size(&self) -> usize {
        let size = |part: &Part| match part {
            Part::Text(text) => text.len(),
            Part::Hole(_) => 1,
        };
        self.parts.iter().map(size).sum()
    }

    /// The first hole.
    pub fn hole(&self) -> Option<&Unknown> {
        self.parts.iter().find_map(|part| match part {
            Part::Hole(hole) => Some(hole),
            Part::Text(_) => None,
        })
    }

    /// The text, if no part of it is unknown.
    pub fn known(&self) -> Result<Arc<str>, Stop> {
        match self.hole() {
            Some(hole) => Err(hole.clone().into()),
            None => Ok(self.head().into()),
        }
    }

    /// The text as a value.
    pub fn into_datum(mut self) -> Answer {
        if self.size() > MAX_TEXT {
            return Err(Stop::because(Reason::Limit));
        }
        if self.parts.len() > 1 {
            let piece = |part| match part {
                Part::Text(text) => Piece::Text(text.into()),
                Part::Hole(hole) => Piece::Hole(hole),
            };
            let pieces: Arc<[Piece]> = self.parts.into_iter().map(piece).collect();
            return Ok(Datum::new(Kind::Partial(pieces)));
        }
        Ok(match self.parts.pop() {
            None => Datum::text(""),
            Some(Part::Text(text)) => Datum::text(text),
            Some(Part::Hole(hole)) => hole.into(),
        })
    }

    /// The known characters that the text begins with.
    pub fn head(&self) -> &str {
        known(self.parts.first())
    }

    /// The known characters that the text ends with.
    pub fn tail(&self) -> &str {
        known(self.parts.last())
    }

    /// All stretches of known characters.
    pub fn known_parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| known(Some(part)))
    }

    /// The known characters up to the first hole, and that hole.
    pub fn opening(&self) -> Self {
        let mut phrase = Self::default();
        phrase.push_text(self.head());
        if let Some(hole) = self.hole() {
            phrase.push_hole(anonymous(hole));
        }
        phrase
    }

    /// Without `count` bytes of the known characters that it begins with.
    pub fn drop_head(mut self, count: usize) -> Self {
        if let Some(Part::Text(text)) = self.parts.first_mut() {
            text.drain(..count);
            if text.is_empty() {
                self.parts.remove(0);
            }
        }
        self
    }

    /// Without `count` bytes of the known characters that it ends with.
    pub fn drop_tail(mut self, count: usize) -> Self {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            text.truncate(text.len() - count);
            if text.is_empty() {
                self.parts.pop();
            }
        }
        self
    }

    /// The phrase with its known characters changed one by one. Holes lose what they are.
    pub fn map(&self, change: impl Fn(&str) -> String) -> Self {
        let mut phrase = Self::default();
        for part in &self.parts {
            match part {
                Part::Text(text) => phrase.push_text(&change(text)),
                Part::Hole(hole) => phrase.push_hole(anonymous(hole)),
            }
        }
        phrase
    }

    /// Without the characters at its beginning that `cut` says. What stands behind a hole at the
    /// beginning may be cut with it.
    pub fn trim_start(self, cut: impl Fn(char) -> bool) -> Self {
        let mut edge = None;
        let mut parts = self.parts.into_iter();
        let mut phrase = Self::default();
        for part in parts.by_ref() {
            match part {
                Part::Hole(hole) => edge = edge.or(Some(anonymous(&hole))),
                Part::Text(text) => {
                    let rest = text.trim_start_matches(&cut);
                    if rest.is_empty() {
                        continue;
                    }
                    phrase.parts.extend(edge.take().map(Part::Hole));
                    phrase.push_text(rest);
                    break;
                }
            }
        }
        phrase.parts.extend(edge.map(Part::Hole));
        phrase.parts.extend(parts);
        phrase
    }

    /// Without the characters at its end that `cut` says.
    pub fn trim_end(self, cut: impl Fn(char) -> bool) -> Self {
        let mut edge = None;
        let mut parts = self.parts;
        while let Some(part) = parts.pop() {
            match part {
                Part::Hole(hole) => edge = Some(anonymous(&hole)),
                Part::Text(text) => {
                    let rest = text.trim_end_matches(&cut);
                    if !rest.is_empty() {
                        parts.push(Part::Text(rest.to_owned()));
                        break;
                    }
                }
            }
        }
        parts.extend(edge.map(Part::Hole));
        Self { parts }
    }

    /// What stands between the separators: those outside holes, each of which is certain, while a
    /// hole may hold any number of further ones. None if one may be partly in a hole.
    pub fn split(&self, separator: &str) -> Option<Vec<Phrase>> {
        let mut stretches = vec![Phrase::default()];
        for (place, part) in self.parts.iter().enumerate() {
            let text = match part {
                Part::Hole(hole) => {
                    stretches.last_mut()?.push_hole(hole.clone());
                    continue;
                }
                Part::Text(text) => text,
            };
            let (before, after) = (place > 0, place + 1 < self.parts.len());
            if straddles(text, separator, before, after) {
                return None;
            }
            for (count, part) in text.split(separator).enumerate() {
                if count > 0 {
                    stretches.push(Phrase::default());
                }
                stretches.last_mut()?.push_text(part);
            }
        }
        Some(stretches)
    }
}

/// Whether an occurrence of `word` may begin in a hole before the text and end in it or behind it,
/// or begin in the text and end in a hole after it.
fn straddles(text: &str, word: &str, before: bool, after: bool) -> bool {
    let cuts = || (1..word.len()).filter(|&cut| word.is_char_boundary(cut));
    let at_start = || cuts().any(|cut| text.starts_with(&word[cut..]));
    let at_end = || cuts().any(|cut| text.ends_with(&word[..cut]));
    let inside = || text.len() < word.len() && word.contains(text);
    before && at_start() || after && at_end() || before && after && inside()
}

/// A hole that is no longer the attribute it was.
pub fn anonymous(hole: &Unknown) -> Unknown {
    Unknown { reason: hole.reason, symbol: None }
}

fn known(part: Option<&Part>) -> &str {
    match part {
        Some(Part::Text(text)) => text,
        _ => "",
    }
}
