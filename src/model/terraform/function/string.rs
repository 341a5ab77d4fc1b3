//! Terraform's functions on texts. What they say of a text that is known in part holds whatever
//! its holes hold.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, MAX_MEMBERS, MAX_TEXT, Stop};
use super::phrase::{Phrase, anonymous};
use crate::model::datum::{Datum, Kind, List, Reason, Unknown};
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    Some(argument::run(name, entry(name)?, arguments))
}

fn entry(name: &str) -> Option<Entry> {
    Some(match name {
        "chomp" => (&["str"], chomp),
        "endswith" => (&["str", "suffix"], endswith),
        "indent" => (&["spaces", "str"], indent),
        "join" => (&["separator", "lists..."], join),
        "lower" => (&["str"], |arguments| each(arguments, lower)),
        "replace" => (&["str", "substr", "replace"], replace),
        "split" => (&["separator", "str"], split),
        "startswith" => (&["str", "prefix"], startswith),
        "strcontains" => (&["str", "substr"], strcontains),
        "strrev" => (&["str"], strrev),
        "substr" => (&["str", "offset", "length"], substr),
        "title" => (&["str"], title),
        "trim" => (&["str", "cutset"], trim),
        "trimprefix" => (&["str", "prefix"], trimprefix),
        "trimspace" => (&["str"], trimspace),
        "trimsuffix" => (&["str", "suffix"], trimsuffix),
        "upper" => (&["str"], |arguments| each(arguments, upper)),
        _ => return None,
    })
}

fn each(arguments: &Arguments, change: fn(char) -> char) -> Answer {
    let phrase = arguments.phrase(0)?;
    phrase.map(|text| text.chars().map(change).collect()).into_datum()
}

/// One character for one, as Go has it: "ß" stays.
fn lower(c: char) -> char {
    single(c.to_lowercase()).unwrap_or(if c == 'İ' { 'i' } else { c })
}

fn upper(c: char) -> char {
    single(c.to_uppercase()).unwrap_or_else(|| titled(c))
}

/// The title form of what has no single capital: Greek letters with an iota below.
fn titled(c: char) -> char {
    let step = match c {
        '\u{1f80}'..='\u{1faf}' if u32::from(c) & 8 == 0 => 8,
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => 9,
        _ => 0,
    };
    char::from_u32(u32::from(c) + step).unwrap_or(c)
}

fn capital(c: char) -> char {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        'ა'..='ჿ' => c,
        _ => upper(c),
    }
}

fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    chars.next().filter(|_| chars.next().is_none())
}

fn title(arguments: &Arguments) -> Answer {
    let text = arguments.text(0)?;
    let mut inside = false;
    let titled = text.chars().map(|c| {
        let begins = !std::mem::replace(&mut inside, in_word(c));
        if begins { capital(c) } else { c }
    });
    Ok(Datum::text(titled.collect::<String>()))
}

/// Whether a letter after this one does not begin a word.
fn in_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { !c.is_whitespace() }
}

fn chomp(arguments: &Arguments) -> Answer {
    if let Some(json) = whole_json(arguments)? {
        return Ok(json);
    }
    arguments.phrase(0)?.trim_end(|c| c == '\r' || c == '\n').into_datum()
}

fn trimspace(arguments: &Arguments) -> Answer {
    if let Some(json) = whole_json(arguments)? {
        return Ok(json);
    }
    arguments.phrase(0)?.trim_start(char::is_whitespace).trim_end(char::is_whitespace).into_datum()
}

/// A document that `jsonencode` wrote, which has no space around it.
fn whole_json(arguments: &Arguments) -> Result<Option<Datum>, Stop> {
    let value = arguments.value(0)?;
    let encoded = matches!(&value.kind, Kind::Json(json) if json.text.is_none());
    Ok(encoded.then(|| Datum::new(value.kind.clone())))
}

fn trim(arguments: &Arguments) -> Answer {
    let (phrase, cutset) = (arguments.phrase(0)?, arguments.text(1)?);
    if cutset.is_empty() {
        return phrase.into_datum();
    }
    let cut = |c| cutset.contains(c);
    phrase.trim_start(cut).trim_end(cut).into_datum()
}

fn trimprefix(arguments: &Arguments) -> Answer {
    let (phrase, prefix) = (arguments.phrase(0)?, arguments.text(1)?);
    if phrase.head().starts_with(&*prefix) {
        return phrase.drop_head(prefix.len()).into_datum();
    }
    match phrase.hole() {
        Some(hole) if prefix.starts_with(phrase.head()) => Err(hole.clone().into()),
        _ => phrase.into_datum(),
    }
}

