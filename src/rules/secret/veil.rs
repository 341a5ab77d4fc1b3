//! Where a text may hold a secret, so that reports leave it out whether or not a rule knows it:
//! known formats, random words, passwords in addresses, and what stands behind a telling name. Errs
//! towards hiding; judges nothing.

use super::{known, random, stands_for};
use crate::input::source::{Source, Span};
use std::borrow::Cow;
use std::ops::Range;

/// What stands in the place of a secret.
pub const MASK: &str = "••••••••";

/// Lines above one that are looked at for what it belongs to.
const ABOVE: usize = 200;

/// Names of which one is enough, as words of a key.
const WORDS: [&str; 28] = [
    "auth", "authorization", "bearer", "cookie", "cookies", "cred", "creds", "credential",
    "credentials", "dsn", "hmac", "jwt", "otp", "pass", "passcode", "passphrase", "passwd",
    "password", "passwords", "pat", "psk", "pw", "pwd", "salt", "sas", "secret", "token", "tokens",
];

/// Parts of names without their separators.
const PARTS: [&str; 14] = [
    "password", "passwd", "passphrase", "secret", "token", "credential", "connectionstring",
    "apikey", "accesskey", "privatekey", "dockerconfig", "dockercfg", "kubeconfig", "idrsa",
];

/// What `key` follows in the name of a secret.
const KEYS: [&str; 19] = [
    "access", "account", "api", "auth", "client", "deploy", "encryption", "host", "license",
    "master", "primary", "private", "secondary", "session", "shared", "signing", "ssh", "storage",
    "tls",
];

/// Ends of names that only lead to a secret or say something about it.
const ABOUT: [&str; 46] = [
    "address", "algorithm", "algorithms", "arn", "audience", "audiences", "class", "count", "days",
    "duration", "enable", "enabled", "endpoint", "expiration", "expiry", "file", "format", "from",
    "hours", "id", "ids", "issuer", "kind", "length", "manager", "method", "mode", "name", "names",
    "path", "policy", "provider", "ref", "refs", "required", "reviewer", "rotation", "seconds",
    "secrets", "size", "store", "ttl", "type", "uri", "url", "version",
];

/// Keys whose names say nothing about what they hold.
const NEUTRAL: [&str; 8] =
    ["content", "contents", "default", "value", "stringvalue", "userdata", "body", "text"];

