//! `yield_now` gives up exactly one turn, so equal tasks take turns, strictly one after the other.
//!
//! order: fifo

use crate::run;
use oneloop::{create_task, gather, yield_now};

async fn worker(name: &'static str, turns: u32) {
    for turn in 0..turns {
        println!("{name} {turn}");
        yield_now().await;
    }
    println!("{name} done");
}

pub(crate) fn main() {
    run(async {
        let workers = [worker("a", 3), worker("b", 2), worker("c", 3)];
        gather(workers.map(create_task)).await;
    });
}
