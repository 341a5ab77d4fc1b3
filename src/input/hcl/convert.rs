//! The parser's syntax into the tree's nodes: bodies and expressions.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey};
use hcl_edit::structure::{Block, BlockLabel, Body as HclBody, Structure};

use super::super::decoded::Decoded;
use super::super::source::Span;
use super::super::tree::{Entry, NodeId, NodeKind, Operation, Style, Text, Tree};

/// A body under construction; blocks of one keyword come together, wherever they stand.
#[derive(Debug, Default)]
pub struct Body<'t> {
    /// What is there so far.
    pub entries: Vec<Entry>,
    /// Keyword to the index of its entry.
    groups: HashMap<Cow<'t, str>, usize>,
}

impl<'t> Body<'t> {
    /// Adds a block to those of its keyword.
    pub fn block(
        &mut self,
        tree: &mut Tree,
        keyword: Cow<'t, str>,
        key: (Text, Span),
        block: NodeId,
    ) {
        let list = if let Some(&index) = self.groups.get(&keyword) {
            self.entries[index].value
        } else {
            let Span { start, .. } = tree.node(block).span;
            let kind = NodeKind::List { items: Vec::new(), blocks: true };
            let list = tree.push(kind, Span { start, end: start }, tree.node(block).header);
            self.groups.insert(keyword, self.entries.len());
            self.entries.push(Entry { key: key.0, key_span: key.1, value: list });
            list
        };
        let span = tree.node(block).span;
        let node = tree.node_mut(list);
        node.span = node.span.join(span);
        if let NodeKind::List { items, .. } = &mut node.kind {
            items.push(block);
        }
    }

    /// The entries, once all blocks are in.
    pub fn finish(self, tree: &mut Tree) -> Vec<Entry> {
        for &index in self.groups.values() {
            tree.adopt(self.entries[index].value);
        }
        self.entries
    }
}

/// Converts what was parsed from one text.
#[derive(Debug)]
pub struct Converter<'c, 's> {
    /// The text that was parsed, with the way back to the file.
    pub text: &'c Decoded<'s>,
    /// Where the nodes go.
    pub tree: &'c mut Tree,
    /// Heredocs without lines, for which quotes stand in the text.
    pub empty_heredocs: &'c [Range<usize>],
}

impl Converter<'_, '_> {
    /// The file's bytes of something that was parsed.
    pub fn span(&self, of: &impl hcl_edit::Span) -> Span {
        self.text.span(range(of))
    }

