//! What two graphs of the same root differ in: connections that are open in one and not in the
//! other, or that travel otherwise. Ends are paired by name. Says what changed, never whether that
//! is good.

use super::addresses::Range;
use super::call::{Asks, Caller, Transport};
use super::entries::Visitor;
use super::policy::Direction;
use super::ports::{Connections, Protocol};
use super::speech::Speaks;
use super::{Edge, Graph, Peer};
use crate::model::fact::Truth;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Whether a connection is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// It is not.
    Denied,
    /// For some values of what is unknown.
    Possible,
    /// It surely is.
    Allowed,
}

impl Verdict {
    /// A word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Possible => "possible",
            Self::Allowed => "allowed",
        }
    }

    fn of(truth: Truth) -> Self {
        match truth {
            Truth::False => Self::Denied,
            Truth::Unknown => Self::Possible,
            Truth::True => Self::Allowed,
        }
    }
}

/// What is true of a connection in one of the graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// Whether it is open.
    pub verdict: Verdict,
    /// The least that protects it: plaintext where that gets through. None where it is denied, or
    /// the mesh has no say.
    pub transport: Option<Transport>,
}

impl State {
    const DENIED: Self = Self { verdict: Verdict::Denied, transport: None };
}

/// How a connection changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Open, or possible, where it was less so.
    Gained,
    /// Plaintext gets through where it did not.
    Weakened,
    /// Plaintext gets through no longer.
    Encrypted,
    /// Denied, or only possible, where it was more.
    Lost,
}

impl Kind {
    /// All of them, what opens first.
    pub const ALL: [Self; 4] = [Self::Gained, Self::Weakened, Self::Encrypted, Self::Lost];

    /// A word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gained => "gained",
            Self::Weakened => "weakened",
            Self::Encrypted => "encrypted",
            Self::Lost => "lost",
        }
    }

    fn of(before: State, after: State) -> Option<Self> {
        let sealed = |state: State| {
            state.transport.is_some_and(|transport| transport != Transport::Plaintext)
        };
        match before.verdict.cmp(&after.verdict) {
            std::cmp::Ordering::Less => Some(Self::Gained),
            std::cmp::Ordering::Greater => Some(Self::Lost),
            std::cmp::Ordering::Equal => match (sealed(before), sealed(after)) {
                (true, false) => Some(Self::Weakened),
                (false, true) => Some(Self::Encrypted),
                _ => None,
            },
        }
    }
}

/// An end of a changed connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Name {
    /// A pod of which nothing is known.
    AnyPod,
    /// A workload, by the name that graphs give it.
    Workload(String),
    /// Addresses outside.
    Outside(Range),
    /// Whoever comes in by an entry, and the object that is one.
    Entry(Visitor, String),
}

/// Where a changed connection can be looked at: the ends and a port, in the old graph and in the
/// new one as far as they are there.
pub type Witness = [Option<(Peer, Peer, Protocol, u16)>; 2];

/// Connections that changed in the same way: from each of some ends to each of others, itself left
/// out.
#[derive(Clone, Debug)]
pub struct Change {
    /// How.
    pub kind: Kind,
    /// The sources, sorted.
    pub from: Vec<Name>,
    /// The destinations, sorted.
    pub to: Vec<Name>,
    /// The ports of the destinations' pods.
    pub ports: Connections,
    /// What was.
    pub before: State,
    /// What is.
    pub after: State,
    /// One of them.
    pub witness: Witness,
}

/// Workloads that answer alike in both graphs, or another end.
struct Group {
    names: Vec<Name>,
    /// In the old graph and in the new one.
    peers: [Option<Peer>; 2],
}

/// What one graph tells workloads apart by.
type Key = (Option<u32>, u32, Caller, Truth);

/// The graphs that are compared; one is absent where its root is.
struct Pair<'p, 'a> {
    graphs: [Option<&'p Graph<'a>>; 2],
    names: [Vec<String>; 2],
}

