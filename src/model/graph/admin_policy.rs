//! `AdminNetworkPolicy`, `BaselineAdminNetworkPolicy` (policy.networking.k8s.io/v1alpha1) and
//! `ClusterNetworkPolicy` (v1alpha2) as a `Policy`, as the comments of their API types say.

use super::network_policy::range;
use super::policy::{
    Action, Block, Hosts, Namespaces, Peers, Policy, Ports, Rule, Scope, Side, Tier,
};
use super::ports::Protocol;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::selector::Selector;

/// The API group of the three.
pub const GROUP: &str = "policy.networking.k8s.io";

/// Reads an object of the group; none where its kind is no policy.
pub fn read<'a>(
    resource: usize,
    certain: bool,
    kind: &str,
    object: Cursor<'a>,
) -> Option<Policy<'a>> {
    let spec = object.key("spec");
    let (tier, priority) = match kind {
        "AdminNetworkPolicy" => (Tier::Admin, number(spec.key("priority"))),
        "BaselineAdminNetworkPolicy" => (Tier::Baseline, Some(0)),
        "ClusterNetworkPolicy" => {
            let tier = match spec.key("tier").text().as_deref() {
                Some("Admin") => Tier::Admin,
                Some("Baseline") => Tier::Baseline,
                _ => Tier::Unmodelled,
            };
            (tier, number(spec.key("priority")))
        }
        _ => return None,
    };
    let sides = [("egress", "to"), ("ingress", "from")].map(|(list, peers)| {
        let written = spec.key(list).items();
        let applies = match (written.known.is_empty(), written.open) {
            (_, true) => Truth::Unknown,
            (none, false) => Truth::of(!none),
        };
        let others = written.open.then(|| Rule::possible(None, spec.key(list)));
        let rule = |at: Cursor<'a>| {
            Rule::new(action(at.key("action")), self::peers(at.key(peers)), ports(at), at)
        };
        let rules = others.into_iter().chain(written.known.into_iter().map(rule)).collect();
        Side { applies, closes: Truth::False, rules }
    });
    Some(Policy {
        resource,
        tier,
        priority,
        turn: None,
        subject: scope(spec.key("subject")),
        present: if certain { Truth::True } else { Truth::Unknown },
        sides,
        at: spec.key("subject"),
    })
}

fn number(at: Cursor<'_>) -> Option<i64> {
    at.text()?.parse().ok()
}

fn action(at: Cursor<'_>) -> Option<Action> {
    match &*at.text()? {
        "Allow" | "Accept" => Some(Action::Allow),
        "Deny" => Some(Action::Deny),
        "Pass" => Some(Action::Pass),
        _ => None,
    }
}

/// `namespaces` or `pods`: exactly one of them. A selector of `pods` that is not written selects
/// everything, as an empty one does. Pods on their node's network are excluded.
fn scope(at: Cursor<'_>) -> Option<Scope<'_>> {
    let (namespaces, pods) = (at.key("namespaces"), at.key("pods"));
    match (namespaces.shape(), pods.shape()) {
        (Shape::Map, Shape::Absent) => {
            Some(Scope::new(Namespaces::Selected(Selector::read(namespaces)?), None, Hosts::Never))
        }
        (Shape::Absent, Shape::Map) => {
            let namespaces = Selector::read(pods.key("namespaceSelector"));
            let namespaces = namespaces.map_or(Namespaces::Every, Namespaces::Selected);
            Some(Scope::new(namespaces, Selector::read(pods.key("podSelector")), Hosts::Never))
        }
        _ => None,
    }
}

/// Peers. `nodes` matches neither pods nor addresses outside; names of domains may match any of
/// these. A peer of no known form makes the rule's effect unknown.
fn peers(at: Cursor<'_>) -> Peers<'_> {
    let list = at.items();
    let (mut scopes, mut blocks, mut open) = (Vec::new(), Vec::new(), list.open);
    for peer in list.known {
        let networks = peer.key("networks");
        if networks.shape() != Shape::Absent {
            let networks = networks.items();
            open |= networks.open;
            for network in networks.known {
                match range(network) {
                    Some(range) => blocks.push(Block::new(range)),
                    None => open = true,
                }
            }
        } else if peer.key("nodes").shape() == Shape::Absent {
            match scope(peer) {
                Some(scope) => scopes.push(scope),
                None => open = true,
            }
        }
    }
    Peers::Listed { scopes, blocks, open }
}

/// `ports` (v1alpha1) or `protocols` (v1alpha2); absent: all ports of all protocols.
fn ports(rule: Cursor<'_>) -> Ports<'_> {
    let (ports, protocols) = (rule.key("ports"), rule.key("protocols"));
    let (mut ranges, mut named, mut possible) = (Vec::new(), Vec::new(), Vec::new());
    let every = Protocol::ALL.map(|one| (one, 1, u16::MAX));
    if ports.shape() == Shape::Absent && protocols.shape() == Shape::Absent {
        return Ports::Every;
    }
    let (ports, protocols) = (ports.items(), protocols.items());
    if ports.open || protocols.open {
        possible.extend(every);
    }
    for item in ports.known {
        let (number, range) = (item.key("portNumber"), item.key("portRange"));
        let name = item.key("namedPort").text();
        let (at, low, high) = if number.shape() == Shape::Map {
            (number, port(number.key("port")), port(number.key("port")))
        } else {
            (range, port(range.key("start")), port(range.key("end")))
        };
        let protocol = match (at.key("protocol").shape(), at.key("protocol").text()) {
            (Shape::Absent, _) => Some(Protocol::Tcp),
            (_, Some(word)) => Protocol::of(&word),
            _ => None,
        };
        match (name, protocol, low, high) {
            (Some(name), _, _, _) => named.push((None, name)),
            (None, Some(protocol), Some(low), Some(high)) => ranges.push((protocol, low, high)),
            _ => possible.extend(every),
        }
    }
    for item in protocols.known {
        if let Some(name) = item.key("destinationNamedPort").text() {
            named.push((None, name));
            continue;
        }
        let words = [("tcp", Protocol::Tcp), ("udp", Protocol::Udp), ("sctp", Protocol::Sctp)];
        let found = words.iter().find(|(word, _)| item.key(word).shape() != Shape::Absent);
        let Some(&(word, protocol)) = found else {
            possible.extend(every);
            continue;
        };
        let at = item.key(word).key("destinationPort");
        let range = at.key("range");
        let (low, high) = match at.shape() {
            Shape::Absent if item.key(word).shape() == Shape::Map => (Some(1), Some(u16::MAX)),
            _ if range.shape() == Shape::Map => (port(range.key("start")), port(range.key("end"))),
            _ => (port(at.key("number")), port(at.key("number"))),
        };
        match (low, high) {
            (Some(low), Some(high)) => ranges.push((protocol, low, high)),
            _ => possible.push((protocol, 1, u16::MAX)),
        }
    }
    Ports::Listed { ranges, named, possible }
}

fn port(at: Cursor<'_>) -> Option<u16> {
    at.text()?.parse().ok().filter(|port| *port > 0)
}
