//! Libraries written for other runtimes, on this loop: `oneloop_net::adaptors` says how, and here each of
//! them runs against a peer. Whatever they would hand to another thread panics (`ThreadBound`), and
//! whatever asks for tokio's reactor does, since there is none.

mod hyper_http;
mod axum_service;
mod redis_server;
mod rustls_streams;
mod websockets;
mod programs;

use oneloop_net::{TcpListener, TcpStream};
use std::net::SocketAddr;
use std::time::Duration;

/// Runs on a loop, for 60 seconds at most.
fn run<T>(main: impl Future<Output = T>) -> T {
    oneloop::run(async {
        let ended = oneloop::timeout(Duration::from_secs(60), main).await;
        ended.expect("it hangs")
    })
}

/// Serves each connection to a free port by a task of its own.
async fn serve<F: Future<Output = ()> + 'static>(
    handle: impl Fn(TcpStream) -> F + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(oneloop::create_task(async move {
        while let Ok((stream, _peer)) = listener.accept().await {
            drop(oneloop::create_task(handle(stream)));
        }
    }));
    address
}
