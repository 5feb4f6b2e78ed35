//! Scenarios of worker processes: whatever is interrupted, the pool goes on, and no worker stays. The workers
//! are this test program, in which they run `worker`. This ends the tables.

use crate::registry::{Row, three};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::{Loop, yield_now};
use oneloop_net::process_pool::{Function, ProcessPool, init};
use std::cell::Cell;
use std::time::Duration;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "a function in a worker process",
        2,
        &[
            "process_pool::ProcessPool::submit",
            "Future for process_pool::Job",
        ],
        || cancel_at_every_await(submitting),
    ),
    Row::new(
        "the end of a process pool",
        1,
        &["process_pool::ProcessPool::shutdown"],
        || cancel_at_every_await(ending),
    ),
];

const SLOWLY: Function<u32, u32> = Function::new("slowly", |n| {
    std::thread::sleep(Duration::from_millis(20));
    2 * n
});

#[test]
fn worker() {
    init(&[&SLOWLY]);
}

fn pool() -> ProcessPool {
    let builder = ProcessPool::builder().arguments(["--exact", "pools::worker"]);
    builder.quiet(true).build(1)
}

/// Waits until the workers have ended and are fetched, which takes real time.
async fn all_are_fetched() {
    while Loop::current().unwrap().stats().registered > 0 {
        std::thread::sleep(Duration::from_millis(1));
        yield_now().await;
    }
}

async fn submitting() -> Scenario {
    let (asks, _, looks) = three(Cell::new(Some(pool())));
    Scenario::new(async move {
        let pool = asks.take().unwrap();
        let first = pool.submit(&SLOWLY, &1);
        let second = pool.submit(&SLOWLY, &2);
        asks.set(Some(pool));
        assert_eq!(second.await.unwrap(), 4);
        assert_eq!(first.await.unwrap(), 2);
        let pool = asks.take().unwrap();
        let third = pool.submit(&SLOWLY, &3);
        asks.set(Some(pool));
        assert_eq!(third.await.unwrap(), 6);
    })
    .after(async move {
        let pool = looks.take().unwrap();
        assert_eq!(pool.submit(&SLOWLY, &4).await.unwrap(), 8, "it goes on");
        pool.shutdown().await;
        all_are_fetched().await;
    })
}

async fn ending() -> Scenario {
    let pool = pool();
    let job = pool.submit(&SLOWLY, &5);
    Scenario::new(pool.shutdown())
        .beside(async move { assert_eq!(job.await.unwrap(), 10, "it was awaited") })
        .after(all_are_fetched())
}
