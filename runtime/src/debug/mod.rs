//! Debug mode, and what can be asked of a loop that runs: who waits for what.
//!
//! Read `waits.rs` next.

mod waits;
