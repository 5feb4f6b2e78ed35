//! What keeps a block alive: references that are made and dropped at home and abroad.
//! Next: `shutdown.rs`, where both counts become one.

use super::{Harness, OnDrop, Wakers, outcome, wait_for};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::thread;

#[test]
fn a_wake_after_completion_goes_nowhere() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let join = harness.spawn(wait_for(&ready, &wakers));
    harness.run();
    ready.set(true);
    let spare = wakers.lock().unwrap()[0].clone();
    harness.enter(|| spare.wake_by_ref());
    harness.run();
    assert!(join.is_done());
    harness.enter(|| {
        spare.wake_by_ref();
        assert_eq!(harness.scheduler.ready(), 0);
    });
    drop(join);
    assert_eq!(harness.blocks(), 1, "two wakers are left");
    wakers.lock().unwrap().clear();
    harness.enter(|| drop(spare));
    harness.run();
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn a_wake_and_a_drop_from_other_threads_ring_and_are_taken_in() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let mut join = harness.spawn(wait_for(&ready, &wakers));
    harness.run();
    ready.set(true);
    let waker = wakers.lock().unwrap().pop().unwrap();
    harness.doorbell.sleeping();
    let before = harness.rings();
    thread::spawn(move || {
        let second = waker.clone();
        drop(waker);
        second.wake();
    })
    .join()
    .unwrap();
    assert_eq!(
        harness.rings() - before,
        1,
        "the first push rings, and the loop is awake then"
    );
    assert!(!harness.scheduler.nothing_remote());
    harness.run();
    assert_eq!(outcome(&mut join).unwrap(), 2);
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn a_mere_drop_from_another_thread_rings_too() {
    let harness = Harness::new();
    let wakers = Wakers::default();
    let _join = harness.spawn(wait_for(&Rc::default(), &wakers));
    harness.run();
    let waker = wakers.lock().unwrap().pop().unwrap();
    harness.doorbell.sleeping();
    let before = harness.rings();
    thread::spawn(move || drop(waker)).join().unwrap();
    assert_eq!(harness.rings() - before, 1);
}

#[test]
fn wakers_cloned_abroad_and_dropped_at_home_are_counted_right() {
    let harness = Harness::new();
    let wakers = Wakers::default();
    let join = harness.spawn(wait_for(&Rc::default(), &wakers));
    harness.run();
    let waker = wakers.lock().unwrap().pop().unwrap();
    let clones = thread::spawn(move || {
        let clones: Vec<Waker> = (0..100).map(|_| waker.clone()).collect();
        (clones, waker)
    })
    .join()
    .unwrap();
    join.task_ref().cancel();
    harness.run();
    wakers.lock().unwrap().clear(); // The poll before the end left another one there.
    drop(join);
    assert_eq!(harness.blocks(), 1);
    harness.enter(|| drop(clones));
    assert_eq!(
        harness.blocks(),
        0,
        "the count that lay abroad was taken over"
    );
}

#[test]
fn wakers_cloned_at_home_and_dropped_abroad_are_counted_right() {
    let harness = Harness::new();
    let wakers = Wakers::default();
    let join = harness.spawn(wait_for(&Rc::default(), &wakers));
    harness.run();
    let clones = harness.enter(|| {
        let waker = wakers.lock().unwrap().pop().unwrap();
        (0..100).map(|_| waker.clone()).collect::<Vec<_>>()
    });
    thread::spawn(move || drop(clones)).join().unwrap();
    join.task_ref().cancel();
    harness.run();
    wakers.lock().unwrap().clear(); // The poll before the end left another one there.
    drop(join);
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn a_waker_that_is_leaked_keeps_its_block_and_nothing_else() {
    let harness = Harness::new();
    let dropped = Rc::new(Cell::new(false));
    let set = dropped.clone();
    let kept: Rc<RefCell<Option<Waker>>> = Rc::default();
    let keep = kept.clone();
    drop(harness.spawn(async move {
        let _guard = OnDrop(move || set.set(true));
        poll_fn(|cx| {
            *keep.borrow_mut() = Some(cx.waker().clone());
            Poll::Ready(())
        })
        .await
    }));
    harness.run();
    assert!(dropped.get());
    assert_eq!(harness.blocks(), 1);
    harness.enter(|| kept.borrow_mut().take());
    assert_eq!(harness.blocks(), 0);
}

/// Names the helper process of the next test.
#[cfg(not(miri))]
const OVERFLOW: &str = "ONELOOP_TEST_OVERFLOW";

// A process cannot be started under Miri; the count itself is plain arithmetic.
#[cfg(not(miri))]
#[test]
fn count_overflow_ends_the_process_before_it_wraps() {
    if let Some(at_home) = std::env::var_os(OVERFLOW) {
        let harness = Harness::new();
        let wakers = Wakers::default();
        drop(harness.spawn(wait_for(&Rc::default(), &wakers)));
        harness.run();
        let waker = wakers.lock().unwrap().pop().unwrap();
        let leak = || (0..1 << 20).for_each(|_| std::mem::forget(waker.clone()));
        if at_home == "home" {
            harness.enter(leak);
        } else {
            leak(); // 2^60 of them would fit there, so it is noticed when they are taken home.
            waker.wake();
            harness.run();
        }
        std::process::exit(0);
    }
    for place in ["home", "abroad"] {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "task::raw::tests::count::count_overflow_ends_the_process_before_it_wraps",
            ])
            .arg("--nocapture")
            .env(OVERFLOW, place)
            .output()
            .unwrap();
        let code = std::os::unix::process::ExitStatusExt::signal(&output.status);
        assert_eq!(code, Some(6), "{place}: {output:?}");
    }
}
