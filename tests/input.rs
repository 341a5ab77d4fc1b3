//! The YAML reader: laws over any text, exact decoding, and inputs that mean harm.
#![allow(clippy::format_push_string, clippy::format_collect, reason = "test texts are small")]

use proptest::prelude::*;
use ztlint::input::file::{File, Language};
use ztlint::input::tree::{NodeId, NodeKind, Tree};
use ztlint::input::yaml::{self, Parsed};
use ztlint::input::{source, tree};
use ztlint::model::cursor::{Cursor, Shape};
use ztlint::model::value::NodeRef;

#[path = "../src/input/tree_checks.rs"]
mod tree_checks;

/// Parses and checks the laws of every tree, and those of YAML's comments and faults.
fn read(text: &str) -> Parsed {
    let parsed = yaml::parse(text);
    tree_checks::check(&parsed.tree, text);
    for fault in &parsed.faults {
        assert!(text.get(fault.span.range()).is_some(), "{fault:?} does not fit the text");
    }
    for comment in &parsed.tree.comments {
        let comment = &text[comment.span.range()];
        assert!(comment.starts_with('#') && !comment.ends_with(['\r', '\n']), "{comment:?}");
    }
    for &root in &parsed.tree.documents {
        assert!(matches!(parsed.tree.node(root).parent, parent if parent == root));
    }
    parsed
}

/// Each document as a line.
fn shown(text: &str) -> Vec<String> {
    let parsed = read(text);
    assert_eq!(parsed.faults, []);
    documents(&parsed.tree, text)
}

fn documents(tree: &Tree, text: &str) -> Vec<String> {
    tree.documents.iter().map(|&root| tree_checks::show(tree, text, root)).collect()
}

fn codes(parsed: &Parsed) -> Vec<(&'static str, bool)> {
    parsed.faults.iter().map(|fault| (fault.code, fault.warning)).collect()
}

fn files(text: &str) -> Vec<File> {
    vec![File::parse("manifest.yaml", text.to_owned(), Language::Yaml)]
}

fn document(files: &[File], at: usize) -> Cursor<'_> {
    let node = files[0].tree.documents[at];
    Cursor::node(files, NodeRef { file: files[0].id, node })
}

fn text_at(files: &[File], cursor: Cursor<'_>) -> String {
    files[0].source.slice(cursor.place().span).to_owned()
}

/// Pieces that are special in YAML, with characters of every width, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "a", "key: ", "k:", "- ", "? ", ": ", "\n", "\r\n", "  ", "    ", "\t", " ", "---\n",
            "---\r\n", "...\n", "{", "}", "[", "]", ", ", "\"", "'", "|\n", ">-\r\n", "|2+\n", "> # >\n",
            "# note\n", " # 🦀\r\n", "&a ", "*a", "<<: ", "!!str ", "!own ", "~", "\u{feff}", "🦀",
            "ü", "\u{85}", "\u{2028}", "\u{a0}", "\\u00fc", "\\\n", "{{ .Values.x }}", "${NAME}",
            "%YAML 1.2\n", "@", "`", "\r", "''", "\"\"", "a: b\n", "- a: b\n  c: d\n",
        ]).prop_map(str::to_owned),
        1 => "[a-z🦀ü:#{}\\[\\],&*!|>'\"%@` \t\r\n-]{0,6}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A value as YAML's double quotes write it.
