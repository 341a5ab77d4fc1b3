//! The policies of a graph one by one: for whom each is, what each rule matches, and whether other
//! rules match all of it. For those who look at policies rather than at connections.

use super::policy::{Action, Direction, Hosts, Peers, Policy, Ports, Scope, Tier};
use super::ports::Cells;
use super::{CompiledPeers, Graph, Peer, addresses};
use crate::model::fact::Truth;
use crate::model::root::Root;

/// A rule of a policy: the policy's and its own number.
pub type RuleAt = (usize, usize);

/// The ports of a connection that one policy decides by itself, by what it does with them. Only
/// those of rules that surely match.
pub struct Decided {
    /// Let through.
    pub allow: Cells,
    /// Stopped.
    pub deny: Cells,
    /// Left to the next tier.
    pub pass: Cells,
}

impl<'a> Graph<'a> {
    /// Every policy, in the order in which tiers and priorities are asked.
    pub fn policies(&self) -> &[Policy<'a>] {
        &self.policies
    }

    /// Policies that are (`True`) or may be (`Unknown`) for a workload, in the same order.
    pub fn attached(&self, workload: Peer, direction: Direction) -> &[(u32, Truth)] {
        self.class(workload).map_or(&[], |class| &self.attached[class as usize][direction as usize])
    }

    /// One workload of each class.
    pub fn representatives(&self) -> impl Iterator<Item = usize> + '_ {
        let stranger = self.classes.of.len() - 1;
        self.classes.first.iter().copied().filter(move |first| *first != stranger)
    }

    /// The workloads of a representative's class.
    pub fn class_of(&self, representative: usize) -> &[usize] {
        &self.classes.workloads[self.classes.of[representative] as usize]
    }

    /// Whether a rule's peers hold the other end. Not told of rules for some of the pods only.
    pub fn rule_matches(&self, (policy, rule): RuleAt, direction: Direction, peer: Peer) -> Truth {
        let rule = &self.rules[policy][direction as usize][rule];
        let held = self.hold(&rule.peers, peer);
        if rule.own.is_none() { held } else { held.and(Truth::Unknown) }
    }

    /// The ports that a rule surely, or possibly, matches at a destination.
    pub fn rule_ports(
        &self,
        (policy, rule): RuleAt,
        direction: Direction,
        to: Peer,
        sure: bool,
    ) -> Cells {
        self.ports(&self.rules[policy][direction as usize][rule], to, sure).into_owned()
    }

    /// What one policy decides about a connection, if its tier asks its rules in order.
    pub fn decided(&self, policy: usize, direction: Direction, from: Peer, to: Peer) -> Decided {
        let peer = if direction == Direction::Egress { to } else { from };
        let none = self.grid.none();
        let mut decided = Decided { allow: none.clone(), deny: none.clone(), pass: none };
        let mut open = self.grid.all();
        for (at, rule) in self.rules[policy][direction as usize].iter().enumerate() {
            let matched = self.rule_matches((policy, at), direction, peer);
            if matched == Truth::False {
                continue;
            }
            if matched == Truth::True {
                let ports = open.both(&self.ports(rule, to, true));
                match rule.action {
                    Some(Action::Allow) => decided.allow.add(&ports),
                    Some(Action::Deny) => decided.deny.add(&ports),
                    Some(Action::Pass) => decided.pass.add(&ports),
                    None => {}
                }
            }
            open.remove(&self.ports(rule, to, false));
        }
        decided
    }

    /// Whether a policy is a `NetworkPolicy` of the API that serves them.
    pub fn is_network_policy(&self, policy: usize) -> bool {
        let object = self.root.resources[self.policies[policy].resource].object();
        object.is_some_and(|object| object.group == "networking.k8s.io")
    }

    /// Ports of a connection that `NetworkPolicies` surely deny at one end. None where policies of
    /// other kinds decide beside them.
    pub fn denied_by_namespace(&self, direction: Direction, from: Peer, to: Peer) -> Cells {
        let (own, peer) = match direction {
            Direction::Egress => (from, to),
            Direction::Ingress => (to, from),
        };
        let mut denied = self.grid.none();
        let mut allowed = self.grid.none();
        for &(policy, truth) in self.attached(own, direction) {
            let at = policy as usize;
            if matches!(self.policies[at].tier, Tier::Admin | Tier::Baseline) {
                continue;
            }
            if !self.is_network_policy(at) {
                return self.grid.none();
            }
            if truth.and(self.policies[at].sides[direction as usize].closes) == Truth::True {
                denied = self.grid.all();
            }
            for (rule, compiled) in self.rules[at][direction as usize].iter().enumerate() {
                if self.rule_matches((at, rule), direction, peer) != Truth::False {
                    allowed.add(&self.ports(compiled, to, false));
                }
            }
        }
        denied.remove(&allowed);
        denied
    }

    /// The ports of a set, to show.
    pub fn shown_ports(&self, cells: &Cells) -> super::ports::Connections {
        self.grid.connections(cells)
    }

    /// Whether other rules surely match everything that a rule may match, whatever pods there are.
    /// Not told (`false`) of rules that match nothing known here.
    pub fn covered(&self, rule: RuleAt, direction: Direction, by: &[RuleAt]) -> bool {
        let written = |at: RuleAt| &self.policies[at.0].sides[direction as usize].rules[at.1];
        let peers = |at: RuleAt| &written(at).peers;
        let plain = |at: RuleAt| written(at).own.is_none() && written(at).except.is_none();
        let by = by.iter().copied().filter(|one| *one != rule && plain(*one));
        let by: Vec<RuleAt> = by.collect();
        if !plain(rule) {
            return false;
        }
        if matches!(peers(rule), Peers::Every) {
            let all = by.iter().filter(|one| matches!(peers(**one), Peers::Every));
            return self.covers_ports(rule, direction, &all.copied().collect::<Vec<_>>());
        }
        let Peers::Listed { scopes, blocks, open } = peers(rule) else { return false };
        if *open || (scopes.is_empty() && blocks.is_empty()) {
            return false;
        }
        let scoped = scopes.iter().all(|scope| {
            let holds = |one: &&RuleAt| match peers(**one) {
                Peers::Every => true,
                Peers::Listed { scopes, .. } => scopes.iter().any(|other| other.includes(scope)),
                Peers::Both { .. } => false,
            };
            self.covers_ports(
                rule,
                direction,
                &by.iter().filter(holds).copied().collect::<Vec<_>>(),
            )
        });
        scoped && self.covers_addresses(rule, direction, &by)
    }

    fn covers_addresses(&self, rule: RuleAt, direction: Direction, by: &[RuleAt]) -> bool {
        let compiled = |at: RuleAt| &self.rules[at.0][direction as usize][at.1].peers;
        let CompiledPeers::Listed { addresses, .. } = compiled(rule) else { return true };
        let mut atoms = addresses[1].iter().flat_map(|&(first, end)| first..end);
        atoms.all(|atom| {
            let holds = |one: &&RuleAt| match compiled(**one) {
                CompiledPeers::Every => true,
                CompiledPeers::Listed { addresses, .. } => addresses::holds(&addresses[0], atom),
                CompiledPeers::Both { .. } => false,
            };
            self.covers_ports(
                rule,
                direction,
                &by.iter().filter(holds).copied().collect::<Vec<_>>(),
            )
        })
    }

    /// Whether rules together surely match every port that a rule may match, names by themselves.
    fn covers_ports(&self, rule: RuleAt, direction: Direction, by: &[RuleAt]) -> bool {
        let compiled = |at: RuleAt| &self.rules[at.0][direction as usize][at.1];
        let wanted = compiled(rule);
        if by.is_empty() {
            return false;
        }
        let mut known = self.grid.none();
        for one in by {
            known.add(&compiled(*one).ports.plain[0]);
        }
        let named = wanted.ports.named.iter().all(|name| {
            let whole = name.0.map_or_else(|| self.grid.all(), |one| self.grid.protocol(one));
            whole.without(&known).is_empty()
                || by.iter().any(|one| compiled(*one).ports.named.contains(name))
        });
        named && wanted.ports.plain[1].without(&known).is_empty()
    }
}

