//! A loop with a paused clock, and a list of what was said on it.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use oneloop::Loop;

/// Runs on a paused clock, where a deadlock is a panic.
pub(crate) fn run<F: Future>(main: F) -> F::Output {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main)
}

pub(crate) fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// What was said, by whom it may be, in order.
#[derive(Clone, Default)]
pub(crate) struct Story(Rc<RefCell<Vec<String>>>);

impl Story {
    pub(crate) fn say(&self, line: impl Into<String>) {
        self.0.borrow_mut().push(line.into());
    }

    /// All lines so far, which are then forgotten.
    pub(crate) fn told(&self) -> Vec<String> {
        self.0.take()
    }
}
