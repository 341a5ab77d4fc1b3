//! HCL strings, heredocs and templates as nodes, and the JSON documents inside them.

use std::ops::Range;

use hcl_edit::parser::parse_template;
use hcl_edit::template::{Directive, Element, HeredocTemplate, StringTemplate, Template};

use super::super::decoded::Decoded;
use super::super::json_parser;
use super::super::source::Span;
use super::super::tree::{NodeId, NodeKind, Part, Style, Text, Tree};
use super::convert::{Converter, range};
use super::literal::{Writing, common_indent, decode, looks_like_json};

/// Adds a node for a string that Terraform reads as a template, such as every string of a
/// `.tf.json` file. `text` is the unescaped string; `span` the bytes to replace, quotes included.
/// `None` where the template is not valid.
pub fn template(tree: &mut Tree, text: &Decoded, span: Span, header: Span) -> Option<NodeId> {
    let whole = 0..text.text.len();
    if !text.text.contains("${") && !text.text.contains("%{") {
        let id = tree.push(NodeKind::Scalar(Style::Quoted, text.slice(whole)), span, header);
        if looks_like_json(&text.text) {
            embed(tree, id, text);
        }
        return Some(id);
    }
    let template = parse_template(&text.text).ok()?;
    let mut converter = Converter { text, tree, empty_heredocs: &[] };
    Some(match template.as_single_element() {
        Some(Element::Interpolation(only)) => converter.expression(&only.expr, header),
        _ => converter.template(&template, Writing::Lines(0), whole, span, header),
    })
}

/// Parses the JSON document that `text` may be and hangs it into the node of its string.
fn embed(tree: &mut Tree, string: NodeId, text: &Decoded) {
    let header = tree.node(string).header;
    if let Some(root) = json_parser::embedded(tree, text, header) {
        tree.node_mut(root).parent = string;
        tree.node_mut(string).embedded = Some(root);
    }
}

impl Converter<'_, '_> {
    /// A quoted string without interpolation.
    pub(super) fn string(&mut self, at: Range<usize>, value: &str, header: Span) -> NodeId {
        let span = self.text.span(at.clone());
        if self.empty_heredocs.binary_search_by_key(&at.start, |heredoc| heredoc.start).is_ok() {
            let kind = NodeKind::Scalar(Style::Quoted, Text::Decoded("".into()));
            return self.tree.push(kind, span, header);
        }
        let text = self.quoted(at.clone(), value);
        let id = self.tree.push(NodeKind::Scalar(Style::Quoted, text), span, header);
        if looks_like_json(value) {
            let mut document = Decoded::empty();
            let inner = at.start + 1..at.end - 1;
            decode(Writing::Quoted, self.text, inner, &mut true, &mut document);
            embed(self.tree, id, &document);
        }
        id
    }

    /// A quoted string with interpolations; one that is nothing else is its expression.
    pub(super) fn string_template(&mut self, template: &StringTemplate, header: Span) -> NodeId {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.expression(&only.expr, header);
        }
        let at = range(template);
        let inner = at.start + 1..at.end.saturating_sub(1).max(at.start + 1);
        self.template(template, Writing::Quoted, inner, self.text.span(at), header)
    }

    /// A heredoc.
    pub(super) fn heredoc(&mut self, heredoc: &HeredocTemplate, header: Span) -> NodeId {
        let span = self.span(heredoc);
        let template = &heredoc.template;
        let at = range(heredoc);
        let text: &str = &self.text.text;
        let indent = if text[at].starts_with("<<-") {
            common_indent(template.iter().map(|element| match element {
                Element::Literal(literal) => text.get(range(literal)),
                _ => None,
            }))
        } else {
            0
        };
        self.template(template, Writing::Lines(indent), range(template), span, header)
    }

    fn template(
        &mut self,
        template: &Template,
        writing: Writing,
        inner: Range<usize>,
        span: Span,
        header: Span,
    ) -> NodeId {
        let elements: Vec<&Element> = template.iter().collect();
        let json = looks_like_json(&self.text.text[inner]);
        let mut document = Decoded::empty();
        let mut parts = Vec::with_capacity(elements.len());
        let mut line_start = true;
        for (index, element) in elements.iter().enumerate() {
            let at = range(*element);
            match element {
                Element::Literal(literal) => {
                    let mut decoded = Decoded::empty();
                    if json || matches!(writing, Writing::Lines(_)) {
                        decode(writing, self.text, at, &mut line_start, &mut decoded);
                        document.push_run(&decoded, 0..decoded.text.len());
                    } else if self.text.text[at.clone()] == **literal.value() {
                        decoded.push_run(self.text, at);
                    } else {
                        decoded.push_escape(self.text, at, literal.value());
                    }
                    let left =
                        index.checked_sub(1).is_some_and(|before| strips(elements[before]).1);
                    let right = elements.get(index + 1).is_some_and(|after| strips(after).0);
                    let kept = trimmed(&decoded.text, left, right);
                    if !kept.is_empty() {
                        parts.push(Part::Literal(decoded.slice(kept)));
                    }
                }
                Element::Interpolation(interpolation) => {
                    let span = self.text.span(at);
                    let node = self.expression(&interpolation.expr, header);
                    document.push_hole(span, Some(self.span(&interpolation.expr)));
                    parts.push(Part::Hole(span, Some(node)));
                    line_start = false;
                }
                Element::Directive(_) => {
                    let span = self.text.span(at);
                    document.push_hole(span, None);
                    parts.push(Part::Hole(span, None));
                    line_start = false;
                }
            }
        }
        let known = parts.iter().all(|part| matches!(part, Part::Literal(_)));
        let id = if known && parts.len() <= 1 {
            let text = match parts.pop() {
                Some(Part::Literal(text)) => text,
                _ => Text::Decoded("".into()),
            };
            self.tree.push(NodeKind::Scalar(Style::Quoted, text), span, header)
        } else {
            self.push_parent(NodeKind::Template(parts), span, header)
        };
        if json {
            embed(self.tree, id, &document);
        }
        id
    }
}

/// Whether a hole swallows the white space before and after it (`${~ x ~}`).
fn strips(element: &Element) -> (bool, bool) {
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(hole) => (hole.strip.strip_start(), hole.strip.strip_end()),
        Element::Directive(directive) => match &**directive {
            Directive::If(hole) => {
                (hole.if_expr.strip.strip_start(), hole.endif_expr.strip.strip_end())
            }
            Directive::For(hole) => {
                (hole.for_expr.strip.strip_start(), hole.endfor_expr.strip.strip_end())
            }
        },
    }
}

fn trimmed(text: &str, left: bool, right: bool) -> Range<usize> {
    let mut kept = 0..text.len();
    if left {
        kept.start = text.len() - text.trim_start().len();
    }
    if right {
        kept.end = text[kept.start..].trim_end().len() + kept.start;
    }
    kept
}
