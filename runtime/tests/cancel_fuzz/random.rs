//! Numbers that look random and come again with the same seed, for all random tests of this folder.
//! Next: `program.rs`.

use std::cell::Cell;

/// A xorshift generator.
pub(crate) struct Random(Cell<u64>);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        let random = Random(Cell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1));
        for _ in 0..5 {
            random.next(); // Neighboring seeds begin alike.
        }
        random
    }

    fn next(&self) -> u64 {
        let mut number = self.0.get();
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        self.0.set(number);
        number
    }

    /// A number below `limit`.
    pub(crate) fn below(&self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }
}
