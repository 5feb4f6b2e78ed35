//! Intervals: ticks on a grid, late ones, missed ones. Read `lifecycle.rs` next.

use oneloop::{Loop, interval, now, sleep, timeout};
use std::future::Future;
use std::time::Duration;

fn run(main: impl Future<Output = ()>) {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main);
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

#[test]
fn the_first_tick_is_at_once_and_the_others_lie_on_the_grid() {
    run(async {
        let start = now();
        let mut ticks = interval(milliseconds(10));
        for number in 0..5 {
            assert_eq!(ticks.tick().await - start, milliseconds(10 * number));
            assert_eq!(now() - start, milliseconds(10 * number));
        }
    });
}

#[test]
fn work_between_the_ticks_does_not_shift_them() {
    run(async {
        let start = now();
        let mut ticks = interval(milliseconds(10));
        for number in 0..5 {
            ticks.tick().await;
            assert_eq!(now() - start, milliseconds(10 * number));
            sleep(milliseconds(7)).await;
        }
    });
}

#[test]
fn a_late_tick_comes_at_once_and_missed_ones_are_left_out() {
    run(async {
        let start = now();
        let mut ticks = interval(milliseconds(10));
        ticks.tick().await;
        sleep(milliseconds(35)).await;
        let mut seen = Vec::new();
        for _ in 0..3 {
            let due = ticks.tick().await - start;
            seen.push((due.as_millis(), (now() - start).as_millis()));
        }
        // That of 10 comes late, those of 20 and 30 are gone, 40 is on time again.
        assert_eq!(seen, [(10, 35), (40, 40), (50, 50)]);
    });
}

#[test]
fn work_that_ends_on_the_grid_meets_the_tick_of_that_moment() {
    run(async {
        let start = now();
        let mut ticks = interval(milliseconds(10));
        ticks.tick().await;
        sleep(milliseconds(10)).await;
        assert_eq!(ticks.tick().await - start, milliseconds(10));
        assert_eq!(now() - start, milliseconds(10));
        assert_eq!(ticks.tick().await - start, milliseconds(20));
    });
}

#[test]
fn a_tick_that_was_given_up_is_still_the_next_one() {
    run(async {
        let start = now();
        let mut ticks = interval(milliseconds(10));
        ticks.tick().await;
        assert!(timeout(milliseconds(4), ticks.tick()).await.is_err());
        assert_eq!(ticks.tick().await - start, milliseconds(10));
        assert_eq!(now() - start, milliseconds(10));
    });
}

#[test]
fn a_period_of_centuries_ticks_once() {
    run(async {
        let mut ticks = interval(Duration::MAX);
        ticks.tick().await;
        let day = Duration::from_secs(86_400);
        assert!(timeout(1000 * day, ticks.tick()).await.is_err());
    });
}
