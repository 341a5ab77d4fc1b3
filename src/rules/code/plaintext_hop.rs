//! Places that end TLS and pass requests on in plaintext, to workloads outside any mesh: Ingresses,
//! routes of both gateway APIs, load balancers.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::istio::destination::{Tls, blocks};
use crate::model::istio::enrolment::Membership;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::pods::Workload;
use crate::model::kubernetes::service::{ServicePort, Target};
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::mesh::{Host, host};
use crate::rules::reference::assume;
use crate::rules::route::{
    GATEWAY_API, Gateway, ISTIO, admits, find, gateways, is_gateway, overlap, taken,
};
use crate::rules::sink::Sink;
use std::borrow::Cow;
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
/// The certificate of a load balancer that AWS makes for a Service, and how it speaks to the pods
/// (in plaintext, where nothing is written).
const AWS_CERTIFICATE: &str = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert";
const AWS_BACKEND: &str = "service.beta.kubernetes.io/aws-load-balancer-backend-protocol";
const AWS_PORTS: &str = "service.beta.kubernetes.io/aws-load-balancer-ssl-ports";

/// Ports of pods that speak TLS as a rule.
const TLS_PORTS: [u16; 4] = [443, 6443, 8443, 9443];

/// Reports each Service behind something that ends TLS, once for each of these.
pub fn plaintext_hop<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for at in root.objects("networking.k8s.io", "Ingress") {
        ingress(root, sink, at);
    }
    let istio = gateways(root, ISTIO);
    for at in root.objects(ISTIO, "VirtualService") {
        virtual_service(root, sink, at, &istio);
    }
    let standard = gateways(root, GATEWAY_API);
    for kind in ["HTTPRoute", "GRPCRoute"] {
        for at in root.objects(GATEWAY_API, kind) {
            route(root, sink, at, &standard);
        }
    }
    for service in 0..root.cluster().services.len() {
        load_balancer(root, sink, service);
    }
}

/// An Ingress with `tls`, unless its controller is told to speak TLS to what is behind.
fn ingress<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, at: usize) {
    let body = root.cursor(root.resources[at]);
    let spec = body.key("spec");
    let annotations = body.key("metadata").key("annotations");
    let tls = spec.key("tls").items();
    if tls.known.is_empty() || annotations.shape() == Shape::Unknown {
        return;
    }
    if PROTOCOLS.iter().any(|key| annotations.key(key).absent() != Truth::True) {
        return;
    }
    let mut seen = BTreeSet::new();
    let rules = spec.key("rules").items().known;
    let paths = rules.iter().flat_map(|rule| rule.key("http").key("paths").items().known);
    let backends = paths.map(|path| path.key("backend")).chain([spec.key("defaultBackend")]);
    for backend in backends {
        let (name, port) = (backend.key("service").key("name"), backend.key("service").key("port"));
        let Some(text) = name.text() else { continue };
        let found = root.cluster().service(&Home::read(body), &text);
        if let (Truth::True, Some(service)) = found
            && seen.insert(text.into_owned())
        {
            let chosen = |own: &ServicePort<'_>| {
                is_number(own, port.key("number"))
                    || own.name.is_some() && own.name == port.key("name").text()
            };
            judge(root, sink, (at, name), service, chosen, is_tls);
        }
    }
}

