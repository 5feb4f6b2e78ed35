//! Timers set and dropped, time limits, and a crowd of sleepers.

use std::future::{poll_fn, ready};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::time::Instant;

use super::super::side::Timers;
use crate::machine::processor_time;
use crate::neutral::wake_self;
use crate::scenario::SLEEPERS;
use crate::turn::Random;

/// Timers set between two yields: tokio gives a task 128 steps before its timers refuse to be polled.
const TIMER_GROUP: u64 = 64;

/// A time limit that is not reached.
const LONG: Duration = Duration::from_secs(60);

/// Sets timers that are not the earliest, and drops them.
pub async fn timer_cancel<S: Timers>(steps: u64) -> Duration {
    set_and_drop::<S>(steps, LONG / 2).await
}

/// Sets timers earlier than all others, and drops them.
pub async fn timer_earliest<S: Timers>(steps: u64) -> Duration {
    set_and_drop::<S>(steps, LONG * 60).await
}

/// Sets and drops timers, with an earlier or a later one standing beside.
async fn set_and_drop<S: Timers>(steps: u64, standing: Duration) -> Duration {
    let mut standing = pin!(S::sleep(standing));
    poll_fn(|context| {
        assert!(standing.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    let mut left = steps;
    let start = Instant::now();
    while left > 0 {
        let group = left.min(TIMER_GROUP);
        poll_fn(|context| {
            for _ in 0..group {
                set_and_drop_one::<S>(context);
            }
            Poll::Ready(())
        })
        .await;
        left -= group;
        wake_self().await;
    }
    start.elapsed()
}

/// Sets a timer by polling its future once, and drops it.
#[inline]
fn set_and_drop_one<S: Timers>(context: &mut Context<'_>) {
    let sleep = pin!(S::sleep(LONG));
    assert!(sleep.poll(context).is_pending());
}

/// A time limit around what is ready.
pub async fn timeout_ready<S: Timers>(steps: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..steps {
        assert!(S::timeout(LONG, ready(())).await);
    }
    start.elapsed()
}

/// A time limit around what is pending once, so that the timer is set.
pub async fn timeout_pending<S: Timers>(steps: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..steps {
        assert!(S::timeout(LONG, wake_self()).await);
    }
    start.elapsed()
}

/// Tasks that sleep for 20 to 120 ms; the answer is processor time, of the whole process.
pub async fn sleepers<S: Timers>(steps: u64) -> Duration {
    let mut random = Random::default();
    let start = processor_time();
    for _ in 0..steps {
        let spawn = |_| {
            let duration = Duration::from_micros(20_000 + random.below(100_000));
            S::spawn(S::sleep(duration))
        };
        let tasks: Vec<_> = (0..SLEEPERS).map(spawn).collect();
        for task in tasks {
            task.await;
        }
    }
    processor_time() - start
}
