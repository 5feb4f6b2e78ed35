//! What stands on the wire when a request is sent, and what is never sent.

use std::time::Duration;

use futures_lite::stream;
use oneloop::{create_task, run};
use oneloop_http::client::{ClientSession, Phase};
use oneloop_http::{Body, Method, Uri};

use super::peer::{Server, ok};

#[test]
fn a_plain_get_says_who_asks_for_what() {
    run(async {
        let server = Server::bind().await;
        let (url, host) = (server.url("/a/b?c=d#not-sent"), server.address.to_string());
        let script = create_task(async move {
            let mut peer = server.accept().await;
            let agent = format!("oneloop-http/{}", env!("CARGO_PKG_VERSION"));
            let head = format!(
                "GET /a/b?c=d HTTP/1.1\r\nhost: {host}\r\naccept: */*\r\nuser-agent: {agent}"
            );
            assert_eq!(peer.head().await, head);
            peer.send(ok("")).await;
        });
        ClientSession::new().get(&url).await.unwrap();
        script.await.unwrap();
    });
}

#[test]
fn the_requests_headers_win_over_the_sessions_and_those_over_ours() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            let head = "DELETE / HTTP/1.1\r\nuser-agent: session\r\nx-both: request 1\r\nx-both: request 2\r\naccept: text/*\r\nhost: other.example";
            let mut lines: Vec<String> = peer.head().await.lines().map(str::to_owned).collect();
            let mut wanted: Vec<&str> = head.lines().collect();
            lines[1..].sort();
            wanted[1..].sort();
            assert_eq!(lines, wanted);
            peer.send(ok("")).await;
        });
        let session = ClientSession::builder()
            .default_header("User-Agent", "session")
            .unwrap();
        let session = session.default_header("X-Both", "session").unwrap().build();
        let request = session
            .delete(&url)
            .header("x-both", "request 1")
            .header("X-BOTH", "request 2");
        request
            .header("accept", "text/*")
            .header("host", "other.example")
            .await
            .unwrap();
        script.await.unwrap();
    });
}

#[test]
fn bodies_tell_their_length_or_come_in_chunks() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            let mut next = async |framing: &str, body: &str| {
                let head = peer.head().await;
                assert!(head.ends_with(framing), "{head}");
                assert_eq!(
                    head.contains("content-length"),
                    framing.contains("content-length"),
                    "{head}"
                );
                assert_eq!(peer.read(body.len()).await, body);
                peer.send(ok("")).await;
            };
            next("content-length: 4", "text").await;
            next("content-length: 0", "").await;
            next("user-agent: x", "").await;
            next("content-length: 3", "put").await;
            next(
                "transfer-encoding: chunked",
                "3\r\none\r\n5\r\nthree\r\n0\r\n\r\n",
            )
            .await;
            next("content-length: 8", "onethree").await;
            next("transfer-encoding: chunked", "0\r\n\r\n").await;
            let large = "y".repeat(50_000);
            next(
                "transfer-encoding: chunked",
                &format!("c350\r\n{large}\r\n1\r\nz\r\n0\r\n\r\n"),
            )
            .await;
        });

        let session = ClientSession::builder()
            .default_header("user-agent", "x")
            .unwrap()
            .build();
        let pieces = || stream::iter(["one", "", "three"].map(Ok::<_, std::io::Error>));
        session.post(&url).body("text").await.unwrap();
        session.post(&url).await.unwrap();
        session.get(&url).await.unwrap();
        session
            .request("put".to_uppercase().as_str(), &url)
            .body(b"put".to_vec())
            .await
            .unwrap();
        session
            .post(&url)
            .body(Body::stream(pieces()))
            .await
            .unwrap();
        session
            .post(&url)
            .body(Body::stream(pieces()).with_length(8))
            .await
            .unwrap();
        session
            .post(&url)
            .body(Body::stream(stream::empty::<Result<&str, std::io::Error>>()))
            .await
            .unwrap();
        let large = stream::iter(["y".repeat(50_000), "z".to_owned()].map(Ok::<_, std::io::Error>));
        let response = session.post(&url).body(Body::stream(large)).await.unwrap();
        assert!(response.reused(), "all went over one connection");
        script.await.unwrap();
    });
}

