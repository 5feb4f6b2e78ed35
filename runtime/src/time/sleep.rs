//! [`sleep`]: wait for a time.

use super::{NEVER, TimerKey, deadline_after};
use crate::cancel::decline;
use crate::context::expect_core;
use crate::event_loop::Core;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Waits for `duration`, counted from the first poll: asyncio's `sleep`.
///
/// It is never early; how late it is depends on what else the loop has to do (on an idle loop,
/// some tens of microseconds on Linux and up to a millisecond elsewhere). A duration of zero lets
/// the others run once, as [`yield_now`](crate::yield_now) does. `Duration::MAX` is for ever.
///
/// Sleeps that are due at the same time end in the order in which they began.
///
/// # Panics
/// When no loop is running on this thread.
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let () = oneloop::sleep(Duration::from_millis(1)).await;
/// });
/// ```
#[track_caller]
#[inline]
pub fn sleep(duration: Duration) -> Sleep {
    sleep_in("sleep", duration)
}

/// As [`sleep`], for the function `what`, which the panic names.
#[track_caller]
pub(crate) fn sleep_in(what: &'static str, duration: Duration) -> Sleep {
    expect_core(what, |core| Sleep {
        core: core.clone(),
        state: State::For(deadline_after(0, duration)),
    })
}

/// Waits until `deadline`, a time of the loop's clock (see [`now`](crate::now)).
///
/// A deadline in the past lets the others run once.
///
/// # Panics
/// When no loop is running on this thread.
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let deadline = oneloop::now() + Duration::from_millis(1);
///     oneloop::sleep_until(deadline).await;
///     assert!(oneloop::now() >= deadline);
/// });
/// ```
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    expect_core("sleep_until", |core| Sleep {
        core: core.clone(),
        state: State::Until(core.clock.instant_to_ns(deadline)),
    })
}

/// The future of [`sleep`] and [`sleep_until`].
///
/// It belongs to the loop in which it was made, and is awaited there. One that has begun may outlive its
/// loop, and never ends then.
///
/// Cancel safety: dropping it takes its timer back; nothing is lost.
///
/// # Panics
/// When it is begun in another loop.
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let mut sleep: oneloop::time::Sleep = oneloop::sleep(Duration::from_secs(3600));
///     sleep.reset(oneloop::now());
///     sleep.await;
/// });
/// ```
#[must_use = "a sleep does nothing unless it is awaited"]
pub struct Sleep {
    core: Rc<Core>,
    state: State,
}

/// A deadline that is further than this from the turn's time, in ns, is taken to lie ahead. Where steps are so long
/// that it came during this turn, the next turn finds it.
const FAR: u64 = 1_000_000_000;

#[derive(Clone, Copy)]
enum State {
    /// Not begun: so many ns from the first poll on.
    // Converted when the sleep is made, where the duration is mostly a constant.
    For(u64),
    /// Not begun: until this time, in ns since the loop's epoch.
    Until(u64),
    /// In the wheel.
    Waiting(TimerKey),
    /// It took no time, but the others have their turn first.
    Yielded,
    /// See [`skip`](Sleep::skip).
    Skipped,
    Over,
}

impl Sleep {
    /// Lets the sleep end at `deadline` instead, whether it has begun, ended or neither.
    ///
    /// ```
    /// use std::time::Duration;
    /// oneloop::run(async {
    ///     let mut sleep = oneloop::sleep(Duration::ZERO);
    ///     let deadline = oneloop::now() + Duration::from_millis(1);
    ///     sleep.reset(deadline);
    ///     sleep.await;
    ///     assert!(oneloop::now() >= deadline);
    /// });
    /// ```
    pub fn reset(&mut self, deadline: Instant) {
        self.forget();
        self.state = State::Until(self.core.clock.instant_to_ns(deadline));
    }

    /// Lets the duration count from now on, if it does not yet.
    #[inline]
    pub(crate) fn fix_deadline(&mut self) {
        if let State::For(duration) = self.state {
            self.state = State::Until(self.core.now().saturating_add(duration));
        }
    }

    /// As [`fix_deadline`](Sleep::fix_deadline), for a bound: one of no time is over then.
    #[inline]
    pub(super) fn fix_bound(&mut self) {
        match self.state {
            State::For(0) => self.state = State::Skipped,
            _ => self.fix_deadline(),
        }
    }

    /// Ends it before it began: the first poll is ready, where a time that has come already would
    /// yield once. For bounds that are over when they are set.
    pub(super) fn skip(&mut self) {
        self.forget();
        self.state = State::Skipped;
    }

    /// As [`skip`](Sleep::skip), if its deadline has come.
    pub(super) fn skip_if_due(&mut self) {
        if matches!(self.state, State::Until(deadline) if deadline <= self.core.now()) {
            self.skip();
        }
    }

