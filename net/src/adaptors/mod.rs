//! Libraries written for other runtimes, on this loop.
//!
//! Nothing of another runtime runs for that: no reactor, no second thread. Our streams are dressed in the
//! traits that those libraries ask for, and where they want `Send` although all stays on one thread,
//! [`ThreadBound`] says so and checks it.
//!
//! | feature | what | for |
//! | --- | --- | --- |
//! | `thread-bound` | [`ThreadBound<T>`]: `Send + Sync`, because it is checked at each use | whatever asks for `Send` |
//! | `tokio-io` | `TokioIo<S>`: tokio's `AsyncRead` and `AsyncWrite` | redis, tokio-postgres and others that take a stream |
//! | `hyper` | `HyperIo<S>`, `HyperExecutor`, `HyperTimer`: what `hyper::rt` asks for | hyper, axum |
//!
//! # What runs
//!
//! Each of these is run by a test, in the package `net/foreign`, on one loop on one thread; redis against
//! a real server. The versions are those of the tests. Programs to begin from are `hyper_server.rs`, `axum_app.rs` and
//! `redis_client.rs` in `net/foreign/examples`, each run as its first comment says; more is in
//! `net/foreign/tests/peers`. This runs them all, for which redis needs Debian's `redis-server`:
//!
//! ```sh
//! cargo test -p oneloop-foreign --features peers
//! ```
//!
//! Without `--features peers` there are none: the libraries take minutes to build.
//!
//! | crate | how |
//! | --- | --- |
//! | hyper 1.12, server and client, HTTP/1 and HTTP/2 | `HyperIo::new(stream)`, `HyperExecutor` for HTTP/2, `HyperTimer` for its time-outs; services and bodies need not be `Send` |
//! | axum 0.8 | a connection at a time, by hyper and hyper-util's `TowerToHyperService`. Handlers must be `Send`: put ours into [`ThreadBound::future`]. `axum::serve` wants tokio's listener, and does not run |
//! | redis 1.8 | `MultiplexedConnection::new_with_config` over `TokioIo::new(ThreadBound::new(stream))`, with the response time-out off (`timeout(d, command)` of ours does it); its driver is a task. `Client::get_*` and pub/sub connections open tokio's sockets, and panic |
//! | futures-rustls 0.26, client and server | as they are: they take [`futures_io`] streams (TLS of our own is in `tls`) |
//! | async-tungstenite 0.34 | as it is, likewise |
//!
//! # What does not
//!
//! - Whatever opens its sockets or starts its tasks by itself with tokio: reqwest, mysql_async, mongodb,
//!   `tokio::spawn`, `axum::serve`. It panics with "there is no reactor running", and needs a tokio of its
//!   own on a side thread; [`Remote`](oneloop::Remote) brings its answers here.
//! - Time-outs that a library takes from tokio, as redis's: they panic in the same way. Turn them off, and
//!   put [`timeout`](oneloop::timeout) around the call.
//!
//! Read the source in the order `thread_bound.rs`, `tokio_io.rs`, `hyper.rs`.

mod thread_bound;
#[cfg(feature = "tokio-io")]
mod tokio_io;
#[cfg(feature = "hyper")]
mod hyper;

#[cfg(feature = "hyper")]
pub use hyper::{HyperExecutor, HyperIo, HyperTimer};
pub use thread_bound::ThreadBound;
#[cfg(feature = "tokio-io")]
pub use tokio_io::TokioIo;
