//! Workloads that strangers reach from outside the cluster: any of them, and those whose containers
//! run as root.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::entries::Visitor;
use crate::model::graph::{Graph, Peer};
use crate::model::root::Root;
use crate::rules::finding::{Confidence, Label};
use crate::rules::published::{Published, published};
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

/// `internet_reaches_workload`: one finding for each Service, Ingress or route.
pub fn internet_reaches_workload<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let Some(graph) = sink.graph() else { return };
    let mut entries: BTreeMap<usize, Vec<Published>> = BTreeMap::new();
    for entry in published(graph) {
        if is_meant(root, entry.workload)
            || root.mesh().is_gateway(&root.cluster().workloads[entry.workload]) != Truth::False
        {
            continue;
        }
        entries.entry(entry.resource).or_default().push(entry);
    }
    for (resource, found) in entries {
        let object = root.cursor(root.resources[resource]);
        match is_guarded(root, object) {
            Truth::False => {}
            Truth::True => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let kind = object.key("spec").key("type");
        let at = if found[0].visitor == Visitor::Internet { kind } else { object };
        let finding = sink.report(resource, at, None, &[]);
        if let Some(raw) = finding {
            explain(graph, &found[0], raw);
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
    for entry in published(graph) {
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
                let by_absence = explain(graph, &entry, raw);
                let controller = entry.visitor == Visitor::IngressController;
                if controller {
                    raw.confidence = Confidence::Possible;
                    raw.assumption = Some("strangers reach the ingress controller".to_owned());
                } else if by_absence {
                    reach::without_policies(root, &workload.home, Some(raw));
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

/// Adds the witness; says whether it rests on policies that are not written.
fn explain(graph: &Graph<'_>, entry: &Published, raw: &mut Raw) -> bool {
    let root = graph.root();
    let Some((protocol, port)) = entry.ports.first() else { return false };
    let from = match entry.visitor {
        Visitor::Internet => Peer::Outside(graph.atom(false, 0x0808_0808)),
        Visitor::IngressController => Peer::AnyPod,
    };
    let mut way = reach::way(graph, from, Peer::Workload(entry.workload), protocol, port);
    let title = root.resources[entry.resource].title();
    let step = Label {
        place: root.resources[entry.resource].header,
        text: "takes connections from outside".to_owned(),
    };
    way.witness.steps.insert(0, step);
    way.witness.sentence = format!(
        "the internet → {title} → `{}` {} {port}, {}",
        reach::name(root, entry.workload),
        protocol.word(),
        way.witness.sentence.split_once(", ").map_or("", |(_, why)| why),
    );
    raw.witness = Some(way.witness);
    way.by_absence
}

/// Whether the configuration lists a workload as public.
fn is_meant(root: &Root<'_>, workload: usize) -> bool {
    let name = reach::name(root, workload);
    let assumed = format!("default/{name}");
    root.settings.public.iter().any(|one| *one == name || *one == assumed)
}

/// Whether an Ingress asks callers who they are, or a gateway on the way may.
fn is_guarded(root: &Root<'_>, object: Cursor<'_>) -> Truth {
    let annotations = object.key("metadata").key("annotations");
    if annotations.shape() == Shape::Unknown {
        return Truth::Unknown;
    }
    if GUARDS.iter().any(|key| annotations.key(key).absent() != Truth::True) {
        return Truth::True;
    }
    // What a gateway asks of callers of a route is decided by policies for the gateway.
    let kind = object.key("kind").text();
    let routed = kind.as_deref().is_some_and(|kind| kind.ends_with("Route"));
    let mesh = root.mesh();
    let policies = !mesh.policies.is_empty() || !mesh.tokens.is_empty();
    let filters =
        ["SecurityPolicy", "EnvoyFilter", "Middleware", "AuthPolicy", "BackendTrafficPolicy"];
    let filtered = filters.iter().any(|kind| !root.kind(kind).is_empty());
    if (routed && (policies || filtered)) || policies { Truth::Unknown } else { Truth::False }
}
