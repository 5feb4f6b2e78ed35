//! The in-memory connection: its buffer, its ends, and each way in which it can misbehave.

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use oneloop::Loop;
use oneloop_net::duplex::{Builder, DuplexStream, duplex};
use std::cell::Cell;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::net::Shutdown;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

/// Runs on a loop whose clock jumps when nothing else is to do.
fn run_paused<F: Future>(main: F) -> F::Output {
    Loop::builder()
        .paused_clock()
        .build()
        .unwrap()
        .block_on(main)
}

/// Reads until the end or an error, and tells the length of every read.
async fn lengths(stream: &DuplexStream) -> (Vec<usize>, Option<ErrorKind>) {
    let mut lengths = Vec::new();
    loop {
        match stream.read(&mut [0; 64]).await {
            Ok(0) => return (lengths, None),
            Ok(read) => lengths.push(read),
            Err(error) => return (lengths, Some(error.kind())),
        }
    }
}

#[test]
fn bytes_go_both_ways_in_order() {
    run_paused(async {
        let (one, other) = duplex(64);
        one.write_all(b"to and").await.unwrap();
        other.write_all(b"fro").await.unwrap();
        let (mut to, mut fro) = ([0; 6], [0; 3]);
        other.read_exact(&mut to).await.unwrap();
        one.read_exact(&mut fro).await.unwrap();
        assert_eq!((&to, &fro), (b"to and", b"fro"));
    });
}

#[test]
fn a_writer_waits_while_the_buffer_is_full() {
    run_paused(async {
        let (one, other) = duplex(4);
        assert_eq!(one.write(b"abcdef").await.unwrap(), 4);
        let writer = oneloop::create_task(async move {
            one.write_all(b"ef").await.unwrap();
            one
        });
        oneloop::yield_now().await;
        assert!(!writer.done());
        let mut buffer = [0; 8];
        assert_eq!(other.read(&mut buffer).await.unwrap(), 4);
        let _one = writer.await.unwrap();
        assert_eq!(other.read(&mut buffer).await.unwrap(), 2);
        assert_eq!(&buffer[..2], b"ef");
    });
}

#[test]
fn a_long_message_passes_whole_through_a_buffer_of_any_size() {
    for capacity in [1, 7, 4096] {
        run_paused(async move {
            let length = capacity * 250;
            let (one, mut other) = duplex(capacity);
            let sent: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
            let writer = oneloop::create_task({
                let sent = sent.clone();
                async move { one.write_all(&sent).await.unwrap() }
            });
            let mut received = Vec::new();
            other.read_to_end(&mut received).await.unwrap();
            writer.await.unwrap();
            assert!(received == sent);
        });
    }
}

#[test]
fn a_split_connection_shows_one_segment_at_a_time() {
    run_paused(async {
        let (one, other) = Builder::new().split(1).build();
        one.write_all(b"abc").await.unwrap();
        one.shutdown(Shutdown::Write).unwrap();
        assert_eq!(lengths(&other).await, (vec![1, 1, 1], None));

        let (one, other) = Builder::new().split(4).build();
        one.write_all(b"abcdefghij").await.unwrap();
        one.shutdown(Shutdown::Write).unwrap();
        assert_eq!(lengths(&other).await, (vec![4, 4, 2], None));
    });
}

#[test]
fn a_plain_connection_joins_what_was_written() {
    run_paused(async {
        let (one, other) = duplex(64);
        one.write_all(b"abc").await.unwrap();
        one.write_all(b"def").await.unwrap();
        drop(one);
        assert_eq!(lengths(&other).await, (vec![6], None));
    });
}

