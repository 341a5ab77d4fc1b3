//! Texts that may be known only in part, and what can still be said of them.

use super::fact::Truth;
use std::borrow::Cow;

/// A text, possibly with unknown parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Words<'a> {
    /// The whole text.
    Exact(Cow<'a, str>),
    /// Known pieces and holes (`None`), in order.
    Partial(Vec<Option<&'a str>>),
}

impl Words<'_> {
    /// Whether the whole text equals `other`.
    pub fn equals(&self, other: &str) -> Truth {
        match self {
            Words::Exact(text) => Truth::of(text == other),
            Words::Partial(pieces) => {
                let prefix = pieces.first().copied().flatten().unwrap_or("");
                let suffix = pieces.last().copied().flatten().unwrap_or("");
                let possible = other.len() >= prefix.len() + suffix.len()
                    && other.starts_with(prefix)
                    && other.ends_with(suffix)
                    && pieces.iter().flatten().all(|piece| other.contains(piece));
                if possible { Truth::Unknown } else { Truth::False }
            }
        }
    }

    /// Whether the text holds `other`.
    pub fn contains(&self, other: &str) -> Truth {
        match self {
            Words::Exact(text) => Truth::of(text.contains(other)),
            Words::Partial(pieces) => {
                let known = pieces.iter().flatten().any(|piece| piece.contains(other));
                if known { Truth::True } else { Truth::Unknown }
            }
        }
    }
}
