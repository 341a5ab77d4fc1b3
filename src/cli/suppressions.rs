//! `ztlint suppressions`: every suppression of a project, with its state and its owner.

use super::args::{Suppressions as Args, SuppressionsFormat};
use super::scope::{self, ScopeError};
use super::worlds::Files;
use super::{EXIT_ERROR, EXIT_OK, fail};
use crate::input::git_history::{History, Origin};
use crate::input::problem::Level;
use crate::report::suppressions::{self, List};
use crate::rules::card::Profile;
use crate::rules::date::Date;
use crate::rules::engine;
use crate::rules::outcome::Report;
use crate::rules::settings::Settings;
use crate::rules::suppress::{Kind, Suppression};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
enum SuppressionsError {
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error("--helm: {0}")]
    Helm(String),
    #[error("cannot write to standard output: {0}")]
    StandardOutput(#[from] io::Error),
}

/// Runs the command; the number is the exit code.
pub fn run(args: &Args) -> u8 {
    match list(args) {
        Ok(code) => code,
        Err(SuppressionsError::StandardOutput(error))
            if error.kind() == io::ErrorKind::BrokenPipe =>
        {
            EXIT_OK
        }
        Err(error) => fail(&error.to_string()),
    }
}

fn list(args: &Args) -> Result<u8, SuppressionsError> {
    let place = scope::find(&args.paths, args.config.as_deref(), &args.rules)?;
    let files = Files::of(&place, &args.rendering).map_err(SuppressionsError::Helm)?;
    let config = place.config;
    let variables = config.var_files.iter().map(|file| file.path.clone()).collect();
    // Every rule is asked whether there is something to suppress, whatever a check selects. What is
    // asked for is told apart below, so that nothing else changes what matches.
    let mut settings = Settings {
        model: config.model(),
        catalog: config.catalog,
        select: Vec::new(),
        profile: Profile::Strict,
        roots: config.roots,
        exclude: config.exclude,
        expect: config.expect,
        suppressions: config.suppressions,
        scope: place.scope,
        named: place.named,
        today: args.today.unwrap_or_else(Date::today),
        ..Settings::default()
    };
    settings.named.extend(config.var_files.into_iter().map(|file| file.path));
    settings.model.variables.files = variables;
    let report = engine::run(&files, &settings);
    let asked = |one: &&Suppression| {
        let path = &report.source(one.place.file).path;
        let wanted = |focus: &Vec<String>| engine::focused(focus, path);
        one.kind == Kind::Configuration || place.focus.as_ref().is_none_or(wanted)
    };
    let mut shown: Vec<&Suppression> = report.suppressions.iter().filter(asked).collect();
    let path = |one: &Suppression| report.source(one.place.file).path.as_str();
    shown.sort_by_key(|one| (path(one), one.place.span.start, one.ordinal));
    let origins = origins(&report, &shown, &place.root);
    let shown = shown.into_iter().zip(origins).collect();
    let (policy, today) = (&settings.suppressions, settings.today);
    let list = List { report: &report, policy, today, shown };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.format {
        SuppressionsFormat::Human => suppressions::human(&list, &mut out)?,
        SuppressionsFormat::Json => suppressions::json(&list, &mut out)?,
    }
    out.flush()?;
    let errors = report.problems.iter().filter(|problem| problem.level == Level::Error);
    let mut code = EXIT_OK;
    for problem in errors {
        fail(&format!("{}: {}", problem.path, problem.message));
        code = EXIT_ERROR;
    }
    Ok(code)
}

/// The commits that brought suppressions in, if the project is a git repository.
fn origins(report: &Report, shown: &[&Suppression], root: &Path) -> Vec<Option<Origin>> {
    let mut found = vec![None; shown.len()];
    let Ok(history) = History::open(root) else { return found };
    let mut files: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, one) in shown.iter().enumerate() {
        files.entry(one.place.file.0).or_default().push(at);
    }
    for indices in files.into_values() {
        let Some(first) = indices.first() else { continue };
        let source = report.source(shown[*first].place.file);
        let line = |at: &usize| source.position(shown[*at].place.span.start).line;
        let lines: Vec<u32> = indices.iter().map(line).collect();
        let origins = history.origins(&source.path, &source.text, &lines);
        for (at, origin) in indices.into_iter().zip(origins) {
            found[at] = origin;
        }
    }
    found
}
