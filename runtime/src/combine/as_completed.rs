//! [`as_completed`]: outputs in the order in which they come.
//!
//! Who uses it: programs that handle each answer as it comes. Read next: `wait.rs`.

use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use super::fan::Fan;
use super::several::Several;
use crate::cancel::{decline, register};
use crate::task::scope::{Construct, Kind, Participant};
use crate::time::{Elapsed, Sleep, sleep_in};

/// Gives the outputs of what it is given in the order in which they come, each with its number among
/// the arguments: asyncio's `as_completed`.
///
/// It takes whatever can be awaited, as [`gather`](crate::gather) does: tasks, references to tasks
/// (`&mut task`; `&task` where the output is `Clone`), other futures. What is in it twice, as a `&task`
/// may be, is given twice, with each of its numbers (asyncio gives it once).
///
/// Tasks run by themselves. A future that is no task runs only while the next output is awaited, and
/// begins when its turn comes; asyncio makes a task of it. Do that too,
/// `as_completed(futures.map(create_task))`, where the work is to go on while an output is handled.
///
/// It is a [`Stream`], and has a `next` of its own. Cancelling whoever waits leaves the tasks alone, as
/// in asyncio, and dropping it drops what it was given: tasks are detached and run on, references are
/// just references, other futures end where they wait.
///
/// # Panics
/// When a future in it that is no task panics, with its panic; the others can still be awaited.
///
/// ```
/// use oneloop::{as_completed, create_task, sleep};
/// use std::time::Duration;
///
/// oneloop::run(async {
///     let after = async |milliseconds| {
///         sleep(Duration::from_millis(milliseconds)).await;
///         milliseconds
///     };
///     let mut answers = as_completed([40, 1].map(after).map(create_task));
///     let mut order = vec![];
///     while let Some((index, outcome)) = answers.next().await {
///         order.push((index, outcome.unwrap()));
///     }
///     assert_eq!(order, [(1, 1), (0, 40)]);
///
///     let mut answers = as_completed([after(40), after(1)]);
///     assert_eq!(answers.next().await, Some((1, 1)), "there was no task, so nothing to unwrap");
/// });
/// ```
pub fn as_completed<F: IntoFuture>(futures: impl Several<F>) -> AsCompleted<F::IntoFuture> {
    let pin = |future: F| Some(Box::pin(future.into_future()));
    let futures: Vec<_> = futures.each().map(pin).collect();
    AsCompleted {
        fan: Fan::new(futures.len()),
        futures,
        participant: None,
        suspended: false,
    }
}

/// The outputs of [`as_completed`].
///
/// ```
/// use oneloop::{Task, combine::AsCompleted};
/// oneloop::run(async {
///     let mut answers: AsCompleted<Task<i32>> =
///         oneloop::as_completed([oneloop::create_task(async { 1 })]);
///     assert_eq!(answers.remaining(), 1);
///     assert_eq!(answers.next().await.unwrap().1.unwrap(), 1);
///     assert!(answers.next().await.is_none());
/// });
/// ```
#[must_use = "nothing is waited for unless it is asked for the next"]
pub struct AsCompleted<F> {
    fan: Fan,
    /// In the order of the arguments; `None`: its output was given.
    futures: Vec<Option<Pin<Box<F>>>>,
    /// Keeps requests from those in it, as [`paused`](crate::cancel::paused) does.
    participant: Option<Participant>,
    /// Whoever waits was suspended: a request to end wins over an output, which stays here.
    suspended: bool,
}

