//! Suppression comments: `# ztlint:ignore[ID] instance=… until=YYYY-MM-DD reason="…"` on the
//! finding's line, the line above, or a block's header. A malformed one suppresses nothing and is
//! itself a finding.

use super::catalog::Catalog;
use super::date::Date;
use super::rule::Rule;
use crate::input::file::{File, Language};
use crate::input::source::{FileId, Place, Span};
use crate::input::tree::NodeKind;

/// The word that begins a suppression.
const WORD: &str = "ztlint:ignore";

/// The rule about suppressions that hide nothing.
pub const UNUSED: &str = "ZT-POL-022";

/// A suppression comment.
#[derive(Debug)]
pub struct Suppression {
    /// The comment.
    pub place: Place,
    /// What it covers.
    pub covers: Vec<Span>,
    /// What it says.
    pub content: Content,
}

/// What a suppression says.
#[derive(Debug)]
pub enum Content {
    /// Rules to suppress, until a day if given; `used` is set by the engine.
    Rules {
        /// The rules.
        rules: Vec<&'static Rule>,
        /// Instances of Terraform resources that it is for, by address; empty for all.
        instances: Vec<String>,
        /// Last day it counts.
        until: Option<Date>,
        /// Which of the rules hid a finding.
        used: Vec<bool>,
    },
    /// Why it cannot be read.
    Malformed(String),
}

/// All suppressions of a file.
pub fn collect(file: &File, catalog: &Catalog) -> Vec<Suppression> {
    let source = &file.source;
    let mut found = Vec::new();
    // The comments of what is rendered stand in its template.
    if file.rendering.is_some()
        || memchr::memmem::find(source.text.as_bytes(), b"ztlint:").is_none()
    {
        return found;
    }
    let mut headers = None;
    // The line below a comment is that below the comments under it.
    let mut below: Option<Option<Span>> = None;
    for comment in file.comments().iter() {
        let text = source.slice(comment.span);
        let body = text.trim_start_matches(['#', '/', '*']).trim_end_matches("*/").trim();
        if !body.starts_with("ztlint:") {
            continue;
        }
        let content = read(body, catalog);
        let before = source.line_span(comment.span.start).start as usize;
        let before = source.text[before..comment.span.start as usize].trim();
        // `{{- /* … */}}`
        let action = file.language == Language::Chart && matches!(before, "{{" | "{{-");
        let own_line = before.is_empty() || action;
        let own = source.line_span(comment.span.start);
        let line = if own_line {
            let known = below.filter(|line| line.is_none_or(|line| comment.span.end <= line.start));
            let next = known.unwrap_or_else(|| next_line(file, comment.span));
            below = Some(next);
            next.unwrap_or(own)
        } else {
            own
        };
        found.push(Suppression {
            place: Place { file: file.id, span: comment.span },
            covers: covered(file, headers.get_or_insert_with(|| self::headers(file)), line),
            content,
        });
    }
    found
}

fn read(body: &str, catalog: &Catalog) -> Content {
    let malformed = |why: &str| Content::Malformed(why.to_owned());
    let Some(rest) = body.strip_prefix(WORD) else {
        return malformed("only `ztlint:ignore[ID]` is known");
    };
    let Some((ids, mut rest)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return malformed("the rule is named in brackets: `ztlint:ignore[ZT-NET-005]`");
    };
    let mut rules = Vec::new();
    for word in ids.split(',').map(str::trim) {
        match catalog.find(word) {
            Some(rule) => rules.push(rule),
            None if word.is_empty() => return malformed("no rule is named"),
            None => return Content::Malformed(format!("no rule is called `{word}`")),
        }
    }
    let (mut until, mut instances) = (None, Vec::new());
    rest = rest.trim();
    while !rest.is_empty() {
        let Some((key, value)) = rest.split_once('=') else {
            return malformed(
                "after the brackets only `instance=`, `until=` and `reason=` are known",
            );
        };
        let (value, after) = match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            Some(quote) => match value[1..].split_once(quote) {
                Some((value, after)) => (value, after),
                None => return malformed("a quote is not closed"),
            },
            None => value.split_once(char::is_whitespace).unwrap_or((value, "")),
        };
        match key.trim() {
            "until" => match Date::parse(value) {
                Some(date) => until = Some(date),
                None => return Content::Malformed(format!("`{value}` is no day (YYYY-MM-DD)")),
            },
            "instance" if !value.is_empty() => instances.push(value.to_owned()),
            "reason" if !value.trim().is_empty() => {}
            "reason" => return malformed("the reason is empty"),
            other => return Content::Malformed(format!("`{other}` is not known here")),
        }
        rest = after.trim();
    }
    let used = vec![false; rules.len()];
    Content::Rules { rules, instances, until, used }
}

