//! What `stop` lets run, and what waits until the loop runs again: asyncio's iterations.

use crate::{Story, milliseconds, paused};
use oneloop::{Builder, Loop, call_soon, create_task, yield_now};
use std::cell::Cell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

/// The loops that run batches in ways of their own.
fn loops() -> [(&'static str, Loop); 4] {
    let built = |builder: Builder| builder.build().unwrap();
    [
        ("real clock", built(Loop::builder())),
        ("paused clock", built(Loop::builder().paused_clock())),
        ("shuffled", built(Loop::builder().seed(1))),
        ("watched", built(Loop::builder().debug())),
    ]
}

fn stop() {
    Loop::current().unwrap().stop();
}

#[test]
fn stop_lets_what_is_ready_run_and_leaves_the_rest_for_the_next_time() {
    let event_loop = paused();
    let story = Story::default();
    let (handle, told) = (event_loop.handle(), story.clone());
    handle.call_soon(story.teller("before"));
    let stops = handle.clone();
    handle.call_soon(move || {
        stops.stop();
        told.tell("stop");
        stops.call_soon(told.teller("made after the stop"));
    });
    handle.call_soon(story.teller("ready with the stop"));
    event_loop.run_forever();
    assert_eq!(story.take(), ["before", "stop", "ready with the stop"]);

    // As in asyncio, a stop beforehand lets it run once.
    event_loop.stop();
    event_loop.run_forever();
    assert_eq!(story.take(), ["made after the stop"]);
}

/// Fails rather than to go on for ever, where a stop does not end it.
#[test]
fn a_callback_that_schedules_itself_and_stops_runs_once_each_time() {
    fn again(runs: Rc<Cell<u32>>) {
        runs.set(runs.get() + 1);
        assert!(runs.get() < 100, "the loop was not stopped");
        let next = runs.clone();
        call_soon(move || again(next));
        stop();
    }
    for (name, event_loop) in loops() {
        let runs = Rc::new(Cell::new(0));
        let first = runs.clone();
        event_loop.handle().call_soon(move || again(first));
        for run in 1..=3 {
            event_loop.run_forever();
            assert_eq!(runs.get(), run, "{name}");
        }
    }
}

#[test]
fn what_a_batch_scheduled_before_the_stop_waits_too() {
    for (name, event_loop) in loops() {
        let story = Story::default();
        let told = story.clone();
        event_loop.handle().call_soon(move || {
            call_soon(told.teller("callback"));
            drop(create_task(async move { told.tell("task") }));
            stop();
        });
        event_loop.run_forever();
        assert_eq!(story.take(), [""; 0], "{name}");
        event_loop.stop();
        event_loop.run_forever();
        let mut later = story.take();
        later.sort();
        assert_eq!(later, ["callback", "task"], "{name}");
    }
}

/// Each batch is known by its end, not only the first one of a turn.
#[test]
fn a_stop_in_a_later_batch_ends_with_that_one() {
    let event_loop = paused();
    let story = Story::default();
    for number in 0..3 {
        let told = story.clone();
        drop(event_loop.handle().create_task(async move {
            for batch in 0..400 {
                if (number, batch) == (1, 300) {
                    call_soon(told.teller("callback"));
                    stop();
                }
                if batch >= 300 {
                    told.tell(format!("task {number} in batch {batch}"));
                }
                yield_now().await;
            }
        }));
    }
    event_loop.run_forever();
    let last = [0, 1, 2].map(|number| format!("task {number} in batch 300"));
    assert_eq!(story.take(), last);
    event_loop.stop();
    event_loop.run_forever();
    let next = [
        "task 0 in batch 301",
        "callback",
        "task 1 in batch 301",
        "task 2 in batch 301",
    ];
    assert_eq!(story.take(), next);
}

/// A turn that has taken 5 ms ends early, and its batch goes on in the next one.
#[test]
fn a_batch_that_takes_long_ends_where_it_would_have() {
    let event_loop = Loop::new().unwrap();
    let (story, handle) = (Story::default(), event_loop.handle());
    let _awaited = handle.call_later(Duration::from_secs(600), || ());
    let told = story.clone();
    handle.call_soon(move || {
        thread::sleep(milliseconds(20));
        call_soon(told.teller("later"));
    });
    handle.call_soon(stop);
    handle.call_soon(story.teller("same batch"));
    event_loop.run_forever();
    assert_eq!(story.take(), ["same batch"]);
}

#[test]
fn stops_of_one_batch_are_one() {
    let event_loop = paused();
    let story = Story::default();
    for number in 0..3 {
        let told = story.clone();
        event_loop.handle().call_soon(move || {
            stop();
            told.tell(format!("stop {number}"));
            call_soon(told.teller(&format!("later {number}")));
            stop();
        });
    }
    event_loop.run_forever();
    assert_eq!(story.take(), ["stop 0", "stop 1", "stop 2"]);
    event_loop.stop();
    event_loop.run_forever();
    assert_eq!(story.take(), ["later 0", "later 1", "later 2"]);
}

/// As in asyncio, also where nothing is ready, and what is due is.
#[test]
fn a_stop_beforehand_lets_one_batch_run() {
    for (name, event_loop) in loops() {
        event_loop.stop();
        event_loop.run_forever();

        let (story, told) = (Story::default(), Story::default());
        let teller = story.teller("later");
        let tells = told.clone();
        event_loop.handle().call_soon(move || {
            tells.tell("first");
            call_soon(teller);
        });
        event_loop
            .handle()
            .call_later(Duration::ZERO, told.teller("due"));
        event_loop.stop();
        event_loop.run_forever();
        let mut ran = told.take();
        ran.sort();
        assert_eq!(
            (ran, story.take().len()),
            (vec!["due".into(), "first".into()], 0),
            "{name}"
        );
    }
}

/// It used to go on for ever if its future was ready each time.
#[test]
fn a_stop_ends_block_on_while_its_future_goes_on() {
    let event_loop = paused();
    let polls = Cell::new(0);
    let goes_on = async {
        stop();
        while polls.get() < 100 {
            polls.set(polls.get() + 1);
            yield_now().await;
        }
    };
    let ended = catch_unwind(AssertUnwindSafe(|| event_loop.block_on(goes_on)));
    assert!(ended.is_err(), "the loop was not stopped");
    assert!(polls.get() <= 2);
    // The loop can be used again.
    assert_eq!(event_loop.block_on(async { 1 }), 1);
}

/// A host that turns a loop itself is not told of a stop, and none of its turns is empty after one.
#[test]
fn a_loop_that_was_stopped_can_still_be_turned() {
    for (name, event_loop) in loops() {
        let story = Story::default();
        let told = story.clone();
        event_loop.handle().call_soon(move || {
            stop();
            call_soon(move || {
                told.tell("second");
                call_soon(told.teller("third"));
            });
        });
        while story.0.borrow().len() < 2 {
            assert_ne!(event_loop.turn(None).unwrap().ran, 0, "{name}");
        }
        assert_eq!(story.take(), ["second", "third"], "{name}");
    }
}

/// As in asyncio, where the end of each run takes it back: the next run ended after one batch.
#[test]
fn a_stop_in_the_last_batch_of_block_on_is_over_with_it() {
    for (name, event_loop) in loops() {
        event_loop.block_on(async { stop() });
        let story = Story::default();
        let told = story.clone();
        event_loop.handle().call_soon(move || {
            call_soon(move || {
                told.tell("second batch");
                stop();
            });
        });
        event_loop.run_forever();
        assert_eq!(story.take(), ["second batch"], "{name}");
    }
}

/// Unlike in `run_forever`, nobody knows there where the batch began. (With a seed as many run, but any of
/// them; more of them ran, also what was made after the stop.)
#[test]
fn in_block_on_and_in_a_hosts_turn_a_stop_lets_all_run_that_is_ready_then_and_nothing_else() {
    let begin = |event_loop: &Loop, story: &Story| {
        let told = story.clone();
        event_loop.handle().call_soon(move || {
            call_soon(told.teller("made before the stop"));
            stop();
            call_soon(told.teller("made after the stop"));
        });
        event_loop.handle().call_soon(story.teller("same batch"));
    };
    for (name, event_loop) in loops() {
        let story = Story::default();
        begin(&event_loop, &story);
        let ended = catch_unwind(AssertUnwindSafe(|| event_loop.block_on(pending::<()>())));
        assert!(ended.is_err(), "{name}");
        let ran = story.take();
        assert_eq!(ran.len(), 2, "{name}: {ran:?}");
        if name != "shuffled" {
            assert_eq!(ran, ["same batch", "made before the stop"], "{name}");
        }

        let event_loop = paused();
        begin(&event_loop, &story);
        assert_eq!(event_loop.turn(Some(Duration::ZERO)).unwrap().ready, 1);
        assert_eq!(story.take(), ["same batch", "made before the stop"]);
    }
}

/// As `run` does it, and asyncio: the call that ends a run stands behind what was ready then.
#[test]
fn what_was_ready_when_a_run_ends_has_its_turn_and_what_it_makes_ready_has_none() {
    let main = |story: &Story| {
        let story = story.clone();
        async move {
            let (first, second) = (story.clone(), story.clone());
            drop(create_task(async move {
                first.tell("task");
                yield_now().await;
                first.tell("in the next run");
            }));
            call_soon(move || second.tell("callback"));
            story.tell("main");
        }
    };
    for (name, event_loop) in loops() {
        let story = Story::default();
        event_loop.block_on(main(&story));
        let mut told = story.take();
        told[1..].sort();
        assert_eq!(told, ["main", "callback", "task"], "{name}");
        event_loop.block_on(yield_now());
        assert_eq!(story.take(), ["in the next run"], "{name}");
    }
    let runner = oneloop::Runner::new().unwrap();
    let story = Story::default();
    runner.run(main(&story));
    assert_eq!(story.take(), ["main", "task", "callback"]);
}
