//! [`Remote`]: all that other threads may do with a loop.

use super::LoopClosed;
use super::inbox::{Farewell, Inbox, Job};
use crate::task::owner;
use crate::task::{JoinError, Task};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A loop as other threads see it: `Send`, `Sync`, `Clone`. Made by
/// [`Handle::remote`](crate::Handle::remote).
///
/// It may outlive the loop and is inert then. While one lives, a paused clock does not jump.
///
/// ```
/// oneloop::run(async {
///     let remote = oneloop::Loop::current().unwrap().remote();
///     let (done, wait) = std::sync::mpsc::channel();
///     std::thread::spawn(move || {
///         remote.call_soon_threadsafe(move || done.send("on the loop").unwrap()).unwrap();
///     })
///     .join()
///     .unwrap();
///     oneloop::sleep(std::time::Duration::from_millis(1)).await;
///     assert_eq!(wait.try_recv().unwrap(), "on the loop");
/// });
/// ```
#[derive(Clone)]
pub struct Remote {
    inbox: Arc<Inbox>,
    /// Behind `inbox`: see there.
    farewell: Farewell,
}

impl Remote {
    pub(super) fn new(inbox: Arc<Inbox>) -> Remote {
        Remote {
            farewell: inbox.farewell(),
            inbox,
        }
    }

    /// Lets the loop call `callback`, in its turn, and wakes it for that: asyncio's
    /// `call_soon_threadsafe`. It runs in a copy of this thread's [context](crate::contextvars).
    ///
    /// What is sent waits in a list without a bound: a thread that sends faster than the loop can
    /// call should wait for answers in between.
    ///
    /// # Errors
    /// When the loop was dropped. When it is dropped later, before the callback's turn, the
    /// callback is dropped uncalled, on the loop's thread.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let remote = event_loop.handle().remote();
    /// std::thread::spawn(move || remote.call_soon_threadsafe(|| ()).unwrap()).join().unwrap();
    /// assert_eq!(event_loop.turn(None)?.ran, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn call_soon_threadsafe(
        &self,
        callback: impl FnOnce() + Send + 'static,
    ) -> Result<(), LoopClosed> {
        let job = Job {
            place: Location::caller(),
            run: match crate::context::follow() {
                None => Box::new(callback),
                Some(follow) => (follow.carry)(Box::new(callback)),
            },
        };
        self.inbox.push(job).map_err(|(closed, _job)| closed)
    }

    /// Makes a task on the loop, of the future that `make` makes there: asyncio's
    /// `run_coroutine_threadsafe`. Only `make` and the output cross threads; the future need not
    /// be `Send`.
    ///
    /// # Errors
    /// When the loop was dropped.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let remote = event_loop.handle().remote();
    /// let thread = std::thread::spawn(move || {
    ///     let task = remote.spawn(|| async { 6 * 7 }).unwrap();
    ///     task.wait().unwrap()
    /// });
    /// while !thread.is_finished() {
    ///     event_loop.turn(Some(std::time::Duration::from_millis(1)))?;
    /// }
    /// assert_eq!(thread.join().unwrap(), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(
        &self,
        make: impl FnOnce() -> F + Send + 'static,
    ) -> Result<RemoteTask<F::Output>, LoopClosed>
    where
        F: Future + 'static,
        F::Output: Send,
    {
        let shared = Arc::new(Shared::new());
        let finish = Finish(shared.clone());
        self.call_soon_threadsafe(move || {
            // Made inside the task, so that a panic of `make` is the task's.
            let task = crate::create_task(async move { make().await });
            let _detached = crate::create_task(watch(task, finish));
        })?;
        Ok(RemoteTask {
            shared,
            owner: self.inbox.owner(),
            inbox: Arc::downgrade(&self.inbox),
            _farewell: self.farewell.clone(),
        })
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote")
    }
}

/// Waits for the task, passes cancellation on to it, and hands its outcome over.
async fn watch<T: Send + 'static>(mut task: Task<T>, finish: Finish<T>) {
    let outcome = poll_fn(|cx| {
        {
            let mut state = finish.0.lock();
            if state.cancel {
                task.cancel();
            } else {
                state.watcher = Some(cx.waker().clone());
            }
        }
        Pin::new(&mut task).poll(cx)
    })
    .await;
    finish.0.finish(outcome);
}

/// Makes sure that an outcome is handed over: if the loop dies first, "cancelled".
struct Finish<T>(Arc<Shared<T>>);

impl<T> Drop for Finish<T> {
    fn drop(&mut self) {
        self.0.finish(Err(JoinError::cancelled()));
    }
}

/// What the loop's thread and the task's owner share.
struct Shared<T> {
    state: Mutex<State<T>>,
    finished: Condvar,
}

struct State<T> {
    outcome: Option<Result<T, JoinError>>,
    /// The outcome was there (and may have been taken since).
    done: bool,
    cancel: bool,
    /// Wakes whoever awaits the outcome.
    waiter: Option<Waker>,
    /// Wakes `watch`.
    watcher: Option<Waker>,
}

impl<T> Shared<T> {
    fn new() -> Shared<T> {
        Shared {
            state: Mutex::new(State {
                outcome: None,
                done: false,
                cancel: false,
                waiter: None,
                watcher: None,
            }),
            finished: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the outcome over, unless there was one. Wakers run, and drop, outside the lock.
    fn finish(&self, outcome: Result<T, JoinError>) {
        let mut state = self.lock();
        if state.done {
            return;
        }
        state.done = true;
        state.outcome = Some(outcome);
        let (waiter, watcher) = (state.waiter.take(), state.watcher.take());
        drop(state);
        drop(watcher);
        self.finished.notify_all();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }
}

/// A task that was made from another thread: awaitable anywhere, and by a blocking
/// [`wait`](RemoteTask::wait). Dropping it lets the task run on.
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
}

impl<T> RemoteTask<T> {
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
        let mut state = self.shared.lock();
        state.cancel = true;
        let watcher = state.watcher.take();
        drop(state);
        if let Some(watcher) = watcher {
            watcher.wake();
        }
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
    pub fn wait(self) -> Result<T, JoinError> {
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

impl<T> Future for RemoteTask<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let new = cx.waker().clone();
        let mut state = self.shared.lock();
        if state.done {
            let outcome = state.outcome.take();
            drop(state);
            return Poll::Ready(
                outcome.expect("a RemoteTask was awaited after its outcome was taken"),
            );
        }
        let old = state.waiter.replace(new);
        drop(state);
        drop(old);
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
