//! `Barrier`: rounds, numbers, abort, reset, and parties that do not come after all.

use std::rc::Rc;

use oneloop::sync::{Barrier, BrokenBarrier};
use oneloop::{create_task, gather, sleep, yield_now};

use crate::hand::poll_quietly;
use crate::story::{Story, milliseconds, run};

/// asyncio's program 104.
#[test]
fn all_pass_when_the_last_has_come_each_with_its_number_and_again() {
    run(async {
        let story = Story::default();
        let barrier = Barrier::new(3);
        assert_eq!((barrier.parties(), barrier.n_waiting()), (3, 0));
        let party = async |name: &str, time| {
            for lap in 0..2 {
                sleep(milliseconds(time)).await;
                let index = barrier.wait().await.unwrap();
                story.say(format!("lap {lap} party {name} index {index}"));
            }
        };
        gather((party("a", 10), party("b", 30), party("c", 50))).await;
        assert_eq!(
            story.told(),
            [
                "lap 0 party c index 2", // the last one does not suspend
                "lap 0 party a index 0",
                "lap 0 party b index 1",
                "lap 1 party c index 2",
                "lap 1 party a index 0",
                "lap 1 party b index 1",
            ]
        );
        assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
    });
}

/// CPython tells (1, 1), (0, 0), (3, 1), (2, 0) here: its newcomers wait for the former round to go.
#[test]
fn who_completes_the_next_round_goes_on_before_those_who_wait_in_the_former() {
    run(async {
        let (story, barrier) = (Story::default(), Rc::new(Barrier::new(2)));
        let tasks = [0, 1, 2, 3].map(|task| {
            let (story, barrier) = (story.clone(), barrier.clone());
            create_task(async move {
                let index = barrier.wait().await.unwrap();
                story.say(format!("{task} {index}"));
            })
        });
        gather(tasks).await;
        assert_eq!(story.told(), ["1 1", "3 1", "0 0", "2 0"]);
    });
}

/// asyncio's program 105.
#[test]
fn abort_breaks_it_for_those_present_and_those_who_come_until_reset() {
    run(async {
        let story = Story::default();
        let barrier = Rc::new(Barrier::new(2));
        let party = |name: &'static str| {
            let (barrier, story) = (barrier.clone(), story.clone());
            async move {
                match barrier.wait().await {
                    Ok(_) => story.say(format!("{name} passed")),
                    Err(BrokenBarrier) => story.say(format!("{name} BrokenBarrier")),
                }
            }
        };
        let early = create_task(party("early"));
        sleep(milliseconds(10)).await;
        barrier.abort();
        early.await.unwrap();
        assert!(barrier.broken());
        party("late").await;
        barrier.reset();
        gather((party("x"), party("y"))).await;
        assert_eq!(
            story.told(),
            [
                "early BrokenBarrier",
                "late BrokenBarrier",
                "y passed",
                "x passed"
            ]
        );
    });
}

#[test]
fn reset_fails_those_who_wait_and_begins_a_new_round() {
    let barrier = Barrier::new(2);
    let mut old = Box::pin(barrier.wait());
    assert!(poll_quietly(&mut old).is_pending());
    barrier.reset();
    assert_eq!((barrier.n_waiting(), barrier.broken()), (0, false));
    let mut new = Box::pin(barrier.wait());
    assert!(poll_quietly(&mut new).is_pending());
    assert_eq!(
        poll_quietly(&mut old),
        std::task::Poll::Ready(Err(BrokenBarrier))
    );
    assert_eq!(barrier.n_waiting(), 1);
}

#[test]
fn who_is_cancelled_has_not_come_and_the_numbers_of_a_round_differ() {
    run(async {
        let barrier = Rc::new(Barrier::new(3));
        let party = || {
            let barrier = barrier.clone();
            create_task(async move { barrier.wait().await })
        };
        let (first, second) = (party(), party());
        yield_now().await;
        first.cancel();
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(barrier.n_waiting(), 1);
        let third = party();
        yield_now().await;
        assert_eq!(barrier.n_waiting(), 2, "one is missing");
        assert_eq!(barrier.wait().await, Ok(2));
        assert_eq!(second.await.unwrap(), Ok(0));
        assert_eq!(third.await.unwrap(), Ok(1));
    });
}

#[test]
fn who_is_cancelled_as_the_last_one_comes_lets_the_others_pass() {
    run(async {
        let barrier = Rc::new(Barrier::new(3));
        let [first, second] = [1, 2].map(|_| {
            let barrier = barrier.clone();
            create_task(async move { barrier.wait().await })
        });
        yield_now().await;
        assert_eq!(barrier.wait().await, Ok(2));
        first.cancel();
        assert!(first.await.unwrap_err().is_cancelled());
        assert_eq!(second.await.unwrap(), Ok(1));
        assert_eq!(barrier.n_waiting(), 0);
    });
}

#[test]
fn one_party_never_waits() {
    let barrier = Barrier::new(1);
    for _ in 0..2 {
        assert!(poll_quietly(&mut Box::pin(barrier.wait())).is_ready());
    }
}

#[test]
#[should_panic(expected = "a barrier needs at least one party")]
fn a_barrier_for_nobody_is_refused() {
    Barrier::new(0);
}
