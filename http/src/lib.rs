//! HTTP/1.1 on the `oneloop` event loop: a client and a server on one thread.
//!
//! Read [`wire`] first: bytes in, values out, no I/O. Everything else moves those bytes.
#![forbid(unsafe_code)]

pub mod wire;
