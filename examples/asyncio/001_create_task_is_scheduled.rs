//! `create_task` only schedules: nothing of the task runs until its creator suspends.
//!
//! order: fifo
//!
//! Feature row 22.

use crate::{py, run};
use oneloop::{create_task, yield_now};

pub(crate) fn main() {
    run(async {
        let task = create_task(async { println!("child runs") });
        println!("after create_task, done = {}", py(task.done()));
        yield_now().await;
        println!("after one yield, done = {}", py(task.done()));
    });
}
