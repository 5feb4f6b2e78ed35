//! Callbacks run first in, first out; what a callback schedules goes behind all that is queued.
//!
//! order: fifo
//!
//! Feature row 140.

use crate::run;
use oneloop::{call_soon, yield_now};

pub(crate) fn main() {
    run(async {
        call_soon(|| {
            println!("first");
            call_soon(|| println!("scheduled by first"));
        });
        call_soon(|| println!("second"));
        call_soon(|| println!("third"));
        yield_now().await;
        println!("main between the rounds");
        yield_now().await;
        println!("end");
    });
}
