//! Which line of a template a line of its rendering comes from. Both are texts in the shape of YAML;
//! the template also holds `{{ … }}`. Runs no template and knows no value.
//!
//! A line that stands in both, as far to the right and below the same keys, is the same line where
//! that leaves one choice: because there is but one below the same line, because it is the only one
//! between the neighbours that are settled, or because there are as many of them here as there. Else the template
//! may hold its key with a `{{ … }}` for its value. What remains belongs to the nearest line above it
//! that encloses it.

use super::source::{Source, Span};
use std::collections::HashMap;

/// Where the lines of a rendering come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alignment {
    /// For each line of the rendering, from 0.
    lines: Vec<Target>,
}

/// A line of the template, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// It is the same line.
    Same(u32),
    /// It comes from there.
    From(u32),
}

impl Alignment {
    /// Aligns a rendering with its template.
    pub fn new(rendering: &str, template: &str) -> Self {
        let blank = blank(template);
        let (rendering, template) = (rows(rendering), rows(&blank));
        let mut found = same(&rendering, &template);
        keyed(&rendering, &template, &mut found);
        let first = template.iter().position(|row| row.content).unwrap_or(0) as u32;
        Self { lines: enclosed(&rendering, &found, first) }
    }

    /// Everything comes from one line.
    pub fn constant(line: u32) -> Self {
        Self { lines: vec![Target::From(line)] }
    }

    /// The span of the template that stands for a span of the rendering, and whether it is the same
    /// text; otherwise it is the line that the text comes from.
    pub fn span(&self, rendering: &Source, template: &Source, span: Span) -> (Span, bool) {
        let start = |source: &Source, line: u32| {
            let starts = source.line_starts();
            starts.get(line as usize).copied().unwrap_or(source.text.len() as u32)
        };
        let place = |offset: u32| {
            let line = rendering.line_starts().partition_point(|start| *start <= offset) - 1;
            let target = self.lines.get(line).or(self.lines.last());
            (offset - start(rendering, line as u32), target.copied().unwrap_or(Target::From(0)))
        };
        let (column, target) = place(span.start);
        let line = match target {
            Target::Same(line) => line,
            Target::From(line) => {
                let whole = template.line_span(start(template, line));
                let text = template.slice(whole);
                let lead = text.len() - text.trim_start().len();
                let length = text.trim().len();
                let from = whole.start as usize + lead;
                return (Span::new(from, from + length), false);
            }
        };
        let from = start(template, line) + column;
        let last = template.line_span(from).end;
        let end = match place(span.end.max(span.start)) {
            (column, Target::Same(end)) if end >= line => start(template, end) + column,
            _ => last,
        };
        (Span { start: from, end: end.max(from) }, true)
    }
}

/// One line.
#[derive(Default)]
struct Row<'t> {
    /// Without white space at its ends; may hold [`HOLE`] where a template is to be filled in.
    text: &'t str,
    /// Columns before the text.
    indent: usize,
    /// What it is below.
    above: Path,
    /// Its key below that, and that key's name.
    own: Path,
    /// The line of the innermost key above it.
    parent: Option<usize>,
    /// Whether it says anything: no blank line, no comment, no directive.
    content: bool,
    /// The document it is in, from 0.
    document: usize,
}

/// The keys from the top of a document, in short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Path {
    hash: u64,
    depth: usize,
    /// Whether a key on the way is to be filled in.
    open: bool,
}

impl Path {
    fn below(self, step: &str) -> Path {
        let mut hash = self.hash ^ 0xcbf2_9ce4_8422_2325;
        for byte in step.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Path { hash, depth: self.depth + 1, open: self.open || step.contains(HOLE) }
    }

    fn fits(self, template: Path) -> bool {
        self.depth == template.depth && (template.open || self.hash == template.hash)
    }
}

/// Stands for the bytes of `{{ … }}`.
const HOLE: char = '\u{1}';

