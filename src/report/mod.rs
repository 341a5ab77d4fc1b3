//! Findings become bytes, one file per format; nothing is decided here and nothing is printed: every
//! function writes where it is told. Holds what the formats share.

pub mod baseline;
pub mod concise;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod human;
pub mod json;
pub mod junit;
pub mod listing;
pub mod markdown;
pub mod pages;
pub mod rdjsonl;
pub mod sarif;
pub mod suppressions;

use crate::input::problem::{Level, Problem};
use crate::input::source::{LineColumn, Source, Span};
use crate::rules::card::Severity;
use crate::rules::finding::{Confidence, Finding, Fingerprint};
use crate::rules::fingerprint;
use crate::rules::outcome::Report;
use crate::rules::suppress::{Kind, Suppression};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: excerpts, advice and a summary.
    #[default]
    Human,
    /// One versioned JSON document (see [`json`]).
    Json,
    /// SARIF 2.1.0 for code scanning (see [`sarif`]).
    Sarif,
    /// One line each, for editors and `grep` (see [`concise`]).
    Concise,
    /// Workflow commands of GitHub Actions (see [`github`]).
    Github,
    /// GitLab's code quality report (see [`gitlab`]).
    Gitlab,
    /// `JUnit` XML (see [`junit`]).
    Junit,
    /// A table for step summaries and pull-request comments (see [`markdown`]).
    Markdown,
    /// Reviewdog's diagnostics, one for each line (see [`rdjsonl`]).
    Rdjsonl,
}

impl Format {
    /// Every format, in the order of the help text.
    pub const ALL: &'static [Self] = &[
        Self::Human,
        Self::Json,
        Self::Sarif,
        Self::Concise,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
        Self::Rdjsonl,
    ];

    /// The word used in flags.
    pub fn word(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Concise => "concise",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Rdjsonl => "rdjsonl",
        }
    }

    /// The format of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.word() == word)
    }
}

/// How a report looks: all but the last three are about the human format.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Independent switches of the command line.
pub struct Look {
    /// Whether escape sequences for colours may be written.
    pub colour: bool,
    /// Whether lines and marks may be drawn with characters outside ASCII.
    pub unicode: bool,
    /// Columns of the terminal; below 40 counts as 40.
    pub width: usize,
    /// Also notes, every label, instance and skipped file, and why values are unknown.
    pub verbose: bool,
    /// No summary and no notes.
    pub quiet: bool,
    /// SARIF: the name of this analysis, so that several of one commit stand side by side.
    pub category: Option<String>,
    /// SARIF: also GitHub's own fingerprint, for uploads past its action.
    pub line_hash: bool,
    /// Human, JSON and SARIF: also what is suppressed.
    pub suppressed: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            colour: false,
            unicode: true,
            width: 100,
            verbose: false,
            quiet: false,
            category: None,
            line_hash: false,
            suppressed: false,
        }
    }
}

/// Writes the whole report.
pub fn write(
    format: Format,
    report: &Report,
    look: &Look,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, look, out),
        Format::Json => json::write(report, look, out),
        Format::Sarif => sarif::write(report, look, out),
        Format::Concise => concise::write(report, out),
        Format::Github => github::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Rdjsonl => rdjsonl::write(report, out),
    }
}

/// A finding or a problem as the formats tell it that know one entry for each and no more.
struct Entry<'a> {
    /// Path of the file, as in [`Source`].
    path: &'a str,
    /// Its place; none where the file could not be read.
    extent: Option<Extent>,
    weight: Weight,
    /// The rule's id, or the problem's code.
    id: &'a str,
    /// The rule's name, or the problem's code.
    name: &'a str,
    /// The resource; empty for a problem.
    resource: &'a str,
    /// One line, inert: what it is and what it assumes.
    message: String,
    /// What to do; empty for a problem.
    advice: &'a str,
    fingerprint: Fingerprint,
}

