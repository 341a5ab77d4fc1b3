//! The evaluator against the real `terraform console`: generated expressions over functions, `for`,
//! splats, operators and templates. The pairs are kept as a table, so that every run checks them;
//! the comparison itself wants Terraform, named by `ZTLINT_TERRAFORM`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use ztlint::input::file_tree::Memory;
use ztlint::model::datum::{Kind, Piece};
use ztlint::model::project;
use ztlint::model::terraform::declared::Configuration;
use ztlint::model::terraform::evaluation::{self, Given};
use ztlint::model::terraform::function::json;

#[path = "console/grammar.rs"]
mod grammar;

/// What stands for an expression that cannot be evaluated.
const FAILS: &str = "(fails)";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/console")
}

fn locals() -> String {
    std::fs::read_to_string(folder().join("main.tf")).expect("the locals of the table")
}

/// What ztlint gives for each expression, as JSON.
fn evaluated(expressions: &[String]) -> Vec<String> {
    let mut outputs = String::new();
    for (at, expression) in expressions.iter().enumerate() {
        let _ = writeln!(outputs, "output \"o{at}\" {{\n  value = {expression}\n}}");
    }
    let tree = Memory::new().with("main.tf", locals()).with("outputs.tf", outputs);
    let mut loaded = project::load(&tree, None, &[], None);
    assert_eq!(loaded.problems, []);
    project::resources(&mut loaded);
    let configuration =
        Configuration::new(&loaded.files, &loaded.resources, &loaded.vendored, &loaded.listings);
    let (paths, given) = (BTreeMap::new(), Given::default());
    let values: BTreeMap<_, _> = evaluation::outputs(&configuration, &paths, &given, "");
    let text = |at: usize| {
        let value = &values[&format!("o{at}")];
        if matches!(value.kind, Kind::Unknown(_)) {
            return FAILS.to_owned();
        }
        let pieces = json::encode(value);
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.to_string(),
            Piece::Hole(_) => FAILS.to_owned(),
        };
        let text: String = pieces.iter().map(piece).collect();
        if text.contains(FAILS) { FAILS.to_owned() } else { text }
    };
    (0..expressions.len()).map(text).collect()
}

/// What Terraform gives for each.
fn asked(terraform: &str, expressions: &[String]) -> Vec<String> {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    std::fs::write(scratch.path().join("main.tf"), locals()).expect("a scratch file");
    let batches = expressions.chunks(100);
    batches.flat_map(|batch| ask(terraform, scratch.path(), batch)).collect()
}

/// Asks for some at once; where one of them makes all fail, for the halves.
fn ask(terraform: &str, folder: &Path, batch: &[String]) -> Vec<String> {
    let each: Vec<String> =
        batch.iter().map(|e| format!("try(jsonencode({e}), \"{FAILS}\")")).collect();
    let whole = format!("base64encode(jsonencode([{}]))\n", each.join(", "));
    let mut child = Command::new(terraform)
        .arg("console")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Terraform starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), whole.as_bytes())
        .expect("Terraform reads");
    let output = child.wait_with_output().expect("Terraform ends");
    let text = String::from_utf8_lossy(&output.stdout);
    match (decode(text.trim().trim_matches('"')), batch) {
        (Some(list), _) => serde_json::from_str(&list).expect("a list of texts"),
        (None, [_]) => vec![FAILS.to_owned()],
        (None, _) => {
            let (one, other) = batch.split_at(batch.len() / 2);
            let mut answers = ask(terraform, folder, one);
            answers.extend(ask(terraform, folder, other));
            answers
        }
    }
}

fn decode(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())?;
    String::from_utf8(bytes).ok()
}

fn differences(expressions: &[String], expected: &[String], found: &[String]) -> Vec<String> {
    let rows = expressions.iter().zip(expected).zip(found);
    rows.filter(|((_, expected), found)| expected != found)
        .map(|((expression, expected), found)| {
            format!("{expression}\n  Terraform {expected}\n  ztlint    {found}")
        })
        .collect()
}

#[test]
fn expressions_mean_what_terraform_says() {
    let table = std::fs::read_to_string(folder().join("table.tsv")).expect("the table");
    let rows = table.lines().map(|line| line.split_once('\t').expect("two columns"));
    let (expressions, expected): (Vec<_>, Vec<_>) =
        rows.map(|(a, b)| (a.to_owned(), b.to_owned())).unzip();
    assert!(expressions.len() >= 300, "{}", expressions.len());
    let failing = expected.iter().filter(|value| *value == FAILS).count();
    assert!(failing * 4 < expected.len(), "{failing} rows only fail");
    let wrong = differences(&expressions, &expected, &evaluated(&expressions));
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Set `ZTLINT_CONSOLE_SEED` for other expressions than those of the table, which are those of
/// seed 1. With `ZTLINT_CONSOLE_WRITE` the table is written anew.
#[test]
#[ignore = "wants Terraform, named by ZTLINT_TERRAFORM"]
fn terraform_console_agrees() {
    let terraform = std::env::var("ZTLINT_TERRAFORM").expect("ZTLINT_TERRAFORM names Terraform");
    let seed = std::env::var("ZTLINT_CONSOLE_SEED").map_or(1, |seed| seed.parse().expect("a seed"));
    let expressions = grammar::expressions(seed, 400);
    let answers = asked(&terraform, &expressions);
    if std::env::var_os("ZTLINT_CONSOLE_WRITE").is_some() {
        let rows = expressions.iter().zip(&answers);
        let table: Vec<String> = rows.map(|(a, b)| format!("{a}\t{b}\n")).collect();
        std::fs::write(folder().join("table.tsv"), table.concat())
            .expect("the table can be written");
    }
    let wrong = differences(&expressions, &answers, &evaluated(&expressions));
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
