//! YAML inside a string of another file, a heredoc of HCL among them: parsed in place, so that its
//! nodes have the bytes of the file where those are the text. Knows no meaning.

use super::source::Span;

use super::tree::{Comment, Entry, NodeId, NodeKind, Part, Text, Tree};
use super::yaml;
use std::borrow::Cow;

/// Parses the text of a string and hangs what it says on it (`Node::embedded`). Several documents
/// become one list. Whether that was possible; where it was not, the string stays as it is.
pub fn embed(source: &str, tree: &mut Tree, string: NodeId) -> bool {
    let node = tree.node(string);
    let span = node.span;
    let raw = source.get(span.range()).unwrap_or_default();
    let heredoc = raw.starts_with("<<");
    let holes = if heredoc { holes(tree, string) } else { Vec::new() };
    let block = (heredoc || raw.starts_with('|')).then(|| raw.find('\n')).flatten();
    let texts: Vec<(String, Moved)> = match (block, &node.kind) {
        (Some(line), _) => {
            let start = span.start as usize + line + 1;
            // The last line of a heredoc is its mark.
            let end = if heredoc { raw.rfind('\n').unwrap_or(line) + 1 } else { raw.len() };
            let end = (span.start as usize + end).max(start);
            let content = without(source.get(start..end).unwrap_or_default(), start, &holes);
            let pieces = pieces(&content);
            pieces.map(|(at, text)| (text.to_owned(), Moved::By(start + at))).collect()
        }
        (None, NodeKind::Scalar(_, Text::Source(at))) => {
            let text = source.get(at.range()).unwrap_or_default();
            vec![(text.to_owned(), Moved::By(at.start as usize))]
        }
        (None, NodeKind::Scalar(_, Text::Decoded(text))) => {
            vec![(text.to_string(), Moved::To(span))]
        }
        _ => return false,
    };
    let mut parsed = Vec::new();
    for (text, place) in &texts {
        let inner = yaml::parse(text);
        if inner.template || !inner.faults.is_empty() {
            return false;
        }
        parsed.push((inner.tree, text, *place));
    }
    let mut roots = Vec::new();
    for (inner, text, place) in parsed {
        let base = tree.nodes.len() as u32;
        Graft { text, place, base, holes: &holes }.onto(tree, string, inner, &mut roots);
    }
    tree.comments.sort_by_key(|comment| comment.span.start);
    let root = match roots.as_slice() {
        [] => return false,
        [only] => *only,
        _ => {
            let list = tree.push(NodeKind::List { items: roots, blocks: false }, span, span);
            tree.adopt(list);
            tree.node_mut(list).parent = string;
            list
        }
    };
    tree.node_mut(string).embedded = Some(root);
    true
}

/// The documents of a block scalar's content and where they start. The content is indented as a
/// whole, which YAML does not mind, but for the marks between documents.
fn pieces(content: &str) -> impl Iterator<Item = (usize, &str)> {
    let first = content.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let indent = first.len() - first.trim_start().len();
    let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
    for line in content.split_inclusive('\n') {
        let mark = line.get(indent..).is_some_and(|rest| rest.trim_end() == "---")
            && line.len() - line.trim_start().len() == indent;
        if mark {
            pieces.push((start, &content[start..at]));
            start = at + line.len();
        }
        at += line.len();
    }
    pieces.push((start, &content[start..]));
    pieces.into_iter()
}

/// An interpolation: its bytes, and its expression.
type Hole = (Span, Option<NodeId>);

fn holes(tree: &Tree, string: NodeId) -> Vec<Hole> {
    let NodeKind::Template(parts) = &tree.node(string).kind else { return Vec::new() };
    let hole = |part: &Part| match part {
        Part::Hole(span, node) => Some((*span, *node)),
        Part::Literal(_) => None,
    };
    parts.iter().filter_map(hole).collect()
}

/// The bytes from `start` on, with letters in the place of what is interpolated.
fn without<'t>(content: &'t str, start: usize, holes: &[Hole]) -> Cow<'t, str> {
    if holes.is_empty() {
        return Cow::Borrowed(content);
    }
    let mut text = String::with_capacity(content.len());
    let mut at = 0;
    for (span, _) in holes {
        let from = (span.start as usize).saturating_sub(start).clamp(at, content.len());
        let to = (span.end as usize).saturating_sub(start).clamp(from, content.len());
        text.push_str(content.get(at..from).unwrap_or_default());
        text.extend(std::iter::repeat_n('x', to - from));
        at = to;
    }
    text.push_str(content.get(at..).unwrap_or_default());
    Cow::Owned(text)
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
    /// What is interpolated, in order.
    holes: &'t [Hole],
}

