//! Which parts of a line of a source are left out where it is shown: what may be a secret by itself,
//! by its name, or by what the line belongs to. Reads indentation, not syntax.

use super::names::{Words, telling};
use super::{harmless, merged, named, spans};
use crate::input::source::{Source, Span};
use crate::rules::secret::random;
use std::collections::HashMap;
use std::ops::Range;
use std::ptr;

/// Lines above one that are looked at for what it belongs to.
const ABOVE: usize = 200;

/// A line of more bytes, of a generated file perhaps, is shown where the report points at, and nowhere
/// else: to read all of it for each finding on it would take too long.
const LONG: usize = 8192;

/// Keys whose names say nothing about what they hold.
const NEUTRAL: [&str; 8] =
    ["content", "contents", "default", "value", "stringvalue", "userdata", "body", "text"];

/// Whether a value under a name that says nothing is a plain word, a number, or a path of words.
fn plain_word(value: &str) -> bool {
    let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'', '-', ' ']);
    let letters = value.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_-. ".contains(&byte));
    let number = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.:".contains(&byte);
    let path = value.contains('/') && value.bytes().all(inside) && random::wordy(value);
    value.len() <= 20 && (letters || number) || value.len() <= 80 && path
}

/// The lines of sources as reports show them, each read once for as long as its source is asked for.
#[derive(Default)]
pub struct Lines<'a> {
    source: Option<&'a Source>,
    parts: HashMap<usize, Vec<Part>>,
}

/// What may be a secret on a line, in bytes of the line.
struct Part {
    range: Range<usize>,
    /// Whether it is one by itself or by its own name, and not only by what its line belongs to.
    surely: bool,
}

impl<'a> Lines<'a> {
    /// The parts of one line of a source that reports leave out, in bytes of the file: what may be a
    /// secret by itself, by the names on its line, or by what it belongs to. `places` are what the
    /// report points at; a value that one of them lies in is shown unless it is a secret by itself.
    pub fn hidden(
        &mut self,
        source: &'a Source,
        number: usize,
        places: &[Span],
    ) -> Vec<Range<usize>> {
        let Some(span) = source.line(number) else { return Vec::new() };
        let (start, text) = (span.start as usize, source.slice(span));
        if text.len() > LONG {
            return beside(source, span, places);
        }
        if !self.source.is_some_and(|other| ptr::eq(other, source)) {
            (self.source, self.parts) = (Some(source), HashMap::new());
        }
        let parts = self.parts.entry(number).or_insert_with(|| parts(source, number, text));
        let pointed = |range: &Range<usize>| {
            let inside = |place: &Span| {
                start + range.start <= place.start as usize
                    && place.end as usize <= start + range.end
            };
            places.iter().any(inside)
        };
        let hides = |part: &&Part| part.surely || !pointed(&part.range);
        let found = parts.iter().filter(hides).map(|part| part.range.clone());
        let found = merged(found.collect()).into_iter();
        found.map(|range| start + range.start..start + range.end).collect()
    }
}

/// What may be a secret on a line.
fn parts(source: &Source, number: usize, text: &str) -> Vec<Part> {
    let own = spans(text).into_iter();
    let mut found: Vec<Part> = own.map(|range| Part { range, surely: true }).collect();
    let home = Home::of(source, number, text);
    let mut any = false;
    for (at, name, value) in named(text) {
        if text.as_bytes()[at] == b':' && value == at + 1 && value < text.len() {
            // `image:tag`, not a key.
            continue;
        }
        any = true;
        let (range, rest) = (value..text.len(), &text[value..]);
        let surely = telling(name);
        let neutral = || NEUTRAL.contains(&Words::of(name).whole.as_str());
        let hides = surely
            || match home {
                Home::Secret => true,
                Home::Scalar => !plain_word(rest),
                Home::Named if name.to_ascii_lowercase().ends_with("values") => true,
                Home::Named => neutral(),
                Home::Open => neutral() && !plain_word(rest),
            };
        if hides && !harmless(name, rest) {
            found.push(Part { range, surely });
        }
    }
    let body = text.len() - text.trim_start().len();
    let rest = text[body..].trim_start_matches("- ").trim_end();
    let bare = !rest.contains(['{', '}', '[', ']', '(', ')', '"', ',', '#', '<']);
    let item = text[body..].starts_with("- ");
    let hides = match home {
        Home::Secret => true,
        Home::Scalar => !plain_word(rest),
        Home::Open | Home::Named => bare && !item && !plain_word(rest),
    };
    let closes = rest.bytes().all(|byte| b"{}[]()-,".contains(&byte));
    let range = text.len() - text[body..].trim_start_matches("- ").len()..text.len();
    if !any && hides && !closes {
        found.push(Part { range, surely: false });
    }
    found
}

/// A line but for these places on it, and what may be a secret in them.
fn beside(source: &Source, line: Span, places: &[Span]) -> Vec<Range<usize>> {
    let mut shown: Vec<Span> = places.to_vec();
    shown.sort_unstable();
    let (mut found, mut at) = (Vec::new(), line.start as usize);
    for place in shown.into_iter().filter(|place| place.start >= line.start) {
        let end = place.end.min(line.end) as usize;
        let text = source.text.get(place.start as usize..end).unwrap_or_default();
        if text.len() > LONG || end <= at {
            continue;
        }
        let start = (place.start as usize).max(at);
        found.push(at..start);
        let first = place.start as usize;
        let own = spans(text).into_iter();
        found.extend(own.map(|range| first + range.start..first + range.end));
        at = end;
    }
    found.push(at..line.end as usize);
    merged(found)
}

