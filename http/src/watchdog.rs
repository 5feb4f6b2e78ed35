//! A time-out that costs nothing while all goes well.
//!
//! A connection waits for something new with every request, yet hardly ever in vain. Arming a timer
//! and taking it back each time would cost two trips to the wheel a request. So the deadline is a
//! plain value, and the timer stays where it was armed once: when it fires early it looks at the
//! deadline and arms itself again. Only a deadline *before* the armed one has to move the timer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use oneloop::time::Sleep;

/// Tells when a wait has lasted too long.
#[derive(Default)]
pub(crate) struct Watchdog {
    /// When the present wait is over; `None` while nothing is waited for.
    deadline: Option<Instant>,
    /// The timer and when it fires. It may outlive the wait for which it was armed.
    armed: Option<(Instant, Sleep)>,
}

impl Watchdog {
    /// Starts a wait of at most `limit`, unless one is going on.
    ///
    /// It counts from the present turn's beginning, since a look at the clock for each request would
    /// cost more than the few milliseconds are worth. A limit beyond what an `Instant` can express is
    /// no limit.
    pub(crate) fn start(&mut self, limit: Duration) {
        if self.deadline.is_none() {
            self.deadline = oneloop::turn_time().checked_add(limit);
        }
    }

    /// Ends the wait: what was waited for has come.
    pub(crate) fn stop(&mut self) {
        self.deadline = None;
    }

    /// Is ready when the wait has lasted too long; pending without a wait.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else {
            return Poll::Pending;
        };
        loop {
            let (when, timer) = match &mut self.armed {
                Some(armed) if armed.0 <= deadline => armed,
                place => place.insert((deadline, oneloop::sleep_until(deadline))),
            };
            let when = *when;
            ready!(Pin::new(timer).poll(context));
            self.armed = None;
            if when >= deadline {
                self.deadline = None;
                return Poll::Ready(());
            }
        }
    }
}
