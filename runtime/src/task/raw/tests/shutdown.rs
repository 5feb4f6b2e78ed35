//! The death of the loop, and what outlives it. Next: `reentrancy.rs`.

use super::{Harness, OnDrop, Wakers, outcome, wait_for};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::Location;
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;

#[test]
fn the_last_drop_on_another_thread_frees_memory_and_runs_no_destructor_there() {
    let dropped_on = Arc::new(Mutex::new(Vec::new()));
    let (wakers, home) = (Wakers::default(), thread::current().id());
    let harness = Harness::new();
    let seen = dropped_on.clone();
    let guard = OnDrop(move || seen.lock().unwrap().push(thread::current().id()));
    let given = wakers.clone();
    drop(harness.spawn(async move {
        let _guard = guard;
        poll_fn::<(), _>(|cx| {
            given.lock().unwrap().push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }));
    harness.run();
    drop(harness);
    thread::spawn(move || wakers.lock().unwrap().clear())
        .join()
        .unwrap();
    assert_eq!(*dropped_on.lock().unwrap(), [home]);
}

/// Miri sees the race if the name's count is touched abroad; the machine would rarely show it.
#[test]
fn a_name_that_the_user_keeps_is_not_shared_with_the_thread_that_frees_the_task() {
    let (wakers, name) = (Wakers::default(), Rc::<str>::from("shared"));
    let harness = Harness::new();
    let future = wait_for(&Rc::default(), &wakers);
    let named = Some(name.clone());
    drop(harness.scheduler.spawn(future, named, Location::caller()));
    harness.run();
    drop(harness);
    let abroad = thread::spawn(move || wakers.lock().unwrap().clear());
    assert_eq!(*name.clone(), *"shared");
    abroad.join().unwrap();
    assert_eq!(Rc::strong_count(&name), 1);
}

#[test]
fn shutdown_with_live_wakers_abroad_frees_every_block() {
    // Whoever comes last frees: the loop, the thread, or the handle. A leak checker sees to it.
    for order in 0..3 {
        let harness = Harness::new();
        let wakers = Wakers::default();
        let joins: Vec<_> = (0..10)
            .map(|_| harness.spawn(wait_for(&Rc::default(), &wakers)))
            .collect();
        harness.run();
        let abroad = wakers.clone();
        let (go, wait) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let _ = wait.recv();
            let taken = std::mem::take(&mut *abroad.lock().unwrap());
            let clones: Vec<Waker> = taken.iter().flat_map(|w| [w.clone(), w.clone()]).collect();
            clones.iter().for_each(Waker::wake_by_ref);
            taken.into_iter().for_each(Waker::wake);
        });
        match order {
            0 => drop(harness),
            1 => {
                drop(go);
                thread.join().unwrap();
                drop(harness);
                drop(joins);
                continue;
            }
            _ => {
                drop(joins);
                drop(go);
                drop(harness);
                thread.join().unwrap();
                continue;
            }
        }
        drop(go);
        thread.join().unwrap();
        drop(joins);
    }
}

#[test]
fn a_handle_that_outlives_the_loop_keeps_the_output_and_drops_it_at_home() {
    let harness = Harness::new();
    let dropped = Rc::new(Cell::new(0));
    let (one, two) = (dropped.clone(), dropped.clone());
    let mut taken = harness.spawn(async move { OnDrop(move || one.set(one.get() + 1)) });
    let left = harness.spawn(async move { OnDrop(move || two.set(two.get() + 1)) });
    let mut never = harness.spawn(pending::<()>());
    harness.run();
    drop(harness);
    let output = outcome(&mut taken).unwrap();
    assert_eq!(dropped.get(), 0);
    drop((output, taken));
    assert_eq!(dropped.get(), 1);
    drop(left);
    assert_eq!(dropped.get(), 2);
    assert!(outcome(&mut never).unwrap_err().is_cancelled());
}

#[test]
fn a_drop_during_shutdown_may_wake_spawn_and_cancel() {
    let harness = Harness::new();
    let story = Rc::new(RefCell::new(Vec::new()));
    let other = Rc::new(RefCell::new(Some(harness.spawn(pending::<()>()))));
    let (told, scheduler, victim) = (story.clone(), harness.scheduler.clone(), other.clone());
    drop(harness.spawn(async move {
        let mut guard = Some(());
        let _guard = OnDrop(move || {
            if guard.take().is_some() {
                let told_too = told.clone();
                drop(scheduler.spawn(
                    async move {
                        let _never = OnDrop(move || told_too.borrow_mut().push("unreachable"));
                    },
                    None,
                    Location::caller(),
                ));
                if let Some(join) = victim.borrow_mut().take() {
                    join.task_ref().cancel();
                }
                told.borrow_mut().push("dropped");
            }
        });
        pending::<()>().await
    }));
    harness.run();
    drop(harness);
    assert_eq!(*story.borrow(), ["dropped"]);
    assert!(other.borrow().is_none());
}
