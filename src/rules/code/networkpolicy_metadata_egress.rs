//! Egress rules of a `NetworkPolicy` whose address blocks hold the cloud metadata service.

use crate::input::scalar::Scalar;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::{Fact, Truth};
use crate::model::graph::Peer;
use crate::model::graph::call::Call;
use crate::model::root::Root;
use crate::rules::finding::Witness;
use crate::rules::sink::Sink;
use crate::rules::{network_policy, reach};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where instances ask for their metadata.
const SERVICE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// The port it answers on.
const PORT: i64 = 80;

/// Reports each block that lets the pods reach the metadata service.
pub fn networkpolicy_metadata_egress<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for at in network_policy::policies(root) {
        let spec = root.cursor(root.resources[at]).key("spec");
        let applies = network_policy::applies_to(spec, "Egress");
        if applies == Truth::False {
            continue;
        }
        for rule in spec.key("egress").items().known {
            let allowed = applies.and(allows_port(rule.key("ports")));
            if allowed == Truth::False {
                continue;
            }
            let (blocks, open) = network_policy::blocks(rule.key("to"));
            if open {
                sink.unknown();
            }
            for block in blocks {
                let reaches = SERVICE.iter().any(|&address| block.addresses.contains(address));
                if reaches && allowed == Truth::True {
                    let witness = witness(root, at, sink);
                    if let Some(raw) = sink.report(at, block.cidr, None, &[]) {
                        raw.witness = witness;
                    }
                } else if reaches {
                    sink.unknown();
                }
            }
        }
    }
}

/// A pod of the policy, where one is written that surely gets through.
fn witness<'r>(root: &'r Root<'r>, policy: usize, sink: &Sink<'_, 'r>) -> Option<Witness> {
    let policy = root.cluster().policies.iter().find(|one| one.resource == policy)?;
    let (pod, graph) = (reach::first_pod(root, policy)?, sink.graph()?);
    let address = Ipv4Addr::new(169, 254, 169, 254);
    let service = Peer::Outside(graph.atom(false, u32::from(address).into()));
    let call = Call::new(Peer::Workload(pod), service, PORT as u16);
    if graph.call(&call).network != Truth::True {
        return None;
    }
    let mut witness = reach::by_network(graph, call.from, call.to, call.protocol, call.port);
    witness.sentence = witness.sentence.replace("the internet", &format!("{address} (metadata)"));
    Some(witness)
}

/// Whether the `ports` of a rule let HTTP over TCP through. A rule without ports does.
fn allows_port(ports: Cursor<'_>) -> Truth {
    let items = ports.items();
    if items.known.is_empty() && !items.open {
        return Truth::True;
    }
    let known = Truth::any(items.known.iter().map(|port| is_http(*port)));
    if items.open { known.or(Truth::Unknown) } else { known }
}

fn is_http(entry: Cursor<'_>) -> Truth {
    let protocol = match entry.key("protocol").words() {
        Fact::Known(words, _) => words.equals("TCP"),
        Fact::Absent(_) => Truth::True,
        Fact::Unknown(_) => Truth::Unknown,
    };
    let (port, end) = (entry.key("port"), entry.key("endPort"));
    if port.shape() == Shape::Absent {
        return protocol;
    }
    protocol.and(match (port.scalar(), end.scalar()) {
        (Fact::Known(Scalar::Int(PORT), _), _) => Truth::True,
        (Fact::Known(Scalar::Int(port), _), Fact::Known(Scalar::Int(end), _)) => {
            Truth::of(port <= PORT && PORT <= end)
        }
        (Fact::Known(Scalar::Int(port), _), Fact::Unknown(_)) if port < PORT => Truth::Unknown,
        (Fact::Unknown(_), _) => Truth::Unknown,
        _ => Truth::False,
    })
}
