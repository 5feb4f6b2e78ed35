//! `testing::cancel_at_every_await` notices whatever may be lost when something is interrupted: each
//! test has a scenario with one such mistake. The real scenarios: `every_await/`.

use oneloop::reactor::{Direction, Registration};
use oneloop::sync::{Event, oneshot};
use oneloop::testing::{Scenario, cancel_at_every_await, cancel_at_every_await_in};
use oneloop::time::Sleep;
use oneloop::{Loop, create_task, sleep, yield_now};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3600);

/// The text of the panic that the scenario fails with.
fn complaint(scenario: impl AsyncFnMut() -> Scenario) -> String {
    let attempt = catch_unwind(AssertUnwindSafe(|| cancel_at_every_await(scenario)));
    let panic = attempt.expect_err("nothing was noticed");
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
    }
}

#[test]
fn each_suspension_is_interrupted_in_four_ways_and_each_poll_of_the_loop_once() {
    let ends = Rc::new(RefCell::new(Vec::new()));
    let story = ends.clone();
    let every = cancel_at_every_await(async || {
        // How far the subject comes: 3 is its end.
        let (reached, told) = (Rc::new(Cell::new(0)), story.clone());
        let seen = reached.clone();
        Scenario::new(async move {
            for number in 1..=3 {
                seen.set(number);
                if number < 3 {
                    yield_now().await;
                }
            }
        })
        .after(async move { told.borrow_mut().push(reached.get()) })
    });
    let expected = [
        3, // The run that counts.
        1, 1, 1, 1, // In the first suspension.
        2, 2, 2, 2, // In the second.
        0, 1, 2, // Cancelled before the first poll, after it, and after the second.
        3, // The third ends it, so that nothing was left to be cancelled.
    ];
    assert_eq!(*ends.borrow(), expected);
    assert_eq!((every.suspensions, every.interruptions), (2, 11));
}

#[test]
fn what_the_check_misses_is_noticed() {
    let text = complaint(async || {
        // It takes the only permit, and gives it back at its end, but not when it is dropped.
        let permits = Rc::new(Cell::new(1));
        let taken = permits.clone();
        Scenario::new(async move {
            taken.set(0);
            yield_now().await;
            taken.set(1);
        })
        .after(async move { assert_eq!(permits.get(), 1, "a permit is lost") })
    });
    assert!(text.contains("a permit is lost"), "{text}");
}

/// Polls once, and leaves it where it waits.
async fn begin<F: Future>(mut future: Pin<&mut F>) {
    poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

#[test]
fn a_timer_that_stays_is_noticed() {
    // It outlives the scenario, as if its timer had not been taken back.
    let kept = Rc::default();
    let text = complaint(async || {
        let keeps: Rc<RefCell<Option<Pin<Box<Sleep>>>>> = Rc::clone(&kept);
        Scenario::new(async move {
            let mut hour = Box::pin(sleep(LONG));
            begin(hour.as_mut()).await;
            keeps.replace(Some(hour));
            yield_now().await;
        })
    });
    assert_eq!(text, "something was left behind: 1 timers");
}

#[test]
fn a_task_that_stays_is_noticed() {
    let text = complaint(async || {
        Scenario::new(async {
            let task = create_task(pending::<()>());
            yield_now().await;
            task.cancel();
        })
    });
    assert_eq!(text, "something was left behind: 1 tasks");
}

#[cfg(unix)]
#[test]
fn a_registered_source_that_stays_is_noticed() {
    let kept = Rc::default();
    let text = complaint(async || {
        let (one, _other) = mio::net::UnixStream::pair().unwrap();
        let keeps: Rc<RefCell<Option<Rc<Registration<_>>>>> = Rc::clone(&kept);
        Scenario::new(async move {
            let one = Rc::new(Registration::new(one).unwrap());
            begin(pin!(one.ready(Direction::Read))).await;
            keeps.replace(Some(one));
            yield_now().await;
        })
    });
    assert_eq!(text, "something was left behind: 1 registered sources");
}

#[test]
fn a_request_that_is_lost_is_noticed_unless_the_scenario_says_that_it_may() {
    let swallows = async || {
        Scenario::new(async {
            if let Err(cancelled) = oneloop::cancel::catch(yield_now()).await {
                cancelled.suppress();
            }
            yield_now().await;
        })
    };
    let text = complaint(swallows);
    let expected = "the subject was cancelled, waited on, and came to its own end";
    assert_eq!(text, expected);
    let every = cancel_at_every_await(async || swallows().await.survives());
    assert_eq!(every.suspensions, 2);
}

#[test]
fn what_waits_for_ever_is_named() {
    // The subject was to send, and who waits for it does not hear that it is gone.
    let text = complaint(async || {
        let event = Rc::new(Event::new());
        let sets = event.clone();
        Scenario::new(async move {
            yield_now().await;
            sets.set();
        })
        .beside(async move { event.wait().await })
    });
    assert!(text.contains("\"beside the subject\""), "{text}");
}

#[test]
fn what_is_woken_again_and_again_is_noticed() {
    let text = complaint(async || {
        let done = Rc::new(Cell::new(false));
        let seen = done.clone();
        Scenario::new(async move {
            yield_now().await;
            done.set(true);
        })
        .beside(async move {
            while !seen.get() {
                yield_now().await;
            }
        })
    });
    assert!(text.contains("there is no end"), "{text}");
}

#[test]
fn a_subject_that_never_waits_shows_nothing() {
    let text = complaint(async || {
        let (send, receive) = oneshot::channel();
        send.send(()).unwrap();
        Scenario::new(async move { receive.await.unwrap() })
    });
    assert!(text.contains("never waits"), "{text}");
}

#[test]
fn another_loop_may_be_asked_for() {
    let made = Cell::new(0);
    let every = cancel_at_every_await_in(
        || {
            made.set(made.get() + 1);
            Loop::builder().paused_clock().seed(7)
        },
        async || Scenario::new(sleep(LONG)),
    );
    assert_eq!(every.suspensions, 1);
    assert_eq!(
        made.get(),
        every.interruptions + 2,
        "and one to count, one to end"
    );
}
