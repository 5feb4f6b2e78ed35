//! [`UnixDatagram`]: messages between programs of one machine, none lost, none cut in two. This ends the
//! module.

use super::address::{address_of, at, show};
use super::listener::SocketFile;
use crate::hindrance::Rest;
use crate::socket::Socket;
use oneloop::Loop;
use oneloop::reactor::{Direction, Drained, Home};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::SocketAddr;
use std::path::Path;

/// A Unix socket for datagrams.
///
/// Unlike UDP's they are not lost, and come in order: who sends waits while the receiver's queue is full.
/// The file at its path is removed when it is dropped, unless another one stands there by then.
///
/// ```
/// use oneloop_net::unix::UnixDatagram;
/// oneloop::run(async {
///     let (one, other) = UnixDatagram::pair()?;
///     one.send(b"hello").await?;
///     one.send(b"again").await?;
///     let mut buffer = [0; 100];
///     assert_eq!(other.recv(&mut buffer).await?, 5);
///     assert_eq!(&buffer[..5], b"hello");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixDatagram {
    /// The file to be removed, of a socket with a path.
    file: Option<SocketFile>,
    socket: Socket<mio::net::UnixDatagram>,
}

impl UnixDatagram {
    /// Makes a socket with a path, or an abstract name, to which others can send. See [the module](super).
    ///
    /// # Errors
    /// The system's, with the path in the text: of kind [`AddrInUse`](io::ErrorKind::AddrInUse) where a
    /// file stands already. Fails outside a loop.
    pub async fn bind(path: impl AsRef<Path>) -> io::Result<UnixDatagram> {
        let path = path.as_ref();
        Loop::current().map_err(io::Error::other)?;
        let bind = || {
            let address = address_of(path)?;
            let socket = std::os::unix::net::UnixDatagram::bind_addr(&address)?;
            let mut socket = UnixDatagram::from_std(socket)?;
            if address.as_pathname().is_some() {
                socket.file = Some(SocketFile::at(path)?);
            }
            Ok(socket)
        };
        bind().map_err(|error| at("bind to", path, error))
    }

    /// Makes a socket without an address: it can send, and nobody can answer.
    ///
    /// # Errors
    /// Fails outside a loop, and when there are no descriptors left.
    pub fn unbound() -> io::Result<UnixDatagram> {
        UnixDatagram::from_std(std::os::unix::net::UnixDatagram::unbound()?)
    }

    /// Makes two sockets that are connected with each other.
    ///
    /// # Errors
    /// Fails outside a loop, and when there are no descriptors left.
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (one, other) = std::os::unix::net::UnixDatagram::pair()?;
        Ok((UnixDatagram::from_std(one)?, UnixDatagram::from_std(other)?))
    }

    /// Takes over a socket of std, for instance an inherited one, and makes it non-blocking. Its file is
    /// not removed.
    ///
    /// # Errors
    /// Fails outside a loop, and if the descriptor can't be made non-blocking.
    pub fn from_std(socket: std::os::unix::net::UnixDatagram) -> io::Result<UnixDatagram> {
        socket.set_nonblocking(true)?;
        let socket = Socket::new(mio::net::UnixDatagram::from_std(socket))?;
        socket.set_name(|socket| match socket.local_addr() {
            Ok(address) => format!("unix datagrams {}", show(&address)),
            Err(_) => "unix datagrams".to_owned(),
        });
        Ok(UnixDatagram { file: None, socket })
    }

    /// Chooses the peer that [`send`](UnixDatagram::send) sends to, and from which alone
    /// [`recv`](UnixDatagram::recv) receives. It must be there.
    ///
    /// # Errors
    /// The system's, with the path in the text.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let path = path.as_ref();
        let connect = || {
            let peer = peer_at(path)?;
            self.socket
                .with(|socket| socket2::SockRef::from(socket).connect(&peer))
        };
        connect().map_err(|error| at("connect to", path, error))
    }

    /// Sends a datagram to the peer, waiting for room in its queue if need be, and returns its length.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has sent nothing.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.socket
            .io(Direction::Write, |socket| {
                Ok((socket.send(datagram)?, Drained::No))
            })
            .await
    }

    /// Sends a datagram to the socket at this path, and returns its length. While that one's queue is
    /// full it tries again, first after 1 ms and then after twice as long each time, up to 64 ms: only
    /// of a peer that was chosen by [`connect`](UnixDatagram::connect) the system tells when there is room.
    ///
    /// # Errors
    /// The system's, with the path in the text.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has sent nothing.
    pub async fn send_to(&self, datagram: &[u8], path: impl AsRef<Path>) -> io::Result<usize> {
        let path = path.as_ref();
        let failed = |error| at("send to", path, error);
        let peer = peer_at(path).map_err(failed)?;
        let mut rest = Rest::for_room();
        loop {
            let send = |socket: &mio::net::UnixDatagram| {
                socket2::SockRef::from(socket).send_to(datagram, &peer)
            };
            match self.socket.with(send) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    oneloop::sleep(rest.next()).await
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                sent => return sent.map_err(failed),
            }
        }
    }

    /// Receives a datagram, waiting for one if need be, and returns its length. One that is longer than
    /// the buffer is cut.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has received nothing: the next one gets the datagram.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket
            .io(Direction::Read, |socket| {
                Ok((socket.recv(buffer)?, Drained::No))
            })
            .await
    }

    /// Receives as [`recv`](UnixDatagram::recv) does, and tells who sent it: mostly somebody unnamed.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has received nothing: the next one gets the datagram.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket
            .io(Direction::Read, |socket| {
                Ok((socket.recv_from(buffer)?, Drained::No))
            })
            .await
    }

    /// Waits until there is something to receive ([`Direction::Read`]) or room to send
    /// ([`Direction::Write`]), as far as the loop knows: the `try_` calls say whether it is still so,
    /// and after a [`WouldBlock`](io::ErrorKind::WouldBlock) of theirs this waits again.
    ///
    /// # Cancel safety
    /// Giving it up changes nothing.
    pub async fn ready(&self, direction: Direction) -> io::Result<()> {
        self.socket.ready(direction).await
    }

    /// Sends as [`send`](UnixDatagram::send) does, without waiting.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room.
    pub fn try_send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.socket
            .try_io(Direction::Write, |socket| socket.send(datagram))
    }

    /// Receives as [`recv_from`](UnixDatagram::recv_from) does, without waiting.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no datagram.
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket
            .try_io(Direction::Read, |socket| socket.recv_from(buffer))
    }

    /// Tells whether the socket belongs to the running loop, to another one, or to one that has ended.
    pub fn home(&self) -> Home {
        self.socket.home()
    }

    /// Returns the address of this socket.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|socket| socket.local_addr())
    }

    /// Returns the address of the peer that was chosen by [`connect`](UnixDatagram::connect).
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|socket| socket.peer_addr())
    }
}

/// A peer's address for socket2, whose calls take abstract names, too: mio's want a path.
fn peer_at(path: &Path) -> io::Result<socket2::SockAddr> {
    address_of(path)?;
    socket2::SockAddr::unix(path)
}

impl fmt::Debug for UnixDatagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixDatagram")
            .field("local", &self.local_addr().ok())
            .field("has_file", &self.file.is_some())
            .finish()
    }
}

/// Lends the descriptor, for options and calls that this type lacks. Leave it non-blocking.
impl AsFd for UnixDatagram {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
