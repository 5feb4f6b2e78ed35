//! Waiting for several futures, ending a task from outside, and taking turns.

use std::future::pending;
use std::time::{Duration, Instant};

use super::super::family::{Shared, Slot};
use super::super::side::{Cancels, Combinators, Semaphores};
use crate::neutral::{wake_self, wake_self_times};
use crate::scenario::GATHERED;

/// Waits for a thousand futures, each of which is pending once.
pub async fn gather_1000<S: Combinators>(steps: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..steps {
        S::gather((0..GATHERED).map(|_| wake_self_times(1)).collect()).await;
    }
    start.elapsed()
}

/// The first of two, of which one is pending once and the other for ever.
pub async fn select<S: Combinators>(steps: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..steps {
        S::first(wake_self(), pending()).await;
    }
    start.elapsed()
}

/// Starts a task that waits for ever, waits until it does, cancels it and sees that it was cancelled.
pub async fn cancel_catch<S: Cancels>(steps: u64) -> Duration {
    let running = Slot::new();
    let start = Instant::now();
    for _ in 0..steps {
        let its_running = Shared::clone(&running);
        let task = S::spawn(async move {
            its_running.put(());
            pending::<()>().await;
        });
        running.take().await;
        assert!(S::cancel(task).await);
    }
    start.elapsed()
}

/// Two tasks take the only permit in turns, and keep it while the other waits.
pub async fn semaphore<S: Semaphores>(steps: u64) -> Duration {
    let semaphore = Shared::new(S::semaphore(1));
    let take_turns = |turns: u64| {
        let semaphore = Shared::clone(&semaphore);
        async move {
            for _ in 0..turns {
                let permit = S::acquire(&semaphore).await;
                wake_self().await;
                drop(permit);
            }
        }
    };
    let start = Instant::now();
    let other = S::spawn(take_turns(steps / 2));
    S::spawn(take_turns(steps - steps / 2)).await;
    other.await;
    start.elapsed()
}
