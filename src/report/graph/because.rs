//! What decides about a call, with its places as people and scripts read them, and names of ends.

use crate::model::graph::addresses::Range;
use crate::model::graph::call::{Call, Transport};
use crate::model::graph::explain::Because;
use crate::model::graph::{Graph, Peer};
use crate::report::inert;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::Serialize;

/// A place that decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The layer: `egress`, `ingress`, `enrolment`, `transport`, `authorization`.
    pub layer: &'static str,
    /// What is said there.
    pub reason: &'static str,
    /// The object that says so.
    pub resource: String,
    /// Its file.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Decided {
    fn of(graph: &Graph<'_>, because: &Because) -> Self {
        let root = graph.root();
        let source = &root.file(because.place).source;
        let at = source.position(because.place.span.start);
        Self {
            layer: because.layer.word(),
            reason: because.reason.word(),
            resource: root.resources[because.resource].title(),
            path: source.path.clone(),
            line: at.line,
            column: at.column,
        }
    }

    /// `ingress allows: NetworkPolicy shop/db, db.yaml:12:5`.
    pub fn line(&self) -> String {
        let Self { layer, reason, resource, path, line, column } = self;
        inert(&format!("{layer} {reason}: {resource}, {path}:{line}:{column}")).into_owned()
    }
}

/// What decides about a call, in the order in which the call passes it, and what that assumes.
pub fn because(graph: &Graph<'_>, call: &Call<'_>) -> (Vec<Decided>, Vec<String>) {
    let told = graph.explain(call);
    let decided = told.because.iter().map(|one| Decided::of(graph, one)).collect();
    (decided, told.assumes.iter().map(ToString::to_string).collect())
}

/// The name of an end inside the cluster.
pub fn inside(names: &[String], peer: Peer) -> &str {
    match peer {
        Peer::Workload(at) => &names[at],
        Peer::AnyPod | Peer::Outside(_) => "any-pod",
    }
}

/// Addresses as a CIDR, or as a range where they are none; `internet` for a whole family.
pub fn addresses(range: &Range) -> String {
    if *range == Range::family(range.v6) {
        return format!("internet (IPv{})", if range.v6 { 6 } else { 4 });
    }
    let span = range.high - range.low;
    let bits = if range.v6 { 128 } else { 32 };
    let size = span.checked_add(1).filter(|size| size.is_power_of_two());
    let aligned = size.filter(|size| range.low.is_multiple_of(*size));
    let net = aligned.and_then(|size| {
        let length = bits - size.trailing_zeros() as u8;
        if range.v6 {
            Ipv6Net::new(range.low.into(), length).ok().map(IpNet::V6)
        } else {
            Ipv4Net::new((range.low as u32).into(), length).ok().map(IpNet::V4)
        }
    });
    net.map_or_else(|| range.to_string(), |net| net.to_string())
}

/// A word for a transport.
pub fn transport(one: Transport) -> &'static str {
    match one {
        Transport::Plaintext => "plaintext",
        Transport::Mutual => "mutual TLS",
        Transport::Tunnel => "mutual TLS in a tunnel",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_cidrs_where_they_can_be() {
        let range = |text: &str| Range::of(text.parse().expect("a CIDR"));
        for text in ["10.0.0.0/8", "192.0.2.1/32", "128.0.0.0/1", "2001:db8::/32", "::1/128"] {
            assert_eq!(addresses(&range(text)), text);
        }
        assert_eq!(addresses(&Range::family(false)), "internet (IPv4)");
        assert_eq!(addresses(&Range::family(true)), "internet (IPv6)");
        let odd = Range { v6: false, low: 1, high: 2 };
        assert_eq!(addresses(&odd), "0.0.0.1-0.0.0.2");
        let shifted = Range { v6: false, low: 2, high: 5 };
        assert_eq!(addresses(&shifted), "0.0.0.2-0.0.0.5");
    }
}