/// How much an entry matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// A finding's severity.
    Finding(Severity),
    /// Something was not analysed, so the run failed.
    Error,
    /// Analysed with a stated reading.
    Warning,
}

impl Weight {
    fn word(self) -> &'static str {
        match self {
            Self::Finding(severity) => severity.word(),
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What the run says, in its order: the problems, then the findings. Notes are left out: nothing
/// was lost.
fn entries(report: &Report) -> impl Iterator<Item = Entry<'_>> {
    let problems = report.problems.iter().filter(|problem| problem.level != Level::Note);
    let problems = problems.map(|problem| problem_entry(report, problem));
    problems.chain(report.findings.iter().map(|finding| finding_entry(report, finding)))
}

fn problem_entry<'a>(report: &'a Report, problem: &'a Problem) -> Entry<'a> {
    let extent = problem.place.map(|(file, span)| Extent::new(report.source(file), span));
    let line = extent.map_or(0, |extent| extent.start.line).to_string();
    Entry {
        path: &problem.path,
        extent,
        weight: if problem.level == Level::Error { Weight::Error } else { Weight::Warning },
        id: problem.code,
        name: problem.code,
        resource: "",
        message: inert(&problem.message).into_owned(),
        advice: "",
        fingerprint: fingerprint::hash(&[problem.code, &problem.path, &line, &problem.message]),
    }
}

fn finding_entry<'a>(report: &'a Report, finding: &'a Finding) -> Entry<'a> {
    let source = report.source(finding.primary.file);
    let mut message = inert(&finding.message).into_owned();
    if let (Confidence::Possible, Some(assumption)) = (finding.confidence, &finding.assumption) {
        let _ = write!(message, " Possible: assuming {}.", inert(assumption.trim_end_matches('.')));
    }
    if let Some(witness) = &finding.witness {
        let _ = write!(message, " How: {}.", inert(witness.sentence.trim_end_matches('.')));
    }
    Entry {
        path: &source.path,
        extent: Some(Extent::new(source, finding.primary.span)),
        weight: Weight::Finding(finding.severity),
        id: finding.rule.id,
        name: finding.rule.name,
        resource: &finding.resource,
        message,
        advice: finding.rule.remediation.trim_end(),
        fingerprint: finding.fingerprint,
    }
}

/// By what a finding is suppressed, for people: `by a comment (a.yaml:3:5) until 2027-01-01: Why.`
fn suppressed_by(report: &Report, by: &Suppression) -> String {
    let source = report.source(by.place.file);
    let at = Extent::new(source, by.place.span).start;
    let what = match by.kind {
        Kind::Comment => "a comment",
        Kind::Annotation => "an annotation",
        Kind::Configuration => "the configuration",
    };
    let mut text = format!("by {what} ({}:{}:{})", inert(&source.path), at.line, at.column);
    let terms = by.terms();
    if let Some(day) = terms.and_then(|terms| terms.until) {
        let _ = write!(text, " until {day}");
    }
    if let Some(reason) = terms.and_then(|terms| terms.reason.as_deref()) {
        let _ = write!(text, ": {}", inert(reason));
    }
    text
}

/// `1 finding`, `2 findings`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// `1 critical, 2 high`, worst first.
fn severities(findings: &[Finding]) -> String {
    let mut parts = Vec::new();
    for &severity in Severity::ALL.iter().rev() {
        let number = findings.iter().filter(|finding| finding.severity == severity).count();
        if number > 0 {
            parts.push(format!("{number} {}", severity.word()));
        }
    }
    parts.join(", ")
}

/// Names of modules by their sources: without credentials, and of what follows a `?` only `ref`.
/// Sorted, each once.
fn module_names(sources: &[String]) -> Vec<Cow<'_, str>> {
    let mut names: Vec<_> = sources.iter().map(|source| module_name(source)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn module_name(source: &str) -> Cow<'_, str> {
    let (address, query) = source.split_once('?').unwrap_or((source, ""));
    let start = address.find("://").map_or(0, |at| at + 3);
    let host = address[start..].find('/').map_or(address.len(), |at| start + at);
    // `git` is how everyone logs in; anything else may be a token or hold a password.
    let user = address[start..host].rfind('@').map(|at| &address[start..start + at]);
    let user = user.filter(|user| *user != "git");
    let version = query.split('&').find(|part| part.starts_with("ref="));
    if user.is_none() && version.unwrap_or_default() == query && !source.ends_with('?') {
        return Cow::Borrowed(source);
    }
    let mut name = address[..start].to_owned();
    if user.is_some() {
        name.push('…');
    }
    name.push_str(&address[start + user.map_or(0, str::len)..]);
    if let Some(part) = version {
        name.push('?');
        name.push_str(part);
    }
    Cow::Owned(name)
}

/// A span with its lines and columns; white space at its end is left out, so that a place never
/// reaches into a line on which nothing of it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    span: Span,
    start: LineColumn,
    end: LineColumn,
}

