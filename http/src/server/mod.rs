//! The server: [`serve`] a listener with an async function from [`Request`] to a response.
//!
//! The files in reading order: `settings` (what is allowed), `shared` (who is open, the stop),
//! `accepting` (from listener to connection), `connection` (the loop that answers), `incoming` and
//! `sending` (bodies), `answer` (the head of an answer), `transport` (buffers), `report` (what the
//! server's own people hear of failures).

mod settings;
mod shared;
mod accepting;
mod connection;
mod incoming;
mod sending;
mod answer;
mod transport;
mod report;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use oneloop::Loop;

pub use accepting::Accept;
pub use report::ServingError;
use settings::Settings;
use shared::Shared;

use crate::request::Request;
use crate::response::IntoResponse;
use crate::wire::Limits;

/// Serves HTTP/1.1 on a listener: every request goes to `handler`, an async function from
/// [`Request`] to anything that [`IntoResponse`].
///
/// The result is a [`Server`] with its default settings, to be [run](Server::run) or
/// [started](Server::start). Handlers run inside the task of their connection and may be `!Send`;
/// the next request of a connection is handled after the answer to the one before it is complete.
/// When the peer goes away a handler runs on to its end; a streaming body ends at its next write.
/// A HEAD goes to the handler as a GET does: the head of its answer is sent as it would be for a
/// GET, and the body is left out (one that is made while it is sent is not made at all).
///
/// In lists of tasks a server is "http accept", and "http connection" for each open one.
///
/// ```
/// # use futures_lite::{AsyncReadExt, AsyncWriteExt};
/// # oneloop::run(async {
/// use oneloop_http::{Request, Response, serve};
/// use oneloop_net::{TcpListener, TcpStream};
///
/// async fn hello(request: Request) -> Response {
///     Response::text(format!("Hello, {}", request.path()))
/// }
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let address = listener.local_addr()?;
/// let server = serve(listener, hello).start();
///
/// let mut peer = TcpStream::connect(address).await?;
/// peer.write_all(b"GET /you HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await?;
/// let mut answer = String::new();
/// peer.read_to_string(&mut answer).await?;
/// assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"));
/// assert!(answer.ends_with("\r\n\r\nHello, /you"));
/// server.stop(std::time::Duration::from_secs(1)).await;
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub fn serve<L, H, R>(listener: L, handler: H) -> Server<L, H>
where
    L: Accept<Stream: 'static>,
    H: AsyncFn(Request) -> R + 'static,
    R: IntoResponse + 'static,
{
    Server {
        listener,
        handler,
        settings: Settings::default(),
    }
}

/// Serves one connection, with the default settings, until it ends.
///
/// For a stream that comes from elsewhere than a listener: a test's in-memory pair, a Unix socket,
/// what inetd hands over.
///
/// ```
/// # use futures_lite::AsyncReadExt;
/// # oneloop::run(async {
/// let (mut peer, stream) = oneloop_net::duplex(1024);
/// oneloop::create_task(oneloop_http::serve_connection(stream, async |_| "Hello"));
/// peer.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
/// let mut answer = String::new();
/// peer.read_to_string(&mut answer).await?;
/// assert!(answer.ends_with("\r\n\r\nHello"));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
pub async fn serve_connection<S, H, R>(stream: S, handler: H)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
    H: AsyncFn(Request) -> R,
    R: IntoResponse,
{
    let place = Shared::new(Settings::default()).open();
    let remote: Option<SocketAddr> = None;
    connection::run(stream, remote, Rc::new(handler), place).await;
}

/// A server that is set up and not yet running; made by [`serve`].
///
/// ```
/// # oneloop::run(async {
/// # use std::time::Duration;
/// use oneloop_http::serve;
///
/// let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
/// let server = serve(listener, async |_| "Hello")
///     .max_connections(1000)
///     .max_body(64 * 1024)
///     .header_timeout(Duration::from_secs(5))
///     .start();
/// assert_eq!(server.stats().open_connections, 0);
/// server.stop(Duration::ZERO).await;
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[must_use = "a server does nothing until it is run or started"]
pub struct Server<L, H> {
    listener: L,
    handler: H,
    settings: Settings,
}

