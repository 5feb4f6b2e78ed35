//! What a reader does that a model of its bytes does not show.

use futures_lite::{AsyncBufReadExt, AsyncReadExt};
use oneloop::{Loop, create_task, gather, sleep, timeout, yield_now};
use oneloop_net::duplex;
use oneloop_net::streams::{ReadError, StreamReader, reader_and_writer};
use std::io;
use std::rc::Rc;
use std::time::Duration;

#[test]
fn a_second_task_that_waits_is_refused_and_the_first_is_unharmed() {
    oneloop::run(async {
        let (client, server) = duplex(100);
        let reader = Rc::new(StreamReader::new(server));
        let own = reader.clone();
        let first = create_task(async move { own.readline().await });
        yield_now().await;
        let error = reader.readline().await.unwrap_err();
        assert!(matches!(error, ReadError::Busy));
        assert!(error.to_string().contains("let one task read"), "{error}");
        client.write_all(b"for the first\n").await.unwrap();
        assert_eq!(first.await.unwrap().unwrap(), b"for the first\n");
        client.write_all(b"for the second\n").await.unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"for the second\n");
    });
}

#[test]
fn what_a_cancelled_read_had_received_is_read_by_the_next() {
    oneloop::run(async {
        let (client, server) = duplex(100);
        let reader = Rc::new(StreamReader::new(server));
        let own = reader.clone();
        let task = create_task(async move { own.readexactly(10).await });
        client.write_all(b"half").await.unwrap();
        yield_now().await;
        yield_now().await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        client.write_all(b" and half\n").await.unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"half and half\n");
    });
}

#[test]
fn a_cancel_that_comes_with_the_bytes_wins_and_the_bytes_stay() {
    oneloop::run(async {
        let (client, server) = duplex(100);
        let reader = Rc::new(StreamReader::new(server));
        let own = reader.clone();
        let task = create_task(async move { own.readline().await });
        yield_now().await;
        client.write_all(b"line\n").await.unwrap();
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(reader.readline().await.unwrap(), b"line\n");
    });
}

#[test]
fn a_request_that_nobody_takes_in_the_end_lets_the_read_go_on() {
    oneloop::run(async {
        let (client, server) = duplex(100);
        let reader = Rc::new(StreamReader::new(server));
        let own = reader.clone();
        let task =
            create_task(
                async move { oneloop::cancel::masked(async { own.readline().await }).await },
            );
        yield_now().await;
        client.write_all(b"line\n").await.unwrap();
        task.cancel();
        assert_eq!(task.await.unwrap().unwrap(), b"line\n");
    });
}

#[test]
fn an_error_of_the_stream_comes_after_what_had_come_and_is_told_again() {
    oneloop::run(async {
        let (client, server) = duplex::Builder::new().break_after(9).build();
        let _ = client.write_all(b"one\ntwo\nthree\n").await;
        let reader = StreamReader::new(server);
        assert_eq!(reader.readline().await.unwrap(), b"one\n");
        assert_eq!(reader.readline().await.unwrap(), b"two\n");
        for _ in 0..2 {
            let error = io::Error::from(reader.readline().await.unwrap_err());
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        }
        assert_eq!(reader.read(100).await.unwrap(), b"t");
    });
}

#[test]
fn a_time_out_while_a_line_drips_loses_no_byte() {
    let event_loop = Loop::builder().paused_clock().build().unwrap();
    event_loop.block_on(async {
        let (client, server) = duplex(100);
        let reader = StreamReader::new(server);
        let dripping = async {
            for byte in b"drop by drop\n" {
                client.write_all(&[*byte]).await.unwrap();
                sleep(Duration::from_secs(1)).await;
            }
        };
        let reading = async {
            let mut tries = 0;
            loop {
                tries += 1;
                if let Ok(line) = timeout(Duration::from_millis(1500), reader.readline()).await {
                    return (line.unwrap(), tries);
                }
            }
        };
        let ((), (line, tries)) = gather((dripping, reading)).await;
        assert_eq!(line, b"drop by drop\n");
        assert!(tries > 5, "{tries}");
    });
}

