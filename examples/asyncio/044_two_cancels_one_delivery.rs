//! Two requests before the task has its turn are delivered as one.

use crate::{py, run};
use oneloop::cancel::catch;
use oneloop::{create_task, current_task, sleep};
use std::time::Duration;

async fn victim() {
    let mut hits = 0;
    for _ in 0..3 {
        if let Err(cancelled) = catch(sleep(Duration::from_millis(20))).await {
            cancelled.suppress();
            hits += 1;
        }
    }
    let cancelling = current_task().unwrap().cancelling();
    println!("CancelledError seen {hits} time(s); cancelling {cancelling}");
}

pub(crate) fn main() {
    run(async {
        let task = create_task(victim());
        sleep(Duration::from_millis(10)).await;
        task.cancel();
        task.cancel();
        (&task).await.unwrap();
        println!("ended normally {}", py(!task.cancelled()));
    });
}
