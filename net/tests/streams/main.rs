//! Readers and writers of streams, and the server around them.
#[path = "../common/mod.rs"]
mod common;

mod closing;
mod model;
mod reader;
mod server;
mod told;
mod writer;
