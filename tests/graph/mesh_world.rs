//! Small worlds with a mesh: sidecars, ambient and neither, with peer authentications, authorization
//! policies and verifiers of tokens, and the manifests that say so. Knows nothing of ztlint.

use super::world::{self, Labels, World};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

/// How a namespace or a pod is enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enrolled {
    Sidecar,
    Ambient,
    Nothing,
}

#[derive(Clone, Debug)]
pub struct Peer {
    /// None for the root namespace.
    pub namespace: Option<usize>,
    pub selector: Option<Labels>,
    pub mode: Option<&'static str>,
    /// Only with a selector.
    pub ports: Vec<(u16, &'static str)>,
}

/// A field of a source or an operation: its name, whether it is turned round, its values.
pub type Field = (&'static str, bool, Vec<&'static str>);

#[derive(Clone, Debug)]
pub struct Rule {
    pub from: Vec<Vec<Field>>,
    pub to: Vec<Vec<Field>>,
}

#[derive(Clone, Debug)]
pub struct Policy {
    pub namespace: Option<usize>,
    pub selector: Option<Labels>,
    pub action: &'static str,
    pub rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
pub struct MeshWorld {
    pub world: World,
    pub namespaces: Vec<Enrolled>,
    /// What a pod says for itself, and the port it keeps from its sidecar.
    pub pods: Vec<(Option<Enrolled>, Option<u16>)>,
    pub peers: Vec<Peer>,
    pub policies: Vec<Policy>,
    /// Namespaces whose tokens of one issuer are verified.
    pub verified: Vec<bool>,
    /// The TLS that a rule of the namespace makes clients of its Service speak.
    pub clients: Vec<Option<&'static str>>,
}

/// What each namespace's Service says of the ports it leads to, by the ports.
pub const SERVED: [(u16, Option<&str>); 3] = [(2, Some("http")), (3, Some("tcp")), (4, None)];
/// The labels of the pods to which it leads.
pub const SERVICE: (&str, &str) = ("a", "x");
/// The issuer of tokens.
pub const ISSUER: &str = "id.test";

pub const PRINCIPALS: [&str; 6] = [
    "cluster.local/ns/n0/sa/s0",
    "cluster.local/ns/n1/sa/s1",
    "cluster.local/ns/n0/*",
    "*/sa/s1",
    "*",
    "cluster.local/ns/x/sa/y",
];
pub const METHODS: [&str; 3] = ["GET", "PO*", "*"];
pub const PATHS: [&str; 6] = ["/a", "/a*", "*b", "/b/*", "*", "/c/{*}"];

fn word(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    proptest::sample::select(words)
}

fn fields(
    names: &'static [(&'static str, &'static [&'static str])],
) -> impl Strategy<Value = Vec<Field>> + Clone {
    let field = (proptest::sample::select(names), any::<bool>());
    let field = field.prop_flat_map(|((name, values), turned)| {
        vec(word(values), 1..=2).prop_map(move |values| (name, turned, values))
    });
    vec(field, 1..=2).prop_map(|mut fields: Vec<Field>| {
        fields.sort_unstable();
        fields.dedup_by_key(|field| (field.0, field.1));
        fields
    })
}

fn rule() -> impl Strategy<Value = Rule> + Clone {
    const SOURCE: &[(&str, &[&str])] = &[
        ("principals", &PRINCIPALS),
        ("namespaces", &["n0", "n1", "*"]),
        ("requestPrincipals", &["*", "id.test/*", "id.test/me", "other.test/*"]),
        ("ipBlocks", &["8.0.0.0/8", "8.8.8.8/32"]),
    ];
    const OPERATION: &[(&str, &[&str])] =
        &[("ports", &["2", "3", "4"]), ("methods", &METHODS), ("paths", &PATHS)];
    (vec(fields(SOURCE), 0..=2), vec(fields(OPERATION), 0..=2))
        .prop_map(|(from, to)| Rule { from, to })
}

fn selector() -> impl Strategy<Value = Option<Labels>> + Clone {
    let key = (word(&["a", "b"]), word(&["x", "y"]));
    option::of(key.prop_map(|(key, value)| Labels::from([(key.to_owned(), value.to_owned())])))
}

fn home() -> impl Strategy<Value = Option<usize>> + Clone {
    prop_oneof![1 => Just(None), 2 => Just(Some(0)), 2 => Just(Some(1))]
}

fn policy() -> impl Strategy<Value = Policy> + Clone {
    let action = word(&["ALLOW", "ALLOW", "ALLOW", "DENY", "DENY", "CUSTOM", "AUDIT"]);
    (home(), selector(), action, vec(rule(), 0..=2)).prop_map(
        |(namespace, selector, action, rules)| Policy { namespace, selector, action, rules },
    )
}

fn peer() -> impl Strategy<Value = Peer> + Clone {
    let mode = || word(&["STRICT", "STRICT", "PERMISSIVE", "DISABLE", "UNSET"]);
    (home(), selector(), option::of(mode()), vec((2..=5u16, mode()), 0..=2)).prop_map(
        |(namespace, selector, mode, mut ports)| {
            ports.sort_unstable();
            ports.dedup_by_key(|port| port.0);
            if selector.is_none() {
                ports.clear();
            }
            Peer { namespace, selector, mode, ports }
        },
    )
}

