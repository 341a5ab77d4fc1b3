//! Texts that break each law, and near misses that do not.

use super::*;

fn files(sources: &[(&str, &str)]) -> Vec<File> {
    sources.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// How many breaches one file makes.
fn breaches(law: fn(&[File]) -> Vec<String>, path: &str, text: &str) -> usize {
    law(&files(&[(path, text)])).len()
}

#[test]
fn an_arrow_that_turns_back_is_seen_in_every_spelling() {
    for text in [
        "use crate::rules::card::Card;",
        "use crate::{input::tree::Tree, report::human}};",
        "fn f() -> crate::cli::Args { todo!() }",
        "use super::super::rules;",
        "use super::super as up;",
        "use crate as root;",
        "use crate::*;",
        "use ::ztlint::rules::engine;",
        "use ztlint::rules::engine;",
        "mod tests { use super::super::super::report::human; }",
        "fn f() { let _: Vec::<crate::rules::Rule>; }",
        "use crate::Facade;",
        "pub(in crate::rules) struct A;",
        "#[path = \"../rules/card.rs\"] mod card;",
    ] {
        assert_eq!(breaches(arrows_that_turn_back, "src/model/value.rs", text), 1, "{text}");
    }
    assert_eq!(breaches(arrows_that_turn_back, "src/extra/x.rs", ""), 1);
    assert_eq!(breaches(arrows_that_turn_back, "src/extra.rs", ""), 1);
}

#[test]
fn arrows_that_point_down_and_prose_are_no_breach() {
    for text in [
        "use crate::input::{tree::Tree, source};",
        "use super::fact::Fact; use super::super::input;",
        "//! Not for crate::rules.\n/* crate::report /* crate::cli */ */",
        "const A: &str = \"crate::rules\"; const B: &str = r#\"\" crate::cli \"#;",
        "fn f<'a>(c: char) -> &'a str { if c == '\"' || c == '\\'' { self.x } else { \"\" } }",
        "pub(crate) fn f() {} pub(super) fn g() {} pub(self) fn h() {}",
        "mod tests { use super::*; } use self::inner::X;",
    ] {
        assert_eq!(breaches(arrows_that_turn_back, "src/model/value.rs", text), 0, "{text}");
    }
}

#[test]
fn disorder_inside_model_is_seen() {
    let direct = |room: &str, text: &str| {
        let mut sources = vec![(format!("src/model/{room}/a.rs"), text.to_owned())];
        for name in ["graph", "istio", "kubernetes", "terraform", "iam", "fact"] {
            sources.push((format!("src/model/{name}/mod.rs"), String::new()));
        }
        model_out_of_order(&sources).len()
    };
    assert_eq!(direct("kubernetes", "use crate::model::terraform::Block;"), 1);
    assert_eq!(direct("kubernetes", "use super::super::istio;"), 1);
    assert_eq!(direct("terraform", "use crate::model::{fact, kubernetes::Pod};"), 1);
    assert_eq!(direct("istio", "use crate::model::graph::Graph;"), 1);
    assert_eq!(direct("iam", "use crate::model::terraform;"), 1);
    assert_eq!(direct("fact", "use crate::model::iam;"), 1);
    assert_eq!(direct("fact", "use crate::model::Anything;"), 1);
    assert_eq!(direct("fact", "use super::super as model;"), 1);
    assert_eq!(direct("graph", "use crate::model::{istio, kubernetes, fact};"), 0);
    assert_eq!(direct("terraform", "use crate::model::{iam, fact};"), 0);
}

#[test]
fn disorder_through_a_third_room_and_circles_are_seen() {
    let detour = files(&[
        ("src/model/kubernetes/mod.rs", "use crate::model::view::View;"),
        ("src/model/view.rs", "use crate::model::terraform::Block;"),
        ("src/model/terraform/mod.rs", ""),
    ]);
    assert_eq!(model_out_of_order(&detour).len(), 1);
    let circle = files(&[
        ("src/model/fact.rs", "use super::value::Value;"),
        ("src/model/value.rs", "use super::fact::Fact;"),
    ]);
    assert_eq!(model_out_of_order(&circle).len(), 2);
}

#[test]
fn a_sibling_is_seen() {
    let import = |path: &str, text: &str| {
        let code = [("src/rules/code/b.rs", ""), ("src/report/json.rs", ""), (path, text)];
        siblings_that_meet(&files(&code)).len()
    };
    assert_eq!(import("src/rules/code/a.rs", "use super::b::check;"), 1);
    assert_eq!(import("src/rules/code/a.rs", "use super::*;"), 1);
    assert_eq!(import("src/rules/code/a.rs", "use crate::rules;"), 1);
    assert_eq!(import("src/report/human.rs", "fn f() { crate::report::json::write() }"), 1);
    assert_eq!(import("src/rules/code/a.rs", "use super::Sink; mod tests { use super::*; }"), 0);
    assert_eq!(import("src/rules/code/mod.rs", "mod a; use self::b::check;"), 0);
    assert_eq!(import("src/report/human.rs", "use crate::rules::finding::Finding;"), 0);
}

#[test]
fn a_capability_away_from_home_is_seen() {
    let breach = |path: &str, text: &str| breaches(capabilities_away_from_home, path, text);
    for text in [
        "use std::fs;",
        "use std::{io, fs::File};",
        "use std as s;",
        "use ::std::fs::read;",
        "fn f() { let _ = File::open(p); }",
        "fn f() { let _ = std::env::current_dir(); }",
        "fn f() { let _ = path.canonicalize(); }",
        "fn f() { io::stdin(); }",
        "use ignore::WalkBuilder;",
        "use clap::Parser;",
        "use clap_complete::Shell;",
        "use std::net::TcpStream;",
        "use std::net;",
        "use std::process::Command;",
        "use std::process::*;",
    ] {
        assert_eq!(breach("src/rules/engine.rs", text), 1, "{text}");
    }
    assert_eq!(breach("src/rules/engine.rs", "use miette::GraphicalReportHandler;"), 1);
    assert_eq!(breach("src/report/human.rs", "use miette::GraphicalReportHandler;"), 0);
    assert_eq!(breach("src/rules/engine.rs", "#[derive(miette::Diagnostic)] struct E;"), 0);
    assert_eq!(breach("src/input/disk.rs", "use std::fs; use ignore::Walk;"), 0);
    assert_eq!(breach("src/input/yaml.rs", "use std::fs;"), 1);
    assert_eq!(breach("src/cli/mod.rs", "use clap::Parser; use std::{fs, process::ExitCode};"), 0);
    assert_eq!(breach("src/cli/mod.rs", "fn f() { std::process::Command::new(x); }"), 1);
    assert_eq!(breach("src/model/graph/doors.rs", "use rayon::prelude::*;"), 1);
    assert_eq!(breach("src/rules/engine.rs", "use rayon::prelude::*;"), 0);
    assert_eq!(breach("src/model/cidr.rs", "use std::net::{IpAddr, Ipv4Addr};"), 0);
}

#[test]
fn a_file_out_of_shape_is_seen() {
    let shape = |path: &str, lines: usize| {
        breaches(files_out_of_shape, path, &format!("//! x\n{}", "\n".repeat(lines - 1)))
    };
    assert_eq!((shape("src/main.rs", 30), shape("src/main.rs", 31)), (0, 1));
    assert_eq!((shape("src/input/x.rs", 600), shape("src/input/x.rs", 601)), (0, 1));
    assert_eq!(breaches(files_out_of_shape, "src/input/x.rs", "use std::fmt;\n"), 1);
}

#[test]
fn a_tied_card_is_seen() {
    let card = |text: &str| breaches(ties_of_the_card, "src/rules/card.rs", text);
    assert_eq!(card("use crate::input::source::Span;"), 1);
    assert_eq!(card("fn f() { super::finding::x() }"), 1);
    assert_eq!(card("use serde::Deserialize; /// See `super::rule`.\nstruct Card;"), 0);
}

#[test]
fn a_lost_path_is_seen() {
    let text = "`src/gone.rs` `gone.md` `src/<x>/y` `cargo test` `a/b c` `--output`\n\
                ```\n`src/fenced.rs`\n```\n`.ci/run` `rules/<family>/<ID>-<name>.yaml`";
    let exists = |path: &str| ["src", "rules", ".ci/run"].contains(&path);
    assert_eq!(lost_paths(text, exists), ["src/gone.rs", "gone.md"]);
}
