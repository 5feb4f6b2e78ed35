//! [`start_server`]: a task for each connection. Next: `over_unix.rs`.

use super::again::again;
use super::clients::Clients;
use super::{StreamReader, StreamWriter, reader_and_writer};
use crate::ToAddresses;
use crate::tcp::TcpListener;
use oneloop::{JoinError, Loop, Task, task};
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

/// Listens on an address, and runs `serve` in a task of its own for each connection: asyncio's
/// `start_server`.
///
/// An error of `serve` goes to the loop's exception handler; the others are served on. A connection
/// is closed, once what was written is sent, when `serve` has dropped its reader and writer.
///
/// `serve` ends with `Ok(())`, and its error is an [`io::Error`], so that `?` knows in a closure what to
/// turn errors into: `.map_err(io::Error::other)?` makes one of any other.
///
/// It listens on one address: the first of several that can be bound, where asyncio takes all of them.
/// For all interfaces, which are asyncio's `host=None`, write `0.0.0.0`, or `[::]`, which most systems
/// let take IPv4 clients, too; for both apart, start a server for each.
///
/// # Errors
/// When it can't listen: the address is taken, or not this machine's.
///
/// ```
/// use oneloop_net::streams::{open_connection, start_server};
/// oneloop::run(async {
///     let server = start_server(
///         async |reader, writer| {
///             let line = reader.readline().await?;
///             writer.write(&line)
///         },
///         "127.0.0.1:0",
///     )
///     .await?;
///
///     let (reader, writer) = open_connection(server.local_addr()?).await?;
///     writer.write(b"hello\n")?;
///     assert_eq!(reader.readline().await?, b"hello\n");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn start_server<F>(serve: F, addresses: impl ToAddresses) -> io::Result<Server>
where
    F: AsyncFn(StreamReader, StreamWriter) -> io::Result<()> + 'static,
{
    Ok(serve_on(serve, TcpListener::bind(addresses).await?))
}

/// The same on a listener that is there already.
///
/// # Panics
/// Outside a loop.
///
/// ```
/// use oneloop_net::{TcpListener, streams::serve_on};
/// oneloop::run(async {
///     let listener = TcpListener::builder().backlog(16).bind("127.0.0.1:0").await?;
///     let server = serve_on(async |_reader, writer| writer.write(b"hi\n"), listener);
///     assert_ne!(server.local_addr()?.port(), 0);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn serve_on<F>(serve: F, listener: TcpListener) -> Server
where
    F: AsyncFn(StreamReader, StreamWriter) -> io::Result<()> + 'static,
{
    expect_loop("serve_on");
    let address = Address::Internet(listener.local_addr());
    Server::start("start_server", address, |clients| {
        accept(listener, Rc::new(serve), clients)
    })
}

/// Panics at the caller's place where there is no loop.
#[track_caller]
pub(super) fn expect_loop(what: &'static str) {
    if let Err(error) = Loop::current() {
        panic!("`{what}` was called outside a loop: {error}");
    }
}

/// Accepts until it is cancelled. The listener survives a lack of descriptors by itself.
async fn accept<F>(listener: TcpListener, serve: Rc<F>, clients: Rc<Clients>) -> io::Result<()>
where
    F: AsyncFn(StreamReader, StreamWriter) -> io::Result<()> + 'static,
{
    loop {
        let (stream, peer) = listener.accept().await?;
        let serve = serve.clone();
        clients.start(
            reader_and_writer(stream),
            peer.to_string(),
            |reader, writer| async move { serve(reader, writer).await },
        );
    }
}

/// A server that was started: asyncio's `Server`. Dropping it stops accepting, and lets the connections
/// there are come to their end.
///
/// ```
/// use oneloop_net::streams::{Server, start_server};
/// oneloop::run(async {
///     let server: Server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
///     server.close();
///     server.wait_closed().await;
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "dropping a Server stops it accepting"]
pub struct Server {
    accepting: Task<io::Result<()>>,
    clients: Rc<Clients>,
    address: Address,
}

/// Where a server listens.
#[derive(Debug)]
pub(super) enum Address {
    Internet(io::Result<SocketAddr>),
    #[cfg(unix)]
    Unix(io::Result<crate::unix::SocketAddr>),
}

/// How a server's connections ended: see [`Server::shutdown`].
///
/// ```
/// use oneloop_net::streams::start_server;
/// use std::time::Duration;
/// oneloop::run(async {
///     let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
///     let ended = server.shutdown(Duration::from_secs(5)).await;
///     assert_eq!((ended.finished, ended.aborted), (0, 0));
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shutdown {
    /// How many came to their end in time.
    pub finished: usize,
    /// How many were aborted.
    pub aborted: usize,
}

impl Server {
    /// Accepts by this future, which hands its clients to the list.
    pub(super) fn start<F>(
        name: &'static str,
        address: Address,
        accept: impl FnOnce(Rc<Clients>) -> F,
    ) -> Server
    where
        F: Future<Output = io::Result<()>> + 'static,
    {
        let clients = Rc::new(Clients::default());
        let accepting = task::Builder::new()
            .name(name)
            .report_errors()
            .create_task(accept(clients.clone()));
        Server {
            accepting,
            clients,
            address,
        }
    }

