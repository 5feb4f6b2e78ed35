//! Random programs on a paused clock, with ready tasks in a random order: tasks lock, wait, put and
//! get, and are interrupted at random, by `cancel()`, by a timeout, or by foreign code that drops
//! what they wait for. Whatever happens, nobody hangs, nothing is lost or doubled, nobody overtakes,
//! and a request to end beats what comes in the same moment.
//!
//! Read next: `world.rs`, who interrupts; `model.rs`, where the same is done by hand, step by step.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oneloop::sync::{Condition, Lock, PriorityQueue, Queue, RwLock, Semaphore};
use oneloop::{create_task, yield_now};

use crate::hand::OnDrop;
use crate::world::{Line, World};

/// How many programs of each kind.
const PROGRAMS: u64 = 1_000;

/// Pain 12.
#[test]
fn a_semaphore_loses_no_permit_and_lets_nobody_overtake() {
    for seed in 0..PROGRAMS {
        World::run(seed, async |world: Rc<World>| {
            let limit = 1 + world.roll(3);
            let semaphore = Rc::new(Semaphore::new(limit));
            let line = Rc::new(Line::new(limit));
            let step = {
                let (semaphore, line) = (semaphore.clone(), line.clone());
                async move |world: &World, me| {
                    let acquire = line.stand_in(world, me, semaphore.acquire());
                    let Some(permit) = world.attempt(acquire).await else {
                        return;
                    };
                    let _inside = line.inside();
                    world.dawdle().await;
                    if world.roll(4) == 0 {
                        permit.forget(); // Given back by hand, also when this is cancelled first.
                        let _release = OnDrop(|| semaphore.release());
                        world.dawdle().await;
                    }
                }
            };
            world.start_workers(3, 8, step);
            world.workers_end().await;
            assert_eq!(semaphore.available_permits(), limit, "seed {seed}");
        });
    }
}

/// Pain 12.
#[test]
fn a_lock_is_held_by_one_and_handed_on_in_line() {
    for seed in 0..PROGRAMS {
        World::run(seed, async |world: Rc<World>| {
            let lock = Rc::new(Lock::new(0));
            let line = Rc::new(Line::new(1));
            let counted = Rc::new(Cell::new(0));
            let step = {
                let (lock, line, counted) = (lock.clone(), line.clone(), counted.clone());
                async move |world: &World, me| {
                    let wait = line.stand_in(world, me, lock.lock());
                    let Some(mut guard) = world.attempt(wait).await else {
                        return;
                    };
                    let _inside = line.inside();
                    let before = *guard;
                    counted.set(counted.get() + 1);
                    let _count = OnDrop(|| *guard = before + 1); // Also when it is cancelled here:
                    world.dawdle().await; // nobody else comes in between.
                }
            };
            world.start_workers(3, 8, step);
            world.workers_end().await;
            assert!(!lock.locked(), "seed {seed}");
            assert_eq!(*lock.lock().await, counted.get(), "seed {seed}");
        });
    }
}

#[test]
fn a_reader_writer_lock_keeps_writers_alone_and_hangs_nobody() {
    for seed in 0..PROGRAMS {
        World::run(seed, async |world: Rc<World>| {
            let lock = Rc::new(RwLock::new(()));
            let (readers, writers) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
            let step = {
                let (lock, readers, writers) = (lock.clone(), readers.clone(), writers.clone());
                async move |world: &World, me| {
                    if world.roll(2) == 0 {
                        let wait = world.unless_requested(me, lock.read());
                        if let Some(_guard) = world.attempt(wait).await {
                            let _counted = count(&readers);
                            assert_eq!(writers.get(), 0, "seed {seed}");
                            world.dawdle().await;
                        }
                    } else {
                        let wait = world.unless_requested(me, lock.write());
                        if let Some(_guard) = world.attempt(wait).await {
                            let _counted = count(&writers);
                            assert_eq!((writers.get(), readers.get()), (1, 0), "seed {seed}");
                            world.dawdle().await;
                        }
                    }
                }
            };
            world.start_workers(3, 8, step);
            world.workers_end().await;
            assert!(lock.try_write().is_some(), "seed {seed}");
        });
    }
}

/// Pain 12.
#[test]
fn a_queue_gives_out_what_was_put_in_once_and_in_order() {
    for seed in 0..PROGRAMS {
        World::run(seed, async |world: Rc<World>| {
            let queue = Rc::new(Queue::new(world.roll(4)));
            let put: Rc<RefCell<Vec<usize>>> = Rc::default();
            let got: Rc<RefCell<Vec<usize>>> = Rc::default();
            let next = Rc::new(Cell::new(0));
            let getters: Vec<_> = (0..1 + world.roll(3))
                .map(|_| {
                    let (queue, got) = (queue.clone(), got.clone());
                    create_task(async move {
                        while let Ok(item) = queue.get().await {
                            got.borrow_mut().push(item);
                            queue.task_done().unwrap();
                        }
                    })
                })
                .collect();
            let step = {
                let (queue, put, got, next) =
                    (queue.clone(), put.clone(), got.clone(), next.clone());
                async move |world: &World, me| {
                    if world.roll(3) == 0 {
                        let get = world.unless_requested(me, queue.get());
                        // The item is noted where it comes out, before anything can interrupt.
                        let note = async {
                            let item = get.await.unwrap();
                            got.borrow_mut().push(item);
                            queue.task_done().unwrap();
                        };
                        world.attempt(note).await;
                    } else {
                        let item = next.replace(next.get() + 1);
                        let note = async {
                            queue.put(item).await.unwrap();
                            put.borrow_mut().push(item);
                        };
                        world.attempt(note).await;
                    }
                    world.dawdle().await;
                }
            };
            world.start_workers(2, 8, step);
            // What nobody puts in any more cannot be got: the end lets the last ones go.
            let fill = async {
                loop {
                    let item = next.replace(next.get() + 1);
                    queue.put(item).await.unwrap();
                    put.borrow_mut().push(item);
                    oneloop::sleep(std::time::Duration::from_secs(1)).await;
                }
            };
            futures_lite::future::or(world.workers_end(), fill).await;
            queue.join().await;
            queue.shutdown(false);
            for getter in getters {
                getter.await.unwrap();
            }
            assert_eq!(*put.borrow(), *got.borrow(), "seed {seed}");
        });
    }
}

