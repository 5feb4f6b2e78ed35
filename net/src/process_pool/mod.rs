//! Functions in worker processes, for what would keep this program's processor busy: Python's
//! `ProcessPoolExecutor`. Needs the feature `process-pool`, and Unix.
//!
//! A worker is this program, started once more. [`init`] comes first in `main`: in a worker it runs the
//! functions that are asked for and never returns. Arguments and results go through [serde].
//!
//! ```standalone_crate
//! use oneloop_net::process_pool::{Function, ProcessPool, init};
//!
//! fn fib(n: u64) -> u64 {
//!     if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
//! }
//! const FIB: Function<u64, u64> = Function::new("fib", fib);
//!
//! fn main() {
//!     init(&[&FIB]);
//!     oneloop::run(async {
//!         let pool = ProcessPool::new(2);
//!         let (a, b) = oneloop::gather((pool.submit(&FIB, &20), pool.submit(&FIB, &21))).await;
//!         assert_eq!((a.unwrap(), b.unwrap()), (6765, 10946));
//!     });
//! }
//! ```
//!
//! Where Python finds a function by its name at any time, the workers here know those that `init` was
//! given: a program that was compiled can't look functions up. The [`Function`] keeps the types together, so
//! that the compiler sees a wrong argument.
//!
//! - **A worker that ends amid a job** (killed, out of memory, aborted) is an error for that job,
//!   [`PoolError::WorkerDied`], and is replaced for the next. (Python's pool is broken from then on.) Its own end
//!   counts: a process that it has started may live on.
//! - **A program that never gets to `init`** is an error for the job, too: after
//!   [a while](Builder::start_limit), if it does not end before.
//! - **Cancelling** a job that waits keeps it from ever beginning. One that runs is stopped: its worker is
//!   killed and replaced, since it is a process, and nothing of ours can be left half done in it.
//!   (Python lets it run, and throws the result away.)
//! - **A panic** of the function is an error with its text, and the worker goes on.
//! - **Ctrl-C** does not reach the workers, which are a process group each; they end when this program
//!   does, or when the job is done that they are at.
//!
//! Read on in this order: `frame.rs`, `function.rs`, `worker.rs`, `error.rs`, `job.rs`, `line.rs`, `serve.rs`,
//! `pool.rs`.

mod error;
mod frame;
mod function;
mod job;
mod line;
mod pool;
mod serve;
mod worker;

pub use error::PoolError;
pub use function::{Function, Registered};
pub use job::Job;
pub use pool::{Builder, ProcessPool};
pub use worker::init;
