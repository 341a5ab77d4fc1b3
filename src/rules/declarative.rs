//! Judges one element (a resource or a view's element) by one declarative rule, or all resources of
//! a rule's types by what others name.

use super::card::Part;
use super::expression::Expressions;
use super::matcher::{Subject, Target};
use super::reference::{Join, last_part};
use super::rule::{Declarative, Without};
use super::sink::Sink;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;

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
    match verdict(check, &subject) {
        Truth::False => {}
        Truth::Unknown => sink.unknown(),
        Truth::True => report(check, &subject, resource, element, sink),
    }
}

/// Judges the resources of some types of which none may be named by others.
pub fn judge_unnamed<'r>(
    check: &'static Declarative,
    without: &'static Without,
    types: &[&'static str],
    expressions: &'r Expressions,
    sink: &mut Sink<'_, 'r>,
) {
    let root = sink.root();
    let name_in = match without.part {
        Some(Part::Last) => last_part,
        None => str::to_owned,
    };
    for kind in types {
        let resources = root.terraform(Category::Managed, kind);
        if resources.is_empty() {
            continue;
        }
        let join = Join::new(root, &[kind], without.named_by, name_in);
        for &at in resources {
            let resource = root.resources[at];
            let cursor = root.cursor(resource);
            let subject = Subject { cursor, resource, root, expressions };
            let name = (!without.known_as.is_empty()).then(|| cursor.key(without.known_as));
            match verdict(check, &subject).and(!join.reaches(at, name)) {
                Truth::False => {}
                Truth::Unknown => sink.unknown(),
                Truth::True => report(check, &subject, at, "", sink),
            }
        }
    }
}

/// Whether the conditions hold.
fn verdict(check: &'static Declarative, subject: &Subject<'_>) -> Truth {
    let when = subject.holds(&check.when, subject.cursor);
    match &check.unless {
        Some(unless) if when == Truth::True => !subject.holds(unless, subject.cursor),
        _ => when,
    }
}

/// Reports what the conditions have proven.
fn report<'r>(
    check: &'static Declarative,
    subject: &Subject<'r>,
    resource: usize,
    element: &str,
    sink: &mut Sink<'_, 'r>,
) {
    let cursor = subject.cursor;
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
                let raw = sink.report(resource, place.at, None, &words);
                // Of a secret all of its text is hidden.
                let raw = raw.filter(|raw| !raw.rule.is_about_secrets());
                if let (Some(raw), Some(line)) = (raw, subject.line(place)) {
                    raw.primary = line;
                }
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
