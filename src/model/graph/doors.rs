//! The ports of every workload, and who may come in by them: cheap, since workloads for which
//! everything is the same share the answer.

use super::call::{Accepts, Asks, Call, Decision, Way};
use super::inbound::Carries;
use super::ports::Protocol;
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
    pub fn doors(&self) -> Vec<Door> {
        let mut known: HashMap<(Option<u32>, u32, u16), [Decision; 2]> = HashMap::new();
        let mut found = Vec::new();
        for workload in 0..self.root.cluster().workloads.len() {
            let to = Peer::Workload(workload);
            for port in self.listening(workload) {
                let key = (self.class(to), self.profile(workload), port);
                let asked = |speaks| Call { speaks, ..Call::new(Peer::AnyPod, to, port) };
                let [anybody, member] = known.entry(key).or_insert_with(|| {
                    [Speaks::Plaintext, Speaks::Stranger].map(|speaks| self.call(&asked(speaks)))
                });
                found.push(Door {
                    workload,
                    port,
                    carries: self.carries(workload, port),
                    accepts: anybody.accepts,
                    anybody: anybody.allowed,
                    way: anybody.way.clone(),
                    member: member.allowed,
                });
            }
        }
        found
    }

    /// The ports on which a call from one end to another goes through, as for `call`, for every port
    /// that anything tells from others: ranges with their answer, in order.
    pub fn stretches(
        &self,
        from: Peer,
        to: Peer,
        speaks: Speaks<'_>,
        asks: &Asks<'_>,
    ) -> Vec<((u16, u16), Decision)> {
        let cells = self.cells(from, to);
        let edge = self.shown(&cells[0], &cells[1]);
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
        let mut found: Vec<((u16, u16), Decision)> = Vec::new();
        for (at, &start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).map_or(65_535, |next| next - 1);
            let (low, high) = (start as u16, end as u16);
            let call =
                Call { from, to, protocol: Protocol::Tcp, port: low, speaks, asks: asks.clone() };
            let decision = self.answer(&call, &cells);
            match found.last_mut() {
                Some((range, same)) if *same == decision => range.1 = high,
                _ => found.push(((low, high), decision)),
            }
        }
        found
    }
}
