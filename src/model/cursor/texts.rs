//! Leaves as rules read them: scalars, texts with unknown parts, labels, source text.

use super::{At, Cursor};
use crate::input::scalar::Scalar;
use crate::input::tree::{NodeKind, Part};
use crate::model::datum::{Datum, Kind, Piece};
use crate::model::fact::Fact;
use crate::model::value::Value;
use crate::model::words::Words;
use std::borrow::Cow;

impl<'a> Cursor<'a> {
    /// The scalar here. A text with unknown parts, and anything that is no scalar, is unknown.
    pub fn scalar(&self) -> Fact<Scalar<'a>> {
        match self.at {
            At::Absent(place, _) => Fact::Absent(place),
            At::Unknown(place) => Fact::Unknown(place),
            At::Value(value) => match value {
                Value::Text(text, place) => Fact::Known(Scalar::Text(Cow::Borrowed(text)), *place),
                Value::Int(number, place) => Fact::Known(Scalar::Int(*number), *place),
                Value::Bool(truth, place) => Fact::Known(Scalar::Bool(*truth), *place),
                _ => Fact::Unknown(self.place()),
            },
            At::Body(..) | At::Made(..) => Fact::Unknown(self.place()),
            At::Datum(datum) => match &datum.kind {
                Kind::Null => Fact::Absent(self.header()),
                Kind::Bool(truth) => Fact::Known(Scalar::Bool(*truth), self.place()),
                Kind::Number(number) => {
                    let scalar = match number.to_i64() {
                        Some(int) => Scalar::Int(int),
                        None => Scalar::Float(number.to_f64()),
                    };
                    Fact::Known(scalar, self.place())
                }
                Kind::Text(text) => Fact::Known(Scalar::Text(Cow::Borrowed(text)), self.place()),
                Kind::Json(json) => match &json.text {
                    Some(text) => Fact::Known(Scalar::Text(Cow::Borrowed(text)), self.place()),
                    None => Fact::Unknown(self.place()),
                },
                _ => Fact::Unknown(self.place()),
            },
            At::Node(node) => match self.kind(node) {
                NodeKind::Scalar(style, text) => {
                    match Scalar::read(*style, self.file(node).text(text)) {
                        Scalar::Null => Fact::Absent(self.header()),
                        scalar => Fact::Known(scalar, self.place()),
                    }
                }
                _ => Fact::Unknown(self.place()),
            },
        }
    }

    /// The text here, with whatever parts are known. Of an ARN that the provider computes the
    /// beginning is (AWS General Reference, "Amazon Resource Names").
    pub fn words(&self) -> Fact<Words<'a>> {
        if let At::Node(node) = self.at {
            let file = self.file(node);
            match self.kind(node) {
                NodeKind::Template(parts) => {
                    let pieces = parts.iter().map(|part| match part {
                        Part::Literal(text) => Some(file.text(text)),
                        Part::Hole(..) => None,
                    });
                    return Fact::Known(Words::Partial(pieces.collect()), self.place());
                }
                NodeKind::Scalar(_, text) => {
                    return match self.scalar() {
                        Fact::Known(_, place) => {
                            Fact::Known(Words::Exact(Cow::Borrowed(file.text(text))), place)
                        }
                        Fact::Absent(place) => Fact::Absent(place),
                        Fact::Unknown(place) => Fact::Unknown(place),
                    };
                }
                _ => {}
            }
        }
        if let At::Datum(Datum { kind: Kind::Partial(pieces), .. }) = self.at {
            let pieces = pieces.iter().map(|piece| match piece {
                Piece::Text(text) => Some(&**text),
                Piece::Hole(_) => None,
            });
            return Fact::Known(Words::Partial(pieces.collect()), self.place());
        }
        if self.is_arn() {
            return Fact::Known(Words::Partial(vec![Some("arn:"), None]), self.place());
        }
        self.scalar().map(|scalar| Words::Exact(Cow::Owned(scalar.canonical().into_owned())))
    }

    /// The whole text, where it is known.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self.words() {
            Fact::Known(Words::Exact(text), _) => Some(text),
            _ => None,
        }
    }

    /// The labels of an HCL block.
    pub fn labels(&self) -> Vec<&'a str> {
        match self.at {
            At::Node(node) | At::Body(node, _) => match self.kind(node) {
                NodeKind::Map { labels, .. } => {
                    labels.iter().map(|(label, _)| self.file(node).text(label)).collect()
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The source text of what the cursor stands on; empty where nothing is written.
    pub fn source_text(&self) -> &'a str {
        match self.node_ref() {
            Some(node) => self.file(node).source.slice(self.span(node)),
            None => "",
        }
    }
}