impl Extent {
    fn new(source: &Source, span: Span) -> Self {
        let length = source.slice(span).trim_end().len();
        let start = span.start.min(source.text.len() as u32);
        let end = if length == 0 { start } else { start + length as u32 };
        Self { span: Span { start, end }, start: source.position(start), end: source.position(end) }
    }
}

/// Whether a character could command a terminal, reorder a line or hide in it.
fn is_hostile(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text of a manifest, made harmless for a terminal, for one line, and for what runs a pipeline and
/// reads commands in its log: control characters, bidi controls and invisible characters appear as
/// `\u{..}`, and so does what makes a command of a line (`::` before anything else, `##[` or
/// `##name[` anywhere).
pub fn inert(text: &str) -> Cow<'_, str> {
    let commands = text.trim_start().starts_with("::") || text.contains("##");
    if !commands && !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if character == ':' && shown.trim_start().is_empty() {
            shown.push_str("\\u{3a}");
        } else {
            push_inert(&mut shown, character);
        }
    }
    Cow::Owned(shown)
}

/// Whether `[` behind a text begins a command: `##[group]`, `##vso[…]`, `##teamcity[…]`.
fn is_command(before: &str) -> bool {
    before.trim_end_matches(|c: char| c.is_ascii_alphabetic()).ends_with("##")
}

/// Appends one character as [`inert`] shows it.
fn push_inert(shown: &mut String, character: char) {
    if is_hostile(character) || character == '[' && is_command(shown) {
        let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
    } else {
        shown.push(character);
    }
}

