//! `ztlint check`: arguments to settings, one run, reports written, exit code.

use super::args::{Check, Colour, Judging};
use super::baseline::{BaselineError, Known};
use super::scope::{self, Place, ScopeError};
use super::snapshot::{self, Snapshot, SnapshotError};
use super::suggestion;
use super::variables::{self, ValueFile};
use super::worlds::Files;
use super::{EXIT_ERROR, EXIT_FINDINGS, EXIT_OK};
use crate::input::file_tree::{FileTree, Listing, MAX_FILE_BYTES, Memory, ReadError, Renderer};
use crate::input::git_tree::GitError;
use crate::input::problem::{Level, Problem};
use crate::model::terraform::plan::MARKS;
use crate::report::{self, Format, Look};
use crate::rules::baseline::Baseline;
use crate::rules::card::{Profile, Severity};
use crate::rules::date::Date;
use crate::rules::engine;
use crate::rules::outcome::{HeldBack, Report};
use crate::rules::settings::{Scope, Settings};
use crate::rules::suppress::Policy;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// No run has more threads, whatever is asked for.
const MAX_JOBS: usize = 256;

/// Why a run could not be made or its report not be written.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    #[error("--since: {0}")]
    Since(GitError),
    #[error("--{0}: standard input is no part of a repository")]
    NoRepository(&'static str),
    #[error("no rule or family is called {0}; see `ztlint rule list`")]
    Rules(String),
    #[error("`-` stands alone: standard input cannot be mixed with other paths")]
    MixedInput,
    #[error("--{0}: {1}")]
    Variables(&'static str, String),
    #[error("--helm: {0}")]
    Helm(String),
    #[error("standard input: {0}")]
    StandardInput(io::Error),
    #[error("cannot write {0}: {1}")]
    Output(PathBuf, io::Error),
    #[error("cannot write to standard output: {0}")]
    StandardOutput(io::Error),
    #[error("--jobs: {0}")]
    Jobs(String),
}

/// Runs the command; the number is the exit code.
pub fn run(args: &Check) -> u8 {
    match check(args) {
        Ok(code) => code,
        Err(CheckError::StandardOutput(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            EXIT_OK
        }
        Err(error) => super::fail(&error.to_string()),
    }
}

fn check(args: &Check) -> Result<u8, CheckError> {
    let dash = Path::new("-");
    let Run { report, fail_on, .. } = if args.paths.iter().any(|path| path == dash) {
        if args.paths.len() > 1 {
            return Err(CheckError::MixedInput);
        }
        standard_input(args)?
    } else {
        project(args)?
    };
    for (format, path) in &args.output {
        let (category, line_hash) = (args.sarif_category.clone(), args.sarif_line_hash);
        let suppressed = args.show_suppressed;
        let look = Look { category, line_hash, suppressed, ..Look::default() };
        write_file(*format, path, &report, &look)
            .map_err(|error| CheckError::Output(path.clone(), error))?;
    }
    let stdout = io::stdout();
    let look = look(args, stdout.is_terminal());
    let mut out = io::BufWriter::new(stdout.lock());
    report::write(args.format, &report, &look, &mut out)
        .and_then(|()| out.flush())
        .map_err(CheckError::StandardOutput)?;
    let fail_on = args.fail_on.or(fail_on).unwrap_or(Severity::Low);
    Ok(exit_code(&report, fail_on, args.exit_zero))
}

fn exit_code(report: &Report, fail_on: Severity, exit_zero: bool) -> u8 {
    if report.problems.iter().any(|problem| problem.level == Level::Error) {
        return EXIT_ERROR;
    }
    let failing = report.findings.iter().any(|finding| finding.severity >= fail_on);
    if failing && !exit_zero { EXIT_FINDINGS } else { EXIT_OK }
}

/// What a run gave, and what it was asked.
pub struct Run {
    /// What was found.
    pub report: Report,
    /// What was asked.
    pub settings: Settings,
    /// The project root.
    pub root: PathBuf,
    /// What is in the baseline of the project.
    pub known: Result<Vec<u8>, ReadError>,
    /// Limit of one file's size.
    limit: u64,
    /// What the configuration says of the exit code.
    fail_on: Option<Severity>,
}

/// Which state of a project is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The files on the disk; with `whole`, paths only say in which project.
    Disk {
        /// Whether everything is reported.
        whole: bool,
    },
    /// What git has staged.
    Index,
}

fn project(args: &Check) -> Result<Run, CheckError> {
    let of = if args.staged { Of::Index } else { Of::Disk { whole: false } };
    let mut run = judge(&args.paths, &args.judging, of)?;
    let known = match &args.baseline {
        Some(path) => Some(Known::named(path)?),
        None if args.no_baseline => None,
        None => Known::of_project(&run.known)?,
    };
    if let Some(known) = known {
        known.hold_back(&mut run);
    }
    if let Some(revision) = &args.since {
        since(&mut run, revision)?;
    }
    Ok(run)
}

/// Holds back what an earlier revision had, too. It is judged as the project is now, but by its own
/// expectations: those that are new may be violated.
fn since(run: &mut Run, revision: &str) -> Result<(), CheckError> {
    let tree = Snapshot::revision(&run.root, revision, run.limit).map_err(CheckError::Since)?;
    let mut settings = run.settings.clone();
    settings.named.clone_from(&settings.model.variables.files);
    let tree = tree.beside(&settings.named);
    settings.focus = None;
    settings.scope = Scope::Whole;
    settings.expect = settings.expect.and_then(|expect| {
        let text = String::from_utf8(tree.read(&expect.path).ok()?).ok()?;
        super::config::expectations(&expect.path, text)
    });
    let old = engine::run(&tree, &settings);
    let report = &mut run.report;
    let before = report.findings.len();
    Baseline::of(&old, settings.profile).hold_back(report, &settings.catalog);
    let findings = before - report.findings.len();
    report.summary.since = Some(HeldBack { by: revision.to_owned(), findings });
    let errors = old.problems.into_iter().filter(|problem| problem.level == Level::Error);
    report.problems.extend(errors.map(|problem| Problem {
        level: Level::Warning,
        place: None,
        code: "since",
        message: format!(
            "`{}` of `{revision}` could not be analysed, so what is found there counts as new.",
            problem.path
        ),
        path: problem.path,
    }));
    Ok(())
}

/// Judges the project of some paths.
pub fn judge(paths: &[PathBuf], args: &Judging, of: Of) -> Result<Run, CheckError> {
    if let Some(jobs) = args.jobs {
        if jobs == 0 {
            return Err(CheckError::Jobs("at least one thread is needed".to_owned()));
        }
        // More threads than there are processors only wait, and thousands of them for each other.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.min(MAX_JOBS)).build_global();
        pool.map_err(|error| CheckError::Jobs(error.to_string()))?;
    }
    if let Of::Disk { whole } = of {
        let mut place = scope::find(paths, args.config.as_deref(), &args.rules)?;
        place.focus = place.focus.filter(|_| !whole);
        let tree = Files::of(&place, &args.rendering).map_err(CheckError::Helm)?;
        return judged(args, place, |_| tree);
    }
    let (place, tree) = snapshot::staged(paths, args)?;
    judged(args, place, |values| tree.beside(values))
}

/// Judges a project; `tree` gives its files, those of values among them.
fn judged<T: FileTree>(
    args: &Judging,
    place: Place,
    tree: impl FnOnce(&[String]) -> T,
) -> Result<Run, CheckError> {
    let limit = place.config.max_file_bytes.unwrap_or(MAX_FILE_BYTES);
    let root = place.root;
    let files = value_files(args, &place.config, Some(&root))?;
    let (mut settings, fail_on) = settings(args, place.config)?;
    settings.scope = place.scope;
    settings.focus = place.focus;
    settings.named = place.named;
    // Read even where they are ignored; this changes nothing about what is reported.
    settings.named.extend(files.iter().map(|file| file.path.clone()));
    settings.model.variables.files = files.into_iter().map(|file| file.path).collect();
    let tree = tree(&settings.model.variables.files);
    let tree = Watched { tree, read: AtomicUsize::new(0) };
    let report = tree.watch(|| engine::run(&tree, &settings));
    let known = tree.read(super::baseline::NAME);
    Ok(Run { report, settings, root, known, limit, fail_on })
}

fn standard_input(check: &Check) -> Result<Run, CheckError> {
    let args = &check.judging;
    for (flag, given) in [("since", check.since.is_some()), ("staged", check.staged)] {
        if given {
            return Err(CheckError::NoRepository(flag));
        }
    }
    if args.rendering.helm.is_some() {
        return Err(CheckError::Helm("standard input holds no chart".to_owned()));
    }
    let config = match &args.config {
        Some(path) => super::config::read(path, "", None, &args.rules),
        None => super::config::Config::with(&args.rules),
    };
    let config = config.map_err(ScopeError::Config)?;
    let limit = config.max_file_bytes.unwrap_or(MAX_FILE_BYTES);
    let bytes = bounded(io::stdin().lock(), limit).map_err(CheckError::StandardInput)?;
    let files = value_files(args, &config, None)?;
    let (mut settings, fail_on) = settings(args, config)?;
    let name = stdin_name(&bytes);
    settings.focus = Some(vec![name.to_owned()]);
    let mut tree = Memory::new().with(name, bytes);
    for ValueFile { full, path } in files {
        let bytes = std::fs::File::open(&full).and_then(|file| bounded(file, limit));
        let fault = |error| CheckError::Variables("var-file", format!("`{path}`: {error}"));
        tree = tree.with(path.clone(), bytes.map_err(fault)?);
        settings.model.variables.files.push(path);
    }
    let report = engine::run(&tree, &settings);
    let (root, known) = (PathBuf::new(), Err(io::Error::from(io::ErrorKind::NotFound).into()));
    let mut run = Run { report, settings, root, known, limit, fail_on };
    // Only what is named: standard input has no project root.
    if let Some(path) = &check.baseline {
        Known::named(path)?.hold_back(&mut run);
    }
    Ok(run)
}

/// Everything that a reader gives, unless it is more than the limit.
pub fn bounded(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("larger than the limit of {limit} bytes")));
    }
    Ok(bytes)
}

