//! [`UnixStream`]: a connection between two programs of one machine. futures-io's traits on it are in
//! `traits.rs`, how it is made in `connect.rs`. Next: `descriptors.rs`, what TCP can't do.

use crate::socket::Socket;
use crate::transfer::{read_exact, write, write_all, write_vectored};
use oneloop::reactor::{Direction, Drained, Home};
use std::fmt;
use std::io::{self, IoSlice, Read};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::SocketAddr;
use std::path::Path;

/// A connection over a Unix socket. It has what a [`TcpStream`](crate::TcpStream) has, and can pass
/// descriptors.
///
/// It speaks futures-io's `AsyncRead` and `AsyncWrite`, and so does a reference to it. One task may wait
/// for reading and one for writing; a second one in the same direction gets an error of kind
/// [`ResourceBusy`](io::ErrorKind::ResourceBusy). A stream that outlives its loop answers with an error
/// of kind [`NotConnected`](io::ErrorKind::NotConnected).
///
/// ```
/// use oneloop_net::unix::UnixStream;
/// use std::net::Shutdown;
/// oneloop::run(async {
///     let (one, other) = UnixStream::pair()?;
///     one.write_all(b"the last word").await?;
///     one.shutdown(Shutdown::Write)?;
///     let mut text = String::new();
///     futures_lite::AsyncReadExt::read_to_string(&mut &other, &mut text).await?;
///     assert_eq!(text, "the last word");
///     other.write_all(b"no").await?;
///     one.read_exact(&mut [0; 2]).await
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixStream {
    pub(super) socket: Socket<mio::net::UnixStream>,
}

impl UnixStream {
    /// Connects to the listener at this path, or of this abstract name. See [the module](super).
    ///
    /// While the listener's queue is full it tries again, first after 1 ms and then after twice as long
    /// each time, up to 64 ms: the system tells nobody when there is room. (asyncio gives a stream that
    /// is not connected.)
    ///
    /// # Errors
    /// The system's, with the path in the text: of kind [`NotFound`](io::ErrorKind::NotFound) where there
    /// is no socket, and [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) where nobody listens at
    /// it any more. Fails outside a loop.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it closes the socket.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<UnixStream> {
        super::connect::connect(path.as_ref()).await
    }

    /// Makes two streams that are connected with each other.
    ///
    /// # Errors
    /// Fails outside a loop, and when there are no descriptors left.
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (one, other) = mio::net::UnixStream::pair()?;
        let (one, other) = (UnixStream::new(one)?, UnixStream::new(other)?);
        for stream in [&one, &other] {
            stream.socket.set_name(|_| "unix pair".to_owned());
        }
        Ok((one, other))
    }

    /// Takes over a connection of std and makes it non-blocking.
    ///
    /// # Errors
    /// Fails outside a loop, and if the descriptor can't be made non-blocking.
    pub fn from_std(stream: std::os::unix::net::UnixStream) -> io::Result<UnixStream> {
        stream.set_nonblocking(true)?;
        let stream = UnixStream::new(mio::net::UnixStream::from_std(stream))?;
        stream.socket.set_name(|_| "unix".to_owned());
        Ok(stream)
    }

    /// Gives the connection back as std's, in blocking mode.
    ///
    /// # Errors
    /// Fails if the kernel can't take it out of the loop's list or make it blocking.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixStream> {
        let stream = std::os::unix::net::UnixStream::from(self.socket.into_inner()?);
        stream.set_nonblocking(false)?;
        Ok(stream)
    }

    /// Ties a non-blocking socket to the running loop.
    pub(super) fn new(stream: mio::net::UnixStream) -> io::Result<UnixStream> {
        let socket = Socket::new(stream)?;
        Ok(UnixStream { socket })
    }

    /// Reads what has arrived, waiting for something if need be. 0 is the end of the stream. Descriptors
    /// that came along are closed; see [`recv_descriptors`](UnixStream::recv_descriptors).
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has read nothing.
    pub fn read(&self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
        // No async function, as little as `Registration::io`: it would keep its arguments once more.
        self.socket
            .io(Direction::Read, |stream| read(stream, buffer))
    }

    /// Reads exactly as many bytes as the buffer holds: asyncio's `readexactly`.
    ///
    /// # Errors
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the stream ends before.
    ///
    /// # Cancel safety
    /// None: what was read before it is dropped lies in the buffer, but nobody tells how much that is.
    pub async fn read_exact(&self, buffer: &mut [u8]) -> io::Result<()> {
        read_exact(buffer, async |rest| self.read(rest).await).await
    }

    /// Writes as much as the kernel takes now, waiting for room if it takes nothing.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has written nothing.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.socket
            .io(Direction::Write, |stream| write(stream, bytes))
            .await
    }

    /// Writes all bytes.
    ///
    /// # Cancel safety
    /// None: dropped before it is ready it has written the first of the bytes, but nobody tells how many.
    pub async fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        write_all(bytes, async |rest| self.write(rest).await).await
    }

    /// Writes from several buffers with one system call, and returns how many bytes were taken.
    ///
    /// # Cancel safety
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
    pub fn home(&self) -> Home {
        self.socket.home()
    }

    /// Returns the address of this end: mostly unnamed.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|stream| stream.local_addr())
    }

    /// Returns the address of the other end: of a client's, mostly unnamed.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|stream| stream.peer_addr())
    }

    /// Takes the error that is pending on the socket, if there is one.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.with(|stream| stream.take_error())
    }
}

/// One `recv`. It ends where descriptors came along, so that a short one says nothing about what is left.
pub(super) fn read(
    mut stream: &mio::net::UnixStream,
    buffer: &mut [u8],
) -> io::Result<(usize, Drained)> {
    Ok((stream.read(buffer)?, Drained::No))
}

impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixStream")
            .field("local", &self.local_addr().ok())
            .field("peer", &self.peer_addr().ok())
            .finish()
    }
}

/// Lends the descriptor, for options and calls that this type lacks. Leave it non-blocking.
impl AsFd for UnixStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
