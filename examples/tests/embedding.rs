//! What a host may count on when the loop is its guest: the loop's one descriptor becomes readable
//! for everything that gives the loop work, wherever it comes from, and is quiet otherwise.
//!
//! The host is poll(2), which is level-triggered, and in the last test mio, which is not.

#![cfg(target_os = "linux")] // Elsewhere timers do not show on the descriptor.

use oneloop::{Loop, sleep, yield_now};
use oneloop_net::TcpStream;
use rustix::event::{PollFd, PollFlags, poll};
use std::cell::Cell;
use std::future::poll_fn;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

const AT_ONCE: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(10);

/// Whether the loop's descriptor becomes readable within `patience`.
fn readable(event_loop: &Loop, patience: Duration) -> bool {
    let mut descriptors = [PollFd::new(event_loop, PollFlags::IN)];
    let patience = patience.try_into().expect("it is short enough");
    poll(&mut descriptors, Some(&patience)).expect("poll works") > 0
}

/// Does what a host does when it is told: turns, until there is nothing more to tell.
fn settle(event_loop: &Loop) {
    while readable(event_loop, AT_ONCE) {
        let _turn = event_loop.turn(Some(AT_ONCE)).expect("a turn works");
    }
}

/// A loop that has run what there was, and a place to note what ran later.
fn settled() -> (Loop, Rc<Cell<u32>>) {
    let event_loop = Loop::new().expect("a loop can be made");
    settle(&event_loop);
    (event_loop, Rc::default())
}

#[test]
fn an_idle_guest_leaves_its_host_alone() {
    let (event_loop, _) = settled();
    assert!(!readable(&event_loop, Duration::from_millis(100)));
}

#[test]
fn a_new_task_wakes_the_host() {
    let (event_loop, ran) = settled();
    let task = event_loop.handle().create_task(async move { ran.set(1) });
    assert!(readable(&event_loop, AT_ONCE));
    settle(&event_loop);
    assert!(task.done());
}

#[test]
fn a_callback_wakes_the_host() {
    let (event_loop, ran) = settled();
    let note = ran.clone();
    event_loop.handle().call_soon(move || note.set(1));
    assert!(readable(&event_loop, AT_ONCE));
    settle(&event_loop);
    assert_eq!(ran.get(), 1);
}

#[test]
fn a_callback_that_is_added_inside_enter_wakes_the_host() {
    let (event_loop, ran) = settled();
    let note = ran.clone();
    event_loop.enter(|| oneloop::call_soon(move || note.set(1)));
    assert!(readable(&event_loop, AT_ONCE));
    settle(&event_loop);
    assert_eq!(ran.get(), 1);
}

#[test]
fn a_wake_from_the_hosts_own_code_wakes_the_host() {
    let (event_loop, _) = settled();
    let (outside, flag) = (Rc::new(Cell::new(None::<Waker>)), Rc::new(Cell::new(false)));
    let (inside, seen) = (outside.clone(), flag.clone());
    let task = event_loop.handle().create_task(poll_fn(move |context| {
        inside.set(Some(context.waker().clone()));
        if seen.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }));
    settle(&event_loop);
    assert!(!task.done());

    flag.set(true);
    outside.take().expect("the task left its waker").wake();
    assert!(readable(&event_loop, AT_ONCE));
    settle(&event_loop);
    assert!(task.done());
}

#[test]
fn cancelling_from_the_hosts_own_code_wakes_the_host() {
    let (event_loop, _) = settled();
    let task = event_loop
        .handle()
        .create_task(std::future::pending::<()>());
    settle(&event_loop);
    task.cancel();
    assert!(readable(&event_loop, AT_ONCE));
    settle(&event_loop);
    assert!(task.cancelled());
}

#[test]
fn a_sleeping_task_wakes_the_host_in_time() {
    let (event_loop, _) = settled();
    let start = Instant::now();
    let task = event_loop
        .handle()
        .create_task(async { sleep(Duration::from_millis(100)).await });
    settle(&event_loop);
    assert!(event_loop.next_deadline().is_some());
    while !task.done() {
        assert!(readable(&event_loop, LONG), "the timer never came");
        let _turn = event_loop.turn(Some(AT_ONCE)).unwrap();
    }
    assert!(start.elapsed() >= Duration::from_millis(100));
    settle(&event_loop);
    assert_eq!(event_loop.next_deadline(), None);
}

#[test]
fn a_timer_that_the_host_sets_between_two_turns_wakes_it() {
    let (event_loop, ran) = settled();
    let note = ran.clone();
    let start = Instant::now();
    let delay = Duration::from_millis(100);
    event_loop.handle().call_later(delay, move || note.set(1));
    while ran.get() == 0 {
        assert!(readable(&event_loop, LONG), "the timer never came");
        let _turn = event_loop.turn(Some(AT_ONCE)).unwrap();
    }
    assert!(start.elapsed() >= delay);
}

