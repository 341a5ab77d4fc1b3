//! Workloads of the mesh that any pod reaches in plaintext: since their mode accepts it, or since
//! their proxy does not see the port.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::call::Call;
use crate::model::graph::doors::Door;
use crate::model::graph::speech::Speaks;
use crate::model::graph::{Graph, Peer};
use crate::model::istio::authorization::evaluation::Plane;
use crate::model::istio::capture::is_never_captured;
use crate::model::istio::peer::Mode;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::rules::reach;
use crate::rules::sink::Sink;
use std::collections::BTreeSet;

/// Lists of ports that keep them from the sidecar.
const EXCLUDED: &str = "traffic.sidecar.istio.io/excludeInboundPorts";

/// `permissive_mode_reached`: one finding for each `PeerAuthentication` that decides, and, where all
/// of a namespace is written, for each namespace without one.
pub fn permissive_mode_reached<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let (cluster, mesh) = (root.cluster(), root.mesh());
    let Some(graph) = sink.graph().filter(|_| may_mesh(root)) else { return };
    let (mut reported, mut homes): (BTreeSet<usize>, BTreeSet<&Home<'r>>) = Default::default();
    for door in graph.doors() {
        let workload = &cluster.workloads[door.workload];
        let Some(plane) = open_door(root, graph, door, sink) else { continue };
        let effective = mesh.mode(workload, Some(door.port), plane == Plane::Ztunnel);
        if effective.mode != Some(Mode::Permissive) {
            continue;
        }
        let call = plaintext(door);
        let at = match effective.deciding.as_slice() {
            [] if cluster.closed(&workload.home) => {
                if homes.insert(&workload.home) {
                    let declared = cluster.namespace(&workload.home).and_then(|one| one.resource);
                    let resource = declared.unwrap_or(workload.resource);
                    let object = root.cursor(root.resources[resource]);
                    let words = [("what", "no PeerAuthentication is written for it")];
                    if let Some(raw) = sink.report(resource, object, None, &words) {
                        reach::rests_on(raw, reach::by_call(graph, &call));
                    }
                }
                continue;
            }
            [one] => *one,
            _ => continue,
        };
        let spec = root.cursor(root.resources[at]).key("spec");
        let own = spec.key("portLevelMtls").key(&door.port.to_string());
        let mode = spec.key("mtls").key("mode");
        let permissive = mode.text().as_deref() == Some("PERMISSIVE");
        if own.absent() != Truth::True || !permissive || !reported.insert(at) {
            continue;
        }
        if let Some(raw) = sink.report(at, mode, None, &[("what", "its mode is PERMISSIVE")]) {
            reach::rests_on(raw, reach::by_call(graph, &call));
        }
    }
}

/// `excluded_port_reached`: a port that is kept from the sidecar, of a workload whose others accept
/// mutual TLS only.
pub fn excluded_port_reached<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let (cluster, mesh) = (root.cluster(), root.mesh());
    let excludes = |at: Cursor<'_>| at.key(EXCLUDED).absent() != Truth::True;
    let any = cluster.workloads.iter().any(|one| excludes(annotations(one.template)));
    let Some(graph) = sink.graph().filter(|_| any && may_mesh(root)) else { return };
    let mut reported = BTreeSet::new();
    for door in graph.doors() {
        let workload = &cluster.workloads[door.workload];
        let at = annotations(workload.template).key(EXCLUDED);
        if at.shape() == Shape::Absent || reported.contains(&door.workload) {
            continue;
        }
        let Some(plane) = open_door(root, graph, door, sink) else { continue };
        let captured = mesh.captures(workload, plane, door.port);
        let strict = mesh.mode(workload, Some(door.port), false).mode == Some(Mode::Strict);
        if plane != Plane::Proxy || captured != Truth::False || !strict || is_metrics(root, door) {
            continue;
        }
        let listed = at
            .text()
            .is_some_and(|text| text.split(',').any(|one| one.trim() == door.port.to_string()));
        if !listed {
            continue;
        }
        reported.insert(door.workload);
        let port = door.port.to_string();
        if let Some(raw) = sink.report(workload.resource, at, None, &[("port", &port)]) {
            reach::rests_on(raw, reach::by_call(graph, &plaintext(door)));
        }
    }
}

/// The proxy of a door that surely belongs to the mesh and that anybody gets through.
fn open_door(
    root: &Root<'_>,
    graph: &Graph<'_>,
    door: &Door,
    sink: &mut Sink<'_, '_>,
) -> Option<Plane> {
    let workload = &root.cluster().workloads[door.workload];
    if is_never_captured(door.port) || root.mesh().is_gateway(workload) == Truth::True {
        return None;
    }
    let open = graph.enrolled(door.workload).and(door.accepts.plaintext).and(door.anybody);
    match open.and(workload.present) {
        Truth::True => root.mesh().plane(root.cluster(), workload),
        Truth::False => None,
        Truth::Unknown => {
            sink.unknown();
            None
        }
    }
}

/// Metrics are scraped in plaintext where the scraper is outside the mesh.
fn is_metrics(root: &Root<'_>, door: &Door) -> bool {
    let ports = root.cluster().workloads[door.workload].ports.iter();
    let mut own = ports.filter(|port| port.number == Some(door.port));
    own.any(|port| {
        let name = port.name.as_deref().unwrap_or_default();
        port.open_name
            || ["metrics", "prom", "monitoring", "telemetry", "health"]
                .iter()
                .any(|word| name.contains(word))
    })
}

fn plaintext(door: &Door) -> Call<'static> {
    let to = Peer::Workload(door.workload);
    Call { speaks: Speaks::Plaintext, ..Call::new(Peer::AnyPod, to, door.port) }
}

fn annotations(template: Cursor<'_>) -> Cursor<'_> {
    template.key("metadata").key("annotations")
}

/// Whether something in the root puts pods into a mesh.
fn may_mesh(root: &Root<'_>) -> bool {
    let mesh = root.mesh();
    !mesh.peers.is_empty()
        || !mesh.policies.is_empty()
        || !mesh.configs.is_empty()
        || root.cluster().namespaces.values().any(|one| one.resource.is_some())
}
