//! What Cilium's policy language says, case by case.

use super::tables::{Case, judge, kubernetes};

fn cilium(kind: &str, metadata: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: cilium.io/v2\nkind: {kind}\nmetadata: {{{metadata}}}\nspec: {{{spec}}}\n"
    )
}

/// A policy for `db` in its namespace.
fn db(spec: &str) -> String {
    of("app: db", spec)
}

fn of(labels: &str, spec: &str) -> String {
    let spec = format!("endpointSelector: {{matchLabels: {{{labels}}}}}, {spec}");
    cilium("CiliumNetworkPolicy", "name: c, namespace: shop", &spec)
}

fn wide(spec: &str) -> String {
    cilium("CiliumClusterwideNetworkPolicy", "name: w", spec)
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn cilium_means_what_it_says() {
    let web = "fromEndpoints: [{matchLabels: {app: web}}]";
    let cases: Vec<Case> = vec![
        ("an empty rule denies everything", db("ingress: [{}]"), &[
            "web>db: none", "any>db: none", "out>db: none", "db>web: all", "node>db: none .. all",
            "web>api: all",
        ]),
        ("an empty list says nothing", db("ingress: []"), &["web>db: all", "out>db: all"]),
        ("no spec says nothing", "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\n".to_owned(), &["web>db: all"]),
        ("an empty rule for egress leaves ingress alone", db("egress: [{}]"), &[
            "db>web: none", "web>db: all", "db>out: none",
        ]),
        ("an empty selector is every pod of the namespace", db("ingress: [{fromEndpoints: [{}]}]"), &[
            "web>db: all", "api>db: none", "any>db: none .. all", "out>db: none", "node>db: none .. all",
        ]),
        ("pods by labels", db(&format!("ingress: [{{{web}}}]")), &["web>db: all", "api>db: none"]),
        ("labels mean pods of the own namespace", db("ingress: [{fromEndpoints: [{matchLabels: {app: api}}]}]"), &["api>db: none"]),
        ("a namespace by name", db("ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': pay}}]}]"), &["api>db: all", "web>db: none"]),
        ("a namespace by name, without prefix", db("ingress: [{fromEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: pay, app: api}}]}]"), &["api>db: all", "out>db: none"]),
        ("a namespace by label", db("ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.cilium.k8s.namespace.labels.team': b}}]}]"), &["api>db: all", "web>db: none"]),
        ("prefixes of labels", db("ingress: [{fromEndpoints: [{matchLabels: {'k8s:app': web}}, {matchLabels: {'any:app': node}}]}]"), &["web>db: all", "api>db: none"]),
        ("pods on their node's network have no labels", db("ingress: [{fromEndpoints: [{matchLabels: {app: node}}]}]"), &["web>db: none", "node>db: none .. all"]),
        ("policies are not for pods on their node's network", of("app: node", "ingress: [{}]"), &["web>node: all", "out>node: all"]),
        ("expressions", db("ingress: [{fromEndpoints: [{matchExpressions: [{key: app, operator: NotIn, values: [api]}]}]}]"), &["web>db: all", "out>db: none"]),
        ("a namespace that it is not may be anything outside", db("ingress: [{fromEndpoints: [{matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: NotIn, values: [pay]}]}]}]"), &["web>db: all", "api>db: none", "out>db: none .. all"]),
        ("an account", db("ingress: [{fromEndpoints: [{matchLabels: {'io.cilium.k8s.policy.serviceaccount': front}}]}]"), &["web>db: all", "api>db: none"]),
        ("labels that are no part of identities", db("ingress: [{fromEndpoints: [{matchLabels: {pod-template-hash: x}}]}]"), &["web>db: none .. all", "api>db: none"]),
        ("labels from elsewhere", db("ingress: [{fromEndpoints: [{matchLabels: {'container:x': y}}]}]"), &["web>db: none .. all"]),
        ("a reserved label", db("ingress: [{fromEndpoints: [{matchLabels: {'reserved:world': ''}}]}]"), &["out>db: all", "web>db: none"]),
        ("ports everywhere", db("ingress: [{toPorts: [{ports: [{port: '5432', protocol: TCP}]}]}]"), &["web>db: TCP 5432", "out>db: TCP 5432", "any>db: TCP 5432"]),
        ("ports of any protocol", db("ingress: [{toPorts: [{ports: [{port: '53'}]}]}]"), &["web>db: TCP 53, UDP 53, SCTP 53"]),
        ("port 0 is every port", db("ingress: [{toPorts: [{ports: [{port: '0', protocol: UDP}]}]}]"), &["web>db: UDP all"]),
        ("a range of ports", db("ingress: [{toPorts: [{ports: [{port: '10', endPort: 12, protocol: TCP}]}]}]"), &["web>db: TCP 10-12"]),
        ("a port by name", db("ingress: [{toPorts: [{ports: [{port: SQL, protocol: TCP}]}]}]"), &["web>db: TCP 5432"]),
        ("a port by a name that nobody has", db("ingress: [{toPorts: [{ports: [{port: web}]}]}]"), &["web>db: none"]),
        ("layer 7 is possible", db("ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{method: GET}]}}]}]"), &["web>db: none .. TCP 80"]),
        ("empty rules of layer 7 are none", db("ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {}}]}]"), &["web>db: TCP 80"]),
        ("a plain rule opens again what another one inspects", format!("{}{}", db("ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{}]}}]}]"), db(&format!("ingress: [{{{web}}}]"))), &["web>db: all", "api>db: none .. TCP 80"]),
        ("authentication is possible", db(&format!("ingress: [{{{web}, authentication: {{mode: required}}}}]")), &["web>db: none .. all", "api>db: none"]),
        ("server names are possible", db("egress: [{toEntities: [world], toPorts: [{ports: [{port: '443', protocol: TCP}], serverNames: [example.org]}]}]"), &["db>out: none .. TCP 443"]),
        ("the world is outside", db("ingress: [{fromEntities: [world]}]"), &["out>db: all", "v6>db: all", "web>db: none", "any>db: none"]),
        ("the world of one family", db("ingress: [{fromEntities: [world-ipv6]}]"), &["v6>db: all", "out>db: none"]),
        ("the cluster", db("ingress: [{fromEntities: [cluster]}]"), &["web>db: all", "api>db: all", "any>db: all", "node>db: all", "out>db: none"]),
        ("all", db("ingress: [{fromEntities: [all]}]"), &["web>db: all", "out>db: all", "node>db: all"]),
        ("nodes", db("egress: [{toEntities: [host, remote-node]}]"), &["db>node: all", "db>web: none", "db>out: none"]),
        ("one sort of nodes", db("egress: [{toEntities: [remote-node]}]"), &["db>node: none .. all", "db>web: none"]),
        ("the API server may be anywhere but in a pod", db("egress: [{toEntities: [kube-apiserver]}]"), &["db>out: none .. all", "db>node: none .. all", "db>web: none"]),
        ("what runs without Cilium may be a pod", db("ingress: [{fromEntities: [ingress]}]"), &["any>db: none .. all", "out>db: none"]),
        ("nobody", db("ingress: [{fromEntities: [none]}]"), &["web>db: none", "out>db: none"]),
        ("an entity that is not known", db("ingress: [{fromEntities: [mars]}]"), &["web>db: none .. all"]),
        ("addresses are never pods", db("ingress: [{fromCIDR: [10.0.0.0/8]}]"), &["lan>db: all", "out>db: none", "web>db: none", "any>db: none"]),
        ("addresses may be nodes", db("egress: [{toCIDR: [10.0.0.0/8]}]"), &["db>node: none .. all", "db>web: none", "db>lan: all"]),
        ("addresses with holes", db("ingress: [{fromCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]}]"), &["out>db: all", "lan>db: none", "v6>db: none"]),
        ("a group of addresses", db("ingress: [{fromCIDRSet: [{cidrGroupRef: partners}]}]"), &["out>db: none .. all", "web>db: none"]),
        ("names of domains", db("egress: [{toFQDNs: [{matchName: example.org}], toPorts: [{ports: [{port: '443', protocol: TCP}]}]}]"), &["db>out: none .. TCP 443", "db>web: none"]),
        ("services", db("egress: [{toServices: [{k8sService: {serviceName: s}}]}]"), &["db>web: none .. all", "db>out: none .. all"]),
        ("messages are no ports", db("ingress: [{icmps: [{fields: [{type: 8}]}]}]"), &["web>db: none"]),
        ("what is denied stays denied", format!("{}{}", db("ingress: [{fromEntities: [all]}]"), db(&format!("ingressDeny: [{{{web}}}]"))), &["web>db: none", "api>db: all"]),
        ("a port is denied", db(&format!("ingress: [{{fromEntities: [all]}}], ingressDeny: [{{{web}, toPorts: [{{ports: [{{port: '22', protocol: TCP}}]}}]}}]")), &["web>db: TCP 1-21,23-65535, UDP all, SCTP all"]),
        ("denying alone denies everything", db(&format!("ingressDeny: [{{{web}}}]")), &["web>db: none", "api>db: none"]),
        ("denying without the default deny", db(&format!("ingressDeny: [{{{web}}}], enableDefaultDeny: {{ingress: false}}")), &["web>db: none", "api>db: all"]),
        ("an empty rule denies nobody by itself", db("ingressDeny: [{}], enableDefaultDeny: {ingress: false}"), &["web>db: all"]),
        ("allowing without the default deny", db(&format!("ingress: [{{{web}}}], enableDefaultDeny: {{ingress: false}}")), &["web>db: all", "api>db: all"]),
        ("layer 7 without the default deny", db("ingress: [{toPorts: [{ports: [{port: '80', protocol: TCP}], rules: {http: [{method: GET}]}}]}], enableDefaultDeny: {ingress: false}"), &["web>db: TCP 1-79,81-65535, UDP all, SCTP all .. all"]),
        ("the default deny without rules", db("enableDefaultDeny: {egress: true}"), &["db>out: none", "web>db: all"]),
        ("several specifications", "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\nspecs: [{endpointSelector: {}, ingress: [{}]}, {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{}]}]}]\n".to_owned(), &["web>db: all", "db>web: none"]),
        ("clusterwide", wide("endpointSelector: {}, ingress: [{fromEndpoints: [{}]}]"), &["api>db: all", "any>db: all", "web>api: all", "out>api: none"]),
        ("clusterwide, one namespace", wide("endpointSelector: {matchLabels: {'k8s:io.kubernetes.pod.namespace': pay}}, ingress: [{}]"), &["web>api: none", "api>web: all"]),
        ("clusterwide, namespaces by label", wide("endpointSelector: {matchLabels: {'io.cilium.k8s.namespace.labels.team': a}}, ingress: [{}]"), &["api>web: none", "web>api: all"]),
        ("a policy for nodes", wide("nodeSelector: {}, ingress: [{}]"), &["web>node: none .. all", "web>db: all"]),
        ("beside a NetworkPolicy everything that one of both allows", format!("{}{}", kubernetes("ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]"), db("ingress: [{fromEntities: [world]}]")), &["web>db: all", "out>db: all", "api>db: none"]),
        ("what is denied outweighs a NetworkPolicy", format!("{}{}", kubernetes("ingress: [{}]"), db("ingressDeny: [{fromEntities: [world]}], enableDefaultDeny: {ingress: false}")), &["web>db: all", "out>db: none"]),
        ("requirements make everything possible", db(&format!("ingress: [{{{web}}}, {{fromRequires: [{{matchLabels: {{env: prod}}}}]}}]")), &["web>db: none .. all"]),
        ("two sorts of peers in one rule are refused", db(&format!("ingress: [{{{web}, fromEntities: [world]}}]")), &["web>db: none .. all", "api>db: none .. all"]),
        ("an empty list of peers depends on the version", db("ingress: [{fromEndpoints: [], toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]"), &["web>db: none .. TCP 80"]),
        ("fields that are not known", db("ingress: [{fromEndpoint: [{}]}]"), &["web>db: none .. all"]),
        ("both selectors", wide("endpointSelector: {}, nodeSelector: {}, ingress: [{}]"), &["web>db: none .. all"]),
        ("a value that is not known", db("ingress: [{fromEndpoints: [{matchLabels: {app: '${APP}'}}]}]"), &["web>db: none .. all", "out>db: none"]),
    ];
    assert!(cases.len() >= 60);
    judge(&cases);
}
