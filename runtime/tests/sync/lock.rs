//! `Lock`: who gets it when, and what becomes of it when a waiter is cancelled or dropped.

use std::cell::Cell;
use std::rc::Rc;
use std::task::Poll;

use oneloop::sync::{Lock, LockGuard, NotLocked};
use oneloop::{create_task, gather, timeout, yield_now};

use crate::hand::{CallsBack, Count, poll, poll_quietly};
use crate::story::{Story, milliseconds, run};

/// asyncio's program 094.
#[test]
fn a_lock_is_handed_on_in_line_and_who_asks_again_goes_to_the_back() {
    run(async {
        let story = Story::default();
        let lock = Lock::new(());
        let job = async |number: u32| {
            for turn in 0..2 {
                let _guard = lock.lock().await;
                story.say(format!("holder {number} turn {turn}"));
                yield_now().await;
            }
        };
        gather((0..3).map(job)).await;
        assert_eq!(
            story.told(),
            [
                "holder 0 turn 0",
                "holder 1 turn 0",
                "holder 2 turn 0",
                "holder 0 turn 1",
                "holder 1 turn 1",
                "holder 2 turn 1",
            ]
        );
        assert!(!lock.locked());
    });
}

#[test]
fn only_a_lock_that_was_left_locked_can_be_released() {
    let lock = Lock::new(());
    assert_eq!(lock.release(), Err(NotLocked));
    let guard = lock.try_lock().unwrap();
    assert_eq!(lock.release(), Err(NotLocked), "the guard will do that");
    guard.forget();
    assert!(lock.try_lock().is_none());
    assert_eq!(lock.release(), Ok(()));
    assert!(lock.try_lock().is_some());
    assert_eq!(lock.release(), Err(NotLocked));
}

#[test]
fn nobody_comes_in_between_a_release_and_the_next_in_line() {
    let lock = Lock::new(0);
    let guard = lock.try_lock().unwrap();
    let mut next = Box::pin(lock.lock());
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut next, &waker).is_pending());
    drop(guard);
    assert_eq!(wakes.get(), 1);
    assert!(lock.locked(), "it belongs to the next in line");
    assert!(lock.try_lock().is_none());
    assert!(poll_quietly(&mut Box::pin(lock.lock())).is_pending());
    assert!(poll(&mut next, &waker).is_ready());
}

#[test]
fn a_dropped_waiter_passes_on_the_lock_that_it_was_handed() {
    let lock = Lock::new(());
    let guard = lock.try_lock().unwrap();
    let (mut leaver, mut patient) = (Box::pin(lock.lock()), Box::pin(lock.lock()));
    let ((one, one_wakes), (two, two_wakes)) = (Count::waker(), Count::waker());
    assert!(poll(&mut leaver, &one).is_pending());
    assert!(poll(&mut patient, &two).is_pending());
    drop(guard);
    assert_eq!((one_wakes.get(), two_wakes.get()), (1, 0));
    drop(leaver);
    assert_eq!(two_wakes.get(), 1);
    assert!(poll(&mut patient, &two).is_ready());
}

#[test]
fn a_cancellation_beats_a_lock_that_comes_in_the_same_moment() {
    run(async {
        let lock = Rc::new(Lock::new(()));
        let guard = lock.lock().await;
        let [first, second] = ["first", "second"].map(|name| {
            let lock = lock.clone();
            create_task(async move {
                let _guard = lock.lock().await;
                name
            })
        });
        yield_now().await;
        drop(guard); // The first one has it now,
        first.cancel(); // and shall not use it.
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(second.await.unwrap(), "second");
        assert!(!lock.locked());
    });
}

#[test]
fn a_lock_that_comes_in_the_moment_when_a_timeout_ends_is_had() {
    run(async {
        let lock = Lock::new(1);
        let hold = async {
            let _guard = lock.lock().await;
            oneloop::sleep(milliseconds(10)).await;
        };
        let wait = async {
            timeout(milliseconds(10), lock.lock())
                .await
                .map(|guard| *guard)
        };
        let ((), waited) = gather((hold, wait)).await;
        assert_eq!(
            waited,
            Ok(1),
            "a result beats a deadline of the same moment"
        );
        assert!(!lock.locked());
    });
}

#[test]
fn a_holder_that_panics_gives_the_lock_back() {
    run(async {
        let lock = Rc::new(Lock::new(1));
        let holder = {
            let lock = lock.clone();
            create_task(async move {
                *lock.lock().await += 1;
                let _guard = lock.lock().await;
                yield_now().await;
                panic!("on purpose");
            })
        };
        yield_now().await;
        let waited = lock.lock().await;
        assert_eq!(*waited, 2);
        assert!(holder.await.unwrap_err().is_panic());
    });
}

#[test]
fn a_thousand_waiters_that_give_up_leave_the_others_in_line() {
    run(async {
        let lock = Rc::new(Lock::new(()));
        let guard = lock.lock().await;
        let order = Rc::new(Cell::new(0));
        let tasks: Vec<_> = (0..2000)
            .map(|number| {
                let (lock, order) = (lock.clone(), order.clone());
                create_task(async move {
                    let _guard = lock.lock().await;
                    assert!(number % 2 == 0, "the others were cancelled");
                    assert_eq!(order.replace(order.get() + 1), number / 2);
                })
            })
            .collect();
        yield_now().await;
        for task in tasks.iter().skip(1).step_by(2) {
            task.cancel();
        }
        drop(guard);
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.is_ok(), number % 2 == 0);
        }
        assert_eq!(order.get(), 1000);
    });
}

#[test]
fn a_waker_may_use_the_lock_that_it_is_woken_for() {
    let lock = Rc::new(Lock::new(1));
    let mut guard = Some(lock.try_lock().unwrap());
    let mut waiter = Box::pin(lock.lock());
    let seen = Rc::new(Cell::new(None));
    let waker = {
        let (lock, seen) = (lock.clone(), seen.clone());
        let action = move || {
            seen.set(Some(lock.try_lock().is_some()));
            assert!(poll_quietly(&mut Box::pin(lock.lock())).is_pending());
            assert!(format!("{lock:?}").contains("in use"));
        };
        CallsBack::WhenWoken.waker(action)
    };
    assert!(poll(&mut waiter, &waker).is_pending());
    drop(guard.take());
    assert_eq!(seen.get(), Some(false), "woken, and the lock is promised");
    let value = |polled: Poll<LockGuard<'_, i32>>| polled.map(|guard| *guard);
    assert_eq!(value(poll_quietly(&mut waiter)), Poll::Ready(1));
    drop(waiter);
    assert!(!lock.locked());
}

#[test]
fn a_waiter_whose_former_waker_frees_the_lock_is_served() {
    // Replacing a waker drops the former one, which gives the lock back right there.
    let lock = Rc::new(Lock::new(()));
    let guard = lock.try_lock().unwrap();
    guard.forget();
    let mut waiter = Box::pin(lock.lock());
    let action = {
        let lock = lock.clone();
        move || lock.release().unwrap()
    };
    let waker = CallsBack::WhenDropped.waker(action);
    assert!(poll(&mut waiter, &waker).is_pending());
    drop(waker); // The queue holds the last clone.
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut waiter, &waker).is_pending());
    assert_eq!(wakes.get(), 1, "served when the former waker was dropped");
    assert!(poll(&mut waiter, &waker).is_ready());
}
