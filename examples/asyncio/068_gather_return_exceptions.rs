//! `gather` waits for all, and errors stand in their places: Python's `return_exceptions=True`.
//!
//! Feature row 28.

use crate::run;
use oneloop::{call_later, create_task, gather, sleep};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

async fn work(number: i32, milliseconds: u64) -> Result<i32, i32> {
    sleep(Duration::from_millis(milliseconds)).await;
    match number % 2 {
        0 => Ok(number),
        _ => Err(number),
    }
}

fn show(outcome: Result<i32, i32>) {
    match outcome {
        Ok(number) => println!("int {number}"),
        Err(number) => println!("ValueError ({number},)"),
    }
}

pub(crate) fn main() {
    run(async {
        let victim = Rc::new(create_task(pending::<()>()));
        let found = victim.clone();
        call_later(Duration::from_millis(10), move || {
            found.cancel();
        });
        let all = gather((work(0, 30), work(1, 20), &*victim, work(2, 0))).await;
        show(all.0);
        show(all.1);
        if all.2.is_err_and(|error| error.is_cancelled()) {
            println!("CancelledError ");
        }
        show(all.3);
    });
}
