//! Waiting for several things at once.
//!
//! | form | for | its children |
//! | --- | --- | --- |
//! | [`gather`], [`try_gather`] | all outputs, or the first error | inline |
//! | [`race`], [`select!`](crate::select) | the first output | inline |
//! | [`wait`] | some tasks, in the order in which they end | tasks, left alone |
//! | [`as_completed`] | outputs in the order in which they come | tasks, left alone; other futures inline |
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

mod try_gather;

mod several;

mod race;

mod select;

mod branches;

mod as_completed;

mod task_group;

mod group;

mod group_error;

mod group_member;

mod local_scope;

mod fan;

mod few;

mod wakes;

mod children;

mod rest;

mod slot;

mod as_task;

mod wait;

pub use as_completed::{AsCompleted, AsCompletedWithin, as_completed};
pub use as_task::AsTask;
#[doc(hidden)]
pub use branches::{Branch, Branches, Choice, End, Nobody, branch};
pub use gather::{Gather, Iterated, Tuple, gather};
pub use group_error::{GroupClosed, GroupError};
pub use local_scope::{LocalScope, local_scope};
pub use race::{Race, race};
#[doc(hidden)]
pub use select::select;
pub use several::Several;
pub use task_group::TaskGroup;
pub use try_gather::{TryGather, try_gather};
pub use wait::{Wait, Waited, Waiting, wait};