#[test]
fn a_queue_that_is_shut_down_at_once_hangs_nobody_and_gives_back_what_did_not_get_in() {
    for seed in 0..PROGRAMS {
        World::run(seed, async |world: Rc<World>| {
            let queue = Rc::new(PriorityQueue::new(1 + world.roll(3)));
            // Every item is counted where it is dropped, wherever that is.
            let (made, dropped) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
            let (inside, got) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
            let step = {
                let (queue, made, dropped, inside, got) = (
                    queue.clone(),
                    made.clone(),
                    dropped.clone(),
                    inside.clone(),
                    got.clone(),
                );
                async move |world: &World, _me| {
                    if world.roll(2) == 0 {
                        let note = async {
                            if queue.get().await.is_ok() {
                                got.set(got.get() + 1);
                            }
                        };
                        world.attempt(note).await;
                    } else {
                        made.set(made.get() + 1);
                        let item = Item(world.roll(4), dropped.clone());
                        let note = async {
                            if queue.put(item).await.is_ok() {
                                inside.set(inside.get() + 1);
                            }
                        };
                        world.attempt(note).await;
                    }
                }
            };
            world.start_workers(3, 8, step);
            for _ in 0..world.roll(6) {
                yield_now().await;
            }
            // Those that were promised lie in the queue, too.
            let left = inside.get() - got.get();
            assert!(queue.qsize() <= left, "seed {seed}");
            let dropped_before = dropped.get();
            queue.shutdown(true);
            assert_eq!(dropped.get() - dropped_before, left, "seed {seed}");
            assert!(queue.empty());
            world.workers_end().await;
            assert_eq!(inside.get() - got.get(), left, "seed {seed}");
            assert_eq!(made.get(), dropped.get(), "seed {seed}");
        });
    }
}

/// Pain 12.
#[test]
fn a_condition_loses_no_notification() {
    for seed in 0..PROGRAMS {
        World::run(seed, async |world: Rc<World>| {
            let condition = Rc::new(Condition::new(Vec::new()));
            let (made, taken) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
            // One consumer that nobody interrupts must get whatever the others leave.
            let steady = {
                let (condition, taken) = (condition.clone(), taken.clone());
                create_task(async move {
                    loop {
                        let mut items = condition.lock().await;
                        if items.wait_for(|items| items.pop()).await == END {
                            return;
                        }
                        taken.set(taken.get() + 1);
                    }
                })
            };
            let step = {
                let (condition, made, taken) = (condition.clone(), made.clone(), taken.clone());
                async move |world: &World, me| {
                    let Some(mut items) = world.attempt(condition.lock()).await else {
                        return;
                    };
                    if world.roll(2) == 0 {
                        let wait = async {
                            items.wait_for(|items| items.pop()).await;
                            taken.set(taken.get() + 1);
                        };
                        world.attempt(wait).await;
                    } else {
                        items.push(me);
                        made.set(made.get() + 1);
                        items.notify(1); // One for one item: nobody looks without it.
                        world.dawdle().await;
                    }
                }
            };
            world.start_workers(2, 8, step);
            // Lets those go that wait for an item which nobody makes.
            let fill = async {
                loop {
                    oneloop::sleep(std::time::Duration::from_secs(1)).await;
                    let mut items = condition.lock().await;
                    assert!(
                        items.is_empty(),
                        "seed {seed}: an item lies there, and some wait"
                    );
                    items.push(0);
                    made.set(made.get() + 1);
                    items.notify(1);
                }
            };
            futures_lite::future::or(world.workers_end(), fill).await;
            oneloop::sleep(std::time::Duration::from_secs(1)).await;
            assert_eq!(made.get(), taken.get(), "seed {seed}");
            let mut items = condition.lock().await;
            items.push(END);
            items.notify(1);
            drop(items);
            steady.await.unwrap();
            assert!(!condition.locked(), "seed {seed}");
        });
    }
}

/// Counts one more, until what it returns is dropped.
fn count(cell: &Cell<u32>) -> OnDrop<impl FnMut()> {
    cell.set(cell.get() + 1);
    OnDrop(|| cell.set(cell.get() - 1))
}

/// Ends the steady consumer.
const END: usize = usize::MAX;

/// An item whose end is counted.
struct Item(usize, Rc<Cell<usize>>);

impl Drop for Item {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Item) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Item) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Item) -> bool {
        self.0 == other.0
    }
}

impl Eq for Item {}
