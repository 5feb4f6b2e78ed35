//! Awaiting a future runs it inline in the same task, with no way through the ready queue.
//!
//! Feature row 3.

use crate::{py, run};
use oneloop::task::TaskId;
use oneloop::{call_soon, current_task, sleep};
use std::time::Duration;

async fn inner(main: TaskId) -> i32 {
    println!(
        "inner in same task: {}",
        py(current_task().unwrap().id() == main)
    );
    7
}

pub(crate) fn main() {
    run(async {
        let main = current_task().unwrap().id();
        call_soon(|| println!("ready-queue callback"));
        println!("result {}", inner(main).await);
        println!("callback has not run yet");
        sleep(Duration::from_millis(10)).await;
        println!("end");
    });
}
