//! Placeholder.

mod time;
pub mod trace;
