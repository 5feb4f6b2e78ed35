//! Scenarios of look-ups: one that is given up takes no other with it, and leaves nothing behind.
//! Next: `datagrams.rs`.

use crate::full_listener::full_listener;
use crate::registry::{Row, three};
use oneloop::testing::{Scenario, cancel_at_every_await, cancel_at_every_await_in};
use oneloop::{Loop, sleep};
use oneloop_net::names::{Blocking, Resolve, Resolver, Resolving, getaddrinfo, set_resolver};
use oneloop_net::{TcpListener, TcpStream};
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const ROWS: &[Row] = &[
    Row::new(
        "names",
        2,
        &["names::getaddrinfo", "names::Resolver::getaddrinfo"],
        || cancel_at_every_await(looking_up),
    ),
    Row::new("names on threads", 1, &[], || {
        cancel_at_every_await(on_threads)
    }),
    Row::new(
        "connecting to a name whose first address is dead",
        2,
        &[],
        || cancel_at_every_await_in(|| Loop::builder().paused_clock().jump_anyway(), connecting),
    ),
];

/// Answers after a while.
struct Slow(Vec<SocketAddr>);

impl Resolve for Slow {
    fn resolve(&self, _: &str) -> Resolving {
        let addresses = self.0.clone();
        Box::pin(async move {
            sleep(Duration::from_millis(1)).await;
            Ok(addresses)
        })
    }
}

fn nothing_is_under_way(resolver: &Resolver) {
    let text = format!("{resolver:?}");
    assert!(text.contains("under_way: 0"), "{text}");
}

async fn looking_up() -> Scenario {
    let resolver = Resolver::new(Slow(vec!["10.0.0.1:0".parse().unwrap()]));
    set_resolver(resolver.clone()).unwrap();
    let (asks, other, looks) = three(resolver);
    Scenario::new(async move {
        getaddrinfo("a.example", 1).await.unwrap();
        asks.getaddrinfo("b.example", 1).await.unwrap();
    })
    .beside(async move {
        // The same name at the same time.
        other.getaddrinfo("a.example", 2).await.unwrap();
    })
    .after(async move { nothing_is_under_way(&looks) })
}

async fn on_threads() -> Scenario {
    let known = |_: &str| Ok(vec!["10.0.0.1:0".parse().unwrap()]);
    let (asks, _, looks) = three(Resolver::new(Blocking::new(1, known)));
    Scenario::new(async move {
        asks.getaddrinfo("a.example", 1).await.unwrap();
    })
    .after(async move { nothing_is_under_way(&looks) })
}

async fn connecting() -> Scenario {
    let (dead, sockets) = full_listener();
    let listener = TcpListener::bind(("127.0.0.3", dead.port())).await.unwrap();
    let resolver = Resolver::new(Slow(vec![dead, listener.local_addr().unwrap()]));
    let (asks, _, looks) = three(resolver);
    Scenario::new(async move {
        let builder = TcpStream::builder().resolver((*asks).clone());
        let stream = builder.connect(("a.example", dead.port())).await.unwrap();
        assert_ne!(stream.peer_addr().unwrap(), dead);
    })
    .after(async move {
        nothing_is_under_way(&looks);
        drop((sockets, listener));
    })
}
