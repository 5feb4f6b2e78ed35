//! `Event`: all who wait go on, in order, whatever becomes of the flag.

use std::rc::Rc;

use oneloop::sync::Event;
use oneloop::{call_soon, create_task, yield_now};

use crate::hand::{CallsBack, Count, poll, poll_quietly};
use crate::story::{Story, run};

/// asyncio's program 096.
#[test]
fn set_wakes_all_in_order_also_when_clear_follows_and_a_set_event_does_not_suspend() {
    run(async {
        let story = Story::default();
        let event = Rc::new(Event::new());
        let tasks = [0, 1, 2].map(|number| {
            let (event, story) = (event.clone(), story.clone());
            create_task(async move {
                event.wait().await;
                story.say(format!("woke {number} is_set {}", event.is_set()));
            })
        });
        yield_now().await;
        event.set();
        event.clear();
        for task in tasks {
            task.await.unwrap();
        }
        event.set();
        let other = story.clone();
        call_soon(move || other.say("other callback"));
        event.wait().await;
        story.say("no suspension on a set event");
        yield_now().await;
        assert_eq!(
            story.told(),
            [
                "woke 0 is_set false",
                "woke 1 is_set false",
                "woke 2 is_set false",
                "no suspension on a set event",
                "other callback",
            ]
        );
    });
}

#[test]
fn who_comes_after_clear_waits_for_the_next_set() {
    let event = Event::new();
    let mut early = Box::pin(event.wait());
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut early, &waker).is_pending());
    event.set();
    event.clear();
    let mut late = Box::pin(event.wait());
    assert!(poll(&mut late, &waker).is_pending());
    assert!(poll(&mut early, &waker).is_ready());
    assert!(poll(&mut late, &waker).is_pending());
    assert_eq!(wakes.get(), 1);
    event.set();
    assert!(poll(&mut late, &waker).is_ready());
}

#[test]
fn a_cancellation_beats_a_set_of_the_same_moment_and_the_others_go_on() {
    run(async {
        let event = Rc::new(Event::new());
        let [first, second] = [1, 2].map(|_| {
            let event = event.clone();
            create_task(async move { event.wait().await })
        });
        yield_now().await;
        event.set();
        first.cancel();
        assert!(first.await.unwrap_err().is_cancelled());
        second.await.unwrap();
    });
}

#[test]
fn a_waker_may_clear_and_wait_again() {
    let event = Rc::new(Event::new());
    let mut waiters = [0, 1].map(|_| Box::pin(event.wait()));
    let waker = {
        let event = event.clone();
        CallsBack::WhenWoken.waker(move || {
            event.clear();
            assert!(poll_quietly(&mut Box::pin(event.wait())).is_pending());
        })
    };
    let (counting, wakes) = Count::waker();
    assert!(poll(&mut waiters[0], &waker).is_pending());
    assert!(poll(&mut waiters[1], &counting).is_pending());
    event.set();
    assert_eq!(
        wakes.get(),
        1,
        "the second is woken although the first cleared"
    );
    assert!(
        waiters
            .iter_mut()
            .all(|waiter| poll_quietly(waiter).is_ready())
    );
    assert!(!event.is_set());
}
