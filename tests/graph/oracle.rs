//! Who may connect in a small world, one port at a time, straight from the text of the APIs: loops
//! and truth values, nothing shared with the engine.

use super::world::{AdminPolicy, Kind, Labels, Peer, Pod, Policy, Port, Rule, Selector, World};
use std::net::IpAddr;

/// An end: a pod of the world, or an address outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Pod(usize),
    Outside(IpAddr),
}

/// A world and what its manifests do not say: whether blocks that hold private addresses (or IPv6
/// ones) hold those of the pods.
pub struct Oracle<'w> {
    pub world: &'w World,
    pub covered: bool,
}

pub fn selects(selector: &Selector, labels: &Labels) -> bool {
    let equal = selector.labels.iter().all(|(key, value)| labels.get(key) == Some(value));
    equal
        && selector.expressions.iter().all(|(key, operator, values)| match *operator {
            "In" => labels.get(key).is_some_and(|value| values.contains(value)),
            "NotIn" => labels.get(key).is_none_or(|value| !values.contains(value)),
            "Exists" => labels.contains_key(key),
            _ => !labels.contains_key(key),
        })
}

impl Oracle<'_> {
    fn pod(&self, end: End) -> Option<&Pod> {
        match end {
            End::Pod(at) => Some(&self.world.pods[at]),
            End::Outside(_) => None,
        }
    }

    /// Whether a block holds an address, that of a pod included.
    fn block(&self, range: &str, holes: &[&str], end: End) -> bool {
        let net = |text: &str| text.parse::<ipnet::IpNet>().expect("a CIDR");
        match end {
            End::Outside(address) => {
                net(range).contains(&address)
                    && !holes.iter().any(|one| net(one).contains(&address))
            }
            End::Pod(_) => self.covered && matches!(range, "0.0.0.0/0" | "10.0.0.0/8" | "::/0"),
        }
    }

    fn peer(&self, peer: &Peer, own: Option<usize>, end: End) -> bool {
        match peer {
            Peer::Block(range, holes) => self.block(range, holes, end),
            Peer::Pods(namespaces, pods) => {
                let Some(pod) = self.pod(end) else { return false };
                let mut labels = self.world.namespaces[pod.namespace].clone();
                labels.insert(
                    "kubernetes.io/metadata.name".to_owned(),
                    format!("n{}", pod.namespace),
                );
                let home = match (namespaces, own) {
                    (Some(selector), _) => selects(selector, &labels),
                    (None, Some(own)) => own == pod.namespace,
                    (None, None) => true,
                };
                home && pods.as_ref().is_none_or(|pods| selects(pods, &pod.labels))
            }
        }
    }

    fn port(&self, wanted: &Port, any_protocol: bool, to: End, protocol: &str, port: u16) -> bool {
        match wanted {
            Port::Range(own, low, high) => *own == protocol && *low <= port && port <= *high,
            Port::All(own) => *own == protocol,
            Port::Name(own, name) => self.pod(to).is_some_and(|pod| {
                pod.ports.iter().any(|(one, its, number)| {
                    let protocols = *its == protocol && (any_protocol || *its == *own);
                    one == name && protocols && *number == port
                })
            }),
        }
    }

    pub fn rule(
        &self,
        rule: &Rule,
        own: Option<usize>,
        other: End,
        to: End,
        protocol: &str,
        port: u16,
    ) -> bool {
        let peers =
            rule.peers.is_empty() || rule.peers.iter().any(|peer| self.peer(peer, own, other));
        let ports = rule.ports.is_empty()
            || rule.ports.iter().any(|one| self.port(one, own.is_none(), to, protocol, port));
        peers && ports
    }

    /// The first rule of a tier that matches.
    fn admin(
        &self,
        tier: &[Kind],
        ingress: bool,
        subject: &Pod,
        other: End,
        to: End,
        (protocol, port): (&str, u16),
    ) -> Option<&'static str> {
        let mut policies: Vec<&AdminPolicy> =
            self.world.admin.iter().filter(|one| tier.contains(&one.kind)).collect();
        // The older baseline policy has no priority: it comes first.
        policies.sort_by_key(|one| one.kind != Kind::Baseline);
        for policy in policies {
            let namespaces = Peer::Pods(Some(policy.namespaces.clone()), policy.pods.clone());
            let at = self.world.pods.iter().position(|pod| std::ptr::eq(pod, subject));
            if !self.peer(&namespaces, None, End::Pod(at.expect("a pod of the world"))) {
                continue;
            }
            let rules = if ingress { &policy.ingress } else { &policy.egress };
            let matching = |rule: &&Rule| self.rule(rule, None, other, to, protocol, port);
            if let Some(rule) = rules.iter().find(matching) {
                return Some(rule.action);
            }
        }
        None
    }

    pub fn isolates(policy: &Policy, ingress: bool) -> bool {
        match &policy.types {
            Some(types) if !types.is_empty() => {
                types.contains(&if ingress { "Ingress" } else { "Egress" })
            }
            _ => ingress || policy.egress.as_ref().is_some_and(|rules| !rules.is_empty()),
        }
    }

    fn side(&self, ingress: bool, from: End, to: End, protocol: &str, port: u16) -> bool {
        let (subject, other) = if ingress { (to, from) } else { (from, to) };
        let Some(pod) = self.pod(subject) else { return true };
        let what = (protocol, port);
        let admin = [Kind::Admin, Kind::ClusterAdmin];
        match self.admin(&admin, ingress, pod, other, to, what) {
            Some("Allow") => return true,
            Some("Deny") => return false,
            _ => {}
        }
        let own = |policy: &&Policy| {
            policy.namespace == pod.namespace
                && selects(&policy.selector, &pod.labels)
                && Self::isolates(policy, ingress)
        };
        let policies: Vec<&Policy> = self.world.policies.iter().filter(own).collect();
        if !policies.is_empty() {
            return policies.iter().any(|policy| {
                let rules = if ingress { &policy.ingress } else { &policy.egress };
                rules
                    .iter()
                    .flatten()
                    .any(|rule| self.rule(rule, Some(policy.namespace), other, to, protocol, port))
            });
        }
        let baseline = [Kind::Baseline, Kind::ClusterBaseline];
        self.admin(&baseline, ingress, pod, other, to, what) != Some("Deny")
    }

    /// Whether a connection is possible.
    pub fn allows(&self, from: End, to: End, protocol: &str, port: u16) -> bool {
        from == to
            || self.side(false, from, to, protocol, port)
                && self.side(true, from, to, protocol, port)
    }
}
