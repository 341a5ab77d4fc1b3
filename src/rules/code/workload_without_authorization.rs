//! Workloads of the mesh to which no policy that allows only some callers attaches, beside others for
//! which there is one: every identity of the mesh may call them.

use crate::model::fact::Truth;
use crate::model::graph::Peer;
use crate::model::graph::call::Call;
use crate::model::graph::speech::Speaks;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::rules::finding::{Confidence, Label};
use crate::rules::reach;
use crate::rules::sink::Sink;
use std::collections::BTreeMap;

/// Workloads that get a label.
const LABELLED: usize = 50;

/// `workload_without_authorization`: one finding for each namespace.
pub fn workload_without_authorization<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let (cluster, mesh) = (root.cluster(), root.mesh());
    // Who writes no such policies authorises callers elsewhere, or not at all.
    let written = mesh.policies.iter().any(|one| one.present == Truth::True);
    let Some(graph) = sink.graph().filter(|_| written) else { return };
    let mut homes: BTreeMap<&Home<'r>, Vec<(usize, u16)>> = BTreeMap::new();
    for door in graph.doors() {
        let workload = &cluster.workloads[door.workload];
        let known = homes.get(&workload.home).and_then(|list| list.last());
        if known.is_some_and(|(at, _)| *at == door.workload) {
            continue;
        }
        let open = graph.enrolled(door.workload).and(door.member).and(workload.present);
        let open = open.and(!mesh.is_limited(&mesh.attached(workload)));
        match open.and(!mesh.is_gateway(workload)) {
            Truth::True => {
                homes.entry(&workload.home).or_default().push((door.workload, door.port));
            }
            Truth::False => {}
            Truth::Unknown => sink.unknown(),
        }
    }
    let vague = !cluster.all_named()
        || cluster.workloads.iter().any(|workload| workload.home == Home::Unknown);
    for (home, open) in homes {
        let declared = cluster.namespace(home).and_then(|one| one.resource);
        if vague && declared.is_none() {
            sink.unknown();
            continue;
        }
        let resource = declared.unwrap_or(cluster.workloads[open[0].0].resource);
        let at = root.cursor(root.resources[resource]);
        if let Some(raw) = sink.report(resource, at, None, &[("place", &reach::place(home))]) {
            raw.subject = Some(reach::subject(home));
            raw.labels.extend(open.iter().take(LABELLED).map(|(at, _)| Label {
                place: root.resources[cluster.workloads[*at].resource].header,
                text: format!("any identity of the mesh may call `{}`", reach::name(root, *at)),
            }));
            let (at, port) = open[0];
            let to = Peer::Workload(at);
            let call = Call { speaks: Speaks::Stranger, ..Call::new(Peer::AnyPod, to, port) };
            raw.witness = Some(reach::by_call(graph, &call).witness);
            if !cluster.closed(home) {
                raw.confidence = Confidence::Possible;
                let place = reach::place(home);
                raw.assumption =
                    Some(format!("no AuthorizationPolicy for {place} is written elsewhere"));
            }
        }
    }
}
