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

/// A task that was made from another thread: awaitable anywhere, and by a blocking
/// [`wait`](RemoteTask::wait). Dropping it lets the task run on.
///
/// Awaited in a task of a loop, whichever that is, it hands requests on to the remote task and waits for
/// what comes of them, as the await of a [`Task`](crate::Task) does. (asyncio's `wrap_future` hands them on
/// and does not wait.)
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
        self.seat.leave();
        let mut state = self.shared.lock();
        // Counted, not upgraded: a paused clock would take the upgrade for a `Remote`.
        let alive = self.inbox.strong_count() > 0;
        if !state.done && alive && self.owner == owner::thread_id() {
            drop(state);
            panic!(
                "`wait` would block the loop's own thread for ever: `.await` the task inside the \
                 loop, or pass it to `event_loop.block_on(task)` outside; `wait` is for other threads"
            );
        }
        while !state.done {
            state = self
                .shared
                .finished
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state
            .outcome
            .take()
            .expect("a RemoteTask was awaited after its outcome was taken")
    }
}

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
            return Poll::Ready(
                outcome.expect("a RemoteTask was awaited after its outcome was taken"),
            );
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
