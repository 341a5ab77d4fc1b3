//! `PeerAuthentication`s with a selector in the mesh's root namespace, which Istio ignores.

use crate::model::fact::Truth;
use crate::model::istio::peer::has_selector;
use crate::model::root::Root;
use crate::rules::sink::Sink;

/// Reports the namespace of each, unless the mode it asks for is no loss.
pub fn peerauthentication_selector_in_root<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    for item in &mesh.peers {
        let mode = item.spec().key("mtls").key("mode");
        let weak = match (mode.absent(), mode.text().as_deref()) {
            (Truth::True, _) => Truth::False,
            (_, Some(text)) => Truth::of(matches!(text, "PERMISSIVE" | "DISABLE")),
            _ => Truth::Unknown,
        };
        let ignored = has_selector(item.spec()).and(mesh.is_root(&item.home));
        match ignored.and(!weak) {
            Truth::True => {
                let at = item.object.key("metadata").key("namespace");
                sink.report(item.resource, at, None, &[]);
            }
            Truth::Unknown => sink.unknown(),
            Truth::False => {}
        }
    }
}
