//! When `wait` runs out of time it raises nothing and cancels nothing: the rest is in `pending`.
//!
//! Feature rows 30, 31.

use crate::{py, run};
use oneloop::task::Builder;
use oneloop::{Task, sleep, wait};
use std::time::Duration;

async fn work(name: &'static str, milliseconds: u64) -> &'static str {
    sleep(Duration::from_millis(milliseconds)).await;
    name
}

fn names(tasks: &[Task<&str>]) -> Vec<String> {
    tasks.iter().map(Task::name).collect()
}

pub(crate) fn main() {
    run(async {
        let tasks = [("quick", 10), ("slow", 60)].map(|(name, milliseconds)| {
            Builder::new()
                .name(name)
                .create_task(work(name, milliseconds))
        });
        let mut waited = wait(tasks).timeout(Duration::from_millis(30)).await;
        println!(
            "done {} pending {}",
            py(names(&waited.done)),
            py(names(&waited.pending))
        );
        let slow = waited.pending.remove(0);
        println!(
            "pending cancelled {} done {}",
            py(slow.cancelled()),
            py(slow.done())
        );
        println!("later gives {}", slow.await.unwrap());
    });
}
