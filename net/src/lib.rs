//! TCP for the `oneloop` event loop, and in-memory streams to test with.
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
//! Read on in this order: `address.rs` (what can be passed as an address), `socket.rs` (what all
//! sockets have in common), `tcp/` and `duplex.rs`.
#![forbid(unsafe_code)]

mod address;
mod socket;
pub mod tcp;
#[doc(inline)]
pub use tcp::{TcpListener, TcpStream};
pub mod duplex;
#[cfg(all(unix, feature = "signal"))]
pub mod signal;
pub use address::ToAddresses;
#[doc(inline)]
pub use duplex::{DuplexStream, duplex};
