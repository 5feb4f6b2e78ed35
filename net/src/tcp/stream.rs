//! [`TcpStream`]: a connection, to be read and written by tasks of one loop.
//!
//! Every method here is one non-blocking call, handed to `Socket::io`, which tries it and waits
//! after `WouldBlock`. The calls themselves are in `transfer.rs`, futures-io's traits in `traits.rs`. How a connection is
//! made: `connect.rs` and `listener.rs`.

use super::connect::ConnectBuilder;
use super::options::Keepalive;
use crate::ToAddresses;
use crate::socket::Socket;
use crate::transfer::{read, read_exact, write, write_vectored};
use oneloop::reactor::{Direction, Drained, Home};
use socket2::SockRef;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

/// A TCP connection.
///
/// It speaks futures-io's `AsyncRead` and `AsyncWrite`, and so does a reference to it: one task reads
/// from `&stream` while another one writes to it. For tasks that outlive the present function
/// put the stream into an [`Rc`](std::rc::Rc).
///
/// One task may wait for reading and one for writing. A second one in the same direction gets an
/// error of kind [`ResourceBusy`](io::ErrorKind::ResourceBusy). After 64 operations without a
/// wait a task yields once to the others.
///
/// `TCP_NODELAY` is on. Dropping closes both directions. A stream that outlives its loop
/// answers with an error of kind [`NotConnected`](io::ErrorKind::NotConnected).
///
/// ```
/// use oneloop_net::{TcpListener, TcpStream};
///
/// oneloop::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (server, _) = listener.accept().await?;
///
///     client.write_all(b"ping").await?;
///     let mut buffer = [0; 4];
///     server.read_exact(&mut buffer).await?;
///     assert_eq!(&buffer, b"ping");
///
///     drop(client);
///     assert_eq!(server.read(&mut buffer).await?, 0, "the end of the stream");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TcpStream {
    /// The connected socket and its place in the reactor.
    pub(super) socket: Socket<mio::net::TcpStream>,
}

impl TcpStream {
    /// Connects to the first of the addresses that answers, of a host's if it is given a name:
    /// `("example.com", 80)`, `"example.com:80"`. See [`ConnectBuilder::connect`].
    pub async fn connect(addresses: impl ToAddresses) -> io::Result<TcpStream> {
        TcpStream::builder().connect(addresses).await
    }

    /// Connects as [`connect`](TcpStream::connect) does, and gives up after `timeout` with an error
    /// of kind [`TimedOut`](io::ErrorKind::TimedOut).
    pub async fn connect_timeout(
        addresses: impl ToAddresses,
        timeout: Duration,
    ) -> io::Result<TcpStream> {
        TcpStream::builder()
            .timeout(timeout)
            .connect(addresses)
            .await
    }

    /// Starts with the default options for a connection.
    pub fn builder() -> ConnectBuilder {
        ConnectBuilder::new()
    }

    /// Takes over a connection of std and makes it non-blocking. `TCP_NODELAY` stays as it is.
    ///
    /// # Errors
    ///
    /// Fails outside a loop, and if the descriptor can't be made non-blocking.
    ///
    /// ```
    /// use oneloop_net::TcpStream;
    ///
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let stream = std::net::TcpStream::connect(listener.local_addr()?)?;
    /// oneloop::run(async {
    ///     let stream = TcpStream::from_std(stream)?;
    ///     stream.write_all(b"hello").await?;
    ///     let _blocking_again: std::net::TcpStream = stream.into_std()?;
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<TcpStream> {
        stream.set_nonblocking(true)?;
        let stream = TcpStream::new(mio::net::TcpStream::from_std(stream))?;
        stream.set_name(|stream| match (stream.local_addr(), stream.peer_addr()) {
            (Ok(local), Ok(peer)) => format!("tcp {local} with {peer}"),
            _ => "tcp".to_owned(),
        });
        Ok(stream)
    }

    /// Gives the connection back as std's, in blocking mode.
    ///
    /// # Errors
    ///
    /// Fails if the kernel can't take it out of the loop's list or make it blocking.
    pub fn into_std(self) -> io::Result<std::net::TcpStream> {
        let stream = std::net::TcpStream::from(self.socket.into_inner()?);
        stream.set_nonblocking(false)?;
        Ok(stream)
    }

