//! Calico's policies: an oracle of their own on random small worlds with `NetworkPolicies` beside
//! them. Whether pods have addresses of private blocks is true to one oracle and false to the other.

use super::laws::{answers_of, reasons_fit};
use super::oracle::{End, Oracle, selects};
use super::world::{Labels, Pod, Policy, World, labels, policy, word};
use super::{compare, hidden, hide, run, with_graph, worlds};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt;
use std::net::IpAddr;

/// A selector; keys with a dot ask for labels of the namespace.
#[derive(Clone, Debug)]
enum Select {
    All,
    Has(&'static str),
    Equal(&'static str, &'static str),
    Unequal(&'static str, &'static str),
    In(&'static str, Vec<&'static str>),
    Starts(&'static str, &'static str),
    Not(Box<Self>),
    Both(Box<Self>, Box<Self>),
    Either(Box<Self>, Box<Self>),
}

impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => write!(f, "all()"),
            Self::Has(key) => write!(f, "has({key})"),
            Self::Equal(key, value) => write!(f, "{key} == '{value}'"),
            Self::Unequal(key, value) => write!(f, "{key}!=\"{value}\""),
            Self::In(key, values) => write!(f, "{key} in {{'{}'}}", values.join("', '")),
            Self::Starts(key, value) => write!(f, "{key} starts with '{value}'"),
            Self::Not(one) => write!(f, "!({one})"),
            Self::Both(one, other) => write!(f, "({one}) && ({other})"),
            Self::Either(one, other) => write!(f, "{one} || ({other})"),
        }
    }
}

impl Select {
    fn holds(&self, own: &Labels, namespace: &Labels) -> bool {
        let get = |key: &str| match key.strip_prefix("pcns.") {
            Some(key) => namespace.get(key).map(String::as_str),
            None => own.get(key).map(String::as_str),
        };
        match self {
            Self::All => true,
            Self::Has(key) => get(key).is_some(),
            Self::Equal(key, value) => get(key) == Some(value),
            Self::Unequal(key, value) => get(key) != Some(value),
            Self::In(key, values) => get(key).is_some_and(|own| values.contains(&own)),
            Self::Starts(key, value) => get(key).is_some_and(|own| own.starts_with(value)),
            Self::Not(one) => !one.holds(own, namespace),
            Self::Both(one, other) => one.holds(own, namespace) && other.holds(own, namespace),
            Self::Either(one, other) => one.holds(own, namespace) || other.holds(own, namespace),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Entity {
    nets: Vec<&'static str>,
    not_nets: Vec<&'static str>,
    select: Option<Select>,
    not: Option<Select>,
    namespaces: Option<Select>,
    ports: Vec<(u16, u16)>,
    names: Vec<&'static str>,
    not_ports: Vec<(u16, u16)>,
}

#[derive(Clone, Debug)]
struct Rule {
    action: &'static str,
    protocol: Option<&'static str>,
    not: Option<&'static str>,
    source: Entity,
    destination: Entity,
}

#[derive(Clone, Debug)]
struct Calico {
    /// None for a global one.
    namespace: Option<usize>,
    tier: usize,
    order: Option<u16>,
    subject: Option<Select>,
    namespaces: Option<Select>,
    types: Vec<&'static str>,
    /// Egress, ingress.
    rules: [Vec<Rule>; 2],
}

#[derive(Clone, Debug)]
struct Set {
    namespace: Option<usize>,
    labels: Labels,
    nets: Vec<&'static str>,
}

#[derive(Clone, Debug)]
struct Mixed {
    world: World,
    calico: Vec<Calico>,
    sets: Vec<Set>,
    /// Of the tiers before and after `default`: whether they pass on what they do not decide.
    passes: [bool; 2],
}

/// The tiers of worlds, with their orders.
const TIERS: [(&str, f64); 3] = [("first", 10.5), ("default", 1e6), ("last", 2e6)];
const PUBLIC: [&str; 4] = ["8.0.0.0/8", "8.8.0.0/16", "8.8.8.8/32", "9.9.9.0/24"];
const ANY: [&str; 4] = ["8.0.0.0/8", "8.8.0.0/16", "10.0.0.0/8", "0.0.0.0/0"];
const ORDERS: [u16; 6] = [1, 2, 999, 1001, 2000, 2001];

fn select() -> impl Strategy<Value = Select> + Clone {
    let key = || word(&["a", "b", "pcns.a", "pcns.b"]);
    let value = || word(&["x", "y", ""]);
    let leaf = prop_oneof![
        1 => Just(Select::All),
        1 => key().prop_map(Select::Has),
        3 => (key(), value()).prop_map(|(key, value)| Select::Equal(key, value)),
        1 => (key(), value()).prop_map(|(key, value)| Select::Unequal(key, value)),
        1 => (key(), vec(value(), 1..=2)).prop_map(|(key, values)| Select::In(key, values)),
        1 => (key(), value()).prop_map(|(key, value)| Select::Starts(key, value)),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        let two = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            inner.prop_map(|one| Select::Not(Box::new(one))),
            two.clone().prop_map(|(one, other)| Select::Both(one, other)),
            two.prop_map(|(one, other)| Select::Either(one, other)),
        ]
    })
}

fn rare<S: Strategy + Clone>(strategy: S) -> impl Strategy<Value = Option<S::Value>> + Clone
where
    S::Value: Clone,
{
    option::weighted(0.25, strategy)
}

fn entity(blocks: &'static [&'static str]) -> impl Strategy<Value = Entity> + Clone {
    let some = |most| vec(word(blocks), 0..=most);
    let range = || (1..=5u16, 0..=2u16).prop_map(|(low, more)| (low, low + more));
    let namespaces = prop_oneof![
        1 => Just(Select::All),
        2 => (word(&["a", "b"]), word(&["x", "y"])).prop_map(|(key, value)| Select::Equal(key, value)),
    ];
    let nets = prop_oneof![3 => Just(Vec::new()), 1 => some(2)];
    let ports = prop_oneof![1 => Just(Vec::new()), 1 => vec(range(), 0..=2)];
    let holes = prop_oneof![4 => Just(Vec::new()), 1 => vec(range(), 1..=1)];
    let names = prop_oneof![4 => Just(Vec::new()), 1 => vec(word(&["web", "dns"]), 1..=1)];
    let fields = (
        nets,
        rare(word(blocks)),
        rare(select()),
        rare(select()),
        rare(namespaces),
        ports,
        names,
        holes,
    );
    fields.prop_map(|(nets, hole, select, not, namespaces, ports, names, not_ports)| Entity {
        nets,
        not_nets: hole.into_iter().collect(),
        select,
        not,
        namespaces,
        ports,
        names,
        not_ports,
    })
}

