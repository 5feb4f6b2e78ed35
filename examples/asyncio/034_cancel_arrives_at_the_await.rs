//! `cancel` only asks: the task is dropped at the `.await` where it waits, when its turn comes.

use crate::{py, run};
use oneloop::cancel::{Caught, catch};
use oneloop::{create_task, sleep};
use std::future::pending;
use std::time::Duration;

async fn victim() {
    println!("victim waits");
    catch(pending::<()>())
        .await
        .on_cancel(async || println!("victim got CancelledError"))
        .await;
}

pub(crate) fn main() {
    run(async {
        let mut task = create_task(victim());
        sleep(Duration::from_millis(10)).await;
        println!("cancel() returned {}", py(task.cancel()));
        let (done, cancelled) = (py(task.done()), py(task.cancelled()));
        println!("right after: done {done} cancelled {cancelled}");
        if let Err(error) = (&mut task).await {
            assert!(error.is_cancelled());
            println!(
                "main sees CancelledError; cancelled {}",
                py(task.cancelled())
            );
        }
    });
}
