//! Rules of network policies that never decide: earlier ones match everything that they match, or
//! other policies allow it already.

use crate::model::fact::Truth;
use crate::model::graph::Graph;
use crate::model::graph::policy::{Action, Direction, Policy, Tier};
use crate::model::graph::written::RuleAt;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;
use std::collections::HashMap;

/// `admin_rule_shadowed`: a rule of a policy whose rules are asked in order.
pub fn admin_rule_shadowed<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let kinds = ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"];
    if kinds.iter().all(|kind| root.kind(kind).is_empty()) {
        return;
    }
    let graph = sink.graph();
    let Some(graph) = graph else { return };
    let policies = graph.policies();
    for (at, policy) in policies.iter().enumerate() {
        if !matches!(policy.tier, Tier::Admin | Tier::Baseline) {
            continue;
        }
        let before: Vec<usize> = (0..policies.len())
            .filter(|other| earlier(policies, *other, at))
            .filter(|other| !same_object(root, &policies[*other], policy))
            .collect();
        for direction in Direction::BOTH {
            let rules = |at: usize| &policies[at].sides[direction as usize].rules;
            let others: Vec<RuleAt> = before
                .iter()
                .flat_map(|other| (0..rules(*other).len()).map(move |rule| (*other, rule)))
                .filter(|(other, rule)| decides(rules(*other)[*rule].action))
                .collect();
            for rule in 0..rules(at).len() {
                let mut by = others.clone();
                let own = (0..rule).filter(|rule| decides(rules(at)[*rule].action));
                by.extend(own.map(|rule| (at, rule)));
                report(root, graph, (at, rule), direction, &by, sink);
            }
        }
    }
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
    let side = if direction == Direction::Ingress { "ingress" } else { "egress" };
    let words = [("by", &*by), ("side", side)];
    if let Some(raw) = sink.report(policy.resource, written(rule).at, None, &words) {
        raw.labels.extend(needed.iter().take(5).map(|one| Label {
            place: written(*one).at.focus(),
            text: "matches it already".to_owned(),
        }));
    }
}

/// Whether the rules of a policy are asked before those of another one, for at least the same pods.
fn earlier(policies: &[Policy<'_>], one: usize, than: usize) -> bool {
    let (one, other) = (&policies[one], &policies[than]);
    one.tier == other.tier
        && one.present == Truth::True
        && one.priority.zip(other.priority).is_some_and(|(one, other)| one < other)
        && includes(one, other)
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
