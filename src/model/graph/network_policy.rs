//! `NetworkPolicy` (networking.k8s.io/v1) as a `Policy`: defaults of `policyTypes`, peers and ports as
//! the comments of its API types say.

use super::addresses::Range;
use super::policy::{
    Action, Block, Hosts, Namespaces, Peers, Policy, Ports, Rule, Scope, Side, Tier,
};
use super::ports::Protocol;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::kubernetes::cluster::NetworkPolicy;
use crate::model::kubernetes::namespace::Home;
use crate::model::network;
use crate::model::selector::Selector;

/// The priority of all of them in their tier, at which those of Calico's tier `default` come before
/// and after them (Calico documentation, "Policy tiers").
pub(super) const PRIORITY: i64 = super::policy::priority(1000.0);

/// Reads a `NetworkPolicy`. A missing `podSelector` is for every pod of the namespace.
pub fn read<'a>(policy: &NetworkPolicy<'a>) -> Policy<'a> {
    let (spec, home) = (policy.spec, &policy.home);
    let sides =
        [("egress", "to", "Egress"), ("ingress", "from", "Ingress")].map(|(list, peers, word)| {
            let written = spec.key(list).items();
            let rule = |at: Cursor<'a>| rule(at, at.key(peers), home);
            let others = written.open.then(|| Rule::possible(Some(Action::Allow), spec.key(list)));
            let rules = written.known.into_iter().map(rule).chain(others).collect();
            Side { applies: applies(spec, word), closes: Truth::True, rules }
        });
    Policy {
        resource: policy.resource,
        tier: Tier::Namespace,
        priority: Some(PRIORITY),
        turn: None,
        subject: Some(Scope::new(
            Namespaces::One(home.clone()),
            policy.selector.clone(),
            Hosts::Possible,
        )),
        present: policy.present,
        sides,
        at: spec.key("podSelector"),
    }
}

/// Whether the policy isolates in a direction. Where `policyTypes` is absent or empty it isolates
/// ingress, and egress if there is an egress rule.
fn applies(spec: Cursor<'_>, word: &str) -> Truth {
    let types = spec.key("policyTypes").items();
    if types.known.is_empty() && !types.open {
        let egress = spec.key("egress").items();
        return match (word, egress.known.is_empty(), egress.open) {
            ("Ingress", _, _) | (_, false, _) => Truth::True,
            (_, true, true) => Truth::Unknown,
            (_, true, false) => Truth::False,
        };
    }
    let listed = Truth::any(types.known.iter().map(|one| match one.text() {
        Some(text) => Truth::of(text == word),
        None => Truth::Unknown,
    }));
    if types.open { listed.or(Truth::Unknown) } else { listed }
}

fn rule<'a>(at: Cursor<'a>, peers: Cursor<'a>, home: &Home<'a>) -> Rule<'a> {
    let (peers, ports) = match at.shape() {
        Shape::Map | Shape::Absent => (self::peers(peers, home), ports(at.key("ports"))),
        _ => (Peers::unknown(), Ports::Every),
    };
    Rule::new(Some(Action::Allow), peers, ports, at)
}

/// Peers: none listed are all, inside the cluster and outside.
fn peers<'a>(at: Cursor<'a>, home: &Home<'a>) -> Peers<'a> {
    let list = at.items();
    if list.known.is_empty() && !list.open {
        return Peers::Every;
    }
    let (mut scopes, mut blocks, mut open) = (Vec::new(), Vec::new(), list.open);
    for peer in list.known {
        let block = peer.key("ipBlock");
        let namespaces = Selector::read(peer.key("namespaceSelector"));
        let pods = Selector::read(peer.key("podSelector"));
        match (block.shape(), namespaces, pods) {
            // An empty peer is refused by API servers.
            (Shape::Absent, None, None) => open = true,
            (Shape::Absent, None, pods) => {
                scopes.push(Scope::new(Namespaces::One(home.clone()), pods, Hosts::Possible));
            }
            (Shape::Absent, Some(selector), pods) => {
                scopes.push(Scope::new(Namespaces::Selected(selector), pods, Hosts::Possible));
            }
            (Shape::Map, None, None) => match self::block(block) {
                Some(block) => blocks.push(block),
                None => open = true,
            },
            _ => open = true,
        }
    }
    Peers::Listed { scopes, blocks, open }
}

/// The addresses of a text.
pub(super) fn range(at: Cursor<'_>) -> Option<Range> {
    network::network(at.text()?.trim()).map(Range::of)
}

fn block(at: Cursor<'_>) -> Option<Block> {
    let holes = at.key("except").items();
    let except: Vec<Option<Range>> = holes.known.iter().map(|hole| range(*hole)).collect();
    Some(Block {
        pods: true,
        range: range(at.key("cidr"))?,
        open: holes.open || except.contains(&None),
        except: except.into_iter().flatten().collect(),
    })
}

/// Ports: none listed are all ports of all protocols. A port without number or name is all ports of
/// its protocol.
fn ports(at: Cursor<'_>) -> Ports<'_> {
    let list = at.items();
    if list.known.is_empty() && !list.open {
        return Ports::Every;
    }
    let (mut ranges, mut named, mut possible) = (Vec::new(), Vec::new(), Vec::new());
    let every = Protocol::ALL.map(|one| (one, 1, u16::MAX));
    if list.open {
        possible.extend(every);
    }
    for item in list.known {
        let written = item.key("protocol");
        let protocol = match (written.shape(), written.text()) {
            (Shape::Absent, _) => Some(Protocol::Tcp),
            (_, Some(word)) => Protocol::of(&word),
            _ => None,
        };
        let Some(protocol) = protocol else {
            possible.extend(every);
            continue;
        };
        let (port, end) = (item.key("port"), item.key("endPort"));
        match (port.shape(), port.text()) {
            (Shape::Absent, _) => ranges.push((protocol, 1, u16::MAX)),
            (_, Some(text)) => match (text.parse::<u16>(), end.shape(), end.text()) {
                (Ok(0), _, _) => possible.push((protocol, 1, u16::MAX)),
                (Ok(number), Shape::Absent, _) => ranges.push((protocol, number, number)),
                (Ok(number), _, Some(upper))
                    if upper.parse().is_ok_and(|upper: u16| upper >= number) =>
                {
                    ranges.push((protocol, number, upper.parse().unwrap_or(number)));
                }
                (Ok(number), _, _) => possible.push((protocol, number, u16::MAX)),
                (Err(_), _, _) => named.push((Some(protocol), text)),
            },
            _ => possible.push((protocol, 1, u16::MAX)),
        }
    }
    Ports::Listed { ranges, named, possible }
}