fn rule(blocks: &'static [&'static str]) -> impl Strategy<Value = Rule> + Clone {
    let actions = word(&["Allow", "Allow", "Deny", "Pass", "Log"]);
    let protocol = || rare(word(&super::PROTOCOLS));
    let parts = (actions, protocol(), protocol(), entity(blocks), entity(blocks));
    parts.prop_map(|(action, mut protocol, not, mut source, destination)| {
        // Ports ask for a protocol; which one a connection comes from is another table's.
        (source.ports, source.names, source.not_ports) = Default::default();
        let listed =
            [destination.ports.len(), destination.names.len(), destination.not_ports.len()];
        if listed != [0; 3] {
            protocol = protocol.or(Some("TCP"));
        }
        Rule { action, protocol, not, source, destination }
    })
}

fn mixed(covered: bool) -> impl Strategy<Value = Mixed> {
    let blocks: &'static [&'static str] = if covered { &ANY } else { &PUBLIC };
    let rules = || vec(rule(blocks), 0..=3);
    let types = vec(word(&["Ingress", "Egress"]), 0..=2).prop_map(|mut types| {
        types.sort_unstable();
        types.dedup();
        types
    });
    let tier = prop_oneof![3 => Just(1usize), 1 => Just(0usize), 1 => Just(2usize)];
    let parts = (
        option::of(0..2usize),
        tier,
        option::of(select()),
        rare(select()),
        types,
        rules(),
        rules(),
    );
    let calico =
        parts.prop_map(|(namespace, tier, subject, namespaces, types, egress, ingress)| {
            let namespaces = namespaces.filter(|_| namespace.is_none()).map(|_| Select::Has("a"));
            Calico {
                namespace,
                tier,
                order: None,
                subject,
                namespaces,
                types,
                rules: [egress, ingress],
            }
        });
    let port = (word(&["web", "dns"]), word(&super::PROTOCOLS), 1..=6u16);
    let pod = (0..2usize, labels(), vec(port, 0..=2));
    let pod = pod.prop_map(|(namespace, labels, ports)| Pod { namespace, labels, ports });
    let set = (option::of(0..2usize), labels(), vec(word(blocks), 1..=2))
        .prop_map(|(namespace, labels, nets)| Set { namespace, labels, nets });
    let orders = Just(ORDERS.to_vec()).prop_shuffle();
    let parts = (
        vec(labels(), 2),
        vec(pod, 2..=4),
        vec(policy(blocks), 0..=2),
        vec(calico, 1..=3),
        vec(set, 0..=2),
        any::<[bool; 2]>(),
        orders,
    );
    parts.prop_map(|(namespaces, pods, policies, mut calico, sets, passes, orders)| {
        for (policy, order) in calico.iter_mut().zip(orders) {
            // The last of all has none.
            policy.order = Some(order).filter(|order| *order != 2001);
        }
        let world = World { namespaces, pods, policies, admin: Vec::new() };
        Mixed { world, calico, sets, passes }
    })
}