    /// The address on which it listens; with port 0, the port that the system chose.
    ///
    /// # Errors
    /// When the system can't tell, and for a server at a Unix socket, whose address has another type.
    ///
    /// ```
    /// # use oneloop_net::streams::start_server;
    /// # oneloop::run(async {
    /// let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
    /// assert!(server.local_addr()?.ip().is_loopback());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        match &self.address {
            Address::Internet(address) => address.as_ref().copied().map_err(again),
            #[cfg(unix)]
            Address::Unix(_) => {
                let text = "the server listens at a Unix socket: ask `local_unix_addr`";
                Err(io::Error::new(io::ErrorKind::Unsupported, text))
            }
        }
    }

    /// The address of the Unix socket at which it listens.
    ///
    /// # Errors
    /// When the system can't tell, and for a server that listens on a port.
    #[cfg(unix)]
    pub fn local_unix_addr(&self) -> io::Result<crate::unix::SocketAddr> {
        match &self.address {
            Address::Unix(address) => address.as_ref().cloned().map_err(again),
            Address::Internet(_) => {
                let text = "the server listens on a port: ask `local_addr`";
                Err(io::Error::new(io::ErrorKind::Unsupported, text))
            }
        }
    }

    /// Returns how many connections are being served.
    ///
    /// ```
    /// # use oneloop_net::streams::start_server;
    /// # oneloop::run(async {
    /// let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
    /// assert_eq!(server.clients(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// Tells whether it accepts connections.
    ///
    /// ```
    /// # use oneloop_net::streams::start_server;
    /// # oneloop::run(async {
    /// let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
    /// assert!(server.is_serving());
    /// server.close();
    /// server.wait_closed().await;
    /// assert!(!server.is_serving());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_serving(&self) -> bool {
        !self.accepting.done() && self.accepting.cancelling() == 0
    }

    /// Stops accepting. Connections that are there are served on.
    ///
    /// ```
    /// # use oneloop_net::streams::start_server;
    /// # oneloop::run(async {
    /// let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
    /// server.close();
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn close(&self) {
        self.accepting.cancel();
    }

    /// Waits until it has stopped accepting, which [`close`](Server::close) began, and all its
    /// connections have come to their end.
    ///
    /// Cancel safety: giving it up changes nothing.
    ///
    /// ```
    /// # use oneloop_net::streams::start_server;
    /// # oneloop::run(async {
    /// let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
    /// server.close();
    /// server.wait_closed().await;
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn wait_closed(&self) {
        oneloop::wait([&self.accepting]).await;
        self.clients.none_left().await;
    }

    /// Closes each connection once what was written to it is sent; its reader finds the end of the
    /// stream. See asyncio's `Server.close_clients`.
    ///
    /// ```
    /// # use oneloop_net::streams::start_server;
    /// # oneloop::run(async {
    /// let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
    /// server.close_clients();
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn close_clients(&self) {
        self.clients.close();
    }

    /// Closes each connection at once; what is not sent is lost. See asyncio's `Server.abort_clients`.
    ///
    /// ```
    /// # use oneloop_net::streams::start_server;
    /// # oneloop::run(async {
    /// let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
    /// server.abort_clients();
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn abort_clients(&self) {
        self.clients.abort();
    }

    /// Stops accepting, gives the connections so much time to come to their end, and then aborts those
    /// that are left: their tasks are cancelled, and their clean-up is awaited.
    ///
    /// Cancel safety: given up, it leaves the connections to themselves; dropping the server stops it
    /// accepting.
    ///
    /// ```
    /// # use oneloop_net::streams::{open_connection, start_server};
    /// # use std::time::Duration;
    /// # oneloop::run(async {
    /// let server = start_server(async |reader, _| reader.read(1).await.map(drop).map_err(Into::into), "127.0.0.1:0").await?;
    /// let _silent = open_connection(server.local_addr()?).await?;
    /// while server.clients() == 0 {
    ///     oneloop::sleep(Duration::from_millis(1)).await;
    /// }
    /// let ended = server.shutdown(Duration::from_millis(1)).await;
    /// assert_eq!((ended.finished, ended.aborted), (0, 1));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn shutdown(self, grace: Duration) -> Shutdown {
        self.close();
        oneloop::wait([&self.accepting]).await;
        let before = self.clients();
        // In time or not: who is left tells.
        let _ = oneloop::timeout(grace, self.clients.none_left()).await;
        let aborted = self.clients();
        // First the request, so that nobody takes the end for the client's.
        self.clients.cancel();
        self.clients.abort();
        self.clients.none_left().await;
        Shutdown {
            finished: before - aborted,
            aborted,
        }
    }

    /// Serves until it is cancelled, or accepting fails for good.
    ///
    /// Cancel safety: cancelling stops it accepting; connections that are there are served on.
    ///
    /// # Errors
    /// When accepting fails in a way that waiting does not mend.
    ///
    /// ```
    /// # use oneloop_net::streams::start_server;
    /// # use std::time::Duration;
    /// # oneloop::run(async {
    /// let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
    /// let served = oneloop::timeout(Duration::from_millis(1), server.serve_forever()).await;
    /// assert!(served.is_err());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn serve_forever(mut self) -> io::Result<()> {
        match (&mut self.accepting).await {
            Ok(ended) => ended,
            Err(error) => Err(stopped(error)),
        }
    }
}

#[cold]
fn stopped(error: JoinError) -> io::Error {
    io::Error::new(io::ErrorKind::Interrupted, error)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("serving", &self.is_serving())
            .field("clients", &self.clients())
            .finish()
    }
}
