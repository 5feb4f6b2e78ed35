//! Tasks: one future's life on the loop.
//!
//! [`Task`] is what [`create_task`](crate::create_task) returns: asyncio's `Task`, awaitable, and
//! dropping it lets the task run on. [`Builder`] gives a task a name, [`yield_now`] lets the
//! others run.
//!
//! # What the compiler refuses
//!
//! `await` stands inside `async` functions and blocks only. Elsewhere it is an error; `run`, or
//! `block_on`, is the way in from there:
//!
//! ```compile_fail,E0728
//! async fn answer() -> u32 { 42 }
//! fn not_async() -> u32 { answer().await }
//! ```
//!
//! What is no future cannot be awaited. Python finds that out when it gets there:
//!
//! ```compile_fail,E0277
//! async fn answer() -> u32 { 42.await }
//! ```
//!
//! # The life of a task
//!
//! ```text
//!              1 create_task
//!                    │
//!                    ▼           2 the loop takes it from the ready queue
//!   ┌──────────► SCHEDULED ───────────────────────────► polled
//!   │                ▲                                   │ │ │
//!   │ 3 woken, or    │ 3' woken while it is polled       │ │ │
//!   │   cancel()     └───────────────────────────────────┘ │ │
//!   │                                            Pending   │ │
//! WAITING ◄────────────────────────────────────────────────┘ │ Ready(output), 5 panic
//!   │                                                        │
//!   │ 4 Pending, or never polled, and cancel() was called:   │
//!   │   the future is dropped where it waits                 │
//!   │ 7 the loop is dropped                                  │
//!   ▼                                                        ▼
//! DONE (cancelled)                                         DONE (output, or error)
//!   └───────────────────────────┬────────────────────────────┘
//!                               │ 6 awaiters are woken, the loop lets go
//!                               ▼
//!               8 the Task is awaited or dropped: the output is gone
//!               9 the last waker is dropped: the memory is gone
//! ```
//!
//! | edge | taken by | its test under `raw/tests` |
//! | --- | --- | --- |
//! | 1 | `Scheduler::spawn` | `a_task_runs_when_the_loop_does_not_before` |
//! | 2 | `Scheduler::run` | `tasks_run_first_in_first_out` |
//! | 3, 3' | `waker::wake_at_home`, `Scheduler::drain` | `a_wake_during_poll_queues_the_task_again` |
//! | 4 | `life::kill` | `cancel_drops_the_future_where_it_waits`, `what_is_cancelled_before_its_first_poll_never_starts` |
//! | 5 | `life::panicked` | `a_panic_in_poll_is_the_tasks_error`, `a_panic_in_a_drop_is_the_tasks_error` |
//! | 6 | `life::end` | `a_wake_after_completion_goes_nowhere` |
//! | 7 | `Scheduler::shutdown` | `shutdown_with_live_wakers_abroad_frees_every_block` |
//! | 8 | `Join::poll`, `outcome::drop_outcome` | `a_hundred_thousand_nested_handles_drop_without_recursion` |
//! | 9 | `free::try_free`, `count::hand_over` | `a_waker_that_is_leaked_keeps_its_block_and_nothing_else` |

mod handle;
mod flattened;
mod any;
mod state;
mod builder;
mod join_error;
mod yield_now;
pub(crate) mod report;
pub(crate) mod doorbell;
pub(crate) mod owner;
pub(crate) mod sync;
pub(crate) mod scope;
pub(crate) mod raw;

pub use any::AnyTask;
pub use builder::{Builder, ReportingBuilder};
pub use flattened::Flattened;
pub use handle::{Joined, Task, TaskId};
pub use join_error::JoinError;
pub use report::{Report, ReportKind};
pub use state::TaskState;
pub use yield_now::yield_now;

/// What the loop does when a task panics. Set by [`Builder::panic_policy`](crate::Builder::panic_policy).
///
/// In each case the panic is caught first, the task ends, and whoever awaits it gets a
/// [`JoinError`]. asyncio always does what `Report` does.
///
/// ```
/// use oneloop::{Loop, PanicPolicy};
///
/// let event_loop = Loop::builder().panic_policy(PanicPolicy::Propagate).build()?;
/// let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
///     event_loop.block_on(async {
///         oneloop::create_task(async { panic!("in the background") });
///         oneloop::sleep(std::time::Duration::from_secs(3600)).await;
///     })
/// }));
/// assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "in the background");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PanicPolicy {
    /// The awaiter gets the error; if nobody awaits the task, it is reported on standard error as
    /// soon as its last handle is gone, with the task's name and the place where it was made.
    #[default]
    Report,
    /// The panic goes on at once in whoever turns the loop: `block_on`, `run_forever`, `turn`.
    /// The right choice for tests.
    Propagate,
    /// As [`Report`](PanicPolicy::Report), and the loop stops at once, as by
    /// [`Loop::stop`](crate::Loop::stop).
    StopLoop,
}
