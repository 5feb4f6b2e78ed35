//! [`TcpListener`]: takes connections from clients, also when descriptors run out.

use super::TcpStream;
use super::options::{Keepalive, Options};
use crate::ToAddresses;
use crate::failure::Failures;
use crate::hindrance::{Hindrance, Rest};
use crate::socket::Socket;
use oneloop::Loop;
use oneloop::reactor::{Direction, Drained};
use socket2::SockRef;
use std::fmt;
use std::io;
use std::net::SocketAddr;

/// How many connections may wait to be accepted, unless the builder is told otherwise.
const DEFAULT_BACKLOG: u32 = 1024;

/// A socket that clients connect to.
///
/// It belongs to the loop in which it was bound: awaited in another one, it waits until the first is
/// turned again, and fails when that one is gone.
///
/// ```
/// use oneloop_net::{TcpListener, TcpStream};
///
/// oneloop::run(async {
///     let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (_stream, peer) = listener.accept().await?;
///     assert_eq!(peer, client.local_addr()?);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TcpListener {
    /// The listening socket and its place in the reactor.
    socket: Socket<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens on the first of the addresses that can be bound, with the default options.
    ///
    /// See [`ListenerBuilder::bind`].
    pub async fn bind(addresses: impl ToAddresses) -> io::Result<TcpListener> {
        TcpListener::builder().bind(addresses).await
    }

    /// Starts with the default options for a listener.
    pub fn builder() -> ListenerBuilder {
        ListenerBuilder::new()
    }

    /// Takes over a listener of std, for instance an inherited one, and makes it non-blocking.
    ///
    /// # Errors
    ///
    /// Fails outside a loop, and if the descriptor refuses the options.
    ///
    /// ```
    /// use oneloop_net::TcpListener;
    ///
    /// let inherited = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// oneloop::run(async {
    ///     let listener = TcpListener::from_std(inherited)?;
    ///     assert!(listener.local_addr()?.port() > 0);
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        listener.set_nonblocking(true)?;
        // Linux hands this on to the connections, which spares a call for each of them.
        SockRef::from(&listener).set_tcp_nodelay(true)?;
        TcpListener::new(mio::net::TcpListener::from_std(listener))
    }

    /// Gives the listener back as std's, in blocking mode.
    ///
    /// # Errors
    ///
    /// Fails if the kernel can't take it out of the loop's list or make it blocking.
    pub fn into_std(self) -> io::Result<std::net::TcpListener> {
        let listener = std::net::TcpListener::from(self.socket.into_inner()?);
        listener.set_nonblocking(false)?;
        Ok(listener)
    }

    /// Ties a non-blocking socket to the running loop.
    fn new(listener: mio::net::TcpListener) -> io::Result<TcpListener> {
        let socket = Socket::new(listener)?;
        socket.set_name(|listener| match listener.local_addr() {
            Ok(address) => format!("tcp listener {address}"),
            Err(_) => "tcp listener".to_owned(),
        });
        Ok(TcpListener { socket })
    }

    /// Waits for the next connection, and returns it with the address of its client.
    ///
    /// A client that went away before it was accepted is passed over. When no descriptor is
    /// left, for the process or for the system, the client stays in the kernel's queue and
    /// accepting rests, first for 10 ms and then for twice as long each time up to 640 ms: the
    /// connection that will have to end for it gets the processor meanwhile. (asyncio
    /// rests for a second.)
    ///
    /// # Errors
    ///
    /// What is left are errors of the listener itself, and those of a second task that waits or of a
    /// loop that is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has accepted nothing.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let mut rest = Rest::for_descriptors();
        loop {
            let accepted = self
                .socket
                .io(Direction::Read, |listener| {
                    Ok((listener.accept()?, Drained::No))
                })
                .await;
            match accepted {
                Ok((stream, address)) => {
                    if !cfg!(target_os = "linux") {
                        // Elsewhere it is not inherited. A connection that is broken already may
                        // refuse, and its first read or write will tell.
                        let _ = stream.set_nodelay(true);
                    }
                    let stream = TcpStream::new(stream)?;
                    stream.set_name(|_| format!("tcp from {address}"));
                    return Ok((stream, address));
                }
                Err(error) => match Hindrance::of(&error) {
                    Hindrance::ClientGone => {}
                    Hindrance::NoDescriptor => oneloop::sleep(rest.next()).await,
                    Hindrance::Real => return Err(error),
                },
            }
        }
    }

    /// Returns the address that clients connect to, with the port that the system chose for 0.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.with(|listener| listener.local_addr())
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TcpListener")
            .field("local", &self.local_addr().ok())
            .finish()
    }
}

