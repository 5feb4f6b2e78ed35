//! Starting tasks, and switching between tasks that wake themselves.

use std::time::{Duration, Instant};

use super::super::family::{Shared, Slot};
use super::super::side::{Side, Yields};
use crate::neutral::wake_self_times;
use crate::scenario::{DETACHED_GROUP, JOINED_GROUP, YIELDING_TASKS};

/// Starts tasks that end at once, a thousand at a time, and waits for each.
pub async fn spawn_join<S: Side>(steps: u64) -> Duration {
    let mut tasks = Vec::with_capacity(JOINED_GROUP as usize);
    let mut left = steps;
    let start = Instant::now();
    while left > 0 {
        let group = left.min(JOINED_GROUP);
        tasks.extend((0..group).map(|_| S::spawn(async {})));
        left -= group;
        for task in tasks.drain(..) {
            task.await;
        }
    }
    start.elapsed()
}

/// Starts a task that ends at once and waits for it, one by one.
pub async fn spawn_await<S: Side>(steps: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..steps {
        S::spawn(async {}).await;
    }
    start.elapsed()
}

/// Starts tasks that end at once, a hundred at a time. The last of a group says that the group has run, which it has
/// where tasks run first in, first out, as on every peer of one thread.
pub async fn spawn_detached<S: Side>(steps: u64) -> Duration {
    let done = Slot::new();
    let mut left = steps;
    let start = Instant::now();
    while left > 0 {
        let group = left.min(DETACHED_GROUP);
        for _ in 1..group {
            S::spawn_detached(async {});
        }
        let last = Shared::clone(&done);
        S::spawn_detached(async move { last.put(()) });
        left -= group;
        done.take().await;
    }
    start.elapsed()
}

/// One task wakes itself, again and again.
pub async fn yield_self<S: Side>(steps: u64) -> Duration {
    let start = Instant::now();
    S::spawn(wake_self_times(steps)).await;
    start.elapsed()
}

/// A thousand tasks wake themselves in turn.
pub async fn yield_1000<S: Side>(steps: u64) -> Duration {
    let start = Instant::now();
    let spawn = |_| S::spawn(wake_self_times(steps));
    let tasks: Vec<_> = (0..YIELDING_TASKS).map(spawn).collect();
    for task in tasks {
        task.await;
    }
    start.elapsed()
}

/// The side's own yield.
pub async fn yield_now<S: Yields>(steps: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..steps {
        S::yield_now().await;
    }
    start.elapsed()
}
