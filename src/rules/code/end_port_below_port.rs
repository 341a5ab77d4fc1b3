//! Port ranges of a `NetworkPolicy` that end before they begin.

use crate::input::scalar::Scalar;
use crate::model::fact::Fact;
use crate::model::root::Root;
use crate::rules::network_policy;
use crate::rules::sink::Sink;

/// Reports each `endPort` below its `port`.
pub fn end_port_below_port<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for at in network_policy::policies(root) {
        let spec = root.cursor(root.resources[at]).key("spec");
        for rule in ["ingress", "egress"].iter().flat_map(|key| spec.key(key).items().known) {
            for entry in rule.key("ports").items().known {
                let end = entry.key("endPort");
                match (entry.key("port").scalar(), end.scalar()) {
                    (Fact::Known(Scalar::Int(port), _), Fact::Known(Scalar::Int(last), _))
                        if last < port =>
                    {
                        sink.report(at, end, None, &[]);
                    }
                    (Fact::Unknown(_), Fact::Known(..) | Fact::Unknown(_))
                    | (Fact::Known(Scalar::Int(_), _), Fact::Unknown(_)) => sink.unknown(),
                    _ => {}
                }
            }
        }
    }
}
