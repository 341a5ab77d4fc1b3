//! YAML (and JSON read as YAML) into the spanned tree. Most manifests keep to a part of YAML that
//! `scanner` reads at a multiple of the library's speed; `library` reads everything. Both make the
//! same tree of the same text.

mod builder;
pub mod library;
pub mod scanner;

use super::fault::Fault;
use super::source::Span;
use super::tree::Tree;

/// What became of a text.
#[derive(Debug, Default, PartialEq)]
pub struct Parsed {
    /// The documents that could be read.
    pub tree: Tree,
    /// What could not.
    pub faults: Vec<Fault>,
    /// Whether the text is a template to be rendered first (`{{ … }}` outside quotes).
    pub template: bool,
}

/// Parses a text of any number of documents. A document that cannot be parsed becomes a fault; the
/// others survive. Aliases stay references, so no input can blow the tree up.
pub fn parse(text: &str) -> Parsed {
    scanner::parse(text).unwrap_or_else(|| library::parse(text))
}

/// A block scalar from its indicator to the last byte of its content, which ends before `end`.
fn block_span(text: &str, indicator: usize, end: usize) -> Span {
    Span::new(indicator, text[..end].trim_end().len())
}