#[test]
fn an_earlier_timer_set_between_two_turns_is_not_late() {
    let (event_loop, ran) = settled();
    let far = event_loop.handle().call_later(LONG, || ());
    settle(&event_loop);
    let note = ran.clone();
    event_loop
        .handle()
        .call_later(Duration::from_millis(50), move || note.set(1));
    let start = Instant::now();
    while ran.get() == 0 {
        assert!(readable(&event_loop, LONG), "the timer never came");
        let _turn = event_loop.turn(Some(AT_ONCE)).unwrap();
    }
    assert!(start.elapsed() < LONG / 2);
    far.cancel();
}

#[test]
fn a_callback_from_another_thread_wakes_the_host() {
    let (event_loop, _) = settled();
    let remote = event_loop.handle().remote();
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || remote.call_soon_threadsafe(move || sender.send("ran").unwrap()));
    while receiver.try_recv().is_err() {
        assert!(readable(&event_loop, LONG), "the callback never came");
        let _turn = event_loop.turn(Some(AT_ONCE)).unwrap();
    }
}

#[test]
fn a_wake_from_another_thread_wakes_the_host() {
    let (event_loop, _) = settled();
    let task = event_loop.handle().create_task(woken_by_another_thread());
    while !task.done() {
        assert!(readable(&event_loop, LONG), "the wake never came");
        let _turn = event_loop.turn(Some(AT_ONCE)).unwrap();
    }
}

/// Starts a thread that calls this task's waker, and waits for that.
async fn woken_by_another_thread() {
    let flag = Arc::new(AtomicBool::new(false));
    let mut started = false;
    poll_fn(|context| {
        if flag.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut started, true) {
            let (flag, waker) = (flag.clone(), context.waker().clone());
            thread::spawn(move || {
                flag.store(true, Ordering::Release);
                waker.wake();
            });
        }
        Poll::Pending
    })
    .await
}

#[test]
fn a_socket_wakes_the_host() {
    let (event_loop, _) = settled();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let task = event_loop.handle().create_task(async move {
        let stream = TcpStream::from_std(stream)?;
        let mut buffer = [0; 16];
        let length = stream.read(&mut buffer).await?;
        std::io::Result::Ok(buffer[..length].to_vec())
    });
    settle(&event_loop);
    assert!(!task.done());
    assert!(!readable(&event_loop, AT_ONCE), "nothing has come yet");

    peer.write_all(b"news").unwrap();
    assert!(readable(&event_loop, LONG));
    settle(&event_loop);
    assert_eq!(event_loop.block_on(task).unwrap().unwrap(), b"news");
}

#[test]
fn work_that_is_left_over_keeps_the_descriptor_readable() {
    let event_loop = Loop::builder().polls_per_look(1).build().unwrap();
    let task = event_loop.handle().create_task(async {
        for _ in 0..10 {
            yield_now().await;
        }
    });
    while !task.done() {
        assert!(
            readable(&event_loop, AT_ONCE),
            "the host would sleep, with work to do"
        );
        assert!(event_loop.turn(Some(AT_ONCE)).unwrap().ran <= 1);
    }
    settle(&event_loop);
    assert!(!readable(&event_loop, AT_ONCE));
}

#[test]
fn a_whole_program_runs_under_an_edge_triggered_host() {
    let event_loop = Loop::new().unwrap();
    let mut host = mio::Poll::new().unwrap();
    let descriptor = event_loop.as_fd().as_raw_fd();
    let mut source = mio::unix::SourceFd(&descriptor);
    host.registry()
        .register(&mut source, mio::Token(0), mio::Interest::READABLE)
        .unwrap();

    let task = event_loop.handle().create_task(async {
        let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
        let client = TcpStream::connect(listener.local_addr()?).await?;
        let (server, _) = listener.accept().await?;
        for round in 0..20 {
            sleep(Duration::from_millis(1)).await;
            client.write_all(&[round]).await?;
            server.read_exact(&mut [0]).await?;
            woken_by_another_thread().await;
        }
        std::io::Result::Ok(())
    });
    let mut events = mio::Events::with_capacity(8);
    while !task.done() {
        // An edge tells only what is new, so the host turns until nothing is ready.
        while event_loop.turn(Some(AT_ONCE)).unwrap().ready > 0 {}
        if !task.done() {
            host.poll(&mut events, Some(LONG)).unwrap();
            assert!(!events.is_empty(), "the guest had work and did not say so");
        }
    }
    event_loop.block_on(task).unwrap().unwrap();
}
