//! Streams and generators: what runs when, and what becomes of one that is left before its end.
//! Read `items.rs` first.

mod items;
mod closing;

use oneloop::stream::{Generator, Yielder, generator};
use oneloop::{Loop, Runner, sleep, try_finally};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

type Log = Rc<RefCell<Vec<String>>>;

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Runs on a paused clock, where a deadlock is a panic, to the end that `run` has.
fn run<F: Future>(main: F) -> F::Output {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    Runner::with_loop(event_loop).run(main)
}

/// Counts from 0, and says when it has cleaned up, which takes a moment.
fn counting(log: &Log) -> Generator<u32> {
    let log = log.clone();
    generator(async move |yielder: Yielder<u32>| {
        try_finally!({
            for number in 0.. {
                sleep(milliseconds(1)).await;
                yielder.give(number).await;
            }
        } finally {
            sleep(milliseconds(10)).await;
            log.borrow_mut().push("cleaned up".to_string());
        })
    })
}
