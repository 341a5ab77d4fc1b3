//! What Calico's reference says of its policies, case by case.

use super::tables::{Case, judge, kubernetes};

fn object(kind: &str, metadata: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata: {{{metadata}}}\nspec: {{{spec}}}\n"
    )
}

/// A policy for `db` in its namespace.
fn db(spec: &str) -> String {
    object("NetworkPolicy", "name: c, namespace: shop", &format!("selector: app == 'db', {spec}"))
}

fn named(name: &str, spec: &str) -> String {
    object("NetworkPolicy", &format!("name: {name}, namespace: shop"), spec)
}

fn global(name: &str, spec: &str) -> String {
    object("GlobalNetworkPolicy", &format!("name: {name}"), spec)
}

fn tier(name: &str, spec: &str) -> String {
    object("Tier", &format!("name: {name}"), spec)
}

fn set(kind: &str, metadata: &str, nets: &str) -> String {
    object(kind, &format!("{metadata}, labels: {{role: partner}}"), &format!("nets: [{nets}]"))
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn calico_means_what_it_says() {
    let allow = "{action: Allow}";
    let web = "{action: Allow, source: {selector: app == 'web'}}";
    let deny_web = "{action: Deny, source: {selector: app == 'web'}}";
    let partner = "{action: Allow, source: {selector: role == 'partner'}}";
    let cases: Vec<Case> = vec![
        ("without rules nothing comes in", db("types: [Ingress]"), &["web>db: none", "out>db: none", "db>web: all", "web>api: all"]),
        ("without types and rules it is about ingress", db("order: 1"), &["web>db: none", "db>out: all"]),
        ("with egress rules only it is about egress", db(&format!("egress: [{allow}]")), &["db>web: all", "web>db: all"]),
        ("with rules of both it is about both", db(&format!("ingress: [{allow}], egress: [{{action: Deny}}]")), &["web>db: all", "db>web: none"]),
        ("as stored nothing fills types in", "---\napiVersion: crd.projectcalico.org/v1\nkind: NetworkPolicy\nmetadata: {name: default.c, namespace: shop}\nspec: {selector: app == 'db', ingress: [{action: Allow}]}\n".to_owned(), &["web>db: all", "db>web: none .. all"]),
        ("everybody may", db(&format!("ingress: [{allow}]")), &["web>db: all", "out>db: all", "any>db: all"]),
        ("pods by labels, of the own namespace", db(&format!("ingress: [{web}]")), &["web>db: all", "api>db: none", "out>db: none", "any>db: none .. all"]),
        ("pods of other namespaces", db("ingress: [{action: Allow, source: {namespaceSelector: team == 'b'}}]"), &["api>db: all", "web>db: none"]),
        ("a namespace by name", db("ingress: [{action: Allow, source: {namespaceSelector: projectcalico.org/name == 'pay', selector: app == 'api'}}]"), &["api>db: all", "web>db: none"]),
        ("every namespace", db("ingress: [{action: Allow, source: {namespaceSelector: all()}}]"), &["api>db: all", "any>db: all", "out>db: none"]),
        ("what has no namespace", db("ingress: [{action: Allow, source: {namespaceSelector: global()}}]"), &["api>db: none", "out>db: none"]),
        ("labels of the namespace in a selector", global("g", "selector: pcns.team == 'b', types: [Ingress]"), &["web>api: none", "api>web: all"]),
        ("accounts by name", db("ingress: [{action: Allow, source: {serviceAccounts: {names: [front]}}}]"), &["web>db: all", "api>db: none"]),
        ("accounts by label", db("ingress: [{action: Allow, source: {serviceAccounts: {selector: role == 'reader'}}}]"), &["web>db: all"]),
        ("for accounts", named("c", "serviceAccountSelector: role == 'reader', types: [Ingress]"), &["db>web: none", "web>db: none .. all"]),
        ("not these pods", db("ingress: [{action: Allow, source: {notSelector: app == 'web'}}]"), &["web>db: none", "api>db: none", "db>db: all", "out>db: none"]),
        ("not these pods, anywhere", global("g", "selector: app == 'db', ingress: [{action: Allow, source: {notSelector: app == 'web'}}]"), &["web>db: none", "api>db: all", "out>db: all"]),
        ("addresses", db("ingress: [{action: Allow, source: {nets: [203.0.113.0/24]}}]"), &["out>db: all", "lan>db: none", "web>db: none"]),
        ("one address", db("ingress: [{action: Allow, source: {nets: [203.0.113.5]}}]"), &["out>db: all"]),
        ("private addresses may be pods'", db("ingress: [{action: Allow, source: {nets: [10.0.0.0/8]}}]"), &["lan>db: all", "web>db: none .. all"]),
        ("not these addresses", db("ingress: [{action: Allow, source: {notNets: [203.0.113.0/24]}}]"), &["out>db: none", "lan>db: all", "web>db: all"]),
        ("addresses and labels must both fit", db("ingress: [{action: Allow, source: {nets: [203.0.113.0/24], selector: app == 'web'}}]"), &["out>db: none", "web>db: none"]),
        ("both ends", named("c", "ingress: [{action: Allow, destination: {selector: app == 'db'}}]"), &["web>db: all", "db>web: none"]),
        ("ports", db("ingress: [{action: Allow, protocol: TCP, destination: {ports: [22, '80:90', sql]}}]"), &["web>db: TCP 22,80-90,5432", "db>web: all"]),
        ("a protocol without ports", db("ingress: [{action: Allow, protocol: UDP}]"), &["web>db: UDP all"]),
        ("a protocol by number", db("ingress: [{action: Allow, protocol: 6, destination: {ports: [22]}}]"), &["web>db: TCP 22"]),
        ("not a protocol", db("ingress: [{action: Allow, notProtocol: TCP}]"), &["web>db: UDP all, SCTP all"]),
        ("not these ports", db("ingress: [{action: Allow, protocol: TCP, destination: {notPorts: [22]}}]"), &["web>db: TCP 1-21,23-65535"]),
        ("ports without a protocol are refused", db("ingress: [{action: Allow, destination: {ports: [22]}}]"), &["web>db: none .. TCP 22, UDP 22, SCTP 22"]),
        ("messages are no ports", db("ingress: [{action: Allow, protocol: ICMP, icmp: {type: 8}}]"), &["web>db: none"]),
        ("the port a connection comes from", db("ingress: [{action: Allow, protocol: TCP, source: {ports: [1000]}}]"), &["web>db: none .. TCP all"]),
        ("layer 7 is possible", db("ingress: [{action: Allow, protocol: TCP, http: {methods: [GET]}, destination: {ports: [80]}}]"), &["web>db: none .. TCP 80"]),
        ("a family of addresses", db("ingress: [{action: Allow, ipVersion: 6}]"), &["v6>db: all", "out>db: none", "web>db: none .. all"]),
        ("services", db("egress: [{action: Allow, destination: {services: {name: s}}}]"), &["db>web: none .. all"]),
        ("the first rule that matches decides", db(&format!("ingress: [{deny_web}, {allow}]")), &["web>db: none", "api>db: all"]),
        ("and not a later one", db(&format!("ingress: [{allow}, {deny_web}]")), &["web>db: all"]),
        ("logging decides nothing", db(&format!("ingress: [{{action: Log}}, {web}]")), &["web>db: all", "api>db: none"]),
        ("lower orders come first", format!("{}{}", named("a", &format!("order: 2, ingress: [{allow}]")), named("b", &format!("order: 1.5, ingress: [{deny_web}]"))), &["web>db: none", "db>web: all"]),
        ("without an order a policy comes last", format!("{}{}", named("a", &format!("ingress: [{deny_web}]")), named("b", &format!("order: 9000, ingress: [{allow}]"))), &["web>db: all"]),
        ("at one order the name decides", format!("{}{}", named("b", &format!("ingress: [{allow}]")), named("a", &format!("ingress: [{deny_web}]"))), &["web>db: none", "db>web: all"]),
        ("but not between kinds", format!("{}{}", named("b", &format!("ingress: [{allow}]")), global("a", &format!("ingress: [{deny_web}]"))), &["web>db: none .. all", "db>web: all"]),
        ("an order that is not known", format!("{}{}", named("b", &format!("order: '${{X}}', ingress: [{allow}]")), named("a", &format!("order: 1, ingress: [{deny_web}]"))), &["web>db: none .. all"]),
        ("before NetworkPolicies", format!("{}{}", kubernetes("ingress: [{}]"), db(&format!("order: 1, ingress: [{deny_web}]"))), &["web>db: none", "api>db: all"]),
        ("after NetworkPolicies", format!("{}{}", kubernetes("ingress: [{}]"), db(&format!("order: 2000, ingress: [{deny_web}]"))), &["web>db: all"]),
        ("with NetworkPolicies", format!("{}{}", kubernetes("ingress: [{from: [{podSelector: {matchLabels: {app: db}}}]}]"), db(&format!("order: 2000, ingress: [{web}]"))), &["web>db: all", "api>db: none"]),
        ("at the order of NetworkPolicies", format!("{}{}", kubernetes("ingress: [{}]"), db(&format!("order: 1000, ingress: [{deny_web}]"))), &["web>db: none .. all", "api>db: all"]),
        ("passing skips NetworkPolicies", format!("{}{}", kubernetes("ingress: []"), db("order: 1, ingress: [{action: Pass}]")), &["web>db: all"]),
        ("global policies", global("g", "types: [Ingress], namespaceSelector: team == 'a'"), &["api>web: none", "web>api: all", "api>node: none .. all"]),
        ("for every pod", global("g", "types: [Ingress, Egress]"), &["api>web: none", "any>web: none", "web>any: none"]),
        ("selectors of global policies reach everywhere", global("g", "selector: app == 'db', ingress: [{action: Allow, source: {selector: app == 'api'}}]"), &["api>db: all", "web>db: none"]),
        ("sets of addresses", format!("{}{}", db(&format!("ingress: [{partner}]")), set("NetworkSet", "name: s, namespace: shop", "203.0.113.0/24")), &["out>db: all", "lan>db: none", "web>db: none"]),
        ("sets of another namespace", format!("{}{}", db(&format!("ingress: [{partner}]")), set("NetworkSet", "name: s, namespace: pay", "203.0.113.0/24")), &["out>db: none"]),
        ("global sets", format!("{}{}", global("g", &format!("selector: app == 'db', ingress: [{partner}]")), set("GlobalNetworkSet", "name: s", "203.0.113.0/24")), &["out>db: all", "lan>db: none"]),
        ("global sets are in no namespace", format!("{}{}", db(&format!("ingress: [{partner}]")), set("GlobalNetworkSet", "name: s", "203.0.113.0/24")), &["out>db: none"]),
        ("global sets by their lack of one", format!("{}{}", db("ingress: [{action: Allow, source: {selector: role == 'partner', namespaceSelector: global()}}]"), set("GlobalNetworkSet", "name: s", "203.0.113.0/24")), &["out>db: all", "web>db: none"]),
        ("an earlier tier decides", format!("{}{}{}", tier("t", "order: 10"), global("t.g", "tier: t, selector: app == 'db', ingress: [{action: Deny, source: {selector: app == 'web'}}, {action: Pass}]"), db(&format!("ingress: [{allow}]"))), &["web>db: none", "api>db: all"]),
        ("a tier denies what it does not decide", format!("{}{}{}", tier("t", "order: 10"), global("t.g", "tier: t, selector: app == 'db', ingress: [{action: Pass, source: {selector: app == 'web'}}]"), db(&format!("ingress: [{allow}]"))), &["web>db: all", "api>db: none"]),
        ("unless it passes it on", format!("{}{}{}", tier("t", "order: 10, defaultAction: Pass"), global("t.g", "tier: t, selector: app == 'db', types: [Ingress]"), db(&format!("ingress: [{web}]"))), &["web>db: all", "api>db: none"]),
        ("a later tier is asked when others pass", format!("{}{}{}", tier("t", "order: 3000000"), global("t.g", "tier: t, selector: app == 'db', types: [Ingress]"), db("ingress: [{action: Pass}]")), &["web>db: none"]),
        ("and not when they decide", format!("{}{}{}", tier("t", "order: 3000000"), global("t.g", "tier: t, selector: app == 'db', types: [Ingress]"), db(&format!("ingress: [{allow}]"))), &["web>db: all"]),
        ("a tier that is not written", global("t.g", "tier: t, selector: app == 'db', types: [Ingress]"), &["web>db: none .. all", "web>api: all"]),
        ("without connection tracking", global("g", "selector: app == 'db', doNotTrack: true, applyOnForward: true, types: [Ingress]"), &["web>db: none .. all", "api>web: all"]),
        ("before addresses are translated", global("g", "preDNAT: true, applyOnForward: true, selector: has(host), types: [Ingress]"), &["web>db: all"]),
        ("staged policies do nothing", object("StagedNetworkPolicy", "name: s, namespace: shop", "types: [Ingress]"), &["web>db: all"]),
        ("a selector that does not parse", named("c", "selector: app = 'db', types: [Ingress]"), &["web>db: none .. all"]),
        ("a selector that is not known", db("ingress: [{action: Allow, source: {selector: '${SELECTOR}'}}]"), &["web>db: none .. all"]),
        ("an action that is not known", db("ingress: [{action: allow}]"), &["web>db: none .. all"]),
        ("fields that are not known", db("ingress: [{action: Allow, source: {domains: [example.org]}}]"), &["out>db: none .. all"]),
        ("pods on their node's network", db("ingress: [{action: Allow, source: {selector: app == 'node'}}]"), &["node>db: none .. all", "web>db: none"]),
        ("before the policies of administrators it depends on the version", format!("{}{}{}", tier("t", "order: 10"), global("t.g", "tier: t, types: [Ingress]"), "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\nspec: {priority: 1, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}]}]}\n"), &["web>db: none .. all"]),
        ("in the tier of NetworkPolicies administrators come first", format!("{}{}", db("types: [Ingress]"), "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\nspec: {priority: 1, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}]}]}\n"), &["web>db: all"]),
        ("beside a policy of Cilium's", format!("{}{}", db("types: [Ingress]"), "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\nspec: {endpointSelector: {}, ingress: [{}]}\n"), &["web>db: none .. all"]),
    ];
    assert!(cases.len() >= 60);
    judge(&cases);
}
