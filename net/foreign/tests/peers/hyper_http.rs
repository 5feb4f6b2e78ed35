//! hyper 1: its server and its client, over HTTP/1 and HTTP/2. Next: `axum_service.rs`.

use crate::{run, serve};
use futures_lite::AsyncReadExt;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, client, server};
use oneloop_net::TcpStream;
use oneloop_net::adaptors::{HyperExecutor, HyperIo, HyperTimer};
use std::cell::Cell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What the client sends: more than fits into a socket's buffers, or a flow-control window.
const LONG: usize = 3_000_000;

/// Answers with the length of what came, and how many came before; a count of ours that is not `Send`.
async fn answer(
    request: Request<Incoming>,
    served: Rc<Cell<u32>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let version = request.version();
    let length = request
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .len();
    oneloop::sleep(Duration::from_millis(1)).await;
    served.set(served.get() + 1);
    let text = format!("{version:?}: {length} bytes, request {}", served.get());
    Ok(Response::new(Full::new(text.into())))
}

async fn serve_http1() -> SocketAddr {
    let served = Rc::new(Cell::new(0));
    serve(move |stream| {
        let served = served.clone();
        async move {
            let service = service_fn(move |request| answer(request, served.clone()));
            let mut builder = server::conn::http1::Builder::new();
            builder.timer(HyperTimer);
            builder.header_read_timeout(Duration::from_millis(100));
            let _ended = builder
                .serve_connection(HyperIo::new(stream), service)
                .await;
        }
    })
    .await
}

async fn serve_http2() -> SocketAddr {
    let served = Rc::new(Cell::new(0));
    serve(move |stream| {
        let served = served.clone();
        async move {
            let service = service_fn(move |request| answer(request, served.clone()));
            let mut builder = server::conn::http2::Builder::new(HyperExecutor);
            builder.timer(HyperTimer);
            builder.keep_alive_interval(Duration::from_secs(10));
            let _ended = builder
                .serve_connection(HyperIo::new(stream), service)
                .await;
        }
    })
    .await
}

fn request(body: Vec<u8>) -> Request<Full<Bytes>> {
    let request = Request::post("http://localhost/").header("host", "localhost");
    request.body(Full::new(body.into())).unwrap()
}

async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap();
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

#[test]
fn hyper_serves_and_asks_over_http_1() {
    run(async {
        let stream = TcpStream::connect(serve_http1().await).await.unwrap();
        let io = HyperIo::new(stream);
        let (mut sender, connection) = client::conn::http1::handshake(io).await.unwrap();
        let driver = oneloop::create_task(connection);
        for (number, length) in [(1, 0), (2, 5), (3, LONG)] {
            let response = sender.send_request(request(vec![7; length])).await.unwrap();
            let expected = format!("HTTP/1.1: {length} bytes, request {number}");
            assert_eq!(text(response).await, expected);
        }
        drop(sender);
        driver.await.unwrap().unwrap();
    });
}

#[test]
fn hyper_serves_and_asks_over_http_2_several_at_once() {
    run(async {
        let stream = TcpStream::connect(serve_http2().await).await.unwrap();
        let io = HyperIo::new(stream);
        let handshake = client::conn::http2::handshake(HyperExecutor, io);
        let (sender, connection) = handshake.await.unwrap();
        let driver = oneloop::create_task(connection);
        let asks = (0..20).map(|number| {
            let mut sender = sender.clone();
            async move {
                let length = number * LONG / 20;
                let response = sender.send_request(request(vec![7; length])).await.unwrap();
                let answer = text(response).await;
                assert!(
                    answer.starts_with(&format!("HTTP/2.0: {length} bytes")),
                    "{answer}"
                );
            }
        });
        let all: Vec<()> = oneloop::gather(asks).await;
        assert_eq!(all.len(), 20);
        drop(sender);
        driver.await.unwrap().unwrap();
    });
}

/// A client that sends half a head: the time-out is hyper's own, by our timer.
#[test]
fn hypers_time_outs_run_by_the_loops_clock() {
    run(async {
        let stream = TcpStream::connect(serve_http1().await).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        let began = Instant::now();
        let mut answer = Vec::new();
        let mut reader = &stream;
        reader.read_to_end(&mut answer).await.unwrap();
        assert!(
            began.elapsed() >= Duration::from_millis(95),
            "{:?}",
            began.elapsed()
        );
    });
}
