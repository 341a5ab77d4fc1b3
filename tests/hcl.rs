//! The two readers of HCL against each other: whatever the scanner reads, it reads as the library
//! does, down to spans, decoded texts and the order of nodes; the rest it leaves alone.
//!
//! `ZTLINT_HCL_CASES` says how many generated texts are tried (and `ZTLINT_HCL_SEED` from which
//! number on), `ZTLINT_CORPORA` is a folder of configurations.

#![allow(clippy::print_stdout, reason = "a comparison says how much it compared")]

use std::path::Path;
use ztlint::input::tree::Tree;
use ztlint::input::{hcl, source, tree};

#[path = "support/random.rs"]
mod random;
#[path = "support/readers.rs"]
mod readers;
#[path = "hcl/texts.rs"]
mod texts;
#[allow(dead_code, reason = "the laws are of interest here")]
#[path = "../src/input/tree_checks.rs"]
mod tree_checks;

use readers::{files, number, soon};

/// What the scanner makes of a text, if anything; fails where the library makes something else of it.
fn scanned(text: &str) -> Option<Tree> {
    let scanned = hcl::scan(text)?;
    let (read, faults) = hcl::read(text);
    assert!(faults.is_empty(), "{text:?} has faults: {faults:#?}");
    assert!(scanned == read, "{text:?}\nscanner: {scanned:#?}\nlibrary: {read:#?}");
    Some(scanned)
}

fn differs(text: &str) -> bool {
    hcl::scan(text).is_some_and(|scanned| (scanned, Vec::new()) != hcl::read(text))
}

/// Compares both readers on all HCL files of a folder; gives how many of how many bytes the scanner
/// read.
fn compare(folder: &Path) -> (usize, usize) {
    let mut found = Vec::new();
    files(folder, &["tf", "tfvars", "hcl"], &mut found);
    let (mut read, mut all, mut fast) = (0, 0, 0);
    for path in &found {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        all += text.len();
        if scanned(&text).is_some() {
            read += text.len();
            fast += 1;
        } else if std::env::var_os("ZTLINT_HCL_LEFT").is_some() {
            println!("left to the library: {}", path.display());
        }
    }
    println!("{fast} of {} files, {read} of {all} bytes", found.len());
    (read, all)
}

#[test]
fn the_readers_agree_on_files_of_our_own() {
    let (read, all) = compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata"));
    assert!(all > 50_000 && read * 100 >= all * 90, "{read} of {all} bytes");
}

#[test]
#[ignore = "needs ZTLINT_CORPORA, a folder of configurations"]
fn the_readers_agree_on_corpora() {
    let root = std::env::var_os("ZTLINT_CORPORA").expect("ZTLINT_CORPORA");
    let (read, all) = compare(Path::new(&root));
    assert!(read * 100 >= all * 97, "{read} of {all} bytes");
}

#[test]
fn the_readers_agree_on_generated_texts() {
    let cases = number("ZTLINT_HCL_CASES").unwrap_or(30_000);
    let first = number("ZTLINT_HCL_SEED").unwrap_or(0);
    let mut read = [0u64; texts::KINDS.len()];
    let mut tried = [0u64; texts::KINDS.len()];
    let mut valid = 0;
    for seed in first..first + cases {
        let (kind, text) = texts::text(seed);
        tried[kind] += 1;
        if differs(&text) {
            let small = random::shrunk(&text, differs);
            scanned(&small);
        }
        if let Some(tree) = hcl::scan(&text) {
            read[kind] += 1;
            tree_checks::check(&tree, &text);
        }
        if kind == 0 {
            valid += u64::from(hcl::read(&text).1.is_empty());
        }
        if seed % 1_000_000 == 999_999 {
            println!("{} texts: {read:?} of {tried:?}", seed + 1 - first);
        }
    }
    println!("{:?}: {read:?} of {tried:?}", texts::KINDS);
    if first == 0 && cases >= 1000 {
        let much = read[0] * 100 >= valid * 60 && valid * 2 >= tried[0];
        assert!(much, "{read:?} of {tried:?}, {valid}");
        assert!(read.iter().all(|read| *read > 0), "{read:?} of {tried:?}");
    }
}

