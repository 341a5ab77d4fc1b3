//! The laws of cards: what every card must be, whoever wrote it. `ztlint rule test`, the reading of
//! packs and the catalogue's tests hold cards to these same functions.

use super::card::{Card, Condition, Platform, Snippet};
use super::catalog::{Catalog, ORGANISATION};
use super::code;
use super::example::{run, run_case};
use super::lowering::Fault;
use super::pack::{CardFault, CardFile, Origin};
use super::silence;
use super::typed;
use crate::input::file_tree::FileTree;
use crate::model::root::VIEWS;
use rayon::prelude::*;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// Families of rules.
pub const FAMILIES: [&str; 10] =
    ["NET", "MSH", "IDN", "PRV", "CRD", "ROT", "ENC", "OBS", "WRK", "POL"];

/// Placeholders that messages may hold.
const PLACEHOLDERS: [&str; 4] = ["resource", "value", "element", "limit"];

/// Who the card is: ids of the right form, no id, name or alias used twice, checks that this kind
/// of card may name.
pub fn identities(catalog: &Catalog, cards: &[CardFile]) -> Vec<CardFault> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for file in cards {
        let card = &file.card;
        let mut fault = |at: &[&str], message: String| {
            faults.push(file.fault(Fault::new(at, message)));
        };
        if let Err(message) = id(&card.id, &card.family, file.origin) {
            fault(&["id"], message);
        }
        let aliases = card.aliases.iter().map(|word| ("aliases", word));
        let words = [("id", &card.id), ("name", &card.name)].into_iter().chain(aliases);
        for (key, word) in words {
            if let Some(other) = seen.insert(word, file.path()) {
                fault(&[key], format!("`{word}` is also used by {other}"));
            } else if let Some(rule) = catalog.find(word) {
                fault(&[key], format!("`{word}` is also used by {} of this version", rule.id));
            }
        }
        if card.check.code.is_some() && file.origin == Origin::Pack {
            fault(&["check", "code"], "a pack's checks are declarative: `each`, `when`".into());
        }
        for id in &card.supersedes {
            let other = cards.iter().find(|other| other.card.id == *id);
            let severity = other.map(|other| other.card.severity);
            let severity = severity.or_else(|| catalog.find(id).map(|rule| rule.severity));
            match severity {
                None => fault(&["supersedes"], format!("no rule is called `{id}`")),
                Some(_) if *id == card.id => {
                    fault(&["supersedes"], "a rule cannot supersede itself".to_owned());
                }
                Some(less) if less > card.severity => {
                    fault(&["supersedes"], format!("{id} weighs more than this rule"));
                }
                Some(_) => {}
            }
        }
    }
    faults
}

