//! HTTP/1.1 on the `oneloop` event loop: a client and a server on one thread.
//!
//! ```
//! use oneloop_http::{ClientSession, HandlerError, Request, Response, serve};
//! use std::time::Duration;
//!
//! /// A handler is an async function from a request to a response.
//! async fn greet(mut request: Request) -> Result<Response, HandlerError> {
//!     let name = request.text().await?;
//!     oneloop::sleep(Duration::from_millis(2)).await; // Its own connection waits, nobody else.
//!     Ok(Response::text(format!("Hello, {name}")))
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! oneloop::run(async {
//!     let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
//!     let url = format!("http://{}/", listener.local_addr()?);
//!     let server = serve(listener, greet).start();
//!
//!     let session = ClientSession::new();
//!     let ask = async |name: &'static str| session.post(&url).body(name).await?.text().await;
//!     let (ann, bob) = oneloop::gather((ask("Ann"), ask("Bob"))).await;
//!     assert_eq!((ann?.as_str(), bob?.as_str()), ("Hello, Ann", "Hello, Bob"));
//!
//!     server.stop(Duration::from_secs(1)).await;
//!     Ok(())
//! })
//! # }
//! ```
//!
//! | aiohttp | here |
//! | --- | --- |
//! | `web.run_app(app)` | [`serve`]`(listener, handler).`[`run()`](Server::run)`.await` |
//! | `AppRunner.setup()`, `cleanup()` | [`start()`](Server::start), [`ServerHandle::stop`] |
//! | a handler, `await request.text()` | the same: [`Request`]; its body can be read piece by piece |
//! | `web.Response`, `StreamResponse` | [`Response`]; [`Body::produce`] for one that is made while it is sent |
//! | `raise web.HTTPNotFound` | `Err(`[`HandlerError`]`::new(status, text))`, or `?` on any error |
//! | routes | a `match` on `(request.method(), request.path())` |
//! | `ClientSession`, `session.get(url)` | [`ClientSession`], `session.get(url).await` |
//! | `ClientTimeout`, `ClientError` | [`SessionBuilder`](client::SessionBuilder), [`ClientError`], which tells how far it had come |
//!
//! Read [`wire`] first: bytes in, values out, no I/O. Everything else moves those bytes: [`server`]
//! from a listener to an async function that makes a [`Response`] of a [`Request`], [`client`] from
//! a URL to a [`ClientResponse`].
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod wire;
mod field;
mod body;
mod request;
mod response;
mod watchdog;
mod scratch;
pub mod server;
pub mod client;

pub use body::{Body, BodyClosed, BodyWriter, BoxError};
#[doc(inline)]
pub use client::{ClientError, ClientResponse, ClientSession};
pub use field::HeaderError;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header};
pub use request::{ReadBodyError, Request, RequestBody};
pub use response::{HandlerError, IntoResponse, Response};
#[doc(inline)]
pub use server::{
    Accept, Server, ServerHandle, ServerStats, ServingError, Stopped, serve, serve_connection,
};
