//! Clauses of an Istio `AuthorizationPolicy` that exclude every value they require.

use crate::model::cursor::{Cursor, Shape};
use crate::model::istio::mesh::SECURITY;
use crate::model::network::network;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;
use std::borrow::Cow;
use std::collections::HashSet;

/// How the values of a field are compared.
#[derive(Clone, Copy)]
enum Reading {
    /// Texts with a `*` at either end.
    Text,
    /// The same, in any case of letters.
    Host,
    /// Texts, or templates with braces.
    Path,
    /// CIDRs.
    Address,
    /// Texts without patterns.
    Exact,
}

/// A field, its counterpart and how their values are compared.
type Pair = (&'static str, &'static str, Reading);

const SOURCE: [Pair; 6] = [
    ("principals", "notPrincipals", Reading::Text),
    ("requestPrincipals", "notRequestPrincipals", Reading::Text),
    ("namespaces", "notNamespaces", Reading::Text),
    ("serviceAccounts", "notServiceAccounts", Reading::Exact),
    ("ipBlocks", "notIpBlocks", Reading::Address),
    ("remoteIpBlocks", "notRemoteIpBlocks", Reading::Address),
];

const OPERATION: [Pair; 4] = [
    ("hosts", "notHosts", Reading::Host),
    ("methods", "notMethods", Reading::Text),
    ("paths", "notPaths", Reading::Path),
    ("ports", "notPorts", Reading::Text),
];

/// Reports each clause that can never match.
pub fn authorization_clause_contradiction<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for at in root.objects(SECURITY, "AuthorizationPolicy") {
        for rule in root.cursor(root.resources[at]).key("spec").key("rules").items().known {
            for from in rule.key("from").items().known {
                let source = from.key("source");
                for pair in SOURCE {
                    judge(at, source, pair, sink);
                }
            }
            for to in rule.key("to").items().known {
                let operation = to.key("operation");
                for pair in OPERATION {
                    judge(at, operation, pair, sink);
                }
            }
            for condition in rule.key("when").items().known {
                let reading = match condition.key("key").text().as_deref() {
                    Some("source.ip" | "remote.ip" | "destination.ip") => Reading::Address,
                    Some(_) => Reading::Text,
                    None => Reading::Exact,
                };
                judge(at, condition, ("values", "notValues", reading), sink);
            }
        }
    }
}

fn judge<'r>(
    at: usize,
    clause: Cursor<'r>,
    (field, counterpart, reading): Pair,
    sink: &mut Sink<'_, 'r>,
) {
    let (required, excluded) = (clause.key(field), clause.key(counterpart));
    if required.shape() == Shape::Absent || excluded.shape() == Shape::Absent {
        return;
    }
    let (Some(values), Some(exclusions)) = (texts(required), texts(excluded)) else {
        return sink.unknown();
    };
    let Some((first, _)) = values.first() else { return };
    let equal: HashSet<String> =
        exclusions.iter().map(|(_, text)| normal(text, reading).into_owned()).collect();
    let all = values.iter().all(|(_, value)| {
        let value = normal(value, reading);
        equal.contains(&*value)
            || exclusions.iter().any(|(_, text)| covers(&normal(text, reading), &value, reading))
    });
    if !all {
        return;
    }
    if let Some(finding) = sink.report(at, *first, None, &[]) {
        let place = excluded.items().known.first().map_or(excluded.focus(), Cursor::focus);
        finding.labels.push(Label { place, text: "excludes it".to_owned() });
    }
}

/// The texts of a list with their places, if all of them are known.
fn texts(list: Cursor<'_>) -> Option<Vec<(Cursor<'_>, Cow<'_, str>)>> {
    let items = list.items();
    if items.open {
        return None;
    }
    items.known.into_iter().map(|item| item.text().map(|text| (item, text))).collect()
}

fn normal(text: &str, reading: Reading) -> Cow<'_, str> {
    match reading {
        Reading::Host => Cow::Owned(text.to_lowercase()),
        _ => Cow::Borrowed(text),
    }
}

/// Whether everything that `value` stands for is also meant by another text, `exclusion`.
fn covers(exclusion: &str, value: &str, reading: Reading) -> bool {
    match reading {
        Reading::Exact => false,
        Reading::Address => match (network(exclusion), network(value)) {
            (Some(exclusion), Some(value)) => exclusion.contains(&value),
            _ => false,
        },
        Reading::Path if exclusion.contains('{') || value.contains('{') => false,
        Reading::Text | Reading::Host | Reading::Path => pattern_covers(exclusion, value),
    }
}

fn pattern_covers(exclusion: &str, value: &str) -> bool {
    if exclusion == "*" {
        return !value.is_empty();
    }
    if let Some(prefix) = exclusion.strip_suffix('*') {
        let open_start = value.starts_with('*');
        return !open_start && value.strip_suffix('*').unwrap_or(value).starts_with(prefix);
    }
    if let Some(suffix) = exclusion.strip_prefix('*') {
        let open_end = value.ends_with('*');
        return !open_end && value.strip_prefix('*').unwrap_or(value).ends_with(suffix);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{Reading, covers};

    #[test]
    fn a_pattern_covers_what_is_narrower() {
        for (exclusion, value, reading) in [
            ("*", "GET", Reading::Text),
            ("*", "/v1/*", Reading::Path),
            ("/v1/*", "/v1/a", Reading::Path),
            ("/v1/*", "/v1/a*", Reading::Path),
            ("*.example.com", "*.shop.example.com", Reading::Host),
            ("10.0.0.0/8", "10.1.0.0/16", Reading::Address),
            ("10.0.0.0/8", "10.1.2.3", Reading::Address),
            ("::/0", "2001:db8::/32", Reading::Address),
        ] {
            assert!(covers(exclusion, value, reading), "{exclusion} {value}");
        }
        for (exclusion, value, reading) in [
            ("/v1/a", "/v1/*", Reading::Path),
            ("/v1/a*", "/v1/*", Reading::Path),
            ("/v1/*", "*/v1/a", Reading::Path),
            ("*a", "a*", Reading::Text),
            ("a*", "*", Reading::Text),
            ("/v1/*", "/v1/{*}", Reading::Path),
            ("/v1/{**}", "/v1/a", Reading::Path),
            ("*", "shop/web", Reading::Exact),
            ("10.1.0.0/16", "10.0.0.0/8", Reading::Address),
            ("0.0.0.0/0", "::1/128", Reading::Address),
        ] {
            assert!(!covers(exclusion, value, reading), "{exclusion} {value}");
        }
    }
}
