//! The head of an answer, what keeps a connection open, and answers without a body.

use oneloop_http::{Body, HeaderValue, Request, Response, StatusCode, header};

use crate::support::{Medium, Site, on, on_both};

async fn hello(_: Request) -> Response {
    Response::text("Hello")
}

#[test]
fn an_answer_has_type_length_date_and_server() {
    on_both(async |medium| {
        let site = Site::new(medium, hello).await;
        let answer = site.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!((answer.status, answer.text()), (200, "Hello".to_owned()));
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(answer.header("content-length"), Some("5"));
        assert_eq!(answer.header("server"), Some("oneloop"));
        let date = answer.header("date").expect("there is a date");
        assert_eq!((date.len(), &date[26..]), (29, "GMT"));
        assert_eq!(answer.header("connection"), None);
    });
}

#[test]
fn http_1_1_stays_open_until_asked_to_close() {
    on_both(async |medium| {
        let site = Site::new(medium, hello).await;
        let mut peer = site.connect().await;
        for _ in 0..3 {
            peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
            assert!(!peer.answer().await.says_close());
        }
        peer.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            .await;
        assert!(peer.answer().await.says_close());
        peer.expect_end().await;
    });
}

#[test]
fn http_1_0_closes_unless_asked_to_stay() {
    on_both(async |medium| {
        let site = Site::new(medium, hello).await;
        let mut peer = site.connect().await;
        peer.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .await;
        let answer = peer.answer().await;
        assert_eq!(answer.header("connection"), Some("keep-alive"));
        peer.send("GET / HTTP/1.0\r\n\r\n").await;
        assert!(peer.answer().await.says_close());
        peer.expect_end().await;
    });
}

#[test]
fn a_handler_can_close_the_connection() {
    on_both(async |medium| {
        let close = async |_| {
            let close = HeaderValue::from_static("close");
            Response::text("last").with_header(header::CONNECTION, close)
        };
        let site = Site::new(medium, close).await;
        let mut peer = site.connect().await;
        peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let answer = peer.answer().await;
        assert!(answer.says_close());
        assert_eq!(answer.text(), "last");
        peer.expect_end().await;
    });
}

#[test]
fn head_has_the_length_and_no_body() {
    on_both(async |medium| {
        let site = Site::new(medium, hello).await;
        let mut peer = site.connect().await;
        // Were there a body, it would be taken for the beginning of the second answer.
        peer.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
            .await;
        let head = peer.answer_to(true).await;
        assert_eq!(
            (head.status, head.header("content-length")),
            (200, Some("5"))
        );
        assert_eq!(peer.answer().await.text(), "Hello");
    });
}

#[test]
fn a_handler_may_answer_head_with_the_length_alone() {
    on(Medium::Memory, async |medium| {
        let length = async |_| {
            let length = HeaderValue::from_static("1000000");
            Response::ok("").with_header(header::CONTENT_LENGTH, length)
        };
        let site = Site::new(medium, length).await;
        let head = site.ask("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(head.header("content-length"), Some("1000000"));
        // For a GET it would promise a body that never comes.
        let whole = site.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(whole.header("content-length"), Some("0"));
    });
}

#[test]
fn no_content_and_not_modified_have_no_body_whatever_the_handler_gives() {
    on_both(async |medium| {
        let no_body = async |request: Request| {
            let status = request.path()[1..].parse().expect("the path is a status");
            Response::text("to be dropped").with_status(status)
        };
        let site = Site::new(medium, no_body).await;
        let mut peer = site.connect().await;
        for status in [204, 304] {
            peer.send(format!("GET /{status} HTTP/1.1\r\nHost: h\r\n\r\n"))
                .await;
            let answer = peer.answer().await;
            assert_eq!(answer.status, status);
            assert_eq!(answer.header("content-length"), None);
            assert_eq!(answer.header("content-type"), None);
            assert_eq!(answer.header("transfer-encoding"), None);
        }
        peer.send("GET /200 HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(peer.answer().await.text(), "to be dropped");
    });
}

#[test]
fn framing_headers_of_the_handler_do_not_reach_the_wire() {
    on(Medium::Memory, async |medium| {
        let wrong = async |_| {
            Response::text("12345")
                .with_header(header::CONTENT_LENGTH, HeaderValue::from_static("3"))
                .with_header(
                    header::TRANSFER_ENCODING,
                    HeaderValue::from_static("chunked"),
                )
        };
        let site = Site::new(medium, wrong).await;
        let answer = site.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(answer.header("content-length"), Some("5"));
        assert_eq!(answer.header("transfer-encoding"), None);
        assert_eq!(answer.text(), "12345");
    });
}

#[test]
fn date_and_server_of_the_handler_replace_ours() {
    on(Medium::Memory, async |medium| {
        let own = async |_| {
            Response::text("")
                .with_header(header::SERVER, HeaderValue::from_static("mine"))
                .with_header(header::DATE, HeaderValue::from_static("today"))
        };
        let answer = Site::new(medium, own)
            .await
            .ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            .await;
        assert_eq!(answer.header("server"), Some("mine"));
        assert_eq!(answer.header("date"), Some("today"));
    });
}

#[test]
fn an_informational_status_is_no_answer() {
    on(Medium::Memory, async |medium| {
        let informational = async |_| Response::new(StatusCode::CONTINUE);
        let site = Site::new(medium, informational).await;
        assert_eq!(
            site.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.status,
            500
        );
    });
}

#[test]
fn a_streamed_answer_to_head_is_not_produced() {
    on(Medium::Memory, async |medium| {
        let streamed = async |_| {
            Response::ok(Body::produce(async |_writer| {
                panic!("nobody reads this body")
            }))
        };
        let site = Site::new(medium, streamed).await;
        let mut peer = site.connect().await;
        peer.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let head = peer.answer_to(true).await;
        assert_eq!(head.header("transfer-encoding"), Some("chunked"));
        assert!(!head.says_close());
        peer.send("HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .await;
        let head = peer.answer_to(true).await;
        assert_eq!(head.header("transfer-encoding"), None);
        assert_eq!(head.header("connection"), Some("keep-alive"));
    });
}
