//! axum, a connection at a time: hyper drives it, hyper-util's `TowerToHyperService` goes between. Next:
//! `redis_server.rs`.

use crate::{run, serve};
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, client, server};
use hyper_util::service::TowerToHyperService;
use oneloop_net::TcpStream;
use oneloop_net::adaptors::{HyperIo, HyperTimer, ThreadBound};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// A handler that awaits a future of ours: axum asks for `Send`, which this says and checks.
async fn slow(Path(name): Path<String>, State(served): State<Arc<AtomicU32>>) -> String {
    ThreadBound::future(async { oneloop::sleep(Duration::from_millis(2)).await }).await;
    format!("hello {name}, number {}", served.fetch_add(1, Relaxed))
}

async fn sum(
    Query(factor): Query<HashMap<String, u64>>,
    Json(numbers): Json<Vec<u64>>,
) -> Json<u64> {
    Json(numbers.iter().sum::<u64>() * factor.get("times").copied().unwrap_or(1))
}

#[test]
fn axum_routes_extracts_and_answers() {
    run(async {
        let router = Router::new()
            .route("/hello/{name}", get(slow))
            .route("/sum", post(sum))
            .with_state(Arc::default());
        let address = serve(move |stream| {
            let service = TowerToHyperService::new(router.clone());
            async move {
                let mut builder = server::conn::http1::Builder::new();
                builder.timer(HyperTimer);
                let _ended = builder
                    .serve_connection(HyperIo::new(stream), service)
                    .await;
            }
        })
        .await;

        let stream = TcpStream::connect(address).await.unwrap();
        let handshake = client::conn::http1::handshake(HyperIo::new(stream));
        let (mut sender, connection) = handshake.await.unwrap();
        let driver = oneloop::create_task(connection);
        let mut ask = async |method: &str, path: &str, body: &'static str| {
            let request = Request::builder()
                .method(method)
                .uri(path)
                .header("host", "localhost")
                .header("content-type", "application/json")
                .body(Full::new(Bytes::from_static(body.as_bytes())))
                .unwrap();
            let response = sender.send_request(request).await.unwrap();
            let status = response.status();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        let ok = |text: &str| (StatusCode::OK, text.to_string());
        assert_eq!(
            ask("GET", "/hello/Ada", "").await,
            ok("hello Ada, number 0")
        );
        assert_eq!(
            ask("GET", "/hello/Ada", "").await,
            ok("hello Ada, number 1")
        );
        assert_eq!(ask("POST", "/sum?times=2", "[1,2,3]").await, ok("12"));
        let (status, _) = ask("POST", "/sum", "[1,").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let (status, _) = ask("GET", "/nothing", "").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        drop(sender);
        driver.await.unwrap().unwrap();
    });
}
