//! Names, TCP, UDP and processes for the `oneloop` event loop, and in-memory streams to test with.
//!
//! Everything that holds a file descriptor lives here; the loop itself is in `oneloop`. Streams
//! speak [`futures_io`]'s `AsyncRead` and `AsyncWrite`, on the stream and on a reference to it, so
//! that two references are the two halves, as with [`std::net::TcpStream`].
//!
//! ```
//! use oneloop_net::{TcpListener, TcpStream};
//!
//! oneloop::run(async {
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//!     let address = listener.local_addr()?;
//!     let echo = oneloop::create_task(async move {
//!         let (stream, _peer) = listener.accept().await?;
//!         futures_lite::io::copy(&stream, &stream).await
//!     });
//!
//!     let stream = TcpStream::connect(address).await?;
//!     stream.write_all(b"hello").await?;
//!     stream.shutdown(std::net::Shutdown::Write)?;
//!     let mut answer = String::new();
//!     futures_lite::AsyncReadExt::read_to_string(&mut &stream, &mut answer).await?;
//!     assert_eq!(answer, "hello");
//!     assert_eq!(echo.await.unwrap()?, 5);
//!     Ok::<(), std::io::Error>(())
//! })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | asyncio | the same, in [`streams`] | below it, without buffers |
//! | --- | --- | --- |
//! | `start_server` | [`start_server`](streams::start_server) | [`TcpListener`], and `create_task` for each stream it [accepts](TcpListener::accept) |
//! | `open_connection` | [`open_connection`](streams::open_connection) | [`TcpStream::connect`] |
//! | `reader.read(n)`, `readexactly(n)` | the same names | [`read`](TcpStream::read), [`read_exact`](TcpStream::read_exact) |
//! | `reader.readline()`, `readuntil` | the same names | `read_line` of futures-lite, see below |
//! | `writer.write(b)`, `await writer.drain()` | the same names | [`write_all(b).await`](TcpStream::write_all), which waits while the peer is slow |
//! | `writer.write_eof()`, `close()` | the same names | [`shutdown`](TcpStream::shutdown), dropping it |
//! | `create_subprocess_exec`, `create_subprocess_shell` | | [`process::Command`] |
//! | `ssl.SSLContext` | | `tls::TlsConnector`, `tls::TlsAcceptor`, with the feature `tls` |
//! | `start_unix_server`, `open_unix_connection` | the same names | [`UnixListener`], [`UnixStream`] |
//! | `loop.add_reader`, `add_writer` | | [`add_reader`], [`add_writer`], for descriptors of others |
//! | `create_datagram_endpoint` | | [`UdpSocket`], see [`udp`] |
//! | `loop.getaddrinfo(host, port)` | `open_connection` takes names | [`names::getaddrinfo`]; [`TcpStream::connect`] takes names |
//! | `loop.add_signal_handler` | | `signal::Signal`, with the feature `signal` |
//!
//! # Halves, and the traits
//!
//! The methods of a stream take `&self`, so it needs no splitting: one future reads from `&stream`
//! while another writes to it, and tasks that outlive the function share an
//! [`Rc`](std::rc::Rc)`<TcpStream>`. No trait is needed for `read`, `read_exact`, `write` and
//! `write_all`. For more, such as lines, `copy` or reading to the end, import futures-lite's (or
//! futures') `AsyncReadExt`, `AsyncWriteExt` and `AsyncBufReadExt`: they work on a `TcpStream`, on
//! a `&TcpStream`, and in a `BufReader` around either. Where a stream has a method of the same name
//! that one is meant, and it does the same.
//!
//! ```
//! use futures_lite::AsyncBufReadExt;
//! use futures_lite::io::BufReader;
//!
//! oneloop::run(async {
//!     let (client, server) = oneloop_net::duplex(1024);
//!     let (mut first, mut second) = (String::new(), String::new());
//!     let reading = async {
//!         let mut lines = BufReader::new(&server);
//!         lines.read_line(&mut first).await?;
//!         server.write_all(b"a line came\n").await?;
//!         lines.read_line(&mut second).await
//!     };
//!     let writing = client.write_all(b"one\ntwo\n");
//!     let (read, written) = oneloop::gather((reading, writing)).await;
//!     read?;
//!     written?;
//!     assert_eq!((first.as_str(), second.as_str()), ("one\n", "two\n"));
//!     Ok::<(), std::io::Error>(())
//! })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Read on in this order: `address.rs` (what can be passed as an address), `failure.rs`, `hindrance.rs`,
//! `transfer.rs`, `socket.rs` (what all sockets have in common), `names/`, `tcp/`, `udp/`, `unix/`,
//! `descriptors.rs`, `inherited.rs`, `duplex.rs`, `streams/`, `process/`, `tls/` and `adaptors/`
//! (libraries written for other runtimes; feature `tokio-io` or `hyper`).
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod failure;
mod hindrance;
mod socket;
mod transfer;
pub mod names;
pub mod tcp;
#[doc(inline)]
pub use tcp::{TcpListener, TcpStream};
pub mod udp;
#[doc(inline)]
pub use udp::UdpSocket;
#[cfg(unix)]
pub mod unix;
#[cfg(unix)]
#[doc(inline)]
pub use unix::{UnixDatagram, UnixListener, UnixStream};
#[cfg(unix)]
pub mod descriptors;
#[cfg(unix)]
#[doc(inline)]
pub use descriptors::{add_reader, add_writer, remove_reader, remove_writer};
#[cfg(all(unix, feature = "inherited"))]
pub mod inherited;
pub mod duplex;
pub mod streams;
#[cfg(unix)]
pub mod process;
#[cfg(all(unix, feature = "process-pool"))]
pub mod process_pool;
#[cfg(all(unix, feature = "signal"))]
pub mod signal;
#[cfg(feature = "tls")]
pub mod tls;
#[cfg(feature = "thread-bound")]
pub mod adaptors;
pub use address::{Target, ToAddresses};
#[doc(inline)]
pub use duplex::{DuplexStream, duplex};
