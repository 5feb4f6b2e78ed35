//! The same over Unix sockets: [`open_unix_connection`] and [`start_unix_server`]. Next: `over_tls.rs`.

use super::clients::Clients;
use super::server::{Address, Server};
use super::{StreamReader, StreamWriter, reader_and_writer};
use crate::unix::{UnixListener, UnixStream};
use std::io;
use std::path::Path;
use std::rc::Rc;

/// Connects to a Unix socket, and returns a reader and a writer of the connection: asyncio's
/// `open_unix_connection`. A path that begins with a NUL is an abstract name, see [`unix`](crate::unix).
///
/// Cancel safety: giving it up closes what was begun.
///
/// # Errors
/// As [`UnixStream::connect`].
///
/// ```
/// use oneloop_net::streams::{open_unix_connection, start_unix_server};
/// let path = std::env::temp_dir().join(format!("oneloop-open-{}.sock", std::process::id()));
/// oneloop::run(async {
///     let server = start_unix_server(async |_, writer| writer.write(b"welcome\n"), &path).await?;
///     let (reader, _writer) = open_unix_connection(&path).await?;
///     assert_eq!(reader.readline().await?, b"welcome\n");
///     assert_eq!(server.local_unix_addr()?.as_pathname(), Some(&*path));
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn open_unix_connection(
    path: impl AsRef<Path>,
) -> io::Result<(StreamReader, StreamWriter)> {
    Ok(reader_and_writer(UnixStream::connect(path).await?))
}

/// Listens at a Unix socket, and runs `serve` in a task of its own for each connection: asyncio's
/// `start_unix_server`. All else is as with [`start_server`](super::start_server).
///
/// # Errors
/// As [`UnixListener::bind`].
///
/// ```
/// use oneloop_net::streams::{open_unix_connection, start_unix_server};
/// let path = std::env::temp_dir().join(format!("oneloop-start-{}.sock", std::process::id()));
/// oneloop::run(async {
///     let echo = async |reader: oneloop_net::streams::StreamReader,
///                       writer: oneloop_net::streams::StreamWriter| {
///         writer.write(&reader.readline().await?)
///     };
///     let _server = start_unix_server(echo, &path).await?;
///     let (reader, writer) = open_unix_connection(&path).await?;
///     writer.write(b"hello\n")?;
///     assert_eq!(reader.readline().await?, b"hello\n");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn start_unix_server<F>(serve: F, path: impl AsRef<Path>) -> io::Result<Server>
where
    F: AsyncFn(StreamReader, StreamWriter) -> io::Result<()> + 'static,
{
    Ok(serve_on_unix(serve, UnixListener::bind(path).await?))
}

/// The same on a listener that is there already.
///
/// # Panics
/// Outside a loop.
///
/// ```
/// use oneloop_net::streams::serve_on_unix;
/// use oneloop_net::unix::UnixListener;
/// let path = std::env::temp_dir().join(format!("oneloop-serve-{}.sock", std::process::id()));
/// oneloop::run(async {
///     let inherited = std::os::unix::net::UnixListener::bind(&path)?;
///     let listener = UnixListener::from_std(inherited)?;
///     let server = serve_on_unix(async |_reader, writer| writer.write(b"hi\n"), listener);
///     assert!(server.is_serving());
///     std::fs::remove_file(&path)
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn serve_on_unix<F>(serve: F, listener: UnixListener) -> Server
where
    F: AsyncFn(StreamReader, StreamWriter) -> io::Result<()> + 'static,
{
    super::server::expect_loop("serve_on_unix");
    let address = Address::Unix(listener.local_addr());
    Server::start("start_unix_server", address, |clients| {
        accept(listener, Rc::new(serve), clients)
    })
}

/// Accepts until it is cancelled. Clients have no names, so they are numbered.
async fn accept<F>(listener: UnixListener, serve: Rc<F>, clients: Rc<Clients>) -> io::Result<()>
where
    F: AsyncFn(StreamReader, StreamWriter) -> io::Result<()> + 'static,
{
    for number in 1_u64.. {
        let (stream, _) = listener.accept().await?;
        let serve = serve.clone();
        let peer = format!("{number} of a Unix socket");
        clients.start(
            reader_and_writer(stream),
            peer,
            |reader, writer| async move { serve(reader, writer).await },
        );
    }
    Ok(())
}
