//! Those who await a task by reference: the first has the slot in the header, the others a list.
//! Next: `foreign.rs`.

use super::super::join::IN_SLOT;
use super::super::{Join, TaskRef};
use super::{Harness, Wakers, wait_for};
use crate::task::scope::Part;
use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

/// How many tasks a task awaits, and hands requests on to.
fn number_awaited(task: &TaskRef) -> usize {
    let mut awaited = 0;
    task.participants(&mut |inside| {
        awaited += usize::from(matches!(inside.part, Part::Task(_)));
    });
    awaited
}

#[test]
fn who_waits_longest_is_woken_first_also_when_the_slot_is_free_again() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let join = Rc::new(harness.spawn(wait_for(&ready, &wakers)));
    let story = Rc::new(RefCell::new(Vec::new()));
    let waits = |number| {
        let (join, story) = (join.clone(), story.clone());
        drop(harness.spawn(async move {
            let mut ticket = None;
            let waiting = poll_fn(|cx| join.poll_shared(cx, &mut ticket, None));
            waiting.await.unwrap();
            story.borrow_mut().push(number);
        }));
        harness.run();
    };
    let mut gives_up = None;
    harness.enter(|| {
        let polled = join.poll_done(&mut Context::from_waker(Waker::noop()), &mut gives_up);
        assert!(polled.is_pending());
    });
    assert_eq!(gives_up, Some(IN_SLOT));
    waits(1);
    join.forget_waiter(IN_SLOT);
    waits(2);
    ready.set(true);
    let waker = wakers.lock().unwrap().pop().unwrap();
    harness.enter(|| waker.wake());
    harness.run();
    assert_eq!(*story.borrow(), [1, 2]);
}

/// A `Borrow<Task<T>>` of a user's may give another task each time, so that a ticket is shown to a
/// task that it is not for. That may cost a wake, but no pointer may be left to a block that is gone.
#[test]
fn a_ticket_that_is_shown_to_another_task_leaves_no_pointer_behind() {
    let harness = Harness::new();
    for forgets in [true, false] {
        let child = Rc::new(RefCell::new(Some(harness.spawn(pending::<u32>()))));
        let awaited = child.clone();
        let awaiter = harness.spawn(poll_fn(move |cx| {
            match awaited.borrow_mut().as_mut() {
                Some(child) => assert!(child.poll(cx).is_pending()),
                None => cx.waker().wake_by_ref(),
            }
            Poll::<()>::Pending
        }));
        harness.run();
        assert_eq!(number_awaited(&awaiter.task_ref()), 1);
        harness.enter(|| {
            let child = child.borrow();
            let child = child.as_ref().unwrap();
            let mut context = Context::from_waker(Waker::noop());
            match forgets {
                true => child.forget_waiter(IN_SLOT),
                false => assert!(
                    child
                        .poll_done(&mut context, &mut Some(IN_SLOT))
                        .is_pending()
                ),
            }
            child.task_ref().cancel();
        });
        harness.run();
        drop(child.take());
        assert_eq!(harness.blocks(), 1, "the child's block is gone");
        assert!(number_awaited(&awaiter.task_ref()) == 0);
        harness.enter(|| awaiter.task_ref().cancel());
        harness.run();
        assert!(awaiter.is_cancelled());
    }
    assert_eq!(harness.blocks(), 0);
}

/// A place for a handle, from where several poll it.
type Place = Rc<RefCell<Option<Join<()>>>>;

/// Awaits the task in the place for as long as there is one.
fn awaits(place: &Place) -> impl Future<Output = ()> + use<> {
    let place = place.clone();
    poll_fn(move |cx| match place.borrow_mut().as_mut() {
        Some(join) => join.poll(cx).map(drop),
        None => Poll::Pending,
    })
}

/// The awaiter was noted by its task as awaiting the child: where a second await is refused, the first
/// one's waker stays, so that the child's end still takes that note back.
#[test]
fn an_await_that_is_refused_leaves_the_one_before_it_as_it_was() {
    let harness = Harness::new();
    let place = Place::default();
    let own = place.clone();
    let mut begun = false;
    *place.borrow_mut() = Some(harness.spawn(poll_fn(move |cx| {
        if !std::mem::replace(&mut begun, true) {
            cx.waker().wake_by_ref(); // And then the awaiter runs.
            return Poll::Pending;
        }
        let mut me = own.borrow_mut().take().unwrap();
        let refused = catch_unwind(AssertUnwindSafe(|| me.poll(cx).is_ready()));
        assert!(refused.is_err(), "a task awaited itself");
        Poll::Ready(())
    })));
    let awaiter = harness.spawn(awaits(&place));
    harness.run();
    assert_eq!(harness.blocks(), 1, "the child's block is gone");
    assert!(number_awaited(&awaiter.task_ref()) == 0);
    harness.enter(|| awaiter.task_ref().cancel());
    harness.run();
    assert!(awaiter.is_cancelled());
}

#[test]
fn a_panic_in_a_wakers_clone_leaves_the_await_before_it_as_it_was() {
    static TABLE: RawWakerVTable =
        RawWakerVTable::new(|_| panic!("in a waker's clone"), |_| {}, |_| {}, |_| {});
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let place = Place::default();
    let child = wait_for(&ready, &wakers);
    *place.borrow_mut() = Some(harness.spawn(async move {
        let _ = child.await;
    }));
    let awaiter = harness.spawn(awaits(&place));
    harness.run();
    // SAFETY: the functions of the table do nothing with the pointer.
    let foreign = unsafe { Waker::from_raw(RawWaker::new(std::ptr::null(), &TABLE)) };
    harness.enter(|| {
        let mut child = place.borrow_mut();
        let mut poll = || {
            child
                .as_mut()
                .unwrap()
                .poll(&mut Context::from_waker(&foreign))
        };
        assert!(catch_unwind(AssertUnwindSafe(|| poll().is_ready())).is_err());
    });
    ready.set(true);
    let waker = wakers.lock().unwrap().pop().unwrap();
    harness.enter(|| waker.wake());
    harness.run();
    // The first awaiter was woken, and has the outcome.
    assert!(awaiter.is_done() && number_awaited(&awaiter.task_ref()) == 0);
    drop(place.take());
    assert_eq!(harness.blocks(), 1, "the child's block is gone");
}
