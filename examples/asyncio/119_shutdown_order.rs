//! `run` ends in a fixed order: it cancels left-over tasks, then closes open generators, then waits for the threads of its pool.
//!
//! clock: real
//! order: fifo
//!
//! Feature row 19.

use crate::run;
use oneloop::cancel::finally;
use oneloop::stream::{Generator, Yielder, generator};
use oneloop::{create_task, run_in_executor, sleep, try_finally, yield_now};
use std::thread;
use std::time::Duration;

fn numbers() -> Generator<u32> {
    generator(async |yielder: Yielder<u32>| {
        try_finally!({
            yielder.give(1).await;
            yielder.give(2).await;
        } finally {
            yield_now().await;
            println!("2 async generator closed");
        })
    })
}

async fn background() {
    let said = async || println!("1 leftover task cancelled");
    finally(sleep(Duration::from_secs(5)), said).await;
}

fn slow_thread() {
    thread::sleep(Duration::from_millis(60));
    println!("3 executor thread finished");
}

pub(crate) fn main() {
    let kept = run(async {
        let mut numbers = numbers();
        numbers.next().await;
        let task = create_task(background());
        // To drop it would be to cancel it, if no thread has begun it.
        let job = run_in_executor(None, slow_thread);
        yield_now().await;
        println!("0 main returns");
        (numbers, task, job)
    });
    println!("4 run returned");
    drop(kept);
}
