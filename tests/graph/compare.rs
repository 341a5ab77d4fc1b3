//! What a graph must say of a small world: its edges and calls held against oracles. The tests and the
//! fuzz targets share it.

use super::mesh_oracle::{MeshOracle, Sent, Spoken};
use super::mesh_world::MeshWorld;
use super::oracle::{End, Oracle};
use super::world::{PROTOCOLS, World};
use proptest::prelude::*;
use serde_json::Value;
use std::net::IpAddr;
use ztlint::input::file::{File, Language};
use ztlint::model::fact::Truth;
use ztlint::model::graph::call::{Asks, Call};
use ztlint::model::graph::ports::Protocol;
use ztlint::model::graph::speech::Speaks;
use ztlint::model::graph::{Edge, Graph, Peer};
use ztlint::model::istio::flow::{Identity, Request, Token};
use ztlint::model::kubernetes;
use ztlint::model::root::{ModelSettings, Root};

/// Ports around every boundary that worlds can have.
pub const PORTS: [u16; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 65_535];

/// Addresses in and around every block that worlds can have.
pub const ADDRESSES: [&str; 12] = [
    "0.0.0.0",
    "7.255.255.255",
    "8.0.0.0",
    "8.8.7.255",
    "8.8.8.8",
    "8.8.8.9",
    "8.128.0.0",
    "9.9.9.0",
    "10.1.2.3",
    "255.255.255.255",
    "::",
    "2001:db8::1",
];

/// Judges the graph of manifests.
pub fn with_graph<T>(text: &str, judge: impl FnOnce(&Graph<'_>) -> T) -> T {
    let file = File::parse("world.yaml", text.to_owned(), Language::Yaml);
    assert!(file.faults.is_empty(), "{:?}\n{text}", file.faults);
    let files = [file];
    let resources = kubernetes::objects(&files, &files[0]);
    let settings = ModelSettings::default();
    let root = Root::new(String::new(), &files, resources.iter().collect(), &settings);
    judge(&Graph::build(&root))
}

/// Every end of a world.
pub fn ends(world: &World) -> Vec<End> {
    let addresses = ADDRESSES.map(|text| text.parse::<IpAddr>().expect("an address"));
    (0..world.pods.len()).map(End::Pod).chain(addresses.map(End::Outside)).collect()
}

pub fn peer(graph: &Graph<'_>, end: End) -> Peer {
    match end {
        End::Pod(at) => Peer::Workload(at),
        End::Outside(IpAddr::V4(address)) => {
            Peer::Outside(graph.atom(false, u32::from(address).into()))
        }
        End::Outside(IpAddr::V6(address)) => Peer::Outside(graph.atom(true, address.into())),
    }
}

pub fn holds(edge: &Edge, protocol: &str, port: u16) -> (bool, bool) {
    let protocol = Protocol::of(protocol).expect("a protocol");
    (edge.must.holds(protocol, port), edge.may.holds(protocol, port))
}

/// Compares a graph with what two oracles say, one for each thing that manifests may leave open.
/// Where they agree and nothing was hidden from the graph (`exact`), it must say what they say; what
/// is sure must be true and what is impossible false.
pub fn compare(
    world: &World,
    graph: &Graph<'_>,
    exact: bool,
    truths: impl Fn(End, End, &str, u16) -> [bool; 2],
    manifests: impl Fn() -> Value,
) -> Result<(), TestCaseError> {
    let ends = ends(world);
    for &from in &ends {
        for &to in &ends {
            if matches!((from, to), (End::Outside(_), End::Outside(_))) {
                continue;
            }
            let edge = graph.edge(peer(graph, from), peer(graph, to));
            for protocol in PROTOCOLS {
                for port in PORTS {
                    let truths = truths(from, to, protocol, port);
                    let (must, may) = holds(&edge, protocol, port);
                    let any = truths[0] || truths[1];
                    let all = truths[0] && truths[1];
                    let sound = (!must || all) && (may || !any);
                    let sharp = !exact || any != all || must == all && may == any;
                    prop_assert!(
                        sound && sharp,
                        "{from:?} to {to:?} on {protocol} {port}: must {must}, may {may}, truths \
                         {truths:?}\n{:#}",
                        manifests()
                    );
                }
            }
        }
    }
    Ok(())
}

/// Compares the graph of a world with its oracles.
pub fn agrees(world: &World, graph: &Graph<'_>, exact: bool) -> Result<(), TestCaseError> {
    let oracles = [true, false].map(|covered| Oracle { world, covered });
    let truths = |from, to, protocol: &str, port| {
        oracles.each_ref().map(|one| one.allows(from, to, protocol, port))
    };
    compare(world, graph, exact, truths, || world.manifests())
}

/// Calls that are asked about in every world with a mesh.
pub const SENT: [Sent; 8] = [
    Sent::Anything,
    Sent::Bytes,
    Sent::Request(("GET", "/a/b", None)),
    Sent::Request(("POST", "/b/q", None)),
    Sent::Request(("PUT", "/c/q", None)),
    Sent::Request(("GET", "/q", Some("id.test"))),
    Sent::Request(("PO", "/a", Some("other.test"))),
    Sent::Request(("POST", "/c/q", Some("id.test"))),
];
pub const SPOKEN: [Spoken; 5] =
    [Spoken::Any, Spoken::Usual, Spoken::Plaintext, Spoken::As("n0", "s1"), Spoken::As("x", "y")];
/// Ports that Services say something of, one that sidecars may be kept from, and one that they never
/// see.
pub const MESH_PORTS: [u16; 5] = [2, 3, 4, 5, 15_021];
pub const MESH_ADDRESSES: [&str; 4] = ["7.255.255.255", "8.8.8.8", "8.8.8.9", "10.1.2.3"];

pub fn asked(from: Peer, to: Peer, port: u16, spoken: Spoken, sent: Sent) -> Call<'static> {
    let speaks = match spoken {
        Spoken::Any => Speaks::Any,
        Spoken::Usual => Speaks::Usual,
        Spoken::Plaintext => Speaks::Plaintext,
        Spoken::As(namespace, account) => {
            Speaks::As(Identity { trust_domain: "cluster.local", namespace, account })
        }
    };
    let asks = match sent {
        Sent::Anything => Asks::Anything,
        Sent::Bytes => Asks::Bytes,
        Sent::Request((method, path, issuer)) => {
            let token = issuer.map(|issuer| Token { issuer, subject: "me", ..Token::default() });
            Asks::Request(Request { method, path, token, ..Request::default() })
        }
    };
    Call { speaks, asks, ..Call::new(from, to, port) }
}

