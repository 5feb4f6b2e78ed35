//! The end of a loop, and what outlives it. Read `misuse.rs` next.

use oneloop::{Loop, Task};
use std::cell::Cell;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Runs its closure when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// What a task that has ended gives, without a loop.
fn outcome<T>(mut task: Task<T>) -> Result<T, oneloop::JoinError> {
    match std::pin::Pin::new(&mut task).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the task has not ended"),
    }
}

#[test]
fn a_callback_that_panics_in_its_drop_does_not_stop_the_loop_from_dying() {
    let event_loop = Loop::new().unwrap();
    let dropped = Rc::new(Cell::new(false));
    let set = dropped.clone();
    let task = event_loop.handle().create_task(async move {
        let _guard = OnDrop(move || set.set(true));
        pending::<()>().await
    });
    assert_eq!(event_loop.turn(Some(Duration::ZERO)).unwrap().ran, 1);
    let remote = event_loop.handle().remote();
    for _ in 0..2 {
        let bad = OnDrop(|| panic!("a sent callback panics in its drop"));
        remote.call_soon_threadsafe(move || drop(bad)).unwrap();
    }
    let drop_loop = AssertUnwindSafe(|| drop(event_loop));
    assert!(
        catch_unwind(drop_loop).is_ok(),
        "it is reported and ends there"
    );
    assert!(dropped.get());
    // Its handle would reach into freed memory if the loop had died halfway.
    assert!(outcome(task).unwrap_err().is_cancelled());
}
