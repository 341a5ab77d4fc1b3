//! Workloads that strangers reach from outside the cluster: any of them, and those whose containers
//! run as root.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::Graph;
use crate::model::graph::entries::Visitor;
use crate::model::root::Root;
use crate::rules::finding::{Confidence, Label};
use crate::rules::published::Published;
use crate::rules::reach;
use crate::rules::sink::{Raw, Sink};
use std::collections::BTreeMap;

/// Annotations by which controllers ask callers of an Ingress who they are, or turn away those from
/// other networks.
const GUARDS: [&str; 16] = [
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/auth-signin",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-secret",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range",
    "traefik.ingress.kubernetes.io/router.middlewares",
    "traefik.ingress.kubernetes.io/router.tls.options",
    "alb.ingress.kubernetes.io/auth-type",
    "alb.ingress.kubernetes.io/inbound-cidrs",
    "alb.ingress.kubernetes.io/mutual-authentication",
    "haproxy.org/auth-type",
    "haproxy.org/allow-list",
    "haproxy-ingress.github.io/auth-url",
    "konghq.com/plugins",
];

/// Kinds of objects that make a gateway ask for more.
const FILTERS: [&str; 5] =
    ["SecurityPolicy", "EnvoyFilter", "WasmPlugin", "AuthPolicy", "BackendTrafficPolicy"];

/// `internet_reaches_workload`: one finding for each Service, Ingress or route.
pub fn internet_reaches_workload<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let Some(graph) = sink.graph() else { return };
    let mut entries: BTreeMap<usize, &Published> = BTreeMap::new();
    for entry in sink.published() {
        if !is_meant(root, entry.workload) {
            entries.entry(entry.resource).or_insert(entry);
        }
    }
    for (resource, found) in entries {
        let object = root.cursor(root.resources[resource]);
        match is_guarded(root, object, found.vague) {
            Truth::False => {}
            Truth::True => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let kind = object.key("spec").key("type");
        let at = if found.visitor == Visitor::Internet { kind } else { object };
        let finding = sink.report(resource, at, None, &[]);
        if let Some(raw) = finding {
            explain(graph, found, raw);
            raw.confidence = Confidence::Possible;
            raw.assumption = Some(
                "nobody asks callers who they are, neither before the pods nor in them".to_owned(),
            );
        }
    }
}

/// `exposed_container_as_root`: a container of a workload that the internet reaches is told to run
/// as root.
pub fn exposed_container_as_root<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    let asks = cluster.workloads.iter().any(|workload| {
        let (containers, _) = workload.containers();
        containers.into_iter().any(|container| as_root(workload.pod, container).is_some())
    });
    if !asks {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    let mut seen = Vec::new();
    for entry in sink.published() {
        if seen.contains(&entry.workload) {
            continue;
        }
        seen.push(entry.workload);
        let workload = &cluster.workloads[entry.workload];
        for container in workload.pod.key("containers").items().known {
            let Some(at) = as_root(workload.pod, container) else { continue };
            let name = container.key("name").text().unwrap_or_default();
            let title = root.resources[entry.resource].title();
            let words = [("container", &*name), ("entry", &*title)];
            if let Some(raw) = sink.report(workload.resource, at, None, &words) {
                explain(graph, entry, raw);
                if entry.visitor == Visitor::IngressController && raw.assumption.is_none() {
                    raw.confidence = Confidence::Possible;
                    raw.assumption = Some("strangers reach the ingress controller".to_owned());
                }
            }
        }
    }
}

/// What tells a container to run as root: user 0, its own or the pod's.
fn as_root<'r>(pod: Cursor<'r>, container: Cursor<'r>) -> Option<Cursor<'r>> {
    let own = container.key("securityContext").key("runAsUser");
    let at = match own.shape() {
        Shape::Absent => pod.key("securityContext").key("runAsUser"),
        _ => own,
    };
    (at.text().as_deref() == Some("0")).then_some(at)
}

/// Adds the witness, and what it rests on.
fn explain(graph: &Graph<'_>, entry: &Published, raw: &mut Raw) {
    let (root, call) = (graph.root(), &entry.call);
    let mut way = reach::by_call(graph, call);
    let title = root.resources[entry.resource].title();
    let text = "takes connections from outside".to_owned();
    let place = root.resources[entry.resource].header;
    way.witness.steps.insert(0, Label { place, text });
    let rest = way.witness.sentence.split_once(" → ").map_or("", |(_, rest)| rest).to_owned();
    way.witness.sentence = format!("the internet → {title} → {rest}");
    reach::rests_on(raw, way);
}

/// Whether the configuration lists a workload as public.
fn is_meant(root: &Root<'_>, workload: usize) -> bool {
    let name = reach::name(root, workload);
    let assumed = format!("default/{name}");
    root.settings.public.iter().any(|one| *one == name || *one == assumed)
}

/// Whether an Ingress asks callers who they are, or a gateway on the way may.
fn is_guarded(root: &Root<'_>, object: Cursor<'_>, vague: bool) -> Truth {
    let annotations = object.key("metadata").key("annotations");
    if annotations.shape() == Shape::Unknown {
        return Truth::Unknown;
    }
    if GUARDS.iter().any(|key| annotations.key(key).absent() != Truth::True) {
        return Truth::True;
    }
    // Filters may ask, and so may policies for a gateway whose pods are written elsewhere.
    let mesh = root.mesh();
    let policies = !mesh.policies.is_empty() || !mesh.tokens.is_empty();
    let filters = FILTERS.iter().any(|kind| !root.kind(kind).is_empty());
    let own = object.key("kind").text().is_some_and(|kind| kind != "Service" && kind != "Ingress");
    if vague && policies || own && filters { Truth::Unknown } else { Truth::False }
}