impl<F: Future> AsCompleted<F> {
    /// Waits for the next output; `None` once there was one for each future.
    ///
    /// Cancel safety: giving up loses nothing.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let tasks = (0..3).map(|number| oneloop::create_task(async move { number }));
    ///     let mut answers = oneloop::as_completed(tasks);
    ///     assert_eq!(answers.next().await.map(|(index, _)| index), Some(0));
    /// });
    /// ```
    pub async fn next(&mut self) -> Option<(usize, F::Output)> {
        self.suspended = false;
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns how many outputs are still to come.
    ///
    /// ```
    /// let nothing: [oneloop::Task<()>; 0] = [];
    /// assert_eq!(oneloop::as_completed(nothing).remaining(), 0);
    /// ```
    pub fn remaining(&self) -> usize {
        self.fan.unfinished()
    }

    /// Bounds the whole: once `duration` is over, `next` gives [`Elapsed`] instead, once for each future
    /// that is left, and then `None`. asyncio's `as_completed(…, timeout=…)`.
    ///
    /// # Panics
    /// When no loop is running on this thread.
    ///
    /// ```
    /// use std::time::Duration;
    /// oneloop::run(async {
    ///     let never = oneloop::create_task(std::future::pending::<()>());
    ///     let mut answers = oneloop::as_completed([never]).timeout(Duration::from_millis(1));
    ///     assert!(answers.next().await.unwrap().is_err());
    ///     assert!(answers.next().await.is_none());
    /// });
    /// ```
    #[track_caller]
    pub fn timeout(self, duration: Duration) -> AsCompletedWithin<F> {
        let mut sleep = sleep_in("as_completed", duration);
        sleep.fix_deadline();
        AsCompletedWithin {
            inner: self,
            sleep,
            given_up: 0,
        }
    }
}

impl<F: Future> Stream for AsCompleted<F> {
    type Item = (usize, F::Output);

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.suspended && decline(context) {
            return Poll::Pending;
        }
        let participant = register(
            &mut this.participant,
            || Kind::Paused(Construct::AsCompleted),
            None,
        );
        let mut output = None;
        // Not further than to the first output: what else has ended keeps its outcome, so that a panic
        // in a task is reported should nobody ask for it.
        let polled = this.fan.poll_until_one_ends(context, |index, context| {
            let place = &mut this.futures[index];
            let polled = catch_unwind(AssertUnwindSafe(|| {
                let future = place.as_mut()?.as_mut();
                let polled = match participant {
                    None => future.poll(context),
                    Some(participant) => participant.enter(|| future.poll(context)),
                };
                if polled.is_ready() {
                    *place = None; // In here, as this may panic, too.
                }
                Some(polled)
            }));
            output = match polled {
                Ok(Some(Poll::Pending)) => return Poll::Pending,
                Ok(Some(Poll::Ready(value))) => Some(Ok(value)),
                Err(payload) => Some(Err(payload)),
                Ok(None) => None,
            };
            Poll::Ready(())
        });
        this.suspended = polled.is_pending();
        let index = ready!(polled);
        if this.fan.unfinished() == 0
            && let Some(participant) = this.participant.take()
        {
            participant.finish();
        }
        Poll::Ready(match (index, output) {
            (Some(index), Some(Ok(output))) => Some((index, output)),
            (_, Some(Err(payload))) => resume_unwind(payload),
            _ => None,
        })
    }
}

impl<F> fmt::Debug for AsCompleted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("remaining", &self.fan.unfinished())
            .finish()
    }
}

/// The outputs of [`as_completed`] with a [bound](AsCompleted::timeout); a [`Stream`], too, so
/// `for_await!(answer in as_completed(tasks).timeout(d) => { … })` goes over it.
///
/// ```
/// use oneloop::{Task, combine::AsCompletedWithin};
/// use std::time::Duration;
/// oneloop::run(async {
///     let task = oneloop::create_task(async { 1 });
///     let mut answers: AsCompletedWithin<Task<i32>> =
///         oneloop::as_completed([task]).timeout(Duration::from_secs(1));
///     let (index, outcome) = answers.next().await.unwrap().unwrap();
///     assert_eq!((index, outcome.unwrap()), (0, 1));
/// });
/// ```
#[must_use = "nothing is waited for unless it is asked for the next"]
pub struct AsCompletedWithin<F> {
    inner: AsCompleted<F>,
    sleep: Sleep,
    /// How many futures an [`Elapsed`] was given for.
    given_up: usize,
}

impl<F: Future> AsCompletedWithin<F> {
    /// Waits for the next output, or for the end of the time; `None` once there was an output, or an
    /// [`Elapsed`], for each future.
    ///
    /// # Errors
    /// [`Elapsed`] when the time is over and no output is there.
    ///
    /// Cancel safety: giving up loses nothing.
    ///
    /// ```
    /// use std::time::Duration;
    /// oneloop::run(async {
    ///     let quick = oneloop::create_task(async { 1 });
    ///     let mut answers = oneloop::as_completed([quick]).timeout(Duration::from_secs(1));
    ///     assert!(answers.next().await.unwrap().is_ok());
    ///     assert!(answers.next().await.is_none());
    /// });
    /// ```
    pub async fn next(&mut self) -> Option<Result<(usize, F::Output), Elapsed>> {
        self.inner.suspended = false;
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<F: Future> Stream for AsCompletedWithin<F> {
    type Item = Result<(usize, F::Output), Elapsed>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.inner.remaining() <= this.given_up {
            return Poll::Ready(None);
        }
        if let Poll::Ready(outcome) = Pin::new(&mut this.inner).poll_next(context) {
            return Poll::Ready(outcome.map(Ok));
        }
        ready!(Pin::new(&mut this.sleep).poll(context));
        this.given_up += 1;
        Poll::Ready(Some(Err(Elapsed)))
    }
}

impl<F> fmt::Debug for AsCompletedWithin<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompletedWithin")
            .field("inner", &self.inner)
            .field("sleep", &self.sleep)
            .finish()
    }
}
