//! A peer that does not read: what it costs us is bounded, and it is given up in time.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use oneloop_http::{Body, Request, Response};

use crate::support::{Medium, Site, on};

/// What may lie between a producer and a peer that reads nothing: our output buffer, and the 64 KiB
/// of the in-memory connection.
const IN_BETWEEN: usize = 64 * 1024 + 64 * 1024;

#[test]
fn a_producer_waits_for_the_peer() {
    const PIECE: usize = 8 * 1024;
    on(Medium::Memory, async |medium| {
        let made = Rc::new(Cell::new(0));
        let site = Site::new(medium, {
            let made = Rc::clone(&made);
            async move |_| {
                let made = Rc::clone(&made);
                Response::ok(Body::produce(async move |mut writer| {
                    for _ in 0..1024 {
                        writer.write(vec![b'x'; PIECE]).await?;
                        made.set(made.get() + PIECE);
                    }
                    Ok(())
                }))
            }
        })
        .await;
        let mut peer = site.connect().await;
        peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        oneloop::sleep(Duration::from_secs(1)).await;
        assert!(
            made.get() >= 64 * 1024,
            "only {} octets were made",
            made.get()
        );
        assert!(
            made.get() <= IN_BETWEEN + 3 * PIECE,
            "{} octets were made",
            made.get()
        );
        let answer = peer.answer().await;
        assert_eq!(
            answer.body.len(),
            1024 * PIECE,
            "and all of them arrive once the peer reads"
        );
    });
}

#[test]
fn requests_without_reading_are_not_answered_without_bound() {
    const ANSWER: usize = 10 * 1024;
    on(Medium::Memory, async |medium| {
        let site = Site::new(medium, async |_| Response::bytes(vec![0; ANSWER])).await;
        let mut peer = site.connect().await;
        let request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        // Fewer than the connection takes, so that sending them does not wait for the server.
        peer.send(request.repeat(1000)).await;
        oneloop::sleep(Duration::from_secs(1)).await;
        let handled = site.server.stats().requests as usize;
        assert!(handled >= 6, "only {handled} requests were handled");
        assert!(
            handled <= IN_BETWEEN / ANSWER + 2,
            "{handled} requests were handled"
        );
        for _ in 0..1000 {
            assert_eq!(peer.answer().await.body.len(), ANSWER);
        }
    });
}

// An empty body once passed the place where a full output is noticed.
#[test]
fn heads_alone_are_not_answered_without_bound_either() {
    const HEAD: usize = 1024;
    on(Medium::Memory, async |medium| {
        let site = Site::new(medium, async |_| {
            Response::ok("")
                .header("etag", "x".repeat(HEAD))
                .expect("a legal header")
        })
        .await;
        let mut peer = site.connect().await;
        let request = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
        peer.send(request.repeat(1000)).await;
        oneloop::sleep(Duration::from_secs(1)).await;
        let handled = site.server.stats().requests as usize;
        assert!(handled >= 32, "only {handled} requests were handled");
        assert!(
            handled <= IN_BETWEEN / HEAD + 2,
            "{handled} requests were handled"
        );
    });
}

#[test]
fn a_sender_waits_for_the_handler() {
    on(Medium::Memory, async |medium| {
        let sleeps = async |mut request: Request| {
            oneloop::sleep(Duration::from_secs(3600)).await;
            request.bytes().await.map(|body| body.len().to_string())
        };
        let site = Site::new(medium, sleeps).await;
        let mut peer = site.connect().await;
        peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
            .await;
        let mut sent = 0;
        while sent < 1_000_000 {
            let sending = oneloop::timeout(Duration::from_secs(60), peer.send([0; 1000]));
            if sending.await.is_err() {
                break;
            }
            sent += 1000;
        }
        // One read of the server and what fits into the connection.
        assert!(sent <= 64 * 1024 + 64 * 1024, "{sent} octets were taken");
    });
}

#[test]
fn a_peer_that_takes_nothing_is_given_up() {
    on(Medium::Memory, async |medium| {
        let big = async |_| Response::bytes(vec![0; 1_000_000]);
        let limit = Duration::from_secs(5);
        let site = Site::with(medium, big, |server| server.write_timeout(limit)).await;
        let mut peer = site.connect().await;
        peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        oneloop::sleep(Duration::from_millis(4900)).await;
        assert_eq!(site.server.stats().open_connections, 1);
        oneloop::sleep(Duration::from_millis(200)).await;
        assert_eq!(site.server.stats().open_connections, 0);
    });
}

#[test]
fn a_peer_that_reads_slowly_is_not_given_up() {
    on(Medium::Memory, async |medium| {
        let big = async |_| Response::bytes(vec![0; 1_000_000]);
        let limit = Duration::from_secs(9);
        let site = Site::with(medium, big, |server| server.write_timeout(limit)).await;
        let mut peer = site.connect().await;
        peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        peer.receive_until("\r\n\r\n").await;
        for _ in 0..100 {
            // Every second time at the latest something is taken out of the connection.
            oneloop::sleep(Duration::from_secs(4)).await;
            assert_eq!(peer.receive_exactly(10_000).await.len(), 10_000);
        }
    });
}