fn double_quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) > 0xffff => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_keeps_the_laws(text in "\\PC{0,120}") {
        read(&text);
    }

    #[test]
    fn any_mixture_keeps_the_laws(text in pieces()) {
        read(&text);
    }

    #[test]
    fn a_mixture_between_good_documents_harms_none(text in pieces(), crlf in any::<bool>()) {
        // Marks and directives of its own would make other documents of it.
        let text = text.replace(['-', '.', '%'], "_");
        let end = if crlf { "\r\n" } else { "\n" };
        let whole = format!("first: 1{end}---{end}{text}{end}---{end}last: 2{end}");
        let parsed = read(&whole);
        let shown = documents(&parsed.tree, &whole);
        prop_assert_eq!(shown.first().map(String::as_str), Some("{first: \"1\"}"));
        if !parsed.template {
            prop_assert_eq!(shown.last().map(String::as_str), Some("{last: \"2\"}"));
        }
    }

    #[test]
    fn quoted_scalars_decode_to_what_was_written(
        value in "[a-zü🦀\"'\\\\#:{}%\t\n ]{0,24}",
        bom in any::<bool>(),
    ) {
        let bom = if bom { "\u{feff}" } else { "" };
        let written = double_quoted(&value);
        let text = format!("{bom}k: {written}\r\nl: [{written}, {written}]\r\n");
        let shown = shown(&text);
        prop_assert_eq!(&shown, &[format!("{{k: {value:?}, l: [{value:?}, {value:?}]}}")]);
        let files = files(&text);
        let cursor = document(&files, 0).key("k");
        prop_assert_eq!(text_at(&files, cursor), written);

        let single = value.replace('\n', " ");
        let written = format!("'{}'", single.replace('\'', "''"));
        let text = format!("{bom}k: {written}\n");
        let files = self::files(&text);
        prop_assert_eq!(document(&files, 0).key("k").text().unwrap_or_default(), single);
        prop_assert_eq!(text_at(&files, document(&files, 0).key("k")), written);
    }

    #[test]
    fn block_scalars_decode_to_their_lines(
        lines in prop::collection::vec("[a-zü🦀|>#:][a-zü🦀|>#: ]{0,8}[a-z🦀]", 1..5),
        crlf in any::<bool>(),
        indent in 1..5usize,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let space = " ".repeat(indent);
        let body: String = lines.iter().map(|line| format!("{space}{line}{end}")).collect();
        let text = format!("k: | # a > b | c{end}{body}next: x{end}");
        let files = files(&text);
        prop_assert!(files[0].faults.is_empty(), "{:?}", files[0].faults);
        let value = document(&files, 0).key("k");
        prop_assert_eq!(value.text().unwrap_or_default(), format!("{}\n", lines.join("\n")));
        let span = text_at(&files, value);
        prop_assert!(span.starts_with("| # a") && span.ends_with(lines.last().expect("a line")), "{:?}", span);
        prop_assert_eq!(text_at(&files, document(&files, 0).key("next")), "x");
    }

    #[test]
    fn plain_scalars_are_the_source(value in "[a-zü🦀][a-zü🦀./_-]{0,20}", depth in 1..6usize) {
        let mut text = String::new();
        for level in 0..depth {
            text.push_str(&format!("{}k:\n", "  ".repeat(level)));
        }
        let space = "  ".repeat(depth);
        text.push_str(&format!("{space}- {value} # 🦀\n{space}- {value}\n"));
        let files = files(&text);
        let mut cursor = document(&files, 0);
        for _ in 0..depth {
            cursor = cursor.key("k");
        }
        for item in cursor.items().known {
            prop_assert_eq!(text_at(&files, item), value.clone());
            prop_assert_eq!(item.text().unwrap_or_default(), value.clone());
        }
    }
}

#[test]
fn an_alias_bomb_stays_small() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..60 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let parsed = read(&text);
    assert_eq!(parsed.faults, []);
    assert!(parsed.tree.nodes.len() < 1000);
    let files = files(&text);
    let mut cursor = document(&files, 0).key("a59");
    for _ in 0..60 {
        cursor = cursor.index(9);
    }
    assert_eq!(cursor.text().as_deref(), Some("x"));
}

#[test]
fn an_alias_inside_its_own_value_is_a_fault() {
    for text in ["a: &a\n  b: *a\n", "a: &a [1, *a]\n", "&a\nk: &b\n  l: [*b]\n"] {
        let parsed = read(text);
        assert_eq!(codes(&parsed), [("yaml-alias", false)], "{text}");
        assert_eq!(parsed.tree.documents.len(), 1);
    }
    let files = files("a: &a\n  b: *a\n  c: 1\n");
    let value = document(&files, 0).key("a").key("b");
    assert_eq!(value.shape(), Shape::Unknown);
    assert_eq!(text_at(&files, value), "*a");
}

