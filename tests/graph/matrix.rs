//! What the end-to-end tests of Kubernetes ask of every plugin that enforces network policies, as a
//! table: three namespaces `x`, `y`, `z` (labelled `ns`) with three pods `a`, `b`, `c` (labelled
//! `pod`) that serve ports 80 and 81 of each protocol, each port named `serve-PORT-PROTOCOL`. Cases
//! that change objects are told by what holds before and after.

use super::{Peer, with_graph};
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use ztlint::model::graph::Graph;
use ztlint::model::graph::ports::Protocol;

/// Two addresses outside the cluster.
const OUTSIDE: [&str; 2] = ["203.0.113.5", "203.0.113.9"];

struct Case {
    name: &'static str,
    /// Changes to the pods' and namespaces' labels: whose, and the labels.
    labels: &'static [(&'static str, &'static str)],
    /// Namespace and `spec` of each policy.
    policies: &'static [(&'static str, &'static str)],
    /// What differs from everything being open, the last line that fits counts:
    /// `deny|allow FROM TO [PROTOCOL [PORT]]`, ends as `x/a`, `x/*`, `*/a`, `*` or an address.
    expected: &'static str,
}

const fn case(
    name: &'static str,
    policies: &'static [(&'static str, &'static str)],
    expected: &'static str,
) -> Case {
    Case { name, labels: &[], policies, expected }
}