/// What differs between an old graph and a new one; without one of them, everything that the other
/// holds. Sorted by kind, destinations and sources.
pub fn difference<'a>(old: Option<&Graph<'a>>, new: Option<&Graph<'a>>) -> Vec<Change> {
    let graphs = [old, new];
    let names = graphs.map(|graph| graph.map(Graph::names).unwrap_or_default());
    let pair = Pair { graphs, names };
    let groups = pair.groups();
    let mut changes = Vec::new();
    for from in &groups {
        for to in &groups {
            if from.names == to.names && from.names.len() == 1 {
                continue;
            }
            pair.between(from, to, &mut changes);
        }
        if from.names != [Name::AnyPod] {
            for direction in Direction::BOTH {
                pair.outside(from, direction, &mut changes);
            }
        }
    }
    pair.entries(&mut changes);
    merged(changes)
}

impl Pair<'_, '_> {
    fn groups(&self) -> Vec<Group> {
        let mut ends: BTreeMap<&str, [Option<Peer>; 2]> = BTreeMap::new();
        for (side, names) in self.names.iter().enumerate() {
            for (at, name) in names.iter().enumerate() {
                ends.entry(name).or_default()[side] = Some(Peer::Workload(at));
            }
        }
        let key = |side: usize, peer: Option<Peer>| -> Option<Key> {
            let graph = self.graphs[side]?;
            let Some(Peer::Workload(at)) = peer else { return None };
            let (caller, member) = graph.identity(Peer::Workload(at));
            Some((graph.class(Peer::Workload(at)), graph.profile(at), caller, member))
        };
        let stranger = self.graphs.map(|graph| graph.map(|_| Peer::AnyPod));
        let mut groups = vec![Group { names: vec![Name::AnyPod], peers: stranger }];
        let mut known: HashMap<[Option<Key>; 2], usize> = HashMap::new();
        for (name, peers) in ends {
            let keys = [key(0, peers[0]), key(1, peers[1])];
            let at = *known.entry(keys).or_insert(groups.len());
            if at == groups.len() {
                groups.push(Group { names: Vec::new(), peers });
            }
            groups[at].names.push(Name::Workload(name.to_owned()));
        }
        groups
    }

    /// The second of two workloads of a group, so that a group is compared with itself as with
    /// another.
    fn other(&self, group: &Group, side: usize) -> Option<Peer> {
        let Some(Name::Workload(name)) = group.names.get(1) else { return group.peers[side] };
        let at = self.names[side].iter().position(|other| other == name)?;
        Some(Peer::Workload(at))
    }

    fn between(&self, from: &Group, to: &Group, changes: &mut Vec<Change>) {
        let same = from.names == to.names;
        let ends: [Option<(Peer, Peer)>; 2] = [0, 1].map(|side| {
            let target = if same { self.other(to, side) } else { to.peers[side] };
            from.peers[side].zip(target)
        });
        self.compare(ends, &from.names, &to.names, changes);
    }

    /// Connections with addresses outside, cut where either graph tells them apart.
    fn outside(&self, own: &Group, direction: Direction, changes: &mut Vec<Change>) {
        let mut cuts: BTreeSet<(bool, u128)> = BTreeSet::from([(false, 0), (true, 0)]);
        for (graph, peer) in self.graphs.iter().zip(own.peers) {
            if let (Some(graph), Some(peer)) = (graph, peer) {
                let ranges = graph.outside(peer, direction).into_iter();
                cuts.extend(ranges.map(|(range, _)| (range.v6, range.low)));
            }
        }
        let cuts: Vec<(bool, u128)> = cuts.into_iter().collect();
        let mut found: Vec<(Range, Vec<Change>)> = Vec::new();
        for (at, &(v6, low)) in cuts.iter().enumerate() {
            let next = cuts.get(at + 1).filter(|next| next.0 == v6);
            let high = next.map_or(Range::family(v6).high, |next| next.1 - 1);
            let range = Range { v6, low, high };
            let ends = [0, 1].map(|side| {
                let own = own.peers[side]?;
                let far = Peer::Outside(self.graphs[side]?.atom(v6, low));
                Some(if direction == Direction::Egress { (own, far) } else { (far, own) })
            });
            let mut here = Vec::new();
            self.compare(ends, &[], &[], &mut here);
            let alike = |before: &Vec<Change>| {
                let facts = |list: &[Change]| -> Vec<_> {
                    list.iter().map(|one| (one.ports.clone(), one.before, one.after)).collect()
                };
                facts(before) == facts(&here)
            };
            match found.last_mut() {
                Some((last, before)) if last.v6 == v6 && alike(before) => last.high = high,
                _ => found.push((range, here)),
            }
        }
        for (range, list) in found {
            for change in list {
                let (near, far) = (own.names.clone(), vec![Name::Outside(range)]);
                let (from, to) =
                    if direction == Direction::Egress { (near, far) } else { (far, near) };
                changes.push(Change { from, to, ..change });
            }
        }
    }

