//! Placeholder.

pub mod trace;
