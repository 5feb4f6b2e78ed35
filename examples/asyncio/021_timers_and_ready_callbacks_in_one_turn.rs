//! What is ready already runs before timers that are found due in the same turn, past ones included.
//!
//! order: fifo

use crate::run;
use oneloop::sync::Promise;
use oneloop::{call_at, call_later, call_soon, now, sleep};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        call_later(Duration::ZERO, || println!("call_later(0)"));
        let later = Promise::new();
        call_soon(|| println!("call_soon"));
        call_at(now() - Duration::from_secs(10), || {
            println!("call_at(past), earliest deadline first");
        });
        let promise = later.clone();
        call_later(Duration::from_millis(30), move || {
            promise.set_result(()).unwrap();
        });
        println!("main suspends");
        (&later).await.unwrap();

        // A `Duration` is never negative; a time that has passed says the same.
        let passed = now() - Duration::from_secs(1);
        call_at(passed, || println!("call_later(-1)"));
        sleep(Duration::from_millis(20)).await;
        println!("end");
    });
}
