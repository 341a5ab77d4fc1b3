//! Ways into the cluster: Services that listen outside, and what Ingresses, routes of the Gateway
//! API, `VirtualService`s at gateways and `OpenShift` Routes lead to. Each names the workload and the ports of its pods.

use super::gates::{self, Gate};
use super::ports::{Connections, Protocol};
use super::rewrite::{self, Rewrite};
use super::{Edge, Graph, Peer, network_policy};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::addresses::Range;
use crate::model::istio::destination;
use crate::model::istio::mesh::NETWORKING;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::service::{Service, ServicePort, Target};
use crate::model::resource::Object;

/// Who comes in by an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Visitor {
    /// Addresses outside, by a Service of the type `LoadBalancer` or `NodePort` or with
    /// `externalIPs`.
    Internet,
    /// The pods of an ingress controller or a gateway.
    IngressController,
}

/// A way in.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The Service, Ingress or route, by its index in the root.
    pub resource: usize,
    /// Who comes in.
    pub visitor: Visitor,
    /// The workload that it leads to.
    pub workload: usize,
    /// The ports of its pods to which the entry leads and that the policies leave open.
    pub edge: Edge,
    /// The listeners by which it is reached, where they are written; none for a Service.
    pub gates: Vec<Gate>,
    /// Whose pods come: those of the listeners' gateways where they are written, else any.
    pub sources: Vec<Peer>,
    /// What its rules that lead there do with paths, at least one.
    pub rewrites: Vec<Rewrite>,
}

/// Kinds of routes of the Gateway API.
const ROUTES: [&str; 5] = ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"];

impl Graph<'_> {
    /// Every entry that leads somewhere, in the order of the objects.
    pub fn entries(&self) -> Vec<Entry> {
        let mut found = Vec::new();
        for service in &self.root.cluster().services {
            if let Some(truth) = listens_outside(service) {
                let way = Way {
                    resource: service.resource,
                    visitor: Visitor::Internet,
                    gates: Vec::new(),
                    rewrites: vec![Rewrite::SAME],
                };
                self.lead(&way, service, |_| truth, &mut found);
            }
        }
        for (at, resource) in self.root.resources.iter().enumerate() {
            let Some(object) = resource.object() else { continue };
            let body = self.root.cursor(resource);
            let home = self.root.cluster().home(Home::read(body));
            let backends = backends(object, body, &home);
            if backends.is_empty() {
                continue;
            }
            let (visitor, gates) = (Visitor::IngressController, self.gates(at));
            let mut way = Way { resource: at, visitor, gates, rewrites: Vec::new() };
            for backend in backends {
                way.rewrites = match backend.rule {
                    Some(rule) => rewrite::of_rule(object, body, rule),
                    None => vec![Rewrite::SAME],
                };
                self.follow(&way, &backend, &mut found);
            }
        }
        merged(found)
    }

    fn follow(&self, way: &Way, backend: &Backend<'_>, found: &mut Vec<Entry>) {
        let cluster = self.root.cluster();
        for (at, here) in cluster.services_in(&backend.home) {
            let service = &cluster.services[at];
            let named = service
                .name
                .as_deref()
                .map_or(Truth::Unknown, |own| Truth::of(own == backend.service));
            let truth = here.and(named).and(backend.sure);
            if truth == Truth::False {
                continue;
            }
            let meant = |port: &ServicePort<'_>| {
                truth.and(backend.port.as_ref().map_or(Truth::True, |wanted| wanted.is(port)))
            };
            self.lead(way, service, meant, found);
        }
    }

    /// The workloads to which those of a Service's ports lead that are meant.
    fn lead(
        &self,
        way: &Way,
        service: &Service<'_>,
        meant: impl Fn(&ServicePort<'_>) -> Truth,
        found: &mut Vec<Entry>,
    ) {
        let cluster = self.root.cluster();
        let Some(selector) = &service.selector else { return };
        for (workload, chosen) in cluster.selected(&service.home, selector) {
            let mut open = None;
            for port in &service.ports {
                let truth = meant(port);
                let number = port.number_on(&cluster.workloads[workload]);
                let Some(number) = number.filter(|_| truth != Truth::False) else { continue };
                let protocol = port.protocol.as_deref().and_then(Protocol::of);
                let mut ports = self.grid.none();
                for one in protocol.map_or(Protocol::ALL.to_vec(), |one| vec![one]) {
                    ports.add(&self.grid.range(one, number, number));
                }
                let [mut must, mut may] =
                    open.get_or_insert_with(|| self.visitor(way, service, workload)).clone();
                must.keep(&ports);
                may.keep(&ports);
                if truth.and(chosen) != Truth::True || protocol.is_none() {
                    must = self.grid.none();
                }
                let edge = self.shown(&must, &may);
                let (gates, sources) = (way.gates.clone(), way.sources());
                let Way { resource, visitor, .. } = *way;
                let rewrites = way.rewrites.clone();
                found.push(Entry { resource, visitor, workload, edge, gates, sources, rewrites });
            }
        }
    }

    /// What policies leave open to a visitor. A load balancer may come from a node's address.
    fn visitor(
        &self,
        way: &Way,
        service: &Service<'_>,
        workload: usize,
    ) -> [super::ports::Cells; 2] {
        let own = Peer::Workload(workload);
        if way.visitor == Visitor::IngressController {
            let mut cells = [self.grid.none(), self.grid.none()];
            for from in way.sources() {
                let own = self.cells(from, own);
                cells.iter_mut().zip(&own).for_each(|(all, own)| all.add(own));
            }
            return cells;
        }
        let ranges = service.spec.key("loadBalancerSourceRanges").items().known;
        let ranges: Vec<Range> = ranges.into_iter().filter_map(network_policy::range).collect();
        let (mut must, mut may) = (self.grid.all(), self.grid.none());
        for (range, atom) in self.outside(own, super::Direction::Ingress) {
            let wanted =
                ranges.is_empty() && !range.v6 || ranges.iter().any(|one| one.meets(&range));
            if wanted {
                let [sure, any] = self.cells(Peer::Outside(atom), own);
                must.keep(&sure);
                may.add(&any);
            }
        }
        let local = service.spec.key("externalTrafficPolicy").text();
        if local.as_deref() != Some("Local") {
            may = self.grid.all();
        }
        [must, may]
    }
}