fn entity_json(entity: &Entity) -> Value {
    let mut value = json!({});
    let mut text = |key: &str, select: &Option<Select>| {
        if let Some(select) = select {
            value[key] = json!(select.to_string());
        }
    };
    text("selector", &entity.select);
    text("notSelector", &entity.not);
    text("namespaceSelector", &entity.namespaces);
    let mut list = |key: &str, items: Vec<Value>| {
        if !items.is_empty() {
            value[key] = json!(items);
        }
    };
    let port = |&(low, high): &(u16, u16)| {
        if low == high { json!(low) } else { json!(format!("{low}:{high}")) }
    };
    list("nets", entity.nets.iter().map(|one| json!(one)).collect());
    list("notNets", entity.not_nets.iter().map(|one| json!(one)).collect());
    let names = entity.names.iter().map(|one| json!(one));
    list("ports", entity.ports.iter().map(port).chain(names).collect());
    list("notPorts", entity.not_ports.iter().map(port).collect());
    value
}

impl Mixed {
    fn manifests(&self) -> Value {
        let mut list = self.world.manifests();
        let items = list["items"].as_array_mut().expect("a list");
        for (at, (name, order)) in TIERS.into_iter().enumerate().filter(|one| one.0 != 1) {
            let action = if self.passes[at / 2] { "Pass" } else { "Deny" };
            items.push(json!({
                "apiVersion": "projectcalico.org/v3", "kind": "Tier", "metadata": {"name": name},
                "spec": {"order": order, "defaultAction": action}
            }));
        }
        let home = |name: String, namespace: Option<usize>| match namespace {
            Some(own) => json!({"name": name, "namespace": format!("n{own}")}),
            None => json!({"name": name}),
        };
        for (at, set) in self.sets.iter().enumerate() {
            let mut metadata = home(format!("s{at}"), set.namespace);
            metadata["labels"] = json!(set.labels);
            let kind = if set.namespace.is_some() { "NetworkSet" } else { "GlobalNetworkSet" };
            items.push(json!({
                "apiVersion": "projectcalico.org/v3", "kind": kind, "metadata": metadata,
                "spec": {"nets": set.nets}
            }));
        }
        for (at, policy) in self.calico.iter().enumerate() {
            let global = policy.namespace.is_none();
            let kind = if global { "GlobalNetworkPolicy" } else { "NetworkPolicy" };
            let mut spec = json!({});
            if policy.tier != 1 {
                spec["tier"] = json!(TIERS[policy.tier].0);
            }
            if let Some(order) = policy.order {
                spec["order"] = json!(order);
            }
            if let Some(subject) = &policy.subject {
                spec["selector"] = json!(subject.to_string());
            }
            if let Some(namespaces) = &policy.namespaces {
                spec["namespaceSelector"] = json!(namespaces.to_string());
            }
            if !policy.types.is_empty() {
                spec["types"] = json!(policy.types);
            }
            for (key, rules) in ["egress", "ingress"].into_iter().zip(&policy.rules) {
                let each = rules.iter().map(|rule| {
                    let mut value = json!({
                        "action": rule.action, "source": entity_json(&rule.source),
                        "destination": entity_json(&rule.destination)
                    });
                    if let Some(protocol) = rule.protocol {
                        value["protocol"] = json!(protocol);
                    }
                    if let Some(protocol) = rule.not {
                        value["notProtocol"] = json!(protocol);
                    }
                    value
                });
                spec[key] = each.collect();
            }
            let metadata = home(format!("c{at}"), policy.namespace);
            items.push(json!({
                "apiVersion": "projectcalico.org/v3", "kind": kind, "metadata": metadata,
                "spec": spec
            }));
        }
        list
    }

