//! Tasks that wait for one promise all wake, in the order in which they began to wait.
//!
//! order: fifo
//!
//! Feature row 142.

use crate::run;
use oneloop::sync::Promise;
use oneloop::{create_task, wait, yield_now};

pub(crate) fn main() {
    run(async {
        let promise = Promise::new();
        let mut tasks = vec![];
        for name in ["x", "y", "z"] {
            let value = promise.future();
            tasks.push(create_task(async move {
                println!("{name} got {}", value.await.unwrap());
            }));
            yield_now().await;
        }
        promise.set_result(42).unwrap();
        println!("result set");
        wait(tasks).await;
    });
}
