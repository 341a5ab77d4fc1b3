//! What the tiers decide about one end of a connection, and what follows for the connection. Every
//! step keeps the sets of ports that *may* be allowed, denied, passed on or left open, so that
//! unknown values never count as either.

use super::policy::{Action, Direction, Tier};
use super::ports::{Cells, Protocol};
use super::{Compiled, CompiledPeers, CompiledPorts, Graph, Peer, addresses};
use crate::model::fact::Truth;
use std::borrow::Cow;

/// The ports that one side may allow, and those that it may deny. A port that is in both is unknown.
pub(super) struct Verdict {
    /// May be allowed.
    pub allow: Cells,
    /// May be denied.
    pub deny: Cells,
}

/// Ports on their way through the tiers.
struct Flow {
    open: Cells,
    passed: Cells,
    verdict: Verdict,
}

/// A connection as one of its ends' policies see it.
#[derive(Clone, Copy)]
pub(super) struct Sight {
    pub direction: Direction,
    /// The end that they are for.
    pub own: Peer,
    /// The other one.
    pub peer: Peer,
    /// The destination.
    pub to: Peer,
}

impl Sight {
    /// A connection seen from the source's or the destination's side.
    pub(super) fn new(direction: Direction, from: Peer, to: Peer) -> Self {
        let (own, peer) = match direction {
            Direction::Egress => (from, to),
            Direction::Ingress => (to, from),
        };
        Self { direction, own, peer, to }
    }
}

/// Who watches policies decide. Nobody does on the way to an edge.
pub(super) trait Witness {
    /// A rule matches these ports, which were open until then, or may match them.
    fn rule(&mut self, _policy: u32, _at: usize, _ports: &Cells, _sure: bool) {}
    /// The rules of a tier are through and left these ports open. Its policies may close it, where
    /// `closes` is not false.
    fn end(&mut self, _tier: &[(u32, Truth)], _open: &Cells, _closes: Truth) {}
    /// It cannot be told what these policies do.
    fn opaque(&mut self, _policies: &[(u32, Truth)]) {}
}

impl Witness for () {}

