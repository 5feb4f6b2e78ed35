//! The event loop: what ties tasks, timers, sockets and other threads together.
//!
//! Read `turn.rs` first: one turn is what a loop *is*, and `run`, `block_on` and a foreign host
//! only differ in who calls it; `budget.rs` says how long it runs. Then `core.rs` for the parts,
//! `running.rs` for the ways to turn, `handle.rs` and `remote.rs` for reaching a loop from elsewhere.

mod turn;
mod budget;
mod core;
mod running;
pub(crate) mod runner;
mod ending;
mod paused;
mod attached;
mod advance;
mod deadlock;
mod builder;
mod handle;
mod tasks;
mod reports;
mod callback;
mod done_callback;
mod inbox;
mod remote;
mod remote_task;
mod watch;
mod remote_seat;
mod errors;
mod stats;
mod mark;

pub use builder::Builder;
pub use callback::{CallbackHandle, TimerHandle, call_at, call_later, call_soon};
pub(crate) use core::Core;
pub use errors::{AlreadyRunning, LoopClosed, NoRunningLoop};
pub use handle::{Handle, create_task, now, try_create_task, turn_time};
pub use mark::mark;
pub use remote::Remote;
pub use remote_task::RemoteTask;
pub(crate) use reports::{report_close_error, report_lost_promise};
pub use runner::{Runner, run, try_run};
pub use stats::Stats;
pub use tasks::{all_tasks, current_task};
pub use turn::Turn;

use crate::quietly::quietly;
use std::fmt;
use std::io;
use std::rc::Rc;
use std::time::Instant;

/// An event loop: one thread's tasks, timers and sockets.
///
/// A loop is a value. There may be many in a process, and several on one thread, of which at
/// most one is *entered* (runs) at a time. Nothing of it is global, and it starts no thread (but for
/// the watchdog of [debug mode](Builder::debug)).
///
/// It stays on its thread, as do its tasks, handles and sockets: wrong-thread use is a compile error
/// (asyncio finds it at run time, in debug mode). What other threads may do goes through
/// [`Remote`].
///
/// ```compile_fail
/// let handle = oneloop::Loop::new().unwrap().handle();
/// std::thread::spawn(move || handle.call_soon(|| ())); // `Handle` is not `Send`.
/// ```
///
/// ```compile_fail
/// fn needs_send<T: Send>(_: T) {}
/// oneloop::run(async { needs_send(oneloop::create_task(async {})) });
/// ```
///
/// ```compile_fail
/// fn needs_send<T: Send>(_: T) {}
/// needs_send(oneloop::Loop::new().unwrap());
/// ```
///
/// `run(main)` is the short way to use one; asyncio's counterparts are `new_event_loop` and the
/// methods of the loop.
///
/// Dropping a loop drops its tasks, inside its own context: their destructors may still use it. The
/// unfinished ones are reported, each with its name, its place and what it waits for, as asyncio reports
/// that a pending task was destroyed. Tasks, timers, sockets and other threads are known by what they are;
/// locks, queues and promises, and for how long each task has waited, in [debug mode](Builder::debug)
/// alone, and the report says so.
/// What outlives it (a [`Task`](crate::Task), a [`Handle`], a sleep, a socket, a waker on another
/// thread) finds it closed.
///
/// ```
/// let event_loop = oneloop::Loop::new()?;
/// let words = vec!["borrowed", "from outside"];
/// let count = event_loop.block_on(async { words.len() });
/// assert_eq!(count, 2);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Loop {
    core: Rc<Core>,
}

impl Loop {
    /// Makes a loop with the usual settings.
    ///
    /// # Errors
    /// When the system gives no more descriptors: a loop takes three.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// event_loop.block_on(async {});
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> io::Result<Loop> {
        Loop::builder().build()
    }

