//! Where a text may hold a secret, so that reports leave it out whether or not a rule knows it:
//! known formats, random words, passwords in addresses, and what stands behind a telling name. Errs
//! towards hiding; judges nothing.

mod line;
mod names;

use super::{known, random, stands_for};
pub use line::Lines;
use names::Words;
pub use names::telling;
use std::borrow::Cow;
use std::ops::Range;

/// What stands in the place of a secret.
pub const MASK: &str = "••••••••";

/// The parts of a text that may be secrets by themselves, sorted, none within another.
pub fn spans(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if text.len() < 6 {
        return found;
    }
    if let Some(at) = text.find("-----BEGIN ").filter(|at| text[*at..].contains("PRIVATE KEY")) {
        found.push(at..text.len());
    }
    logins(text, &mut found);
    pairs(text, &mut found);
    let cuts = |c: char| {
        let mark = matches!(c, '"' | '\'' | '`' | ',' | ';' | '|' | '\\');
        mark || matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '{' | '}') || c.is_whitespace()
    };
    let mut at = 0;
    for word in text.split(cuts) {
        let range = at..at + word.len();
        at = range.end + text[range.end..].chars().next().map_or(0, char::len_utf8);
        if word.len() < 8
            || found.iter().any(|one| one.start <= range.start && range.end <= one.end)
        {
            continue;
        }
        if known::find(word).is_some() || random_word(word, &text[..range.start]) {
            found.push(range);
            continue;
        }
        let mut start = range.start;
        let address = word.contains("://");
        for piece in word.split(|c| matches!(c, '=' | ':' | '@' | '&' | '?') || c == '/' && address)
        {
            let range = start..start + piece.len();
            if random_word(piece, &text[..start]) {
                found.push(range.clone());
            }
            start = range.end + 1;
        }
    }
    merged(found)
}

/// A text without what may be a secret in it.
pub fn veiled(text: &str) -> Cow<'_, str> {
    let spans = spans(text);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
    for span in spans {
        shown.push_str(&text[at..span.start]);
        shown.push_str(MASK);
        at = span.end;
    }
    shown.push_str(&text[at..]);
    Cow::Owned(shown)
}

/// One word that no person thought of. Names and addresses are judged part by part: they have digits
/// and capitals, too, but no long part is a jumble. Digests of what is public are none.
fn random_word(word: &str, before: &str) -> bool {
    let public = || {
        ["sha256:", "sha512:", "sha1:", "sha256-", "sha384-", "sha512-", "ref="]
            .iter()
            .any(|mark| before.ends_with(mark) || word.contains(mark))
    };
    // Nearly every word is none, and this says so soonest.
    thrown(word) && !public() && !stands_for(word)
}

/// Whether a word looks as if it had been drawn at random.
fn thrown(word: &str) -> bool {
    if word.bytes().any(|byte| b"!$%^&~".contains(&byte)) && random::looks_random(word) {
        return true;
    }
    if word.split(|c: char| !c.is_ascii_alphanumeric()).any(jumble) {
        return true;
    }
    // `+` and `/` are characters of base64, where they cut a jumble into pieces that may be short.
    let base64 = word.bytes().any(|byte| byte == b'+' || byte == b'=')
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
    base64 && {
        let sum: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        sum.len() >= 20 && jumble(&sum)
    }
}

/// Whether letters and digits alternate as they do in no word: of both cases, or for long.
fn jumble(part: &str) -> bool {
    if part.len() < 12 {
        return false;
    }
    let has = |test: fn(&u8) -> bool| part.bytes().any(|byte| test(&byte));
    let digits = has(u8::is_ascii_digit);
    let both = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let changes = random::changes(part);
    match part.len() {
        32.. if part.bytes().all(|byte| byte.is_ascii_hexdigit()) => digits,
        _ if digits && both => changes * 4 >= part.len(),
        20.. if both => changes * 4 >= part.len() && random::entropy(part) >= 3.7,
        24.. if digits => changes * 3 >= part.len(),
        _ => false,
    }
}

/// Passwords, and tokens in their place, of addresses: `scheme://user:password@host`.
fn logins(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let ends = |c: char| "/?#\"'`<>\\".contains(c) || c.is_whitespace();
        let end = text[start..].find(ends).map_or(text.len(), |length| start + length);
        let Some(login) = text[start..end].rfind('@').map(|length| &text[start..start + length])
        else {
            continue;
        };
        let secret = match login.split_once(':') {
            Some((user, password)) => {
                let from = start + user.len() + 1;
                (!stands_for(password)).then(|| from..from + password.len())
            }
            None => (login.len() >= 16).then(|| start..start + login.len()),
        };
        found.extend(secret.filter(|range| !range.is_empty()));
    }
}

