//! Folders of cards read at run time: users' own rules, and the project's own cards for those who
//! write them. Everything that is wrong has a place; nothing that is wrong is passed over.

use super::card::Card;
use super::catalog::Catalog;
use super::laws;
use super::lowering::{Fault, Lowering};
use super::rule::Rule;
use crate::input::file::{File, Language};
use crate::input::file_tree::FileTree;
use crate::input::source::Span;
use crate::input::tree::{NodeId, NodeKind};
use serde_yaml::Error as YamlError;
use std::fmt;

/// Whose cards a folder holds, and so where they lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This project's: cards in `rules`, cases in `testdata/rules`.
    Own,
    /// Users': cards anywhere in the folder, cases in its `cases`.
    Pack,
}

impl Origin {
    /// The folder of cases: `<folder>/<ID>/<case>`.
    pub fn cases(self) -> &'static str {
        match self {
            Self::Own => "testdata/rules",
            Self::Pack => "cases",
        }
    }

    fn holds_card(self, path: &str) -> bool {
        let yaml = Language::of(path) == Some(Language::Yaml);
        let hidden = path.split('/').any(|part| part.starts_with('.'));
        yaml && !hidden
            && match self {
                Self::Own => path.strip_prefix("rules/").is_some_and(|rest| rest.contains('/')),
                Self::Pack => !path.starts_with("cases/"),
            }
    }
}

/// A card and the file it stands in.
#[derive(Debug)]
pub struct CardFile {
    /// What it says.
    pub card: Card,
    /// Whose it is.
    pub origin: Origin,
    file: File,
}

/// Something wrong in a card, with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CardFault {
    /// The file, as the folder was named.
    pub path: String,
    /// Line, from 1; 0 where the fault is about a file or folder as a whole.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// The line's text.
    pub text: String,
}

impl CardFault {
    /// A fault of a file or folder as a whole.
    pub fn whole(path: impl Into<String>, message: impl Into<String>) -> Self {
        let (path, message) = (path.into(), message.into());
        Self { path, line: 0, column: 0, message, text: String::new() }
    }

    fn at(file: &File, offset: u32, message: String) -> Self {
        let at = file.source.position(offset);
        let text = file.source.slice(file.source.line_span(offset)).to_owned();
        let path = file.source.path.clone();
        Self { path, line: at.line, column: at.column, message, text }
    }
}

impl fmt::Display for CardFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, column, message, text } = self;
        match line {
            0 => write!(f, "{path}: {message}"),
            _ => write!(f, "{path}:{line}:{column}: {message}\n  {line} | {text}"),
        }
    }
}

impl CardFile {
    /// Its path inside the folder that was read.
    pub fn path(&self) -> &str {
        &self.file.source.path
    }

    /// The name of the folder that holds it.
    pub fn folder(&self) -> &str {
        self.file.folder().rsplit('/').next().unwrap_or_default()
    }

    /// The file's name without its ending.
    pub fn stem(&self) -> &str {
        let name = self.path().rsplit('/').next().unwrap_or_default();
        name.strip_suffix(".yaml").unwrap_or(name)
    }

    /// Where a fault stands: at the last of its keys that is written.
    pub fn fault(&self, fault: Fault) -> CardFault {
        CardFault::at(&self.file, self.find(&fault.at).0.start, fault.message)
    }

    /// Where a fault stands that is about line `line` (from 1) of a text in the card.
    pub fn fault_in_text(&self, at: &[&str], line: u32, message: impl Into<String>) -> CardFault {
        let keys: Vec<String> = at.iter().map(|key| (*key).to_owned()).collect();
        let (key, value) = self.find(&keys);
        let source = &self.file.source;
        let block = value.is_some_and(|value| {
            let above = source.line_span(value.start);
            source.text[above.range()].trim_end().ends_with(['|', '-', '+'])
        });
        if !block {
            return CardFault::at(&self.file, key.start, message.into());
        }
        let starts = source.line_starts();
        let header = source.position(key.start).line as usize;
        let start = starts.get(header + line as usize - 1).copied().unwrap_or(key.start);
        let indent = source.slice(source.line_span(start)).len()
            - source.slice(source.line_span(start)).trim_start().len();
        CardFault::at(&self.file, start + indent as u32, message.into())
    }

