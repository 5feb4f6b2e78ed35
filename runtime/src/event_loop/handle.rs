//! [`Handle`]: reaching a loop from anywhere on its thread, and the free functions that reach the
//! running one.

use super::{CallbackHandle, Core, LoopClosed, NoRunningLoop, Remote, Stats, TimerHandle};
use crate::context::{expect_core, with_core};
use crate::task::Task;
use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Makes a task of `future`, which runs on the loop by itself from its next turn on: asyncio's
/// `create_task`.
///
/// # Panics
/// When no loop is running on this thread.
///
/// ```
/// oneloop::run(async {
///     let task = oneloop::create_task(async { "done" });
///     assert_eq!(task.await.unwrap(), "done");
/// });
/// ```
#[track_caller]
#[inline]
pub fn create_task<F: Future + 'static>(future: F) -> Task<F::Output> {
    let place = Location::caller();
    expect_core("create_task", |core| core.spawn(future, None, place))
}

/// As [`create_task`], with an error where no loop is running.
///
/// # Errors
/// When no loop is running on this thread; the future is dropped.
///
/// ```
/// assert!(oneloop::try_create_task(async {}).is_err());
/// oneloop::run(async { oneloop::try_create_task(async {}).unwrap().await.unwrap() });
/// ```
#[track_caller]
pub fn try_create_task<F: Future + 'static>(future: F) -> Result<Task<F::Output>, NoRunningLoop> {
    let place = Location::caller();
    with_core(|core| core.map(|core| core.spawn(future, None, place))).ok_or(NoRunningLoop)
}

/// Returns the time of the running loop's clock: asyncio's `loop.time()`.
///
/// It is `Instant::now()` unless the clock is paused.
///
/// # Panics
/// When no loop is running on this thread.
///
/// ```
/// oneloop::run(async { assert!(oneloop::now() <= std::time::Instant::now()) });
/// ```
#[track_caller]
pub fn now() -> Instant {
    expect_core("now", |core| core.clock.ns_to_instant(core.now()))
}

/// Returns the time of the present turn of the running loop, the same for all who ask in it: libuv's
/// `uv_now`, which asyncio has no word for.
///
/// From the first call on the loop looks at the clock when it wakes, where it would not for a timer; before that,
/// this is perhaps the time of the call. It lags behind [`now`] by what has run since the loop last asked the
/// kernel about its sockets: mostly less than 5 ms, and as long as it takes a task to its next `.await`. That is
/// enough for time-outs of seconds that nearly never come true, as those of a server are.
///
/// # Panics
/// When no loop is running on this thread.
///
/// ```
/// oneloop::run(async {
///     let began = oneloop::turn_time();
///     assert!(began <= oneloop::now());
///     assert_eq!(began, oneloop::turn_time());
/// });
/// ```
#[track_caller]
pub fn turn_time() -> Instant {
    expect_core("turn_time", |core| {
        core.tells_time.set(true);
        core.clock.ns_to_instant(core.turn_time())
    })
}

/// A loop's handle: to be kept by callbacks, hosts and whoever has no running loop at hand.
///
/// It can be cloned, stays on the loop's thread, and may outlive the loop: then its methods
/// panic, and [`is_closed`](Handle::is_closed) tells before.
///
/// ```
/// let event_loop = oneloop::Loop::new()?;
/// let handle = event_loop.handle();
/// let task = handle.create_task(async { 1 });
/// assert_eq!(event_loop.block_on(task).unwrap(), 1);
/// drop(event_loop);
/// assert!(handle.is_closed());
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Other threads use a [`Remote`]. asyncio finds a call from the wrong thread when it happens, in
/// debug mode; here it does not compile:
///
/// ```compile_fail,E0277
/// let event_loop = oneloop::Loop::new().unwrap();
/// let handle = event_loop.handle();
/// std::thread::spawn(move || handle.call_soon(|| ()));
/// ```
#[derive(Clone)]
pub struct Handle {
    core: Rc<Core>,
}

impl Handle {
    pub(super) fn new(core: Rc<Core>) -> Handle {
        Handle { core }
    }

    pub(crate) fn core(&self) -> &Rc<Core> {
        &self.core
    }

    #[track_caller]
    fn live(&self) -> &Rc<Core> {
        if self.is_closed() {
            panic!("{LoopClosed}");
        }
        &self.core
    }

