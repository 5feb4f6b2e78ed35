//! What one turn of the loop does, in which order, and how the ways to turn it end. Next: `stop.rs`.

use crate::{Story, milliseconds, paused};
use oneloop::reactor::{Direction, Drained, Registration};
use oneloop::{
    Loop, call_at, call_later, call_soon, create_task, now, sleep, to_thread, turn_time, yield_now,
};
use std::cell::Cell;
use std::future::pending;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

fn at_once(event_loop: &Loop) -> oneloop::Turn {
    event_loop.turn(Some(Duration::ZERO)).unwrap()
}

/// Feature row 140.
/// Pain 25.
#[test]
fn callbacks_and_tasks_share_one_queue_first_in_first_out() {
    let event_loop = paused();
    let story = Story::default();
    event_loop.enter(|| {
        for number in 0..3 {
            call_soon(story.teller(&format!("callback {number}")));
            let told = story.clone();
            drop(create_task(async move {
                told.tell(format!("task {number} begins"));
                // What becomes ready while a batch runs stands behind the batch.
                call_soon(told.teller(&format!("callback of task {number}")));
                yield_now().await;
                told.tell(format!("task {number} ends"));
            }));
        }
    });
    assert_eq!(at_once(&event_loop).ran, 12);
    assert_eq!(
        story.take(),
        [
            "callback 0",
            "task 0 begins",
            "callback 1",
            "task 1 begins",
            "callback 2",
            "task 2 begins",
            "callback of task 0",
            "task 0 ends",
            "callback of task 1",
            "task 1 ends",
            "callback of task 2",
            "task 2 ends",
        ]
    );
}

#[test]
fn whoever_asks_late_what_time_a_turn_has_learns_when_it_woke() {
    const WORK: Duration = Duration::from_millis(50);
    Loop::new().unwrap().block_on(async {
        turn_time();
        // No timer stands, and nothing is ready: the loop sleeps.
        to_thread(|| thread::sleep(WORK)).await.unwrap();
        thread::sleep(WORK);
        assert!(
            now() - turn_time() >= WORK,
            "the turn began before the work"
        );
    });
}

/// Feature row 140.
/// Pain 13.
#[test]
fn timers_fire_by_deadline_and_equal_deadlines_in_the_order_in_which_they_were_set() {
    let event_loop = paused();
    let story = Story::default();
    let told = story.clone();
    event_loop.block_on(async move {
        let when = now() + milliseconds(10);
        call_later(milliseconds(20), told.teller("set first, due last"));
        call_at(when, told.teller("callback one"));
        let sleeper = told.clone();
        let sleeps = create_task(async move {
            sleep(milliseconds(10)).await;
            sleeper.tell("task");
        });
        yield_now().await;
        call_later(milliseconds(10), told.teller("callback two"));
        call_later(milliseconds(5), told.teller("set last, due first"));
        sleeps.await.unwrap();
        sleep(milliseconds(10)).await;
    });
    assert_eq!(
        story.take(),
        [
            "set last, due first",
            "callback one",
            "task",
            "callback two",
            "set first, due last",
        ]
    );
}

#[test]
fn past_deadlines_fire_in_their_order_also_those_before_the_loop() {
    // They all counted as the loop's beginning, and fired in the order in which they were set.
    let before_the_loop = now_in_a_new_loop();
    for event_loop in [paused(), Loop::new().unwrap()] {
        let story = Story::default();
        let told = story.clone();
        event_loop.block_on(async move {
            for seconds in [1, 3, 2, 3, 100] {
                let when = before_the_loop - Duration::from_secs(seconds);
                let timer = call_at(when, told.teller(&format!("{seconds} s ago")));
                assert_eq!(timer.when(), when);
            }
            call_later(Duration::ZERO, told.teller("now"));
            call_soon(told.teller("what is ready"));
            sleep(milliseconds(1)).await;
        });
        assert_eq!(
            story.take(),
            [
                "what is ready",
                "100 s ago",
                "3 s ago",
                "3 s ago",
                "2 s ago",
                "1 s ago",
                "now"
            ]
        );
    }
}

fn now_in_a_new_loop() -> std::time::Instant {
    paused().block_on(async { now() })
}

#[test]
fn in_one_turn_what_was_ready_runs_first_then_sockets_then_timers() {
    let event_loop = Loop::new().unwrap();
    let story = Story::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    server.set_nonblocking(true).unwrap();
    let arrival = server.try_clone().unwrap();
    let server = mio::net::TcpStream::from_std(server);

    let told = story.clone();
    let reads = event_loop.handle().create_task(async move {
        let server = Registration::new(server).unwrap();
        let read = server.io(Direction::Read, |mut server: &mio::net::TcpStream| {
            let mut byte = [0];
            server.read(&mut byte).map(|_| (byte[0], Drained::No))
        });
        assert_eq!(read.await.unwrap(), 7);
        told.tell("socket");
    });
    // The first turn registers the socket; the second takes the event that it could be written to.
    for _ in 0..2 {
        let _ = at_once(&event_loop);
    }
    peer.write_all(&[7]).unwrap();
    let handle = event_loop.handle();
    let timer = handle.call_later(Duration::ZERO, story.teller("timer"));
    assert!(timer.when() <= handle.now());
    handle.call_soon(story.teller("ready before"));
    while arrival.peek(&mut [0]).is_err() {
        std::thread::yield_now();
    }
    assert_eq!(at_once(&event_loop).ran, 3);
    assert!(reads.done());
    assert_eq!(story.take(), ["ready before", "socket", "timer"]);
}

