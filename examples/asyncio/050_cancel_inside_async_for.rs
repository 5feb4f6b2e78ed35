//! Cancelling a task that awaits a stream's next item drops the stream before the loop around it.

use crate::{py, run};
use oneloop::{create_task, sleep, try_finally, wait};
use std::time::Duration;

/// Where Python has a generator, Rust has a value with a method; its `finally` is `Drop`.
struct Numbers {
    next: u32,
}

impl Numbers {
    async fn next(&mut self) -> Option<u32> {
        if self.next > 0 {
            sleep(Duration::from_millis(50)).await;
        }
        let number = self.next;
        self.next += 1;
        (number < 10).then_some(number)
    }
}

impl Drop for Numbers {
    fn drop(&mut self) {
        println!("generator finally");
    }
}

async fn consume() {
    try_finally!({
        let mut numbers = Numbers { next: 0 };
        while let Some(number) = numbers.next().await {
            println!("item {number}");
        }
    } finally {
        println!("consumer finally");
    })
}

pub(crate) fn main() {
    run(async {
        let task = create_task(consume());
        sleep(Duration::from_millis(80)).await;
        task.cancel();
        let waited = wait([task]).await;
        println!("cancelled {}", py(waited.done[0].cancelled()));
    });
}
