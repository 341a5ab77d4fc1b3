//! What two graphs of the same root differ in: connections that are open in one and not in the
//! other, or that travel otherwise. Ends are paired by name. Says what changed, never whether that
//! is good.

use super::addresses::Range;
use super::call::{Asks, Caller};
use super::entries::{Entry, Visitor};
use super::flows::{Encryption, Manner};
use super::policy::Direction;
use super::ports::{Connections, Protocol};
use super::{Graph, Peer};
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
}

/// What is true of a connection in one of the graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// Whether it is open.
    pub verdict: Verdict,
    /// Whether only with a token.
    pub token: bool,
    /// How it travels; none where it is denied, or the destination is no part of a mesh.
    pub transport: Option<Encryption>,
}

impl State {
    const DENIED: Self = Self { verdict: Verdict::Denied, token: false, transport: None };
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
        let sealed = |state: State| state.transport == Some(Encryption::Mutual);
        let open = |state: State| (state.verdict, !state.token);
        match open(before).cmp(&open(after)) {
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
        let found = changed(&sides).into_iter();
        changes.extend(found.map(|((kind, before, after), ports)| {
            let witness = ends.map(|ends| {
                let (from, to) = ends?;
                let (protocol, port) = ports.first()?;
                Some((from, to, protocol, port))
            });
            let (from, to) = (from.to_vec(), to.to_vec());
            Change { kind, from, to, ports, before, after, witness }
        }));
    }

    /// Ways into the cluster, by the object, whoever comes in and the workload.
    fn entries(&self, changes: &mut Vec<Change>) {
        let mut ways: BTreeMap<(Visitor, String, String), [Way; 2]> = BTreeMap::new();
        for (side, graph) in self.graphs.iter().enumerate() {
            let Some(graph) = graph else { continue };
            for (entry, states) in graph.ways_in() {
                let via = graph.root().resources[entry.resource].title();
                let name = self.names[side][entry.workload].clone();
                let way = &mut ways.entry((entry.visitor, via, name)).or_default()[side];
                way.workload = Some(entry.workload);
                way.states.extend(states);
            }
        }
        for ((visitor, via, name), sides) in ways {
            let peer = if visitor == Visitor::Internet { Peer::Outside(0) } else { Peer::AnyPod };
            let states = sides.each_ref().map(|way| way.states.clone());
            for ((kind, before, after), ports) in changed(&states) {
                let witness = sides.each_ref().map(|way| {
                    let (protocol, port) = ports.first()?;
                    Some((peer, Peer::Workload(way.workload?), protocol, port))
                });
                let from = vec![Name::Entry(visitor, via.clone())];
                let to = vec![Name::Workload(name.clone())];
                changes.push(Change { kind, from, to, ports, before, after, witness });
            }
        }
    }
}

/// What gets in by one object to one workload.
#[derive(Default)]
struct Way {
    workload: Option<usize>,
    states: Vec<Stretch>,
}

/// Ports and what is true of them; ports that are in none of a list are denied.
type Stretch = (Protocol, (u16, u16), State);

/// The ports whose state is not the same on both sides, by how it changed.
fn changed(sides: &[Vec<Stretch>; 2]) -> BTreeMap<(Kind, State, State), Connections> {
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
                *ports = ports.joined(&Connections::range(protocol, (start as u16, end)));
            }
        }
    }
    found
}

impl Graph<'_> {
    /// What gets in by each entry.
    fn ways_in(&self) -> Vec<(Entry, Vec<Stretch>)> {
        let entries = self.entries();
        let asked = [Asks::Anything, Asks::WithToken];
        let [open, token] = asked.map(|asks| self.visits(&entries, &asks));
        let mut found: Vec<(Entry, Vec<Stretch>)> = Vec::new();
        for entry in entries {
            let mut states = Vec::new();
            let possible = entry.edge.may.without(&entry.edge.must);
            for protocol in [Protocol::Udp, Protocol::Sctp] {
                for (ports, verdict) in
                    [(&entry.edge.must, Verdict::Allowed), (&possible, Verdict::Possible)]
                {
                    let state = State { verdict, ..State::DENIED };
                    let ranges = ports.of(protocol).iter();
                    states.extend(ranges.map(|range| (protocol, *range, state)));
                }
            }
            found.push((entry, states));
        }
        for (visits, token) in [(open, false), (token, true)] {
            for visit in visits {
                let verdict = match visit.decision.allowed {
                    Truth::True => Verdict::Allowed,
                    Truth::Unknown => Verdict::Possible,
                    Truth::False => continue,
                };
                let state = State { verdict, token, transport: None };
                found[visit.entry].1.push((Protocol::Tcp, (visit.port, visit.port), state));
            }
        }
        found
    }

    /// What is true of the connections from one end to another; ports that are not listed are denied.
    fn states(&self, from: Peer, to: Peer) -> Vec<Stretch> {
        let mut found = Vec::new();
        // Where the destination is no part of a mesh, there is no transport to tell apart.
        let member = match to {
            Peer::Workload(at) => self.enrolled(at),
            Peer::AnyPod | Peer::Outside(_) => Truth::False,
        };
        for flow in self.flows(from, to) {
            let Manner { sure, encryption, token, .. } = flow.manner;
            let verdict = if sure { Verdict::Allowed } else { Verdict::Possible };
            for protocol in Protocol::ALL {
                let known = match member {
                    Truth::True => true,
                    Truth::Unknown => encryption != Encryption::Plaintext,
                    Truth::False => false,
                };
                let known = known && protocol == Protocol::Tcp;
                let state = State { verdict, token, transport: known.then_some(encryption) };
                let ranges = flow.ports.of(protocol).iter();
                found.extend(ranges.map(|range| (protocol, *range, state)));
            }
        }
        found
    }
}

/// The most that is true of a port.
fn state(list: &[Stretch], protocol: Protocol, port: u32) -> State {
    let holds = |(low, high): (u16, u16)| u32::from(low) <= port && port <= u32::from(high);
    let here = list.iter().filter(|(one, ports, _)| *one == protocol && holds(*ports));
    let most = here.map(|(.., state)| *state).max_by_key(|state| (state.verdict, !state.token));
    most.unwrap_or(State::DENIED)
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