impl Graft<'_> {
    /// Adds the nodes of a tree below a string; its documents become roots.
    fn onto(&self, tree: &mut Tree, string: NodeId, inner: Tree, roots: &mut Vec<NodeId>) {
        let shift = |id: NodeId| NodeId(id.0 + self.base);
        for (at, mut one) in inner.nodes.into_iter().enumerate() {
            let is_root = one.parent.0 as usize == at;
            one.parent = if is_root { string } else { shift(one.parent) };
            one.span = self.span(one.span);
            one.header = self.span(one.header);
            one.kind = self.kind(one.kind);
            tree.nodes.push(one);
        }
        for at in self.base..tree.nodes.len() as u32 {
            self.interpolate(tree, NodeId(at));
        }
        if let Moved::By(_) = self.place {
            let comments = inner.comments.iter().map(|comment| self.span(comment.span));
            tree.comments.extend(comments.map(|span| Comment { span }));
        }
        roots.extend(inner.documents.into_iter().map(shift));
    }

    /// Puts the expressions back into a scalar, and takes the names of keys that hold one away.
    fn interpolate(&self, tree: &mut Tree, id: NodeId) {
        let inside = |span: Span| {
            let first = self.holes.partition_point(|(hole, _)| hole.end <= span.start);
            let until = self.holes.partition_point(|(hole, _)| hole.start < span.end);
            &self.holes[first..until.max(first)]
        };
        let Span { start, end } = tree.node(id).span;
        let header = tree.node(id).header;
        match &mut tree.node_mut(id).kind {
            NodeKind::Map { entries, .. } => {
                for entry in entries.iter_mut().filter(|one| !inside(one.key_span).is_empty()) {
                    entry.key = Text::Decoded("".into());
                }
            }
            NodeKind::Scalar(_, text) if !inside(Span { start, end }).is_empty() => {
                let Text::Source(written) = *text else {
                    // What is folded, or written with escapes, is some text.
                    let whole = Part::Hole(Span { start, end }, None);
                    tree.node_mut(id).kind = NodeKind::Template(vec![whole]);
                    return;
                };
                let (mut parts, mut from) = (Vec::new(), written.start);
                for (hole, node) in inside(written) {
                    if from < hole.start {
                        let span = Span { start: from, end: hole.start };
                        parts.push(Part::Literal(Text::Source(span)));
                    }
                    let node = node.map(|inner| {
                        let span = tree.node(inner).span;
                        let alias = tree.push(NodeKind::Alias(inner), span, header);
                        tree.node_mut(alias).parent = id;
                        alias
                    });
                    parts.push(Part::Hole(*hole, node));
                    from = hole.end;
                }
                if from < written.end {
                    let span = Span { start: from, end: written.end };
                    parts.push(Part::Literal(Text::Source(span)));
                }
                tree.node_mut(id).kind = NodeKind::Template(parts);
            }
            _ => {}
        }
    }

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
    use crate::input::tree::{NodeId, NodeKind, Part};

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

    /// The source text of the value of `name`, and what it is, inside a heredoc.
    fn in_heredoc(text: &str) -> Option<(String, String)> {
        let mut file = File::parse("x.tf", text.to_owned(), Language::Hcl);
        let is_heredoc = |node: &crate::input::tree::Node| {
            matches!(node.kind, NodeKind::Scalar(..) | NodeKind::Template(_))
                && file.source.slice(node.span).starts_with("<<")
        };
        let string = NodeId(file.tree.nodes.iter().position(is_heredoc)? as u32);
        if !embed(&file.source.text, &mut file.tree, string) {
            return None;
        }
        let NodeKind::Map { entries, .. } = &file.node(file.node(string).embedded?).kind else {
            return None;
        };
        let entry = entries.iter().find(|entry| file.text(&entry.key) == "name")?;
        let node = file.node(entry.value);
        let parts = match &node.kind {
            NodeKind::Template(parts) => parts.iter().map(|part| match part {
                Part::Literal(text) => file.text(text).to_owned(),
                Part::Hole(_, None) => "?".to_owned(),
                Part::Hole(_, Some(alias)) => {
                    assert_eq!(file.node(*alias).parent, entry.value);
                    file.source.slice(file.node(file.tree.resolve(*alias)).span).to_owned()
                }
            }),
            NodeKind::Scalar(_, text) => {
                return Some((source(&file, node.span), file.text(text).into()));
            }
            other => return Some((source(&file, node.span), format!("{other:?}"))),
        };
        Some((source(&file, node.span), parts.collect::<Vec<_>>().join("|")))
    }

    fn source(file: &File, span: super::Span) -> String {
        file.source.slice(span).to_owned()
    }

    #[test]
    fn heredocs_have_their_expressions() {
        for (text, expected) in [
            ("a = <<-Y\n  kind: A\n  name: web\nY\n", Some(("web", "web"))),
            ("a = <<Y\nname: web\nY\n", Some(("web", "web"))),
            ("a = <<-Y\n  name: ${var.a}-web\n  Y\n", Some(("${var.a}-web", "var.a|-web"))),
            (
                "a = <<-Y\n  name: \"x${a ? \"b\" : \"c\"}${d}\"\nY\n",
                Some(("\"x${a ? \"b\" : \"c\"}${d}\"", "x|a ? \"b\" : \"c\"|d")),
            ),
            ("a = <<-Y\n  kind: ${b}\n  name: web\nY\n", Some(("web", "web"))),
            ("a = <<-Y\n  ${b}: 1\n  name: web\nY\n", Some(("web", "web"))),
            // Folded over two lines: some text.
            ("a = <<-Y\n  name: ${b}\n    web\nY\n", Some(("${b}\n    web", "?"))),
            // What is put in may be entries, or nothing.
            ("a = <<-Y\n  ${b}\n  name: web\nY\n", None),
            ("a = <<-Y\n  %{ if b }\n  name: web\n  %{ endif }\nY\n", None),
        ] {
            let expected = expected.map(|(a, b)| (a.to_owned(), b.to_owned()));
            assert_eq!(in_heredoc(text), expected, "{text}");
        }
    }
}
