//! Nothing: the tests of this package run hyper, axum, redis, futures-rustls and async-tungstenite on a
//! loop, each against a peer, and its examples show the first three. They need the feature `peers`, since those
//! libraries take minutes to build:
//!
//! ```sh
//! cargo test -p oneloop-foreign --features peers
//! ```
//!
//! Read `examples/hyper_server.rs` for a beginning, and `tests/peers/main.rs`.
#![forbid(unsafe_code)]