/// Values right behind a telling name: `--password=…`, `Password=…;`, `"token": "…"`.
fn pairs(text: &str, found: &mut Vec<Range<usize>>) {
    for (at, name, value) in named(text) {
        let rest = &text[value..];
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        // Prose has colons, too: only what is quoted or follows at once is a value.
        let joined = text.as_bytes()[at] == b'=' || quote.is_some();
        if !telling(name) || !joined {
            continue;
        }
        let body = value + quote.map_or(0, char::len_utf8);
        let ends = |c: char| match quote {
            Some(quote) => c == quote,
            None => c.is_whitespace() || "\"'`,;&)}]".contains(c),
        };
        let end = text[body..].find(ends).map_or(text.len(), |length| body + length);
        if !harmless(name, &text[body..end]) {
            found.push(body..end);
        }
    }
}

/// Names before `=` and `:` with the places of the mark and of what follows it.
fn named(text: &str) -> impl Iterator<Item = (usize, &str, usize)> {
    text.match_indices(['=', ':']).filter_map(move |(at, _)| {
        let head = text[..at].trim_end_matches([' ', '\t']);
        let head = head.strip_suffix(['"', '\'']).unwrap_or(head);
        let outside = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let start = head
            .rfind(outside)
            .map_or(0, |last| last + head[last..].chars().next().map_or(1, char::len_utf8));
        let name = &head[start..];
        let rest = &text[at + 1..];
        let value = at + 1 + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
        (!name.is_empty()).then_some((at, name, value))
    })
}

/// Whether what stands behind a telling name is none: a switch, a number, a reference, a beginning.
fn harmless(name: &str, value: &str) -> bool {
    let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']).trim();
    let number = value.bytes().all(|byte| byte.is_ascii_digit());
    let reference = ["var.", "local.", "data.", "module.", "each."]
        .iter()
        .any(|start| value.starts_with(start))
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-[]*".contains(&byte));
    let pin = |word: &str| word.starts_with("pass") || word == "pin";
    value.is_empty()
        || matches!(value, "true" | "false" | "null" | "~" | "yes" | "no" | "{}" | "[]")
        || matches!(value, "required" | "optional" | "enabled" | "disabled" | "none")
        || matches!(value, "{" | "[" | "|" | ">" | "|-" | ">-" | "|+" | ">+")
        || value.starts_with('#')
        || number && !Words::of(name).iter().any(pin)
        || reference
        || stands_for(value)
}

/// Sorted, and joined where they touch.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_all_but_secrets() {
        let random = ["q7Rz2Lk9VtX4", "mB8sN1cW6hYpD3f"].concat();
        for (text, shown) in [
            ("uses the image `docker.io/kiwi/k8s-sidecar:2.5.0`.", None),
            ("aws_iam_role_policy.ec2policy allows `s3:*`", None),
            ("v1beta1.metrics.k8s.io, arn:aws:iam::123456789012:role/ServiceRoleForEks", None),
            ("a@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", None),
            ("git::https://git@host/a.git?ref=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", None),
            ("the token: see the docs", None),
            ("password=${var.p}; token=true", None),
            ("spec.template.spec.containers[0].env[12].valueFrom", None),
            ("2001:db8::/32, 10.0.0.0/8, 7d1f4c3e-9a55-4a53-8f0e-2b8d6f5a9c11", None),
            ("--password=hunter2 --port=80", Some("--password=•••••••• --port=80")),
            ("Server=db;Password=abc;X=1", Some("Server=db;Password=••••••••;X=1")),
            ("{\"token\": \"a b\", \"x\": 1}", Some("{\"token\": \"••••••••\", \"x\": 1}")),
            ("at redis://:pa55wd@h:1/0", Some("at ••••••••")),
            (&format!("is `{random}`."), Some("is `••••••••`.")),
            (&format!("Bearer {random}, x"), Some("Bearer ••••••••, x")),
            (&format!("https://h/a/{random}"), Some("••••••••")),
        ] {
            assert_eq!(veiled(text), shown.unwrap_or(text), "{text}");
        }
    }
}
