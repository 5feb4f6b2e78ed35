//! Long work that yields between its parts lets a ticker be on time; in one step it makes it late.
//!
//! The work takes 400 ms, in 40 parts, and the ticker counts as late from 200 ms on: a busy machine
//! can make some of these of the 10 ms that one part takes.
//!
//! clock: real
//! order: fifo
//!
//! Feature row 147.

use crate::run;
use oneloop::{create_task, sleep, yield_now};
use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

/// Wants to tick every 20 ms, and notes how late it was at most.
async fn ticker(late: Rc<Cell<Duration>>) {
    let period = Duration::from_millis(20);
    loop {
        let wanted = Instant::now() + period;
        sleep(period).await;
        late.set(late.get().max(wanted.elapsed()));
    }
}

async fn work(split: bool) {
    for _ in 0..40 {
        thread::sleep(Duration::from_millis(10)); // Stands for work that takes so long.
        if split {
            yield_now().await;
        }
    }
}

pub(crate) fn main() {
    run(async {
        for (how, split) in [("in one step", false), ("in parts", true)] {
            let late = Rc::new(Cell::new(Duration::ZERO));
            let task = create_task(ticker(late.clone()));
            yield_now().await;
            create_task(work(split)).await.unwrap();
            sleep(Duration::from_millis(50)).await;
            task.cancel();
            let is_late = late.get() > Duration::from_millis(200);
            println!("{how}: {}", if is_late { "late" } else { "on time" });
        }
    });
}
