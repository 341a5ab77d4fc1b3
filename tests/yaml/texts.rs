//! Texts to read YAML from: manifests, mixtures of what is special in YAML, and both with
//! mistakes. The same number always gives the same text.

use super::random::{Random, mutated};
use std::path::Path;

/// The kinds of texts, in the order of the numbers that `text` gives.
pub const KINDS: [&str; 4] = ["manifests", "mutated manifests", "mixtures", "mutated cases"];

/// A text of some kind; `suite` are texts to mutate.
pub fn text(seed: u64, suite: &[String]) -> (usize, String) {
    let mut random = Random(seed);
    let kind = [0, 1, 1, 2, 3, 3][random.below(6)];
    let mut text = match kind {
        0 | 1 => manifest(&mut random),
        2 => mixture(&mut random),
        _ if suite.is_empty() => random.of(&SAMPLES).to_owned(),
        _ => suite[random.below(suite.len())].clone(),
    };
    if kind == 1 || kind == 3 {
        for _ in 0..=random.below(3) {
            text = mutated(&text, &CHANGES, &mut random);
        }
    }
    if random.one_in(12) {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    if random.one_in(40) {
        text.insert(0, '\u{feff}');
    }
    (kind, text)
}

/// A case of the YAML test suite.
pub struct Case {
    pub name: String,
    pub text: String,
    pub valid: bool,
    /// What a parser should say of it, in the suite's notation.
    pub events: String,
}

/// The cases of the YAML test suite as its npm package has them: modules that each export one
/// JSON document.
pub fn suite(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "js")) {
        let module = std::fs::read_to_string(path).expect("a text");
        let Some((_, json)) = module.split_once("export default ") else { continue };
        let test: serde_json::Value = serde_json::from_str(json).expect("JSON");
        for (at, case) in test["cases"].as_array().expect("cases").iter().enumerate() {
            cases.push(Case {
                name: format!("{} {at}", test["id"].as_str().unwrap_or_default()),
                text: case["yaml"].as_str().expect("a text").to_owned(),
                valid: case["fail"] != true,
                events: case["tree"].as_str().unwrap_or_default().to_owned(),
            });
        }
    }
    cases
}

const KEYS: [&str; 14] = [
    "a",
    "kind",
    "name",
    "spec",
    "metadata",
    "\"quoted\"",
    "'single'",
    "app.kubernetes.io/name",
    "ü",
    "with space",
    "a-b",
    "a",
    "<<",
    "1",
];

const LEAVES: [&str; 32] = [
    "x",
    "true",
    "80",
    "two words",
    "a:b",
    "http://x.example/y?z=1#w",
    "a#b",
    "-1",
    "-x",
    ":x",
    "'single'",
    "'it''s'",
    "''",
    "\"double\"",
    "\"\\n\\u00fc\\x41 \\\\\"",
    "\"\"",
    "\"tab\\tend \"",
    "~",
    "null",
    "ü🦀",
    "${NAME}",
    "pre-${NAME}-post",
    "$(VAR)",
    "a [b] {c}, d",
    "x {{ y }} z",
    "1.5",
    "0x1F",
    "\"${A} and ${B}\"",
    "trailing   ",
    "<<",
    "\u{a0}x\u{a0}",
    "\"a # b\"",
];

const FLOWS: [&str; 15] = [
    "[]",
    "{}",
    "[a, b]",
    "{a: b}",
    "{a: [b, {c: d}], \"e\": 'f'}",
    "[a, ]",
    "{\"a\":1,\"b\":[2]}",
    "[[a], [b, c]]",
    "{a: b c, d: \"e, f\"}",
    "{app: web, tier: front, }",
    "[-1, a:b, x y]",
    "{a: http://b.example/c}",
    "[ \"${NAME}\", x ]",
    "{ a : b }",
    "{a: b, a: c}",
];

const WORDS: [&str; 22] = [
    "word",
    "a: b",
    "- c",
    "# no comment",
    "x # y",
    "'",
    "\"",
    "{",
    "ü🦀",
    "\ttab",
    "  deeper",
    "end ",
    "---",
    "...",
    "&a",
    "|",
    "",
    "",
    "\u{a0}",
    "k:",
    "\\",
    "a:b",
];