const CASES: &[Case] = &[
    case("deny all ingress by default", &[("x", "{podSelector: {}, ingress: []}")], "deny * x/*"),
    case(
        "deny all ingress by default, types written",
        &[("x", "{podSelector: {}, policyTypes: [Ingress]}")],
        "deny * x/*",
    ),
    case(
        "deny everything by default",
        &[("x", "{podSelector: {}, policyTypes: [Egress, Ingress]}")],
        "deny * x/*\ndeny x/* *",
    ),
    case(
        "allow from pods of the own namespace",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}",
        )],
        "deny * x/a\nallow x/b x/a",
    ),
    case(
        "allow ingress for one target",
        &[
            ("x", "{podSelector: {}, policyTypes: [Ingress]}"),
            ("x", "{podSelector: {matchLabels: {pod: a}}, ingress: [{}]}"),
        ],
        "deny * x/b\ndeny * x/c",
    ),
    case(
        "allow from pods of all namespaces",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {}}]}]}",
        )],
        "deny 203.0.113.5 x/a\ndeny 203.0.113.9 x/a",
    ),
    case(
        "allow only from another namespace",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: y}}}]}]}",
        )],
        "deny * x/a\nallow y/* x/a",
    ),
    case(
        "an expression over pods",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: pod, operator: In, values: [b]}]}}]}]}",
        )],
        "deny * x/a\nallow x/b x/a",
    ),
    case(
        "an expression over namespaces",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: ns, operator: NotIn, values: [x, z]}]}}]}]}",
        )],
        "deny * x/a\nallow y/* x/a",
    ),
    case(
        "pods or namespaces",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}, {namespaceSelector: {matchLabels: {ns: y}}}]}]}",
        )],
        "deny * x/a\nallow x/b x/a\nallow y/* x/a",
    ),
    case(
        "pods and namespaces",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}, namespaceSelector: {matchLabels: {ns: y}}}]}]}",
        )],
        "deny * x/a\nallow y/b x/a",
    ),
    case(
        "several pods and several namespaces",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: pod, operator: In, values: [b, c]}]}, namespaceSelector: {matchExpressions: [{key: ns, operator: In, values: [y, z]}]}}]}]}",
        )],
        "deny * x/a\nallow y/b x/a\nallow y/c x/a\nallow z/b x/a\nallow z/c x/a",
    ),
    case(
        "any pod of some namespaces",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {}, namespaceSelector: {matchExpressions: [{key: ns, operator: NotIn, values: [x]}]}}]}]}",
        )],
        "deny * x/a\nallow y/* x/a\nallow z/* x/a",
    ),
    case(
        "one pod of another namespace",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: y}}, podSelector: {matchLabels: {pod: a}}}]}]}",
        )],
        "deny * x/a\nallow y/a x/a",
    ),
    case(
        "one port",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: 81, protocol: TCP}]}]}",
        )],
        "deny * x/a\nallow * x/a TCP 81",
    ),
    case(
        "one port from one namespace",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: y}}}], ports: [{port: 81}]}]}",
        )],
        "deny * x/a\nallow y/* x/a TCP 81",
    ),
    case(
        "stacked policies add up",
        &[
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: y}}}], ports: [{port: 80}]}]}",
            ),
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: z}}}], ports: [{port: 81}]}]}",
            ),
        ],
        "deny * x/a\nallow y/* x/a TCP 80\nallow z/* x/a TCP 81",
    ),
    case(
        "policies for overlapping pods",
        &[
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}",
            ),
            (
                "x",
                "{podSelector: {matchExpressions: [{key: pod, operator: Exists}]}, ingress: [{from: [{podSelector: {matchLabels: {pod: c}}}]}]}",
            ),
        ],
        "deny * x/*\nallow x/c x/*\nallow x/b x/a",
    ),
    case("allow everything", &[("x", "{podSelector: {}, ingress: [{}]}")], ""),
    case(
        "a named port for ingress",
        &[("x", "{podSelector: {}, ingress: [{ports: [{port: serve-81-tcp}]}]}")],
        "deny * x/*\nallow * x/* TCP 81",
    ),
    case(
        "a named port for ingress from one namespace",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: y}}}], ports: [{port: serve-80-tcp}]}]}",
        )],
        "deny * x/a\nallow y/* x/a TCP 80",
    ),
    case(
        "a named port for egress",
        &[(
            "x",
            "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: serve-80-tcp}]}]}",
        )],
        "deny x/* *\nallow x/* x/* TCP 80\nallow x/* y/* TCP 80\nallow x/* z/* TCP 80",
    ),
    case(
        "a policy before its update",
        &[("x", "{podSelector: {}, ingress: [{ports: [{port: 81}]}]}")],
        "deny * x/*\nallow * x/* TCP 81",
    ),
    case(
        "a policy after its update",
        &[("x", "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}")],
        "deny * x/*\nallow * x/* TCP 80",
    ),
    case(
        "a namespace before it gets a label",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns2: updated}}}]}]}",
        )],
        "deny * x/a",
    ),
    Case {
        name: "a namespace after it got a label",
        labels: &[("y", "ns: y, ns2: updated")],
        policies: &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns2: updated}}}]}]}",
        )],
        expected: "deny * x/a\nallow y/* x/a",
    },
    case(
        "a pod before it gets a label",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b, pod2: updated}}}]}]}",
        )],
        "deny * x/a",
    ),
    Case {
        name: "a pod after it got a label",
        labels: &[("x/b", "pod: b, pod2: updated")],
        policies: &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b, pod2: updated}}}]}]}",
        )],
        expected: "deny * x/a\nallow x/b x/a",
    },
    case(
        "deny from other namespaces",
        &[("x", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")],
        "deny * x/*\nallow x/* x/*",
    ),
    case(
        "a target before it is selected",
        &[("x", "{podSelector: {matchLabels: {target: isolated}}, policyTypes: [Ingress]}")],
        "",
    ),
    Case {
        name: "a target after it is selected",
        labels: &[("x/a", "pod: a, target: isolated")],
        policies: &[(
            "x",
            "{podSelector: {matchLabels: {target: isolated}}, policyTypes: [Ingress]}",
        )],
        expected: "deny * x/a",
    },
    case(
        "deny egress of some pods",
        &[("x", "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress]}")],
        "deny x/a *",
    ),
    case(
        "deny egress of a namespace",
        &[("x", "{podSelector: {}, policyTypes: [Egress]}")],
        "deny x/* *",
    ),
    case(
        "ingress and egress together",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress, Egress], ingress: [{from: [{namespaceSelector: {matchLabels: {ns: y}}}], ports: [{port: 80}]}], egress: [{ports: [{port: 81}]}]}",
        )],
        "deny * x/a\nallow y/* x/a TCP 80\ndeny x/a *\nallow x/a * TCP 81",
    ),
    case(
        "the client's side counts even if the server allows",
        &[
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {ns: z}}}]}]}",
            ),
            (
                "y",
                "{podSelector: {matchLabels: {pod: b}}, ingress: [{from: [{namespaceSelector: {matchLabels: {ns: x}}}]}]}",
            ),
        ],
        "deny x/a *\nallow x/a z/*\ndeny * y/b\nallow x/b y/b\nallow x/c y/b",
    ),
    case(
        "egress to one pod of another namespace",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {ns: y}}, podSelector: {matchLabels: {pod: a}}}]}]}",
        )],
        "deny x/a *\nallow x/a y/a",
    ),
    case(
        "an ingress policy that allows all wins",
        &[
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}], ports: [{port: 81}]}]}",
            ),
            ("x", "{podSelector: {}, ingress: [{}]}"),
        ],
        "",
    ),
    case(
        "an egress policy that allows all wins",
        &[
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{ports: [{port: 81}]}]}",
            ),
            ("x", "{podSelector: {}, policyTypes: [Egress], egress: [{}]}"),
        ],
        "",
    ),
    case("no policy any more", &[], ""),
    case(
        "egress to a block",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 203.0.113.5/32}}]}]}",
        )],
        "deny x/a *\nallow x/a 203.0.113.5",
    ),
    case(
        "egress to a block with a hole",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 203.0.113.0/28, except: [203.0.113.8/29]}}]}]}",
        )],
        "deny x/a *\nallow x/a 203.0.113.5",
    ),
    case(
        "what another policy allows is no hole",
        &[
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.9/32]}}]}]}",
            ),
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 203.0.113.9/32}}]}]}",
            ),
        ],
        "deny x/a *\nallow x/a 203.0.113.5\nallow x/a 203.0.113.9",
    ),
    case(
        "ingress and egress of one pod are independent",
        &[
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {pod: b}}}]}]}",
            ),
            (
                "x",
                "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {pod: c}}}]}]}",
            ),
        ],
        "deny * x/a\nallow x/b x/a\ndeny x/a *\nallow x/a x/c",
    ),
    case(
        "SCTP is not TCP",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: 80, protocol: SCTP}]}]}",
        )],
        "deny * x/a\nallow * x/a SCTP 80",
    ),
    case(
        "only UDP is allowed",
        &[("x", "{podSelector: {}, ingress: [{ports: [{port: 81, protocol: UDP}]}]}")],
        "deny * x/*\nallow * x/* UDP 81",
    ),
    case(
        "every port of one protocol",
        &[("x", "{podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{protocol: UDP}]}]}")],
        "deny * x/a\nallow * x/a UDP",
    ),
    case(
        "a named port of its protocol only",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, ingress: [{ports: [{port: serve-80-udp, protocol: UDP}, {port: serve-81-udp, protocol: TCP}]}]}",
        )],
        "deny * x/a\nallow * x/a UDP 80",
    ),
    case(
        "a range of ports",
        &[(
            "x",
            "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: [{ports: [{port: 81, endPort: 90}]}]}",
        )],
        "deny x/a *\nallow x/a * TCP 81",
    ),
];

