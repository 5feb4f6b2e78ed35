//! Bodies of requests: read, streamed, limited, waited for with `Expect`, or left alone.

use std::cell::RefCell;
use std::rc::Rc;

use oneloop_http::{ReadBodyError, Request, RequestBody, Response};

use crate::support::{Medium, Peer, Site, on, on_both};

async fn echo(mut request: Request) -> Result<Response, ReadBodyError> {
    Ok(Response::bytes(request.bytes().await?))
}

fn post(length: usize, fields: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n{fields}\r\n")
}

const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
const GET: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn a_body_comes_whole_in_either_framing() {
    on_both(async |medium| {
        let site = Site::new(medium, echo).await;
        let mut peer = site.connect().await;
        peer.send(post(5, "") + "Hello").await;
        assert_eq!(peer.answer().await.text(), "Hello");
        peer.send(CHUNKED.to_owned() + "2\r\nHe\r\n3;x=y\r\nllo\r\n0\r\nT: v\r\n\r\n")
            .await;
        assert_eq!(peer.answer().await.text(), "Hello");
        peer.send(post(0, "")).await;
        assert_eq!(peer.answer().await.text(), "");
        peer.send(GET).await;
        assert_eq!(peer.answer().await.text(), "");
    });
}

#[test]
fn every_octet_of_a_large_body_comes_back() {
    on(Medium::Socket, async |medium| {
        let site = Site::with(medium, echo, |server| server.max_body(10_000_000)).await;
        let octets = (0..10_000_000u32)
            .map(|n| (n * 7 / 3) as u8)
            .collect::<Vec<_>>();
        let mut peer = site.connect().await;
        peer.send(post(octets.len(), "")).await;
        peer.send(&octets).await;
        assert!(
            peer.answer().await.body == octets,
            "the body came back changed"
        );
    });
}

#[test]
fn a_body_at_the_limit_passes_and_one_octet_more_is_too_large() {
    on(Medium::Socket, async |medium| {
        let site = Site::new(medium, echo).await;
        const LIMIT: usize = 1024 * 1024;
        for (length, status) in [(LIMIT, 200), (LIMIT + 1, 413)] {
            let body = vec![b'x'; length];
            let mut peer = site.connect().await;
            peer.send(post(length, "")).await;
            peer.send(&body).await;
            let answer = peer.answer().await;
            assert_eq!(
                answer.status, status,
                "{length} octets with a declared length"
            );

            let mut peer = site.connect().await;
            peer.send(format!("{CHUNKED}{length:x}\r\n")).await;
            peer.send(&body).await;
            peer.send("\r\n0\r\n\r\n").await;
            assert_eq!(
                peer.answer().await.status,
                status,
                "{length} octets in a chunk"
            );
        }
    });
}

#[test]
fn a_body_that_is_refused_is_not_waited_for() {
    on_both(async |medium| {
        let site = Site::with(medium, echo, |server| server.max_body(10)).await;
        let start = oneloop::now();
        // So little that it would be skipped, had the handler left it alone. And of the chunk there
        // is nothing but its size.
        for octets in [post(11, ""), CHUNKED.to_owned() + "6\r\n123456\r\n5\r\n"] {
            let mut peer = site.connect().await;
            peer.send(octets).await;
            let answer = peer.answer().await;
            assert_eq!((answer.status, answer.says_close()), (413, true));
            peer.expect_end().await;
        }
        assert!(oneloop::now() - start < std::time::Duration::from_secs(5));
    });
}

#[test]
fn a_handler_that_takes_pieces_has_no_limit_unless_it_sets_one() {
    on(Medium::Socket, async |medium| {
        let length = async |mut request: Request| -> Result<String, ReadBodyError> {
            if request.path() == "/limited" {
                request.body().set_limit(2_000_000);
            }
            let mut length = 0;
            while let Some(piece) = request.body().chunk().await? {
                length += piece.len();
            }
            Ok(length.to_string())
        };
        let site = Site::new(medium, length).await;
        for (path, status) in [("/", 200), ("/limited", 413)] {
            let head =
                format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
            let mut peer = site.connect().await;
            peer.send(head).await;
            peer.send(vec![0; 3_000_000]).await;
            assert_eq!(peer.answer().await.status, status);
        }
    });
}

