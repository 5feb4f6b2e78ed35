//! Requests to end that go through awaits, down to the pointers that the awaits are noted as.
//! Next: `waiters.rs`.

use super::super::super::scope::Key;
use super::super::{Join, Seat};
use super::{Harness, outcome};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

type Shared = Rc<RefCell<Option<Join<u32>>>>;

fn shared(join: Join<u32>) -> Shared {
    Rc::new(RefCell::new(Some(join)))
}

/// Awaits what is in there, by value as far as the task can tell.
fn awaits(join: &Shared) -> impl Future<Output = u32> + use<> {
    let join = join.clone();
    poll_fn(move |cx| join.borrow_mut().as_mut().unwrap().poll(cx)).into_output()
}

/// Polls what is in there once.
async fn polls_once(join: Shared) {
    poll_fn(|cx| {
        assert!(join.borrow_mut().as_mut().unwrap().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

trait IntoOutput: Future<Output = Result<u32, crate::JoinError>> + Sized {
    /// The output, or a number that no test uses.
    async fn into_output(self) -> u32 {
        self.await.unwrap_or(u32::MAX)
    }
}

impl<F: Future<Output = Result<u32, crate::JoinError>>> IntoOutput for F {}

/// A task that waits until this is true.
fn returns_when(ready: &Rc<Cell<bool>>) -> impl Future<Output = u32> + use<> {
    let ready = ready.clone();
    poll_fn(move |_| match ready.get() {
        true => Poll::Ready(1),
        false => Poll::Pending,
    })
}

/// Nothing is left, neither blocks nor participants.
#[track_caller]
fn assert_empty(harness: &Harness) {
    assert_eq!((harness.blocks(), harness.scheduler.scopes.len()), (0, 0));
}

#[test]
fn a_request_goes_through_an_await_that_was_noted_in_the_header() {
    let harness = Harness::new();
    let child = shared(harness.spawn(pending()));
    let mut awaiter = harness.spawn(awaits(&child));
    harness.run();
    assert_eq!(
        harness.scheduler.scopes.len(),
        0,
        "no tree for a single await"
    );
    harness.enter(|| awaiter.task_ref().cancel());
    harness.run();
    assert!(outcome(&mut awaiter).unwrap_err().is_cancelled());
    assert!(child.borrow().as_ref().unwrap().is_cancelled());
    drop((child, awaiter));
    assert_empty(&harness);
}

#[test]
fn a_request_comes_back_from_a_child_that_returned_first() {
    let harness = Harness::new();
    let ready = Rc::new(Cell::new(false));
    let child = shared(harness.spawn(returns_when(&ready)));
    let got = Rc::new(Cell::new(0));
    let awaiter = harness.spawn({
        let (awaits, got) = (awaits(&child), got.clone());
        async move {
            got.set(awaits.await);
            pending::<u32>().await
        }
    });
    harness.run();
    ready.set(true);
    harness.enter(|| awaiter.task_ref().cancel());
    harness.run();
    assert_eq!(got.get(), 1);
    assert!(awaiter.is_cancelled(), "it was owed, and delivered later");
    drop((child, awaiter));
    assert_empty(&harness);
}

#[test]
fn two_awaits_in_one_task_make_a_tree_that_takes_the_first_in() {
    let harness = Harness::new();
    let (first, second) = (harness.spawn(pending()), harness.spawn(pending()));
    let (first, second) = (shared(first), shared(second));
    let awaiter = harness.spawn({
        let mut both = (Box::pin(awaits(&first)), Box::pin(awaits(&second)));
        poll_fn(move |cx| {
            let polled = (both.0.as_mut().poll(cx), both.1.as_mut().poll(cx));
            assert!(matches!(polled, (Poll::Pending, Poll::Pending)));
            Poll::<()>::Pending
        })
    });
    harness.run();
    assert_eq!(harness.scheduler.scopes.len(), 3);
    awaiter.task_ref().cancel_with("enough".into());
    harness.run();
    assert!(awaiter.is_done());
    for child in [&first, &second] {
        assert!(child.borrow().as_ref().unwrap().is_done());
    }
    drop((first, second, awaiter));
    assert_empty(&harness);
}

#[test]
fn a_message_goes_with_a_task_that_never_started() {
    let harness = Harness::new();
    let mut join = harness.spawn(pending::<()>());
    harness.enter(|| join.task_ref().cancel_with("early".into()));
    harness.run();
    assert_eq!(outcome(&mut join).unwrap_err().message(), Some("early"));
    drop(join);
    assert_empty(&harness);
}

/// What an awaiter has before its await is moved or dropped.
#[derive(Clone, Copy, Debug)]
enum Had {
    /// A pointer in the header.
    Note,
    /// A tree that was made after the await.
    Fostered,
    /// A tree that was there before.
    Seat,
}

const ALL: [Had; 3] = [Had::Note, Had::Fostered, Had::Seat];

/// A task that polls the await once and then waits for ever.
fn polled_once(harness: &Harness, child: &Shared, had: Had) -> Join<()> {
    let scheduler = harness.scheduler.clone();
    let child = child.clone();
    let awaiter = harness.spawn(async move {
        // Asking where it is makes a task's tree.
        if let Had::Seat = had {
            assert_ne!(scheduler.here(), Some(Key::ROOT));
        }
        polls_once(child).await;
        if let Had::Fostered = had {
            assert_ne!(scheduler.here(), Some(Key::ROOT));
        }
        pending().await
    });
    harness.run();
    awaiter
}

#[test]
fn an_await_that_is_dropped_forwards_no_more_inside_the_loop_and_outside() {
    for had in ALL {
        for inside in [true, false] {
            let harness = Harness::new();
            let child = shared(harness.spawn(pending()));
            let observed = child.borrow().as_ref().unwrap().task_ref();
            let awaiter = polled_once(&harness, &child, had);
            match inside {
                true => harness.enter(|| drop(child.take())),
                false => drop(child.take()),
            }
            harness.enter(|| awaiter.task_ref().cancel());
            harness.run();
            assert!(awaiter.is_cancelled(), "{had:?}");
            assert!(!observed.is_done(), "{had:?}");
            harness.enter(|| observed.cancel());
            harness.run();
            drop((observed, awaiter));
            assert_empty(&harness);
        }
    }
}

#[test]
fn an_await_that_moves_to_another_task_forwards_from_there_only() {
    for had in ALL {
        for then in ALL {
            let harness = Harness::new();
            let child = shared(harness.spawn(pending()));
            let first = polled_once(&harness, &child, had);
            let second = polled_once(&harness, &child, then);
            harness.enter(|| first.task_ref().cancel());
            harness.run();
            assert!(first.is_cancelled(), "{had:?} {then:?}");
            assert!(
                !child.borrow().as_ref().unwrap().is_done(),
                "{had:?} {then:?}"
            );
            harness.enter(|| second.task_ref().cancel());
            harness.run();
            assert!(
                child.borrow().as_ref().unwrap().is_done(),
                "{had:?} {then:?}"
            );
            drop((first, second, child));
        }
    }
}

#[test]
fn an_await_in_another_loop_is_refused_and_leaves_the_one_before_as_it_was() {
    for had in ALL {
        let (one, two) = (Harness::new(), Harness::new());
        let child = shared(one.spawn(pending()));
        let first = polled_once(&one, &child, had);
        let mut second = two.spawn(awaits(&child));
        two.run();
        let error = outcome(&mut second).unwrap_err();
        assert!(error.to_string().contains("another loop"), "{error}");
        one.enter(|| first.task_ref().cancel());
        one.run();
        assert!(first.is_cancelled(), "{had:?}");
        assert!(child.borrow().as_ref().unwrap().is_done(), "{had:?}");
        drop((first, second, child));
        assert_empty(&one);
        assert_empty(&two);
    }
}

#[test]
fn a_loop_may_die_while_its_tasks_await_each_other() {
    for had in ALL {
        for asked in [false, true] {
            let harness = Harness::new();
            let child = shared(harness.spawn(pending()));
            let awaiter = polled_once(&harness, &child, had);
            if asked {
                harness.enter(|| awaiter.task_ref().cancel());
            }
            drop(harness);
            let mut context = Context::from_waker(Waker::noop());
            let polled = child.borrow_mut().as_mut().unwrap().poll(&mut context);
            assert!(matches!(polled, Poll::Ready(Err(_))), "{had:?} {asked}");
            drop(child);
            assert!(awaiter.is_cancelled());
        }
    }
}

#[test]
fn an_await_by_reference_takes_part_until_it_is_dropped() {
    let harness = Harness::new();
    let child = Rc::new(harness.spawn(pending::<u32>()));
    let awaiter = |harness: &Harness| {
        let child = child.clone();
        harness.spawn(async move {
            let (mut ticket, mut seat) = (None, Seat::default());
            poll_fn(|cx| child.poll_shared(cx, &mut ticket, Some(&mut seat))).await
        })
    };
    let (first, second) = (awaiter(&harness), awaiter(&harness));
    harness.run();
    assert_eq!(harness.scheduler.scopes.len(), 4);
    harness.enter(|| first.task_ref().cancel());
    harness.run();
    assert!(first.is_cancelled() && child.is_cancelled());
    assert!(
        second.is_done() && !second.is_cancelled(),
        "it gets the error as a value"
    );
    drop((first, second, child));
    assert_empty(&harness);
}

#[test]
fn tasks_that_await_each_other_are_all_ended_by_a_request() {
    let harness = Harness::new();
    let place: Shared = Rc::default();
    let first = shared(harness.spawn({
        let place = place.clone();
        async move { awaits(&place).await }
    }));
    *place.borrow_mut() = Some(harness.spawn(awaits(&first)));
    harness.run();
    let asked = first.borrow().as_ref().unwrap().task_ref();
    harness.enter(|| asked.cancel());
    harness.run();
    assert!(asked.is_done());
    assert!(place.borrow().as_ref().unwrap().is_done());
    let (one, two) = (first.take(), place.take());
    drop((one, two, asked));
    assert_empty(&harness);
}
