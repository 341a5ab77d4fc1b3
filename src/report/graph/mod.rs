//! The trust graph as a table for people and as an edge list for scripts. Shows every link it is
//! given and decides nothing.

pub mod because;
pub mod can;
pub mod diff;
pub mod dot;
pub mod json;
pub mod picture;
pub mod svg;
pub mod table;

use crate::model::fact::Truth;
use crate::model::graph::Graph;
use crate::model::graph::call::{Asks, Caller, Transport};
use crate::model::graph::flows::{Encryption, Flow, Manner};
use crate::model::graph::gates::Gate;
use crate::model::graph::links::{End, Link, Selection};
use crate::model::graph::ports::{Connections, Protocol};
use crate::model::graph::{Peer, entries::Entry};

/// What is shown of one root.
pub struct View<'a> {
    /// Its name; `.` for the whole project.
    pub name: &'a str,
    /// Its graph.
    pub graph: &'a Graph<'a>,
    /// What is wanted of it.
    pub selection: &'a Selection,
}

/// The name of an end.
fn name(names: &[String], link: &Link, peer: Peer) -> String {
    match (peer, &link.outside) {
        (Peer::Workload(at), _) => names[at].clone(),
        (Peer::Outside(_), Some(range)) => range.to_string(),
        (Peer::AnyPod | Peer::Outside(_), _) => "any-pod".to_owned(),
    }
}

/// A verdict as a word.
fn verdict(sure: bool) -> &'static str {
    if sure { "allowed" } else { "possible" }
}

/// An identity as a word.
fn identity(caller: &Caller) -> String {
    match caller {
        Caller::Stranger => "any".to_owned(),
        other => other.to_string(),
    }
}

/// A way in: an entry, one of its listeners, and what gets through by it.
struct WayIn {
    entry: Entry,
    gate: Option<Gate>,
    flow: Flow,
}

/// The ways in that are wanted.
fn ways_in(view: &View<'_>) -> Vec<WayIn> {
    let entries = wanted_entries(view);
    let mut found = Vec::new();
    let open = view.graph.visits(&entries, &Asks::Anything);
    let token = view.graph.visits(&entries, &Asks::WithToken);
    for (at, entry) in entries.into_iter().enumerate() {
        let mut flows: Vec<(Option<usize>, Flow)> = Vec::new();
        let mut add = |gate: Option<usize>, ports: Connections, manner: Manner| match flows
            .iter_mut()
            .find(|(other, flow)| *other == gate && flow.manner == manner)
        {
            Some((_, flow)) => flow.ports = flow.ports.joined(&ports),
            None => flows.push((gate, Flow { ports, manner })),
        };
        for protocol in [Protocol::Udp, Protocol::Sctp] {
            for &range in entry.edge.may.of(protocol) {
                let sure = entry.edge.must.holds(protocol, range.0);
                add(None, Connections::range(protocol, range), Manner::bare(sure));
            }
        }
        for (visit, token) in open.iter().zip(&token).filter(|(visit, _)| visit.entry == at) {
            let needed = visit.decision.allowed == Truth::False;
            let decision = if needed { &token.decision } else { &visit.decision };
            let Some(way) = &decision.way else { continue };
            let encryption = match way.transport {
                Transport::Plaintext => Encryption::Plaintext,
                Transport::Mutual | Transport::Tunnel => Encryption::Mutual,
            };
            let sure = decision.allowed == Truth::True;
            let manner = Manner { sure, encryption, caller: way.caller.clone(), token: needed };
            let ports = Connections::range(Protocol::Tcp, (visit.port, visit.port));
            add(visit.gate, ports, manner);
        }
        for (gate, flow) in flows.into_iter().filter(|(_, flow)| view.selection.wants(&flow.ports))
        {
            let gate = gate.map(|gate| entry.gates[gate].clone());
            found.push(WayIn { entry: entry.clone(), gate, flow });
        }
    }
    found
}

/// The entries that are wanted.
fn wanted_entries(view: &View<'_>) -> Vec<Entry> {
    let names = view.graph.names();
    let Selection { from, to, .. } = view.selection;
    let to_here = |entry: &Entry| match to {
        None => true,
        Some(end) => end.means(&names[entry.workload]),
    };
    if !matches!(from, None | Some(End::Internet)) {
        return Vec::new();
    }
    let mut found = view.graph.entries();
    found.retain(|entry| to_here(entry) && view.selection.wants(&entry.edge.may));
    found
}
