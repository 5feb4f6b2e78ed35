//! A small source of numbers that look random and come out the same for the same seed.
//!
//! Not for secrets: for shuffling the ready queue in tests.

/// The number after `state` in the sequence of a linear congruential generator (Knuth's
/// constants). The upper half of its bits is the better one.
pub(crate) fn next(state: u64) -> u64 {
    state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407)
}
