//! [`Timeout`]: a bound that can be moved while it runs. Read next: `sleep.rs`.

use super::timeout::Elapsed;
use super::{Sleep, sleep_until};
use crate::cancel::{Ended, Until};
use crate::context::with_core;
use crate::task::scope::Construct;
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::panic::Location;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

/// A deadline that can be rescheduled: asyncio's `Timeout`.
///
/// ```
/// use oneloop::time::Timeout;
/// use std::time::Duration;
///
/// oneloop::run(async {
///     let limit = Timeout::after(Duration::from_millis(1));
///     let result = limit
///         .run(async {
///             limit.reschedule(oneloop::now() + Duration::from_secs(60)).unwrap();
///             oneloop::sleep(Duration::from_millis(2)).await;
///             "in time"
///         })
///         .await;
///     assert_eq!(result, Ok("in time"));
///     assert!(!limit.expired());
/// });
/// ```
#[derive(Default)]
pub struct Timeout {
    deadline: Cell<Option<Instant>>,
    /// The deadline was changed since the timer was set.
    moved: Cell<bool>,
    /// It had come already when it was.
    due: Cell<bool>,
    waker: Cell<Option<Waker>>,
    phase: Cell<Phase>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Phase {
    #[default]
    Created,
    Active,
    Expired,
    Over,
    /// Expired, and the body has ended.
    ExpiredOver,
}

/// The timeout was over already: asyncio's `RuntimeError` of `Timeout.reschedule`.
///
/// ```
/// use oneloop::time::Timeout;
/// oneloop::run(async {
///     let limit = Timeout::never();
///     limit.run(async {}).await.unwrap();
///     let error = limit.reschedule(None).unwrap_err();
///     assert!(error.to_string().contains("has ended"));
/// });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeoutOver {
    expired: bool,
}

impl fmt::Display for TimeoutOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.expired {
            true => "a timeout that has expired cannot be rescheduled",
            false => "a timeout whose body has ended cannot be rescheduled",
        })
    }
}

impl Error for TimeoutOver {}

impl Timeout {
    /// A bound of `duration` from now on.
    ///
    /// # Panics
    /// When no loop is running on this thread.
    ///
    /// ```
    /// use oneloop::time::Timeout;
    /// oneloop::run(async {
    ///     let limit = Timeout::after(std::time::Duration::ZERO);
    ///     assert!(limit.run(std::future::pending::<()>()).await.is_err());
    ///     assert!(limit.expired());
    /// });
    /// ```
    #[track_caller]
    pub fn after(duration: Duration) -> Timeout {
        Timeout {
            deadline: Cell::new(crate::now().checked_add(duration)),
            ..Timeout::default()
        }
    }

    /// A bound at a time of the loop's clock.
    ///
    /// ```
    /// use oneloop::time::Timeout;
    /// oneloop::run(async {
    ///     let limit = Timeout::at(oneloop::now());
    ///     assert!(limit.run(std::future::pending::<()>()).await.is_err());
    /// });
    /// ```
    pub fn at(deadline: Instant) -> Timeout {
        Timeout {
            deadline: Cell::new(Some(deadline)),
            ..Timeout::default()
        }
    }

    /// No bound, until it is rescheduled.
    ///
    /// ```
    /// use oneloop::time::Timeout;
    /// oneloop::run(async {
    ///     assert_eq!(Timeout::never().run(async { 1 }).await, Ok(1));
    /// });
    /// ```
    pub fn never() -> Timeout {
        Timeout::default()
    }

    /// When it ends, if it does.
    ///
    /// ```
    /// assert_eq!(oneloop::time::Timeout::never().when(), None);
    /// ```
    pub fn when(&self) -> Option<Instant> {
        self.deadline.get()
    }

    /// Tells whether it ended its body.
    ///
    /// ```
    /// assert!(!oneloop::time::Timeout::never().expired());
    /// ```
    pub fn expired(&self) -> bool {
        matches!(self.phase.get(), Phase::Expired | Phase::ExpiredOver)
    }

