//! Laws that every syntax tree keeps, for the tests of all parsers and for fuzzing.

use super::source::Span;
use super::tree::{NodeId, NodeKind, Part, Text, Tree};

/// Panics where a tree of `source` breaks a law: spans are in bounds and on character boundaries,
/// children (and embedded documents) lie inside their parents and know them.
pub fn check(tree: &Tree, source: &str) {
    let check_span = |span: Span| {
        assert!(span.start <= span.end, "{span:?}");
        assert!(source.get(span.range()).is_some(), "{span:?} does not fit the text");
    };
    let check_text = |text: &Text| {
        if let Text::Source(span) = text {
            check_span(*span);
        }
    };
    for &root in &tree.documents {
        assert_eq!(tree.node(root).parent, root);
    }
    for (index, node) in tree.nodes.iter().enumerate() {
        let id = NodeId(index as u32);
        check_span(node.span);
        check_span(node.header);
        match &node.kind {
            NodeKind::Scalar(_, text) => check_text(text),
            NodeKind::Map { entries, labels, .. } => {
                for entry in entries {
                    check_text(&entry.key);
                    check_span(entry.key_span);
                    assert!(node.span.contains(entry.key_span));
                }
                for (text, span) in &**labels {
                    check_text(text);
                    assert!(node.span.contains(*span));
                }
            }
            NodeKind::Template(parts) => {
                for part in parts {
                    match part {
                        Part::Literal(text) => check_text(text),
                        Part::Hole(span, _) => assert!(node.span.contains(*span)),
                    }
                }
            }
            NodeKind::Call { name, .. } => check_text(name),
            _ => {}
        }
        for child in tree.children(id) {
            let inner = tree.node(child);
            assert_eq!(inner.parent, id, "{inner:?} does not know {node:?}");
            assert!(node.span.contains(inner.span), "{inner:?} is not inside {node:?}");
        }
        if let Some(root) = node.embedded {
            assert!(node.span.contains(tree.node(root).span));
            assert_eq!(tree.node(root).parent, id);
        }
    }
    for pair in tree.comments.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start);
    }
    for comment in &tree.comments {
        check_span(comment.span);
        let text = &source[comment.span.range()];
        assert!(text.starts_with(['#', '/']) && !text.ends_with('\n'), "{text:?}");
    }
}

/// A tree as one line: `{key: value}`, `[…]`, `blocks[…]`, `"text"`, `literal`, `<expression>`,
/// `name(…)`, `t(part ${…})`, ` @` before an embedded document.
pub fn show(tree: &Tree, source: &str, id: NodeId) -> String {
    let list = |items: &[NodeId]| {
        let items: Vec<String> = items.iter().map(|&item| show(tree, source, item)).collect();
        items.join(", ")
    };
    let node = tree.node(id);
    let mut shown = match &node.kind {
        NodeKind::Scalar(super::tree::Style::Literal, text) => text.get(source).to_owned(),
        NodeKind::Scalar(_, text) => format!("{:?}", text.get(source)),
        NodeKind::List { items, blocks: false } => format!("[{}]", list(items)),
        NodeKind::List { items, blocks: true } => format!("blocks[{}]", list(items)),
        NodeKind::Map { entries, labels, .. } => {
            let labels = labels.iter().map(|(text, _)| format!("{} ", text.get(source)));
            let entries = entries.iter().map(|entry| {
                format!("{}: {}", entry.key.get(source), show(tree, source, entry.value))
            });
            format!("{}{{{}}}", labels.collect::<String>(), entries.collect::<Vec<_>>().join(", "))
        }
        NodeKind::Template(parts) => {
            let parts = parts.iter().map(|part| match part {
                Part::Literal(text) => format!("{:?}", text.get(source)),
                Part::Hole(_, Some(node)) => format!("${{{}}}", show(tree, source, *node)),
                Part::Hole(span, None) => source[span.range()].to_owned(),
            });
            format!("t({})", parts.collect::<Vec<_>>().join(" "))
        }
        NodeKind::Call { name, args } => format!("{}({})", name.get(source), list(args)),
        NodeKind::Expression | NodeKind::Name(_) | NodeKind::Operation(_) => {
            format!("<{}>", &source[node.span.range()])
        }
        NodeKind::Alias(target) => show(tree, source, *target),
        other => format!("{other:?}"),
    };
    if let Some(root) = node.embedded {
        shown = format!("{shown} @{}", show(tree, source, root));
    }
    shown
}
