//! The loop as a guest of a foreign host: one descriptor, one deadline, one turn at a time.
//! Read `remote.rs` next.
#![cfg(unix)]

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use oneloop::{Loop, create_task, sleep, yield_now};
use std::cell::Cell;
use std::future::pending;
use std::os::fd::{AsFd, AsRawFd};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

/// A host that has the loop's descriptor in a poll of its own.
struct Host {
    poll: Poll,
    events: Events,
}

impl Host {
    fn new(event_loop: &Loop) -> Host {
        let (poll, events) = (Poll::new().unwrap(), Events::with_capacity(4));
        let descriptor = event_loop.as_fd().as_raw_fd();
        let source = &mut SourceFd(&descriptor);
        let registered = poll
            .registry()
            .register(source, Token(0), Interest::READABLE);
        registered.unwrap();
        Host { poll, events }
    }

    /// Whether the descriptor becomes readable within `wait`, anew: the host's own poll is
    /// edge-triggered, as mio's is.
    fn is_rung(&mut self, wait: Duration) -> bool {
        self.poll.poll(&mut self.events, Some(wait)).unwrap();
        !self.events.is_empty()
    }
}

/// Whether the descriptor is readable now, as a new host sees it.
fn is_readable(event_loop: &Loop) -> bool {
    Host::new(event_loop).is_rung(Duration::ZERO)
}

fn at_once(event_loop: &Loop) -> oneloop::Turn {
    event_loop.turn(Some(Duration::ZERO)).unwrap()
}

/// A host that looked at them after each turn never slept again.
#[test]
fn reading_the_numbers_between_two_turns_wakes_nobody() {
    let event_loop = Loop::new().unwrap();
    let task = event_loop.handle().create_task(pending::<()>());
    let _ = at_once(&event_loop);
    assert_eq!(event_loop.handle().stats().live_tasks, 1);
    assert!(!is_readable(&event_loop), "there is nothing to do");
    task.cancel();
    assert_eq!(event_loop.handle().stats().unwinding, 1);
}

/// Longer than anything here takes; only a fault waits so long.
const LONG: Duration = Duration::from_secs(20);

#[test]
fn the_descriptor_is_readable_while_there_is_work_and_not_when_it_is_done() {
    let event_loop = Loop::builder().polls_per_look(2).build().unwrap();
    let _ = at_once(&event_loop);
    assert!(!is_readable(&event_loop), "nothing to do");

    let handle = event_loop.handle();
    for _ in 0..3 {
        handle.call_soon(|| ());
    }
    assert!(is_readable(&event_loop), "callbacks wait");
    let turn = at_once(&event_loop);
    assert_eq!((turn.ran, turn.ready), (2, 1));
    assert!(is_readable(&event_loop), "one is left");
    assert_eq!(at_once(&event_loop).ready, 0);
    let _ = at_once(&event_loop); // Takes the last ring in.
    assert!(!is_readable(&event_loop), "nothing to do again");
}

#[test]
fn whatever_makes_work_outside_a_turn_rings_the_host() {
    let event_loop = Loop::new().unwrap();
    let mut host = Host::new(&event_loop);
    let handle = event_loop.handle();
    let quiet = |host: &mut Host| {
        while at_once(&event_loop).ran != 0 {}
        let _ = at_once(&event_loop);
        assert!(!is_readable(&event_loop));
        host.is_rung(Duration::ZERO); // What it was told before.
    };

    quiet(&mut host);
    handle.call_soon(|| ());
    assert!(host.is_rung(LONG), "call_soon of the handle");
    quiet(&mut host);
    let task = handle.create_task(pending::<()>());
    assert!(host.is_rung(LONG), "create_task of the handle");
    quiet(&mut host);
    task.cancel();
    assert!(host.is_rung(LONG), "cancel");
    quiet(&mut host);
    let (promise, future) = oneloop::sync::oneshot::channel();
    let waits = handle.create_task(future);
    quiet(&mut host);
    promise.send(1).unwrap();
    assert!(host.is_rung(LONG), "a wake");
    quiet(&mut host);
    assert!(waits.done());
    event_loop.stop();
    assert!(host.is_rung(LONG), "stop");
    quiet(&mut host);
    event_loop.enter(|| drop(create_task(async {})));
    assert!(host.is_rung(LONG), "create_task inside `enter`");
}

