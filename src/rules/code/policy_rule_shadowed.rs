//! Rules of network policies that never decide: earlier ones match everything that they match, or
//! other policies allow it already.

use crate::input::source::Place;
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::graph::Graph;
use crate::model::graph::policy::{Action, Direction, Policy, Tier};
use crate::model::graph::written::RuleAt;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;
use std::collections::HashMap;

/// Kinds whose rules are asked in order, by their groups.
const ORDERED: [(&str, &str); 7] = [
    ("policy.networking.k8s.io", "AdminNetworkPolicy"),
    ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
];

/// `admin_rule_shadowed`: a rule of a policy whose rules are asked in order. Among Calico's tiers, what an
/// earlier one allows or denies does not come to a later one, and nothing comes past a tier that denies
/// the rest and passes nothing on.
pub fn admin_rule_shadowed<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if ORDERED.iter().all(|(group, kind)| root.objects(group, kind).next().is_none()) {
        return;
    }
    let graph = sink.graph();
    let Some(graph) = graph else { return };
    let policies = graph.policies();
    // Only Calico asks policies of other kinds before and after `NetworkPolicies`.
    let calico =
        ORDERED[3..].iter().any(|(group, kind)| root.objects(group, kind).next().is_some());
    let ordered: Vec<usize> = (0..policies.len())
        .filter(|at| is_ordered(root, &policies[*at]) || calico && graph.is_network_policy(*at))
        .collect();
    for &at in ordered.iter().filter(|at| policies[**at].present == Truth::True) {
        let policy = &policies[at];
        let before: Vec<(usize, Turn)> = ordered
            .iter()
            .filter_map(|other| Some((*other, earlier(policies, *other, at)?)))
            .filter(|(other, _)| !same_object(root, &policies[*other], policy))
            .collect();
        if before.is_empty() && !is_ordered(root, policy) {
            continue;
        }
        for direction in Direction::BOTH {
            let side = |at: usize| &policies[at].sides[direction as usize];
            let before = || before.iter().filter(|one| side(one.0).applies == Truth::True);
            if side(at).applies != Truth::True || side(at).rules.is_empty() {
                continue;
            }
            let closed =
                before().find(|one| one.1 == Turn::Tier && closes(graph, one.0, direction));
            if let Some(&(by, _)) = closed {
                let resource = root.resources[policies[by].resource];
                let words = format!("{}, whose tier denies the rest", resource.title());
                // What the first rule that can be told would decide does not come so far.
                match side(at).rules.iter().find(|rule| decides(rule.action)) {
                    Some(first) => {
                        say(policy, first.at, direction, &words, [resource.header], sink);
                    }
                    None => sink.unknown(),
                }
                continue;
            }
            let others: Vec<RuleAt> = before()
                .flat_map(|(other, turn)| {
                    let rules = side(*other).rules.iter().enumerate();
                    let asked = rules.filter(|(_, rule)| match turn {
                        Turn::Rule => decides(rule.action),
                        Turn::Tier => decides(rule.action) && rule.action != Some(Action::Pass),
                    });
                    asked.map(|(rule, _)| (*other, rule))
                })
                .collect();
            for rule in 0..side(at).rules.len() {
                let mut by = others.clone();
                // Those of a `NetworkPolicy` add up.
                let own = if is_ordered(root, policy) { 0..rule } else { 0..0 };
                by.extend(
                    own.filter(|one| decides(side(at).rules[*one].action)).map(|one| (at, one)),
                );
                report(root, graph, (at, rule), direction, &by, sink);
            }
        }
    }
}

/// Whether the policies of its kind are asked in order.
fn is_ordered(root: &Root<'_>, policy: &Policy<'_>) -> bool {
    let object = root.resources[policy.resource].object();
    policy.tier != Tier::Unmodelled
        && object
            .is_some_and(|object| ORDERED.contains(&(object.group.as_str(), object.kind.as_str())))
}

/// What of an earlier policy comes before another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Each of its rules.
    Rule,
    /// All that its tier decides.
    Tier,
}

/// Whether a policy's tier surely denies what its rules do not decide, and leaves nothing to later ones.
fn closes(graph: &Graph<'_>, policy: usize, direction: Direction) -> bool {
    let policies = graph.policies();
    let own = &policies[policy];
    own.sides[direction as usize].closes == Truth::True
        && policies.iter().enumerate().all(|(at, one)| {
            let known = is_ordered(graph.root(), one) || graph.is_network_policy(at);
            let passes = one.sides[direction as usize]
                .rules
                .iter()
                .any(|rule| matches!(rule.action, Some(Action::Pass) | None));
            known && (one.tier != own.tier || !passes)
        })
}

