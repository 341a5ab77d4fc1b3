//! The listeners through which an Ingress, a route or a `VirtualService` is reached: which port, which
//! TLS, whose pods. Says nothing of what policies there decide.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::Graph;
use crate::model::istio::authorization::attachment::GATEWAY_API;
use crate::model::istio::destination;
use crate::model::istio::mesh::NETWORKING;
use crate::model::kubernetes::namespace::Home;
use crate::model::resource::Object;
use crate::model::selector::Selector;

/// What a listener does with TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tls {
    /// It speaks plaintext.
    Plaintext,
    /// It ends TLS and asks for no certificate.
    Terminated,
    /// It ends TLS and asks for a client's certificate.
    Mutual,
    /// It passes TLS on, unread.
    Passthrough,
    /// Cannot be told.
    Unknown,
}

impl Tls {
    /// A word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plaintext => "none",
            Self::Terminated => "terminated",
            Self::Mutual => "mutual",
            Self::Passthrough => "passthrough",
            Self::Unknown => "unknown",
        }
    }
}

/// A listener.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The Gateway, or the Ingress or route itself, by its index in the root.
    pub resource: usize,
    /// Its port.
    pub port: Option<u16>,
    /// What it does with TLS.
    pub tls: Tls,
    /// Whether it only sends callers on to `https`.
    pub redirects: Truth,
    /// Its hosts, as written; empty for every one.
    pub hosts: Vec<String>,
    /// The workloads that serve it, where they are written.
    pub workloads: Vec<usize>,
    /// Who serves it.
    pub kind: Served,
}

/// Who serves a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// A proxy of the mesh, by the selector of Istio's Gateway.
    Selected,
    /// A proxy of the mesh that the control plane runs for a Gateway of the Gateway API: its
    /// namespace and account.
    Managed(String, String),
    /// An ingress controller of which nothing is known.
    Foreign,
}

/// Where a listener is written.
struct Listener<'a> {
    resource: usize,
    at: Cursor<'a>,
}