#[test]
fn a_large_body_is_sent_while_its_echo_is_read() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        const SIZE: usize = 8 * 1024 * 1024;
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n"))
                .await;
            let mut echoed = 0;
            while echoed < SIZE {
                let piece = peer.read(SIZE.min(8 * 1024)).await;
                echoed += piece.len();
                peer.send(piece).await;
            }
            peer.head().await;
            peer.send(ok("")).await;
        });
        let session = ClientSession::new();
        let mut response = session.post(&url).body(vec![b'x'; SIZE]).await.unwrap();
        let mut length = 0;
        while let Some(piece) = response.chunk().await.unwrap() {
            length += piece.len();
        }
        assert_eq!(length, SIZE);
        assert!(session.get(&url).await.unwrap().reused());
        script.await.unwrap();
    });
}

#[test]
fn a_refusal_in_the_middle_of_a_large_body_is_told() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
                .await;
            let rest = peer.rest().await.len();
            assert!(rest < 20_000_000, "the client stops sending: {rest}");
        });
        let session = ClientSession::new();
        let mut response = session
            .post(&url)
            .body(vec![b'x'; 20_000_000])
            .await
            .unwrap();
        assert_eq!(response.status(), 413);
        assert_eq!(response.text().await.unwrap(), "big");
        drop(response);
        script.await.unwrap();
    });
}

#[test]
fn a_body_that_its_producer_breaks_off_is_never_complete() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            for _ in 0..3 {
                let mut peer = server.accept().await;
                peer.head().await;
                assert!(
                    !peer.rest().await.contains("\r\n0\r\n"),
                    "the last chunk must not come"
                );
            }
        });
        let session = ClientSession::new();
        let failing = || {
            let pieces = [Ok("one"), Err("broken")];
            Body::stream(stream::iter(
                pieces.map(|piece| piece.map_err(std::io::Error::other)),
            ))
        };
        for (body, reason) in [
            (failing(), "broken"),
            (
                Body::stream(stream::iter([Ok::<_, std::io::Error>("123")])).with_length(4),
                "1 bytes too short",
            ),
            (
                Body::stream(stream::iter([Ok::<_, std::io::Error>("12345")])).with_length(4),
                "longer than was declared",
            ),
        ] {
            let error = session.post(&url).body(body).await.unwrap_err();
            assert_eq!(error.phase(), Phase::Send);
            assert!(error.to_string().contains(reason), "{error}");
        }
        script.await.unwrap();
    });
}

#[test]
fn an_expected_continue_holds_the_body_back() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            assert!(peer.head().await.contains("\r\nexpect: 100-continue"));
            oneloop::sleep(Duration::from_millis(100)).await;
            peer.send("HTTP/1.1 100 Continue\r\n\r\n").await;
            assert_eq!(peer.read(4).await, "body");
            peer.send(ok("taken")).await;

            peer.head().await;
            peer.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
                .await;
            assert_eq!(peer.rest().await, "", "the body is never sent");
        });
        let session = ClientSession::new();
        let post = || {
            session
                .post(&url)
                .header("expect", "100-continue")
                .body("body")
        };
        assert_eq!(post().await.unwrap().text().await.unwrap(), "taken");
        assert_eq!(post().await.unwrap().status(), 417);
        script.await.unwrap();
    });
}

