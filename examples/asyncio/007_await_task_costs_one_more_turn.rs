//! Whoever awaits a task is woken through the ready queue: what the task queued before runs first.
//!
//! order: fifo

use crate::run;
use oneloop::{call_soon, create_task};

pub(crate) fn main() {
    run(async {
        let task = create_task(async {
            call_soon(|| println!("queued by child before it ends"));
            println!("child ends");
            1
        });
        println!("main got {}", task.await.unwrap());
    });
}
