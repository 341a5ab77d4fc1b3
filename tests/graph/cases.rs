//! What tables of small worlds do not cover: nodes' networks, ties, unknown values, kinds that are
//! not modelled, namespaces that are not declared, and the ways in.

use super::with_graph;
use ztlint::model::graph::entries::Visitor;
use ztlint::model::graph::links::End;
use ztlint::model::graph::{Graph, Peer};

const PODS: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: x, labels: {ns: x}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x, labels: {pod: a}}
spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x, labels: {pod: b}}
---
apiVersion: v1
kind: Pod
metadata: {name: host, namespace: x, labels: {pod: host}}
spec: {hostNetwork: true}
---
apiVersion: v1
kind: Pod
metadata: {name: far, namespace: undeclared, labels: {pod: far}}
---
apiVersion: v1
kind: Pod
metadata: {name: loose, labels: {pod: loose}}
---
";

fn network_policy(spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: x}}\n\
         spec: {spec}\n"
    )
}

fn admin_policy(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n\
         metadata: {{name: {name}}}\nspec: {{subject: {{namespaces: {{}}}}, {spec}}}\n"
    )
}

fn end(graph: &Graph<'_>, text: &str) -> Peer {
    match text {
        "any-pod" => Peer::AnyPod,
        "outside" => Peer::Outside(graph.atom(false, 0xcb00_7105)),
        _ => {
            let at = graph.names().iter().position(|name| name == text);
            Peer::Workload(at.unwrap_or_else(|| panic!("no {text} in {:?}", graph.names())))
        }
    }
}

