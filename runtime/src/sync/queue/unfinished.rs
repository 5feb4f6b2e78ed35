//! [`Unfinished`]: how many items were put in and are not done with, and who waits for the last one.
//!
//! Read next: `error.rs`.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;

use super::super::place::{Place, Standing};
use super::super::wait_queue::WaitQueue;
use super::NothingUnfinished;
use crate::debug::Thing;

/// The count behind `task_done` and `join`.
#[derive(Default)]
pub(super) struct Unfinished {
    count: Cell<usize>,
    /// To be served is to have seen the count at 0.
    waiting: WaitQueue,
}

impl Unfinished {
    pub(super) fn begin_one(&self) {
        self.count.set(self.count.get() + 1);
    }

    pub(super) fn finish_one(&self) -> Result<(), NothingUnfinished> {
        if self.count.get() == 0 {
            return Err(NothingUnfinished);
        }
        self.finish_many(1);
        Ok(())
    }

    /// Counts so many as done; `task_done` may have been called for some of them already.
    pub(super) fn finish_many(&self, done: usize) {
        self.count.set(self.count.get().saturating_sub(done));
        if self.count.get() == 0 {
            for waker in self.waiting.serve_all() {
                waker.wake();
            }
        }
    }

    /// Waits until nothing is unfinished, be it for a moment.
    pub(super) async fn wait(&self) {
        let mut place = Place::new(&self.waiting, Thing::QueueDone);
        poll_fn(|context| {
            let is_over = |standing| match standing {
                Standing::Served => true,
                Standing::Newcomer => self.count.get() == 0,
                Standing::Waiting => false,
            };
            place.poll(context, |waker| waker, is_over).map(|_| ())
        })
        .await;
    }
}

impl fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} items, {:?}", self.count.get(), self.waiting)
    }
}
