//! What other threads may do with a loop, also while it dies. Read `paused_clock.rs` next.

use oneloop::{Loop, LoopClosed, create_task, sleep, yield_now};
use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Tells when, and on which thread, it is dropped.
struct Tells(mpsc::Sender<thread::ThreadId>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _nobody_listens = self.0.send(thread::current().id());
    }
}

#[test]
fn calls_of_one_thread_are_made_in_their_order_on_the_loops_thread() {
    let event_loop = Loop::new().unwrap();
    let remote = event_loop.handle().remote();
    let (tell, hear) = mpsc::channel();
    let thread = thread::spawn(move || {
        for number in 0..100 {
            let tell = tell.clone();
            let call = move || tell.send((number, thread::current().id())).unwrap();
            remote.call_soon_threadsafe(call).unwrap();
        }
    });
    let home = thread::current().id();
    let mut called = Vec::new();
    while called.len() < 100 {
        let _ = event_loop.turn(None).unwrap();
        called.extend(hear.try_iter());
    }
    thread.join().unwrap();
    let expected: Vec<_> = (0..100).map(|number| (number, home)).collect();
    assert_eq!(called, expected);
}

#[test]
fn a_call_from_another_thread_ends_the_loops_sleep() {
    let event_loop = Loop::new().unwrap();
    let remote = event_loop.handle().remote();
    let (asleep, falls_asleep) = mpsc::channel();
    // Each call is made while the loop sleeps, or is about to: both must do.
    let thread = thread::spawn(move || {
        for _ in falls_asleep {
            remote.call_soon_threadsafe(|| ()).unwrap();
        }
    });
    for _ in 0..1000 {
        asleep.send(()).unwrap();
        while event_loop.turn(None).unwrap().ran == 0 {}
    }
    drop(asleep);
    thread.join().unwrap();
}

/// Pain 19.
#[test]
fn a_task_made_from_another_thread_may_hold_what_cannot_leave_the_loops_thread() {
    let event_loop = Loop::new().unwrap();
    let remote = event_loop.handle().remote();
    let thread = thread::spawn(move || {
        let task = remote.spawn(|| async {
            let words = Rc::new(RefCell::new(vec!["not", "Send"]));
            let other = words.clone();
            let pushes = create_task(async move { other.borrow_mut().push("at all") });
            pushes.await.unwrap();
            sleep(Duration::from_millis(1)).await;
            words.borrow().len()
        });
        task.unwrap().wait()
    });
    while !thread.is_finished() {
        let _ = event_loop.turn(Some(Duration::from_millis(1))).unwrap();
    }
    assert_eq!(thread.join().unwrap().unwrap(), 3);
}

#[test]
fn waiting_gives_the_output_the_panic_or_the_cancellation() {
    let event_loop = Loop::new().unwrap();
    let remote = event_loop.handle().remote();
    let thread = thread::spawn(move || {
        let ends = remote.spawn(|| async { 1 }).unwrap();
        let panics = remote.spawn(|| async { panic!("in the task") }).unwrap();
        let make = || -> std::future::Ready<()> { panic!("in the making") };
        let is_not_made = remote.spawn(make).unwrap();
        let waits = remote.spawn(pending::<()>).unwrap();
        waits.cancel();
        let panics: Result<(), _> = panics.wait();
        let unmade = is_not_made.wait().unwrap_err();
        assert_eq!(unmade.to_string(), "the task panicked: in the making");
        (
            ends.wait().unwrap(),
            panics.unwrap_err(),
            waits.wait().unwrap_err(),
        )
    });
    while !thread.is_finished() {
        let _ = event_loop.turn(Some(Duration::from_millis(1))).unwrap();
    }
    let (output, panic, cancelled) = thread.join().unwrap();
    assert_eq!(output, 1);
    assert_eq!(panic.to_string(), "the task panicked: in the task");
    assert!(cancelled.is_cancelled());
    assert_eq!(event_loop.handle().stats().live_tasks, 0);
}

/// `wait` waits for ever for a loop that nobody turns.
#[test]
fn a_thread_that_waits_for_a_loop_that_nobody_turns_may_give_up_and_wait_again() {
    let event_loop = Loop::new().unwrap();
    let remote = event_loop.handle().remote();
    let (give, waited) = mpsc::channel();
    let thread = thread::spawn(move || {
        let mut task = remote.spawn(|| async { 1 }).unwrap();
        let limit = Duration::from_millis(100);
        let begin = Instant::now();
        assert!(task.wait_timeout(limit).is_none());
        assert!(begin.elapsed() >= limit);
        assert!(task.wait_timeout(Duration::ZERO).is_none());
        give.send(()).unwrap();
        // For ever, as it is too far away.
        task.wait_timeout(Duration::MAX).unwrap().unwrap()
    });
    waited.recv().unwrap();
    while !thread.is_finished() {
        let _ = event_loop.turn(Some(Duration::from_millis(1))).unwrap();
    }
    assert_eq!(thread.join().unwrap(), 1);
}

