//! JSON as Terraform writes and reads it.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, MAX_TEXT, Stop};
use crate::input::json;
use crate::input::tree::{NodeId, NodeKind, Style, Tree};
use crate::model::datum::{Datum, Json, Kind, List, Piece, Reason, Unknown};
use crate::model::number::Number;
use crate::model::terraform::conversion::{list_of, pieces, to_text, whole_text};
use std::fmt::Write as _;
use std::sync::Arc;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    let entry: Entry = match name {
        "jsonencode" => (&["val"], |arguments| Ok(document(arguments.values[0].clone()))),
        "jsondecode" => (&["str"], jsondecode),
        _ => return None,
    };
    Some(argument::run(name, entry, arguments))
}

fn document(document: Datum) -> Datum {
    Datum::new(Kind::Json(Arc::new(Json { text: None, document })))
}

fn jsondecode(arguments: &Arguments) -> Answer {
    let value = arguments.value(0)?;
    if let Kind::Json(json) = &value.kind {
        return Ok(json.document.clone());
    }
    let value = to_text(value).map_err(|_| arguments.wrong(0, "string required"))?;
    let Some(text) = whole_text(&value) else {
        return Err(value.gap().map_or(Stop::because(Reason::Limit), Stop::from));
    };
    let (tree, faults) = json::parse(&text, false);
    let wrong = text.starts_with('\u{feff}') || faults.iter().any(|fault| !fault.warning);
    match tree.documents.first() {
        Some(&root) if !wrong => Ok(read(&tree, &text, root)),
        _ if faults.iter().any(|fault| fault.message.contains("nested levels")) => {
            Err(Stop::because(Reason::Limit))
        }
        _ => Err(arguments.failed("the string is not valid JSON")),
    }
}

/// The value of a document, its depth limited by the parser.
fn read(tree: &Tree, text: &str, id: NodeId) -> Datum {
    match &tree.node(id).kind {
        NodeKind::Scalar(Style::Literal, token) => match token.get(text) {
            "null" => Datum::null(),
            "true" => Datum::bool(true),
            "false" => Datum::bool(false),
            digits => match Number::parse(digits) {
                Some(number) => Datum::new(Kind::Number(number)),
                None => Datum::unknown(Reason::Limit),
            },
        },
        NodeKind::Scalar(_, token) => Datum::text(token.get(text)),
        NodeKind::List { items, .. } => {
            Datum::list(items.iter().map(|&item| read(tree, text, item)).collect())
        }
        NodeKind::Map { entries, .. } => {
            let entry = |entry: &crate::input::tree::Entry| {
                (entry.key.get(text).into(), read(tree, text, entry.value))
            };
            Datum::map(entries.iter().map(entry).collect())
        }
        _ => Datum::unknown(Reason::Invalid),
    }
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
            Kind::Set(set) => self.list(&list_of(set)),
            Kind::Map(map) => {
                self.run.push('{');
                for (index, (key, item)) in map.entries.iter().enumerate() {
                    self.between(map.open, index);
                    self.quoted(key);
                    self.run.push(':');
                    self.value(item);
                }
                if map.open {
                    self.more();
                }
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
            self.more();
        } else if index > 0 {
            self.run.push(',');
        }
    }

    fn more(&mut self) {
        self.hole(Unknown { reason: Reason::Instances, symbol: None });
    }

    /// Nothing is said of what follows the last position that is known.
    fn list(&mut self, list: &List) {
        let fixed = list.open.map_or(list.items.len(), |open| open.min(list.items.len()));
        self.run.push('[');
        for (index, item) in list.items[..fixed].iter().enumerate() {
            self.between(false, index);
            self.value(item);
        }
        if list.open.is_some() {
            self.more();
        }
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