    /// Ties a non-blocking socket to the running loop.
    pub(super) fn new(stream: mio::net::TcpStream) -> io::Result<TcpStream> {
        let socket = Socket::new(stream)?;
        Ok(TcpStream { socket })
    }

    /// Names it for the loop's observer, if there is one.
    pub(super) fn set_name(&self, name: impl FnOnce(&mio::net::TcpStream) -> String) {
        self.socket.set_name(name);
    }

    /// Waits until a connection that was started is made, or has failed.
    pub(super) async fn connected(&self) -> io::Result<()> {
        self.socket
            .io(Direction::Write, |stream| {
                if let Some(error) = stream.take_error()? {
                    return Err(error);
                }
                match stream.peer_addr() {
                    Ok(_) => Ok(((), Drained::No)),
                    Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                        Err(io::ErrorKind::WouldBlock.into())
                    }
                    Err(error) => Err(error),
                }
            })
            .await
    }

    /// Reads what has arrived, waiting for something if need be. 0 is the end of the stream.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has read nothing.
    pub fn read(&self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
        // No async function, as little as `Registration::io`: it would keep its arguments once more.
        self.socket
            .io(Direction::Read, |stream| read(stream, buffer))
    }

    /// Reads exactly as many bytes as the buffer holds: asyncio's `readexactly`.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the stream ends before.
    ///
    /// # Cancel safety
    ///
    /// None: what was read before it is dropped lies in the buffer, but nobody tells how much that is.
    pub async fn read_exact(&self, buffer: &mut [u8]) -> io::Result<()> {
        read_exact(buffer, async |rest| self.read(rest).await).await
    }

    /// Reads as [`read`](TcpStream::read) does, and leaves the bytes where they are.
    ///
    /// ```
    /// # use oneloop_net::{TcpListener, TcpStream};
    /// # oneloop::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (server, _) = listener.accept().await?;
    /// client.write_all(b"G").await?;
    /// let mut first = [0];
    /// assert_eq!(server.peek(&mut first).await?, 1);
    /// assert_eq!(server.read(&mut first).await?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        // What was peeked at is still there, so the direction is never drained by it.
        self.socket
            .io(Direction::Read, |stream| {
                Ok((stream.peek(buffer)?, Drained::No))
            })
            .await
    }

    /// Looks as [`peek`](TcpStream::peek) does, without waiting. It asks the kernel itself, not what the
    /// loop knows since its last turn: a pool asks so whether an idle connection is still good.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if nothing has arrived.
    ///
    /// ```
    /// # use oneloop_net::{TcpListener, TcpStream};
    /// # oneloop::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (server, _) = listener.accept().await?;
    /// let error = client.try_peek(&mut [0]).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn try_peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.with(|stream| stream.peek(buffer))
    }

    /// Tells whether a read would find something, bytes or the end, as far as the loop knows: it asks the
    /// kernel once in a turn about all its sockets. Of a stream that nobody has waited for it knows
    /// nothing, and this is `true`. [`try_peek`](TcpStream::try_peek) asks the kernel itself.
    ///
    /// ```
    /// # use oneloop_net::{TcpListener, TcpStream};
    /// # oneloop::run(async {
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let client = TcpStream::connect(listener.local_addr()?).await?;
    /// # let (server, _) = listener.accept().await?;
    /// client.write_all(b"G").await?;
    /// assert_eq!(server.read(&mut [0; 8]).await?, 1);
    /// // The loop hears of the end in one of its next turns.
    /// drop(client);
    /// while !server.is_readable() {
    ///     oneloop::yield_now().await;
    /// }
    /// assert_eq!(server.try_peek(&mut [0])?, 0);
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn is_readable(&self) -> bool {
        self.socket.is_ready(Direction::Read)
    }

    /// Writes as much as the kernel takes now, waiting for room if it takes nothing.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has written nothing.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.socket
            .io(Direction::Write, |stream| write(stream, bytes))
            .await
    }

    /// Writes all bytes.
    ///
    /// asyncio's `write` followed by `drain`: it is through when the kernel has taken everything.
    ///
    /// # Cancel safety
    ///
    /// None: dropped before it is ready it has written the first of the bytes, but nobody tells how many.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        // Written out: by way of `transfer::write_all` a small server was 480 bytes bigger.
        while !bytes.is_empty() {
            match self.write(bytes).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => bytes = &bytes[written..],
            }
        }
        Ok(())
    }

    /// Writes from several buffers with one system call, and returns how many bytes were taken.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has written nothing.
    pub async fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.socket
            .io(Direction::Write, |stream| write_vectored(stream, buffers))
            .await
    }

    /// Closes one direction or both: asyncio's `write_eof` is `shutdown(Shutdown::Write)`.
    ///
    /// The peer reads the end of the stream, and may still send.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.socket.with(|stream| stream.shutdown(how))
    }

    /// Tells whether the stream belongs to the running loop, to another one, or to one that has ended.
    ///
    /// Who keeps connections for later asks this before handing one out.
    ///
    /// ```
    /// use oneloop::reactor::Home;
    /// use oneloop_net::{TcpListener, TcpStream};
    ///
    /// let kept = oneloop::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     assert_eq!(stream.home(), Home::Here);
    ///     Ok::<_, std::io::Error>(stream)
    /// })?;
    /// assert_eq!(kept.home(), Home::Gone);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn home(&self) -> Home {
        self.socket.home()
    }

    /// Returns the address of this end.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|stream| stream.local_addr())
    }

    /// Returns the address of the other end.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|stream| stream.peer_addr())
    }

    /// Lets small writes leave at once (the default) or collects them.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.socket.with(|stream| stream.set_nodelay(nodelay))
    }

    /// Tells whether small writes leave at once.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.socket.with(|stream| stream.nodelay())
    }

    /// Lets the kernel probe the peer when the connection is silent. `None` turns it off.
    pub fn set_keepalive(&self, keepalive: Option<&Keepalive>) -> io::Result<()> {
        self.options(|socket| match keepalive {
            Some(keepalive) => socket.set_tcp_keepalive(&keepalive.to_kernel()),
            None => socket.set_keepalive(false),
        })
    }

    /// Tells whether the kernel probes the peer when the connection is silent.
    pub fn keepalive(&self) -> io::Result<bool> {
        self.options(|socket| socket.keepalive())
    }

    /// Decides what closing does with unsent bytes. With `Some(Duration::ZERO)` it throws them away and
    /// resets the connection; with `None`, the default, the kernel sends them on its own time.
    ///
    /// A time above zero makes closing block the whole loop for up to that time.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        self.options(|socket| socket.set_linger(linger))
    }

    /// Sets the size of the kernel's receive buffer in bytes. Linux doubles it, for its own needs.
    pub fn set_receive_buffer_size(&self, size: usize) -> io::Result<()> {
        self.options(|socket| socket.set_recv_buffer_size(size))
    }

    /// Returns the size of the kernel's receive buffer in bytes.
    pub fn receive_buffer_size(&self) -> io::Result<usize> {
        self.options(|socket| socket.recv_buffer_size())
    }

    /// Sets the size of the kernel's send buffer in bytes. Linux doubles it, for its own needs.
    pub fn set_send_buffer_size(&self, size: usize) -> io::Result<()> {
        self.options(|socket| socket.set_send_buffer_size(size))
    }

    /// Returns the size of the kernel's send buffer in bytes.
    pub fn send_buffer_size(&self) -> io::Result<usize> {
        self.options(|socket| socket.send_buffer_size())
    }

    /// Takes the error that is pending on the socket, if there is one.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.with(|stream| stream.take_error())
    }

    /// Lends the socket to socket2, which knows the options that std lacks.
    fn options<R>(&self, act: impl FnOnce(SockRef<'_>) -> io::Result<R>) -> io::Result<R> {
        self.socket.with(|stream| act(SockRef::from(stream)))
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TcpStream")
            .field("local", &self.local_addr().ok())
            .field("peer", &self.peer_addr().ok())
            .finish()
    }
}

/// Lends the descriptor, for options and calls that this type lacks. Leave it non-blocking.
#[cfg(unix)]
impl std::os::fd::AsFd for TcpStream {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
