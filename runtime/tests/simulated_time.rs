//! Time that a test or a simulation moves by hand, with `advance` or with turns.

use oneloop::{Handle, Loop, create_task, interval, sleep, timeout};
use std::cell::RefCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

fn simulated() -> Loop {
    Loop::builder().paused_clock().build().unwrap()
}

/// What happened, each with the simulated time since the beginning.
#[derive(Clone)]
struct Story {
    handle: Handle,
    begin: Instant,
    lines: Rc<RefCell<Vec<(Duration, &'static str)>>>,
}

impl Story {
    fn of(event_loop: &Loop) -> Story {
        let handle = event_loop.handle();
        Story {
            begin: handle.now(),
            handle,
            lines: Rc::default(),
        }
    }

    fn tell(&self, line: &'static str) {
        let time = self.handle.now() - self.begin;
        self.lines.borrow_mut().push((time, line));
    }

    fn take(&self) -> Vec<(Duration, &'static str)> {
        self.lines.take()
    }
}

/// Pain 27.
#[test]
fn everything_on_the_way_happens_at_its_own_time() {
    let event_loop = simulated();
    let story = Story::of(&event_loop);
    let teller = story.clone();
    let _task = event_loop.handle().create_task(async move {
        teller.tell("begins");
        sleep(SECOND).await;
        teller.tell("wakes");
        // Made on the way, and due on the way.
        let other = teller.clone();
        let child = create_task(async move {
            sleep(SECOND / 2).await;
            other.tell("child");
        });
        child.await.unwrap();
        teller.tell("joined");
        let late = timeout(SECOND, pending::<()>()).await;
        assert!(late.is_err());
        teller.tell("timed out");
    });
    event_loop.advance(SECOND * 2).unwrap();
    assert_eq!(
        story.take(),
        [
            (Duration::ZERO, "begins"),
            (SECOND, "wakes"),
            (SECOND * 3 / 2, "child"),
            (SECOND * 3 / 2, "joined"),
        ]
    );
    assert_eq!(event_loop.handle().now() - story.begin, SECOND * 2);
    // The time-out lies exactly at the end of the next step, which includes it.
    event_loop.advance(SECOND / 2).unwrap();
    assert_eq!(story.take(), [(SECOND * 5 / 2, "timed out")]);
    assert_eq!(event_loop.handle().stats().live_tasks, 0);
}

#[test]
fn no_time_at_all_runs_what_is_ready_and_nothing_else() {
    let event_loop = simulated();
    let story = Story::of(&event_loop);
    let teller = story.clone();
    let _task = event_loop.handle().create_task(async move {
        for _ in 0..1000 {
            oneloop::yield_now().await;
        }
        teller.tell("after a thousand yields");
        sleep(Duration::from_nanos(1)).await;
        teller.tell("a nanosecond later");
    });
    event_loop.advance(Duration::ZERO).unwrap();
    assert_eq!(story.take(), [(Duration::ZERO, "after a thousand yields")]);
    event_loop.advance(Duration::from_nanos(1)).unwrap();
    let nanosecond = Duration::from_nanos(1);
    assert_eq!(story.take(), [(nanosecond, "a nanosecond later")]);
}

#[test]
fn time_moves_by_hand_although_a_remote_lives() {
    let event_loop = simulated();
    let remote = event_loop.handle().remote();
    let task = event_loop.handle().create_task(async {
        sleep(Duration::from_secs(3600)).await;
    });
    let begin = Instant::now();
    event_loop.advance(Duration::from_secs(3599)).unwrap();
    assert!(!task.done());
    event_loop.advance(SECOND).unwrap();
    assert!(task.done());
    assert!(begin.elapsed() < Duration::from_secs(60), "nobody waited");
    drop(remote);
}

#[test]
fn a_frame_loop_sees_a_tick_in_every_third_frame() {
    let event_loop = simulated();
    let ticks = Rc::new(RefCell::new(0));
    let count = ticks.clone();
    let _task = event_loop.handle().create_task(async move {
        let mut interval = interval(Duration::from_millis(48));
        loop {
            interval.tick().await;
            *count.borrow_mut() += 1;
        }
    });
    let mut seen = vec![];
    for _frame in 0..9 {
        event_loop.advance(Duration::from_millis(16)).unwrap();
        seen.push(*ticks.borrow());
    }
    assert_eq!(seen, [1, 1, 2, 2, 2, 3, 3, 3, 4]);
}

#[test]
fn a_turn_goes_to_the_next_timer_or_by_its_wait() {
    let event_loop = simulated();
    let handle = event_loop.handle();
    let begin = handle.now();
    handle.call_later(SECOND, || ());
    // Three seconds were allowed, and the timer comes after one.
    assert_eq!(event_loop.turn(Some(SECOND * 3)).unwrap().ran, 1);
    assert_eq!(handle.now() - begin, SECOND);
    // No timer is left: the whole wait passes.
    assert_eq!(event_loop.turn(Some(SECOND * 3)).unwrap().ran, 0);
    assert_eq!(handle.now() - begin, SECOND * 4);
}

#[test]
fn a_real_clock_cannot_be_moved() {
    let event_loop = Loop::new().unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| event_loop.advance(SECOND)));
    let text = *panic.unwrap_err().downcast::<&str>().unwrap();
    assert!(text.contains("paused_clock()"), "{text}");
}
