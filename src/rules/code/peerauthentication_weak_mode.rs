//! `PeerAuthentication`s that accept plaintext: for all ports, or for some.

use crate::model::cursor::Shape;
use crate::model::fact::Truth;
use crate::model::istio::capture::is_never_captured;
use crate::model::istio::enrolment::Membership;
use crate::model::istio::mesh::Item;
use crate::model::istio::peer::has_selector;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// Reports mode `PERMISSIVE`, except where Istio ignores the policy, or where it is only the mesh's
/// default and every namespace that is known overrides it.
pub fn peerauthentication_writes_permissive<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    for item in &mesh.peers {
        let mode = item.spec().key("mtls").key("mode");
        if mode.text().as_deref() != Some("PERMISSIVE") {
            continue;
        }
        let in_root = mesh.names_root(&item.home);
        let ignored = in_root.and(has_selector(item.spec()));
        match ignored.or(in_root.and(overridden(root, item))) {
            Truth::False => drop(sink.report(item.resource, mode, None, &[])),
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}

/// Whether some namespace is strict on its own, and no workload is left to the mesh's default.
fn overridden(root: &Root<'_>, default: &Item<'_>) -> Truth {
    let (mesh, cluster) = (root.mesh(), root.cluster());
    let others = mesh.peers.iter().filter(|other| other.resource != default.resource);
    let strict = Truth::any(others.map(|other| {
        let mode = other.spec().key("mtls").key("mode");
        let strict = match (mode.absent(), mode.text()) {
            (Truth::True, _) => Truth::False,
            (_, Some(text)) => Truth::of(text == "STRICT"),
            _ => Truth::Unknown,
        };
        Truth::all([strict, !has_selector(other.spec()), !mesh.is_root(&other.home), other.present])
    }));
    if strict == Truth::False {
        return Truth::False;
    }
    let left = Truth::any(cluster.workloads.iter().map(|workload| {
        let pod = mesh.pod(cluster, workload);
        match pod.membership() {
            Membership::Out => return Truth::False,
            Membership::Unknown => return Truth::Unknown,
            Membership::In | Membership::Undeclared => {}
        }
        let effective = mesh.mode(workload, None, false);
        match effective.mode {
            Some(_) => Truth::of(effective.deciding.contains(&default.resource)),
            None => Truth::Unknown,
        }
    }));
    strict.and(!left)
}

/// Reports ports in mode `PERMISSIVE` of workloads that are not.
pub fn peerauthentication_port_accepts_plaintext<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    ports(root, sink, "PERMISSIVE");
}

/// Reports ports in mode `DISABLE` of workloads that are not.
pub fn peerauthentication_port_disables_mtls<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    ports(root, sink, "DISABLE");
}

fn ports<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>, word: &str) {
    let mesh = root.mesh();
    for item in &mesh.peers {
        let spec = item.spec();
        let own = spec.key("mtls").key("mode");
        let weak = match (own.absent(), own.text().as_deref()) {
            (Truth::True, _) => Truth::False,
            (_, Some(text)) => Truth::of(matches!(text, "PERMISSIVE" | "DISABLE")),
            _ => Truth::Unknown,
        };
        let applies = Truth::all([has_selector(spec), !mesh.names_root(&item.home), !weak]);
        for (port, value) in spec.key("portLevelMtls").entries().0 {
            let mode = value.key("mode");
            // No proxy ever sees the ports of its own health and metrics.
            let unseen = port.trim().parse().is_ok_and(is_never_captured);
            if unseen || mode.shape() != Shape::Scalar || mode.text().as_deref() != Some(word) {
                continue;
            }
            match applies {
                Truth::True => drop(sink.report(item.resource, mode, None, &[])),
                Truth::Unknown => sink.unknown(),
                Truth::False => {}
            }
        }
    }
}