/// The text with every byte of `{{ … }}` but line ends replaced by [`HOLE`]: offsets stay.
fn blank(text: &str) -> String {
    let mut blank = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let end = closing(&rest[start..]).map_or(rest.len(), |end| start + end);
        blank.push_str(&rest[..start]);
        blank.extend(rest[start..end].bytes().map(|byte| if byte == b'\n' { '\n' } else { HOLE }));
        rest = &rest[end..];
    }
    blank.push_str(rest);
    blank
}

/// Where an action that begins the text ends; its comments and texts in quotes may hold braces.
fn closing(text: &str) -> Option<usize> {
    let body = text[2..].trim_start_matches('-').trim_start();
    let from = text.len() - body.len();
    if body.starts_with("/*") {
        let end = from + body.find("*/")?;
        return Some(end + text[end..].find("}}")? + 2);
    }
    let bytes = text.as_bytes();
    let (mut at, mut quote) = (from, None);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            (None, b'"' | b'`') => quote = Some(bytes[at]),
            (Some(b'"'), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        at += 1;
    }
    None
}

fn rows(text: &str) -> Vec<Row<'_>> {
    // The open keys: column, whether it is a `-`, path and line.
    let mut open: Vec<(usize, bool, Path, usize)> = Vec::new();
    let mut rows = Vec::new();
    let mut document = 0;
    for (number, line) in text.split('\n').enumerate() {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        let mut row = Row { text, indent, document, ..Row::default() };
        if line.trim_end() == "---" {
            document += 1;
            row.document = document;
            open.clear();
        } else if !text.trim_matches([HOLE, ' ']).is_empty() && !text.starts_with('#') {
            row.content = true;
            let (mut column, mut rest, mut first) = (indent, text, true);
            loop {
                let dash = rest == "-" || rest.starts_with("- ");
                while open.last().is_some_and(|(at, is_dash, ..)| {
                    *at > column || *at == column && (*is_dash || !dash)
                }) {
                    open.pop();
                }
                let above = open.last().map_or(Path::default(), |(_, _, path, _)| *path);
                if first {
                    row.above = above;
                    row.parent = open.last().map(|(.., line)| *line);
                    first = false;
                }
                let step = if dash { "-" } else { key(rest) };
                row.own = above.below(step);
                open.push((column, dash, row.own, number));
                if !dash {
                    break;
                }
                let inner = rest[1..].trim_start();
                column += rest.len() - inner.len();
                rest = inner;
                if rest.is_empty() {
                    break;
                }
            }
        }
        rows.push(row);
    }
    rows
}

/// The key that begins a line; of a line without one, nothing.
fn key(text: &str) -> &str {
    let end = text.find(": ").or_else(|| text.strip_suffix(':').map(str::len));
    end.map_or("", |end| text[..end].trim_matches(['"', '\'']))
}

/// A line that stands in a template more often is not told apart.
const REPEATED: usize = 100;

