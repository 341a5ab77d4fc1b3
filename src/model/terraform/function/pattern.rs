//! Terraform's functions with regular expressions, which are Go's: written in another dialect than
//! this program's, so they are rewritten first.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, MAX_MEMBERS, MAX_TEXT, Stop};
use crate::model::datum::{Datum, Reason};
use regex::{Captures, Regex};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    let entry: Entry = match name {
        "regex" => (&["pattern", "string"], regex),
        "regexall" => (&["pattern", "string"], regexall),
        _ => return None,
    };
    Some(argument::run(name, entry, arguments))
}

fn regex(arguments: &Arguments) -> Answer {
    let (pattern, text) = (arguments.text(0)?, arguments.text(1)?);
    let pattern = compile(&pattern)?;
    let names = group_names(arguments, &pattern)?;
    match pattern.captures(&text) {
        Some(captures) => Ok(groups(&captures, &names)),
        None => Err(arguments.failed("pattern did not match any part of the given string")),
    }
}

fn regexall(arguments: &Arguments) -> Answer {
    let (pattern, text) = (arguments.text(0)?, arguments.text(1)?);
    let pattern = compile(&pattern)?;
    let names = group_names(arguments, &pattern)?;
    let mut items = Vec::new();
    for captures in pattern.captures_iter(&text) {
        if items.len().saturating_mul(pattern.captures_len()) >= MAX_MEMBERS {
            return Err(Stop::because(Reason::Limit));
        }
        items.push(groups(&captures, &names));
    }
    Ok(Datum::list(items))
}

/// The text with each match replaced, as `replace` does for a word in slashes.
pub fn replace_all(pattern: &str, text: &str, by: &str) -> Result<String, Stop> {
    let pattern = compile(pattern)?;
    let (mut replaced, mut end) = (String::new(), 0);
    for captures in pattern.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        replaced.push_str(&text[end..whole.start()]);
        expand(by, &captures, &mut replaced);
        end = whole.end();
        if replaced.len() > MAX_TEXT {
            return Err(Stop::because(Reason::Limit));
        }
    }
    replaced.push_str(&text[end..]);
    Ok(replaced)
}

/// `$1`, `${1}`, `$name`, `${name}`, `$$`; any other dollar is one.
fn expand(by: &str, captures: &Captures, out: &mut String) {
    let mut rest = by;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix('$') {
            out.push('$');
            rest = behind;
            continue;
        }
        let inside = rest.strip_prefix('{');
        let (name, behind) = {
            let text = inside.unwrap_or(rest);
            text.split_at(name_length(text))
        };
        let behind = if inside.is_some() { behind.strip_prefix('}') } else { Some(behind) };
        let Some(behind) = behind.filter(|_| !name.is_empty()) else {
            out.push('$');
            continue;
        };
        let group = match name.parse::<usize>() {
            Ok(number) => captures.get(number),
            Err(_) => captures.name(name),
        };
        out.push_str(group.map_or("", |group| group.as_str()));
        rest = behind;
    }
    out.push_str(rest);
}

fn name_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// The names of a pattern's groups; empty if they have none.
fn group_names(arguments: &Arguments, pattern: &Regex) -> Result<Vec<String>, Stop> {
    let names: Vec<String> =
        pattern.capture_names().flatten().map(std::borrow::ToOwned::to_owned).collect();
    if !names.is_empty() && names.len() + 1 < pattern.captures_len() {
        let what = "invalid regexp pattern: cannot mix both named and unnamed capture groups";
        return Err(arguments.wrong(0, what));
    }
    Ok(names)
}

fn groups(captures: &Captures, names: &[String]) -> Datum {
    let text = |group: Option<regex::Match>| {
        group.map_or_else(Datum::null, |group| Datum::text(group.as_str()))
    };
    if !names.is_empty() {
        let entry = |name: &String| (name.as_str().into(), text(captures.name(name)));
        return Datum::map(names.iter().map(entry).collect::<BTreeMap<_, _>>());
    }
    if captures.len() == 1 {
        return text(captures.get(0));
    }
    Datum::list(captures.iter().skip(1).map(text).collect())
}

