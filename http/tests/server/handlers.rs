//! What becomes of what a handler returns, fails with or panics about.

use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use oneloop_http::{Body, HandlerError, Request, RequestBody, Response, StatusCode};

use crate::support::{Medium, Site, on, on_both};

const GET: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

#[test]
fn a_panic_is_a_500_and_the_server_lives_on() {
    on_both(async |medium| {
        let panics = async |request: Request| {
            assert_ne!(request.path(), "/panic", "this panic is part of a test");
            Response::text("fine")
        };
        let site = Site::new(medium, panics).await;
        let mut peer = site.connect().await;
        peer.send("GET /panic HTTP/1.1\r\nHost: h\r\n\r\n").await;
        let answer = peer.answer().await;
        assert_eq!(
            (answer.status, answer.text()),
            (500, "500: Internal Server Error".to_owned())
        );
        assert!(answer.says_close());
        peer.expect_end().await;
        assert_eq!(site.ask(GET).await.text(), "fine");
    });
}

#[test]
fn an_unexpected_error_is_a_500_without_details_and_is_reported() {
    on(Medium::Memory, async |medium| {
        let fails = async |_| -> Result<Response, HandlerError> {
            Err(io::Error::other("the password is swordfish"))?
        };
        let heard = Rc::new(RefCell::new(Vec::new()));
        let site = Site::with(medium, fails, |server| {
            let heard = Rc::clone(&heard);
            server.on_error(move |error| heard.borrow_mut().push(error.to_string()))
        })
        .await;
        let answer = site.ask(GET).await;
        assert_eq!(
            (answer.status, answer.text()),
            (500, "500: Internal Server Error".to_owned())
        );
        assert!(answer.says_close());
        assert_eq!(*heard.borrow(), ["GET /: the password is swordfish"]);
    });
}

#[test]
fn an_error_with_a_status_is_answered_with_it() {
    on(Medium::Memory, async |medium| {
        let refuses = async |_| -> Result<&'static str, HandlerError> {
            Err(HandlerError::new(StatusCode::CONFLICT, "not now"))
        };
        let answer = Site::new(medium, refuses).await.ask(GET).await;
        assert_eq!((answer.status, answer.text()), (409, "not now".to_owned()));
        assert!(!answer.says_close());
    });
}

#[test]
fn a_time_out_in_the_handler_is_a_504() {
    on(Medium::Memory, async |medium| {
        let waits = async |_| -> Result<&'static str, HandlerError> {
            oneloop::timeout(Duration::from_secs(1), std::future::pending()).await?
        };
        assert_eq!(Site::new(medium, waits).await.ask(GET).await.status, 504);
    });
}

#[test]
fn an_illegal_header_is_an_error_and_never_splits_the_answer() {
    on(Medium::Memory, async |medium| {
        let sets = async |mut request: Request| -> Result<Response, HandlerError> {
            let value = request.text().await?;
            Ok(Response::text("set").header("x-name", value)?)
        };
        let site = Site::with(medium, sets, |server| server.on_error(|_| ())).await;
        for (value, status) in [
            ("fine", 200),
            ("two\r\nSet-Cookie: a=b", 500),
            ("nul\0", 500),
        ] {
            let length = value.len();
            let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
            let answer = site.ask(head + value).await;
            assert_eq!(answer.status, status, "{value:?}");
            assert_eq!(answer.header("set-cookie"), None);
        }
    });
}

#[test]
fn types_of_the_http_crate_go_in_and_out() {
    on(Medium::Memory, async |medium| {
        let foreign = async |request: Request| -> Result<_, HandlerError> {
            let (parts, mut body) = http::Request::<RequestBody>::try_from(request)?.into_parts();
            let text = format!(
                "{} {} {}",
                parts.uri.path(),
                parts.headers["x-a"].len(),
                body.bytes().await?.len()
            );
            let built = http::Response::builder()
                .status(201)
                .header("x-b", "1")
                .header("x-c", "2");
            Ok(built.body(text)?)
        };
        let site = Site::new(medium, foreign).await;
        let answer = site
            .ask("POST /a?b HTTP/1.1\r\nHost: h\r\nX-A: 123\r\nContent-Length: 2\r\n\r\nab")
            .await;
        assert_eq!((answer.status, answer.text()), (201, "/a 3 2".to_owned()));
        assert_eq!(
            (answer.header("x-b"), answer.header("x-c")),
            (Some("1"), Some("2"))
        );
    });
}

#[test]
fn a_panic_after_the_head_was_sent_cuts_the_connection() {
    on_both(async |medium| {
        let panics = async |_| {
            Response::ok(Body::produce(async |mut writer| {
                writer.write("the beginning").await?;
                oneloop::yield_now().await;
                panic!("this panic is part of a test")
            }))
        };
        let site = Site::new(medium, panics).await;
        let mut peer = site.connect().await;
        peer.send(GET).await;
        let received = peer.receive_all().await;
        let text = String::from_utf8(received).expect("this answer is ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("the head came");
        assert!(head.contains("transfer-encoding: chunked"));
        assert_eq!(body, "d\r\nthe beginning\r\n", "there is no last chunk");
    });
}

#[test]
fn an_error_of_a_body_cuts_the_connection_and_is_reported() {
    on_both(async |medium| {
        let fails = async |_| {
            let body = Body::produce(async |mut writer| {
                writer.write("half").await?;
                Err("the other half is lost".into())
            });
            Response::ok(body.with_length(8))
        };
        let heard = Rc::new(RefCell::new(Vec::new()));
        let site = Site::with(medium, fails, |server| {
            let heard = Rc::clone(&heard);
            server.on_error(move |error| {
                let cause = error.source().expect("there is a cause");
                heard.borrow_mut().push(cause.to_string());
            })
        })
        .await;
        let mut peer = site.connect().await;
        peer.send(GET).await;
        peer.receive_until("\r\n\r\n").await;
        assert_eq!(peer.receive_all().await, b"half");
        assert_eq!(*heard.borrow(), ["the other half is lost"]);
    });
}

#[test]
fn a_body_that_is_not_as_long_as_declared_cuts_the_connection() {
    on(Medium::Memory, async |medium| {
        let wrong = async |request: Request| {
            let declared = request.path()[1..].parse().expect("the path is a number");
            let body = Body::produce(async |mut writer| Ok(writer.write("12345").await?));
            Response::ok(body.with_length(declared))
        };
        let site = Site::with(medium, wrong, |server| server.on_error(|_| ())).await;
        for (declared, received) in [(4, ""), (6, "12345")] {
            let mut peer = site.connect().await;
            peer.send(format!("GET /{declared} HTTP/1.1\r\nHost: h\r\n\r\n"))
                .await;
            peer.receive_until("\r\n\r\n").await;
            assert_eq!(peer.receive_all().await, received.as_bytes());
        }
        assert_eq!(
            site.ask("GET /5 HTTP/1.1\r\nHost: h\r\n\r\n").await.text(),
            "12345"
        );
    });
}