struct Way {
    resource: usize,
    visitor: Visitor,
    gates: Vec<Gate>,
    rewrites: Vec<Rewrite>,
}

impl Way {
    /// Whose pods come.
    fn sources(&self) -> Vec<Peer> {
        if self.visitor == Visitor::Internet {
            return vec![Peer::Outside(0)];
        }
        let mut pods: Vec<Peer> = self
            .gates
            .iter()
            .flat_map(|gate| &gate.workloads)
            .map(|at| Peer::Workload(*at))
            .collect();
        if pods.is_empty() || self.gates.iter().any(|gate| gate.workloads.is_empty()) {
            pods.push(Peer::AnyPod);
        }
        pods.sort_unstable();
        pods.dedup();
        pods
    }
}

/// Whether a Service listens outside the cluster; none where it surely does not.
fn listens_outside(service: &Service<'_>) -> Option<Truth> {
    let addresses = service.spec.key("externalIPs").items();
    if !addresses.known.is_empty() {
        return Some(service.present);
    }
    match service.kind.as_deref() {
        Some("LoadBalancer" | "NodePort") => Some(service.present),
        None => Some(Truth::Unknown),
        Some(_) if addresses.open => Some(Truth::Unknown),
        Some(_) => None,
    }
}

/// A Service that an object leads to.
struct Backend<'a> {
    home: Home<'a>,
    service: String,
    /// Which of its ports; none for all.
    port: Option<Wanted>,
    sure: Truth,
    /// What may rewrite paths on the way to it; none where nothing does.
    rule: Option<Cursor<'a>>,
}

/// A port of a Service as a backend names it.
enum Wanted {
    Number(u16),
    Name(String),
    /// By the port of the pods, as `OpenShift` Routes do.
    Target(String),
    Unknown,
}

impl Wanted {
    fn is(&self, port: &ServicePort<'_>) -> Truth {
        match self {
            Self::Number(number) => {
                port.number.map_or(Truth::Unknown, |own| Truth::of(own == *number))
            }
            Self::Name(name) => Truth::of(port.name.as_deref() == Some(name)),
            Self::Target(text) => Truth::of(
                match &port.target {
                    Target::Number(number) => *text == number.to_string(),
                    Target::Name(name) => *text == **name,
                    Target::Unknown => return Truth::Unknown,
                } || port.name.as_deref() == Some(text),
            ),
            Self::Unknown => Truth::Unknown,
        }
    }

    fn read(at: Cursor<'_>) -> Self {
        match at.text() {
            Some(text) => text.parse().map_or_else(|_| Self::Name(text.into_owned()), Self::Number),
            None => Self::Unknown,
        }
    }
}