/// A `VirtualService` of gateways that end TLS for one of its hosts. Where a `DestinationRule` says
/// how the gateway speaks to a host, that is another matter.
fn virtual_service<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    at: usize,
    gateways: &[Gateway<'r>],
) {
    let body = root.cursor(root.resources[at]);
    let (spec, own) = (body.key("spec"), Home::read(body));
    let hosts: Vec<_> = spec.key("hosts").items().known.iter().filter_map(Cursor::text).collect();
    let ends = spec.key("gateways").items().known.iter().any(|reference| {
        let Some(text) = reference.text() else { return false };
        let (home, name) = match text.split_once('/') {
            Some((".", name)) => (own.clone(), name),
            Some((home, name)) => (Home::Named(home.to_owned().into()), name),
            None => (own.clone(), &*text),
        };
        find(gateways, &home, name).1.is_some_and(|gateway| {
            gateway.spec.key("servers").items().known.iter().any(|server| {
                let mode = server.key("tls").key("mode").text();
                let ends = matches!(mode.as_deref(), Some("SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL"));
                ends && hosts.iter().any(|host| admits(*server, host) == Truth::True)
            })
        })
    });
    if !ends {
        return;
    }
    let mut seen = BTreeSet::new();
    let routes = spec.key("http").items().known;
    for route in routes.iter().flat_map(|http| http.key("route").items().known) {
        let destination = route.key("destination");
        let name = destination.key("host");
        let Host::Service(service, _) = host(root, name, &own) else { continue };
        if !seen.insert(service) {
            continue;
        }
        let port = destination.key("port").key("number");
        match originates_tls(root, service) {
            Truth::False => {}
            Truth::True => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let only =
            port.shape() == Shape::Absent && root.cluster().services[service].ports.len() == 1;
        judge(root, sink, (at, name), service, |own| only || is_number(own, port), is_tls);
    }
}

/// Whether a `DestinationRule` that may be for a Service makes clients speak TLS to it.
fn originates_tls(root: &Root<'_>, service: usize) -> Truth {
    Truth::any(root.mesh().destinations.iter().map(|rule| {
        let whose = match host(root, rule.spec().key("host"), &rule.home) {
            Host::Service(own, _) => Truth::of(own == service),
            Host::Outside => Truth::False,
            Host::Inside | Host::Unknown => Truth::Unknown,
        };
        let speaks = blocks(rule.spec()).into_iter().map(|(_, setting)| match setting.tls {
            Some(Tls::Disable) => Truth::False,
            Some(_) => Truth::True,
            None => Truth::Unknown,
        });
        let policies = rule.spec().key("trafficPolicy").shape() == Shape::Unknown;
        let speaks = Truth::any(speaks);
        whose.and(if policies { speaks.or(Truth::Unknown) } else { speaks })
    }))
}

/// A route on a listener that ends TLS.
fn route<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, at: usize, gateways: &[Gateway<'r>]) {
    let body = root.cursor(root.resources[at]);
    let (spec, own) = (body.key("spec"), Home::read(body));
    let names = spec.key("hostnames").items();
    let parents = spec.key("parentRefs").items().known;
    let ends = parents.into_iter().filter(|parent| is_gateway(*parent)).any(|parent| {
        let home = match Home::named(parent.key("namespace")) {
            Home::Unwritten => own.clone(),
            named => named,
        };
        let Some(name) = parent.key("name").text() else { return false };
        let Some(gateway) = find(gateways, &home, &name).1 else { return false };
        let (Truth::True, listeners) = taken(root, gateway, parent, &own) else { return false };
        listeners.into_iter().any(|listener| {
            let host = listener.key("hostname").text();
            let serves = names.known.iter().filter_map(Cursor::text).any(|name| {
                host.as_deref().is_none_or(|host| host.is_empty() || overlap(host, &name))
            });
            let every = names.known.is_empty() && !names.open;
            ends_tls(listener) && (serves || every)
        })
    });
    if !ends {
        return;
    }
    let mut seen = BTreeSet::new();
    let rules = spec.key("rules").items().known;
    for backend in rules.iter().flat_map(|rule| rule.key("backendRefs").items().known) {
        let is = |key: &str, default: &str| {
            let at = backend.key(key);
            at.shape() == Shape::Absent || at.text().is_some_and(|text| text == default)
        };
        if !is("kind", "Service") || !is("group", "") {
            continue;
        }
        let home = match Home::named(backend.key("namespace")) {
            Home::Unwritten => own.clone(),
            named => named,
        };
        let name = backend.key("name");
        let Some(text) = name.text() else { continue };
        let (Truth::True, Some(service)) = root.cluster().service(&home, &text) else { continue };
        if !seen.insert(service) {
            continue;
        }
        match verified_by_policy(root, &home, &text) {
            Truth::False => {}
            Truth::True => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        judge(root, sink, (at, name), service, |own| is_number(own, backend.key("port")), is_tls);
    }
}

/// Whether a listener ends TLS (`GatewayTLSConfig.mode`: `Terminate` where nothing is written).
fn ends_tls(listener: Cursor<'_>) -> bool {
    let (tls, mode) = (listener.key("tls"), listener.key("tls").key("mode"));
    let ends = mode.shape() == Shape::Absent || mode.text().as_deref() == Some("Terminate");
    listener.key("protocol").text().as_deref() == Some("HTTPS") && tls.shape() == Shape::Map && ends
}

/// Whether a `BackendTLSPolicy` makes gateways speak TLS to a Service.
fn verified_by_policy(root: &Root<'_>, home: &Home<'_>, service: &str) -> Truth {
    Truth::any(root.objects(GATEWAY_API, "BackendTLSPolicy").map(|at| {
        let body = root.cursor(root.resources[at]);
        let targets = body.key("spec").key("targetRefs").items();
        let named =
            Truth::any(targets.known.iter().map(|target| match target.key("name").text() {
                Some(name) => Truth::of(name == service),
                None => Truth::Unknown,
            }));
        let named = if targets.open { named.or(Truth::Unknown) } else { named };
        Home::read(body).same(home).and(named)
    }))
}

/// A Service whose load balancer holds a certificate and speaks plaintext to the pods.
fn load_balancer<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, service: usize) {
    let own = &root.cluster().services[service];
    if own.kind.as_deref() != Some("LoadBalancer") {
        return;
    }
    let annotations = root.cursor(root.resources[own.resource]).key("metadata").key("annotations");
    let certificate = annotations.key(AWS_CERTIFICATE);
    let backend = annotations.key(AWS_BACKEND);
    let plain = match backend.shape() {
        Shape::Absent => true,
        _ => matches!(backend.text().as_deref(), Some("http" | "tcp")),
    };
    if certificate.text().is_none() || !plain {
        return;
    }
    let ports = annotations.key(AWS_PORTS);
    let written = ports.text();
    if ports.shape() != Shape::Absent && written.is_none() {
        return sink.unknown();
    }
    // Without a list every port has the certificate.
    let listed = |port: &ServicePort<'_>| {
        written.as_deref().is_none_or(|list| {
            list.split(',').map(str::trim).any(|one| {
                one == "*"
                    || port.name.as_deref() == Some(one)
                    || port.number.is_some_and(|number| one.parse() == Ok(number))
            })
        })
    };
    // Number and name are those of the load balancer's own port.
    judge(root, sink, (own.resource, certificate), service, listed, |port, target| {
        let name = match &port.target {
            Target::Name(name) => Some(name.clone()),
            _ => None,
        };
        says_tls(&name) || says_tls(&port.app_protocol) || TLS_PORTS.contains(&target)
    });
}

