//! [`Task`]: what `create_task` returns.

use super::any::{AnyTask, name_of};
use super::raw::{Join, Seat, TaskRef};
use super::state::{TaskState, describe};
use super::{JoinError, report};
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A task's number: unique in its loop, and counted up in the order of creation.
///
/// ```
/// oneloop::run(async {
///     let (a, b) = (oneloop::create_task(async {}), oneloop::create_task(async {}));
///     assert!(a.id() < b.id());
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(u64);

impl TaskId {
    pub(super) fn new(id: u64) -> TaskId {
        TaskId(id)
    }

    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A future that runs on the loop by itself: asyncio's `Task`.
///
/// Awaiting it gives its output, or a [`JoinError`] if it was cancelled or panicked. It can be
/// awaited by value, by `&mut` (and go on living when the awaiter gives up), and, where the
/// output is `Clone` (an `io::Result` is not), by `&`: by several at once, and again and again.
///
/// Awaiting it allocates nothing, in any of these forms, but for a list where several await it by `&`.
///
/// Dropping it detaches the task, which runs on: the loop owns its tasks. (asyncio's loop does
/// not: a task that nobody refers to may vanish.)
///
/// Cancel safety: giving up on `&mut task` or `&task` loses nothing. Giving up on `task` by value
/// detaches it.
///
/// ```
/// oneloop::run(async {
///     let task = oneloop::create_task(async { 6 * 7 });
///     assert_eq!((&task).await.unwrap(), 42);
///     assert_eq!((&task).await.unwrap(), 42);
///     assert_eq!(task.await.unwrap(), 42);
/// });
/// ```
#[must_use = "dropping a Task detaches it; write `drop(create_task(..))` if that is meant"]
pub struct Task<T>(Join<T>);

impl<T> Task<T> {
    #[inline(always)]
    pub(crate) fn new(join: Join<T>) -> Task<T> {
        Task(join)
    }

    /// Asks the task to end: its future is dropped at the await point where it waits, as soon as
    /// its turn comes. Returns false if the task has ended already.
    ///
    /// A task that was never polled never starts. One that returns before it suspends again
    /// keeps its output (asyncio throws it away). See asyncio's `Task.cancel`.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(std::future::pending::<()>());
    ///     assert!(task.cancel());
    ///     assert!((&task).await.unwrap_err().is_cancelled());
    ///     assert!(!task.cancel(), "it has ended");
    /// });
    /// ```
    pub fn cancel(&self) -> bool {
        self.0.task_ref().cancel()
    }

    /// As [`cancel`](Task::cancel), with a message for whoever catches the request or awaits the
    /// task. See asyncio's `Task.cancel(msg=…)`.
    ///
    /// Asked again before it heard of the first request, a task that waits keeps that one's message; one
    /// that is ready, or has not begun, takes the last. So it is in CPython.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(std::future::pending::<()>());
    ///     assert!(task.cancel_with("no longer needed"));
    ///     assert_eq!(task.await.unwrap_err().message(), Some("no longer needed"));
    /// });
    /// ```
    pub fn cancel_with(&self, message: &str) -> bool {
        self.0.task_ref().cancel_with(message.into())
    }

    /// Takes one request back from those that [`cancelling`](Task::cancelling) counts, and returns
    /// how many are left. See asyncio's `Task.uncancel`: whoever suppresses a cancellation and goes
    /// on calls it, so that constructs around it can tell.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(std::future::pending::<()>());
    ///     task.cancel();
    ///     assert_eq!((task.uncancel(), task.uncancel()), (0, 0));
    /// });
    /// ```
    pub fn uncancel(&self) -> u32 {
        self.0.task_ref().change_requests(-1)
    }

    /// Tells whether the task has ended: with an output, by cancellation or by a panic.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let mut task = oneloop::create_task(async {});
    ///     assert!(!task.done());
    ///     (&mut task).await.unwrap();
    ///     assert!(task.done());
    /// });
    /// ```
    pub fn done(&self) -> bool {
        self.0.is_done()
    }

    /// Says where in its life the task is.
    ///
    /// ```
    /// use oneloop::task::TaskState;
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async {});
    ///     assert_eq!(task.state(), TaskState::Pending);
    ///     oneloop::yield_now().await;
    ///     assert_eq!(task.state(), TaskState::Done);
    /// });
    /// ```
    pub fn state(&self) -> TaskState {
        TaskState::of(&self.0.task_ref())
    }

    /// Tells whether the task ended by cancellation.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async {});
    ///     task.cancel();
    ///     assert!(!task.cancelled(), "asked, not yet ended");
    ///     oneloop::yield_now().await;
    ///     assert!(task.cancelled());
    /// });
    /// ```
    pub fn cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Returns the outcome, or `None` as long as the task has not ended; it never waits, and leaves the
    /// outcome in the task. An error that was seen so is not reported as one that nobody looked at.
    ///
    /// asyncio's `Task.result` and `Task.exception` in one; they raise `InvalidStateError` instead of
    /// giving `None`.
    ///
    /// # Panics
    /// When the outcome was taken, by awaiting `&mut task`.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async { 5 });
    ///     assert!(task.result().is_none());
    ///     oneloop::yield_now().await;
    ///     assert_eq!(task.result().unwrap().unwrap(), &5);
    /// });
    /// ```
    #[track_caller]
    pub fn result(&self) -> Option<Result<&T, JoinError>> {
        match self.0.look()? {
            Some(outcome) => Some(outcome),
            None => report::looked_at_late(&self.0.task_ref()),
        }
    }

