//! The report for people: every finding with its lines, its advice and where to read more, then the
//! problems and a summary. Texts of manifests are made inert, secrets are masked.

mod excerpt;
mod summary;
mod view;

use super::{Extent, Look, counted, inert, suppressed_by, wrap};
use crate::input::problem::{Level, Problem};
use crate::input::source::Place;
use crate::rules::card::Severity;
use crate::rules::finding::{Confidence, Finding, Label};
use crate::rules::outcome::Report;
use crate::rules::secret::veil::Lines;
use crate::rules::suppress::Suppression;
use excerpt::{Excerpt, Mark};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use rayon::prelude::*;
use std::fmt::{self, Write as _};
use std::io;
use summary::listed;
use view::Shape;

/// Columns beside a message: the sign before it, and what is left free behind it.
const MARGIN: usize = 8;

/// Labels shown for a finding unless all are asked for.
const LABELS: usize = 6;

/// Findings whose texts wait to be written at once.
const AT_ONCE: usize = 1024;

/// Findings, one behind the other, whose texts one thread makes.
const EACH: usize = 32;

/// Writes the findings, the problems and the summary.
pub fn write(report: &Report, look: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    let suppressed = report.suppressed.iter().filter(|_| look.suppressed);
    let suppressed = suppressed.map(|(finding, by)| (finding, Some(&report.suppressions[*by])));
    let findings = report.findings.iter().map(|finding| (finding, None));
    let findings: Vec<_> = findings.chain(suppressed).collect();
    for some in findings.chunks(AT_ONCE) {
        let texts = some.par_chunks(EACH).map(|few| {
            let mut page = Page::new(report, look);
            for (finding, by) in few {
                page.finding(finding, *by);
            }
            page.text
        });
        for text in texts.collect::<Vec<String>>() {
            out.write_all(text.as_bytes())?;
        }
    }
    let mut page = Page::new(report, look);
    for problem in &report.problems {
        if problem.level != Level::Note || (look.verbose && !look.quiet) {
            page.problem(problem);
            page.flush(out)?;
        }
    }
    if !look.quiet {
        page.summary();
        page.flush(out)?;
    }
    Ok(())
}