    /// Whether it was over before it began.
    pub(super) fn is_skipped(&self) -> bool {
        matches!(self.state, State::Skipped)
    }

    /// Takes the timer back.
    #[inline]
    fn forget(&mut self) {
        if let State::Waiting(key) = self.state {
            self.core.remove_timer(key);
        }
    }

    /// The first poll: waits until `time`, or so many ns.
    // Out of line, since `sleep(…).await` stands in many places; told what it finds there, since asking
    // the state once more costs a time-out more than this.
    #[inline(never)]
    fn begin(&mut self, time: u64, counts_from_now: bool, cx: &mut Context<'_>) -> Poll<()> {
        let (now, deadline) = match counts_from_now {
            true => {
                let now = self.core.now();
                (now, now.saturating_add(time))
            }
            // Whether a deadline has come, the turn's time tells, unless that may have been long ago.
            false => match self.core.turn_time() {
                turn if time.saturating_sub(turn) >= FAR => (turn, time),
                _ => (self.core.now(), time),
            },
        };
        if deadline <= now {
            cx.waker().wake_by_ref();
            self.state = State::Yielded;
            return Poll::Pending;
        }
        // The waker is cloned first: it is foreign code, and the wheel must not be borrowed.
        let key = self.core.add_sleep(deadline, cx.waker().clone());
        self.state = State::Waiting(key);
        Poll::Pending
    }

    /// Any later poll. Out of line: most sleeps are time-outs, which are polled once and dropped.
    #[inline(never)]
    fn go_on(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.state {
            State::Waiting(key) if self.is_waiting(key, cx) => return Poll::Pending,
            // A loop that is gone fires no timers: the sleep does not end, it is forgotten.
            State::Waiting(_) if self.core.is_closed() => return Poll::Pending,
            State::Waiting(_) | State::Yielded => {
                if decline(cx) {
                    return Poll::Pending;
                }
            }
            State::Skipped => return Poll::Ready(()),
            State::For(_) | State::Until(_) | State::Over => {}
        }
        self.state = State::Over;
        Poll::Ready(())
    }

    /// Whether the timer is still in the wheel; if so, it wakes `cx` from now on.
    #[inline]
    fn is_waiting(&self, key: TimerKey, cx: &mut Context<'_>) -> bool {
        let known = match self.core.timers.borrow_mut().get_mut(key) {
            None => return false,
            Some(timer) => timer.waker.will_wake(cx.waker()),
        };
        if !known {
            let mut waker = cx.waker().clone();
            if let Some(timer) = self.core.timers.borrow_mut().get_mut(key) {
                std::mem::swap(&mut timer.waker, &mut waker);
            }
            drop(waker); // The old one: foreign code, so the wheel is not borrowed any more.
        }
        true
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.state {
            State::For(duration) => self.begin(duration, true, cx),
            State::Until(deadline) => self.begin(deadline, false, cx),
            _ => self.go_on(cx),
        }
    }
}

impl Drop for Sleep {
    #[inline]
    fn drop(&mut self) {
        self.forget();
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Sleep");
        match self.state {
            State::For(duration) => debug.field("for", &Duration::from_nanos(duration)),
            State::Until(NEVER) => debug.field("until", &"the end of time"),
            State::Until(deadline) => debug.field("until", &self.core.clock.since_began(deadline)),
            State::Waiting(_) => debug.field("state", &"waiting"),
            State::Yielded => debug.field("state", &"yielded"),
            State::Skipped | State::Over => debug.field("state", &"over"),
        };
        debug.finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::context::with_core;
    use crate::{Loop, create_task, sleep_until, timeout, yield_now};
    use futures_lite::future::poll_once;
    use std::cell::Cell;
    use std::future::pending;
    use std::rc::Rc;
    use std::time::Duration;

    #[test]
    fn a_time_out_that_waits_reads_the_clock_once() {
        const BOUNDS: u64 = 10;
        let readings = || with_core(|core| core.expect("the loop runs").clock.readings());
        Loop::new().unwrap().block_on(async {
            let before = readings();
            for _ in 0..BOUNDS {
                let bound = timeout(Duration::from_secs(3600), pending::<()>());
                assert!(poll_once(bound).await.is_none());
            }
            // One more for the turn, at the most.
            assert!(readings() - before <= BOUNDS + 1);
        });
    }

    #[test]
    fn a_deadline_that_has_come_lets_the_others_run_once() {
        let ran = Rc::new(Cell::new(0));
        Loop::new().unwrap().block_on(async {
            let counted = ran.clone();
            let _other = create_task(async move {
                loop {
                    counted.set(counted.get() + 1);
                    yield_now().await;
                }
            });
            for round in 0..10 {
                yield_now().await; // Time goes on while the turn lasts.
                let before = ran.get();
                sleep_until(crate::now()).await;
                assert!(ran.get() - before <= 1, "round {round}");
            }
        });
    }
}
