//! Each number of `Stats` counts what its name says. Read `ledger.rs` next, for scenarios that must
//! leave none of them behind.

use mio::net::{TcpListener, TcpStream};
use oneloop::cancel::{Caught, catch};
use oneloop::reactor::{Direction, Drained, Registration};
use oneloop::{
    Loop, Stats, call_later, call_soon, create_task, now, sleep, sync, task_tree, timeout,
    yield_now,
};
use std::future::pending;
use std::io::Write;
use std::thread;
use std::time::Duration;

fn paused() -> Loop {
    Loop::builder().paused_clock().build().unwrap()
}

fn stats() -> Stats {
    Loop::current().unwrap().stats()
}

#[test]
fn turns_and_polls_are_those_of_the_loop() {
    let event_loop = paused();
    let handle = event_loop.handle();
    handle.call_soon(|| ());
    drop(handle.create_task(yield_now()));
    assert_eq!((handle.stats().turns, handle.stats().polls), (0, 0));
    assert_eq!(event_loop.turn(Some(Duration::ZERO)).unwrap().ran, 3);
    assert_eq!((handle.stats().turns, handle.stats().polls), (1, 3));
}

#[test]
fn what_is_made_counts_for_ever_and_what_lives_until_its_end() {
    let event_loop = paused();
    event_loop.block_on(async {
        let before = stats(); // The future of `block_on` is the first.
        assert_eq!(
            (before.made, before.live_tasks, before.callbacks),
            (1, 1, 0)
        );
        let task = create_task(async {});
        call_soon(|| ());
        let prevented = call_later(Duration::from_secs(1), || ());
        let made = stats();
        assert_eq!((made.made, made.live_tasks, made.callbacks), (4, 2, 2));
        task.await.unwrap();
        prevented.cancel();
        yield_now().await;
        let after = stats();
        assert_eq!((after.made, after.live_tasks, after.callbacks), (4, 1, 0));
    });
}

#[test]
fn ready_is_what_the_next_batch_will_run() {
    paused().block_on(async {
        assert_eq!(stats().ready, 0);
        let task = create_task(async {});
        call_soon(|| ());
        assert_eq!(stats().ready, 2);
        task.await.unwrap();
    });
}

#[test]
fn wakes_count_who_becomes_ready_and_not_who_is_so_already() {
    paused().block_on(async {
        let event = std::rc::Rc::new(sync::Event::new());
        let waits = event.clone();
        let task = create_task(async move { waits.wait().await });
        yield_now().await;
        let before = stats().wakes;
        event.set();
        assert_eq!(stats().wakes - before, 1);
        event.set();
        assert_eq!(stats().wakes - before, 1);
        task.await.unwrap();
    });
}

#[test]
fn what_other_threads_make_ready_is_counted_apart() {
    let event_loop = Loop::new().unwrap();
    let remote = event_loop.handle().remote();
    event_loop.block_on(async {
        let (sender, receiver) = std::sync::mpsc::channel();
        let task = create_task(async move {
            let mut polls = 0;
            std::future::poll_fn(|context| {
                polls += 1;
                if polls == 1 {
                    sender.send(context.waker().clone()).unwrap();
                    return std::task::Poll::Pending;
                }
                std::task::Poll::Ready(())
            })
            .await;
        });
        yield_now().await;
        assert_eq!(stats().remote_wakes, 0);
        let waker = receiver.recv().unwrap();
        thread::spawn(move || waker.wake()).join().unwrap();
        task.await.unwrap();
        assert_eq!(stats().remote_wakes, 1, "a wake");

        let sends = thread::spawn(move || {
            remote.call_soon_threadsafe(|| ()).unwrap();
            remote.call_soon_threadsafe(|| ()).unwrap();
        });
        sends.join().unwrap();
        assert_eq!((stats().inbox, stats().remote_wakes), (2, 1));
        // The next turn takes them over.
        while stats().inbox > 0 {
            yield_now().await;
        }
        assert_eq!(stats().remote_wakes, 3, "two closures");
    });
}

#[test]
fn timers_are_counted_while_they_wait_and_when_they_fire() {
    paused().block_on(async {
        let start = now();
        let seconds = Duration::from_secs;
        assert_eq!((stats().timers, stats().next_deadline), (0, None));
        let first = create_task(sleep(seconds(1)));
        let second = create_task(sleep(seconds(2)));
        yield_now().await;
        assert_eq!(stats().timers, 2);
        assert_eq!(stats().next_deadline, Some(start + seconds(1)));
        first.await.unwrap();
        assert_eq!((stats().timers, stats().timers_fired), (1, 1));
        assert_eq!(stats().next_deadline, Some(start + seconds(2)));
        second.cancel();
        yield_now().await;
        assert_eq!((stats().timers, stats().timers_fired), (0, 1));
    });
}

