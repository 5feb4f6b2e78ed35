//! Equal sleeps end in the order in which they began.
//!
//! Feature row 25.

use crate::run;
use oneloop::{gather, sleep};
use std::time::Duration;

async fn nap(number: u32) {
    sleep(Duration::from_millis(30)).await;
    println!("woke {number}");
}

pub(crate) fn main() {
    run(gather((0..8).map(nap)));
}
