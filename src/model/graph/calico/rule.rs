//! One rule of a policy of Calico's: action, ends, protocol and ports.

use super::set::blocks;
use super::{Calico, joined, written};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::graph::addresses::Range;
use crate::model::graph::condition::{Condition, Holder};
use crate::model::graph::policy::{
    Action, Block, Direction, Hosts, Namespaces, Peers, Ports, Rule, Scope,
};
use crate::model::graph::ports::Protocol;
use crate::model::kubernetes::namespace::{Home, NAME_LABEL};
use crate::model::selector::Operator;

const FIELDS: [&str; 10] = [
    "action",
    "ipVersion",
    "protocol",
    "icmp",
    "notProtocol",
    "notICMP",
    "source",
    "destination",
    "http",
    "metadata",
];

const ENTITY: [&str; 9] = [
    "nets",
    "selector",
    "namespaceSelector",
    "services",
    "ports",
    "notNets",
    "notSelector",
    "notPorts",
    "serviceAccounts",
];

impl<'a> Calico<'a> {
    /// A rule; none where it only logs. `home` is the namespace of a policy that has one.
    pub(super) fn rule(
        &self,
        at: Cursor<'a>,
        direction: Direction,
        home: Option<&Home<'a>>,
    ) -> Option<Rule<'a>> {
        let action = match at.key("action").text().as_deref() {
            Some("Allow") => Some(Action::Allow),
            Some("Deny") => Some(Action::Deny),
            Some("Pass") => Some(Action::Pass),
            Some("Log") => return None,
            _ => None,
        };
        let (source, destination) = (at.key("source"), at.key("destination"));
        let known = |at: Cursor<'a>, fields: &[&str]| {
            let (pairs, open) = at.entries();
            let shape = matches!(at.shape(), Shape::Map | Shape::Absent);
            shape && !open && pairs.iter().all(|(key, _)| fields.contains(key))
        };
        if !known(at, &FIELDS) || !known(source, &ENTITY) || !known(destination, &ENTITY) {
            return Some(Rule::possible(None, at));
        }
        let (own, other) = match direction {
            Direction::Egress => (source, destination),
            Direction::Ingress => (destination, source),
        };
        let own = self.entity(own, home);
        let mut peers = self.entity(other, home);
        if let Some(family) = family(at.key("ipVersion")) {
            peers = Peers::Both { held: vec![peers, family], excluded: Vec::new() };
        }
        let (mut ports, mut except) = ports(at, destination);
        // Which port a connection comes from, and what is asked over it, is not part of it here.
        let narrowed = [source.key("ports"), source.key("notPorts"), at.key("http")];
        if narrowed.iter().any(|one| one.shape() != Shape::Absent) {
            (ports, except) = (possible(ports), except.map(possible));
        }
        let own = (!matches!(own, Peers::Every)).then_some(own);
        Some(Rule { action, own, peers, ports, except, at })
    }

    /// An end: everything that each field that is written selects. Selectors of a namespaced policy
    /// select in its namespace, unless they name others.
    fn entity(&self, at: Cursor<'a>, home: Option<&Home<'a>>) -> Peers<'a> {
        let (mut held, mut excluded) = (Vec::new(), Vec::new());
        let addresses = |key: &str| {
            let list = at.key(key);
            let none = list.items().known.is_empty() && !list.items().open;
            (!none).then(|| Peers::Listed { scopes: Vec::new(), blocks: blocks(list), open: false })
        };
        held.extend(addresses("nets"));
        excluded.extend(addresses("notNets"));
        let namespaces = written(at.key("namespaceSelector"), Holder::Namespace);
        let own = written(at.key("selector"), Holder::Pod);
        let not = written(at.key("notSelector"), Holder::Pod);
        let account = account(at.key("serviceAccounts"));
        let home = home.filter(|_| namespaces.is_none());
        let given = [&namespaces, &own, &account].into_iter().any(Option::is_some);
        if given || home.is_some() && not.is_some() {
            let all: Vec<Condition<'a>> =
                [namespaces, own, account].into_iter().flatten().collect();
            held.push(self.selected(home, joined(all)));
        }
        excluded.extend(not.map(|not| self.selected(None, Some(not))));
        if at.key("services").shape() != Shape::Absent {
            held.push(Peers::unknown());
        }
        match (held.len(), excluded.is_empty()) {
            (0, true) => Peers::Every,
            (1, true) => held.pop().unwrap_or(Peers::Every),
            _ => Peers::Both { held, excluded },
        }
    }

    /// Pods, and network sets, for which a condition holds.
    fn selected(&self, home: Option<&Home<'a>>, condition: Option<Condition<'a>>) -> Peers<'a> {
        let sets = self.sets.iter();
        let blocks = sets.flat_map(|set| set.selected(home, condition.as_ref())).collect();
        let scope = match home {
            Some(home) => Scope::new(Namespaces::One(home.clone()), None, Hosts::Never),
            None => Scope::new(Namespaces::Every, None, Hosts::Possible),
        };
        Peers::Listed { scopes: vec![scope.with(condition)], blocks, open: false }
    }
}

