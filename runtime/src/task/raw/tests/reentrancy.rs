//! User code in every place where it can run, doing what it should not. Next: `foreign.rs`.

use super::super::Join;
use super::{Harness, OnDrop, Wakers, outcome, wait_for};
use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

#[test]
fn a_task_that_cancels_itself_ends_at_its_next_suspension() {
    let harness = Harness::new();
    let me: Rc<RefCell<Option<Join<()>>>> = Rc::default();
    let mine = me.clone();
    let story = Rc::new(RefCell::new(Vec::new()));
    let told = story.clone();
    *me.borrow_mut() = Some(harness.spawn(async move {
        mine.borrow().as_ref().unwrap().task_ref().cancel();
        told.borrow_mut().push("goes on");
        pending::<()>().await;
        told.borrow_mut().push("never");
    }));
    harness.run();
    assert_eq!(*story.borrow(), ["goes on"]);
    let mut join = me.borrow_mut().take().unwrap();
    assert!(outcome(&mut join).unwrap_err().is_cancelled());
}

#[test]
fn a_panic_in_a_waker_keeps_nobody_from_being_woken() {
    struct Bad;
    impl Wake for Bad {
        fn wake(self: Arc<Bad>) {
            // What the panic carries panics when it is dropped: that gets no further either.
            std::panic::panic_any(OnDrop(|| panic!("in the payload's drop")));
        }
    }
    let harness = Harness::new();
    let mut join = harness.spawn(async { 1 });
    let waker = Waker::from(Arc::new(Bad));
    assert!(join.poll(&mut Context::from_waker(&waker)).is_pending());
    let after = harness.spawn(async {});
    harness.run();
    assert!(after.is_done());
    assert_eq!(outcome(&mut join).unwrap(), 1);
}

#[test]
fn two_loops_on_a_thread_keep_their_tasks_apart() {
    let (one, two) = (Harness::new(), Harness::new());
    let (ready, wakers) = (Rc::new(Cell::new(false)), Wakers::default());
    let mut join = one.spawn(wait_for(&ready, &wakers));
    one.run();
    ready.set(true);
    // A task of `two` wakes a task of `one`: the same thread, but not the entered loop.
    let waker = wakers.lock().unwrap().pop().unwrap();
    drop(two.spawn(async move { waker.wake() }));
    two.run();
    assert_eq!((one.scheduler.ready(), two.scheduler.ready()), (0, 0));
    one.run();
    assert_eq!(outcome(&mut join).unwrap(), 2);
    drop(two);
    drop(join);
    assert_eq!(one.blocks(), 0);
}

#[test]
fn a_future_that_drops_its_own_handle_loses_only_the_output() {
    let harness = Harness::new();
    type Output = OnDrop<Box<dyn FnMut()>>;
    let me: Rc<RefCell<Option<Join<Output>>>> = Rc::default();
    let (mine, dropped) = (me.clone(), Rc::new(Cell::new(false)));
    let set = dropped.clone();
    *me.borrow_mut() = Some(harness.spawn(async move {
        drop(mine.borrow_mut().take());
        OnDrop(Box::new(move || set.set(true)) as Box<dyn FnMut()>)
    }));
    harness.run();
    assert!(dropped.get());
    assert_eq!(harness.blocks(), 0);
}

#[test]
fn wakers_called_inside_drops_find_a_working_queue() {
    let harness = Harness::new();
    let (ready, wakers) = (Rc::new(Cell::new(true)), Wakers::default());
    ready.set(false);
    let join = harness.spawn(wait_for(&ready, &wakers));
    harness.run();
    let waker = wakers.lock().unwrap().pop().unwrap();
    let second = harness.enter(|| waker.clone());
    // Once in the drop of a future, once in the drop of an output that nobody takes.
    drop(harness.spawn({
        let _wakes = OnDrop(move || waker.wake_by_ref());
        async move {
            let _moved = _wakes;
        }
    }));
    drop(harness.spawn(async move { OnDrop(move || second.wake_by_ref()) }));
    ready.set(true);
    harness.run();
    assert!(join.is_done());
}

#[test]
fn requests_to_cancel_are_counted_up_to_the_counters_end() {
    let harness = Harness::new();
    let mut join = harness.spawn(pending::<()>());
    harness.run();
    harness.enter(|| {
        let task = join.task_ref();
        // SAFETY: our reference keeps the block, on the owner's thread. As if asked so often.
        unsafe {
            task.ptr()
                .set(0x3ffd << super::super::header::state::REQUESTS_SHIFT)
        };
        let counted: Vec<u32> = (0..4)
            .map(|_| {
                assert!(task.cancel());
                task.cancelling()
            })
            .collect();
        assert_eq!(counted, [0x3ffe, 0x3fff, 0x3fff, 0x3fff]);
    });
    harness.run();
    assert!(outcome(&mut join).unwrap_err().is_cancelled());
}

#[test]
fn the_current_task_is_the_one_whose_code_runs_and_nobody_between() {
    let harness = Harness::new();
    let current: Rc<dyn Fn() -> Option<u64>> = {
        let scheduler = harness.scheduler.clone();
        Rc::new(move || scheduler.current().map(|task| task.id()))
    };
    let story = Rc::new(RefCell::new(Vec::new()));
    let tell: Rc<dyn Fn(&'static str)> = {
        let (current, story) = (current.clone(), story.clone());
        Rc::new(move |event| story.borrow_mut().push((event, current())))
    };
    let task = |name: [&'static str; 2], panics: bool| {
        let tell = tell.clone();
        harness.spawn(async move {
            tell(name[0]);
            let _guard = OnDrop({
                let tell = tell.clone();
                move || tell(name[1])
            });
            assert!(!panics, "in a poll");
            pending::<()>().await
        })
    };
    let first = task(["first polled", "first dropped"], false);
    let second = task(["second polled", "second dropped"], true);
    harness.run();
    assert_eq!(current(), None);
    first.task_ref().cancel();
    harness.run();
    assert_eq!(current(), None);
    let third = task(["third polled", "third dropped"], false);
    harness.run();
    drop(harness); // Kills the third.
    assert_eq!(
        *story.borrow(),
        [
            ("first polled", Some(1)),
            ("second polled", Some(2)),
            ("second dropped", Some(2)),
            ("first dropped", Some(1)),
            ("third polled", Some(3)),
            ("third dropped", Some(3)),
        ]
    );
    drop((first, second, third));
}
