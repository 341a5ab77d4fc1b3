//! Alarms on metrics that the metric filters of their namespace do not publish, and filters that count
//! a trail's events for no alarm.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;
use std::borrow::Cow;

/// What only patterns about a trail's events speak of.
const TRAIL_FIELDS: [&str; 5] =
    ["$.eventName", "$.eventSource", "$.errorCode", "$.userIdentity", "$.errorMessage"];

/// `alarm_without_metric_filter`.
pub fn alarm_without_metric_filter<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let alarms = root.terraform(Category::Managed, "aws_cloudwatch_metric_alarm");
    if alarms.is_empty() {
        return;
    }
    let filters = filters(root);
    for &at in alarms {
        let alarm = root.cursor(root.resources[at]);
        let queries = alarm.key("metric_query").items().known;
        let watched = queries.into_iter().flat_map(|query| query.key("metric").items().known);
        for metric in std::iter::once(alarm).chain(watched) {
            let (namespace, name) = (metric.key("namespace"), metric.key("metric_name"));
            if namespace.shape() == Shape::Absent || name.shape() == Shape::Absent {
                continue;
            }
            let (Some(space), Some(metric)) = (namespace.text(), name.text()) else {
                sink.unknown();
                continue;
            };
            match judge(&filters, &space, &metric) {
                Verdict::Fed => {}
                Verdict::Open => sink.unknown(),
                Verdict::Unfed { misspelt, near } => {
                    let place = if misspelt == Part::Namespace { namespace } else { name };
                    let words = [("metric", &*metric), ("namespace", &*space)];
                    let finding = sink.report(at, place, None, &words);
                    let assumption = "nothing else publishes the metric";
                    if let Some(raw) = finding {
                        let text = "what a metric filter publishes".to_owned();
                        raw.labels.extend(near.map(|near| Label { place: near.focus(), text }));
                        assume(Some(raw), assumption);
                    }
                }
            }
        }
    }
}

/// `metric_filter_without_alarm`.
pub fn metric_filter_without_alarm<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let filters = filters(root);
    if filters.iter().all(|filter| !filter.of_trail) {
        return;
    }
    let alarms = root.terraform(Category::Managed, "aws_cloudwatch_metric_alarm");
    let alarms: Vec<Cursor<'r>> =
        alarms.iter().map(|&at| root.cursor(root.resources[at])).collect();
    for filter in filters.iter().filter(|filter| filter.of_trail) {
        if filter.namespace.is_none() || filter.name.is_none() {
            sink.unknown();
            continue;
        }
        match Truth::any(alarms.iter().map(|alarm| watches(*alarm, filter))) {
            Truth::False => {
                let assumption = "no other configuration has an alarm for the metric";
                let words = [("metric", filter.name.as_deref().unwrap_or_default())];
                let at = root.cursor(root.resources[filter.resource]);
                let finding = sink.report(filter.resource, at, None, &words);
                if let Some(raw) = finding {
                    let text = "the metric".to_owned();
                    raw.labels.push(Label { place: filter.name_at.focus(), text });
                    assume(Some(raw), assumption);
                }
            }
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}

/// Whether an alarm watches what a filter publishes, by itself or in one of its queries.
fn watches(alarm: Cursor<'_>, filter: &Filter<'_>) -> Truth {
    let is = |value: Cursor<'_>, wanted: Option<&str>| match (value.shape(), value.text(), wanted) {
        (Shape::Absent, ..) => Truth::False,
        (_, Some(text), Some(wanted)) => Truth::of(text == wanted),
        _ => Truth::Unknown,
    };
    let metric = |at: Cursor<'_>| {
        let space = is(at.key("namespace"), filter.namespace.as_deref());
        space.and(is(at.key("metric_name"), filter.name.as_deref()))
    };
    let queries = alarm.key("metric_query").items();
    let mut verdict = if queries.open { Truth::Unknown } else { Truth::False };
    for query in queries.known {
        let metrics = query.key("metric").items();
        verdict = verdict.or(Truth::any(metrics.known.into_iter().map(metric)));
        if metrics.open || speaks_of(query.key("expression"), filter) {
            verdict = verdict.or(Truth::Unknown);
        }
    }
    verdict.or(metric(alarm))
}

/// Whether a query in `CloudWatch`'s own language may be about a filter's metric.
fn speaks_of(expression: Cursor<'_>, filter: &Filter<'_>) -> bool {
    match (expression.shape(), expression.text(), filter.name.as_deref()) {
        (Shape::Absent, ..) => false,
        (_, Some(text), Some(name)) => text.contains(name),
        _ => true,
    }
}

/// What a metric filter publishes.
struct Filter<'r> {
    resource: usize,
    namespace: Option<Cow<'r, str>>,
    name: Option<Cow<'r, str>>,
    name_at: Cursor<'r>,
    namespace_at: Cursor<'r>,
    /// Whether it counts events of a trail.
    of_trail: bool,
}

fn filters<'r>(root: &'r Root<'r>) -> Vec<Filter<'r>> {
    let mut found = Vec::new();
    for &at in root.terraform(Category::Managed, "aws_cloudwatch_log_metric_filter") {
        let body = root.cursor(root.resources[at]);
        let pattern = body.key("pattern").text().unwrap_or_default();
        let transformation = body.key("metric_transformation").index(0);
        let (namespace_at, name_at) = (transformation.key("namespace"), transformation.key("name"));
        found.push(Filter {
            resource: at,
            namespace: namespace_at.text(),
            name: name_at.text(),
            name_at,
            namespace_at,
            of_trail: TRAIL_FIELDS.iter().any(|field| pattern.contains(field)),
        });
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Namespace,
    Name,
}

enum Verdict<'r> {
    /// A filter publishes it, or it is none of the filters' business.
    Fed,
    Open,
    /// No filter publishes it, though its namespace is theirs, or all but.
    Unfed {
        misspelt: Part,
        near: Option<Cursor<'r>>,
    },
}

fn judge<'r>(filters: &[Filter<'r>], space: &str, metric: &str) -> Verdict<'r> {
    let (mut own, mut near_name, mut near_space, mut open) = (false, None, None, false);
    for filter in filters {
        let same_space = filter.namespace.as_deref().map(|namespace| namespace == space);
        let same_name = filter.name.as_deref().map(|name| name == metric);
        match (same_space, same_name) {
            (Some(true), Some(true)) => return Verdict::Fed,
            (Some(true) | None, None) | (None, Some(true)) => open = true,
            (Some(true), Some(false)) => {
                own |= filter.of_trail;
                if filter.name.as_deref().is_some_and(|name| alike(name, metric)) {
                    near_name = Some(filter.name_at);
                }
            }
            (Some(false), Some(_)) => {
                let spelt = filter.namespace.as_deref().is_some_and(|other| alike(other, space))
                    && filter.name.as_deref().is_some_and(|name| alike(name, metric));
                if spelt {
                    near_space = Some(filter.namespace_at);
                }
            }
            _ => {}
        }
    }
    if open {
        return Verdict::Open;
    }
    match (near_name, near_space) {
        (Some(near), _) => Verdict::Unfed { misspelt: Part::Name, near: Some(near) },
        (None, Some(near)) => Verdict::Unfed { misspelt: Part::Namespace, near: Some(near) },
        (None, None) if own => Verdict::Unfed { misspelt: Part::Name, near: None },
        (None, None) => Verdict::Fed,
    }
}

/// Whether two names differ in case and punctuation only. `CloudWatch` tells them apart.
fn alike(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    letters(one) == letters(other)
}
