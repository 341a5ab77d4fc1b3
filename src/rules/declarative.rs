//! Judges one element (a resource or a view's element) by one declarative rule.

use super::expression::Expressions;
use super::matcher::{Subject, Target};
use super::rule::Declarative;
use super::sink::Sink;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;

/// Judges one element by one rule.
pub fn judge<'r>(
    check: &'static Declarative,
    resource: usize,
    element: &str,
    cursor: Cursor<'r>,
    expressions: &'r Expressions,
    sink: &mut Sink<'_, 'r>,
) {
    let root = sink.root();
    let subject = Subject { cursor, resource: root.resources[resource], root, expressions };
    let mut verdict = subject.holds(&check.when, cursor);
    if verdict == Truth::True
        && let Some(unless) = &check.unless
    {
        verdict = !subject.holds(unless, cursor);
    }
    match verdict {
        Truth::False => return,
        Truth::Unknown => return sink.unknown(),
        Truth::True => {}
    }
    let places =
        check.point_at.iter().map(|path| (*path, subject.targets(path, Some(&check.when), cursor)));
    let places: Vec<_> = places.collect();
    let exists = |target: &Target<'r>| target.at.shape() != Shape::Absent;
    let mut existing: Vec<_> =
        places.iter().filter(|(_, found)| found.iter().any(exists)).collect();
    let proof = existing.iter().position(|(path, _)| subject.proves(&check.when, path, cursor));
    let existing = (!existing.is_empty()).then(|| existing.swap_remove(proof.unwrap_or(0)));
    let limit = subject.stated_limit(&check.when).unwrap_or_default();
    let words = [("element", element), ("limit", &limit)];
    if let Some((_, found)) = existing {
        for target in found {
            // Each element that matched has its own place: what proves it, else what is written.
            let peers = places.iter().flat_map(|(_, found)| found);
            let peers = peers.filter(|peer| exists(peer) && peer.same_element(target));
            let peers: Vec<_> = if target.is_matched() { peers.collect() } else { Vec::new() };
            let proof = peers.iter().find(|peer| subject.proves_element(peer)).copied();
            let place = proof.or(exists(target).then_some(target)).or(peers.first().copied());
            if let Some(place) = place {
                sink.report(resource, place.at, None, &words);
            } else if target.is_matched() {
                sink.report(resource, target.at, subject.missing(target), &words);
            }
        }
        return;
    }
    let first = check.point_at[0];
    let mut absent = subject.targets(first, Some(&check.when), cursor);
    if absent.is_empty() {
        absent.push(subject.stem(first));
    }
    for target in absent {
        sink.report(resource, target.at, subject.missing(&target), &words);
    }
}