impl<'a> Scope<'a> {
    /// Whether it surely holds every pod that another one may hold.
    pub fn includes(&self, other: &Scope<'a>) -> bool {
        use super::policy::Namespaces::{Every, One, Selected};
        let namespaces = match (&self.namespaces, &other.namespaces) {
            (Every, _) => true,
            (One(own), One(other)) => own.same(other) == Truth::True,
            (Selected(own), Selected(other)) => own.includes(other),
            (Selected(own), One(home)) => home.name().is_some_and(|name| {
                let known =
                    crate::model::kubernetes::namespace::Namespace::of_name(name.to_owned().into());
                own.matches(&known.labels) == Truth::True
            }),
            _ => false,
        };
        let pods = match (&self.pods, &other.pods) {
            (None, _) => true,
            (Some(own), Some(other)) => own.includes(other),
            (Some(_), None) => false,
        };
        let meant = match (&self.condition, &other.condition) {
            (None, _) => true,
            (Some(own), Some(other)) => other.implies(own),
            (Some(_), None) => false,
        };
        let hosts = self.hosts == other.hosts
            || self.hosts == Hosts::Alike
            || other.hosts == Hosts::Never && self.hosts == Hosts::Possible;
        namespaces && pods && meant && hosts
    }
}

impl Ports<'_> {
    /// Whether these are all ports of all protocols.
    pub fn is_every(&self) -> bool {
        matches!(self, Self::Every)
    }
}

/// The network policies of namespaces as a graph would read them.
pub fn network_policies<'a>(root: &Root<'a>) -> Vec<Policy<'a>> {
    root.cluster().policies.iter().map(super::network_policy::read).collect()
}
