//! Running a loop inside a running one is refused, whichever way it is tried; the outer one goes on.
//!
//! Feature row 17.
//! Pain 23.

use crate::run;
use oneloop::sync::Promise;
use oneloop::{Loop, sleep, try_run};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let promise = Promise::<()>::new();
        let second = Loop::new().unwrap();
        if second.try_block_on(promise.future()).is_err() {
            println!("run_until_complete: RuntimeError");
        }
        if try_run(sleep(Duration::ZERO)).is_err() {
            println!("run: RuntimeError");
        }
        sleep(Duration::from_millis(10)).await;
        println!("outer loop goes on");
    });
}
