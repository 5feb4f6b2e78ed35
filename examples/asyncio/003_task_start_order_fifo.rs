//! Tasks take their first step in the order of their creation, once their creator suspends.
//!
//! order: fifo
//!
//! Feature row 22.

use crate::run;
use oneloop::{create_task, yield_now};

async fn child(number: u32) {
    println!("start {number}");
    yield_now().await;
    println!("second step {number}");
}

pub(crate) fn main() {
    run(async {
        let tasks: Vec<_> = (0..4).map(|number| create_task(child(number))).collect();
        println!("created");
        for task in tasks {
            task.await.unwrap();
        }
    });
}
