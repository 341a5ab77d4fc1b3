//! Entries of the configuration that suppress (`[[ignore]]`): rules, by files and resources.

use super::{Content, Kind, Reach, Suppression, Terms};
use crate::input::source::{FileId, Place, Span};
use crate::rules::finding::Finding;
use globset::GlobSet;

/// All entries and the text they stand in.
#[derive(Clone, Debug)]
pub struct Entries {
    /// Path of the configuration.
    pub path: String,
    /// Its text.
    pub text: String,
    /// The entries.
    pub list: Vec<Entry>,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it begins.
    pub span: Span,
    /// What it covers.
    pub target: Target,
    /// What it says.
    pub terms: Terms,
}

/// Files and resources by their names. What is not said holds for all.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Files.
    pub globs: Option<GlobSet>,
    /// Resources as reports call them, `*` for any text; empty for all.
    pub resources: Vec<String>,
}

impl Entry {
    /// The entry as a suppression, in the configuration's file of a run.
    pub fn suppression(&self, file: FileId) -> Suppression {
        Suppression {
            place: Place { file, span: self.span },
            ordinal: 0,
            kind: Kind::Configuration,
            peer: None,
            reach: Reach::Named(self.target.clone()),
            content: Content::Terms(self.terms.clone()),
        }
    }
}

impl Target {
    /// The instances of a finding in the file at `path` that are meant, none for all; nothing if it
    /// is not meant.
    pub fn meant(&self, finding: &Finding, path: &str) -> Option<Vec<String>> {
        if self.globs.as_ref().is_some_and(|globs| !globs.is_match(path)) {
            return None;
        }
        if self.resources.is_empty() || self.names(&finding.resource) {
            return Some(Vec::new());
        }
        let instances = finding.instances.iter().filter(|instance| self.names(instance));
        let instances: Vec<String> = instances.cloned().collect();
        (!instances.is_empty()).then_some(instances)
    }

    /// Whether an address is named, with its API group or without.
    fn names(&self, address: &str) -> bool {
        let bare = address.split_once(' ').and_then(|(kind, name)| {
            let (_, kind) = kind.rsplit_once('/')?;
            Some(format!("{kind} {name}"))
        });
        self.resources.iter().any(|pattern| {
            fits(pattern, address) || bare.as_ref().is_some_and(|bare| fits(pattern, bare))
        })
    }
}

/// Whether a text is as a pattern says, in which `*` stands for any text. Brackets and quotes are
/// letters: addresses of instances hold them.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("m[\"eu\"].*", "m[\"eu\"].x", true),
            ("a**b", "ab", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn addresses_are_named_with_and_without_group() {
        let target = |pattern: &str| Target { resources: vec![pattern.to_owned()], globs: None };
        for (pattern, address, expected) in [
            ("NetworkPolicy shop/*", "networking.k8s.io/NetworkPolicy shop/web", true),
            (
                "networking.k8s.io/NetworkPolicy shop/web",
                "networking.k8s.io/NetworkPolicy shop/web",
                true,
            ),
            ("NetworkPolicy web", "networking.k8s.io/NetworkPolicy shop/web", false),
            ("Service shop/web", "Service shop/web", true),
            ("aws_db_instance.*", "aws_db_instance.main", true),
            ("aws_db_instance.*", "module.a.aws_db_instance.main", false),
        ] {
            assert_eq!(target(pattern).names(address), expected, "{pattern} {address}");
        }
    }
}
