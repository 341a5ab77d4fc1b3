//! Terraform's `yamlencode` and `yamldecode`, which speak a YAML between 1.1 and 1.2. What another
//! reader would take otherwise cannot be told.

use super::argument::{Answer, Arguments, MAX_MEMBERS, MAX_TEXT, Stop};
use crate::model::datum::{Datum, Json, Kind, List, Map, Reason};
use crate::model::number::Number;
use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use granit_parser::{Event, Parser, ScalarStyle};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;

/// How deep values may be nested: others read them by recursion.
const MAX_DEPTH: usize = 100;

/// `yamldecode`. What was written as a document keeps the places of its parts.
pub fn decode(arguments: &Arguments) -> Answer {
    let written = match &arguments.value(0)?.kind {
        Kind::Json(json) if json.text.is_none() => return Ok(json.document.clone()),
        Kind::Json(json) => Some(json.clone()),
        _ => None,
    };
    let decoded = read(arguments)?;
    Ok(written.map_or(decoded.clone(), |json| placed(decoded, &json.document)))
}

/// A value with the places of the same one.
fn placed(value: Datum, written: &Datum) -> Datum {
    if matches!(written.kind, Kind::Unknown(_)) {
        return written.clone();
    }
    let kind = match (value.kind, &written.kind) {
        (Kind::Map(map), Kind::Map(other)) => {
            let entry = |(key, value): (&Arc<str>, &Datum)| {
                let value = match other.entries.get(key) {
                    Some(written) => placed(value.clone(), written),
                    None => value.clone(),
                };
                (key.clone(), value)
            };
            let entries = map.entries.iter().map(entry).collect();
            Kind::Map(Arc::new(Map { entries, open: map.open, ..Map::default() }))
        }
        (Kind::List(list), Kind::List(other)) if list.items.len() == other.items.len() => {
            let pairs = list.items.iter().zip(&other.items);
            let items = pairs.map(|(value, written)| placed(value.clone(), written)).collect();
            Kind::List(Arc::new(List { items, open: list.open }))
        }
        (kind, _) => kind,
    };
    Datum { kind, at: written.at, origin: written.origin }
}

fn read(arguments: &Arguments) -> Answer {
    let text = arguments.text(0)?;
    // Line breaks of YAML 1.1 only.
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return Err(untold());
    }
    let mut reader = Reader::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|_| untold())?;
        reader.take(event).map_err(|stop| match stop {
            Stop::Wrong(what) => arguments.failed(&what),
            gap @ Stop::Gap(_) => gap,
        })?;
    }
    reader.root.ok_or_else(|| arguments.failed("missing start of document"))
}

fn untold() -> Stop {
    Stop::because(Reason::Function)
}

fn wrong(what: &str) -> Stop {
    Stop::Wrong(what.to_owned())
}

#[derive(Default)]
struct Reader {
    root: Option<Datum>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, (Datum, usize)>,
}

struct Frame {
    anchor: usize,
    content: Content,
    /// How many values are inside, aliases counted for what they stand for.
    weight: usize,
}

enum Content {
    List(Vec<Datum>),
    Map { entries: BTreeMap<Arc<str>, Datum>, key: Option<Key> },
}

enum Key {
    Name(Arc<str>),
    Merge,
}

impl Reader {
    fn take(&mut self, event: Event) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(_, version) => {
                if self.root.is_some() {
                    return Err(wrong("unexpected extra content after value"));
                }
                version.map_or(Ok(()), |_| Err(untold()))
            }
            Event::Alias(id) => {
                let (value, weight) = self.anchors.get(&id).cloned().ok_or_else(untold)?;
                self.value(value, weight)
            }
            Event::UnresolvedAlias(_) => Err(wrong("reference to undefined anchor")),
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref().map(|tag| tag.core_suffix().unwrap_or_default());
                let merges = tag.is_none() && style == ScalarStyle::Plain && text == "<<";
                if merges && let Some(key @ None) = self.open_key() {
                    *key = Some(Key::Merge);
                    return Ok(());
                }
                let value = scalar(&text, style, tag);
                self.keep(anchor, &value, 1);
                self.value(value, 1)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(Content::List(Vec::new()), anchor, tag.is_some())
            }
            Event::MappingStart(_, anchor, tag) => {
                let content = Content::Map { entries: BTreeMap::new(), key: None };
                self.open(content, anchor, tag.is_some())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(frame) = self.stack.pop() else { return Ok(()) };
                let value = match frame.content {
                    Content::List(items) => Datum::list(items),
                    Content::Map { entries, .. } => Datum::map(entries),
                };
                let weight = frame.weight.saturating_add(1);
                self.keep(frame.anchor, &value, weight);
                self.value(value, weight)
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, content: Content, anchor: usize, tagged: bool) -> Result<(), Stop> {
        // A collection as a key, or one that a tag may make into something else.
        if tagged || matches!(self.open_key(), Some(None)) {
            return Err(untold());
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(Stop::because(Reason::Limit));
        }
        self.stack.push(Frame { anchor, content, weight: 0 });
        Ok(())
    }

    /// The place of the innermost map's next key.
    fn open_key(&mut self) -> Option<&mut Option<Key>> {
        match self.stack.last_mut().map(|frame| &mut frame.content) {
            Some(Content::Map { key, .. }) => Some(key),
            _ => None,
        }
    }

    fn keep(&mut self, anchor: usize, value: &Datum, weight: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), weight));
        }
    }

    fn value(&mut self, value: Datum, weight: usize) -> Result<(), Stop> {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        frame.weight = frame.weight.saturating_add(weight);
        if frame.weight > MAX_MEMBERS {
            return Err(Stop::because(Reason::Limit));
        }
        match &mut frame.content {
            Content::List(items) => items.push(value),
            Content::Map { entries, key } => match key.take() {
                None => *key = Some(Key::Name(name(&value)?)),
                Some(Key::Name(name)) => {
                    entries.insert(name, value);
                }
                Some(Key::Merge) => {
                    let Kind::Map(map) = &value.kind else {
                        return Err(wrong("what is merged is no mapping"));
                    };
                    entries.extend(map.entries.clone());
                }
            },
        }
        Ok(())
    }
}