/// The next line that is neither blank nor a comment of its own, if there is one.
fn next_line(file: &File, comment: Span) -> Option<Span> {
    let source = &file.source;
    let mut at = source.line_span(comment.end).end as usize;
    while let Some(start) = source.text[at..].find('\n').map(|newline| at + newline + 1) {
        let line = source.line_span(start as u32);
        let text = source.slice(line).trim_start();
        let action = file.language == Language::Chart && text.starts_with("{{");
        if !text.is_empty() && !text.starts_with('#') && !text.starts_with("//") && !action {
            return Some(line);
        }
        at = line.end as usize;
        if start >= source.text.len() {
            break;
        }
    }
    None
}

/// Where the header of each collection starts, in order, and the whole of it.
fn headers(file: &File) -> Vec<(u32, Span)> {
    let collections = file.tree.nodes.iter().filter(|node| {
        matches!(node.kind, NodeKind::Map { .. } | NodeKind::List { blocks: false, .. })
    });
    let mut headers: Vec<(u32, Span)> =
        collections.map(|node| (node.header.start, node.span.join(node.header))).collect();
    headers.sort_unstable();
    headers
}

/// The line, and every collection whose header stands on it.
fn covered(file: &File, headers: &[(u32, Span)], line: Span) -> Vec<Span> {
    let mut spans = vec![line];
    if file.language == Language::Chart {
        spans.push(block(file, line));
    }
    let first = headers.partition_point(|(start, _)| *start < line.start);
    let end = line.end.max(line.start + 1);
    let on_it = headers[first..].iter().take_while(|(start, _)| *start < end);
    spans.extend(on_it.map(|(_, span)| *span));
    spans
}

/// The line of a template and what stands further to the right below it.
fn block(file: &File, header: Span) -> Span {
    let source = &file.source;
    let column = |text: &str| text.len() - text.trim_start().len();
    let head = source.slice(header);
    let list = head.trim_end().ends_with(':') && !head.trim_start().starts_with('-');
    let mut block = header;
    let starts = source.line_starts();
    for start in &starts[starts.partition_point(|start| *start <= header.start)..] {
        let line = source.line_span(*start);
        let text = source.slice(line);
        let item = list && text.trim_start().starts_with("- ") && column(text) == column(head);
        let silent = text.trim().is_empty() || text.trim_start().starts_with("{{");
        if !silent && !item && column(text) <= column(head) {
            break;
        }
        block = block.join(line);
    }
    block
}

impl Suppression {
    /// Whether a finding's place is covered.
    pub fn covers(&self, file: FileId, span: Span) -> bool {
        self.place.file == file
            && self.covers.iter().any(|cover| cover.start <= span.start && span.start <= cover.end)
    }
}

/// What is wrong with a suppression itself: rule id and a word for the message.
pub fn faults(
    suppression: &Suppression,
    active: &[&'static Rule],
    today: Date,
) -> Vec<(&'static str, String)> {
    match &suppression.content {
        Content::Malformed(why) => vec![("ZT-POL-021", why.clone())],
        Content::Rules { rules, until, used, .. } => {
            if let Some(day) = until.filter(|day| *day < today) {
                return vec![("ZT-POL-018", day.to_string())];
            }
            let unused =
                rules.iter().zip(used).filter(|(rule, used)| !**used && active.contains(rule));
            unused.map(|(rule, _)| (UNUSED, rule.id.to_owned())).collect()
        }
    }
}
