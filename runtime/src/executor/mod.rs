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
//! | `loop.set_default_executor(pool)` | [`handle.set_default_executor(pool)`](crate::Handle::set_default_executor) |
//! | `ThreadPoolExecutor(5)`, `submit`, `with` | [`ThreadPool::new(5)`](ThreadPool::new), `submit`, dropping it |
//! | `pool.map(f, items)` | [`gather`](crate::gather) of one `run_in_executor(Some(&pool), …)` for each |
//! | `concurrent.futures.Future`, `result(timeout)`, `cancel`, `add_done_callback` | [`JobHandle`], the same names |
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
//! Read the source in the order `error.rs`, `shared.rs` (with the diagram), `job.rs`, `wrapped.rs`, `pool.rs`, `own.rs`.

mod error;
mod job;
mod own;
mod pool;
mod shared;
mod wrapped;

pub use error::JobError;
pub use job::{JobHandle, JobSetter};
pub use pool::ThreadPool;
pub use wrapped::{Wrapped, wrap_future};

use crate::context::for_this_loop;
use crate::contextvars::Carried;
use own::own_pool;
use std::pin::Pin;
use std::task::{Context, Poll};

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
pub fn to_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, JobError>> {
    ToThread::New(Some(work))
}

/// The future of [`to_thread`]. An `async fn` would panic at a line of its own.
enum ToThread<F, T> {
    /// Nobody has awaited it.
    New(Option<F>),
    Begun(Wrapped<T>),
}

impl<F, T> Unpin for ToThread<F, T> {}

impl<F: FnOnce() -> T + Send + 'static, T: Send + 'static> Future for ToThread<F, T> {
    type Output = Result<T, JobError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let ToThread::New(work) = &mut *self {
            let work = work.take().expect("it is taken here, once");
            let variables = Carried::take();
            let work = for_this_loop(move || variables.run(work));
            // Without a loop it panics at the place of the `.await`.
            *self = ToThread::Begun(own_pool("to_thread", |pool| wrap_future(pool.submit(work))));
        }
        match &mut *self {
            ToThread::New(_) => unreachable!("it has begun above"),
            ToThread::Begun(job) => Pin::new(job).poll(context),
        }
    }
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
    let work = for_this_loop(work);
    let job = match pool {
        Some(pool) => pool.submit(work),
        None => own_pool("run_in_executor", |pool| pool.submit(work)),
    };
    wrap_future(job)
}