#[test]
fn deep_nesting_is_refused_and_harms_no_neighbour() {
    for deep in [
        "[".repeat(10_000),
        "{a: ".repeat(10_000),
        "- ".repeat(10_000),
        "[".repeat(10_000) + &"]".repeat(10_000),
    ] {
        let text = format!("first: 1\n---\n{deep}\n---\nlast: 2\n");
        let parsed = read(&text);
        assert_eq!(codes(&parsed), [("yaml-syntax", false)]);
        assert_eq!(documents(&parsed.tree, &text), ["{first: \"1\"}", "{last: \"2\"}"]);
        assert!(parsed.tree.nodes.len() <= text.len(), "{} nodes", parsed.tree.nodes.len());
    }
}

#[test]
fn long_merge_chains_do_not_exhaust_the_stack() {
    let mut text = String::from("a0: &a0 {k: found}\n");
    for level in 1..20_000 {
        text.push_str(&format!("a{level}: &a{level} {{<<: *a{}}}\n", level - 1));
    }
    let files = files(&text);
    assert!(files[0].tree.nodes.len() <= text.len(), "{} nodes", files[0].tree.nodes.len());
    assert!(files[0].faults.iter().all(|fault| fault.code == "yaml-merge"));
    let root = document(&files, 0);
    assert_eq!(root.key("a10").key("k").text().as_deref(), Some("found"));
    assert_eq!(root.key("a19999").key("k").shape(), Shape::Unknown);
}

#[test]
fn a_repeated_key_is_a_warning_and_the_last_one_counts() {
    let text = "a: 1\nb: {x: 1, x: 2}\n\"a\": 3\n<<: {c: 1}\n<<: {d: 1}\n";
    let parsed = read(text);
    assert_eq!(codes(&parsed), [("duplicate-key", true), ("duplicate-key", true)]);
    let places: Vec<&str> = parsed.faults.iter().map(|fault| &text[fault.span.range()]).collect();
    assert_eq!(places, ["x", "\"a\""]);
    let files = files(text);
    assert_eq!(document(&files, 0).key("a").text().as_deref(), Some("3"));
    assert_eq!(document(&files, 0).key("b").key("x").text().as_deref(), Some("2"));
    assert_eq!(document(&files, 0).key("d").text().as_deref(), Some("1"));
    let many: String = (0..40).map(|at| format!("k{}: {at}\n", at % 39)).collect();
    let parsed = read(&many);
    assert_eq!(codes(&parsed), [("duplicate-key", true)]);
}

#[test]
fn a_bad_document_harms_no_other() {
    for bad in [
        "b: [1, 2\nc: 3",
        "b: \"open",
        "b: c: d",
        "b: *nowhere",
        "k:\n\tb: c",
        "{b: 1} and more",
        "- 1\nb: 2",
        "@reserved",
        "b: 1\n- 2",
        "b: 'ü🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀' 🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀🦀",
    ] {
        for end in ["\n", "\r\n"] {
            let text = format!("a: ü{end}---{end}{bad}{end}---{end}z: 🦀 # last{end}")
                .replace("\r\n", "\n")
                .replace('\n', end);
            let parsed = read(&text);
            assert_eq!(codes(&parsed), [("yaml-syntax", false)], "{text:?}");
            let fault = &parsed.faults[0];
            let (from, to) =
                (text.find("---").expect("a mark"), text.rfind("---").expect("a mark"));
            assert!((from..=to + 3).contains(&(fault.span.start as usize)), "{fault:?}");
            let files = files(&text);
            assert_eq!(files[0].tree.documents.len(), 2, "{text:?}");
            assert_eq!(text_at(&files, document(&files, 0).key("a")), "ü");
            assert_eq!(text_at(&files, document(&files, 1).key("z")), "🦀");
        }
    }
}