#[test]
fn the_handler_runs_before_the_body_is_there() {
    on_both(async |medium| {
        let first_piece = async |mut request: Request| -> Result<Response, ReadBodyError> {
            let first = request.body().chunk().await?.unwrap_or_default();
            Ok(Response::bytes(first))
        };
        let site = Site::new(medium, first_piece).await;
        let mut peer = site.connect().await;
        peer.send(post(2, "") + "a").await;
        assert_eq!(
            peer.answer().await.text(),
            "a",
            "the answer is there before the last octet"
        );
        peer.send("b").await;
        peer.send(GET).await;
        assert_eq!(peer.answer().await.text(), "", "and the rest was skipped");
    });
}

#[test]
fn one_hundred_continue_comes_when_the_handler_reads() {
    on_both(async |medium| {
        let site = Site::new(medium, echo).await;
        let mut peer = site.connect().await;
        peer.send(post(5, "Expect: 100-continue\r\n")).await;
        assert_eq!(
            peer.receive_until("\r\n\r\n").await,
            "HTTP/1.1 100 Continue\r\n\r\n"
        );
        peer.send("Hello").await;
        let answer = peer.answer().await;
        assert_eq!((answer.status, answer.text()), (200, "Hello".to_owned()));
        assert!(!answer.says_close());
    });
}

