//! The HTTP programs, against each other and against plain sockets.

use crate::program::{Server, story};
use std::io::{Read, Write};

/// Sends octets as they are and returns all that comes until the server closes.
fn raw(server: &Server, octets: &str) -> String {
    let mut stream = server.connect();
    stream.write_all(octets.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_server_answers_pipelined_requests_in_order() {
    let server = Server::start("http_server", &["0"]);
    let answer = raw(
        &server,
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n\
         HEAD / HTTP/1.1\r\nHost: h\r\n\r\n\
         POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello\
         PUT / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    );
    let parts: Vec<_> = answer.split("HTTP/1.1 ").collect();
    assert_eq!(parts.len(), 5, "{answer}");
    assert!(parts[1].ends_with("\r\n\r\nHello from one loop on one thread.\n"));
    assert!(parts[2].starts_with("200 OK\r\n") && parts[2].ends_with("\r\n\r\n"));
    assert!(
        parts[3].ends_with("\r\n\r\n5\r\nHello\r\n0\r\n\r\n"),
        "{}",
        parts[3]
    );
    assert!(parts[4].starts_with("405 ") && parts[4].contains("allow: GET, HEAD\r\n"));
}

#[test]
fn the_server_tells_a_client_that_waits_for_it_to_send_its_body() {
    let server = Server::start("http_server", &["0"]);
    let mut stream = server.connect();
    let head = "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
                Content-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let expected = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut answer = vec![0; expected.len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer, expected);

    stream.write_all(b"Hello").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("Hello"),
        "{answer}"
    );
}

#[test]
fn the_client_reuses_its_connection_and_sums_what_comes() {
    let server = Server::start("http_server", &["0"]);
    let [page, nowhere] = ["/", "/nowhere"].map(|path| format!("http://{}{path}", server.address));
    let story = story("http_client", &[&page, &nowhere, &page]);
    let without_date: Vec<_> = story
        .iter()
        .filter(|line| !line.starts_with("< date: "))
        .collect();
    let (asked, asked_nowhere) = (format!("GET {page}"), format!("GET {nowhere}"));
    let expected = [
        &*asked,
        "< 200 OK",
        "< content-type: text/plain; charset=utf-8",
        "< content-length: 35",
        "< server: oneloop",
        "35 bytes, cksum 1735825003, new connection",
        "",
        &*asked_nowhere,
        "< 404 Not Found",
        "< content-type: text/plain; charset=utf-8",
        "< content-length: 14",
        "< server: oneloop",
        "14 bytes, cksum 3505027034, reused connection",
        "",
        &*asked,
        "< 200 OK",
        "< content-type: text/plain; charset=utf-8",
        "< content-length: 35",
        "< server: oneloop",
        "35 bytes, cksum 1735825003, reused connection",
        "",
    ];
    assert_eq!(without_date, expected);
}

#[test]
fn the_client_sends_bodies_and_knows_that_head_has_none() {
    let server = Server::start("http_server", &["0"]);
    let (page, echo) = (
        format!("http://{}/", server.address),
        format!("http://{}/echo", server.address),
    );
    let story_of_head = story("http_client", &["--method", "HEAD", &page]);
    assert!(story_of_head.contains(&"< content-length: 35".to_owned()));
    // What `cksum </dev/null` prints.
    assert!(story_of_head.contains(&"0 bytes, cksum 4294967295, new connection".to_owned()));

    let story_of_post = story("http_client", &["--data", "hello world", &echo]);
    assert_eq!(story_of_post[0], format!("POST {echo}"));
    // What `printf 'hello world' | cksum` prints.
    assert!(story_of_post.contains(&"11 bytes, cksum 1135714720, new connection".to_owned()));
}
