//! Ingresses that end TLS and pass requests on in plaintext, to workloads outside any mesh.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::istio::enrolment::Membership;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::service::ServicePort;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;
use std::collections::BTreeSet;

/// Annotations by which controllers speak TLS to a Service.
const PROTOCOLS: [&str; 5] = [
    "nginx.ingress.kubernetes.io/backend-protocol",
    "alb.ingress.kubernetes.io/backend-protocol",
    "haproxy.org/server-ssl",
    "haproxy-ingress.github.io/backend-protocol",
    "nginx.ingress.kubernetes.io/ssl-passthrough",
];
/// Annotations of Services to the same end.
const SERVICE_PROTOCOLS: [&str; 3] = [
    "traefik.ingress.kubernetes.io/service.serversscheme",
    "cloud.google.com/app-protocols",
    "projectcontour.io/upstream-protocol.tls",
];

/// Reports each Service behind an Ingress with TLS, once.
pub fn ingress_plaintext_hop<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for at in root.objects("networking.k8s.io", "Ingress") {
        let body = root.cursor(root.resources[at]);
        let spec = body.key("spec");
        let annotations = body.key("metadata").key("annotations");
        let tls = spec.key("tls").items();
        if tls.known.is_empty() || annotations.shape() == Shape::Unknown {
            continue;
        }
        if PROTOCOLS.iter().any(|key| annotations.key(key).absent() != Truth::True) {
            continue;
        }
        let mut seen = BTreeSet::new();
        let rules = spec.key("rules").items().known;
        let paths = rules.iter().flat_map(|rule| rule.key("http").key("paths").items().known);
        let backends = paths.map(|path| path.key("backend")).chain([spec.key("defaultBackend")]);
        for backend in backends {
            let service = backend.key("service");
            let Some(name) = service.key("name").text() else { continue };
            if seen.insert(name.into_owned()) {
                judge(root, sink, at, &Home::read(body), service);
            }
        }
    }
}

fn judge<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    ingress: usize,
    home: &Home<'r>,
    backend: Cursor<'r>,
) {
    let (cluster, mesh) = (root.cluster(), root.mesh());
    let name = backend.key("name");
    let Some(text) = name.text() else { return };
    let (Truth::True, Some(at)) = cluster.service(home, &text) else { return };
    let service = &cluster.services[at];
    let object = root.cursor(root.resources[service.resource]);
    let annotations = object.key("metadata").key("annotations");
    if SERVICE_PROTOCOLS.iter().any(|key| annotations.key(key).absent() != Truth::True) {
        return;
    }
    let port = backend.key("port");
    let named = port.key("name").text();
    let number = port.key("number").text().and_then(|text| text.parse::<u16>().ok());
    let chosen = service.ports.iter().find(|own| {
        own.number.is_some() && own.number == number || own.name.is_some() && own.name == named
    });
    let Some(own) = chosen else { return };
    let targets = cluster.targets(service);
    if targets.is_empty() {
        return;
    }
    for (target, truth) in &targets {
        let workload = &cluster.workloads[*target];
        let outside = match mesh.pod(cluster, workload).membership() {
            Membership::Out | Membership::Undeclared => Truth::True,
            Membership::In => Truth::False,
            Membership::Unknown => Truth::Unknown,
        };
        let linkerd = workload.annotations.has("linkerd.io/inject").or(
            match cluster.namespace(&workload.home).filter(|one| one.resource.is_some()) {
                Some(namespace) => namespace.annotations.has("linkerd.io/inject"),
                None => Truth::False,
            },
        );
        let plain = own.number_on(workload).map_or(Truth::Unknown, |n| Truth::of(!is_tls(own, n)));
        match Truth::all([*truth, outside, !linkerd, plain]) {
            Truth::True => {}
            Truth::False => return,
            Truth::Unknown => return sink.unknown(),
        }
    }
    let found = sink.report(ingress, name, None, &[]);
    if let Some(finding) = found {
        let workload = &cluster.workloads[targets[0].0];
        let place = root.resources[workload.resource].header;
        finding.labels.push(Label { place, text: "is reached in plaintext".to_owned() });
        assume(Some(finding), "no mesh or network plugin encrypts the way to these pods");
    }
}

/// Whether a port looks like one that speaks TLS.
fn is_tls(port: &ServicePort<'_>, target: u16) -> bool {
    let word = |text: &Option<std::borrow::Cow<'_, str>>| {
        text.as_deref().is_some_and(|text| {
            let text = text.to_ascii_lowercase();
            text.contains("https") || text.contains("tls") || text.contains("ssl")
        })
    };
    word(&port.name)
        || word(&port.app_protocol)
        || matches!(port.number, Some(443 | 8443))
        || matches!(target, 443 | 8443 | 9443 | 6443)
}