    /// Whether an end is a pod, or in a network set, of a namespace and with such labels.
    fn chosen(
        &self,
        end: End,
        covered: bool,
        wanted: &dyn Fn(Option<usize>, &Labels, &Labels) -> bool,
    ) -> bool {
        let none = Labels::new();
        let namespace = |own: Option<usize>| own.map_or(&none, |own| &self.world.namespaces[own]);
        let pod = match end {
            End::Pod(at) => {
                let pod = &self.world.pods[at];
                wanted(Some(pod.namespace), &pod.labels, namespace(Some(pod.namespace)))
            }
            End::Outside(_) => false,
        };
        pod || self.sets.iter().any(|set| {
            wanted(set.namespace, &set.labels, namespace(set.namespace))
                && set.nets.iter().any(|net| holds(net, end, covered))
        })
    }

    fn entity(&self, entity: &Entity, own: Option<usize>, end: End, covered: bool) -> bool {
        let nets = entity.nets.is_empty() || entity.nets.iter().any(|net| holds(net, end, covered));
        let not_nets = entity.not_nets.iter().any(|net| holds(net, end, covered));
        let own = own.filter(|_| entity.namespaces.is_none());
        let asked = entity.select.is_some()
            || entity.namespaces.is_some()
            || own.is_some() && entity.not.is_some();
        let chosen = !asked
            || self.chosen(end, covered, &|home, labels, namespace| {
                own.is_none_or(|own| home == Some(own))
                    && entity.namespaces.as_ref().is_none_or(|one| match one {
                        Select::All => home.is_some(),
                        one => one.holds(namespace, namespace),
                    })
                    && entity.select.as_ref().is_none_or(|one| one.holds(labels, namespace))
            });
        let not = entity.not.as_ref().is_some_and(|one| {
            self.chosen(end, covered, &|_, labels, namespace| one.holds(labels, namespace))
        });
        nets && !not_nets && chosen && !not
    }

    fn ports(&self, rule: &Rule, to: End, protocol: &str, port: u16) -> bool {
        let entity = &rule.destination;
        let within =
            |ranges: &[(u16, u16)]| ranges.iter().any(|one| (one.0..=one.1).contains(&port));
        let named = match to {
            End::Pod(at) => self.world.pods[at].ports.iter().any(|(name, own, number)| {
                entity.names.contains(name) && *own == protocol && *number == port
            }),
            End::Outside(_) => false,
        };
        let free = entity.ports.is_empty() && entity.names.is_empty();
        rule.protocol.is_none_or(|own| own == protocol)
            && rule.not.is_none_or(|own| own != protocol)
            && (free || named || within(&entity.ports))
            && !within(&entity.not_ports)
    }