fn manifests(case: &Case) -> String {
    let mut text = String::new();
    let labels = |of: &str, plain: String| {
        case.labels.iter().find(|(whose, _)| *whose == of).map_or(plain, |one| one.1.to_owned())
    };
    for namespace in ["x", "y", "z"] {
        let own = labels(namespace, format!("ns: {namespace}"));
        let _ = writeln!(
            text,
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}, labels: {{{own}}}}}"
        );
        for pod in ["a", "b", "c"] {
            let own = labels(&format!("{namespace}/{pod}"), format!("pod: {pod}"));
            let _ = writeln!(
                text,
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {pod}, namespace: {namespace}, \
                 labels: {{{own}}}}}\nspec:\n  containers:\n    - name: serve\n      ports:"
            );
            for protocol in ["TCP", "UDP", "SCTP"] {
                for port in [80, 81] {
                    let name = format!("serve-{port}-{}", protocol.to_lowercase());
                    let _ = writeln!(
                        text,
                        "        - {{name: {name}, protocol: {protocol}, containerPort: {port}}}"
                    );
                }
            }
        }
    }
    for (at, (namespace, spec)) in case.policies.iter().enumerate() {
        let _ = writeln!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p{at}, \
             namespace: {namespace}}}\nspec: {spec}"
        );
    }
    text
}

/// Whether an end fits a pattern.
fn fits(pattern: &str, end: &str) -> bool {
    match pattern.split_once('/') {
        _ if pattern == "*" => true,
        None => pattern == end,
        Some((namespace, pod)) => end.split_once('/').is_some_and(|(own, name)| {
            (namespace == "*" || namespace == own) && (pod == "*" || pod == name)
        }),
    }
}

fn expected(case: &Case, from: &str, to: &str, protocol: &str, port: u16) -> bool {
    let fitting = case.expected.lines().rev().find(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        fits(words[1], from)
            && fits(words[2], to)
            && words.get(3).is_none_or(|word| *word == protocol)
            && words.get(4).is_none_or(|word| *word == port.to_string())
    });
    fitting.is_none_or(|line| line.starts_with("allow"))
}

fn peer(graph: &Graph<'_>, names: &[String], end: &str) -> Peer {
    match end.parse::<Ipv4Addr>() {
        Ok(address) => Peer::Outside(graph.atom(false, u32::from(address).into())),
        Err(_) => Peer::Workload(names.iter().position(|name| name == end).expect("a pod")),
    }
}

#[test]
fn policies_work_as_the_end_to_end_tests_say() {
    assert_eq!(CASES.len(), 48);
    let mut wrong = Vec::new();
    for case in CASES {
        with_graph(&manifests(case), |graph| {
            let names = graph.names();
            let ends = || names.iter().map(String::as_str).chain(OUTSIDE);
            for (from, to) in ends().flat_map(|from| ends().map(move |to| (from, to))) {
                if from == to || OUTSIDE.contains(&from) && OUTSIDE.contains(&to) {
                    continue;
                }
                let edge = graph.edge(peer(graph, &names, from), peer(graph, &names, to));
                for protocol in Protocol::ALL {
                    for port in [80, 81] {
                        let wanted = expected(case, from, to, protocol.word(), port);
                        let found = [&edge.must, &edge.may].map(|one| one.holds(protocol, port));
                        if found != [wanted, wanted] {
                            let word = protocol.word();
                            wrong.push(format!(
                                "{}: {from} {to} {word} {port}: {found:?}",
                                case.name
                            ));
                        }
                    }
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