/// Lines that stand in both.
fn same<'t>(rendering: &[Row<'t>], template: &[Row<'t>]) -> Vec<Option<Target>> {
    let mut known: HashMap<(&str, usize), Vec<usize>> = HashMap::new();
    for (at, row) in template.iter().enumerate().filter(|(_, row)| row.content) {
        if !row.text.contains(HOLE) {
            known.entry((row.text, row.indent)).or_default().push(at);
        }
    }
    known.retain(|_, lines| lines.len() <= REPEATED);
    // Lines of the template for each line, computed once for each way to that line.
    let mut choices: HashMap<(&str, usize, Path), Vec<usize>> = HashMap::new();
    for row in rendering.iter().filter(|row| row.content) {
        choices.entry((row.text, row.indent, row.above)).or_insert_with(|| {
            let all = known.get(&(row.text, row.indent)).into_iter().flatten().copied();
            all.filter(|at| row.above.fits(template[*at].above)).collect()
        });
    }
    let choices: Vec<&[usize]> = rendering
        .iter()
        .map(|row| choices.get(&(row.text, row.indent, row.above)).map_or(&[][..], Vec::as_slice))
        .collect();
    let fits = |line: &usize, up: Option<usize>| up.is_none() || template[*line].parent == up;
    let mut found: Vec<Option<Target>> = vec![None; rendering.len()];
    for (at, choice) in choices.iter().enumerate() {
        let up = above(rendering, &found, at);
        let mut left = choice.iter().filter(|line| fits(line, up));
        if let (Some(only), None) = (left.next(), left.next()) {
            found[at] = Some(Target::Same(*only as u32));
        }
    }
    let mut groups: HashMap<(usize, &str, Path, Option<usize>), Vec<usize>> = HashMap::new();
    let windows = windows(&found, template.len());
    for (at, row) in rendering.iter().enumerate().filter(|(at, _)| found[*at].is_none()) {
        if !choices[at].is_empty() {
            let group = (windows[at].0, row.text, row.above, above(rendering, &found, at));
            groups.entry(group).or_default().push(at);
        }
    }
    for ((.., up), members) in groups {
        let (_, from, to) = windows[members[0]];
        let inside = |line: &&usize| (from..to).contains(*line) && fits(line, up);
        let lines: Vec<usize> = choices[members[0]].iter().filter(inside).copied().collect();
        if lines.len() == 1 || lines.len() == members.len() {
            for (at, member) in members.into_iter().enumerate() {
                let line = lines[at.min(lines.len() - 1)];
                found[member] = Some(Target::Same(line as u32));
            }
        }
    }
    found
}

