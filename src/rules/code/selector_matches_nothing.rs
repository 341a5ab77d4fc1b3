//! Selectors that match no pod of a namespace whose workloads are written: the control, or the
//! Service, is for nobody.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::{Absence, Cluster};
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::model::selector::{Operator, Selector};
use crate::rules::sink::Sink;
use crate::rules::{absence, slip};

/// `selector_matches_nothing`: policies.
pub fn selector_matches_nothing<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for policy in &root.cluster().policies {
        if let Some(selector) = &policy.selector {
            judge(root, policy.resource, &policy.home, selector, Sign::There, sink);
        }
    }
    for kind in ["PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication"] {
        mesh(root, "security.istio.io", kind, &["selector"], sink);
    }
}

/// `policy_matches_nothing_written`: policies for pods that nothing here resembles.
pub fn policy_matches_nothing_written<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for policy in &root.cluster().policies {
        if let Some(selector) = &policy.selector {
            judge(root, policy.resource, &policy.home, selector, Sign::Missing, sink);
        }
    }
}

/// What is reported of selectors that match nothing: those with a sign of a mistake (or a proof),
/// or the others.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    There,
    Missing,
}

/// `service_matches_nothing`: Services.
pub fn service_matches_nothing<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for service in &root.cluster().services {
        if let Some(selector) = &service.selector {
            judge(root, service.resource, &service.home, selector, Sign::There, sink);
        }
    }
}

/// `mesh_setting_matches_nothing`: what else a mesh applies by labels.
pub fn mesh_setting_matches_nothing<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    mesh(root, "telemetry.istio.io", "Telemetry", &["selector"], sink);
    mesh(root, "networking.istio.io", "Sidecar", &["workloadSelector", "labels"], sink);
    mesh(root, "networking.istio.io", "EnvoyFilter", &["workloadSelector", "labels"], sink);
    for at in root.objects("networking.istio.io", "DestinationRule") {
        subsets(root, at, root.cursor(root.resources[at]), sink);
    }
}

/// Objects of a mesh that are for the pods of their own namespace which a selector matches. Those
/// of the root namespace are for all namespaces, or for gateways that are installed with the mesh.
fn mesh<'r>(root: &'r Root<'r>, group: &str, kind: &str, path: &[&str], sink: &mut Sink<'_, 'r>) {
    for at in root.objects(group, kind) {
        let body = root.cursor(root.resources[at]);
        let (spec, home) = (body.key("spec"), Home::read(body));
        let written = path.iter().fold(spec, |at, key| at.key(key));
        let selector = match path.len() {
            1 => Selector::read(written),
            _ => Selector::of_map(written),
        };
        let mut targets = ["targetRef", "targetRefs"].iter();
        let targeted = targets.any(|key| spec.key(key).shape() != Shape::Absent);
        if home.name() == Some(&root.settings.root_namespace) || targeted || outside(root, &home) {
            continue;
        }
        if let Some(selector) = selector {
            judge(root, at, &home, &selector, Sign::There, sink);
        }
    }
}

/// Whether workloads outside the cluster may be in the namespace: a mesh knows them by entries.
fn outside(root: &Root<'_>, home: &Home<'_>) -> bool {
    let entries = ["WorkloadEntry", "WorkloadGroup", "ServiceEntry"];
    entries
        .iter()
        .flat_map(|kind| root.kind(kind))
        .any(|&at| Home::read(root.cursor(root.resources[at])).same(home) != Truth::False)
}

fn judge<'r>(
    root: &'r Root<'r>,
    at: usize,
    home: &Home<'r>,
    selector: &Selector<'r>,
    wanted: Sign,
    sink: &mut Sink<'_, 'r>,
) {
    let cluster = root.cluster();
    let absent = cluster.absence(home);
    let of_system = root.settings.system_namespaces.iter().any(|name| home.name() == Some(name));
    if absent == Absence::Nothing
        || selector.selects_everything() == Truth::True
        || (absent == Absence::Possible && (of_system || by_controllers(selector)))
    {
        return;
    }
    if selector.open || selector.requirements.iter().any(|one| one.open) {
        return sink.unknown();
    }
    let found = Truth::any(cluster.selected(home, selector).into_iter().map(|(_, truth)| truth));
    match found {
        Truth::True => return,
        Truth::Unknown => return sink.unknown(),
        Truth::False => {}
    }
    let hint = hint(cluster, home, selector);
    let none = absent == Absence::Possible && hint.is_none() && !nearly(cluster, home, selector);
    if none != (wanted == Sign::Missing) {
        return;
    }
    let hint = hint.unwrap_or_default();
    let finding = sink.report(at, place(selector), None, &[("hint", &hint)]);
    absence::of_pods(finding, absent, home);
}

