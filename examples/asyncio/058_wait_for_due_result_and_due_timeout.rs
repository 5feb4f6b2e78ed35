//! When a blocked loop finds both a result and its timeout overdue, the result wins, in either order.
//!
//! CPython 3.11 does so as well; 3.12 and later raise `TimeoutError` both times, even for a result
//! that was due first. A timeout here is noticed in one batch and delivered in the next, so whatever
//! is due in the same batch is not thrown away.
//!
//! order: fifo
//! clock: real
//!
//! Pain 9.

use crate::run;
use oneloop::sync::Promise;
use oneloop::{call_later, call_soon, wait_for};
use std::time::Duration;

async fn attempt(result_after: u64, timeout: u64) -> &'static str {
    let promise = Promise::new();
    let setter = promise.clone();
    call_later(Duration::from_millis(result_after), move || {
        setter.set_result("value").unwrap();
    });
    call_soon(|| std::thread::sleep(Duration::from_millis(60)));
    match wait_for(&promise, Duration::from_millis(timeout)).await {
        Ok(value) => value.unwrap(),
        Err(_elapsed) => "TimeoutError",
    }
}

pub(crate) fn main() {
    run(async {
        println!("result due first: {}", attempt(10, 30).await);
        println!("timeout due first: {}", attempt(30, 10).await);
    });
}