/// Whether an id has the form that its origin wants.
pub fn id(id: &str, family: &str, origin: Origin) -> Result<(), String> {
    let parts: Vec<&str> = id.split('-').collect();
    let [organisation, middle, number] = parts[..] else {
        return Err("an id is <ORG>-<FAMILY>-<NNN>, such as ACME-NET-001".to_owned());
    };
    let capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if !(2..=10).contains(&organisation.len()) || !organisation.chars().all(capital) {
        return Err(format!("`{organisation}` is not 2 to 10 capital letters and digits"));
    }
    match (origin, organisation == ORGANISATION) {
        (Origin::Pack, true) => {
            return Err(format!("ids that begin with {ORGANISATION} belong to ztlint"));
        }
        (Origin::Own, false) => {
            return Err(format!("this project's ids begin with {ORGANISATION}"));
        }
        _ => {}
    }
    if !FAMILIES.contains(&middle) {
        return Err(format!("`{middle}` is no family; there are {}", FAMILIES.join(", ")));
    }
    if middle != family {
        return Err(format!("the id says {middle}, `family` says {family}"));
    }
    if number.len() != 3 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{number}` is no number of three digits"));
    }
    Ok(())
}

/// Whether a name is kebab-case and names the fault.
pub fn is_name(name: &str) -> bool {
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ends = name.starts_with('-') || name.ends_with('-') || name.contains("--");
    !name.is_empty()
        && name.chars().all(kebab)
        && !ends
        && !name.starts_with("no-")
        && !name.starts_with("require-")
}

/// What a check can only mean if it is right: views, regular expressions, durations, placeholders.
pub fn sound(card: &Card) -> Vec<Fault> {
    let mut faults = Vec::new();
    let view = card.check.each.as_ref().and_then(|each| each.view.as_deref());
    if let Some(view) = view.filter(|view| !VIEWS.contains(view)) {
        let known = VIEWS.join(", ");
        let message = format!("no view is called `{view}`; there are {known}");
        faults.push(Fault::new(&["check", "each", "view"], message));
    }
    for (key, condition) in [("when", &card.check.when), ("unless", &card.check.unless)] {
        if let Some(condition) = condition {
            let at = vec!["check".to_owned(), key.to_owned()];
            meant(condition, &at, &mut faults);
        }
    }
    for word in holes(&card.message).filter(|word| !PLACEHOLDERS.contains(word)) {
        if card.check.code.is_none() {
            let known = PLACEHOLDERS.map(|word| format!("{{{word}}}")).join(", ");
            let message = format!("`{{{word}}}` is no placeholder; there are {known}");
            faults.push(Fault::new(&["message"], message));
        }
    }
    faults
}

/// Words in braces.
fn holes(message: &str) -> impl Iterator<Item = &str> {
    let inside = message.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    inside.filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

fn expression(pattern: &str, at: Vec<String>, faults: &mut Vec<Fault>) {
    if let Err(error) = Regex::new(pattern) {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        faults.push(Fault { at, message: format!("`{pattern}` is no regular expression: {why}") });
    }
}

fn meant(condition: &Condition, at: &[String], faults: &mut Vec<Fault>) {
    let below = |keys: &[&str]| -> Vec<String> {
        at.iter().cloned().chain(keys.iter().map(|key| (*key).to_owned())).collect()
    };
    if let Some(pattern) = &condition.matches {
        expression(pattern, below(&["matches"]), faults);
    }
    if let Some(exceeds) = &condition.exceeds
        && typed::duration(&exceeds.otherwise).is_none()
    {
        let message = format!("`{}` is no duration, such as 90d or 12h", exceeds.otherwise);
        faults.push(Fault { at: below(&["exceeds", "otherwise"]), message });
    }
    for (key, list) in [("all", &condition.all), ("any", &condition.any)] {
        for (index, inner) in list.iter().flatten().enumerate() {
            meant(inner, &below(&[key, &index.to_string()]), faults);
        }
    }
    if let Some(inner) = &condition.not {
        meant(inner, &below(&["not"]), faults);
    }
    let quantified = [
        ("any-of", &condition.any_of),
        ("all-of", &condition.all_of),
        ("none-of", &condition.none_of),
    ];
    for (key, quantified) in quantified {
        if let Some(quantified) = quantified {
            if let Some(pattern) = &quantified.key {
                expression(pattern, below(&[key, "key"]), faults);
            }
            meant(&quantified.condition, &below(&[key, "where"]), faults);
        }
    }
}

/// Names, prose, sources and controls.
pub fn well_formed(file: &CardFile) -> Vec<CardFault> {
    let card = &file.card;
    let mut faults = Vec::new();
    let mut fault = |key: &str, message: &str| faults.push(file.fault(Fault::new(&[key], message)));
    if file.stem() != format!("{}-{}", card.id, card.name) {
        fault("id", "the file is not called <ID>-<name>.yaml");
    }
    if file.origin == Origin::Own && file.folder() != card.family.to_lowercase() {
        fault("family", "the card is not in its family's folder");
    }
    let known = |name: &str| code::TABLE.iter().any(|(known, _)| *known == name);
    if let Some(name) = card.check.code.as_deref().filter(|name| !known(name)) {
        fault("check", &format!("no function of this build is called `{name}`"));
    }
    if !is_name(&card.name) {
        fault("name", "the name is not kebab-case, or does not name the fault");
    }
    for (key, text) in [
        ("rationale", &card.rationale),
        ("remediation", &card.remediation),
        ("message", &card.message),
    ] {
        if !text.trim().ends_with('.') || text.trim().len() < 20 {
            fault(key, "this is no sentence that ends with a full stop");
        }
    }
    if card.title.ends_with('.') || card.title.len() > 90 {
        fault("title", "the title ends with a full stop or is longer than 90 bytes");
    }
    if card.platforms.is_empty() {
        fault("platforms", "no platform is named");
    }
    if card.profiles.is_empty() {
        fault("profiles", "no profile is named, so the rule would never run");
    }
    if card.references.iter().all(|reference| !reference.starts_with("https://")) {
        fault("references", "no reference is a https address");
    }
    for framework in ["nist-800-207", "cisa-ztmm"] {
        if card.controls.get(framework).is_none_or(Vec::is_empty) {
            fault("controls", &format!("no {framework} control"));
        }
    }
    if !card.message.contains("{resource}") {
        fault("message", "the message does not name {resource}");
    }
    if card.family == "CRD" && card.message.contains("{value}") && card.check.code.is_none() {
        fault("message", "a message about credentials prints {value}");
    }
    faults
}

/// The examples of a card: `bad` or `good`, index, text.
pub fn snippets(card: &Card) -> impl Iterator<Item = (&'static str, usize, &Snippet)> {
    card.examples.iter().enumerate().flat_map(|(at, example)| {
        let bad = example.bad.iter().map(move |snippet| ("bad", at, snippet));
        bad.chain(example.good.iter().map(move |snippet| ("good", at, snippet)))
    })
}

/// Two bad and two good examples for each platform, and none for others.
pub fn enough_examples(file: &CardFile) -> Vec<CardFault> {
    let mut faults = Vec::new();
    let mut counts: BTreeMap<(Platform, &str), usize> = BTreeMap::new();
    for (kind, at, snippet) in snippets(&file.card) {
        *counts.entry((snippet.platform, kind)).or_default() += 1;
        if !file.card.platforms.contains(&snippet.platform) {
            let message = format!("{} is not among the card's platforms", snippet.platform.word());
            let at = at.to_string();
            faults.push(file.fault(Fault::new(&["examples", &at, kind, "platform"], message)));
        }
    }
    for platform in &file.card.platforms {
        for kind in ["bad", "good"] {
            let count = counts.get(&(*platform, kind)).copied().unwrap_or(0);
            if count < 2 {
                let word = platform.word();
                let message = format!("{count} {kind} examples for {word}; two are needed");
                faults.push(file.fault(Fault::new(&["examples"], message)));
            }
        }
    }
    faults
}

/// A bad example gives a finding on every marked line and no other, a good one none; messages are
/// filled.
pub fn examples_behave(catalog: &Catalog, file: &CardFile) -> Vec<CardFault> {
    let mut faults = Vec::new();
    for (kind, at, snippet) in snippets(&file.card) {
        let at = at.to_string();
        let place = ["examples", &at, kind, "text"];
        let run = run(catalog, &file.card.id, snippet);
        let mut fault = |message: String| faults.push(file.fault(Fault::new(&place, message)));
        match (kind, run.expected.len()) {
            ("bad", 0) => fault("a bad example without a mark".to_owned()),
            ("good", 1..) => fault("a good example with marks".to_owned()),
            _ => {}
        }
        for problem in run.problems {
            fault(problem);
        }
        for message in run.messages {
            let unfilled =
                holes(&message).any(|word| PLACEHOLDERS.contains(&word) || word == "suggestion");
            if unfilled || message.contains("``") || message.contains("  ") {
                fault(format!("the message is not filled: {message}"));
            }
        }
        for (lines, others, message) in [
            (&run.expected, &run.found, "this line is marked, and nothing is found on it"),
            (&run.found, &run.expected, "something is found on this line, which is not marked"),
        ] {
            for line in surplus(lines, others) {
                faults.push(file.fault_in_text(&place, line, message));
            }
        }
    }
    faults
}

/// What stands more often in the first of two sorted lists.
fn surplus<T: Ord + Clone>(list: &[T], other: &[T]) -> Vec<T> {
    let count = |list: &[T], item: &T| list.iter().filter(|one| *one == item).count();
    let unique: BTreeSet<&T> = list.iter().collect();
    let more = unique.into_iter().filter(|item| count(list, item) > count(other, item));
    more.cloned().collect()
}

/// Cases of several files behave as their marks say.
pub fn cases_behave(catalog: &Catalog, tree: &dyn FileTree, file: &CardFile) -> Vec<CardFault> {
    let mut faults = Vec::new();
    for (at, example) in file.card.examples.iter().enumerate() {
        let Some(case) = example.case.as_deref() else { continue };
        let at = at.to_string();
        let place = ["examples", at.as_str(), "case"];
        let mut fault = |message: String| faults.push(file.fault(Fault::new(&place, message)));
        let home = format!("{}/{}/", file.origin.cases(), file.card.id);
        if !case.starts_with(&home) {
            fault(format!("{case} is not below {home}"));
            continue;
        }
        let Some((expected, found)) = run_case(catalog, &file.card.id, tree, case) else {
            fault(format!("{case} holds no file of text"));
            continue;
        };
        for (name, line) in surplus(&expected, &found) {
            fault(format!("{case}/{name}:{line} is marked, and nothing is found there"));
        }
        for (name, line) in surplus(&found, &expected) {
            fault(format!("{case}/{name}:{line} is not marked, and something is found there"));
        }
    }
    faults
}

/// Unknown values are never bad.
pub fn unknown_is_silent(catalog: &Catalog, file: &CardFile) -> Vec<CardFault> {
    let id = &file.card.id;
    if silence::is_about_comments(id) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for (kind, at, snippet) in snippets(&file.card) {
        let at = at.to_string();
        let place = ["examples", &at, kind, "text"];
        let stays = silence::stays(catalog, id, snippet);
        for (line, message) in stays.into_iter().chain(silence::created(catalog, id, snippet)) {
            faults.push(file.fault_in_text(&place, line, message));
        }
    }
    faults
}

/// Holds every law on every card, in parallel; `catalog` holds the rules of the cards. Sorted.
pub fn hold(catalog: &Catalog, tree: &dyn FileTree, cards: &[CardFile]) -> Vec<CardFault> {
    let each = cards.par_iter().flat_map_iter(|file| {
        let prose = well_formed(file).into_iter().chain(enough_examples(file));
        let runs = prose.chain(examples_behave(catalog, file));
        runs.chain(cases_behave(catalog, tree, file)).chain(unknown_is_silent(catalog, file))
    });
    let mut faults: Vec<CardFault> = each.collect();
    faults.sort();
    faults.dedup();
    faults
}
