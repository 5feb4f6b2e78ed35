//! Making connections and listeners: which address is taken, and what is told when none can be.

use oneloop_net::{TcpListener, TcpStream};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

/// An address of the loopback device where nobody listens: the port was just given back.
fn nobody() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

#[test]
fn a_port_where_nobody_listens_refuses() {
    let error = oneloop::run(TcpStream::connect(nobody())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
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

/// A listener whose queue is full, so that Linux leaves further clients without an answer.
#[cfg(target_os = "linux")]
fn full_listener() -> (SocketAddr, Vec<socket2::Socket>) {
    use socket2::{Domain, Socket, Type};
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut sockets = vec![listener];
    // A backlog of 0 takes one; the second is one too many, and a few more make sure of it.
    for _ in 0..4 {
        let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        client.set_nonblocking(true).unwrap();
        let _ = client.connect(&address.into());
        sockets.push(client);
    }
    (address, sockets)
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

#[test]
fn a_host_name_is_refused_with_the_cure() {
    let error = oneloop::run(TcpStream::connect("example.com:80")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("resolve it"), "{error}");
}
