//! What is measured: each operation of the table as one async function, written once for both sides.
//!
//! `Operation` names them for programs and tables, `run` dispatches. A workload takes the number of operations and does
//! little beside them; the drivers subtract a short run from a longer one, so what it does once cancels out.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::neutral::{Slot, wake_self, wake_self_times};
use crate::side::Side;

/// How many tasks take part in `Operation::YieldMany`.
pub const YIELDING_TASKS: u64 = 1_000;

/// How many tasks one round of `Operation::WakeStorm` wakes.
pub const STORM_TASKS: u64 = 10_000;

/// Joined tasks are started in groups of this size, then awaited one after the other.
const JOINED_GROUP: u64 = 1_000;

/// Detached tasks are started in groups of this size, then run.
const DETACHED_GROUP: u64 = 100;

/// Timers set between two yields: tokio gives a task 128 steps before its timers refuse to be polled.
const TIMER_GROUP: u64 = 64;

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Start tasks that end at once, a group of them, and wait for each.
    SpawnJoin,
    /// Start one task that ends at once and wait for it before the next: holds two switches between tasks as well.
    SpawnAwait,
    /// Start a task that ends at once, and let it go.
    SpawnDetached,
    /// A lone task wakes itself and goes on.
    YieldOne,
    /// A thousand tasks wake themselves in turn.
    YieldMany,
    /// The runtime's own `yield_now`, one task.
    YieldNatural,
    /// A message there and one back, over the slot of `neutral.rs`.
    PingPong,
    /// A question through a neutral slot, answered by the side's own one-value channel, made anew each time.
    Oneshot,
    /// A message there and one back, over two of the side's own bounded channels.
    Channel,
    /// Ten thousand waiting tasks are woken at once; counted by the task.
    WakeStorm,
    /// Set a timer that is not the earliest, and drop it.
    TimerInsertCancel,
    /// Set a timer earlier than every other, and drop it.
    TimerEarliest,
}

impl Operation {
    /// Every row, in the table's order.
    pub const ALL: [Operation; 12] = [
        Operation::SpawnJoin,
        Operation::SpawnAwait,
        Operation::SpawnDetached,
        Operation::YieldOne,
        Operation::YieldMany,
        Operation::YieldNatural,
        Operation::PingPong,
        Operation::Oneshot,
        Operation::Channel,
        Operation::WakeStorm,
        Operation::TimerInsertCancel,
        Operation::TimerEarliest,
    ];

    /// The name on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Operation::SpawnJoin => "spawn_join",
            Operation::SpawnAwait => "spawn_await",
            Operation::SpawnDetached => "spawn_detached",
            Operation::YieldOne => "yield_1",
            Operation::YieldMany => "yield_1000",
            Operation::YieldNatural => "yield_natural",
            Operation::PingPong => "ping_pong",
            Operation::Oneshot => "own_oneshot",
            Operation::Channel => "own_channel",
            Operation::WakeStorm => "wake_storm",
            Operation::TimerInsertCancel => "timer_insert_cancel",
            Operation::TimerEarliest => "timer_earliest",
        }
    }

    /// The operation of that name.
    pub fn from_name(name: &str) -> Option<Operation> {
        Operation::ALL
            .into_iter()
            .find(|operation| operation.name() == name)
    }

    /// How many operations one step of `run` makes: a round of a thousand yields counts a thousand.
    pub fn per_step(self) -> u64 {
        match self {
            Operation::YieldMany => YIELDING_TASKS,
            Operation::WakeStorm => STORM_TASKS,
            _ => 1,
        }
    }

    /// Whether instructions of user space tell the cost: tokio's own yield goes through the kernel, which no count sees.
    pub fn in_user_space(self) -> bool {
        self != Operation::YieldNatural
    }

    /// Makes a loop of side `S`, runs `steps` steps on it and says how long these took, without the loop's start.
    ///
    /// Every arm has a loop of its own, so that the main task is no larger than the workload needs.
    pub fn run<S: Side>(self, steps: u64) -> Duration {
        match self {
            Operation::SpawnJoin => timed::<S>(spawn_join::<S>(steps)),
            Operation::SpawnAwait => timed::<S>(spawn_await::<S>(steps)),
            Operation::SpawnDetached => timed::<S>(spawn_detached::<S>(steps)),
            Operation::YieldOne => timed::<S>(yield_one::<S>(steps)),
            Operation::YieldMany => timed::<S>(yield_many::<S>(steps)),
            Operation::YieldNatural => timed::<S>(yield_natural::<S>(steps)),
            Operation::PingPong => timed::<S>(ping_pong::<S>(steps)),
            Operation::Oneshot => timed::<S>(own_oneshot::<S>(steps)),
            Operation::Channel => timed::<S>(own_channel::<S>(steps)),
            Operation::WakeStorm => timed::<S>(wake_storm::<S>(steps)),
            Operation::TimerInsertCancel => timed::<S>(timer_insert_cancel::<S>(steps)),
            Operation::TimerEarliest => timed::<S>(timer_earliest::<S>(steps)),
        }
    }
}

/// Runs a workload on a new loop and measures it from inside.
fn timed<S: Side>(workload: impl Future<Output = ()> + 'static) -> Duration {
    S::block_on(async move {
        let start = Instant::now();
        workload.await;
        start.elapsed()
    })
}

async fn spawn_join<S: Side>(steps: u64) {
    let mut tasks = Vec::with_capacity(JOINED_GROUP as usize);
    let mut left = steps;
    while left > 0 {
        let group = left.min(JOINED_GROUP);
        tasks.extend((0..group).map(|_| S::spawn(async {})));
        left -= group;
        for task in tasks.drain(..) {
            task.await;
        }
    }
}

