//! [`UdpSocket`]: sending and receiving. Next: `options.rs`.

use super::UdpBuilder;
use crate::failure::{Failures, explained};
use crate::names::getaddrinfo;
use crate::socket::Socket;
use crate::{Target, ToAddresses};
use oneloop::reactor::{Direction, Drained, Home};
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// A UDP socket.
///
/// One task may wait for receiving and one for sending; a second one in the same direction gets an
/// error of kind [`ResourceBusy`](io::ErrorKind::ResourceBusy). It belongs to the loop in which it was
/// made, and answers with an error of kind [`NotConnected`](io::ErrorKind::NotConnected) when that is
/// gone.
///
/// A datagram that is longer than the buffer is cut: 65,535 bytes have room for any.
///
/// ```
/// use oneloop_net::UdpSocket;
///
/// oneloop::run(async {
///     let server = UdpSocket::bind("127.0.0.1:0").await?;
///     let address = server.local_addr()?;
///     let echo = oneloop::create_task(async move {
///         let mut buffer = [0; 1500];
///         let (length, peer) = server.recv_from(&mut buffer).await?;
///         server.send_to(&buffer[..length], peer).await
///     });
///
///     let client = UdpSocket::connect_to(address).await?;
///     client.send(b"hello").await?;
///     let mut answer = [0; 1500];
///     let length = client.recv(&mut answer).await?;
///     assert_eq!(&answer[..length], b"hello");
///     assert_eq!(echo.await.unwrap()?, 5);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UdpSocket {
    pub(super) socket: Socket<mio::net::UdpSocket>,
}

impl UdpSocket {
    /// Makes a socket with the first of the addresses that can be had. Port 0 leaves the port to the
    /// system. See [`UdpBuilder::bind`].
    pub async fn bind(addresses: impl ToAddresses) -> io::Result<UdpSocket> {
        UdpSocket::builder().bind(addresses).await
    }

    /// Makes a socket that speaks with one peer: any port of any address of ours, [connected](UdpSocket::connect).
    /// Of several addresses, those of a name among them, the first that the system has a way to is
    /// taken; nobody is asked whether somebody is there.
    ///
    /// # Errors
    /// Of the last address's kind, telling what happened to each; for a name also what
    /// [`getaddrinfo`](crate::names::getaddrinfo) says. Fails outside a loop.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it closes the socket.
    pub async fn connect_to(addresses: impl ToAddresses) -> io::Result<UdpSocket> {
        let addresses = match addresses.to_target()? {
            Target::Addresses(addresses) => addresses,
            Target::Name(host, port) => getaddrinfo(host, port).await?,
        };
        let mut failures = Failures::new("connect to");
        for address in addresses {
            let ours: SocketAddr = match address {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            let connected = UdpSocket::builder().bind_one(ours).and_then(|socket| {
                socket.connect_one(address)?;
                Ok(socket)
            });
            match connected {
                Ok(socket) => return Ok(socket),
                Err(error) => failures.add(address, error),
            }
        }
        Err(failures.into_error())
    }

    /// Starts with the default options.
    pub fn builder() -> UdpBuilder {
        UdpBuilder::new()
    }

    /// Takes over a socket of std, for instance an inherited one, and makes it non-blocking.
    ///
    /// # Errors
    /// Fails outside a loop, and if the descriptor can't be made non-blocking.
    ///
    /// ```
    /// use oneloop_net::UdpSocket;
    /// let inherited = std::net::UdpSocket::bind("127.0.0.1:0")?;
    /// oneloop::run(async {
    ///     let socket = UdpSocket::from_std(inherited)?;
    ///     let _blocking_again: std::net::UdpSocket = socket.into_std()?;
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_std(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
        socket.set_nonblocking(true)?;
        let socket = Socket::new(mio::net::UdpSocket::from_std(socket))?;
        socket.set_name(|socket| match socket.local_addr() {
            Ok(address) => format!("udp {address}"),
            Err(_) => "udp".to_owned(),
        });
        Ok(UdpSocket { socket })
    }

    /// Gives the socket back as std's, in blocking mode.
    ///
    /// # Errors
    /// Fails if the kernel can't take it out of the loop's list or make it blocking.
    pub fn into_std(self) -> io::Result<std::net::UdpSocket> {
        let socket = std::net::UdpSocket::from(self.socket.into_inner()?);
        socket.set_nonblocking(false)?;
        Ok(socket)
    }

    /// Chooses the peer that [`send`](UdpSocket::send) sends to, and from which alone
    /// [`recv`](UdpSocket::recv) receives. Nothing is sent, and it can be done anew.
    ///
    /// Takes the first of the addresses that the system has a way to, a name's in the order in which
    /// they were found. When the peer refuses, which its machine may tell by ICMP, the next `send` or
    /// `recv` fails with [`ConnectionRefused`](io::ErrorKind::ConnectionRefused), once.
    ///
    /// # Errors
    /// As [`connect_to`](UdpSocket::connect_to).
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has changed nothing.
    pub async fn connect(&self, addresses: impl ToAddresses) -> io::Result<()> {
        let addresses = match addresses.to_target()? {
            Target::Addresses(addresses) => addresses,
            Target::Name(host, port) => getaddrinfo(host, port).await?,
        };
        let mut failures = Failures::new("connect to");
        for address in addresses {
            match self.connect_one(address) {
                Ok(()) => return Ok(()),
                Err(error) => failures.add(address, error),
            }
        }
        Err(failures.into_error())
    }

    fn connect_one(&self, address: SocketAddr) -> io::Result<()> {
        let connected = self.socket.with(|socket| socket.connect(address));
        connected.map_err(|error| self.with_cure(error, Some(address)))
    }

    /// Sends a datagram to the peer, waiting for room if need be, and returns its length.
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has sent nothing.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        let send = |socket: &mio::net::UdpSocket| Ok((socket.send(datagram)?, Drained::No));
        let sent = self.socket.io(Direction::Write, send).await;
        sent.map_err(|error| self.with_cure(error, None))
    }

