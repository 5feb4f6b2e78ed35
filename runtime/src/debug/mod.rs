//! Debug mode, and what can be asked of a loop that runs: who waits for what.
//!
//! Read `mode.rs` next.

mod mode;
mod watchdog;
mod waits;
mod notes;
mod sources;
mod limbs;
mod tree;

pub(crate) use mode::{Debug, OnStall, SLOW};
pub(crate) use notes::{Members, Noted, Notes, Thing, What, forget_at, note_at};
pub use tree::{TaskTree, print_task_tree, task_tree};
pub(crate) use waits::{Sentence, UNKNOWN, add};
