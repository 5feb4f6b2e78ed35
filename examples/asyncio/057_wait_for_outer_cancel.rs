//! Cancelling who awaits `wait_for` is no timeout: the inner work cleans up, then the request goes on.
//!
//! Pains 7, 10.

use crate::{py, run};
use oneloop::cancel::{catch, finally};
use oneloop::{create_task, sleep, wait, wait_for};
use std::time::Duration;

async fn inner() {
    let clean_up = async || {
        sleep(Duration::from_millis(20)).await;
        println!("inner cleaned up");
    };
    finally(sleep(Duration::from_secs(5)), clean_up).await;
}

async fn caller() {
    match catch(wait_for(inner(), Duration::from_secs(3))).await {
        Ok(Ok(())) => println!("caller: done"),
        Ok(Err(_elapsed)) => println!("caller: TimeoutError"),
        Err(cancelled) => {
            println!("caller: CancelledError");
            cancelled.resume().await;
        }
    }
}

pub(crate) fn main() {
    run(async {
        let task = create_task(caller());
        sleep(Duration::from_millis(10)).await;
        task.cancel();
        let waited = wait([task]).await;
        println!("cancelled {}", py(waited.done[0].cancelled()));
    });
}
