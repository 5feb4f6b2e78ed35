//! Callbacks in a queue: what tasks, yields, messages and timers are without a runtime.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::machine::resident_bytes;
use crate::scenario::{DETACHED_GROUP, JOINED_GROUP, STORM_TASKS};

/// What is run again until it says that it is done.
trait Step {
    fn step(&mut self) -> bool;
}

impl<F: FnMut() -> bool> Step for F {
    fn step(&mut self) -> bool {
        self()
    }
}

/// Callbacks are put into a queue and run, as many at a time as tasks are started that are joined.
pub fn start_joined(steps: u64) -> Duration {
    start_in_groups(steps, JOINED_GROUP)
}

/// The same, as many at a time as tasks are started that are let go.
pub fn start_detached(steps: u64) -> Duration {
    start_in_groups(steps, DETACHED_GROUP)
}

/// Callbacks are put into a queue and run one by one.
pub fn start_one_by_one(steps: u64) -> Duration {
    start_in_groups(steps, 1)
}

fn start_in_groups(steps: u64, size: u64) -> Duration {
    let mut queue: VecDeque<Box<dyn FnOnce()>> = VecDeque::new();
    let finished = Rc::new(Cell::new(0));
    let mut left = steps;
    let start = Instant::now();
    while left > 0 {
        let group = left.min(size);
        for _ in 0..group {
            // It holds something, since a box of nothing takes no memory.
            let finished = Rc::clone(&finished);
            queue.push_back(black_box(Box::new(move || {
                finished.set(finished.get() + 1)
            })));
        }
        left -= group;
        while let Some(callback) = queue.pop_front() {
            callback();
        }
    }
    assert_eq!(finished.get(), steps);
    start.elapsed()
}

/// Callbacks go to the end of the queue until they have had so many turns.
pub fn take_turns(callbacks: u64, turns: u64) -> Duration {
    let mut queue: VecDeque<Box<dyn Step>> = VecDeque::new();
    for _ in 0..callbacks {
        let mut left = turns;
        queue.push_back(black_box(Box::new(move || {
            left = left.saturating_sub(1);
            left == 0
        })));
    }
    let start = Instant::now();
    run(&mut queue);
    start.elapsed()
}

fn run(queue: &mut VecDeque<Box<dyn Step>>) {
    while let Some(mut callback) = queue.pop_front() {
        if !callback.step() {
            queue.push_back(callback);
        }
    }
}

/// Two callbacks in a queue pass a number there and back.
pub fn pingpong(steps: u64) -> Duration {
    let ping = Rc::new(Cell::new(None));
    let pong = Rc::new(Cell::new(Some(0)));
    let mut queue: VecDeque<Box<dyn Step>> = VecDeque::new();
    let (their_ping, their_pong) = (Rc::clone(&ping), Rc::clone(&pong));
    queue.push_back(black_box(Box::new(move || {
        let message: u64 = pong.take().expect("the other answers each time");
        ping.set(Some(message + 1));
        message == steps
    })));
    queue.push_back(black_box(Box::new(move || {
        let message = their_ping.take().expect("the other asks each time");
        their_pong.set(Some(message));
        message > steps
    })));
    let start = Instant::now();
    run(&mut queue);
    start.elapsed()
}

/// Ten thousand callbacks move from a list of those that wait into the queue, and back.
pub fn wake_storm(steps: u64) -> Duration {
    let mut waiting: Vec<Box<dyn Step>> = Vec::new();
    for _ in 0..STORM_TASKS {
        let mut rounds = 0_u64;
        waiting.push(black_box(Box::new(move || {
            rounds += 1;
            rounds > steps
        })));
    }
    let mut queue = VecDeque::with_capacity(waiting.len());
    let start = Instant::now();
    for _ in 0..steps {
        queue.extend(waiting.drain(..));
        while let Some(mut callback) = queue.pop_front() {
            assert!(!callback.step());
            waiting.push(callback);
        }
    }
    start.elapsed()
}

/// Timers in a tree ordered by their deadlines.
pub fn set_and_drop(steps: u64) -> Duration {
    let mut timers: BTreeMap<(Instant, u64), Box<dyn FnOnce()>> = BTreeMap::new();
    let standing = Instant::now() + Duration::from_secs(30);
    timers.insert((standing, 0), Box::new(|| ()));
    let start = Instant::now();
    for number in 1..=steps {
        let deadline = Instant::now() + Duration::from_secs(60);
        timers.insert(
            (deadline, number),
            Box::new(move || assert!(black_box(number) > 0)),
        );
        timers.remove(&(deadline, number));
    }
    start.elapsed()
}

/// Bytes of memory that so many waiting callbacks take: a pointer and a number each, as the tasks of the others.
pub fn bytes(count: u64) -> u64 {
    let number = Rc::new(Cell::new(0_u64));
    let before = resident_bytes();
    let mut waiting: Vec<Box<dyn Step>> = Vec::with_capacity(count as usize);
    for round in 0..count {
        let number = Rc::clone(&number);
        waiting.push(black_box(Box::new(move || number.get() > round)));
    }
    resident_bytes().saturating_sub(before)
}
