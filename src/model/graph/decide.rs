//! What the tiers decide about one end of a connection, and what follows for the connection. Every
//! step keeps the sets of ports that *may* be allowed, denied, passed on or left open, so that
//! unknown values never count as either.

use super::policy::{Action, Direction, Tier};
use super::ports::{Cells, Protocol};
use super::{Compiled, CompiledPeers, Graph, Peer, addresses};
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

impl Graph<'_> {
    /// Ports of a connection that are surely open, and those that may be.
    pub(super) fn cells(&self, from: Peer, to: Peer) -> [Cells; 2] {
        let (none, all) = (self.grid.none(), self.grid.all());
        match (from, to) {
            (Peer::Outside(_), Peer::Outside(_)) => [none.clone(), none],
            _ if from == to && from != Peer::AnyPod => [all.clone(), all],
            _ => {
                let egress = self.side(Direction::Egress, from, to);
                let ingress = self.side(Direction::Ingress, from, to);
                let must = all.without(&egress.deny).without(&ingress.deny);
                [must, egress.allow.both(&ingress.allow)]
            }
        }
    }

    /// What one end's policies say about a connection.
    pub(super) fn side(&self, direction: Direction, from: Peer, to: Peer) -> Verdict {
        let (subject, peer) = match direction {
            Direction::Egress => (from, to),
            Direction::Ingress => (to, from),
        };
        let all = self.grid.all();
        let Some(class) = self.class(subject) else {
            return Verdict { allow: all, deny: self.grid.none() };
        };
        let attached = &self.attached[class as usize][direction as usize];
        let verdict = Verdict { allow: self.grid.none(), deny: self.grid.none() };
        let mut flow = Flow { open: all, passed: self.grid.none(), verdict };
        if !attached.is_empty() {
            let of = |tier: Tier| {
                let first = attached.partition_point(|one| self.tier(*one) < tier);
                let end = attached.partition_point(|one| self.tier(*one) <= tier);
                &attached[first..end]
            };
            self.ordered(of(Tier::Admin), direction, peer, to, &mut flow);
            let passed = std::mem::replace(&mut flow.passed, self.grid.none());
            flow.open.add(&passed);
            self.namespace(of(Tier::Namespace), direction, peer, to, &mut flow);
            self.ordered(of(Tier::Baseline), direction, peer, to, &mut flow);
            flow.open.add(&flow.passed);
            if !of(Tier::Unmodelled).is_empty() {
                flow.verdict.allow = self.grid.all();
                flow.verdict.deny = self.grid.all();
            }
        }
        flow.verdict.allow.add(&flow.open);
        if direction == Direction::Ingress && self.may_be_node(from) {
            // A pod's own node always reaches it.
            flow.verdict.allow = self.grid.all();
        }
        flow.verdict
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

    /// A tier whose rules are asked in order. Which of two policies of one priority comes first
    /// cannot be told.
    fn ordered(
        &self,
        attached: &[(u32, Truth)],
        direction: Direction,
        peer: Peer,
        to: Peer,
        flow: &mut Flow,
    ) {
        let priority = |one: &(u32, Truth)| self.policies[one.0 as usize].priority;
        let vague = attached.iter().any(|one| priority(one).is_none());
        let tied = |a: &(u32, Truth), b: &(u32, Truth)| vague || priority(a) == priority(b);
        for group in attached.chunk_by(tied) {
            let entered = flow.open.clone();
            let mut left = entered.clone();
            for &(policy, truth) in group {
                flow.open.clone_from(&entered);
                self.in_order(policy, truth, direction, peer, to, flow);
                left.keep(&flow.open);
            }
            flow.open = left;
        }
    }

    fn in_order(
        &self,
        policy: u32,
        truth: Truth,
        direction: Direction,
        peer: Peer,
        to: Peer,
        flow: &mut Flow,
    ) {
        if self.policies[policy as usize].sides[direction as usize].open {
            for set in [&mut flow.verdict.allow, &mut flow.verdict.deny, &mut flow.passed] {
                set.add(&flow.open);
            }
        }
        for rule in &self.rules[policy as usize][direction as usize] {
            let matched = truth.and(self.matches(rule, peer));
            if matched == Truth::False {
                continue;
            }
            let any = flow.open.both(&self.ports(rule, to, false));
            let (allow, deny) = (&mut flow.verdict.allow, &mut flow.verdict.deny);
            match rule.action {
                Some(Action::Allow) => allow.add(&any),
                Some(Action::Deny) => deny.add(&any),
                Some(Action::Pass) => flow.passed.add(&any),
                None => [allow, deny, &mut flow.passed].into_iter().for_each(|set| set.add(&any)),
            }
            if matched == Truth::True {
                flow.open.remove(&self.ports(rule, to, true));
            }
        }
    }

    /// Network policies of namespaces: who is isolated may only what one of them allows; nobody else is concerned.
    fn namespace(
        &self,
        attached: &[(u32, Truth)],
        direction: Direction,
        peer: Peer,
        to: Peer,
        flow: &mut Flow,
    ) {
        if attached.is_empty() {
            return;
        }
        // Surely allowed; allowed if every policy that may be for the pod is; possibly allowed.
        let (mut sure, mut each) = (self.grid.none(), self.grid.all());
        let mut any = self.grid.none();
        for &(policy, truth) in attached {
            let mut own = self.grid.none();
            for rule in &self.rules[policy as usize][direction as usize] {
                let matched = self.matches(rule, peer);
                if matched != Truth::False {
                    any.add(&self.ports(rule, to, false));
                }
                if matched == Truth::True {
                    own.add(&self.ports(rule, to, true));
                }
            }
            if self.policies[policy as usize].sides[direction as usize].open {
                any = self.grid.all();
            }
            if truth == Truth::True {
                sure.add(&own);
            }
            each.keep(&own);
        }
        sure.add(&each);
        flow.verdict.allow.add(&flow.open.both(&any));
        flow.verdict.deny.add(&flow.open.without(&sure));
        if attached.iter().any(|(_, truth)| *truth == Truth::True) {
            flow.open = self.grid.none();
        }
    }

    /// Whether a rule's peers hold the other end.
    pub(super) fn matches(&self, rule: &Compiled<'_>, peer: Peer) -> Truth {
        let CompiledPeers::Listed { scopes, addresses, pods, open } = &rule.peers else {
            return Truth::True;
        };
        let known = match peer {
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
                let class = self.class(peer).unwrap_or_default();
                let held = scopes.iter().map(|scope| self.classes.scopes[*scope].has(class));
                Truth::any(held.chain([*pods]))
            }
        };
        if *open { known.or(Truth::Unknown) } else { known }
    }

    /// The ports of a rule at a destination: those that it surely matches, or may match. Names are
    /// those of the destination's containers; outside there are none.
    pub(super) fn ports<'s>(
        &'s self,
        rule: &'s Compiled<'_>,
        to: Peer,
        sure: bool,
    ) -> Cow<'s, Cells> {
        let plain = &rule.ports[usize::from(!sure)];
        if rule.named.is_empty() {
            return Cow::Borrowed(plain);
        }
        let mut cells = plain.clone();
        match to {
            Peer::Outside(_) => {}
            Peer::AnyPod if sure => {}
            Peer::AnyPod => {
                for (protocol, _) in &rule.named {
                    cells.add(&self.any_of(*protocol));
                }
            }
            Peer::Workload(at) => {
                for (protocol, name) in &rule.named {
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
