//! Judges one element (a resource or a view's element) by one declarative rule.

use super::matcher::{Expressions, Subject};
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
    let places = check.point_at.iter().map(|path| {
        let found = subject.targets(path, Some(&check.when), cursor).into_iter();
        (*path, found.filter(|target| target.at.shape() != Shape::Absent).collect::<Vec<_>>())
    });
    let mut existing: Vec<_> = places.filter(|(_, found)| !found.is_empty()).collect();
    let proof = existing.iter().position(|(path, _)| subject.proves(&check.when, path, cursor));
    let existing = (!existing.is_empty()).then(|| existing.swap_remove(proof.unwrap_or(0)).1);
    let limit = subject.stated_limit(&check.when).unwrap_or_default();
    let words = [("element", element), ("limit", &limit)];
    if let Some(found) = existing {
        for target in found {
            sink.report(resource, target.at, None, &words);
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
