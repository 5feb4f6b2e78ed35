//! [`RemoteTask`]: a task that was made from another thread, as its maker sees it. Next: `watch.rs`, what
//! the loop does for it.

use super::inbox::{Farewell, Inbox};
use super::remote_seat::RemoteSeat;
use super::watch::{Asked, Shared};
use crate::task::JoinError;
use crate::task::owner;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A task that was made from another thread: awaitable anywhere, and by a blocking
/// [`wait`](RemoteTask::wait). Dropping it lets the task run on.
///
/// Awaited in a task of a loop, whichever that is, it hands requests on to the remote task and waits for
/// what comes of them, as the await of a [`Task`](crate::Task) does. (asyncio's `wrap_future` hands them on
/// and does not wait.)
///
/// It ends only while somebody turns its loop: where nobody does, but keeps it, who awaits the task waits
/// with it, cancelled or not, and the end of [`run`](crate::run) waits for that (and tells of it after ten
/// seconds). When the loop is dropped the task ends as cancelled. A thread may give up, by
/// [`wait_timeout`](RemoteTask::wait_timeout).
///
/// Cancel safety: giving up on `&mut remote_task` loses nothing.
///
/// ```
/// oneloop::run(async {
///     let remote = oneloop::Loop::current().unwrap().remote();
///     let task: oneloop::RemoteTask<i32> = remote.spawn(|| async { 1 }).unwrap();
///     assert_eq!(task.await.unwrap(), 1);
/// });
/// ```
#[must_use = "dropping a RemoteTask detaches it; write `drop(remote.spawn(..))` if that is meant"]
pub struct RemoteTask<T> {
    shared: Arc<Shared<T>>,
    /// Weak, so that a task that is awaited does not keep a paused clock from jumping.
    inbox: std::sync::Weak<Inbox>,
    /// Behind `inbox`: see there.
    _farewell: Farewell,
    /// The number of the loop's thread.
    owner: u64,
    /// Where it is awaited.
    seat: RemoteSeat,
}

impl<T> RemoteTask<T> {
    pub(super) fn new(
        shared: Arc<Shared<T>>,
        inbox: &Arc<Inbox>,
        farewell: Farewell,
    ) -> RemoteTask<T> {
        RemoteTask {
            shared,
            owner: inbox.owner(),
            inbox: Arc::downgrade(inbox),
            _farewell: farewell,
            seat: RemoteSeat::default(),
        }
    }

    /// Asks the task to end at its next suspension, as [`Task::cancel`](crate::Task::cancel).
    ///
    /// ```
    /// oneloop::run(async {
    ///     let remote = oneloop::Loop::current().unwrap().remote();
    ///     let task = remote.spawn(std::future::pending::<()>).unwrap();
    ///     task.cancel();
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// });
    /// ```
    pub fn cancel(&self) {
        self.shared.ask(Asked::default());
    }

    /// Tells whether the task has ended.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let remote = oneloop::Loop::current().unwrap().remote();
    ///     let task = remote.spawn(|| async {}).unwrap();
    ///     assert!(!task.done());
    ///     task.await.unwrap();
    /// });
    /// ```
    pub fn done(&self) -> bool {
        self.shared.lock().done
    }

    /// Blocks this thread until the task has ended, and returns its outcome.
    ///
    /// # Errors
    /// When the task was cancelled or panicked, or its loop was dropped ("cancelled").
    ///
    /// # Panics
    /// On the loop's own thread, which it would block for ever.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let remote = event_loop.handle().remote();
    /// let thread = std::thread::spawn(move || remote.spawn(|| async { 1 }).unwrap().wait());
    /// while !thread.is_finished() {
    ///     event_loop.turn(Some(std::time::Duration::from_millis(1)))?;
    /// }
    /// assert_eq!(thread.join().unwrap().unwrap(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn wait(mut self) -> Result<T, JoinError> {
        self.expect_other_thread("wait");
        match self.block(None) {
            Some(outcome) => outcome,
            None => unreachable!("it waited without a limit"),
        }
    }

    /// As [`wait`](RemoteTask::wait), for at most `timeout`: Python's `future.result(timeout)` of
    /// `run_coroutine_threadsafe`. The task goes on after that, can be waited for again, and be cancelled.
    ///
    /// `None` when the time was over first.
    ///
    /// # Errors
    /// As [`wait`](RemoteTask::wait).
    ///
    /// # Panics
    /// On the loop's own thread; and when the outcome was taken before.
    ///
    /// ```
    /// use std::time::Duration;
    /// let event_loop = oneloop::Loop::new()?;
    /// let remote = event_loop.handle().remote();
    /// std::thread::spawn(move || {
    ///     // The loop is not turned, so nothing comes of it.
    ///     let mut task = remote.spawn(|| async { 1 }).unwrap();
    ///     assert!(task.wait_timeout(Duration::from_millis(1)).is_none());
    ///     task.cancel();
    /// })
    /// .join()
    /// .unwrap();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn wait_timeout(&mut self, timeout: Duration) -> Option<Result<T, JoinError>> {
        self.expect_other_thread("wait_timeout");
        // A time that is too far away for an Instant is for ever.
        self.block(Instant::now().checked_add(timeout))
    }

    #[track_caller]
    fn expect_other_thread(&self, what: &str) {
        // Counted, not upgraded: a paused clock would take the upgrade for a `Remote`.
        let alive = self.inbox.strong_count() > 0;
        if !self.done() && alive && self.owner == owner::thread_id() {
            panic!(
                "`{what}` would block the loop's own thread for ever: `.await` the task inside the \
                 loop, or pass it to `event_loop.block_on(task)` outside; `{what}` is for other threads"
            );
        }
    }

    /// Blocks this thread until the task has ended, or this time has come.
    #[track_caller]
    fn block(&mut self, until: Option<Instant>) -> Option<Result<T, JoinError>> {
        self.seat.leave();
        let mut state = self.shared.lock();
        while !state.done {
            let finished = &self.shared.finished;
            state = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => finished.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return None,
                Some(left) => {
                    let waited = finished.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        match state.outcome.take() {
            None => panic!("{TAKEN}"),
            taken => taken,
        }
    }
}

/// What is said where a result is asked for once more.
const TAKEN: &str = "a RemoteTask was awaited after its outcome was taken";

impl<T: 'static> Future for RemoteTask<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let new = cx.waker().clone();
        let mut state = this.shared.lock();
        if state.done {
            let error = state
                .outcome
                .as_ref()
                .and_then(|outcome| outcome.as_ref().err());
            let cancelled = error.filter(|error| error.is_cancelled()).cloned();
            let heard = state.heard;
            drop(state);
            if !this.seat.answered(heard, cancelled) {
                return Poll::Pending;
            }
            let outcome = this.shared.lock().outcome.take();
            return Poll::Ready(outcome.expect(TAKEN));
        }
        let old = state.waiter.replace(new);
        drop(state);
        drop(old);
        this.seat.take(cx.waker(), || {
            let shared = this.shared.clone();
            Rc::new(move |request| shared.ask_for(request))
        });
        Poll::Pending
    }
}

impl<T> fmt::Debug for RemoteTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteTask")
            .field("done", &self.done())
            .finish()
    }
}
