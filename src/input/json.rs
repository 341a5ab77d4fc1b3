//! JSON files, Terraform's JSON syntax among them (`.tf.json`, `.tofu.json`, `.tfvars.json`), into
//! the spanned tree.

use std::ops::Range;

use super::decoded::Decoded;
use super::fault::Fault;
use super::hcl;
use super::json_parser::{Dialect, Plain, document, text, unescape};
use super::source::Span;
use super::tree::{NodeId, NodeKind, Text, Tree};

/// Parses a JSON text.
///
/// With `terraform`, strings are templates (`${…}` makes a `Template`, or the expression itself
/// where there is nothing else), a JSON document inside a string is its node's `embedded`, every
/// object may stand for a block, and entries with the key `//` are comments, left out. A key that
/// is a template is not known: its entry has the empty key and an `Expression` value. After a
/// syntax error the tree holds what was read before it; without any value there is no document.
pub fn parse(text: &str, terraform: bool) -> (Tree, Vec<Fault>) {
    let mut dialect = Terraform { faults: Vec::new() };
    let (tree, mut faults) =
        if terraform { parse_as(text, &mut dialect) } else { parse_as(text, &mut Plain::<true>) };
    faults.append(&mut dialect.faults);
    faults.sort_by_key(|fault| fault.span);
    (tree, faults)
}

/// Parses a JSON text whose strings are plain; a JSON document inside one is its node's `embedded`.
pub fn parse_documents(text: &str) -> (Tree, Vec<Fault>) {
    parse_as(text, &mut Documents)
}

fn parse_as<D: Dialect>(text: &str, dialect: &mut D) -> (Tree, Vec<Fault>) {
    let mut tree = Tree::default();
    let base = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let content = Decoded::verbatim(&text[base..], base);
    let header = content.span(0..0);
    let outcome = document(&mut tree, &content, header, dialect);
    let mut faults = outcome.faults;
    if let Some((at, expected)) = outcome.error {
        let length = content.text[at..].chars().next().map_or(0, char::len_utf8);
        let message = format!("This is not valid JSON: {expected}.");
        faults.push(Fault::error(content.span(at..at + length), "json-syntax", message));
    }
    faults.sort_by_key(|fault| fault.span);
    if let Some(root) = outcome.root {
        let node = tree.node_mut(root);
        if let NodeKind::Map { entries, .. } = &node.kind {
            node.header = entries.first().map_or(header, |first| first.key_span);
        }
        tree.documents.push(root);
    }
    (tree, faults)
}

/// JSON as it is, with the documents in its strings.
#[derive(Debug)]
struct Documents;

impl Dialect for Documents {
    const BLOCKS: bool = false;
    const DUPLICATES: bool = true;

    fn key(&mut self, document: &Decoded, content: Range<usize>) -> Option<Text> {
        Some(text(document, content))
    }

    fn string(
        &mut self,
        tree: &mut Tree,
        document: &Decoded,
        token: Range<usize>,
        header: Span,
    ) -> NodeId {
        let span = document.span(token.clone());
        let content = unescape(document, token.start + 1..token.end - 1);
        hcl::string(tree, &content, span, header)
    }
}

/// Terraform's reading of JSON.
#[derive(Debug)]
struct Terraform {
    faults: Vec<Fault>,
}

impl Dialect for Terraform {
    const BLOCKS: bool = true;
    const DUPLICATES: bool = true;

    fn key(&mut self, document: &Decoded, content: Range<usize>) -> Option<Text> {
        let key = &document.text[content.clone()];
        let known = !key.contains("${") && !key.contains("%{");
        known.then(|| text(document, content))
    }