    /// Sends a datagram to an address, waiting for room if need be, and returns its length.
    ///
    /// A name is to be looked up before, once: [`getaddrinfo`](crate::names::getaddrinfo).
    ///
    /// # Cancel safety
    /// Dropped before it is ready it has sent nothing.
    pub async fn send_to(&self, datagram: &[u8], peer: SocketAddr) -> io::Result<usize> {
        let send =
            |socket: &mio::net::UdpSocket| Ok((socket.send_to(datagram, peer)?, Drained::No));
        let sent = self.socket.io(Direction::Write, send).await;
        sent.map_err(|error| self.with_cure(error, Some(peer)))
    }

    /// Receives a datagram of the peer, waiting for one if need be, and returns its length.
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

    /// Receives a datagram, waiting for one if need be, and returns its length and who sent it.
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

    /// Receives as [`recv_from`](UdpSocket::recv_from) does, and leaves the datagram where it is.
    pub async fn peek_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket
            .io(Direction::Read, |socket| {
                Ok((socket.peek_from(buffer)?, Drained::No))
            })
            .await
    }

    /// Waits until there is something to receive ([`Direction::Read`]) or room to send
    /// ([`Direction::Write`]), as far as the loop knows: the `try_` calls say whether it is still so,
    /// and after a [`WouldBlock`](io::ErrorKind::WouldBlock) of theirs this waits again.
    ///
    /// # Cancel safety
    /// Giving it up changes nothing.
    ///
    /// ```
    /// use oneloop::reactor::Direction;
    /// use oneloop_net::UdpSocket;
    /// oneloop::run(async {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.try_send_to(b"to myself", socket.local_addr()?)?;
    ///     let mut buffer = [0; 100];
    ///     socket.ready(Direction::Read).await?;
    ///     assert_eq!(socket.try_recv_from(&mut buffer)?.0, 9);
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn ready(&self, direction: Direction) -> io::Result<()> {
        self.socket.ready(direction).await
    }

    /// Sends as [`send`](UdpSocket::send) does, without waiting.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room.
    pub fn try_send(&self, datagram: &[u8]) -> io::Result<usize> {
        let sent = self
            .socket
            .try_io(Direction::Write, |socket| socket.send(datagram));
        sent.map_err(|error| self.with_cure(error, None))
    }

    /// Sends as [`send_to`](UdpSocket::send_to) does, without waiting.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room.
    pub fn try_send_to(&self, datagram: &[u8], peer: SocketAddr) -> io::Result<usize> {
        let sent = self
            .socket
            .try_io(Direction::Write, |socket| socket.send_to(datagram, peer));
        sent.map_err(|error| self.with_cure(error, Some(peer)))
    }

    /// Receives as [`recv`](UdpSocket::recv) does, without waiting.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no datagram.
    pub fn try_recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket
            .try_io(Direction::Read, |socket| socket.recv(buffer))
    }

    /// Receives as [`recv_from`](UdpSocket::recv_from) does, without waiting.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no datagram.
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket
            .try_io(Direction::Read, |socket| socket.recv_from(buffer))
    }

    /// Names the cure for what the system refuses to send, or to send to.
    fn with_cure(&self, error: io::Error, peer: Option<SocketAddr>) -> io::Error {
        match peer {
            _ if error.kind() == io::ErrorKind::WouldBlock => error,
            None if is_without_peer(&error) => {
                let text = format!(
                    "{error}: the socket has no peer yet: choose one by `connect`, or name one in `send_to`"
                );
                explained(text, error)
            }
            Some(peer)
                if error.kind() == io::ErrorKind::PermissionDenied
                    && peer.is_ipv4()
                    && !self.broadcast().unwrap_or(true) =>
            {
                let text = format!(
                    "sending to {peer}: {error}: if that is a broadcast address, allow it by \
                     `UdpSocket::builder().broadcast(true)`"
                );
                explained(text, error)
            }
            _ => error,
        }
    }

    /// Tells whether the socket belongs to the running loop, to another one, or to one that has ended.
    pub fn home(&self) -> Home {
        self.socket.home()
    }

    /// Returns the address of this socket, with the port that the system chose for 0.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|socket| socket.local_addr())
    }

    /// Returns the address of the peer that was chosen by [`connect`](UdpSocket::connect).
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|socket| socket.peer_addr())
    }

    /// Takes the error that is pending on the socket, if there is one.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.with(|socket| socket.take_error())
    }
}

/// Each system has its own word for a socket without a peer.
fn is_without_peer(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::DESTADDRREQ.raw_os_error()) {
        return true;
    }
    error.kind() == io::ErrorKind::NotConnected && error.raw_os_error().is_some()
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("UdpSocket");
        debug.field("local", &self.local_addr().ok());
        if let Ok(peer) = self.peer_addr() {
            debug.field("peer", &peer);
        }
        debug.finish()
    }
}

/// Lends the descriptor, for options and calls that this type lacks. Leave it non-blocking.
#[cfg(unix)]
impl std::os::fd::AsFd for UdpSocket {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
