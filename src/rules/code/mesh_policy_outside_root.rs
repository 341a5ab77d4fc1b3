//! Policies for the whole mesh that are written into a namespace which is not its root.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::istio::authorization::attachment::targets;
use crate::model::istio::peer::has_selector;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// Where the root is unless the mesh's settings say otherwise.
const USUAL: &str = "istio-system";

/// Reports policies without a selector in the usual root namespace of a mesh whose root is another.
pub fn mesh_policy_outside_root<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    let peers = mesh.peers.iter().map(|item| (item.resource, &item.home, item.object));
    let policies = mesh.policies.iter();
    let policies = policies.map(|one| (one.policy.resource, &one.home, one.policy.object));
    for (resource, home, object) in peers.chain(policies) {
        if home.name() != Some(USUAL) {
            continue;
        }
        let elsewhere = !mesh.is_root(home);
        match elsewhere.and(is_wide(object.key("spec"))) {
            Truth::True => {
                let at = object.key("metadata").key("namespace");
                let own = mesh.root.name().unwrap_or_default();
                sink.report(resource, at, None, &[("root", own)]);
            }
            Truth::Unknown if mesh.root == Home::Unknown => sink.unknown(),
            _ => {}
        }
    }
}

fn is_wide(spec: Cursor<'_>) -> Truth {
    let (named, open) = targets(spec);
    let untargeted = match (named.is_empty(), open) {
        (false, _) => Truth::False,
        (true, true) => Truth::Unknown,
        (true, false) => Truth::True,
    };
    untargeted.and(!has_selector(spec))
}
