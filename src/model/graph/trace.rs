//! Why one connection is open or not: the same decision as in `decide`, for one port, with every
//! place that takes part in it, absences included.

use super::policy::{Action, Direction, Tier};
use super::ports::{Cells, Protocol};
use super::{Graph, Peer};
use crate::input::source::Place;
use crate::model::fact::Truth;

/// What a step of a decision is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// No policy is for this end in this direction: everything is open.
    NoPolicy,
    /// A rule allows it.
    Allows,
    /// A rule denies it.
    Denies,
    /// A rule leaves it to the next tier.
    Passes,
    /// A policy is for this end, and none of its rules allows it.
    Isolates,
    /// A policy is for this end, and none of its rules decides.
    Undecided,
    /// It cannot be told whether a rule or policy decides.
    Unknown,
    /// Traffic of a pod with itself, or from its node, is not limited.
    Local,
    /// The destination is part of the mesh.
    InMesh,
    /// It is not.
    OutsideMesh,
    /// Its proxy does not see the port.
    Uncaptured,
    /// Its proxy accepts mutual TLS only.
    MutualOnly,
    /// Its proxy accepts mutual TLS and plaintext.
    Both,
    /// Its proxy accepts plaintext only.
    PlaintextOnly,
    /// A policy allows other calls, so not this one.
    Unmatched,
}

impl Reason {
    /// A word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoPolicy => "no policy",
            Self::Allows => "allows",
            Self::Denies => "denies",
            Self::Passes => "passes",
            Self::Isolates => "isolates",
            Self::Undecided => "does not decide",
            Self::Unknown => "unknown",
            Self::Local => "local",
            Self::InMesh => "in the mesh",
            Self::OutsideMesh => "outside the mesh",
            Self::Uncaptured => "not captured",
            Self::MutualOnly => "mutual TLS only",
            Self::Both => "mutual TLS and plaintext",
            Self::PlaintextOnly => "plaintext only",
            Self::Unmatched => "allows others",
        }
    }
}

/// One step of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which end decides.
    pub direction: Direction,
    /// What it is.
    pub reason: Reason,
    /// The policy's, or the workload's, index in the root.
    pub resource: usize,
    /// The rule, what says whom the policy is for, or the header of the labels of pods that no
    /// policy selects.
    pub place: Place,
}