/// The line of the template that encloses a line, where it is settled: a line below it is below that
/// one in the template as well.
fn above(rendering: &[Row<'_>], found: &[Option<Target>], at: usize) -> Option<usize> {
    match rendering[at].parent.map(|up| found[up]) {
        Some(Some(Target::Same(line))) => Some(line as usize),
        _ => None,
    }
}

/// For each line the settled line before it (its number plus one, 0 for none) and the lines of the
/// template that lie between its settled neighbours; none where these stand the other way round.
fn windows(found: &[Option<Target>], length: usize) -> Vec<(usize, usize, usize)> {
    let line = |target: &Option<Target>| match target {
        Some(Target::Same(line) | Target::From(line)) => Some(*line as usize),
        None => None,
    };
    let mut windows = Vec::with_capacity(found.len());
    let (mut before, mut from) = (0, 0);
    for (at, target) in found.iter().enumerate() {
        windows.push((before, from, length));
        if let Some(line) = line(target) {
            (before, from) = (at + 1, line + 1);
        }
    }
    let mut to = length;
    for (window, target) in windows.iter_mut().zip(found).rev() {
        window.2 = to;
        to = line(target).unwrap_or(to);
    }
    windows
}

/// Lines whose key stands in the template, with a value to be filled in.
fn keyed(rendering: &[Row<'_>], template: &[Row<'_>], found: &mut [Option<Target>]) {
    let mut known: HashMap<(Path, usize), Vec<usize>> = HashMap::new();
    for (at, row) in template.iter().enumerate() {
        if row.content && row.text.contains(HOLE) && !row.own.open {
            known.entry((row.own, row.indent)).or_default().push(at);
        }
    }
    known.retain(|_, lines| lines.len() <= REPEATED);
    for at in 0..rendering.len() {
        let row = &rendering[at];
        let (None, Some(lines)) = (found[at], known.get(&(row.own, row.indent))) else { continue };
        let up = above(rendering, found, at);
        let mut left = lines.iter().filter(|line| up.is_none() || template[**line].parent == up);
        if let (Some(only), None) = (left.next(), left.next()) {
            found[at] = Some(Target::From(*only as u32));
        }
    }
}

/// What is found for every line: of a line for which nothing was found, what is found for the line
/// that encloses it, or else for the first line of its document; at last `first`.
fn enclosed(rendering: &[Row<'_>], found: &[Option<Target>], first: u32) -> Vec<Target> {
    let from = |target: Target| match target {
        Target::Same(line) | Target::From(line) => Target::From(line),
    };
    let mut tops: HashMap<usize, Target> = HashMap::new();
    for (row, target) in rendering.iter().zip(found) {
        if let Some(target) = target {
            tops.entry(row.document).or_insert(from(*target));
        }
    }
    let mut lines: Vec<Target> = Vec::with_capacity(found.len());
    for (row, target) in rendering.iter().zip(found) {
        let above = row.parent.map(|parent| from(lines[parent]));
        let top = || tops.get(&row.document).copied().unwrap_or(Target::From(first));
        lines.push(target.or(above).unwrap_or_else(top));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each line of the rendering is aligned with: `=3` is line 3 itself, `<3` comes from it.
    fn aligned(rendering: &str, template: &str) -> Vec<String> {
        let lines = Alignment::new(rendering, template).lines;
        let shown = rendering.lines().zip(lines).filter(|(text, _)| !text.trim().is_empty());
        let word = |target| match target {
            Target::Same(line) => format!("={}", line + 1),
            Target::From(line) => format!("<{}", line + 1),
        };
        shown.map(|(_, target)| word(target)).collect()
    }

    #[track_caller]
    fn gives(rendering: &str, template: &str, expected: &str) {
        assert_eq!(aligned(rendering, template).join(" "), expected);
    }

    #[test]
    fn equal_lines_are_the_same() {
        gives("a: 1\nb: 2\n", "{{- if .x }}\na: 1\n{{- end }}\nb: 2\n", "=2 =4");
    }

    #[test]
    fn a_line_repeated_by_a_loop_is_one_line() {
        gives("a:\n- b: 1\n- b: 1\n", "a:\n{{ range .x }}\n- b: 1\n{{ end }}\n", "=1 =3 =3");
    }

    #[test]
    fn equal_lines_below_other_keys_are_others() {
        let template = "a:\n  on: true\nb:\n  {{- toYaml .b | nindent 2 }}\n";
        gives("a:\n  on: true\nb:\n  on: true\n", template, "=1 =2 =3 <3");
        gives("b:\n  on: true\n", template, "=3 <3");
        gives("a:\n  on: true\nc:\n  on: true\n", "a:\n  on: true\n{{ .c }}\n", "=1 =2 <1 <1");
    }

    #[test]
    fn equal_lines_below_other_lines_are_others() {
        let template = "- a: 1\n  s:\n    on: true\n- b: 2\n  s:\n    {{ .x }}\n- c: 3\n";
        gives("- b: 2\n  s:\n    on: true\n- c: 3\n", template, "=4 =5 <5 =7");
    }

    #[test]
    fn a_value_that_is_filled_in_is_at_its_key() {
        gives("a: 1\nb: 2\n", "a: {{ .a }}\n\"b\": x{{ .b }}\n", "<1 <2");
        gives("- a: 1\n  b: 2\n", "- a: {{ .a }}\n  b: 2\n", "<1 =2");
        let template = "- a: 1\n  b: {{ .x }}\n- a: 1\n  b: {{ .y }}\n";
        gives("- a: 1\n  b: 1\n- a: 1\n  b: 2\n", template, "=1 <2 =3 <4");
        // Two lines that may have given it: neither is claimed.
        gives(
            "x: 0\na: 1\n",
            "x: 0\n{{ if .c }}\na: {{ .a }}\n{{ else }}\na: {{ .b }}\n{{ end }}\n",
            "=1 <1",
        );
    }

    #[test]
    fn a_key_that_is_filled_in_may_be_any() {
        gives("a:\n  x:\n    on: true\n", "a:\n  {{ .k }}:\n    on: true\n", "=1 <1 =3");
    }

    #[test]
    fn equal_lines_are_told_apart_by_their_neighbours() {
        let template = "- a: 1\n  c: 3\n{{ if .x }}\n- b: 2\n  c: 3\n{{ end }}\n- d: 4\n  c: 3\n";
        gives("- a: 1\n  c: 3\n- d: 4\n  c: 3\n", template, "=1 =2 =7 =8");
        gives("- a: 1\n  c: 3\n- b: 2\n  c: 3\n- d: 4\n  c: 3\n", template, "=1 =2 =4 =5 =7 =8");
    }

    #[test]
    fn as_many_equal_lines_here_as_there_keep_their_order() {
        gives("- x\n- x\n", "- x\n- x\n", "=1 =2");
        let template = "- a: 1\n{{ range .x }}\n- x\n{{ end }}\n- b: 1\n- x\n";
        gives("- a: 1\n- x\n- x\n- b: 1\n- x\n", template, "=1 =3 =3 =5 =6");
        gives("a: 1\n- x\n- x\n", "a: 1\n- x\n- x\n- x\n", "=1 <1 <1");
    }

    #[test]
    fn documents_are_apart() {
        let template = "kind: A\nspec: {}\n---\nkind: B\nspec: {}\n";
        gives("---\nkind: A\nspec: {}\n---\nkind: B\nspec: {}\n", template, "<1 =1 =2 <4 =4 =5");
        gives("---\nkind: B\nspec: {}\n", template, "<4 =4 =5");
    }

    #[test]
    fn what_is_nowhere_belongs_to_what_encloses_it() {
        let template =
            "{{ $a := 1 }}\nkind: A\nspec:\n  b:\n    {{- include \"x\" . | nindent 4 }}\n";
        gives("kind: A\nspec:\n  b:\n    c:\n    - d: 1\n", template, "=2 =3 =4 <4 <4");
        gives("x: 1\ny: 2\n", template, "<2 <2");
        gives("x: 1\n", "", "<1");
    }

    #[test]
    fn comments_of_a_template_are_no_lines() {
        gives("a: 1\n", "{{- /*\n}}\na: 1\n*/ -}}\n# a: 1\na: 1\n", "=6");
        gives("a: 1\n", "{{ \"}}\\\"\" }}\na: 1\n", "=2");
        gives("a: 1\n", "{{ unclosed\na: 1\n", "<1");
    }

    #[test]
    fn lists_may_stand_below_their_key_or_beside_it() {
        gives("a:\n- b: 1\nc:\n- b: 1\n", "a:\n- b: 1\nc:\n- b: 1\n", "=1 =2 =3 =4");
        gives("c:\n- b: 1\n", "a:\n- b: 1\nc:\n{{ toYaml .c }}\n", "=3 <3");
        gives("a:\n- - b: 1\n", "a:\n- - b: 1\n", "=1 =2");
    }

    #[test]
    fn spans_keep_their_columns() {
        let rendering = Source::new("r", "kind: A\nspec:\n  b: [1, 2]\n  c: 9\n");
        let template =
            Source::new("t", "{{ x }}\nkind: A\nspec:\n  b: [1, 2]\n  c:   {{ .c }}  \n");
        let alignment = Alignment::new(&rendering.text, &template.text);
        let at = |text: &str| {
            let start = rendering.text.find(text).expect("it is there");
            let span = Span::new(start, start + text.len());
            let (span, same) = alignment.span(&rendering, &template, span);
            (template.slice(span), same)
        };
        assert_eq!(at("[1, 2]"), ("[1, 2]", true));
        assert_eq!(at("9"), ("c:   {{ .c }}", false));
        assert_eq!(at("spec:\n  b"), ("spec:\n  b", true));
        assert_eq!(at("b: [1, 2]\n  c: 9"), ("b: [1, 2]", true));
        let past = alignment.span(&rendering, &template, Span::new(99, 99));
        assert!(template.text.get(past.0.range()).is_some());
    }

    #[test]
    fn long_texts_of_equal_lines_come_to_an_end() {
        let many = "- a: 1\n".repeat(50_000);
        assert_eq!(Alignment::new(&many, &many).lines.len(), 50_001);
        assert_eq!(Alignment::new(&many, &many[7..]).lines.len(), 50_001);
        let deep: String = (0..2_000).flat_map(|at| [" ".repeat(at), "a:\n".to_owned()]).collect();
        assert!(Alignment::new(&deep, &deep).lines.contains(&Target::Same(1_999)));
    }
}
