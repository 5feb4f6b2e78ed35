//! Random operations on a semaphore, a queue, an event and a barrier, polled by hand, beside naive
//! models: after each step, exactly those were woken whose turn it is, in order, and nobody else.
//!
//! Read next: `chaos.rs`, where a loop does the polling.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use oneloop::sync::{Barrier, BrokenBarrier, Event, Queue, Semaphore};

use crate::random::Random;

const SEEDS: u64 = 300;
const STEPS: u32 = 150;

/// The numbers of those who were woken, in order.
#[derive(Clone, Default)]
struct Wakes(Arc<Mutex<Vec<u32>>>);

/// Whose turn it is, as a waker.
struct Bell(Wakes, u32);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.0.lock().unwrap().push(self.1);
    }
}

/// A future with a waker of its own.
struct Waiter<'a, T> {
    number: u32,
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    waker: Waker,
}

impl<'a, T> Waiter<'a, T> {
    fn new(number: u32, wakes: &Wakes, future: impl Future<Output = T> + 'a) -> Waiter<'a, T> {
        Waiter {
            number,
            future: Box::pin(future),
            waker: Waker::from(Arc::new(Bell(wakes.clone(), number))),
        }
    }

    fn poll(&mut self) -> Poll<T> {
        let mut context = Context::from_waker(&self.waker);
        self.future.as_mut().poll(&mut context)
    }
}

/// Chooses the operations.
struct Dice(Random);

impl Dice {
    fn roll(&self, sides: usize) -> usize {
        self.0.below(sides as u64) as usize
    }
}

/// A naive line: permits in the pool, who waits, and who was handed one and did not take it yet.
#[derive(Default)]
struct Model {
    pool: usize,
    waiting: VecDeque<u32>,
    handed: Vec<u32>,
    woken: Vec<u32>,
}

impl Model {
    fn try_take(&mut self) -> bool {
        let there = self.pool > 0;
        self.pool -= usize::from(there);
        there
    }

    fn give(&mut self) {
        match self.waiting.pop_front() {
            Some(number) => {
                self.handed.push(number);
                self.woken.push(number);
            }
            None => self.pool += 1,
        }
    }

    /// Whether a waiter that is polled has its permit, which it takes.
    fn take_handed(&mut self, number: u32) -> bool {
        let place = self.handed.iter().position(|handed| *handed == number);
        place.map(|place| self.handed.remove(place)).is_some()
    }

    fn leave(&mut self, number: u32) {
        if self.take_handed(number) {
            self.give();
        }
        self.waiting.retain(|waiting| *waiting != number);
    }

