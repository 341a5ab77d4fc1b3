//! HCL strings, heredocs and templates as nodes, and the JSON documents inside them.

use std::borrow::Cow;
use std::ops::Range;

use hcl_edit::parser::parse_template;
use hcl_edit::template::{Directive, Element, HeredocTemplate, StringTemplate, Template};

use super::super::decoded::Decoded;
use super::super::json_parser;
use super::super::source::Span;
use super::super::tree::{For, NodeId, NodeKind, Operation, Part, Style, Text, Tree};
use super::convert::{Converter, range};
use super::literal::{Writing, common_indent, decode, looks_like_json};
use super::survey::survey_template;

/// Adds a node for a string that Terraform reads as a template, such as every string of a
/// `.tf.json` file. `text` is the unescaped string; `span` the bytes to replace, quotes included.
/// `None` where the template is not valid.
pub fn template(tree: &mut Tree, text: &Decoded, span: Span, header: Span) -> Option<NodeId> {
    let whole = 0..text.text.len();
    if !text.text.contains("${") && !text.text.contains("%{") {
        return Some(string(tree, text, span, header));
    }
    if !survey_template(&text.text).sound() {
        return None;
    }
    let template = parse_template(&text.text).ok()?;
    let mut converter = Converter { text, tree, empty_heredocs: &[] };
    Some(match template.as_single_element() {
        Some(Element::Interpolation(only)) => converter.expression(&only.expr, header),
        _ => converter.template(&template, Writing::Lines(0), whole, span, header),
    })
}

/// Adds a node for a string that is no template, with the JSON document that it may hold.
pub fn string(tree: &mut Tree, text: &Decoded, span: Span, header: Span) -> NodeId {
    let whole = text.slice(0..text.text.len());
    let id = tree.push(NodeKind::Scalar(Style::Quoted, whole), span, header);
    if looks_like_json(&text.text) {
        embed(tree, id, text);
    }
    id
}

/// Parses the JSON document that `text` may be and hangs it into the node of its string.
pub fn embed(tree: &mut Tree, string: NodeId, text: &Decoded) {
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
            let mut found = Vec::new();
            literals(template, text, &mut found);
            common_indent(found.into_iter())
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
        let mut reading = Reading::new(writing, &self.text.text[inner]);
        let mut document = Decoded::empty();
        let parts = self.parts(template, (false, false), header, &mut reading, &mut document);
        let id = joined(self.tree, parts, span, header);
        if reading.json {
            embed(self.tree, id, &document);
        }
        id
    }

    /// The parts of a template between two markers that may swallow white space, and what they
    /// stand for, appended to `document`.
    fn parts(
        &mut self,
        template: &Template,
        stripped: (bool, bool),
        header: Span,
        reading: &mut Reading,
        document: &mut Decoded,
    ) -> Vec<Part> {
        let elements: Vec<&Element> = template.iter().collect();
        let mut parts = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let at = range(*element);
            match element {
                Element::Literal(literal) => {
                    let left = index
                        .checked_sub(1)
                        .map_or(stripped.0, |before| strips(elements[before]).1);
                    let right = elements.get(index + 1).map_or(stripped.1, |after| strips(after).0);
                    let value = || Cow::Borrowed(&**literal.value());
                    parts.extend(reading.literal(self.text, at, value, (left, right), document));
                }
                Element::Interpolation(interpolation) => {
                    let span = self.text.span(at);
                    let node = self.expression(&interpolation.expr, header);
                    document.push_hole(span, Some(node));
                    parts.push(Part::Hole(span, Some(node)));
                    reading.line_start = false;
                }
                Element::Directive(directive) => {
                    let span = self.text.span(at);
                    reading.line_start = false;
                    let node = self.directive(directive, span, header, reading);
                    document.push_hole(span, None);
                    parts.push(Part::Hole(span, Some(node)));
                    reading.line_start = false;
                }
            }
        }
        parts
    }

    /// `%{ if }` is a conditional, `%{ for }` a repetition of texts.
    fn directive(
        &mut self,
        directive: &Directive,
        span: Span,
        header: Span,
        reading: &mut Reading,
    ) -> NodeId {
        let operation = match directive {
            Directive::If(whole) => {
                let condition = self.expression(&whole.if_expr.cond_expr, header);
                let (opening, closing) = (&whole.if_expr.strip, &whole.endif_expr.strip);
                let middle = whole.else_expr.as_ref().map_or(closing, |branch| &branch.strip);
                let stripped = (opening.strip_end(), middle.strip_start());
                let yes =
                    self.branch(Some(&whole.if_expr.template), stripped, (span, header), reading);
                let no = whole.else_expr.as_ref().map(|branch| &branch.template);
                let stripped = (middle.strip_end(), closing.strip_start());
                Operation::Conditional(
                    condition,
                    yes,
                    self.branch(no, stripped, (span, header), reading),
                )
            }
            Directive::For(whole) => {
                let intro = &whole.for_expr;
                let stripped = (intro.strip.strip_end(), whole.endfor_expr.strip.strip_start());
                Operation::For(Box::new(For {
                    key: intro.key_var.as_ref().map(|name| self.name(name)),
                    value: self.name(&intro.value_var),
                    collection: self.expression(&intro.collection_expr, header),
                    new_key: None,
                    result: self.branch(Some(&intro.template), stripped, (span, header), reading),
                    condition: None,
                    grouping: false,
                    text: true,
                }))
            }
        };
        self.push_parent(NodeKind::Operation(operation), span, header)
    }

    /// A node for a template inside a directive.
    fn branch(
        &mut self,
        template: Option<&Template>,
        stripped: (bool, bool),
        (directive, header): (Span, Span),
        reading: &mut Reading,
    ) -> NodeId {
        let mut unused = Decoded::empty();
        let parts = match template {
            Some(template) => self.parts(template, stripped, header, reading, &mut unused),
            None => Vec::new(),
        };
        let elements = template.into_iter().flat_map(Template::iter);
        let span = elements.map(|element| self.text.span(range(element))).reduce(Span::join);
        let empty = Span { start: directive.end, end: directive.end };
        joined(self.tree, parts, span.unwrap_or(empty), header)
    }
}