/// The text written so far and what it needs.
struct Page<'a> {
    report: &'a Report,
    look: &'a Look,
    width: usize,
    handler: GraphicalReportHandler,
    /// For messages that fit on a line: to break them costs as much as all the rest.
    unbroken: GraphicalReportHandler,
    lines: Lines<'a>,
    text: String,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, look: &'a Look) -> Self {
        let width = look.width.max(40);
        let handler = GraphicalReportHandler::new_themed(theme(look))
            .with_links(false)
            .without_cause_chain()
            .without_syntax_highlighting()
            .with_width(width)
            .with_context_lines(1);
        let unbroken = handler.clone().with_wrap_lines(false);
        let (lines, text) = (Lines::default(), String::with_capacity(4096));
        Self { report, look, width, handler, unbroken, lines, text }
    }

    fn flush(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }

    fn paint(&mut self, codes: &str, text: &str) {
        if self.look.colour {
            let _ = write!(self.text, "\u{1b}[{codes}m{text}\u{1b}[0m");
        } else {
            self.text.push_str(text);
        }
    }

    fn finding(&mut self, finding: &Finding, suppressed: Option<&Suppression>) {
        let rule = finding.rule;
        if suppressed.is_some() {
            self.paint("2", "suppressed");
            self.text.push(' ');
        }
        self.paint(colour(finding.severity), finding.severity.word());
        self.text.push(' ');
        self.paint("1", rule.id);
        let _ = writeln!(self.text, " {}", rule.name);

        let same_place = finding.related().find(|label| label.place == finding.primary);
        let mut marks = vec![Mark {
            span: finding.primary.span,
            text: same_place.map_or(rule.title, |label| &label.text),
            primary: true,
        }];
        let mut elsewhere = Vec::new();
        let others = finding.related().filter(|label| label.place != finding.primary);
        let limit = if self.look.verbose { usize::MAX } else { LABELS };
        for label in others.clone().take(limit) {
            if label.place.file == finding.primary.file {
                marks.push(Mark { span: label.place.span, text: &label.text, primary: false });
            } else {
                elsewhere.push(label);
            }
        }
        self.drawing(
            finding.primary,
            &marks,
            &Words {
                message: &inert(&finding.message),
                severity: match finding.severity {
                    Severity::Critical | Severity::High => miette::Severity::Error,
                    Severity::Medium => miette::Severity::Warning,
                    Severity::Low | Severity::Info => miette::Severity::Advice,
                },
                secret: rule.is_about_secrets(),
            },
        );
        if let Some(witness) = &finding.witness {
            self.line("how", &inert(&witness.sentence));
        }
        for label in elsewhere {
            self.elsewhere(label);
        }
        let hidden = others.count().saturating_sub(limit);
        if hidden > 0 {
            self.line("note", &format!("{} more (shown with --verbose)", counted(hidden, "place")));
        }
        match suppressed {
            Some(by) => self.line("suppressed", &suppressed_by(self.report, by)),
            None => self.line("help", rule.remediation),
        }
        if finding.confidence == Confidence::Possible {
            let assumed = finding.assumption.as_deref().unwrap_or("the manifests given are all");
            self.line("possible", &format!("assuming {}", inert(assumed)));
        }
        let roots = (!finding.roots.is_empty()).then(|| finding.roots.join(", "));
        let instances =
            (!finding.instances.is_empty()).then(|| listed(&finding.instances, self.look.verbose));
        let places: Vec<String> = roots.into_iter().chain(instances).collect();
        if !places.is_empty() {
            self.line("in", &inert(&places.join("; ")));
        }
        self.line("see", &format!("ztlint explain {}", rule.id));
        self.text.push('\n');
    }

    fn problem(&mut self, problem: &Problem) {
        let (word, codes, severity) = match problem.level {
            Level::Error => ("error", "1;31", miette::Severity::Error),
            Level::Warning => ("warning", "1;33", miette::Severity::Warning),
            Level::Note => ("note", "1;36", miette::Severity::Advice),
        };
        self.paint(codes, word);
        let _ = writeln!(self.text, " {}", problem.code);
        let message = inert(&problem.message);
        if let Some((file, span)) = problem.place {
            let marks = [Mark { span, text: "", primary: true }];
            // Whatever is wrong with a file of secrets, its lines stay out of logs.
            let secret = self.report.source(file).text.contains("kind: Secret");
            let words = Words { message: &message, severity, secret };
            self.drawing(Place { file, span }, &marks, &words);
        } else {
            let text = format!("{}: {message}", inert(&problem.path));
            wrap(&mut self.text, "  ", "    ", &text, self.width);
        }
        self.text.push('\n');
    }

    /// The message and the lines around the marks.
    fn drawing(&mut self, place: Place, marks: &[Mark], words: &Words) {
        let source = self.report.source(place.file);
        // Beside the source stand a line number, the frame and two ellipses.
        let digits = source.line_starts().len().to_string().len();
        let shape = Shape {
            unicode: self.look.unicode,
            width: self.width.saturating_sub(digits + 10),
            secret: words.secret,
            alone: source.secret,
        };
        let (excerpt, labels) = Excerpt::new(source, marks, shape, &mut self.lines);
        let drawing = Drawing { words, excerpt, labels };
        let message = words.message;
        let fits = message.is_ascii() && message.len() + MARGIN <= self.width;
        let handler = if fits && !message.ends_with(' ') { &self.unbroken } else { &self.handler };
        handler
            .render_report(&mut self.text, &drawing)
            .expect("a string takes everything, and every label lies in the excerpt");
    }

    /// A label in another file than the finding.
    fn elsewhere(&mut self, label: &Label) {
        let source = self.report.source(label.place.file);
        let at = Extent::new(source, label.place.span).start;
        let (path, text) = (inert(&source.path), inert(&label.text));
        self.line("note", &format!("{path}:{}:{}: {text}", at.line, at.column));
    }

    /// `  help: text`, wrapped.
    fn line(&mut self, word: &str, text: &str) {
        let indent = " ".repeat(word.len() + 4);
        let head = if self.look.colour {
            format!("  \u{1b}[36m{word}:\u{1b}[0m ")
        } else {
            format!("  {word}: ")
        };
        wrap(&mut self.text, &head, &indent, text, self.width);
    }
}

fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "1;35",
        Severity::High => "1;31",
        Severity::Medium => "1;33",
        Severity::Low => "1;36",
        Severity::Info => "1;34",
    }
}

fn theme(look: &Look) -> GraphicalTheme {
    match (look.unicode, look.colour) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    }
}

/// What is said about an excerpt.
#[derive(Debug)]
struct Words<'a> {
    /// Already inert.
    message: &'a str,
    severity: miette::Severity,
    secret: bool,
}

/// What miette draws: a message and an excerpt with labels.
#[derive(Debug)]
struct Drawing<'a> {
    words: &'a Words<'a>,
    excerpt: Excerpt,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words.message)
    }
}

impl std::error::Error for Drawing<'_> {}

impl Diagnostic for Drawing<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.words.severity)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