/// Texts like those of the YAML test suite, for where that is not at hand.
const SAMPLES: [&str; 26] = [
    "- a\n- b: c\n  d: e\n-\n  - f\n",
    "a:\n  b: c # d\n# e\n  f: g\n",
    "a: |\n  b\n   c\n\n  d\ne: >-\n  f\n  g\n\n   h\n  i\n\n",
    "--- # a\nb: c\n...\n# d\n---\n- e\n--- |\n f\n",
    "a: 'b\n  c\n\n  d '' e'\nf: \"g \\\n   h\\n\n  i\"\n",
    "a: &b {c: d}\ne: *b\nf:\n  <<: *b\n",
    "{a: [b, c], \"d\": e, f: {g: h}}\n",
    "[a,\n b, # c\n {d: e\n  f}]\n",
    "? a\n: b\n? - c\n: - d\n",
    "a: b\n  c\n  d\n\n  e\nf: g\n",
    "- - - a\n    - b\n  - c\n- d\n",
    "a: !!str b\nc: !d e\n%x: y\n",
    "a: |2\n    b\n   c\nd: >1-\n  e\n",
    "a:\n- b\n- c: d\n\n  e: f\n-\n  g\nh:\n",
    "\"a\": b\n'c' : d\ne : f\n",
    "a: \"b\\u0041\\U0001F980\\x7e\\/\\t\"\n",
    "%YAML 1.2\n---\na: b\n",
    "a: b\t# c\nd:\te\n\tf\n",
    "a: |+\n  b\n\n\nc: |-\n  d\n\n",
    "a:\n\n  # b\n\n  c:\n    # d\n    e: f\n # g\n",
    "&a b: *a\n*a : c\n",
    "a: [\nb, c\n]\nd: {\n}\n",
    "a: >\n  b\n  c\n\n    d\n   e\n\n  f\n",
    "- |\n a\n- >\n b\n c\n- 'd'\n- \"e\"\n- f\n  g\n",
    "a: 1\n---\nb: 2\n---\n---\n# c\n",
    "a: [b: c, d]\ne: {f, g: h}\n",
];

/// What is special in YAML.
const PIECES: [&str; 62] = [
    "a",
    "b",
    "key: ",
    "k:",
    "- ",
    "-",
    "? ",
    ": ",
    ":",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "  ",
    "    ",
    "\t",
    " ",
    "---\n",
    "---",
    "...\n",
    "--- ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ",",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "|2\n",
    "|+\n",
    "> # >\n",
    "# note\n",
    " # 🦀\n",
    "#",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "!own ",
    "~",
    "\u{feff}",
    "ü",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "\\n",
    "\\\n",
    "\\\"",
    "{{ x }}",
    "${NAME}",
    "%",
    "@",
    "`",
    "''",
    "\"\"",
    "a: b\n",
    "- a: b\n  c: d\n",
    "\n\n",
];

/// Single changes.
const CHANGES: [&str; 37] = [
    " ", "  ", "\n", "\t", ":", ": ", "-", "- ", "#", " #", ",", "[", "]", "{", "}", "'", "\"",
    "|", ">", "&a ", "*a", "!", "%", "@", "\\", "\r", "\r\n", "\0", "\u{7f}", "ü", "\u{85}",
    "\u{feff}", "---\n", "...\n", "? ", "\n  ", "\n\n",
];

fn mixture(random: &mut Random) -> String {
    (0..random.below(24)).map(|_| random.of(&PIECES)).collect()
}

/// Documents as people write them.
fn manifest(random: &mut Random) -> String {
    let mut out = String::new();
    for document in 0..=random.below(3) {
        if document > 0 || random.one_in(3) {
            out.push_str("---");
            end_line(&mut out, random);
        }
        if random.one_in(12) {
            continue;
        }
        match random.below(8) {
            0 => list(&mut out, random, 0, 0),
            1 => {
                out.push_str(random.of(&FLOWS));
                end_line(&mut out, random);
            }
            _ => map(&mut out, random, 0, 0),
        }
        if random.one_in(12) {
            out.push_str("...\n");
        }
    }
    if random.one_in(8) {
        out.truncate(out.trim_end().len());
    }
    out
}

/// A comment or white space, the end of the line, and sometimes lines without content.
fn end_line(out: &mut String, random: &mut Random) {
    out.push_str(random.of(&["", "", "", "", "", "", " ", " # note", "   # ü: [", " #"]));
    out.push('\n');
    while random.one_in(7) {
        out.push_str(random.of(&["\n", "   \n", "# comment\n", "      # deep - {\n", "#\n"]));
    }
}

fn indent(out: &mut String, column: usize) {
    out.extend(std::iter::repeat_n(' ', column));
}

