//! `Condition`: the lock is there again whatever ends the wait, and no notification is lost.

use std::cell::RefCell;
use std::rc::Rc;

use oneloop::cancel::catch;
use oneloop::sync::{Condition, Lock};
use oneloop::{Task, create_task, gather, sleep, timeout, yield_now};

use crate::hand::{CallsBack, Count, poll, poll_quietly};
use crate::story::{Story, milliseconds, run};

/// asyncio's program 098.
#[test]
fn a_cancelled_wait_takes_the_lock_again_before_the_cancellation_goes_on() {
    run(async {
        let story = Story::default();
        let condition = Rc::new(Condition::new(()));
        let waiter = {
            let (condition, story) = (condition.clone(), story.clone());
            create_task(async move {
                let mut guard = condition.lock().await;
                if let Err(cancelled) = catch(guard.wait()).await {
                    story.say(format!("cancelled; lock held: {}", condition.locked()));
                    assert!(condition.try_lock().is_none(), "the guard has it");
                    let () = *guard; // It can be used.
                    cancelled.resume().await;
                }
            })
        };
        yield_now().await;
        {
            let _guard = condition.lock().await;
            waiter.cancel();
            sleep(milliseconds(20)).await;
            let done = waiter.done();
            story.say(format!("main holds the lock; waiter done {done}"));
        }
        let cancelled = waiter.await.unwrap_err().is_cancelled();
        let locked = condition.locked();
        story.say(format!("cancelled {cancelled} locked {locked}"));
        assert_eq!(
            story.told(),
            [
                "main holds the lock; waiter done false",
                "cancelled; lock held: true",
                "cancelled true locked false",
            ]
        );
    });
}

/// asyncio's program 145.
#[test]
fn wait_for_looks_under_the_lock_after_each_notify_and_gives_what_the_predicate_gave() {
    run(async {
        let condition = Condition::new(Vec::new());
        let checks = RefCell::new(Vec::new());
        let two_items = |items: &mut Vec<i32>| {
            checks.borrow_mut().push(items.len());
            (items.len() >= 2).then_some("enough")
        };
        let consumer = async {
            let mut items = condition.lock().await;
            let gave = items.wait_for(two_items).await;
            (gave, items.clone())
        };
        let producer = async {
            for number in 0..3 {
                sleep(milliseconds(10)).await;
                let mut items = condition.lock().await;
                items.push(number);
                items.notify(1);
            }
        };
        let (consumed, ()) = gather((consumer, producer)).await;
        assert_eq!(consumed, ("enough", vec![0, 1]));
        assert_eq!(checks.take(), [0, 1, 2]);
        assert_eq!(condition.lock().await.wait_for(two_items).await, "enough");
    });
}

#[test]
fn notify_wakes_so_many_in_order_and_each_goes_on_when_it_has_the_lock() {
    run(async {
        let story = Story::default();
        let condition = Rc::new(Condition::new(()));
        for name in ["a", "b", "c"] {
            let (condition, story) = (condition.clone(), story.clone());
            drop(create_task(async move {
                let mut guard = condition.lock().await;
                guard.wait().await;
                story.say(name);
                sleep(milliseconds(1)).await; // with the lock in hand
            }));
        }
        yield_now().await;
        condition.lock().await.notify(2);
        sleep(milliseconds(10)).await;
        assert_eq!(story.told(), ["a", "b"]);
        condition.lock().await.notify_all();
        sleep(milliseconds(10)).await;
        assert_eq!(story.told(), ["c"]);
    });
}

fn two_that_wait(condition: &Rc<Condition<()>>) -> [Task<()>; 2] {
    [1, 2].map(|_| {
        let condition = condition.clone();
        create_task(async move { condition.lock().await.wait().await })
    })
}

#[test]
fn a_notification_that_a_cancelled_waiter_had_goes_to_the_next() {
    run(async {
        let condition = Rc::new(Condition::new(()));
        let [first, second] = two_that_wait(&condition);
        yield_now().await;
        condition.lock().await.notify(1);
        first.cancel();
        assert!(first.await.unwrap_err().is_cancelled());
        timeout(milliseconds(10), second).await.unwrap().unwrap();
    });
}