/// A pattern of Go's. One that is wrong, or cannot be rewritten, cannot be told.
fn compile(pattern: &str) -> Result<Regex, Stop> {
    let unknown = || Stop::because(Reason::Function);
    let rewritten = Rewrite::new(pattern).pattern().ok_or_else(unknown)?;
    Regex::new(&rewritten).map_err(|_| unknown())
}

const DIGIT: &str = "0-9";
const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = "\\t\\n\\f\\r ";

/// How often Go lets a part be repeated.
const MAX_REPEAT: u32 = 1000;

struct Rewrite<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    /// Whether the last thing was `*`, `+`, `?` or `{2}`.
    repeated: bool,
}

/// How often a part is repeated.
enum Count {
    /// The brace stands for itself.
    None,
    TooMany,
    /// As written.
    Some(String),
}

/// What stands in a class.
enum Member {
    One(char),
    /// Written already.
    Many,
}

/// What an escape stands for.
enum Escape {
    One(char),
    /// In the other dialect, also inside a class.
    Class(String),
    /// Only outside of classes.
    Place(&'static str),
    /// `\Q`.
    Quote,
}

impl<'a> Rewrite<'a> {
    fn new(pattern: &'a str) -> Self {
        Self { rest: pattern.chars().peekable(), out: String::new(), repeated: false }
    }

    fn pattern(mut self) -> Option<String> {
        while let Some(c) = self.rest.next() {
            let repeated = std::mem::take(&mut self.repeated);
            match c {
                '\\' => match self.escape()? {
                    Escape::One(c) => self.literal(c),
                    Escape::Class(class) => self.out.push_str(&class),
                    Escape::Place(place) => self.out.push_str(place),
                    Escape::Quote => self.quoted(),
                },
                '[' => self.class()?,
                '(' => self.group()?,
                '*' | '+' | '?' => {
                    self.out.push(c);
                    self.repeat(repeated)?;
                }
                '{' => match self.count() {
                    Count::None => self.literal('{'),
                    Count::TooMany => return None,
                    Count::Some(count) => {
                        self.out.push_str(&count);
                        self.repeat(repeated)?;
                    }
                },
                '}' | ']' => self.literal(c),
                _ => self.out.push(c),
            }
        }
        Some(self.out)
    }

    fn repeat(&mut self, repeated: bool) -> Option<()> {
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        self.repeated = true;
        (!repeated).then_some(())
    }

    fn literal(&mut self, c: char) {
        write_literal(&mut self.out, c);
    }

    fn quoted(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.literal(c);
        }
    }

    /// `{2}`, `{2,}` or `{2,3}` after its brace.
    fn count(&mut self) -> Count {
        let ahead: String = self.rest.clone().take_while(|&c| c != '}').take(12).collect();
        let closed = self.rest.clone().nth(ahead.chars().count()) == Some('}');
        let (least, most) = ahead.split_once(',').map_or((&*ahead, None), |(a, b)| (a, Some(b)));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !closed || least.is_empty() || !digits(least) || !most.is_none_or(digits) {
            return Count::None;
        }
        for _ in 0..=ahead.len() {
            self.rest.next();
        }
        let small = |text: &str| text.parse::<u32>().is_ok_and(|count| count <= MAX_REPEAT);
        let fits = small(least) && most.is_none_or(|most| most.is_empty() || small(most));
        if fits { Count::Some(format!("{{{ahead}}}")) } else { Count::TooMany }
    }

