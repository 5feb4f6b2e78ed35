//! Help for tests: a scenario under many orders, and one that is interrupted wherever it waits.
//!
//! Both run a scenario on fresh loops with a paused clock, so that a day of sleeping takes no time
//! and a deadlock is a panic with the names of those who wait.
//!
//! - [`explore`] runs it under many orders of the ready tasks: for what must not depend on who comes
//!   first.
//! - [`cancel_at_every_await`] runs it once for each way to interrupt it: for futures that hold
//!   something while they wait, such as a permit, half a message or a task of their own. All that
//!   can be awaited in this library and in `oneloop-net` is tried so; a table of scenarios is held
//!   against the sources (`tests/every_await`).
//!
//! ```
//! use oneloop::sync::Queue;
//! use oneloop::testing::{Scenario, cancel_at_every_await};
//! use std::{cell::Cell, rc::Rc};
//!
//! /// Takes two items, one after the other.
//! async fn take_both(queue: &Queue<u32>) -> (u32, u32) {
//!     let first = queue.get().await.unwrap();
//!     (first, queue.get().await.unwrap())
//! }
//!
//! # let attempt = std::panic::catch_unwind(|| {
//! cancel_at_every_await(async || {
//!     let (queue, took) = (Rc::new(Queue::new(0)), Rc::new(Cell::new(false)));
//!     let (takes, puts, notes) = (queue.clone(), queue.clone(), took.clone());
//!     Scenario::new(async move {
//!         take_both(&takes).await;
//!         notes.set(true);
//!     })
//!     .beside(async move {
//!         puts.put_nowait(1).unwrap();
//!         oneloop::yield_now().await;
//!         puts.put_nowait(2).unwrap();
//!     })
//!     .after(async move { assert!(took.get() || queue.qsize() == 2, "an item is lost") })
//! });
//! // panics: the scenario failed when it was dropped as soon as it waited in suspension 2
//! # });
//! # assert!(attempt.is_err());
//! ```

mod explore;
mod every_await;
mod run;
mod interrupted;
mod scenario;

pub use every_await::{EveryAwait, cancel_at_every_await, cancel_at_every_await_in};
pub use explore::explore;
pub use scenario::Scenario;

/// Whether what is waited for on this thread is noted, as a loop with a paused clock begins to do for its
/// report of a deadlock. Who notes something gets a place in its task's tree by that, which a child of a
/// `gather`, a `race` or a `select!` does without: for our own tests of cancellation, which shall see both.
/// To be called while nobody waits.
#[doc(hidden)]
pub fn set_takes_notes(takes_notes: bool) {
    crate::context::set_takes_notes(takes_notes);
}
