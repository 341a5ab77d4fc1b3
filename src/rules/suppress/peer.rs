//! Suppressions of other scanners, read where the configuration asks for it: `checkov:skip=ID:why`
//! and `checkov.io/skip1`, `trivy:ignore:ID`, `tfsec:ignore:ID`, `kics-scan ignore-line`. They hide
//! what rules of ours report that correspond (`rules/peers.yaml`). Nothing is wrong with one that is
//! malformed, expired or unused: its own scanner may need it.

use super::Terms;
use crate::rules::catalog::Catalog;
use crate::rules::date::Date;

mod built {
    include!(concat!(env!("OUT_DIR"), "/peers.rs"));
}

/// How annotations begin that hold a check which Checkov skips.
pub const CHECKOV_ANNOTATION: &str = "checkov.io/skip";

/// Another scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Checkov.
    Checkov,
    /// KICS.
    Kics,
    /// tfsec.
    Tfsec,
    /// Trivy.
    Trivy,
}

/// What a comment covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Its line or the next one, with what begins there.
    Line,
    /// The next line alone.
    NextLine,
    /// The block or object it stands in.
    Enclosing,
    /// The file.
    File,
}

/// A suppression of another scanner.
#[derive(Debug)]
pub struct Note {
    /// Whose it is.
    pub peer: Peer,
    /// What it covers.
    pub scope: Scope,
    /// What it says.
    pub terms: Terms,
}

impl Peer {
    /// Every scanner, by name.
    pub const ALL: &'static [Self] = &[Self::Checkov, Self::Kics, Self::Tfsec, Self::Trivy];

    /// The word used in the configuration and in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Checkov => "checkov",
            Self::Kics => "kics",
            Self::Tfsec => "tfsec",
            Self::Trivy => "trivy",
        }
    }

    /// The scanner of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|peer| peer.word() == word)
    }

    /// What its comments hold.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Checkov => "checkov:skip",
            Self::Kics => "kics-scan",
            Self::Tfsec => "tfsec:ignore",
            Self::Trivy => "trivy:ignore",
        }
    }

    /// What it says in a comment.
    pub fn notes(self, comment: &str, catalog: &Catalog) -> Vec<Note> {
        match self {
            Self::Checkov => checkov(comment, catalog),
            Self::Kics => kics(comment, catalog),
            Self::Tfsec | Self::Trivy => self.ignored(comment, catalog),
        }
    }

    /// Its ids that correspond to rules of ours, sorted, with these.
    fn table(self) -> &'static [(&'static str, &'static [&'static str])] {
        let own = built::PEERS.iter().find(|(name, _)| *name == self.word());
        own.map_or(&[], |(_, table)| table)
    }

    /// The ids of the rules that correspond to one of its own.
    fn rules(self, id: &str) -> Option<&'static [&'static str]> {
        let table = self.table();
        let at = table.binary_search_by(|(one, _)| (*one).cmp(id)).ok()?;
        Some(table[at].1)
    }

    /// Adds the rules that correspond to an id, or notes that none does.
    fn add(self, id: &str, terms: &mut Terms, catalog: &Catalog) {
        let found = match self {
            Self::Checkov | Self::Kics => self.rules(id),
            Self::Tfsec => self.rules(&id.to_ascii_lowercase()),
            // Trivy took tfsec's names over.
            Self::Trivy => {
                self.rules(&numbered(id)).or_else(|| Self::Tfsec.rules(&id.to_ascii_lowercase()))
            }
        };
        let rules = found.into_iter().flatten().filter_map(|rule| catalog.find(rule));
        let before = terms.rules.len();
        for rule in rules {
            if !terms.rules.contains(&rule) {
                terms.rules.push(rule);
            }
        }
        if terms.rules.len() == before && found.is_none() {
            terms.strangers.push(id.to_owned());
        }
    }

    /// `trivy:ignore:ID` and `tfsec:ignore:ID`, each with its own last day (`:exp:2027-01-31`). What is
    /// restricted further, to a workspace or a value, is not known here.
    fn ignored(self, comment: &str, catalog: &Catalog) -> Vec<Note> {
        let mut notes = Vec::new();
        let words = comment.split(|c: char| c.is_whitespace() || c == ',');
        for word in words.filter_map(|word| word.strip_prefix(self.mark())?.strip_prefix(':')) {
            let mut terms = Terms::default();
            let mut parts = word.split(':');
            let id = parts.next().unwrap_or_default();
            let (mut known, mut rest) = (!id.is_empty() && !id.contains(['[', '*']), parts);
            while let Some(part) = rest.next() {
                let day = rest.next().and_then(Date::parse);
                known &= part == "exp" && day.is_some();
                terms.until = day;
            }
            if known {
                self.add(id, &mut terms, catalog);
            } else {
                terms.strangers.push(word.to_owned());
            }
            notes.push(self.note(Scope::Line, terms));
        }
        notes
    }

    fn note(self, scope: Scope, mut terms: Terms) -> Note {
        terms.used = vec![false; terms.rules.len()];
        Note { peer: self, scope, terms }
    }
}