impl<L, H, R> Server<L, H>
where
    L: Accept<Stream: 'static> + 'static,
    H: AsyncFn(Request) -> R + 'static,
    R: IntoResponse + 'static,
{
    /// Sets the limits of request heads, chunk extensions and trailers.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = Rc::new(limits);
        self
    }

    /// Sets how large a body [`Request::bytes`] accepts, in octets (1 MiB); more is a 413.
    pub fn max_body(mut self, octets: u64) -> Self {
        self.settings.max_body = octets;
        self
    }

    /// Sets how many connections may be open (no limit). At the limit nothing is accepted until one
    /// closes; who comes meanwhile waits in the listener's backlog.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.settings.max_connections = connections;
        self
    }

    /// Sets how long a head may take from its first octet to its last (30 s); then it is a 408. A
    /// new connection that says nothing is closed after this time too.
    pub fn header_timeout(mut self, limit: Duration) -> Self {
        self.settings.header_timeout = limit;
        self
    }

    /// Sets how long a body that is being read may make no progress (60 s); then it is a 408.
    pub fn body_timeout(mut self, limit: Duration) -> Self {
        self.settings.body_timeout = limit;
        self
    }

    /// Sets how long a connection may wait for its next request (75 s); then it is closed.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.settings.idle_timeout = limit;
        self
    }

    /// Sets how long a peer may take nothing while an answer waits (60 s); then it is closed. What a TLS
    /// stream holds back has as long for all of it.
    pub fn write_timeout(mut self, limit: Duration) -> Self {
        self.settings.write_timeout = limit;
        self
    }

    /// Sets who hears of errors that no answer tells: a handler's unexpected error or panic, a body
    /// that failed while it was sent. Without it they are printed to stderr.
    pub fn on_error(mut self, listener: impl Fn(&ServingError) + 'static) -> Self {
        self.settings.on_error = Box::new(listener);
        self
    }

    /// Serves until it is dropped or cancelled, which closes the listener and every connection.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn run(self) -> io::Result<()> {
        let shared = Shared::new(self.settings);
        accepting::run(self.listener, self.handler, shared).await
    }

    /// Serves in a task of its own, as `asyncio.start_server` does, and returns the handle to it.
    ///
    /// Dropping the handle leaves the server running. A listener that fails for good is told to
    /// [`on_error`](Server::on_error).
    ///
    /// # Panics
    /// Outside a loop.
    #[track_caller]
    pub fn start(self) -> ServerHandle {
        expect_loop("Server::start");
        let shared = Shared::new(self.settings);
        let server = Rc::clone(&shared);
        let task = oneloop::task::Builder::new().name("http accept");
        let _detached = task.create_task(async move {
            if let Err(error) =
                accepting::run(self.listener, self.handler, Rc::clone(&server)).await
            {
                server.report(&ServingError::of_listener(error));
            }
        });
        ServerHandle { shared }
    }
}

/// Panics outside a loop, at the place of who called `what`.
#[track_caller]
fn expect_loop(what: &str) {
    if let Err(error) = Loop::current() {
        panic!("`{what}` was called outside a loop: {error}");
    }
}

impl<L, H> fmt::Debug for Server<L, H> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A handle to a running server; made by [`Server::start`].
///
/// ```
/// # oneloop::run(async {
/// use std::time::Duration;
/// use oneloop_http::{ServerHandle, serve};
///
/// let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
/// let server: ServerHandle = serve(listener, async |_| "Hello").start();
/// // Later, and from wherever a clone of the handle is:
/// server.clone().stop(Duration::from_secs(10)).await;
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct ServerHandle {
    shared: Rc<Shared>,
}

impl ServerHandle {
    /// Stops the server gracefully; the returned future waits for the end, and says how many of the
    /// open connections came to theirs and how many were cut.
    ///
    /// At once, awaited or not: the listener is closed, and so are connections without a request.
    /// Handlers that run go on for at most `grace`, and their answers say `Connection: close`; what
    /// is open after that is cancelled. There is one deadline for all of it: a second call can only
    /// bring it forward.
    ///
    /// # Panics
    /// Outside a loop.
    #[track_caller]
    pub fn stop(&self, grace: Duration) -> impl Future<Output = Stopped> + use<> {
        expect_loop("ServerHandle::stop");
        self.shared.stop(grace);
        let shared = Rc::clone(&self.shared);
        async move {
            shared.ended().await;
            shared.stopped()
        }
    }

    /// Counts what the server has done and has open.
    pub fn stats(&self) -> ServerStats {
        ServerStats {
            open_connections: self.shared.open_connections(),
            requests: self.shared.requests(),
        }
    }
}

/// What became of the connections that were open when a server was [stopped](ServerHandle::stop).
///
/// ```
/// # oneloop::run(async {
/// use std::time::Duration;
/// use oneloop_http::{Stopped, serve};
///
/// let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
/// let server = serve(listener, async |_| "Hello").start();
/// let stopped: Stopped = server.stop(Duration::from_secs(10)).await;
/// assert_eq!((stopped.finished, stopped.cancelled), (0, 0));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// How many ended by themselves in time: those without a request at once, the others when their
    /// handlers had.
    pub finished: usize,
    /// How many were still open when the grace was over, and were cancelled.
    pub cancelled: usize,
}

/// Numbers about a running server, as [`ServerHandle::stats`] gives them.
///
/// ```
/// # use futures_lite::{AsyncReadExt, AsyncWriteExt};
/// # oneloop::run(async {
/// let listener = oneloop_net::TcpListener::bind("127.0.0.1:0").await?;
/// let address = listener.local_addr()?;
/// let server = oneloop_http::serve(listener, async |_| "Hello").start();
///
/// let mut peer = oneloop_net::TcpStream::connect(address).await?;
/// peer.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await?;
/// peer.read(&mut [0; 1024]).await?;
/// let stats = server.stats();
/// assert_eq!((stats.open_connections, stats.requests), (1, 1));
/// # std::io::Result::Ok(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStats {
    /// How many connections are open now, idle ones included.
    pub open_connections: usize,
    /// How many well-formed requests have been received.
    pub requests: u64,
}
