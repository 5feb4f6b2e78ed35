//! One task from its making to its end: the edges of the diagram in `task/mod.rs`.
//! Next: `count.rs`, what keeps its block.

use super::super::Join;
use super::{Harness, OnDrop, Wakers, outcome, wait_for};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

#[test]
fn a_task_runs_when_the_loop_does_not_before() {
    let harness = Harness::new();
    let ran = Rc::new(Cell::new(false));
    let set = ran.clone();
    let mut join = harness.spawn(async move { set.set(true) });
    assert!(!ran.get());
    harness.run();
    assert!(ran.get());
    outcome(&mut join).unwrap();
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn tasks_run_first_in_first_out() {
    let harness = Harness::new();
    let story = Rc::new(RefCell::new(Vec::new()));
    let count = if cfg!(miri) { 40 } else { 1000 };
    for number in 0..count {
        let story = story.clone();
        drop(harness.spawn(async move { story.borrow_mut().push(number) }));
    }
    harness.run();
    assert_eq!(*story.borrow(), (0..count).collect::<Vec<_>>());
    assert_eq!((harness.scheduler.live(), harness.blocks()), (0, 0));
}

#[test]
fn a_wake_during_poll_queues_the_task_again() {
    let harness = Harness::new();
    let mut join = harness.spawn(async {
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            cx.waker().wake_by_ref();
            if polls == 3 {
                Poll::Ready(polls)
            } else {
                Poll::Pending
            }
        })
        .await
    });
    harness.run();
    assert_eq!(
        outcome(&mut join).unwrap(),
        3,
        "two wakes in one poll are one more poll"
    );
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn cancel_drops_the_future_where_it_waits() {
    let harness = Harness::new();
    let dropped = Rc::new(Cell::new(0));
    let count = dropped.clone();
    let mut join = harness.spawn(async move {
        let _guard = OnDrop(move || count.set(count.get() + 1));
        pending::<()>().await
    });
    harness.run();
    assert_eq!(dropped.get(), 0);
    assert!(harness.enter(|| join.task_ref().cancel()));
    assert_eq!(dropped.get(), 0, "not inside cancel()");
    harness.run();
    assert_eq!(dropped.get(), 1);
    assert!(outcome(&mut join).unwrap_err().is_cancelled());
    assert!(!join.task_ref().cancel(), "it has ended");
}

#[test]
fn what_is_cancelled_before_its_first_poll_never_starts() {
    let harness = Harness::new();
    let polled = Rc::new(Cell::new(false));
    let set = polled.clone();
    let mut join = harness.spawn(async move { set.set(true) });
    join.task_ref().cancel();
    harness.run();
    assert!(!polled.get());
    assert!(outcome(&mut join).unwrap_err().is_cancelled());
}

#[test]
fn a_result_that_is_ready_stands_although_cancel_was_called() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let mut join = harness.spawn(wait_for(&ready, &wakers));
    harness.run();
    ready.set(true);
    join.task_ref().cancel();
    harness.run();
    assert_eq!(outcome(&mut join).unwrap(), 2);
}

#[test]
fn a_panic_in_poll_is_the_tasks_error() {
    let harness = Harness::new();
    let dropped = Rc::new(Cell::new(false));
    let set = dropped.clone();
    let mut join: Join<()> = harness.spawn(async move {
        let _guard = OnDrop(move || set.set(true));
        panic!("in poll")
    });
    harness.run();
    assert!(dropped.get(), "the future is dropped all the same");
    let error = outcome(&mut join).unwrap_err();
    assert_eq!(error.to_string(), "the task panicked: in poll");
    assert_eq!(
        *error.into_panic().unwrap().downcast::<&str>().unwrap(),
        "in poll"
    );
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn a_panic_in_a_drop_is_the_tasks_error() {
    let harness = Harness::new();
    // The future returns, and panics when it is dropped after that.
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("in drop");
        }
    }
    let bad = Bad;
    let mut returned = harness.spawn(poll_fn(move |_| {
        let _keep = &bad;
        Poll::Ready(())
    }));
    // The future waits, is cancelled, and panics when it is dropped for that.
    let mut cancelled = harness.spawn(async {
        let _bad = Bad;
        pending::<()>().await
    });
    // The output panics when nobody takes it.
    drop(harness.spawn(async { Bad }));
    // The future panics in its poll and again in its drop: the first is the one to tell.
    let mut twice: Join<()> = harness.spawn({
        let bad = Bad;
        poll_fn(move |_| {
            let _keep = &bad;
            panic!("in poll")
        })
    });
    harness.run();
    cancelled.task_ref().cancel();
    harness.run();
    assert_eq!(
        outcome(&mut returned).unwrap_err().to_string(),
        "the task panicked: in drop"
    );
    assert_eq!(
        outcome(&mut cancelled).unwrap_err().to_string(),
        "the task panicked: in drop"
    );
    assert_eq!(
        outcome(&mut twice).unwrap_err().to_string(),
        "the task panicked: in poll"
    );
    drop((returned, cancelled, twice));
    assert_eq!((harness.scheduler.live(), harness.blocks()), (0, 0));
}

#[test]
fn several_may_await_by_reference_and_each_gets_a_copy() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let join = Rc::new(harness.spawn(wait_for(&ready, &wakers)));
    let story = Rc::new(RefCell::new(Vec::new()));
    for number in 0..3 {
        let (join, story) = (join.clone(), story.clone());
        drop(harness.spawn(async move {
            let mut ticket = None;
            let output = poll_fn(|cx| join.poll_shared(cx, &mut ticket, None))
                .await
                .unwrap();
            story.borrow_mut().push((number, output));
        }));
    }
    harness.run();
    ready.set(true);
    let waker = wakers.lock().unwrap().pop().unwrap();
    harness.enter(|| waker.wake());
    harness.run();
    assert_eq!(*story.borrow(), [(0, 2), (1, 2), (2, 2)], "oldest first");
}
