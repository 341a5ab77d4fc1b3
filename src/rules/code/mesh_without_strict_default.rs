//! Meshes where mutual TLS is demanded in single namespaces and by nothing for the others.

use crate::model::fact::Truth;
use crate::model::istio::enrolment::Membership;
use crate::model::istio::mesh::Item;
use crate::model::istio::peer::{Mode, has_selector};
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;

const ASSUMPTION: &str = "no other manifests hold a PeerAuthentication for the whole mesh";

/// Reports the first strict namespace where another namespace of the mesh takes plaintext by
/// default.
pub fn mesh_without_strict_default<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let Some(strict) = strict_namespace(root, sink) else { return };
    match open_namespaces(root) {
        None => sink.unknown(),
        Some(open) if open.is_empty() => {}
        Some(open) => {
            let (place, name) = &open[0];
            let at = strict.object.key("metadata").key("namespace");
            let found = sink.report(strict.resource, at, None, &[("other", name)]);
            if let Some(finding) = found {
                let text = "is in the mesh and takes plaintext".to_owned();
                finding.labels.push(Label { place: root.resources[*place].header, text });
                assume(Some(finding), ASSUMPTION);
            }
        }
    }
}

/// Reports the first strict namespace where nothing is known of others.
pub fn mesh_strict_in_one_namespace<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let Some(strict) = strict_namespace(root, sink) else { return };
    match open_namespaces(root) {
        None => sink.unknown(),
        Some(open) if open.is_empty() => {
            let at = strict.object.key("metadata").key("namespace");
            assume(sink.report(strict.resource, at, None, &[]), ASSUMPTION);
        }
        Some(_) => {}
    }
}

/// The first policy that demands mutual TLS in one namespace, where none is for the whole mesh.
fn strict_namespace<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) -> Option<&'r Item<'r>> {
    let mesh = root.mesh();
    let mut found = None;
    for item in &mesh.peers {
        let wide = !has_selector(item.spec());
        let in_root = mesh.is_root(&item.home).and(wide);
        if in_root != Truth::False {
            if in_root == Truth::Unknown {
                sink.unknown();
            }
            return None;
        }
        let strict = item.spec().key("mtls").key("mode").text().as_deref() == Some("STRICT");
        if strict && wide == Truth::True && matches!(item.home, Home::Named(_)) {
            found = found.or(Some(item));
        }
    }
    found
}

/// Workloads of the mesh that take plaintext because nothing says otherwise, one for each
/// namespace, with its name; nothing where some cannot be judged.
fn open_namespaces(root: &Root<'_>) -> Option<Vec<(usize, String)>> {
    let (mesh, cluster) = (root.mesh(), root.cluster());
    let mut found: Vec<(usize, String)> = Vec::new();
    for workload in &cluster.workloads {
        let pod = mesh.pod(cluster, workload);
        match pod.membership() {
            Membership::Out | Membership::Undeclared => continue,
            Membership::Unknown => return None,
            Membership::In => {}
        }
        let ambient = pod.sidecar().truth != Truth::True;
        let effective = mesh.mode(workload, None, ambient);
        let name = workload.home.name()?;
        match effective.mode {
            None => return None,
            Some(Mode::Permissive) if effective.deciding.is_empty() => {
                if !found.iter().any(|(_, known)| known == name) {
                    found.push((workload.resource, name.to_owned()));
                }
            }
            Some(_) => {}
        }
    }
    Some(found)
}
