//! An exchange over a connection in memory, which can be cut into octets, broken and delayed.

use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_lite::AsyncWriteExt;
use futures_lite::stream;
use http::{HeaderValue, Method, Uri};
use oneloop::{Loop, create_task};
use oneloop_net::duplex::{Builder, DuplexStream};

use super::super::connection::Connection;
use super::super::error::ClientError;
use super::super::origin::Origin;
use super::Exchange;
use crate::Body;

const HEAD: &str = "POST / HTTP/1.1\r\nhost: a\r\n\r\n";

fn exchange(stream: DuplexStream, body: Body) -> Box<Exchange<DuplexStream>> {
    let mut exchange = Exchange::blank(Rc::default());
    exchange.parts.method = Method::POST;
    exchange.upload.room().extend_from_slice(HEAD.as_bytes());
    exchange.upload.start(body.into_parts());
    begin(&mut exchange, stream);
    exchange
}

fn begin(exchange: &mut Exchange<DuplexStream>, stream: DuplexStream) {
    let origin = Origin::read(&Uri::from_static("http://a/")).unwrap();
    exchange.begin(Connection::new(stream, Rc::new(origin), Rc::default()));
}

/// Reads the whole response: its status and its body.
async fn answer(exchange: &mut Exchange<DuplexStream>) -> Result<(u16, Vec<u8>), ClientError> {
    poll_fn(|context| exchange.poll_head(context)).await?;
    let mut body = Vec::new();
    while let Some(piece) = poll_fn(|context| exchange.poll_body(context)).await? {
        body.extend_from_slice(&piece);
    }
    Ok((exchange.head().status().as_u16(), body))
}

fn on_a_paused_clock<F: Future>(main: F) -> F::Output {
    Loop::builder()
        .paused_clock()
        .build()
        .expect("a loop can be made")
        .block_on(main)
}

/// Takes a request, which must be this one, and answers it. Ends early if the connection breaks.
async fn serve(mut stream: DuplexStream, request: String, answer: &'static str) {
    let mut got = vec![0; request.len()];
    if stream.read_exact(&mut got).await.is_ok() {
        assert!(
            got == request.as_bytes(),
            "{}",
            String::from_utf8_lossy(&got)
        );
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.close().await;
    }
}

/// An answer with all that can stand before a body's end.
const ANSWER: &str = "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                      5;a=b\r\nHello\r\n0\r\nTrailer: c\r\n\r\n";

fn two_pieces() -> Body {
    let pieces = [Bytes::from("abc"), vec![b'x'; 20_000].into()];
    Body::stream(stream::iter(pieces.map(Ok::<_, std::io::Error>)))
}

#[test]
fn requests_and_responses_survive_being_cut_into_octets() {
    on_a_paused_clock(async {
        let large = "x".repeat(20_000);
        for (body, on_the_wire) in [
            (Body::empty(), String::new()),
            (Body::from("Hello"), "Hello".to_owned()),
            (Body::from(large.clone()), large.clone()),
            (
                two_pieces(),
                format!("3\r\nabc\r\n4e20\r\n{large}\r\n0\r\n\r\n"),
            ),
            (two_pieces().with_length(20_003), format!("abc{large}")),
        ] {
            for segment in [1, 7, 20_000] {
                let body = match body.length() {
                    Some(20_003) => two_pieces().with_length(20_003),
                    None => two_pieces(),
                    Some(_) => Body::from(on_the_wire.clone()),
                };
                let (here, there) = Builder::new().split(segment).build();
                let server = create_task(serve(there, format!("{HEAD}{on_the_wire}"), ANSWER));
                let mut exchange = exchange(here, body);
                assert_eq!(
                    answer(&mut exchange).await.unwrap(),
                    (200, b"Hello".to_vec())
                );
                server.await.unwrap();
                let sent = HEAD.len() + on_the_wire.len();
                assert_eq!(exchange.upload.sent(), sent as u64);
                assert!(exchange.settle().is_some(), "it can be used again");
                let room = exchange.upload.room();
                assert!(room.is_empty() && room.capacity() <= 1024);
            }
        }
    });
}

#[test]
fn a_connection_that_breaks_anywhere_is_an_error_and_never_half_a_response() {
    let request = format!("{HEAD}Hello");
    let whole = ANSWER.len() as u64;
    let mut cut = 0;
    on_a_paused_clock(async {
        for octets in 0..=whole {
            let (here, there) = Builder::new().split(3).break_after(octets).build();
            let server = create_task(serve(there, request.clone(), ANSWER));
            let mut exchange = exchange(here, Body::from("Hello"));
            match answer(&mut exchange).await {
                Ok(answer) => {
                    assert_eq!((octets, answer), (whole, (200, b"Hello".to_vec())));
                    assert!(exchange.settle().is_some());
                }
                Err(error) => {
                    assert!(
                        error.is_closed() && !error.is_malformed(),
                        "after {octets}: {error:?}"
                    );
                    assert_eq!(
                        error.bytes_sent(),
                        octets.min(request.len() as u64),
                        "after {octets}: {error:?}"
                    );
                    assert!(exchange.settle().is_none());
                    cut += 1;
                }
            }
            server.await.unwrap();
        }
    });
    assert_eq!(cut, whole, "it broke at every octet but the last");
}

