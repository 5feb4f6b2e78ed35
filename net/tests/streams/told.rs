//! What a writer tells: by `drain`, by reports, by its `Debug`, and of its socket.

use crate::common::pair;
use crate::writer::Notes;
use oneloop::{Loop, yield_now};
use oneloop_net::duplex;
use oneloop_net::streams::{StreamWriter, reader_and_writer};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

/// A line of progress reaches the peer although the task never waits for anything else.
#[test]
fn a_drain_below_the_marks_sends_what_is_taken_at_once_and_waits_for_no_peer() {
    let notes = Notes::default();
    oneloop::run(async {
        let writer = StreamWriter::new(notes.clone());
        for percent in ["1%", "2%"] {
            writer.write(percent.as_bytes()).unwrap();
            writer.drain().await.unwrap();
            assert_eq!(notes.0.borrow().last().unwrap(), percent);
        }
        let (client, _full) = duplex(10);
        let writer = StreamWriter::new(client);
        for unsent in [990, 1990] {
            writer.write(&[b'x'; 1000]).unwrap();
            writer.drain().await.unwrap();
            assert_eq!(writer.buffered(), unsent);
        }
    });
}

#[test]
fn a_drain_tells_of_a_reset_behind_the_first_write_that_met_it() {
    oneloop::run(async {
        let (client, server) = pair().await;
        server.set_linger(Some(Duration::ZERO)).unwrap();
        let (reader, writer) = reader_and_writer(client);
        drop(server);
        reader.read(1).await.unwrap_err();
        let mut written = 0;
        while writer.write(b"line\n").is_ok() && writer.drain().await.is_ok() {
            written += 1;
            assert!(written < 3, "nobody was told");
        }
    });
}

/// What the loop's handler is told while `main` runs, and at the loop's end.
fn told(main: impl AsyncFnOnce()) -> Vec<String> {
    let told = Rc::new(RefCell::new(Vec::new()));
    let tells = told.clone();
    let event_loop = Loop::builder()
        .exception_handler(move |report: &oneloop::Report| {
            tells.borrow_mut().push(report.to_string());
        })
        .build()
        .unwrap();
    event_loop.block_on(main());
    drop(event_loop);
    told.take()
}

#[test]
fn bytes_that_the_end_of_the_loop_cuts_off_are_reported_to_the_last_one() {
    for close in [false, true] {
        let mut theirs = None;
        let all = 5 << 20;
        let told = told(async || {
            let (client, server) = pair().await;
            theirs = Some(server.into_std().unwrap());
            let (_, writer) = reader_and_writer(client);
            writer.write(&vec![b'x'; all]).unwrap();
            if close {
                writer.close();
            }
        });
        let mut theirs = theirs.unwrap();
        let peer = theirs.local_addr().unwrap();
        let came = io::copy(&mut theirs, &mut io::sink()).unwrap();
        let lost = all as u64 - came;
        assert!(lost > 0, "the kernel takes less than 5 MiB at once");
        let begin = format!("{lost} bytes to {peer} were not sent: ");
        assert!(told.len() == 1 && told[0].starts_with(&begin), "{told:?}");
        assert!(told[0].contains("`writer.wait_closed().await`"), "{told:?}");
    }
}

#[test]
fn bytes_that_were_sent_given_up_or_refused_are_not_reported() {
    let told = told(async || {
        let writer = StreamWriter::new(Notes::default());
        writer.write(b"sent at the end").unwrap();
        let (client, _silent) = duplex(10);
        let aborted = StreamWriter::new(client);
        aborted.write(&[b'x'; 1000]).unwrap();
        aborted.abort();
        let (client, gone) = duplex(10);
        let failed = StreamWriter::new(client);
        drop(gone);
        failed.write(&[b'x'; 1000]).unwrap();
        failed.drain().await.unwrap_err();
    });
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_writer_shows_its_peer_what_is_unsent_and_how_far_its_end_has_come() {
    oneloop::run(async {
        let (client, server) = pair().await;
        let peer = client.peer_addr().unwrap();
        let (_reader, writer) = reader_and_writer(client);
        let shown = |unsent, state| {
            format!("StreamWriter {{ peer: {peer}, unsent: {unsent}, state: {state} }}")
        };
        writer.write(b"12345").unwrap();
        assert_eq!(format!("{writer:?}"), shown(5, "open"));
        writer.write_eof();
        assert_eq!(format!("{writer:?}"), shown(5, "half closing"));
        yield_now().await;
        assert_eq!(format!("{writer:?}"), shown(0, "half closed"));
        writer.close();
        writer.wait_closed().await.unwrap();
        assert_eq!(format!("{writer:?}"), shown(0, "closed"));
        drop(server);
        let writer = StreamWriter::new(duplex(10).0);
        writer.write(b"to nobody").unwrap();
        writer.drain().await.unwrap_err();
        let shown = format!("{writer:?}");
        assert!(
            shown.contains("DuplexStream, unsent: 0, state: failed"),
            "{shown}"
        );
    });
}

#[test]
fn the_socket_is_lent_for_its_options_until_the_connection_is_closed() {
    oneloop::run(async {
        let (client, _server) = pair().await;
        let here = client.local_addr().unwrap();
        let (_reader, writer) = reader_and_writer(client);
        assert_eq!(writer.local_addr(), Some(here));
        let nodelay = writer.with_tcp(|socket| {
            socket.set_nodelay(false).unwrap();
            socket.nodelay().unwrap()
        });
        assert_eq!(nodelay, Some(false));
        writer.close();
        writer.wait_closed().await.unwrap();
        assert_eq!(writer.with_tcp(|_| ()), None);
        assert_eq!(writer.local_addr(), Some(here), "as asyncio tells it on");
        assert_eq!(StreamWriter::new(duplex(10).0).with_tcp(|_| ()), None);
    });
}