async fn spawn_await<S: Side>(steps: u64) {
    for _ in 0..steps {
        S::spawn(async {}).await;
    }
}

async fn spawn_detached<S: Side>(steps: u64) {
    let mut left = steps;
    while left > 0 {
        let group = left.min(DETACHED_GROUP);
        for _ in 0..group {
            drop(S::spawn(async {}));
        }
        left -= group;
        wake_self().await;
    }
}

async fn yield_one<S: Side>(steps: u64) {
    S::spawn(wake_self_times(steps)).await;
}

async fn yield_many<S: Side>(steps: u64) {
    let tasks: Vec<_> = (0..YIELDING_TASKS)
        .map(|_| S::spawn(wake_self_times(steps)))
        .collect();
    for task in tasks {
        task.await;
    }
}

async fn yield_natural<S: Side>(steps: u64) {
    for _ in 0..steps {
        S::yield_now().await;
    }
}

async fn ping_pong<S: Side>(steps: u64) {
    let ping = Slot::new();
    let pong = Slot::new();
    let (their_ping, their_pong) = (Rc::clone(&ping), Rc::clone(&pong));
    let other = S::spawn(async move {
        for _ in 0..steps {
            let message: u64 = their_ping.take().await;
            their_pong.put(message);
        }
    });
    for message in 0..steps {
        ping.put(message);
        assert_eq!(pong.take().await, message);
    }
    other.await;
}

async fn own_oneshot<S: Side>(steps: u64) {
    let questions = Slot::new();
    let their_questions = Rc::clone(&questions);
    let other = S::spawn(async move {
        for answer in 0..steps {
            S::send_once(their_questions.take().await, answer);
        }
    });
    for _ in 0..steps {
        let (sender, receiver) = S::oneshot();
        questions.put(sender);
        receiver.await;
    }
    other.await;
}

async fn own_channel<S: Side>(steps: u64) {
    let (to_other, mut from_here) = S::channel(16);
    let (to_here, mut from_other) = S::channel(16);
    let other = S::spawn(async move {
        for _ in 0..steps {
            let message = S::receive(&mut from_here).await;
            let message = message.expect("the other end lives");
            S::send(&to_here, message).await.expect("there is room");
        }
    });
    for message in 0..steps {
        S::send(&to_other, message).await.expect("there is room");
        assert_eq!(S::receive(&mut from_other).await, Some(message));
    }
    other.await;
}

/// What the tasks of the wake storm share: the round they are in and the wakers of those that wait for the next.
struct Board {
    round: Cell<u64>,
    waiting: RefCell<Vec<Waker>>,
}

impl Board {
    /// Ends the round: wakes every waiting task, and waits until all of them wait again (or `last` says that none will).
    async fn next_round(&self, spare: &mut Vec<Waker>, last: bool) {
        self.round.set(self.round.get() + 1);
        std::mem::swap(spare, &mut *self.waiting.borrow_mut());
        for waker in spare.drain(..) {
            waker.wake();
        }
        if !last {
            self.all_waiting().await;
        }
    }

    async fn all_waiting(&self) {
        while (self.waiting.borrow().len() as u64) < STORM_TASKS {
            wake_self().await;
        }
    }

    async fn wait_for_round(&self, round: u64) {
        poll_fn(|context| {
            if self.round.get() >= round {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

async fn wake_storm<S: Side>(steps: u64) {
    let board = Rc::new(Board {
        round: Cell::new(0),
        waiting: RefCell::new(Vec::with_capacity(STORM_TASKS as usize)),
    });
    let tasks: Vec<_> = (0..STORM_TASKS)
        .map(|_| {
            let board = Rc::clone(&board);
            S::spawn(async move {
                for round in 1..=steps {
                    board.wait_for_round(round).await;
                }
            })
        })
        .collect();
    board.all_waiting().await;
    let mut spare = Vec::with_capacity(STORM_TASKS as usize);
    for round in 1..=steps {
        board.next_round(&mut spare, round == steps).await;
    }
    for task in tasks {
        task.await;
    }
}

/// Sets a timer by polling its future once, and drops it.
#[inline]
fn set_and_drop<S: Side>(duration: Duration, context: &mut Context<'_>) {
    let sleep = pin!(S::sleep(duration));
    assert!(sleep.poll(context).is_pending());
}

/// Sets and drops `steps` timers, with an earlier or a later one standing beside.
async fn timers<S: Side>(steps: u64, standing: Duration) {
    let mut standing = pin!(S::sleep(standing));
    poll_fn(|context| {
        assert!(standing.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    let mut left = steps;
    while left > 0 {
        let group = left.min(TIMER_GROUP);
        poll_fn(|context| {
            for _ in 0..group {
                set_and_drop::<S>(Duration::from_secs(60), context);
            }
            Poll::Ready(())
        })
        .await;
        left -= group;
        wake_self().await;
    }
}

async fn timer_insert_cancel<S: Side>(steps: u64) {
    timers::<S>(steps, Duration::from_secs(30)).await;
}

async fn timer_earliest<S: Side>(steps: u64) {
    timers::<S>(steps, Duration::from_secs(3_600)).await;
}

#[cfg(test)]
mod tests {
    use super::Operation;
    use crate::side::{Oneloop, Tokio};

    #[test]
    fn every_operation_is_found_by_its_name() {
        for operation in Operation::ALL {
            assert_eq!(Operation::from_name(operation.name()), Some(operation));
        }
        assert_eq!(Operation::from_name("nothing"), None);
    }

    #[test]
    fn every_operation_ends_on_both_sides() {
        for operation in Operation::ALL {
            operation.run::<Tokio>(3);
            operation.run::<Oneloop>(3);
        }
    }
}
