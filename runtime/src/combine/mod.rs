//! Waiting for several things at once: [`gather`] for all outputs, [`wait`] for some tasks.
//!
//! The children of a gather are *inline*: they live inside its own future, are polled by the task
//! that awaits it, and so may borrow from it. `wait` watches tasks, which live in the loop.
//!
//! These are the plain forms: dropping the future drops what is inside (children of a gather end
//! where they wait, tasks of a `wait` are detached and run on).
//!
//! Read next: `gather.rs`; `fan.rs`, how only those children are polled that were woken; `slot.rs`,
//! where one child lives; `wait.rs`.

mod gather;

mod fan;

mod slot;

mod wait;

pub use gather::{Gather, Iterated, Tuple, gather};
pub use wait::{Wait, Waited, Waiting, wait};
