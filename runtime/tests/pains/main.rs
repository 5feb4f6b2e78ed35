//! What hurts the users of other loops, shown not to happen here: those of the numbered pains that
//! no other file of tests shows. `../numbers.rs` lists all of them, and says where each is shown.
//!
//! Read `nothing_is_lost.rs` first.

mod nothing_is_lost;
mod cancelled;
mod panics;

use oneloop::Loop;
use std::time::Duration;

/// Runs on a paused clock, where a deadlock is a panic.
fn run<F: Future>(main: F) -> F::Output {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main)
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}
