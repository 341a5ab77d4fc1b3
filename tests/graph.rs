//! The trust graph against a brute-force oracle on random small worlds, the laws that any such graph
//! keeps, and tables of cases.

#[path = "graph/calico.rs"]
mod calico;
#[path = "graph/calico_cases.rs"]
mod calico_cases;
#[path = "graph/cases.rs"]
mod cases;
#[path = "graph/cilium.rs"]
mod cilium;
#[path = "graph/cilium_cases.rs"]
mod cilium_cases;
#[path = "graph/compare.rs"]
mod compare;
#[path = "graph/gateways.rs"]
mod gateways;
#[path = "graph/laws.rs"]
mod laws;
#[path = "graph/matrix.rs"]
mod matrix;
#[path = "graph/mesh.rs"]
mod mesh;
#[path = "graph/mesh_laws.rs"]
mod mesh_laws;
#[path = "graph/mesh_oracle.rs"]
mod mesh_oracle;
#[path = "graph/mesh_world.rs"]
mod mesh_world;
#[path = "graph/oracle.rs"]
mod oracle;
#[path = "graph/questions.rs"]
mod questions;
#[path = "graph/sidecars.rs"]
mod sidecars;
#[path = "graph/tables.rs"]
mod tables;
#[path = "graph/world.rs"]
mod world;

use compare::{
    ADDRESSES, MESH_ADDRESSES, MESH_PORTS, PORTS, SENT, SPOKEN, agrees, asked, compare,
    compare_calls, ends, holds, peer, with_graph,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use world::PROTOCOLS;
use ztlint::model::graph::Peer;

fn run<S: Strategy>(
    cases: u32,
    strategy: &S,
    judge: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    if let Err(error) = runner.run(strategy, judge) {
        panic!("{error}");
    }
}

fn worlds_agree(cases: u32) {
    for ambiguous in [false, true] {
        run(cases / 2, &world::worlds(ambiguous), |world| {
            let text = world.manifests().to_string();
            with_graph(&text, |graph| agrees(&world, graph, !ambiguous))
        });
    }
}

/// What is hidden from a graph.
#[derive(Clone, Debug)]
struct Hidden {
    /// Which of the scalars below `spec` and `labels`.
    scalars: Vec<proptest::sample::Index>,
    /// Which of the namespaces.
    namespaces: [bool; 2],
}

fn scalars<'v>(value: &'v mut Value, found: &mut Vec<&'v mut Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| scalars(item, found)),
        Value::Object(map) => map.values_mut().for_each(|item| scalars(item, found)),
        Value::String(_) | Value::Number(_) => found.push(value),
        Value::Bool(_) | Value::Null => {}
    }
}

fn hide(manifests: &mut Value, hidden: &Hidden) {
    let items = manifests["items"].as_array_mut().expect("a list");
    let mut found = Vec::new();
    for item in items.iter_mut() {
        for (key, value) in item.as_object_mut().expect("an object") {
            if key == "spec" {
                scalars(value, &mut found);
            } else if key == "metadata" {
                scalars(&mut value["labels"], &mut found);
            }
        }
    }
    let mut chosen: Vec<usize> = Vec::new();
    if !found.is_empty() {
        chosen.extend(hidden.scalars.iter().map(|index| index.index(found.len())));
    }
    for at in chosen {
        *found[at] = Value::String("${HIDDEN}".to_owned());
    }
    let mut at = 0;
    items.retain(|_| {
        at += 1;
        at > 2 || !hidden.namespaces[at - 1]
    });
}

fn hidden() -> impl Strategy<Value = Hidden> {
    (proptest::collection::vec(any::<proptest::sample::Index>(), 0..=3), any::<[bool; 2]>())
        .prop_map(|(scalars, namespaces)| Hidden { scalars, namespaces })
}

/// Values that are not known never make a wrong answer.
fn hidden_values_are_unknown(cases: u32) {
    run(cases, &(world::worlds(true), hidden()), |(world, hidden)| {
        let mut manifests = world.manifests();
        hide(&mut manifests, &hidden);
        let text = manifests.to_string();
        with_graph(&text, |graph| agrees(&world, graph, false))
            .map_err(|error| TestCaseError::fail(format!("{error}\nseen: {manifests:#}")))
    });
}

/// How many random worlds to compare: a few thousand, or as many as `ZTLINT_WORLDS` says.
fn worlds() -> u32 {
    let wanted = std::env::var("ZTLINT_WORLDS").ok();
    wanted.map_or(3_000, |text| text.parse().expect("ZTLINT_WORLDS is a number"))
}

#[test]
fn the_graph_is_what_the_oracle_says() {
    worlds_agree(worlds() / 10 * 7);
}

#[test]
fn what_is_hidden_is_unknown() {
    hidden_values_are_unknown(worlds() / 10 * 3);
}

#[test]
fn calls_through_the_mesh_are_what_the_oracle_says() {
    run(worlds() / 30, &mesh_world::mesh_worlds(), |world| {
        let text = world.manifests().to_string();
        with_graph(&text, |graph| compare_calls(&world, graph, true))
    });
}

#[test]
fn what_is_hidden_of_the_mesh_is_unknown() {
    let hidden =
        (proptest::collection::vec(any::<proptest::sample::Index>(), 1..=3), any::<[bool; 2]>())
            .prop_map(|(scalars, namespaces)| Hidden { scalars, namespaces });
    run(worlds() / 40, &(mesh_world::mesh_worlds(), hidden), |(world, hidden)| {
        let mut manifests = world.manifests();
        hide(&mut manifests, &hidden);
        let text = manifests.to_string();
        with_graph(&text, |graph| compare_calls(&world, graph, false))
            .map_err(|error| TestCaseError::fail(format!("{error}\nseen: {manifests:#}")))
    });
}
