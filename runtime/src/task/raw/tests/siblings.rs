//! Wakers that share a block, and values that are pinned in one.

use super::super::{PinnedSlice, Siblings, WakeChild};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

/// Notes who was woken.
#[derive(Default)]
struct Woken(Mutex<Vec<usize>>);

impl WakeChild for Woken {
    fn wake_child(&self, number: usize) {
        assert!(number != 13, "this one panics");
        self.0.lock().unwrap().push(number);
    }
}

impl Woken {
    fn take(&self) -> Vec<usize> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[test]
fn each_sibling_wakes_its_own_number() {
    let woken = Arc::new(Woken::default());
    let siblings = Siblings::new(&woken, 5, 3);
    assert_eq!(siblings.len(), 3);
    siblings.with_waker(2, Waker::wake_by_ref);
    siblings.with_waker(0, |waker| {
        let clone = waker.clone();
        clone.wake(); // By value, which is a way of its own.
    });
    assert_eq!(woken.take(), [7, 5]);
    assert_eq!(Arc::strong_count(&woken), 4);
    drop(siblings);
    assert_eq!(Arc::strong_count(&woken), 1);
}

#[test]
fn a_clone_is_its_original_and_no_siblings() {
    let siblings = Siblings::new(&Arc::new(Woken::default()), 0, 2);
    let clone = siblings.with_waker(0, Waker::clone);
    siblings.with_waker(0, |waker| assert!(waker.will_wake(&clone)));
    siblings.with_waker(1, |waker| assert!(!waker.will_wake(&clone)));
}

#[test]
fn wakers_outlive_their_siblings_and_wake_on_other_threads() {
    let woken = Arc::new(Woken::default());
    let siblings = Siblings::new(&woken, 0, 4);
    let wakers: Vec<_> = (0..4)
        .map(|place| siblings.with_waker(place, Waker::clone))
        .collect();
    drop(siblings);
    let threads: Vec<_> = wakers
        .into_iter()
        .map(|waker| {
            thread::spawn(move || {
                waker.wake_by_ref();
                drop(waker.clone());
                waker.wake();
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let mut all = woken.take();
    all.sort_unstable();
    assert_eq!(all, [0, 0, 1, 1, 2, 2, 3, 3]);
    assert_eq!(Arc::strong_count(&woken), 1);
}

#[test]
fn a_wake_that_panics_gives_its_count_back() {
    let woken = Arc::new(Woken::default());
    let siblings = Siblings::new(&woken, 13, 1);
    let waker = siblings.with_waker(0, Waker::clone);
    assert!(thread::spawn(move || waker.wake()).join().is_err());
    drop(siblings);
    assert_eq!(Arc::strong_count(&woken), 1);
}

#[test]
#[should_panic = "there are not so many siblings"]
fn there_is_no_waker_beyond_the_last() {
    let siblings = Siblings::new(&Arc::new(Woken::default()), 0, 2);
    siblings.with_waker(2, Waker::wake_by_ref);
}

#[test]
fn no_siblings_are_no_trouble() {
    let woken = Arc::new(Woken::default());
    drop(Siblings::new(&woken, 0, 0));
    assert_eq!(Arc::strong_count(&woken), 1);
}

/// Futures that point into themselves, polled by turns: Miri sees whether one's poll spoils another's.
#[test]
fn pinned_values_stay_where_they_are() {
    let counts = async |rounds: usize| {
        let mut steps = [0];
        for _ in 0..rounds {
            let last = steps.last_mut().unwrap();
            let mut once = true;
            poll_fn(|_| match std::mem::take(&mut once) {
                true => Poll::Pending,
                false => Poll::Ready(()),
            })
            .await;
            *last += 1;
        }
        steps[0]
    };
    let mut values = PinnedSlice::new((0..4).map(counts));
    assert_eq!(values.len(), 4);
    let mut context = Context::from_waker(Waker::noop());
    let mut ends = vec![];
    for _ in 0..4 {
        for index in 0..4 {
            let future: Pin<&mut _> = values.get(index);
            if ends.iter().all(|(ended, _)| *ended != index)
                && let Poll::Ready(count) = future.poll(&mut context)
            {
                ends.push((index, count));
            }
        }
    }
    assert_eq!(ends, [(0, 0), (1, 1), (2, 2), (3, 3)]);
}
