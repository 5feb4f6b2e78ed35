//! HTTP/1.1 on the `oneloop` event loop: a client and a server on one thread.
//!
//! Read [`wire`] first: bytes in, values out, no I/O. Everything else moves those bytes: [`server`]
//! from a listener to an async function that makes a [`Response`] of a [`Request`], [`client`] from
//! a URL to a [`ClientResponse`].
#![forbid(unsafe_code)]

pub mod wire;
mod field;
mod body;
mod request;
mod response;
mod watchdog;
pub mod server;
pub mod client;

pub use body::{Body, BodyClosed, BodyWriter, BoxError};
#[doc(inline)]
pub use client::{ClientError, ClientResponse, ClientSession};
pub use field::HeaderError;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
pub use request::{ReadBodyError, Request, RequestBody};
pub use response::{HandlerError, IntoResponse, Response};
#[doc(inline)]
pub use server::{
    Accept, Server, ServerHandle, ServerStats, ServingError, serve, serve_connection,
};
