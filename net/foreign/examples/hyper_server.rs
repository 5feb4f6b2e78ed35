//! hyper's server on the loop:
//! `cargo run -p oneloop-foreign --features peers --example hyper_server`, then `curl http://127.0.0.1:8080/`.
//!
//! Watch: `HyperIo` gives a stream of ours the traits that hyper asks for, and `HyperTimer` lets hyper's time-outs run by
//! the loop's clock. All connections share a plain counter: nothing has to be `Send`, since there is one thread.
//! Next: `axum_app.rs`.
#![forbid(unsafe_code)]

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use oneloop_net::TcpListener;
use oneloop_net::adaptors::{HyperIo, HyperTimer};
use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::rc::Rc;

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    oneloop::run(async {
        let listener = TcpListener::bind(&*address).await?;
        println!("listening on {}", listener.local_addr()?);
        let served = Rc::new(Cell::new(0));
        loop {
            let (stream, _peer) = listener.accept().await?;
            let served = served.clone();
            drop(oneloop::create_task(async move {
                let service = service_fn(|request| answer(request, &served));
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

async fn answer(
    request: Request<Incoming>,
    served: &Cell<u64>,
) -> Result<Response<String>, Infallible> {
    served.set(served.get() + 1);
    let (method, path, number) = (request.method(), request.uri().path(), served.get());
    Ok(Response::new(format!(
        "{method} {path}, request {number}\n"
    )))
}
