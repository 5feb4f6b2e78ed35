//! Scenarios of connections that are made and taken: no client, descriptor or registration is lost.
//! Next: `full_listener.rs`.

use crate::full_listener::full_listener;
use crate::registry::{Row, three};
use oneloop::testing::{Scenario, cancel_at_every_await, cancel_at_every_await_in};
use oneloop::{Loop, timeout, yield_now};
use oneloop_net::{TcpListener, TcpStream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};
use std::cell::RefCell;
use std::fs::File;
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "listening",
        2,
        &["tcp::TcpListener::bind", "tcp::ListenerBuilder::bind"],
        || cancel_at_every_await(listening),
    ),
    Row::new("accepting", 2, &["tcp::TcpListener::accept"], || {
        cancel_at_every_await(accepting)
    }),
    Row::new("accepting without a descriptor left", 2, &[], || {
        // The rest between two attempts takes no time.
        cancel_at_every_await_in(|| Loop::builder().paused_clock().jump_anyway(), resting)
    }),
    Row::new(
        "connecting to who does not answer",
        3,
        &[
            "tcp::TcpStream::connect",
            "tcp::TcpStream::connect_timeout",
            "tcp::ConnectBuilder::connect",
        ],
        || cancel_at_every_await_in(|| Loop::builder().paused_clock().jump_anyway(), connecting),
    ),
    Row::new("connecting to who does", 1, &[], || {
        cancel_at_every_await(connected)
    }),
];

async fn listening() -> Scenario {
    Scenario::new(async {
        let one = TcpListener::bind("127.0.0.1:0").await.unwrap();
        yield_now().await;
        let builder = TcpListener::builder().backlog(1);
        let other = builder.bind("127.0.0.1:0").await.unwrap();
        yield_now().await;
        drop((one, other));
    })
}

/// Who was accepted, and who is accepted afterwards, is everybody.
async fn expect_all(
    listener: &TcpListener,
    mut accepted: Vec<SocketAddr>,
    mut clients: Vec<SocketAddr>,
) {
    while accepted.len() < clients.len() {
        accepted.push(listener.accept().await.unwrap().1);
    }
    accepted.sort();
    clients.sort();
    assert_eq!(accepted, clients);
}

async fn accepting() -> Scenario {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (accepts, _, looks) = three(listener);
    let (notes, _, accepted) = three(RefCell::new(Vec::new()));
    let (connects, _, clients) = three(RefCell::new(Vec::new()));
    Scenario::new(async move {
        for _ in 0..3 {
            let (_stream, address) = accepts.accept().await.unwrap();
            notes.borrow_mut().push(address);
        }
    })
    .beside(async move {
        for _ in 0..3 {
            let client = std::net::TcpStream::connect(address).unwrap();
            connects.borrow_mut().push(client);
            for _ in 0..4 {
                yield_now().await;
            }
        }
    })
    .after(async move {
        let clients = clients.take();
        let addresses = clients.iter().map(|client| client.local_addr().unwrap());
        expect_all(&looks, accepted.take(), addresses.collect()).await;
    })
}

/// Takes the process's descriptors away as long as it lives.
struct Want {
    hoard: Vec<File>,
    former: Rlimit,
}

impl Want {
    fn new() -> Want {
        let former = getrlimit(Resource::Nofile);
        let limit = Rlimit {
            current: Some(100),
            maximum: former.maximum,
        };
        setrlimit(Resource::Nofile, limit).unwrap();
        let hoard = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        Want { hoard, former }
    }
}

impl Drop for Want {
    fn drop(&mut self) {
        setrlimit(Resource::Nofile, self.former).unwrap();
        self.hoard.clear();
    }
}

async fn resting() -> Scenario {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let (accepts, _, looks) = three(listener);
    let (notes, _, accepted) = three(RefCell::new(Vec::new()));
    let want = Want::new();
    client.connect(&address.into()).unwrap();
    Scenario::new(async move {
        let (_stream, address) = accepts.accept().await.unwrap();
        notes.borrow_mut().push(address);
    })
    .beside(async move {
        // Longer than the first rest, and shorter than the first two.
        oneloop::sleep(Duration::from_millis(15)).await;
        drop(want);
    })
    .after(async move {
        let address = client.local_addr().unwrap().as_socket().unwrap();
        expect_all(&looks, accepted.take(), vec![address]).await;
    })
}

async fn connecting() -> Scenario {
    let (address, sockets) = full_listener();
    let limit = Duration::from_secs(5);
    Scenario::new(async move {
        assert!(timeout(limit, TcpStream::connect(address)).await.is_err());
        let error = TcpStream::connect_timeout(address, limit).await;
        assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
        let builder = TcpStream::builder().timeout(limit);
        let error = builder.connect([address, address]).await;
        assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    })
    .after(async move { drop(sockets) })
}

async fn connected() -> Scenario {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    Scenario::new(async move {
        let stream = TcpStream::connect(address).await.unwrap();
        yield_now().await;
        assert_eq!(stream.peer_addr().unwrap(), address);
    })
    .after(async move { drop(listener) })
}
