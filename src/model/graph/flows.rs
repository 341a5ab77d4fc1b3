//! The ports of a pair of ends with all that is known of calls on them: whether they get through,
//! encrypted or not, as whom. What lists and comparisons of graphs are made of.

use super::addresses;
use super::call::{Asks, Call, Caller, Decision};
use super::ports::{Cells, Connections, Protocol};
use super::speech::Speaks;
use super::{Edge, Graph, Peer};
use crate::model::fact::Truth;
use crate::model::istio::authorization::Attribute;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// In which transport calls get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encryption {
    /// Only without the mesh: in plaintext, or with TLS of the application's own.
    Plaintext,
    /// Only with the mesh's mutual TLS.
    Mutual,
    /// In both.
    Either,
    /// Cannot be told.
    Unknown,
}

impl Encryption {
    /// A word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Mutual => "mtls",
            Self::Either => "either",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known of calls on some ports.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Manner {
    /// Whether they get through whatever is unknown, or only for some of it.
    pub sure: bool,
    /// In which transport.
    pub encryption: Encryption,
    /// As whom, where the caller shows an identity.
    pub caller: Caller,
    /// Whether only with a token.
    pub token: bool,
}

/// Ports on which calls get through in one manner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The ports.
    pub ports: Connections,
    /// The manner.
    pub manner: Manner,
}

/// What the flows of a pair depend on: classes and profiles of its ends, and who the caller is.
type Key = ([(u8, u32, u32); 2], Caller, bool);

/// The flows of pairs, found once for all pairs that are alike.
pub struct Flows<'g, 'a> {
    graph: &'g Graph<'a>,
    known: HashMap<Key, Rc<[Flow]>>,
}

impl<'g, 'a> Flows<'g, 'a> {
    /// Of a graph.
    pub fn new(graph: &'g Graph<'a>) -> Self {
        Self { graph, known: HashMap::new() }
    }

    /// As `Graph::flows`.
    pub fn of(&mut self, from: Peer, to: Peer) -> Rc<[Flow]> {
        let graph = self.graph;
        let ends = [from, to].map(|peer| match peer {
            Peer::Workload(at) => (0, graph.class(peer).unwrap_or_default(), graph.profile(at)),
            Peer::AnyPod => (1, 0, 0),
            Peer::Outside(atom) => (2, atom, 0),
        });
        let key = (ends, graph.identity(from).0, from == to);
        let flows = || graph.flows(from, to).into();
        Rc::clone(self.known.entry(key).or_insert_with(flows))
    }
}

