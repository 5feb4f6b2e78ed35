//! Callbacks and timers run in the context in which they were scheduled, and `to_thread` takes the context along.
//!
//! clock: real
//! order: fifo

use crate::run;
use oneloop::contextvars::ContextVar;
use oneloop::sync::{Promise, PromiseError};
use oneloop::{call_later, call_soon, run_in_executor, sleep, to_thread};
use std::time::Duration;

static VAR: ContextVar<&str> = ContextVar::with_default("var", || "default");

fn show(label: &str) {
    println!("{label} {}", VAR.get());
}

pub(crate) fn main() {
    run(async {
        let promise = Promise::new();
        for (value, delay) in [("one", 100), ("two", 200)] {
            VAR.set(value);
            call_soon(|| show("call_soon"));
            call_later(Duration::from_millis(delay), || show("call_later"));
            promise.add_done_callback(|_: &Result<(), PromiseError>| show("done callback"));
        }
        VAR.set("three");
        promise.set_result(()).unwrap();
        sleep(Duration::from_millis(300)).await;
        to_thread(|| show("to_thread")).await.unwrap();
        let there = run_in_executor(None, || show("run_in_executor"));
        there.await.unwrap();
    });
}