/// Files of values of Terraform's variables, the strongest last.
fn value_files(
    args: &Judging,
    config: &super::config::Config,
    root: Option<&Path>,
) -> Result<Vec<ValueFile>, CheckError> {
    let mut files = config.var_files.clone();
    for path in &args.var_file {
        let file = ValueFile::find(path, &scope::slashed(path), root);
        files.push(file.map_err(|message| CheckError::Variables("var-file", message))?);
    }
    Ok(files)
}

/// Standard input has no name, so its text decides the syntax.
fn stdin_name(bytes: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(bytes);
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let kubernetes = text.contains("apiVersion") && text.contains("kind");
    let plan = MARKS.iter().all(|mark| memchr::memmem::find(bytes, mark).is_some());
    let words =
        ["resource", "data", "provider", "module", "variable", "locals", "terraform", "output"];
    match (start.starts_with('{'), kubernetes || plan && start.starts_with('{')) {
        (true, true) => "stdin.json",
        (true, false) => "stdin.tf.json",
        (false, true) => "stdin.yaml",
        (false, false) => {
            let block = |line: &str| {
                words.iter().any(|word| {
                    line.strip_prefix(word)
                        .is_some_and(|rest| rest.trim_start().starts_with(['"', '{']))
                })
            };
            if text.lines().any(block) { "stdin.tf" } else { "stdin.yaml" }
        }
    }
}

