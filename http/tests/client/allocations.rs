//! What a request takes of memory: a plain one nothing, once its session has served another. It takes over
//! nothing but the room, and lets its body go.

use std::future::IntoFuture;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use bytes::Bytes;
use futures_lite::Stream;
use oneloop::{Loop, create_task, yield_now};
use oneloop_http::client::{ClientSession, RequestBuilder};
use oneloop_http::{Body, Uri};

use super::peer::{Server, ok};

/// Answers every request on one connection, in a thread of its own, whose allocations are not counted here.
/// `before` is called before each answer.
fn serve(mut before: impl FnMut() + Send + 'static) -> (Uri, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/path", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut input = Vec::new();
        let mut piece = [0; 1024];
        while let count @ 1.. = stream.read(&mut piece).unwrap() {
            input.extend_from_slice(&piece[..count]);
            if input.ends_with(b"\r\n\r\n") {
                input.clear();
                before();
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-name: value\r\n\r\nHello";
                stream.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    (url.parse().unwrap(), server)
}

#[test]
fn a_plain_get_over_a_kept_connection_allocates_nothing() {
    // A client that has to wait keeps more from then on, so the first answer comes after it began to.
    let (asked, is_asked) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel();
    let mut first = Some((asked, goes_on));
    let (url, server) = serve(move || {
        if let Some((asked, goes_on)) = first.take() {
            asked.send(()).unwrap();
            goes_on.recv().unwrap();
        }
    });
    let event_loop = Loop::new().unwrap();
    let session = ClientSession::new();
    let ask = |times: u32| {
        let (session, url) = (session.clone(), url.clone());
        event_loop.block_on(async move {
            for _ in 0..times {
                let mut response = session.get(url.clone()).await.unwrap();
                assert_eq!(response.bytes().await.unwrap(), "Hello");
                assert_eq!(response.header("x-name"), Some("value"));
            }
        });
    };
    event_loop.block_on(async {
        let waits = create_task(session.get(url.clone()).into_future());
        while is_asked.try_recv().is_err() {
            yield_now().await;
        }
        go_on.send(()).unwrap();
        waits.await.unwrap().unwrap().bytes().await.unwrap();
    });
    ask(1);
    let [one, many] = [1, 100].map(|times| measure(|| ask(times)).count_total);
    assert_eq!(many, one, "what a loop takes to run anything is the same");
    drop(session);
    server.join().unwrap();
}

/// A request that leaves something behind, the answer to it, and whether the next one goes over its connection.
type Before = (fn(RequestBuilder) -> RequestBuilder, &'static str, bool);

#[test]
fn a_request_carries_nothing_of_the_one_whose_room_it_has() {
    const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let table: [Before; 8] = [
        (|ask| ask.header("x-name", "value"), EMPTY, true),
        (|ask| ask.header("connection", "close"), EMPTY, false),
        (|ask| ask.timeout(Duration::from_secs(3600)), EMPTY, true),
        (
            |ask| ask.header("expect", "100-continue").body("late"),
            EMPTY,
            false,
        ),
        (
            |ask| ask.body(vec![b'x'; 16 << 20]),
            "HTTP/1.1 413 x\r\nContent-Length: 0\r\n\r\n",
            false,
        ),
        (
            |ask| ask,
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nmore",
            false,
        ),
        (
            |ask| ask,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            false,
        ),
        (
            |ask| ask,
            "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            true,
        ),
    ];
    oneloop::run(async {
        for (change, answer, reused) in table {
            let server = Server::bind().await;
            let url = server.url("/");
            let script = create_task(async move {
                let mut peer = server.accept().await;
                peer.head().await;
                peer.send(answer).await;
                if !reused {
                    peer = server.accept().await;
                }
                let head = peer.head().await;
                peer.send(ok("Hello")).await;
                head
            });
            let session = ClientSession::new();
            let before = change(session.post(&url)).await;
            let mut before = before.unwrap();
            if reused {
                before.bytes().await.unwrap();
            }
            drop(before);
            let mut response = session.get(&url).await.unwrap();
            assert_eq!(response.reused(), reused, "{answer}");
            assert_eq!(response.content_length(), Some(5), "{answer}");
            assert_eq!(response.bytes().await.unwrap(), "Hello", "{answer}");
            let head = script.await.unwrap();
            let names: Vec<&str> = head
                .lines()
                .filter_map(|line| Some(line.split_once(": ")?.0))
                .collect();
            assert_eq!(names, ["host", "accept", "user-agent"], "{answer}");
        }
    });
}

/// A body that never comes, and panics when it is dropped.
struct Panics;

impl Stream for Panics {
    type Item = std::io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_request_whose_body_panics_when_it_is_dropped_leaves_nothing_to_the_next() {
    oneloop::run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send(ok("early")).await;
            let mut peer = server.accept().await;
            let head = peer.head().await;
            peer.send(ok("Hello")).await;
            head
        });
        let session = ClientSession::new();
        let (asking, to) = (session.clone(), url.clone());
        let before = create_task(async move {
            let request = asking.post(&to).header("x-name", "value");
            let response = request.body(Body::stream(Panics)).await;
            drop(response.unwrap().bytes().await);
        });
        assert!(before.await.unwrap_err().is_panic());
        let text = session.get(&url).await.unwrap().text().await.unwrap();
        assert_eq!(text, "Hello");
        assert!(!script.await.unwrap().contains("x-name"));
    });
}

#[test]
fn a_body_that_was_sent_is_let_go_when_the_head_has_come() {
    /// Octets that tell by their count who still has them.
    struct Octets(Arc<[u8; 4]>);

    impl AsRef<[u8]> for Octets {
        fn as_ref(&self) -> &[u8] {
            &self.0[..]
        }
    }

    oneloop::run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            for _ in 0..2 {
                peer.head().await;
                assert_eq!(peer.read(4).await, "body");
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
                    .await;
                oneloop::sleep(Duration::from_millis(50)).await;
                peer.send("end").await;
            }
        });
        let session = ClientSession::new();
        for reused in [false, true] {
            let octets = Arc::new(*b"body");
            let body = Bytes::from_owner(Octets(octets.clone()));
            let mut response = session.put(&url).body(body).await.unwrap();
            assert_eq!((response.reused(), Arc::strong_count(&octets)), (reused, 1));
            assert_eq!(response.bytes().await.unwrap(), "end");
        }
        script.await.unwrap();
    });
}
