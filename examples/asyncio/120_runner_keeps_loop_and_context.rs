//! A `Runner` keeps one loop and one context over several runs; a task that one of them leaves behind lives on in the next, until the runner is closed.
//!
//! Feature row 19.

use crate::{py, runner};
use oneloop::cancel::{Caught, catch};
use oneloop::contextvars::ContextVar;
use oneloop::task::TaskId;
use oneloop::{all_tasks, create_task, sleep, yield_now};
use std::future::pending;
use std::time::Duration;

static VAR: ContextVar<&str> = ContextVar::with_default("var", || "unset");

async fn background() {
    let body = catch(async {
        sleep(Duration::from_millis(20)).await;
        println!("background finished in a later run");
        pending::<()>().await;
    });
    let said = async || println!("background cancelled at close");
    body.await.on_cancel(said).await;
}

async fn first() -> TaskId {
    VAR.set("set in first");
    let background = create_task(background());
    yield_now().await;
    background.id()
}

/// Says whether this is the loop of the task that the first run left.
async fn second(background: TaskId) -> bool {
    sleep(Duration::from_millis(50)).await;
    println!("second sees {}", VAR.get());
    all_tasks().iter().any(|task| task.id() == background)
}

pub(crate) fn main() {
    let runner = runner();
    let background = runner.run(first());
    println!("between the runs");
    let same = runner.run(second(background));
    println!("same loop {}", py(same));
    runner.close();
    println!("outside {}", VAR.get());
}
