//! Plain functions on the loop, and a loop that is stopped by one. Next: `endings.rs`.

use crate::{milliseconds, run};
use oneloop::{Loop, call_at, call_later, call_soon, create_task, now, sleep};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Feature row 140.
#[test]
fn callbacks_are_called_once_when_due_in_order_and_never_after_their_removal() {
    run(async {
        let story = Rc::new(RefCell::new(Vec::new()));
        let began = now();
        let tell = |text: &'static str| {
            let story = story.clone();
            move || {
                let at = (now() - began).as_millis();
                story.borrow_mut().push(format!("{at} {text}"));
            }
        };
        let due = began + milliseconds(20);
        let removed = [
            call_later(milliseconds(20), tell("never, since removed at once")),
            call_at(due, tell("never, since removed when it is due")),
        ];
        call_at(due, tell("at, first"));
        call_later(milliseconds(20), tell("later, second"));
        call_later(milliseconds(10), tell("later, and earlier"));
        call_soon(tell("soon, first"));
        call_soon(tell("never, since removed while ready")).cancel();
        call_soon(tell("soon, second"));
        removed[0].cancel();
        let second = removed.into_iter().nth(1).unwrap();
        // Its time comes in the same moment, and this callback comes before it.
        call_at(due - milliseconds(1), move || second.cancel());
        sleep(milliseconds(100)).await;
        let expected = [
            "0 soon, first",
            "0 soon, second",
            "10 later, and earlier",
            "20 at, first",
            "20 later, second",
        ];
        assert_eq!(*story.borrow(), expected);
    });
}

/// Feature row 141.
#[test]
fn a_ticker_runs_until_a_callback_stops_the_loop_which_can_be_run_again() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    let ticks = Rc::new(Cell::new(0));
    let tick = ticks.clone();
    let handle = event_loop.handle();
    let ticker = handle.create_task(async move {
        loop {
            sleep(milliseconds(10)).await;
            tick.set(tick.get() + 1);
        }
    });
    let stop_after = |time| {
        let stops = handle.clone();
        handle.call_later(milliseconds(time), move || stops.stop());
    };
    stop_after(35);
    event_loop.run_forever();
    assert_eq!(ticks.get(), 3);
    stop_after(20);
    event_loop.run_forever();
    assert_eq!(ticks.get(), 5);
    event_loop.block_on(async { sleep(milliseconds(10)).await });
    assert_eq!(ticks.get(), 6);
    ticker.cancel();
    let _: Result<(), _> = event_loop.block_on(ticker);
}

/// Feature row 22.
#[test]
fn a_task_is_scheduled_now_and_runs_later() {
    run(async {
        let ran = Rc::new(Cell::new(false));
        let runs = ran.clone();
        let task = create_task(async move { runs.set(true) });
        assert!(!ran.get());
        task.await.unwrap();
        assert!(ran.get());
    });
}
