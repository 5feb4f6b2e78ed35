//! Peers that are slow or silent, on a paused clock: the limits hold to the millisecond.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_io::{AsyncRead, AsyncWrite};
use oneloop_http::{ReadBodyError, Request, Response};

use oneloop_net::duplex::{DuplexStream, duplex};

use crate::support::{Medium, Peer, Site, on};

const GET: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

async fn echo(mut request: Request) -> Result<Response, ReadBodyError> {
    Ok(Response::bytes(request.bytes().await?))
}

/// A server with limits that differ from each other.
async fn site(medium: Medium) -> Site {
    Site::with(medium, echo, |server| {
        server
            .header_timeout(Duration::from_secs(3))
            .body_timeout(Duration::from_secs(5))
            .idle_timeout(Duration::from_secs(7))
    })
    .await
}

/// Sends an octet every `pause` until the server ends the connection, and says after which time
/// that was and what came.
async fn drip(peer: &mut Peer, octets: &[u8], pause: Duration) -> (Duration, String) {
    let start = oneloop::now();
    let mut received = Vec::new();
    for octet in octets {
        peer.send([*octet]).await;
        let ended = oneloop::timeout(pause, peer.receive_all()).await;
        received.extend(peer.received_by_now().await);
        if let Ok(rest) = ended {
            received.extend(rest);
            break;
        }
    }
    (
        oneloop::now() - start,
        String::from_utf8_lossy(&received).into_owned(),
    )
}

#[test]
fn a_head_that_drips_is_given_up_however_regularly_it_drips() {
    on(Medium::Memory, async |medium| {
        let site = site(medium).await;
        let mut peer = site.connect().await;
        let (after, answer) = drip(&mut peer, GET.as_bytes(), Duration::from_millis(200)).await;
        assert_eq!(after, Duration::from_secs(3), "from the first octet on");
        assert!(
            answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
            "{answer:?}"
        );
        assert!(answer.contains("\r\nconnection: close\r\n"));
    });
}

#[test]
fn the_time_for_a_head_begins_anew_with_each_request() {
    on(Medium::Memory, async |medium| {
        let site = site(medium).await;
        let mut peer = site.connect().await;
        for _ in 0..4 {
            // Idle for longer than a head may take, then a head that takes most of its time.
            oneloop::sleep(Duration::from_millis(2900)).await;
            let (first, rest) = GET.split_at(10);
            peer.send(first).await;
            oneloop::sleep(Duration::from_millis(2900)).await;
            peer.send(rest).await;
            assert_eq!(peer.answer().await.status, 200);
        }
    });
}

#[test]
fn three_hundred_slow_peers_are_all_given_up() {
    on(Medium::Memory, async |medium| {
        let site = site(medium).await;
        let mut peers = Vec::new();
        for _ in 0..300 {
            let mut peer = site.connect().await;
            peer.send("GET / HTTP/1.1\r\nHost: h\r\nX: ").await;
            peers.push(peer);
        }
        oneloop::sleep(Duration::from_millis(2900)).await;
        assert_eq!(site.server.stats().open_connections, 300);
        for peer in &mut peers {
            peer.send("x").await;
        }
        oneloop::sleep(Duration::from_millis(101)).await;
        // The peers are still there, but nothing is kept for them.
        assert_eq!(site.server.stats().open_connections, 0);
        for mut peer in peers {
            assert_eq!(peer.answer().await.status, 408);
            peer.expect_end().await;
        }
    });
}

/// Waits until the server ends the connection.
async fn ended_after(peer: &mut Peer, start: Instant) -> Duration {
    peer.expect_end().await;
    oneloop::now() - start
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    on(Medium::Memory, async |medium| {
        let site = site(medium).await;
        let mut peer = site.connect().await;
        for _ in 0..3 {
            // Each request begins the time anew.
            oneloop::sleep(Duration::from_millis(2500)).await;
            peer.send(GET).await;
            assert_eq!(peer.answer().await.status, 200);
        }
        let start = oneloop::now();
        assert_eq!(ended_after(&mut peer, start).await, Duration::from_secs(7));
    });
}

#[test]
fn a_request_that_comes_at_the_last_instant_counts() {
    on(Medium::Memory, async |medium| {
        let site = site(medium).await;
        let mut peer = site.connect().await;
        // The server arms its timer now, for the time of a head, and only when that fires for the
        // time of an idle connection.
        oneloop::sleep(Duration::from_secs(1)).await;
        peer.send(GET).await;
        assert_eq!(peer.answer().await.status, 200);
        // So the timer of this task is armed before the server's for the same instant: both fire in
        // one turn, and the octets are there when the server looks.
        let at_last = oneloop::create_task(async move {
            oneloop::sleep(Duration::from_secs(7)).await;
            peer.send(GET).await;
            peer.answer().await.status
        });
        assert_eq!(at_last.await.expect("the answer comes"), 200);
    });
}

