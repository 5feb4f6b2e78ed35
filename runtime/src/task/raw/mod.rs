//! The only unsafe code of the project: tasks, wakers, counts, the ready queue, the remote list.
//!
//! A task is one block of memory: a [header](header), then the future, which makes room for its
//! output. All that is said about threads rests on one rule: **a task is polled, and its future
//! and output are dropped, on the thread of its loop only**; other threads have wakers and can do
//! three things with them: clone, wake, drop.
//!
//! Read in this order:
//! 1. [`header`]: the block, and the two words that say how it fares;
//! 2. [`life`], [`outcome`], [`requests`], [`trees`] and [`seat`]: polls, ends, drops, cancellation: the edges
//!    of the diagram in [`task`](crate::task);
//! 3. [`scheduler`]: which task runs next; [`batches`]: what a stop lets run; [`spawn`] and
//!    [`shutdown`]: how tasks begin, and how all of them end;
//! 4. [`waker`], [`count`] and [`free`]: what keeps a block alive, at home and abroad, and its end;
//! 5. [`shared`]: what other threads touch;
//! 6. [`list`], [`queue`] and [`pool`]: where blocks are kept;
//! 7. [`siblings`] and [`pinned`], which have nothing to do with tasks: many wakers, and many futures, in
//!    one block of memory.
//!
//! The border is safe: [`Scheduler`], [`Join`], [`TaskRef`], [`Scoped`] can be misused in no way
//! that breaks memory. What they rely on, and where it is promised:
//! - all four stay on one thread (none is `Send`; the compiler sees to it);
//! - the scheduler stays where it is (`Scheduler::new` puts it into an `Rc`);
//! - while `owner::enter(scheduler.identity(), …)` runs, the scheduler lives (the loop holds it);
//! - user code called from here may call anything of the crate again, but `run`, which the loop
//!   refuses to nest.
#![allow(unsafe_code)]
#![deny(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

mod header;
mod life;
mod requests;
mod trees;
mod seat;
mod outcome;
mod scheduler;
mod batches;
mod unusual;
mod spawn;
mod shutdown;
mod waker;
mod count;
mod free;
mod shared;
mod list;
mod queue;
mod pool;
mod join;
mod task_ref;
mod traced;
mod scoped;
mod siblings;
mod pinned;

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;

pub(crate) use join::Join;
pub(crate) use pinned::PinnedSlice;
pub(crate) use scheduler::{Ran, Scheduler};
pub(crate) use scoped::Scoped;
pub(crate) use seat::Seat;
pub(crate) use siblings::{Siblings, WakeChild};
pub(crate) use task_ref::TaskRef;
pub(crate) use unusual::Watch;
