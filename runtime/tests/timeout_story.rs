//! `timeout`: what wins when, and what becomes of what was waited for.

use std::future::{pending, ready};
use std::time::Duration;

use oneloop::sync::oneshot;
use oneloop::time::Elapsed;
use oneloop::{Loop, create_task, now, shield, sleep, timeout, yield_now};

/// Runs on a paused clock.
fn run<F: Future>(main: F) -> F::Output {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main)
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

#[test]
fn a_result_in_time_is_given_and_no_timer_stays_behind() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let quick = async {
            sleep(milliseconds(5)).await;
            "there"
        };
        assert_eq!(timeout(milliseconds(10), quick).await, Ok("there"));
    });
    assert_eq!(event_loop.next_deadline(), None);
}

#[test]
fn when_the_time_is_over_the_future_is_dropped_at_that_time() {
    run(async {
        let began = now();
        let (alive, mut signal) = oneshot::channel::<()>();
        let slow = async move {
            pending::<()>().await;
            drop(alive);
        };
        assert_eq!(timeout(milliseconds(10), slow).await, Err(Elapsed));
        assert_eq!(now() - began, milliseconds(10));
        assert!(signal.try_recv().is_err(), "it is gone");
    });
}

#[test]
fn a_result_that_is_due_at_the_same_time_wins() {
    run(async {
        let same = sleep(milliseconds(10));
        assert_eq!(timeout(milliseconds(10), same).await, Ok(()));
    });
}

#[test]
fn the_time_counts_from_the_first_poll() {
    run(async {
        let began = now();
        let waits = timeout(milliseconds(10), pending::<()>());
        sleep(milliseconds(100)).await;
        assert_eq!(waits.await, Err(Elapsed));
        assert_eq!(now() - began, milliseconds(110));
    });
}

#[test]
fn the_work_of_the_first_poll_belongs_to_its_time() {
    // On the real clock, since nothing but work moves the time here. The time is over 200 ms before
    // the end of the sleep, and a count that began after the work would end 200 ms after it.
    let works_then_waits = async {
        std::thread::sleep(milliseconds(400));
        sleep(milliseconds(300)).await;
    };
    let outcome = oneloop::run(async { timeout(milliseconds(500), works_then_waits).await });
    assert_eq!(outcome, Err(Elapsed));
}

#[test]
fn a_zero_time_still_gives_what_is_ready_at_once() {
    run(async {
        assert_eq!(timeout(Duration::ZERO, ready(1)).await, Ok(1));
        assert_eq!(timeout(Duration::ZERO, pending::<u8>()).await, Err(Elapsed));
    });
}

#[test]
fn the_longest_time_is_no_bound() {
    run(async {
        let later = sleep(Duration::from_secs(100 * 365 * 24 * 3600));
        assert_eq!(timeout(Duration::MAX, later).await, Ok(()));
    });
}

#[test]
fn a_task_is_cancelled_by_the_time_out_unless_it_is_shielded() {
    run(async {
        let work = || {
            create_task(async {
                sleep(milliseconds(20)).await;
                "done"
            })
        };
        let mut task = work();
        let limited = timeout(milliseconds(10), &mut task);
        assert_eq!(limited.await.unwrap_err(), Elapsed);
        assert!(task.cancelled());

        let task = work();
        let limited = timeout(milliseconds(10), shield(&task));
        assert_eq!(limited.await.unwrap_err(), Elapsed);
        assert_eq!(task.await.unwrap(), "done");
    });
}

#[test]
fn timeouts_nest_and_the_shorter_one_wins() {
    run(async {
        let began = now();
        let inner = timeout(milliseconds(50), pending::<()>());
        assert_eq!(timeout(milliseconds(20), inner).await, Err(Elapsed));
        let inner = timeout(milliseconds(20), pending::<()>());
        assert_eq!(timeout(milliseconds(50), inner).await, Ok(Err(Elapsed)));
        assert_eq!(now() - began, milliseconds(40));
    });
}

#[test]
fn a_future_that_is_always_busy_does_not_outrun_the_time() {
    // On the real clock: a paused one does not move while somebody is ready.
    let busy = async {
        loop {
            yield_now().await;
        }
    };
    let outcome: Result<(), Elapsed> =
        oneloop::run(async { timeout(milliseconds(50), busy).await });
    assert_eq!(outcome, Err(Elapsed));
}

#[test]
#[should_panic(expected = "`timeout` was called outside a loop")]
fn outside_a_loop_it_panics_by_its_own_name() {
    drop(timeout(milliseconds(1), pending::<()>()));
}