fn name(key: &Datum) -> Result<Arc<str>, Stop> {
    match &key.kind {
        Kind::Text(text) => Ok(text.clone()),
        Kind::Bool(truth) => Ok(truth.to_string().into()),
        Kind::Number(number) => Ok(number.to_string().into()),
        Kind::Null => Err(wrong("mapping key cannot be null")),
        _ => Err(untold()),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&str>) -> Datum {
    match (tag, style) {
        (Some("str"), _) | (None, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) => {
            Datum::text(text)
        }
        (None, ScalarStyle::Plain) => plain(text),
        (None, _) => {
            let value = plain(text);
            let is_text = text.is_empty() || matches!(value.kind, Kind::Text(_));
            if is_text { Datum::text(text) } else { Datum::unknown(Reason::Function) }
        }
        (Some(_), _) => Datum::unknown(Reason::Function),
    }
}

/// What a scalar without quotes stands for.
fn plain(text: &str) -> Datum {
    const YES: [&str; 11] =
        ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
    const NO: [&str; 11] =
        ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Datum::null();
    }
    if YES.contains(&text) || NO.contains(&text) {
        return Datum::bool(YES.contains(&text));
    }
    let based = [("0x", 16), ("0o", 8)];
    if let Some((digits, base)) =
        based.iter().find_map(|(prefix, base)| Some((text.strip_prefix(prefix)?, *base)))
        && digits.chars().all(|c| c.is_digit(base))
        && let Some(number) = BigInt::parse_bytes(digits.as_bytes(), base)
    {
        return Datum::new(Kind::Number(BigDecimal::from(number).into()));
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if is_decimal(unsigned) {
        return Number::parse(text)
            .map_or_else(|| Datum::unknown(Reason::Function), |n| Datum::new(Kind::Number(n)));
    }
    // Infinity is no number here, and dates are rewritten.
    let special = matches!(&*unsigned.to_ascii_lowercase(), ".inf" | ".nan");
    let date = text.len() > 4
        && text.as_bytes()[4] == b'-'
        && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    if special || date { Datum::unknown(Reason::Function) } else { Datum::text(text) }
}

/// `12`, `12.`, `1.2`, `.2`, each perhaps with an exponent.
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(mantissa, rest)| (mantissa, Some(rest)));
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// `yamlencode`.
pub fn encode(arguments: &Arguments) -> Answer {
    let [value] = arguments.values else { return Err(untold()) };
    let document = |text: Option<Arc<str>>| {
        Datum::new(Kind::Json(Arc::new(Json { text, document: value.clone() })))
    };
    match value.gap() {
        // Nothing is known of it.
        Some(gap) if matches!(value.kind, Kind::Unknown(_) | Kind::Instance(_)) => {
            return Err(gap.into());
        }
        Some(_) => return Ok(document(None)),
        None => {}
    }
    let mut writer = Writer::default();
    let end = match &value.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => "\n...\n",
        _ => "\n",
    };
    writer.node(value, Place::Root, 0, 0)?;
    if !(writer.out.ends_with('\n') && writer.block) {
        writer.put(end);
    }
    Ok(document(Some(writer.out.into())))
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    /// After `key:`.
    Entry,
    /// After `-`.
    Item,
}

#[derive(Default)]
struct Writer {
    out: String,
    column: usize,
    /// Whether the last scalar was a block, whose last line break is written.
    block: bool,
}

/// From this column on, a text in quotes goes on in the next line.
const WIDTH: usize = 80;

