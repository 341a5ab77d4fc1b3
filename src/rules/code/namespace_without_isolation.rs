//! Namespaces with pods that no network policy is for: whatever runs in the cluster may reach them,
//! or they may reach everything.

use crate::model::fact::Truth;
use crate::model::graph::Peer;
use crate::model::graph::policy::Direction;
use crate::model::graph::ports::Protocol;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reach;
use crate::rules::sink::Sink;
use std::collections::BTreeMap;

/// Workloads that get a label.
const LABELLED: usize = 50;

/// `namespace_open_ingress`: namespaces for whose policies somebody here is responsible.
pub fn namespace_open_ingress<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    open(root, Direction::Ingress, Some(true), sink);
}

/// `namespace_of_others_open_ingress`: the others, where no network policy is written at all.
pub fn namespace_of_others_open_ingress<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    open(root, Direction::Ingress, Some(false), sink);
}

/// `namespace_open_egress`.
pub fn namespace_open_egress<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    open(root, Direction::Egress, None, sink);
}

fn open<'r>(root: &'r Root<'r>, direction: Direction, own: Option<bool>, sink: &mut Sink<'_, 'r>) {
    let side = if direction == Direction::Ingress { "ingress" } else { "egress" };
    let Some(graph) = sink.graph() else { return };
    let cluster = root.cluster();
    let mut homes: BTreeMap<&Home<'r>, Vec<usize>> = BTreeMap::new();
    for (at, workload) in cluster.workloads.iter().enumerate() {
        homes.entry(&workload.home).or_default().push(at);
    }
    // Pods of a namespace that cannot be told may belong to any.
    let vague = homes.remove(&Home::Unknown).is_some() || !cluster.all_named();
    for (home, workloads) in homes {
        if own.is_some_and(|wanted| reach::is_own(graph, home) != wanted) {
            continue;
        }
        let declared = cluster.namespace(home).and_then(|one| one.resource);
        if vague && declared.is_none() {
            sink.unknown();
            continue;
        }
        let mut open = Vec::new();
        for &at in &workloads {
            let workload = &cluster.workloads[at];
            // Policies are not for pods on their node's network.
            match graph.isolated(at, direction).or(workload.host_network) {
                Truth::False if workload.present == Truth::True => open.push(at),
                Truth::True => {}
                _ => sink.unknown(),
            }
        }
        let Some(&first) = open.first() else { continue };
        let words = [("place", &*reach::place(home))];
        let resource = declared.unwrap_or(cluster.workloads[workloads[0]].resource);
        let at = root.cursor(root.resources[resource]);
        let mut finding = sink.report(resource, at, None, &words);
        if let Some(raw) = &mut finding {
            raw.subject = Some(reach::subject(home));
            let node = |at: &usize| root.resources[cluster.workloads[*at].resource].node;
            raw.covers.extend(open.iter().map(node));
            raw.labels.extend(open.iter().take(LABELLED).map(|at| Label {
                place: root.resources[cluster.workloads[*at].resource].header,
                text: format!(
                    "no network policy is for the {side} of `{}`",
                    reach::name(root, *at)
                ),
            }));
            let own = Peer::Workload(first);
            raw.witness = Some(match (direction, reach::port(root, first)) {
                (Direction::Ingress, Some(port)) => {
                    reach::by_network(graph, Peer::AnyPod, own, Protocol::Tcp, port)
                }
                (Direction::Ingress, None) => reach::on_every_port(graph, Peer::AnyPod, own),
                (Direction::Egress, _) => reach::on_every_port(graph, own, Peer::AnyPod),
            });
        }
        reach::without_policies(root, home, finding);
    }
}