    /// Makes a task on this loop, running or not.
    ///
    /// # Panics
    /// When the loop was dropped.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let task = event_loop.handle().create_task(async { 1 });
    /// assert_eq!(event_loop.block_on(task).unwrap(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn create_task<F: Future + 'static>(&self, future: F) -> Task<F::Output> {
        let task = self.live().spawn(future, None, Location::caller());
        self.core.nudge();
        task
    }

    /// As [`call_soon`](crate::call_soon), on this loop, running or not.
    ///
    /// # Panics
    /// When the loop was dropped.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// event_loop.handle().call_soon(|| println!("in the next turn"));
    /// assert_eq!(event_loop.turn(None)?.ran, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> CallbackHandle {
        let handle = self.live().call_soon(callback, Location::caller());
        self.core.nudge();
        handle
    }

    /// Polls `future` on this loop until it is done, as part of the loop rather than of the program:
    /// for authors of transports, which in asyncio send from callbacks.
    ///
    /// It is no task: nobody lists, awaits or cancels it. [`run`](crate::run) does not wait for it at
    /// its end, and the loop's end drops it, so it does in its `Drop` what must be done.
    ///
    /// # Panics
    /// When the loop was dropped. A panic of `future` is reported as that of a callback.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let handle = oneloop::Loop::current().unwrap();
    ///     let before = oneloop::all_tasks().len();
    ///     handle.drive(async { oneloop::yield_now().await });
    ///     assert_eq!(oneloop::all_tasks().len(), before);
    /// });
    /// ```
    #[track_caller]
    pub fn drive(&self, future: impl Future<Output = ()> + 'static) -> CallbackHandle {
        let scheduler = &self.live().scheduler;
        let handle = CallbackHandle::new(scheduler.callback(future, true, Location::caller()));
        self.core.nudge();
        handle
    }

    /// As [`create_task`](Handle::create_task), with an error where the loop was dropped.
    ///
    /// # Errors
    /// When the loop was dropped; the future is dropped.
    ///
    /// ```
    /// let handle = oneloop::Loop::new()?.handle();
    /// assert!(handle.try_create_task(async {}).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn try_create_task<F: Future + 'static>(
        &self,
        future: F,
    ) -> Result<Task<F::Output>, LoopClosed> {
        match self.is_closed() {
            true => Err(LoopClosed),
            false => Ok(self.create_task(future)),
        }
    }

    /// As [`call_soon`](Handle::call_soon), with an error where the loop was dropped.
    ///
    /// # Errors
    /// When the loop was dropped; the callback is dropped.
    ///
    /// ```
    /// let handle = oneloop::Loop::new()?.handle();
    /// assert!(handle.try_call_soon(|| ()).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn try_call_soon(
        &self,
        callback: impl FnOnce() + 'static,
    ) -> Result<CallbackHandle, LoopClosed> {
        match self.is_closed() {
            true => Err(LoopClosed),
            false => Ok(self.call_soon(callback)),
        }
    }

    /// Tells whether the loop is running, or entered, on this thread: asyncio's `is_running`.
    ///
    /// ```
    /// oneloop::run(async { assert!(oneloop::Loop::current().unwrap().is_running()) });
    /// ```
    pub fn is_running(&self) -> bool {
        self.core.entered.get()
    }

    /// As [`call_later`](crate::call_later), on this loop, running or not.
    ///
    /// # Panics
    /// When the loop was dropped.
    ///
    /// ```
    /// use std::time::Duration;
    /// let event_loop = oneloop::Loop::new()?;
    /// event_loop.handle().call_later(Duration::from_millis(1), || println!("later"));
    /// while event_loop.turn(None)?.ran == 0 {}
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
        self.live().call_later(delay, callback, Location::caller())
    }

    /// As [`call_at`](crate::call_at), on this loop, running or not.
    ///
    /// # Panics
    /// When the loop was dropped.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let handle = event_loop.handle();
    /// handle.call_at(handle.now(), || println!("at once"));
    /// while event_loop.turn(None)?.ran == 0 {}
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn call_at(&self, when: Instant, callback: impl FnOnce() + 'static) -> TimerHandle {
        self.live().call_at(when, callback, Location::caller())
    }

    /// As [`Loop::stop`](crate::Loop::stop).
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// event_loop.handle().stop();
    /// event_loop.run_forever();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stop(&self) {
        self.core.scheduler.stop();
        if !self.is_closed() {
            self.core.nudge();
        }
    }

    /// Returns the time of this loop's clock: asyncio's `loop.time()`.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::builder().paused_clock().build()?;
    /// let handle = event_loop.handle();
    /// assert_eq!(handle.now(), handle.now());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn now(&self) -> Instant {
        self.core.clock.ns_to_instant(self.core.now())
    }

    /// Returns the loop's counters.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// event_loop.block_on(async {});
    /// assert_eq!(event_loop.handle().stats().live_tasks, 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stats(&self) -> Stats {
        self.core.stats()
    }

    /// Returns what other threads may have of this loop.
    ///
    /// ```
    /// oneloop::run(async {
    ///     let remote = oneloop::Loop::current().unwrap().remote();
    ///     let thread = std::thread::spawn(move || remote.spawn(|| async { 6 * 7 }).unwrap());
    ///     let task = thread.join().unwrap();
    ///     assert_eq!(task.await.unwrap(), 42);
    /// });
    /// ```
    pub fn remote(&self) -> Remote {
        self.core.look_soon(); // What it will send waits for another turn.
        Remote::new(self.core.inbox.clone())
    }

    /// Tells whether the loop was dropped.
    ///
    /// ```
    /// let handle = oneloop::Loop::new()?.handle();
    /// assert!(handle.is_closed());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("closed", &self.is_closed())
            .field("live_tasks", &self.core.scheduler.live())
            .finish()
    }
}
