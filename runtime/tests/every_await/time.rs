//! Scenarios of waits for a time. No timer may be left, nor what a bounded body held.
//! Next: `tasks.rs`.

use crate::registry::{Row, three};
use crate::workers::{Pool, seconds};
use oneloop::sync::Lock;
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::time::{Timeout, interval};
use oneloop::{now, sleep, sleep_until, timeout, timeout_at, wait_for};

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "sleeping",
        3,
        &["time::sleep", "time::sleep_until", "Future for time::Sleep"],
        || cancel_at_every_await(sleeping),
    ),
    Row::new("an interval", 2, &["time::Interval::tick"], || {
        cancel_at_every_await(ticks)
    }),
    Row::new(
        "work in good time",
        4,
        &[
            "time::timeout",
            "time::timeout_at",
            "time::wait_for",
            "time::Timeout::run",
            "Future for time::TimeoutFuture",
        ],
        || cancel_at_every_await(async || bounded(true)),
    ),
    Row::new("work that takes too long", 4, &[], || {
        cancel_at_every_await(async || bounded(false))
    }),
];

async fn sleeping() -> Scenario {
    Scenario::new(async {
        sleep(seconds(1)).await;
        sleep_until(now() + seconds(1)).await;
        sleep(seconds(0)).await;
    })
    // Due in the same moment.
    .beside(sleep(seconds(1)))
}

async fn ticks() -> Scenario {
    let begin = now();
    let (takes, _, looks) = three(Lock::new((interval(seconds(1)), 0)));
    Scenario::new(async move {
        let mut guard = takes.try_lock().unwrap();
        let (interval, seen) = &mut *guard;
        for _ in 0..3 {
            interval.tick().await;
            *seen += 1;
        }
    })
    .after(async move {
        let mut guard = looks.lock().await;
        let (interval, seen) = &mut *guard;
        // The tick that nobody saw is the next one.
        assert_eq!(interval.tick().await, begin + seconds(*seen));
    })
}

fn bounded(in_time: bool) -> Scenario {
    let pool = Pool::new(1);
    let (other, looks) = (pool.clone(), pool.clone());
    let length = if in_time { 1 } else { 100 };
    let limit = seconds(10);
    Scenario::new(async move {
        let work = || pool.clone().work(length);
        assert_eq!(timeout(limit, work()).await.is_ok(), in_time);
        assert_eq!(timeout_at(now() + limit, work()).await.is_ok(), in_time);
        assert_eq!(wait_for(work(), limit).await.is_ok(), in_time);
        let moved = Timeout::never();
        let body = async {
            moved.reschedule(now() + limit).unwrap();
            work().await
        };
        assert_eq!(moved.run(body).await.is_ok(), in_time);
    })
    .beside(async move {
        other.work(1).await;
    })
    .after(looks.expect_whole())
}
