//! Network policies for pods of the ambient mesh, whose traffic arrives in tunnels to port 15008:
//! those that admit the tunnel admit every port inside of it, and those that do not admit nothing.

use crate::model::fact::Truth;
use crate::model::graph::call::{Call, Transport};
use crate::model::graph::policy::{Direction, Ports};
use crate::model::graph::ports::Protocol;
use crate::model::graph::speech::Speaks;
use crate::model::graph::{Graph, Peer};
use crate::model::istio::authorization::evaluation::Plane;
use crate::model::root::Root;
use crate::rules::reach;
use crate::rules::sink::Sink;
use std::collections::{BTreeSet, HashMap};

/// The port of tunnels (HBONE).
const TUNNEL: u16 = crate::model::graph::call::TUNNEL;

/// `tunnel_opens_every_port`.
pub fn tunnel_opens_every_port<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if root.cluster().policies.is_empty() {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    let mut reported = BTreeSet::new();
    for own in ambient(root, graph) {
        let to = Peer::Workload(own);
        for (policy, rule) in limited_rules(graph, own) {
            let written = &graph.policies()[policy].sides[Direction::Ingress as usize].rules[rule];
            let ports = graph.rule_ports((policy, rule), Direction::Ingress, to, true);
            let ports = graph.shown_ports(&ports);
            if !ports.holds(Protocol::Tcp, TUNNEL) || reported.contains(&(policy, rule)) {
                continue;
            }
            let others = graph.listening(own).into_iter();
            let others =
                others.filter(|port| *port != TUNNEL && !ports.holds(Protocol::Tcp, *port));
            let calls = others.flat_map(|port| {
                callers(root, graph, own)
                    .map(move |(from, speaks)| Call { speaks, ..Call::new(from, to, port) })
            });
            let mut calls = calls.filter(|call| {
                graph.rule_matches((policy, rule), Direction::Ingress, call.from) == Truth::True
            });
            let found = calls.find(|call| {
                let decision = graph.call(call);
                let tunnel =
                    decision.way.as_ref().is_some_and(|way| way.transport == Transport::Tunnel);
                tunnel && decision.allowed == Truth::True && decision.network == Truth::False
            });
            let Some(call) = found else { continue };
            reported.insert((policy, rule));
            let entries = written.at.key("ports").items().known;
            let tunnel = TUNNEL.to_string();
            let entry = entries.into_iter().map(|entry| entry.key("port"));
            let entry = entry.into_iter().find(|port| port.text().as_deref() == Some(&tunnel));
            let at = entry.unwrap_or(written.at.key("ports"));
            let port = call.port.to_string();
            let pods = format!("`{}`", reach::name(root, own));
            let words = [("port", &*port), ("pods", &*pods)];
            if let Some(raw) = sink.report(graph.policies()[policy].resource, at, None, &words) {
                let mut way = reach::by_call(graph, &call);
                // The policies for the port itself are written.
                way.assumed = way.assumed.filter(|text| text.contains("AuthorizationPolicy"));
                reach::rests_on(raw, way);
            }
        }
    }
}

/// `tunnel_blocked`.
pub fn tunnel_blocked<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if root.cluster().policies.is_empty() {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    let mut reported = BTreeSet::new();
    let members: Vec<usize> = ambient(root, graph).collect();
    // Whom a rule admits does not depend on the pods that it is for.
    let mut admitted: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
    for &own in &members {
        let to = Peer::Workload(own);
        for (policy, rule) in limited_rules(graph, own) {
            if reported.contains(&(policy, rule)) {
                continue;
            }
            let written = &graph.policies()[policy].sides[Direction::Ingress as usize].rules[rule];
            let ports = graph.rule_ports((policy, rule), Direction::Ingress, to, true);
            let ports = graph.shown_ports(&ports);
            let Some(&(port, _)) = ports.of(Protocol::Tcp).first() else { continue };
            let callers = admitted.entry((policy, rule)).or_insert_with(|| {
                let matched = |from: &&usize| {
                    let from = Peer::Workload(**from);
                    graph.rule_matches((policy, rule), Direction::Ingress, from) == Truth::True
                };
                members.iter().filter(matched).copied().collect()
            });
            let from = callers.iter().copied().filter(|from| *from != own).find(|from| {
                let from = Peer::Workload(*from);
                let by_network = |port| graph.by_network(from, to, Protocol::Tcp, port);
                let call = Call { speaks: Speaks::Usual, ..Call::new(from, to, port) };
                by_network(port) == Truth::True
                    && by_network(TUNNEL) == Truth::False
                    && graph.call(&call).allowed == Truth::False
            });
            let Some(from) = from else { continue };
            reported.insert((policy, rule));
            let [from, pods] = [from, own].map(|at| format!("`{}`", reach::name(root, at)));
            let words = [("from", &*from), ("pods", &*pods)];
            let resource = graph.policies()[policy].resource;
            sink.report(resource, written.at.key("ports"), None, &words);
        }
    }
}

/// Workloads that surely are part of the ambient mesh.
fn ambient<'g>(root: &'g Root<'_>, graph: &'g Graph<'_>) -> impl Iterator<Item = usize> + 'g {
    let workloads = root.cluster().workloads.iter().enumerate();
    workloads
        .filter(|(at, workload)| {
            workload.present == Truth::True
                && graph.enrolled(*at) == Truth::True
                && root.mesh().plane(root.cluster(), workload) == Some(Plane::Ztunnel)
        })
        .map(|(at, _)| at)
}

/// Rules of network policies that surely are for a workload and name TCP ports.
fn limited_rules(graph: &Graph<'_>, own: usize) -> Vec<(usize, usize)> {
    let attached = graph.attached(Peer::Workload(own), Direction::Ingress).iter();
    let sure = attached.filter(|(_, truth)| *truth == Truth::True).map(|(at, _)| *at as usize);
    let policies = sure.filter(|at| graph.is_network_policy(*at));
    let rules = policies.flat_map(|at| {
        let rules = graph.policies()[at].sides[Direction::Ingress as usize].rules.iter();
        rules
            .enumerate()
            .filter(|(_, rule)| matches!(rule.ports, Ports::Listed { .. }))
            .map(move |(rule, _)| (at, rule))
    });
    rules.collect()
}

/// Members of the mesh who may call a workload.
fn callers<'g>(
    root: &'g Root<'_>,
    graph: &'g Graph<'_>,
    own: usize,
) -> impl Iterator<Item = (Peer, Speaks<'static>)> + 'g {
    let members = ambient(root, graph).filter(move |at| *at != own);
    let members = members.map(|at| (Peer::Workload(at), Speaks::Any));
    std::iter::once((Peer::AnyPod, Speaks::Stranger)).chain(members)
}
