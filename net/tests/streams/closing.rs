//! Peers that do not read: how long their connections are kept, and what is left of them.

use crate::common::pair;
use oneloop::{Loop, now, sleep, timeout, yield_now};
use oneloop_net::streams::{
    StreamReader, StreamWriter, open_connection, reader_and_writer, start_server,
};
use oneloop_net::{DuplexStream, duplex};
use std::io;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// Runs on a clock that jumps.
fn run_paused(main: impl Future<Output = ()>) {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(main);
}

/// A writer with bytes that nobody reads, and the silent other end.
fn stuck() -> (StreamWriter, DuplexStream) {
    let (client, server) = duplex(10);
    let writer = StreamWriter::new(client);
    writer.write(&[b'x'; 100]).unwrap();
    (writer, server)
}

/// Sees that nobody sends any more, and no timer is left.
async fn nothing_is_left() {
    yield_now().await;
    let stats = Loop::current().unwrap().stats();
    assert_eq!((stats.callbacks, stats.timers), (0, 0));
}

#[test]
fn a_peer_that_takes_nothing_is_given_up_after_the_close_timeout() {
    run_paused(async {
        let (writer, server) = stuck();
        writer.set_close_timeout(Some(LIMIT));
        // No end was asked for: it may take its time.
        sleep(100 * LIMIT).await;
        let start = now();
        writer.close();
        let error = writer.wait_closed().await.unwrap_err();
        assert_eq!(now() - start, LIMIT);
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(
            error
                .to_string()
                .contains("30s after the end was asked for, and 90 bytes"),
            "{error}"
        );
        let rest = StreamReader::new(server).read_to_end(100).await.unwrap();
        assert_eq!(rest, [b'x'; 10], "and there it ended");
        nothing_is_left().await;
    });
}

#[test]
fn a_limit_that_is_set_anew_counts_from_then_on() {
    run_paused(async {
        let (writer, _silent) = stuck();
        writer.set_close_timeout(Some(100 * LIMIT));
        writer.close();
        sleep(LIMIT).await;
        let start = now();
        writer.set_close_timeout(Some(LIMIT));
        writer.wait_closed().await.unwrap_err();
        assert_eq!(now() - start, LIMIT);
        nothing_is_left().await;
    });
}

#[test]
fn a_peer_that_reads_slowly_is_waited_for() {
    run_paused(async {
        let (writer, server) = stuck();
        writer.close();
        // It may be set later, too.
        yield_now().await;
        writer.set_close_timeout(Some(LIMIT));
        let reader = StreamReader::new(server);
        let start = now();
        let reading = async {
            let mut read = 0;
            while read < 100 {
                sleep(LIMIT * 9 / 10).await;
                read += reader.read(10).await.unwrap().len();
            }
        };
        let (closed, ()) = oneloop::gather((writer.wait_closed(), reading)).await;
        closed.unwrap();
        assert!(now() - start >= 9 * LIMIT);
        nothing_is_left().await;
    });
}

#[test]
fn a_writer_that_was_dropped_keeps_its_limit() {
    run_paused(async {
        let (writer, server) = stuck();
        writer.set_close_timeout(Some(LIMIT));
        drop(writer);
        sleep(LIMIT * 9 / 10).await;
        assert_eq!(Loop::current().unwrap().stats().callbacks, 1, "it tries on");
        sleep(LIMIT).await;
        nothing_is_left().await;
        let rest = StreamReader::new(server).read_to_end(100).await.unwrap();
        assert_eq!(rest, [b'x'; 10]);
    });
}

#[test]
fn without_a_limit_the_last_words_wait_as_long_as_the_peer_likes() {
    run_paused(async {
        let (writer, server) = stuck();
        writer.close();
        timeout(100 * LIMIT, writer.wait_closed())
            .await
            .unwrap_err();
        let rest = StreamReader::new(server).read_to_end(100).await.unwrap();
        assert_eq!(rest, [b'x'; 100]);
        writer.wait_closed().await.unwrap();
        nothing_is_left().await;
    });
}

#[test]
fn a_time_out_of_the_callers_own_and_an_abort_leave_nothing_behind() {
    oneloop::run(async {
        let before = registered();
        let (client, server) = pair().await;
        let (reader, writer) = reader_and_writer(client);
        writer.write(&vec![0; 20_000_000]).unwrap();
        writer.close();
        let waited = timeout(Duration::from_millis(50), writer.wait_closed()).await;
        assert!(waited.is_err());
        writer.abort();
        writer.wait_closed().await.unwrap();
        assert_eq!(reader.read(1).await.unwrap(), b"");
        drop(server);
        nothing_is_left().await;
        assert_eq!(
            registered(),
            before,
            "though reader and writer are still there"
        );
    });
}

#[test]
fn a_server_is_rid_of_a_client_that_never_reads() {
    oneloop::run(async {
        let serve = async |_reader, writer: StreamWriter| {
            writer.set_close_timeout(Some(Duration::from_millis(50)));
            writer.write(&vec![0; 20_000_000])
        };
        let server = start_server(serve, "127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap();
        let _silent = open_connection(address).await.unwrap();
        while server.clients() == 0 {
            yield_now().await;
        }
        server.close();
        server.wait_closed().await;
        assert_eq!(server.clients(), 0);
    });
}

#[test]
fn outside_a_loop_a_limit_sets_no_timer() {
    let (client, _server) = duplex(10);
    let writer = StreamWriter::new(client);
    writer.set_close_timeout(Some(LIMIT));
    writer.write(&[b'x'; 100]).unwrap();
    writer.close();
    assert_eq!(writer.buffered(), 90);
}

/// How many sockets are registered with the loop.
fn registered() -> u64 {
    Loop::current().unwrap().stats().registered
}
