//! Routes of a `VirtualService` that never decide, since an earlier one takes every request that they
//! would.

use crate::model::cursor::{Cursor, Shape};
use crate::model::istio::mesh::NETWORKING;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// Fields of a match that compare a text.
const TEXTS: [&str; 4] = ["uri", "scheme", "method", "authority"];
/// Fields of a match that compare the values of a map.
const MAPS: [&str; 2] = ["headers", "queryParams"];
/// Fields that must be the same where an earlier match has them.
const PLAIN: [&str; 5] = ["port", "gateways", "sourceLabels", "sourceNamespace", "ignoreUriCase"];
/// What does not decide which requests match.
const SILENT: [&str; 2] = ["name", "statPrefix"];

/// `virtualservice_route_shadowed`: one finding for each route.
pub fn virtualservice_route_shadowed<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for at in root.objects(NETWORKING, "VirtualService") {
        let routes = root.cursor(root.resources[at]).key("spec").key("http").items();
        if routes.open {
            sink.unknown();
            continue;
        }
        for (later, route) in routes.known.iter().enumerate() {
            let covers = |earlier: &&Cursor<'r>| takes_all(**earlier, *route);
            let Some(first) = routes.known[..later].iter().find(covers) else { continue };
            let name = route.key("name").text();
            let what = name.map_or_else(|| format!("{}", later + 1), |name| format!("`{name}`"));
            if let Some(raw) = sink.report(at, *route, None, &[("route", &what)]) {
                let own = first.key("match");
                let at = if own.shape() == Shape::Absent { first.key("route") } else { own };
                let text = "takes every such request".to_owned();
                raw.labels.push(Label { place: at.header(), text });
            }
        }
    }
}

/// Whether a route surely takes every request that a later one matches.
fn takes_all(earlier: Cursor<'_>, later: Cursor<'_>) -> bool {
    if earlier.shape() != Shape::Map {
        return false;
    }
    let (own, wanted) = (earlier.key("match").items(), later.key("match").items());
    if own.known.is_empty() {
        return !own.open && later.shape() == Shape::Map;
    }
    !wanted.open
        && !wanted.known.is_empty()
        && wanted.known.iter().all(|one| own.known.iter().any(|other| includes(*other, *one)))
}

/// Whether every request that meets one match surely meets the other.
fn includes(wide: Cursor<'_>, narrow: Cursor<'_>) -> bool {
    let (fields, open) = wide.entries();
    wide.shape() == Shape::Map
        && narrow.shape() == Shape::Map
        && !open
        && fields.into_iter().all(|(key, value)| {
            let other = narrow.key(key);
            if SILENT.contains(&key) {
                true
            } else if TEXTS.contains(&key) {
                text_includes(value, other, key)
            } else if MAPS.contains(&key) {
                let (pairs, open) = value.entries();
                !open
                    && !pairs.is_empty()
                    && pairs
                        .into_iter()
                        .all(|(name, value)| text_includes(value, other.key(name), key))
            } else {
                PLAIN.contains(&key) && same(value, other)
            }
        })
}

/// Whether one `StringMatch` includes another: the same one, or a prefix of what the other begins
/// with.
fn text_includes(wide: Cursor<'_>, narrow: Cursor<'_>, field: &str) -> bool {
    if narrow.shape() == Shape::Absent {
        return false;
    }
    let prefix = wide.key("prefix").text();
    let ahead = [narrow.key("exact").text(), narrow.key("prefix").text()];
    let begins = prefix.is_some_and(|prefix| {
        let known = ahead.iter().flatten().any(|text| text.starts_with(&*prefix));
        known && (field != "uri" || prefix.starts_with('/'))
    });
    begins || same(wide, narrow)
}

/// Whether both are the same value, known through and through.
fn same(one: Cursor<'_>, other: Cursor<'_>) -> bool {
    match (one.shape(), other.shape()) {
        (Shape::Map, Shape::Map) => {
            let ((own, open), (others, more)) = (one.entries(), other.entries());
            !open
                && !more
                && own.len() == others.len()
                && own.into_iter().all(|(key, value)| same(value, other.key(key)))
        }
        (Shape::List, Shape::List) => {
            let (own, others) = (one.items(), other.items());
            let pairs = || own.known.iter().zip(&others.known);
            !own.open
                && !others.open
                && own.known.len() == others.known.len()
                && pairs().all(|(one, other)| same(*one, *other))
        }
        (Shape::Absent | Shape::Unknown, _) => false,
        _ => one.text().is_some_and(|text| other.text().is_some_and(|other| text == other)),
    }
}
