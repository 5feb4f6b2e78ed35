//! [`interval`]: the same wait again and again, without drifting.

use super::sleep::{Sleep, sleep_until};
use crate::context::expect_core;
use std::fmt;
use std::time::{Duration, Instant};

/// Makes an interval whose first tick is due at once and whose others follow every `period`.
///
/// The ticks lie on a fixed grid from this moment on, so they don't drift by what happens between
/// them. A tick that is late does not shift the others; ticks that were missed altogether are
/// left out. (asyncio has no such thing: programs there sleep in a loop, and drift.)
///
/// # Panics
/// When no loop is running on this thread, or when `period` is zero.
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let mut interval = oneloop::interval(Duration::from_millis(1));
///     let first = interval.tick().await;
///     let second = interval.tick().await;
///     assert!(second >= first + Duration::from_millis(1));
/// });
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    assert!(
        !period.is_zero(),
        "an interval needs a period longer than zero"
    );
    let start = expect_core("interval", |core| core.clock.ns_to_instant(core.now()));
    Interval {
        period,
        due: start,
        sleep: sleep_until(start),
    }
}

/// Ticks on a fixed grid. Made by [`interval`].
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let mut interval: oneloop::time::Interval = oneloop::interval(Duration::from_millis(1));
///     interval.tick().await;
/// });
/// ```
#[must_use = "an Interval does nothing by itself: await its `tick`"]
pub struct Interval {
    period: Duration,
    /// When the next tick is due.
    due: Instant,
    sleep: Sleep,
}

impl Interval {
    /// Waits for the next tick and returns when it was due.
    ///
    /// Cancel safety: a tick that was not awaited to its end is still the next one.
    ///
    /// ```
    /// use std::time::Duration;
    /// oneloop::run(async {
    ///     let mut interval = oneloop::interval(Duration::from_millis(1));
    ///     for _ in 0..3 {
    ///         interval.tick().await;
    ///     }
    /// });
    /// ```
    pub async fn tick(&mut self) -> Instant {
        if self.due > crate::now() {
            (&mut self.sleep).await;
        }
        let due = self.due;
        let late = crate::now().saturating_duration_since(due);
        // The first point of the grid that is not past.
        let missed = late.as_nanos() / self.period.as_nanos();
        let steps = u32::try_from(missed + 1).unwrap_or(u32::MAX);
        let next = self
            .period
            .checked_mul(steps)
            .and_then(|step| due.checked_add(step));
        // A period of centuries: there is no next tick.
        self.due = next.unwrap_or_else(|| due + Duration::from_secs(u32::MAX.into()));
        self.sleep.reset(self.due);
        due
    }

    /// Returns the time from one tick to the next.
    ///
    /// ```
    /// use std::time::Duration;
    /// oneloop::run(async {
    ///     let interval = oneloop::interval(Duration::from_secs(1));
    ///     assert_eq!(interval.period(), Duration::from_secs(1));
    /// });
    /// ```
    pub fn period(&self) -> Duration {
        self.period
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interval")
            .field("period", &self.period)
            .field("due", &self.due)
            .finish()
    }
}
