//! What a request takes of memory: nothing, once its session has served one like it. And it takes over
//! nothing but the room.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use allocation_counter::measure;
use oneloop::{Loop, create_task};
use oneloop_http::Uri;
use oneloop_http::client::{ClientSession, RequestBuilder};

use super::peer::{Server, ok};

/// Answers every request on one connection, in a thread of its own, whose allocations are not counted here.
fn serve() -> (Uri, thread::JoinHandle<()>) {
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
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-name: value\r\n\r\nHello";
                stream.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    (url.parse().unwrap(), server)
}

#[test]
fn a_request_over_a_kept_connection_allocates_nothing() {
    let (url, server) = serve();
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
    ask(2);
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
    let table: [Before; 7] = [
        (|ask| ask.header("x-name", "value"), EMPTY, true),
        (|ask| ask.header("connection", "close"), EMPTY, false),
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
            drop(before.unwrap());
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
