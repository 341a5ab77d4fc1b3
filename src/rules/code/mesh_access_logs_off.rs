//! Meshes and parts of them whose proxies write no access log.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::istio::authorization::Action;
use crate::model::istio::mesh::Item;
use crate::model::istio::mesh_config::{Form, Word};
use crate::model::root::Root;
use crate::model::selector::Selector;
use crate::rules::finding::Label;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;

/// Reports mesh settings with which no proxy logs, where no `Telemetry` makes them.
pub fn mesh_access_logs_off<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    let logging = Truth::any(mesh.telemetries.iter().map(logs));
    for config in &mesh.configs {
        if config.form == Form::Map && config.at.shape() != Shape::Map {
            continue;
        }
        match config.settings.logs_access().or(logging) {
            Truth::True => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
            Truth::False => {}
        }
        let file = config.at.key("accessLogFile");
        let found = match config.form {
            Form::Text => sink.report(config.resource, config.at, None, &[]),
            Form::Map => {
                let parent = config.at.node_ref();
                let missing = parent.map(|node| (node, vec!["accessLogFile".to_owned()]));
                sink.report(config.resource, file, missing, &[])
            }
        };
        if config.settings.access_log_file == Word::Absent {
            assume(found, "no other manifests hold a Telemetry that switches the log on");
        }
    }
}

/// Whether a `Telemetry` switches access logs on for anything.
fn logs(item: &Item<'_>) -> Truth {
    let entries = item.spec().key("accessLogging").items();
    let known = Truth::any(entries.known.into_iter().map(|entry| !disabled(entry)));
    if entries.open { known.or(Truth::Unknown) } else { known }
}

fn disabled(entry: Cursor<'_>) -> Truth {
    let at = entry.key("disabled");
    match (at.absent(), at.text()) {
        (Truth::True, _) => Truth::False,
        (_, Some(text)) => Truth::of(text == "true"),
        _ => Truth::Unknown,
    }
}

/// Reports a `Telemetry` that switches the log off for workloads with authorization policies.
pub fn denials_unlogged<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    for item in &mesh.telemetries {
        if mesh.is_root(&item.home) != Truth::False {
            continue;
        }
        let Some(at) = switched_off(item) else { continue };
        let Some(policy) = guarded(root, item) else { continue };
        let title = root.resources[policy].title();
        if let Some(finding) = sink.report(item.resource, at, None, &[("policy", &title)]) {
            let place = root.resources[policy].header;
            finding.labels.push(Label { place, text: "decides unseen".to_owned() });
        }
    }
}

/// Reports a `Telemetry` for the whole mesh that switches logs or metrics off.
pub fn mesh_telemetry_off<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    for item in &mesh.telemetries {
        let spec = item.spec();
        let found = switched_off(item)
            .map(|at| (at, "access logs"))
            .or_else(|| metrics_off(spec).map(|at| (at, "metrics")));
        let Some((at, what)) = found else { continue };
        let everywhere = match Selector::read(spec.key("selector")) {
            None => Truth::True,
            Some(selector) => selector.selects_everything(),
        };
        match mesh.is_root(&item.home).and(everywhere) {
            Truth::True => drop(sink.report(item.resource, at, None, &[("what", what)])),
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}

/// Where access logs are switched off, and by no other entry on.
fn switched_off<'a>(item: &Item<'a>) -> Option<Cursor<'a>> {
    let entries = item.spec().key("accessLogging").items();
    let off = |entry: &Cursor<'_>| disabled(*entry) == Truth::True;
    let all = !entries.open && entries.known.iter().all(off);
    let first = entries.known.first().filter(|_| all)?;
    Some(first.key("disabled"))
}

/// Where the request metrics are switched off for every provider.
fn metrics_off(spec: Cursor<'_>) -> Option<Cursor<'_>> {
    let entries = spec.key("metrics").items().known;
    entries.into_iter().find_map(|entry| {
        entry.key("overrides").items().known.into_iter().find_map(|item| {
            let metric = item.key("match").key("metric");
            let broad = match (metric.absent(), metric.text().as_deref()) {
                (Truth::True, custom) => {
                    custom.is_none()
                        && item.key("match").key("customMetric").absent() == Truth::True
                }
                (_, Some(name)) => matches!(name, "ALL_METRICS" | "REQUEST_COUNT"),
                _ => false,
            };
            let at = item.key("disabled");
            (broad && disabled(item) == Truth::True).then_some(at)
        })
    })
}

/// A policy in force for what a `Telemetry` is for.
fn guarded(root: &Root<'_>, item: &Item<'_>) -> Option<usize> {
    let (mesh, cluster) = (root.mesh(), root.cluster());
    let enforced = |at: usize| {
        let one = &mesh.policies[at];
        let decides = one.policy.enforces(Action::Allow).or(one.policy.enforces(Action::Deny));
        decides.and(one.present) == Truth::True
    };
    match Selector::read(item.spec().key("selector")) {
        Some(selector) => {
            let selected = cluster.selected(&item.home, &selector);
            selected.iter().filter(|(_, truth)| *truth == Truth::True).find_map(|(at, _)| {
                let attached = mesh.attached(&cluster.workloads[*at]);
                let sure =
                    attached.iter().find(|(at, truth)| *truth == Truth::True && enforced(*at));
                sure.map(|(at, _)| mesh.policies[*at].policy.resource)
            })
        }
        None => (0..mesh.policies.len())
            .find(|&at| mesh.policies[at].home.same(&item.home) == Truth::True && enforced(at))
            .map(|at| mesh.policies[at].policy.resource),
    }
}
