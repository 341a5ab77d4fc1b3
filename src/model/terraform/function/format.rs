//! Terraform's `format` and `formatlist`, with holes where an argument is not known.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, MAX_MEMBERS, MAX_TEXT, Stop};
use super::figures::{Figures, NumberStyle};
use super::json;
use super::phrase::Phrase;
use crate::model::datum::{Datum, Kind, List, Reason, Unknown};
use std::iter::Peekable;
use std::str::Chars;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    let entry: Entry = match name {
        "format" => (&["format", "args..."], format),
        "formatlist" => (&["format", "args..."], formatlist),
        _ => return None,
    };
    Some(argument::run(name, entry, arguments))
}

fn format(arguments: &Arguments) -> Answer {
    let template = Template::read(arguments, &arguments.text(0)?)?;
    let values: Vec<&Datum> = arguments.values[1..].iter().collect();
    template.fill(arguments, &values)?.into_datum()
}

fn formatlist(arguments: &Arguments) -> Answer {
    let template = Template::read(arguments, &arguments.text(0)?)?;
    let shape = Shape::of(arguments)?;
    let mut items = Vec::with_capacity(shape.count.min(1024));
    let mut size = 0_usize;
    for turn in 0..shape.count {
        let values: Vec<Datum> = arguments.values[1..].iter().map(|v| at_turn(v, turn)).collect();
        let phrase = template.fill(arguments, &values.iter().collect::<Vec<_>>())?;
        size = size.saturating_add(phrase.size());
        if size > MAX_TEXT {
            return Err(Stop::because(Reason::Limit));
        }
        items.push(phrase.into_datum()?);
    }
    let open = shape.open.then_some(items.len());
    Ok(Datum::new(Kind::List(Arc::new(List { items, open }))))
}

/// How often `formatlist` formats.
struct Shape {
    count: usize,
    /// Whether there may be further turns.
    open: bool,
}

impl Shape {
    fn of(arguments: &Arguments) -> Result<Self, Stop> {
        let mut closed: Option<(usize, usize)> = None;
        let mut least: Option<usize> = None;
        let mut unknown = None;
        for (place, value) in arguments.values.iter().enumerate().skip(1) {
            let list = match &value.kind {
                Kind::List(list) => list,
                Kind::Set(set) if value.is_known() => set,
                Kind::Set(_) => {
                    unknown = unknown.or(value.gap());
                    continue;
                }
                Kind::Unknown(gap) => {
                    unknown = unknown.or(Some(gap.clone()));
                    continue;
                }
                _ => continue,
            };
            if let Some(open) = list.open {
                let known = open.min(list.items.len());
                least = Some(least.map_or(known, |least| least.min(known)));
                continue;
            }
            let length = list.items.len();
            match closed {
                Some((first, other)) if other != length => {
                    let what = format!(
                        "argument {place} has length {length}, which is inconsistent with argument {first} of length {other}"
                    );
                    return Err(arguments.wrong(1, &what));
                }
                _ => closed = closed.or(Some((place, length))),
            }
        }
        let shape = match (closed, least, unknown) {
            (Some((_, count)), ..) => Self { count, open: false },
            (None, Some(count), _) => Self { count, open: true },
            (None, None, Some(gap)) => return Err(gap.into()),
            (None, None, None) => Self { count: 1, open: false },
        };
        if shape.count > MAX_MEMBERS {
            return Err(Stop::because(Reason::Limit));
        }
        Ok(shape)
    }
}

/// What an argument gives to one turn of `formatlist`.
fn at_turn(value: &Datum, turn: usize) -> Datum {
    match &value.kind {
        Kind::List(list) | Kind::Set(list) => {
            let known = list.open.is_none_or(|open| turn < open) && value_order_known(value);
            match list.items.get(turn) {
                Some(item) if known => item.clone(),
                _ => Datum::unknown(Reason::Instances),
            }
        }
        // It may be a list.
        Kind::Unknown(unknown) => Datum::unknown(unknown.reason),
        _ => value.clone(),
    }
}

fn value_order_known(value: &Datum) -> bool {
    !matches!(value.kind, Kind::Set(_)) || value.is_known()
}

struct Template {
    parts: Vec<Part>,
}

enum Part {
    Text(String),
    Verb(Verb),
}