/// How the literals of one string are read.
#[derive(Debug)]
pub struct Reading {
    writing: Writing,
    /// Whether the string may be a JSON document.
    pub json: bool,
    /// Whether a line starts here.
    pub line_start: bool,
}

impl Reading {
    /// Before the first literal of `text`, which is what was written.
    pub fn new(writing: Writing, text: &str) -> Self {
        Self { writing, json: looks_like_json(text), line_start: true }
    }

    /// A literal between two markers that may swallow its white space, if anything stays; `value` is
    /// what it says between quotes. What it stands for is appended to `document`.
    pub fn literal<'v>(
        &mut self,
        source: &Decoded,
        at: Range<usize>,
        value: impl FnOnce() -> Cow<'v, str>,
        stripped: (bool, bool),
        document: &mut Decoded,
    ) -> Option<Part> {
        let mut decoded = Decoded::empty();
        if self.json || matches!(self.writing, Writing::Lines(_)) {
            decode(self.writing, source, at, &mut self.line_start, &mut decoded);
            document.push_run(&decoded, 0..decoded.text.len());
        } else {
            let value = value();
            if source.text[at.clone()] == *value {
                decoded.push_run(source, at);
            } else {
                decoded.push_escape(source, at, &value);
            }
        }
        let kept = trimmed(&decoded.text, stripped.0, stripped.1);
        (!kept.is_empty()).then(|| Part::Literal(decoded.slice(kept)))
    }
}

/// A node for the parts of a text.
pub fn joined(tree: &mut Tree, mut parts: Vec<Part>, span: Span, header: Span) -> NodeId {
    let known = parts.iter().all(|part| matches!(part, Part::Literal(_)));
    if known && parts.len() <= 1 {
        let text = match parts.pop() {
            Some(Part::Literal(text)) => text,
            _ => Text::Decoded("".into()),
        };
        return tree.push(NodeKind::Scalar(Style::Quoted, text), span, header);
    }
    let id = tree.push(NodeKind::Template(parts), span, header);
    tree.adopt(id);
    id
}

/// The literal texts of a template in order, those inside directives too; `None` for each marker.
fn literals<'t>(template: &Template, text: &'t str, into: &mut Vec<Option<&'t str>>) {
    for element in template {
        match element {
            Element::Literal(literal) => into.push(text.get(range(literal))),
            Element::Interpolation(_) => into.push(None),
            Element::Directive(directive) => {
                into.push(None);
                match &**directive {
                    Directive::If(whole) => {
                        literals(&whole.if_expr.template, text, into);
                        if let Some(branch) = &whole.else_expr {
                            into.push(None);
                            literals(&branch.template, text, into);
                        }
                    }
                    Directive::For(whole) => literals(&whole.for_expr.template, text, into),
                }
                into.push(None);
            }
        }
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
