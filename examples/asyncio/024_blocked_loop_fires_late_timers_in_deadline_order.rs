//! After a step that blocked, the overdue timers fire in the order of their deadlines, each once.
//!
//! order: fifo
//! clock: real
//!
//! Feature row 25.

use crate::run;
use oneloop::{create_task, sleep, wait, yield_now};
use std::time::Duration;

async fn nap(hundredths: u64) {
    sleep(Duration::from_millis(10 * hundredths)).await;
    println!("woke {hundredths}");
}

pub(crate) fn main() {
    run(async {
        let naps = [4, 1, 3, 2].map(|hundredths| create_task(nap(hundredths)));
        yield_now().await;
        std::thread::sleep(Duration::from_millis(80)); // This is what one never does in a task.
        println!("unblocked");
        wait(naps).await;
    });
}