/// Policies, and for pairs of ends what is sure and what is possible.
type Case =
    (&'static str, String, &'static [(&'static str, &'static str, &'static str, &'static str)]);

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn special_ends_and_unknown_values() {
    let deny =
        |action: &str| format!("ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]");
    let cases: Vec<Case> = vec![
        ("nothing", String::new(), &[
            ("x/a", "x/b", "all", "all"),
            ("any-pod", "x/b", "all", "all"),
            ("outside", "x/host", "all", "all"),
            ("outside", "outside", "none", "none"),
        ]),
        ("a node always reaches its pods", network_policy("{}"), &[
            ("x/b", "x/a", "none", "none"),
            ("x/host", "x/a", "none", "all"),
            ("any-pod", "x/a", "none", "none"),
        ]),
        ("whether policies hold on a node's network is open", network_policy("{}"), &[
            ("x/b", "x/host", "none", "all"),
            ("outside", "x/host", "none", "all"),
        ]),
        (
            "administrators' policies leave out nodes' networks",
            admin_policy("one", &format!("priority: 1, {}", deny("Deny"))),
            &[
                ("x/b", "x/a", "none", "none"),
                ("x/b", "x/host", "all", "all"),
                ("outside", "x/a", "all", "all"),
                ("any-pod", "x/a", "none", "none"),
            ],
        ),
        (
            "two policies of one priority that disagree",
            admin_policy("one", &format!("priority: 1, {}", deny("Deny")))
                + &admin_policy("two", &format!("priority: 1, {}", deny("Allow"))),
            &[("x/b", "x/a", "none", "all")],
        ),
        (
            "two policies of one priority that agree",
            admin_policy("one", &format!("priority: 1, {}", deny("Deny")))
                + &admin_policy("two", &format!("priority: 1, {}", deny("Deny"))),
            &[("x/b", "x/a", "none", "none")],
        ),
        (
            "the lower priority wins",
            admin_policy("one", &format!("priority: 5, {}", deny("Deny")))
                + &admin_policy("two", &format!("priority: 4, {}", deny("Allow"))),
            &[("x/b", "x/a", "all", "all")],
        ),
        (
            "a priority that cannot be told",
            admin_policy("one", &format!("priority: 5, {}", deny("Deny")))
                + &admin_policy("two", &format!("priority: '${{P}}', {}", deny("Allow"))),
            &[("x/b", "x/a", "none", "all")],
        ),
        (
            "an action that cannot be told",
            admin_policy("one", &format!("priority: 5, {}", deny("'${A}'"))),
            &[("x/b", "x/a", "none", "all"), ("outside", "x/a", "all", "all")],
        ),
        (
            "nodes are neither pods nor outside; domains may be anywhere outside",
            admin_policy(
                "one",
                "priority: 1, egress: [{action: Deny, to: [{nodes: {}}]}, \
                 {action: Pass, to: [{domainNames: [example.org]}]}]",
            ),
            &[("x/b", "x/a", "all", "all"), ("x/b", "outside", "all", "all")],
        ),
        (
            "a block of private addresses may hold pods",
            network_policy("{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"),
            &[("x/a", "x/b", "none", "all"), ("x/a", "outside", "all", "all")],
        ),
        (
            "a block of public addresses does not",
            network_policy("{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}"),
            &[("x/a", "x/b", "none", "none"), ("x/a", "outside", "all", "all")],
        ),
        (
            "an empty peer is refused, so nothing is known",
            network_policy("{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{}]}]}"),
            &[("x/b", "x/a", "none", "all"), ("outside", "x/a", "none", "all")],
        ),
        (
            "labels of a namespace that is not declared",
            network_policy("{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: t}}}]}]}"),
            &[
                ("undeclared/far", "x/a", "none", "all"),
                ("x/b", "x/a", "none", "none"),
                ("default/loose", "x/a", "none", "all"),
                ("any-pod", "x/a", "none", "all"),
            ],
        ),
        (
            "the name of a namespace that is not declared",
            network_policy("{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: undeclared}}}]}]}"),
            &[("undeclared/far", "x/a", "all", "all"), ("x/b", "x/a", "none", "none")],
        ),
        (
            "a policy that may be for a pod and would allow",
            network_policy("{podSelector: {matchLabels: {pod: '${P}'}}, ingress: [{}]}"),
            &[("x/b", "x/a", "all", "all")],
        ),
        (
            "a policy that may be for a pod and would deny",
            network_policy("{podSelector: {matchLabels: {pod: '${P}'}}}"),
            &[("x/b", "x/a", "none", "all"), ("x/b", "undeclared/far", "all", "all")],
        ),
        (
            "a port that cannot be told",
            network_policy("{podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: '${P}'}, {port: 53, protocol: UDP}]}]}"),
            &[("x/b", "x/a", "UDP 53", "TCP all, UDP 53")],
        ),
        (
            "a policy that cannot be read, in its namespace",
            "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: x}\nspec: {ingress: [{}]}\n".to_owned(),
            &[("x/b", "x/a", "none", "all"), ("undeclared/far", "undeclared/far", "all", "all")],
        ),
        (
            "a policy that cannot be read leaves other namespaces alone",
            "apiVersion: crd.projectcalico.org/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: x}\nspec: ${SPEC}\n".to_owned(),
            &[("any-pod", "undeclared/far", "all", "all"), ("outside", "x/a", "none", "all")],
        ),
        (
            "a policy that cannot be read, everywhere",
            "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec: {tier: other}\n".to_owned(),
            &[("any-pod", "undeclared/far", "none", "all")],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, policies, pairs) in cases {
        with_graph(&format!("{PODS}{policies}"), |graph| {
            for (from, to, must, may) in pairs {
                let edge = graph.edge(end(graph, from), end(graph, to));
                let found = (edge.must.to_string(), edge.may.to_string());
                if found != ((*must).to_owned(), (*may).to_owned()) {
                    wrong.push(format!("{name}: {from} {to}: {found:?}"));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn ways_in_lead_to_ports_of_pods() {
    let service = |kind: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: x}}\n\
             spec: {{type: {kind}, selector: {{pod: a}}, ports: [{{name: web, port: 80, targetPort: http}}, \
             {{name: other, port: 81}}]{more}}}\n"
        )
    };
    let object = |api: &str, kind: &str, spec: &str| {
        let plain = service("ClusterIP", "");
        format!(
            "{plain}---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: i, namespace: x}}\nspec: {spec}\n"
        )
    };
    let local = network_policy(
        "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]}---\n",
    );
    let local = local.replace("---\n", "\n---\n");
    let route = "gateway.networking.k8s.io/v1";
    let cases = [
        (service("ClusterIP", ""), ""),
        (service("LoadBalancer", ""), "internet TCP 81,8080 TCP 81,8080"),
        (service("NodePort", ""), "internet TCP 81,8080 TCP 81,8080"),
        (service("ClusterIP", ", externalIPs: [198.51.100.1]"), "internet TCP 81,8080 TCP 81,8080"),
        (service("ExternalName", ""), ""),
        (service("'${T}'", ""), "internet none TCP 81,8080"),
        (local.clone() + &service("LoadBalancer", ""), "internet none TCP 81,8080"),
        (
            local.clone()
                + &service(
                    "LoadBalancer",
                    ", externalTrafficPolicy: Local, loadBalancerSourceRanges: [203.0.113.0/28]",
                ),
            "internet TCP 81,8080 TCP 81,8080",
        ),
        (
            local
                + &service(
                    "LoadBalancer",
                    ", externalTrafficPolicy: Local, loadBalancerSourceRanges: [198.51.100.0/24]",
                ),
            "",
        ),
        (
            object(
                "networking.k8s.io/v1",
                "Ingress",
                "{rules: [{http: {paths: [{backend: {service: {name: s, port: {name: web}}}}]}}]}",
            ),
            "controller TCP 8080 TCP 8080",
        ),
        (
            object(
                "networking.k8s.io/v1beta1",
                "Ingress",
                "{backend: {serviceName: s, servicePort: 81}}",
            ),
            "controller TCP 81 TCP 81",
        ),
        (
            object(
                "networking.k8s.io/v1",
                "Ingress",
                "{defaultBackend: {service: {name: gone, port: {number: 80}}}}",
            ),
            "",
        ),
        (
            object(route, "HTTPRoute", "{rules: [{backendRefs: [{name: s, port: 80}]}]}"),
            "controller TCP 8080 TCP 8080",
        ),
        (
            object(
                route,
                "GRPCRoute",
                "{rules: [{backendRefs: [{name: s, port: 80, namespace: y}]}]}",
            ),
            "",
        ),
        (
            object(
                route,
                "HTTPRoute",
                "{rules: [{backendRefs: [{kind: Bucket, name: s, port: 80}]}]}",
            ),
            "",
        ),
        (
            object(
                "route.openshift.io/v1",
                "Route",
                "{to: {kind: Service, name: s}, port: {targetPort: http}}",
            ),
            "controller TCP 8080 TCP 8080",
        ),
        (
            object("route.openshift.io/v1", "Route", "{to: {kind: Service, name: s}}"),
            "controller TCP 81,8080 TCP 81,8080",
        ),
    ];
    for (text, expected) in cases {
        let text = format!("{PODS}{text}");
        with_graph(&text, |graph| {
            let shown = graph.entries().into_iter().map(|entry| {
                assert_eq!(graph.names()[entry.workload], "x/a");
                let visitor = match entry.visitor {
                    Visitor::Internet => "internet",
                    Visitor::IngressController => "controller",
                };
                format!("{visitor} {} {}", entry.edge.must, entry.edge.may)
            });
            assert_eq!(shown.collect::<Vec<_>>().join("\n"), expected, "{text}");
        });
    }
}

#[test]
fn ends_are_read() {
    assert_eq!(End::parse("any-pod"), Some(End::AnyPod));
    assert_eq!(End::parse("internet"), Some(End::Internet));
    assert_eq!(End::parse("shop/web"), Some(End::Workload("shop/web".to_owned())));
    assert!(matches!(End::parse("10.0.0.0/8"), Some(End::Addresses(_))));
    assert!(matches!(End::parse("2001:db8::1"), Some(End::Addresses(_))));
    assert_eq!(End::parse("web"), None);
}