/// Lends the descriptor, for options and calls that this type lacks. Leave it non-blocking.
#[cfg(unix)]
impl std::os::fd::AsFd for TcpListener {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Options of a listener to be made.
///
/// ```
/// use oneloop_net::TcpListener;
///
/// oneloop::run(async {
///     let listener = TcpListener::builder()
///         .reuse_port(true)
///         .backlog(64)
///         .bind("127.0.0.1:0")
///         .await?;
///     // A second listener shares the port, as several processes would.
///     TcpListener::builder()
///         .reuse_port(true)
///         .bind(listener.local_addr()?)
///         .await?;
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing listens until bind is called"]
pub struct ListenerBuilder {
    /// What the accepted connections inherit.
    options: Options,
    /// `SO_REUSEADDR`, on except on Windows, where it means something else.
    reuse_address: bool,
    /// `SO_REUSEPORT`, off.
    reuse_port: bool,
    /// `IPV6_V6ONLY`, the system's choice unless set.
    only_v6: Option<bool>,
    /// How many connections may wait to be accepted.
    backlog: u32,
}

impl ListenerBuilder {
    /// The defaults, as the fields tell them.
    fn new() -> ListenerBuilder {
        ListenerBuilder {
            options: Options::new(),
            reuse_address: cfg!(unix),
            reuse_port: false,
            only_v6: None,
            backlog: DEFAULT_BACKLOG,
        }
    }

    /// Allows binding while connections of an earlier process linger, which is the default on Unix.
    pub fn reuse_address(mut self, reuse: bool) -> ListenerBuilder {
        self.reuse_address = reuse;
        self
    }

    /// Lets several listeners share the port; Linux spreads clients over them. Off by default.
    pub fn reuse_port(mut self, reuse: bool) -> ListenerBuilder {
        self.reuse_port = reuse;
        self
    }

    /// Keeps an IPv6 listener from taking IPv4 clients too.
    pub fn only_v6(mut self, only_v6: bool) -> ListenerBuilder {
        self.only_v6 = Some(only_v6);
        self
    }

    /// Sets how many connections may wait to be accepted: 1024, or what the system allows if that is
    /// less.
    pub fn backlog(mut self, backlog: u32) -> ListenerBuilder {
        self.backlog = backlog;
        self
    }

    /// Lets the kernel probe the clients when their connections are silent.
    pub fn keepalive(mut self, keepalive: Keepalive) -> ListenerBuilder {
        self.options.keepalive = Some(keepalive);
        self
    }

    /// Sets the size of the receive buffer of each connection in bytes.
    pub fn receive_buffer_size(mut self, size: usize) -> ListenerBuilder {
        self.options.receive_buffer = Some(size);
        self
    }

    /// Sets the size of the send buffer of each connection in bytes.
    pub fn send_buffer_size(mut self, size: usize) -> ListenerBuilder {
        self.options.send_buffer = Some(size);
        self
    }

    /// Listens on the first of the addresses that can be bound.
    ///
    /// Nothing waits here, and no name is looked up, which would bring a resolver into every server:
    /// pass what [`getaddrinfo`](crate::names::getaddrinfo) gives.
    ///
    /// # Errors
    ///
    /// Fails outside a loop. If no address can be bound, an error of the last one's kind that tells
    /// what happened to each, such as "listen on 127.0.0.1:80: Permission denied".
    pub async fn bind(&self, addresses: impl ToAddresses) -> io::Result<TcpListener> {
        let addresses = addresses.to_addresses()?;
        Loop::current().map_err(io::Error::other)?;
        let mut failures = Failures::new("listen on");
        for address in addresses {
            match self.bind_one(address) {
                Ok(listener) => return Ok(listener),
                Err(error) => failures.add(address, error),
            }
        }
        Err(failures.into_error())
    }

    /// Listens on one address.
    fn bind_one(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let socket = self.options.open(address)?;
        socket.set_reuse_address(self.reuse_address)?;
        #[cfg(unix)]
        socket.set_reuse_port(self.reuse_port)?;
        if let Some(only_v6) = self.only_v6 {
            socket.set_only_v6(only_v6)?;
        }
        socket.bind(&address.into())?;
        socket.listen(i32::try_from(self.backlog).unwrap_or(i32::MAX))?;
        TcpListener::new(mio::net::TcpListener::from_std(socket.into()))
    }
}