    /// Returns how often the task was asked to end. See asyncio's `Task.cancelling`.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(std::future::pending::<()>());
    ///     assert_eq!(task.cancelling(), 0);
    ///     task.cancel();
    ///     assert_eq!(task.cancelling(), 1);
    /// });
    /// ```
    pub fn cancelling(&self) -> u32 {
        self.0.task_ref().cancelling()
    }

    /// A reference that wants no outcome.
    pub(crate) fn task_ref(&self) -> TaskRef {
        self.0.task_ref()
    }

    /// Waits for the end of the task, without its output. `ticket` is the caller's place among
    /// those who wait, to be given to [`forget_waiter`](Task::forget_waiter).
    #[track_caller]
    pub(crate) fn poll_done(&self, cx: &mut Context<'_>, ticket: &mut Option<u64>) -> Poll<()> {
        self.0.poll_done(cx, ticket)
    }

    /// Waits for a copy of the outcome, and hands no request on.
    #[track_caller]
    pub(crate) fn poll_copied(
        &self,
        cx: &mut Context<'_>,
        ticket: &mut Option<u64>,
    ) -> Poll<Result<T, JoinError>>
    where
        T: Clone,
    {
        self.0.poll_shared(cx, ticket, None)
    }

    /// Waits for the outcome and takes it, and hands no request on.
    #[track_caller]
    pub(crate) fn poll_taken(
        &mut self,
        cx: &mut Context<'_>,
        ticket: &mut Option<u64>,
    ) -> Poll<Result<T, JoinError>> {
        self.0.poll_apart(cx, ticket)
    }

    /// Gives up waiting with [`poll_done`](Task::poll_done).
    pub(crate) fn forget_waiter(&self, ticket: Option<u64>) {
        if let Some(ticket) = ticket {
            self.0.forget_waiter(ticket);
        }
    }

    /// Looks at the outcome, if it is there and was neither taken nor a cancellation.
    pub(crate) fn peek(&self) -> Option<Result<&T, &JoinError>> {
        self.0.peek()
    }

    /// Returns the task's name: the one it was given, or `Task-` and its number.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::task::Builder::new().name("n1").create_task(async {});
    ///     assert_eq!(task.name(), "n1");
    /// });
    /// ```
    pub fn name(&self) -> String {
        name_of(&self.0.task_ref())
    }

    /// Gives the task a name, in place of the one that it had: asyncio's `Task.set_name`.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async {});
    ///     task.set_name("late");
    ///     assert_eq!(task.name(), "late");
    /// });
    /// ```
    pub fn set_name(&self, name: &str) {
        self.0.task_ref().set_name(name);
    }

    /// Returns this task without its type, as [`all_tasks`](crate::all_tasks) lists it.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async { oneloop::current_task() });
    ///     let same = task.any();
    ///     assert_eq!(task.await.unwrap(), Some(same));
    /// });
    /// ```
    pub fn any(&self) -> AnyTask {
        AnyTask::new(self.0.task_ref())
    }

    /// Returns the task's number.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let task = oneloop::create_task(async {});
    ///     assert_eq!(task.name(), format!("Task-{}", task.id()));
    /// });
    /// ```
    pub fn id(&self) -> TaskId {
        TaskId(self.0.task_ref().id())
    }
}

impl<T, E: fmt::Display> Task<Result<T, E>> {
    /// Lets an error that nobody takes be reported.
    pub(super) fn report_errors(&self) {
        self.0.report_errors();
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, JoinError>;

    #[inline(always)]
    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx)
    }
}

/// With the outcome, if it has ended, and (in a debug build) the function that made its future. Of a
/// task whose output has no `Debug`, [`Task::any`] has one.
impl<T: fmt::Debug> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = self.0.peek();
        let result = outcome.as_ref().map(|result| result as &dyn fmt::Debug);
        describe(&self.0.task_ref(), result, f)
    }
}

impl<'a, T: Clone> IntoFuture for &'a Task<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Joined<'a, T>;

    fn into_future(self) -> Joined<'a, T> {
        Joined {
            join: &self.0,
            ticket: None,
            seat: Seat::default(),
        }
    }
}

/// The future of `(&task).await`: a clone of the task's outcome.
///
/// ```
/// use std::future::IntoFuture;
/// oneloop::run(async {
///     let task = oneloop::create_task(async { 1 });
///     let joined: oneloop::task::Joined<'_, i32> = (&task).into_future();
///     assert_eq!(joined.await.unwrap(), 1);
/// });
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct Joined<'a, T> {
    join: &'a Join<T>,
    /// Our place among those who wait.
    ticket: Option<u64>,
    /// Where we take part in cancellation.
    seat: Seat,
}

/// Panics if the outcome was there and somebody took it. Asked for `&task` alone: by value and by
/// `&mut` it cost 15 of `spawn_join`'s instructions, and the place would be a line of std's.
#[track_caller]
fn expect_untaken<T>(join: &Join<T>) {
    if join.is_done() && join.peek().is_none() && !join.is_cancelled() {
        report::awaited_again(&join.task_ref());
    }
}

impl<T: Clone> Future for Joined<'_, T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        expect_untaken(this.join);
        this.join
            .poll_shared(cx, &mut this.ticket, Some(&mut this.seat))
    }
}

impl<T> Drop for Joined<'_, T> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.join.forget_waiter(ticket);
        }
    }
}

impl<T> fmt::Debug for Joined<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joined")
            .field("task", &self.join.task_ref().id())
            .finish()
    }
}
