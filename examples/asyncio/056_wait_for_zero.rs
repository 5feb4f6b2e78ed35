//! `wait_for` with no time at all takes what is done already; a task in it never starts.
//!
//! A plain future takes its first step in the caller, as all futures do; asyncio makes a task of it.
//!
//! Pain 11.

use crate::run;
use oneloop::sync::Promise;
use oneloop::time::Elapsed;
use oneloop::{create_task, wait_for};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let ready = Promise::new();
        ready.set_result("ready").unwrap();
        println!(
            "{}",
            wait_for(&ready, Duration::ZERO).await.unwrap().unwrap()
        );

        let body = create_task(async { println!("must not print") });
        if let Err(Elapsed) = wait_for(body, Duration::ZERO).await {
            println!("TimeoutError");
        }
        let never = Promise::<()>::new();
        if let Err(Elapsed) = wait_for(&never, Duration::ZERO).await {
            println!("TimeoutError");
        }
    });
}
