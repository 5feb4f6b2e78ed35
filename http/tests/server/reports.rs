//! What the server tells its own people of a request that failed: which one it was, whose, and why.

use std::cell::RefCell;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use oneloop_http::server::ServingError;
use oneloop_http::{Accept, Body, HandlerError, Request, Response, StatusCode, serve};
use oneloop_net::{DuplexStream, TcpListener, TcpStream};

use crate::support::{Medium, Site, on};

/// Fails in the way that the path names.
async fn fail(request: Request) -> Result<Response, HandlerError> {
    match request.path() {
        "/handler" => Err(io::Error::other("the disk is full"))?,
        "/panic" => panic!("this panic is part of a test"),
        "/body" => Ok(Response::ok(Body::produce(async |_writer| {
            Err("the other half is lost".into())
        }))),
        "/body-panic" => Ok(Response::ok(Body::produce(async |_writer| {
            panic!("this panic is part of a test")
        }))),
        "/short" => Ok(Response::ok(
            Body::produce(async |_writer| Ok(())).with_length(3),
        )),
        "/continue" => Ok(Response::new(StatusCode::CONTINUE)),
        other => panic!("no test asks for {other}"),
    }
}

#[test]
fn a_report_names_method_target_and_peer() {
    oneloop::run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Rc::new(RefCell::new(Vec::new()));
        let server = serve(listener, fail).on_error({
            let heard = Rc::clone(&heard);
            move |error: &ServingError| {
                let asked = (
                    error.method().map(|method| method.to_string()),
                    error.target().map(str::to_owned),
                    error.peer(),
                );
                let cause = error.source().expect("there is a cause").to_string();
                heard.borrow_mut().push((asked, cause, error.to_string()));
            }
        });
        let _server = server.start();

        let peer = TcpStream::connect(address).await.unwrap();
        let request = b"DELETE /handler?secret=1 HTTP/1.1\r\nHost: h\r\n\r\n";
        peer.write_all(request).await.unwrap();
        while peer.read(&mut [0; 512]).await.unwrap() > 0 {}
        let whose = peer.local_addr().unwrap();
        let (asked, cause, text) = heard.borrow_mut().pop().expect("it was reported");
        assert_eq!(
            asked,
            (
                Some("DELETE".to_owned()),
                Some("/handler?secret=1".to_owned()),
                Some(whose)
            )
        );
        assert_eq!(cause, "the disk is full");
        // The text ends up in logs, and a query may hold what does not belong there.
        assert_eq!(
            text,
            format!("DELETE /handler from {whose}: the disk is full")
        );
    });
}

#[test]
fn every_way_to_fail_is_reported_once() {
    on(Medium::Memory, async |medium| {
        let heard = Rc::new(RefCell::new(Vec::new()));
        let site = Site::with(medium, fail, |server| {
            let heard = Rc::clone(&heard);
            server.on_error(move |error| heard.borrow_mut().push(error.to_string()))
        })
        .await;
        let table = [
            ("/handler", "the disk is full"),
            (
                "/panic",
                "the handler panicked: this panic is part of a test",
            ),
            ("/body", "the other half is lost"),
            (
                "/body-panic",
                "the producer of the response's body panicked: this panic is part of a test",
            ),
            (
                "/continue",
                "100 Continue is no final answer; a 500 was sent in its place",
            ),
            (
                "/short",
                "a response body had 3 octets less than the declared 3",
            ),
        ];
        for (path, cause) in table {
            let mut peer = site.connect().await;
            peer.send(format!(
                "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            ))
            .await;
            peer.receive_all().await;
            let told = heard.take();
            assert_eq!(told, [format!("GET {path}: {cause}")]);
        }
    });
}

/// A listener that fails for good.
struct Broken;

impl Accept for Broken {
    type Stream = DuplexStream;

    async fn accept(&self) -> io::Result<(DuplexStream, Option<SocketAddr>)> {
        Err(io::Error::other("the cable is cut"))
    }
}

#[test]
fn a_listener_that_fails_is_reported_without_a_request() {
    oneloop::run(async {
        let (sender, told) = oneloop::sync::oneshot::channel();
        let sender = RefCell::new(Some(sender));
        let server = serve(Broken, fail).on_error(move |error| {
            let asked = (error.method().cloned(), error.target().map(str::to_owned));
            let sender = sender.borrow_mut().take().expect("it fails once");
            sender.send((asked, error.to_string())).unwrap();
        });
        let _server = server.start();
        let (asked, text) = told.await.unwrap();
        assert_eq!(asked, (None, None));
        assert_eq!(text, "the server accepts no more: the cable is cut");
    });
}

/// The name of the task that asks, as the error of running a loop inside it tells.
fn name_of_this_task() -> String {
    let error = oneloop::try_run(async {}).expect_err("a loop is running");
    let text = error.to_string();
    text.split('"').nth(1).unwrap_or("none").to_owned()
}

/// Tells the name of the task that accepts.
struct Named(TcpListener, Rc<RefCell<Vec<String>>>);

impl Accept for Named {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, Option<SocketAddr>)> {
        self.1.borrow_mut().push(name_of_this_task());
        Accept::accept(&self.0).await
    }
}

#[test]
fn the_tasks_of_a_server_have_names() {
    oneloop::run(async {
        let names = Rc::new(RefCell::new(Vec::new()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let named = Named(listener, Rc::clone(&names));
        let _server = serve(named, async |_| name_of_this_task()).start();
        let session = oneloop_http::ClientSession::new();
        let mut response = session.get(format!("http://{address}/")).await.unwrap();
        assert_eq!(response.text().await.unwrap(), "http connection");
        assert_eq!(*names.borrow(), ["http accept", "http accept"]);
    });
}
