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

/// Bytes that follow the fuzzer's own: a draw that meets nothing but zeros may never end.
const MORE: usize = 1 << 16;

/// Draws one value and judges it; bytes that draw none are no case.
fn drawn<S: Strategy>(
    bytes: &[u8],
    strategy: &S,
    judge: impl FnOnce(S::Value) -> Result<(), TestCaseError>,
) {
    let mut state = bytes
        .iter()
        .fold(0x9e37_79b9_u32, |state, byte| (state ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
        | 1;
    let more = std::iter::repeat_with(|| {
        // Xorshift.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    });
    let bytes: Vec<u8> = bytes.iter().copied().chain(more.take(MORE)).collect();
    let draws = TestRng::from_seed(RngAlgorithm::PassThrough, &bytes);
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