    /// Adds a parsed body to one under construction.
    pub fn body(&mut self, into: &mut Body, body: &HclBody) {
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let key = range(&attribute.key);
                    let key_span = self.text.span(key.clone());
                    let value = self.expression(&attribute.value, key_span);
                    into.entries.push(Entry { key: self.text.slice(key), key_span, value });
                }
                Structure::Block(block) => {
                    let keyword = range(&block.ident);
                    let key = (self.text.slice(keyword.clone()), self.text.span(keyword));
                    let node = self.block(block);
                    into.block(self.tree, block.ident.as_str().to_owned().into(), key, node);
                }
            }
        }
    }

    fn block(&mut self, block: &Block) -> NodeId {
        let mut header = self.span(&block.ident);
        let mut labels = Vec::with_capacity(block.labels.len());
        for label in &block.labels {
            let span = self.span(label);
            header = header.join(span);
            let text = match label {
                BlockLabel::Ident(_) => self.text.slice(range(label)),
                BlockLabel::String(value) => self.quoted(range(label), value.as_str()),
            };
            labels.push((text, span));
        }
        let mut body = Body::default();
        self.body(&mut body, &block.body);
        let entries = body.finish(self.tree);
        let kind =
            NodeKind::Map { entries: entries.into(), labels: labels.into(), maybe_block: false };
        self.push_parent(kind, self.span(block), header)
    }

    /// Adds a node for an expression.
    pub fn expression(&mut self, expression: &Expression, header: Span) -> NodeId {
        let at = range(expression);
        let span = self.text.span(at.clone());
        match expression {
            Expression::Null(_) | Expression::Bool(_) => {
                let kind = NodeKind::Scalar(Style::Literal, self.text.slice(at));
                self.tree.push(kind, span, header)
            }
            Expression::Number(_) => {
                let source = &self.text.text[at.clone()];
                let text = if source.contains([' ', '\t', '/']) {
                    // `- 5`: without what stands in between.
                    let digits = source.rfind([' ', '\t', '/']).map_or(0, |space| space + 1);
                    Text::Decoded(format!("-{}", &source[digits..]).into())
                } else {
                    self.text.slice(at)
                };
                self.tree.push(NodeKind::Scalar(Style::Literal, text), span, header)
            }
            Expression::String(value) => self.string(at, value.as_str(), header),
            Expression::StringTemplate(template) => self.string_template(template, header),
            Expression::HeredocTemplate(heredoc) => self.heredoc(heredoc, header),
            Expression::Array(array) => {
                let mut items = Vec::with_capacity(array.len());
                for item in array {
                    let header = self.item_header(item);
                    items.push(self.expression(item, header));
                }
                self.push_parent(NodeKind::List { items, blocks: false }, span, header)
            }
            Expression::Object(object) => {
                let entries = self.entries(object);
                let kind = NodeKind::map(entries);
                self.push_parent(kind, span, header)
            }
            Expression::Parenthesis(inner) => self.expression(inner.inner(), header),
            Expression::FuncCall(call) => self.call(call, span, header),
            _ => {
                let kind = self.operation(expression, header);
                self.push_parent(kind, span, header)
            }
        }
    }

    fn item_header(&self, item: &Expression) -> Span {
        let first = item.as_object().and_then(|object| object.iter().next());
        first.map_or_else(|| self.span(item), |(key, _)| self.span(key))
    }

    fn entries(&mut self, object: &Object) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(object.len());
        for (key, value) in object {
            let key_span = self.span(key);
            entries.push(if let Some(key) = self.key(key) {
                Entry { key, key_span, value: self.expression(value.expr(), key_span) }
            } else {
                let value = self.computed(key, value.expr(), key_span);
                Entry { key: Text::Decoded("".into()), key_span, value }
            });
        }
        entries
    }

    /// An object's key, if it is known.
    fn key(&self, key: &ObjectKey) -> Option<Text> {
        let mut expression = match key {
            ObjectKey::Ident(_) => return Some(self.text.slice(range(key))),
            ObjectKey::Expression(expression) => expression,
        };
        while let Expression::Parenthesis(inner) = expression
            && matches!(inner.inner(), Expression::Parenthesis(_) | Expression::String(_))
        {
            expression = inner.inner();
        }
        let at = range(expression);
        match expression {
            Expression::String(value) => Some(self.quoted(at, value.as_str())),
            // A bare keyword is its own name.
            Expression::Null(_) | Expression::Bool(_) => Some(self.text.slice(at)),
            Expression::Number(_) if plain_integer(&self.text.text[at.clone()]) => {
                Some(self.text.slice(at))
            }
            _ => None,
        }
    }

    fn call(&mut self, call: &FuncCall, span: Span, header: Span) -> NodeId {
        let mut name = range(&call.name.name);
        if let Some(first) = call.name.namespace.first() {
            name.start = range(first).start.min(name.start);
        }
        let name = if self.text.text[name.clone()].contains(|c: char| c.is_whitespace()) {
            let parts = call.name.namespace.iter().map(|part| part.as_str());
            let parts: Vec<&str> = parts.chain([call.name.name.as_str()]).collect();
            Text::Decoded(parts.join("::").into())
        } else {
            self.text.slice(name)
        };
        let mut args = Vec::with_capacity(call.args.len());
        for (index, arg) in call.args.iter().enumerate() {
            args.push(if call.args.expand_final() && index + 1 == call.args.len() {
                let list = self.expression(arg, header);
                let span = self.tree.node(list).span;
                let kind = NodeKind::Operation(Operation::Expand(list));
                self.push_parent(kind, span, header)
            } else {
                self.expression(arg, header)
            });
        }
        self.push_parent(NodeKind::Call { name, args: args.into() }, span, header)
    }

    /// Adds a node that has children.
    pub fn push_parent(&mut self, kind: NodeKind, span: Span, header: Span) -> NodeId {
        let id = self.tree.push(kind, span, header);
        self.tree.adopt(id);
        id
    }

    /// The text of a quoted string without interpolation.
    pub fn quoted(&self, at: Range<usize>, value: &str) -> Text {
        let inner = at.start + 1..at.end.saturating_sub(1).max(at.start + 1);
        match self.text.text.get(inner.clone()) {
            Some(source) if source == value => self.text.slice(inner),
            _ => Text::Decoded(value.into()),
        }
    }
}

/// The bytes of something that was parsed, in the parsed text.
pub fn range(of: &impl hcl_edit::Span) -> Range<usize> {
    of.span().unwrap_or_default()
}

fn plain_integer(text: &str) -> bool {
    text == "0" || !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}
