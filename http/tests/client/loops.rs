//! One session used by several loops: a connection belongs to the loop that made it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use oneloop::Loop;
use oneloop_http::ClientError;
use oneloop_http::client::{ClientResponse, ClientSession};

use super::peer::ok;

/// A server on threads of its own, so that no loop of the test has to turn for it. It answers until
/// its clients close, and returns where it listens.
fn threaded_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback is there");
    let address = listener
        .local_addr()
        .expect("a bound listener has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("accepting works");
            std::thread::spawn(move || answer(&stream));
        }
    });
    format!("http://{address}/")
}

/// Answers each head that comes, until the client closes.
fn answer(mut stream: &TcpStream) {
    let lines = BufReader::new(stream).lines();
    for line in lines.map_while(Result::ok) {
        if line.is_empty() && stream.write_all(ok("Hello").as_bytes()).is_err() {
            return;
        }
    }
}

/// Fetches the page within a time, and tells whether the connection was a used one.
async fn fetch(session: &ClientSession, url: &str) -> Result<bool, ClientError> {
    let fetched = async {
        let mut response = session.get(url).await?;
        assert_eq!(response.text().await?, "Hello");
        Ok(response.reused())
    };
    let patience = Duration::from_secs(10);
    oneloop::timeout(patience, fetched)
        .await
        .expect("the answer comes")
}

// The pool handed out the first loop's connection, which answered that its loop was gone.
#[test]
fn a_session_outlives_the_loop_that_it_was_used_in() {
    let url = threaded_server();
    let session = ClientSession::new();
    for _ in 0..3 {
        oneloop::run(async {
            assert!(!fetch(&session, &url).await.unwrap(), "a new loop");
            assert!(fetch(&session, &url).await.unwrap(), "the same loop");
        });
    }
}

// The second loop waited for a socket that only the first one could hear of.
#[test]
fn two_loops_that_take_turns_keep_a_connection_each() {
    let url = threaded_server();
    let session = ClientSession::new();
    let (one, other) = (Loop::new().unwrap(), Loop::new().unwrap());
    let mut reused = Vec::new();
    for _ in 0..3 {
        for each in [&one, &other] {
            reused.push(each.block_on(fetch(&session, &url)).unwrap());
        }
    }
    assert_eq!(reused, [false, false, true, true, true, true]);
    drop(one);
    assert!(other.block_on(fetch(&session, &url)).unwrap());
}

#[test]
fn a_response_that_ends_in_another_loop_closes_its_connection() {
    let url = threaded_server();
    let session = ClientSession::new();
    let first = Loop::new().unwrap();
    let response: ClientResponse = first.block_on(session.get(&url).send()).unwrap();
    oneloop::run(async {
        drop(response);
        assert!(!fetch(&session, &url).await.unwrap());
    });
    assert!(!first.block_on(fetch(&session, &url)).unwrap());
}
