//! The edge list: one JSON document, described by `schemas/graph.schema.json`.

use super::View;
use crate::input::source::Place;
use crate::model::fact::Truth;
use crate::model::graph::entries::Visitor;
use crate::model::graph::policy::Direction;
use crate::model::graph::ports::{Connections, Protocol};
use crate::model::graph::{Edge, Graph, Peer};
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
    places: Vec<Decided>,
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
    let mut lines = Lines::new(graph);
    let mut edges = Vec::new();
    for link in graph.links(&names, view.selection) {
        let ends = [link.from, link.to].map(|peer| super::name(&names, &link, peer));
        for (verdict, ports) in parts(&link.edge) {
            let places = lines.places(link.from, link.to, &ports);
            edges.extend(connections(&ends, None, verdict, &ports, &places));
        }
    }
    let mut entries = Vec::new();
    for entry in super::entries(view, &names) {
        let (from, peer) = match entry.visitor {
            Visitor::Internet => ("internet", Peer::Outside(0)),
            Visitor::IngressController => ("ingress-controller", Peer::AnyPod),
        };
        let ends = [from.to_owned(), names[entry.workload].clone()];
        let via = graph.root().resources[entry.resource].address();
        for (verdict, ports) in parts(&entry.edge) {
            let places = lines.places(peer, Peer::Workload(entry.workload), &ports);
            entries.extend(connections(&ends, Some(&via), verdict, &ports, &places));
        }
    }
    let workloads = (0..names.len()).map(|at| workload(graph, at, &names[at], &mut lines));
    Root { name: view.name.to_owned(), workloads: workloads.collect(), edges, entries }
}

/// Ports that are open, and those that only may be.
fn parts(edge: &Edge) -> Vec<(&'static str, Connections)> {
    let parts = [("allowed", edge.must.clone()), ("possible", edge.may.without(&edge.must))];
    parts.into_iter().filter(|(_, ports)| !ports.is_empty()).collect()
}

fn connections(
    [from, to]: &[String; 2],
    via: Option<&String>,
    verdict: &'static str,
    ports: &Connections,
    places: &[Decided],
) -> Vec<Connection> {
    let one = |protocol: &'static str, ports: Vec<(u16, u16)>| Connection {
        from: from.clone(),
        via: via.cloned(),
        to: to.clone(),
        protocol,
        ports,
        verdict,
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

    /// The places that decide about the first of these ports.
    fn places(&mut self, from: Peer, to: Peer, ports: &Connections) -> Vec<Decided> {
        let Some((protocol, port)) = ports.first() else { return Vec::new() };
        let (_, steps) = self.graph.why(from, to, protocol, port);
        let side = |direction| if direction == Direction::Egress { "egress" } else { "ingress" };
        let reason = |step: &crate::model::graph::trace::Step| Decided {
            side: side(step.direction),
            reason: step.reason.word(),
            at: self.at(step.place),
        };
        steps.iter().map(reason).collect()
    }
}
