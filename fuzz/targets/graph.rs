//! The trust graph of a small world against its oracles. The fuzzer's bytes draw the world.
#![no_main]

#[path = "../../tests/graph/compare.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod compare;
#[path = "../../tests/graph/mesh_oracle.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod mesh_oracle;
#[path = "../../tests/graph/mesh_world.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod mesh_world;
#[path = "../../tests/graph/oracle.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod oracle;
#[path = "../../tests/graph/world.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod world;

use libfuzzer_sys::fuzz_target;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Draws one value and judges it. The bytes are a seed: draws that took them as they are would run out
/// of them, since every strategy within another one leaves half of what is left to it.
fn drawn<S: Strategy>(
    bytes: &[u8],
    strategy: &S,
    judge: impl FnOnce(S::Value) -> Result<(), TestCaseError>,
) {
    let mut seed = [0_u8; 32];
    for (at, byte) in bytes.iter().enumerate() {
        let own = &mut seed[at % 32];
        *own = own.rotate_left(3) ^ byte;
    }
    let draws = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), draws);
    let Ok(found) = strategy.new_tree(&mut runner) else { return };
    if let Err(error) = judge(found.current()) {
        panic!("{error}");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    if kind % 4 == 0 {
        drawn(bytes, &mesh_world::mesh_worlds(), |world| {
            compare::with_graph(&world.manifests().to_string(), |graph| {
                compare::compare_calls(&world, graph, true)
            })
        });
        return;
    }
    let ambiguous = kind % 4 == 1;
    drawn(bytes, &world::worlds(ambiguous), |world| {
        compare::with_graph(&world.manifests().to_string(), |graph| {
            compare::agrees(&world, graph, !ambiguous)
        })
    });
});