#[test]
fn merged_maps_come_after_own_keys_and_the_first_one_wins() {
    let files = files(
        "one: &one {a: 1, b: 1, c: 1}\n\
         two: &two\n  b: 2\n  c: 2\n  d: 2\n\
         both:\n  <<: [*one, *two]\n  c: 3\n\
         chain: &chain\n  <<: *two\n  d: 4\n\
         far:\n  e: 5\n  <<: *chain\n\
         open:\n  <<: ${MORE}\n  a: 1\n",
    );
    let root = document(&files, 0);
    let value =
        |map: &str, key: &str| root.key(map).key(key).text().map(std::borrow::Cow::into_owned);
    for (map, key, expected) in [
        ("both", "a", "1"),
        ("both", "b", "1"),
        ("both", "c", "3"),
        ("both", "d", "2"),
        ("chain", "d", "4"),
        ("far", "b", "2"),
        ("far", "d", "4"),
        ("far", "e", "5"),
        ("open", "a", "1"),
    ] {
        assert_eq!(value(map, key).as_deref(), Some(expected), "{map}.{key}");
    }
    assert_eq!(root.key("far").key("zzz").shape(), Shape::Absent);
    assert_eq!(root.key("open").key("b").shape(), Shape::Unknown);
    let (pairs, open) = root.key("both").entries();
    let keys: Vec<&str> = pairs.iter().map(|(key, _)| *key).collect();
    assert_eq!((keys, open), (vec!["c", "a", "b", "d"], false));
}

#[test]
fn marks_bom_and_line_ends_are_no_part_of_values() {
    let text = "\u{feff}---\r\na: 1\r\nb: two words\r\nc: |\r\n  x\r\n  y\r\n# note\r\n---\r\nd:\r\n  - ü\r\n  - \"q\"\r\n...\r\n---\r\n";
    let parsed = read(text);
    assert_eq!(parsed.faults, []);
    let files = files(text);
    let first = document(&files, 0);
    for (key, written, value) in
        [("a", "1", "1"), ("b", "two words", "two words"), ("c", "|\r\n  x\r\n  y", "x\ny\n")]
    {
        assert_eq!(text_at(&files, first.key(key)), written);
        assert_eq!(first.key(key).text().as_deref(), Some(value));
    }
    let second = document(&files, 1).key("d");
    assert_eq!(text_at(&files, second.index(0)), "ü");
    assert_eq!(text_at(&files, second.index(1)), "\"q\"");
    assert_eq!(files[0].source.position(first.key("a").place().span.start).line, 2);
    assert_eq!(files[0].source.position(second.index(1).place().span.start).line, 11);
    let comment = parsed.tree.comments[0].span;
    assert_eq!(&text[comment.range()], "# note");
    let lone = read("\u{feff}a: 1");
    assert_eq!(lone.tree.node(lone.tree.documents[0]).span.start, 3);
}

#[test]
fn json_is_yaml_too() {
    let text = "{\n\t\"apiVersion\": \"v1\", \"kind\":\"List\",\n  \"items\": [{\"a\": [1, true, null, \"\\u00fc\\ud83e\\udd80\\/\"]}, {}]\n}\n";
    let expected = "{apiVersion: \"v1\", kind: \"List\", items: [{a: [\"1\", \"true\", \"null\", \"ü🦀/\"]}, {}]}";
    assert_eq!(shown(text), [expected]);
    let files = files(text);
    let items = document(&files, 0).key("items");
    assert_eq!(text_at(&files, items.index(1)), "{}");
    assert_eq!(items.index(0).key("a").index(2).shape(), Shape::Absent);
}

#[test]
fn only_braces_outside_quotes_make_a_template() {
    for text in [
        "key: {{ .Values.x }}\n",
        "{{- if .Values.on }}\nkey: 1\n{{- end }}\n",
        "a: 1\nkey:\n  {{- toYaml .Values.x | nindent 2 }}\n",
        "list:\n  - {{ .Values.x }}\n",
        "a: 1\n---\nkey: {{ .Values.x }}\n",
        "key: { {{ .Values.x }}: 1 }\n",
    ] {
        assert!(read(text).template, "{text}");
    }
    for text in [
        "key: \"{{ $labels.x }}\"\n",
        "key: '{{ $labels.x }}'\n",
        "key: |\n  {{ .Values.x }}\n",
        "key: >-\n  {{- range .Alerts }}\n",
        "key: [\"{{ a }}\", '{{ b }}']\n",
        "key: {a: {b: 1}}\n",
        "# key: {{ .Values.x }}\nkey: 1\n",
    ] {
        let parsed = read(text);
        assert!(!parsed.template && parsed.faults.is_empty(), "{text}");
    }
}