/// Trivy's ids have the shape `KSV-0001` today, and had others: `AVD-KSV-0001`, `KSV001`.
fn numbered(id: &str) -> String {
    let upper = id.to_ascii_uppercase();
    let bare = upper.strip_prefix("AVD-").unwrap_or(&upper);
    let letters = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    match bare[letters.len()..].parse::<u32>() {
        Ok(number) => format!("{}-{number:04}", letters.trim_end_matches('-')),
        Err(_) => bare.to_owned(),
    }
}

/// `checkov:skip=ID,ID:reason`.
fn checkov(comment: &str, catalog: &Catalog) -> Vec<Note> {
    let Some((_, rest)) = comment.split_once("checkov:skip=") else { return Vec::new() };
    vec![Peer::Checkov.note(Scope::Enclosing, skipped(rest, ':', catalog))]
}

/// The terms of an annotation of Checkov: `ID=reason`.
pub fn annotation(text: &str, catalog: &Catalog) -> Terms {
    Peer::Checkov.note(Scope::Enclosing, skipped(text, '=', catalog)).terms
}

fn skipped(text: &str, separator: char, catalog: &Catalog) -> Terms {
    let (ids, reason) = text.split_once(separator).unwrap_or((text, ""));
    let mut terms = Terms::default();
    for id in ids.split([',', ' ']).filter(|id| !id.is_empty()) {
        Peer::Checkov.add(id, &mut terms, catalog);
    }
    terms.reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    terms
}