/// `serviceAccounts`: one of `names`, and what `selector` selects.
fn account(at: Cursor<'_>) -> Option<Condition<'_>> {
    match at.shape() {
        Shape::Absent => return None,
        Shape::Map => {}
        _ => return Some(Condition::Unknown),
    }
    let names = at.key("names").items();
    let mut all = Vec::new();
    if names.open || !names.known.is_empty() {
        let known: Vec<_> = names.known.iter().map(Cursor::text).collect();
        let listed = Condition::label(
            Holder::Account,
            NAME_LABEL,
            Operator::In,
            known.iter().flatten().cloned().collect(),
            at,
        );
        let others = names.open || known.contains(&None);
        all.push(if others { Condition::Any(vec![listed, Condition::Unknown]) } else { listed });
    }
    all.extend(written(at.key("selector"), Holder::Account));
    joined(all)
}

/// Ends of one family of addresses; none for both. Which addresses pods have is not known.
fn family<'a>(at: Cursor<'_>) -> Option<Peers<'a>> {
    let v6 = match (at.shape(), at.text().as_deref()) {
        (Shape::Absent, _) => return None,
        (_, Some("4")) => false,
        (_, Some("6")) => true,
        _ => return Some(Peers::unknown()),
    };
    let blocks = vec![Block::new(Range::family(v6))];
    Some(Peers::Listed { scopes: Vec::new(), blocks, open: false })
}

/// The ports of a rule, and those that it takes out. Protocols without ports match none.
fn ports<'a>(rule: Cursor<'a>, destination: Cursor<'a>) -> (Ports<'a>, Option<Ports<'a>>) {
    let (protocol, not) = (rule.key("protocol"), rule.key("notProtocol"));
    let wanted: Vec<(Protocol, Truth)> = Protocol::ALL
        .into_iter()
        .map(|one| {
            let yes =
                if protocol.shape() == Shape::Absent { Truth::True } else { is(protocol, one) };
            let no = if not.shape() == Shape::Absent { Truth::False } else { is(not, one) };
            (one, yes.and(!no))
        })
        .filter(|(_, truth)| *truth != Truth::False)
        .collect();
    let icmp = [rule.key("icmp"), rule.key("notICMP")];
    let only_icmp = icmp.iter().any(|one| one.shape() != Shape::Absent);
    let (listed, except) = (destination.key("ports"), destination.key("notPorts"));
    let some = |list: Cursor<'a>| !list.items().known.is_empty() || list.items().open;
    // Ports without a protocol that has some, and messages of ICMP without it, are refused.
    let odd = protocol.shape() == Shape::Absent && (some(listed) || some(except) || only_icmp);
    let everywhere = wanted.len() == 3 && wanted.iter().all(|(_, truth)| *truth == Truth::True);
    let ports = match (some(listed), everywhere) {
        (false, true) => Ports::Every,
        (false, false) => whole(&wanted),
        (true, _) => numbers(listed, &wanted),
    };
    let except = some(except).then(|| numbers(except, &wanted));
    if odd { (possible(ports), except.map(possible)) } else { (ports, except) }
}

/// Whether a protocol is meant by its name or number.
fn is(at: Cursor<'_>, protocol: Protocol) -> Truth {
    let Some(text) = at.text() else { return Truth::Unknown };
    let number = match protocol {
        Protocol::Tcp => "6",
        Protocol::Udp => "17",
        Protocol::Sctp => "132",
    };
    if *text == *protocol.word() || *text == *number {
        Truth::True
    } else if text.eq_ignore_ascii_case(protocol.word()) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

fn whole<'a>(protocols: &[(Protocol, Truth)]) -> Ports<'a> {
    let (mut ranges, mut possible) = (Vec::new(), Vec::new());
    for &(protocol, truth) in protocols {
        let list = if truth == Truth::True { &mut ranges } else { &mut possible };
        list.push((protocol, 1, u16::MAX));
    }
    Ports::Listed { ranges, named: Vec::new(), possible }
}

/// Numbers, ranges `low:high`, and names.
fn numbers<'a>(list: Cursor<'a>, protocols: &[(Protocol, Truth)]) -> Ports<'a> {
    let (mut ranges, mut named, mut possible) = (Vec::new(), Vec::new(), Vec::new());
    let list = list.items();
    for &(protocol, truth) in protocols {
        if list.open {
            possible.push((protocol, 1, u16::MAX));
        }
        for item in &list.known {
            let Some(text) = item.text() else {
                possible.push((protocol, 1, u16::MAX));
                continue;
            };
            let (low, high) = text.split_once(':').unwrap_or((&text, &text));
            match (low.parse::<u16>(), high.parse::<u16>()) {
                (Ok(low), Ok(high)) if low <= high && high > 0 => {
                    let list = if truth == Truth::True { &mut ranges } else { &mut possible };
                    list.push((protocol, low.max(1), high));
                }
                _ if truth != Truth::True || text.contains(':') || low.parse::<u32>().is_ok() => {
                    possible.push((protocol, 1, u16::MAX));
                }
                _ => named.push((Some(protocol), text)),
            }
        }
    }
    Ports::Listed { ranges, named, possible }
}

/// The same ports, of which none is sure.
fn possible(ports: Ports<'_>) -> Ports<'_> {
    let every = Protocol::ALL.map(|one| (one, 1, u16::MAX));
    let possible = match ports {
        Ports::Every => every.to_vec(),
        Ports::Listed { ranges, named, mut possible } => {
            possible.extend(ranges);
            possible.extend(
                every.into_iter().filter(|one| named.iter().any(|name| name.0 == Some(one.0))),
            );
            possible
        }
    };
    Ports::Listed { ranges: Vec::new(), named: Vec::new(), possible }
}
