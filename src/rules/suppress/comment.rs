//! Suppression comments: `# ztlint:ignore[ID] instance=… until=YYYY-MM-DD reason="…"` on the
//! finding's line, the line above, or a block's header.

use super::peer::{Peer, Scope};
use super::{Content, Kind, Reach, Suppression, grammar};
use crate::input::file::{File, Language};
use crate::input::source::{Place, Span};
use crate::input::tree::{NodeId, NodeKind};
use crate::rules::catalog::Catalog;

/// How comments begin that are for this program.
const OWN: &str = "ztlint:";

/// The word that begins a suppression.
const WORD: &str = "ztlint:ignore";

/// All suppressions of a file, those for some other scanners among them.
pub fn collect(file: &File, catalog: &Catalog, peers: &[Peer]) -> Vec<Suppression> {
    let source = &file.source;
    let holds =
        |mark: &str| memchr::memmem::find(source.text.as_bytes(), mark.as_bytes()).is_some();
    let mut found = Vec::new();
    // The comments of what is rendered stand in its template.
    if file.rendering.is_some() {
        return found;
    }
    let own = holds(OWN);
    let peers: Vec<Peer> = peers.iter().copied().filter(|peer| holds(peer.mark())).collect();
    if !own && peers.is_empty() {
        return found;
    }
    let mut lines = Lines { file, below: None, headers: None };
    for comment in file.comments().iter() {
        let text = source.slice(comment.span);
        let body = text.trim_start_matches(['#', '/', '*']).trim_end_matches("*/").trim();
        let mut add = |peer, reach, content| {
            let ordinal = found.len() as u32;
            let place = Place { file: file.id, span: comment.span };
            let kind = Kind::Comment;
            found.push(Suppression { place, ordinal, kind, peer, reach, content });
        };
        if body.starts_with(OWN) {
            let reach = Reach::Spans(lines.covered(comment.span));
            add(None, reach, read(body, catalog));
            continue;
        }
        for note in peers.iter().flat_map(|peer| peer.notes(body, catalog)) {
            let spans = match note.scope {
                Scope::Line => lines.covered(comment.span),
                Scope::NextLine => vec![lines.next(comment.span)],
                Scope::Enclosing => enclosing(file, comment.span),
                Scope::File => vec![Span::new(0, source.text.len())],
            };
            add(Some(note.peer), Reach::Spans(spans), Content::Terms(note.terms));
        }
    }
    found
}

/// The lines of a file that comments are for. Comments are asked about in their order, so that a file
/// full of them is read once.
struct Lines<'f> {
    file: &'f File,
    /// What was found below the last comment that stood alone.
    below: Option<Below>,
    /// Where the header of each collection starts, in order, and the whole of it.
    headers: Option<Vec<(u32, Span)>>,
}

/// The line below a comment; none at the end of the file.
#[derive(Clone, Copy)]
struct Below(Option<Span>);

impl Lines<'_> {
    /// The line that a comment is for (its own, or the next one), and every collection whose header
    /// stands on it.
    fn covered(&mut self, comment: Span) -> Vec<Span> {
        let file = self.file;
        let own = file.source.line_span(comment.start);
        let before = file.source.text[own.start as usize..comment.start as usize].trim();
        // `{{- /* … */}}`
        let action = file.language == Language::Chart && matches!(before, "{{" | "{{-");
        let line = if before.is_empty() || action { self.next(comment) } else { own };
        let mut spans = vec![line];
        if file.language == Language::Chart {
            spans.push(block(file, line));
        }
        let headers = self.headers.get_or_insert_with(|| headers(file));
        let first = headers.partition_point(|(start, _)| *start < line.start);
        let end = line.end.max(line.start + 1);
        let on_it = headers[first..].iter().take_while(|(start, _)| *start < end);
        spans.extend(on_it.map(|(_, span)| *span));
        spans
    }

    /// The next line that is neither blank nor a comment of its own; that of the comment where there
    /// is none.
    fn next(&mut self, comment: Span) -> Span {
        // The line below a comment is that below the comments under it.
        let holds = |below: &Below| below.0.is_none_or(|line| comment.end <= line.start);
        let known = self.below.filter(holds);
        let Below(next) = known.unwrap_or_else(|| Below(next_line(self.file, comment)));
        self.below = Some(Below(next));
        next.unwrap_or_else(|| self.file.source.line_span(comment.start))
    }
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

/// The outermost block of Terraform that a comment stands in.
fn enclosing(file: &File, comment: Span) -> Vec<Span> {
    if !file.language.is_terraform() {
        return Vec::new();
    }
    let roots = &file.tree.documents;
    let blocks = file.tree.nodes.iter().enumerate().filter(|(at, node)| {
        matches!(node.kind, NodeKind::Map { .. })
            && node.span.contains(comment)
            && !roots.contains(&NodeId(*at as u32))
    });
    let outermost = blocks
        .map(|(_, node)| node.span.join(node.header))
        .max_by_key(|span| span.end - span.start);
    outermost.into_iter().collect()
}

fn read(body: &str, catalog: &Catalog) -> Content {
    match body.strip_prefix(WORD) {
        Some(rest) => grammar::bracketed(rest, catalog),
        None => Content::Malformed("only `ztlint:ignore[ID]` is known".to_owned()),
    }
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