#[test]
#[should_panic(
    expected = "`wait_timeout` would block the loop's own thread for ever: `.await` the task"
)]
fn waiting_with_a_limit_on_the_loops_own_thread_is_no_better() {
    oneloop::run(async {
        let remote = Loop::current().unwrap().remote();
        let mut task = remote.spawn(|| async {}).unwrap();
        let _ = task.wait_timeout(Duration::from_millis(1));
    });
}

#[test]
fn a_task_of_another_loop_is_awaited_by_its_remote() {
    let (give, take) = mpsc::channel();
    let (stop, stopped) = mpsc::channel::<()>();
    let other = thread::spawn(move || {
        let event_loop = Loop::new().unwrap();
        give.send(event_loop.handle().remote()).unwrap();
        while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
            let _ = event_loop.turn(Some(Duration::from_millis(1))).unwrap();
        }
    });
    let remote = take.recv().unwrap();
    let there = oneloop::run(async {
        let task = remote.spawn(|| async { thread::current().id() }).unwrap();
        task.await.unwrap()
    });
    assert_eq!(there, other.thread().id());
    drop(stop);
    other.join().unwrap();
}

#[test]
fn a_dropped_remote_task_runs_on() {
    let event_loop = Loop::new().unwrap();
    let remote = event_loop.handle().remote();
    let steps = Arc::new(AtomicU32::new(0));
    let step = steps.clone();
    drop(remote.spawn(|| async move {
        yield_now().await;
        step.fetch_add(1, SeqCst);
    }));
    while steps.load(SeqCst) == 0 {
        let _ = event_loop.turn(None).unwrap();
    }
}

#[test]
fn a_loop_that_is_gone_takes_no_calls() {
    let remote = Loop::new().unwrap().handle().remote();
    let (tell, hear) = mpsc::channel();
    let tells = Tells(tell);
    let refused = remote.call_soon_threadsafe(move || drop(tells));
    assert_eq!(refused, Err(LoopClosed));
    let here = thread::current().id();
    assert_eq!(hear.recv(), Ok(here), "it is dropped by whoever sent it");
    assert_eq!(remote.spawn(|| async {}).map(drop), Err(LoopClosed));
}

#[test]
fn what_was_sent_and_not_called_is_dropped_at_home_when_the_loop_dies() {
    let event_loop = Loop::new().unwrap();
    let remote = event_loop.handle().remote();
    let (tell, hear) = mpsc::channel();
    let (called, tells) = (Tells(tell.clone()), Tells(tell));
    let (waits, sent) = thread::spawn(move || {
        let call = remote.call_soon_threadsafe(move || {
            let _called = called;
            unreachable!("the loop is never turned");
        });
        let task = remote.spawn(move || async move { drop(tells) }).unwrap();
        (task, call)
    })
    .join()
    .unwrap();
    assert_eq!(sent, Ok(()));
    assert!(hear.try_recv().is_err());
    drop(event_loop);
    let home = thread::current().id();
    assert_eq!(hear.iter().collect::<Vec<_>>(), [home, home]);
    assert!(waits.wait().unwrap_err().is_cancelled());
}

#[test]
fn a_thread_that_waits_is_told_when_the_loop_dies() {
    for started in [false, true] {
        let event_loop = Loop::new().unwrap();
        let remote = event_loop.handle().remote();
        let task = remote.spawn(pending::<()>).unwrap();
        if started {
            while event_loop.handle().stats().live_tasks == 0 {
                let _ = event_loop.turn(None).unwrap();
            }
        }
        let thread = thread::spawn(move || task.wait());
        drop(event_loop);
        assert!(thread.join().unwrap().unwrap_err().is_cancelled());
    }
}

/// Every call is made, or dropped, or refused, whatever the moment at which the loop dies.
#[test]
fn calls_that_race_with_the_loops_death_are_made_dropped_or_refused() {
    for round in 0..50 {
        let event_loop = Loop::new().unwrap();
        let remote = event_loop.handle().remote();
        let (made, alive) = (Arc::new(AtomicU32::new(0)), Arc::new(()));
        let thread = thread::spawn({
            let (made, alive) = (made.clone(), alive.clone());
            move || {
                for sent in 0..300 {
                    let (made, alive) = (made.clone(), alive.clone());
                    let call = move || {
                        made.fetch_add(1, SeqCst);
                        drop(alive);
                    };
                    if remote.call_soon_threadsafe(call).is_err() {
                        return sent;
                    }
                }
                300
            }
        });
        for _ in 0..round {
            let _ = event_loop.turn(Some(Duration::ZERO)).unwrap();
        }
        drop(event_loop);
        let sent = thread.join().unwrap();
        assert!(made.load(SeqCst) <= sent);
        assert_eq!(
            Arc::strong_count(&alive),
            1,
            "nothing is left of the others"
        );
    }
}
