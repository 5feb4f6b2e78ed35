//! What a loop like asyncio's has to offer, row by row: those of the numbered rows that no other
//! test, program or page shows. `../numbers.rs` lists all of them, and says where each is shown.
//!
//! Read `tasks.rs` first.

mod tasks;
mod combined;
mod callbacks;
mod endings;
mod idle;
mod compile_errors;

use oneloop::{Loop, Report};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Runs on a paused clock, where a deadlock is a panic.
fn run<F: Future>(main: F) -> F::Output {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main)
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// A loop whose reports are kept.
fn reporting() -> (Loop, Rc<RefCell<Vec<Report>>>) {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = reports.clone();
    let event_loop = Loop::builder()
        .exception_handler(move |report| told.borrow_mut().push(report.clone()))
        .build()
        .unwrap();
    (event_loop, reports)
}
