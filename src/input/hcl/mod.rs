//! HCL (`.tf`, `.tofu`, `.tfvars`, `.hcl`) into the spanned tree: one map for the file, blocks
//! grouped under their keyword. Knows the language, not what Terraform does with it.

mod convert;
mod lexer;
mod literal;
mod operation;
mod repair;
mod scanner;
mod strings;
mod survey;
#[cfg(test)]
mod tests;

use std::ops::Range;

use hcl_edit::parser::{Error, parse_body};
use hcl_edit::structure::Body as HclBody;

use super::decoded::Decoded;
use super::fault::Fault;
use super::source::Span;
use super::tree::{Comment, NodeKind, Tree};
use convert::{Body, Converter};

pub use strings::{string, template};

/// Parses a text as HCL.
///
/// The tree always has one document, a map. Attributes are its entries; all blocks of one keyword
/// at one level are *one* entry whose value is a `List { blocks: true }` of maps. Where an
/// attribute and blocks share a name, both entries are kept. An object's entry whose key is not
/// known (an expression) has the empty key and an `Expression` value: that map is open. Where the
/// text is no HCL, the other top-level blocks survive; each lost piece is one fault.
pub fn parse(text: &str) -> (Tree, Vec<Fault>) {
    scan(text).map_or_else(|| read(text), |tree| (tree, Vec::new()))
}

/// Parses a text with the scanner alone: to what `read` makes of it, or to nothing.
pub fn scan(text: &str) -> Option<Tree> {
    let base = base(text);
    let (mut tree, root) = scanner::parse(&text[base..], base)?;
    finish(&mut tree, root, base, text);
    Some(tree)
}

/// Parses a text with the library alone, piece by piece where it has to be.
pub fn read(text: &str) -> (Tree, Vec<Fault>) {
    let mut tree = Tree::default();
    let mut faults = Vec::new();
    let base = base(text);
    let content = &text[base..];
    let mut root = Body::default();
    let sound = survey::survey(content).sound();
    let whole = if sound { parse_body(content).ok() } else { None };
    if let Some(body) = whole {
        let text = Decoded::verbatim(content, base);
        let mut converter = Converter { text: &text, tree: &mut tree, empty_heredocs: &[] };
        converter.body(&mut root, &body);
    } else {
        let mut recovery = Recovery { content, base, tree: &mut tree, faults: &mut faults };
        recovery.run(&mut root);
    }
    finish(&mut tree, root, base, text);
    (tree, faults)
}

/// How many bytes a byte order mark takes.
fn base(text: &str) -> usize {
    if text.starts_with('\u{feff}') { 3 } else { 0 }
}

/// Adds the file's node.
fn finish(tree: &mut Tree, root: Body, base: usize, text: &str) {
    let span = Span::new(base, text.len());
    let entries = root.finish(tree);
    let header = entries.first().map_or(Span::new(base, base), |entry| entry.key_span);
    let kind = NodeKind::map(entries);
    let id = tree.push(kind, span, header);
    tree.adopt(id);
    tree.documents.push(id);
}

/// Parses a text as a template: one document, a text or template, or none where it is not valid.
pub fn parse_template(text: &str) -> (Tree, Vec<Fault>) {
    let mut tree = Tree::default();
    let base = base(text);
    let content = Decoded::verbatim(&text[base..], base);
    let span = Span::new(base, text.len());
    let mut faults = Vec::new();
    if let Some(root) = template(&mut tree, &content, span, Span::new(base, base)) {
        tree.documents.push(root);
    } else {
        let message = "This is not a valid template.".to_owned();
        faults.push(Fault::error(Span::new(base, base), "hcl-template", message));
    }
    (tree, faults)
}

/// The comments of a text, in order. The tree has none: only few texts are asked for them.
pub fn comments(text: &str) -> Vec<Comment> {
    let base = base(text);
    let comment =
        |range: Range<usize>| Comment { span: Span::new(base + range.start, base + range.end) };
    survey::survey(&text[base..]).comments.into_iter().map(comment).collect()
}

/// Parses a text that is not HCL as a whole piece by piece.
struct Recovery<'a> {
    content: &'a str,
    base: usize,
    tree: &'a mut Tree,
    faults: &'a mut Vec<Fault>,
}

impl Recovery<'_> {
    fn run(&mut self, root: &mut Body) {
        for piece in survey::pieces(self.content, 0..self.content.len(), false) {
            let Err(fault) = self.piece(root, piece.clone()) else {
                continue;
            };
            let smaller = survey::pieces(self.content, piece, true);
            if smaller.len() == 1 {
                self.faults.push(fault);
                continue;
            }
            for piece in smaller {
                if let Err(fault) = self.piece(root, piece) {
                    self.faults.push(fault);
                }
            }
        }
    }

    fn piece(&mut self, root: &mut Body, piece: Range<usize>) -> Result<(), Fault> {
        let text = &self.content[piece.clone()];
        let base = self.base + piece.start;
        let survey = survey::survey(text);
        let limits = [
            (survey.crowded, "This object has too many entries to be analysed."),
            (survey.tangled, "Operators and brackets are too deep inside each other here."),
        ];
        for (at, message) in limits {
            if let Some(at) = at {
                let span = Span::new(base + at, base + at + 1);
                return Err(Fault::error(span, "hcl-limit", message));
            }
        }
        if !survey.empty_heredoc
            && let Ok(body) = parse_body(text)
        {
            self.convert(root, &body, &Decoded::verbatim(text, base), &[]);
            return Ok(());
        }
        let repaired = repair::repair(text, base);
        match parse_body(repaired.as_ref().map_or(text, |repaired| &repaired.text)) {
            Ok(body) => {
                let repaired = repaired.unwrap_or_default();
                let decoded = Decoded::verbatim(repaired.text, base);
                self.convert(root, &body, &decoded, &repaired.empty_heredocs);
                self.faults.extend(repaired.faults);
                Ok(())
            }
            Err(error) => Err(fault(&error, text, base)),
        }
    }

    fn convert(&mut self, root: &mut Body, body: &HclBody, text: &Decoded, empty: &[Range<usize>]) {
        let mut converter = Converter { text, tree: self.tree, empty_heredocs: empty };
        converter.body(root, body);
    }
}

/// The parser's error as a fault: at the word where it stopped.
fn fault(error: &Error, text: &str, base: usize) -> Fault {
    let mut start = error.location().offset().min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let rest = &text[start..];
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
    let length = match word.unwrap_or(rest.len()) {
        0 => rest.chars().next().filter(|c| !matches!(c, '\r' | '\n')).map_or(0, char::len_utf8),
        length => length,
    };
    let message = format!("This is not valid HCL: {}.", error.message());
    Fault::error(Span::new(base + start, base + start + length), "hcl-syntax", message)
}
