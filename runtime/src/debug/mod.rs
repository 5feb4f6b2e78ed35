//! Debug mode, and what can be asked of a loop that runs: who waits for what.
//!
//! Read `mode.rs` next.

mod mode;
mod watchdog;
mod waits;
mod tree;

pub(crate) use mode::{Debug, OnStall, SLOW};
pub use tree::{TaskTree, print_task_tree, task_tree};
