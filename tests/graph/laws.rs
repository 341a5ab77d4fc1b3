//! Laws that change a world and know what may change in its graph.

use super::world::{Peer, Policy, Rule, Selector, World, worlds};
use super::{ADDRESSES, PORTS, ends, holds, peer, run, with_graph};
use crate::world::PROTOCOLS;
use proptest::prelude::*;
use serde_json::Value;
use ztlint::model::fact::Truth;
use ztlint::model::graph::ports::Protocol;
use ztlint::model::graph::trace::Reason;

/// What is sure and what is possible of each pair of ends and port, in one order.
fn answers(world: &World) -> Vec<(bool, bool)> {
    answers_of(world, &world.manifests())
}

/// The same of a world's pods under other manifests.
pub fn answers_of(world: &World, manifests: &Value) -> Vec<(bool, bool)> {
    with_graph(&manifests.to_string(), |graph| {
        let ends = ends(world);
        let mut found = Vec::new();
        for &from in &ends {
            for &to in &ends {
                let edge = graph.edge(peer(graph, from), peer(graph, to));
                for protocol in PROTOCOLS {
                    found.extend(PORTS.map(|port| holds(&edge, protocol, port)));
                }
            }
        }
        found
    })
}

/// How many answers there are for each pair of ends.
const EACH: usize = PROTOCOLS.len() * PORTS.len();

pub fn grown(before: &[(bool, bool)], after: &[(bool, bool)]) -> bool {
    before.iter().zip(after).all(|(old, new)| old.0 <= new.0 && old.1 <= new.1)
}

#[test]
fn what_is_sure_is_possible() {
    run(200, &worlds(true), |world| {
        prop_assert!(answers(&world).iter().all(|(must, may)| must <= may));
        Ok(())
    });
}

/// A policy with another rule allows at least what it allowed.
#[test]
fn another_rule_never_takes_away() {
    run(300, &worlds(true), |mut world| {
        let isolating = |policy: &&mut Policy| policy.ingress.is_some() && policy.types.is_some();
        let before = answers(&world);
        let Some(policy) = world.policies.iter_mut().find(isolating) else { return Ok(()) };
        let peers = vec![Peer::Pods(Some(Selector::default()), None)];
        let rule = Rule { action: "Allow", peers, ports: Vec::new() };
        policy.ingress.get_or_insert_default().push(rule);
        prop_assert!(grown(&before, &answers(&world)));
        Ok(())
    });
}

/// The first policy for a pod never opens anything to it.
#[test]
fn the_first_policy_never_opens() {
    run(300, &worlds(true), |mut world| {
        world.policies.clear();
        world.admin.clear();
        let before = answers(&world);
        let rule = |peers: Vec<Peer>| Rule { action: "Allow", peers, ports: Vec::new() };
        world.policies.push(Policy {
            namespace: 0,
            selector: Selector::default(),
            types: None,
            ingress: Some(vec![rule(vec![Peer::Pods(None, Some(Selector::default()))])]),
            egress: Some(vec![rule(Vec::new())]),
        });
        prop_assert!(grown(&answers(&world), &before));
        Ok(())
    });
}

/// Every block written as its two halves.
#[test]
fn halves_are_the_whole() {
    const HALVES: [(&str, [&str; 2]); 8] = [
        ("0.0.0.0/0", ["0.0.0.0/1", "128.0.0.0/1"]),
        ("10.0.0.0/8", ["10.0.0.0/9", "10.128.0.0/9"]),
        ("8.0.0.0/8", ["8.0.0.0/9", "8.128.0.0/9"]),
        ("8.8.0.0/16", ["8.8.0.0/17", "8.8.128.0/17"]),
        ("8.128.0.0/9", ["8.128.0.0/10", "8.192.0.0/10"]),
        ("9.9.9.0/24", ["9.9.9.0/25", "9.9.9.128/25"]),
        ("8.8.8.8/32", ["8.8.8.8/32", "8.8.8.8/32"]),
        ("::/0", ["::/1", "8000::/1"]),
    ];
    run(300, &worlds(true), |mut world| {
        let before = answers(&world);
        let rules = world.policies.iter_mut().flat_map(|one| [&mut one.ingress, &mut one.egress]);
        let admin = world.admin.iter_mut().map(|one| &mut one.egress);
        for rule in rules.flatten().chain(admin).flatten() {
            let halved = |peer: Peer| match peer {
                Peer::Block(range, holes) if holes.is_empty() => {
                    let halves = HALVES.iter().find(|(whole, _)| *whole == range);
                    let halves = halves.expect("every block has halves").1;
                    halves.map(|half| Peer::Block(half, Vec::new())).to_vec()
                }
                other => vec![other],
            };
            rule.peers = std::mem::take(&mut rule.peers).into_iter().flat_map(halved).collect();
        }
        prop_assert_eq!(before, answers(&world));
        Ok(())
    });
}

/// Labels by other names.
#[test]
fn names_of_labels_do_not_matter() {
    run(200, &worlds(true), |world| {
        let text = world.manifests().to_string();
        let renamed = text
            .replace("\"a\":", "\"zone\":")
            .replace("\"key\":\"a\"", "\"key\":\"zone\"")
            .replace("\"x\"", "\"west\"");
        let all = |text: &str| {
            with_graph(text, |graph| {
                let ends = ends(&world);
                let pairs = ends.iter().flat_map(|from| ends.iter().map(move |to| (*from, *to)));
                let edges = pairs.map(|(from, to)| graph.edge(peer(graph, from), peer(graph, to)));
                edges.collect::<Vec<_>>()
            })
        };
        prop_assert_eq!(all(&text), all(&renamed));
        Ok(())
    });
}

/// The reasons fit the answer: who is surely denied is denied somewhere, and so on.
#[test]
fn reasons_fit_the_answer() {
    run(300, &worlds(true), |world| reasons_fit(&world, &world.manifests()));
    assert_eq!(ADDRESSES.len() * EACH, 12 * 30);
}

/// Whether the reasons fit the answers about a world's pods under some manifests.
pub fn reasons_fit(world: &World, manifests: &Value) -> Result<(), TestCaseError> {
    with_graph(&manifests.to_string(), |graph| {
        for from in ends(world) {
            for to in ends(world) {
                let (truth, steps) =
                    graph.why(peer(graph, from), peer(graph, to), Protocol::Tcp, 3);
                let stopped = steps
                    .iter()
                    .any(|step| matches!(step.reason, Reason::Denies | Reason::Isolates));
                let unsure = steps.iter().any(|step| step.reason == Reason::Unknown);
                prop_assert!(truth != Truth::True || !stopped, "{steps:?}\n{manifests:#}");
                prop_assert!(truth != Truth::Unknown || unsure, "{steps:?}\n{manifests:#}");
                let outside = steps.is_empty();
                prop_assert!(
                    truth != Truth::False || stopped || unsure || outside,
                    "{steps:?}\n{manifests:#}"
                );
            }
        }
        Ok(())
    })
}