    /// Moves the deadline; `None` takes it away. One that has come already ends the body at its next
    /// suspension.
    ///
    /// It has expired when the task was polled after the deadline: where a loop is so late that both are
    /// due at once, a callback that stands behind the task's own wake-up cannot move it any more.
    ///
    /// # Errors
    /// When it has expired, or the body has ended.
    ///
    /// ```
    /// use oneloop::time::Timeout;
    /// oneloop::run(async {
    ///     let limit = Timeout::never();
    ///     limit.reschedule(oneloop::now()).unwrap();
    ///     assert!(limit.run(std::future::pending::<()>()).await.is_err());
    /// });
    /// ```
    pub fn reschedule(&self, deadline: impl Into<Option<Instant>>) -> Result<(), TimeoutOver> {
        match self.phase.get() {
            Phase::Created | Phase::Active => {}
            Phase::Over => return Err(TimeoutOver { expired: false }),
            Phase::Expired | Phase::ExpiredOver => return Err(TimeoutOver { expired: true }),
        }
        self.set_deadline(deadline.into());
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        Ok(())
    }

    /// Notes a deadline that counts from now on.
    fn set_deadline(&self, deadline: Option<Instant>) {
        let now = with_core(|core| core.map(|core| core.clock.ns_to_instant(core.now())));
        let is_due = deadline
            .zip(now)
            .is_some_and(|(deadline, now)| deadline <= now);
        self.deadline.set(deadline);
        self.due.set(is_due);
        self.moved.set(true);
    }

    /// Awaits `body` under this bound, as [`timeout`](crate::timeout) does. Once.
    ///
    /// # Errors
    /// [`Elapsed`] if the time was over first.
    ///
    /// # Panics
    /// When it was run before, and when no loop is running on this thread.
    ///
    /// ```
    /// use oneloop::time::Timeout;
    /// oneloop::run(async {
    ///     assert_eq!(Timeout::never().run(async { 1 }).await, Ok(1));
    /// });
    /// ```
    #[track_caller]
    pub fn run<F: IntoFuture>(&self, body: F) -> impl Future<Output = Result<F::Output, Elapsed>> {
        self.run_from(body, Location::caller())
    }

    /// Runs a body that was given at this place, which a panic in here cannot have as its own.
    async fn run_from<F: IntoFuture>(
        &self,
        body: F,
        place: &'static Location<'static>,
    ) -> Result<F::Output, Elapsed> {
        assert!(
            self.phase.replace(Phase::Active) == Phase::Created,
            "a `Timeout` runs one body: make another for the one at {place}"
        );
        let _over = Over(self);
        let deadline = Deadline {
            timeout: self,
            sleep: None,
        };
        self.set_deadline(self.deadline.get());
        let body = body.into_future();
        let mut until = pin!(Until::new(Construct::Timeout, body, deadline));
        let ended = poll_fn(|context| {
            let is_due = |_: &Deadline<'_>| self.due.get();
            until.as_mut().poll_with(context, is_due)
        });
        match ended.await {
            Ended::Done(output) => Ok(output),
            Ended::Stopped(()) => Err(Elapsed),
            Ended::Cancelled(cancelled) => cancelled.resume().await,
        }
    }
}

impl fmt::Debug for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout")
            .field("deadline", &self.deadline.get())
            .field("phase", &self.phase.get())
            .finish()
    }
}

/// Notes the end of the body, however it ended.
struct Over<'a>(&'a Timeout);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        let phase = match self.0.phase.get() {
            Phase::Expired => Phase::ExpiredOver,
            _ => Phase::Over,
        };
        self.0.phase.set(phase);
    }
}

/// Done when the deadline, wherever it is by then, has come.
struct Deadline<'a> {
    timeout: &'a Timeout,
    sleep: Option<Sleep>,
}

impl Future for Deadline<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.timeout.waker.set(Some(context.waker().clone()));
        if this.timeout.moved.take() {
            this.sleep = this.timeout.deadline.get().map(sleep_until);
            if let Some(sleep) = &mut this.sleep
                && this.timeout.due.get()
            {
                sleep.skip();
            }
        }
        let Some(sleep) = &mut this.sleep else {
            return Poll::Pending;
        };
        ready!(Pin::new(sleep).poll(context));
        this.timeout.phase.set(Phase::Expired);
        Poll::Ready(())
    }
}
