//! Scenarios of what tasks wait for in line: locks, permits, events. Next: `carriers.rs`.

use crate::registry::{Row, three};
use oneloop::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, RwLock, Semaphore};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::yield_now;

pub(crate) const ROWS: &[Row] = &[
    Row::new("a lock", 1, &["sync::Lock::lock"], || {
        cancel_at_every_await(lock)
    }),
    Row::new(
        "a reader behind a writer",
        1,
        &["sync::rw_lock::RwLock::read"],
        || cancel_at_every_await(reader),
    ),
    Row::new(
        "a writer behind a reader",
        1,
        &["sync::rw_lock::RwLock::write"],
        || cancel_at_every_await(writer),
    ),
    Row::new(
        "a semaphore",
        1,
        &["sync::semaphore::Semaphore::acquire"],
        || cancel_at_every_await(semaphore),
    ),
    Row::new(
        "a bounded semaphore",
        1,
        &["sync::bounded_semaphore::BoundedSemaphore::acquire"],
        || cancel_at_every_await(bounded_semaphore),
    ),
    Row::new("an event", 1, &["sync::Event::wait"], || {
        cancel_at_every_await(event)
    }),
    Row::new("a barrier", 1, &["sync::Barrier::wait"], || {
        cancel_at_every_await(barrier)
    }),
    Row::new(
        "a condition",
        4,
        &[
            "sync::condition::Condition::lock",
            "sync::condition::ConditionGuard::wait",
            "sync::condition::ConditionGuard::wait_for",
        ],
        || cancel_at_every_await(condition),
    ),
];

async fn lock() -> Scenario {
    let (takes, gives, looks) = three(Lock::new(1));
    gives.try_lock().unwrap().forget();
    Scenario::new(async move { *takes.lock().await += 1 })
        .beside(async move { gives.release().unwrap() })
        .after(async move {
            assert!(!looks.locked());
            assert!((1..=2).contains(&*looks.lock().await));
        })
}

async fn reader() -> Scenario {
    let (takes, holds, looks) = three(RwLock::new(1));
    let (begin, begun, _) = three(Event::new());
    Scenario::new(async move {
        begun.wait().await;
        assert_eq!(*takes.read().await, 2);
    })
    .beside(async move {
        let mut number = holds.write().await;
        begin.set();
        yield_now().await;
        yield_now().await;
        *number += 1;
    })
    .after(async move { assert!(looks.try_write().is_some()) })
}

async fn writer() -> Scenario {
    let (takes, holds, looks) = three(RwLock::new(1));
    let (begin, begun, _) = three(Event::new());
    Scenario::new(async move {
        begun.wait().await;
        *takes.write().await += 1;
    })
    .beside(async move {
        let number = holds.read().await;
        begin.set();
        yield_now().await;
        yield_now().await;
        assert_eq!(*number, 1);
    })
    .after(async move {
        assert!(looks.try_write().is_some());
        assert!((1..=2).contains(&*looks.read().await));
    })
}

async fn semaphore() -> Scenario {
    let (takes, gives, looks) = three(Semaphore::new(0));
    Scenario::new(async move { drop(takes.acquire().await) })
        .beside(async move { gives.release() })
        .after(async move {
            assert_eq!(looks.available_permits(), 1);
            drop(looks.acquire().await);
        })
}

async fn bounded_semaphore() -> Scenario {
    let (takes, gives, looks) = three(BoundedSemaphore::new(1));
    gives.try_acquire().unwrap().forget();
    Scenario::new(async move { drop(takes.acquire().await) })
        .beside(async move { gives.release().unwrap() })
        .after(async move {
            assert_eq!(looks.available_permits(), 1);
            drop(looks.acquire().await);
        })
}

async fn event() -> Scenario {
    let (waits, sets, looks) = three(Event::new());
    Scenario::new(async move { waits.wait().await })
        .beside(async move { sets.set() })
        .after(async move { assert!(format!("{looks:?}").contains("0 waiting")) })
}

async fn barrier() -> Scenario {
    let (waits, joins, looks) = three(Barrier::new(2));
    Scenario::new(async move {
        waits.wait().await.unwrap();
    })
    .beside(async move {
        if joins.n_waiting() == 1 {
            assert_eq!(joins.wait().await, Ok(1));
        }
    })
    .after(async move { assert_eq!(looks.n_waiting(), 0) })
}

async fn condition() -> Scenario {
    let (waits, notifies, looks) = three(Condition::new(0));
    let (begin, begun, _) = three(Event::new());
    Scenario::new(async move {
        begun.wait().await;
        let mut guard = waits.lock().await; // Taken by the other at first.
        guard.wait().await;
        guard.wait_for(|number| *number == 2).await;
        // A request that came while the lock was taken again goes on here.
        yield_now().await;
    })
    .beside(async move {
        let guard = notifies.lock().await;
        begin.set();
        yield_now().await;
        yield_now().await;
        drop(guard);
        for _ in 0..2 {
            yield_now().await;
            let mut guard = notifies.lock().await;
            *guard += 1;
            guard.notify(1);
            yield_now().await; // The subject waits for the lock.
            yield_now().await;
        }
    })
    .after(async move {
        assert!(!looks.locked());
        assert!(format!("{looks:?}").contains("0 waiting"));
        assert_eq!(*looks.lock().await, 2);
    })
}