    /// Compares the connections of two ends.
    fn compare(
        &self,
        ends: [Option<(Peer, Peer)>; 2],
        from: &[Name],
        to: &[Name],
        changes: &mut Vec<Change>,
    ) {
        let sides = [0, 1].map(|side| match (self.graphs[side], ends[side]) {
            (Some(graph), Some((from, to))) => graph.states(from, to),
            _ => Vec::new(),
        });
        let mut found: BTreeMap<(Kind, State, State), Connections> = BTreeMap::new();
        for protocol in Protocol::ALL {
            let mut starts: BTreeSet<u32> = BTreeSet::from([1]);
            for (_, (low, high), _) in sides.iter().flatten().filter(|one| one.0 == protocol) {
                starts.extend([u32::from(*low), u32::from(*high) + 1]);
            }
            let starts: Vec<u32> = starts.into_iter().filter(|start| *start <= 65_535).collect();
            for (at, &start) in starts.iter().enumerate() {
                let end = starts.get(at + 1).map_or(65_535, |next| next - 1) as u16;
                let [before, after] = sides.each_ref().map(|list| state(list, protocol, start));
                if let Some(kind) = Kind::of(before, after) {
                    let ports = found.entry((kind, before, after)).or_default();
                    *ports = ports.joined(&Connections::range(protocol, start as u16, end));
                }
            }
        }
        for ((kind, before, after), ports) in found {
            let witness = ends.map(|ends| {
                let (from, to) = ends?;
                let (protocol, port) = ports.first()?;
                Some((from, to, protocol, port))
            });
            let (from, to) = (from.to_vec(), to.to_vec());
            changes.push(Change { kind, from, to, ports, before, after, witness });
        }
    }

    /// Ways into the cluster, by the object, whoever comes in and the workload.
    fn entries(&self, changes: &mut Vec<Change>) {
        type Ways = BTreeMap<(Visitor, String, String), [Option<(Edge, usize)>; 2]>;
        let mut ways = Ways::new();
        for (side, graph) in self.graphs.iter().enumerate() {
            let Some(graph) = graph else { continue };
            for entry in graph.entries() {
                let via = graph.root().resources[entry.resource].title();
                let name = self.names[side][entry.workload].clone();
                let slot = &mut ways.entry((entry.visitor, via, name)).or_default()[side];
                let joined = |own: &Connections, more: &Connections| own.joined(more);
                *slot = Some(match slot.take() {
                    Some((edge, at)) => {
                        let must = joined(&edge.must, &entry.edge.must);
                        (Edge { must, may: joined(&edge.may, &entry.edge.may) }, at)
                    }
                    None => (entry.edge, entry.workload),
                });
            }
        }
        let nothing = Connections::default();
        for ((visitor, via, name), sides) in ways {
            let part = |side: usize, sure: bool| {
                let edge = sides[side].as_ref().map(|(edge, _)| edge);
                edge.map_or(&nothing, |edge| if sure { &edge.must } else { &edge.may })
            };
            let state = |verdict| State { verdict, transport: None };
            let verdicts = [Verdict::Denied, Verdict::Possible, Verdict::Allowed];
            for before in verdicts {
                for after in verdicts {
                    let Some(kind) = Kind::of(state(before), state(after)) else { continue };
                    let ports = [(0, before), (1, after)].into_iter().fold(
                        part(0, false).joined(part(1, false)),
                        |ports, (side, verdict)| match verdict {
                            Verdict::Denied => ports.without(part(side, false)),
                            Verdict::Possible => {
                                let open = part(side, false).without(part(side, true));
                                ports.without(&ports.without(&open))
                            }
                            Verdict::Allowed => ports.without(&ports.without(part(side, true))),
                        },
                    );
                    let Some((protocol, port)) = ports.first() else { continue };
                    let peer =
                        if visitor == Visitor::Internet { Peer::Outside(0) } else { Peer::AnyPod };
                    let witness = sides.each_ref().map(|side| {
                        let (_, at) = side.as_ref()?;
                        Some((peer, Peer::Workload(*at), protocol, port))
                    });
                    changes.push(Change {
                        kind,
                        from: vec![Name::Entry(visitor, via.clone())],
                        to: vec![Name::Workload(name.clone())],
                        ports,
                        before: state(before),
                        after: state(after),
                        witness,
                    });
                }
            }
        }
    }
}

