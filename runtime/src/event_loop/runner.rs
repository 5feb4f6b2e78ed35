//! [`run`] and [`Runner`]: a program's loop, from its making to its end. Next: `ending.rs`.

use super::{AlreadyRunning, Loop};
use crate::context::check_free;
use crate::contextvars::{Context, Lent};
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

/// Runs `main` on a loop of its own and returns its output: asyncio's `run`.
///
/// `main` is a task, so it has an id and may use all that tasks may; it can borrow from outside. Only
/// it can't be cancelled: [`AnyTask::cancel`](crate::task::AnyTask::cancel) says no, since nobody would
/// have its output (asyncio's `run` raises). To end it from elsewhere, await an
/// [`Event`](crate::sync::Event) beside its work, in [`cancel::until`](crate::cancel::until).
/// When it ends, or panics, what is ready takes its turn once more, so that a task made in its last
/// step begins. Then tasks that are left are cancelled together and awaited, their clean-up
/// included; then open [generators](crate::stream::generator) are closed, and functions on
/// [threads](crate::executor) awaited; and the loop is closed. What went wrong in them is reported
/// ([`Handle::set_exception_handler`](crate::Handle::set_exception_handler)) and does not replace
/// `main`'s own output.
///
/// Ctrl-C (SIGINT) is left to the system, unless the feature `signal` is on: then it ends `main`
/// with all clean-up, as in asyncio; see the module `signal`.
///
/// # Panics
/// When a loop is running on this thread already; when the system gives no descriptors for a
/// loop; and when `main` panics, with its panic.
///
/// ```
/// let answer = oneloop::run(async {
///     let task = oneloop::create_task(async { 6 * 7 });
///     task.await.unwrap()
/// });
/// assert_eq!(answer, 42);
/// ```
#[track_caller]
pub fn run<F: Future>(main: F) -> F::Output {
    match try_run(main) {
        Ok(output) => output,
        Err(error) => panic!("`oneloop::run` was called inside a loop: {error}"),
    }
}

/// As [`run`], with an error where a loop is running already.
///
/// # Errors
/// When a loop is running on this thread already; `main` is dropped without being started.
///
/// # Panics
/// As [`run`], but for that.
///
/// ```
/// assert_eq!(oneloop::try_run(async { 1 }).unwrap(), 1);
/// oneloop::run(async { assert!(oneloop::try_run(async { 1 }).is_err()) });
/// ```
#[track_caller]
pub fn try_run<F: Future>(main: F) -> Result<F::Output, AlreadyRunning> {
    check_free()?;
    let place = Location::caller();
    #[cfg(all(unix, feature = "signal"))]
    return Ok(match crate::signal::interrupt::run(main, place) {
        Ok(output) => output,
        Err(interrupted) => interrupted.end_program(),
    });
    #[cfg(not(all(unix, feature = "signal")))]
    Ok(to_the_end(new_loop(), main, place))
}

/// The loop of one `run`.
#[track_caller]
pub(crate) fn new_loop() -> Loop {
    match Loop::new() {
        Ok(event_loop) => event_loop,
        Err(error) => panic!("the system gives no descriptors for a loop: {error}"),
    }
}

/// Turns until `main`, which was given at `place`, is done; then ends the others, and closes the loop.
#[track_caller]
pub(crate) fn to_the_end<F: Future>(
    event_loop: Loop,
    main: F,
    place: &'static Location<'static>,
) -> F::Output {
    let ended = catch_unwind(AssertUnwindSafe(|| event_loop.turn_until(main, place)));
    match ended {
        Ok(output) => {
            event_loop.finish_tasks();
            drop(event_loop);
            match output {
                Ok(output) => output,
                Err(why) => panic!("{why}"),
            }
        }
        Err(panic) => {
            // What fails while the others end must not hide why they had to.
            let _second = catch_unwind(AssertUnwindSafe(|| event_loop.finish_tasks()));
            drop(event_loop);
            resume_unwind(panic)
        }
    }
}

/// A loop for several calls of [`run`](Runner::run), with [`run`]'s end after the last: asyncio's
/// `Runner`.
///
/// Tasks that one call leaves behind live on in the next, and so do the [context
/// variables](crate::contextvars) that a call sets. When the runner is [closed](Runner::close)
/// or dropped, those that are left then are cancelled together and awaited.
///
/// ```
/// use oneloop::{Runner, create_task, yield_now};
///
/// let runner = Runner::new()?;
/// let task = runner.run(async {
///     create_task(async {
///         yield_now().await;
///         "finished in a later run"
///     })
/// });
/// assert!(!task.done());
/// assert_eq!(runner.run(task).unwrap(), "finished in a later run");
/// runner.close();
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "dropping a Runner closes it"]
pub struct Runner {
    event_loop: Loop,
}