/// The words of a name: `dbPassword`, `DB_PASSWORD` and `db-password` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for character in name.chars() {
        let starts = character.is_ascii_uppercase() && lower;
        if !character.is_ascii_alphanumeric() || starts {
            words.push(String::new());
        }
        lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        if character.is_ascii_alphanumeric() {
            words.last_mut().expect("there is one").push(character.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether what stands behind a name may be a secret.
pub fn telling(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    let whole = words.concat();
    if whole.ends_with("externalid") {
        return true;
    }
    if ABOUT.contains(&last.as_str()) && words.len() > 1 {
        return false;
    }
    let key = |pair: &[String]| pair[1] == "key" && KEYS.contains(&pair[0].as_str());
    words.iter().any(|word| WORDS.contains(&word.as_str()))
        || words.windows(2).any(key)
        || PARTS.iter().any(|part| whole.contains(part))
            && !ABOUT.iter().any(|end| end.len() > 2 && whole.ends_with(end))
}

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
    let cuts = |c: char| c.is_whitespace() || "\"'`,;()<>[]{}|\\".contains(c);
    let mut at = 0;
    for word in text.split(cuts) {
        let range = at..at + word.len();
        at = range.end + text[range.end..].chars().next().map_or(0, char::len_utf8);
        if word.len() < 8 || found.iter().any(|one| one.start <= range.start && range.end <= one.end)
        {
            continue;
        }
        if known::find(word).is_some() || random_word(word, before(text, range.start)) {
            found.push(range);
            continue;
        }
        let mut start = range.start;
        let address = word.contains("://");
        for piece in word.split(|c| matches!(c, '=' | ':' | '@' | '&' | '?') || c == '/' && address)
        {
            let range = start..start + piece.len();
            if random_word(piece, before(text, start)) {
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

/// The part of a text before a place, on its line.
fn before(text: &str, at: usize) -> &str {
    text[..at].rsplit('\n').next().unwrap_or_default()
}

/// One word that no person thought of. Names and addresses are judged part by part: they have digits
/// and capitals, too, but no long part is a jumble. Digests of what is public are none.
fn random_word(word: &str, before: &str) -> bool {
    if stands_for(word) {
        return false;
    }
    let public = ["sha256:", "sha512:", "sha1:", "sha256-", "sha384-", "sha512-", "ref="];
    if public.iter().any(|end| before.ends_with(end) || word.starts_with(end)) {
        return false;
    }
    if word.contains(['!', '$', '%', '^', '&', '~']) && random::looks_random(word) {
        return true;
    }
    let parts = word.split(|c: char| !c.is_ascii_alphanumeric());
    // `+` and `/` are characters of base64, where they cut a jumble into pieces that may be short.
    let sum: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
    let base64 = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
        && word.contains(['+', '=']);
    parts.into_iter().any(jumble) || base64 && sum.len() >= 20 && jumble(&sum)
}

/// Whether letters and digits alternate as they do in no word: of both cases, or for long.
fn jumble(part: &str) -> bool {
    let has = |test: fn(&u8) -> bool| part.bytes().any(|byte| test(&byte));
    let digits = has(u8::is_ascii_digit);
    let both = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let changes = random::changes(part);
    match part.len() {
        0..12 => false,
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
        let inside = |c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c));
        let start = head.rfind(inside).map_or(0, |last| {
            last + head[last..].chars().next().map_or(1, char::len_utf8)
        });
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
    let digits = !words(name).iter().any(|word| word.starts_with("pass") || word == "pin");
    value.is_empty()
        || matches!(value, "true" | "false" | "null" | "~" | "yes" | "no" | "{}" | "[]")
        || matches!(value, "required" | "optional" | "enabled" | "disabled" | "none")
        || matches!(value, "{" | "[" | "|" | ">" | "|-" | ">-" | "|+" | ">+")
        || value.starts_with('#')
        || number && digits
        || reference
        || stands_for(value)
}

/// Whether a value under a name that says nothing is a plain word, a number, or a path of words.
fn plain_word(value: &str) -> bool {
    let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'', '-', ' ']);
    let letters = value.bytes().all(|byte| byte.is_ascii_alphabetic() || b"_-. ".contains(&byte));
    let number = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.:".contains(&byte);
    let path = value.contains('/') && value.bytes().all(inside) && random::wordy(value);
    value.len() <= 20 && (letters || number) || value.len() <= 80 && path
}

/// The parts of one line of a source that reports leave out, in bytes of the file: what may be a
/// secret by itself, by the names on its line, or by what it belongs to. `places` are what the report
/// points at; a value that one of them lies in is shown unless it is a secret by itself.
pub fn of_line(source: &Source, number: usize, places: &[Span]) -> Vec<Range<usize>> {
    let Some(&first) = source.line_starts().get(number) else { return Vec::new() };
    let span = source.line_span(first);
    let (start, text) = (span.start as usize, source.slice(span));
    let mut found = spans(text);
    let home = Home::of(source, number, text);
    let pointed = |range: &Range<usize>| {
        let inside = |place: &Span| {
            start + range.start <= place.start as usize && place.end as usize <= start + range.end
        };
        places.iter().any(inside)
    };
    let mut any = false;
    for (at, name, value) in named(text) {
        if text.as_bytes()[at] == b':' && value == at + 1 && value < text.len() {
            // `image:tag`, not a key.
            continue;
        }
        any = true;
        let (range, rest) = (value..text.len(), &text[value..]);
        let neutral = NEUTRAL.contains(&words(name).concat().as_str());
        let hides = match home {
            _ if telling(name) => true,
            Home::Secret => !pointed(&range),
            Home::Named if neutral || name.to_ascii_lowercase().ends_with("values") => {
                !pointed(&range)
            }
            Home::Open | Home::Named if !neutral => false,
            _ => !plain_word(rest) && !pointed(&range),
        };
        if hides && !harmless(name, rest) {
            found.push(range);
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
    if !any && hides && !closes && !pointed(&range) {
        found.push(range);
    }
    let found = merged(found).into_iter();
    found.map(|range| start + range.start..start + range.end).collect()
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
        let line = |at: usize| source.slice(source.line_span(source.line_starts()[at]));
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