#[test]
fn sources_events_and_waits_are_those_of_the_kernel() {
    oneloop::run(async {
        let listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let listener = Registration::new(listener).unwrap();
        let accepts = create_task(async move {
            let accept = |listener: &TcpListener| Ok((listener.accept()?.0, Drained::No));
            listener.io(Direction::Read, accept).await.unwrap()
        });
        yield_now().await;
        let waiting = stats();
        assert_eq!((waiting.registered, waiting.io_waits), (1, 1));
        let _client = TcpStream::connect(address).unwrap();
        let before = stats().io_events;
        accepts.await.unwrap();
        assert_eq!(stats().io_events - before, 1);
        assert_eq!((stats().registered, stats().io_waits), (0, 0));
    });
}

#[test]
fn a_task_whose_socket_is_always_ready_yields_and_that_is_counted() {
    oneloop::run(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = listener.accept().unwrap().0;
        server.set_nonblocking(true).unwrap();
        client.write_all(&[0; 200]).unwrap();
        let server = Registration::new(TcpStream::from_std(server)).unwrap();
        for _ in 0..200 {
            let read = |mut socket: &TcpStream| {
                let bytes = std::io::Read::read(&mut socket, &mut [0])?;
                Ok((bytes, Drained::No))
            };
            assert_eq!(server.io(Direction::Read, read).await.unwrap(), 1);
        }
        assert_eq!(stats().io_yields, 3, "at 64, 128 and 192");
    });
}

#[test]
fn cancellation_is_counted_when_it_is_asked_for_caught_under_way_and_over() {
    paused().block_on(async {
        let numbers = || {
            let now = stats();
            [now.cancels, now.caught, now.unwinding, now.cancelled]
        };
        let plain = create_task(pending::<()>());
        let tidy = create_task(async {
            let result = catch(pending::<()>()).await;
            sleep(Duration::from_millis(1)).await;
            result.or_resume().await
        });
        let stubborn = create_task(async {
            catch(pending::<()>()).await.unwrap_err().suppress();
            pending::<()>().await
        });
        yield_now().await;
        assert_eq!(numbers(), [0, 0, 0, 0]);
        plain.cancel();
        tidy.cancel();
        stubborn.cancel();
        assert_eq!(numbers(), [3, 0, 3, 0], "asked");
        yield_now().await;
        assert_eq!(
            numbers(),
            [3, 2, 1, 1],
            "one ended, one goes on, one cleans up"
        );
        assert!(tidy.await.unwrap_err().is_cancelled());
        assert_eq!(numbers(), [3, 2, 0, 2]);
        stubborn.cancel();
        assert!(stubborn.await.unwrap_err().is_cancelled());
        assert_eq!(numbers(), [4, 2, 0, 3]);
        timeout(Duration::from_millis(1), pending::<()>())
            .await
            .unwrap_err();
        assert_eq!(numbers(), [4, 3, 0, 3], "a deadline's stop is caught, too");
    });
}

#[test]
fn what_takes_part_in_cancellation_is_gone_with_its_tasks() {
    let event_loop = paused();
    event_loop.block_on(async {
        let task = create_task(async { catch(pending::<()>()).await.or_resume().await });
        yield_now().await;
        assert_eq!(stats().participants, 1, "a root: the body waits alone");
        let _picture = task_tree();
        assert_eq!(
            stats().participants,
            2,
            "a root, and the body of the `catch` since somebody looked"
        );
        task.cancel();
        drop(task);
    });
    let _turn = event_loop.turn(Some(Duration::ZERO)).unwrap();
    assert_eq!(event_loop.handle().stats().participants, 0);
}

#[test]
fn slow_steps_are_counted_in_debug_mode() {
    let counted = |limit: Option<Duration>| {
        let builder = Loop::builder().exception_handler(|_| ());
        let builder = match limit {
            Some(limit) => builder
                .debug()
                .slow_callback_duration(limit)
                .on_stall(|_| ()),
            None => builder,
        };
        let event_loop = builder.build().unwrap();
        let handle = event_loop.handle();
        handle.call_soon(|| ());
        handle.call_soon(|| ());
        let _turn = event_loop.turn(Some(Duration::ZERO)).unwrap();
        handle.stats().slow_steps
    };
    assert_eq!(counted(Some(Duration::from_nanos(1))), 2);
    assert_eq!(counted(Some(Duration::from_secs(3600))), 0);
    assert_eq!(counted(None), 0, "nobody looks at the time");
}
