//! A task may catch a request, suppress it and go on; `cancelling` still counts the request.

use crate::{py, run};
use oneloop::cancel::catch;
use oneloop::{create_task, current_task, sleep};
use std::time::Duration;

async fn stubborn() -> &'static str {
    if let Err(cancelled) = catch(sleep(Duration::from_secs(5))).await {
        cancelled.suppress();
        println!(
            "swallowed; cancelling = {}",
            current_task().unwrap().cancelling()
        );
    }
    sleep(Duration::from_millis(10)).await;
    "finished anyway"
}

pub(crate) fn main() {
    run(async {
        let task = create_task(stubborn());
        sleep(Duration::from_millis(10)).await;
        task.cancel();
        println!("result: {}", (&task).await.unwrap());
        println!(
            "cancelled {} cancelling {}",
            py(task.cancelled()),
            task.cancelling()
        );
    });
}
