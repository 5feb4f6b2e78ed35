//! Nothing: the tests of this package run hyper, axum, redis, futures-rustls and async-tungstenite on a
//! loop, each against a peer. They need the feature `peers`, since those libraries take minutes to build:
//!
//! ```sh
//! cargo test -p oneloop-foreign --features peers
//! ```
//!
//! Read `tests/peers/main.rs`.
#![forbid(unsafe_code)]