    fn string(
        &mut self,
        tree: &mut Tree,
        document: &Decoded,
        token: Range<usize>,
        header: Span,
    ) -> NodeId {
        let span = document.span(token.clone());
        let content = unescape(document, token.start + 1..token.end - 1);
        let before = tree.nodes.len();
        hcl::template(tree, &content, span, header).unwrap_or_else(|| {
            tree.nodes.truncate(before);
            let message = "This string holds `${` or `%{` but is no valid template.";
            self.faults.push(Fault::error(span, "hcl-syntax", message));
            tree.push(NodeKind::Expression, span, header)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree_checks::{check, show};
    use super::*;

    fn read(text: &str, terraform: bool) -> (String, Vec<Fault>) {
        let (tree, faults) = parse(text, terraform);
        check(&tree, text);
        for fault in &faults {
            assert!(text.get(fault.span.range()).is_some());
        }
        let shown = tree.documents.first().map(|&root| show(&tree, text, root));
        (shown.unwrap_or_default(), faults)
    }

    fn shown(text: &str, terraform: bool) -> String {
        let (shown, faults) = read(text, terraform);
        assert_eq!(faults, []);
        shown
    }

    #[test]
    fn plain_documents() {
        let text =
            "\u{feff} {\"a\": [1, -2.5e+3, true, null], \"b\\u00e9\": \"x\\n${y}\", \"\": {}}\r\n";
        assert_eq!(shown(text, false), "{a: [1, -2.5e+3, true, null], bé: \"x\\n${y}\", : {}}");
        assert_eq!(shown("\"\\ud83d\\ude00\"", false), "\"😀\"");
        assert_eq!(shown("{\"a\": \"[1]\"}", false), "{a: \"[1]\"}");
    }

    #[test]
    fn spans_and_headers() {
        let text = r#"{"a": {"b": [ {"c": 1}, "d" ]}}"#;
        let (tree, _) = parse(text, false);
        let at = |part: &str| {
            let start = text.find(part).expect("the part occurs");
            let span = Span::new(start, start + part.len());
            tree.nodes.iter().find(|node| node.span == span).expect("a node stands there")
        };
        assert_eq!(&text[at(r#"{"c": 1}"#).header.range()], "\"c\"");
        assert_eq!(&text[at("\"d\"").header.range()], "\"d\"");
        assert_eq!(&text[at(r#"[ {"c": 1}, "d" ]"#).header.range()], "\"b\"");
        assert_eq!(&text[tree.node(tree.documents[0]).header.range()], "\"a\"");
    }

    #[test]
    fn terraform_strings_are_templates() {
        let text = r#"{"//": "c", "a": "${var.x}", "b": "p-${var.y}", "c": "$${z}", "d": "${jsonencode({k = \"v\"})}",
            "e": "{\"Action\": \"s3:*\", \"R\": \"${w}/*\"}", "${k}": {"f": 1}, "g": {"//": {}, "h": []}}"#;
        assert_eq!(
            shown(text, true),
            concat!(
                "{a: <${var.x}>, b: t(\"p-\" ${<var.y>}), c: \"${z}\", d: jsonencode({k: \"v\"}), ",
                "e: t(\"{\\\"Action\\\": \\\"s3:*\\\", \\\"R\\\": \\\"\" ${<w>} \"/*\\\"}\") ",
                "@{Action: \"s3:*\", R: t(${<w>} \"/*\")}, : <{\"f\": 1}>, g: {h: []}}"
            )
            .replace("<${var.x}>", "<var.x>")
        );
        let (tree, _) = parse(text, true);
        let maps = tree
            .nodes
            .iter()
            .filter(|node| matches!(node.kind, NodeKind::Map { maybe_block: true, .. }));
        assert_eq!(maps.count(), 2);
    }

    #[test]
    fn faults_say_where() {
        for (text, at, kept) in [
            ("{\"a\": 1, \"b\": [2, tru]}", 18, "{a: 1, b: [2]}"),
            ("{\"a\": 01}", 6, "{}"),
            ("{\"a\" 1}", 5, "{}"),
            ("[1 2]", 3, "[1]"),
            ("[1],", 3, "[1]"),
            ("[\"\\x\"]", 2, "[]"),
            ("[\"a\nb\"]", 3, "[]"),
            ("[1,]", 3, "[1]"),
            ("", 0, ""),
            ("[\"x", 1, "[]"),
        ] {
            let (shown, faults) = read(text, false);
            assert_eq!(shown, kept, "{text}");
            assert_eq!((faults[0].code, faults[0].span.start), ("json-syntax", at), "{text}");
        }
        let (shown, faults) = read("{\"a\": \"${\"}", true);
        assert_eq!((shown.as_str(), faults[0].code), ("{a: <\"${\">}", "hcl-syntax"));
    }

    #[test]
    fn repeated_keys_are_kept_and_named() {
        let (shown, faults) = read("{\"a\": 1, \"b\": 2, \"a\": 3, \"a\": 4}", false);
        assert_eq!(shown, "{a: 1, b: 2, a: 3, a: 4}");
        let found: Vec<_> =
            faults.iter().map(|fault| (fault.code, fault.warning, fault.span.start)).collect();
        assert_eq!(found, [("duplicate-key", true, 18), ("duplicate-key", true, 26)]);
    }

    #[test]
    fn depth_is_limited() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let (_, faults) = read(&text, true);
        assert_eq!(faults[0].span.start, 128);
        assert_eq!(read(&"{\"a\":".repeat(100_000), false).1.len(), 1);
        assert_eq!(read(&format!("{}{}", "[".repeat(128), "]".repeat(128)), false).1, []);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_text_keeps_the_laws(text in "[\\[\\]{}:,\"\\\\a$%~u0dé1.e/ \n\u{fffc}-]{0,80}", terraform: bool) {
            read(&text, terraform);
        }

        #[test]
        fn any_string_keeps_the_laws(text in "[\\[\\]{}:,\\\\\"$%~a1\n ]{0,60}") {
            let text = format!("[\"{}\"]", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
            let (shown, faults) = read(&text, false);
            prop_assert!(faults.is_empty() && shown.starts_with("[\""));
            read(&text, true);
        }
    }
}
