//! In debug mode a step that holds the loop for too long is reported; a shorter one is not.
//!
//! The limit is 100 ms here, where the Python twin has 50: a busy machine can make 50 of 10.
//!
//! clock: real
//!
//! Feature row 9.
//! Pain 24.

use crate::{builder, py};
use oneloop::{ReportKind, yield_now};
use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

pub(crate) fn main() {
    let reported = Rc::new(Cell::new(false));
    let hear = reported.clone();
    let event_loop = builder()
        .debug()
        .slow_callback_duration(Duration::from_millis(100))
        .on_stall(|_still_running| {}) // Told by another thread, while the step runs.
        .exception_handler(move |report| {
            if report.kind() == ReportKind::SlowStep {
                hear.set(true);
            }
        })
        .build()
        .unwrap();
    event_loop.block_on(async {
        yield_now().await;
        thread::sleep(Duration::from_millis(10));
        yield_now().await;
        println!("short step reported {}", py(reported.get()));
        thread::sleep(Duration::from_millis(200));
        yield_now().await;
        println!("long step reported {}", py(reported.get()));
    });
}