    fn check(&mut self, wakes: &Wakes, seed: u64) {
        let wakes = std::mem::take(&mut *wakes.0.lock().unwrap());
        assert_eq!(wakes, std::mem::take(&mut self.woken), "seed {seed}");
    }
}

#[test]
fn a_semaphore_agrees_with_a_plain_list() {
    for seed in 1..=SEEDS {
        let (dice, wakes) = (Dice(Random::new(seed)), Wakes::default());
        let semaphore = Semaphore::new(2);
        let mut model = Model {
            pool: 2,
            ..Model::default()
        };
        let (mut waiters, mut permits) = (Vec::new(), Vec::new());
        for number in 0..STEPS {
            match dice.roll(6) {
                0 | 1 => {
                    let mut waiter = Waiter::new(number, &wakes, semaphore.acquire());
                    match waiter.poll() {
                        Poll::Ready(permit) => {
                            assert!(model.try_take(), "seed {seed}: it overtook");
                            permits.push(permit);
                        }
                        Poll::Pending => {
                            assert!(!model.try_take(), "seed {seed}: it waits in vain");
                            model.waiting.push_back(number);
                            waiters.push(waiter);
                        }
                    }
                }
                2 if !waiters.is_empty() => {
                    let index = dice.roll(waiters.len());
                    let polled = waiters[index].poll();
                    let handed = model.take_handed(waiters[index].number);
                    assert_eq!(polled.is_ready(), handed, "seed {seed}");
                    if let Poll::Ready(permit) = polled {
                        permits.push(permit);
                        drop(waiters.remove(index));
                    }
                }
                3 if !waiters.is_empty() => {
                    let waiter = waiters.remove(dice.roll(waiters.len()));
                    model.leave(waiter.number);
                    drop(waiter);
                }
                4 if !permits.is_empty() => {
                    model.give();
                    drop(permits.swap_remove(dice.roll(permits.len())));
                }
                _ => {
                    let tried = semaphore.try_acquire();
                    assert_eq!(tried.is_some(), model.try_take(), "seed {seed}");
                    permits.extend(tried);
                }
            }
            model.check(&wakes, seed);
            assert_eq!(semaphore.available_permits(), model.pool, "seed {seed}");
        }
    }
}

#[test]
fn a_queue_agrees_with_two_plain_lists() {
    for seed in 1..=SEEDS {
        let (dice, wakes) = (Dice(Random::new(seed)), Wakes::default());
        let limit = 1 + dice.roll(3);
        let queue = Queue::new(limit);
        let mut items: VecDeque<u32> = VecDeque::new();
        // Rooms and items are handed on; both lists wake into one.
        let (mut room, mut stock) = (Model::default(), Model::default());
        room.pool = limit;
        let (mut putters, mut getters) = (Vec::new(), Vec::new());
        for number in 0..STEPS {
            match dice.roll(6) {
                0 => {
                    let mut putter = Waiter::new(number, &wakes, queue.put(number));
                    let polled = putter.poll();
                    assert_eq!(polled.is_ready(), room.try_take(), "seed {seed}");
                    if polled.is_ready() {
                        items.push_back(number);
                        stock.give();
                    } else {
                        room.waiting.push_back(number);
                        putters.push(putter);
                    }
                }
                1 => {
                    let mut getter = Waiter::new(number, &wakes, queue.get());
                    let polled = getter.poll();
                    assert_eq!(polled.is_ready(), stock.try_take(), "seed {seed}");
                    if let Poll::Ready(item) = polled {
                        assert_eq!(item.ok(), items.pop_front(), "seed {seed}");
                        room.give();
                    } else {
                        stock.waiting.push_back(number);
                        getters.push(getter);
                    }
                }
                2 if !putters.is_empty() => {
                    let index = dice.roll(putters.len());
                    let polled = putters[index].poll();
                    let handed = room.take_handed(putters[index].number);
                    assert_eq!(polled.is_ready(), handed, "seed {seed}");
                    if handed {
                        items.push_back(putters.remove(index).number);
                        stock.give();
                    }
                }
                3 if !getters.is_empty() => {
                    let index = dice.roll(getters.len());
                    let polled = getters[index].poll();
                    let handed = stock.take_handed(getters[index].number);
                    assert_eq!(polled.is_ready(), handed, "seed {seed}");
                    if let Poll::Ready(item) = polled {
                        assert_eq!(item.ok(), items.pop_front(), "seed {seed}");
                        drop(getters.remove(index));
                        room.give();
                    }
                }
                4 if !putters.is_empty() => {
                    let putter = putters.remove(dice.roll(putters.len()));
                    room.leave(putter.number);
                    drop(putter);
                }
                5 if !getters.is_empty() => {
                    let getter = getters.remove(dice.roll(getters.len()));
                    stock.leave(getter.number);
                    drop(getter);
                }
                _ => {}
            }
            // At most one of the two lists woke somebody in one step.
            stock.woken.append(&mut room.woken);
            stock.check(&wakes, seed);
            // What can be asked agrees with what the operations would do.
            assert_eq!(queue.qsize(), stock.pool, "seed {seed}");
            assert_eq!(queue.qsize(), items.len() - stock.handed.len());
            assert_eq!(queue.full(), room.pool == 0, "seed {seed}");
        }
    }
}

#[test]
fn an_event_agrees_with_a_plain_list() {
    for seed in 1..=SEEDS {
        let (dice, wakes) = (Dice(Random::new(seed)), Wakes::default());
        let event = Event::new();
        let mut model = Model::default();
        let mut waiters = Vec::new();
        for number in 0..STEPS {
            match dice.roll(6) {
                0 | 1 => {
                    let mut waiter = Waiter::new(number, &wakes, event.wait());
                    assert_eq!(waiter.poll().is_ready(), event.is_set(), "seed {seed}");
                    if !event.is_set() {
                        model.waiting.push_back(number);
                        waiters.push(waiter);
                    }
                }
                2 if !waiters.is_empty() => {
                    let index = dice.roll(waiters.len());
                    let handed = model.take_handed(waiters[index].number);
                    assert_eq!(waiters[index].poll().is_ready(), handed, "seed {seed}");
                    if handed {
                        drop(waiters.remove(index));
                    }
                }
                3 if !waiters.is_empty() => {
                    let waiter = waiters.remove(dice.roll(waiters.len()));
                    model.take_handed(waiter.number);
                    model.waiting.retain(|waiting| *waiting != waiter.number);
                }
                4 => {
                    event.set();
                    (0..model.waiting.len()).for_each(|_| model.give());
                }
                _ => event.clear(),
            }
            model.check(&wakes, seed);
        }
    }
}

/// A party of a barrier, and how its wait ended.
type End = (u32, Result<usize, BrokenBarrier>);

#[test]
fn a_barrier_agrees_with_a_plain_list() {
    for seed in 1..=SEEDS {
        let (dice, wakes) = (Dice(Random::new(seed)), Wakes::default());
        let parties = 1 + dice.roll(4);
        let barrier = Barrier::new(parties);
        let (mut waiting, mut broken): (Vec<u32>, bool) = (Vec::new(), false);
        let ends: RefCell<Vec<End>> = RefCell::default();
        let end_round = |waiting: &mut Vec<u32>, passes: bool| {
            let mut woken = Vec::new();
            for (index, number) in waiting.drain(..).enumerate() {
                let end = if passes {
                    Ok(index)
                } else {
                    Err(BrokenBarrier)
                };
                ends.borrow_mut().push((number, end));
                woken.push(number);
            }
            woken
        };
        let mut waiters: Vec<Waiter<'_, _>> = Vec::new();
        for number in 0..STEPS {
            let mut woken = Vec::new();
            match dice.roll(12) {
                0..=4 => {
                    let mut waiter = Waiter::new(number, &wakes, barrier.wait());
                    let polled = waiter.poll();
                    if broken {
                        assert_eq!(polled, Poll::Ready(Err(BrokenBarrier)), "seed {seed}");
                    } else if waiting.len() + 1 == parties {
                        assert_eq!(polled, Poll::Ready(Ok(parties - 1)), "seed {seed}");
                        woken = end_round(&mut waiting, true);
                    } else {
                        assert_eq!(polled, Poll::Pending, "seed {seed}");
                        waiting.push(number);
                        waiters.push(waiter);
                    }
                }
                5..=7 if !waiters.is_empty() => {
                    let index = dice.roll(waiters.len());
                    let polled = waiters[index].poll();
                    let mut ends = ends.borrow_mut();
                    let number = waiters[index].number;
                    match ends.iter().position(|(ended, _)| *ended == number) {
                        Some(place) => {
                            assert_eq!(polled, Poll::Ready(ends.remove(place).1), "seed {seed}");
                            drop(waiters.remove(index));
                        }
                        None => assert_eq!(polled, Poll::Pending, "seed {seed}"),
                    }
                }
                8 | 9 if !waiters.is_empty() => {
                    let waiter = waiters.remove(dice.roll(waiters.len()));
                    waiting.retain(|number| *number != waiter.number);
                    ends.borrow_mut()
                        .retain(|(ended, _)| *ended != waiter.number);
                }
                10 => {
                    barrier.abort();
                    broken = true;
                    woken = end_round(&mut waiting, false);
                }
                _ => {
                    barrier.reset();
                    broken = false;
                    woken = end_round(&mut waiting, false);
                }
            }
            assert_eq!(*wakes.0.lock().unwrap(), woken, "seed {seed}");
            wakes.0.lock().unwrap().clear();
            assert_eq!(barrier.n_waiting(), waiting.len(), "seed {seed}");
            assert_eq!(barrier.broken(), broken, "seed {seed}");
        }
    }
}
