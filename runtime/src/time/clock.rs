//! The loop's clock, told by the machine or by a test.
//!
//! Inside the runtime a moment is a `u64` of nanoseconds since the clock's epoch, which is one
//! machine word to compare and lasts for 584 years. The epoch lies a little before the loop, since
//! deadlines may: those in the past fire in their order, too. Users see [`Instant`] and [`Duration`];
//! this file is where the two meet, and where everything that does not fit is rounded to the
//! nearest moment that does. [`NEVER`], the last of them, stands for a moment that does not come.
//! Read `wheel` next, which keeps its timers by these numbers, or `clock/numbers.rs`, by which an `Instant`
//! becomes one quickly.

mod numbers;

use self::numbers::{are_told, number};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// The deadline that no clock reaches.
pub(crate) const NEVER: u64 = u64::MAX;

const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

/// How long before the loop the epoch lies, unless the machine began later.
const EARLIER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Tells the time of one loop, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Clock {
    /// The instant that is 0 ns. A paused clock has one too, so that its moments can be told as
    /// an [`Instant`].
    epoch: Instant,
    /// When the loop began: what the trace counts from.
    began: u64,
    source: Source,
    /// How often it was read, for tests of what that costs.
    #[cfg(test)]
    readings: Cell<u64>,
}

/// Where a clock's time comes from.
#[derive(Debug)]
enum Source {
    /// The machine's monotonic clock, by the numbers that its instants tell; this is the epoch's.
    Machine(u64),
    /// The machine's monotonic clock, where an instant tells no numbers.
    Subtracted,
    /// The nanoseconds said by the last [`Clock::advance_to`].
    Paused(Cell<u64>),
}

impl Clock {
    /// Creates a clock that follows the machine's monotonic clock.
    pub(crate) fn real() -> Clock {
        Clock::new(|epoch, _| match are_told(epoch, number) {
            true => Source::Machine(number(epoch)),
            false => Source::Subtracted,
        })
    }

    /// Creates a clock that stands still and moves by [`Clock::advance_to`] only.
    pub(crate) fn paused() -> Clock {
        Clock::new(|_, began| Source::Paused(Cell::new(began)))
    }

    fn new(source: impl FnOnce(Instant, u64) -> Source) -> Clock {
        let now = Instant::now();
        let epoch = now.checked_sub(EARLIER).unwrap_or(now);
        let began = deadline_after(0, now - epoch);
        Clock {
            epoch,
            began,
            source: source(epoch, began),
            #[cfg(test)]
            readings: Cell::new(0),
        }
    }

    /// When the loop began.
    pub(crate) fn began(&self) -> u64 {
        self.began
    }

    /// How long after the loop began `ns` is; zero for a time before that.
    pub(crate) fn since_began(&self, ns: u64) -> Duration {
        Duration::from_nanos(ns.saturating_sub(self.began))
    }

    /// Says whether this clock stands still by itself.
    pub(crate) fn is_paused(&self) -> bool {
        matches!(self.source, Source::Paused(_))
    }

    /// Reads the clock. It never goes backward.
    // Made for every timer. std subtracts instants with a care that costs more than reading the clock
    // does (37 instructions against 27); and what rustix would read faster is not std's `Instant`.
    #[inline]
    pub(crate) fn now_ns(&self) -> u64 {
        #[cfg(test)]
        self.readings.set(self.readings.get() + 1);
        match &self.source {
            Source::Machine(epoch) => number(Instant::now()).wrapping_sub(*epoch),
            _ => self.other_now_ns(),
        }
    }

    /// The same where an instant tells no numbers, or time is paused. Out of line, since that is rare.
    #[cold]
    fn other_now_ns(&self) -> u64 {
        match &self.source {
            Source::Paused(now) => now.get(),
            Source::Machine(_) | Source::Subtracted => self.epoch.elapsed().as_nanos() as u64,
        }
    }

    /// How often the clock was read so far.
    #[cfg(test)]
    pub(crate) fn readings(&self) -> u64 {
        self.readings.get()
    }

    /// Moves a paused clock forward to `now` nanoseconds; an earlier time is ignored.
    ///
    /// Only the loop calls this, when nothing is left to run before the next timer. A real
    /// clock is not moved by anybody.
    pub(crate) fn advance_to(&self, now: u64) {
        match &self.source {
            Source::Machine(_) | Source::Subtracted => {
                debug_assert!(false, "a real clock can't be moved");
            }
            Source::Paused(at) => at.set(at.get().max(now)),
        }
    }

    /// Converts an instant to nanoseconds: 0 for one before the epoch, [`NEVER`] for one more than 584
    /// years after it.
    pub(crate) fn instant_to_ns(&self, instant: Instant) -> u64 {
        match instant.checked_duration_since(self.epoch) {
            Some(since) => deadline_after(0, since),
            None => 0,
        }
    }

