//! Context variables: who sees what was set where.

use oneloop::contextvars::{Context, ContextVar, LocalVar, copy_context};
use oneloop::sync::Promise;
use oneloop::task::Builder;
use oneloop::{
    Loop, Runner, call_later, call_soon, create_task, run, run_in_executor, sleep, to_thread,
    yield_now,
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
fn a_runner_keeps_its_context_from_one_run_to_the_next() {
    let runner = Runner::new().unwrap();
    runner.run(async { NUMBER.set(1) });
    assert_eq!(NUMBER.get(), 0);
    let seen = runner.run(async {
        NUMBER.set(NUMBER.get() + 1);
        yield_now().await;
        NUMBER.get()
    });
    assert_eq!(seen, 2);
    assert_eq!(runner.run(async { NUMBER.get() }), 2);
    runner.close();
    // A loop of its own keeps none.
    let event_loop = Loop::new().unwrap();
    event_loop.block_on(async { NUMBER.set(1) });
    assert_eq!(event_loop.block_on(async { NUMBER.get() }), 0);
}

#[test]
fn tasks_that_are_given_one_context_share_it() {
    run(async {
        let context = Context::new();
        let add = || {
            let builder = Builder::new().context(&context);
            builder.create_task(async {
                yield_now().await;
                NUMBER.set(NUMBER.get() + 1);
            })
        };
        NUMBER.set(50);
        add().await.unwrap();
        add().await.unwrap();
        assert_eq!((context.run(|| NUMBER.get()), NUMBER.get()), (2, 50));
        let made = context.run(|| create_task(async { NUMBER.get() }));
        assert_eq!(made.await.unwrap(), 2);
    });
}

/// What the README says of asyncio's `call_soon(f, context=…)` and `TaskGroup.create_task(…, context=…)`.
#[test]
fn a_callback_and_a_task_of_a_group_run_in_a_context_that_is_entered_by_hand() {
    static SEEN: ContextVar<u32> = ContextVar::with_default("seen", || 0);
    oneloop::run(async {
        let context = Context::new();
        let callbacks = context.clone();
        oneloop::call_soon(move || callbacks.run(|| drop(SEEN.set(1))));
        oneloop::yield_now().await;
        assert_eq!((context.run(|| SEEN.get()), SEEN.get()), (1, 0));
        let of_group = oneloop::TaskGroup::<String>::scope(async |group| {
            let task =
                context.run(|| group.create_task(async { Ok((SEEN.get(), drop(SEEN.set(2)))) }));
            Ok(task.await.unwrap().0)
        });
        assert_eq!(of_group.await.unwrap(), 1);
        assert_eq!(context.run(|| SEEN.get()), 1, "the task got a copy");
    });
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

/// Also those that a task never came to drop itself: the task ended, was cancelled, or its loop is gone.
#[test]
fn values_are_dropped_with_the_last_context_that_holds_them() {
    static KEPT: LocalVar<Rc<()>> = LocalVar::new("kept");
    let value = Rc::new(());
    let set = |value: &Rc<()>| drop(KEPT.set(value.clone()));
    let event_loop = Loop::new().unwrap();
    let waits = event_loop.block_on(async {
        for step in 0..3 {
            let value = value.clone();
            let task = create_task(async move {
                set(&value);
                if step > 0 {
                    yield_now().await;
                }
                if step > 1 {
                    std::future::pending::<()>().await;
                }
            });
            yield_now().await;
            yield_now().await;
            task.cancel();
            let _ = task.await;
        }
        assert_eq!(Rc::strong_count(&value), 1);
        let kept = value.clone();
        let waits = create_task(async move {
            set(&kept);
            std::future::pending::<()>().await;
        });
        set(&value);
        call_soon(|| ()).cancel();
        call_later(Duration::from_secs(3600), || ());
        yield_now().await;
        Some(waits)
    });
    // The task's own, its context's, and that of the callback that waits.
    assert_eq!(Rc::strong_count(&value), 4);
    drop((event_loop, waits));
    assert_eq!(Rc::strong_count(&value), 1);
}

/// What a destructor asks while its loop is dropped is the task's, and what it sets stays there.
#[test]
fn a_destructor_at_the_loops_end_runs_in_its_tasks_context() {
    struct Tell(Rc<Cell<u32>>);
    impl Drop for Tell {
        fn drop(&mut self) {
            self.0.set(NUMBER.get());
            NUMBER.set(99);
        }
    }
    let told = Rc::new(Cell::new(0));
    let tell = Tell(told.clone());
    let event_loop = Loop::builder().exception_handler(|_| ()).build().unwrap();
    let task = event_loop.block_on(async {
        NUMBER.set(4);
        Some(create_task(async move {
            let _tell = tell;
            std::future::pending::<()>().await;
        }))
    });
    drop((event_loop, task));
    assert_eq!((told.get(), NUMBER.get()), (4, 0));
}

/// Debug mode hears of steps in the same way, and goes on hearing of them.
#[test]
fn debug_mode_and_seeds_get_along_with_variables() {
    let slow = Rc::new(Cell::new(0));
    let count = slow.clone();
    let builder = Loop::builder()
        .debug()
        .slow_callback_duration(Duration::from_millis(60));
    let builder = builder.on_stall(|_| ()).seed(3);
    let builder = builder.exception_handler(move |_| count.set(count.get() + 1));
    builder.build().unwrap().block_on(async {
        NUMBER.set(1);
        let task = create_task(async {
            yield_now().await;
            thread::sleep(Duration::from_millis(120));
            NUMBER.get()
        });
        NUMBER.set(2);
        assert_eq!(task.await.unwrap(), 1);
    });
    assert_eq!(slow.get(), 1);
}

/// A value whose own code asks for variables and starts tasks, wherever it is cloned or dropped.
#[test]
fn a_value_may_use_variables_and_the_loop_in_its_clone_and_its_drop() {
    static BUSY: LocalVar<Busy> = LocalVar::new("busy");
    struct Busy;
    fn use_all() {
        NUMBER.set(NUMBER.get() + 1);
        drop(copy_context());
        if Loop::current().is_ok() {
            drop(create_task(async {}));
        }
    }
    impl Clone for Busy {
        fn clone(&self) -> Busy {
            use_all();
            Busy
        }
    }
    impl Drop for Busy {
        fn drop(&mut self) {
            use_all();
        }
    }
    run(async {
        let token = BUSY.set(Busy);
        BUSY.set(BUSY.get());
        let task = create_task(async {
            BUSY.set(Busy);
            yield_now().await;
            drop(BUSY.get());
        });
        task.await.unwrap();
        BUSY.reset(token);
        assert!(BUSY.try_get().is_none());
        // One clone and one drop; the others counted in contexts of their own.
        assert_eq!(NUMBER.get(), 2);
    });
}
