//! Awaiting what is done already, a promise or a task, lets nothing else run in between.

use crate::run;
use oneloop::sync::Promise;
use oneloop::{call_soon, create_task, sleep};
use std::time::Duration;

pub(crate) fn main() {
    run(async {
        let promise = Promise::new();
        promise.set_result("done-value").unwrap();
        let task = create_task(async { "task-value" });
        sleep(Duration::from_millis(20)).await;

        call_soon(|| println!("other callback"));
        println!("{}", (&promise).await.unwrap());
        println!("{}", task.await.unwrap());
        println!("no switch so far");
        sleep(Duration::from_millis(10)).await;
        println!("end");
    });
}
