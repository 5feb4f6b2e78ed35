//! `Semaphore` and `BoundedSemaphore`: limits, order, and permits that are not lost.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use oneloop::sync::{BoundedSemaphore, Semaphore, TooManyPermits};
use oneloop::{create_task, gather, sleep, yield_now};

use crate::hand::{Count, poll};
use crate::story::{Story, run};

/// asyncio's program 090.
#[test]
fn so_many_are_inside_first_come_first_served_and_errors_give_back() {
    run(async {
        let story = Story::default();
        let semaphore = Semaphore::new(2);
        let (inside, peak) = (Cell::new(0), Cell::new(0));
        let job = async |number: u32| {
            let _permit = semaphore.acquire().await;
            inside.set(inside.get() + 1);
            peak.set(peak.get().max(inside.get()));
            story.say(format!("enter {number}"));
            sleep(Duration::from_millis(20)).await;
            inside.set(inside.get() - 1);
            if number == 1 {
                Err("one fails")
            } else {
                Ok(())
            }
        };
        gather((0..6).map(job)).await;
        let expected: Vec<_> = (0..6).map(|number| format!("enter {number}")).collect();
        assert_eq!(story.told(), expected);
        assert_eq!((peak.get(), semaphore.locked()), (2, false));
    });
}

/// Feature row 35.
#[test]
fn of_fifty_workers_five_are_inside_at_once_and_each_has_its_turn() {
    run(async {
        let semaphore = Rc::new(Semaphore::new(5));
        let (inside, peak) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let workers: Vec<_> = (0..50)
            .map(|number| {
                let (semaphore, inside, peak) = (semaphore.clone(), inside.clone(), peak.clone());
                create_task(async move {
                    let _permit = semaphore.acquire().await;
                    inside.set(inside.get() + 1);
                    peak.set(peak.get().max(inside.get()));
                    sleep(Duration::from_millis(1)).await;
                    inside.set(inside.get() - 1);
                    number
                })
            })
            .collect();
        let ends: Vec<u32> = gather(workers)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(ends, (0..50).collect::<Vec<_>>());
        assert_eq!((peak.get(), semaphore.available_permits()), (5, 5));
    });
}

/// asyncio's program 091.
///
/// Feature row 35.
#[test]
fn a_released_permit_belongs_to_the_longest_waiter_also_when_the_releaser_asks_again() {
    run(async {
        let story = Story::default();
        let semaphore = Rc::new(Semaphore::new(1));
        semaphore.acquire().await.forget();
        let tasks = ["first", "second"].map(|name| {
            let (semaphore, story) = (semaphore.clone(), story.clone());
            create_task(async move {
                let _permit = semaphore.acquire().await;
                story.say(format!("acquired by {name}"));
            })
        });
        yield_now().await;
        semaphore.release();
        story.say(format!("released; locked() = {}", semaphore.locked()));
        let _permit = semaphore.acquire().await;
        story.say("acquired again by main");
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(
            story.told(),
            [
                "released; locked() = true",
                "acquired by first",
                "acquired by second",
                "acquired again by main",
            ]
        );
    });
}

/// asyncio's program 093.
#[test]
fn a_bounded_semaphore_refuses_more_than_it_gave_and_a_plain_one_grows() {
    let bounded = BoundedSemaphore::new(1);
    bounded.try_acquire().unwrap().forget();
    assert_eq!(bounded.release(), Ok(()));
    assert_eq!(bounded.release(), Err(TooManyPermits));
    let held = bounded.try_acquire().unwrap();
    assert_eq!(
        bounded.release(),
        Err(TooManyPermits),
        "its guard does that"
    );
    drop(held);
    assert_eq!(bounded.available_permits(), 1);

    let plain = Semaphore::new(0);
    plain.release();
    plain.release();
    let (first, second) = (plain.try_acquire(), plain.try_acquire());
    assert!(first.is_some() && second.is_some() && plain.locked());
}

#[test]
fn added_permits_go_to_those_who_wait_and_the_rest_into_the_pool() {
    let semaphore = Semaphore::new(0);
    let mut waiters: Vec<_> = (0..2).map(|_| Box::pin(semaphore.acquire())).collect();
    let (waker, wakes) = Count::waker();
    for waiter in &mut waiters {
        assert!(poll(waiter, &waker).is_pending());
    }
    semaphore.add_permits(5);
    assert_eq!((wakes.get(), semaphore.available_permits()), (2, 3));
    drop(waiters);
    assert_eq!(semaphore.available_permits(), 5);
}

#[test]
#[should_panic(expected = "permits are counted in a usize")]
fn more_permits_than_can_be_counted_are_refused() {
    let semaphore = Semaphore::new(1);
    semaphore.add_permits(usize::MAX);
}

/// Feature row 35.
/// Pain 12.
#[test]
fn a_cancelled_waiter_passes_its_permit_on_also_when_all_but_one_are_cancelled() {
    run(async {
        let semaphore = Rc::new(Semaphore::new(1));
        let permit = semaphore.acquire().await;
        let tasks: Vec<_> = (0..5)
            .map(|number| {
                let semaphore = semaphore.clone();
                create_task(async move {
                    let _permit = semaphore.acquire().await;
                    number
                })
            })
            .collect();
        yield_now().await;
        drop(permit);
        // One after the other would have been handed the permit.
        for task in &tasks[..4] {
            task.cancel();
        }
        let ends: Vec<_> = gather(tasks).await.into_iter().map(Result::ok).collect();
        assert_eq!(ends, [None, None, None, None, Some(4)]);
        assert_eq!(semaphore.available_permits(), 1);
    });
}
