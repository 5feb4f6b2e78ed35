//! `wait` parts the tasks into done and pending, raises nothing, and by default waits for all.
//!
//! Feature row 30.

use crate::{py, run};
use oneloop::task::Builder;
use oneloop::{sleep, wait};
use std::time::Duration;

async fn work(number: u64) -> Result<u64, &'static str> {
    sleep(Duration::from_millis(10 * number)).await;
    match number {
        2 => Err("inside"),
        _ => Ok(number),
    }
}

pub(crate) fn main() {
    run(async {
        let named = |number| {
            Builder::new()
                .name(format!("t{number}"))
                .create_task(work(number))
        };
        let tasks = [3, 1, 2].map(named);
        let ids = [0, 1, 2].map(|index: usize| tasks[index].id());
        let mut waited = wait(tasks).await;
        waited.done.sort_by_key(|task| task.name());
        let names: Vec<_> = waited.done.iter().map(|task| task.name()).collect();
        println!("done {} pending {}", py(names), waited.pending.len());

        waited
            .done
            .sort_by_key(|task| ids.iter().position(|id| *id == task.id()));
        let same = waited.done.iter().map(|task| task.id()).eq(ids);
        println!("same objects {}", py(same));
        for task in waited.done {
            let name = task.name();
            match task.await.unwrap() {
                Ok(number) => println!("{name} {number}"),
                Err(_inside) => println!("{name} exception"),
            }
        }
    });
}