/// Settings, and the severity from which on the configuration lets a run fail.
fn settings(
    args: &Judging,
    config: super::config::Config,
) -> Result<(Settings, Option<Severity>), CheckError> {
    let mut settings = Settings {
        model: config.model(),
        catalog: config.catalog,
        select: if args.select.is_empty() { config.select } else { args.select.clone() },
        ignore: [config.ignore, args.ignore.clone()].concat(),
        profile: args.profile.or(config.profile).unwrap_or(Profile::Default),
        gate: args.gate || config.gate,
        severities: config.severities,
        paths: config.paths,
        min_severity: args.min_severity.or(config.min_severity).unwrap_or(Severity::Info),
        roots: config.roots,
        exclude: config.exclude,
        expect: config.expect,
        suppressions: Policy { entries_only: args.no_inline_ignores, ..config.suppressions },
        today: args.today.unwrap_or_else(Date::today),
        ..Settings::default()
    };
    for path in &mut settings.paths {
        // Flags win.
        path.profile = path.profile.filter(|_| args.profile.is_none());
        path.gate = path.gate.filter(|_| !args.gate);
    }
    settings.model.variables.texts.clone_from(&args.var);
    if args.env_vars {
        let found = variables::environment(std::env::vars_os());
        settings.model.variables.environment =
            found.map_err(|message| CheckError::Variables("env-vars", message))?;
    }
    let unknown = settings.unknown_words();
    if !unknown.is_empty() {
        let word = |word: &&str| format!("`{word}`{}", suggestion::rule(word, &settings.catalog));
        let words: Vec<String> = unknown.iter().map(word).collect();
        return Err(CheckError::Rules(words.join(", ")));
    }
    Ok((settings, config.fail_on))
}