/// What a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Home {
    /// Nothing that says anything about it.
    Open,
    /// A text of several lines, or the data of an object.
    Scalar,
    /// Something of which a neighbour says that its value is a secret.
    Named,
    /// Something whose name tells of a secret.
    Secret,
}

impl Home {
    fn of(source: &Source, number: usize, text: &str) -> Self {
        let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t', '-']).len();
        let line = |at: usize| source.line(at).map_or("", |span| source.slice(span));
        let mut home = Self::Open;
        if number > 0 {
            // `- name: DB_PASSWORD` above `value:`, `- --password` above `- …`.
            let above = line(number - 1).trim().trim_start_matches("- ").trim_end_matches(',');
            let last = above.rsplit([' ', '=', ':']).next().unwrap_or_default();
            let key = above.trim_start_matches('"');
            let names = key.starts_with("name") || key.starts_with("key");
            let flag = above.trim_matches(['"', '\'']).starts_with('-');
            let tells = telling(last.trim_matches(['"', '\'']));
            if flag && tells && !above.contains('=') {
                return Self::Secret;
            }
            if names && tells {
                home = Self::Named;
            }
        }
        let mut least = indent(text);
        for at in (number.saturating_sub(ABOVE)..number).rev() {
            if least == 0 {
                break;
            }
            let parent = line(at);
            if parent.trim().is_empty() || indent(parent) >= least {
                continue;
            }
            let own = parent.trim_start().trim_start_matches("- ");
            let direct = least == indent(text);
            least = indent(parent);
            let key = own.trim_start_matches(['"', '\'']);
            let key = key.split([':', '=', '{', ' ', '"', '\'']).next().unwrap_or_default();
            let mut labels = own.split('"').skip(1).step_by(2);
            let variable = own.starts_with("variable ") && labels.any(telling);
            if variable && direct {
                return Self::Named;
            }
            let tells = telling(key);
            let block = ["|", ">", "|-", ">-", "|+", ">+"].iter().any(|end| own.ends_with(end))
                || own.contains("<<");
            if tells && (direct || block) {
                return Self::Secret;
            }
            if block || matches!(key, "data" | "stringData" | "binaryData") {
                home = Self::Scalar;
            }
        }
        home
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, the line that is shown, what is marked on it, and what remains of it.
    #[track_caller]
    fn shows(text: &str, line: usize, marked: &str, shown: &str) {
        let source = Source::new("a", text);
        let at = text.find(marked).expect("the mark");
        let places = [Span::new(at, at + marked.len())];
        let span = source.line_span(source.line_starts()[line]);
        let (mut left, mut from) = (String::new(), span.start as usize);
        let places = if marked.is_empty() { &[][..] } else { &places };
        for range in Lines::default().hidden(&source, line, places) {
            left.push_str(&text[from..range.start]);
            left.push('*');
            from = range.end;
        }
        left.push_str(&text[from..span.end as usize]);
        assert_eq!(left, shown, "{text}");
    }

    #[test]
    fn of_a_very_long_line_only_the_mark_is_shown() {
        let long = "{\"a\": 1} ".repeat(LONG / 9 + 1);
        shows(&format!("{long}\"here\": 1{long}"), 0, "\"here\": 1", "*\"here\": 1*");
        shows(&long, 0, "", "*");
        // Built here, so that no scanner takes this file for one that leaks.
        let key = format!("{}{}", "AKIA", "QYLPMN5HHHFPZAM2");
        shows(&format!("{long}{key}{long}"), 0, &key, "*");
    }

    #[test]
    fn lines_leave_out_what_they_belong_to() {
        let env = "env:\n- name: DB_PASSWORD\n  value: horse\n- name: MODE\n  value: horse\n";
        shows(env, 2, "", "  value: *");
        shows(env, 4, "", "  value: horse");
        let block = "data:\n  password: |\n    horse battery\n  b: c3Rh\n  on: true\n";
        shows(block, 2, "", "    *");
        shows(block, 3, "", "  b: *");
        shows(block, 3, "c3Rh", "  b: c3Rh");
        shows(block, 4, "", "  on: true");
        let flags = "command:\n- serve\n- --password\n- horse\n- --port\n- \"80\"\n";
        shows(flags, 3, "", "- *");
        shows(flags, 5, "", "- \"80\"");
        let hcl = "variable \"db_password\" {\n  type = string\n  default = \"horse\"\n}\n";
        shows(hcl, 1, "", "  type = string");
        shows(hcl, 2, "", "  default = *");
        let header = "- key: request.headers[x-api-key]\n  values: [\"horse\"]\n";
        shows(header, 1, "", "  values: *");
        shows("a = { password = \"horse\", b = 1 }\n", 0, "b = 1", "a = { password = *");
        shows("image: web:latest\nspec:\n  ingress: [{}]\n", 0, "", "image: web:latest");
        shows("secret_id = \"a\"\n", 0, "", "secret_id = \"a\"");
    }
}
