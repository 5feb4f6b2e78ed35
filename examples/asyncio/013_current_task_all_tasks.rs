//! `all_tasks` lists the unfinished tasks, `current_task` is the one that runs: none in a callback.
//!
//! order: fifo

use crate::{py, run};
use oneloop::task::Builder;
use oneloop::{all_tasks, call_soon, current_task, sleep};
use std::time::Duration;

fn names() -> Vec<String> {
    let mut names: Vec<_> = all_tasks().iter().map(|task| task.name()).collect();
    names.sort();
    names
}

async fn child(milliseconds: u64) {
    println!("current {}", current_task().unwrap().name());
    sleep(Duration::from_millis(milliseconds)).await;
}

pub(crate) fn main() {
    run(async {
        current_task().unwrap().set_name("root");
        let first = Builder::new().name("a").create_task(child(20));
        let second = Builder::new().name("b").create_task(child(60));
        println!("{}", py(names()));
        call_soon(|| {
            let current = current_task().map(|task| task.name());
            println!("in callback {}", py(current));
        });
        first.await.unwrap();
        println!("{}", py(names()));
        second.await.unwrap();
        println!("{}", py(names()));
    });
}