impl Graph<'_> {
    /// Ports of a connection that are surely open, and those that may be.
    pub(super) fn cells(&self, from: Peer, to: Peer) -> [Cells; 2] {
        let (none, all) = (self.grid.none(), self.grid.all());
        match (from, to) {
            (Peer::Outside(_), Peer::Outside(_)) => [none.clone(), none],
            _ if from == to && from != Peer::AnyPod => [all.clone(), all],
            _ => {
                let egress = self.side(Direction::Egress, from, to);
                if egress.allow.is_empty() {
                    return [none.clone(), none];
                }
                let ingress = self.side(Direction::Ingress, from, to);
                let must = all.without(&egress.deny).without(&ingress.deny);
                [must, egress.allow.both(&ingress.allow)]
            }
        }
    }

    /// What one end's policies say about a connection.
    pub(super) fn side(&self, direction: Direction, from: Peer, to: Peer) -> Verdict {
        let sight = Sight::new(direction, from, to);
        let mut verdict = self.walk(&sight, &mut ());
        if direction == Direction::Ingress && self.may_be_node(from) {
            // A pod's own node always reaches it.
            verdict.allow = self.grid.all();
        }
        verdict
    }

    /// The policies that are, or may be, for an end, in the order in which they are asked.
    pub(super) fn attached_to(&self, end: Peer, direction: Direction) -> &[(u32, Truth)] {
        let class = self.class(end).map(|class| &self.attached[class as usize]);
        class.map_or(&[], |both| &both[direction as usize])
    }

    /// The way of a connection through the tiers of one end's policies.
    pub(super) fn walk(&self, sight: &Sight, witness: &mut impl Witness) -> Verdict {
        let none = || self.grid.none();
        let verdict = Verdict { allow: none(), deny: none() };
        let mut flow = Flow { open: self.grid.all(), passed: none(), verdict };
        let attached = self.attached_to(sight.own, sight.direction);
        for tier in attached.chunk_by(|one, other| self.tier(*one) == self.tier(*other)) {
            self.pass_tier(tier, sight, &mut flow, witness);
        }
        if let Some(opaque) = self.opaque(attached) {
            witness.opaque(opaque);
            return Verdict { allow: self.grid.all(), deny: self.grid.all() };
        }
        flow.verdict.allow.add(&flow.open);
        flow.verdict
    }

    /// Policies that make everything unknown: those whose effect is, and all of them where tiers
    /// that users of Calico made meet those of the `AdminNetworkPolicy` API: which of these come
    /// first depends on Calico's version.
    fn opaque<'s>(&self, attached: &'s [(u32, Truth)]) -> Option<&'s [(u32, Truth)]> {
        let first = attached.partition_point(|one| self.tier(*one) < Tier::Unmodelled);
        if first < attached.len() {
            return Some(&attached[first..]);
        }
        let any = |wanted: fn(Tier) -> bool| attached.iter().any(|one| wanted(self.tier(*one)));
        let api = any(|tier| matches!(tier, Tier::Admin | Tier::Baseline));
        (api && any(Tier::custom)).then_some(attached)
    }

    fn tier(&self, attached: (u32, Truth)) -> Tier {
        self.policies[attached.0 as usize].tier
    }

    fn may_be_node(&self, peer: Peer) -> bool {
        match peer {
            Peer::Workload(at) => self.root.cluster().workloads[at].host_network != Truth::False,
            Peer::AnyPod | Peer::Outside(_) => false,
        }
    }

    /// One tier: its policies in order, what they close, what they pass on.
    fn pass_tier(
        &self,
        tier: &[(u32, Truth)],
        sight: &Sight,
        flow: &mut Flow,
        witness: &mut impl Witness,
    ) {
        // Ports about which each of the policies that may close the tier surely decides: none of
        // them reaches the end where one is for the pod.
        let mut each = self.grid.all();
        for group in self.groups(tier) {
            let entered = (group.len() > 1).then(|| flow.open.clone());
            let mut left = entered.clone();
            for &(policy, truth) in group {
                if let Some(entered) = &entered {
                    flow.open.clone_from(entered);
                }
                let closes = self.closes((policy, truth), sight.direction) != Truth::False;
                self.in_order(policy, truth, sight, flow, closes.then_some(&mut each), witness);
                if let Some(left) = &mut left {
                    left.keep(&flow.open);
                }
            }
            if let Some(left) = left {
                flow.open = left;
            }
        }
        let closes = Truth::any(tier.iter().map(|one| self.closes(*one, sight.direction)));
        witness.end(tier, &flow.open, closes);
        if closes != Truth::False {
            flow.verdict.deny.add(&flow.open.without(&each));
        }
        if closes == Truth::True {
            flow.open = self.grid.none();
        }
        let passed = std::mem::replace(&mut flow.passed, self.grid.none());
        flow.open.add(&passed);
    }

    /// Whether a policy closes its tier.
    pub(super) fn closes(&self, (policy, truth): (u32, Truth), direction: Direction) -> Truth {
        truth.and(self.policies[policy as usize].sides[direction as usize].closes)
    }

    /// The policies of a tier, those together of which it cannot be told which comes first.
    fn groups<'s>(&self, tier: &'s [(u32, Truth)]) -> impl Iterator<Item = &'s [(u32, Truth)]> {
        let of = |one: &(u32, Truth)| &self.policies[one.0 as usize];
        let vague = tier.iter().any(|one| of(one).priority.is_none());
        let groups = tier.chunk_by(move |a, b| vague || of(a).priority == of(b).priority);
        groups.flat_map(move |group| {
            let series = |one: &(u32, Truth)| of(one).turn.as_ref().map(|turn| &turn.series);
            let first = series(&group[0]);
            let one_series = first.is_some() && group.iter().all(|one| series(one) == first);
            group.chunks(if one_series && !vague { 1 } else { group.len() })
        })
    }

    /// The rules of a policy in their order. What it surely decides if it is for the pod stays in
    /// `each`.
    fn in_order(
        &self,
        policy: u32,
        truth: Truth,
        sight: &Sight,
        flow: &mut Flow,
        each: Option<&mut Cells>,
        witness: &mut impl Witness,
    ) {
        let mut own = each.is_some().then(|| self.grid.none());
        let rules = &self.rules[policy as usize][sight.direction as usize];
        for (at, rule) in rules.iter().enumerate() {
            let matches = self.matches(rule, sight);
            if matches == Truth::False {
                continue;
            }
            let mut any = self.ports(rule, sight.to, false).into_owned();
            any.keep(&flow.open);
            let (allow, deny) = (&mut flow.verdict.allow, &mut flow.verdict.deny);
            match rule.action {
                Some(Action::Allow) => allow.add(&any),
                Some(Action::Deny) => deny.add(&any),
                Some(Action::Pass) => flow.passed.add(&any),
                None => [allow, deny, &mut flow.passed].into_iter().for_each(|set| set.add(&any)),
            }
            let known = rule.action.is_some() && matches == Truth::True;
            let sure = known.then(|| self.ports(rule, sight.to, true));
            let decides = sure.as_ref().filter(|_| truth == Truth::True);
            if let (Some(own), Some(sure)) = (&mut own, &sure) {
                own.add(sure);
            }
            witness.rule(policy, at, &any, decides.is_some_and(|sure| sure.meets(&any)));
            if let Some(sure) = decides {
                flow.open.remove(sure);
            }
        }
        if let (Some(each), Some(own)) = (each, own) {
            each.keep(&own);
        }
    }

    /// Whether a rule is for a connection, its ports aside.
    fn matches(&self, rule: &Compiled<'_>, sight: &Sight) -> Truth {
        let own = rule.own.as_ref().map_or(Truth::True, |own| self.hold(own, sight.own));
        if own == Truth::False { own } else { own.and(self.hold(&rule.peers, sight.peer)) }
    }

    /// Whether peers hold an end.
    pub(super) fn hold(&self, peers: &CompiledPeers, end: Peer) -> Truth {
        let (scopes, addresses, pods, open) = match peers {
            CompiledPeers::Every => return Truth::True,
            CompiledPeers::Both { held, excluded } => {
                let held = held.iter().map(|one| self.hold(one, end));
                return Truth::all(held.chain(excluded.iter().map(|one| !self.hold(one, end))));
            }
            CompiledPeers::Listed { scopes, addresses, pods, open } => {
                (scopes, addresses, pods, open)
            }
        };
        let known = match end {
            Peer::Outside(atom) => {
                if addresses::holds(&addresses[0], atom) {
                    Truth::True
                } else if addresses::holds(&addresses[1], atom) {
                    Truth::Unknown
                } else {
                    Truth::False
                }
            }
            Peer::Workload(_) | Peer::AnyPod => {
                let class = self.class(end).unwrap_or_default();
                let held = scopes.iter().map(|scope| self.classes.scopes[*scope].has(class));
                Truth::any(held.chain([*pods]))
            }
        };
        if *open { known.or(Truth::Unknown) } else { known }
    }

    /// The ports of a rule at a destination: those that it surely matches, or may match.
    pub(super) fn ports<'s>(
        &'s self,
        rule: &'s Compiled<'_>,
        to: Peer,
        sure: bool,
    ) -> Cow<'s, Cells> {
        let ports = self.resolved(&rule.ports, to, sure);
        match &rule.except {
            None => ports,
            Some(except) => Cow::Owned(ports.without(&self.resolved(except, to, !sure))),
        }
    }

    /// Ports at a destination. Names are those of the destination's containers; outside there are
    /// none.
    fn resolved<'s>(
        &'s self,
        ports: &'s CompiledPorts<'_>,
        to: Peer,
        sure: bool,
    ) -> Cow<'s, Cells> {
        let plain = &ports.plain[usize::from(!sure)];
        if ports.named.is_empty() {
            return Cow::Borrowed(plain);
        }
        let mut cells = plain.clone();
        match to {
            Peer::Outside(_) => {}
            Peer::AnyPod if sure => {}
            Peer::AnyPod => {
                for (protocol, _) in &ports.named {
                    cells.add(&self.any_of(*protocol));
                }
            }
            Peer::Workload(at) => {
                for (protocol, name) in &ports.named {
                    self.named(at, *protocol, name, sure, &mut cells);
                }
            }
        }
        Cow::Owned(cells)
    }

    fn any_of(&self, protocol: Option<Protocol>) -> Cells {
        protocol.map_or_else(|| self.grid.all(), |protocol| self.grid.protocol(protocol))
    }

    fn named(
        &self,
        workload: usize,
        protocol: Option<Protocol>,
        name: &str,
        sure: bool,
        cells: &mut Cells,
    ) {
        let workload = &self.root.cluster().workloads[workload];
        for port in &workload.ports {
            let same = match &port.name {
                Some(own) if own == name => true,
                None if port.open_name && !sure => true,
                _ => false,
            };
            if !same {
                continue;
            }
            let own = port.protocol.as_deref().and_then(Protocol::of);
            if own.is_some_and(|own| protocol.is_some_and(|wanted| wanted != own)) {
                continue;
            }
            match (port.number, own) {
                (Some(number), Some(own)) if port.name.is_some() => {
                    cells.add(&self.grid.range(own, number, number));
                }
                _ if !sure => cells.add(&self.any_of(protocol)),
                _ => {}
            }
        }
        if workload.open_ports && !sure {
            cells.add(&self.any_of(protocol));
        }
    }
}
