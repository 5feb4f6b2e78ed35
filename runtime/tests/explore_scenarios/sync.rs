//! Locks, permits, events, barriers and promises. Next: `queues.rs`.

use crate::{Log, all, tasks, yields};
use oneloop::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, Promise, RwLock, Semaphore, oneshot,
};
use oneloop::{create_task, yield_now};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// One at a time, in line; one who is cancelled leaves no trace. Broken: without the lock.
pub(crate) async fn lock(broken: bool) {
    let lock = Rc::new(Lock::new(()));
    let (count, line) = (
        Rc::new(Cell::new(0)),
        Rc::new(RefCell::new(VecDeque::new())),
    );
    let work = |number: u32| {
        let (lock, count, line) = (lock.clone(), count.clone(), line.clone());
        async move {
            for _ in 0..3 {
                yields(number % 3).await;
                line.borrow_mut().push_back(number);
                let guard = match broken {
                    true => None,
                    false => Some(lock.lock().await),
                };
                assert_eq!(line.borrow_mut().pop_front(), Some(number), "overtaken");
                let seen = count.get();
                yields(1 + number % 2).await;
                count.set(seen + 1);
                drop(guard);
            }
        }
    };
    let workers = tasks(6, work);
    let holds = lock.clone();
    let cancelled = create_task(async move {
        let _guard = holds.lock().await;
        yields(1000).await;
    });
    // Its place in the line is not noted, so it is gone before anybody stands behind it.
    cancelled.cancel();
    all(workers).await;
    assert_eq!(count.get(), 18, "an update was lost");
    assert!(!lock.locked());
}

/// Readers see no half of a change. Broken: they don't take the lock.
pub(crate) async fn rw_lock(broken: bool) {
    let both = Rc::new(RwLock::new(()));
    let (left, right) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let work = |number: u32| {
        let (both, left, right) = (both.clone(), left.clone(), right.clone());
        async move {
            yields(number % 4).await;
            if number.is_multiple_of(3) {
                let _alone = both.write().await;
                left.set(left.get() + 1);
                yield_now().await;
                right.set(right.get() + 1);
            } else {
                let _together = match broken {
                    true => None,
                    false => Some(both.read().await),
                };
                let before = (left.get(), right.get());
                yield_now().await;
                assert_eq!(before, (left.get(), right.get()), "changed under a reader");
                assert_eq!(before.0, before.1, "half of a change");
            }
        }
    };
    all(tasks(9, work)).await;
    assert_eq!((left.get(), right.get()), (3, 3));
}

/// Whoever has waited sees what was done before; all are woken, though the flag is cleared at once.
/// Broken: they wait for some turns instead.
pub(crate) async fn event(broken: bool) {
    let (event, ready) = (Rc::new(Event::new()), Rc::new(Cell::new(false)));
    let waiting = Rc::new(Cell::new(0));
    let work = |_| {
        let (event, ready, waiting) = (event.clone(), ready.clone(), waiting.clone());
        async move {
            waiting.set(waiting.get() + 1);
            match broken {
                true => yields(3).await,
                false => event.wait().await,
            }
            assert!(ready.get(), "it went on too early");
        }
    };
    let workers = tasks(5, work);
    let sets = create_task(async move {
        while waiting.get() < 5 {
            yield_now().await;
        }
        yields(2).await;
        ready.set(true);
        event.set();
        event.clear();
    });
    all(workers).await;
    sets.await.unwrap();
}

/// Each item is taken once, and nobody finds none. Broken: a waiter does not look again.
pub(crate) async fn condition(broken: bool) {
    let items = Rc::new(Condition::new(0_u32));
    let takes = |number: u32| {
        let items = items.clone();
        async move {
            yields(number % 3).await;
            let mut stock = items.lock().await;
            match broken {
                true if *stock == 0 => stock.wait().await,
                true => {}
                false => stock.wait_for(|stock: &mut u32| *stock > 0).await,
            }
            *stock = stock.checked_sub(1).expect("somebody else has taken it");
        }
    };
    let gives = |number: u32| {
        let items = items.clone();
        async move {
            yields(number).await;
            let mut stock = items.lock().await;
            *stock += 1;
            stock.notify(1);
        }
    };
    let (takers, givers) = (tasks(6, takes), tasks(6, gives));
    all(takers).await;
    all(givers).await;
    assert_eq!(*items.lock().await, 0);
}

