//! Small worlds of namespaces, pods and policies: what they are, random ones, and the manifests that
//! say so. Knows nothing of ztlint.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub type Labels = BTreeMap<String, String>;

/// `(key, operator, values)`.
pub type Expression = (String, &'static str, Vec<String>);

#[derive(Clone, Debug, Default)]
pub struct Selector {
    pub labels: Labels,
    pub expressions: Vec<Expression>,
}

#[derive(Clone, Debug)]
pub struct Pod {
    pub namespace: usize,
    pub labels: Labels,
    /// Name, protocol, number.
    pub ports: Vec<(&'static str, &'static str, u16)>,
}

#[derive(Clone, Debug)]
pub enum Peer {
    Pods(Option<Selector>, Option<Selector>),
    Block(&'static str, Vec<&'static str>),
}

/// Protocol, and a number with an end, a name, or nothing.
#[derive(Clone, Debug)]
pub enum Port {
    Range(&'static str, u16, u16),
    Name(&'static str, &'static str),
    All(&'static str),
}

#[derive(Clone, Debug)]
pub struct Rule {
    /// For admin policies.
    pub action: &'static str,
    pub peers: Vec<Peer>,
    pub ports: Vec<Port>,
}

#[derive(Clone, Debug)]
pub struct Policy {
    pub namespace: usize,
    pub selector: Selector,
    pub types: Option<Vec<&'static str>>,
    pub ingress: Option<Vec<Rule>>,
    pub egress: Option<Vec<Rule>>,
}

/// Which kind an admin policy is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Admin,
    Baseline,
    ClusterAdmin,
    ClusterBaseline,
}

#[derive(Clone, Debug)]
pub struct AdminPolicy {
    pub kind: Kind,
    pub namespaces: Selector,
    pub pods: Option<Selector>,
    pub ingress: Vec<Rule>,
    pub egress: Vec<Rule>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub namespaces: Vec<Labels>,
    pub pods: Vec<Pod>,
    pub policies: Vec<Policy>,
    /// In order of priority.
    pub admin: Vec<AdminPolicy>,
}

const KEYS: [&str; 2] = ["a", "b"];
const VALUES: [&str; 2] = ["x", "y"];
pub const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];
const PORT_NAMES: [&str; 2] = ["web", "dns"];

/// Blocks in which no pod's address lies, and blocks in which it may.
const PUBLIC: [&str; 5] = ["8.0.0.0/8", "8.8.0.0/16", "8.8.8.8/32", "8.128.0.0/9", "9.9.9.0/24"];
const ANY: [&str; 5] = ["0.0.0.0/0", "10.0.0.0/8", "8.0.0.0/8", "8.8.0.0/16", "::/0"];

pub fn word(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    proptest::sample::select(words)
}

fn text(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    word(words).prop_map(str::to_owned)
}

pub fn labels() -> impl Strategy<Value = Labels> + Clone {
    btree_map(text(&KEYS), text(&VALUES), 0..=2)
}

pub fn selector() -> impl Strategy<Value = Selector> + Clone {
    let with = (word(&["In", "NotIn"]), vec(text(&VALUES), 1..=2));
    let without = (word(&["Exists", "DoesNotExist"]), Just(Vec::new()));
    let expression = (text(&KEYS), prop_oneof![with, without]);
    let expressions = vec(expression.prop_map(|(key, (op, values))| (key, op, values)), 0..=1);
    (btree_map(text(&KEYS), text(&VALUES), 0..=1), expressions)
        .prop_map(|(labels, expressions)| Selector { labels, expressions })
}

fn ports() -> impl Strategy<Value = Vec<Port>> + Clone {
    let range = (word(&PROTOCOLS), 1..=5u16, 0..=2u16);
    let port = prop_oneof![
        4 => range.prop_map(|(protocol, low, more)| Port::Range(protocol, low, low + more)),
        1 => (word(&PROTOCOLS), word(&PORT_NAMES)).prop_map(|(a, b)| Port::Name(a, b)),
        1 => word(&PROTOCOLS).prop_map(Port::All),
    ];
    vec(port, 0..=2)
}

fn peers(blocks: &'static [&'static str]) -> impl Strategy<Value = Vec<Peer>> + Clone {
    let both = (option::of(selector()), option::of(selector()));
    let pods = both.prop_map(|(namespaces, pods)| match (namespaces, pods) {
        (None, None) => Peer::Pods(None, Some(Selector::default())),
        (namespaces, pods) => Peer::Pods(namespaces, pods),
    });
    let inside = |range: &&str, hole: &&str| {
        let [range, hole]: [ipnet::IpNet; 2] = [range, hole].map(|text| text.parse().expect("net"));
        range.contains(&hole) && range != hole
    };
    let block = (word(blocks), vec(word(blocks), 0..=2)).prop_map(move |(range, mut holes)| {
        holes.retain(|hole| inside(&range, hole));
        Peer::Block(range, holes)
    });
    vec(prop_oneof![3 => pods, 1 => block], 0..=2)
}