/// `network_policy_rule_redundant`: other rules of network policies for at least the same pods allow
/// all of it.
pub fn network_policy_rule_redundant<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if root.cluster().policies.is_empty() {
        return;
    }
    let Some(graph) = sink.graph() else { return };
    let policies = graph.policies();
    let home = |policy: &Policy<'r>| root.cursor(root.resources[policy.resource]);
    let name = |policy: &Policy<'r>| home(policy).key("metadata").key("namespace").text();
    let mut homes: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, policy) in policies.iter().enumerate().filter(|(at, _)| graph.is_network_policy(*at)) {
        homes.entry(name(policy)).or_default().push(at);
    }
    for (at, policy) in policies.iter().enumerate() {
        if !graph.is_network_policy(at) || policy.present != Truth::True {
            continue;
        }
        for direction in Direction::BOTH {
            let side = |at: usize| &policies[at].sides[direction as usize];
            if side(at).applies != Truth::True {
                continue;
            }
            let near = homes.get(&name(policy)).into_iter().flatten().copied();
            let broader = near.filter(|&other| {
                let one = &policies[other];
                other != at
                    && !same_object(root, one, policy)
                    && one.present == Truth::True
                    && side(other).applies == Truth::True
                    && includes(one, policy)
            });
            let elsewhere: Vec<RuleAt> = broader
                .flat_map(|other| (0..side(other).rules.len()).map(move |rule| (other, rule)))
                .collect();
            let rules = side(at).rules.len();
            let all: Vec<RuleAt> =
                elsewhere.iter().copied().chain((0..rules).map(|rule| (at, rule))).collect();
            for rule in (0..rules).filter(|rule| graph.covered((at, *rule), direction, &all)) {
                // Of two rules that say the same, the later one is redundant.
                let mut by: Vec<RuleAt> = elsewhere
                    .iter()
                    .copied()
                    .filter(|one| one.0 < at || !graph.covered(*one, direction, &[(at, rule)]))
                    .collect();
                let own = (0..rules).filter(|other| {
                    *other < rule || !graph.covered((at, *other), direction, &[(at, rule)])
                });
                by.extend(own.map(|other| (at, other)));
                report(root, graph, (at, rule), direction, &by, sink);
            }
        }
    }
}

/// Reports a rule that others cover, with those of them that it takes.
fn report<'r>(
    root: &'r Root<'r>,
    graph: &Graph<'r>,
    rule: RuleAt,
    direction: Direction,
    by: &[RuleAt],
    sink: &mut Sink<'_, 'r>,
) {
    if !graph.covered(rule, direction, by) {
        return;
    }
    let mut needed = by.to_vec();
    let mut at = 0;
    while at < needed.len() {
        let mut fewer = needed.clone();
        fewer.remove(at);
        if graph.covered(rule, direction, &fewer) {
            needed = fewer;
        } else {
            at += 1;
        }
    }
    let written = |at: RuleAt| &graph.policies()[at.0].sides[direction as usize].rules[at.1];
    let policy = &graph.policies()[rule.0];
    let mut titles: Vec<String> = Vec::new();
    for one in &needed {
        let title = root.resources[graph.policies()[one.0].resource].title();
        if one.0 != rule.0 && !titles.contains(&title) {
            titles.push(title);
        }
    }
    let by = if titles.is_empty() { "other rules of it".to_owned() } else { titles.join(", ") };
    let places = needed.iter().take(5).map(|one| written(*one).at.focus());
    say(policy, written(rule).at, direction, &by, places, sink);
}

fn say<'r>(
    policy: &Policy<'r>,
    at: Cursor<'r>,
    direction: Direction,
    by: &str,
    places: impl IntoIterator<Item = Place>,
    sink: &mut Sink<'_, 'r>,
) {
    let side = if direction == Direction::Ingress { "ingress" } else { "egress" };
    if let Some(raw) = sink.report(policy.resource, at, None, &[("by", by), ("side", side)]) {
        let text = "matches it already";
        let labels = places.into_iter().map(|place| Label { place, text: text.to_owned() });
        raw.labels.extend(labels);
    }
}

/// Whether a policy comes before another one, for at least the same pods, and what of it does.
fn earlier(policies: &[Policy<'_>], one: usize, than: usize) -> Option<Turn> {
    let (one, other) = (&policies[one], &policies[than]);
    let by_tiers = |tier: Tier| tier.custom() || tier == Tier::Namespace;
    let turn = if one.tier == other.tier {
        let (own, others) = one.priority.zip(other.priority)?;
        let named = || one.turn.as_ref().zip(other.turn.as_ref());
        let by_name =
            || named().is_some_and(|(one, other)| one.series == other.series && one < other);
        (own < others || own == others && by_name()).then_some(Turn::Rule)
    } else {
        let order = by_tiers(one.tier) && by_tiers(other.tier) && one.tier < other.tier;
        order.then_some(Turn::Tier)
    };
    turn.filter(|_| one.present == Truth::True && includes(one, other))
}

fn includes(one: &Policy<'_>, other: &Policy<'_>) -> bool {
    one.subject.as_ref().zip(other.subject.as_ref()).is_some_and(|(one, two)| one.includes(two))
}

/// Whether both are one object, written twice: which of them counts cannot be told.
fn same_object(root: &Root<'_>, one: &Policy<'_>, other: &Policy<'_>) -> bool {
    let [one, other] = [one, other].map(|policy| root.resources[policy.resource]);
    one.address() == other.address()
}

fn decides(action: Option<Action>) -> bool {
    matches!(action, Some(Action::Allow | Action::Deny | Action::Pass))
}
