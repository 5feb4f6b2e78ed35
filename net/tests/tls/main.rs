//! TLS through the public interface: what is agreed on, each error by its kind, the two ways to end,
//! and bytes that come once and in order however they are cut. Next: `made.rs`, then the scenarios.
#![cfg(feature = "tls")]

mod made;
mod agreed;
mod named;
mod refused;
mod ends;
mod flow;
mod given;
mod cuts;
mod model;
mod streamed;
mod upgraded;
