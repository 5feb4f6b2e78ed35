//! Messages between two tasks, wakes of ten thousand, and answers from other threads.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::super::family::{Board, Shared, Slot};
use super::super::side::{Channels, Queues, Side, Threads};
use crate::scenario::STORM_TASKS;
use crate::sendable;

/// How many items a queue holds.
const QUEUE: usize = 64;

/// A message there and one back, over neutral slots.
pub async fn pingpong<S: Side>(steps: u64) -> Duration {
    let ping = Slot::new();
    let pong = Slot::new();
    let (their_ping, their_pong) = (Shared::clone(&ping), Shared::clone(&pong));
    let other = S::spawn(async move {
        for _ in 0..steps {
            let message: u64 = their_ping.take().await;
            their_pong.put(message);
        }
    });
    let start = Instant::now();
    for message in 0..steps {
        ping.put(message);
        assert_eq!(pong.take().await, message);
    }
    let time = start.elapsed();
    other.await;
    time
}

/// A question over a neutral slot, answered over the side's own one-value channel.
pub async fn oneshot<S: Channels>(steps: u64) -> Duration {
    let questions = Slot::new();
    let their_questions = Shared::clone(&questions);
    let other = S::spawn(async move {
        for answer in 0..steps {
            S::send_once(their_questions.take().await, answer);
        }
    });
    let start = Instant::now();
    for _ in 0..steps {
        let (sender, receiver) = S::oneshot();
        questions.put(sender);
        receiver.await;
    }
    let time = start.elapsed();
    other.await;
    time
}

/// A message there and one back, over two of the side's own bounded channels.
pub async fn channel<S: Channels>(steps: u64) -> Duration {
    let (mut to_other, mut from_here) = S::channel(16);
    let (mut to_here, mut from_other) = S::channel(16);
    let other = S::spawn(async move {
        for _ in 0..steps {
            let message = S::receive(&mut from_here).await;
            let message = message.expect("the other end lives");
            S::send(&mut to_here, message).await.expect("there is room");
        }
    });
    let start = Instant::now();
    for message in 0..steps {
        S::send(&mut to_other, message)
            .await
            .expect("there is room");
        assert_eq!(S::receive(&mut from_other).await, Some(message));
    }
    let time = start.elapsed();
    other.await;
    time
}

/// One task puts items into a queue as fast as there is room, another takes them.
pub async fn queue<S: Queues>(steps: u64) -> Duration {
    let (mut entrance, mut exit) = S::queue(QUEUE);
    let start = Instant::now();
    let producer = S::spawn(async move {
        for item in 0..steps {
            S::put(&mut entrance, item).await;
        }
        // Kept until the end, since a channel may end with its last sender.
        entrance
    });
    for item in 0..steps {
        assert_eq!(S::get(&mut exit).await, item);
    }
    let time = start.elapsed();
    producer.await;
    time
}

/// Ten thousand tasks wait for the next round, again and again.
pub async fn wake_storm<S: Side>(steps: u64) -> Duration {
    let board = Board::new(STORM_TASKS as usize);
    let tasks: Vec<_> = (0..STORM_TASKS)
        .map(|_| {
            let board = Shared::clone(&board);
            S::spawn(async move {
                for round in 1..=steps + 1 {
                    board.wait_for_round(round).await;
                }
            })
        })
        .collect();
    board.all_waiting().await;
    let mut spare = Vec::with_capacity(STORM_TASKS as usize);
    let start = Instant::now();
    for _ in 0..steps {
        board.next_round(&mut spare);
        board.all_waiting().await;
    }
    let time = start.elapsed();
    // After one round more the tasks end.
    board.next_round(&mut spare);
    for task in tasks {
        task.await;
    }
    time
}

/// A question to a thread that sleeps until it comes, and the answer, which wakes the loop.
pub async fn cross_thread(steps: u64) -> Duration {
    let (to_thread, questions) = mpsc::channel::<u64>();
    let answers = sendable::family::Slot::new();
    let their_answers = sendable::family::Shared::clone(&answers);
    let other = thread::spawn(move || {
        for question in questions {
            their_answers.put(question);
        }
    });
    let start = Instant::now();
    for question in 0..steps {
        to_thread.send(question).expect("the thread lives");
        assert_eq!(answers.take().await, question);
    }
    let time = start.elapsed();
    drop(to_thread);
    other.join().expect("the thread does not panic");
    time
}

/// A function runs on a thread of the side's own pool.
pub async fn executor<S: Threads>(steps: u64) -> Duration {
    // The first starts the thread.
    S::on_a_thread(|value| value, 0).await;
    let start = Instant::now();
    for value in 0..steps {
        assert_eq!(S::on_a_thread(|value| value + 1, value).await, value + 1);
    }
    start.elapsed()
}