fn rule(
    blocks: &'static [&'static str],
    actions: &'static [&'static str],
) -> impl Strategy<Value = Rule> + Clone {
    let parts = (word(actions), peers(blocks), ports());
    parts.prop_map(|(action, peers, ports)| Rule { action, peers, ports })
}

pub fn policy(blocks: &'static [&'static str]) -> impl Strategy<Value = Policy> + Clone {
    let types = vec(word(&["Ingress", "Egress"]), 0..=2).prop_map(|mut types| {
        types.sort_unstable();
        types.dedup();
        types
    });
    let rules = || option::of(vec(rule(blocks, &["Allow"]), 0..=2));
    let parts = (0..2usize, selector(), option::of(types), rules(), rules());
    parts.prop_map(|(namespace, selector, types, ingress, egress)| Policy {
        namespace,
        selector,
        types,
        ingress,
        egress,
    })
}

fn admin_policy(blocks: &'static [&'static str]) -> impl Strategy<Value = AdminPolicy> + Clone {
    let kinds = [Kind::Admin, Kind::Baseline, Kind::ClusterAdmin, Kind::ClusterBaseline];
    let kind = proptest::sample::select(kinds.to_vec());
    let rules = || vec(rule(blocks, &["Allow", "Deny", "Pass"]), 0..=2);
    let parts = (kind, selector(), option::of(selector()), rules(), rules());
    parts.prop_map(|(kind, namespaces, pods, ingress, egress)| {
        let fitting = |mut rules: Vec<Rule>, egress: bool| {
            for rule in &mut rules {
                // Only egress rules name addresses; every rule names at least one peer.
                rule.peers.retain(|peer| egress || matches!(peer, Peer::Pods(..)));
                for peer in &mut rule.peers {
                    match peer {
                        Peer::Block(_, holes) => holes.clear(),
                        Peer::Pods(namespaces, _) => drop(namespaces.get_or_insert_default()),
                    }
                }
                if rule.peers.is_empty() {
                    rule.peers.push(Peer::Pods(Some(Selector::default()), None));
                }
                // The port of a named port is of any protocol here.
                rule.ports.retain(|port| !matches!(port, Port::All(_)));
                if kind == Kind::Baseline && rule.action == "Pass" {
                    rule.action = "Deny";
                }
            }
            rules
        };
        let (ingress, egress) = (fitting(ingress, false), fitting(egress, true));
        AdminPolicy { kind, namespaces, pods, ingress, egress }
    })
}

/// Worlds of two namespaces; with `ambiguous`, blocks may hold pods' addresses.
pub fn worlds(ambiguous: bool) -> impl Strategy<Value = World> {
    let blocks: &'static [&'static str] = if ambiguous { &ANY } else { &PUBLIC };
    let port = (word(&PORT_NAMES), word(&PROTOCOLS), 1..=6u16);
    let pod = (0..2usize, labels(), vec(port, 0..=2));
    let pod = pod.prop_map(|(namespace, labels, ports)| Pod { namespace, labels, ports });
    let parts = (
        vec(labels(), 2),
        vec(pod, 2..=4),
        vec(policy(blocks), 0..=3),
        vec(admin_policy(blocks), 0..=3),
    );
    parts.prop_map(|(namespaces, pods, policies, mut admin)| {
        // Only one baseline policy of the older kind can exist; the tier keeps its own priorities.
        let mut seen = false;
        admin.retain(|one| one.kind != Kind::Baseline || !std::mem::replace(&mut seen, true));
        World { namespaces, pods, policies, admin }
    })
}

fn selector_json(selector: &Selector) -> Value {
    let mut value = json!({});
    if !selector.labels.is_empty() {
        value["matchLabels"] = json!(selector.labels);
    }
    if !selector.expressions.is_empty() {
        let each = selector.expressions.iter().map(|(key, operator, values)| {
            let mut one = json!({"key": key, "operator": operator});
            if !values.is_empty() {
                one["values"] = json!(values);
            }
            one
        });
        value["matchExpressions"] = each.collect();
    }
    value
}

fn rule_json(rule: &Rule, peers: &str) -> Value {
    let mut value = json!({});
    if !rule.peers.is_empty() {
        let each = rule.peers.iter().map(|peer| match peer {
            Peer::Block(range, holes) if holes.is_empty() => json!({"ipBlock": {"cidr": range}}),
            Peer::Block(range, holes) => json!({"ipBlock": {"cidr": range, "except": holes}}),
            Peer::Pods(namespaces, pods) => {
                let mut one = json!({});
                if let Some(namespaces) = namespaces {
                    one["namespaceSelector"] = selector_json(namespaces);
                }
                if let Some(pods) = pods {
                    one["podSelector"] = selector_json(pods);
                }
                one
            }
        });
        value[peers] = each.collect();
    }
    if !rule.ports.is_empty() {
        let each = rule.ports.iter().map(|port| match port {
            Port::Range(protocol, low, high) if low == high => {
                json!({"protocol": protocol, "port": low})
            }
            Port::Range(protocol, low, high) => {
                json!({"protocol": protocol, "port": low, "endPort": high})
            }
            Port::Name(protocol, name) => json!({"protocol": protocol, "port": name}),
            Port::All(protocol) => json!({"protocol": protocol}),
        });
        value["ports"] = each.collect();
    }
    value
}