#[test]
fn what_only_looks_like_a_configuration_is_left_to_the_library() {
    for text in [
        // Errors.
        "a",
        "a = ",
        "a = b c\n",
        "a = [b\n",
        "a = {b}\n",
        "a = 1\na = 2\n",
        "a = {b = 1, b = 2}\n",
        "a = {\"b\" = 1, \"b\" = 2}\n",
        "a = {(b) = 1, (b) = 2}\n",
        "a = \"b\n",
        "a = \"\\q\"\n",
        "a = \"${b\"\n",
        "a = b +\n",
        "a = b\n+ c\n",
        "a = b ? c\n",
        "a = b & c\n",
        "a = <<E\nb\n",
        "a = f(b\n",
        "a = f(,)\n",
        "a = [,]\n",
        "a = [for b : c]\n",
        "a = 1e999\n",
        "a { b = 1 c = 2 }\n",
        "a { b {} }\n",
        "a \"${b}\" {}\n",
        "a {\n",
        "}\n",
        "a = b.\n",
        "a = /* b\n",
        // Rarities.
        "a = \"%{ if b }c%{ endif }\"\n",
        "a = <<E\nE\n",
        "a = b::c()\n",
        "a = f (b)\n",
        "a = - 1\n",
        "a = 1e3\n",
        "a = \"\\u0041\"\n",
        "ä = 1\n",
        "a = bä\n",
        "a = 1\r\n",
        "a = {\"b${c}\" = 1, /* d */ (e /* f */) = 2}\n",
    ] {
        assert!(hcl::scan(text).is_none(), "{text:?}");
    }
}

#[test]
fn the_readers_agree_near_their_limits() {
    let deep = |depth: usize| {
        [
            format!("a = {}{}\n", "[".repeat(depth), "]".repeat(depth)),
            format!("a = {}b{}\n", "(".repeat(depth), ")".repeat(depth)),
            format!("a = {}1{}\n", "{ b = ".repeat(depth), "}".repeat(depth)),
            format!("a = {}b\n", "!".repeat(depth)),
            format!("a = b{}\n", " + b".repeat(depth * 2)),
            format!("a = {}b{}\n", "f(".repeat(depth), ")".repeat(depth)),
            format!("a = {}b{}\n", "\"${".repeat(depth), "}\"".repeat(depth)),
            format!("{}{}", "a {\n".repeat(depth), "}\n".repeat(depth)),
            format!("a = b{}\n", " ? c : b".repeat(depth)),
            format!("a = {}\n", "7".repeat(depth)),
            format!("a = 0.{}\n", "7".repeat(depth)),
            format!("a = b.{}\n", "7".repeat(depth)),
            format!("a = b{}\n", "[c]".repeat(depth)),
        ]
    };
    let read = (1..80).flat_map(deep).filter(|text| scanned(text).is_some()).count();
    assert!((300..1000).contains(&read), "{read}");
}

#[test]
fn time_is_linear() {
    // Each of these is short work unless something is gone over again and again.
    for piece in [
        "a {}\n",
        "a{n} = 1\n",
        "a {\n b = 1\n}\n",
        "b{n} \"c\" {\n}\n",
        "a = [1, ",
        "a = {b{n} = 1, ",
        "a = {(b{n}) = 1, ",
        "/* c */ ",
        "# c\n",
        "\n",
        "/*",
        "a{n} = <<E\nb\nE\n",
        "a{n} = <<E\nb ${c}\n",
        "a{n} = \"b",
        "a = b ? ",
        "a{n} = b[\"c\"].d\n",
        "a{n} = (b + c) * d - e\n",
    ] {
        let pieces = (0..400_000 / piece.len()).map(|n| piece.replace("{n}", &n.to_string()));
        let text: String = pieces.collect();
        soon(piece, || hcl::scan(&text));
    }
    let items = "  \"a\",\n".repeat(100_000);
    assert!(soon("a long list", || hcl::scan(&format!("a = [\n{items}]\n"))).is_some());
}
