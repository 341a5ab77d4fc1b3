//! `ztlint baseline`, and the baseline of a check: read, looked up, written.

use super::args::Baseline as Args;
use super::check::{self, CheckError, Run};
use super::{EXIT_ERROR, fail, page};
use crate::input::file_tree::{MAX_FILE_BYTES, ReadError};
use crate::input::problem::{Level, Problem};
use crate::input::source::{FileId, Source, Span};
use crate::report::baseline::{VERSION, write};
use crate::rules::baseline::{Baseline, Entry, Gone};
use crate::rules::finding::Fingerprint;
use crate::rules::outcome::HeldBack;
use serde::{Deserialize, Deserializer, de};
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

/// The file's name.
pub const NAME: &str = "ztlint-baseline.json";

/// Entries that are named in a warning.
const NAMES: usize = 3;

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It cannot be read.
    #[error("{0}: {1}")]
    Unreadable(String, String),
    /// It is not what `ztlint baseline` writes.
    #[error("{path}:{line}:{column}: {message}\n  {line} | {text}")]
    Invalid {
        /// The file.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// The line's text.
        text: String,
    },
    /// Nothing to shrink.
    #[error("{0}: there is no baseline to shrink")]
    Missing(String),
    /// Entries of another profile cannot be told to be gone.
    #[error("{0}: written with the profile `{1}`: shrink it with `--profile {1}`")]
    Profile(String, &'static str),
    /// So nobody knows what is gone.
    #[error("{0}: not everything could be analysed, so nothing was taken out")]
    Uncertain(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a baseline as `ztlint baseline` writes it")]
struct Document {
    #[serde(rename = "version", deserialize_with = "version")]
    _version: (),
    #[serde(deserialize_with = "profile")]
    profile: crate::rules::card::Profile,
    findings: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an entry of a baseline")]
struct Item {
    file: String,
    rule: String,
    resource: String,
    at: String,
    #[serde(deserialize_with = "fingerprint")]
    fingerprint: Fingerprint,
    count: Option<NonZeroUsize>,
}

fn version<'de, D: Deserializer<'de>>(from: D) -> Result<(), D::Error> {
    match u64::deserialize(from)? {
        version if version == u64::from(VERSION) => Ok(()),
        other => Err(de::Error::custom(format!(
            "version {other} is not known here: this ztlint reads version {VERSION}"
        ))),
    }
}

fn profile<'de, D: Deserializer<'de>>(from: D) -> Result<crate::rules::card::Profile, D::Error> {
    super::args::profile(&String::deserialize(from)?).map_err(de::Error::custom)
}

fn fingerprint<'de, D: Deserializer<'de>>(from: D) -> Result<Fingerprint, D::Error> {
    String::deserialize(from)?.parse().map_err(de::Error::custom)
}

/// A baseline as read, with its text.
pub struct Known {
    /// As messages call it.
    name: String,
    text: String,
    baseline: Baseline,
}

impl Known {
    /// The baseline that a user named.
    pub fn named(path: &Path) -> Result<Self, BaselineError> {
        let name = path.display().to_string();
        let bytes = File::open(path).and_then(|file| check::bounded(file, MAX_FILE_BYTES));
        let unreadable =
            |error: io::Error| BaselineError::Unreadable(name.clone(), error.to_string());
        let bytes = bytes.map_err(unreadable)?;
        Self::parse(name, &bytes)
    }

    /// The baseline in the project root, as it was read, if there is one.
    pub fn of_project(read: &Result<Vec<u8>, ReadError>) -> Result<Option<Self>, BaselineError> {
        match read {
            Ok(bytes) => Self::parse(NAME.to_owned(), bytes).map(Some),
            Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(BaselineError::Unreadable(NAME.to_owned(), error.to_string())),
        }
    }

    fn parse(name: String, bytes: &[u8]) -> Result<Self, BaselineError> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let document: Document = serde_json::from_slice(bytes).map_err(|error| {
            let (line, column) = (error.line().max(1), error.column().max(1));
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(&*message, |(before, _)| before);
            let shown = text.lines().nth(line - 1).unwrap_or_default();
            BaselineError::Invalid {
                path: name.clone(),
                line,
                column,
                message: message.to_owned(),
                text: shown.chars().filter(|c| !c.is_control()).take(100).collect(),
            }
        })?;
        let entry = |item: Item| Entry {
            file: item.file,
            rule: item.rule,
            resource: item.resource,
            at: item.at,
            fingerprint: item.fingerprint,
            count: item.count.map_or(1, NonZeroUsize::get),
        };
        let entries = document.findings.into_iter().map(entry).collect();
        Ok(Self { name, text, baseline: Baseline { profile: document.profile, entries } })
    }

    /// Holds back what is known, and says what is found no more.
    pub fn hold_back(&self, run: &mut Run) {
        let report = &mut run.report;
        let before = report.findings.len();
        let gone = self.baseline.hold_back(report, &run.settings.catalog);
        let findings = before - report.findings.len();
        report.summary.baseline = Some(HeldBack { by: self.name.clone(), findings });
        let gone = self.baseline.certain(gone, report, &run.settings);
        if let Some(first) = gone.first() {
            let at = FileId(report.sources.len() as u32);
            report.sources.push(Source::new(self.name.clone(), self.text.clone()));
            report.problems.push(Problem {
                level: Level::Warning,
                path: self.name.clone(),
                place: Some((at, self.place(*first))),
                code: "baseline",
                message: self.warning(&gone),
            });
        }
    }

    /// The fingerprint of an entry.
    fn place(&self, gone: Gone) -> Span {
        let print = self.baseline.entries[gone.entry].fingerprint.to_string();
        let start = self.text.find(&print).unwrap_or_default();
        Span::new(start, (start + print.len()).min(self.text.len()))
    }

    fn warning(&self, gone: &[Gone]) -> String {
        let entry = |gone: &Gone| {
            let Entry { rule, file, .. } = &self.baseline.entries[gone.entry];
            format!("{rule} in `{file}`")
        };
        let mut names: Vec<String> = gone.iter().take(NAMES).map(entry).collect();
        if gone.len() > NAMES {
            names.push(format!("{} more", gone.len() - NAMES));
        }
        format!(
            "Found no more: {}. `ztlint baseline --shrink` takes this out of the baseline.",
            names.join(", ")
        )
    }
}

/// Runs the command; the number is the exit code.
pub fn run(args: &Args) -> u8 {
    match record(args) {
        Ok(code) => code,
        Err(error) => fail(&error.to_string()),
    }
}

fn record(args: &Args) -> Result<u8, CheckError> {
    let mut run = check::judge(&args.paths, &args.judging, check::Of::Disk { whole: args.shrink })?;
    let own = run.root.join(NAME);
    let path = args.output.as_deref().unwrap_or(&own);
    let name = args.output.as_ref().map_or(NAME.to_owned(), |path| path.display().to_string());
    let old = match &args.output {
        Some(path) if path.exists() => Some(Known::named(path)?),
        Some(_) => None,
        None => Known::of_project(&run.known)?,
    };
    let mut failed = false;
    for problem in run.report.problems.iter().filter(|one| one.level == Level::Error) {
        failed = true;
        fail(&format!("{}: {}", problem.path, problem.message));
    }
    let profile = run.settings.profile;
    let (new, changes) = if args.shrink {
        let old = old.ok_or_else(|| BaselineError::Missing(name.clone()))?.baseline;
        if old.profile != profile {
            return Err(BaselineError::Profile(name, old.profile.word()).into());
        }
        if failed {
            return Err(BaselineError::Uncertain(name).into());
        }
        let gone = old.hold_back(&mut run.report, &run.settings.catalog);
        let gone = old.certain(gone, &run.report, &run.settings);
        let number: usize = gone.iter().map(|one| one.count).sum();
        (old.without(&gone), format!("{number} taken out"))
    } else {
        let new = Baseline::of(&run.report, profile);
        match (old, &run.settings.focus) {
            (Some(old), focus) => {
                let left = old.baseline.hold_back(&mut run.report, &run.settings.catalog);
                let new = match focus {
                    Some(focus) => new.beside(old.baseline.clone(), focus),
                    None => new,
                };
                let kept = |gone: &&Gone| {
                    let print = old.baseline.entries[gone.entry].fingerprint;
                    !new.entries.iter().any(|entry| entry.fingerprint == print)
                };
                let gone: usize = left.iter().filter(kept).map(|one| one.count).sum();
                (new, format!("{} added, {gone} taken out", run.report.findings.len()))
            }
            (None, _) => (new, "a new file".to_owned()),
        }
    };
    check::replace(path, |out| write(&new, out))
        .map_err(|error| CheckError::Output(path.to_owned(), error))?;
    let number: usize = new.entries.iter().map(|entry| entry.count).sum();
    let findings = if number == 1 { "finding" } else { "findings" };
    let code = page(&format!("{name}: {number} {findings} ({changes}).\n"));
    Ok(if failed { EXIT_ERROR } else { code })
}
