//! The scenarios for runtimes that send tasks to other threads, or demand that one could: what they share is an `Arc`
//! with a lock in it. `tokio::spawn` is such a one, on a single thread too.

pub mod family;

// The same source as in `local.rs`, on purpose: it says why.
#[allow(clippy::duplicate_mod)]
#[path = "twice/side.rs"]
pub mod side;

#[allow(clippy::duplicate_mod)]
#[path = "twice/workload/mod.rs"]
pub mod workload;
