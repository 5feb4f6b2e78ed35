//! Timers fire by their deadlines, not in the order of their creation.
//!
//! Feature row 25.

use crate::run;
use oneloop::{call_later, sleep};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        for number in [9, 3, 12, 6] {
            let delay = Duration::from_millis(10 * number);
            call_later(delay, move || println!("timer {number}"));
        }
        sleep(Duration::from_millis(160)).await;
        println!("end");
    });
}
