//! Pods whose egress is restricted and who may not reach a name server: they resolve no names, and
//! the policy is soon taken away again.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::Peer;
use crate::model::graph::ports::Protocol;
use crate::model::kubernetes::cluster::{Absence, NetworkPolicy};
use crate::model::kubernetes::namespace::Namespace;
use crate::model::network::Addresses;
use crate::model::root::Root;
use crate::model::selector::{Operator, Selector};
use crate::rules::sink::Sink;
use crate::rules::{absence, network_policy, reach};

/// The port of name servers.
const DNS: u16 = 53;

/// Where the cluster's name server runs.
const SYSTEM: &str = "kube-system";

/// `egress_without_dns`.
pub fn egress_without_dns<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let cluster = root.cluster();
    for policy in &cluster.policies {
        let of_system = root.settings.system_namespaces.iter();
        if of_system.into_iter().any(|name| policy.home.name() == Some(name)) {
            continue;
        }
        match restricts(policy) {
            Truth::True => {}
            Truth::False => continue,
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
        }
        let rules = policy.spec.key("egress");
        let none = rules.items().known.is_empty();
        // Some pods are meant to reach nothing; all of a namespace hardly are.
        let here: Vec<_> = cluster.policies_in(&policy.home);
        let here = || here.iter().map(|(at, _)| &cluster.policies[*at]);
        if none && (!everything(policy) || here().any(|one| others(one, policy))) {
            continue;
        }
        let allowed = Truth::any(here().map(|other| {
            let covers = covers(other, policy);
            if covers == Truth::False { covers } else { covers.and(allows_dns(other)) }
        }));
        match allowed {
            Truth::True => continue,
            Truth::False if network_policy::others(root) => {
                sink.unknown();
                continue;
            }
            Truth::Unknown => {
                sink.unknown();
                continue;
            }
            Truth::False => {}
        }
        let types = policy.spec.key("policyTypes").items().known;
        let egress = types.into_iter().find(|one| one.text().as_deref() == Some("Egress"));
        let at = if none { egress.unwrap_or(rules) } else { rules };
        let closed = cluster.closed(&policy.home);
        let absent = if closed { Absence::Proven } else { Absence::Possible };
        let witness = reach::first_pod(root, policy).zip(sink.graph()).map(|(pod, graph)| {
            reach::by_network(graph, Peer::Workload(pod), Peer::AnyPod, Protocol::Udp, DNS)
        });
        let mut finding = sink.report(policy.resource, at, None, &[]);
        if let Some(raw) = &mut finding {
            raw.witness = witness;
        }
        absence::of(finding, absent, || "no policy elsewhere allows these pods DNS".to_owned());
    }
}

/// Whether a policy restricts egress: it says so, or, without `policyTypes`, has egress rules.
fn restricts(policy: &NetworkPolicy<'_>) -> Truth {
    let types = policy.spec.key("policyTypes").items();
    if types.known.is_empty() && !types.open {
        let rules = policy.spec.key("egress").items();
        return match (rules.known.is_empty(), rules.open) {
            (false, _) => Truth::True,
            (true, true) => Truth::Unknown,
            (true, false) => Truth::False,
        };
    }
    network_policy::applies_to(policy.spec, "Egress")
}

/// Whether a policy is for all pods of its namespace.
fn everything(policy: &NetworkPolicy<'_>) -> bool {
    let selector = policy.selector.as_ref();
    selector.is_none_or(|selector| selector.selects_everything() == Truth::True)
}

/// Whether another policy of the same namespace has egress rules (or may have some): if these leave
/// DNS out, they are to be changed.
fn others(other: &NetworkPolicy<'_>, policy: &NetworkPolicy<'_>) -> bool {
    let rules = other.spec.key("egress").items();
    other.resource != policy.resource
        && other.home.same(&policy.home) != Truth::False
        && restricts(other) != Truth::False
        && (rules.open || !rules.known.is_empty())
}

/// Whether a policy is for all the pods of another one. Unknown where it may be for some of them.
fn covers(policy: &NetworkPolicy<'_>, other: &NetworkPolicy<'_>) -> Truth {
    let here = policy.home.same(&other.home).and(policy.present);
    if here == Truth::False || policy.resource == other.resource || everything(policy) {
        return here;
    }
    let (Some(one), Some(two)) = (&policy.selector, &other.selector) else { return Truth::Unknown };
    if apart(one, two) { Truth::False } else { Truth::Unknown }
}

/// Whether no pod can have the labels that both ask for.
fn apart(one: &Selector<'_>, other: &Selector<'_>) -> bool {
    one.requirements.iter().any(|a| {
        other.requirements.iter().any(|b| {
            let both_in = a.operator == Operator::In && b.operator == Operator::In;
            let told = !a.open && !b.open && a.key == b.key;
            both_in && told && a.values.iter().all(|value| !b.values.contains(value))
        })
    })
}

/// Whether one of a policy's egress rules lets queries to a name server through.
fn allows_dns(policy: &NetworkPolicy<'_>) -> Truth {
    let applies = network_policy::applies_to(policy.spec, "Egress");
    let rules = policy.spec.key("egress").items();
    let known = Truth::any(rules.known.iter().map(|rule| {
        let ports = rule.key("ports").items();
        if ports.known.is_empty() {
            let any = reaches(rule.key("to"));
            return if ports.open { any.and(Truth::Unknown) } else { any };
        }
        // Whoever names the port has thought of it, whatever the peer.
        let known = Truth::any(ports.known.iter().map(|port| includes_dns(*port)));
        if ports.open { known.or(Truth::Unknown) } else { known }
    }));
    applies.and(if rules.open { known.or(Truth::Unknown) } else { known })
}

/// Whether an entry of `ports` includes the port of name servers.
fn includes_dns(port: Cursor<'_>) -> Truth {
    let (number, end) = (port.key("port"), port.key("endPort"));
    if number.shape() == Shape::Absent {
        return Truth::True;
    }
    // A named port, or one that cannot be told, may be it.
    let Some(number) = number.text().and_then(|text| text.parse::<u16>().ok()) else {
        return Truth::Unknown;
    };
    match (end.shape(), end.text().and_then(|text| text.parse::<u16>().ok())) {
        (Shape::Absent, _) => Truth::of(number == DNS),
        (_, Some(end)) => Truth::of((number..=end).contains(&DNS)),
        _ => Truth::Unknown,
    }
}

/// Whether the cluster's name server is among the peers of a rule for every port.
fn reaches(to: Cursor<'_>) -> Truth {
    let peers = to.items();
    if peers.known.is_empty() && !peers.open {
        return Truth::True;
    }
    let system = Namespace::of_name(SYSTEM.into()).labels;
    let known = Truth::any(peers.known.iter().map(|peer| {
        let block = peer.key("ipBlock");
        if block.shape() != Shape::Absent {
            let mut addresses = Addresses::default();
            return match block.key("cidr").text() {
                // A narrow public network holds no name server of a cluster.
                Some(cidr) if addresses.add(&cidr) => match addresses.public_shares() {
                    [four, six] if four >= 0.5 || six >= 0.5 => Truth::True,
                    [four, six] if four > 0.0 || six > 0.0 => Truth::False,
                    _ => Truth::Unknown,
                },
                _ => Truth::Unknown,
            };
        }
        match Selector::read(peer.key("namespaceSelector")) {
            Some(selector) => selector.matches(&system),
            // Pods of the own namespace.
            None if peer.shape() == Shape::Map => Truth::False,
            None => Truth::Unknown,
        }
    }));
    if peers.open { known.or(Truth::Unknown) } else { known }
}