#[test]
fn a_waiter_that_was_cancelled_is_not_notified_while_it_waits_for_the_lock() {
    run(async {
        let condition = Rc::new(Condition::new(()));
        let [first, second] = two_that_wait(&condition);
        yield_now().await;
        let guard = condition.lock().await;
        first.cancel();
        yield_now().await; // It has left the line, and waits for the lock.
        yield_now().await;
        guard.notify(1);
        drop(guard);
        assert!(first.await.unwrap_err().is_cancelled());
        timeout(milliseconds(10), second).await.unwrap().unwrap();
    });
}

#[test]
fn a_timeout_around_a_wait_takes_the_lock_again() {
    run(async {
        let condition = Condition::new(1);
        let mut guard = condition.lock().await;
        assert!(timeout(milliseconds(10), guard.wait()).await.is_err());
        *guard += 1;
        assert!(condition.try_lock().is_none());
        drop(guard);
        assert!(!condition.locked());
    });
}

#[test]
fn a_wait_that_is_just_dropped_leaves_the_line_and_passes_its_notification_on() {
    let condition = Condition::new(());
    let mut guards: Vec<_> = Vec::new();
    let mut other = Box::pin(async {
        condition.lock().await.wait().await;
    });
    {
        let mut guard = condition.try_lock().unwrap();
        let mut wait = Box::pin(guard.wait());
        assert!(poll_quietly(&mut wait).is_pending());
        assert!(poll_quietly(&mut other).is_pending());
        condition.try_lock().unwrap().notify(1);
        drop(wait);
        guards.push(guard);
    }
    assert!(poll(&mut other, std::task::Waker::noop()).is_ready());
    drop(guards); // A guard that lost its lock gives none back.
    assert!(!condition.locked());
}

#[test]
#[should_panic(expected = "this guard's `wait` was dropped")]
fn a_guard_whose_wait_was_just_dropped_says_so_when_it_is_used() {
    let condition = Condition::new(1);
    let mut guard = condition.try_lock().unwrap();
    {
        let mut wait = Box::pin(guard.wait());
        assert!(poll_quietly(&mut wait).is_pending());
    }
    assert_eq!(*guard, 1);
}

#[test]
fn a_waker_that_notifies_when_the_lock_is_given_back_finds_the_waiter_in_line() {
    let condition = Rc::new(Condition::new(()));
    let mut guard = condition.try_lock().unwrap();
    let notify = {
        let condition = condition.clone();
        async move { condition.lock().await.notify(1) }
    };
    let next = Rc::new(RefCell::new(Some(Box::pin(notify))));
    let waker = {
        let next = next.clone();
        CallsBack::WhenWoken.waker(move || {
            let mut notify = next.take().unwrap();
            assert!(
                poll_quietly(&mut notify).is_ready(),
                "it was handed the lock"
            );
        })
    };
    assert!(poll(next.borrow_mut().as_mut().unwrap(), &waker).is_pending());
    let mut wait = Box::pin(guard.wait());
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut wait, &waker).is_pending());
    assert_eq!(wakes.get(), 1);
    assert!(poll(&mut wait, &waker).is_ready());
}

#[test]
fn two_conditions_of_one_lock_notify_their_own_waiters_only() {
    run(async {
        let story = Story::default();
        let lock = Rc::new(Lock::new(()));
        let conditions = [0, 1].map(|_| Rc::new(Condition::with_lock(lock.clone())));
        for (number, condition) in conditions.iter().enumerate() {
            let (condition, story) = (condition.clone(), story.clone());
            drop(create_task(async move {
                condition.lock().await.wait().await;
                story.say(format!("{number}"));
            }));
        }
        yield_now().await;
        conditions[1].lock().await.notify_all();
        sleep(milliseconds(1)).await;
        assert_eq!(story.told(), ["1"]);
    });
}
