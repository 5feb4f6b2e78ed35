//! Wakers of somebody else's runtime: their clone, wake and drop are user code, and may do to the
//! loop what any user code may. Next: `depth.rs`.

use super::super::Join;
use super::{Harness, Wakers, outcome, wait_for};
use crate::JoinError;
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

type Deed = RefCell<Option<Box<dyn FnOnce()>>>;

/// What a foreign waker does, each deed once. It stays on its thread, as the tests here do.
#[derive(Default)]
struct Foreign {
    on_clone: Deed,
    on_wake: Deed,
    on_drop: Deed,
    wakes: Cell<u32>,
}

fn act(deed: &Deed) {
    let deed = deed.borrow_mut().take();
    if let Some(deed) = deed {
        deed();
    }
}

/// # Safety
/// `data` comes from [`Foreign::waker`] or from a clone of it.
unsafe fn foreign(data: *const ()) -> ManuallyDrop<Rc<Foreign>> {
    // SAFETY: by contract the waker owns a count of this `Rc`, which is not given back here.
    ManuallyDrop::new(unsafe { Rc::from_raw(data.cast()) })
}

static TABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: see `foreign`; the count of the clone is added at the end.
        let foreign = unsafe { foreign(data) };
        act(&foreign.on_clone);
        RawWaker::new(Rc::into_raw(Rc::clone(&foreign)).cast(), &TABLE)
    },
    |data| {
        // SAFETY: see `foreign`; a wake by value takes the waker's count.
        let foreign = ManuallyDrop::into_inner(unsafe { foreign(data) });
        foreign.wakes.set(foreign.wakes.get() + 1);
        act(&foreign.on_wake);
    },
    |data| {
        // SAFETY: see `foreign`.
        let foreign = unsafe { foreign(data) };
        foreign.wakes.set(foreign.wakes.get() + 1);
        act(&foreign.on_wake);
    },
    |data| {
        // SAFETY: see `foreign`; a drop takes the waker's count.
        let foreign = ManuallyDrop::into_inner(unsafe { foreign(data) });
        act(&foreign.on_drop);
    },
);

impl Foreign {
    fn waker(self: &Rc<Foreign>) -> Waker {
        // SAFETY: the table counts the `Rc` as wakers ask for it. The waker stays on this thread.
        unsafe { Waker::new(Rc::into_raw(self.clone()).cast(), &TABLE) }
    }
}

fn deed(deed: impl FnOnce() + 'static) -> Deed {
    RefCell::new(Some(Box::new(deed)))
}

/// One poll of the task, by value or by reference, with a waker whose clone is `on_clone`.
fn poll_once<T: Clone>(
    mut join: Join<T>,
    by_reference: bool,
    on_clone: impl FnOnce() + 'static,
) -> Poll<Result<T, JoinError>> {
    let foreign = Rc::new(Foreign {
        on_clone: deed(on_clone),
        ..Foreign::default()
    });
    let waker = foreign.waker();
    let context = &mut Context::from_waker(&waker);
    let polled = match by_reference {
        true => join.poll_shared(context, &mut None, None),
        false => join.poll(context),
    };
    assert!(foreign.on_clone.borrow().is_none(), "the clone was made");
    drop((join, waker));
    assert_eq!(Rc::strong_count(&foreign), 1, "no waker is left anywhere");
    polled
}

/// The handle did not look again after the clone: nobody woke the clone, and it was leaked.
#[test]
fn a_waker_whose_clone_ends_the_task_is_not_needed() {
    for by_reference in [false, true] {
        let harness = Rc::new(Harness::new());
        let join = harness.spawn(async { 1 });
        let turned = harness.clone();
        let polled = poll_once(join, by_reference, move || turned.run());
        assert!(matches!(polled, Poll::Ready(Ok(1))), "{by_reference}");
        assert_eq!(harness.blocks(), 0);
    }
}

#[test]
fn a_waker_whose_clone_drops_the_loop_is_not_needed() {
    for by_reference in [false, true] {
        let harness = Harness::new();
        let join = harness.spawn(pending::<()>());
        harness.run();
        let polled = poll_once(join, by_reference, move || drop(harness));
        let cancelled = matches!(polled, Poll::Ready(Err(error)) if error.is_cancelled());
        assert!(cancelled, "{by_reference}");
    }
}

#[test]
fn a_waker_whose_drop_ends_the_task_leaves_one_that_is_woken() {
    let harness = Rc::new(Harness::new());
    let mut join = harness.spawn(async { 1 });
    let turns = harness.clone();
    let old = Rc::new(Foreign {
        on_drop: deed(move || turns.run()),
        ..Foreign::default()
    });
    // The waker itself is kept, so that only its clone, in the task, is dropped.
    let waker = old.waker();
    assert!(join.poll(&mut Context::from_waker(&waker)).is_pending());
    let new = Rc::new(Foreign::default());
    let newer = new.waker();
    assert!(join.poll(&mut Context::from_waker(&newer)).is_pending());
    assert_eq!((old.wakes.get(), new.wakes.get()), (0, 1));
    assert_eq!(outcome(&mut join).unwrap(), 1);
}

#[test]
fn a_waker_called_in_the_drop_of_another_waker_finds_a_working_queue() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let mut woken = harness.spawn(wait_for(&ready, &wakers));
    let mut awaited = harness.spawn(pending::<()>());
    harness.run();
    ready.set(true);
    let waker = wakers.lock().unwrap().pop().unwrap();
    let wakes = Rc::new(Foreign {
        on_drop: deed(move || waker.wake()),
        ..Foreign::default()
    });
    harness.enter(|| {
        let mut leave = |waker: Waker| awaited.poll(&mut Context::from_waker(&waker)).is_pending();
        assert!(leave(wakes.waker()));
        assert!(leave(Waker::noop().clone()), "the other is dropped here");
    });
    assert_eq!(Rc::strong_count(&wakes), 1);
    harness.run();
    assert_eq!(outcome(&mut woken).unwrap(), 2);
}

#[test]
fn a_waker_that_drops_the_last_handle_of_the_task_that_wakes_it() {
    let harness = Harness::new();
    let join = Rc::new(RefCell::new(Some(harness.spawn(async { 1 }))));
    let handle = join.clone();
    let waits = Rc::new(Foreign {
        on_wake: deed(move || drop(handle.borrow_mut().take())),
        ..Foreign::default()
    });
    let waker = waits.waker();
    let poll = |join: &mut Join<i32>| join.poll(&mut Context::from_waker(&waker)).is_pending();
    assert!(join.borrow_mut().as_mut().is_some_and(poll));
    harness.run();
    assert!(join.borrow().is_none());
    assert_eq!((waits.wakes.get(), harness.blocks()), (1, 0));
}

/// The clone was made while the loop's participants were borrowed, and one that cancelled panicked.
#[test]
fn a_waker_is_not_cloned_while_a_request_goes_down() {
    let event_loop = crate::Loop::new().unwrap();
    event_loop.block_on(async {
        let waits = Rc::new(Foreign::default());
        let waker = waits.waker();
        let task = crate::create_task(async move {
            let mut body = Box::pin(crate::cancel::catch(pending::<()>()));
            let poll = |_: &mut Context<'_>| body.as_mut().poll(&mut Context::from_waker(&waker));
            drop(poll_fn(poll).await);
        });
        crate::yield_now().await;
        *waits.on_clone.borrow_mut() = Some(Box::new(|| ()));
        task.cancel();
        assert!(waits.on_clone.borrow().is_some(), "nobody cloned it");
        assert_eq!(waits.wakes.get(), 1);
    });
}