#[test]
fn a_new_connection_that_says_nothing_has_the_time_of_a_head() {
    on(Medium::Memory, async |medium| {
        let site = site(medium).await;
        let start = oneloop::now();
        let mut peer = site.connect().await;
        assert_eq!(ended_after(&mut peer, start).await, Duration::from_secs(3));
        // Blank lines are no beginning of a request.
        let start = oneloop::now();
        let mut peer = site.connect().await;
        peer.send("\r\n").await;
        assert_eq!(ended_after(&mut peer, start).await, Duration::from_secs(3));
    });
}

#[test]
fn a_body_without_progress_is_a_408_and_progress_begins_the_time_anew() {
    on(Medium::Memory, async |medium| {
        let site = site(medium).await;
        let mut peer = site.connect().await;
        peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n")
            .await;
        for _ in 0..5 {
            oneloop::sleep(Duration::from_millis(4900)).await;
            peer.send("x").await;
        }
        let start = oneloop::now();
        let answer = peer.answer().await;
        assert_eq!((answer.status, answer.says_close()), (408, true));
        assert_eq!(oneloop::now() - start, Duration::from_secs(5));
        peer.expect_end().await;
        assert_eq!(site.server.stats().open_connections, 0);
    });
}

#[test]
fn a_handler_may_take_any_time() {
    on(Medium::Memory, async |medium| {
        let slow = async |_| {
            oneloop::sleep(Duration::from_secs(86_400)).await;
            "at last"
        };
        let site = Site::new(medium, slow).await;
        assert_eq!(site.ask(GET).await.text(), "at last");
    });
}

#[test]
fn a_rest_that_never_comes_is_not_waited_for_long() {
    on(Medium::Memory, async |medium| {
        let site = Site::new(medium, async |_| "ignored").await;
        let mut peer = site.connect().await;
        peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n")
            .await;
        assert_eq!(peer.answer().await.text(), "ignored");
        let start = oneloop::now();
        assert_eq!(ended_after(&mut peer, start).await, Duration::from_secs(10));
    });
}

#[test]
fn nor_is_a_rest_for_which_the_handler_has_waited_in_vain() {
    on(Medium::Memory, async |medium| {
        let impatient = async |mut request: Request| {
            let read = oneloop::timeout(Duration::from_secs(1), request.bytes()).await;
            assert!(read.is_err(), "half of the body does not come");
            "too slow"
        };
        let site = Site::new(medium, impatient).await;
        let mut peer = site.connect().await;
        peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
            .await;
        assert_eq!(peer.answer().await.text(), "too slow");
        let start = oneloop::now();
        assert_eq!(ended_after(&mut peer, start).await, Duration::from_secs(10));
    });
}

#[test]
fn the_limit_of_a_rest_does_not_count_for_the_request_behind_it() {
    on(Medium::Memory, async |medium| {
        let handler = async |mut request: Request| match request.path() {
            "/ignored" => Ok("ignored".to_owned()),
            _ => request.text().await,
        };
        let site = Site::new(medium, handler).await;
        let mut peer = site.connect().await;
        peer.send("POST /ignored HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n")
            .await;
        assert_eq!(peer.answer().await.text(), "ignored");
        oneloop::sleep(Duration::from_secs(9)).await;
        peer.send("restPOST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n")
            .await;
        oneloop::sleep(Duration::from_secs(4)).await;
        peer.send("read").await;
        assert_eq!(peer.answer().await.text(), "read");
    });
}

#[test]
fn who_stays_after_a_refusal_is_left_after_ten_seconds() {
    on(Medium::Memory, async |medium| {
        let site = site(medium).await;
        let mut peer = site.connect().await;
        peer.send("bad\r\n\r\n").await;
        assert_eq!(peer.answer().await.status, 400);
        peer.expect_end().await;
        for _ in 0..9 {
            oneloop::sleep(Duration::from_secs(1)).await;
            peer.send("more of it").await;
            assert_eq!(
                site.server.stats().open_connections,
                1,
                "the answer is not to be lost"
            );
        }
        oneloop::sleep(Duration::from_millis(1100)).await;
        assert_eq!(site.server.stats().open_connections, 0);
    });
}

/// A stream that takes everything, and holds it back for ever when it is flushed, or only when it is
/// closed: TLS over a connection whose peer takes nothing.
struct HeldBack {
    inner: DuplexStream,
    also_flushes: bool,
}

impl AsyncRead for HeldBack {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for HeldBack {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, buffer)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.also_flushes {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        }
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[test]
fn what_a_stream_holds_back_is_waited_for_no_longer_than_a_write() {
    let event_loop = oneloop::Loop::builder().paused_clock().build().unwrap();
    for also_flushes in [true, false] {
        event_loop.block_on(async {
            let (inner, peer) = duplex(1024);
            peer.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                .await
                .unwrap();
            let stream = HeldBack {
                inner,
                also_flushes,
            };
            let start = oneloop::now();
            let serving = oneloop_http::serve_connection(stream, async |_: Request| "answer");
            let served = oneloop::timeout(Duration::from_secs(3600), serving).await;
            assert!(served.is_ok(), "it was waited for without end");
            assert_eq!(oneloop::now() - start, Duration::from_secs(60));
            drop(peer);
        });
    }
}
