//! A cancel wins over a promise that is kept already, if its waiter has not had its turn yet.
//!
//! The value is not lost: it stays in the promise.

use crate::{py, run};
use oneloop::cancel::{Caught, catch};
use oneloop::sync::Promise;
use oneloop::{create_task, sleep, wait};
use std::time::Duration;

async fn waiter(promise: Promise<&'static str>) {
    catch(async { println!("got {}", (&promise).await.unwrap()) })
        .await
        .on_cancel(async || {
            let done = py(promise.done());
            let value = promise.result().unwrap().unwrap();
            println!("CancelledError; but the future itself is done: {done} value {value}");
        })
        .await;
}

pub(crate) fn main() {
    run(async {
        let promise = Promise::new();
        let task = create_task(waiter(promise.clone()));
        sleep(Duration::from_millis(10)).await;
        promise.set_result("value").unwrap();
        println!("cancel() returned {}", py(task.cancel()));
        let waited = wait([task]).await;
        println!("cancelled {}", py(waited.done[0].cancelled()));
    });
}
