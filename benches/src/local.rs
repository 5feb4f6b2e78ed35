//! The scenarios for runtimes whose tasks stay on one thread: what they share is an `Rc` with `Cell`s in it.
//!
//! `sendable.rs` is the other form of the same files: the folder `twice` is compiled once with each `family`, the little
//! that differs between tasks that may be sent to other threads and tasks that need not be.

pub mod family;

#[path = "twice/side.rs"]
pub mod side;

#[path = "twice/workload/mod.rs"]
pub mod workload;
