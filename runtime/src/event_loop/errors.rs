//! The three ways to use a loop at the wrong time or place, each with its cure.

use std::error::Error;
use std::fmt;

/// The error of asking for the running loop where none runs.
///
/// A loop runs on the thread that entered it, and nowhere else. Other threads, as those of
/// [`to_thread`](crate::to_thread), reach it through a [`Remote`](crate::Remote).
///
/// asyncio raises `RuntimeError: no running event loop`.
///
/// ```
/// let error = oneloop::Loop::current().unwrap_err();
/// assert!(error.to_string().contains("oneloop::run"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRunningLoop;

impl NoRunningLoop {
    pub(crate) const CURE: &'static str = "call it inside `oneloop::run(async { .. })`, \
        `event_loop.block_on(..)` or `event_loop.enter(..)`; elsewhere make tasks and callbacks by a \
        `Handle` of it, on other threads by its `Remote` (`handle.remote()`)";
}

impl fmt::Display for NoRunningLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no loop is running on this thread: {}",
            NoRunningLoop::CURE
        )
    }
}

impl Error for NoRunningLoop {}

/// The error of running or entering a loop where one is running already.
///
/// asyncio raises `RuntimeError: This event loop is already running`.
///
/// ```
/// oneloop::run(async {
///     let error = oneloop::try_run(async {}).unwrap_err();
///     assert!(error.to_string().contains("await"));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlreadyRunning {
    task: Option<String>,
}

impl AlreadyRunning {
    pub(crate) fn new(task: Option<String>) -> AlreadyRunning {
        AlreadyRunning { task }
    }
}

impl fmt::Display for AlreadyRunning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a loop is running on this thread already")?;
        if let Some(task) = &self.task {
            write!(f, " (inside {task})")?;
        }
        f.write_str(
            ": `.await` the future, or hand it to `create_task`, instead of blocking on it. \
             What turns a loop itself (`turn`, `run`, `block_on`) belongs outside of tasks and of \
             `enter`. A second loop may be run on this thread before or after, not inside",
        )
    }
}

impl Error for AlreadyRunning {}

/// The error of reaching for a loop that is gone.
///
/// ```
/// let remote = oneloop::Loop::new()?.handle().remote();
/// let error = remote.call_soon_threadsafe(|| ()).unwrap_err();
/// assert!(error.to_string().contains("dropped"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopClosed;

impl fmt::Display for LoopClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the loop was dropped: keep the `Loop` alive (or `run` running) for as long as \
             others use its handles",
        )
    }
}

impl Error for LoopClosed {}