fn trimsuffix(arguments: &Arguments) -> Answer {
    let (phrase, suffix) = (arguments.phrase(0)?, arguments.text(1)?);
    if phrase.tail().ends_with(&*suffix) {
        return phrase.drop_tail(suffix.len()).into_datum();
    }
    match phrase.hole() {
        Some(hole) if suffix.ends_with(phrase.tail()) => Err(hole.clone().into()),
        _ => phrase.into_datum(),
    }
}

fn startswith(arguments: &Arguments) -> Answer {
    let (phrase, prefix) = (arguments.phrase(0)?, arguments.phrase(1)?);
    let (head, start) = (phrase.head(), prefix.head());
    let (longer, shorter) = if head.len() > start.len() { (head, start) } else { (start, head) };
    if !longer.starts_with(shorter) {
        return Ok(Datum::bool(false));
    }
    match (prefix.hole(), phrase.hole()) {
        (None, _) if head.starts_with(start) => Ok(Datum::bool(true)),
        (Some(hole), _) | (None, Some(hole)) => Err(hole.clone().into()),
        (None, None) => Ok(Datum::bool(false)),
    }
}

fn endswith(arguments: &Arguments) -> Answer {
    let (phrase, suffix) = (arguments.phrase(0)?, arguments.phrase(1)?);
    let (tail, end) = (phrase.tail(), suffix.tail());
    let (longer, shorter) = if tail.len() > end.len() { (tail, end) } else { (end, tail) };
    if !longer.ends_with(shorter) {
        return Ok(Datum::bool(false));
    }
    match (suffix.hole(), phrase.hole()) {
        (None, _) if tail.ends_with(end) => Ok(Datum::bool(true)),
        (Some(hole), _) | (None, Some(hole)) => Err(hole.clone().into()),
        (None, None) => Ok(Datum::bool(false)),
    }
}

fn strcontains(arguments: &Arguments) -> Answer {
    let (phrase, part) = (arguments.phrase(0)?, arguments.text(1)?);
    if part.is_empty() || phrase.known_parts().any(|text| text.contains(&*part)) {
        return Ok(Datum::bool(true));
    }
    phrase.known().map(|_| Datum::bool(false))
}

fn strrev(arguments: &Arguments) -> Answer {
    let text = arguments.text(0)?;
    Ok(Datum::text(text.graphemes(true).rev().collect::<String>()))
}

