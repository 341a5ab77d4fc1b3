//! Containers that mount the token with which a proxy gets the workload's mesh certificate.

use crate::model::cursor::{Cursor, Shape};
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// Audiences of the authorities of meshes.
const AUTHORITIES: [&str; 2] = ["istio-ca", "identity.l5d.io"];

/// Parts of names and images of what stands for the workload in the mesh.
const PROXIES: [&str; 8] =
    ["istio", "proxyv2", "pilot-agent", "ztunnel", "linkerd", "gateway", "envoy", "waypoint"];

/// `mesh_token_in_app`.
pub fn mesh_token_in_app<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for workload in &root.cluster().workloads {
        for volume in workload.pod.key("volumes").items().known {
            let Some(token) = token(volume) else { continue };
            let Some(name) = volume.key("name").text() else { continue };
            for container in workload.containers().0 {
                if is_proxy(container) {
                    continue;
                }
                for mount in container.key("volumeMounts").items().known {
                    let of = mount.key("name");
                    if of.text().as_deref() != Some(&*name) {
                        continue;
                    }
                    let own = container.key("name").text().unwrap_or_default().into_owned();
                    let words = [("container", own.as_str())];
                    if let Some(raw) = sink.report(workload.resource, of, None, &words) {
                        let text = "the token of the mesh".to_owned();
                        raw.labels.push(Label { place: token.focus(), text });
                    }
                }
            }
        }
    }
}

/// The audience of a volume's projected token for a mesh's authority.
fn token(volume: Cursor<'_>) -> Option<Cursor<'_>> {
    let sources = volume.key("projected").key("sources").items().known;
    sources
        .into_iter()
        .map(|source| source.key("serviceAccountToken").key("audience"))
        .find(|at| at.text().is_some_and(|audience| AUTHORITIES.contains(&&*audience)))
}

fn is_proxy(container: Cursor<'_>) -> bool {
    ["name", "image"].iter().any(|key| {
        let at = container.key(key);
        match at.text() {
            Some(text) => PROXIES.iter().any(|word| text.contains(word)),
            None => at.shape() != Shape::Absent,
        }
    })
}