    fn side(&self, ingress: bool, from: End, to: End, what: (&str, u16), covered: bool) -> bool {
        let (subject, other) = if ingress { (to, from) } else { (from, to) };
        let End::Pod(at) = subject else { return true };
        let pod = &self.world.pods[at];
        let namespace = &self.world.namespaces[pod.namespace];
        let applies = |policy: &Calico| {
            let types = match policy.types.is_empty() {
                false => policy.types.contains(&if ingress { "Ingress" } else { "Egress" }),
                true if ingress => !policy.rules[1].is_empty() || policy.rules[0].is_empty(),
                true => !policy.rules[0].is_empty(),
            };
            types
                && policy.namespace.is_none_or(|own| own == pod.namespace)
                && policy.subject.as_ref().is_none_or(|one| one.holds(&pod.labels, namespace))
                && policy.namespaces.as_ref().is_none_or(|one| one.holds(namespace, namespace))
        };
        let isolating = |policy: &&Policy| {
            policy.namespace == pod.namespace
                && selects(&policy.selector, &pod.labels)
                && Oracle::isolates(policy, ingress)
        };
        let kubernetes: Vec<&Policy> = self.world.policies.iter().filter(isolating).collect();
        let oracle = Oracle { world: &self.world, covered };
        let kubernetes_allow = kubernetes.iter().any(|policy| {
            let rules = if ingress { &policy.ingress } else { &policy.egress };
            rules
                .iter()
                .flatten()
                .any(|rule| oracle.rule(rule, Some(policy.namespace), other, to, what.0, what.1))
        });
        let first = |policy: &Calico| {
            policy.rules[usize::from(ingress)].iter().find_map(|rule| {
                let mut ends = (&rule.source, &rule.destination);
                if ingress {
                    ends = (ends.1, ends.0);
                }
                let (own, peer) = ends;
                let matches = rule.action != "Log"
                    && self.entity(own, policy.namespace, subject, covered)
                    && self.entity(peer, policy.namespace, other, covered)
                    && self.ports(rule, to, what.0, what.1);
                matches.then_some(rule.action)
            })
        };
        for tier in 0..TIERS.len() {
            let mut own: Vec<&Calico> =
                self.calico.iter().filter(|one| one.tier == tier && applies(one)).collect();
            own.sort_by_key(|one| one.order.unwrap_or(u16::MAX));
            let before = own.iter().filter(|one| one.order.is_some_and(|order| order < 1000));
            let after = own.iter().filter(|one| one.order.is_none_or(|order| order > 1000));
            let mut decided = before.map(|one| first(one)).find(Option::is_some).flatten();
            if decided.is_none() && tier == 1 && kubernetes_allow {
                decided = Some("Allow");
            }
            let decided =
                decided.or_else(|| after.map(|one| first(one)).find(Option::is_some).flatten());
            let any = !own.is_empty() || tier == 1 && !kubernetes.is_empty();
            let passes = tier != 1 && self.passes[tier / 2];
            match decided {
                Some("Allow") => return true,
                Some("Deny") => return false,
                None if any && !passes => return false,
                _ => {}
            }
        }
        true
    }

    fn allows(&self, from: End, to: End, protocol: &str, port: u16, covered: bool) -> bool {
        let what = (protocol, port);
        from == to
            || self.side(false, from, to, what, covered) && self.side(true, from, to, what, covered)
    }
}

/// Whether a block holds an address; a private one may hold those of pods.
fn holds(net: &str, end: End, covered: bool) -> bool {
    let inside = |address: IpAddr| net.parse::<ipnet::IpNet>().expect("a CIDR").contains(&address);
    match end {
        End::Outside(address) => inside(address),
        End::Pod(_) => covered && matches!(net, "0.0.0.0/0" | "10.0.0.0/8"),
    }
}

fn agree(cases: u32, covered: bool) {
    run(cases, &mixed(covered), |mixed| {
        let text = mixed.manifests().to_string();
        with_graph(&text, |graph| {
            let truths = |from, to, protocol: &str, port| {
                [true, false].map(|covered| mixed.allows(from, to, protocol, port, covered))
            };
            compare(&mixed.world, graph, !covered, truths, || mixed.manifests())
        })
    });
}

#[test]
fn what_is_hidden_of_calico_is_unknown() {
    run(worlds() / 10, &(mixed(true), hidden()), |(mixed, hidden)| {
        let mut manifests = mixed.manifests();
        hide(&mut manifests, &hidden);
        with_graph(&manifests.to_string(), |graph| {
            let truths = |from, to, protocol: &str, port| {
                [true, false].map(|covered| mixed.allows(from, to, protocol, port, covered))
            };
            compare(&mixed.world, graph, false, truths, || manifests.clone())
        })
    });
}

#[test]
fn reasons_fit_the_answers_of_calico() {
    run(200, &mixed(true), |mixed| reasons_fit(&mixed.world, &mixed.manifests()));
}

#[test]
fn calico_is_what_its_oracle_says() {
    agree(worlds() / 10 * 3, false);
    agree(worlds() / 10, true);
}

/// A rule that nothing reaches, after one that decides about everything, changes nothing, and one
/// that only logs never does.
#[test]
fn what_comes_later_does_not_matter() {
    let answers = |mixed: &Mixed| answers_of(&mixed.world, &mixed.manifests());
    let bare = |action| Rule {
        action,
        protocol: None,
        not: None,
        source: Entity::default(),
        destination: Entity::default(),
    };
    run(200, &mixed(true), |mut mixed| {
        mixed.calico[0].types = vec!["Egress", "Ingress"];
        for rules in &mut mixed.calico[0].rules {
            rules.push(bare("Deny"));
        }
        let before = answers(&mixed);
        for rules in &mut mixed.calico[0].rules {
            rules.insert(0, bare("Log"));
            rules.push(bare("Allow"));
        }
        prop_assert_eq!(before, answers(&mixed));
        Ok(())
    });
}
