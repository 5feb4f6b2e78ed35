//! [`as_completed`]: tasks' outcomes in the order in which they end.
//!
//! Who uses it: programs that handle each answer as it comes. Read next: `wait.rs`.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

use super::fan::Fan;
use crate::cancel::decline;
use crate::task::{JoinError, Task};
use crate::time::{Elapsed, Sleep, sleep_in};

/// Gives the outcomes of tasks in the order in which they end, each with the number of its task
/// among the arguments: asyncio's `as_completed`.
///
/// It is a [`Stream`], and has a `next` of its own. Giving up (dropping it, cancelling whoever waits)
/// leaves the tasks running, as in asyncio.
///
/// ```
/// use oneloop::{as_completed, create_task, sleep};
/// use std::time::Duration;
///
/// oneloop::run(async {
///     let after = |milliseconds| {
///         create_task(async move {
///             sleep(Duration::from_millis(milliseconds)).await;
///             milliseconds
///         })
///     };
///     let mut answers = as_completed([after(40), after(1)]);
///     let mut order = vec![];
///     while let Some((index, outcome)) = answers.next().await {
///         order.push((index, outcome.unwrap()));
///     }
///     assert_eq!(order, [(1, 1), (0, 40)]);
/// });
/// ```
pub fn as_completed<T>(tasks: impl IntoIterator<Item = Task<T>>) -> AsCompleted<T> {
    let watch = |task| Some(Watched { task, ticket: None });
    let tasks: Vec<_> = tasks.into_iter().map(watch).collect();
    AsCompleted {
        fan: Fan::new(tasks.len()),
        remaining: tasks.len(),
        tasks,
        ended: VecDeque::new(),
        suspended: false,
    }
}

/// The outcomes of [`as_completed`].
///
/// ```
/// use oneloop::combine::AsCompleted;
/// oneloop::run(async {
///     let mut answers: AsCompleted<i32> =
///         oneloop::as_completed([oneloop::create_task(async { 1 })]);
///     assert_eq!(answers.remaining(), 1);
///     assert_eq!(answers.next().await.unwrap().1.unwrap(), 1);
///     assert!(answers.next().await.is_none());
/// });
/// ```
#[must_use = "nothing is waited for unless it is asked for the next"]
pub struct AsCompleted<T> {
    fan: Fan,
    /// The tasks in the order of the arguments; `None`: given, or in `ended`.
    tasks: Vec<Option<Watched<T>>>,
    /// Those that ended and were not given yet, in that order.
    ended: VecDeque<(usize, Task<T>)>,
    remaining: usize,
    /// Whoever waits was suspended: a request to end wins over an outcome, which stays here.
    suspended: bool,
}

struct Watched<T> {
    task: Task<T>,
    /// Our place among those who wait for the task.
    ticket: Option<u64>,
}

// Nothing is pinned in place: tasks may move.
impl<T> Unpin for AsCompleted<T> {}

impl<T> AsCompleted<T> {
    /// Waits for the next outcome; `None` once there was one for each task.
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
    pub async fn next(&mut self) -> Option<(usize, Result<T, JoinError>)> {
        self.suspended = false;
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns how many outcomes are still to come.
    ///
    /// ```
    /// let nothing: [oneloop::Task<()>; 0] = [];
    /// assert_eq!(oneloop::as_completed(nothing).remaining(), 0);
    /// ```
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    /// Bounds the whole: once `duration` is over, `next` gives [`Elapsed`] instead, once for each task
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
    pub fn timeout(self, duration: Duration) -> AsCompletedWithin<T> {
        let mut sleep = sleep_in("as_completed", duration);
        sleep.fix_deadline();
        AsCompletedWithin {
            inner: self,
            sleep,
            given_up: 0,
        }
    }
}

impl<T> Stream for AsCompleted<T> {
    type Item = (usize, Result<T, JoinError>);

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.suspended && decline(context) {
            return Poll::Pending;
        }
        let AsCompleted {
            fan, tasks, ended, ..
        } = this;
        let _ = fan.poll(context, |index, context| {
            let place = &mut tasks[index];
            if let Some(watched) = place {
                ready!(watched.task.poll_done(context, &mut watched.ticket));
            }
            if let Some(Watched { task, .. }) = place.take() {
                ended.push_back((index, task));
            }
            Poll::Ready(())
        });
        let Some((index, mut task)) = this.ended.pop_front() else {
            this.suspended = this.remaining > 0;
            return match this.remaining {
                0 => Poll::Ready(None),
                _ => Poll::Pending,
            };
        };
        this.suspended = false;
        this.remaining -= 1;
        // The task has ended, so this is its outcome.
        let outcome = ready!(Pin::new(&mut task).poll(context));
        Poll::Ready(Some((index, outcome)))
    }
}

impl<T> Drop for AsCompleted<T> {
    fn drop(&mut self) {
        for watched in self.tasks.iter_mut().flatten() {
            watched.task.forget_waiter(watched.ticket.take());
        }
    }
}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("remaining", &self.remaining)
            .finish()
    }
}

/// The outcomes of [`as_completed`] with a [bound](AsCompleted::timeout).
///
/// ```
/// use oneloop::combine::AsCompletedWithin;
/// use std::time::Duration;
/// oneloop::run(async {
///     let task = oneloop::create_task(async { 1 });
///     let mut answers: AsCompletedWithin<i32> =
///         oneloop::as_completed([task]).timeout(Duration::from_secs(1));
///     let (index, outcome) = answers.next().await.unwrap().unwrap();
///     assert_eq!((index, outcome.unwrap()), (0, 1));
/// });
/// ```
#[must_use = "nothing is waited for unless it is asked for the next"]
#[derive(Debug)]
pub struct AsCompletedWithin<T> {
    inner: AsCompleted<T>,
    sleep: Sleep,
    /// How many tasks an [`Elapsed`] was given for.
    given_up: usize,
}

impl<T> AsCompletedWithin<T> {
    /// Waits for the next outcome, or for the end of the time; `None` once there was an outcome, or an
    /// [`Elapsed`], for each task.
    ///
    /// # Errors
    /// [`Elapsed`] when the time is over and no outcome is there.
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
    pub async fn next(&mut self) -> Option<Result<(usize, Result<T, JoinError>), Elapsed>> {
        self.inner.suspended = false;
        if self.inner.remaining <= self.given_up {
            return None;
        }
        poll_fn(|context| {
            if let Poll::Ready(outcome) = Pin::new(&mut self.inner).poll_next(context) {
                return Poll::Ready(outcome.map(Ok));
            }
            ready!(Pin::new(&mut self.sleep).poll(context));
            self.given_up += 1;
            Poll::Ready(Some(Err(Elapsed)))
        })
        .await
    }
}
