//! Contexts of one's own, for whoever is to run in them: runs, tasks, callbacks, members of a group. Next:
//! `values.rs`.

use crate::NUMBER;
use oneloop::contextvars::Context;
use oneloop::task::Builder;
use oneloop::{Loop, Runner, TaskGroup, call_soon, create_task, current_task, run, yield_now};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

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

/// asyncio's `Runner.run(coro, context=…)`.
#[test]
fn a_run_may_be_given_a_context_and_the_runners_own_is_there_again_after_it() {
    // Also where it is the first that a program has to do with contexts.
    for in_use in [false, true] {
        thread::spawn(move || {
            let (runner, context) = (Runner::new().unwrap(), Context::new());
            if in_use {
                runner.run(async { NUMBER.set(1) });
            }
            let own = if in_use { 1 } else { 0 };
            let task = runner.run_in(&context, async {
                assert_eq!(NUMBER.get(), 0);
                yield_now().await;
                NUMBER.set(5);
                let task = create_task(async {
                    yield_now().await;
                    NUMBER.get()
                });
                NUMBER.set(6);
                Some(task)
            });
            assert_eq!((context.run(|| NUMBER.get()), NUMBER.get()), (6, 0));
            assert_eq!(runner.run(async { NUMBER.get() }), own);
            assert_eq!(runner.run(task.unwrap()).unwrap(), 5);
            let failed = catch_unwind(AssertUnwindSafe(|| {
                runner.run_in(&context, async { panic!("on purpose") })
            }));
            let _: Result<(), _> = failed;
            assert_eq!(runner.run(async { NUMBER.get() }), own);
            assert_eq!(runner.run_in(&context, async { NUMBER.get() }), 6);
        })
        .join()
        .unwrap();
    }
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

/// What the README says of asyncio's `call_soon(f, context=…)`.
#[test]
fn a_callback_runs_in_a_context_that_is_entered_by_hand() {
    run(async {
        let context = Context::new();
        let callbacks = context.clone();
        call_soon(move || callbacks.run(|| drop(NUMBER.set(1))));
        yield_now().await;
        assert_eq!((context.run(|| NUMBER.get()), NUMBER.get()), (1, 0));
    });
}

/// asyncio's `TaskGroup.create_task(…, name=…, context=…)`.
#[test]
fn a_task_of_a_group_may_be_given_a_name_and_a_context() {
    run(async {
        let context = Context::new();
        context.run(|| NUMBER.set(1));
        let of_group = TaskGroup::<String>::scope(async |group| {
            let builder = Builder::new().name("member").context(&context);
            let task = group.create_task_with(builder.clone(), async {
                let name = current_task().unwrap().name();
                Ok((name, NUMBER.get(), drop(NUMBER.set(2))))
            });
            let (name, seen, ()) = task.await.unwrap();
            group.cancel();
            let late = group.create_task_with(builder, async {
                drop(NUMBER.set(3));
                Ok(())
            });
            Ok((name, seen, late))
        });
        let (name, seen, late) = of_group.await.unwrap();
        assert_eq!((name.as_str(), seen), ("member", 1));
        assert!(late.cancelled(), "the group took none any more");
        assert_eq!((context.run(|| NUMBER.get()), NUMBER.get()), (2, 0));
    });
}
