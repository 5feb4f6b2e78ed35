//! `wait_for` comes back only when what it cancelled has cleaned up, however long that takes.
//!
//! Pain 10.

use crate::run;
use oneloop::cancel::finally;
use oneloop::time::Elapsed;
use oneloop::{call_later, sleep, wait_for};
use std::time::Duration;

async fn slow_cleanup() {
    let clean_up = async || {
        sleep(Duration::from_millis(40)).await;
        println!("cleanup finished");
    };
    finally(sleep(Duration::from_secs(5)), clean_up).await;
}

pub(crate) fn main() {
    run(async {
        call_later(Duration::from_millis(35), || {
            println!("a timer fires meanwhile")
        });
        if let Err(Elapsed) = wait_for(slow_cleanup(), Duration::from_millis(20)).await {
            println!("TimeoutError after the cleanup");
        }
    });
}
