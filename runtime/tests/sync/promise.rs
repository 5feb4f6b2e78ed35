//! A value set by hand, awaited by many, with callbacks.

use std::cell::{Cell, RefCell};
use std::future::IntoFuture;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

use oneloop::sync::{InvalidState, Promise, PromiseError};
use oneloop::{create_task, yield_now};

use crate::hand::{CallsBack, Count, poll, poll_quietly};

#[test]
fn everybody_who_waits_is_woken_in_order_and_gets_a_clone() {
    struct Noted(&'static str);
    thread_local! {
        static WOKEN: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }
    impl Wake for Noted {
        fn wake(self: Arc<Self>) {
            WOKEN.with_borrow_mut(|woken| woken.push(self.0));
        }
    }
    let promise = Promise::new();
    let mut futures = ["first", "second", "third"].map(|name| (name, promise.future()));
    for (name, future) in &mut futures {
        let waker = Waker::from(Arc::new(Noted(name)));
        assert!(poll(future, &waker).is_pending());
    }
    promise.set_result("value".to_string()).unwrap();
    assert_eq!(WOKEN.take(), ["first", "second", "third"]);
    for (_, mut future) in futures {
        match poll_quietly(&mut future) {
            Poll::Ready(outcome) => assert_eq!(outcome.unwrap(), "value"),
            Poll::Pending => panic!("the value is there"),
        }
    }
}

#[test]
fn a_promise_is_kept_once() {
    let promise = Promise::new();
    promise.set_result(1).unwrap();
    assert_eq!(promise.set_result(2), Err(InvalidState));
    assert_eq!(promise.set_exception("late"), Err(InvalidState));
    assert!(!promise.cancel());
    assert_eq!(promise.result().unwrap().unwrap(), 1);
}

/// Feature row 26.
#[test]
fn the_last_setter_to_go_wakes_the_waiters_with_an_error() {
    let promise = Promise::<u32>::new();
    let second = promise.clone();
    let mut future = promise.future();
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut future, &waker).is_pending());
    drop(promise);
    assert_eq!(wakes.get(), 0);
    drop(second);
    assert_eq!(wakes.get(), 1);
    let outcome = poll(&mut future, &waker);
    assert!(matches!(outcome, Poll::Ready(Err(PromiseError::Abandoned))));
}

#[test]
fn a_cancelled_promise_says_so_to_its_waiters() {
    let promise = Promise::<u32>::new();
    let mut future = (&promise).into_future();
    assert!(poll_quietly(&mut future).is_pending());
    assert!(promise.cancel());
    let outcome = poll_quietly(&mut future);
    assert!(matches!(outcome, Poll::Ready(Err(PromiseError::Cancelled))));
}

#[test]
fn a_waiter_that_leaves_is_not_woken_and_leaves_the_value_to_the_others() {
    let promise = Promise::new();
    let (mut leaver, mut other) = (promise.future(), promise.future());
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut leaver, &waker).is_pending());
    assert!(poll_quietly(&mut other).is_pending());
    drop(leaver);
    promise.set_result(1).unwrap();
    assert_eq!(wakes.get(), 0);
    assert!(poll_quietly(&mut other).is_ready());
}

#[test]
fn a_waker_may_look_at_the_promise_while_it_is_woken() {
    let promise = Promise::new();
    let mut future = promise.future();
    let seen = Rc::new(Cell::new(None));
    let waker = {
        let (promise, seen) = (promise.clone(), seen.clone());
        CallsBack::WhenWoken.waker(move || seen.set(Some(promise.set_result(2))))
    };
    assert!(poll(&mut future, &waker).is_pending());
    promise.set_result(1).unwrap();
    assert_eq!(seen.take(), Some(Err(InvalidState)));
}

#[test]
fn a_value_set_by_the_drop_of_the_former_waker_wakes_the_new_one() {
    let promise = Promise::new();
    let mut future = promise.future();
    let former = {
        let promise = promise.clone();
        CallsBack::WhenDropped.waker(move || promise.set_result(1).unwrap())
    };
    assert!(poll(&mut future, &former).is_pending());
    drop(former); // the queue holds the last clone
    let (waker, wakes) = Count::waker();
    assert!(poll(&mut future, &waker).is_pending());
    assert_eq!(wakes.get(), 1);
    assert!(poll(&mut future, &waker).is_ready());
}

#[test]
fn a_value_may_use_the_promise_while_it_is_cloned() {
    struct Nosy(Rc<RefCell<Option<Promise<Nosy>>>>);
    impl Clone for Nosy {
        fn clone(&self) -> Nosy {
            let promise = self.0.borrow_mut().take();
            if let Some(promise) = promise {
                assert!(promise.done());
                assert_eq!(promise.set_exception("again"), Err(InvalidState));
            }
            Nosy(self.0.clone())
        }
    }
    let promise = Promise::new();
    let place = Rc::new(RefCell::new(Some(promise.clone())));
    promise.set_result(Nosy(place.clone())).ok().unwrap();
    assert!(promise.result().is_some_and(|outcome| outcome.is_ok()));
    assert!(place.borrow().is_none(), "the clone looked");
}

/// Runs on a loop and returns what was said.
fn story(main: impl AsyncFnOnce(Rc<RefCell<Vec<String>>>)) -> Vec<String> {
    let lines = Rc::new(RefCell::new(Vec::new()));
    oneloop::run(main(lines.clone()));
    lines.take()
}

/// Feature row 6.
#[test]
fn callbacks_and_waiting_tasks_get_their_turn_in_the_order_in_which_they_came() {
    let told = story(async |lines| {
        let promise = Promise::new();
        let callback = |name: &'static str| {
            let lines = lines.clone();
            promise.add_done_callback(move |outcome| {
                let outcome: &Result<u32, _> = outcome;
                let value = outcome.as_ref().unwrap();
                lines.borrow_mut().push(format!("{name} {value}"));
            });
        };
        callback("callback 1");
        let task = create_task({
            let (future, lines) = (promise.future(), lines.clone());
            async move {
                let value = future.await.unwrap();
                lines.borrow_mut().push(format!("task {value}"));
            }
        });
        yield_now().await; // the task begins to wait
        callback("callback 2");
        promise.set_result(7).unwrap();
        callback("callback 3"); // it is done, but the others were first
        lines.borrow_mut().push("set".to_string()); // nobody was called within `set_result`
        task.await.unwrap();
        yield_now().await;
    });
    assert_eq!(
        told,
        [
            "set",
            "callback 1 7",
            "task 7",
            "callback 2 7",
            "callback 3 7"
        ]
    );
}

#[test]
fn an_abandoned_promise_tells_its_callbacks_so() {
    let told = story(async |lines| {
        let promise = Promise::<u32>::new();
        promise.add_done_callback(move |outcome| {
            let error = outcome.as_ref().unwrap_err();
            lines.borrow_mut().push(error.to_string());
        });
        drop(promise);
        yield_now().await;
    });
    assert_eq!(told, ["the promise was dropped before it was kept"]);
}

#[test]
fn a_promise_that_outlives_its_loop_drops_its_callbacks() {
    let promise = Promise::new();
    let called = Rc::new(Cell::new(false));
    oneloop::run(async {
        let called = called.clone();
        promise.add_done_callback(move |_| called.set(true));
    });
    promise.set_result(1).unwrap();
    assert!(!called.get());
    assert_eq!(Rc::strong_count(&called), 1, "the callback is gone");
}

#[test]
#[should_panic(expected = "`Promise::add_done_callback` was called outside a loop")]
fn a_callback_without_a_loop_panics() {
    Promise::<u32>::new().add_done_callback(|_| ());
}