#[test]
fn a_handler_that_does_not_read_answers_without_one_hundred_continue() {
    on_both(async |medium| {
        let site = Site::new(medium, async |_| "no need").await;
        let mut peer = site.connect().await;
        peer.send(post(5, "Expect: 100-continue\r\n")).await;
        let answer = peer.answer().await;
        assert_eq!((answer.status, answer.text()), (200, "no need".to_owned()));
        // Whether the body comes now nobody can tell, so nothing can follow it.
        assert!(answer.says_close());
        peer.expect_end().await;
    });
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_sent() {
    on_both(async |medium| {
        let site = Site::new(medium, echo).await;
        let mut peer = site.connect().await;
        peer.send(post(2_000_000, "Expect: 100-continue\r\n")).await;
        assert_eq!(peer.answer().await.status, 413);
        peer.expect_end().await;
    });
}

#[test]
fn http_1_0_is_not_told_to_continue() {
    on_both(async |medium| {
        let site = Site::new(medium, echo).await;
        let mut peer = site.connect().await;
        peer.send("POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            .await;
        peer.send("ab").await;
        assert_eq!(peer.answer().await.text(), "ab");
    });
}

#[test]
fn a_small_body_that_was_not_read_is_skipped() {
    on_both(async |medium| {
        let site = Site::new(medium, async |_| "ignored").await;
        let mut peer = site.connect().await;
        let smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
        peer.send(post(smuggled.len(), "") + smuggled).await;
        peer.send(CHUNKED.to_owned() + "5\r\nHello\r\n0\r\n\r\n")
            .await;
        peer.send(GET).await;
        for _ in 0..3 {
            let answer = peer.answer().await;
            assert_eq!(
                (answer.text().as_str(), answer.says_close()),
                ("ignored", false)
            );
        }
        peer.finish().await;
        peer.expect_end().await;
        assert_eq!(
            site.server.stats().requests,
            3,
            "what stood in the body was no request"
        );
    });
}

#[test]
fn a_large_body_that_was_not_read_ends_the_connection_and_the_answer_is_not_lost() {
    on(Medium::Socket, async |medium| {
        let site = Site::new(medium, async |_| "ignored").await;
        let mut peer = site.connect().await;
        peer.send(post(8_000_000, "")).await;
        peer.send(vec![0; 8_000_000]).await;
        let answer = peer.answer().await;
        assert_eq!(answer.text(), "ignored");
        assert!(answer.says_close());
        peer.expect_end().await;
    });
}

#[test]
fn an_unfinished_body_does_not_hold_up_the_answer() {
    on_both(async |medium| {
        let site = Site::new(medium, async |_| "at once").await;
        let mut peer = site.connect().await;
        peer.send(post(100, "") + "a part").await;
        assert_eq!(peer.answer().await.text(), "at once");
    });
}

#[test]
fn a_peer_that_goes_away_inside_the_body_is_told_to_the_handler() {
    on_both(async |medium| {
        let seen = Rc::new(RefCell::new(None));
        let site = Site::new(medium, {
            let seen = Rc::clone(&seen);
            async move |mut request: Request| {
                let outcome = request.bytes().await;
                *seen.borrow_mut() = outcome.err();
                "whatever"
            }
        })
        .await;
        let mut peer = site.connect().await;
        peer.send(post(100, "") + "a part").await;
        peer.finish().await;
        assert!(peer.answer().await.says_close());
        assert_eq!(*seen.borrow(), Some(ReadBodyError::Disconnected));
    });
}

#[test]
fn a_body_that_is_kept_beyond_its_request_reads_nothing_of_the_next() {
    on_both(async |medium| {
        let kept = Rc::new(RefCell::new(Vec::<RequestBody>::new()));
        let site = Site::new(medium, {
            let kept = Rc::clone(&kept);
            async move |request: Request| {
                kept.borrow_mut().push(request.into_body());
                "kept"
            }
        })
        .await;
        let mut peer = site.connect().await;
        peer.send(post(5, "") + "first").await;
        assert_eq!(peer.answer().await.text(), "kept");
        peer.send(post(6, "") + "second").await;
        assert_eq!(peer.answer().await.text(), "kept");
        let mut first = kept.borrow_mut().remove(0);
        assert_eq!(first.chunk().await, Err(ReadBodyError::Finished));

        // Nor does it keep the connection open.
        peer.send(post(5, "Connection: close\r\n") + "third").await;
        assert_eq!(peer.answer().await.text(), "kept");
        peer.expect_end().await;
        let mut third = kept.borrow_mut().remove(1);
        assert_eq!(third.chunk().await, Err(ReadBodyError::Finished));
    });
}

#[test]
fn a_handler_cannot_read_its_body_by_an_earlier_handle() {
    on_both(async |medium| {
        let kept = Rc::new(RefCell::new(None::<RequestBody>));
        let site = Site::new(medium, {
            let kept = Rc::clone(&kept);
            async move |request: Request| {
                let before = kept.borrow_mut().replace(request.into_body());
                match before {
                    Some(mut before) => format!("{:?}", before.bytes().await),
                    None => "kept".to_owned(),
                }
            }
        })
        .await;
        let mut peer = site.connect().await;
        peer.send(post(5, "") + "first").await;
        assert_eq!(peer.answer().await.text(), "kept");
        peer.send(post(6, "") + "second").await;
        assert_eq!(peer.answer().await.text(), "Err(Finished)");
    });
}

#[test]
fn a_body_can_be_read_by_another_task() {
    on_both(async |medium| {
        let elsewhere = async |mut request: Request| {
            let task = oneloop::create_task(async move { request.bytes().await });
            task.await
                .expect("the task is not cancelled")
                .map(Response::bytes)
        };
        let site = Site::new(medium, elsewhere).await;
        let mut peer: Peer = site.connect().await;
        peer.send(post(5, "Expect: 100-continue\r\n")).await;
        peer.receive_until("100 Continue\r\n\r\n").await;
        peer.send("Hello").await;
        assert_eq!(peer.answer().await.text(), "Hello");
    });
}
