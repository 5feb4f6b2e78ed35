//! Responses whose body is made while it is sent: their framing, and their end.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures_lite::stream;
use oneloop_http::{Body, BodyWriter, Request, Response};

use crate::support::{Medium, Site, on, on_both};

const GET: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// Two pieces with an empty one and a wait between them.
async fn two_pieces(_: Request) -> Response {
    Response::ok(Body::produce(async |mut writer: BodyWriter| {
        writer.write("one").await?;
        writer.write("").await?;
        oneloop::yield_now().await;
        Ok(writer.write("three").await?)
    }))
}

#[test]
fn http_1_1_gets_chunks_and_stays_open() {
    on_both(async |medium| {
        let site = Site::new(medium, two_pieces).await;
        let mut peer = site.connect().await;
        for _ in 0..2 {
            peer.send(GET).await;
            let head = peer.receive_until("\r\n\r\n").await;
            assert!(head.contains("\r\ntransfer-encoding: chunked\r\n"));
            assert!(!head.contains("content-length"));
            assert_eq!(peer.chunks().await, [b"one".to_vec(), b"three".to_vec()]);
        }
    });
}

#[test]
fn http_1_0_gets_octets_until_the_connection_ends() {
    on_both(async |medium| {
        let site = Site::new(medium, two_pieces).await;
        let answer = site
            .ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .await;
        assert_eq!(answer.header("transfer-encoding"), None);
        assert_eq!(answer.header("content-length"), None);
        assert!(answer.says_close());
        assert_eq!(answer.text(), "onethree");
    });
}

#[test]
fn a_declared_length_is_sent_and_the_connection_stays_open() {
    on_both(async |medium| {
        let declared = async |request: Request| {
            let Response { .. } = two_pieces(request).await;
            let body = Body::stream(stream::iter(["one", "three"].map(Ok::<_, io::Error>)));
            Response::ok(body.with_length(8))
        };
        let site = Site::new(medium, declared).await;
        let mut peer = site.connect().await;
        for _ in 0..2 {
            peer.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                .await;
            let answer = peer.answer().await;
            assert_eq!(answer.header("content-length"), Some("8"));
            assert_eq!(answer.text(), "onethree");
        }
    });
}

#[test]
fn a_piece_leaves_while_the_next_is_not_made_yet() {
    on(Medium::Memory, async |medium| {
        let slow = async |_| {
            Response::ok(Body::produce(async |mut writer| {
                for _ in 0..3 {
                    writer.write("tick").await?;
                    oneloop::sleep(Duration::from_secs(1)).await;
                }
                Ok(())
            }))
        };
        let site = Site::new(medium, slow).await;
        let mut peer = site.connect().await;
        peer.send(GET).await;
        let start = oneloop::now();
        for second in 0..3 {
            peer.receive_until("tick\r\n").await;
            assert_eq!(oneloop::now() - start, Duration::from_secs(second));
        }
    });
}

#[test]
fn a_large_piece_and_a_small_one_keep_their_order() {
    on_both(async |medium| {
        let sizes = [1, 20_000, 2, 16 * 1024, 16 * 1024 - 1, 70_000, 3];
        let mixed = async move |_| {
            let pieces = sizes.map(|size| Ok::<_, io::Error>(vec![b'a' + size as u8 % 26; size]));
            Response::ok(Body::stream(stream::iter(pieces)))
        };
        let site = Site::new(medium, mixed).await;
        let mut peer = site.connect().await;
        peer.send(GET).await;
        peer.receive_until("\r\n\r\n").await;
        let chunks = peer.chunks().await;
        assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
        assert!(
            chunks
                .iter()
                .all(|chunk| chunk.iter().all(|o| *o == b'a' + chunk.len() as u8 % 26))
        );
    });
}

#[test]
fn a_response_can_be_made_of_the_request_while_it_comes() {
    on_both(async |medium| {
        let shout = async |request: Request| {
            let mut body = request.into_body();
            Response::ok(Body::produce(async move |mut writer| {
                while let Some(piece) = body.chunk().await? {
                    writer.write(piece.to_ascii_uppercase()).await?;
                }
                Ok(())
            }))
        };
        let site = Site::new(medium, shout).await;
        let mut peer = site.connect().await;
        for _ in 0..2 {
            peer.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                .await;
            peer.receive_until("\r\n\r\n").await;
            peer.send("1\r\na\r\n").await;
            peer.receive_until("A\r\n").await;
            peer.send("1\r\nb\r\n0\r\n\r\n").await;
            assert_eq!(peer.receive_until("0\r\n\r\n").await, "1\r\nB\r\n0\r\n\r\n");
        }
    });
}

