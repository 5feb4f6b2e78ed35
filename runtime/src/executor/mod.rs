//! Blocking functions beside the loop, on threads: asyncio's `run_in_executor` and `to_thread`.
//!
//! A function that blocks (a file, a big computation, a library that knows nothing of async) stops
//! every task of a loop while it runs. On a thread it stops nobody:
//!
//! ```
//! use std::time::Duration;
//! oneloop::run(async {
//!     let ticker = oneloop::create_task(async {
//!         for _ in 0..3 {
//!             oneloop::sleep(Duration::from_millis(1)).await;
//!         }
//!     });
//!     let answer = oneloop::to_thread(|| {
//!         std::thread::sleep(Duration::from_millis(60));
//!         42
//!     });
//!     assert_eq!(answer.await.unwrap(), 42);
//!     assert!(ticker.done(), "the loop went on meanwhile");
//! });
//! ```
//!
//! | asyncio, concurrent.futures | here |
//! | --- | --- |
//! | `asyncio.to_thread(f)` | [`to_thread(f)`](to_thread) |
//! | `loop.run_in_executor(None, f)` | [`run_in_executor(None, f)`](run_in_executor) |
//! | `ThreadPoolExecutor(5)`, `submit`, `with` | [`ThreadPool::new(5)`](ThreadPool::new), `submit`, dropping it |
//! | `concurrent.futures.Future`, `result(timeout)`, `cancel` | [`JobHandle`], the same names |
//! | `asyncio.wrap_future(f)` | [`wrap_future(job)`](wrap_future), or `job.await` |
//!
//! No thread is started before the first job. The loop's own pool has as many threads as Python's:
//! processors + 4, at most 32; [`run`](crate::run) and [`Runner`](crate::Runner) wait for its jobs
//! when all tasks have ended.
//!
//! **Cancelling** reaches a job that no thread has begun: it never begins, and what its function owns
//! is dropped at once. A function that runs can't be interrupted, here as little as in Python: the
//! awaiting task goes on with its cancellation, and the function's value is dropped when it comes. Let
//! a long function look at a flag now and then.
//!
//! Read the source in the order `error.rs`, `shared.rs` (with the diagram), `job.rs`, `wrapped.rs`, `pool.rs`.

mod error;
mod job;
mod pool;
mod shared;
mod wrapped;

pub use error::JobError;
pub use job::{JobHandle, JobSetter};
pub use pool::ThreadPool;
pub use wrapped::{Wrapped, wrap_future};

use crate::context::expect_core;
use crate::contextvars::Carried;
use crate::event_loop::Loop;
use crate::task::{Report, ReportKind};
use std::any::Any;
use std::rc::Rc;
use std::thread::available_parallelism;
use std::time::Duration;

/// Runs a blocking function on a thread of the loop's own pool and gives its value: asyncio's
/// `to_thread`. Nothing happens before the first poll. The function runs in a copy of the task's
/// [context](crate::contextvars).
///
/// Cancel safety: see [the module](crate::executor); what runs goes on, what is queued never begins.
///
/// # Errors
/// What a [`JobError`] says; a panic of `work` above all.
///
/// # Panics
/// When it is awaited outside a loop.
///
/// ```
/// oneloop::run(async {
///     let text = oneloop::to_thread(|| std::fs::read_to_string("Cargo.toml")).await.unwrap();
///     assert!(text.unwrap().contains("[package]"));
/// });
/// ```
pub async fn to_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JobError> {
    let context = Carried::take();
    let work = move || context.run(work);
    own_pool("to_thread", |pool| wrap_future(pool.submit(work))).await
}

/// Hands a blocking function to a pool, to the loop's own for `None`, at once, and returns the future
/// of its value: asyncio's `loop.run_in_executor`.
///
/// Cancel safety: see [the module](crate::executor); dropping the future is cancelling it.
///
/// # Panics
/// With `None`, outside a loop.
///
/// ```
/// use oneloop::executor::{ThreadPool, run_in_executor};
/// let pool = ThreadPool::new(2);
/// oneloop::run(async {
///     let both = oneloop::gather((
///         run_in_executor(Some(&pool), || 1),
///         run_in_executor(None, || "two"),
///     ));
///     let (one, two) = both.await;
///     assert_eq!((one.unwrap(), two.unwrap()), (1, "two"));
/// });
/// ```
#[track_caller]
pub fn run_in_executor<T: Send + 'static>(
    pool: Option<&ThreadPool>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Wrapped<T> {
    let job = match pool {
        Some(pool) => pool.submit(work),
        None => own_pool("run_in_executor", |pool| pool.submit(work)),
    };
    wrap_future(job)
}

/// Shows `look` the pool of the current loop, which is made when it is asked for first.
#[track_caller]
fn own_pool<R>(what: &'static str, look: impl FnOnce(&ThreadPool) -> R) -> R {
    let pool = expect_core(what, |core| core.attached(own, wait_for_jobs));
    look(&pool)
}

fn own() -> ThreadPool {
    let processors = available_parallelism().map_or(1, usize::from);
    ThreadPool::detached(32.min(processors + 4))
}

/// How long the end of a program waits for blocking functions, as CPython's `asyncio.run` does.
const PATIENCE: Duration = Duration::from_secs(300);

/// The end of `run` and `Runner`: jobs that were begun or queued come to their end, while the loop
/// turns, since they may need it.
fn wait_for_jobs(event_loop: &Loop, pool: Rc<dyn Any>) {
    let Ok(pool) = pool.downcast::<ThreadPool>() else {
        return;
    };
    if pool.threads() == 0 {
        return;
    }
    pool.close();
    let place = std::panic::Location::caller();
    let ended = event_loop.turn_until(end(event_loop, &pool), place);
    if let Ok(false) = ended {
        let text = format!(
            "blocking functions still run {} s after the program's tasks have ended, and are left \
             to themselves: {pool:?}",
            PATIENCE.as_secs()
        );
        event_loop
            .handle()
            .call_exception_handler(&Report::of(ReportKind::Unfinished, text));
    }
}

/// Waits for the threads, and tells whether they ended in time, or before Ctrl-C ended the waiting.
async fn end(event_loop: &Loop, pool: &ThreadPool) -> bool {
    let ended = crate::timeout(PATIENCE, pool.ended());
    #[cfg(all(unix, feature = "signal"))]
    let Ok(ended) = crate::cancel::until(ended, crate::signal::interrupt::enough(event_loop)).await
    else {
        return true; // Nobody is told: the program ends.
    };
    #[cfg(not(all(unix, feature = "signal")))]
    let ended = {
        let _ = event_loop;
        ended.await
    };
    ended.is_ok()
}
