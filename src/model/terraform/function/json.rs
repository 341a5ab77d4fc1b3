//! JSON as Terraform writes it.

use super::Outcome;
use crate::model::datum::{Datum, Json, Kind, List, Piece, Reason, Unknown};
use crate::model::terraform::conversion::pieces;
use std::fmt::Write as _;
use std::sync::Arc;

/// More text than this is not written.
const MAX_TEXT: usize = 16 << 20;

/// `jsonencode` and `jsondecode`.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    match (name, arguments) {
        ("jsonencode", [value]) => Some(Ok(encoded(value.clone()))),
        _ => None,
    }
}

fn encoded(document: Datum) -> Datum {
    Datum::new(Kind::Json(Arc::new(Json { text: None, document })))
}

/// The text that `jsonencode` gives, with holes for what cannot be told.
pub fn encode(document: &Datum) -> Vec<Piece> {
    let mut writer = Writer { pieces: Vec::new(), run: String::new(), size: 0 };
    writer.value(document);
    if writer.size + writer.run.len() > MAX_TEXT {
        return vec![Piece::Hole(Unknown { reason: Reason::Limit, symbol: None })];
    }
    writer.flush();
    writer.pieces
}

struct Writer {
    pieces: Vec<Piece>,
    run: String,
    /// Of the texts in `pieces`.
    size: usize,
}

impl Writer {
    fn flush(&mut self) {
        if !self.run.is_empty() {
            self.size += self.run.len();
            self.pieces.push(Piece::Text(std::mem::take(&mut self.run).into()));
        }
    }

    /// Holes that touch are one: nothing depends on where one ends.
    fn hole(&mut self, unknown: Unknown) {
        self.flush();
        if let Some(Piece::Hole(last)) = self.pieces.last_mut() {
            last.symbol = None;
        } else {
            self.pieces.push(Piece::Hole(unknown));
        }
    }

    fn value(&mut self, value: &Datum) {
        if self.size + self.run.len() > MAX_TEXT {
            return;
        }
        match &value.kind {
            Kind::Null => self.run.push_str("null"),
            Kind::Bool(value) => self.run.push_str(if *value { "true" } else { "false" }),
            Kind::Number(number) => {
                let _ = write!(self.run, "{number}");
            }
            Kind::Text(text) => self.quoted(text),
            Kind::Partial(_) | Kind::Json(_) => {
                self.run.push('"');
                for piece in pieces(value).unwrap_or_default().iter() {
                    match piece {
                        Piece::Text(text) => self.escaped(text),
                        // Its characters are escaped here, so this is another text.
                        Piece::Hole(hole) => {
                            self.hole(Unknown { reason: hole.reason, symbol: None });
                        }
                    }
                }
                self.run.push('"');
            }
            Kind::List(list) => self.list(list),
            Kind::Set(set) => self.set(set),
            Kind::Map(map) => {
                self.run.push('{');
                for (index, (key, item)) in map.entries.iter().enumerate() {
                    self.between(map.open, index);
                    self.quoted(key);
                    self.run.push(':');
                    self.value(item);
                }
                self.end(map.open);
                self.run.push('}');
            }
            Kind::Instance(_) | Kind::Unknown(_) => {
                let reason = value.gap().map_or(Reason::Computed, |gap| gap.reason);
                self.hole(Unknown { reason, symbol: None });
            }
        }
    }

    fn between(&mut self, open: bool, index: usize) {
        if open {
            self.end(true);
        } else if index > 0 {
            self.run.push(',');
        }
    }

    fn end(&mut self, open: bool) {
        if open {
            self.hole(Unknown { reason: Reason::Instances, symbol: None });
        }
    }

    fn list(&mut self, list: &List) {
        let fixed = list.open.unwrap_or(list.items.len());
        self.run.push('[');
        for (index, item) in list.items.iter().enumerate() {
            self.between(index >= fixed, index);
            self.value(item);
        }
        self.end(list.open.is_some());
        self.run.push(']');
    }

    /// Where a member cannot be told, it may stand anywhere.
    fn set(&mut self, set: &List) {
        let certain = set.items.len() < 2 || set.items.iter().all(Datum::is_known);
        let doubt = set.open.is_some() || !certain;
        self.run.push('[');
        let items = set.items.iter().filter(|item| !doubt || item.is_known());
        for (index, item) in items.enumerate() {
            self.between(doubt, index);
            self.value(item);
        }
        self.end(doubt);
        self.run.push(']');
    }

    fn quoted(&mut self, text: &str) {
        self.run.push('"');
        self.escaped(text);
        self.run.push('"');
    }

    fn escaped(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '"' => self.run.push_str("\\\""),
                '\\' => self.run.push_str("\\\\"),
                '\n' => self.run.push_str("\\n"),
                '\r' => self.run.push_str("\\r"),
                '\t' => self.run.push_str("\\t"),
                '\u{8}' => self.run.push_str("\\b"),
                '\u{c}' => self.run.push_str("\\f"),
                '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    let _ = write!(self.run, "\\u{:04x}", letter as u32);
                }
                _ => self.run.push(letter),
            }
        }
    }
}