#[test]
fn one_hundred_continue_comes_before_a_response_that_is_made_of_the_request() {
    on_both(async |medium| {
        let echo = async |request: Request| {
            let mut body = request.into_body();
            Response::ok(Body::produce(async move |mut writer| {
                while let Some(piece) = body.chunk().await? {
                    writer.write(piece).await?;
                }
                Ok(())
            }))
        };
        let site = Site::new(medium, echo).await;
        let mut peer = site.connect().await;
        for _ in 0..2 {
            let fields = "Expect: 100-continue\r\nContent-Length: 5\r\n";
            peer.send(format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n"))
                .await;
            let interim = peer.receive_until("\r\n\r\n").await;
            assert_eq!(interim, "HTTP/1.1 100 Continue\r\n\r\n");
            peer.send("Hello").await;
            assert_eq!(peer.answer().await.text(), "Hello");
        }
    });
}

#[test]
fn a_channel_is_fed_by_another_task() {
    on_both(async |medium| {
        let fed = async |request: Request| {
            let (mut writer, body) = Body::channel();
            let _detached = oneloop::create_task(async move {
                for piece in ["a", "b", "c"] {
                    writer.write(piece).await.expect("the peer reads");
                }
                if request.path() == "/finished" {
                    writer.finish();
                }
            });
            Response::ok(body)
        };
        let site = Site::with(medium, fed, |server| server.on_error(|_| ())).await;
        let answer = site.ask("GET /finished HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(answer.text(), "abc");

        let mut peer = site.connect().await;
        peer.send("GET /dropped HTTP/1.1\r\nHost: h\r\n\r\n").await;
        peer.receive_until("\r\n\r\n").await;
        let cut = peer.receive_all().await;
        assert_eq!(
            cut, b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n",
            "there is no last chunk"
        );
    });
}

#[test]
fn a_stream_ends_when_the_peer_goes_away() {
    on_both(async |medium| {
        let running = Rc::new(Cell::new(0));
        let outcome = Rc::new(RefCell::new(None));
        let site = Site::new(medium, {
            let (running, outcome) = (Rc::clone(&running), Rc::clone(&outcome));
            async move |_| {
                let _held = Held::new(&running);
                let (mut writer, body) = Body::channel();
                let (held, outcome) = (Held::new(&running), Rc::clone(&outcome));
                let _detached = oneloop::create_task(async move {
                    let _held = held;
                    let ended = loop {
                        if let Err(closed) = writer.write("tick\n").await {
                            break closed;
                        }
                        oneloop::sleep(Duration::from_millis(1)).await;
                    };
                    *outcome.borrow_mut() = Some(ended);
                });
                Response::ok(body)
            }
        })
        .await;
        let mut peer = site.connect().await;
        peer.send(GET).await;
        peer.receive_until("tick\n").await;
        assert_eq!(running.get(), 1);
        drop(peer);
        while running.get() > 0 {
            oneloop::sleep(Duration::from_millis(1)).await;
        }
        assert!(outcome.borrow().is_some(), "the writer was told");
        while site.server.stats().open_connections > 0 {
            oneloop::sleep(Duration::from_millis(1)).await;
        }
    });
}

/// Counts those that are alive.
struct Held(Rc<Cell<i32>>);

impl Held {
    fn new(count: &Rc<Cell<i32>>) -> Held {
        count.set(count.get() + 1);
        Held(Rc::clone(count))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[test]
fn a_producer_is_dropped_where_it_waits_when_the_peer_goes_away() {
    on_both(async |medium| {
        let running = Rc::new(Cell::new(0));
        let site = Site::new(medium, {
            let running = Rc::clone(&running);
            async move |_| {
                let held = Held::new(&running);
                Response::ok(Body::produce(async move |mut writer| {
                    let _held = held;
                    loop {
                        writer.write("tick\n").await?;
                        oneloop::sleep(Duration::from_millis(1)).await;
                    }
                }))
            }
        })
        .await;
        let mut peer = site.connect().await;
        peer.send(GET).await;
        peer.receive_until("tick\n").await;
        assert_eq!(running.get(), 1);
        drop(peer);
        while running.get() > 0 {
            oneloop::sleep(Duration::from_millis(1)).await;
        }
    });
}