#[test]
fn nothing_written_is_null_at_its_key() {
    let files = files("a:\nb: ~\nc:\n  d:\n  e: # note\nf:\n- \n- g\n");
    let root = document(&files, 0);
    for cursor in [root.key("a"), root.key("b"), root.key("c").key("d"), root.key("c").key("e")] {
        assert_eq!(cursor.shape(), Shape::Absent);
    }
    assert_eq!(root.key("f").items().known.len(), 2);
    let header = root.key("c").key("e").header();
    assert_eq!(files[0].source.slice(header.span), "e");
    let parsed = read("a:\nb:\n  c:\n\n\n# note\nd: 1\n");
    let shown = documents(&parsed.tree, "a:\nb:\n  c:\n\n\n# note\nd: 1\n");
    assert_eq!(shown, ["{a: \"\", b: {c: \"\"}, d: \"1\"}"]);
}

#[test]
fn collections_end_with_their_last_value() {
    let text =
        "a:\n  b: &x\n    c: 1\n\n# note\nd: [1,\n  2]  # end\ne:\n- f: g\n  h: |\n    i\n\nj: k\n";
    let files = files(text);
    let root = document(&files, 0);
    assert_eq!(text_at(&files, root.key("a")), "b: &x\n    c: 1");
    assert_eq!(text_at(&files, root.key("d")), "[1,\n  2]");
    assert_eq!(text_at(&files, root.key("e").index(0)), "f: g\n  h: |\n    i");
    let last = files[0].tree.nodes.len() as u32 - 1;
    assert!(matches!(files[0].node(NodeId(last)).kind, NodeKind::Scalar(..)));
}

#[test]
fn placeholders_of_deploy_tools_are_holes() {
    assert_eq!(
        shown("a: ${NAME}-x\nb: \"p${A:-d}s\"\nc: $${no\nd: ${1}\n"),
        ["{a: t(${NAME} \"-x\"), b: t(\"p\" ${A:-d} \"s\"), c: \"$${no\", d: \"${1}\"}"]
    );
}

#[test]
fn a_block_scalar_starts_at_its_indicator() {
    for (before, scalar, value) in [
        ("k: ", "|\n  x\n", "x\n"),
        ("k: ", "|\n\n  x\n", "\nx\n"),
        ("k: ", ">-\n  x\n  y\n", "x y"),
        ("k: ", "|1+ # a > b\n  x\n\n", " x\n\n"),
        ("k: !<tag:a> &c>d ", "|\n  x\n", "x\n"),
        ("k: # a | b\n  ", "|\n  x\n", "x\n"),
        ("j: a|b>c # d | e\n\"k\": ", ">\n  x\n", "x\n"),
        ("j: |\n  > y |\nk: ", "|\n  x\n", "x\n"),
        ("j:\n  - {a: b|c}\nk: ", "|\n  x\n", "x\n"),
        ("j:\nk:\n  ", "|\n  x\n", "x\n"),
        ("k: ", "|\n", ""),
        ("k: ", "|-", ""),
    ] {
        let text = format!("{before}{scalar}");
        let files = files(&text);
        read(&text);
        assert!(files[0].faults.is_empty(), "{text:?}: {:?}", files[0].faults);
        let found = document(&files, 0).key("k");
        assert_eq!(text_at(&files, found), scalar.trim_end(), "{text:?}");
        if !before.contains('!') {
            assert_eq!(found.text().as_deref(), Some(value), "{text:?}");
        }
    }
    let text = "--- |\n x\n--- # | a\n- >\n  y\n- - |\n    z\n";
    let files = files(text);
    assert_eq!(text_at(&files, document(&files, 0)), "|\n x");
    assert_eq!(text_at(&files, document(&files, 1).index(0)), ">\n  y");
    assert_eq!(text_at(&files, document(&files, 1).index(1).index(0)), "|\n    z");
}
