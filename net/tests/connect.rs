//! Making connections and listeners: which address is taken, and what is told when none can be.

#[cfg(target_os = "linux")]
#[path = "every_await/full_listener.rs"]
mod full_listener;

#[cfg(target_os = "linux")]
use full_listener::full_listener;

use oneloop_net::{TcpListener, TcpStream};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

/// An address of the loopback device where nobody listens: the port was just given back.
fn nobody() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

#[test]
fn a_port_where_nobody_listens_refuses() {
    let address = nobody();
    let error = oneloop::run(TcpStream::connect(address)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(
        error
            .to_string()
            .starts_with(&format!("connect to {address}: Connection refused")),
        "{error}"
    );
    #[cfg(target_os = "linux")]
    assert_eq!(cause(&error).raw_os_error(), Some(111));
}

/// The system's own error inside one that names an address.
fn cause(error: &io::Error) -> &io::Error {
    let cause = std::error::Error::source(error).expect("the error has a cause");
    cause.downcast_ref().expect("the cause is the system's")
}

#[test]
fn a_port_in_use_and_a_foreign_address_are_named_by_bind() {
    oneloop::run(async {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = first.local_addr().unwrap();
        let error = TcpListener::bind(address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let text = format!("listen on {address}: ");
        assert!(error.to_string().starts_with(&text), "{error}");
        assert!(cause(&error).raw_os_error().is_some());

        // Of several each is named, as it is when connecting.
        let documentation = "192.0.2.1:1".parse().unwrap();
        let error = TcpListener::bind([documentation, address])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let text = error.to_string();
        assert!(
            text.contains("192.0.2.1:1: ") && text.contains(&address.to_string()),
            "{text}"
        );
        let error = TcpListener::bind([]).await.unwrap_err();
        assert!(error.to_string().contains("the list is empty"), "{error}");
    });
}

#[test]
fn outside_a_loop_connecting_is_an_error_that_names_the_cure_with_and_without_a_timeout() {
    use futures_lite::future::block_on;
    let limit = Duration::from_secs(1);
    let errors = [
        block_on(TcpStream::connect(nobody())).unwrap_err(),
        block_on(TcpStream::connect_timeout(nobody(), limit)).unwrap_err(),
        block_on(TcpListener::bind("127.0.0.1:0")).unwrap_err(),
    ];
    for error in errors {
        assert!(
            error.to_string().starts_with("no loop is running"),
            "{error}"
        );
        assert!(error.to_string().contains("oneloop::run"), "{error}");
    }
}

#[test]
fn the_first_address_that_answers_is_taken() {
    oneloop::run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stream = TcpStream::connect([nobody(), address]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
    });
}

#[test]
fn when_no_address_answers_the_error_tells_of_each() {
    let (one, other) = (nobody(), nobody());
    let error = oneloop::run(TcpStream::connect([one, other])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let text = error.to_string();
    for address in [one, other] {
        assert!(text.contains(&address.to_string()), "{text}");
    }
    let error = oneloop::run(TcpStream::connect([])).unwrap_err();
    assert!(error.to_string().contains("the list is empty"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_does_not_answer_is_given_up_in_time() {
    let (address, _sockets) = full_listener();
    oneloop::run(async move {
        let begin = oneloop::now();
        let timeout = Duration::from_millis(100);
        let error = TcpStream::connect_timeout(address, timeout)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let text = format!("connect to {address}: no answer within 100ms");
        assert_eq!(error.to_string(), text, "the time is rounded");
        assert!(oneloop::now() - begin >= timeout);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn an_address_that_does_not_answer_leaves_time_for_the_next() {
    let (silent, _sockets) = full_listener();
    oneloop::run(async move {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stream = TcpStream::connect_timeout([silent, address], Duration::from_millis(400))
            .await
            .unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
    });
}