impl Graph<'_> {
    /// Whether a port is open, and the steps that decide, from the source's to the destination's.
    pub fn why(&self, from: Peer, to: Peer, protocol: Protocol, port: u16) -> (Truth, Vec<Step>) {
        let cell = self.grid.cell(protocol, port);
        let [must, may] = self.cells(from, to);
        let truth = match (must.meets(&cell), may.meets(&cell)) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        };
        let mut steps = Vec::new();
        for direction in Direction::BOTH {
            let end = if direction == Direction::Egress { from } else { to };
            let Peer::Workload(at) = end else { continue };
            if from == to {
                steps.push(self.absence(at, direction, Reason::Local));
                continue;
            }
            self.steps(direction, at, from, to, &cell, &mut steps);
        }
        (truth, steps)
    }

    fn absence(&self, workload: usize, direction: Direction, reason: Reason) -> Step {
        let workload = &self.root.cluster().workloads[workload];
        let labels = workload.template.key("metadata").key("labels");
        Step { direction, reason, resource: workload.resource, place: labels.header() }
    }

    fn steps(
        &self,
        direction: Direction,
        own: usize,
        from: Peer,
        to: Peer,
        cell: &Cells,
        steps: &mut Vec<Step>,
    ) {
        let class = self.classes.of[own] as usize;
        let attached = &self.attached[class][direction as usize];
        if attached.is_empty() {
            steps.push(self.absence(own, direction, Reason::NoPolicy));
            return;
        }
        let peer = if direction == Direction::Egress { to } else { from };
        let mut passed = false;
        for tier in [Tier::Admin, Tier::Namespace, Tier::Baseline, Tier::Unmodelled] {
            if passed && tier == Tier::Admin {
                continue;
            }
            let of: Vec<(u32, Truth)> = attached
                .iter()
                .filter(|one| self.policies[one.0 as usize].tier == tier)
                .copied()
                .collect();
            let decided = match tier {
                Tier::Namespace => self.namespace_steps(&of, direction, peer, to, cell, steps),
                Tier::Unmodelled => {
                    steps
                        .extend(of.iter().map(|one| self.whole(one.0, direction, Reason::Unknown)));
                    false
                }
                _ => match self.ordered_steps(&of, direction, peer, to, cell, steps) {
                    Some(Action::Pass) => {
                        passed = true;
                        tier == Tier::Baseline
                    }
                    decided => decided.is_some(),
                },
            };
            if decided {
                return;
            }
        }
        if steps.iter().all(|step| step.direction != direction) {
            let undecided = attached.iter();
            steps.extend(undecided.map(|one| self.whole(one.0, direction, Reason::Undecided)));
        }
    }

    /// A step of a policy as a whole: the place that says whom it is for.
    fn whole(&self, policy: u32, direction: Direction, reason: Reason) -> Step {
        let policy = &self.policies[policy as usize];
        Step { direction, reason, resource: policy.resource, place: policy.at.focus() }
    }

    fn rule_step(&self, policy: u32, direction: Direction, at: usize, reason: Reason) -> Step {
        let policy = &self.policies[policy as usize];
        let rule = &policy.sides[direction as usize].rules[at];
        Step { direction, reason, resource: policy.resource, place: rule.at.focus() }
    }

    fn ordered_steps(
        &self,
        attached: &[(u32, Truth)],
        direction: Direction,
        peer: Peer,
        to: Peer,
        cell: &Cells,
        steps: &mut Vec<Step>,
    ) -> Option<Action> {
        for &(policy, truth) in attached {
            for (at, rule) in self.rules[policy as usize][direction as usize].iter().enumerate() {
                let matched = truth.and(self.matches(rule, peer));
                if matched == Truth::False || !self.ports(rule, to, false).meets(cell) {
                    continue;
                }
                let sure = matched == Truth::True && self.ports(rule, to, true).meets(cell);
                let reason = match rule.action {
                    Some(Action::Allow) if sure => Reason::Allows,
                    Some(Action::Deny) if sure => Reason::Denies,
                    Some(Action::Pass) if sure => Reason::Passes,
                    _ => Reason::Unknown,
                };
                steps.push(self.rule_step(policy, direction, at, reason));
                if reason != Reason::Unknown {
                    return rule.action;
                }
            }
        }
        None
    }

    /// Steps of `NetworkPolicies`: one rule that surely allows, or else whatever may, or else every
    /// policy that isolates.
    fn namespace_steps(
        &self,
        attached: &[(u32, Truth)],
        direction: Direction,
        peer: Peer,
        to: Peer,
        cell: &Cells,
        steps: &mut Vec<Step>,
    ) -> bool {
        let mut unsure = Vec::new();
        for &(policy, truth) in attached {
            for (at, rule) in self.rules[policy as usize][direction as usize].iter().enumerate() {
                let matched = truth.and(self.matches(rule, peer));
                if matched == Truth::False || !self.ports(rule, to, false).meets(cell) {
                    continue;
                }
                if matched == Truth::True && self.ports(rule, to, true).meets(cell) {
                    steps.push(self.rule_step(policy, direction, at, Reason::Allows));
                    return true;
                }
                unsure.push(self.rule_step(policy, direction, at, Reason::Unknown));
            }
        }
        let isolated = attached.iter().any(|(_, truth)| *truth == Truth::True);
        if unsure.is_empty() || !isolated {
            for &(policy, truth) in attached {
                let reason = if truth == Truth::True { Reason::Isolates } else { Reason::Unknown };
                steps.push(self.whole(policy, direction, reason));
            }
        }
        steps.extend(unsure);
        isolated
    }
}
