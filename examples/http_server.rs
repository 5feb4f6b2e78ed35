//! A small HTTP/1.1 server: `http_server [PORT]`.
//!
//! Watch: a handler is an async function from a request to a response. It may wait as long as it
//! likes, since only its own connection waits with it. Bodies stream both ways: `/echo` sends each
//! piece back before the next one is read, so a file of any size needs little memory, and a peer
//! that reads slowly is read from slowly. Try, with the port that it prints:
//!
//! ```sh
//! curl -v http://127.0.0.1:PORT/                              # and -I, for HEAD
//! curl --data-binary @FILE http://127.0.0.1:PORT/echo | cmp - FILE
//! curl -N http://127.0.0.1:PORT/chunked                       # a line every 100 ms
//! ```

use oneloop::sleep;
use oneloop_http::{
    Body, HeaderValue, Method, ReadBodyError, Request, Response, StatusCode, header, serve,
};
use oneloop_net::TcpListener;
use std::io;
use std::time::Duration;

fn main() -> io::Result<()> {
    // Port 0 asks the kernel for one that is free.
    let argument = std::env::args().nth(1).unwrap_or("0".into());
    let Ok(port) = argument.parse() else {
        eprintln!("usage: http_server [PORT]");
        std::process::exit(2);
    };
    oneloop::run(async move {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        println!("listening on {}", listener.local_addr()?);
        serve(listener, answer).max_body(1 << 30).run().await
    })
}

/// Finds out what is asked for. An answer to HEAD is made as one to GET; its body is not sent.
async fn answer(request: Request) -> Result<Response, ReadBodyError> {
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    Ok(match request.path() {
        "/" if is_get => Response::text("Hello from one loop on one thread.\n"),
        "/chunked" if is_get => chunked(),
        "/echo" if request.method() == Method::POST => echo(request).await?,
        "/" | "/chunked" => not_allowed("GET, HEAD"),
        "/echo" => not_allowed("POST"),
        _ => Response::status_text(StatusCode::NOT_FOUND),
    })
}

/// Sends back the request's body, piece by piece as it comes.
async fn echo(request: Request) -> Result<Response, ReadBodyError> {
    let kind = request.headers().get(header::CONTENT_TYPE).cloned();
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut received = request.into_body();
    // A client that said `Expect: 100-continue` sends its body when the first piece is asked for,
    // and that must be before the answer begins.
    let mut next = received.chunk().await?;
    let echoed = Body::produce(async move |mut writer| {
        while let Some(piece) = next {
            writer.write(piece).await?;
            next = received.chunk().await?;
        }
        Ok(())
    });
    Ok(Response::ok(echoed).with_header(header::CONTENT_TYPE, kind))
}

/// A body that is made while it is sent: nobody knows its length, so it goes out in chunks.
fn chunked() -> Response {
    Response::text(Body::produce(async |mut writer| {
        for number in 1..=5 {
            writer.write(format!("line {number}\n")).await?;
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }))
}

fn not_allowed(methods: &'static str) -> Response {
    Response::status_text(StatusCode::METHOD_NOT_ALLOWED)
        .with_header(header::ALLOW, HeaderValue::from_static(methods))
}
