//! Context variables: who sees what was set where. Read this first.

mod given;
mod values;

use oneloop::contextvars::{ContextVar, LocalVar};
use oneloop::sync::Promise;
use oneloop::{
    Loop, call_later, call_soon, create_task, run, run_in_executor, sleep, to_thread, yield_now,
};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

static NUMBER: ContextVar<u32> = ContextVar::with_default("number", || 0);
static LOCAL: LocalVar<Rc<Cell<u32>>> = LocalVar::with_default("local", Rc::default);

type Log = Rc<RefCell<Vec<u32>>>;

/// A place to write down what is seen.
fn log() -> (Log, impl Fn() + Clone) {
    let log = Rc::new(RefCell::new(Vec::new()));
    let write = log.clone();
    (log, move || write.borrow_mut().push(NUMBER.get()))
}

/// Each keeps its own over many awaits, whoever runs in between.
#[test]
fn a_task_sees_what_held_when_it_was_made_and_what_it_sets_itself() {
    run(async {
        let tasks: Vec<_> = (1..20)
            .map(|number| {
                NUMBER.set(number * 100);
                create_task(async move {
                    for step in 0..5 {
                        assert_eq!(NUMBER.get(), number * 100 + step);
                        yield_now().await;
                        NUMBER.set(number * 100 + step + 1);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(NUMBER.get(), 1900);
    });
    assert_eq!(NUMBER.get(), 0, "what a run sets stays in it");
}

/// The first `set` of all comes in the middle of a batch: it must not reach those behind it.
#[test]
fn the_first_variable_of_a_program_is_not_seen_by_the_next_in_the_queue() {
    thread::spawn(|| {
        run(async {
            let first = create_task(async {
                let before = create_task(async { NUMBER.get() });
                NUMBER.set(1);
                let after = create_task(async { NUMBER.get() });
                yield_now().await;
                (before.await.unwrap(), NUMBER.get(), after.await.unwrap())
            });
            let second = create_task(async { NUMBER.get() });
            assert_eq!(first.await.unwrap(), (0, 1, 1));
            assert_eq!((second.await.unwrap(), NUMBER.get()), (0, 0));
        });
        assert_eq!(NUMBER.get(), 0);
    })
    .join()
    .unwrap();
}

/// What a step that stops the loop leaves of its batch ran in that step's context, and debug mode took it
/// for a part of that step.
#[test]
fn what_a_stop_still_lets_run_runs_in_its_own_context() {
    for in_use in [false, true] {
        thread::spawn(move || {
            let (log, write) = log();
            let event_loop = Loop::new().unwrap();
            if in_use {
                NUMBER.set(7);
            }
            event_loop.handle().call_soon(|| {
                Loop::current().unwrap().stop();
                NUMBER.set(1);
            });
            event_loop.handle().call_soon(write.clone());
            event_loop.handle().call_soon(write);
            event_loop.run_forever();
            let made_under = if in_use { 7 } else { 0 };
            assert_eq!(*log.borrow(), [made_under; 2]);
        })
        .join()
        .unwrap();
    }
}

#[test]
fn what_the_first_run_of_a_thread_sets_is_gone_after_it() {
    thread::spawn(|| {
        run(async { NUMBER.set(1) });
        assert_eq!(NUMBER.get(), 0);
        run(async { assert_eq!(NUMBER.get(), 0) });
    })
    .join()
    .unwrap();
}

#[test]
fn callbacks_run_in_the_context_in_which_they_were_scheduled() {
    let (log, write) = log();
    run(async {
        let promise = Promise::new();
        for number in [1, 2] {
            NUMBER.set(number);
            call_soon(write.clone());
            call_later(Duration::from_millis(u64::from(number)), write.clone());
            let write = write.clone();
            promise.add_done_callback(move |_: &Result<(), _>| write());
        }
        NUMBER.set(3);
        promise.set_result(()).unwrap();
        sleep(Duration::from_millis(60)).await;
    });
    assert_eq!(*log.borrow(), [1, 2, 1, 2, 1, 2]);
}

/// Added before any variable was in use, and called by one who has set one.
#[test]
fn a_callback_that_was_added_in_an_empty_context_runs_in_one() {
    thread::spawn(|| {
        let (log, write) = log();
        run(async {
            let promise = Promise::new();
            promise.add_done_callback(move |_: &Result<(), _>| write());
            NUMBER.set(3);
            promise.set_result(()).unwrap();
            yield_now().await;
        });
        assert_eq!(*log.borrow(), [0]);
    })
    .join()
    .unwrap();
}

#[test]
fn a_thread_gets_the_variables_that_may_go_there() {
    run(async {
        NUMBER.set(1);
        LOCAL.get().set(1);
        LOCAL.set(Rc::new(Cell::new(2)));
        let there = to_thread(|| {
            let seen = (NUMBER.get(), LOCAL.get().get());
            NUMBER.set(5);
            seen
        });
        assert_eq!(there.await.unwrap(), (1, 0));
        assert_eq!((NUMBER.get(), LOCAL.get().get()), (1, 2));
        // The thread is used again, and nothing of it is left there.
        assert_eq!(run_in_executor(None, || NUMBER.get()).await.unwrap(), 0);
        let task = create_task(async { LOCAL.get().get() });
        assert_eq!(task.await.unwrap(), 2);
    });
}

#[test]
fn what_another_thread_sends_brings_that_threads_context() {
    NUMBER.set(7);
    run(async {
        let remote = Loop::current().unwrap().remote();
        let both = thread::spawn(move || {
            let empty = remote.spawn(|| async { NUMBER.get() }).unwrap();
            NUMBER.set(1);
            let set = remote.spawn(|| async { NUMBER.get() }).unwrap();
            NUMBER.set(2);
            (empty, set)
        });
        let (empty, set) = both.join().unwrap();
        assert_eq!((empty.await.unwrap(), set.await.unwrap()), (0, 1));
        assert_eq!(NUMBER.get(), 7);
    });
}

#[test]
fn a_task_made_through_a_handle_of_a_resting_loop_copies_the_threads_context() {
    thread::spawn(|| {
        let event_loop = Loop::new().unwrap();
        let handle = event_loop.handle();
        let (log, write) = log();
        handle.call_soon(write.clone());
        NUMBER.set(1);
        handle.call_soon(write.clone());
        handle.call_later(Duration::ZERO, write.clone());
        NUMBER.set(2);
        event_loop.enter(|| drop(create_task(async move { write() })));
        NUMBER.set(3);
        event_loop.block_on(async {
            assert_eq!(NUMBER.get(), 3);
            sleep(Duration::from_millis(1)).await;
        });
        log.borrow_mut().sort();
        assert_eq!(*log.borrow(), [0, 1, 1, 2]);
    })
    .join()
    .unwrap();
}

#[test]
fn a_token_puts_back_what_held_before_and_only_where_it_was_made() {
    run(async {
        let token = NUMBER.set(1);
        let inner = NUMBER.set(2);
        NUMBER.reset(inner);
        assert_eq!(NUMBER.get(), 1);
        let other = ContextVar::new("other");
        let wrong = other.set(5);
        let text = |panic: Box<dyn std::any::Any + Send>| *panic.downcast::<String>().unwrap();
        let reset = catch_unwind(AssertUnwindSafe(|| NUMBER.reset(wrong)));
        assert!(text(reset.unwrap_err()).contains("another variable"));
        let reset = create_task(async move { NUMBER.reset(token) }).await;
        assert!(text(reset.unwrap_err().into_panic().unwrap()).contains("another context"));
        assert_eq!((NUMBER.get(), other.get()), (1, 5));
    });
}

#[test]
fn a_variable_that_holds_nothing_says_how_to_help_it() {
    static EMPTY: ContextVar<u32> = ContextVar::new("empty");
    let panic = catch_unwind(|| EMPTY.get()).unwrap_err();
    let text = panic.downcast::<String>().unwrap();
    assert!(
        text.contains("`empty`") && text.contains("with_default"),
        "{text}"
    );
}