/// `%-5.2[1]d` and the like.
#[derive(Debug, Default)]
struct Verb {
    letter: char,
    /// Counted from zero.
    argument: usize,
    style: NumberStyle,
}

impl Template {
    fn read(arguments: &Arguments, text: &str) -> Result<Self, Stop> {
        let mut parts = Vec::new();
        let mut known = String::new();
        let mut next = 0;
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            if c != '%' {
                known.push(c);
            } else if rest.next_if_eq(&'%').is_some() {
                known.push('%');
            } else {
                let verb = Verb::read(&mut rest, next);
                let verb =
                    verb.map_err(|what| arguments.failed(&format!("format string: {what}")))?;
                next = verb.argument.saturating_add(1);
                if verb.style.width.max(verb.style.precision.unwrap_or(0)) > MAX_TEXT {
                    return Err(Stop::because(Reason::Limit));
                }
                parts.push(Part::Text(std::mem::take(&mut known)));
                parts.push(Part::Verb(verb));
            }
        }
        parts.push(Part::Text(known));
        Ok(Self { parts })
    }

    fn fill(&self, arguments: &Arguments, values: &[&Datum]) -> Result<Phrase, Stop> {
        let mut phrase = Phrase::default();
        let mut used = 0;
        for part in &self.parts {
            let verb = match part {
                Part::Text(text) => {
                    phrase.push_text(text);
                    continue;
                }
                Part::Verb(verb) => verb,
            };
            let needed = verb.argument.saturating_add(1);
            let Some(value) = values.get(verb.argument) else {
                let (letter, total) = (verb.letter, values.len());
                return Err(arguments.failed(&format!(
                    "not enough arguments for \"%{letter}\": need index {needed} but have {total} total"
                )));
            };
            used = used.max(needed);
            phrase.extend(&verb.written(arguments, value)?);
            if phrase.size() > MAX_TEXT {
                return Err(Stop::because(Reason::Limit));
            }
        }
        if used < values.len() {
            let what = match used {
                0 => "too many arguments; no verbs in format string".to_owned(),
                _ => format!("too many arguments; only {used} used by format string"),
            };
            return Err(arguments.wrong(1, &what));
        }
        Ok(phrase)
    }
}

impl Verb {
    fn read(rest: &mut Peekable<Chars>, next: usize) -> Result<Self, String> {
        let mut verb = Self { argument: next, ..Self::default() };
        loop {
            let flag = match rest.peek() {
                Some('-') => &mut verb.style.left,
                Some('+') => &mut verb.style.plus,
                Some('#') => &mut verb.style.sharp,
                Some(' ') => &mut verb.style.space,
                Some('0') => &mut verb.style.zero,
                _ => break,
            };
            *flag = true;
            rest.next();
        }
        verb.style.width = digits(rest).unwrap_or(0);
        if rest.next_if_eq(&'.').is_some() {
            verb.style.precision = Some(digits(rest).unwrap_or(0));
        }
        if rest.next_if_eq(&'[').is_some() {
            let place = digits(rest).and_then(|place| place.checked_sub(1));
            verb.argument = place.ok_or("an argument's number is wrong")?;
            rest.next_if_eq(&']').ok_or("an argument's number has no end")?;
        }
        let letter = rest.next().ok_or("it ends inside a verb")?;
        if !matches!(
            letter,
            'v' | 't' | 'b' | 'd' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'g' | 'G' | 's' | 'q'
        ) {
            return Err(format!("there is no verb '{letter}'"));
        }
        verb.letter = letter;
        Ok(verb)
    }

