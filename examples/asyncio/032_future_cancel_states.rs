//! `cancel` on a pending promise returns true and wakes its waiter; on one that is done, false.
//!
//! Whose promise was cancelled by somebody else gets that as a value, and may cancel itself by it.

use crate::{py, run};
use oneloop::sync::{InvalidState, Promise, PromiseError};
use oneloop::{create_task, current_task, sleep, wait, yield_now};
use std::time::Duration;

async fn waiter(promise: Promise<i32>) {
    if let Err(PromiseError::Cancelled) = (&promise).await {
        println!("waiter saw CancelledError");
        current_task().unwrap().cancel();
        yield_now().await;
    }
}

pub(crate) fn main() {
    run(async {
        let promise = Promise::new();
        let task = create_task(waiter(promise.clone()));
        sleep(Duration::from_millis(10)).await;
        let (first, again) = (py(promise.cancel()), py(promise.cancel()));
        let (cancelled, done) = (py(promise.cancelled()), py(promise.done()));
        println!("cancel {first} again {again} cancelled {cancelled} done {done}");
        if let Err(InvalidState) = promise.set_result(1) {
            println!("set_result after cancel: InvalidStateError");
        }
        let waited = wait([task]).await;
        println!(
            "waiter task cancelled too {}",
            py(waited.done[0].cancelled())
        );

        let kept = Promise::new();
        kept.set_result(3).unwrap();
        let cancelled = py(kept.cancel());
        println!(
            "cancel done future {cancelled} value kept {}",
            kept.result().unwrap().unwrap()
        );
    });
}
