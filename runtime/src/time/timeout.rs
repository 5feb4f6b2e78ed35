//! [`timeout`]: an upper bound on how long something may take.
//!
//! Who uses it: whoever would rather have an error than wait on. Read next: `reschedule.rs`, a bound
//! that can be moved.

use super::{Sleep, sleep_in};
use crate::cancel::{Ended, Outward, Until};
use crate::task::scope::Construct;
use pin_project_lite::pin_project;
use std::error::Error;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// Waits for `future`, but not longer than `duration`: asyncio's `timeout` and `wait_for`.
///
/// The time counts from the first poll. When it is over, the future is asked to end, as by
/// [`cancel`](crate::Task::cancel), and waited for: it may catch the request and clean up. A result
/// that is there in the same moment wins, and `Duration::MAX` is no bound at all.
///
/// With a duration of zero the future runs to its first suspension: what is done then is its value, all
/// else is asked to end there, also if it is woken in that moment. So a [`Task`](crate::Task) that has
/// not begun never starts.
///
/// A [`Task`](crate::Task) in it is asked too, and waited for; [`shield`](crate::shield) it to let it
/// run on.
///
/// # Errors
/// [`Elapsed`] if the time was over first.
///
/// # Panics
/// When no loop is running on this thread.
///
/// Cancel safety: foreign code that drops it (not a request) drops the future where it waits.
///
/// ```
/// use std::time::Duration;
/// use oneloop::{sleep, time::Elapsed, timeout};
///
/// oneloop::run(async {
///     let quick = async { "there" };
///     assert_eq!(timeout(Duration::from_secs(1), quick).await, Ok("there"));
///
///     let slow = sleep(Duration::from_secs(3600));
///     assert_eq!(timeout(Duration::from_millis(1), slow).await, Err(Elapsed));
/// });
/// ```
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> TimeoutFuture<F::IntoFuture> {
    TimeoutFuture::new(future, sleep_in("timeout", duration))
}

/// As [`timeout`], until a time of the loop's clock: asyncio's `timeout_at`. A time that has come when
/// this is called is a duration of zero.
///
/// # Errors
/// [`Elapsed`] if the time came first.
///
/// # Panics
/// When no loop is running on this thread.
///
/// ```
/// use std::time::Duration;
/// oneloop::run(async {
///     let deadline = oneloop::now() + Duration::from_millis(1);
///     let never = std::future::pending::<()>();
///     assert!(oneloop::time::timeout_at(deadline, never).await.is_err());
/// });
/// ```
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> TimeoutFuture<F::IntoFuture> {
    let mut sleep = sleep_in("timeout_at", Duration::MAX);
    sleep.reset(deadline);
    sleep.skip_if_due();
    TimeoutFuture::new(future, sleep)
}

/// As [`timeout`], or without one: asyncio's `wait_for`.
///
/// With a duration of zero it takes what is done already, and asks everything else to end. A bare future
/// is polled once, for there is no other way to learn whether it is done: it runs to its first
/// suspension, where asyncio's `wait_for` does not begin a coroutine.
///
/// # Errors
/// [`Elapsed`] if there was a time, and it was over first.
///
/// # Panics
/// When no loop is running on this thread.
///
/// ```
/// oneloop::run(async {
///     assert_eq!(oneloop::wait_for(async { 1 }, None).await, Ok(1));
/// });
/// ```
#[track_caller]
pub fn wait_for<F: IntoFuture>(
    future: F,
    duration: impl Into<Option<Duration>>,
) -> TimeoutFuture<F::IntoFuture> {
    let duration = duration.into().unwrap_or(Duration::MAX);
    TimeoutFuture::new(future, sleep_in("wait_for", duration))
}

pin_project! {
    /// The future of [`timeout`].
    ///
    /// ```
    /// use std::{future::Ready, time::Duration};
    /// use oneloop::time::TimeoutFuture;
    ///
    /// oneloop::run(async {
    ///     let ready = std::future::ready(1);
    ///     let future: TimeoutFuture<Ready<i32>> = oneloop::timeout(Duration::ZERO, ready);
    ///     assert_eq!(future.await, Ok(1));
    /// });
    /// ```
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct TimeoutFuture<F> {
        #[pin]
        until: Until<F, Sleep>,
        // A request from outside went on outward, and this stays pending.
        resumed: Option<Outward>,
    }
}

impl<F: Future> TimeoutFuture<F> {
    fn new(future: impl IntoFuture<IntoFuture = F>, bound: Sleep) -> TimeoutFuture<F> {
        TimeoutFuture {
            until: Until::new(Construct::Timeout, future.into_future(), bound),
            resumed: None,
        }
    }
}

impl<F: Future> Future for TimeoutFuture<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(resumed) = this.resumed {
            resumed.check("a timeout");
            return Poll::Pending;
        }
        // The first step of the future belongs to its time, so the count begins before it. The
        // timer itself goes into the wheel after it, and only if there is something to wait for.
        if let Some(sleep) = this.until.as_mut().stop_mut() {
            sleep.get_mut().fix_bound();
        }
        match ready!(this.until.poll_with(context, Sleep::is_skipped)) {
            Ended::Done(output) => Poll::Ready(Ok(output)),
            Ended::Stopped(()) => Poll::Ready(Err(Elapsed)),
            Ended::Cancelled(cancelled) => {
                *this.resumed = Some(Outward::from_here());
                cancelled.go_on();
                Poll::Pending
            }
        }
    }
}

impl<F> fmt::Debug for TimeoutFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimeoutFuture")
    }
}

/// The time was over before the result was there: asyncio's `TimeoutError`.
///
/// ```
/// assert_eq!(oneloop::time::Elapsed.to_string(), "the time was over before the result was there");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time was over before the result was there")
    }
}

impl Error for Elapsed {}

/// Makes an error of kind [`TimedOut`](io::ErrorKind::TimedOut), so that `timeout(..).await??`
/// works in functions that return an `io::Result`.
///
/// ```
/// use std::{io, time::Duration};
///
/// async fn greet() -> io::Result<&'static str> {
///     oneloop::sleep(Duration::from_secs(3600)).await;
///     Ok("hello")
/// }
///
/// let outcome: io::Result<&str> = oneloop::run(async {
///     Ok(oneloop::timeout(Duration::from_millis(1), greet()).await??)
/// });
/// assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::TimedOut);
/// ```
impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, elapsed)
    }
}