/// Keys that say what a pod is; others say which of several it is.
const NAMES: [&str; 6] =
    ["app", "name", "k8s-app", "run", "app.kubernetes.io/name", "app.kubernetes.io/component"];

fn is_name(key: &str) -> bool {
    NAMES.contains(&key)
}

/// Whether pods of the namespace are what the selector names, and lack only what else it asks for.
fn nearly(cluster: &Cluster<'_>, home: &Home<'_>, selector: &Selector<'_>) -> bool {
    let names = || selector.requirements.iter().filter(|one| is_name(&one.key));
    names().next().is_some()
        && cluster.workloads_in(home).iter().any(|(at, _)| {
            let labels = &cluster.workloads[*at].labels;
            Truth::all(names().map(|one| one.matches(labels))) == Truth::True
        })
}

/// Whether the pods meant are likely made by a controller or an installer that is not written here:
/// gateways, and labels with a prefix that no author of workloads uses.
fn by_controllers(selector: &Selector<'_>) -> bool {
    selector.requirements.iter().any(|one| {
        let prefix = one.key.split_once('/').map(|(prefix, _)| prefix);
        let foreign = prefix.is_some_and(|prefix| prefix != "app.kubernetes.io");
        foreign || one.key == "istio" || one.values.iter().any(|value| value.contains("gateway"))
    })
}

/// The lone value that decides; where several requirements do, what holds them.
fn place<'r>(selector: &Selector<'r>) -> Cursor<'r> {
    if let [only] = selector.requirements.as_slice() {
        return only.at;
    }
    let (labels, expressions) =
        (selector.at.key("matchLabels"), selector.at.key("matchExpressions"));
    match (labels.shape(), expressions.shape()) {
        (Shape::Map, Shape::Absent) => labels,
        (Shape::Absent, Shape::List) => expressions,
        _ => selector.at,
    }
}

/// What may have been meant, as a clause that ends the sentence: a label of the namespace's pods
/// that is a slip apart, or the same name under another key.
fn hint(cluster: &Cluster<'_>, home: &Home<'_>, selector: &Selector<'_>) -> Option<String> {
    let mut near: Option<(u8, String)> = None;
    for one in selector.requirements.iter().filter(|one| one.operator == Operator::In) {
        let [value] = one.values.as_slice() else { continue };
        for (at, _) in cluster.workloads_in(home) {
            for (key, own) in cluster.workloads[at].labels.known() {
                let rank = match (key == one.key, own == value) {
                    (true, false) if slip::apart(own, value) => 0,
                    (false, true) if slip::apart(key, &one.key) => 1,
                    (false, true) if is_name(key) && is_name(&one.key) => 2,
                    _ => continue,
                };
                let label = format!("{key}: {own}");
                if near.as_ref().is_none_or(|best| (rank, &label) < (best.0, &best.1)) {
                    near = Some((rank, label));
                }
            }
        }
    }
    near.map(|(_, label)| format!("; perhaps `{label}` is meant"))
}

/// Subsets of a `DestinationRule` that no pod of its Service is in.
fn subsets<'r>(root: &'r Root<'r>, at: usize, body: Cursor<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    let spec = body.key("spec");
    let Some(host) = spec.key("host").text() else { return };
    let mut parts = host.splitn(3, '.');
    let name = parts.next().unwrap_or_default();
    let home = match (parts.next(), parts.next()) {
        (None, _) => Home::read(body),
        (Some(namespace), Some(rest)) if rest == "svc" || rest.starts_with("svc.") => {
            Home::Named(namespace.to_owned().into())
        }
        _ => return,
    };
    let (Truth::True, Some(service)) = cluster.service(&home, name) else { return };
    let service = &cluster.services[service];
    let absent = cluster.absence(&service.home);
    let targets = cluster.targets(service);
    let sure = targets.iter().any(|(_, truth)| *truth == Truth::True);
    if absent == Absence::Nothing || !sure || outside(root, &service.home) {
        return;
    }
    for subset in spec.key("subsets").items().known {
        let Some(selector) = Selector::of_map(subset.key("labels")) else { continue };
        if selector.selects_everything() == Truth::True
            || (absent == Absence::Possible && by_controllers(&selector))
        {
            continue;
        }
        let open = selector.open || selector.requirements.iter().any(|one| one.open);
        let found = targets
            .iter()
            .map(|(target, truth)| truth.and(selector.matches(&cluster.workloads[*target].labels)));
        match Truth::any(found) {
            Truth::True => {}
            Truth::Unknown => sink.unknown(),
            Truth::False if open => sink.unknown(),
            Truth::False => {
                let hint = hint(cluster, &service.home, &selector).unwrap_or_default();
                let finding = sink.report(at, place(&selector), None, &[("hint", &hint)]);
                absence::of_pods(finding, absent, &service.home);
            }
        }
    }
}
