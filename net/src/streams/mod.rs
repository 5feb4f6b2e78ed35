//! Streams as asyncio has them: a reader that knows lines and lengths, a writer that never waits, and
//! [`start_server`], [`open_connection`] around them.
//!
//! They are for protocols of lines and records, and for whoever comes from asyncio. Below them are the
//! streams themselves ([`TcpStream`] and its kin), which copy nothing and hold no buffer.
//!
//! ```
//! use oneloop_net::streams::{open_connection, start_server};
//! oneloop::run(async {
//!     let server = start_server(
//!         async |reader, writer| {
//!             while let line = reader.readline().await? && !line.is_empty() {
//!                 writer.write(&line)?;
//!                 writer.drain().await?;
//!             }
//!             Ok(())
//!         },
//!         "127.0.0.1:0",
//!     )
//!     .await?;
//!
//!     let (reader, writer) = open_connection(server.local_addr()?).await?;
//!     writer.write(b"one\ntwo\n")?;
//!     writer.write_eof();
//!     assert_eq!(reader.read_to_end(100).await?, b"one\ntwo\n");
//!     Ok::<(), std::io::Error>(())
//! })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Differences from asyncio: `read_to_end` wants a bound, where `read(-1)` has none; a line that is too
//! long stays in the reader; errors are values that say what had come; `write` leaves its bytes to the
//! loop, which sends them when the task next waits, where asyncio's tries at once; bytes that the end
//! of the program cuts off are reported. What a cancelled read had received is read by the next one, as
//! in asyncio.
//!
//! Read on in this order: `search.rs`, `read_error.rs`, `again.rs`, `incoming.rs`, `reader.rs`, `traits.rs`,
//! `lines.rs`, `unsent.rs`, `connection.rs`, `connected.rs`, `outgoing.rs`, `writer.rs`, `clients.rs`,
//! `server.rs`, `over_unix.rs`, `over_tls.rs`, `start_tls.rs`.

mod again;
mod clients;
mod connected;
mod connection;
mod incoming;
mod lines;
mod outgoing;
#[cfg(feature = "tls")]
mod over_tls;
#[cfg(unix)]
mod over_unix;
mod read_error;
mod reader;
mod search;
mod server;
#[cfg(feature = "tls")]
mod start_tls;
mod traits;
mod unsent;
mod writer;

pub(crate) use again::again;
pub use lines::Lines;
#[cfg(feature = "tls")]
pub use over_tls::{open_tls_connection, serve_on_tls, start_tls_server};
#[cfg(unix)]
pub use over_unix::{open_unix_connection, serve_on_unix, start_unix_server};
pub use read_error::ReadError;
pub use reader::StreamReader;
pub use server::{Server, Shutdown, serve_on, start_server};
pub use writer::StreamWriter;

use crate::{TcpStream, ToAddresses};
use futures_io::{AsyncRead, AsyncWrite};
use std::io;

/// Connects, and returns a reader and a writer of the connection: asyncio's `open_connection`.
///
/// Cancel safety: giving it up closes what was begun.
///
/// # Errors
/// As [`TcpStream::connect`].
///
/// ```
/// use oneloop_net::streams::{open_connection, start_server};
/// oneloop::run(async {
///     let server = start_server(async |_, writer| writer.write(b"welcome\n"), "127.0.0.1:0").await?;
///     let (reader, _writer) = open_connection(server.local_addr()?).await?;
///     assert_eq!(reader.readline().await?, b"welcome\n");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn open_connection(
    addresses: impl ToAddresses,
) -> io::Result<(StreamReader, StreamWriter)> {
    Ok(reader_and_writer(TcpStream::connect(addresses).await?))
}

/// Makes a reader and a writer of any stream that goes both ways.
///
/// The stream must let one task read while another writes, as those here do.
///
/// ```
/// use oneloop_net::streams::reader_and_writer;
/// oneloop::run(async {
///     let (client, server) = oneloop_net::duplex(1024);
///     let (reader, writer) = reader_and_writer(server);
///     client.write_all(b"ping\n").await?;
///     writer.write(&reader.readline().await?)?;
///     let mut echo = [0; 5];
///     client.read_exact(&mut echo).await?;
///     assert_eq!(&echo, b"ping\n");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn reader_and_writer<S>(stream: S) -> (StreamReader, StreamWriter)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let (read, write) = connection::split(stream);
    (StreamReader::new(read), StreamWriter::of(write))
}
