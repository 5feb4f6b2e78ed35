//! A call that blocks inside a task stops every task; on a thread it stops nobody.
//!
//! clock: real
//! order: fifo
//!
//! Feature row 12.

use crate::run;
use oneloop::{create_task, sleep, to_thread, yield_now};
use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

const LONG: Duration = Duration::from_millis(300);

async fn ticker(ticks: Rc<Cell<u32>>) {
    loop {
        ticks.set(ticks.get() + 1);
        sleep(Duration::from_millis(20)).await;
    }
}

async fn blocks() {
    thread::sleep(LONG); // It looks async, being called in a task, and is not.
}

async fn offloads() {
    to_thread(|| thread::sleep(LONG)).await.unwrap();
}

async fn beside_a_ticker(name: &str, work: impl Future<Output = ()>) {
    let ticks = Rc::new(Cell::new(0));
    let task = create_task(ticker(ticks.clone()));
    yield_now().await;
    let before = ticks.get();
    work.await;
    let during = ticks.get() - before;
    task.cancel();
    let outcome = if during > 1 { "went on" } else { "stood still" };
    println!("{name}: the ticker {outcome}");
}

pub(crate) fn main() {
    run(async {
        beside_a_ticker("blocks", blocks()).await;
        beside_a_ticker("offloads", offloads()).await;
    });
}
