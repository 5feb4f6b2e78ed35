//! A paused clock that stands still while a timer waits, since a socket or a `Remote` could bring something,
//! says so after a while, and the loop waits on. See `paused_clock.rs` for when it stands.

use mio::net::TcpListener;
use oneloop::reactor::{Direction, Registration};
use oneloop::{Builder, Loop, Remote, Report, ReportKind, sleep, task, timeout};
use std::cell::Cell;
use std::net::TcpStream;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_millis(100);

/// Longer than a test may take.
const LONG: Duration = Duration::from_secs(3600);

/// A loop that tells soon, and what it has told so far.
fn impatient() -> (Builder, Receiver<Report>) {
    let (send, told) = mpsc::channel();
    let builder = Loop::builder()
        .paused_clock()
        .deadlock_after(PATIENCE)
        .exception_handler(move |report| send.send(report.clone()).unwrap());
    (builder, told)
}

/// A listener that nobody has connected to.
fn listener() -> Registration<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    Registration::new(listener).unwrap()
}

/// Stops the loop after a while, from another thread.
fn stop_later(remote: Remote, after: Duration) -> JoinHandle<()> {
    thread::spawn(move || {
        thread::sleep(after);
        stop(&remote);
    })
}

fn stop(remote: &Remote) {
    let stop = || Loop::current().unwrap().stop();
    remote.call_soon_threadsafe(stop).unwrap();
}

/// Lets whoever hears of a standing clock drop the loop's only `Remote`.
fn follow_the_advice(event_loop: &Loop) {
    let remote = Cell::new(Some(event_loop.handle().remote()));
    let handle = event_loop.handle();
    handle.set_exception_handler(move |_| drop(remote.take()));
}

#[test]
fn a_timer_beside_a_silent_socket_is_told_of_with_the_cures_and_the_tasks() {
    let (builder, told) = impatient();
    let event_loop = builder.build().unwrap();
    let handle = event_loop.handle();
    let remote = handle.remote();
    let (start, begin) = (handle.now(), Instant::now());
    let thread = thread::spawn(move || {
        let report = told.recv().unwrap();
        assert!(begin.elapsed() >= PATIENCE, "the peer might have answered");
        assert!(told.recv_timeout(3 * PATIENCE).is_err(), "told once");
        stop(&remote);
        (report, told)
    });
    let server = event_loop.enter(|| {
        let listener = listener();
        task::Builder::new()
            .name("server")
            .create_task(async move { timeout(LONG, listener.ready(Direction::Read)).await })
    });
    event_loop.run_forever();
    server.cancel();
    assert_eq!(handle.now(), start, "it stood still");

    let (report, _told) = thread.join().unwrap();
    assert_eq!(report.kind(), ReportKind::ClockStands);
    let text = report.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[0],
        "the clock is paused and stands still, since 1 socket is registered and 1 `Remote` lives: it \
         does not jump to the next timer, which is due in 3600s of simulated time, and nothing has come \
         for 100ms. The tasks:"
    );
    assert!(lines[1].starts_with("  Task-1 \"server\", made at "));
    assert!(lines[1].contains("clock_stands.rs:"), "{text}");
    assert!(
        lines[1].contains(", waits for ") && lines[1].contains("a timer due in 3600000.0 ms"),
        "{text}"
    );
    assert!(lines[1].contains("that it can read"), "{text}");
    for cure in [
        "jump_anyway",
        "Loop::advance",
        "in-memory",
        "drop the `Remote`",
        "real clock",
    ] {
        assert!(lines[2].contains(cure), "{cure}: {text}");
    }
    assert_eq!(lines.len(), 3, "{text}");
}

#[test]
fn it_is_told_again_once_something_has_run() {
    let (builder, told) = impatient();
    let event_loop = builder.build().unwrap();
    let remote = event_loop.handle().remote();
    let thread = thread::spawn(move || {
        told.recv().unwrap();
        remote.call_soon_threadsafe(|| ()).unwrap();
        let again = told.recv().unwrap();
        drop(remote); // And the clock jumps.
        again
    });
    event_loop.block_on(async { sleep(LONG).await });
    assert_eq!(thread.join().unwrap().kind(), ReportKind::ClockStands);
}