fn look(args: &Check, terminal: bool) -> Look {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let ascii = locale.is_some_and(|locale| matches!(locale.as_str(), "C" | "POSIX"));
    Look {
        colour: match args.color {
            Colour::Auto => terminal && !no_colour,
            Colour::Always => true,
            Colour::Never => false,
        },
        unicode: !(terminal && ascii),
        width: if terminal { width.min(160) } else { 100 },
        verbose: args.verbose,
        quiet: args.quiet,
        category: args.sarif_category.clone(),
        line_hash: args.sarif_line_hash,
        suppressed: args.show_suppressed,
    }
}

fn write_file(format: Format, path: &Path, report: &Report, look: &Look) -> io::Result<()> {
    replace(path, |out| report::write(format, report, look, out))
}

/// Writes beside the target and renames, so that a reader never sees half a file.
pub fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("this is no file name"))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);
    // Whatever is there was left by a run that was cut short, or put there to be written through.
    let _ = std::fs::remove_file(&beside);
    let written = std::fs::File::create_new(&beside).and_then(|file| {
        let mut out = io::BufWriter::new(file);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    });
    let result = written.and_then(|()| std::fs::rename(&beside, path));
    if result.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    result
}

/// Counts the files read, to show progress on a terminal once a run takes longer than a second.
struct Watched<T> {
    tree: T,
    read: AtomicUsize,
}

impl<T: FileTree> Watched<T> {
    fn watch<R>(&self, work: impl FnOnce() -> R) -> R {
        if !io::stderr().is_terminal() {
            return work();
        }
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut ticks = 0u32;
                while !done.load(Ordering::Relaxed) {
                    std::thread::park_timeout(Duration::from_millis(100));
                    ticks += 1;
                    if ticks >= 10 && ticks.is_multiple_of(5) && !done.load(Ordering::Relaxed) {
                        let files = self.read.load(Ordering::Relaxed);
                        super::progress(&format!("\r{files} files read, {} s", ticks / 10));
                    }
                }
                if ticks >= 10 {
                    super::progress("\r\u{1b}[K");
                }
            });
            let result = work();
            done.store(true, Ordering::Relaxed);
            watcher.thread().unpark();
            result
        })
    }
}

impl<T: FileTree> FileTree for Watched<T> {
    fn list(&self, folder: &str, deep: bool) -> Listing {
        self.tree.list(folder, deep)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.read.fetch_add(1, Ordering::Relaxed);
        self.tree.read(path)
    }

    fn holds(&self, path: &str, needles: &[&[u8]]) -> bool {
        self.tree.holds(path, needles)
    }

    fn renderer(&self) -> Option<&dyn Renderer> {
        self.tree.renderer()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Cli, Command};
    use crate::cli::config::Config;
    use clap::Parser;

    fn lowered(args: &[&str], config: Config) -> Settings {
        let cli = Cli::try_parse_from([&["ztlint", "check"], args].concat()).expect("arguments");
        let Command::Check(args) = cli.command else { panic!("another command") };
        settings(&args.judging, config).expect("settings").0
    }

    #[test]
    fn what_the_model_needs_reaches_it() {
        let model = lowered(&[], Config::default()).model;
        assert_eq!((model.own_accounts, model.rotation_days), (None, None));
        assert_eq!((model.token_seconds, model.session_seconds), (None, None));
        assert!(model.variables.texts.is_empty() && model.variables.environment.is_empty());
        let accounts = vec!["123456789012".to_owned()];
        let config = Config {
            own_accounts: Some(accounts.clone()),
            rotation_days: Some(30),
            token_seconds: Some(900),
            session_seconds: Some(3600),
            ..Config::default()
        };
        let model = lowered(&["--var", "a=1=2", "--var", "b="], config).model;
        assert_eq!(model.own_accounts, Some(accounts));
        assert_eq!(model.rotation_days, Some(30));
        assert_eq!(model.token_seconds, Some(900));
        assert_eq!(model.session_seconds, Some(3600));
        let texts = [("a", "1=2"), ("b", "")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(model.variables.texts, texts);
    }
}