    /// Makes a builder, to choose the settings.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::builder().paused_clock().build()?;
    /// event_loop.block_on(async { oneloop::sleep(std::time::Duration::from_secs(86_400)).await });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Returns a handle of this loop: a way to reach it from anywhere on its thread.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let task = event_loop.handle().create_task(async { 1 });
    /// assert_eq!(event_loop.block_on(task).unwrap(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn handle(&self) -> Handle {
        Handle::new(self.core.clone())
    }

    /// Returns a handle of the loop that is running on this thread: asyncio's
    /// `get_running_loop`.
    ///
    /// There is no `get_event_loop`, which makes a loop where there is none: it was never clear
    /// which loop was meant by it, its meaning changed from version to version, and since Python
    /// 3.14 it is an error where no loop runs. Make one with [`Loop::new`], and hand on its
    /// [`handle`](Loop::handle).
    /// <!-- Feature row 15. -->
    /// <!-- Pain 29. -->
    ///
    /// # Errors
    /// When none is running.
    ///
    /// ```
    /// assert!(oneloop::Loop::current().is_err());
    /// oneloop::run(async { assert!(oneloop::Loop::current().is_ok()) });
    /// ```
    pub fn current() -> Result<Handle, NoRunningLoop> {
        crate::context::current_core().map(Handle::new)
    }

    /// Closes the loop, which is what dropping it does: its tasks are dropped where they wait, in its
    /// own context. See asyncio's `loop.close`; that a closed loop cannot be run again is seen to by
    /// the compiler here, and handles of it say [`is_closed`](Handle::is_closed).
    ///
    /// It does not await anybody's clean-up: that is what [`Runner::close`] does.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// let handle = event_loop.handle();
    /// event_loop.close();
    /// assert!(handle.is_closed());
    /// assert!(handle.try_call_soon(|| ()).is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// ```compile_fail
    /// let event_loop = oneloop::Loop::new().unwrap();
    /// event_loop.close();
    /// event_loop.run_forever(); // It was moved into `close`.
    /// ```
    pub fn close(self) {}

    /// Tells whether the loop is running, or entered, on this thread.
    ///
    /// ```
    /// let event_loop = oneloop::Loop::new()?;
    /// assert!(!event_loop.is_running());
    /// event_loop.block_on(async { assert!(event_loop.is_running()) });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_running(&self) -> bool {
        self.core.entered.get()
    }

    /// Returns when the next timer is due: a host sleeps at most until then.
    ///
    /// On Linux the host need not ask: the loop's descriptor becomes readable at that time.
    ///
    /// ```
    /// use std::time::Duration;
    /// let event_loop = oneloop::Loop::new()?;
    /// assert_eq!(event_loop.next_deadline(), None);
    /// let timer = event_loop.handle().call_later(Duration::from_secs(1), || ());
    /// assert_eq!(event_loop.next_deadline(), Some(timer.when()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn next_deadline(&self) -> Option<Instant> {
        let deadline = self.core.next_deadline();
        deadline.map(|deadline| self.core.clock.ns_to_instant(deadline))
    }
}

/// The loop's one descriptor: readable when the loop has something to do, be it a socket, a wake
/// from another thread or (on Linux) a timer. A host watches it and calls
/// [`turn`](Loop::turn) when it is readable; it must not read from it.
#[cfg(unix)]
impl std::os::fd::AsFd for Loop {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.core.reactor.as_fd()
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loop")
            .field("ready", &self.core.scheduler.ready())
            .field("live_tasks", &self.core.scheduler.live())
            .field("timers", &self.core.timers.borrow().len())
            .field("registered", &self.core.reactor.registered())
            .finish()
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let core = &self.core;
        // Entered whatever else is: a loop may be dropped inside another, since this never blocks.
        core.entered.set(true);
        crate::context::enter(core, || {
            // What was sent and not called yet is dropped as a callback, so that a panic of one of
            // them keeps neither the others nor the tasks from being dropped.
            for job in core.inbox.close() {
                drop(core.callback(job.run, true, job.place));
            }
            core.tell_unfinished("when the loop was dropped");
            core.scheduler.shutdown();
        });
        core.scheduler.unwatch();
        core.scheduler.reporter().set_handler(None);
        core.entered.set(false);
        // What is left are wakers of other loops' tasks, or of nobody's. The sockets' are told that
        // their loop is gone; sleeps never end.
        let timers = core.timers.borrow_mut().drain();
        let waiters = core.reactor.close();
        let attachments = core.attachments.take();
        quietly(|| drop(attachments));
        for timer in timers {
            quietly(|| drop(timer));
        }
        for waiter in waiters {
            quietly(|| waiter.wake());
        }
    }
}
