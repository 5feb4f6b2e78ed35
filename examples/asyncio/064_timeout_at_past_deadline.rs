//! A timeout whose time has passed already still lets its body run up to the first suspension.
//!
//! Pain 11.

use crate::{py, run};
use oneloop::time::{Elapsed, Timeout};
use oneloop::{now, sleep, timeout_at};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let passed = now() - Duration::from_secs(1);
        let body = async {
            println!("body runs");
            sleep(Duration::from_secs(5)).await;
            println!("must not print");
        };
        if let Err(Elapsed) = timeout_at(passed, body).await {
            println!("TimeoutError at the first await");
        }

        let limit = Timeout::at(passed);
        let body = async { println!("a block that never suspends is not interrupted") };
        limit.run(body).await.unwrap();
        println!("expired {}", py(limit.expired()));
    });
}