#[test]
fn a_delayed_write_arrives_when_its_time_has_come() {
    run_paused(async {
        let delay = Duration::from_secs(3);
        let (mut one, other) = Builder::new().delay(delay).build();
        let begin = oneloop::now();
        one.write_all(b"first").await.unwrap();
        oneloop::sleep(Duration::from_secs(1)).await;
        one.write_all(b"second").await.unwrap();
        one.close().await.unwrap();
        assert_eq!(oneloop::now() - begin, Duration::from_secs(1));

        let mut buffer = [0; 16];
        assert_eq!(other.read(&mut buffer).await.unwrap(), 5);
        assert_eq!(oneloop::now() - begin, Duration::from_secs(3));
        assert_eq!(other.read(&mut buffer).await.unwrap(), 6);
        assert_eq!(oneloop::now() - begin, Duration::from_secs(4));
        assert_eq!(other.read(&mut buffer).await.unwrap(), 0);
        assert_eq!(oneloop::now() - begin, Duration::from_secs(4));
    });
}

#[test]
fn a_reader_that_waits_already_is_served_after_the_delay() {
    run_paused(async {
        let (one, other) = Builder::new().delay(Duration::from_secs(3)).build();
        let begin = oneloop::now();
        let reader = oneloop::create_task(async move {
            let mut buffer = [0; 16];
            other.read(&mut buffer).await.unwrap()
        });
        oneloop::yield_now().await;
        one.write_all(b"x").await.unwrap();
        assert_eq!(reader.await.unwrap(), 1);
        assert_eq!(oneloop::now() - begin, Duration::from_secs(3));
    });
}

