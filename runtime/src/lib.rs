//! asyncio for Rust on one thread.
//!
//! An event loop written by hand over mio: tasks, timers, sockets, wakes from other threads.
//! Everything stays on one thread (nothing needs to be `Send`), nothing is global, and nobody
//! starts a thread behind your back. Sockets are in `oneloop-net`, HTTP is in `oneloop-http`.
//!
//! ```
//! use std::time::Duration;
//!
//! oneloop::run(async {
//!     let task = oneloop::create_task(async {
//!         oneloop::sleep(Duration::from_millis(2)).await;
//!         "from a task"
//!     });
//!     println!("hello");
//!     println!("{}", task.await.unwrap());
//! });
//! ```
//!
//! # Coming from asyncio, coming from tokio
//!
//! | asyncio | here | tokio |
//! | --- | --- | --- |
//! | `asyncio.run(main())` | [`run`]`(main())`, or a [`Loop`] of your own | `#[tokio::main]`, `Runtime` |
//! | `create_task(c)` | [`create_task`]`(f)`; `f` need not be `Send` | `spawn_local(f)` |
//! | `await task` | `task.await`, a `Result<T, `[`JoinError`]`>` | the same |
//! | `task.cancel()` | [`task.cancel()`](Task::cancel) asks; clean-up may await: [`cancel`] | `abort()` drops |
//! | `sleep(0)`, `sleep(d)` | [`yield_now`], [`sleep`], [`interval`] | the same |
//! | `gather(a, b)` | [`gather`]`((a, b)).await`, [`try_gather`] | `join!`, `try_join!` |
//! | `wait`, `as_completed` | [`wait`], [`as_completed`], [`race`], [`select!`] | `select!` |
//! | `wait_for(f, d)` | [`timeout`]`(d, f).await` | the same |
//! | `TaskGroup` | [`TaskGroup::scope`]; [`local_scope`] where children borrow | `JoinSet` |
//! | `ContextVar`, `copy_context` | the same names in [`contextvars`] | `task_local!` |
//! | `call_soon`, `call_later` | [`call_soon`], [`call_later`] | (nothing) |
//! | `loop.create_future()` | [`sync::Promise`] | `oneshot` |
//! | `Lock`, `Event`, `Semaphore`, `Queue` | the same names in [`sync`]; [`sync::channel()`] | `Mutex`, `Notify`, `mpsc` |
//! | `async for`, `yield` | [`for_await!`], [`stream::generator`] | `StreamExt` |
//! | `to_thread(f)` | [`to_thread`]`(f).await` | `spawn_blocking(f)` |
//! | `run_coroutine_threadsafe` | [`Remote::spawn`] | `Handle::spawn` |
//! | `debug=True` | [`Builder::debug`], [`print_task_tree`] | tokio-console |
//!
//! What differs, and why:
//!
//! - One thread: a task may hold an `Rc` across an `.await`, and what is ready runs first in, first
//!   out, the same each time. [`testing::explore`] tries other orders.
//! - Cancelling asks, and waits for the answer. Whoever ends others (a [`timeout`], [`select!`], a
//!   [`TaskGroup`]) goes on when they have cleaned up.
//! - Errors are values, and a panic is no exception: it runs destructors only. What nobody looked at is
//!   [reported](Handle::set_exception_handler).
//! - The loop is a value that takes one [`turn`](Loop::turn) at a time, so another loop may be its
//!   host, and its clock may be [paused](Builder::paused_clock).
//!
//! # What cannot happen
//!
//! - A task does not vanish because nobody holds its handle: the loop owns it until it ends.
//! - A task does not start inside `create_task`: its first step is taken from the ready queue, when
//!   it is a member of its group already. There is no eager start, which in asyncio confuses
//!   `current_task` and groups; what is to run at once is awaited, or polled by `gather`.
//!   <!-- Pain 18. -->
//! - A task that is cancelled before its first step runs nothing, and still drops all that it was
//!   given: its future owns that.
//!   <!-- Pain 17. -->
//! - There is no second kind of task, for what is not `Send`, that has to be driven by somebody.
//!   <!-- Pain 19. -->
//!
//! # One turn of the loop
//!
//! ```text
//!             ┌──────────────────────────────────────────────────────────────────┐
//!             │ 1 now     the clock is read once, by the first who asks          │
//!             │ 2 wait    how long to sleep: not at all if anything is ready,    │
//!             │           else until the next timer                              │
//!   kernel ──►│ 3 poll    ask the kernel which sockets are ready, and sleep there│
//!  threads ──►│ 4 inbox   take what other threads sent                           │
//!             │ 5 timers  collect what is due, in order of deadline,             │
//!             │           first come, first served among equals                  │
//!             │ 6 wake    wake those who waited: sockets first, then timers      │
//!             │ 7 run     poll what is ready, batch after batch, up to 256       │
//!             │           polls or 5 ms; then look at timers and sockets again   │
//!             └───────▲──────────────────────────────────────────────────┬───────┘
//!                     └──────────────────────────────────────────────────┘
//! ```
//!
//! With the feature `trace` a [`trace::TextObserver`] prints every turn of a running program; the
//! repository's `examples/every_turn.rs` does it.
//!
//! Where to begin reading the source: [`event_loop`] (`turn.rs` is the loop itself, step by step as in
//! this picture), then [`task`], whose first page draws the life of a task.
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod event_loop;
mod context;
pub mod contextvars;
mod debug;
pub mod task;
pub mod time;
pub mod cancel;
pub mod combine;
pub mod sync;
pub mod stream;
pub mod executor;
pub mod reactor;
#[cfg(all(unix, feature = "signal"))]
pub mod signal;
pub mod testing;
pub mod trace;
mod random;
mod part_cell;
mod quietly;

pub use cancel::{Cancelled, shield};
pub use combine::{TaskGroup, as_completed, gather, local_scope, race, try_gather, wait};
pub use debug::{TaskTree, print_task_tree, task_tree};
pub use event_loop::{
    AlreadyRunning, Builder, CallbackHandle, Handle, Loop, LoopClosed, NoRunningLoop, Remote,
    RemoteTask, Runner, Stats, TimerHandle, Turn, all_tasks, call_at, call_later, call_soon,
    create_task, current_task, mark, now, run, try_create_task, try_run, turn_time,
};
pub use executor::{run_in_executor, to_thread, wrap_future};
pub use task::{JoinError, PanicPolicy, Report, ReportKind, Task, yield_now};
pub use time::{interval, sleep, sleep_until, timeout, timeout_at, wait_for};
