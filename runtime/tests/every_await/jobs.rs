//! Scenarios of functions that run on threads: whoever stops waiting leaves no thread behind, and what
//! a function owned is dropped. Next: `combined.rs`.

use crate::registry::Row;
use oneloop::executor::{JobHandle, ThreadPool};
use oneloop::sync::{channel, oneshot};
use oneloop::testing::{Scenario, cancel_at_every_await};
use oneloop::{gather, run_in_executor, to_thread, wrap_future};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Duration;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "functions on threads",
        4,
        &[
            "executor::to_thread",
            "executor::run_in_executor",
            "executor::wrap_future",
            "executor::ThreadPool::submit",
            "executor::JobHandle::new",
            "Future for executor::Wrapped",
            "IntoFuture for executor::JobHandle",
        ],
        || cancel_at_every_await(jobs),
    ),
    Row::new(
        "the end of a pool",
        1,
        &["executor::ThreadPool::shutdown"],
        || cancel_at_every_await(shutdown),
    ),
];

/// Lets a function on a thread end, and not before.
type Gate = Box<dyn FnOnce()>;

/// A function that ends when its gate is opened, or is gone; and that gate. It owns `owned`.
fn gated(owned: &Arc<()>) -> (impl FnOnce() + Send + use<>, Gate) {
    let (open, gate) = mpsc::channel::<()>();
    let owned = owned.clone();
    let function = move || {
        let _ = gate.recv();
        drop(owned);
    };
    (function, Box::new(move || drop(open)))
}

async fn jobs() -> Scenario {
    let owned = Arc::new(());
    let kept = owned.clone();
    let pool = Rc::new(ThreadPool::new(1));
    let submits = pool.clone();
    // The gates of what the subject is about to wait for: opened once it does.
    let (tell, mut told) = channel::<Vec<Gate>>(4);
    Scenario::new(async move {
        let wait_for = |gates| tell.try_send(gates).ok().unwrap();
        let (function, gate) = gated(&owned);
        wait_for(vec![gate]);
        to_thread(function).await.unwrap();

        // One runs, and the other one waits for its thread.
        let ((one, first), (other, second)) = (gated(&owned), gated(&owned));
        wait_for(vec![second, first]);
        let both = (
            run_in_executor(Some(&submits), one),
            run_in_executor(Some(&submits), other),
        );
        let (one, other) = gather(both).await;
        one.and(other).unwrap();

        let (function, gate) = gated(&owned);
        let job = wrap_future(submits.submit(function));
        wait_for(vec![gate]);
        assert!(!job.job().done());
        job.await.unwrap();

        let (setter, job) = JobHandle::new();
        wait_for(vec![Box::new(move || {
            let _ = setter.set_result(7);
        })]);
        assert_eq!(job.await.unwrap(), 7);
    })
    .beside(async move {
        while let Some(gates) = told.recv().await {
            gates.into_iter().for_each(|open| open());
        }
    })
    .after(async move {
        Rc::into_inner(pool).unwrap().shutdown().await;
        // The loop's own pool, which nobody can wait for, may be about to drop its function.
        for _ in 0..1000 {
            if Arc::strong_count(&kept) > 1 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        assert_eq!(Arc::strong_count(&kept), 1, "a function was not dropped");
    })
}

async fn shutdown() -> Scenario {
    let owned = Arc::new(());
    let kept = owned.clone();
    let pool = ThreadPool::new(1);
    let (function, open) = gated(&owned);
    let job = pool.submit(function);
    drop(owned);
    // From here on, dropping the pool does not wait for the function.
    let ending = pool.shutdown();
    let (begin, begun) = oneshot::channel();
    Scenario::new(async move {
        begin.send(()).unwrap();
        ending.await;
    })
    .beside(async move {
        let _ = begun.await;
        open();
    })
    .after(async move {
        job.await.unwrap();
        assert_eq!(Arc::strong_count(&kept), 1, "the function was not dropped");
    })
}
