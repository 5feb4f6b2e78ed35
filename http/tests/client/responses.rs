//! Reading responses: where a body ends, what is skipped, what it says.

use oneloop::{create_task, run};
use oneloop_http::client::ClientSession;
use oneloop_http::{Request, Response, serve};
use oneloop_net::TcpListener;

use super::peer::{Server, ok};

/// Fetches `/` from a server that answers every connection with one of these texts and closes it.
async fn fetch(
    session: &ClientSession,
    answer: impl Into<Vec<u8>>,
) -> Result<(u16, String), oneloop_http::ClientError> {
    let server = Server::bind().await;
    let url = server.url("/");
    let answer = answer.into();
    let script = create_task(async move {
        let mut peer = server.accept().await;
        peer.head().await;
        peer.send(answer).await;
    });
    let fetched = async {
        let mut response = session.get(&url).await?;
        let text = response.text().await?;
        assert_eq!(response.text().await?, text, "asked again it says the same");
        assert_eq!(response.chunk().await?, None, "the end stays the end");
        Ok((response.status().as_u16(), text))
    };
    let fetched = fetched.await;
    script.await.unwrap();
    fetched
}

#[test]
fn bodies_end_where_their_heads_say() {
    run(async {
        let session = ClientSession::new();
        let table = [
            (ok("Hello"), "Hello"),
            ("HTTP/1.1 200 OK\r\n\r\nuntil close".to_owned(), "until close"),
            ("HTTP/1.0 200 OK\r\n\r\nuntil close".to_owned(), "until close"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nHel\r\n2\r\nlo\r\n0\r\nT: u\r\n\r\n".to_owned(),
                "Hello",
            ),
            ("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi".to_owned(), "hi"),
            (format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n{}", ok("last")), "last"),
        ];
        for (answer, body) in table {
            assert_eq!(
                fetch(&session, answer.clone()).await.unwrap(),
                (200, body.to_owned()),
                "{answer}"
            );
        }
    });
}

#[test]
fn any_status_is_a_response() {
    run(async {
        let session = ClientSession::new();
        for status in [204, 304, 400, 404, 500, 599, 999] {
            let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
            assert_eq!(
                fetch(&session, answer).await.unwrap(),
                (status, String::new())
            );
        }
    });
}

#[test]
fn text_obeys_the_charset() {
    run(async {
        let session = ClientSession::new();
        let answer = |media_type: &str, body: &[u8]| {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), body].concat()
        };
        let latin = fetch(
            &session,
            answer("text/plain; Charset=\"ISO-8859-1\"", b"caf\xe9"),
        )
        .await;
        assert_eq!(latin.unwrap().1, "café");
        let utf = fetch(&session, answer("text/html", "café".as_bytes())).await;
        assert_eq!(utf.unwrap().1, "café");
        let broken = fetch(&session, answer("text/plain; charset=utf-8", b"caf\xe9"))
            .await
            .unwrap_err();
        assert!(broken.to_string().contains("not UTF-8"), "{broken}");
        let unknown = fetch(&session, answer("text/plain; charset=big5", b"x"))
            .await
            .unwrap_err();
        assert!(
            unknown.to_string().contains("`big5` is not known"),
            "{unknown}"
        );
    });
}

#[test]
fn headers_are_found_in_any_case_and_repeated_ones_are_kept() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n").await;
        });
        let response = ClientSession::new().get(&url).await.unwrap();
        assert_eq!(response.header("SET-COOKIE"), Some("a=1"));
        assert_eq!(response.header("x-empty"), Some(""));
        assert_eq!(response.header("x-other"), None);
        let map = response.headers();
        assert_eq!(
            map.get_all("set-cookie").iter().collect::<Vec<_>>(),
            ["a=1", "b=2"]
        );
        assert_eq!(
            (response.content_length(), response.url().path()),
            (Some(0), "/")
        );
        script.await.unwrap();
    });
}

#[test]
fn a_body_beyond_the_bound_is_refused_as_a_whole_but_can_be_read_in_pieces() {
    run(async {
        let session = ClientSession::builder().max_body(1_000).build();
        assert!(fetch(&session, ok(&"x".repeat(1_000))).await.is_ok());
        for answer in [
            ok(&"x".repeat(1_001)),
            format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1_001)),
            format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
                "x".repeat(1_001)
            ),
        ] {
            let error = fetch(&session, answer).await.unwrap_err();
            assert!(
                error.is_malformed() && error.to_string().contains("1000 bytes"),
                "{error}"
            );
        }

        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send(ok(&"x".repeat(300_000))).await;
        });
        let mut response = session.get(&url).await.unwrap();
        assert_eq!(response.content_length(), Some(300_000));
        let mut length = 0;
        while let Some(piece) = response.chunk().await.unwrap() {
            length += piece.len();
        }
        assert_eq!(length, 300_000);
        script.await.unwrap();
    });
}

#[test]
fn reading_goes_on_where_a_cancelled_read_left_off() {
    run(async {
        let server = Server::bind().await;
        let url = server.url("/");
        let script = create_task(async move {
            let mut peer = server.accept().await;
            peer.head().await;
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
                .await;
            oneloop::sleep(std::time::Duration::from_millis(200)).await;
            peer.send("def").await;
        });
        let mut response = ClientSession::new().get(&url).await.unwrap();
        let cut = oneloop::timeout(std::time::Duration::from_millis(50), response.bytes()).await;
        assert!(cut.is_err(), "the second half is not there yet");
        assert_eq!(response.bytes().await.unwrap(), "abcdef");
        script.await.unwrap();
    });
}

#[test]
fn our_own_server_and_client_understand_each_other() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://localhost:{}/echo",
            listener.local_addr().unwrap().port()
        );
        let server = serve(listener, async |mut request: Request| {
            let body = request.body().bytes().await.unwrap();
            Response::ok(body)
        })
        .start();

        let session = ClientSession::new();
        for size in [0, 1, 1_000, 100_000, 1_000_000] {
            let body: Vec<u8> = (0..size).map(|number: u32| number as u8).collect();
            let mut response = session.post(&url).body(body.clone()).await.unwrap();
            assert_eq!(response.status(), 200);
            assert!(
                response.bytes().await.unwrap() == body,
                "{size} octets come back"
            );
        }
        assert_eq!(server.stats().requests, 5);
        assert_eq!(server.stats().open_connections, 1);
    });
}
