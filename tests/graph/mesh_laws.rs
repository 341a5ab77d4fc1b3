//! Laws that change a world with a mesh and know what may change in its answers.

use super::mesh_world::{MeshWorld, Policy, Rule, mesh_worlds};
use super::{MESH_ADDRESSES, MESH_PORTS, SENT, SPOKEN, asked, peer, run, with_graph};
use crate::oracle::End;
use proptest::prelude::*;
use std::net::IpAddr;
use ztlint::model::fact::Truth;
use ztlint::model::graph::Peer;
use ztlint::model::graph::explain::Layer;
use ztlint::model::graph::trace::Reason;

/// The answers to all calls, in one order: 0 for no, 1 for perhaps, 2 for yes.
fn answers(world: &MeshWorld, text: &str) -> Vec<u8> {
    with_graph(text, |graph| {
        let pods = 0..world.world.pods.len();
        let addresses = MESH_ADDRESSES.map(|text| text.parse::<IpAddr>().expect("an address"));
        let from = pods.clone().map(End::Pod).chain(addresses.map(End::Outside));
        let mut found = Vec::new();
        for from in from {
            for to in pods.clone() {
                for port in MESH_PORTS {
                    for spoken in SPOKEN {
                        for sent in SENT {
                            let from = peer(graph, from);
                            let call = asked(from, Peer::Workload(to), port, spoken, sent);
                            found.push(match graph.call(&call).allowed {
                                Truth::False => 0,
                                Truth::Unknown => 1,
                                Truth::True => 2,
                            });
                        }
                    }
                }
            }
        }
        found
    })
}

fn of(world: &MeshWorld) -> Vec<u8> {
    answers(world, &world.manifests().to_string())
}

fn grown(before: &[u8], after: &[u8]) -> bool {
    before.iter().zip(after).all(|(old, new)| old <= new)
}

#[test]
fn strict_admits_no_more_than_permissive() {
    run(25, &mesh_worlds(), |world| {
        let mut loose = world.clone();
        for peer in &mut loose.peers {
            let modes = peer.ports.iter_mut().map(|(_, mode)| mode).chain(peer.mode.as_mut());
            modes.filter(|mode| **mode == "STRICT").for_each(|mode| *mode = "PERMISSIVE");
        }
        prop_assert!(grown(&of(&world), &of(&loose)));
        Ok(())
    });
}

#[test]
fn another_denial_admits_no_more() {
    let rule = Rule { from: vec![vec![("namespaces", false, vec!["n0"])]], to: Vec::new() };
    let denial = move |namespace, selector| Policy {
        namespace,
        selector,
        action: "DENY",
        rules: vec![rule.clone()],
    };
    run(25, &mesh_worlds(), |world| {
        let mut denied = world.clone();
        denied.policies.push(denial(Some(0), None));
        prop_assert!(grown(&of(&denied), &of(&world)));
        Ok(())
    });
}

#[test]
fn another_allowance_beside_one_takes_nothing_away() {
    run(25, &mesh_worlds(), |world| {
        let Some(first) = world.policies.iter().find(|policy| policy.action == "ALLOW") else {
            return Ok(());
        };
        let rule = Rule { from: Vec::new(), to: vec![vec![("paths", false, vec!["/a*"])]] };
        let mut more = world.clone();
        more.policies.push(Policy { rules: vec![rule], ..first.clone() });
        prop_assert!(grown(&of(&world), &of(&more)));
        Ok(())
    });
}

#[test]
fn names_of_labels_do_not_matter_to_the_mesh() {
    run(15, &mesh_worlds(), |world| {
        let text = world.manifests().to_string();
        let renamed = text
            .replace("\"a\":", "\"zone\":")
            .replace("\"key\":\"a\"", "\"key\":\"zone\"")
            .replace("\"x\"", "\"west\"");
        prop_assert_eq!(answers(&world, &text), answers(&world, &renamed));
        Ok(())
    });
}

/// The reasons fit the answer, and come in the order in which a call passes them.
#[test]
fn reasons_of_calls_fit_the_answer() {
    run(40, &mesh_worlds(), |world| {
        let text = world.manifests().to_string();
        with_graph(&text, |graph| {
            let pods = 0..world.world.pods.len();
            for (from, to) in pods.clone().flat_map(|from| pods.clone().map(move |to| (from, to))) {
                for spoken in SPOKEN {
                    let sent = SENT[2];
                    let call = asked(Peer::Workload(from), Peer::Workload(to), 2, spoken, sent);
                    let told = graph.explain(&call);
                    let has = |wanted: &[Reason]| {
                        told.because.iter().any(|one| wanted.contains(&one.reason))
                    };
                    let sorted = told.because.is_sorted_by_key(|one| one.layer);
                    prop_assert!(sorted && !told.because.is_empty(), "{told:?}");
                    let refused = [Reason::Denies, Reason::Isolates, Reason::Unmatched];
                    let strict = [Reason::MutualOnly, Reason::Uncaptured, Reason::OutsideMesh];
                    let right = match told.decision.allowed {
                        Truth::True => !has(&refused),
                        Truth::Unknown => has(&[Reason::Unknown]) || has(&refused),
                        // In plaintext refused by the mode, with an identity by its absence.
                        Truth::False => {
                            has(&refused) || has(&strict) || has(&[Reason::PlaintextOnly])
                        }
                    };
                    prop_assert!(right, "{spoken:?} {told:?}\n{:#}", world.manifests());
                    let allows = told.because.iter().filter(|one| one.reason == Reason::Allows);
                    let twice = allows.filter(|one| one.layer == Layer::Authorization).count();
                    prop_assert!(twice < 2, "{told:?}");
                }
            }
            Ok(())
        })
    });
}
