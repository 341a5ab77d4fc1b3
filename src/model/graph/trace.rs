//! Why one connection is open or not: the decision of `decide`, watched for one port, with every
//! place that takes part in it, absences included.

use super::decide::{Sight, Witness};
use super::policy::{Action, Direction};
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
            let attached = self.attached_to(end, direction);
            if attached.is_empty() {
                steps.push(self.absence(at, direction, Reason::NoPolicy));
                continue;
            }
            let mut recorder = Recorder::new(self, direction, &cell);
            self.walk(&Sight::new(direction, from, to), &mut recorder);
            if recorder.steps.is_empty() {
                let undecided = attached.iter();
                steps.extend(undecided.map(|one| self.whole(one.0, direction, Reason::Undecided)));
            }
            steps.append(&mut recorder.steps);
        }
        (truth, steps)
    }

    fn absence(&self, workload: usize, direction: Direction, reason: Reason) -> Step {
        let workload = &self.root.cluster().workloads[workload];
        let labels = workload.template.key("metadata").key("labels");
        Step { direction, reason, resource: workload.resource, place: labels.header() }
    }

    /// A step of a policy as a whole: the place that says whom it is for.
    fn whole(&self, policy: u32, direction: Direction, reason: Reason) -> Step {
        let policy = &self.policies[policy as usize];
        Step { direction, reason, resource: policy.resource, place: policy.at.focus() }
    }
}

impl<'g, 'a> Recorder<'g, 'a> {
    fn new(graph: &'g Graph<'a>, direction: Direction, cell: &'g Cells) -> Self {
        Self { graph, direction, cell, steps: Vec::new(), rules: Vec::new() }
    }
}

/// Watches the policies of one end decide about one port.
struct Recorder<'g, 'a> {
    graph: &'g Graph<'a>,
    direction: Direction,
    cell: &'g Cells,
    steps: Vec<Step>,
    /// Rules of the tier that is being asked, each with its action and whether it surely decides.
    rules: Vec<(Step, Option<Action>, bool)>,
}

impl Witness for Recorder<'_, '_> {
    fn rule(&mut self, policy: u32, at: usize, ports: &Cells, sure: bool) {
        if !ports.meets(self.cell) {
            return;
        }
        let policy = &self.graph.policies[policy as usize];
        let rule = &policy.sides[self.direction as usize].rules[at];
        let reason = match rule.action.filter(|_| sure) {
            Some(Action::Allow) => Reason::Allows,
            Some(Action::Deny) => Reason::Denies,
            Some(Action::Pass) => Reason::Passes,
            None => Reason::Unknown,
        };
        let (direction, resource, place) = (self.direction, policy.resource, rule.at.focus());
        self.rules.push((Step { direction, reason, resource, place }, rule.action, sure));
    }

    /// One rule that surely decides, and those before it that may decide otherwise; or else whatever
    /// may, or else every policy that closes the tier.
    fn end(&mut self, tier: &[(u32, Truth)], open: &Cells, closes: Truth) {
        let rules = std::mem::take(&mut self.rules);
        if let Some(first) = rules.iter().position(|(_, _, sure)| *sure) {
            let action = rules[first].1;
            // What follows shares its turn with it.
            let shared = rules[first..].iter().any(|one| one.1 != action);
            for (at, (mut step, own, sure)) in rules.into_iter().enumerate() {
                if shared && sure {
                    step.reason = Reason::Unknown;
                }
                if at == first || own != action || shared && at > first {
                    self.steps.push(step);
                }
            }
            return;
        }
        let open = open.meets(self.cell);
        if open && closes != Truth::False && (rules.is_empty() || closes != Truth::True) {
            for &(policy, truth) in tier {
                let reason = match self.graph.closes((policy, truth), self.direction) {
                    Truth::True => Reason::Isolates,
                    Truth::Unknown => Reason::Unknown,
                    Truth::False => continue,
                };
                self.steps.push(self.graph.whole(policy, self.direction, reason));
            }
        }
        self.steps.extend(rules.into_iter().map(|(step, ..)| step));
    }

    fn opaque(&mut self, policies: &[(u32, Truth)]) {
        let step = |one: &(u32, Truth)| self.graph.whole(one.0, self.direction, Reason::Unknown);
        self.steps.extend(policies.iter().map(step));
    }
}
