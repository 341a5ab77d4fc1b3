//! The edge list: one JSON document, described by `schemas/graph.schema.json`.

use super::View;
use crate::input::source::Place;
use crate::model::fact::Truth;
use crate::model::graph::call::{Asks, Call};
use crate::model::graph::entries::Visitor;
use crate::model::graph::explain::Because;
use crate::model::graph::flows::{Flow, Flows};
use crate::model::graph::policy::Direction;
use crate::model::graph::ports::Protocol;
use crate::model::graph::{Graph, Peer};
use crate::report::write_json;
use serde::Serialize;
use std::collections::HashMap;
use std::io;

/// The version of the document's shape.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    version: u32,
    roots: Vec<Root>,
}

#[derive(Serialize)]
struct Root {
    name: String,
    workloads: Vec<Workload>,
    edges: Vec<Connection>,
    entries: Vec<Connection>,
}

#[derive(Serialize)]
struct Workload {
    name: String,
    kind: String,
    isolated: Isolated,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<Owner>,
    place: At,
}

#[derive(Serialize)]
struct Isolated {
    egress: &'static str,
    ingress: &'static str,
}

#[derive(Serialize)]
struct Owner {
    kind: String,
    name: String,
}

#[derive(Clone, Serialize)]
struct Connection {
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<String>,
    to: String,
    protocol: &'static str,
    ports: Vec<(u16, u16)>,
    verdict: &'static str,
    transport: &'static str,
    identity: String,
    #[serde(skip_serializing_if = "is_false")]
    token: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    listener: Option<Listener>,
    places: Vec<Decided>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_false(value: &bool) -> bool {
    !value
}

#[derive(Clone, Serialize)]
struct Listener {
    of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    tls: &'static str,
    hosts: Vec<String>,
}

#[derive(Clone, Serialize)]
struct Decided {
    side: &'static str,
    reason: &'static str,
    #[serde(flatten)]
    at: At,
}

#[derive(Clone, Serialize)]
struct At {
    path: String,
    line: u32,
    column: u32,
}

/// Writes the document and a line end.
pub fn write(views: &[View<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    let roots = views.iter().map(root).collect();
    write_json(&Document { version: VERSION, roots }, out)
}

fn root(view: &View<'_>) -> Root {
    let (graph, names) = (view.graph, view.graph.names());
    let (mut lines, mut flows) = (Lines::new(graph), Flows::new(graph));
    let mut edges = Vec::new();
    for link in graph.links(&names, view.selection) {
        let ends = [link.from, link.to].map(|peer| super::name(&names, &link, peer));
        for flow in flows.of(link.from, link.to).iter() {
            if view.selection.wants(&flow.ports) {
                let places = lines.places(link.from, link.to, flow);
                edges.extend(connections(&ends, None, flow, None, &places));
            }
        }
    }
    let mut entries = Vec::new();
    for way in super::ways_in(view) {
        let (entry, flow) = (&way.entry, &way.flow);
        let (from, peer) = match entry.visitor {
            Visitor::Internet => ("internet", Peer::Outside(0)),
            Visitor::IngressController => ("ingress-controller", Peer::AnyPod),
        };
        let ends = [from.to_owned(), names[entry.workload].clone()];
        let via = graph.root().resources[entry.resource].address();
        let listener = way.gate.as_ref().map(|gate| Listener {
            of: graph.root().resources[gate.resource].address(),
            port: gate.port,
            tls: gate.tls.word(),
            hosts: gate.hosts.clone(),
        });
        let peer = entry.sources.first().copied().unwrap_or(peer);
        let places = lines.places(peer, Peer::Workload(entry.workload), flow);
        entries.extend(connections(&ends, Some(&via), flow, listener.as_ref(), &places));
    }
    let workloads = (0..names.len()).map(|at| workload(graph, at, &names[at], &mut lines));
    Root { name: view.name.to_owned(), workloads: workloads.collect(), edges, entries }
}

fn connections(
    [from, to]: &[String; 2],
    via: Option<&String>,
    flow: &Flow,
    listener: Option<&Listener>,
    places: &[Decided],
) -> Vec<Connection> {
    let ports = &flow.ports;
    let one = |protocol: &'static str, ports: Vec<(u16, u16)>| Connection {
        from: from.clone(),
        via: via.cloned(),
        to: to.clone(),
        protocol,
        ports,
        verdict: super::verdict(flow.manner.sure),
        transport: flow.manner.encryption.word(),
        identity: super::identity(&flow.manner.caller),
        token: flow.manner.token,
        listener: listener.cloned(),
        places: places.to_vec(),
    };
    if ports.is_all() {
        return vec![one("any", ports.of(Protocol::Tcp).to_vec())];
    }
    let used = Protocol::ALL.into_iter().filter(|protocol| !ports.of(*protocol).is_empty());
    used.map(|protocol| one(protocol.word(), ports.of(protocol).to_vec())).collect()
}

fn workload(graph: &Graph<'_>, at: usize, name: &str, lines: &mut Lines<'_>) -> Workload {
    let root = graph.root();
    let workload = &root.cluster().workloads[at];
    let resource = root.resources[workload.resource];
    let owners = root.cursor(resource).key("metadata").key("ownerReferences").items().known;
    let owner = owners.first().and_then(|owner| {
        let kind = owner.key("kind").text().unwrap_or_default().into_owned();
        Some(Owner { kind, name: owner.key("name").text()?.into_owned() })
    });
    let isolated = |direction| match graph.isolated(at, direction) {
        Truth::True => "yes",
        Truth::False => "no",
        Truth::Unknown => "unknown",
    };
    Workload {
        name: name.to_owned(),
        kind: resource.object().map(|object| object.kind.clone()).unwrap_or_default(),
        isolated: Isolated {
            egress: isolated(Direction::Egress),
            ingress: isolated(Direction::Ingress),
        },
        owner,
        place: lines.at(resource.header),
    }
}

/// Lines of places, and the steps of decisions.
struct Lines<'g> {
    graph: &'g Graph<'g>,
    known: HashMap<Place, At>,
}

impl<'g> Lines<'g> {
    fn new(graph: &'g Graph<'g>) -> Self {
        Self { graph, known: HashMap::new() }
    }

    fn at(&mut self, place: Place) -> At {
        let root = self.graph.root();
        let line = || {
            let source = &root.file(place).source;
            let at = source.position(place.span.start);
            At { path: source.path.clone(), line: at.line, column: at.column }
        };
        self.known.entry(place).or_insert_with(line).clone()
    }

    /// The places that decide about the first of a flow's ports.
    fn places(&mut self, from: Peer, to: Peer, flow: &Flow) -> Vec<Decided> {
        let Some((protocol, port)) = flow.ports.first() else { return Vec::new() };
        let asks = if flow.manner.token { Asks::WithToken } else { Asks::Anything };
        let call = Call { protocol, asks, ..Call::new(from, to, port) };
        let because = self.graph.explain(&call).because;
        let decided = |one: &Because| Decided {
            side: one.layer.word(),
            reason: one.reason.word(),
            at: self.at(one.place),
        };
        because.iter().map(decided).collect()
    }
}
