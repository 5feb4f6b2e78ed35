//! The same answer from every server: 200, a text of 13 bytes, with its type, its length and the date; oneloop's says its
//! name as well.
//!
//! Each is set up as its documentation shows it for one thread, with TCP_NODELAY and a time limit for heads, which
//! oneloop and actix-web have by themselves.

use std::convert::Infallible;
use std::net::TcpListener;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

use super::{BODY, Server, floor};

/// The server of that peer.
pub fn of(peer: &str) -> Option<Server> {
    match peer {
        "oneloop" => Some(oneloop_http),
        "hyper" => Some(hyper_on_tokio),
        "floor" => Some(floor::serve),
        #[cfg(feature = "http-peers")]
        "actix-web" => Some(actix),
        _ => None,
    }
}

fn oneloop_http(listener: TcpListener) {
    use oneloop_http::{Request, Response};
    oneloop::run(async {
        let listener = oneloop_net::TcpListener::from_std(listener).expect("it listens");
        let answer = async |_: Request| Response::text(BODY);
        let served = oneloop_http::serve(listener, answer).run().await;
        served.expect("it goes on listening");
    });
}

/// hyper on tokio's current-thread runtime, a local task for each connection.
fn hyper_on_tokio(listener: TcpListener) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the kernel gives the runtime its descriptors");
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let listener = tokio::net::TcpListener::from_std(listener).expect("it listens");
        loop {
            let (stream, _) = listener.accept().await.expect("somebody connects");
            tokio::task::spawn_local(async move {
                // A peer that goes away is an error here, and nothing to tell.
                let _ = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .pipeline_flush(true)
                    .serve_connection(TokioIo::new(stream), service_fn(answer))
                    .await;
            });
        }
    })
}

async fn answer(_: hyper::Request<Incoming>) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let mut response = hyper::Response::new(Full::new(Bytes::from_static(BODY.as_bytes())));
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    Ok(response)
}

/// actix-web with one worker, on the processor of this process.
#[cfg(feature = "http-peers")]
fn actix(listener: TcpListener) {
    use actix_web::{App, HttpServer, rt, web};
    rt::System::new().block_on(async {
        let app = || App::new().route("/", web::get().to(async || BODY));
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.listen(listener).expect("it listens");
        server.run().await.expect("it goes on listening");
    });
}
