//! The number of an [`Instant`], which std keeps to itself.
//!
//! A timer wheel needs moments as numbers, and std gives only the difference of two instants, as a
//! [`Duration`]. That is computed with care for whichever is the later one, and then taken apart
//! again: 50 instructions for each timer, twice what reading the clock costs. But an instant can be
//! hashed, and hands its seconds and nanoseconds to the hasher: a hasher that adds them up knows the
//! number.
//!
//! std promises no such form. So a clock asks [`are_told`] once, when it is made, whether the numbers
//! of two instants differ as the instants do; where they don't, it subtracts.

use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

/// The nanoseconds of `instant` since a moment that only the platform knows, if they are told.
#[inline]
pub(super) fn number(instant: Instant) -> u64 {
    let mut sum = Sum(0);
    instant.hash(&mut sum);
    sum.0
}

/// Whether `number` tells `instant` from one that is a day, a second's part and a nanosecond later as it
/// should: no other form agrees in that by chance.
pub(super) fn are_told(instant: Instant, number: impl Fn(Instant) -> u64) -> bool {
    const STEP: Duration = Duration::new(86_399, 123_456_789);
    let later = instant.checked_add(STEP);
    later.is_some_and(|later| number(later).wrapping_sub(number(instant)) == STEP.as_nanos() as u64)
}

/// Adds up what it is handed: wide integers are seconds, others nanoseconds.
struct Sum(u64);

impl Hasher for Sum {
    fn finish(&self) -> u64 {
        self.0
    }

    // An instant in another form hands over something else, and is then not told.
    fn write(&mut self, _: &[u8]) {}

    #[inline]
    fn write_u64(&mut self, seconds: u64) {
        // Cannot overflow before the machine has been up for 584 years.
        self.0 = self.0.wrapping_add(seconds.wrapping_mul(1_000_000_000));
    }

    #[inline]
    fn write_i64(&mut self, seconds: i64) {
        self.write_u64(seconds as u64);
    }

    #[inline]
    fn write_u32(&mut self, nanoseconds: u32) {
        self.0 = self.0.wrapping_add(u64::from(nanoseconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_instants_differ_as_the_instants_do() {
        let instant = Instant::now();
        assert!(
            are_told(instant, number),
            "std's `Instant` has another form now"
        );
        let step = Duration::from_nanos(123_456_789);
        let (mut later, mut last) = (instant, number(instant));
        for _ in 0..100 {
            later += step;
            assert_eq!(number(later) - last, 123_456_789);
            last = number(later);
        }
    }

    #[test]
    fn numbers_of_another_form_are_not_believed() {
        let instant = Instant::now();
        let since = |later: Instant| later - instant;
        assert!(are_told(instant, |later| since(later).as_nanos() as u64));
        let wrong: [fn(Duration) -> u64; 6] = [
            |_| 0,
            |since| since.as_secs(),
            |since| u64::from(since.subsec_nanos()),
            |since| since.as_micros() as u64,
            // As a hash of more, or of less than the whole.
            |since| (since.as_nanos() as u64).rotate_left(1),
            |since| since.as_nanos() as u64 & ((1 << 40) - 1),
        ];
        for (place, form) in wrong.into_iter().enumerate() {
            assert!(
                !are_told(instant, |later| form(since(later))),
                "form {place}"
            );
        }
    }
}