#[test]
fn sockets_have_their_turns_in_the_order_in_which_their_news_came() {
    let event_loop = Loop::new().unwrap();
    let story = Story::default();
    let start = |name: &'static str| {
        let socket = mio::net::UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        let told = story.clone();
        drop(event_loop.handle().create_task(async move {
            let socket = Registration::new(socket).unwrap();
            let received = socket.io(Direction::Read, |socket| {
                socket.recv(&mut [0]).map(|_| ((), Drained::No))
            });
            received.await.unwrap();
            told.tell(name);
        }));
        address
    };
    let addresses = ["a", "b", "c", "d"].map(start);
    // As above.
    for _ in 0..2 {
        let _ = at_once(&event_loop);
    }
    let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for place in [2, 0, 3, 1] {
        // Over the loopback a datagram has arrived when it is sent.
        sender.send_to(&[7], addresses[place]).unwrap();
    }
    assert_eq!(at_once(&event_loop).ran, 4);
    assert_eq!(story.take(), ["c", "a", "d", "b"]);
}

#[test]
fn a_turn_says_what_it_did_and_what_there_is_to_do() {
    let event_loop = Loop::builder()
        .paused_clock()
        .polls_per_look(3)
        .build()
        .unwrap();
    let handle = event_loop.handle();
    let start = handle.now();
    let waits = handle.create_task(pending::<()>());
    for _ in 0..4 {
        handle.call_soon(|| ());
    }
    let timer = handle.call_later(milliseconds(50), || ());

    let first = at_once(&event_loop);
    assert_eq!((first.ran, first.ready, first.live_tasks), (3, 2, 1));
    assert_eq!(first.next_deadline, Some(start + milliseconds(50)));
    let second = at_once(&event_loop);
    assert_eq!((second.ran, second.ready, second.live_tasks), (2, 0, 1));

    timer.cancel();
    waits.cancel();
    let third = at_once(&event_loop);
    // A callback that is cancelled takes its turn, to be dropped there.
    assert_eq!((third.ran, third.ready, third.live_tasks), (2, 0, 0));
    assert_eq!(third.next_deadline, None);
}

#[test]
fn a_turn_of_no_wait_does_not_wait_and_one_of_some_waits_no_longer() {
    let event_loop = Loop::new().unwrap();
    let never = event_loop.handle().create_task(pending::<()>());
    let (hour, start) = (Duration::from_secs(3600), std::time::Instant::now());
    event_loop.handle().call_later(hour, || ());
    assert_eq!(at_once(&event_loop).ran, 1);
    assert_eq!(at_once(&event_loop).ran, 0);
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "nor for the timer"
    );
    let turn = event_loop.turn(Some(milliseconds(20))).unwrap();
    assert_eq!((turn.ran, turn.live_tasks), (0, 1));
    assert!(start.elapsed() >= milliseconds(20));
    assert!(start.elapsed() < Duration::from_secs(60));
    assert!(!never.done());
}

#[test]
fn a_turn_waits_for_the_next_timer_and_is_not_early() {
    let event_loop = Loop::new().unwrap();
    let fired = Rc::new(Cell::new(None));
    let set = fired.clone();
    let timer = event_loop
        .handle()
        .call_later(milliseconds(3), move || set.set(Some(now())));
    while event_loop.turn(None).unwrap().ran == 0 {}
    assert!(fired.get().unwrap() >= timer.when());
}

#[test]
fn block_on_borrows_from_outside_and_leaves_other_tasks_for_the_next_time() {
    let event_loop = paused();
    let mut words = vec!["one"];
    let steps = Rc::new(Cell::new(0));
    let step = steps.clone();
    let task = event_loop.handle().create_task(async move {
        for _ in 0..4 {
            sleep(milliseconds(10)).await;
            step.set(step.get() + 1);
        }
        "done"
    });
    event_loop.block_on(async {
        words.push("two");
        sleep(milliseconds(25)).await;
        words.push("three");
    });
    assert_eq!(words, ["one", "two", "three"]);
    assert_eq!((steps.get(), task.done()), (2, false));
    assert_eq!(event_loop.block_on(task).unwrap(), "done");
    assert_eq!(steps.get(), 4);
}

/// The root's turn comes in the queue, and when it is done one batch is left to the others.
#[test]
fn block_on_returns_after_the_batch_that_was_ready_when_its_future_was_done() {
    let event_loop = paused();
    let story = Story::default();
    event_loop.block_on(async {
        call_soon(story.teller("before the end"));
        yield_now().await;
        let (after, later) = (story.teller("after the end"), story.teller("later"));
        call_soon(move || {
            after();
            call_soon(later);
        });
    });
    assert_eq!(story.take(), ["before the end", "after the end"]);
    assert_eq!(at_once(&event_loop).ran, 1);
    assert_eq!(story.take(), ["later"]);
}

#[test]
fn run_cancels_what_is_left_together_and_waits_for_its_end() {
    struct Tells(Story, &'static str);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.tell(self.1);
        }
    }
    let story = Story::default();
    let left = oneloop::run(async {
        let tells = Tells(story.clone(), "the first is dropped");
        let first = create_task(async move {
            let _tells = tells;
            pending::<()>().await
        });
        let tells = Tells(story.clone(), "the second is dropped");
        let second = create_task(async move {
            let _tells = tells;
            sleep(Duration::MAX).await
        });
        let (told, mut awaited) = (story.clone(), first);
        // Asked to end by two ways, itself and what it waits for: that is one request.
        let watches = create_task(async move { (&mut awaited).await.is_err() });
        yield_now().await;
        told.tell("main ends");
        (second, watches)
    });
    assert_eq!(
        story.take(),
        ["main ends", "the first is dropped", "the second is dropped"]
    );
    assert!(left.0.cancelled());
    assert!(left.1.cancelled());
}
