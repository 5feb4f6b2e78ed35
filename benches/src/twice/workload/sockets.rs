//! TCP over loopback, both ends on one loop.

use std::net::{self, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::super::side::Sockets;
use crate::scenario::{MESSAGE, PIECE};

/// More than a message, so that a read is short and tells that there is no more.
const BUFFER: usize = 4_096;

/// A listening socket on a free port of this machine.
pub fn listener() -> (net::TcpListener, SocketAddr) {
    let listener = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.set_nonblocking(true).expect("every socket can be");
    // What it accepts inherits that on Linux.
    let set = SockRef::from(&listener).set_tcp_nodelay(true);
    set.expect("it is a TCP socket");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// A connection: the end that connected, and the end that was accepted.
async fn pair<S: Sockets>() -> (S::Stream, S::Stream) {
    let (listener, address) = listener();
    let mut listener = S::listen(listener);
    // The kernel connects before anybody accepts.
    let client = S::connect(address).await;
    let server = S::accept(&mut listener).await;
    (client, server)
}

/// Sends back what comes, until the other end is closed.
async fn echo<S: Sockets>(mut stream: S::Stream) {
    let mut buffer = vec![0; BUFFER].into_boxed_slice();
    loop {
        let (count, read) = S::read(&mut stream, buffer).await;
        if count == 0 {
            return;
        }
        buffer = S::write_all(&mut stream, read, count).await;
    }
}

/// Serves echoes, a task for each connection, until the process ends.
pub async fn echo_server<S: Sockets>(listener: net::TcpListener) {
    let mut listener = S::listen(listener);
    loop {
        let stream = S::accept(&mut listener).await;
        S::spawn_detached(echo::<S>(stream));
    }
}

/// Small messages there and back on one connection.
pub async fn echo_1<S: Sockets>(steps: u64) -> Duration {
    let (mut client, server) = pair::<S>().await;
    let other = S::spawn(echo::<S>(server));
    let mut buffer = vec![0; BUFFER].into_boxed_slice();
    let start = Instant::now();
    for _ in 0..steps {
        buffer = S::write_all(&mut client, buffer, MESSAGE).await;
        let mut came = 0;
        while came < MESSAGE {
            let (count, read) = S::read(&mut client, buffer).await;
            assert!(count > 0, "the other end answers");
            came += count;
            buffer = read;
        }
    }
    let time = start.elapsed();
    drop(client);
    other.await;
    time
}

/// Pieces of 64 KiB in one direction, as fast as they go.
pub async fn bulk<S: Sockets>(steps: u64) -> Duration {
    let (mut client, mut server) = pair::<S>().await;
    let start = Instant::now();
    let other = S::spawn(async move {
        let mut piece = vec![7; PIECE].into_boxed_slice();
        for _ in 0..steps {
            piece = S::write_all(&mut client, piece, PIECE).await;
        }
    });
    let mut buffer = vec![0; PIECE].into_boxed_slice();
    let mut left = steps * PIECE as u64;
    while left > 0 {
        let (count, read) = S::read(&mut server, buffer).await;
        assert!(count > 0, "the other end sends all");
        left -= count as u64;
        buffer = read;
    }
    let time = start.elapsed();
    other.await;
    time
}

/// A connection is made, accepted and closed.
pub async fn accept_close<S: Sockets>(steps: u64) -> Duration {
    let (listener, address) = listener();
    let mut listener = S::listen(listener);
    let start = Instant::now();
    for _ in 0..steps {
        // By a blocking call, which the kernel answers: the other end is nobody's work.
        let client = net::TcpStream::connect(address).expect("it listens");
        // It ends by a reset, or the ports of this machine would soon be used up by connections that linger.
        let set = SockRef::from(&client).set_linger(Some(Duration::ZERO));
        set.expect("it is a TCP socket");
        drop(S::accept(&mut listener).await);
    }
    start.elapsed()
}
