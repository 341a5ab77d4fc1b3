//! Compiles the regular expressions of the rule cards into automata, so that a run need not.

use regex_automata::dfa::{StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};

/// Larger ones are compiled by the run that needs them: reading one costs as much as it is large.
const MAX_BYTES: usize = 16 << 10;
/// What making one may take.
const MAX_EFFORT: usize = 8 << 20;

/// Automata that tell whether a text has a match, one after the other, and where each ends. One that
/// is too large, or looks at Unicode's words, has no bytes.
pub fn automata<'p>(patterns: impl Iterator<Item = &'p str>) -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    for pattern in patterns {
        if let Some(automaton) = automaton(pattern)
            && automaton.len() <= MAX_BYTES
        {
            bytes.extend(automaton);
        }
        ends.push(bytes.len());
    }
    (bytes, ends)
}

fn automaton(pattern: &str) -> Option<Vec<u8>> {
    let config = dense::Config::new()
        .start_kind(StartKind::Unanchored)
        .accelerate(false)
        .dfa_size_limit(Some(MAX_EFFORT))
        .determinize_size_limit(Some(MAX_EFFORT));
    let dense = dense::Builder::new()
        .configure(config)
        .thompson(thompson::Config::new().which_captures(WhichCaptures::None))
        .build(pattern)
        .ok()?;
    let sparse = dense.to_sparse().ok()?;
    let little = std::env::var("CARGO_CFG_TARGET_ENDIAN").is_ok_and(|endian| endian == "little");
    Some(if little { sparse.to_bytes_little_endian() } else { sparse.to_bytes_big_endian() })
}