fn is_number(port: &ServicePort<'_>, written: Cursor<'_>) -> bool {
    port.number.is_some() && port.number == written.text().and_then(|text| text.parse::<u16>().ok())
}

/// Reports at `entry` (a resource and what to edit there) if every workload behind the Service's
/// first port that is meant is outside all meshes and speaks plaintext there.
fn judge<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    entry: (usize, Cursor<'r>),
    service: usize,
    meant: impl Fn(&ServicePort<'r>) -> bool,
    is_tls: impl Fn(&ServicePort<'r>, u16) -> bool,
) {
    let cluster = root.cluster();
    let service = &cluster.services[service];
    let object = root.cursor(root.resources[service.resource]);
    let annotations = object.key("metadata").key("annotations");
    if SERVICE_PROTOCOLS.iter().any(|key| annotations.key(key).absent() != Truth::True) {
        return;
    }
    let Some(own) = service.ports.iter().find(|own| meant(own)) else { return };
    let targets = cluster.targets(service);
    if targets.is_empty() {
        return;
    }
    for (target, truth) in &targets {
        let workload = &cluster.workloads[*target];
        let plain = own.number_on(workload).map_or(Truth::Unknown, |n| Truth::of(!is_tls(own, n)));
        match Truth::all([*truth, outside(root, workload), plain]) {
            Truth::True => {}
            Truth::False => return,
            Truth::Unknown => return sink.unknown(),
        }
    }
    let name = service.name.clone().unwrap_or_default();
    if let Some(finding) = sink.report(entry.0, entry.1, None, &[("service", &name)]) {
        let workload = &cluster.workloads[targets[0].0];
        let place = root.resources[workload.resource].header;
        finding.labels.push(Label { place, text: "is reached in plaintext".to_owned() });
        assume(Some(finding), "no mesh or network plugin encrypts the way to these pods");
    }
}

/// Whether a workload is in no mesh. In a root with a mesh, a namespace that is declared elsewhere
/// may be part of it.
fn outside<'r>(root: &'r Root<'r>, workload: &Workload<'r>) -> Truth {
    let (cluster, mesh) = (root.cluster(), root.mesh());
    let used = !(mesh.configs.is_empty() && mesh.gateways.is_empty() && mesh.peers.is_empty());
    let istio = match mesh.pod(cluster, workload).membership() {
        Membership::Out => Truth::True,
        Membership::Undeclared if used => Truth::Unknown,
        Membership::Undeclared => Truth::True,
        Membership::In => Truth::False,
        Membership::Unknown => Truth::Unknown,
    };
    let linkerd = workload.annotations.has("linkerd.io/inject").or(
        match cluster.namespace(&workload.home).filter(|one| one.resource.is_some()) {
            Some(namespace) => namespace.annotations.has("linkerd.io/inject"),
            None => Truth::False,
        },
    );
    istio.and(!linkerd)
}

/// Whether a port looks like one that speaks TLS.
fn is_tls(port: &ServicePort<'_>, target: u16) -> bool {
    let named = says_tls(&port.name) || says_tls(&port.app_protocol);
    named || matches!(port.number, Some(443 | 8443)) || TLS_PORTS.contains(&target)
}

fn says_tls(text: &Option<Cow<'_, str>>) -> bool {
    text.as_deref().is_some_and(|text| {
        let text = text.to_ascii_lowercase();
        text.contains("https") || text.contains("tls") || text.contains("ssl")
    })
}