#[test]
fn a_body_is_held_back_for_a_second_when_nobody_says_continue() {
    on_a_paused_clock(async {
        let (here, there) = Builder::new().build();
        let start = oneloop::now();
        let server = create_task(async move {
            let mut head = vec![0; HEAD.len()];
            there.read_exact(&mut head).await.unwrap();
            let mut body = [0; 5];
            there.read_exact(&mut body).await.unwrap();
            assert_eq!(oneloop::now() - start, Duration::from_secs(1));
            there
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .await
                .unwrap();
            body
        });
        let mut exchange = exchange(here, Body::from("Hello"));
        exchange.upload.hold();
        assert_eq!(answer(&mut exchange).await.unwrap().0, 200);
        assert_eq!(&server.await.unwrap(), b"Hello");
    });
}

#[test]
fn a_held_body_leaves_when_the_server_says_continue() {
    on_a_paused_clock(async {
        let (here, there) = Builder::new().build();
        let start = oneloop::now();
        let wait = Duration::from_millis(300);
        let server = create_task(async move {
            oneloop::sleep(wait).await;
            there
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await
                .unwrap();
            let mut request = vec![0; HEAD.len() + 5];
            there.read_exact(&mut request).await.unwrap();
            assert_eq!(oneloop::now() - start, wait);
            there
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .await
                .unwrap();
        });
        let mut exchange = exchange(here, Body::from("Hello"));
        exchange.upload.hold();
        assert_eq!(answer(&mut exchange).await.unwrap().0, 200);
        server.await.unwrap();
    });
}

#[test]
fn a_body_is_not_sent_on_after_a_refusal_nor_begun_after_an_answer_without_continue() {
    on_a_paused_clock(async {
        let second = Duration::from_secs(1);
        for (status, held, most) in [
            ("413", false, 64),
            ("417", true, HEAD.len()),
            ("200", true, HEAD.len()),
        ] {
            let (here, there) = Builder::new().capacity(64).build();
            let server = create_task(async move {
                let head = format!("HTTP/1.1 {status} x\r\nContent-Length: 3\r\n\r\n");
                there.write_all(head.as_bytes()).await.unwrap();
                oneloop::sleep(second).await;
                let mut got = 0;
                let mut buffer = [0; 1024];
                while let Ok(count) = oneloop::timeout(second, there.read(&mut buffer)).await {
                    got += count.unwrap();
                }
                there.write_all(b"end").await.unwrap();
                got
            });
            let mut exchange = exchange(here, Body::from(vec![b'x'; 5_000]));
            if held {
                exchange.upload.hold();
            }
            let (_, body) = answer(&mut exchange).await.unwrap();
            assert_eq!(body, b"end", "the answer is read all the same");
            assert!(
                exchange.settle().is_none(),
                "the server may wait for the rest of the body"
            );
            let got = server.await.unwrap();
            assert!(got <= most, "{status}: {got} octets came");
        }
    });
}

#[test]
fn a_body_until_close_leaves_no_connection() {
    on_a_paused_clock(async {
        let (here, there) = Builder::new().build();
        let server = create_task(serve(
            there,
            HEAD.to_owned(),
            "HTTP/1.1 200 OK\r\n\r\nall of it",
        ));
        let mut exchange = exchange(here, Body::empty());
        assert_eq!(
            answer(&mut exchange).await.unwrap(),
            (200, b"all of it".to_vec())
        );
        assert!(exchange.settle().is_none());
        server.await.unwrap();
    });
}

#[test]
fn limits_run_out_at_their_time_and_not_before() {
    on_a_paused_clock(async {
        let second = Duration::from_secs(1);
        for (total, read, end, text) in [
            (Some(10 * second), None, 10 * second, "the whole request"),
            (
                Some(10 * second),
                Some(3 * second),
                5 * second,
                "nothing came within 3s",
            ),
            (None, Some(6 * second), 8 * second, "nothing came within 6s"),
        ] {
            let (here, there) = Builder::new().build();
            let start = oneloop::now();
            let mut exchange = exchange(here, Body::empty());
            exchange.patience.start(total, read, oneloop::now());
            let server = create_task(async move {
                oneloop::sleep(2 * second).await;
                there
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHello")
                    .await
                    .unwrap();
                std::future::pending::<()>().await;
            });
            let error = answer(&mut exchange).await.unwrap_err();
            assert!(
                error.is_timeout() && error.to_string().contains(text),
                "{error}"
            );
            assert_eq!(oneloop::now() - start, end, "{error}");
            drop(server);
        }
    });
}

#[test]
fn an_exchange_that_is_over_holds_neither_the_buffer_of_its_loop_nor_the_fields_of_its_request() {
    on_a_paused_clock(async {
        let (here, there) = Builder::new().build();
        let server = create_task(serve(there, HEAD.to_owned(), ANSWER));
        let mut exchange = exchange(here, Body::empty());
        let fields = &mut exchange.parts.headers;
        fields.insert("x-large", HeaderValue::from_static("value"));
        answer(&mut exchange).await.unwrap();
        let connection = exchange.connection.as_ref().unwrap();
        let buffer = Rc::downgrade(&connection.scratch);
        drop(exchange.close());
        assert!(buffer.upgrade().is_none());
        assert!(exchange.parts.headers.is_empty());
        assert_eq!(exchange.head().status(), 200, "the response is kept");
        server.await.unwrap();
    });
}
