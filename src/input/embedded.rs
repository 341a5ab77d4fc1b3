//! YAML inside a string of a YAML file: parsed in place, so that its nodes have the bytes of the
//! file where those are the text. Knows no meaning.

use super::source::Span;
use super::tree::{Entry, Part};
use super::tree::{NodeId, NodeKind, Text, Tree};
use super::yaml;

/// Parses the text of a string and hangs what it says on it (`Node::embedded`). Several documents
/// become one list. Whether that was possible; where it was not, the string stays as it is.
pub fn embed(source: &str, tree: &mut Tree, string: NodeId) -> bool {
    let node = tree.node(string);
    let span = node.span;
    let raw = source.get(span.range()).unwrap_or_default();
    let block = raw.starts_with('|').then(|| raw.find('\n')).flatten();
    let (text, place) = match (block, &node.kind) {
        // The content is indented as a whole, which YAML does not mind.
        (Some(line), _) => {
            let start = span.start as usize + line + 1;
            (source[start..span.end as usize].to_owned(), Moved::By(start))
        }
        (None, NodeKind::Scalar(_, Text::Source(at))) => {
            (source.get(at.range()).unwrap_or_default().to_owned(), Moved::By(at.start as usize))
        }
        (None, NodeKind::Scalar(_, Text::Decoded(text))) => (text.to_string(), Moved::To(span)),
        _ => return false,
    };
    let parsed = yaml::parse(&text);
    if parsed.template || parsed.tree.documents.is_empty() || !parsed.faults.is_empty() {
        return false;
    }
    let base = tree.nodes.len() as u32;
    let shift = |id: NodeId| NodeId(id.0 + base);
    let graft = Graft { text: &text, place, base };
    let inner = parsed.tree;
    for (at, mut one) in inner.nodes.into_iter().enumerate() {
        let is_root = one.parent.0 as usize == at;
        one.parent = if is_root { string } else { shift(one.parent) };
        one.span = graft.span(one.span);
        one.header = graft.span(one.header);
        one.kind = graft.kind(one.kind);
        tree.nodes.push(one);
    }
    if let Moved::By(_) = graft.place {
        let comments = inner.comments.iter().map(|comment| graft.span(comment.span));
        tree.comments.extend(comments.map(|span| super::tree::Comment { span }));
        tree.comments.sort_by_key(|comment| comment.span.start);
    }
    let root = match inner.documents.as_slice() {
        [only] => shift(*only),
        several => {
            let items: Vec<NodeId> = several.iter().map(|one| shift(*one)).collect();
            let list = tree.push(NodeKind::List { items, blocks: false }, span, span);
            tree.adopt(list);
            tree.node_mut(list).parent = string;
            list
        }
    };
    tree.node_mut(string).embedded = Some(root);
    true
}

/// Where the bytes of an inner text are in the file.
#[derive(Clone, Copy)]
enum Moved {
    /// From an offset on.
    By(usize),
    /// All in one place.
    To(Span),
}

struct Graft<'t> {
    text: &'t str,
    place: Moved,
    base: u32,
}

impl Graft<'_> {
    fn span(&self, span: Span) -> Span {
        match self.place {
            Moved::By(start) => Span::new(span.start as usize + start, span.end as usize + start),
            Moved::To(whole) => whole,
        }
    }

    fn text(&self, text: Text) -> Text {
        match (text, self.place) {
            (Text::Source(span), Moved::By(_)) => Text::Source(self.span(span)),
            (Text::Source(span), Moved::To(_)) => {
                Text::Decoded(self.text.get(span.range()).unwrap_or_default().into())
            }
            (decoded, _) => decoded,
        }
    }

    fn kind(&self, kind: NodeKind) -> NodeKind {
        let shift = |id: NodeId| NodeId(id.0 + self.base);
        match kind {
            NodeKind::Scalar(style, text) => NodeKind::Scalar(style, self.text(text)),
            NodeKind::List { items, blocks } => {
                NodeKind::List { items: items.into_iter().map(shift).collect(), blocks }
            }
            NodeKind::Map { entries, labels, maybe_block } => {
                let entry = |entry: Entry| Entry {
                    key: self.text(entry.key),
                    key_span: self.span(entry.key_span),
                    value: shift(entry.value),
                };
                NodeKind::Map {
                    entries: entries.into_iter().map(entry).collect(),
                    labels,
                    maybe_block,
                }
            }
            NodeKind::Alias(target) => NodeKind::Alias(shift(target)),
            NodeKind::Template(parts) => {
                let part = |part: Part| match part {
                    Part::Literal(text) => Part::Literal(self.text(text)),
                    Part::Hole(span, node) => Part::Hole(self.span(span), node.map(shift)),
                };
                NodeKind::Template(parts.into_iter().map(part).collect())
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::embed;
    use crate::input::file::{File, Language};
    use crate::input::tree::{NodeId, NodeKind};

    /// The source text of the value of `name` inside the string at `patch`.
    fn inner(text: &str) -> Option<String> {
        let mut file = File::parse("x.yaml", text.to_owned(), Language::Yaml);
        let NodeKind::Map { entries, .. } = &file.node(file.tree.documents[0]).kind else {
            return None;
        };
        let string = entries[0].value;
        if !embed(&file.source.text, &mut file.tree, string) {
            return None;
        }
        let find = |at: NodeId| match &file.node(at).kind {
            NodeKind::Map { entries, .. } => {
                entries.iter().find(|entry| file.text(&entry.key) == "name").map(|e| e.value)
            }
            _ => None,
        };
        let root = file.node(string).embedded?;
        assert_eq!(file.node(root).parent, string);
        let at = match &file.node(root).kind {
            NodeKind::List { items, .. } => find(items[items.len() - 1]),
            _ => find(root),
        }?;
        Some(file.source.slice(file.node(at).span).to_owned())
    }

    #[test]
    fn nodes_have_the_bytes_of_the_file() {
        for (text, expected) in [
            ("patch: |-\n  kind: A\n  name: web\n", Some("web")),
            ("patch: |\n    # why\n    - {name: a}\n    - {name: 'b'}\n", Some("'b'")),
            ("patch: |-\n  name: a\n  ---\n  name: b\n", Some("b")),
            ("patch: '{name: web}'\n", Some("web")),
            ("patch: \"name: web\\nkind: A\"\n", Some("\"name: web\\nkind: A\"")),
            ("patch: |-\n  name: ${TEAM}-web\n", Some("${TEAM}-web")),
            ("patch: |-\n  name: [\n", None),
            ("patch: [a]\n", None),
        ] {
            assert_eq!(inner(text).as_deref(), expected, "{text}");
        }
    }
}