impl Graph<'_> {
    /// What is true of the connections from one end to another; ports that are not listed are denied.
    fn states(&self, from: Peer, to: Peer) -> Vec<(Protocol, (u16, u16), State)> {
        let mut found = Vec::new();
        // Where the destination is no part of a mesh, there is no transport to tell apart.
        let member = match to {
            Peer::Workload(at) => self.enrolled(at),
            Peer::AnyPod | Peer::Outside(_) => Truth::False,
        };
        for (ports, decision) in self.stretches(from, to, Speaks::Any, &Asks::Anything) {
            let verdict = Verdict::of(decision.allowed);
            if verdict != Verdict::Denied {
                let transport = decision.way.map(|way| way.transport);
                let transport = transport.filter(|one| match member {
                    Truth::True => true,
                    Truth::Unknown => *one != Transport::Plaintext,
                    Truth::False => false,
                });
                let state = State { verdict, transport };
                found.push((Protocol::Tcp, ports, state));
            }
        }
        let edge = self.edge(from, to);
        let possible = edge.may.without(&edge.must);
        for protocol in [Protocol::Udp, Protocol::Sctp] {
            for (open, verdict) in [(&edge.must, Verdict::Allowed), (&possible, Verdict::Possible)]
            {
                let ranges = open.of(protocol).iter();
                let state = State { verdict, transport: None };
                found.extend(ranges.map(|range| (protocol, *range, state)));
            }
        }
        found
    }
}

fn state(list: &[(Protocol, (u16, u16), State)], protocol: Protocol, port: u32) -> State {
    let holds = |(low, high): (u16, u16)| u32::from(low) <= port && port <= u32::from(high);
    let found = list.iter().find(|(one, ports, _)| *one == protocol && holds(*ports));
    found.map_or(State::DENIED, |(.., state)| *state)
}

/// Sources with the same change to a destination become one change, then destinations with the same
/// changes from the same sources.
fn merged(changes: Vec<Change>) -> Vec<Change> {
    type Facts = (Kind, Connections, State, State);
    let mut by_target: BTreeMap<(Vec<Name>, Facts), (BTreeSet<Name>, Witness)> = BTreeMap::new();
    for change in changes {
        let facts = (change.kind, change.ports, change.before, change.after);
        let slot = by_target.entry((change.to, facts));
        let (from, _) = slot.or_insert_with(|| (BTreeSet::new(), change.witness));
        from.extend(change.from);
    }
    let mut by_source: BTreeMap<(Facts, BTreeSet<Name>), (BTreeSet<Name>, Witness)> =
        BTreeMap::new();
    for ((to, facts), (from, witness)) in by_target {
        let slot = by_source.entry((facts, from));
        let (targets, _) = slot.or_insert_with(|| (BTreeSet::new(), witness));
        targets.extend(to);
    }
    let found = by_source.into_iter().map(|((facts, from), (to, witness))| {
        let (kind, ports, before, after) = facts;
        let (from, to) = (from.into_iter().collect(), to.into_iter().collect());
        Change { kind, from, to, ports, before, after, witness }
    });
    let mut found: Vec<Change> = found.collect();
    let key = |one: &Change| (one.kind, one.to.clone(), one.from.clone(), one.ports.clone());
    found.sort_by_cached_key(key);
    found
}