#[test]
fn a_break_lets_what_was_written_arrive_and_then_fails_everywhere() {
    run_paused(async {
        let (one, other) = Builder::new().break_after(5).build();
        other.write_all(b"back").await.unwrap();
        let error = one.write_all(b"forward").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        let reset = Some(ErrorKind::ConnectionReset);
        assert_eq!(lengths(&other).await, (vec![5], reset));
        assert_eq!(lengths(&one).await, (vec![4], reset));
        let error = other.write(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_break_wakes_those_who_wait_for_the_other_direction() {
    run_paused(async {
        let (one, other) = Builder::new().break_after(1).build();
        let waiting = oneloop::create_task(async move {
            // The writer of the last byte is itself waiting for an answer.
            let mut buffer = [0; 4];
            let first = other.read(&mut buffer).await.unwrap();
            let second = other.read(&mut buffer).await.unwrap_err();
            (first, second.kind())
        });
        oneloop::yield_now().await;
        assert_eq!(one.write(b"x").await.unwrap(), 1);
        let error = one.read(&mut [0; 4]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(waiting.await.unwrap(), (1, ErrorKind::ConnectionReset));
    });
}

#[test]
fn an_end_that_is_dropped_gives_the_end_of_the_stream_and_a_broken_pipe() {
    run_paused(async {
        let (one, other) = duplex(8);
        one.write_all(b"bye").await.unwrap();
        drop(one);
        assert_eq!(lengths(&other).await, (vec![3], None));
        let error = other.write(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn after_a_half_close_the_other_direction_goes_on() {
    run_paused(async {
        let (mut one, other) = duplex(8);
        one.close().await.unwrap();
        let error = one.write(b"x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert_eq!(other.read(&mut [0; 4]).await.unwrap(), 0);
        other.write_all(b"still").await.unwrap();
        let mut buffer = [0; 5];
        one.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"still");
    });
}

#[test]
fn a_writer_that_waits_learns_that_its_reader_is_gone() {
    run_paused(async {
        let (one, other) = duplex(1);
        one.write_all(b"x").await.unwrap();
        let writer = oneloop::create_task(async move { one.write(b"y").await });
        oneloop::yield_now().await;
        drop(other);
        let error = writer.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

/// Passes a wake on, as a combinator does that makes a waker of its own for each poll.
struct Passed(Waker);

impl Wake for Passed {
    fn wake(self: Arc<Self>) {
        self.0.wake_by_ref();
    }
}

/// Polls with another waker each time, and counts. One who only wakes itself is stopped.
async fn with_new_wakers<F: Future>(polls: &Cell<usize>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        polls.set(polls.get() + 1);
        assert!(polls.get() < 10_000, "it never rests");
        let waker = Waker::from(Arc::new(Passed(context.waker().clone())));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    })
    .await
}

/// Polls a future and, as a `select!` does, another one that is ready a thousand times.
async fn beside_much_else<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut rest = 1000;
    poll_fn(|context| {
        if rest > 0 {
            rest -= 1;
            context.waker().wake_by_ref();
        }
        future.as_mut().poll(context)
    })
    .await
}

#[test]
fn ends_that_one_task_polls_with_new_wakers_each_time_wait_in_peace() {
    for delay in [0, 1] {
        run_paused(async {
            let (reads, writes) = (Cell::new(0), Cell::new(0));
            let delay = Duration::from_secs(delay);
            let (one, other) = Builder::new().capacity(1).delay(delay).build();
            let read = beside_much_else(with_new_wakers(&reads, async {
                let mut buffer = [0; 2];
                one.read_exact(&mut buffer).await.map(|()| buffer)
            }));
            other.write_all(b"x").await.unwrap();
            let write = with_new_wakers(&writes, other.write_all(b"yz"));
            let answer = async {
                oneloop::sleep(Duration::from_secs(9)).await;
                other.read(&mut [0]).await
            };
            // The reader takes two bytes of three, and the writer and the other reader wait for more.
            let all = oneloop::gather((read, oneloop::timeout(Duration::from_secs(20), write)));
            let both = oneloop::timeout(Duration::from_secs(30), answer);
            let ((read, written), answered) = oneloop::gather((all, both)).await;
            assert_eq!(&read.unwrap(), b"xy");
            assert!(written.unwrap().is_ok());
            assert!(answered.is_err());
            assert!(reads.get() < 1100, "{} polls of the reader", reads.get());
            assert!(writes.get() < 100, "{} polls of the writer", writes.get());
        });
    }
}

#[test]
fn all_who_wait_at_one_end_are_served_however_often_they_are_polled() {
    for delay in [0, 1] {
        run_paused(async move {
            let polls = Rc::new(Cell::new(0));
            let delay = Duration::from_secs(delay);
            let (one, other) = Builder::new().split(1).delay(delay).build();
            let other = Rc::new(other);
            let readers: Vec<_> = (0..5)
                .map(|_| {
                    let (polls, other) = (polls.clone(), other.clone());
                    oneloop::create_task(async move {
                        let mut buffer = [0];
                        with_new_wakers(&polls, other.read(&mut buffer)).await
                    })
                })
                .collect();
            oneloop::sleep(Duration::from_secs(5)).await;
            one.write_all(b"abcde").await.unwrap();
            for reader in readers {
                assert_eq!(reader.await.unwrap().unwrap(), 1);
            }
            assert!(polls.get() < 60, "{} polls", polls.get());
        });
    }
}

#[test]
fn it_works_without_a_loop_as_long_as_it_has_no_delay() {
    futures_lite::future::block_on(async {
        let (one, other) = Builder::new().delay(Duration::from_secs(1)).build();
        one.write_all(b"x").await.unwrap();
        drop(one);
        assert_eq!(lengths(&other).await, (vec![1], None), "no clock, no delay");
    });
}

#[test]
#[should_panic(expected = "without a buffer")]
fn a_connection_without_a_buffer_is_refused() {
    let _ = duplex(0);
}

/// What a `TcpStream` and a [`DuplexStream`] both do, in the same words, with no trait in sight.
mod without_traits {
    use oneloop_net::duplex::duplex;
    use std::io::ErrorKind;
    use std::net::Shutdown;

    #[test]
    fn an_end_is_read_written_and_shut_down_by_methods_of_its_own() {
        super::run_paused(async {
            let (one, other) = duplex(4);
            let writing = oneloop::create_task(async move {
                one.write_all(b"abcdef").await.unwrap();
                one.shutdown(Shutdown::Write).unwrap();
                one
            });
            let mut buffer = [0; 6];
            other.read_exact(&mut buffer).await.unwrap();
            assert_eq!(&buffer, b"abcdef");
            assert_eq!(other.read(&mut buffer).await.unwrap(), 0);
            let error = other.read_exact(&mut buffer).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);

            let one = writing.await.unwrap();
            let error = one.write_all(b"x").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            assert_eq!(
                other.write(b"ghijkl").await.unwrap(),
                4,
                "the room there is"
            );
            drop(one);
            let error = other.write(b"x").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        });
    }
}