/// Compares the calls of a world with the oracles: what is sure is true in all of them, what is
/// impossible in none; where they agree and nothing was hidden, the graph says what they say.
pub fn compare_calls(
    world: &MeshWorld,
    graph: &Graph<'_>,
    exact: bool,
) -> Result<(), TestCaseError> {
    let oracles = [(true, true), (true, false), (false, true), (false, false)]
        .map(|(provider, tunnels)| MeshOracle { world, provider, tunnels });
    let pods = 0..world.world.pods.len();
    let addresses = MESH_ADDRESSES.map(|text| text.parse::<IpAddr>().expect("an address"));
    let from: Vec<End> = pods.clone().map(End::Pod).chain(addresses.map(End::Outside)).collect();
    for &from in &from {
        for to in pods.clone() {
            for (port, (spoken, sent)) in MESH_PORTS.iter().flat_map(|port| {
                SPOKEN.iter().flat_map(move |a| SENT.iter().map(move |b| (*port, (*a, *b))))
            }) {
                let call = asked(peer(graph, from), Peer::Workload(to), port, spoken, sent);
                let decision = graph.call(&call);
                let truths = oracles.each_ref().map(|one| one.admits(from, to, port, spoken, sent));
                let (any, all) = (truths.contains(&true), !truths.contains(&false));
                let rules = world.policies.iter().flat_map(|policy| &policy.rules);
                let mut sources = rules.flat_map(|rule| rule.from.iter().flatten());
                let blocks = sources.any(|field| field.0 == "ipBlocks");
                // What a pod's address is nobody says; with templates of paths a search may give up.
                let mut rules = world.policies.iter().flat_map(|policy| &policy.rules);
                let templates = rules
                    .any(|rule| rule.to.iter().flatten().any(|field| field.2.contains(&"/c/{*}")));
                let vague =
                    matches!(from, End::Pod(_)) && blocks || sent == Sent::Anything && templates;
                let right = match decision.allowed {
                    Truth::True => all,
                    Truth::False => !any,
                    Truth::Unknown => !exact || any != all || vague,
                };
                prop_assert!(
                    right,
                    "{from:?} to {to}:{port} {spoken:?} {sent:?}: {decision:?}, truths {truths:?}\n{:#}",
                    world.manifests()
                );
                prop_assert_eq!(decision.way.is_none(), decision.allowed == Truth::False);
            }
        }
    }
    Ok(())
}
