//! An empty `gather` gives nothing; a task that stands in it twice runs once and fills both places.
//!
//! order: fifo
//!
//! Feature row 28.

use crate::{py, run};
use oneloop::{Task, create_task, gather, yield_now};

async fn once(name: &str) -> &str {
    println!("runs {name}");
    yield_now().await;
    name
}

pub(crate) fn main() {
    run(async {
        let nothing: [Task<&str>; 0] = [];
        let outputs: Vec<&str> = gather(nothing)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        println!("{}", py(outputs));
        let task = create_task(once("task"));
        // A future runs where it stands, and so can stand in one place only: share a task.
        let future = create_task(once("coro"));
        let outputs = gather([&future, &task, &future, &task]).await;
        let outputs: Vec<&str> = outputs.into_iter().map(Result::unwrap).collect();
        println!("{}", py(outputs));
    });
}
