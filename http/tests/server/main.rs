//! The server seen from the other end of a connection: octets in, octets out.
//!
//! Most scenarios run twice, over a socket and over an in-memory connection that cuts every write
//! into single octets, since no verdict may depend on how octets were cut. Start with `support.rs`.

mod answers;
mod back_pressure;
mod broken_requests;
mod handlers;
mod misuse;
mod pipelining;
mod random_octets;
mod reports;
mod request_bodies;
mod stopping;
mod streaming;
mod support;
mod time_outs;
mod two_tasks;
