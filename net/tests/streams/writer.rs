//! Bytes on their way out: when they leave, who waits for them, and what the end does.

use crate::common::pair;
use futures_io::AsyncWrite;
use oneloop::{Loop, create_task, gather, timeout, yield_now};
use oneloop_net::duplex;
use oneloop_net::streams::{StreamReader, StreamWriter, reader_and_writer};
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Notes each call.
#[derive(Clone, Default)]
pub(crate) struct Notes(pub(crate) Rc<RefCell<Vec<String>>>);

impl AsyncWrite for Notes {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.0.borrow_mut().push(text);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.borrow_mut().push("[end]".to_owned());
        Poll::Ready(Ok(()))
    }
}

#[test]
fn what_is_written_in_one_step_leaves_in_one_call_and_without_a_drain() {
    let notes = Notes::default();
    oneloop::run(async {
        let writer = StreamWriter::new(notes.clone());
        writer.write(b"head ").unwrap();
        writer.write(b"body").unwrap();
        yield_now().await;
        assert_eq!(*notes.0.borrow(), ["head body"]);
        writer.writelines(["one ", "two"]).unwrap();
        writer.write_eof();
        writer.close();
        writer.wait_closed().await.unwrap();
    });
    assert_eq!(*notes.0.borrow(), ["head body", "one two", "[end]"]);
}

#[test]
fn a_last_word_is_sent_although_the_program_ends_at_once() {
    for close in [false, true] {
        let notes = Notes::default();
        oneloop::run(async {
            let writer = StreamWriter::new(notes.clone());
            writer.write(b"bye").unwrap();
            if close {
                writer.close();
            }
        });
        assert_eq!(*notes.0.borrow(), ["bye", "[end]"], "close {close}");
    }
}

/// Pain 46.
#[test]
fn a_dropped_writer_sends_the_rest_and_then_the_end() {
    oneloop::run(async {
        let (client, server) = duplex(10);
        let writer = StreamWriter::new(client);
        writer.write(&[b'x'; 1000]).unwrap();
        drop(writer);
        let reader = StreamReader::new(server);
        assert_eq!(reader.read_to_end(2000).await.unwrap(), [b'x'; 1000]);
    });
}

/// Pain 46.
#[test]
fn drain_waits_above_the_high_mark_until_the_low_one() {
    oneloop::run(async {
        let (client, server) = duplex(10);
        let (writer, reader) = (
            Rc::new(StreamWriter::new(client)),
            StreamReader::new(server),
        );
        writer.set_write_buffer_limits(100, 20);
        writer.write(&[b'x'; 100]).unwrap();
        // It lets the writer try, and waits for nobody to read.
        timeout(Duration::from_secs(30), writer.drain())
            .await
            .expect("no wait at the mark")
            .unwrap();
        assert_eq!(writer.buffered(), 90);
        writer.write(&[b'x'; 11]).unwrap();
        let own = writer.clone();
        let draining = create_task(async move {
            own.drain().await.unwrap();
            own.buffered()
        });
        yield_now().await;
        let mut read = 0;
        while !draining.done() {
            assert!(writer.buffered() > 20, "{} wait", writer.buffered());
            read += reader.read(10).await.unwrap().len();
            for _ in 0..4 {
                yield_now().await;
            }
        }
        assert!(draining.await.unwrap() <= 20);
        assert!((80..=111).contains(&read), "{read}");
    });
}

#[test]
fn several_may_drain_and_one_may_give_up() {
    oneloop::run(async {
        let (client, server) = duplex(10);
        let (writer, reader) = (
            Rc::new(StreamWriter::new(client)),
            StreamReader::new(server),
        );
        writer.set_write_buffer_limits(50, 0);
        writer.write(&[b'x'; 60]).unwrap();
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let own = writer.clone();
                create_task(async move { own.drain().await })
            })
            .collect();
        yield_now().await;
        tasks[1].cancel();
        reader.readexactly(60).await.unwrap();
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.is_ok(), number != 1);
        }
    });
}

