//! What the values of variables may do themselves, and how long they live.

use crate::NUMBER;
use oneloop::contextvars::{LocalVar, copy_context};
use oneloop::{Loop, call_later, call_soon, create_task, run, yield_now};
use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

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
