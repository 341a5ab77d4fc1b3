//! Cilium's policies: an oracle of their own on random small worlds with `NetworkPolicies` beside
//! them. What a proxy lets through on layer 7 is everything to one oracle and nothing to the other.

use super::laws::{answers_of, grown, reasons_fit};
use super::oracle::{End, Oracle, selects};
use super::world::{Labels, Pod, Policy, Selector, World, labels, policy, selector, word};
use super::{compare, hidden, hide, run, with_graph, worlds};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::net::IpAddr;

/// How a selector of endpoints asks for a namespace.
#[derive(Clone, Debug)]
enum Home {
    Own,
    Name(usize),
    Label(&'static str, &'static str),
}

#[derive(Clone, Debug)]
enum Peers {
    None,
    Endpoints(Vec<(Home, Selector)>),
    Entities(Vec<&'static str>),
    Addresses(&'static str, Vec<&'static str>),
}

#[derive(Clone, Debug)]
enum Port {
    Range(&'static str, u16, u16),
    Name(&'static str),
}

#[derive(Clone, Debug)]
struct Rule {
    peers: Peers,
    ports: Vec<Port>,
    inspected: bool,
}

/// Rules of one direction, and `enableDefaultDeny`.
#[derive(Clone, Debug)]
struct Side {
    allow: Vec<Rule>,
    deny: Vec<Rule>,
    closes: Option<bool>,
}

#[derive(Clone, Debug)]
struct Cilium {
    /// None for a clusterwide one.
    namespace: Option<usize>,
    subject: Selector,
    /// Egress, ingress.
    sides: [Side; 2],
}

#[derive(Clone, Debug)]
pub struct Mixed {
    world: World,
    cilium: Vec<Cilium>,
}

const PUBLIC: [&str; 4] = ["8.0.0.0/8", "8.8.0.0/16", "9.9.9.0/24", "0.0.0.0/0"];
const BLOCKS: [&str; 3] = ["8.0.0.0/8", "8.8.0.0/16", "9.9.9.0/24"];
const ENTITIES: [&str; 4] = ["world", "cluster", "all", "world-ipv4"];
const PROTOCOLS: [&str; 4] = ["TCP", "UDP", "SCTP", "ANY"];

fn rules(inspected: bool) -> impl Strategy<Value = Vec<Rule>> + Clone {
    let home = prop_oneof![
        3 => Just(Home::Own),
        1 => (0..2usize).prop_map(Home::Name),
        1 => (word(&["a", "b"]), word(&["x", "y"])).prop_map(|(key, value)| Home::Label(key, value)),
    ];
    let within = |small: &&str, range: &&str| {
        let [small, range]: [ipnet::IpNet; 2] = [small, range].map(|one| one.parse().expect("net"));
        range.contains(&small) && range != small
    };
    let addresses =
        (word(&PUBLIC), vec(word(&PUBLIC), 0..=1)).prop_map(move |(range, mut holes)| {
            holes.retain(|hole| within(hole, &range));
            Peers::Addresses(range, holes)
        });
    let peers = prop_oneof![
        2 => Just(Peers::None),
        4 => vec((home, selector()), 1..=2).prop_map(Peers::Endpoints),
        2 => vec(word(&ENTITIES), 1..=2).prop_map(Peers::Entities),
        1 => addresses,
    ];
    let port = prop_oneof![
        3 => (word(&PROTOCOLS), 1..=5u16, 0..=2u16)
            .prop_map(|(protocol, low, more)| Port::Range(protocol, low, low + more)),
        1 => word(&["web", "dns"]).prop_map(Port::Name),
    ];
    let l7 = if inspected { any::<bool>().boxed() } else { Just(false).boxed() };
    let rule = (peers, vec(port, 0..=2), l7).prop_map(|(peers, ports, inspected)| Rule {
        inspected: inspected && !ports.is_empty(),
        peers,
        ports,
    });
    vec(rule, 0..=2)
}

/// Worlds of two namespaces. With `inspected`, rules may look at layer 7.
fn mixed(inspected: bool) -> impl Strategy<Value = Mixed> {
    let side = (rules(inspected), rules(false), option::weighted(0.3, any::<bool>()))
        .prop_map(|(allow, deny, closes)| Side { allow, deny, closes });
    let cilium = (option::of(0..2usize), selector(), [side.clone(), side])
        .prop_map(|(namespace, subject, sides)| Cilium { namespace, subject, sides });
    let port = (word(&["web", "dns"]), word(&super::PROTOCOLS), 1..=6u16);
    let pod = (0..2usize, labels(), vec(port, 0..=2));
    let pod = pod.prop_map(|(namespace, labels, ports)| Pod { namespace, labels, ports });
    let parts =
        (vec(labels(), 2), vec(pod, 2..=4), vec(policy(&BLOCKS), 0..=2), vec(cilium, 1..=3));
    parts.prop_map(|(namespaces, pods, policies, cilium)| Mixed {
        world: World { namespaces, pods, policies, admin: Vec::new() },
        cilium,
    })
}

fn selector_json(home: &Home, selector: &Selector) -> Value {
    let mut equal: Labels = selector.labels.clone();
    match home {
        Home::Own => {}
        Home::Name(at) => {
            drop(equal.insert("k8s:io.kubernetes.pod.namespace".to_owned(), format!("n{at}")));
        }
        Home::Label(key, value) => {
            let key = format!("io.cilium.k8s.namespace.labels.{key}");
            drop(equal.insert(key, (*value).to_owned()));
        }
    }
    let each = selector.expressions.iter().map(|(key, operator, values)| match values.len() {
        0 => json!({"key": format!("any:{key}"), "operator": operator}),
        _ => json!({"key": key, "operator": operator, "values": values}),
    });
    json!({"matchLabels": equal, "matchExpressions": each.collect::<Value>()})
}

fn rule_json(rule: &Rule, word: &str) -> Value {
    let mut value = json!({});
    match &rule.peers {
        Peers::None => {}
        Peers::Endpoints(listed) => {
            let each = listed.iter().map(|(home, selector)| selector_json(home, selector));
            value[format!("{word}Endpoints")] = each.collect();
        }
        Peers::Entities(listed) => value[format!("{word}Entities")] = json!(listed),
        Peers::Addresses(range, holes) if holes.is_empty() => {
            value[format!("{word}CIDR")] = json!([range]);
        }
        Peers::Addresses(range, holes) => {
            value[format!("{word}CIDRSet")] = json!([{"cidr": range, "except": holes}]);
        }
    }
    if !rule.ports.is_empty() {
        let each = rule.ports.iter().map(|port| match port {
            Port::Name(name) => json!({"port": name}),
            Port::Range("ANY", low, high) => json!({"port": low.to_string(), "endPort": high}),
            Port::Range(protocol, low, high) => {
                json!({"port": low.to_string(), "endPort": high, "protocol": protocol})
            }
        });
        let mut list = json!({"ports": each.collect::<Value>()});
        if rule.inspected {
            list["rules"] = json!({"http": [{"method": "GET"}]});
        }
        value["toPorts"] = json!([list]);
    }
    value
}

impl Mixed {
    fn manifests(&self) -> Value {
        let mut list = self.world.manifests();
        let items = list["items"].as_array_mut().expect("a list");
        for (at, policy) in self.cilium.iter().enumerate() {
            let mut metadata = json!({"name": format!("c{at}")});
            let kind = match policy.namespace {
                Some(own) => {
                    metadata["namespace"] = json!(format!("n{own}"));
                    "CiliumNetworkPolicy"
                }
                None => "CiliumClusterwideNetworkPolicy",
            };
            let mut spec = json!({"endpointSelector": selector_json(&Home::Own, &policy.subject)});
            for (side, list, word) in
                [(&policy.sides[0], "egress", "to"), (&policy.sides[1], "ingress", "from")]
            {
                let rules = |rules: &[Rule]| rules.iter().map(|one| rule_json(one, word)).collect();
                let allow: Value = rules(&side.allow);
                spec[list] = allow;
                spec[format!("{list}Deny")] = rules(&side.deny);
                if let Some(closes) = side.closes {
                    spec["enableDefaultDeny"][list] = json!(closes);
                }
            }
            items.push(json!({
                "apiVersion": "cilium.io/v2", "kind": kind, "metadata": metadata, "spec": spec
            }));
        }
        list
    }

    fn pod(&self, end: End) -> Option<&Pod> {
        match end {
            End::Pod(at) => Some(&self.world.pods[at]),
            End::Outside(_) => None,
        }
    }

    fn peers(&self, peers: &Peers, own: Option<usize>, end: End) -> bool {
        match peers {
            Peers::None => true,
            Peers::Endpoints(listed) => self.pod(end).is_some_and(|pod| {
                listed.iter().any(|(home, selector)| {
                    let home = match home {
                        Home::Own => own.is_none_or(|own| own == pod.namespace),
                        Home::Name(at) => *at == pod.namespace,
                        Home::Label(key, value) => {
                            let labels = &self.world.namespaces[pod.namespace];
                            labels.get(*key).is_some_and(|own| own == value)
                        }
                    };
                    home && selects(selector, &pod.labels)
                })
            }),
            Peers::Entities(listed) => listed.iter().any(|entity| match (*entity, end) {
                ("all", _) | ("world", End::Outside(_)) | ("cluster", End::Pod(_)) => true,
                ("world-ipv4", End::Outside(address)) => address.is_ipv4(),
                _ => false,
            }),
            Peers::Addresses(range, holes) => match end {
                End::Pod(_) => false,
                End::Outside(address) => {
                    inside(range, address) && !holes.iter().any(|hole| inside(hole, address))
                }
            },
        }
    }

    fn matches(
        &self,
        rule: &Rule,
        own: Option<usize>,
        other: End,
        to: End,
        what: (&str, u16),
    ) -> bool {
        let (protocol, port) = what;
        if matches!(rule.peers, Peers::None) && rule.ports.is_empty() {
            return false;
        }
        let ports = rule.ports.is_empty()
            || rule.ports.iter().any(|one| match one {
                Port::Range(own, low, high) => {
                    (*own == protocol || *own == "ANY") && (*low..=*high).contains(&port)
                }
                Port::Name(name) => self.pod(to).is_some_and(|pod| {
                    pod.ports.iter().any(|own| *own == (*name, own.1, port) && own.1 == protocol)
                }),
            });
        ports && self.peers(&rule.peers, own, other)
    }

    /// What one end's policies say. `proxy` is whether proxies let everything through.
    fn side(&self, ingress: bool, from: End, to: End, what: (&str, u16), proxy: bool) -> bool {
        let (subject, other) = if ingress { (to, from) } else { (from, to) };
        let Some(pod) = self.pod(subject) else { return true };
        let own = |one: &&Cilium| {
            one.namespace.is_none_or(|own| own == pod.namespace)
                && selects(&one.subject, &pod.labels)
        };
        let cilium: Vec<(&Cilium, &Side)> = self
            .cilium
            .iter()
            .filter(own)
            .map(|one| (one, &one.sides[usize::from(ingress)]))
            .collect();
        let some = |rules: fn(&Side) -> &[Rule], wanted: &dyn Fn(&Rule) -> bool| {
            cilium.iter().any(|(one, side)| {
                rules(side)
                    .iter()
                    .any(|rule| wanted(rule) && self.matches(rule, one.namespace, other, to, what))
            })
        };
        if some(|side| &side.deny, &|_| true) {
            return false;
        }
        let isolating = |policy: &&Policy| {
            policy.namespace == pod.namespace
                && selects(&policy.selector, &pod.labels)
                && Oracle::isolates(policy, ingress)
        };
        let policies: Vec<&Policy> = self.world.policies.iter().filter(isolating).collect();
        let oracle = Oracle { world: &self.world, covered: false };
        let allowed = policies.iter().any(|policy| {
            let rules = if ingress { &policy.ingress } else { &policy.egress };
            rules
                .iter()
                .flatten()
                .any(|rule| oracle.rule(rule, Some(policy.namespace), other, to, what.0, what.1))
        });
        if allowed || some(|side| &side.allow, &|rule| !rule.inspected) {
            return true;
        }
        if some(|side| &side.allow, &|rule| rule.inspected) {
            return proxy;
        }
        let closes =
            |side: &Side| side.closes.unwrap_or(!side.allow.is_empty() || !side.deny.is_empty());
        policies.is_empty() && !cilium.iter().any(|(_, side)| closes(side))
    }

    fn allows(&self, from: End, to: End, protocol: &str, port: u16, proxy: bool) -> bool {
        let what = (protocol, port);
        from == to
            || self.side(false, from, to, what, proxy) && self.side(true, from, to, what, proxy)
    }
}

fn inside(range: &str, address: IpAddr) -> bool {
    range.parse::<ipnet::IpNet>().expect("a CIDR").contains(&address)
}

fn agree(cases: u32, inspected: bool) {
    run(cases, &mixed(inspected), |mixed| {
        let text = mixed.manifests().to_string();
        with_graph(&text, |graph| {
            let truths = |from, to, protocol: &str, port| {
                [true, false].map(|proxy| mixed.allows(from, to, protocol, port, proxy))
            };
            compare(&mixed.world, graph, !inspected, truths, || mixed.manifests())
        })
    });
}

#[test]
fn what_is_hidden_of_cilium_is_unknown() {
    run(worlds() / 10, &(mixed(true), hidden()), |(mixed, hidden)| {
        let mut manifests = mixed.manifests();
        hide(&mut manifests, &hidden);
        with_graph(&manifests.to_string(), |graph| {
            let truths = |from, to, protocol: &str, port| {
                [true, false].map(|proxy| mixed.allows(from, to, protocol, port, proxy))
            };
            compare(&mixed.world, graph, false, truths, || manifests.clone())
        })
    });
}

#[test]
fn reasons_fit_the_answers_of_cilium() {
    run(200, &mixed(true), |mixed| reasons_fit(&mixed.world, &mixed.manifests()));
}

#[test]
fn cilium_is_what_its_oracle_says() {
    agree(worlds() / 10 * 3, false);
    agree(worlds() / 10, true);
}

/// A rule that denies never opens anything, and one that allows never closes what the default deny
/// closes already.
#[test]
fn denying_takes_away_and_allowing_adds() {
    let answers = |mixed: &Mixed| answers_of(&mixed.world, &mixed.manifests());
    run(200, &mixed(true), |mut mixed| {
        mixed.cilium[0].sides[1].closes = Some(true);
        let before = answers(&mixed);
        let peers = Peers::Entities(vec!["cluster"]);
        let rule = Rule { peers, ports: vec![], inspected: false };
        mixed.cilium[0].sides[1].deny.push(rule.clone());
        prop_assert!(grown(&answers(&mixed), &before));
        mixed.cilium[0].sides[1].deny.pop();
        mixed.cilium[0].sides[1].allow.push(rule);
        prop_assert!(grown(&before, &answers(&mixed)));
        Ok(())
    });
}