fn backends<'a>(object: &Object, body: Cursor<'a>, home: &Home<'a>) -> Vec<Backend<'a>> {
    let spec = body.key("spec");
    let by = |rule: Cursor<'a>| move |one: Backend<'a>| Backend { rule: Some(rule), ..one };
    match (object.group.as_str(), object.kind.as_str()) {
        ("networking.k8s.io" | "extensions", "Ingress") => {
            let rules = spec.key("rules").items().known.into_iter();
            let paths = rules.flat_map(|rule| rule.key("http").key("paths").items().known);
            let backends = paths.map(|path| path.key("backend"));
            let default = [spec.key("defaultBackend"), spec.key("backend")];
            let backends = backends.chain(default).filter_map(|at| ingress_backend(at, home));
            backends.map(by(spec)).collect()
        }
        ("gateway.networking.k8s.io", kind)
            if ROUTES.contains(&kind) && !gates::is_inside(spec) =>
        {
            let rules = spec.key("rules").items().known.into_iter();
            let backends = rules.flat_map(|rule| {
                let list = rule.key("backendRefs").items().known.into_iter();
                list.filter_map(|at| route_backend(at, home)).map(by(rule)).collect::<Vec<_>>()
            });
            backends.collect()
        }
        (NETWORKING, "VirtualService") => {
            let sure = gates::leaves_mesh(object, spec);
            if sure == Truth::False {
                return Vec::new();
            }
            let lists = ["http", "tls", "tcp"].into_iter();
            let rules = lists.flat_map(|list| spec.key(list).items().known);
            let backends = rules.flat_map(|rule| {
                let list = rule.key("route").items().known.into_iter();
                let to = list.filter_map(|at| destination(at.key("destination"), home, sure));
                to.map(by(rule)).collect::<Vec<_>>()
            });
            backends.collect()
        }
        ("route.openshift.io" | "", "Route") => {
            let mut targets = vec![spec.key("to")];
            targets.extend(spec.key("alternateBackends").items().known);
            let wanted = spec.key("port").key("targetPort");
            let port = || match (wanted.shape(), wanted.text()) {
                (Shape::Absent, _) => None,
                (_, Some(text)) => Some(Wanted::Target(text.into_owned())),
                _ => Some(Wanted::Unknown),
            };
            let to = |at: Cursor<'a>| {
                let service = at.key("name").text()?.into_owned();
                let (home, sure) = (home.clone(), Truth::True);
                Some(Backend { home, service, port: port(), sure, rule: None })
            };
            targets.into_iter().filter_map(to).collect()
        }
        _ => Vec::new(),
    }
}

/// `service: {name, port: {number or name}}`, or `serviceName` and `servicePort` (v1beta1).
fn ingress_backend<'a>(at: Cursor<'a>, home: &Home<'a>) -> Option<Backend<'a>> {
    let service = at.key("service");
    let (name, port) = if service.shape() == Shape::Map {
        let (number, name) = (service.key("port").key("number"), service.key("port").key("name"));
        (service.key("name"), if number.shape() == Shape::Absent { name } else { number })
    } else {
        (at.key("serviceName"), at.key("servicePort"))
    };
    let service = name.text()?.into_owned();
    let (home, port) = (home.clone(), Some(Wanted::read(port)));
    Some(Backend { home, service, port, sure: Truth::True, rule: None })
}

/// `host` and `port.number`; short hosts are of the object's own namespace.
fn destination<'a>(at: Cursor<'a>, home: &Home<'a>, sure: Truth) -> Option<Backend<'a>> {
    let host = at.key("host").text()?;
    let (home, service) = if host.contains('.') {
        let (service, namespace) = destination::service(&host)?;
        (Home::Named(namespace.to_owned().into()), service.to_owned())
    } else {
        (home.clone(), host.into_owned())
    };
    let number = at.key("port").key("number");
    let port = (number.shape() != Shape::Absent).then(|| Wanted::read(number));
    Some(Backend { home, service, port, sure, rule: None })
}

/// A backend in another namespace needs a `ReferenceGrant` there, which is not looked for.
fn route_backend<'a>(at: Cursor<'a>, home: &Home<'a>) -> Option<Backend<'a>> {
    let kind = at.key("kind");
    if kind.shape() != Shape::Absent && kind.text().as_deref() != Some("Service") {
        return None;
    }
    let own = at.key("namespace").shape() == Shape::Absent;
    let other = Home::named(at.key("namespace"));
    let sure = if own { Truth::True } else { other.same(home).or(Truth::Unknown) };
    let (home, service) = (if own { home.clone() } else { other }, at.key("name").text()?);
    let port = Some(Wanted::read(at.key("port")));
    Some(Backend { home, service: service.into_owned(), port, sure, rule: None })
}

/// One entry for each object, visitor and workload.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    for entry in entries {
        let same = |other: &&mut Entry| {
            (other.resource, other.visitor, other.workload)
                == (entry.resource, entry.visitor, entry.workload)
        };
        match found.iter_mut().rev().find(same) {
            Some(other) => {
                let join = |own: &mut Connections, more| *own = own.joined(more);
                join(&mut other.edge.must, &entry.edge.must);
                join(&mut other.edge.may, &entry.edge.may);
                for rewrite in entry.rewrites {
                    if !other.rewrites.contains(&rewrite) {
                        other.rewrites.push(rewrite);
                    }
                }
            }
            None => found.push(entry),
        }
    }
    found.retain(|entry| !entry.edge.may.is_empty());
    found
}
