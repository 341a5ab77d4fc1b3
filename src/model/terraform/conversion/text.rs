//! Texts of all kinds as pieces, and pieces as texts.

use crate::model::datum::{Datum, Kind, Piece, Unknown};
use crate::model::terraform::function::json;
use std::borrow::Cow;
use std::sync::Arc;

/// The pieces of a text, with JSON documents written out; none if the value is no text.
pub fn pieces(value: &Datum) -> Option<Cow<'_, [Piece]>> {
    match &value.kind {
        Kind::Text(text) => Some(Cow::Owned(vec![Piece::Text(text.clone())])),
        Kind::Partial(pieces) => Some(Cow::Borrowed(pieces)),
        Kind::Json(json) => Some(Cow::Owned(match (&json.text, json.document.gap()) {
            (Some(text), _) => vec![Piece::Text(text.clone())],
            (None, None) => json::encode(&json.document),
            // A template may have written it in its own way.
            (None, Some(gap)) => {
                vec![Piece::Hole(Unknown { reason: gap.reason, symbol: None })]
            }
        })),
        _ => None,
    }
}

/// The whole text, if the value is one that is known.
pub fn whole_text(value: &Datum) -> Option<Arc<str>> {
    if let Kind::Text(text) = &value.kind {
        return Some(text.clone());
    }
    match &*pieces(value)? {
        [] => Some("".into()),
        [Piece::Text(text)] => Some(text.clone()),
        _ => None,
    }
}

/// The text that pieces make.
pub fn text_of(pieces: impl IntoIterator<Item = Piece>) -> Datum {
    let mut joined: Vec<Piece> = Vec::new();
    let mut run = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => run.push_str(&text),
            hole @ Piece::Hole(_) => {
                if !run.is_empty() {
                    joined.push(Piece::Text(std::mem::take(&mut run).into()));
                }
                joined.push(hole);
            }
        }
    }
    if joined.is_empty() {
        return Datum::text(run);
    }
    if !run.is_empty() {
        joined.push(Piece::Text(run.into()));
    }
    Datum::new(Kind::Partial(joined.into()))
}