    /// Converts nanoseconds to an instant.
    ///
    /// Where the platform's `Instant` ends earlier than 584 years from now, what lies beyond
    /// its end becomes an instant 30 years after the epoch: later than any program waits,
    /// and early enough for the platform.
    pub(crate) fn ns_to_instant(&self, ns: u64) -> Instant {
        const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
        self.epoch
            .checked_add(Duration::from_nanos(ns))
            .unwrap_or_else(|| self.epoch + FAR)
    }
}

/// The moment that lies `duration` after `now`; [`NEVER`] if that is further than 584 years.
#[inline]
pub(crate) fn deadline_after(now: u64, duration: Duration) -> u64 {
    // Saturating at each step, and not told by a flag that it did: of a constant only the last addition is left.
    let seconds = duration.as_secs().saturating_mul(NANOSECONDS_PER_SECOND);
    let length = seconds.saturating_add(u64::from(duration.subsec_nanos()));
    now.saturating_add(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_real_clock_follows_the_machine_from_its_beginning_on() {
        let before = Instant::now();
        let clock = Clock::real();
        let after = Instant::now();
        assert!(
            matches!(clock.source, Source::Machine(_)),
            "std has changed"
        );
        follows_the_machine(&clock, before, after);
        let subtracted = Clock {
            source: Source::Subtracted,
            ..clock
        };
        follows_the_machine(&subtracted, before, after);
    }

    /// The clock was made between these instants.
    fn follows_the_machine(clock: &Clock, before: Instant, after: Instant) {
        assert!(!clock.is_paused());
        // Two readings enclose what std says between them.
        let first = clock.now_ns() - clock.began;
        let between = Instant::now();
        let second = clock.now_ns() - clock.began;
        assert!(first <= second);
        assert!(u128::from(first) <= (between - before).as_nanos());
        assert!(u128::from(second) >= between.saturating_duration_since(after).as_nanos());
    }

    #[test]
    fn a_paused_clock_moves_only_when_told_and_only_forward() {
        let clock = Clock::paused();
        assert!(clock.is_paused());
        let began = clock.began;
        assert_eq!(clock.now_ns(), began);
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(clock.now_ns(), began);
        clock.advance_to(began + 500);
        assert_eq!(clock.now_ns(), began + 500);
        clock.advance_to(began + 499);
        assert_eq!(clock.now_ns(), began + 500);
        assert_eq!(clock.since_began(began + 500), Duration::from_nanos(500));
        clock.advance_to(NEVER);
        assert_eq!(clock.now_ns(), NEVER);
    }

    #[test]
    fn instants_and_nanoseconds_convert_both_ways() {
        for clock in [Clock::real(), Clock::paused()] {
            for ns in [
                0,
                1,
                999_999_999,
                1_000_000_000,
                86_400_000_000_001,
                1 << 60,
            ] {
                assert_eq!(clock.instant_to_ns(clock.ns_to_instant(ns)), ns);
            }
            let zero = clock.ns_to_instant(0);
            assert_eq!(
                clock.ns_to_instant(1_500_000_000) - zero,
                Duration::from_millis(1500)
            );
        }
    }

    #[test]
    fn instants_before_the_loop_keep_their_order_back_to_the_epoch() {
        let early = Instant::now();
        let clock = Clock::real();
        assert!(clock.instant_to_ns(early) <= clock.began);
        if clock.began == 0 {
            return; // The machine began less than the clock's head start ago.
        }
        let earlier = clock.instant_to_ns(early - SECOND);
        assert_eq!(earlier + NANOSECONDS_PER_SECOND, clock.instant_to_ns(early));
        assert_eq!(clock.since_began(earlier), Duration::ZERO);
        if let Some(before_epoch) = early.checked_sub(EARLIER + SECOND) {
            assert_eq!(clock.instant_to_ns(before_epoch), 0);
        }
    }

    #[test]
    fn an_instant_beyond_the_last_nanosecond_is_never() {
        let clock = Clock::paused();
        let last = Duration::from_nanos(NEVER);
        if let Some(far) = clock.ns_to_instant(0).checked_add(last + SECOND) {
            assert_eq!(clock.instant_to_ns(far), NEVER);
        }
        // Whatever the platform's range, `NEVER` becomes some instant that is far away.
        assert!(clock.ns_to_instant(NEVER) - clock.ns_to_instant(0) > SECOND * 900_000_000);
    }

    #[test]
    fn a_deadline_too_far_away_is_never() {
        let exact = Duration::from_nanos(NEVER);
        assert_eq!(deadline_after(7, Duration::ZERO), 7);
        assert_eq!(
            deadline_after(7, SECOND + Duration::from_nanos(5)),
            1_000_000_012
        );
        assert_eq!(
            deadline_after(0, exact - Duration::from_nanos(1)),
            NEVER - 1
        );
        assert_eq!(deadline_after(0, exact), NEVER);
        assert_eq!(deadline_after(1, exact), NEVER);
        assert_eq!(deadline_after(0, exact + SECOND), NEVER);
        assert_eq!(deadline_after(0, Duration::MAX), NEVER);
        assert_eq!(deadline_after(NEVER, SECOND), NEVER);
    }
}
