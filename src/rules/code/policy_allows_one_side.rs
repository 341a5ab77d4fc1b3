//! Connections that a network policy allows at one end, while the policies for the other end let
//! nothing of the kind through: both must, so nothing arrives.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::graph::policy::{Direction, Namespaces, Peers, Policy, Ports, Rule, Scope};
use crate::model::graph::ports::Protocol;
use crate::model::graph::written::network_policies;
use crate::model::kubernetes::namespace::Home;
use crate::model::root::Root;
use crate::model::selector::Selector;
use crate::rules::finding::{Confidence, Label};
use crate::rules::reach;
use crate::rules::sink::Sink;
use std::collections::HashMap;

/// `policy_allows_one_side`.
pub fn policy_allows_one_side<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let policies = &network_policies(root);
    let others = root.kind("CiliumNetworkPolicy").len()
        + root.kind("CiliumClusterwideNetworkPolicy").len()
        + root.kind("GlobalNetworkPolicy").len()
        + root.kind("AdminNetworkPolicy").len()
        + root.kind("BaselineAdminNetworkPolicy").len()
        + root.kind("ClusterNetworkPolicy").len();
    if others > 0 || policies.len() != root.kind("NetworkPolicy").len() {
        // Tiers of other kinds decide as well.
        return;
    }
    let homes = Homes::new(policies);
    for policy in policies {
        for direction in Direction::BOTH {
            let side = &policy.sides[direction as usize];
            if side.applies != Truth::True || policy.present != Truth::True {
                continue;
            }
            for rule in &side.rules {
                let Peers::Listed { scopes, .. } = &rule.peers else { continue };
                for scope in scopes {
                    judge(root, &homes, policy, direction, rule, scope, sink);
                }
            }
        }
    }
}

/// Policies by the name of their namespace; none where it is not written or cannot be told.
struct Homes<'p, 'r>(HashMap<Option<&'p str>, Vec<&'p Policy<'r>>>);

impl<'p, 'r> Homes<'p, 'r> {
    fn new(policies: &'p [Policy<'r>]) -> Self {
        let mut homes: HashMap<Option<&str>, Vec<&Policy<'r>>> = HashMap::new();
        for policy in policies {
            let home = policy.subject.as_ref().and_then(home);
            homes.entry(home.and_then(Home::name)).or_default().push(policy);
        }
        Self(homes)
    }

    /// Policies that may be of a namespace.
    fn of(&self, home: &Home<'_>) -> Vec<&'p Policy<'r>> {
        if let Some(name) = home.name() {
            let lists = [self.0.get(&Some(name)), self.0.get(&None)];
            return lists.into_iter().flatten().flatten().copied().collect();
        }
        let mut all: Vec<&Policy<'r>> = self.0.values().flatten().copied().collect();
        all.sort_unstable_by_key(|policy| policy.resource);
        all
    }
}

/// Judges one group of pods that a rule names as the other end.
fn judge<'r>(
    root: &'r Root<'r>,
    homes: &Homes<'_, 'r>,
    policy: &Policy<'r>,
    direction: Direction,
    rule: &Rule<'r>,
    peer: &Scope<'r>,
    sink: &mut Sink<'_, 'r>,
) {
    let Some(pods) = peer.pods.as_ref().filter(|pods| is_told(pods)) else { return };
    let Some(home) = home(peer) else { return };
    let other = match direction {
        Direction::Egress => Direction::Ingress,
        Direction::Ingress => Direction::Egress,
    };
    let (mut isolating, mut allowed) = (None, Truth::False);
    for one in homes.of(home) {
        let side = &one.sides[other as usize];
        let Some(Scope { namespaces: Namespaces::One(own), pods: selected, .. }) = &one.subject
        else {
            continue;
        };
        let here = own.same(home).and(side.applies).and(one.present);
        let apart = selected.as_ref().is_some_and(|selected| selected.is_apart_from(pods));
        if here == Truth::False || apart {
            continue;
        }
        let all = selected.as_ref().is_none_or(|selected| selected.includes(pods));
        if here == Truth::True && all && isolating.is_none() {
            isolating = Some(one);
        }
        let admits = Truth::any(side.rules.iter().map(|back| admits(back, policy, rule)));
        allowed = allowed.or(admits);
    }
    let Some(isolating) = isolating else { return };
    match allowed {
        Truth::False => {}
        Truth::True => return,
        Truth::Unknown => return sink.unknown(),
    }
    let at = peer_place(peer, pods);
    let title = root.resources[isolating.resource].title();
    let side = if other == Direction::Egress { "egress" } else { "ingress" };
    let words = [("other", &*title), ("side", side)];
    if let Some(raw) = sink.report(policy.resource, at, None, &words) {
        let text = format!("limits the {side} of these pods");
        raw.labels.push(Label { place: isolating.at.focus(), text });
        if !root.cluster().closed(home) {
            raw.confidence = Confidence::Possible;
            raw.assumption = Some(format!(
                "no network policies for {} are written elsewhere",
                reach::place(home)
            ));
        }
    }
}