/// Never more inside than there are permits, and at the end all are back, also those of the
/// cancelled. Broken: without a permit.
pub(crate) async fn semaphore(broken: bool) {
    let permits = Rc::new(Semaphore::new(2));
    let inside = Rc::new(Cell::new(0));
    let work = |number: u32| {
        let (permits, inside) = (permits.clone(), inside.clone());
        async move {
            yields(number % 3).await;
            let _permit = match broken {
                true => None,
                false => Some(permits.acquire().await),
            };
            inside.set(inside.get() + 1);
            assert!(inside.get() <= 2, "too many inside");
            yields(2).await;
            inside.set(inside.get() - 1);
        }
    };
    let waits = |number: u32| {
        let permits = permits.clone();
        async move {
            yields(number).await;
            drop(permits.acquire().await);
        }
    };
    let (workers, cancelled) = (tasks(8, work), tasks(4, waits));
    yields(4).await;
    for task in &cancelled {
        task.cancel();
    }
    all(workers).await;
    for task in cancelled {
        let _either_way = task.await;
    }
    assert_eq!(permits.available_permits(), 2, "a permit was lost");
}

/// As the semaphore, and no permit comes back twice. Broken: one of them has no permit.
pub(crate) async fn bounded_semaphore(broken: bool) {
    let permits = Rc::new(BoundedSemaphore::new(2));
    let inside = Rc::new(Cell::new(0));
    let work = |number: u32| {
        let (permits, inside) = (permits.clone(), inside.clone());
        async move {
            yields(number % 3).await;
            let _permit = match broken && number == 1 {
                true => None,
                false => Some(permits.acquire().await),
            };
            inside.set(inside.get() + 1);
            assert!(inside.get() <= 2, "too many inside");
            assert!(
                permits.release().is_err(),
                "all are in hands that give them back"
            );
            yields(2).await;
            inside.set(inside.get() - 1);
        }
    };
    all(tasks(8, work)).await;
    assert_eq!(permits.available_permits(), 2);
    assert!(permits.release().is_err(), "all are back already");
}

/// Nobody begins a round before all have ended the last one. Broken: nobody waits.
pub(crate) async fn barrier(broken: bool) {
    let barrier = Rc::new(Barrier::new(4));
    let arrived = Rc::new(RefCell::new([0; 3]));
    let numbers = Log::new();
    let work = |number: u32| {
        let (barrier, arrived, numbers) = (barrier.clone(), arrived.clone(), numbers.clone());
        async move {
            for round in 0..3 {
                yields(number % 3).await;
                arrived.borrow_mut()[round] += 1;
                match broken {
                    true => yield_now().await,
                    false => numbers.push((round, barrier.wait().await.unwrap())),
                }
                assert_eq!(
                    arrived.borrow()[round],
                    4,
                    "through before the last has come"
                );
            }
        }
    };
    all(tasks(4, work)).await;
    let mut numbers = numbers.take();
    numbers.sort();
    let expected = (0..3).flat_map(|round| (0..4).map(move |number| (round, number)));
    assert_eq!(numbers, expected.collect::<Vec<_>>());
}

/// Each who asks gets the answer to what he asked. Broken: all answers go to one place.
pub(crate) async fn oneshot(broken: bool) {
    let questions = Rc::new(RefCell::new(Vec::new()));
    let last_answer = Rc::new(Cell::new(0));
    let asks = |number: u32| {
        let (questions, last_answer) = (questions.clone(), last_answer.clone());
        async move {
            yields(number % 2).await;
            let (answer, answered) = oneshot::channel();
            questions.borrow_mut().push((number, answer));
            let answer: u32 = answered.await.unwrap();
            match broken {
                true => assert_eq!(last_answer.get(), number * 10),
                false => assert_eq!(answer, number * 10),
            }
        }
    };
    let askers = tasks(6, asks);
    let mut answered = 0;
    while answered < 6 {
        let asked = questions.take();
        answered += asked.len();
        for (number, answer) in asked {
            let last_answer = last_answer.clone();
            drop(create_task(async move {
                yields(number % 3).await;
                last_answer.set(number * 10);
                answer.send(number * 10).unwrap();
            }));
        }
        yield_now().await;
    }
    all(askers).await;
}

/// It is set once, and all see the same, whoever is first. Broken: a setter does not notice that it
/// was refused.
pub(crate) async fn promise(broken: bool) {
    let promise = Rc::new(Promise::new());
    let winner = Rc::new(Cell::new(None));
    let sets = |number: u32| {
        let (promise, winner) = (promise.clone(), winner.clone());
        async move {
            yields(1).await;
            if promise.set_result(number).is_ok() || broken {
                winner.set(Some(number));
            }
        }
    };
    let seen = |number: u32| {
        let promise = promise.clone();
        async move {
            yields(number).await;
            (&*promise).await.unwrap()
        }
    };
    let (setters, waiters) = (tasks(3, sets), tasks(5, seen));
    let values = all(waiters).await;
    all(setters).await;
    assert!(values.iter().all(|value| Some(*value) == winner.get()));
}
