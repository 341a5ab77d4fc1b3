//! Policies at a waypoint for a Service whose pods also accept calls that never pass it.

use crate::model::fact::Truth;
use crate::model::graph::Peer;
use crate::model::graph::call::Call;
use crate::model::graph::speech::Speaks;
use crate::model::istio::authorization::Action;
use crate::model::istio::authorization::attachment::targets;
use crate::model::istio::authorization::evaluation::Plane;
use crate::model::root::Root;
use crate::rules::reach;
use crate::rules::sink::Sink;

/// `waypoint_bypassed`: one finding for each policy.
pub fn waypoint_bypassed<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let (cluster, mesh) = (root.cluster(), root.mesh());
    for one in &mesh.policies {
        let policy = &one.policy;
        let enforced = policy.enforces(Action::Allow).or(policy.enforces(Action::Deny));
        let (named, open) = targets(policy.spec());
        if enforced.and(one.present) != Truth::True || open || policy.open || named.is_empty() {
            continue;
        }
        let Some(graph) = sink.graph() else { return };
        let found = named.iter().find_map(|target| {
            let service = target.group().as_deref() == Some("")
                && target.kind().as_deref() == Some("Service");
            let name = target.at.key("name").text().filter(|_| service)?;
            let service = &cluster.services[cluster.service(&one.home, &name).1?];
            cluster.targets(service).into_iter().find_map(|(at, truth)| {
                let workload = &cluster.workloads[at];
                if truth != Truth::True || mesh.plane(cluster, workload) != Some(Plane::Ztunnel) {
                    return None;
                }
                let ports = service.ports.iter().filter_map(|port| port.number_on(workload));
                let mut calls = ports.flat_map(|port| {
                    [Speaks::Plaintext, Speaks::Stranger].map(|speaks| Call {
                        speaks,
                        ..Call::new(Peer::AnyPod, Peer::Workload(at), port)
                    })
                });
                let call = calls.find(|call| graph.call(call).allowed == Truth::True)?;
                Some((target.at.key("name"), at, call))
            })
        });
        let Some((at, workload, call)) = found else { continue };
        let pods = format!("`{}`", reach::name(root, workload));
        if let Some(raw) = sink.report(policy.resource, at, None, &[("pods", &pods)]) {
            reach::rests_on(raw, reach::by_call(graph, &call));
        }
    }
}