/// Whether a rule for the other end may let the connection through: its peers may be the policy's own
/// pods, and a port may be one that the rule allows.
fn admits(back: &Rule<'_>, policy: &Policy<'_>, rule: &Rule<'_>) -> Truth {
    let peers = match (&back.peers, &policy.subject) {
        (Peers::Every, _) => Truth::True,
        (_, None) | (Peers::Both { .. }, _) => Truth::Unknown,
        (Peers::Listed { scopes, blocks, open }, Some(own)) => {
            let meets =
                |scope: &Scope<'_>| if apart(scope, own) { Truth::False } else { Truth::Unknown };
            let known = Truth::any(scopes.iter().map(meets));
            if *open || !blocks.is_empty() { known.or(Truth::Unknown) } else { known }
        }
    };
    let ports = match (&back.ports, &rule.ports) {
        (Ports::Every, _) | (_, Ports::Every) => Truth::Unknown,
        (
            Ports::Listed { ranges: one, named, possible },
            Ports::Listed { ranges: two, named: others, possible: more },
        ) => {
            let meets = |a: &(Protocol, u16, u16), b: &(Protocol, u16, u16)| {
                a.0 == b.0 && a.1 <= b.2 && b.1 <= a.2
            };
            let met = one.iter().any(|a| two.iter().any(|b| meets(a, b)));
            let vague = !possible.is_empty() || !more.is_empty();
            // A name stands for a number that nobody can tell here.
            let named = !named.is_empty() || !others.is_empty();
            if met || vague || named { Truth::Unknown } else { Truth::False }
        }
    };
    if peers == Truth::False || ports == Truth::False { Truth::False } else { Truth::True }
}

/// Whether no pod is in both.
fn apart(one: &Scope<'_>, other: &Scope<'_>) -> bool {
    let namespaces = match (&one.namespaces, &other.namespaces) {
        (Namespaces::One(one), Namespaces::One(other)) => one.same(other) == Truth::False,
        (Namespaces::Selected(one), Namespaces::Selected(other)) => one.is_apart_from(other),
        (Namespaces::Selected(selector), Namespaces::One(home))
        | (Namespaces::One(home), Namespaces::Selected(selector)) => {
            home.name().is_some_and(|name| {
                use crate::model::kubernetes::namespace::Namespace;
                let labels = Namespace::of_name(name.to_owned().into()).labels;
                selector.matches(&labels) == Truth::False
            })
        }
        _ => false,
    };
    let pods = one.pods.as_ref().zip(other.pods.as_ref());
    namespaces || pods.is_some_and(|(one, other)| one.is_apart_from(other))
}

/// The one namespace of a scope, if it names one.
fn home<'s, 'r>(scope: &'s Scope<'r>) -> Option<&'s Home<'r>> {
    match &scope.namespaces {
        Namespaces::One(home) => Some(home),
        _ => None,
    }
}

fn is_told(selector: &Selector<'_>) -> bool {
    !selector.open && selector.requirements.iter().all(|one| !one.open)
}

fn peer_place<'r>(_: &Scope<'r>, pods: &Selector<'r>) -> Cursor<'r> {
    match pods.requirements.as_slice() {
        [only] => only.at,
        _ => pods.at,
    }
}