fn substr(arguments: &Arguments) -> Answer {
    let phrase = arguments.phrase(0)?;
    let (offset, length) = (arguments.int(1)?, arguments.int(2)?);
    if length == 0 {
        return Ok(Datum::text(""));
    }
    let head = phrase.head();
    let mut ends: Vec<usize> = head.grapheme_indices(true).map(|(at, _)| at).collect();
    if let Some(hole) = phrase.hole() {
        // The last character may go on in the hole.
        let within = usize::try_from(offset.checked_add(length).unwrap_or(-1)).ok();
        if offset < 0 || length < 0 || within.is_none_or(|end| end >= ends.len()) {
            return Err(hole.clone().into());
        }
    }
    ends.push(head.len());
    let count = i64::try_from(ends.len() - 1).unwrap_or(i64::MAX);
    let start = if offset < 0 { offset.saturating_add(count).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
    let at = |place: i64| usize::try_from(place).ok().and_then(|place| ends.get(place).copied());
    let text = at(start).zip(at(end)).and_then(|(start, end)| head.get(start..end));
    Ok(Datum::text(text.unwrap_or_default()))
}

fn indent(arguments: &Arguments) -> Answer {
    let (spaces, phrase) = (arguments.int(0)?, arguments.phrase(1)?);
    let spaces = usize::try_from(spaces)
        .map_err(|_| arguments.wrong(0, "the number must not be negative"))?;
    if spaces > MAX_TEXT {
        return Err(Stop::because(Reason::Limit));
    }
    let mut margin = Phrase::default();
    margin.push_text(&format!("\n{}", " ".repeat(spaces)));
    replace_all(&phrase, "\n", &margin)?.into_datum()
}

fn replace(arguments: &Arguments) -> Answer {
    let (phrase, word, by) = (arguments.phrase(0)?, arguments.text(1)?, arguments.phrase(2)?);
    if let Some(pattern) = word.strip_prefix('/').and_then(|word| word.strip_suffix('/')) {
        let (text, by) = (phrase.known()?, by.known()?);
        let replaced = super::pattern::replace_all(pattern, &text, &by)?;
        return Ok(Datum::text(replaced));
    }
    if word.is_empty() {
        let (text, by) = (phrase.known()?, by.known()?);
        if text.len().saturating_add(1).saturating_mul(by.len()) > MAX_TEXT {
            return Err(Stop::because(Reason::Limit));
        }
        return Ok(Datum::text(text.replace("", &by)));
    }
    replace_all(&phrase, &word, &by)?.into_datum()
}

fn replace_all(phrase: &Phrase, word: &str, by: &Phrase) -> Result<Phrase, Stop> {
    let stretches = phrase.split(word).ok_or_else(|| gap_of(phrase))?;
    if stretches.len().saturating_mul(by.size()) > MAX_TEXT {
        return Err(Stop::because(Reason::Limit));
    }
    let mut replaced = Phrase::default();
    for (count, stretch) in stretches.iter().enumerate() {
        if count > 0 {
            replaced.extend(by);
        }
        replaced.extend(&stretch.map(str::to_owned));
    }
    Ok(replaced)
}

fn gap_of(phrase: &Phrase) -> Stop {
    phrase.known().err().unwrap_or_else(|| Stop::because(Reason::Function))
}

fn split(arguments: &Arguments) -> Answer {
    let (separator, phrase) = (arguments.text(0)?, arguments.phrase(1)?);
    if separator.is_empty() {
        let text = phrase.known()?;
        if text.len() > MAX_MEMBERS {
            return Err(Stop::because(Reason::Limit));
        }
        let letters = text.chars().map(|c| Datum::text(c.to_string()));
        return Ok(Datum::list(letters.collect()));
    }
    let stretches = phrase.split(&separator).ok_or_else(|| gap_of(&phrase))?;
    if stretches.len() > MAX_MEMBERS {
        return Err(Stop::because(Reason::Limit));
    }
    let mut items = Vec::with_capacity(stretches.len());
    let mut open = None;
    for stretch in stretches {
        // A hole may hold separators: its stretch is the beginning of one member or of several.
        let holds = stretch.hole().is_some();
        items.push(if holds { stretch.opening() } else { stretch }.into_datum()?);
        if holds && open.is_none() {
            open = Some(items.len());
        }
    }
    Ok(Datum::new(Kind::List(Arc::new(List { items, open }))))
}

fn join(arguments: &Arguments) -> Answer {
    let separator = arguments.phrase(0)?;
    let lists = arguments.rest(1);
    if lists.is_empty() {
        return Err(arguments.failed("at least one list is required"));
    }
    let mut joined = Joined { separator, text: Phrase::default(), size: 0, next: Next::First };
    for place in lists {
        let list = match arguments.list(place) {
            Ok(list) => list,
            Err(Stop::Gap(gap)) => {
                joined.skip(&gap);
                continue;
            }
            Err(_) => return Err(arguments.wrong(place, "list of string required")),
        };
        let gap = Unknown { reason: Reason::Instances, symbol: None };
        for (index, item) in list.items.iter().enumerate() {
            if list.open.is_some_and(|open| open <= index) {
                joined.skip(&gap);
            }
            if item.is_null() {
                let what = format!("element {index} is null; cannot concatenate null values");
                return Err(arguments.wrong(place, &what));
            }
            joined.add(&arguments.phrase_of(place, item)?)?;
        }
        if list.open.is_some() {
            joined.skip(&gap);
        }
    }
    joined.text.into_datum()
}

struct Joined {
    separator: Phrase,
    text: Phrase,
    size: usize,
    next: Next,
}

/// What may stand before the next member.
enum Next {
    First,
    /// The separator.
    Separator,
    /// Any number of members and separators, which are in the text as a hole already.
    Anything,
}

impl Joined {
    fn add(&mut self, member: &Phrase) -> Result<(), Stop> {
        if matches!(self.next, Next::Separator) {
            self.text.extend(&self.separator);
        }
        self.text.extend(member);
        self.next = Next::Separator;
        self.size = self.size.saturating_add(self.separator.size()).saturating_add(member.size());
        if self.size > MAX_TEXT {
            return Err(Stop::because(Reason::Limit));
        }
        Ok(())
    }

    /// Members of unknown number.
    fn skip(&mut self, gap: &Unknown) {
        if !matches!(self.next, Next::Anything) {
            self.text.push_hole(anonymous(gap));
        }
        self.next = Next::Anything;
    }
}
