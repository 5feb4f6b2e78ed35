//! Placeholder.

mod time;
pub mod trace;

pub mod sync;