#[test]
fn closing_wakes_the_reader_beside_the_writer_with_the_end() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let (reader, writer) = reader_and_writer(client);
        let (peer, _peers) = reader_and_writer(server);
        let reading = create_task(async move { reader.read(10).await.unwrap().len() });
        yield_now().await;
        writer.write(b"all").unwrap();
        writer.close();
        writer.wait_closed().await.unwrap();
        assert_eq!(reading.await.unwrap(), 0);
        assert_eq!(peer.read_to_end(10).await.unwrap(), b"all");
    });
}

#[test]
fn an_abort_ends_a_writer_whose_peer_does_not_read() {
    oneloop::run(async {
        let (client, _server) = duplex(10);
        let before = oneloop::all_tasks().len();
        let writer = StreamWriter::new(client);
        writer.write(&[0; 1000]).unwrap();
        yield_now().await;
        assert_eq!(oneloop::all_tasks().len(), before, "what sends is no task");
        assert_eq!(callbacks(), 1);
        writer.abort();
        writer.wait_closed().await.unwrap();
        assert_eq!(writer.buffered(), 0);
        yield_now().await;
        assert_eq!(callbacks(), 0, "what sent is gone");
    });
}

#[test]
fn a_failure_is_told_by_the_next_write_and_the_next_drain() {
    oneloop::run(async {
        let (client, server) = duplex(10);
        let writer = StreamWriter::new(client);
        writer.write(&[0; 100_000]).unwrap();
        let (drained, ()) = gather((writer.drain(), async { drop(server) })).await;
        assert_eq!(drained.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(
            writer.write(b"more").unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
        assert!(writer.drain().await.is_err() && writer.wait_closed().await.is_err());
    });
}

/// Pain 46.
#[test]
fn sixteen_megabytes_arrive_whole_and_the_writer_keeps_to_the_readers_pace() {
    const SIZE: usize = 16 << 20;
    oneloop::run(async {
        let (client, server) = pair().await;
        let (_, writer) = reader_and_writer(client);
        let (reader, _writer) = reader_and_writer(server);
        let most = Cell::new(0);
        let writing = async {
            let piece: Vec<u8> = (0..1 << 16).map(|n| (n % 251) as u8).collect();
            for _ in 0..SIZE >> 16 {
                writer.write(&piece).unwrap();
                most.set(most.get().max(writer.buffered()));
                writer.drain().await.unwrap();
            }
            writer.write_eof();
        };
        let reading = async {
            let (mut read, mut sum) = (0, 0_u64);
            loop {
                let piece = reader.read(100_000).await.unwrap();
                if piece.is_empty() {
                    return (read, sum);
                }
                for byte in piece {
                    assert_eq!(usize::from(byte), (read % (1 << 16)) % 251);
                    read += 1;
                    sum += u64::from(byte);
                }
            }
        };
        let ((), (read, sum)) = gather((writing, reading)).await;
        assert_eq!(read, SIZE);
        assert!(sum > 0 && most.get() <= 3 << 16, "{}", most.get());
    });
}

#[test]
fn outside_a_loop_a_write_is_an_attempt() {
    let notes = Notes::default();
    let writer = StreamWriter::new(notes.clone());
    writer.write(b"early").unwrap();
    assert_eq!(*notes.0.borrow(), ["early"]);
    let event_loop = Loop::new().unwrap();
    event_loop.block_on(async { writer.write(b"late").unwrap() });
    drop(event_loop);
    assert_eq!(*notes.0.borrow(), ["early", "late"]);
}

#[test]
fn cancelling_all_tasks_cancels_nobodys_bytes() {
    oneloop::run(async {
        let (client, server) = duplex(1024);
        let (writer, reader) = (StreamWriter::new(client), StreamReader::new(server));
        writer.write(&[7; 200_000]).unwrap();
        yield_now().await;
        for task in oneloop::all_tasks() {
            if Some(&task) != oneloop::current_task().as_ref() {
                task.cancel();
            }
        }
        yield_now().await;
        let reading = create_task(async move { reader.readexactly(200_000).await.unwrap().len() });
        writer.drain().await.unwrap();
        assert_eq!(reading.await.unwrap(), 200_000);
    });
}

#[test]
fn a_clean_up_at_the_programs_end_can_write_and_drain() {
    let notes = Notes::default();
    let (client, server) = duplex(1024);
    let reading = notes.clone();
    oneloop::run(async {
        let writer = StreamWriter::new(client);
        drop(create_task(async move {
            let _ = oneloop::cancel::catch(std::future::pending::<()>()).await;
            writer.write(&[b'x'; 200_000]).unwrap();
            writer.drain().await.unwrap();
            writer.close();
            writer.wait_closed().await.unwrap();
        }));
        drop(create_task(async move {
            let reader = StreamReader::new(server);
            let all = oneloop::cancel::masked(reader.read_to_end(300_000))
                .await
                .unwrap();
            reading.0.borrow_mut().push(all.len().to_string());
        }));
        yield_now().await;
    });
    assert_eq!(*notes.0.borrow(), ["200000"]);
}

/// What it does in its nth write.
struct Odd(u32, Box<dyn FnMut(u32)>);

impl AsyncWrite for Odd {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0 += 1;
        let number = self.0;
        (self.1)(number);
        Poll::Ready(Ok(bytes.len().min(4)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_stream_that_panics_has_failed() {
    let event_loop = Loop::builder().exception_handler(|_| ()).build().unwrap();
    event_loop.block_on(async {
        let panics = |number| assert_ne!(number, 2, "on purpose");
        let writer = StreamWriter::new(Odd(0, Box::new(panics)));
        writer.write(&[7; 100_000]).unwrap();
        assert!(writer.drain().await.is_err());
        assert_eq!(writer.buffered(), 0);
        let error = writer.write(b"more").unwrap_err();
        assert!(error.to_string().contains("panicked"), "{error}");
        assert!(writer.wait_closed().await.is_err());
    });
}

#[test]
fn a_stream_may_look_at_its_writer_and_abort_it_while_it_is_written_to() {
    oneloop::run(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let (sees, own) = (
            seen.clone(),
            Rc::new(RefCell::new(None::<Rc<StreamWriter>>)),
        );
        let looks = own.clone();
        let act = move |number| {
            let writer: Option<Rc<StreamWriter>> = looks.borrow().clone();
            let writer = writer.unwrap();
            sees.borrow_mut().push(writer.buffered());
            if number == 2 {
                writer.abort();
            }
        };
        let writer = Rc::new(StreamWriter::new(Odd(0, Box::new(act))));
        *own.borrow_mut() = Some(writer.clone());
        writer.write(b"0123456789").unwrap();
        writer.wait_closed().await.unwrap();
        assert_eq!(*seen.borrow(), [10, 6], "after an abort nothing is written");
        assert_eq!(writer.buffered(), 0);
        own.take();
    });
}

/// A waker that can be counted.
struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_wait_that_is_given_up_leaves_no_waker_behind() {
    oneloop::run(async {
        let (client, _server) = duplex(10);
        let writer = StreamWriter::new(client);
        writer.write(&[0; 100_000]).unwrap();
        let mut yielded = pin!(yield_now());
        let nobody = Arc::new(Nobody);
        let waker = Waker::from(nobody.clone());
        poll_fn(|task| {
            for _ in 0..100 {
                let mut drain = pin!(writer.drain());
                let drained = drain.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(drained.is_pending());
                assert!(Arc::strong_count(&nobody) > 2, "it waits");
            }
            yielded.as_mut().poll(task)
        })
        .await;
        drop(waker);
        assert_eq!(Arc::strong_count(&nobody), 1);
    });
}

/// How many callbacks wait in the loop.
fn callbacks() -> usize {
    let stats = Loop::current().unwrap().stats();
    stats.callbacks as usize
}