    fn written(&self, arguments: &Arguments, value: &Datum) -> Result<Phrase, Stop> {
        let unsupported = |what: &str| {
            arguments.failed(&format!("unsupported value for \"%{}\": {what}", self.letter))
        };
        if value.is_null() && self.letter != 'v' {
            // Wrong if it is of a type; else never known.
            return Ok(hole(Reason::Invalid));
        }
        if let Kind::Instance(_) = value.kind {
            return Ok(hole(Reason::Computed));
        }
        match self.letter {
            'v' => Ok(self.as_is(value)),
            't' => match &value.kind {
                Kind::Bool(truth) => Ok(known(if *truth { "true" } else { "false" })),
                Kind::Text(text) if matches!(&**text, "true" | "1") => Ok(known("true")),
                Kind::Text(text) if matches!(&**text, "false" | "0") => Ok(known("false")),
                Kind::Unknown(unknown) => Ok(hole(unknown.reason)),
                Kind::Partial(_) => Ok(hole(reason(value))),
                _ => Err(unsupported("bool required")),
            },
            's' | 'q' => {
                let text = arguments.phrase_of(1, value).map_err(|stop| match stop {
                    Stop::Wrong(_) => unsupported("string required"),
                    gap @ Stop::Gap(_) => gap,
                })?;
                self.text(text)
            }
            _ => {
                let number = Arguments::number_of(value).map_err(|stop| match stop {
                    Stop::Wrong(_) => unsupported("a number is required"),
                    gap @ Stop::Gap(_) => gap,
                });
                let number = match number {
                    Ok(number) => number,
                    Err(Stop::Gap(unknown)) => return Ok(hole(unknown.reason)),
                    Err(wrong) => return Err(wrong),
                };
                let figures = Figures::of(&number);
                let text = match self.letter {
                    'b' | 'd' | 'o' | 'x' | 'X' => self
                        .style
                        .whole(self.letter, &number)
                        .ok_or_else(|| unsupported("an integer is required"))?,
                    _ => match self.style.decimal(self.letter, figures) {
                        Some(text) => text,
                        None => return Ok(hole(Reason::Function)),
                    },
                };
                Ok(known(&text))
            }
        }
    }

    /// `%v`: texts as they are, numbers short, anything else as JSON.
    fn as_is(&self, value: &Datum) -> Phrase {
        match &value.kind {
            Kind::Unknown(unknown) => hole(unknown.reason),
            Kind::Text(_) | Kind::Partial(_) | Kind::Json(_) if !self.style.sharp => {
                let text = Phrase::of(value).unwrap_or_else(|| hole(Reason::Function));
                self.padded(text)
            }
            Kind::Number(number) if !self.style.sharp => {
                match NumberStyle::default().decimal('g', Figures::of(number)) {
                    Some(text) => self.padded(known(&text)),
                    None => hole(Reason::Function),
                }
            }
            _ => self.padded(encoded(value)),
        }
    }

    fn text(&self, text: Phrase) -> Result<Phrase, Stop> {
        if self.letter == 'q' {
            return Ok(self.padded(encoded(&text.into_datum()?)));
        }
        let Some(precision) = self.style.precision.filter(|&precision| precision > 0) else {
            return Ok(self.padded(text));
        };
        Ok(match text.known() {
            Ok(text) => {
                let cut =
                    text.grapheme_indices(true).nth(precision).map_or(text.len(), |(at, _)| at);
                self.padded(known(&text[..cut]))
            }
            Err(_) => hole(text.hole().map_or(Reason::Function, |hole| hole.reason)),
        })
    }

    /// Filled up to the width, on the right after a dash.
    fn padded(&self, phrase: Phrase) -> Phrase {
        if self.style.width == 0 {
            return phrase;
        }
        let Ok(text) = phrase.known() else {
            return hole(phrase.hole().map_or(Reason::Function, |hole| hole.reason));
        };
        let missing = self.style.width.saturating_sub(text.graphemes(true).count());
        let padding = if self.style.zero { "0" } else { " " }.repeat(missing);
        if self.style.left {
            known(&format!("{text}{padding}"))
        } else {
            known(&format!("{padding}{text}"))
        }
    }
}

/// Digits, if there are any.
fn digits(rest: &mut Peekable<Chars>) -> Option<usize> {
    let mut value: Option<usize> = None;
    while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
        rest.next();
        value = Some(value.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize));
    }
    value
}

fn encoded(value: &Datum) -> Phrase {
    let mut phrase = Phrase::default();
    phrase.push_pieces(&json::encode(value));
    phrase
}

fn reason(value: &Datum) -> Reason {
    value.gap().map_or(Reason::Function, |gap| gap.reason)
}

fn known(text: &str) -> Phrase {
    let mut phrase = Phrase::default();
    phrase.push_text(text);
    phrase
}

fn hole(reason: Reason) -> Phrase {
    let mut phrase = Phrase::default();
    phrase.push_hole(Unknown { reason, symbol: None });
    phrase
}
