//! An unfinished task has no result; afterwards it has a value, an error or a cancellation.
//!
//! Feature row 5.

use crate::{py, run};
use oneloop::{Task, create_task, sleep, yield_now};
use std::time::Duration;

type Outcome = Result<i32, &'static str>;

async fn ok() -> Outcome {
    yield_now().await;
    Ok(5)
}

async fn bad() -> Outcome {
    Err("ZeroDivisionError")
}

async fn slow() -> Outcome {
    sleep(Duration::from_secs(5)).await;
    Ok(0)
}

fn show(when: &str, task: &Task<Outcome>) {
    let raises = |error: &str| format!("raises {error}");
    let (result, exception) = match task.result() {
        None => (raises("InvalidStateError"), raises("InvalidStateError")),
        Some(Ok(Ok(value))) => (value.to_string(), "None".to_string()),
        Some(Ok(Err(error))) => (raises(error), error.to_string()),
        Some(Err(_join_error)) => (raises("CancelledError"), raises("CancelledError")),
    };
    let (done, cancelled) = (py(task.done()), py(task.cancelled()));
    println!("{when} done {done} cancelled {cancelled} | result {result} | exception {exception}");
}

pub(crate) fn main() {
    run(async {
        let (returns, raises, cancelled) =
            (create_task(ok()), create_task(bad()), create_task(slow()));
        show("pending", &returns);
        yield_now().await;
        show("started", &returns);
        cancelled.cancel();
        show("cancel requested", &cancelled);
        sleep(Duration::from_millis(20)).await;
        show("returned", &returns);
        show("raised", &raises);
        show("cancelled", &cancelled);
    });
}
