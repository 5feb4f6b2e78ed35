//! Each one who awaits a task that fails gets a copy of its error, in the order of waiting.

use crate::run;
use oneloop::{Task, create_task, gather, sleep};
use std::time::Duration;

#[derive(Clone, Debug)]
struct KeyError;

async fn bad() -> Result<(), KeyError> {
    sleep(Duration::from_millis(20)).await;
    Err(KeyError)
}

/// By reference, a task can be awaited by many, since its outcome is `Clone`.
async fn waiter(number: usize, task: &Task<Result<(), KeyError>>) {
    if let Err(KeyError) = task.await.unwrap() {
        println!("w{number} caught KeyError");
    }
}

pub(crate) fn main() {
    run(async {
        let task = create_task(bad());
        gather((0..3).map(|number| waiter(number, &task))).await;
        let error = task.await.unwrap().unwrap_err();
        println!("task.exception() type {error:?}");
    });
}
