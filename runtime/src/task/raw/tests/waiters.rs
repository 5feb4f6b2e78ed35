//! Those who await a task by reference: the first has the slot in the header, the others a list.
//! Next: `foreign.rs`.

use super::super::join::IN_SLOT;
use super::{Harness, Wakers, wait_for};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

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
        assert_eq!(awaiter.task_ref().awaited().len(), 1);
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
        assert!(awaiter.task_ref().awaited().is_empty());
        harness.enter(|| awaiter.task_ref().cancel());
        harness.run();
        assert!(awaiter.is_cancelled());
    }
    assert_eq!(harness.blocks(), 0);
}
