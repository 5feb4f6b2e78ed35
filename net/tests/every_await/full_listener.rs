//! A server that does not answer, for tests of connecting. Next: `names.rs`.

use socket2::{Domain, Socket, Type};
use std::net::SocketAddr;

/// A listener whose queue is full, so that Linux leaves further clients without an answer.
pub(crate) fn full_listener() -> (SocketAddr, Vec<Socket>) {
    full_listener_at("127.0.0.1:0".parse().unwrap())
}

/// The same with this IPv4 address.
pub(crate) fn full_listener_at(any: SocketAddr) -> (SocketAddr, Vec<Socket>) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
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
