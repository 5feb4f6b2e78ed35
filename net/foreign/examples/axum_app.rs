//! An axum application on the loop:
//! `cargo run -p oneloop-foreign --features peers --example axum_app`, then `curl http://127.0.0.1:8080/hello/Ada`.
//!
//! Watch: `axum::serve` wants tokio's listener, so the accept loop is ours; a router is a service, which hyper drives for
//! each connection. axum asks for handlers that are `Send`, which futures of this loop are not: `ThreadBound` says that
//! they are, and checks the thread instead. Next: `redis_client.rs`.
#![forbid(unsafe_code)]

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::service::TowerToHyperService;
use oneloop_net::TcpListener;
use oneloop_net::adaptors::{HyperIo, HyperTimer, ThreadBound};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How many were greeted. axum wants state that could be shared by threads.
type Greeted = Arc<AtomicU64>;

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let app = Router::new()
        .route("/hello/{name}", get(hello))
        .route("/sum", post(sum))
        .with_state(Greeted::default());
    oneloop::run(async {
        let listener = TcpListener::bind(&*address).await?;
        println!("listening on {}", listener.local_addr()?);
        loop {
            let (stream, _peer) = listener.accept().await?;
            let service = TowerToHyperService::new(app.clone());
            drop(oneloop::create_task(async move {
                let mut http = http1::Builder::new();
                http.timer(HyperTimer);
                let ended = http.serve_connection(HyperIo::new(stream), service);
                if let Err(error) = ended.await {
                    eprintln!("a connection failed: {error}");
                }
            }));
        }
    })
}

/// Awaits something of the loop's.
async fn hello(Path(name): Path<String>, State(greeted): State<Greeted>) -> String {
    ThreadBound::future(async { oneloop::sleep(Duration::from_millis(10)).await }).await;
    let number = greeted.fetch_add(1, Ordering::Relaxed) + 1;
    format!("hello {name}, you are number {number}\n")
}

/// `curl --json '[1, 2, 3]' http://127.0.0.1:8080/sum`
async fn sum(Json(numbers): Json<Vec<i64>>) -> Json<i64> {
    Json(numbers.iter().sum())
}
