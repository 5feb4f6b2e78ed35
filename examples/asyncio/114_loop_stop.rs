//! `stop` lets the batch of ready callbacks end; what they schedule waits until the loop runs again.
//!
//! order: fifo
//!
//! Feature row 141.

use crate::builder;
use oneloop::Loop;
use std::rc::Rc;

pub(crate) fn main() {
    let event_loop = builder().build().unwrap();
    let handle = event_loop.handle();
    handle.call_soon(|| println!("before"));
    handle.call_soon(|| {
        println!("stop called");
        let handle = Loop::current().unwrap();
        handle.stop();
        handle.call_soon(|| println!("scheduled after stop: next run"));
    });
    handle.call_soon(|| println!("queued behind stop: same run"));
    event_loop.run_forever();
    println!("--- stopped");

    let event_loop = Rc::new(event_loop);
    let stopping = event_loop.clone();
    handle.call_soon(move || stopping.stop());
    event_loop.run_forever();
    println!("--- stopped again");

    event_loop.stop();
    handle.call_soon(|| println!("stop before run: one batch still runs"));
    handle.call_soon(|| {
        let handle = Loop::current().unwrap();
        handle.call_soon(|| println!("must not print"));
    });
    event_loop.run_forever();
}