impl Graph<'_> {
    /// The ports on which calls from one end to another get through, or may, by all that the caller
    /// can do (`Speaks::Any`); one entry for each manner.
    pub fn flows(&self, from: Peer, to: Peer) -> Vec<Flow> {
        let cells = self.cells(from, to);
        let edge = self.shown(&cells[0], &cells[1]);
        let mut found: Vec<Flow> = Vec::new();
        let mut add = |protocol: Protocol, range: (u16, u16), manner: Manner| {
            let own = Connections::range(protocol, range);
            match found.iter_mut().find(|flow| flow.manner == manner) {
                Some(flow) => flow.ports = flow.ports.joined(&own),
                None => found.push(Flow { ports: own, manner }),
            }
        };
        for protocol in [Protocol::Udp, Protocol::Sctp] {
            let possible = edge.may.without(&edge.must);
            for (ports, sure) in [(&edge.must, true), (&possible, false)] {
                for range in ports.of(protocol) {
                    add(protocol, *range, Manner::bare(sure));
                }
            }
        }
        for ((low, high), manner) in self.stretches(from, to, &cells) {
            if let Some(manner) = manner {
                add(Protocol::Tcp, (low, high), manner);
            }
        }
        found.sort_by(|a, b| {
            (!a.manner.sure, &a.manner, &a.ports).cmp(&(!b.manner.sure, &b.manner, &b.ports))
        });
        found
    }

    /// Ranges of TCP ports with their manner; none where nothing gets through.
    fn stretches(
        &self,
        from: Peer,
        to: Peer,
        cells: &[Cells; 2],
    ) -> Vec<((u16, u16), Option<Manner>)> {
        let ranges = self.ranges(to, &self.shown(&cells[0], &cells[1]));
        let mut found: Vec<((u16, u16), Option<Manner>)> = Vec::new();
        for (low, high) in ranges {
            let manner = self.manner(&Call::new(from, to, low), cells);
            match found.last_mut() {
                Some((range, same)) if *same == manner => range.1 = high,
                _ => found.push(((low, high), manner)),
            }
        }
        found
    }

    /// All TCP ports, cut where network policies or the mesh may tell them apart.
    pub(super) fn ranges(&self, to: Peer, edge: &Edge) -> Vec<(u16, u16)> {
        let mut starts: BTreeSet<u32> = BTreeSet::from([1]);
        let mut cut = |low: u16, high: u16| {
            starts.insert(u32::from(low));
            starts.insert(u32::from(high) + 1);
        };
        for ports in [&edge.must, &edge.may] {
            ports.of(Protocol::Tcp).iter().for_each(|&(low, high)| cut(low, high));
        }
        if let Peer::Workload(at) = to {
            self.told_apart(at).into_iter().for_each(|port| cut(port, port));
        }
        let starts: Vec<u32> = starts.into_iter().filter(|start| *start <= 65_535).collect();
        let end = |at: usize| starts.get(at + 1).map_or(65_535, |next| next - 1) as u16;
        starts.iter().enumerate().map(|(at, start)| (*start as u16, end(at))).collect()
    }

    /// In which manner anything gets through on a port; none where nothing does.
    fn manner(&self, call: &Call<'_>, cells: &[Cells; 2]) -> Option<Manner> {
        let mut token = false;
        let mut any = self.answer(call, cells);
        let mut asks = Asks::Anything;
        if any.allowed == Truth::False {
            asks = Asks::WithToken;
            any = self.answer(&Call { asks: asks.clone(), ..call.clone() }, cells);
            token = true;
        }
        if any.allowed == Truth::False {
            return None;
        }
        let sure = any.allowed == Truth::True;
        let (caller, member) = self.identity(call.from);
        if member == Truth::False || call.from == call.to {
            return Some(Manner { token, ..Manner::bare(sure) });
        }
        // Whether network policies let it through is said by the verdict.
        let open = [cells[1].clone(), cells[1].clone()];
        let by = |speaks| self.answer(&Call { speaks, asks: asks.clone(), ..call.clone() }, &open);
        let plain = by(Speaks::Plaintext).allowed;
        // What the identity gives beside plaintext.
        let mutual = match by(Speaks::Own) {
            Decision { way: Some(way), allowed, .. } if way.caller != Caller::Nobody => allowed,
            _ => Truth::False,
        };
        let encryption = match (plain, mutual) {
            (Truth::True, Truth::True) => Encryption::Either,
            (Truth::True, _) | (_, Truth::False) => Encryption::Plaintext,
            (Truth::False, _) => Encryption::Mutual,
            _ => Encryption::Unknown,
        };
        let caller = if encryption == Encryption::Plaintext { Caller::Nobody } else { caller };
        Some(Manner { sure, encryption, caller, token })
    }

    /// Atoms at which the mesh's policies for a workload begin to tell addresses apart.
    pub(super) fn mesh_cuts(&self, workload: Peer) -> Vec<u32> {
        let mesh = self.root.mesh();
        let Peer::Workload(at) = workload else { return Vec::new() };
        if mesh.policies.is_empty() {
            return Vec::new();
        }
        let attached = self.inbound().of(at).policies.iter();
        let terms = attached.flat_map(|(at, _)| mesh.policies[*at as usize].policy.terms());
        let blocks = terms.filter(|term| term.attribute == Attribute::SourceIp);
        let ranges = blocks.flat_map(|term| term.values.items().known);
        let ranges: Vec<addresses::Range> =
            ranges.filter_map(super::network_policy::range).collect();
        let mut found: Vec<u32> = ranges
            .iter()
            .map(|range| self.atoms.of(range))
            .flat_map(|(first, end)| [first, end])
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Manner {
    /// Without the mesh.
    pub fn bare(sure: bool) -> Self {
        let (encryption, caller) = (Encryption::Plaintext, Caller::Nobody);
        Self { sure, encryption, caller, token: false }
    }
}
