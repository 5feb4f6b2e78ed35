//! Servers that break the rules, or break off.

use oneloop::{create_task, run};
use oneloop_http::ClientError;
use oneloop_http::client::{ClientSession, Phase};

use super::peer::{Server, ok};

/// Fetches `/` as a whole from a server that sends this and closes.
async fn fetch(session: &ClientSession, answer: &[u8]) -> Result<String, ClientError> {
    let server = Server::bind().await;
    let url = server.url("/");
    let answer = answer.to_vec();
    let script = create_task(async move {
        let mut peer = server.accept().await;
        peer.head().await;
        peer.send(answer).await;
    });
    let fetched = async { session.get(&url).await?.text().await };
    let fetched = fetched.await;
    script.await.unwrap();
    fetched
}

#[test]
fn malformed_heads_are_refused() {
    run(async {
        let session = ClientSession::new();
        let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(200));
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(100_000));
        let interim = "HTTP/1.1 102 Processing\r\n\r\n".repeat(1_000) + &ok("never");
        let table: [(&[u8], &str); 16] = [
            (b"garbage\r\n\r\n", "status line"),
            (b"SSH-2.0-OpenSSH\r\n", "status line"),
            (b"HTTP/1.1 2x0 OK\r\n\r\n", "status line"),
            (b"HTTP/1.1 099 No\r\n\r\n", "status line"),
            (b"HTTP/2.0 200 OK\r\n\r\n", "version"),
            (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "CRLF"),
            (b"HTTP/1.1 200 OK\r\nX: y\r\n folded\r\n\r\n", "white space"),
            (b"HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "name"),
            (b"HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", "value"),
            (many.as_bytes(), "too many headers"),
            (long.as_bytes(), "too long"),
            (interim.as_bytes(), "too many interim responses"),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "Content-Length",
            ),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "Content-Length",
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                "exclude each other",
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                "transfer coding",
            ),
        ];
        for (answer, reason) in table {
            let told = String::from_utf8_lossy(&answer[..answer.len().min(60)]).into_owned();
            let error = fetch(&session, answer).await.expect_err(&told);
            assert!(
                error.is_malformed() && !error.is_closed(),
                "{told}: {error:?}"
            );
            assert!(error.to_string().contains(reason), "{told}: {error}");
        }
    });
}

#[test]
fn a_close_before_or_within_the_head_is_no_response() {
    run(async {
        let session = ClientSession::new();
        for answer in [
            "",
            "H",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n",
        ] {
            let error = fetch(&session, answer.as_bytes()).await.expect_err(answer);
            assert!(
                error.is_closed() && error.phase() == Phase::Head,
                "{answer}: {error:?}"
            );
            assert!(
                error.bytes_sent() > 0 && !error.reused(),
                "{answer}: {error:?}"
            );
        }
    });
}

#[test]
fn a_body_cut_short_is_an_error_and_stays_one() {
    run(async {
        let session = ClientSession::new();
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nHello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nHello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n0\r\n",
        ] {
            let server = Server::bind().await;
            let url = server.url("/");
            let script = create_task(async move {
                let mut peer = server.accept().await;
                peer.head().await;
                peer.send(answer).await;
            });
            let mut response = session.get(&url).await.unwrap();
            assert_eq!(response.chunk().await.unwrap().unwrap(), "Hello");
            let error = response.chunk().await.expect_err(answer);
            assert!(
                error.is_closed() && error.phase() == Phase::Body,
                "{answer}: {error:?}"
            );
            assert!(
                response.chunk().await.is_err() && response.bytes().await.is_err(),
                "it stays failed"
            );
            script.await.unwrap();
        }
    });
}

#[test]
fn a_broken_chunk_is_malformed() {
    run(async {
        let session = ClientSession::new();
        for body in [
            "x\r\n",
            "5\nHello\r\n0\r\n\r\n",
            "5\r\nHello!\r\n",
            "ffffffffffffffffff\r\n",
        ] {
            let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
            let error = fetch(&session, answer.as_bytes()).await.expect_err(body);
            assert!(
                error.is_malformed() && error.phase() == Phase::Body,
                "{body}: {error:?}"
            );
        }
    });
}

