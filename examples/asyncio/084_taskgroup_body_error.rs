//! An error of a group's body cancels its tasks, and comes after the errors that they give.

use crate::{py, run};
use oneloop::cancel::{catch, finally};
use oneloop::{TaskGroup, sleep};
use std::future::pending;
use std::time::Duration;

type Outcome = Result<(), &'static str>;

async fn child() -> Outcome {
    finally(pending(), async || println!("child cancelled")).await
}

async fn failing_child() -> Outcome {
    match catch(pending()).await {
        Ok(outcome) => outcome,
        Err(_cancelled) => Err("OSError"),
    }
}

pub(crate) fn main() {
    run(async {
        let group = TaskGroup::scope(async |group| {
            group.spawn(child());
            group.spawn(failing_child());
            sleep(Duration::from_millis(10)).await;
            Err::<(), _>("ValueError")
        });
        if let Err(failed) = group.await {
            println!("{}", py(failed.into_errors()));
        }
    });
}
