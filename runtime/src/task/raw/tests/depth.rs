//! Long chains on short stacks. Next: `stress.rs`, everything at once.

use super::super::Join;
use super::{Harness, OnDrop};
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::thread;

/// Depth: each task's end wakes the next in the drop of its future.
#[test]
fn a_long_chain_of_completions_needs_no_stack() {
    let length = if cfg!(miri) { 60 } else { 1_000_000 };
    let body = move || {
        let harness = Harness::new();
        let mut next: Option<Waker> = None;
        for _ in 0..length {
            let slot: Rc<Cell<Option<Waker>>> = Rc::default();
            let (given, wakes) = (slot.clone(), next.take());
            drop(harness.spawn(async move {
                let _wakes = OnDrop({
                    let mut wakes = wakes;
                    move || {
                        if let Some(waker) = wakes.take() {
                            waker.wake();
                        }
                    }
                });
                let mut polls = 0;
                poll_fn(move |cx| {
                    given.set(Some(cx.waker().clone()));
                    polls += 1;
                    if polls == 2 {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                })
                .await
            }));
            harness.run();
            next = slot.take();
        }
        let first = next.unwrap();
        harness.enter(|| first.wake());
        harness.run();
        assert_eq!(harness.scheduler.live(), 0);
    };
    thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(body)
        .unwrap()
        .join()
        .unwrap();
}

/// Depth: an output that owns a handle whose output owns a handle, and so on, dropped at once.
#[test]
fn a_hundred_thousand_nested_handles_drop_without_recursion() {
    struct Nested {
        inner: Option<Join<Nested>>,
        drops: Rc<Cell<usize>>,
    }
    impl Drop for Nested {
        fn drop(&mut self) {
            self.drops.set(self.drops.get() + 1);
            drop(self.inner.take());
        }
    }
    let length = if cfg!(miri) { 80 } else { 100_000 };
    for loop_dies_first in [false, true] {
        let body = move || {
            let harness = Harness::new();
            let drops = Rc::new(Cell::new(0));
            let mut outer = None;
            for _ in 0..length {
                let (inner, drops) = (outer.take(), drops.clone());
                outer = Some(harness.spawn(async move { Nested { inner, drops } }));
            }
            harness.run();
            assert_eq!(drops.get(), 0);
            if loop_dies_first {
                drop(harness);
                drop(outer);
            } else {
                harness.enter(|| drop(outer));
                assert_eq!(harness.blocks(), 0);
            }
            assert_eq!(drops.get(), length);
        };
        thread::Builder::new()
            .stack_size(256 * 1024)
            .spawn(body)
            .unwrap()
            .join()
            .unwrap();
    }
}
