//! With `try_gather` the first error comes out at once; tasks that are shielded run on.
//!
//! asyncio's `gather` never cancels the siblings. Here `try_gather` does, and waits for them: what
//! shall go on is a task, behind `shield`.
//!
//! Feature row 28.
//! Pain 4.

use crate::{py, run};
use oneloop::{Task, create_task, shield, sleep, try_gather};
use std::time::Duration;

type Outcome = Result<&'static str, &'static str>;

async fn work(name: &'static str, milliseconds: u64, outcome: Outcome) -> Outcome {
    sleep(Duration::from_millis(milliseconds)).await;
    println!(
        "{name} {}",
        if outcome.is_ok() {
            "finished"
        } else {
            "raises"
        }
    );
    outcome
}

async fn shielded(task: &Task<Outcome>) -> Outcome {
    shield(task).await.unwrap()
}

pub(crate) fn main() {
    run(async {
        let long = create_task(work("long", 60, Ok("long")));
        let second = create_task(work("bad2", 40, Err("second")));
        let bad = work("bad", 20, Err("first"));
        if let Err(error) = try_gather((shielded(&long), bad, shielded(&second))).await {
            println!("gather raised {error} | long done {}", py(long.done()));
        }
        println!("long gives {}", long.await.unwrap().unwrap());
    });
}