#[test]
fn another_thread_rings_a_host_that_sleeps() {
    let event_loop = Loop::new().unwrap();
    let mut host = Host::new(&event_loop);
    let _ = at_once(&event_loop);
    host.is_rung(Duration::ZERO);
    let remote = event_loop.handle().remote();
    let calls = thread::spawn(move || {
        for number in 0..20 {
            let task = remote.spawn(move || async move { number }).unwrap();
            assert_eq!(task.wait().unwrap(), number); // The host sleeps again by the next one.
        }
    });
    let start = Instant::now();
    while !calls.is_finished() {
        if host.is_rung(Duration::from_millis(50)) {
            while at_once(&event_loop).ready != 0 {}
        }
        assert!(start.elapsed() < LONG, "a ring was lost");
    }
    calls.join().unwrap();
}

#[test]
fn a_host_sleeps_until_next_deadline() {
    let event_loop = Loop::new().unwrap();
    assert_eq!(event_loop.next_deadline(), None);
    let handle = event_loop.handle();
    let later = handle.call_later(Duration::from_millis(20), || ());
    let sooner = handle.call_later(Duration::from_millis(5), || ());
    assert_eq!(event_loop.next_deadline(), Some(sooner.when()));
    assert_eq!(at_once(&event_loop).next_deadline, Some(sooner.when()));
    sooner.cancel();
    let _ = at_once(&event_loop);
    assert_eq!(event_loop.next_deadline(), Some(later.when()));

    // A host without the descriptor: it sleeps by itself, and the turn then finds the timer due.
    thread::sleep(later.when().saturating_duration_since(Instant::now()));
    assert_eq!(at_once(&event_loop).ran, 1);
    assert_eq!(event_loop.next_deadline(), None);

    handle.call_later(Duration::MAX, || ());
    assert_eq!(event_loop.next_deadline(), None, "for ever is no deadline");
}

/// On Linux the descriptor tells of timers too, also of one that is set outside a turn.
#[test]
#[cfg(target_os = "linux")]
fn a_timer_makes_the_descriptor_readable_by_itself() {
    let event_loop = Loop::new().unwrap();
    let mut host = Host::new(&event_loop);
    let fired = Rc::new(Cell::new(0));
    for set_inside in [false, true] {
        let _ = at_once(&event_loop);
        host.is_rung(Duration::ZERO);
        let (count, handle) = (fired.clone(), event_loop.handle());
        let timer = Rc::new(Cell::new(None));
        let given = timer.clone();
        let set = move || {
            let timer =
                handle.call_later(Duration::from_millis(2), move || count.set(count.get() + 1));
            given.set(Some(timer));
        };
        match set_inside {
            true => {
                event_loop.handle().call_soon(set);
                let _ = at_once(&event_loop);
            }
            false => set(),
        }
        let when = timer.take().unwrap().when();
        let (before, start) = (fired.get(), Instant::now());
        while fired.get() == before {
            host.is_rung(LONG); // May come too early, or for nothing.
            let _ = at_once(&event_loop);
        }
        assert!(Instant::now() >= when);
        assert!(start.elapsed() < LONG, "it rang by itself");
    }
}

#[test]
fn a_host_that_only_looks_once_a_frame_gets_everything_done() {
    let event_loop = Loop::new().unwrap();
    let task = event_loop.handle().create_task(async {
        for _ in 0..3 {
            yield_now().await;
            sleep(Duration::from_millis(1)).await;
        }
        "done"
    });
    let start = Instant::now();
    while at_once(&event_loop).live_tasks != 0 {
        thread::sleep(Duration::from_millis(1)); // The frame.
        assert!(start.elapsed() < LONG);
    }
    assert_eq!(event_loop.block_on(task).unwrap(), "done");
}
