//! Waiting for several things at once.
//!
//! | form | for | its children |
//! | --- | --- | --- |
//! | [`gather`], [`try_gather`] | all outputs, or the first error | inline |
//! | [`race`], [`select!`](crate::select) | the first output | inline |
//! | [`wait`], [`as_completed`] | some tasks, in the order in which they end | tasks, left alone |
//! | [`TaskGroup`] | tasks that end together | tasks |
//! | [`local_scope`] | children that borrow and come one by one | inline |
//!
//! Inline children live in the construct's own future, are polled by the task that awaits it, and so
//! may borrow from it. Each is a scope of its own for [cancellation](crate::cancel): a request
//! reaches all of them, and the construct waits until all have cleaned up.
//!
//! Read next: `gather.rs`; `children.rs`, what inline children have in common; `fan.rs`, how only
//! those are polled that were woken.

mod gather;

mod fan;

mod children;

mod slot;

mod wait;

pub use gather::{Gather, Iterated, Tuple, gather};
pub use wait::{Wait, Waited, Waiting, wait};