/// Appends `text` broken between words so that no line is longer than `width` characters (unless a
/// word is). The first line follows `head`, which is as wide as `indent`; the others follow
/// `indent`. Line breaks in the text stay.
fn wrap(out: &mut String, head: &str, indent: &str, text: &str, width: usize) {
    let room = width.saturating_sub(indent.chars().count()).max(20);
    let mut lead = head;
    for line in text.trim().lines() {
        let mut used = 0;
        for word in line.split_whitespace() {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > room {
                out.push('\n');
                used = 0;
            }
            if used == 0 {
                out.push_str(lead);
                // Whatever runs a pipeline must not take the line for a command.
                if lead.trim().is_empty() && word.starts_with("::") {
                    out.push_str("\\u{3a}");
                    out.push_str(&word[1..]);
                    (lead, used) = (indent, length);
                    continue;
                }
                lead = indent;
            } else {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += length;
        }
        out.push('\n');
    }
}

/// Writes a document as one line of JSON. Characters that could command a terminal or hide in a
/// page leave as `\uXXXX`, which loses nothing.
fn write_json(document: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut buffer = io::BufWriter::with_capacity(1 << 16, &mut *out);
    let mut serializer = serde_json::Serializer::with_formatter(&mut buffer, InertFormatter);
    document.serialize(&mut serializer).map_err(io::Error::from)?;
    io::Write::write_all(&mut buffer, b"\n")?;
    io::Write::flush(&mut buffer)
}

/// Compact JSON with hostile characters escaped.
struct InertFormatter;

impl serde_json::ser::Formatter for InertFormatter {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut written = 0;
        for (at, character) in fragment.char_indices() {
            let command = character == '[' && is_command(&fragment[..at]);
            if command || is_hostile(character) {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                written = at + character.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_by_their_words() {
        for &format in Format::ALL {
            assert_eq!(Format::parse(format.word()), Some(format));
        }
        assert_eq!(Format::parse("xml"), None);
        assert_eq!(Format::ALL.len(), 9);
    }

    #[test]
    fn inert_text_shows_what_would_act_or_hide() {
        assert_eq!(inert("plain – text 🦀"), "plain – text 🦀");
        assert_eq!(inert("a\u{1b}[31mb\u{202e}c\u{9b}"), "a\\u{1b}[31mb\\u{202e}c\\u{9b}");
        assert_eq!(inert("one\ntwo\r"), "one\\u{a}two\\u{d}");
        assert_eq!(inert("::error::x a::b"), "\\u{3a}:error::x a::b");
        assert_eq!(inert(" ::x"), " \\u{3a}:x");
        assert_eq!(inert("a##[error]b ###"), "a##\\u{5b}error]b ###");
        assert_eq!(inert("##vso[task] ## a[0]"), "##vso\\u{5b}task] ## a[0]");
        assert_eq!(inert("a: b, # c"), "a: b, # c");
    }

    #[test]
    fn names_of_modules_hold_no_credentials() {
        for (source, name) in [
            ("terraform-aws-modules/vpc/aws", "terraform-aws-modules/vpc/aws"),
            ("git::ssh://git@host/a.git//b?ref=v1", "git::ssh://git@host/a.git//b?ref=v1"),
            ("git@github.com:a/b.git", "git@github.com:a/b.git"),
            ("git::https://u:p@ss@host/a.git", "git::https://…@host/a.git"),
            ("git::https://token@host/a@b", "git::https://…@host/a@b"),
            ("https://host/a.zip?token=t&ref=v1&x=y", "https://host/a.zip?ref=v1"),
            ("s3::https://host/a.zip?aws_access_key_secret=s", "s3::https://host/a.zip"),
            ("me:secret@host:a.git", "…@host:a.git"),
            ("", ""),
        ] {
            assert_eq!(module_name(source), name);
        }
        let sources = ["b", "https://h/a?x=1", "https://h/a?x=2"].map(str::to_owned);
        assert_eq!(module_names(&sources), ["b", "https://h/a"]);
    }

    #[test]
    fn wrapped_text_keeps_its_words_and_its_width() {
        let mut out = String::new();
        wrap(&mut out, "help: ", "      ", "one two three four five six seven\neight", 30);
        assert_eq!(out, "help: one two three four five\n      six seven\n      eight\n");
        assert!(out.lines().all(|line| line.chars().count() <= 30));
    }

    #[test]
    fn extents_leave_trailing_white_space_out() {
        let source = Source::new("a.yaml", "a: 1\nb:\n  c: 2\n\nd: 3\n");
        let extent = Extent::new(&source, Span::new(5, 16));
        assert_eq!(source.slice(extent.span), "b:\n  c: 2");
        assert_eq!(extent.end, LineColumn { line: 3, column: 7 });
        let past = Extent::new(&source, Span::new(90, 95));
        assert_eq!(past.start, past.end);
    }

    #[test]
    fn hostile_characters_leave_json_escaped_and_come_back() {
        let text = "a\u{9b}b\u{202e}c\u{e0041}d\"\n";
        let mut bytes = Vec::new();
        write_json(&text, &mut bytes).expect("a vector takes everything");
        let written = String::from_utf8(bytes).expect("JSON is UTF-8");
        assert!(!written.trim_end().chars().any(is_hostile), "{written:?}");
        let back: String = serde_json::from_str(&written).expect("valid JSON");
        assert_eq!(back, text);
    }
}