impl Graph<'_> {
    /// The listeners by which an object is reached; none where they are not written.
    pub(super) fn gates(&self, resource: usize) -> Vec<Gate> {
        let root = self.root;
        let Some(object) = root.resources[resource].object() else { return Vec::new() };
        let body = root.cursor(root.resources[resource]);
        let home = root.cluster().home(Home::read(body));
        let spec = body.key("spec");
        match (object.group.as_str(), object.kind.as_str()) {
            (NETWORKING, "VirtualService") => self.istio_gates(spec, &home),
            (GATEWAY_API, _) => self.listeners(spec, &home),
            ("networking.k8s.io" | "extensions", "Ingress") => {
                let hosts = spec.key("rules").items().known.into_iter();
                let hosts = hosts.filter_map(|rule| rule.key("host").text().map(String::from));
                let tls = match spec.key("tls").shape() {
                    Shape::Absent => Tls::Plaintext,
                    Shape::List => Tls::Terminated,
                    _ => Tls::Unknown,
                };
                vec![foreign(resource, tls, hosts.collect())]
            }
            ("route.openshift.io" | "", "Route") => {
                let termination = spec.key("tls").key("termination");
                let tls = match (spec.key("tls").shape(), termination.text().as_deref()) {
                    (Shape::Absent, _) => Tls::Plaintext,
                    (_, Some("edge" | "reencrypt")) => Tls::Terminated,
                    (_, Some("passthrough")) => Tls::Passthrough,
                    _ => Tls::Unknown,
                };
                let host = spec.key("host").text().map(String::from);
                vec![foreign(resource, tls, host.into_iter().collect())]
            }
            _ => Vec::new(),
        }
    }

    /// The servers of the Gateways that a `VirtualService` names.
    fn istio_gates(&self, spec: Cursor<'_>, home: &Home<'_>) -> Vec<Gate> {
        let (mesh, cluster) = (self.root.mesh(), self.root.cluster());
        let mut found = Vec::new();
        let routed: Vec<String> = texts(spec.key("hosts"));
        for wanted in texts(spec.key("gateways")) {
            let (namespace, name) = match wanted.split_once('/') {
                Some((namespace, name)) => (Some(namespace), name),
                None => (home.name(), wanted.as_str()),
            };
            for gateway in &mesh.gateways {
                let own = gateway.object.key("metadata").key("name").text();
                if own.as_deref() != Some(name) || gateway.home.name() != namespace {
                    continue;
                }
                let spec = gateway.spec();
                let workloads = match Selector::of_map(spec.key("selector")) {
                    Some(selector) => cluster.selected_where(&selector, |_| Truth::True),
                    None => Vec::new(),
                };
                let sure = workloads.into_iter().filter(|(_, truth)| *truth == Truth::True);
                let workloads: Vec<usize> = sure.map(|(at, _)| at).collect();
                for server in spec.key("servers").items().known {
                    let hosts = texts(server.key("hosts"));
                    if !meet(&hosts, &routed) {
                        continue;
                    }
                    let (tls, redirects) = server_tls(server);
                    found.push(Gate {
                        resource: gateway.resource,
                        port: number(server.key("port").key("number")),
                        tls,
                        redirects,
                        hosts,
                        workloads: workloads.clone(),
                        kind: Served::Selected,
                    });
                }
            }
        }
        found
    }

    /// The listeners of the Gateways that a route names as parents.
    fn listeners(&self, spec: Cursor<'_>, home: &Home<'_>) -> Vec<Gate> {
        let root = self.root;
        let mut found = Vec::new();
        for parent in spec.key("parentRefs").items().known {
            let kind = parent.key("kind");
            if kind.shape() != Shape::Absent && kind.text().as_deref() != Some("Gateway") {
                continue;
            }
            let written = parent.key("namespace");
            let there =
                if written.shape() == Shape::Absent { home.clone() } else { Home::named(written) };
            let (name, section) = (parent.key("name").text(), parent.key("sectionName").text());
            for at in root.objects(GATEWAY_API, "Gateway") {
                let body = root.cursor(root.resources[at]);
                let own = body.key("metadata").key("name").text();
                let here = root.cluster().home(Home::read(body));
                if own != name || here.same(&there) != Truth::True {
                    continue;
                }
                let wanted = number(parent.key("port"));
                for listener in body.key("spec").key("listeners").items().known {
                    let port = number(listener.key("port"));
                    let named = section.is_none() || listener.key("name").text() == section;
                    if named && (wanted.is_none() || wanted == port) {
                        found.push(self.listener(&Listener { resource: at, at: listener }, &here));
                    }
                }
            }
        }
        found
    }

    fn listener(&self, listener: &Listener<'_>, home: &Home<'_>) -> Gate {
        let Listener { resource, at } = *listener;
        let gateway = self.root.cursor(self.root.resources[resource]);
        let name = gateway.key("metadata").key("name").text().unwrap_or_default();
        let class = gateway.key("spec").key("gatewayClassName").text().unwrap_or_default();
        let asks = at.key("tls").key("frontendValidation").absent() == Truth::False;
        let tls = match (at.key("protocol").text().as_deref(), at.key("tls").key("mode")) {
            (Some("HTTP" | "TCP" | "UDP"), _) => Tls::Plaintext,
            (Some("HTTPS" | "TLS"), mode) => match (mode.shape(), mode.text().as_deref()) {
                (Shape::Absent, _) | (_, Some("Terminate")) if asks => Tls::Mutual,
                (Shape::Absent, _) | (_, Some("Terminate")) => Tls::Terminated,
                (_, Some("Passthrough")) => Tls::Passthrough,
                _ => Tls::Unknown,
            },
            _ => Tls::Unknown,
        };
        let kind = match (home.name(), &*class) {
            (Some(namespace), "istio") => {
                Served::Managed(namespace.to_owned(), format!("{name}-{class}"))
            }
            _ => Served::Foreign,
        };
        Gate {
            resource,
            port: number(at.key("port")),
            tls,
            redirects: Truth::False,
            hosts: at.key("hostname").text().map(String::from).into_iter().collect(),
            workloads: Vec::new(),
            kind,
        }
    }
}