impl Runner {
    /// Makes a runner with a loop of the usual settings.
    ///
    /// # Errors
    /// When the system gives no more descriptors: a loop takes three.
    ///
    /// ```
    /// assert_eq!(oneloop::Runner::new()?.run(async { 1 }), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> io::Result<Runner> {
        Ok(Runner::with_loop(Loop::new()?))
    }

    /// Makes a runner of a loop: asyncio's `Runner(loop_factory=…)`, and its `debug=True` by
    /// [`Builder::debug`](crate::Builder::debug).
    ///
    /// ```
    /// use oneloop::{Loop, Runner};
    /// let runner = Runner::with_loop(Loop::builder().paused_clock().build()?);
    /// runner.run(async { oneloop::sleep(std::time::Duration::from_secs(3600)).await });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_loop(event_loop: Loop) -> Runner {
        event_loop.core.keeps_context.set(true);
        Runner { event_loop }
    }

    /// Turns the loop until `main` is done and returns its output. What is ready then takes its turn once
    /// more; what is left of other tasks after that stays.
    ///
    /// # Panics
    /// As [`Loop::block_on`].
    ///
    /// ```
    /// let runner = oneloop::Runner::new()?;
    /// let words = vec!["borrowed"];
    /// assert_eq!(runner.run(async { words.len() }), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn run<F: Future>(&self, main: F) -> F::Output {
        self.event_loop.expect_free("Runner::run");
        #[cfg(all(unix, feature = "signal"))]
        return crate::signal::interrupt::run_on(&self.event_loop, main);
        #[cfg(not(all(unix, feature = "signal")))]
        self.event_loop.block_on(main)
    }

    /// As [`run`](Runner::run), with `main` in this context instead of the runner's own: asyncio's
    /// `Runner.run(coro, context=…)`. What `main` sets is seen by all who run in it.
    ///
    /// # Panics
    /// As [`Loop::block_on`].
    ///
    /// ```
    /// use oneloop::contextvars::{Context, ContextVar};
    /// static USER: ContextVar<&str> = ContextVar::with_default("user", || "nobody");
    ///
    /// let (runner, context) = (oneloop::Runner::new()?, Context::new());
    /// runner.run_in(&context, async { USER.set("Ada") });
    /// assert_eq!(runner.run(async { USER.get() }), "nobody");
    /// assert_eq!(runner.run_in(&context, async { USER.get() }), "Ada");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn run_in<F: Future>(&self, context: &Context, main: F) -> F::Output {
        self.event_loop.expect_free("Runner::run_in");
        let _lent = Lent::begin(&self.event_loop.core, context.clone());
        self.run(main)
    }

    /// Awaits the ends of the tasks that are left.
    fn finish(&self) {
        #[cfg(all(unix, feature = "signal"))]
        crate::signal::interrupt::finish(&self.event_loop);
        #[cfg(not(all(unix, feature = "signal")))]
        self.event_loop.finish_tasks();
    }

    /// Returns the loop, to reach it between the runs: asyncio's `get_loop`.
    ///
    /// ```
    /// let runner = oneloop::Runner::new()?;
    /// let task = runner.get_loop().handle().create_task(async { 1 });
    /// assert_eq!(runner.run(task).unwrap(), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn get_loop(&self) -> &Loop {
        &self.event_loop
    }

    /// Cancels the tasks that are left, awaits their ends, and closes the loop. So does a drop;
    /// inside another loop, where nothing can be awaited in a drop, that only drops them.
    ///
    /// # Panics
    /// When a loop is running on this thread already; when a task panics under
    /// [`PanicPolicy::Propagate`](crate::PanicPolicy::Propagate), with its panic.
    ///
    /// ```
    /// let runner = oneloop::Runner::new()?;
    /// let task = runner.run(async { oneloop::create_task(std::future::pending::<()>()) });
    /// runner.close();
    /// assert!(task.cancelled());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn close(self) {
        self.event_loop.expect_free("Runner::close");
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if check_free().is_err() {
            return;
        }
        match std::thread::panicking() {
            false => self.finish(),
            // A second panic on the way would end the process.
            true => crate::quietly::quietly(|| self.finish()),
        }
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("event_loop", &self.event_loop)
            .finish()
    }
}
