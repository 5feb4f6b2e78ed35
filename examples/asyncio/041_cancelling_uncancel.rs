//! Each `cancel` adds one to `cancelling`, and `uncancel` takes one away, never below zero.

use crate::{py, run};
use oneloop::cancel::catch;
use oneloop::{create_task, current_task, sleep};
use std::time::Duration;

async fn victim() {
    let me = current_task().unwrap();
    println!("start {}", me.cancelling());
    if let Err(cancelled) = catch(sleep(Duration::from_secs(5))).await {
        cancelled.suppress();
        println!("caught {}", me.cancelling());
    }
    for _ in 0..3 {
        println!("uncancel -> {}", me.uncancel());
    }
    sleep(Duration::ZERO).await;
    println!("runs on after uncancel");
}

pub(crate) fn main() {
    run(async {
        let task = create_task(victim());
        sleep(Duration::from_millis(10)).await;
        for _ in 0..2 {
            println!("cancel {} {}", py(task.cancel()), task.cancelling());
        }
        task.await.unwrap();
    });
}