    /// The key under some keys and, if all of them are written, the value.
    fn find(&self, keys: &[String]) -> (Span, Option<Span>) {
        let file = &self.file;
        let Some(&document) = file.tree.documents.first() else {
            return (Span::new(0, 0), None);
        };
        let (mut at, mut place): (NodeId, Span) = (document, file.node(document).header);
        for key in keys {
            let next = match &file.node(file.tree.resolve(at)).kind {
                NodeKind::Map { entries, .. } => {
                    let entry = entries.iter().find(|entry| file.text(&entry.key) == key);
                    entry.map(|entry| (entry.value, entry.key_span))
                }
                NodeKind::List { items, .. } => {
                    let item = key.parse().ok().and_then(|index: usize| items.get(index));
                    item.map(|item| (*item, file.node(*item).span))
                }
                _ => None,
            };
            let Some(next) = next else { return (place, None) };
            (at, place) = next;
        }
        (place, Some(file.node(at).span))
    }
}

/// Reads every card of a folder, sorted by path.
pub fn read(tree: &dyn FileTree, origin: Origin) -> Result<Vec<CardFile>, Vec<CardFault>> {
    let listing = tree.list("", true);
    let problems = listing.problems.into_iter();
    let mut faults: Vec<CardFault> =
        problems.map(|problem| CardFault::whole(problem.path, problem.message)).collect();
    let mut cards = Vec::new();
    for path in listing.files.iter().filter(|path| origin.holds_card(path)) {
        let text = match tree.read(path).map(String::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(_)) => {
                faults.push(CardFault::whole(path, "is not valid UTF-8"));
                continue;
            }
            Err(error) => {
                faults.push(CardFault::whole(path, error.to_string()));
                continue;
            }
        };
        match card(path, text, origin) {
            Ok(card) => cards.push(card),
            Err(fault) => faults.push(fault),
        }
    }
    if cards.is_empty() && faults.is_empty() {
        faults.push(CardFault::whole("", "holds no card (<ID>-<name>.yaml)"));
    }
    if faults.is_empty() { Ok(cards) } else { Err(faults) }
}

/// Reads one card.
fn card(path: &str, text: String, origin: Origin) -> Result<CardFile, CardFault> {
    let file = File::parse(path, text, Language::Yaml);
    match serde_yaml::from_str(&file.source.text) {
        Ok(card) => Ok(CardFile { card, origin, file }),
        Err(error) => {
            let error = error.without_snippet();
            let missing = matches!(error, YamlError::SerdeMissingField { .. });
            // The reader stands behind the card when it misses a key of the card itself.
            let place = error.location().filter(|place| !missing || place.column() > 1);
            let offset = place.map_or(0, |place| {
                let starts = file.source.line_starts();
                let line = (place.line() as usize).saturating_sub(1).min(starts.len() - 1);
                let line = file.source.line_span(starts[line]);
                let column = (place.column() as usize).saturating_sub(1);
                let text = file.source.slice(line);
                line.start + text.char_indices().nth(column).map_or(0, |(at, _)| at as u32)
            });
            Err(CardFault::at(&file, offset, message(error)))
        }
    }
}

/// What is wrong, with what was probably meant.
fn message(error: &YamlError) -> String {
    let unknown = |what: &str, word: &str, known: &[&str]| {
        let distance = |known: &&&str| strsim::damerau_levenshtein(word, known);
        let near = known.iter().min_by_key(distance);
        match near.filter(|known| strsim::damerau_levenshtein(word, known) <= 1 + word.len() / 4) {
            Some(near) => format!("{what} `{word}` is not known; did you mean `{near}`?"),
            None => format!("{what} `{word}` is not known; there are {}", known.join(", ")),
        }
    };
    match error {
        YamlError::SerdeUnknownField { field, expected, .. } => unknown("the key", field, expected),
        YamlError::SerdeUnknownVariant { variant, expected, .. } => {
            unknown("the word", variant, expected)
        }
        YamlError::SerdeMissingField { field, .. } => format!("the key `{field}` is missing"),
        other => {
            let text = other.to_string();
            let text = text.lines().next().unwrap_or_default();
            text.split(" at line ").next().unwrap_or(text).to_owned()
        }
    }
}

/// The rules of some cards beside those that are there already.
pub fn join(catalog: &Catalog, cards: &[CardFile]) -> Result<Catalog, Vec<CardFault>> {
    let mut faults = laws::identities(catalog, cards);
    let mut lowering = Lowering::after(catalog.expressions());
    let mut rules: Vec<&'static Rule> = Vec::new();
    for file in cards {
        match lowering.rule(&file.card) {
            Ok(rule) => rules.push(Box::leak(Box::new(rule))),
            Err(fault) => faults.push(file.fault(fault)),
        }
        faults.extend(laws::sound(&file.card).into_iter().map(|fault| file.fault(fault)));
    }
    faults.sort();
    if faults.is_empty() { Ok(catalog.with(rules, lowering.expressions())) } else { Err(faults) }
}