/// `kics-scan ignore-line`, `ignore-block`, `ignore` and `disable=ID,ID`.
fn kics(comment: &str, catalog: &Catalog) -> Vec<Note> {
    let Some(rest) = comment.strip_prefix(Peer::Kics.mark()) else { return Vec::new() };
    let command = rest.split_whitespace().next().unwrap_or_default();
    let mut terms = Terms::default();
    let scope = match command.split_once('=') {
        Some(("disable", _)) => {
            let ids = rest.split_once('=').map_or("", |(_, ids)| ids);
            for id in ids.split(',').map(str::trim).filter(|id| !id.is_empty()) {
                Peer::Kics.add(id, &mut terms, catalog);
            }
            Scope::File
        }
        None => {
            // Whatever its queries find there.
            for (id, _) in Peer::Kics.table() {
                Peer::Kics.add(id, &mut terms, catalog);
            }
            terms.blanket = true;
            match command {
                "ignore-line" => Scope::NextLine,
                "ignore-block" => Scope::Line,
                "ignore" => Scope::File,
                _ => return Vec::new(),
            }
        }
        Some(_) => return Vec::new(),
    };
    vec![Peer::Kics.note(scope, terms)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::catalog;

    /// What is said: rules, ids without any, last day, reason, scope.
    fn said(peer: Peer, comment: &str) -> Vec<String> {
        let one = |note: Note| {
            let terms = note.terms;
            let rules: Vec<&str> = terms.rules.iter().map(|rule| rule.id).collect();
            let rules = if terms.blanket { "all".to_owned() } else { rules.join("+") };
            let day = terms.until.map_or_else(String::new, |day| day.to_string());
            let reason = terms.reason.unwrap_or_default();
            let scope = note.scope;
            format!("{rules}|{}|{day}|{reason}|{scope:?}", terms.strangers.join("+"))
        };
        peer.notes(comment, &Catalog::default()).into_iter().map(one).collect()
    }

    #[test]
    fn comments_of_other_scanners() {
        use Peer::{Checkov, Kics, Tfsec, Trivy};
        let cases: [(Peer, &str, &[&str]); 21] = [
            (Checkov, "checkov:skip=CKV_K8S_16:It must.", &["ZT-WRK-002|||It must.|Enclosing"]),
            (Checkov, "checkov:skip=CKV_K8S_16", &["ZT-WRK-002||||Enclosing"]),
            (
                Checkov,
                "checkov:skip=CKV_K8S_16,CKV_NO_1: a:b",
                &["ZT-WRK-002|CKV_NO_1||a:b|Enclosing"],
            ),
            (Checkov, "see checkov:skip=CKV_K8S_16", &["ZT-WRK-002||||Enclosing"]),
            (Checkov, "checkov.skip=CKV_K8S_16", &[]),
            (Trivy, "trivy:ignore:AVD-KSV-0017", &["ZT-WRK-002||||Line"]),
            (Trivy, "trivy:ignore:KSV017", &["ZT-WRK-002||||Line"]),
            (Trivy, "trivy:ignore:ksv-0017:exp:2027-01-31", &["ZT-WRK-002||2027-01-31||Line"]),
            (Trivy, "trivy:ignore:KSV-0017:exp:soon", &["|KSV-0017:exp:soon|||Line"]),
            (Trivy, "trivy:ignore:KSV-0017:ws:dev", &["|KSV-0017:ws:dev|||Line"]),
            (Trivy, "trivy:ignore:KSV-0017[name=a]", &["|KSV-0017[name=a]|||Line"]),
            (Trivy, "trivy:ignore:*", &["|*|||Line"]),
            (
                Trivy,
                "trivy:ignore:KSV-0017 trivy:ignore:NO-0001",
                &["ZT-WRK-002||||Line", "|NO-0001|||Line"],
            ),
            (Trivy, "trivy:ignore:aws-s3-block-public-acls", &["ZT-NET-110||||Line"]),
            (Tfsec, "tfsec:ignore:aws-s3-block-public-acls", &["ZT-NET-110||||Line"]),
            (Tfsec, "tfsec:ignore:AWS002", &["|AWS002|||Line"]),
            (Tfsec, "trivy:ignore:aws-s3-block-public-acls", &[]),
            (Kics, "kics-scan ignore-line", &["all||||NextLine"]),
            (Kics, "kics-scan ignore-block", &["all||||Line"]),
            (
                Kics,
                "kics-scan disable=302736f4-b16c-41b8-befe-c0baffa0bd9d, x",
                &["ZT-WRK-400|x|||File"],
            ),
            (Kics, "kics-scan enable=x", &[]),
        ];
        for (peer, comment, expected) in cases {
            assert_eq!(said(peer, comment), expected, "{comment}");
        }
    }

    #[test]
    fn every_rule_of_the_table_exists_and_every_id_is_found() {
        assert_eq!(built::PEERS.len(), Peer::ALL.len());
        for (name, table) in built::PEERS {
            let peer = Peer::parse(name).expect("a scanner");
            assert!(table.len() >= 40, "{name}: {}", table.len());
            for (id, rules) in *table {
                assert!(peer.rules(id).is_some(), "{name} {id}");
                assert!(!rules.is_empty(), "{name} {id}");
                for rule in *rules {
                    assert!(catalog::find(rule).is_some_and(|found| found.id == *rule), "{rule}");
                }
            }
        }
    }
}
