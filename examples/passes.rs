//! What a run does at least, as commands of their own to be measured beside it:
//!
//! - `passes floor FOLDER|FILE…`: list, read, check for UTF-8, find the lines;
//! - `passes parse FOLDER|FILE…`: list, read, check for UTF-8, parse with the library parsers
//!   (granit-parser, hcl-edit), whatever ztlint itself uses.
//!
//! Both read the files whose names say their language, as a run does, on as many threads. Neither
//! knows a manifest from any other file.

#![allow(clippy::print_stdout, reason = "the command says what it has read")]

use rayon::prelude::*;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use ztlint::input::file::Language;
use ztlint::input::file_tree::{Disk, FileTree, MAX_FILE_BYTES};
use ztlint::input::source::Source;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let pass = arguments.next().and_then(|word| match word.to_str() {
        Some("floor") => Some(lines as fn(String, String)),
        Some("parse") => Some(parse),
        _ => None,
    });
    let paths: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let (Some(pass), false) = (pass, paths.is_empty()) else {
        println!("passes floor|parse FOLDER|FILE…");
        return ExitCode::from(2);
    };
    let (mut files, mut bytes) = (0, 0);
    for path in &paths {
        let (folder, names) = if path.is_dir() {
            (path.as_path(), Disk::new(path, MAX_FILE_BYTES).list("", true).files)
        } else {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            (path.parent().unwrap_or(Path::new("")), Vec::from_iter(name))
        };
        let disk = Disk::new(folder, MAX_FILE_BYTES);
        let read = names.par_iter().filter(|name| Language::of(name).is_some()).map(|name| {
            let text = disk.read(name).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let Some(text) = text else { return 0 };
            let size = text.len();
            pass(name.clone(), text);
            size
        });
        let sizes: Vec<usize> = read.collect();
        files += sizes.len();
        bytes += sizes.iter().sum::<usize>();
    }
    println!("{files} files, {bytes} bytes");
    ExitCode::SUCCESS
}

fn lines(name: String, text: String) {
    black_box(Source::new(name, text).line_starts().len());
}

/// As in `throughput`: what is no Terraform is YAML, of which JSON is a part.
#[allow(clippy::needless_pass_by_value, reason = "a pass owns what it has read")]
fn parse(name: String, text: String) {
    if Language::of(&name).is_some_and(Language::is_terraform) {
        let _ = black_box(hcl_edit::parser::parse_body(&text));
        return;
    }
    for event in granit_parser::Parser::new_from_str(&text) {
        if black_box(event).is_err() {
            break;
        }
    }
}
