//! A task that never suspends holds up all others until it has ended; one that yields lets them in.
//!
//! order: fifo
//!
//! Feature row 9.

use crate::run;
use oneloop::{Task, create_task, yield_now};

async fn greedy() {
    for part in 0..3 {
        println!("greedy part {part}");
    }
}

async fn polite() {
    for part in 0..3 {
        println!("polite part {part}");
        yield_now().await;
    }
}

async fn tick() {
    for number in 0..2 {
        println!("  tick {number}");
        yield_now().await;
    }
}

async fn beside_a_ticker(worker: Task<()>) {
    let ticker = create_task(tick());
    worker.await.unwrap();
    ticker.await.unwrap();
}

pub(crate) fn main() {
    run(async {
        beside_a_ticker(create_task(greedy())).await;
        beside_a_ticker(create_task(polite())).await;
    });
}
