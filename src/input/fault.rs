//! What a parser could not read in one text; knows neither the file's path nor its id.

use super::source::Span;

/// One fault in one text; the reader of the file makes a `Problem` of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, in bytes of the text.
    pub span: Span,
    /// A stable word for machines, such as `hcl-syntax`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// True when everything was analysed with the reading the message states; false when something
    /// was lost or the product itself would refuse the text.
    pub warning: bool,
}

impl Fault {
    /// A fault that cost something.
    pub fn error(span: Span, code: &'static str, message: impl Into<String>) -> Self {
        Self { span, code, message: message.into(), warning: false }
    }

    /// A fault with a stated reading.
    pub fn warning(span: Span, code: &'static str, message: impl Into<String>) -> Self {
        Self { span, code, message: message.into(), warning: true }
    }
}
