//! Waiting for several things at once: [`gather`] for all outputs.
//!
//! The children of a gather are *inline*: they live inside its own future, are polled by the task
//! that awaits it, and so may borrow from it. This is the plain form: dropping the future drops the
//! children where they wait.
//!
//! Read next: `gather.rs`; `fan.rs`, how only those children are polled that were woken; `slot.rs`,
//! where one child lives.

mod gather;

mod fan;

mod slot;

pub use gather::{Gather, Iterated, Tuple, gather};