#[test]
fn a_reset_in_the_body_is_told_as_what_it_is() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHello")
                .await;
            oneloop::sleep(std::time::Duration::from_millis(100)).await;
            peer.reset();
        });
        let mut response = ClientSession::new().get(&url).await.unwrap();
        let error = response.bytes().await.unwrap_err();
        assert!(
            error.is_closed() && error.phase() == Phase::Body,
            "{error:?}"
        );
        let source = std::error::Error::source(&error)
            .and_then(|source| source.downcast_ref::<std::io::Error>());
        assert_eq!(
            source.map(std::io::Error::kind),
            Some(std::io::ErrorKind::ConnectionReset)
        );
        script.await.unwrap();
    });
}

#[test]
fn a_port_where_nobody_listens_is_a_connect_error() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        drop(server);
        let error = ClientSession::new().get(&url).await.unwrap_err();
        assert!(error.is_connect() && !error.is_timeout(), "{error:?}");
        assert_eq!(error.bytes_sent(), 0);
    });
}

// It panicked in a file of the library that the caller has never heard of.
#[test]
fn outside_a_loop_a_request_is_an_error_that_names_the_cure() {
    let session = ClientSession::new();
    let request = session.get("http://127.0.0.1:9/").send();
    let error = futures_lite::future::block_on(request).unwrap_err();
    assert_eq!((error.phase(), error.bytes_sent()), (Phase::Build, 0));
    let text = error.to_string();
    assert!(
        text.starts_with("GET http://127.0.0.1:9/: ") && text.contains("oneloop::run"),
        "{text}"
    );
}

#[test]
fn a_body_that_is_read_outside_a_loop_is_an_error_that_names_the_cure() {
    let event_loop = oneloop::Loop::new().unwrap();
    let (mut response, _peer) = event_loop.block_on(async {
        let server = Server::bind().await;
        let session = ClientSession::new();
        let request = create_task(session.get(server.url("/")).send());
        let mut peer = server.accept().await;
        peer.head().await;
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHello")
            .await;
        (request.await.unwrap().unwrap(), peer)
    });
    let error = futures_lite::future::block_on(response.text()).unwrap_err();
    assert_eq!(error.phase(), Phase::Body);
    assert!(error.to_string().contains("oneloop::run"), "{error}");
}

// They said 0, which promises that the server can't have seen the request.
#[test]
fn errors_after_the_body_was_read_or_refused_still_tell_what_was_sent() {
    run(async {
        let session = ClientSession::builder().max_body(4).build();
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            for body in ["\u{e9}", "Hello"] {
                let answer = ok(body).replace("200 OK", "200 OK\r\nContent-Type: a/b;charset=x");
                let mut peer = server.accept().await;
                peer.head().await;
                peer.send(answer).await;
            }
        });
        let mut unknown = session.get(&url).await.unwrap();
        let error = unknown.text().await.unwrap_err();
        assert!(error.to_string().contains("charset"), "{error}");
        assert!(error.bytes_sent() > 0, "{error}");
        drop(unknown);

        let mut large = session
            .get(&url)
            .header("connection", "close")
            .await
            .unwrap();
        for _ in 0..2 {
            let error = large.bytes().await.unwrap_err();
            assert!(error.is_malformed() && error.bytes_sent() > 0, "{error}");
        }
        let error = large.chunk().await.unwrap_err();
        assert!(error.bytes_sent() > 0, "{error}");
        script.await.unwrap();
    });
}

#[test]
fn what_a_request_can_not_be_made_of_is_named() {
    run(async {
        let session = ClientSession::new();
        let url = "http://127.0.0.1:9/";
        let table = [
            (session.get("localhost:80/x"), "such as `http://host/path`"),
            (session.get("somewhere"), "GET somewhere: "),
            (session.get("//h/x"), "GET //h/x: "),
            (
                session.get(url).header("x-name", "a\nb"),
                "the value of the header `x-name`",
            ),
            (session.get(url).header("x name", "a"), "`x name` can't be"),
            (
                session.get("http://a b/c?secret"),
                "`http://a b/c` is no URL",
            ),
            (session.request("G T", url), "the method"),
        ];
        for (request, wanted) in table {
            let error = request.await.unwrap_err();
            assert!(error.is_build(), "{error:?}");
            assert!(error.to_string().contains(wanted), "{wanted}: {error}");
        }
    });
}
