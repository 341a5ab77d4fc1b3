//! Tables of what single policies of Cilium's and Calico's mean for one small cluster.

use super::with_graph;
use std::net::Ipv4Addr;
use ztlint::model::graph::{Graph, Peer};

const CLUSTER: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {team: b}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: front, namespace: shop, labels: {role: reader}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: front, containers: [{name: c, ports: [{name: ui, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db, tier: back-end}}
spec: {containers: [{name: c, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: node, namespace: shop, labels: {app: node}}
spec: {hostNetwork: true, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: pay, labels: {app: api}}
spec: {containers: [{name: c}]}
---
";

fn end(graph: &Graph<'_>, text: &str) -> Peer {
    let address = |text: &str| {
        let address: Ipv4Addr = text.parse().expect("an address");
        Peer::Outside(graph.atom(false, u32::from(address).into()))
    };
    match text {
        "any" => Peer::AnyPod,
        "out" => address("203.0.113.5"),
        "lan" => address("10.1.2.3"),
        "v6" => Peer::Outside(graph.atom(true, 0x2001_0db8 << 96)),
        _ => {
            let names = graph.names();
            let own = format!("/{text}");
            let at = names.iter().position(|name| name.ends_with(&own));
            Peer::Workload(at.unwrap_or_else(|| panic!("no {text} in {names:?}")))
        }
    }
}

/// A name, policies, and pairs of ends, each with what is sure, or with what is sure and, after two
/// dots, what is possible.
pub type Case = (&'static str, String, &'static [&'static str]);

/// Judges a table.
pub fn judge(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (name, policies, pairs) in cases {
        with_graph(&format!("{CLUSTER}{policies}"), |graph| {
            for pair in *pairs {
                let (ends, expected) = pair.split_once(": ").expect("an answer");
                let (from, to) = ends.split_once('>').expect("two ends");
                let (must, may) = expected.split_once(" .. ").unwrap_or((expected, expected));
                let edge = graph.edge(end(graph, from), end(graph, to));
                let found = (edge.must.to_string(), edge.may.to_string());
                if found != (must.to_owned(), may.to_owned()) {
                    wrong.push(format!("{name}: {pair}: found {} .. {}", found.0, found.1));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A `NetworkPolicy` for `db`.
pub fn kubernetes(spec: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: k, \
         namespace: shop}}\nspec: {{podSelector: {{matchLabels: {{app: db}}}}, {spec}}}\n"
    )
}
