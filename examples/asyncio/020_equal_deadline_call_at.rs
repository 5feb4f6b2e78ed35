//! Timers with the very same deadline fire in one batch, first in, first out.
//!
//! order: fifo
//! differs: CPython's heap of timers is not stable; here equal deadlines keep their order.
//!
//! Pain 13.

use crate::{py, run};
use oneloop::{call_at, now, sleep};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        for count in [3, 4, 8] {
            let order = Rc::new(RefCell::new(vec![]));
            let when = now() + Duration::from_millis(30);
            for number in 0..count {
                let order = order.clone();
                call_at(when, move || order.borrow_mut().push(number));
            }
            sleep(Duration::from_millis(60)).await;
            let order = order.take();
            let mut sorted = order.clone();
            sorted.sort();
            let all: Vec<i32> = (0..count).collect();
            println!(
                "{count} timers: all fired {} | fifo {} | order {}",
                py(sorted == all),
                py(order == all),
                py(order)
            );
        }
    });
}