#[test]
fn what_would_break_out_of_a_request_is_never_sent() {
    run(async {
        let server = Server::bind().await;
        let (url, address) = (server.url("/"), server.address);
        let session = ClientSession::new();
        let bad = [
            session.get(format!("http://{address}/\r\nX: y")),
            session.get(format!("http://{address}/ HTTP/1.1\r\nX: y")),
            session.get(format!("http://{address}/a b")),
            session.get(format!("http://{address}\r\n/")),
            session.get("/relative"),
            session.get("ftp://127.0.0.1/"),
            session.get("https://127.0.0.1/"),
            session.get("http://user:password@127.0.0.1/"),
            session.request("GET / HTTP/1.1\r\nX: y\r\n\r\n", &url),
            session.request("", &url),
            session.request(Method::CONNECT, &url),
            session.get(&url).header("x", "a\r\ny: b"),
            session.get(&url).header("x", "a\nb"),
            session.get(&url).header("x", "a\0b"),
            session.get(&url).header("x: y\r\nz", "a"),
            session.get(&url).header("x y", "a"),
            session.get(&url).header("", "a"),
            session.post(&url).header("content-length", "3").body("abc"),
            session
                .post(&url)
                .header("Transfer-Encoding", "chunked")
                .body("abc"),
        ];
        for request in bad {
            let told = format!("{request:?}");
            let error = request.await.expect_err(&told);
            assert!(
                error.is_build() && error.phase() == Phase::Build,
                "{told}: {error:?}"
            );
            assert_eq!((error.bytes_sent(), error.reused()), (0, false));
        }
        server.expect_no_more().await;
    });
}

#[test]
fn a_body_can_be_read_from_anywhere() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            assert!(peer.head().await.ends_with("transfer-encoding: chunked"));
            assert_eq!(peer.read(19).await, "9\r\nunknown l\r\n0\r\n\r\n");
            peer.send(ok("")).await;
            assert!(peer.head().await.ends_with("content-length: 5"));
            assert_eq!(peer.read(5).await, "known");
            peer.send(ok("")).await;

            peer.head().await;
            assert!(
                !peer.rest().await.contains("\r\n0\r\n"),
                "the last chunk must not come"
            );
        });
        let session = ClientSession::new();
        let reader = futures_lite::io::Cursor::new;
        session
            .put(&url)
            .body(Body::reader(reader("unknown l")))
            .await
            .unwrap();
        session
            .put(&url)
            .body(Body::reader(reader("known")).with_length(5))
            .await
            .unwrap();

        let (mut far, near) = oneloop_net::duplex::Builder::new().break_after(4).build();
        let _writing = create_task(async move {
            let _ = futures_lite::AsyncWriteExt::write_all(&mut far, b"broken").await;
        });
        let error = session
            .put(&url)
            .body(Body::reader(near))
            .await
            .unwrap_err();
        assert_eq!(error.phase(), Phase::Send, "{error}");
        assert!(
            !error.is_closed(),
            "it is the reader that failed, not the server: {error}"
        );
        script.await.unwrap();
    });
}

#[test]
fn a_url_is_a_text_or_a_uri() {
    run(async {
        let server = Server::bind().await;
        let text = server.url("/");
        let uri: Uri = text.parse().unwrap();
        let script = create_task(async move {
            let mut peer = server.accept().await;
            for _ in 0..5 {
                assert!(peer.head().await.starts_with("GET / HTTP/1.1\r\n"));
                peer.send(ok("")).await;
            }
        });
        let session = ClientSession::new();
        let requests = [
            session.get(text.as_str()),
            session.get(&text),
            session.get(&uri),
            session.get(text),
            session.get(uri),
        ];
        for request in requests {
            assert_eq!(request.await.unwrap().status(), 200);
        }
        script.await.unwrap();
    });
}

#[test]
fn a_request_says_what_it_is_while_it_is_awaited_and_is_over_once() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/a?secret");
        let shown = format!("ResponseFuture(GET {})", server.url("/a"));
        let script = create_task(async move {
            let mut peer = server.accept().await;
            for _ in 0..2 {
                peer.head().await;
                peer.send(ok("")).await;
            }
        });
        let session = ClientSession::new();
        let first = session.get(&url).send();
        assert_eq!(format!("{first:?}"), shown);
        assert_eq!(first.await.unwrap().status(), 200);
        // Over a kept connection.
        let mut second = session.get(&url).send();
        assert!(futures_lite::future::poll_once(&mut second).await.is_none());
        assert_eq!(format!("{second:?}"), shown);
        assert!((&mut second).await.unwrap().reused());
        let again = std::panic::AssertUnwindSafe(async { (&mut second).await.is_ok() });
        let again = futures_lite::FutureExt::catch_unwind(again).await;
        let text = *again.unwrap_err().downcast::<&str>().unwrap();
        assert_eq!(text, "a request was polled after its response had come");
        script.await.unwrap();
    });
}
