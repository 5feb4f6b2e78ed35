//! asyncio for Rust on one thread.
//!
//! An event loop written by hand over mio: tasks, timers, sockets, wakes from other threads.
//! Everything stays on one thread (nothing needs to be `Send`), nothing is global, and nobody
//! starts a thread behind your back.
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
//! Where to begin reading the source: [`event_loop`] (`turn.rs` is the loop itself), then
//! [`task`], whose first page draws the life of a task.
#![deny(unsafe_code)]

pub mod event_loop;
mod context;
mod debug;
pub mod task;
pub mod time;
pub mod cancel;
pub mod combine;
pub mod sync;
pub mod executor;
pub mod reactor;
pub mod testing;
pub mod trace;
mod random;
mod quietly;

pub use cancel::{Cancelled, shield};
pub use combine::{TaskGroup, as_completed, gather, local_scope, race, try_gather, wait};
pub use debug::{TaskTree, print_task_tree, task_tree};
pub use event_loop::{
    AlreadyRunning, Builder, CallbackHandle, Handle, Loop, LoopClosed, NoRunningLoop, Remote,
    RemoteTask, Runner, Stats, TimerHandle, Turn, all_tasks, call_at, call_later, call_soon,
    create_task, current_task, mark, now, run, try_create_task, try_run,
};
pub use executor::{run_in_executor, to_thread, wrap_future};
pub use task::{JoinError, PanicPolicy, Report, ReportKind, Task, yield_now};
pub use time::{interval, sleep, sleep_until, timeout, timeout_at, wait_for};
