//! A connection that two tasks work on: its own, and one of the handler's that reads the body.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use oneloop::sync::channel::{Receiver, channel};
use oneloop_http::{ReadBodyError, Request, Response};

use crate::support::{Medium, Site, on_both};

#[test]
fn a_body_that_another_task_reads_goes_on_beside_an_answer_that_the_peer_does_not_take() {
    const PIECES: usize = 200;
    on_both(async |medium| {
        // More than the connection holds, so that the answer has to wait for the peer.
        let answer = if medium == Medium::Socket {
            16 << 20
        } else {
            256 << 10
        };
        let counted = Rc::new(Cell::new(0));
        let site = Site::new(medium, {
            let counted = Rc::clone(&counted);
            async move |mut request: Request| {
                let counted = Rc::clone(&counted);
                let _detached = oneloop::create_task(async move {
                    while let Ok(Some(piece)) = request.body().chunk().await {
                        counted.set(counted.get() + piece.len());
                    }
                });
                // The body's task waits first.
                oneloop::sleep(Duration::from_millis(1)).await;
                Response::bytes(vec![b'x'; answer])
            }
        })
        .await;
        let mut peer = site.connect().await;
        peer.send(format!(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {PIECES}\r\n\r\n"
        ))
        .await;
        peer.receive_until("HTTP/1.1 200 OK\r\n").await;
        for sent in 1..=PIECES {
            peer.send("b").await;
            let mut waits = 0;
            while counted.get() < sent {
                waits += 1;
                assert!(
                    waits < 2000,
                    "{medium:?}: the body stands still after {} octets",
                    counted.get()
                );
                oneloop::sleep(Duration::from_millis(1)).await;
            }
        }
        peer.receive_until("\r\n\r\n").await;
        let body = peer.receive_exactly(answer).await;
        assert!(body.iter().all(|octet| *octet == b'x'));
        // And the connection serves on.
        peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
            .await;
        peer.receive_until("HTTP/1.1 200 OK\r\n").await;
    });
}

/// A site whose handler leaves its body to a task, and where the task says how that ended.
async fn site_with_a_reader(medium: Medium) -> (Site, Receiver<ReadBodyError>) {
    let (sender, receiver) = channel(1);
    let handler = async move |mut request: Request| {
        let sender = sender.clone();
        let path = request.path().to_owned();
        let _detached = oneloop::create_task(async move {
            if let Err(error) = request.bytes().await {
                let _ = sender.send(error).await;
            }
        });
        oneloop::sleep(Duration::from_millis(1)).await;
        if path == "/endless" {
            std::future::pending::<()>().await;
        }
        "answered"
    };
    (Site::new(medium, handler).await, receiver)
}

const HALF: &str = " HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf";

#[test]
fn a_task_that_waits_for_a_body_is_told_when_the_answer_is_complete() {
    on_both(async |medium| {
        let (site, mut told) = site_with_a_reader(medium).await;
        let mut peer = site.connect().await;
        peer.send(format!("POST /{HALF}")).await;
        assert_eq!(peer.answer().await.text(), "answered");
        assert_eq!(told.recv().await, Some(ReadBodyError::Finished));
        // The rest of the body is skipped, and the next request found behind it.
        peer.send(format!("rest.POST /{HALF}")).await;
        assert_eq!(peer.answer().await.text(), "answered");
    });
}

#[test]
fn a_task_that_waits_for_a_body_is_told_when_the_connection_is_cancelled() {
    on_both(async |medium| {
        let (site, mut told) = site_with_a_reader(medium).await;
        let mut peer = site.connect().await;
        peer.send(format!("POST /endless{HALF}")).await;
        while site.server.stats().requests == 0 {
            oneloop::sleep(Duration::from_millis(1)).await;
        }
        oneloop::sleep(Duration::from_millis(1)).await;
        site.server.stop(Duration::ZERO).await;
        assert_eq!(told.recv().await, Some(ReadBodyError::Finished));
    });
}
