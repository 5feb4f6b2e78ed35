//! Unix sockets: streams and datagrams between programs of one machine, by paths instead of addresses.
//!
//! A path that begins with a NUL is an abstract name, as in Python: it is in no folder, needs no
//! clean-up, and only Linux has it.
//!
//! ```
//! # #[cfg(target_os = "linux")]
//! # {
//! use oneloop_net::unix::{UnixListener, UnixStream};
//! let name = format!("\0oneloop-example-{}", std::process::id());
//! oneloop::run(async {
//!     let listener = UnixListener::bind(&name).await?;
//!     let client = UnixStream::connect(&name).await?;
//!     let (server, _) = listener.accept().await?;
//!     client.write_all(b"hello").await?;
//!     let mut buffer = [0; 5];
//!     server.read_exact(&mut buffer).await?;
//!     assert_eq!(&buffer, b"hello");
//!     Ok::<(), std::io::Error>(())
//! })?;
//! # }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! | asyncio | here |
//! | --- | --- |
//! | `open_unix_connection(path)` | [`streams::open_unix_connection`](crate::streams::open_unix_connection), or [`UnixStream::connect`] |
//! | `start_unix_server(f, path)` | [`streams::start_unix_server`](crate::streams::start_unix_server), or [`UnixListener::bind`] |
//! | `create_datagram_endpoint(P, path, family=AF_UNIX)` | [`UnixDatagram`] |
//! | `socket.send_fds`, `recv_fds` | [`UnixStream::send_descriptors`], [`UnixStream::recv_descriptors`] |
//!
//! Who the peer is (`SO_PEERCRED`) can't be asked yet: rustix has no value for a process that our
//! process can't see, which a peer in another container is.
//!
//! Read the source in the order `address.rs`, `stream.rs`, `traits.rs`, `connect.rs`, `descriptors.rs`,
//! `listener.rs`, `datagram.rs`.

mod address;
mod connect;
mod datagram;
mod descriptors;
mod listener;
mod stream;
mod traits;

pub use datagram::UnixDatagram;
pub use descriptors::Received;
pub use listener::UnixListener;
pub use std::os::unix::net::SocketAddr;
pub use stream::UnixStream;