fn foreign(resource: usize, tls: Tls, hosts: Vec<String>) -> Gate {
    let (workloads, kind) = (Vec::new(), Served::Foreign);
    Gate { resource, port: None, tls, redirects: Truth::Unknown, hosts, workloads, kind }
}

/// What a server of Istio's Gateway does with TLS, and whether it redirects (`ServerTLSSettings`): a
/// block without `mode` is `PASSTHROUGH`, the first value of the enumeration.
fn server_tls(server: Cursor<'_>) -> (Tls, Truth) {
    let block = server.key("tls");
    let redirect = block.key("httpsRedirect");
    let redirects = match (redirect.shape(), redirect.text().as_deref()) {
        (Shape::Absent, _) | (_, Some("false")) => Truth::False,
        (_, Some("true")) => Truth::True,
        _ => Truth::Unknown,
    };
    let protocol = server.key("port").key("protocol").text().map(|text| text.to_ascii_uppercase());
    let mode = block.key("mode");
    let tls = match protocol.as_deref() {
        Some("HTTP" | "HTTP2" | "GRPC" | "GRPC-WEB" | "MONGO" | "TCP")
            if mode.shape() == Shape::Absent =>
        {
            Tls::Plaintext
        }
        Some(_) => match (mode.shape(), mode.text().as_deref()) {
            (Shape::Absent, _) | (_, Some("PASSTHROUGH" | "AUTO_PASSTHROUGH")) => Tls::Passthrough,
            (_, Some("SIMPLE" | "OPTIONAL_MUTUAL")) => Tls::Terminated,
            (_, Some("MUTUAL" | "ISTIO_MUTUAL")) => Tls::Mutual,
            _ => Tls::Unknown,
        },
        None => Tls::Unknown,
    };
    (tls, redirects)
}

/// The texts of a list.
pub(super) fn texts(at: Cursor<'_>) -> Vec<String> {
    at.items().known.iter().filter_map(Cursor::text).map(String::from).collect()
}

fn number(at: Cursor<'_>) -> Option<u16> {
    at.text()?.parse().ok()
}

/// Whether hosts of a server (`ns/host` allowed) and of a `VirtualService` may have a name in common.
fn meet(server: &[String], routed: &[String]) -> bool {
    let plain = |text: &str| text.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    server.iter().map(|one| plain(one)).any(|one| {
        routed.iter().map(|other| plain(other)).any(|other| {
            one == "*"
                || other == "*"
                || destination::covers(&one, &other)
                || destination::covers(&other, &one)
        })
    })
}

/// Whether a route is for callers inside the mesh only: its parents are Services.
pub(super) fn is_inside(spec: Cursor<'_>) -> bool {
    let parents = spec.key("parentRefs").items();
    let service = |parent: &Cursor<'_>| {
        matches!(parent.key("kind").text().as_deref(), Some("Service" | "ServiceEntry"))
    };
    !parents.open && !parents.known.is_empty() && parents.known.iter().all(service)
}

/// Whether an object routes from a gateway, and not only inside the mesh.
pub(super) fn leaves_mesh(object: &Object, spec: Cursor<'_>) -> Truth {
    if object.kind != "VirtualService" {
        return Truth::True;
    }
    let list = spec.key("gateways").items();
    let known = list.known.iter().map(|one| match one.text() {
        Some(name) => Truth::of(name != "mesh"),
        None => Truth::Unknown,
    });
    let known = Truth::any(known);
    if list.open { known.or(Truth::Unknown) } else { known }
}
