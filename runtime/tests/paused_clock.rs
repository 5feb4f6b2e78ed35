//! The paused clock: time that moves only when nothing else can. Read `interval.rs` next.

use oneloop::sync::oneshot;
use oneloop::{Loop, call_at, call_later, create_task, now, sleep, sleep_until, yield_now};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

fn paused() -> Loop {
    Loop::builder().paused_clock().build().unwrap()
}

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn fifty_days_of_sleep_take_no_time_and_are_exact() {
    let start = Instant::now();
    paused().block_on(async {
        let began = now();
        for days in [1, 20, 29] {
            sleep(days * DAY).await;
        }
        assert_eq!(now() - began, 50 * DAY);
    });
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn debug_mode_leaves_a_paused_clock_its_jumps_and_its_deadlocks_whichever_was_asked_for_first() {
    let patience = Duration::from_millis(1);
    for builder in [
        Loop::builder().debug().paused_clock(),
        Loop::builder().paused_clock().debug(),
    ] {
        let event_loop = builder.deadlock_after(patience).build().unwrap();
        event_loop.block_on(async { sleep(50 * DAY).await });
        let stuck = || event_loop.block_on(std::future::pending::<()>());
        let payload = catch_unwind(AssertUnwindSafe(stuck)).expect_err("nobody can wake it");
        let message = payload.downcast_ref::<String>().expect("it has a text");
        assert!(
            message.starts_with("deadlock: the clock is paused"),
            "{message}"
        );
    }
}

#[test]
fn time_stands_still_while_anything_is_ready() {
    paused().block_on(async {
        let began = now();
        let woken = Rc::new(Cell::new(false));
        let set = woken.clone();
        call_later(Duration::from_nanos(1), move || set.set(true));
        for _ in 0..1000 {
            yield_now().await;
            thread::yield_now();
        }
        assert_eq!((now(), woken.get()), (began, false));
        sleep(Duration::from_nanos(2)).await;
        assert_eq!(
            (now() - began, woken.get()),
            (Duration::from_nanos(2), true)
        );
    });
}

#[test]
fn each_sleeper_wakes_at_its_own_time_to_the_nanosecond() {
    paused().block_on(async {
        let began = now();
        let sleepers: Vec<_> = [30, 10, 20, 10, 86_400_000_000_001]
            .map(|nanoseconds| {
                create_task(async move {
                    sleep(Duration::from_nanos(nanoseconds)).await;
                    assert_eq!(now() - began, Duration::from_nanos(nanoseconds));
                })
            })
            .into();
        for sleeper in sleepers {
            sleeper.await.unwrap();
        }
    });
}

#[test]
fn a_sleep_of_no_time_and_a_deadline_that_has_passed_let_the_others_run_once() {
    let event_loop = paused();
    event_loop.block_on(async {
        let began = now();
        let past = began - Duration::from_secs(1).min(began.elapsed());
        for deadline in [began, past] {
            let runs = Rc::new(Cell::new(0));
            let count = runs.clone();
            drop(create_task(async move { count.set(count.get() + 1) }));
            sleep_until(deadline).await;
            assert_eq!((runs.get(), now()), (1, began));
        }
        sleep(Duration::ZERO).await;
        assert_eq!(now(), began);
    });
    assert_eq!(event_loop.handle().stats().timers_fired, 0);
}

/// Pain 26.
#[test]
fn the_clock_waits_for_a_thread_that_has_a_remote() {
    let event_loop = paused();
    let remote = event_loop.handle().remote();
    let (tell, hear) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        // The loop has nothing but its timer by now, or soon; it must not jump over this call.
        thread::yield_now();
        remote
            .call_soon_threadsafe(move || tell.send(now()).unwrap())
            .unwrap();
    });
    event_loop.block_on(async {
        let began = now();
        sleep(DAY).await;
        assert_eq!(now() - began, DAY);
        assert_eq!(hear.try_recv(), Ok(began), "the call came before the jump");
    });
    thread.join().unwrap();
}

/// It was slept over until something else came.
#[test]
fn a_timer_that_is_due_already_fires_although_the_clock_stands_still() {
    const LIMIT: Duration = Duration::from_secs(3);
    let event_loop = paused();
    let remote = event_loop.handle().remote();
    let (tell, hear) = std::sync::mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let _in_time = hear.recv_timeout(LIMIT);
        drop(remote);
    });
    let begin = Instant::now();
    event_loop.block_on(async {
        for before in [0, 1] {
            let (send, receive) = oneshot::channel();
            let deadline = now() - Duration::from_nanos(before);
            call_at(deadline, move || send.send(()).unwrap());
            receive.await.unwrap();
        }
    });
    assert!(begin.elapsed() < LIMIT);
    drop(tell);
    thread.join().unwrap();
}

#[test]
fn a_turn_of_a_host_moves_the_clock_by_its_wait_at_most() {
    let event_loop = paused();
    let handle = event_loop.handle();
    let began = handle.now();
    let fired = Rc::new(Cell::new(false));
    let set = fired.clone();
    handle.call_later(Duration::from_secs(10), move || set.set(true));
    let wait = |seconds| event_loop.turn(Some(Duration::from_secs(seconds))).unwrap();

    assert_eq!(wait(0).ran, 0);
    assert_eq!(handle.now() - began, Duration::ZERO);
    assert_eq!(wait(4).ran, 0);
    assert_eq!(handle.now() - began, Duration::from_secs(4));
    assert_eq!(wait(60).ran, 1, "to the timer and no further");
    assert_eq!(handle.now() - began, Duration::from_secs(10));
    assert_eq!(wait(5).ran, 0, "with no timer at all");
    assert_eq!(handle.now() - began, Duration::from_secs(15));
    assert!(fired.get());
}

#[test]
fn the_end_of_time_is_not_jumped_to() {
    paused().block_on(async {
        let began = now();
        let for_ever = create_task(sleep(Duration::MAX));
        sleep(50 * DAY).await;
        assert_eq!(now() - began, 50 * DAY);
        assert!(!for_ever.done());
    });
}