fn admin_rule_json(rule: &Rule, peers: &str, cluster: bool) -> Value {
    let action = if cluster && rule.action == "Allow" { "Accept" } else { rule.action };
    let each = rule.peers.iter().map(|peer| match peer {
        Peer::Block(range, _) => json!({"networks": [range]}),
        Peer::Pods(namespaces, pods) => {
            subject_json(namespaces.as_ref().unwrap_or(&Selector::default()), pods.as_ref())
        }
    });
    let mut value = json!({"action": action, peers: each.collect::<Value>()});
    if !rule.ports.is_empty() {
        let each = rule.ports.iter().map(|port| match (port, cluster) {
            (Port::Name(_, name), false) => json!({"namedPort": name}),
            (Port::Name(_, name), true) => json!({"destinationNamedPort": name}),
            (Port::Range(protocol, low, high), false) if low == high => {
                json!({"portNumber": {"protocol": protocol, "port": low}})
            }
            (Port::Range(protocol, low, high), false) => {
                json!({"portRange": {"protocol": protocol, "start": low, "end": high}})
            }
            (Port::Range(protocol, low, high), true) if low == high => {
                json!({protocol.to_lowercase(): {"destinationPort": {"number": low}}})
            }
            (Port::Range(protocol, low, high), true) => json!({
                protocol.to_lowercase(): {"destinationPort": {"range": {"start": low, "end": high}}}
            }),
            (Port::All(_), _) => json!({}),
        });
        value[if cluster { "protocols" } else { "ports" }] = each.collect();
    }
    value
}

fn subject_json(namespaces: &Selector, pods: Option<&Selector>) -> Value {
    match pods {
        None => json!({"namespaces": selector_json(namespaces)}),
        Some(pods) => json!({"pods": {
            "namespaceSelector": selector_json(namespaces), "podSelector": selector_json(pods)
        }}),
    }
}

impl World {
    /// The manifests: a `List`, namespaces first, then pods, then policies.
    pub fn manifests(&self) -> Value {
        let namespaces = self.namespaces.iter().enumerate().map(|(at, labels)| {
            let metadata = json!({"name": format!("n{at}"), "labels": labels});
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        });
        let pods = self.pods.iter().enumerate().map(|(at, pod)| {
            let ports = pod.ports.iter().map(|(name, protocol, number)| {
                json!({"name": name, "protocol": protocol, "containerPort": number})
            });
            let spec = json!({"containers": [{"name": "c", "ports": ports.collect::<Value>()}]});
            let namespace = format!("n{}", pod.namespace);
            let metadata = json!({
                "name": format!("p{at}"), "namespace": namespace, "labels": pod.labels
            });
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        });
        let policies = self.policies.iter().enumerate().map(|(at, policy)| {
            let mut spec = json!({"podSelector": selector_json(&policy.selector)});
            if let Some(types) = &policy.types {
                spec["policyTypes"] = json!(types);
            }
            for (key, peers, rules) in
                [("ingress", "from", &policy.ingress), ("egress", "to", &policy.egress)]
            {
                if let Some(rules) = rules {
                    spec[key] = rules.iter().map(|rule| rule_json(rule, peers)).collect();
                }
            }
            let namespace = format!("n{}", policy.namespace);
            let metadata = json!({"name": format!("np{at}"), "namespace": namespace});
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": metadata, "spec": spec
            })
        });
        let admin = self.admin.iter().enumerate().map(|(at, policy)| {
            let cluster = matches!(policy.kind, Kind::ClusterAdmin | Kind::ClusterBaseline);
            let (version, kind, tier) = match policy.kind {
                Kind::Admin => ("v1alpha1", "AdminNetworkPolicy", None),
                Kind::Baseline => ("v1alpha1", "BaselineAdminNetworkPolicy", None),
                Kind::ClusterAdmin => ("v1alpha2", "ClusterNetworkPolicy", Some("Admin")),
                Kind::ClusterBaseline => ("v1alpha2", "ClusterNetworkPolicy", Some("Baseline")),
            };
            let mut spec =
                json!({"subject": subject_json(&policy.namespaces, policy.pods.as_ref())});
            if policy.kind != Kind::Baseline {
                spec["priority"] = json!(at + 1);
            }
            if let Some(tier) = tier {
                spec["tier"] = json!(tier);
            }
            for (key, peers, rules) in
                [("ingress", "from", &policy.ingress), ("egress", "to", &policy.egress)]
            {
                let each = rules.iter().map(|rule| admin_rule_json(rule, peers, cluster));
                spec[key] = each.collect();
            }
            json!({
                "apiVersion": format!("policy.networking.k8s.io/{version}"), "kind": kind,
                "metadata": {"name": format!("ap{at}")}, "spec": spec
            })
        });
        let items: Vec<Value> = namespaces.chain(pods).chain(policies).chain(admin).collect();
        json!({"apiVersion": "v1", "kind": "List", "items": items})
    }
}
