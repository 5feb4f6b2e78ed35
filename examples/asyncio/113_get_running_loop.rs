//! The running loop is found in tasks and callbacks only; elsewhere there is none to make tasks on.
//!
//! Feature rows 14, 132, 138.

use crate::run;
use oneloop::{Loop, NoRunningLoop, call_soon, sleep, try_create_task};
use std::thread;
use std::time::Duration;

fn probe(place: &str) {
    match Loop::current() {
        Ok(_handle) => println!("{place} has a running loop"),
        Err(NoRunningLoop) => println!("{place} RuntimeError: no running event loop"),
    }
}

pub(crate) fn main() {
    probe("module level");
    if let Err(NoRunningLoop) = try_create_task(async {}) {
        println!("create_task RuntimeError: no running event loop");
    }
    run(async {
        probe("coroutine");
        call_soon(|| probe("callback"));
        sleep(Duration::from_millis(10)).await;
        thread::spawn(|| probe("worker thread")).join().unwrap();
    });
}
