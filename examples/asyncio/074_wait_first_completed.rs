//! `first_completed` comes back with the first task that ends; the rest run on.
//!
//! Feature row 30.

use crate::{py, run};
use oneloop::task::Builder;
use oneloop::{Task, sleep, wait};
use std::time::Duration;

fn names(tasks: &[Task<()>]) -> Vec<String> {
    let mut names: Vec<_> = tasks.iter().map(Task::name).collect();
    names.sort();
    names
}

pub(crate) fn main() {
    run(async {
        let start = |number: u64| {
            let work = sleep(Duration::from_millis(30 * number));
            Builder::new().name(format!("t{number}")).create_task(work)
        };
        let mut pending: Vec<_> = [3, 1, 2].map(start).into();
        while !pending.is_empty() {
            let waited = wait(pending).first_completed().await;
            pending = waited.pending;
            println!(
                "done {} pending {} cancelled {}",
                py(names(&waited.done)),
                py(names(&pending)),
                py(pending.iter().any(Task::cancelled))
            );
        }
    });
}
