//! Several tasks at one socket, sockets that outlive their loop, and the share of one task.

mod common;

use common::pair;
use futures_lite::AsyncReadExt;
use oneloop_net::{TcpListener, TcpStream};
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

/// Reads through futures-io's trait, whose futures don't say when they stop waiting. (A plain
/// `stream.read()` is the method of the stream itself.)
async fn polled_read(mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    AsyncReadExt::read(&mut stream, buffer).await
}

#[test]
fn a_socket_moves_from_loop_to_loop_by_way_of_std() {
    let (client, server) = oneloop::run(async {
        let (client, server) = pair().await;
        // Registered, by having had to wait.
        let waiting = oneloop::timeout(Duration::from_millis(1), server.read(&mut [0; 1])).await;
        assert!(waiting.is_err());
        (client.into_std().unwrap(), server.into_std().unwrap())
    });
    oneloop::run(async move {
        let client = TcpStream::from_std(client).unwrap();
        let server = TcpStream::from_std(server).unwrap();
        let reader = oneloop::create_task(async move {
            let mut buffer = [0; 5];
            server.read_exact(&mut buffer).await.unwrap();
            buffer
        });
        oneloop::yield_now().await;
        client.write_all(b"again").await.unwrap();
        assert_eq!(&reader.await.unwrap(), b"again");
    });
}

#[test]
fn sockets_that_outlive_their_loop_answer_with_an_error() {
    let (used, fresh, listener) = oneloop::run(async {
        let (used, fresh) = pair().await;
        let waiting = oneloop::timeout(Duration::from_millis(1), used.read(&mut [0; 1])).await;
        assert!(waiting.is_err());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        (used, fresh, listener)
    });
    // Neither outside nor inside another loop do they hang or panic.
    let ask = async || {
        let errors = [
            used.read(&mut [0; 1]).await.unwrap_err(),
            fresh.read(&mut [0; 1]).await.unwrap_err(),
            fresh.write(b"x").await.unwrap_err(),
            listener.accept().await.map(drop).unwrap_err(),
            polled_read(&used, &mut [0; 1]).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::NotConnected);
            assert!(error.to_string().contains("is gone"), "{error}");
        }
    };
    futures_lite::future::block_on(ask());
    oneloop::run(ask());
    assert!(used.peer_addr().is_ok(), "what needs no loop still works");
}

#[test]
fn outside_a_loop_a_socket_is_an_error_that_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    assert!(TcpListener::from_std(listener).is_err());
    let future = TcpListener::bind("127.0.0.1:0");
    assert!(futures_lite::future::block_on(future).is_err());
}

#[test]
fn a_second_task_that_waits_for_the_same_direction_gets_an_error() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let server = Rc::new(server);
        let first = oneloop::create_task({
            let server = server.clone();
            async move { server.read(&mut [0; 8]).await }
        });
        oneloop::yield_now().await;
        let error = server.read(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceBusy);
        assert!(error.to_string().contains("let one task read"), "{error}");
        let error = polled_read(&server, &mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ResourceBusy, "a poll function too");
        client.write_all(b"abc").await.unwrap();
        assert_eq!(first.await.unwrap().unwrap(), 3, "the first goes on");
    });
}

#[test]
fn two_tasks_that_wait_through_poll_functions_end_with_an_error_too() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let server = Rc::new(server);
        let wait = || {
            let server = server.clone();
            oneloop::create_task(async move { polled_read(&server, &mut [0; 8]).await })
        };
        let (first, second) = (wait(), wait());
        oneloop::sleep(Duration::from_millis(5)).await;
        client.write_all(b"abc").await.unwrap();
        let results = [first.await.unwrap(), second.await.unwrap()];
        let busy = |result: &io::Result<usize>| matches!(result, Err(error) if error.kind() == ErrorKind::ResourceBusy);
        assert_eq!(results.iter().filter(|result| busy(result)).count(), 1);
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    });
}

/// Passes a wake on, as a combinator does that makes a waker of its own for each poll.
struct Passed(Waker);

impl Wake for Passed {
    fn wake(self: Arc<Self>) {
        self.0.wake_by_ref();
    }
}

#[test]
fn a_task_that_polls_with_a_new_waker_each_time_waits_in_peace() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let mut buffer = [0; 8];
        let mut read = pin!(polled_read(&server, &mut buffer));
        let tick = || Box::pin(oneloop::sleep(Duration::from_millis(5)));
        let (mut next_tick, mut ticks, mut polls) = (tick(), 0, 0);
        let read = poll_fn(|context| {
            polls += 1;
            while next_tick.as_mut().poll(context).is_ready() {
                next_tick = tick();
                ticks += 1;
            }
            let waker = Waker::from(Arc::new(Passed(context.waker().clone())));
            read.as_mut().poll(&mut Context::from_waker(&waker))
        });
        let write = async {
            oneloop::sleep(Duration::from_millis(60)).await;
            client.write_all(b"abc").await
        };
        let (read, written) = oneloop::gather((read, write)).await;
        written.unwrap();
        assert_eq!(read.unwrap(), 3, "it was not taken for two");
        // What it does to itself ends after 32 times.
        assert!(polls <= 40 * (ticks + 2), "{polls} polls, {ticks} ticks");
    });
}

#[test]
fn a_read_that_was_dropped_leaves_the_way_free_for_the_next() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let server = Rc::new(server);
        let mut buffer = [0; 8];
        for round in 0..50 {
            // Dropped by its task's end, once in each of the two ways to wait.
            let dropped = oneloop::create_task({
                let server = server.clone();
                async move {
                    let mut buffer = [0; 8];
                    if round % 2 == 0 {
                        let _ = futures_lite::future::poll_once(server.read(&mut buffer)).await;
                    } else {
                        let read = polled_read(&server, &mut buffer).await;
                        unreachable!("nothing was sent, and it read {read:?}");
                    }
                }
            });
            oneloop::yield_now().await;
            dropped.cancel();
            let ended = dropped.await;
            assert!(!ended.is_err_and(|error| error.is_panic()), "it was let in");
            let elapsed =
                oneloop::timeout(Duration::from_micros(1), polled_read(&server, &mut buffer)).await;
            assert!(elapsed.is_err(), "round {round}: {elapsed:?}");
        }
        client.write_all(b"abc").await.unwrap();
        assert_eq!(server.read(&mut buffer).await.unwrap(), 3);
    });
}

#[test]
fn a_reader_whose_socket_is_always_ready_yields_every_64_reads() {
    oneloop::run(async {
        let (client, server) = pair().await;
        client.write_all(&[7; 200]).await.unwrap();
        let handle = oneloop::Loop::current().unwrap();
        let before = handle.stats().io_yields;
        let turns_of_others = Rc::new(std::cell::Cell::new(0));
        let other = oneloop::create_task({
            let turns = turns_of_others.clone();
            async move {
                loop {
                    turns.set(turns.get() + 1);
                    oneloop::yield_now().await;
                }
            }
        });
        let reader = oneloop::create_task(async move {
            for _ in 0..200 {
                assert_eq!(server.read(&mut [0; 1]).await.unwrap(), 1);
            }
        });
        reader.await.unwrap();
        other.cancel();
        assert_eq!(handle.stats().io_yields - before, 3, "at 64, 128 and 192");
        assert!(turns_of_others.get() >= 3, "the other task ran between");
    });
}