pub fn mesh_worlds() -> impl Strategy<Value = MeshWorld> {
    let enrolled =
        || proptest::sample::select(vec![Enrolled::Sidecar, Enrolled::Ambient, Enrolled::Nothing]);
    let pod = (option::weighted(0.2, enrolled()), option::weighted(0.2, 2..=5u16));
    let client = option::weighted(0.2, word(&["DISABLE", "ISTIO_MUTUAL", "SIMPLE"]));
    let parts = (
        world::worlds(false),
        vec(enrolled(), 2),
        vec(pod, 4),
        vec(peer(), 0..=3),
        vec(policy(), 0..=3),
        vec(any::<bool>(), 2),
        vec(client, 2),
    );
    parts.prop_map(|(world, namespaces, pods, mut peers, policies, verified, clients)| {
        // Which of two at one level is older no manifest says.
        let mut seen = Vec::new();
        peers.retain(|peer| {
            let level = (peer.namespace, peer.selector.is_some());
            let first = !seen.contains(&level);
            seen.push(level);
            first
        });
        MeshWorld { world, namespaces, pods, peers, policies, verified, clients }
    })
}

fn security(kind: &str, name: &str, namespace: Option<usize>, mut spec: Value) -> Value {
    let namespace = namespace.map_or("istio-system".to_owned(), |at| format!("n{at}"));
    let api = if kind == "DestinationRule" { "networking" } else { "security" };
    if spec["selector"].is_null() {
        spec.as_object_mut().expect("a map").remove("selector");
    }
    json!({
        "apiVersion": format!("{api}.istio.io/v1"), "kind": kind,
        "metadata": {"name": name, "namespace": namespace}, "spec": spec
    })
}

fn clause(fields: &[Field], around: &str) -> Value {
    let mut inner = json!({});
    for (name, turned, values) in fields {
        let mut key = (*name).to_owned();
        if *turned {
            key = format!("not{}{}", key[..1].to_uppercase(), &key[1..]);
        }
        inner[key] = json!(values);
    }
    json!({around: inner})
}

impl MeshWorld {
    /// The manifests: those of the world, then what the mesh adds.
    pub fn manifests(&self) -> Value {
        let mut list = self.world.manifests();
        let items = list["items"].as_array_mut().expect("a list");
        let (mut namespace, mut pod) = (0, 0);
        for item in items.iter_mut() {
            match item["kind"].as_str() {
                Some("Namespace") => {
                    let (key, value) = match self.namespaces[namespace] {
                        Enrolled::Sidecar => ("istio-injection", "enabled"),
                        Enrolled::Ambient => ("istio.io/dataplane-mode", "ambient"),
                        Enrolled::Nothing => ("team", "none"),
                    };
                    item["metadata"]["labels"][key] = json!(value);
                    namespace += 1;
                }
                Some("Pod") => {
                    let (own, kept) = self.pods[pod];
                    let labels = match own {
                        Some(Enrolled::Sidecar) => vec![("sidecar.istio.io/inject", "true")],
                        Some(Enrolled::Ambient) => vec![
                            ("sidecar.istio.io/inject", "false"),
                            ("istio.io/dataplane-mode", "ambient"),
                        ],
                        Some(Enrolled::Nothing) => vec![
                            ("sidecar.istio.io/inject", "false"),
                            ("istio.io/dataplane-mode", "none"),
                        ],
                        None => Vec::new(),
                    };
                    for (key, value) in labels {
                        item["metadata"]["labels"][key] = json!(value);
                    }
                    if let Some(kept) = kept {
                        let key = "traffic.sidecar.istio.io/excludeInboundPorts";
                        item["metadata"]["annotations"] = json!({key: kept.to_string()});
                    }
                    item["spec"]["serviceAccountName"] = json!(format!("s{pod}"));
                    pod += 1;
                }
                _ => {}
            }
        }
        for (at, enabled) in self.verified.iter().enumerate() {
            let ports = SERVED.iter().map(|(port, name)| match name {
                Some(name) => json!({"name": name, "port": port}),
                None => json!({"port": port}),
            });
            items.push(json!({
                "apiVersion": "v1", "kind": "Service",
                "metadata": {"name": "svc", "namespace": format!("n{at}")},
                "spec": {"selector": {SERVICE.0: SERVICE.1}, "ports": ports.collect::<Value>()}
            }));
            if *enabled {
                let spec = json!({"jwtRules": [{"issuer": ISSUER}]});
                items.push(security("RequestAuthentication", &format!("ra{at}"), Some(at), spec));
            }
            if let Some(mode) = self.clients[at] {
                let spec = json!({"host": "svc", "trafficPolicy": {"tls": {"mode": mode}}});
                items.push(security("DestinationRule", &format!("dr{at}"), Some(at), spec));
            }
        }
        let selector = |labels: &Option<Labels>| match labels {
            Some(labels) => json!({"matchLabels": labels}),
            None => Value::Null,
        };
        for (at, peer) in self.peers.iter().enumerate() {
            let mut spec = json!({"selector": selector(&peer.selector)});
            if let Some(mode) = peer.mode {
                spec["mtls"] = json!({"mode": mode});
            }
            for (port, mode) in &peer.ports {
                spec["portLevelMtls"][port.to_string()] = json!({"mode": mode});
            }
            items.push(security("PeerAuthentication", &format!("pa{at}"), peer.namespace, spec));
        }
        for (at, policy) in self.policies.iter().enumerate() {
            let rules = policy.rules.iter().map(|rule| {
                let mut one = json!({});
                for (key, around, clauses) in
                    [("from", "source", &rule.from), ("to", "operation", &rule.to)]
                {
                    if !clauses.is_empty() {
                        one[key] = clauses.iter().map(|fields| clause(fields, around)).collect();
                    }
                }
                one
            });
            let mut spec = json!({
                "selector": selector(&policy.selector), "rules": rules.collect::<Value>(),
                "action": policy.action
            });
            if policy.action == "CUSTOM" {
                spec["provider"] = json!({"name": "login"});
            }
            items.push(security("AuthorizationPolicy", &format!("ap{at}"), policy.namespace, spec));
        }
        list
    }
}
