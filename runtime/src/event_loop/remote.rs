//! [`Remote`]: all that other threads may do with a loop. Next: `remote_task.rs`, what they may await.

use super::LoopClosed;
use super::inbox::{Farewell, Inbox, Job};
use super::remote_task::RemoteTask;
use super::watch::{Finish, Shared, watch};
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

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
        let finish = Finish::of(&shared);
        self.call_soon_threadsafe(move || {
            // Made inside the task, so that a panic of `make` is the task's.
            let task = crate::create_task(async move { make().await });
            let _detached = crate::create_task(watch(task, finish));
        })?;
        let (inbox, farewell) = (&self.inbox, self.farewell.clone());
        Ok(RemoteTask::new(shared, inbox, farewell))
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remote")
    }
}
