//! What is not a proper request: the status it gets, that the connection is closed after it, and
//! that neither depends on how the octets were cut.

use std::cell::Cell;

use oneloop_http::{Request, Response};

use crate::support::{Medium, Site, on};

async fn read_all(mut request: Request) -> Response {
    match request.bytes().await {
        Ok(body) => Response::bytes(body),
        Err(error) => Response::text(error.to_string()).with_status(error.status()),
    }
}

const HOST: &str = "Host: h\r\n";

/// Octets that are refused, and how.
fn refused() -> Vec<(u16, Vec<u8>)> {
    let get = |rest: &str| format!("GET / HTTP/1.1\r\n{HOST}{rest}\r\n").into_bytes();
    let post = |fields: &str, body: &str| {
        format!("POST / HTTP/1.1\r\n{HOST}{fields}\r\n{body}").into_bytes()
    };
    let chunked = |body: &str| post("Transfer-Encoding: chunked\r\n", body);
    vec![
        (400, b"garbage\r\n\r\n".to_vec()),
        (
            400,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello of TLS\r\n\r\n".to_vec(),
        ),
        (400, b"GET /\r\n\r\n".to_vec()),
        (400, b"GET  / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()),
        (400, b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        (400, get("Host: other\r\n")),
        (400, get("Name : value\r\n")),
        (400, get("Na me: value\r\n")),
        (400, get("Name\r\n")),
        (400, get(": value\r\n")),
        (400, get("Name: one\r\n folded\r\n")),
        (400, get("Name: a\0b\r\n")),
        (400, get("Name: a\rb\r\n")),
        (400, b"GET / HTTP/1.1\nHost: h\n\n".to_vec()),
        (400, b"GET / HTTP/1.1\r\nHost: h\n\r\n".to_vec()),
        (400, b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()),
        (400, b"GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()),
        (400, post("Content-Length: x\r\n", "")),
        (400, post("Content-Length: +3\r\n", "abc")),
        (400, post("Content-Length: -3\r\n", "abc")),
        (
            400,
            post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"),
        ),
        (400, post("Content-Length: 99999999999999999999999\r\n", "")),
        (
            400,
            post(
                "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                "0\r\n\r\n",
            ),
        ),
        (
            501,
            post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
        ),
        (
            400,
            post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
        ),
        (400, chunked("x\r\n")),
        (400, chunked("-1\r\n")),
        (400, chunked("3\r\nabcd\r\n0\r\n\r\n")),
        (400, chunked("3\nabc\r\n0\r\n\r\n")),
        (400, chunked("fffffffffffffffff\r\n")),
        (505, b"GET / HTTP/2.0\r\nHost: h\r\n\r\n".to_vec()),
        (501, b"CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n".to_vec()),
        (417, get("Expect: tea\r\n")),
    ]
}

/// Octets that must be refused for their size, and how.
fn too_long() -> Vec<(u16, Vec<u8>)> {
    let long = |count: usize| "a".repeat(count);
    let head = |fields: &str| format!("GET / HTTP/1.1\r\n{HOST}{fields}\r\n").into_bytes();
    let chunked = |body: String| {
        let fields = format!("{HOST}Transfer-Encoding: chunked\r\n");
        format!("POST / HTTP/1.1\r\n{fields}\r\n{body}").into_bytes()
    };
    vec![
        (
            501,
            format!("{} / HTTP/1.1\r\n{HOST}\r\n", long(1000)).into_bytes(),
        ),
        (
            414,
            format!("GET /{} HTTP/1.1\r\n{HOST}\r\n", long(64 * 1024)).into_bytes(),
        ),
        (431, head(&format!("Name: {}\r\n", long(256 * 1024)))),
        (431, head(&"Name: value\r\n".repeat(10_000))),
        (431, head(&format!("Name: {}\r\n", long(8000)).repeat(130))),
        (400, "\r\n".repeat(1000).into_bytes()),
        (
            400,
            chunked(format!("1;{}\r\na\r\n0\r\n\r\n", long(256 * 1024))),
        ),
        (
            431,
            chunked(format!(
                "0\r\n{}\r\n",
                format!("Name: {}\r\n", long(8000)).repeat(130)
            )),
        ),
        (
            413,
            format!("POST / HTTP/1.1\r\n{HOST}Content-Length: 1048577\r\n\r\n").into_bytes(),
        ),
    ]
}

/// Sends the parts, each after the server has looked at the one before, and checks the end.
async fn feed(site: &Site, parts: &[&[u8]]) -> u16 {
    let mut peer = site.connect().await;
    for part in parts {
        peer.send(part).await;
        // On a paused clock this ends when nothing else has anything left to do.
        oneloop::sleep(std::time::Duration::from_millis(1)).await;
    }
    let answer = peer.answer().await;
    assert!(answer.says_close(), "{parts:?}");
    peer.expect_end().await;
    answer.status
}

#[test]
fn a_broken_request_is_refused_and_the_connection_closed() {
    on(Medium::Socket, async |medium| {
        let site = Site::new(medium, read_all).await;
        for (status, octets) in refused().into_iter().chain(too_long()) {
            let mut peer = site.connect().await;
            peer.send(&octets).await;
            let answer = peer.answer().await;
            let shown = String::from_utf8_lossy(&octets[..octets.len().min(200)]).into_owned();
            assert_eq!(answer.status, status, "{shown:?}");
            assert!(answer.says_close(), "{shown:?}");
            peer.expect_end().await;
        }
    });
}

#[test]
fn octet_by_octet_the_verdict_is_the_same() {
    on(Medium::SingleOctets, async |medium| {
        let site = Site::new(medium, read_all).await;
        for (status, octets) in refused() {
            assert_eq!(
                feed(&site, &[&octets]).await,
                status,
                "{:?}",
                octets.escape_ascii()
            );
        }
    });
}

#[test]
fn at_every_split_the_verdict_is_the_same() {
    let fed = Cell::new(0);
    on(Medium::Memory, async |medium| {
        let site = Site::new(medium, read_all).await;
        for (status, octets) in refused() {
            for at in 1..octets.len() {
                let (first, second) = octets.split_at(at);
                let got = feed(&site, &[first, second]).await;
                assert_eq!(got, status, "{:?} cut at {at}", octets.escape_ascii());
                fed.set(fed.get() + 1);
            }
        }
    });
    println!("{} splits of {} requests", fed.get(), refused().len());
    assert!(fed.get() > 1400, "only {} splits were fed", fed.get());
}

#[test]
fn what_ends_inside_a_head_is_a_bad_request() {
    on(Medium::Socket, async |medium| {
        let site = Site::new(medium, read_all).await;
        let mut peer = site.connect().await;
        peer.send("GET / HTTP/1.1\r\nHos").await;
        peer.finish().await;
        assert_eq!(peer.answer().await.status, 400);
        peer.expect_end().await;
    });
}

#[test]
fn a_connection_without_a_request_ends_without_an_answer() {
    on(Medium::Socket, async |medium| {
        let site = Site::new(medium, read_all).await;
        for nothing in ["", "\r\n"] {
            let mut peer = site.connect().await;
            peer.send(nothing).await;
            peer.finish().await;
            peer.expect_end().await;
        }
        assert_eq!(site.server.stats().requests, 0);
    });
}

#[test]
fn the_answers_before_a_broken_request_are_not_lost() {
    on(Medium::Socket, async |medium| {
        let site = Site::new(medium, read_all).await;
        let mut peer = site.connect().await;
        let good = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        // More follows the broken one than the server will have read when it answers.
        peer.send([good, good, "bad\r\n\r\n", &"x".repeat(500_000)].concat())
            .await;
        let statuses = [
            peer.answer().await,
            peer.answer().await,
            peer.answer().await,
        ];
        assert_eq!(statuses.map(|answer| answer.status), [200, 200, 400]);
        peer.expect_end().await;
    });
}

#[test]
fn what_is_unusual_and_legal_is_accepted() {
    on(Medium::SingleOctets, async |medium| {
        let site = Site::new(medium, read_all).await;
        let accepted = [
            "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET http://h/path HTTP/1.1\r\nHost: h\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
            "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET / HTTP/1.1\r\nHost:h\r\nEmpty:\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
             1;name=\"va;lue\"\r\na\r\n0\r\nTrailer: x\r\n\r\n",
        ];
        for octets in accepted {
            assert_eq!(site.ask(octets).await.status, 200, "{octets:?}");
        }
    });
}