    fn group(&mut self) -> Option<()> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Some(());
        }
        self.out.push('?');
        while let Some(c) = self.rest.next() {
            self.out.push(c);
            match c {
                'i' | 'm' | 's' | 'U' | '-' => {}
                ':' | ')' => return Some(()),
                'P' if self.rest.peek() == Some(&'<') => {}
                '<' => {
                    let name = self.rest.clone().take_while(|&c| c != '>');
                    return name
                        .clone()
                        .all(|c| c.is_ascii_alphanumeric() || c == '_')
                        .then_some(());
                }
                _ => return None,
            }
        }
        None
    }

    fn escape(&mut self) -> Option<Escape> {
        let c = self.rest.next()?;
        let class = |set: &str, not: bool| {
            Some(Escape::Class(format!("[{}{set}]", if not { "^" } else { "" })))
        };
        match c {
            'd' | 'D' => class(DIGIT, c == 'D'),
            'w' | 'W' => class(WORD, c == 'W'),
            's' | 'S' => class(SPACE, c == 'S'),
            'b' => Some(Escape::Place("(?-u:\\b)")),
            'B' => Some(Escape::Place("(?-u:\\B)")),
            'A' => Some(Escape::Place("\\A")),
            'z' => Some(Escape::Place("\\z")),
            'Q' => Some(Escape::Quote),
            'a' => Some(Escape::One('\x07')),
            'f' => Some(Escape::One('\x0c')),
            't' => Some(Escape::One('\t')),
            'n' => Some(Escape::One('\n')),
            'r' => Some(Escape::One('\r')),
            'v' => Some(Escape::One('\x0b')),
            'x' => self.hexadecimal().map(Escape::One),
            '0'..='7' => self.octal(c).map(Escape::One),
            _ if c.is_ascii_punctuation() || c == ' ' => Some(Escape::One(c)),
            _ => None,
        }
    }

    fn hexadecimal(&mut self) -> Option<char> {
        let digits: String = if self.rest.next_if_eq(&'{').is_some() {
            let digits: String = self.rest.by_ref().take_while(|&c| c != '}').collect();
            digits
        } else {
            self.rest.by_ref().take(2).collect()
        };
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        char::from_u32(u32::from_str_radix(&digits, 16).ok().filter(|_| plain)?)
    }

    /// A digit alone but for zero would refer to a group, which Go has not.
    fn octal(&mut self, first: char) -> Option<char> {
        let mut value = first.to_digit(8)?;
        let mut digits = 1;
        while digits < 3 {
            let Some(next) = self.rest.next_if(|c| c.is_digit(8)) else { break };
            value = value * 8 + next.to_digit(8)?;
            digits += 1;
        }
        if first != '0' && digits == 1 {
            return None;
        }
        char::from_u32(value)
    }

    fn class(&mut self) -> Option<()> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            if !first && self.rest.next_if_eq(&']').is_some() {
                self.out.push(']');
                return Some(());
            }
            first = false;
            let Member::One(low) = self.class_member()? else { continue };
            self.literal(low);
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']') {
                self.rest.next();
                self.out.push('-');
                let Member::One(high) = self.class_member()? else { return None };
                self.literal(high);
            }
        }
    }

    fn class_member(&mut self) -> Option<Member> {
        let c = self.rest.next()?;
        if c == '[' && self.rest.peek() == Some(&':') {
            let name: String = self
                .rest
                .clone()
                .skip(1)
                .take_while(|c| c.is_ascii_lowercase() || *c == '^')
                .collect();
            let mut behind = self.rest.clone().skip(1 + name.len());
            if behind.next() == Some(':') && behind.next() == Some(']') {
                for _ in 0..name.len() + 3 {
                    self.rest.next();
                }
                write!(self.out, "[:{name}:]").expect("a text takes what is written");
                return Some(Member::Many);
            }
        }
        if c != '\\' {
            return Some(Member::One(c));
        }
        match self.escape()? {
            Escape::One(c) => Some(Member::One(c)),
            Escape::Class(class) => {
                self.out.push_str(&class);
                Some(Member::Many)
            }
            Escape::Place(_) | Escape::Quote => None,
        }
    }
}

fn write_literal(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || !c.is_ascii() {
        out.push(c);
    } else {
        write!(out, "\\x{{{:x}}}", u32::from(c)).expect("a text takes what is written");
    }
}
