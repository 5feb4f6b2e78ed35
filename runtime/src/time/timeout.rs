//! [`timeout`]: an upper bound on how long something may take.
//!
//! Who uses it: whoever would rather have an error than wait on. Read next: `sleep.rs`.

use super::{Sleep, sleep_in};
use pin_project_lite::pin_project;
use std::error::Error;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Waits for `future`, but not longer than `duration`: asyncio's `wait_for` and `timeout`.
///
/// The time counts from the first poll. A result that is there when the time is over wins over the
/// error, and `Duration::MAX` is no bound at all.
///
/// This is the plain form: when the time is over, or the returned future is dropped, `future` is
/// dropped where it waits. A [`Task`](crate::Task) that was passed by value is detached by that and
/// runs on; pass `&mut task` to keep it.
///
/// # Errors
/// [`Elapsed`] if the time was over first.
///
/// # Panics
/// When no loop is running on this thread.
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
    TimeoutFuture {
        future: future.into_future(),
        sleep: sleep_in("timeout", duration),
    }
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
    #[derive(Debug)]
    pub struct TimeoutFuture<F> {
        #[pin]
        future: F,
        sleep: Sleep,
    }
}

impl<F: Future> Future for TimeoutFuture<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // The first step of the future belongs to its time, so the count begins before it. The
        // timer itself goes into the wheel after it, and only if there is something to wait for.
        this.sleep.fix_deadline();
        if let Poll::Ready(output) = this.future.poll(context) {
            return Poll::Ready(Ok(output));
        }
        ready!(Pin::new(this.sleep).poll(context));
        Poll::Ready(Err(Elapsed))
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
