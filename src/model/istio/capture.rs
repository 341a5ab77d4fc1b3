//! Which traffic reaches a workload's own proxy at all.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;

/// Inbound ports that the sidecar's redirection always leaves alone ("ports used by Istio", and 22,
/// as `istio-iptables` has it).
pub const NEVER: [u16; 4] = [22, 15020, 15021, 15090];

/// Whether no sidecar ever sees a port, whatever its pod's annotations say.
pub fn is_never_captured(port: u16) -> bool {
    NEVER.contains(&port)
}

/// Whether a sidecar sees a connection to a port (`traffic.sidecar.istio.io/*` annotations): TCP
/// only, not an excluded port, and one of `includeInboundPorts` where that is written. `annotations`
/// are the pod template's.
pub fn sidecar_captures(annotations: Cursor<'_>, port: u16, protocol: &str) -> Truth {
    if protocol != "TCP" || is_never_captured(port) {
        return Truth::False;
    }
    let excluded = listed(annotations.key("traffic.sidecar.istio.io/excludeInboundPorts"), port);
    let included = annotations.key("traffic.sidecar.istio.io/includeInboundPorts");
    let included = match included.shape() {
        Shape::Absent => Truth::True,
        _ => listed(included, port),
    };
    included.and(!excluded)
}

/// Whether a list such as `8080, 9090` or `*` holds a port.
fn listed(at: Cursor<'_>, port: u16) -> Truth {
    match at.text() {
        Some(text) => Truth::of(
            text.split(',').map(str::trim).any(|entry| entry == "*" || entry.parse() == Ok(port)),
        ),
        None if at.shape() == Shape::Absent => Truth::False,
        None => Truth::Unknown,
    }
}

/// Whether the ambient mesh's node proxy sees a connection: all TCP to an enrolled pod.
pub fn ztunnel_captures(protocol: &str) -> Truth {
    Truth::of(protocol == "TCP")
}

#[cfg(test)]
mod tests {
    use super::{sidecar_captures, ztunnel_captures};
    use crate::model::fact::Truth::{self, False, True, Unknown};
    use crate::model::istio::fixture::yaml;

    #[test]
    fn annotations_decide_what_a_sidecar_sees() {
        let cases: &[(&str, u16, &str, Truth)] = &[
            ("{}", 8080, "TCP", True),
            ("{}", 8080, "UDP", False),
            ("{}", 22, "TCP", False),
            ("{}", 15090, "TCP", False),
            ("{}", 15008, "TCP", True),
            ("{excludeInboundPorts: \"8080, 9090\"}", 9090, "TCP", False),
            ("{excludeInboundPorts: \"8080\"}", 9090, "TCP", True),
            ("{includeInboundPorts: \"\"}", 8080, "TCP", False),
            ("{includeInboundPorts: \"*\"}", 8080, "TCP", True),
            ("{includeInboundPorts: \"8080\"}", 8080, "TCP", True),
            ("{includeInboundPorts: \"8080\"}", 9090, "TCP", False),
            ("{includeInboundPorts: \"*\", excludeInboundPorts: \"8080\"}", 8080, "TCP", False),
            ("{excludeInboundPorts: \"${PORTS}\"}", 8080, "TCP", Unknown),
            ("{includeInboundPorts: \"${PORTS}\"}", 8080, "SCTP", False),
        ];
        for (annotations, port, protocol, expected) in cases {
            let text = annotations
                .replace("excludeInbound", "traffic.sidecar.istio.io/excludeInbound")
                .replace("includeInbound", "traffic.sidecar.istio.io/includeInbound");
            let annotations = yaml(&format!("annotations: {text}\n")).key("annotations");
            assert_eq!(sidecar_captures(annotations, *port, protocol), *expected, "{text} {port}");
        }
        assert_eq!(ztunnel_captures("TCP"), True);
        assert_eq!(ztunnel_captures("UDP"), False);
    }
}