#[test]
fn the_traits_of_futures_io_go_on_where_the_methods_stopped() {
    oneloop::run(async {
        let mut reader = StreamReader::new(&b"one\ntwo\nand the rest"[..]);
        assert_eq!(reader.readline().await.unwrap(), b"one\n");
        let mut line = String::new();
        reader.read_line(&mut line).await.unwrap();
        assert_eq!(line, "two\n");
        let mut rest = String::new();
        reader.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "and the rest");
        assert!(reader.at_eof());
    });
}

#[test]
fn a_reader_holds_no_more_than_its_limit_and_one_piece() {
    oneloop::run(async {
        let (client, server) = duplex(1 << 20);
        client.write_all(&[b'x'; 1 << 19]).await.unwrap();
        let reader = StreamReader::with_limit(server, 1000);
        let error = reader.readline().await.unwrap_err();
        let ReadError::LimitOverrun {
            consumed,
            limit: 1000,
        } = error
        else {
            panic!("{error:?}")
        };
        assert!((1001..=1000 + 8192).contains(&consumed), "{consumed}");
        // Nothing was lost: all of it can still be read.
        assert_eq!(reader.readexactly(1 << 19).await.unwrap().len(), 1 << 19);
    });
}

/// asyncio raises a `ValueError`.
#[test]
fn an_empty_separator_is_an_error_that_reads_nothing() {
    oneloop::run(async {
        let reader = StreamReader::new(&b"a,b"[..]);
        let none: &[&[u8]] = &[];
        let outcomes = gather((
            reader.readuntil(b""),
            reader.readuntil_any(none),
            reader.readuntil_any(&[b",", b""]),
        ));
        for outcome in <[_; 3]>::from(outcomes.await) {
            let error = outcome.unwrap_err();
            assert!(matches!(error, ReadError::NoSeparator), "{error:?}");
            assert!(error.to_string().contains("reader.read(n)"), "{error}");
            assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
        }
        assert_eq!(reader.readuntil(b",").await.unwrap(), b"a,");
    });
}

/// asyncio's `limit=` is an argument of what makes the pair; here it is set on the reader that came.
#[test]
fn a_line_over_the_limit_is_read_once_the_limit_is_raised_as_its_error_says() {
    oneloop::run(async {
        let long = [b"x".repeat(100_000), b"\n".to_vec()].concat();
        let server = duplex(1 << 20);
        server.1.write_all(&long).await.unwrap();
        let (reader, _writer) = reader_and_writer(server.0);
        let error = reader.readline().await.unwrap_err();
        assert!(error.to_string().contains("reader.set_limit(n)"), "{error}");
        reader.set_limit(100_000);
        assert_eq!(reader.readline().await.unwrap(), long);
        // Whoever wants none is not told of a sum that overflows.
        reader.set_limit(usize::MAX);
        server.1.write_all(&long).await.unwrap();
        assert_eq!(reader.readline().await.unwrap(), long);
    });
}

#[test]
fn too_much_up_to_the_end_is_an_error_of_its_own_that_names_its_cure() {
    oneloop::run(async {
        let reader = StreamReader::new(&b"twelve bytes"[..]);
        let error = reader.read_to_end(5).await.unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(
                error,
                ReadError::BoundOverrun {
                    consumed: 12,
                    most: 5
                }
            ),
            "{error:?}"
        );
        assert!(
            text.contains("larger bound") && !text.contains("separator"),
            "{text}"
        );
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidData);
        assert_eq!(reader.read_to_end(12).await.unwrap(), b"twelve bytes");
    });
}

#[test]
fn another_task_may_take_what_is_there_while_one_waits_for_more() {
    oneloop::run(async {
        let (client, server) = duplex(100);
        let reader = Rc::new(StreamReader::new(server));
        client.write_all(b"hello").await.unwrap();
        let own = reader.clone();
        let waits = create_task(async move { own.readline().await });
        for _ in 0..5 {
            yield_now().await;
        }
        assert_eq!(reader.read(3).await.unwrap(), b"hel");
        // As many bytes as were taken: what came is told by its number, not by what is left.
        client.write_all(b"o!\n").await.unwrap();
        assert_eq!(waits.await.unwrap().unwrap(), b"loo!\n");
    });
}
