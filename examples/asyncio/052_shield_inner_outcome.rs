//! `shield` passes on what became of the task: its value, its error, its cancellation.

use crate::run;
use oneloop::{call_later, create_task, current_task, shield, sleep};
use std::rc::Rc;
use std::time::Duration;

async fn ok() -> i32 {
    1
}

async fn bad() -> Result<(), &'static str> {
    Err("b")
}

pub(crate) fn main() {
    run(async {
        println!("result {}", shield(&create_task(ok())).await.unwrap());
        if let Err(error) = shield(&create_task(bad())).await.unwrap() {
            println!("exception {error}");
        }
        let task = Rc::new(create_task(sleep(Duration::from_secs(5))));
        let found = task.clone();
        call_later(Duration::from_millis(10), move || {
            found.cancel();
        });
        if shield(&task).await.is_err_and(|error| error.is_cancelled()) {
            let cancelling = current_task().unwrap().cancelling();
            println!("inner was cancelled; awaiter's own cancelling() = {cancelling}");
        }
    });
}
