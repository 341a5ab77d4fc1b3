//! Reads Rust just well enough to know which paths a file uses.

use super::File;

/// A path as used somewhere; one inside this crate begins with `crate`, a method with `.`.
pub struct Mention {
    /// From 1.
    pub line: usize,
    /// Steps; the first may be a crate's name, a local name, `crate` or `.`.
    pub path: Vec<String>,
}

impl Mention {
    /// The steps below `crate`.
    pub fn inside_crate(&self) -> Option<Vec<&str>> {
        (self.path[0] == "crate").then(|| self.path[1..].iter().map(String::as_str).collect())
    }

    /// A line for the reader of a failed law.
    pub fn breach(&self, file: &str, what: &str) -> String {
        format!("{file}:{}: {what} (`{}`)", self.line, self.path.join("::"))
    }
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are `crate::a::b`.
pub fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let steps = inner.split('/').filter(|step| !matches!(*step, "mod" | "lib" | "main"));
    std::iter::once("crate").chain(steps).map(ToOwned::to_owned).collect()
}

/// Every path in the code, `use` trees unfolded, `self`, `super` and `ztlint` resolved.
pub fn mentions((path, text): &File) -> Vec<Mention> {
    let tokens = tokens(&without_prose(text));
    let word = |at: usize| tokens.get(at).map_or("", |token| token.1.as_str());
    let mut module = module_of(path);
    let mut inline = Vec::new();
    let (mut depth, mut at, mut found) = (0_usize, 0, Vec::new());
    while at < tokens.len() {
        let before = if at > 0 { word(at - 1) } else { "" };
        match word(at) {
            "mod" if word(at + 2) == "{" => {
                module.push(word(at + 1).to_owned());
                inline.push(depth);
                at += 1;
            }
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            // A path may follow with leading `::`, which is not their continuation.
            "use" | "return" | "in" | "as" | "dyn" | "impl" | "mut" | "match" | "if" | "while"
            | "else" | "break" | "move" | "where" | "for" => {}
            name if is_name(name) && before == "." => {
                let path = vec![".".to_owned(), name.to_owned()];
                found.push(Mention { line: tokens[at].0, path });
            }
            name if is_name(name) => {
                let visibility = before == "(" && at > 1 && word(at - 2) == "pub";
                let mut unfolded = Vec::new();
                at = unfold(&tokens, at, &[], &mut unfolded);
                unfolded.retain(|mention| !visibility && mention.path != ["self"]);
                for mention in unfolded {
                    found.push(Mention { path: resolve(&mention.path, &module), ..mention });
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads one path or `use` tree from `at`; returns the place after it, always further on.
fn unfold(
    tokens: &[(usize, String)],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<Mention>,
) -> usize {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.1.as_str());
    let line = tokens[at].0;
    let mut path = prefix.to_vec();
    loop {
        if word(at) == "{" && !path.is_empty() {
            at += 1;
            while at < tokens.len() && word(at) != "}" {
                at = if word(at) == "," { at + 1 } else { unfold(tokens, at, &path, found) };
            }
            return at + 1;
        }
        path.push(word(at).to_owned());
        at += 1;
        let goes_on = |next: &str| is_name(next) || next == "{" || next == "*";
        if word(at) != "::" || !goes_on(word(at + 1)) {
            break;
        }
        at += 1;
    }
    if !prefix.is_empty() && word(at) == "as" {
        at += 2;
    }
    found.push(Mention { line, path });
    at
}

fn resolve(path: &[String], module: &[String]) -> Vec<String> {
    let mut absolute = match path[0].as_str() {
        "crate" => vec!["crate".to_owned()],
        "ztlint" if path.len() > 1 => vec!["crate".to_owned()],
        "self" => module.to_vec(),
        "super" => module[..module.len().saturating_sub(1).max(1)].to_vec(),
        first => vec![first.to_owned()],
    };
    for step in &path[1..] {
        match step.as_str() {
            "self" => {}
            "super" if absolute.len() > 1 => drop(absolute.pop()),
            _ => absolute.push(step.clone()),
        }
    }
    absolute
}

/// The line of a `#[path = "…"]`.
pub fn attribute_path(text: &str) -> Option<usize> {
    let tokens = tokens(&without_prose(text));
    let attribute = |four: &&[(usize, String)]| {
        four.iter().map(|token| token.1.as_str()).eq(["#", "[", "path", "="])
    };
    tokens.windows(4).find(attribute).map(|four| four[0].0)
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single signs, each with its line.
fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let in_name = |c: char| c.is_alphanumeric() || c == '_';
            let length = if in_name(first) {
                rest.find(|c| !in_name(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            found.push((index + 1, rest[..length].to_owned()));
            rest = rest[length..].trim_start();
        }
    }
    found
}

/// The text with comments, strings and characters blanked; lines stay where they are.
fn without_prose(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = prose_end(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that starts at `at` ends; `at` if none does.
fn prose_end(chars: &[char], at: usize) -> usize {
    let get = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let find = |from: usize, wanted: &str| {
        let wanted: Vec<char> = wanted.chars().collect();
        let found = chars[from.min(chars.len())..]
            .windows(wanted.len())
            .position(|window| window == wanted);
        found.map_or(chars.len(), |index| from + index + wanted.len())
    };
    match (get(at), get(at + 1)) {
        ('/', '/') => find(at, "\n").saturating_sub(1).max(at + 2).min(chars.len()),
        ('/', '*') => {
            let (mut depth, mut end) = (1, at + 2);
            while depth > 0 && end < chars.len() {
                match (get(end), get(end + 1)) {
                    ('*', '/') => (depth, end) = (depth - 1, end + 2),
                    ('/', '*') => (depth, end) = (depth + 1, end + 2),
                    _ => end += 1,
                }
            }
            end.min(chars.len())
        }
        ('"', _) => {
            let mut end = at + 1;
            while end < chars.len() && get(end) != '"' {
                end += if get(end) == '\\' { 2 } else { 1 };
            }
            (end + 1).min(chars.len())
        }
        ('r', '"' | '#') if at == 0 || !(get(at - 1).is_alphanumeric() && get(at - 1) != 'b') => {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            if get(at + 1 + hashes) == '"' {
                find(at + 2 + hashes, &format!("\"{}", "#".repeat(hashes)))
            } else {
                at
            }
        }
        ('\'', '\\') => find(at + 3, "'"),
        ('\'', _) if get(at + 2) == '\'' => at + 3,
        _ => at,
    }
}
