//! Placeholder.

mod time;
pub mod trace;

pub mod sync;

pub mod combine;

pub use combine::gather;