#[test]
fn a_peer_that_answers_in_time_keeps_it_quiet() {
    let (builder, told) = impatient();
    let event_loop = builder.deadlock_after(10 * PATIENCE).build().unwrap();
    event_loop.block_on(async {
        let listener = listener();
        let address = listener.with(|listener| listener.local_addr().unwrap());
        let peer = thread::spawn(move || {
            thread::sleep(PATIENCE);
            TcpStream::connect(address).unwrap()
        });
        let ready = timeout(LONG, listener.ready(Direction::Read)).await;
        ready.expect("time stood still").unwrap();
        peer.join().unwrap();
    });
    assert!(told.try_recv().is_err());
}

#[test]
fn a_clock_that_jumps_anyway_has_nothing_to_tell() {
    let (builder, told) = impatient();
    let event_loop = builder.jump_anyway().build().unwrap();
    let remote = event_loop.handle().remote();
    event_loop.block_on(async { sleep(LONG).await });
    // Nor while it waits for the `Remote` alone.
    let thread = stop_later(remote, 3 * PATIENCE);
    event_loop.run_forever();
    thread.join().unwrap();
    assert!(told.try_recv().is_err());
}

#[test]
fn who_waits_for_the_outside_alone_or_has_patience_without_end_is_not_disturbed() {
    for (patience, has_timer) in [(PATIENCE, false), (Duration::MAX, true)] {
        let (builder, told) = impatient();
        let event_loop = builder.deadlock_after(patience).build().unwrap();
        let thread = stop_later(event_loop.handle().remote(), 3 * PATIENCE);
        let _timer = has_timer.then(|| event_loop.handle().call_later(LONG, || ()));
        event_loop.run_forever();
        thread.join().unwrap();
        assert!(told.try_recv().is_err(), "{patience:?}");
    }
}

#[test]
fn a_host_has_its_whole_wait_and_the_clock_is_not_moved() {
    let (builder, told) = impatient();
    let event_loop = builder.build().unwrap();
    let handle = event_loop.handle();
    let remote = handle.remote();
    handle.call_later(LONG, || ());
    let _rung = event_loop.turn(Some(Duration::ZERO)).unwrap(); // The bell for the new timer.
    let start = handle.now();
    // How often it is told in a wait: a limit may end it before, and it is told once in all.
    for (limit, count) in [(PATIENCE / 2, 0), (4 * PATIENCE, 1), (2 * PATIENCE, 0)] {
        let begin = Instant::now();
        assert_eq!(event_loop.turn(Some(limit)).unwrap().ran, 0);
        assert!(begin.elapsed() >= limit);
        let texts: Vec<_> = told.try_iter().map(|report| report.to_string()).collect();
        assert_eq!(texts.len(), count, "in {limit:?}: {texts:?}");
        // There is no task to be named.
        assert!(
            texts.iter().all(|text| text.lines().count() == 1),
            "{texts:?}"
        );
    }
    assert_eq!(handle.now(), start);
    drop(remote);
}

/// As a signal does.
#[test]
fn a_bell_that_ends_the_sleep_early_does_not_make_it_told_early() {
    let (builder, told) = impatient();
    let event_loop = builder.deadlock_after(3 * PATIENCE).build().unwrap();
    let remote = event_loop.handle().remote();
    let begin = Instant::now();
    let thread = thread::spawn(move || {
        thread::sleep(PATIENCE);
        drop(remote.clone()); // It rings, as the last one's end must.
        told.recv().unwrap();
        begin.elapsed()
    });
    event_loop.block_on(async { sleep(LONG).await });
    assert!(thread.join().unwrap() >= 3 * PATIENCE);
}

#[test]
fn a_handler_that_follows_the_advice_is_not_slept_over() {
    let (builder, _told) = impatient();
    let event_loop = builder.build().unwrap();
    follow_the_advice(&event_loop);
    let begin = Instant::now();
    event_loop.block_on(async { sleep(LONG).await });

    // The same where a host gave a limit.
    follow_the_advice(&event_loop);
    event_loop.handle().call_later(LONG, || ());
    while event_loop.turn(Some(LONG)).unwrap().ran == 0 {}
    assert!(begin.elapsed() < LONG / 2);
}
