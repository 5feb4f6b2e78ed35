//! Periodic sleepers run side by side, so what they say is ordered by time, not by task.
//!
//! Feature row 8.

use crate::run;
use oneloop::{gather, sleep};
use std::time::Duration;

async fn worker(name: &str, milliseconds: u64, times: u32) {
    for time in 0..times {
        sleep(Duration::from_millis(milliseconds)).await;
        println!("{name} {time}");
    }
}

pub(crate) fn main() {
    run(gather((
        worker("short", 60, 3),
        worker("middle", 80, 2),
        worker("long", 140, 1),
    )));
}