/// A map at a column; the first key follows at once.
fn map(out: &mut String, random: &mut Random, column: usize, depth: usize) {
    for entry in 0..=random.below(4) {
        if entry > 0 {
            indent(out, column);
        }
        out.push_str(random.of(&KEYS));
        out.push_str(random.of(&[":", ":", ":", ":", " :"]));
        if random.one_in(12) {
            out.push_str(" &one");
        }
        let deeper = column + 1 + random.below(4);
        match random.below(10) {
            0..=2 if depth < 5 => {
                end_line(out, random);
                indent(out, deeper);
                map(out, random, deeper, depth + 1);
            }
            3 if depth < 5 => {
                end_line(out, random);
                let column = if random.one_in(2) { column } else { deeper };
                indent(out, column);
                list(out, random, column, depth + 1);
            }
            4 if random.one_in(2) => {
                end_line(out, random);
                if random.one_in(3) {
                    indent(out, deeper);
                    value(out, random, column);
                }
            }
            _ => {
                out.push_str(random.of(&[" ", " ", " ", "  "]));
                value(out, random, column);
            }
        }
    }
}

fn list(out: &mut String, random: &mut Random, column: usize, depth: usize) {
    for item in 0..=random.below(3) {
        if item > 0 {
            indent(out, column);
        }
        let spaces = 1 + random.below(3);
        out.push('-');
        match random.below(8) {
            0..=2 if depth < 5 => {
                indent(out, spaces);
                map(out, random, column + 1 + spaces, depth + 1);
            }
            3 if depth < 5 => {
                indent(out, spaces);
                list(out, random, column + 1 + spaces, depth + 1);
            }
            4 if depth < 5 => {
                end_line(out, random);
                indent(out, column + spaces);
                map(out, random, column + spaces, depth + 1);
            }
            _ => {
                indent(out, spaces);
                value(out, random, column);
            }
        }
    }
}

/// What stands behind a key or a dash, with the end of its line.
fn value(out: &mut String, random: &mut Random, column: usize) {
    match random.below(14) {
        0 => {
            out.push_str(random.of(&FLOWS));
            end_line(out, random);
        }
        1 => long_flow(out, random, column),
        2 | 3 => block_scalar(out, random, column),
        4 => long_text(out, random, column),
        5 if out.rfind("&one").is_some_and(|at| !out[at..].contains("\n---")) => {
            let quiet = !out.ends_with("&one ");
            out.push_str(if quiet { "*one" } else { "x" });
            end_line(out, random);
        }
        _ => {
            out.push_str(random.of(&LEAVES));
            end_line(out, random);
        }
    }
}

fn long_flow(out: &mut String, random: &mut Random, column: usize) {
    let list = random.one_in(2);
    out.push(if list { '[' } else { '{' });
    for entry in 0..random.below(4) {
        if entry > 0 {
            out.push_str(random.of(&[",", ", ", " ,"]));
        }
        if random.one_in(2) {
            end_line(out, random);
            let deeper = 1 + random.below(3);
            indent(out, column + deeper);
        }
        if !list {
            out.push_str(random.of(&["a: ", "\"b\": ", "'c':", "\"d\": "]));
            if random.one_in(6) {
                end_line(out, random);
                indent(out, column + 2);
            }
        }
        out.push_str(random.of(&["x", "y z", "'q'", "\"r\"", "[s]", "{t: u}", "\"v w\""]));
        if random.one_in(5) {
            end_line(out, random);
            indent(out, column + 1);
        }
    }
    out.push(if list { ']' } else { '}' });
    end_line(out, random);
}

fn block_scalar(out: &mut String, random: &mut Random, column: usize) {
    out.push_str(random.of(&["|", "|", "|-", "|+", ">", ">-", ">+"]));
    let deeper = 1 + random.below(3);
    if random.one_in(8) {
        out.push_str(&deeper.to_string());
    }
    out.push_str(random.of(&["", "", "", " # note", "  "]));
    out.push('\n');
    for line in 0..=random.below(5) {
        match random.below(6) {
            0 if line > 0 || random.one_in(4) => {}
            1 if line > 0 => out.push_str(random.of(&[" ", "    "])),
            2 if line > 0 => {
                indent(out, column + deeper + 1);
                out.push_str(random.of(&WORDS));
            }
            _ => {
                indent(out, column + deeper);
                out.push_str(random.of(&WORDS));
            }
        }
        out.push('\n');
    }
}

/// A plain or quoted text of several lines.
fn long_text(out: &mut String, random: &mut Random, column: usize) {
    let quote = random.of(&["", "", "'", "\""]);
    out.push_str(quote);
    let lines = 1 + random.below(4);
    for line in 0..lines {
        if line > 0 {
            if quote == "\"" && random.one_in(4) {
                out.push_str(" \\");
            }
            out.push_str(random.of(&["\n", "\n", " \n", "\n\n", "\n  \n\n"]));
            let deeper = 1 + random.below(4);
            indent(out, column + deeper);
        }
        out.push_str(random.of(&["word", "two words", "a:b", "-x", "ü", "x, [y]", "z#", "${N}"]));
    }
    out.push_str(quote);
    end_line(out, random);
}
