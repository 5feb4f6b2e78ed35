//! `as_completed` gives the outcomes of tasks in the order in which they end, errors included.

use crate::run;
use oneloop::{as_completed, create_task, sleep};
use std::time::Duration;

async fn work(name: &'static str, milliseconds: u64) -> Result<&'static str, &'static str> {
    sleep(Duration::from_millis(milliseconds)).await;
    match name {
        "bad" => Err(name),
        _ => Ok(name),
    }
}

pub(crate) fn main() {
    run(async {
        let works = [work("slow", 70), work("quick", 10), work("bad", 40)];
        let mut outcomes = as_completed(works.map(create_task));
        while let Some((_index, outcome)) = outcomes.next().await {
            match outcome.unwrap() {
                Ok(name) => println!("result {name}"),
                Err(name) => println!("exception {name}"),
            }
        }
    });
}
