//! Fifty clients of one connection each, which ask nginx and read the answer to its end.
//!
//! Each client of a peer is one of its whole clients, with its pool, as a program would have one for each of its users.
//! They make their connections and a first request before processor time is read.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::Uri;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use oneloop_http::ClientSession;

use super::{BODY, CLIENTS, Clients, floor};
use crate::machine::processor_time;

/// The clients of that peer.
pub fn of(peer: &str) -> Option<Clients> {
    match peer {
        "oneloop" => Some(oneloop_http),
        "hyper-util" => Some(hyper_util_pooled),
        "floor" => Some(floor::fetch),
        #[cfg(feature = "http-peers")]
        "reqwest" => Some(reqwest_clients),
        _ => None,
    }
}

/// How many requests one client makes.
fn each(requests: u64) -> u64 {
    requests / CLIENTS as u64
}

/// What is asked for, read once: each peer is given copies of its own form of it.
fn uri_of(address: SocketAddr, path: &str) -> Uri {
    format!("http://{address}{path}")
        .parse()
        .expect("it is one")
}

fn oneloop_http(address: SocketAddr, path: &str, requests: u64) -> Duration {
    let uri = uri_of(address, path);
    oneloop::run(async move {
        let sessions: Vec<Rc<ClientSession>> = (0..CLIENTS)
            .map(|_| Rc::new(ClientSession::new()))
            .collect();
        let ask_all = |times: u64| {
            let ask = |session: &Rc<ClientSession>| {
                let (session, uri) = (Rc::clone(session), uri.clone());
                oneloop::create_task(async move {
                    for _ in 0..times {
                        let mut response = session.get(uri.clone()).await.expect("nginx answers");
                        let body = response.bytes().await.expect("nginx ends its answer");
                        assert_eq!(body, BODY.as_bytes());
                    }
                })
            };
            oneloop::gather(sessions.iter().map(ask).collect::<Vec<_>>())
        };
        ask_all(1).await;
        let start = processor_time();
        ask_all(each(requests)).await;
        processor_time() - start
    })
}

/// Runs fifty clients as tasks of tokio's current-thread runtime; `ask` makes one request with one of them.
fn on_tokio<C: 'static>(
    make: fn() -> C,
    ask: impl AsyncFn(&C) -> Bytes + Clone + 'static,
    requests: u64,
) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the kernel gives the runtime its descriptors");
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let clients: Vec<Rc<C>> = (0..CLIENTS).map(|_| Rc::new(make())).collect();
        let ask_all = |times: u64| {
            let start = |client: &Rc<C>| {
                let (client, ask) = (Rc::clone(client), ask.clone());
                tokio::task::spawn_local(async move {
                    for _ in 0..times {
                        assert_eq!(ask(&client).await, BODY.as_bytes());
                    }
                })
            };
            futures_util::future::join_all(clients.iter().map(start).collect::<Vec<_>>())
        };
        ask_all(1).await;
        let start = processor_time();
        ask_all(each(requests)).await;
        processor_time() - start
    })
}

fn hyper_util_pooled(address: SocketAddr, path: &str, requests: u64) -> Duration {
    type Pooled = Client<HttpConnector, Empty<Bytes>>;
    let make = || {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Client::builder(TokioExecutor::new()).build(connector)
    };
    let uri = uri_of(address, path);
    let ask = async move |client: &Pooled| {
        let response = client.get(uri.clone()).await.expect("nginx answers");
        let body = response.into_body().collect().await;
        body.expect("nginx ends its answer").to_bytes()
    };
    on_tokio(make, ask, requests)
}

#[cfg(feature = "http-peers")]
fn reqwest_clients(address: SocketAddr, path: &str, requests: u64) -> Duration {
    let url = reqwest::Url::parse(&format!("http://{address}{path}")).expect("it is one");
    let ask = async move |client: &reqwest::Client| {
        let response = client.get(url.clone()).send().await;
        let body = response.expect("nginx answers").bytes().await;
        body.expect("nginx ends its answer")
    };
    on_tokio(reqwest::Client::new, ask, requests)
}
