//! The command line: argv, files written, exit codes. Everything it decides is in `rules` and below.

mod args;
mod baseline;
mod can;
mod charts;
mod check;
pub mod config;
mod diff;
mod graph;
mod init;
mod packs;
mod rule;
mod scaffold;
mod scope;
mod snapshot;
mod suggestion;
mod suppressions;
mod variables;
mod worlds;

use crate::model::graph::links::End;
use crate::report::inert;
use crate::rules::secret::veil;
use args::{Cli, Command, Rule};
use clap::{CommandFactory, Parser};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

/// Nothing at or above `--fail-on`.
const EXIT_OK: u8 = 0;
/// Findings.
const EXIT_FINDINGS: u8 = 1;
/// Wrong arguments or configuration, or an input that could not be analysed.
const EXIT_ERROR: u8 = 2;
/// A question that the manifests leave open.
const EXIT_UNKNOWN: u8 = 3;

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output with 0, mistakes to standard error with 2.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { EXIT_ERROR } else { EXIT_OK });
        }
    };
    ExitCode::from(match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Baseline(args) => baseline::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Can(args) => can::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Suppressions(args) => suppressions::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Rule(Rule::List(args)) => rule::list(&args),
        Command::Rule(Rule::New(args)) => scaffold::run(&args),
        Command::Rule(Rule::Test(args)) => rule::test(&args),
        Command::Rule(Rule::Explain(args)) | Command::Explain(args) => rule::explain(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "ztlint", &mut script);
            page(&String::from_utf8_lossy(&script))
        }
        Command::Man { folder } => match clap_mangen::generate_to(Cli::command(), &folder) {
            Ok(()) => EXIT_OK,
            Err(error) => fail(&format!("{}: {error}", folder.display())),
        },
    })
}

/// Writes a text to standard output; a reader that went away is no error.
fn page(text: &str) -> u8 {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(&format!("cannot write to standard output: {error}"))
        }
        _ => EXIT_OK,
    }
}

/// Says why there is no result. Lines of the message stay; what manifests say in it is inert.
fn fail(message: &str) -> u8 {
    let lines: Vec<_> = message.lines().map(inert).collect();
    let _ = writeln!(io::stderr().lock(), "ztlint: {}", lines.join("\n"));
    EXIT_ERROR
}

/// Says what could not be analysed; the exit code, if there is anything. `of` names the revision or
/// folder where there are two.
fn problems(worlds: &worlds::Worlds, of: &str) -> Option<u8> {
    let mut code = None;
    for problem in worlds.errors() {
        let of = if of.is_empty() { String::new() } else { format!("{of}: ") };
        let (path, message) = (inert(&problem.path), veil::veiled(&problem.message));
        code = Some(fail(&format!("{of}{path}: {}", inert(&message))));
    }
    code
}

/// That a name means no workload, with the one that was probably meant.
fn no_workload(end: &End, known: &BTreeSet<String>) -> String {
    let End::Workload(text) = end else { return "nothing is asked of a workload".to_owned() };
    let distance = |name: &&String| strsim::osa_distance(name, text);
    let near = known.iter().min_by_key(distance).filter(|name| distance(name) <= 3);
    let namespace = text.split('/').next().unwrap_or_default();
    let inside = |name: &&String| name.split('/').next() == Some(namespace);
    let hint = match near {
        Some(name) => format!("; did you mean `{name}`?"),
        None if known.iter().any(|name| inside(&name)) => {
            let names: Vec<&str> = known.iter().filter(inside).map(String::as_str).collect();
            format!("; in `{namespace}` there are {}", names.join(", "))
        }
        None => "; see `ztlint graph`".to_owned(),
    };
    inert(&format!("no workload is called `{text}`{hint}")).into_owned()
}

fn progress(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
