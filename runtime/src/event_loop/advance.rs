//! [`Loop::advance`]: simulated time, moved by hand.

use super::Loop;
use super::turn::For;
use crate::time::deadline_after;
use std::io;
use std::time::Duration;

impl Loop {
    /// Moves a paused clock forward by `duration`, and runs on the way all that becomes due, each at
    /// its own time: what a test or a simulation calls instead of waiting. asyncio has no such thing.
    ///
    /// First whatever is ready runs; then the time goes from one timer to the next, and after each
    /// everything that it made ready runs, until nothing is ready and the time is over. What is due
    /// exactly at the end is included, and `Duration::ZERO` only runs what is ready now. Unlike
    /// a clock that jumps by itself, it moves also while a socket is registered or a
    /// [`Remote`](crate::Remote) lives; those are looked at, but not waited for.
    ///
    /// `turn(Some(duration))` is one step of this: on a paused clock on which nothing is ready it
    /// goes to the next timer, or by `duration` if that is earlier.
    ///
    /// # Errors
    /// When the kernel refuses to be asked for events.
    ///
    /// # Panics
    /// When the clock is real, which nobody can move; when a loop is running on this thread already
    /// (inside one, `sleep(duration).await` does the same); and when a task panics under
    /// [`PanicPolicy::Propagate`](crate::PanicPolicy::Propagate). A task that wakes itself for ever
    /// stops the time, so that this does not return.
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc, time::Duration};
    /// let event_loop = oneloop::Loop::builder().paused_clock().build()?;
    /// let ticks = Rc::new(Cell::new(0));
    /// let count = ticks.clone();
    /// let task = event_loop.enter(|| {
    ///     oneloop::create_task(async move {
    ///         let mut interval = oneloop::interval(Duration::from_secs(1));
    ///         loop {
    ///             interval.tick().await;
    ///             count.set(count.get() + 1);
    ///         }
    ///     })
    /// });
    /// event_loop.advance(Duration::from_millis(2500))?;
    /// assert_eq!(ticks.get(), 3, "at 0, 1 and 2 seconds");
    /// event_loop.advance(Duration::from_millis(500))?;
    /// assert_eq!(ticks.get(), 4);
    /// # task.cancel();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn advance(&self, duration: Duration) -> io::Result<()> {
        self.expect_free("advance");
        let core = &self.core;
        if !core.clock.is_paused() {
            panic!(
                "`advance` was called on a loop with a real clock: make the loop by \
                 `Loop::builder().paused_clock().build()`, or let real time pass in `turn`"
            );
        }
        let end = deadline_after(core.now(), duration);
        core.enter(|| {
            loop {
                // A wait of zero: the turn runs what is due now, and leaves the clock alone.
                core.turn(Some(Duration::ZERO), &mut For::Host)?;
                if core.has_work() || core.next_deadline().is_some_and(|next| next <= core.now()) {
                    continue;
                }
                if core.now() == end {
                    return Ok(());
                }
                let next = core.next_deadline().unwrap_or(end);
                core.clock.advance_to(next.min(end));
            }
        })
    }
}
