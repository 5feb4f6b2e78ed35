//! The end of a loop, and what outlives it. Read `ledger.rs` next.

use oneloop::{Loop, Task};
use std::cell::{Cell, RefCell};
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

#[test]
fn destructors_of_a_dying_loops_tasks_may_still_use_it() {
    let event_loop = Loop::new().unwrap();
    let story = Rc::new(RefCell::new(Vec::new()));
    let told = story.clone();
    let tell = move || {
        // None of it runs any more, but all of it is there.
        let spawned = oneloop::create_task(async { unreachable!("the loop is dying") });
        oneloop::call_soon(|| unreachable!("the loop is dying"));
        let sleep = oneloop::sleep(Duration::from_secs(1));
        told.borrow_mut().push(spawned.name());
        drop((spawned, sleep));
    };
    drop(event_loop.handle().create_task(async move {
        let _guard = OnDrop(tell);
        pending::<()>().await
    }));
    assert_eq!(event_loop.turn(Some(Duration::ZERO)).unwrap().ran, 1);
    drop(event_loop);
    assert_eq!(*story.borrow(), ["Task-2"]);
    assert!(Loop::current().is_err());
}

#[test]
fn a_sleep_that_outlives_its_loop_never_ends_and_does_no_harm() {
    let event_loop = Loop::new().unwrap();
    let mut sleeps = event_loop.enter(|| {
        let (before, begun) = (
            oneloop::sleep(Duration::ZERO),
            oneloop::sleep(Duration::ZERO),
        );
        [before, begun, oneloop::sleep(Duration::from_millis(1))]
    });
    let poll = |sleep: &mut oneloop::time::Sleep| {
        let pinned = std::pin::Pin::new(sleep);
        pinned.poll(&mut Context::from_waker(Waker::noop()))
    };
    assert!(poll(&mut sleeps[2]).is_pending());
    drop(event_loop);
    assert!(poll(&mut sleeps[2]).is_pending(), "its timer is gone");
    sleeps[2].reset(std::time::Instant::now() + Duration::from_secs(1));
    assert!(poll(&mut sleeps[2]).is_pending());
    drop(sleeps);
}

#[test]
fn handles_that_outlive_their_loop_find_it_closed() {
    let event_loop = Loop::new().unwrap();
    let (handle, dropped) = (event_loop.handle(), Rc::new(Cell::new(0)));
    let (count, held) = (dropped.clone(), dropped.clone());
    let ends = handle.create_task(async move { OnDrop(move || count.set(count.get() + 1)) });
    let waits = handle.create_task(async move {
        let _guard = OnDrop(move || held.set(held.get() + 1));
        pending::<()>().await
    });
    let callback = handle.call_soon(|| unreachable!("it is cancelled"));
    callback.cancel();
    let timer = handle.call_later(Duration::from_secs(1), || unreachable!("the loop is gone"));
    assert_eq!(event_loop.turn(Some(Duration::ZERO)).unwrap().ran, 3);
    drop(event_loop);
    assert!(handle.is_closed());
    assert_eq!(dropped.get(), 1, "what waited was dropped with the loop");
    callback.cancel();
    timer.cancel();
    assert!(!waits.cancel(), "it has ended");
    assert!(outcome(waits).unwrap_err().is_cancelled());
    drop(outcome(ends).unwrap());
    assert_eq!(dropped.get(), 2);
    assert_eq!(handle.stats().live_tasks, 0);
}

/// Pain 23.
#[test]
fn a_loop_that_is_dropped_inside_another_leaves_that_one_entered() {
    let outer = Loop::new().unwrap();
    outer.block_on(async {
        let inner = Loop::new().unwrap();
        let (give, take) = oneloop::sync::oneshot::channel();
        let mut give = Some(give);
        // Wakes a task of the other loop while its own dies.
        let guard = OnDrop(move || {
            give.take().map(|give| give.send(1));
        });
        drop(inner.handle().create_task(async move {
            let _guard = guard;
            pending::<()>().await
        }));
        let takes = oneloop::create_task(take);
        oneloop::yield_now().await;
        drop(inner);
        assert_eq!(takes.await.unwrap(), Ok(1));
        oneloop::sleep(Duration::from_millis(1)).await;
    });
}

#[test]
fn two_loops_take_turns_on_one_thread_and_wake_each_others_tasks() {
    let (one, two) = (Loop::new().unwrap(), Loop::new().unwrap());
    let (there, mut here) = oneloop::sync::channel(1);
    let (back, mut answers) = oneloop::sync::channel(1);
    let asks = one.handle().create_task(async move {
        let mut sum = 0;
        for number in 0..10 {
            there.send(number).await.unwrap();
            sum += answers.recv().await.unwrap();
        }
        sum
    });
    drop(two.handle().create_task(async move {
        while let Some(number) = here.recv().await {
            back.send(2 * number).await.unwrap();
        }
    }));
    while !asks.done() {
        let _ = one.turn(Some(Duration::ZERO)).unwrap();
        let _ = two.turn(Some(Duration::ZERO)).unwrap();
    }
    assert_eq!(outcome(asks).unwrap(), 90);
    let _ = two.turn(Some(Duration::ZERO)).unwrap();
    assert_eq!(two.handle().stats().live_tasks, 0);
}

#[test]
fn a_waker_on_another_thread_outlives_its_loop() {
    let event_loop = Loop::new().unwrap();
    let (send, receive) = std::sync::mpsc::channel::<Waker>();
    let thread = std::thread::spawn(move || {
        let waker = receive.recv().unwrap();
        assert!(receive.recv().is_err(), "the loop is gone");
        let second = waker.clone();
        second.wake_by_ref();
        drop(second);
        waker.wake();
    });
    drop(
        event_loop
            .handle()
            .create_task(std::future::poll_fn(move |cx| {
                send.send(cx.waker().clone()).unwrap();
                Poll::<()>::Pending
            })),
    );
    assert_eq!(event_loop.turn(Some(Duration::ZERO)).unwrap().ran, 1);
    drop(event_loop); // Drops the future, and the sender with it.
    thread.join().unwrap();
}

#[test]
fn a_panic_in_the_future_of_block_on_leaves_a_loop_that_runs() {
    let event_loop = Loop::new().unwrap();
    let task = event_loop.handle().create_task(async { 1 });
    let block = AssertUnwindSafe(|| event_loop.block_on(async { panic!("in the root") }));
    let panic: Result<(), _> = catch_unwind(block);
    assert_eq!(
        *panic.unwrap_err().downcast::<&str>().unwrap(),
        "in the root"
    );
    assert!(Loop::current().is_err(), "it is not entered any more");
    assert_eq!(event_loop.block_on(task).unwrap(), 1);
}
