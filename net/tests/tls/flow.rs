//! Bytes on their way: what waits, what is bounded, who sends what is left, and that a reader who is
//! interrupted loses nothing.

use crate::made::{Ca, built, connected, in_memory, over, usual};
use futures_lite::AsyncReadExt;
use futures_lite::io::{AsyncRead, AsyncWrite};
use oneloop_net::duplex;
use oneloop_net::tls::TlsAcceptor;
use std::future::Future;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// How much more is on its way than plain text was written: heads and tails of records.
const OVERHEAD: usize = 1024;

#[test]
fn a_writer_waits_for_a_reader_and_holds_no_more_than_its_limit() {
    in_memory(async {
        let ca = Ca::new("ours");
        let pair = built(
            ca.client().buffer_limit(10_000),
            TlsAcceptor::builder(ca.issue("localhost")),
        );
        let (client, server) = over(&pair, duplex(4096)).await;
        let mut written = 0;
        while let Poll::Ready(taken) = once(client.write(&[7; 3000])) {
            let taken = taken.unwrap();
            assert!(taken > 0, "it gives nothing, and does not wait");
            written += taken;
            assert!(written < 1 << 20, "nobody reads, and it never waits");
        }
        assert!(written <= 10_000 + 4096 + OVERHEAD, "{written}");

        let mut got = 0;
        let mut buffer = [0; 1000];
        let reading = async {
            while got < written + 3000 {
                got += server.read(&mut buffer).await.unwrap();
            }
        };
        let (sent, ()) = oneloop::gather((client.write_all(&[7; 3000]), reading)).await;
        sent.unwrap();
        assert_eq!(got, written + 3000);
    });
}

/// Polls once, and gives it up.
pub(crate) fn once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn whoever_reads_sends_what_a_writer_left() {
    // By the traits, without a flush, through a pipe that is far too small for a record.
    in_memory(async {
        let (client, server) = over(&usual(), duplex(16)).await;
        let mut writer = &client;
        let taken = poll_fn(|context| Pin::new(&mut writer).poll_write(context, &[7; 5000])).await;
        assert_eq!(taken.unwrap(), 5000);
        let mut question = vec![0; 5000];
        let serving = async {
            server.read_exact(&mut question).await.unwrap();
            server.write_all(b"answer").await.unwrap();
        };
        let mut answer = [0; 6];
        let (read, ()) = oneloop::gather((client.read_exact(&mut answer), serving)).await;
        read.unwrap();
        assert_eq!(&answer, b"answer");
    });
}

#[test]
fn a_writer_and_a_reader_who_both_wait_do_not_push_each_other_out() {
    in_memory(async {
        let (client, server) = over(&usual(), duplex(16)).await;
        let bytes = [7; 5000];
        let mut answer = [0; 1];
        let polls = std::cell::Cell::new(0);
        let writing = async {
            let mut writing = pin!(client.write_all(&bytes));
            poll_fn(|context| {
                polls.set(polls.get() + 1);
                writing.as_mut().poll(context)
            })
            .await
        };
        let serving = async {
            let mut got = vec![0; 5000];
            server.read_exact(&mut got).await.unwrap();
            server.write_all(b"!").await.unwrap();
        };
        let all = (client.read_exact(&mut answer), writing, serving);
        let (read, written, ()) = oneloop::gather(all).await;
        read.unwrap();
        written.unwrap();
        // Room comes 16 bytes at a time.
        assert!(polls.get() < 5000 / 16 * 2, "{} polls", polls.get());
    });
}

#[test]
fn a_second_task_in_the_same_direction_is_refused_and_harms_nobody() {
    in_memory(async {
        let (client, server) = connected(&usual()).await;
        let mut buffer = [0; 4];
        {
            let mut first = pin!(client.read_exact(&mut buffer));
            let mut context = Context::from_waker(Waker::noop());
            assert!(first.as_mut().poll(&mut context).is_pending());
            let error = client.read(&mut [0]).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
            server.write_all(b"here").await.unwrap();
            first.await.unwrap();
        }
        assert_eq!(&buffer, b"here");
        // One that is given up makes room.
        assert!(once(client.read(&mut buffer)).is_pending());
        server.write_all(b"more").await.unwrap();
        client.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"more");
    });
}

#[test]
fn an_interrupted_read_takes_nothing() {
    in_memory(async {
        let (client, server) = over(&usual(), duplex::Builder::new().split(7).build()).await;
        let text: Vec<u8> = (0..2000).map(|number| number as u8).collect();
        let writing = async {
            server.write_all(&text).await.unwrap();
            server.shutdown().await.unwrap();
        };
        let reading = async {
            let mut got: Vec<u8> = Vec::new();
            let mut buffer = [0; 100];
            loop {
                // Each second read is polled once and dropped.
                if let Poll::Ready(read) = once(client.read(&mut buffer)) {
                    got.extend(&buffer[..read.unwrap()]);
                }
                oneloop::yield_now().await;
                match client.read(&mut buffer).await.unwrap() {
                    0 => return got,
                    read => got.extend(&buffer[..read]),
                }
            }
        };
        let ((), got) = oneloop::gather((writing, reading)).await;
        assert!(got == text);
    });
}

/// Counts how a stream below is written to.
struct Counted<S> {
    stream: S,
    calls: std::rc::Rc<std::cell::Cell<[usize; 2]>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let [calls, most] = self.calls.get();
        self.calls.set([calls + 1, most.max(buffers.len())]);
        // Takes all of them, as a socket does.
        let all: Vec<u8> = buffers.iter().flat_map(|one| one.iter().copied()).collect();
        Pin::new(&mut self.stream).poll_write(context, &all)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }
}

#[test]
fn the_records_of_one_write_leave_in_one_call() {
    in_memory(async {
        let (connector, acceptor) = usual();
        let (ours, theirs) = duplex(1 << 20);
        let calls = std::rc::Rc::default();
        let counted = Counted {
            stream: ours,
            calls: std::rc::Rc::clone(&calls),
        };
        let both = (
            connector.connect("localhost", counted),
            acceptor.accept(theirs),
        );
        let (client, server) = oneloop::gather(both).await;
        let (client, server) = (client.unwrap(), server.unwrap());
        calls.set([0, 0]);
        assert_eq!(client.write(&[7; 64 * 1024]).await.unwrap(), 64 * 1024);
        assert_eq!(calls.get(), [1, 4], "four records, one call");
        client.shutdown().await.unwrap();
        let mut got = Vec::new();
        (&server).read_to_end(&mut got).await.unwrap();
        assert_eq!(got.len(), 64 * 1024);
    });
}
