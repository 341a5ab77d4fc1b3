//! The ports of every workload, and who may come in by them: cheap, since workloads for which
//! everything is the same share the answer.

use super::call::{Accepts, Call, Decision, Way};
use super::inbound::Carries;
use super::speech::Speaks;
use super::{Graph, Peer};
use crate::model::fact::Truth;
use std::collections::{BTreeSet, HashMap};

/// A TCP port of a workload.
#[derive(Clone, Debug)]
pub struct Door {
    /// The workload.
    pub workload: usize,
    /// The port of its pods.
    pub port: u16,
    /// What it carries.
    pub carries: Carries,
    /// What it accepts.
    pub accepts: Accepts,
    /// Whether any pod may come in without identity and token.
    pub anybody: Truth,
    /// How.
    pub way: Option<Way>,
    /// Whether any workload of the mesh may come in with its identity, without a token.
    pub member: Truth,
}

impl Graph<'_> {
    /// The TCP ports that a workload's containers declare or Services lead to, in order.
    pub fn listening(&self, workload: usize) -> Vec<u16> {
        let declared = self.root.cluster().workloads[workload].ports.iter();
        let tcp = declared.filter(|port| port.protocol.as_deref().is_none_or(|one| one == "TCP"));
        let mut found: BTreeSet<u16> = tcp.filter_map(|port| port.number).collect();
        found.extend(self.inbound().of(workload).served());
        found.into_iter().collect()
    }

    /// Who may come in by the ports of every workload, in the order of workloads and ports.
    pub fn doors(&self) -> &[Door] {
        self.doors.get_or_init(|| self.doors_among(0..self.root.cluster().workloads.len()))
    }

    /// The same for one workload.
    pub fn doors_of(&self, workload: usize) -> Vec<Door> {
        self.doors_among(workload..workload + 1)
    }

    fn doors_among(&self, workloads: std::ops::Range<usize>) -> Vec<Door> {
        let listening: Vec<(usize, u16)> = workloads
            .flat_map(|at| self.listening(at).into_iter().map(move |port| (at, port)))
            .collect();
        let key = |(workload, port): (usize, u16)| {
            let class = self.class(Peer::Workload(workload));
            (class, self.profile(workload), port)
        };
        let mut numbers: HashMap<(Option<u32>, u32, u16), usize> = HashMap::new();
        let mut first = Vec::new();
        let answered: Vec<usize> = listening
            .iter()
            .map(|one| {
                *numbers.entry(key(*one)).or_insert_with(|| {
                    first.push(*one);
                    first.len() - 1
                })
            })
            .collect();
        let answers: Vec<[Decision; 2]> = first
            .iter()
            .map(|&(workload, port)| {
                let to = Peer::Workload(workload);
                let cells = self.cells(Peer::AnyPod, to);
                [Speaks::Plaintext, Speaks::Stranger].map(|speaks| {
                    let call = Call { speaks, ..Call::new(Peer::AnyPod, to, port) };
                    self.answer(&call, &cells)
                })
            })
            .collect();
        let each = listening.into_iter().zip(answered);
        each.map(|((workload, port), at)| {
            let [anybody, member] = &answers[at];
            Door {
                workload,
                port,
                carries: self.carries(workload, port),
                accepts: anybody.accepts,
                anybody: anybody.allowed,
                way: anybody.way.clone(),
                member: member.allowed,
            }
        })
        .collect()
    }
}