/// Keys longer than this are written in another form.
const MAX_KEY: usize = 128;

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column = match text.rfind('\n') {
            Some(at) => text[at + 1..].chars().count(),
            None => self.column + text.chars().count(),
        };
    }

    fn line(&mut self, indent: usize) {
        let newline = if self.block && self.out.ends_with('\n') { "" } else { "\n" };
        self.block = false;
        self.put(&format!("{newline}{}", " ".repeat(indent)));
    }

    /// A value of a collection whose lines are indented by `indent`.
    fn node(
        &mut self,
        value: &Datum,
        place: Place,
        indent: usize,
        depth: usize,
    ) -> Result<(), Stop> {
        if self.out.len() > MAX_TEXT || depth > MAX_DEPTH {
            return Err(Stop::because(Reason::Limit));
        }
        let inside = if place == Place::Root { 0 } else { indent + 2 };
        match &value.kind {
            Kind::List(list) | Kind::Set(list) if !list.items.is_empty() => {
                let inside = if place == Place::Entry { indent } else { inside };
                for (index, item) in list.items.iter().enumerate() {
                    self.begin(place, index, inside);
                    self.put("-");
                    self.node(item, Place::Item, inside, depth + 1)?;
                }
            }
            Kind::Map(map) if !map.entries.is_empty() => {
                for (index, (key, value)) in map.entries.iter().enumerate() {
                    self.begin(place, index, inside);
                    if key.len() > MAX_KEY || key.contains(is_break) {
                        return Err(untold());
                    }
                    self.quoted(key, None);
                    self.put(":");
                    self.node(value, Place::Entry, inside, depth + 1)?;
                }
            }
            _ => {
                if place != Place::Root {
                    self.put(" ");
                }
                self.scalar(value, indent + 2)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, place: Place, index: usize, indent: usize) {
        match (place, index) {
            (Place::Root, 0) => {}
            (Place::Item, 0) => self.put(" "),
            _ => self.line(indent),
        }
    }

    fn scalar(&mut self, value: &Datum, indent: usize) -> Result<(), Stop> {
        match &value.kind {
            Kind::Null => self.put("null"),
            Kind::Bool(truth) => self.put(if *truth { "true" } else { "false" }),
            Kind::Number(number) => self.put(&number.to_string()),
            Kind::List(_) | Kind::Set(_) => self.put("[]"),
            Kind::Map(_) => self.put("{}"),
            _ => {
                let text = super::phrase::Phrase::of(value).ok_or_else(untold)?.known()?;
                if !text.contains('\n') || !fits_block(&text) {
                    self.quoted(&text, Some(indent));
                } else if text.contains(is_break_of_old) {
                    return Err(untold());
                } else {
                    self.literal(&text, indent);
                }
            }
        }
        Ok(())
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put("+");
        }
        self.put("\n");
        for (count, line) in text.strip_suffix('\n').unwrap_or(text).split('\n').enumerate() {
            if count > 0 {
                self.put("\n");
            }
            if !line.is_empty() {
                self.put(&" ".repeat(indent));
                self.put(line);
            }
        }
        if text.ends_with('\n') {
            self.put("\n");
            self.block = true;
        }
    }

    /// A text in quotes, which may go on in further lines if there is an indent for them.
    fn quoted(&mut self, text: &str, indent: Option<usize>) {
        self.put("\"");
        let mut spaces = false;
        let mut rest = text.char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            let last = rest.peek().is_none();
            let was_space = std::mem::replace(&mut spaces, c == ' ');
            match indent
                .filter(|_| c == ' ' && !was_space && self.column > WIDTH && at > 0 && !last)
            {
                Some(indent) => {
                    self.put(&format!("\n{}", " ".repeat(indent)));
                    if rest.peek().is_some_and(|&(_, c)| c == ' ') {
                        self.put("\\");
                    }
                }
                None if is_printable(c) && !is_break(c) && c != '"' && c != '\\' => {
                    self.out.push(c);
                    self.column += 1;
                }
                None => self.put(&escaped(c)),
            }
        }
        self.put("\"");
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n') || is_break_of_old(c)
}

/// Line breaks that YAML 1.2 no longer has.
fn is_break_of_old(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// Whether a text of several lines can be written as a block.
fn fits_block(text: &str) -> bool {
    text.chars().all(|c| is_printable(c) || is_break_of_old(c))
        && !text.contains(" \n")
        && !text.ends_with(' ')
}

fn escaped(c: char) -> String {
    let short = match c {
        '\0' => "\\0",
        '\x07' => "\\a",
        '\x08' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\x0b' => "\\v",
        '\x0c' => "\\f",
        '\r' => "\\r",
        '\x1b' => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        _ => "",
    };
    let mut text = String::from(short);
    let code = u32::from(c);
    let written = match code {
        _ if !short.is_empty() => Ok(()),
        0..=0xff => write!(text, "\\x{code:02X}"),
        0x100..=0xffff => write!(text, "\\u{code:04X}"),
        _ => write!(text, "\\U{code:08X}"),
    };
    written.expect("a text takes what is written");
    text
}
