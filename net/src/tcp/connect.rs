//! Making a connection: the options, the name, the timeout. Next: `eyeballs.rs`, the list of addresses.

use super::TcpStream;
use super::eyeballs::{ATTEMPT_DELAY, Pace, first, interleaved};
use super::options::{Keepalive, Options};
use crate::names::{Resolver, resolver};
use crate::{Target, ToAddresses};
use oneloop::Loop;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Options of a connection to be made.
///
/// ```
/// use oneloop_net::{TcpListener, TcpStream};
/// use std::time::Duration;
///
/// oneloop::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let stream = TcpStream::builder()
///         .timeout(Duration::from_secs(5))
///         .receive_buffer_size(64 * 1024)
///         .connect(listener.local_addr()?)
///         .await?;
///     assert!(stream.nodelay()?);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is connected until connect is awaited"]
pub struct ConnectBuilder {
    /// What the socket gets before it connects.
    options: Options,
    /// The address to connect from, the system's choice unless set.
    local_address: Option<SocketAddr>,
    /// The time for all addresses together, and for looking them up.
    timeout: Option<Duration>,
    /// How long an address may keep the next one waiting.
    attempt_delay: Duration,
    /// Who looks names up, if not the loop's resolver.
    resolver: Option<Resolver>,
}

impl ConnectBuilder {
    /// `TCP_NODELAY` on, no timeout but the kernel's (on Linux about 2 minutes).
    pub(super) fn new() -> ConnectBuilder {
        ConnectBuilder {
            options: Options::new(),
            local_address: None,
            timeout: None,
            attempt_delay: ATTEMPT_DELAY,
            resolver: None,
        }
    }

    /// Sets how long to try, all addresses together and looking them up included. One that does not
    /// answer leaves time for the others: the next is begun after an equal share of what is left, if
    /// that is less than the [attempt delay](ConnectBuilder::attempt_delay).
    pub fn timeout(mut self, timeout: Duration) -> ConnectBuilder {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how long an address that does not answer keeps the next one waiting: 250 ms (RFC 8305,
    /// section 5). It is tried on meanwhile. asyncio's `happy_eyeballs_delay`, which is off by default
    /// there; `Duration::MAX` turns it off here.
    pub fn attempt_delay(mut self, delay: Duration) -> ConnectBuilder {
        self.attempt_delay = delay;
        self
    }

    /// Sets who looks names up, in place of the loop's [resolver](crate::names::resolver).
    pub fn resolver(mut self, resolver: Resolver) -> ConnectBuilder {
        self.resolver = Some(resolver);
        self
    }

    /// Sets the address to connect from. Port 0 leaves the port to the system.
    pub fn local_address(mut self, address: SocketAddr) -> ConnectBuilder {
        self.local_address = Some(address);
        self
    }

    /// Lets small writes leave at once, which is the default, or collects them.
    pub fn nodelay(mut self, nodelay: bool) -> ConnectBuilder {
        self.options.nodelay = nodelay;
        self
    }

    /// Lets the kernel probe the peer when the connection is silent.
    pub fn keepalive(mut self, keepalive: Keepalive) -> ConnectBuilder {
        self.options.keepalive = Some(keepalive);
        self
    }

    /// Sets the size of the kernel's receive buffer in bytes.
    pub fn receive_buffer_size(mut self, size: usize) -> ConnectBuilder {
        self.options.receive_buffer = Some(size);
        self
    }

    /// Sets the size of the kernel's send buffer in bytes.
    pub fn send_buffer_size(mut self, size: usize) -> ConnectBuilder {
        self.options.send_buffer = Some(size);
        self
    }

    /// Connects to the first of the addresses that answers.
    ///
    /// The next address is begun when the one before has failed, or has not answered for 250 ms; a list
    /// is tried in its order, and the addresses of a name with the families in turn (RFC 8305). A name
    /// is looked up by the loop's [resolver](crate::names).
    ///
    /// # Errors
    ///
    /// An error of the last address's kind that tells what happened to each, such as "connect to
    /// 127.0.0.1:9: Connection refused"; its source is the system's error.
    /// [`TimedOut`](io::ErrorKind::TimedOut) if the time ran out. For a name also what
    /// [`getaddrinfo`](crate::names::getaddrinfo) says. Fails outside a loop.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it closes the sockets that were connecting.
    pub async fn connect(&self, addresses: impl ToAddresses) -> io::Result<TcpStream> {
        let now = Loop::current().map_err(io::Error::other)?.now();
        // A time beyond what an `Instant` can express is no limit.
        let end = self.timeout.and_then(|timeout| now.checked_add(timeout));
        // Only here, where the type is known, so that who passes addresses holds no resolver.
        let addresses = match addresses.to_target()? {
            Target::Addresses(addresses) => addresses,
            Target::Name(host, port) => interleaved(self.look_up(host, port).await?),
        };
        self.connect_first(addresses, end).await
    }

    /// Looks a name up, with all the time there is.
    async fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let resolver = match &self.resolver {
            Some(resolver) => resolver.clone(),
            None => resolver()?,
        };
        let looking = resolver.getaddrinfo(host, port);
        let Some(timeout) = self.timeout else {
            return looking.await;
        };
        oneloop::timeout(timeout, looking)
            .await
            .unwrap_or_else(|_elapsed| {
                let text = format!("look up {host:?}: no answer within {timeout:?}");
                Err(io::Error::new(io::ErrorKind::TimedOut, text))
            })
    }

    /// Connects to the first that answers.
    async fn connect_first(
        &self,
        addresses: Vec<SocketAddr>,
        end: Option<Instant>,
    ) -> io::Result<TcpStream> {
        let pace = Pace {
            delay: self.attempt_delay,
            end,
        };
        first(addresses, pace, |address| self.connect_one(address)).await
    }

    /// Makes one attempt, without a timeout.
    async fn connect_one(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let socket = self.options.open(address)?;
        if let Some(local_address) = self.local_address {
            socket.bind(&local_address.into())?;
        }
        match socket.connect(&address.into()) {
            Err(error) if !is_in_progress(&error) => return Err(error),
            _ => {}
        }
        let stream = TcpStream::new(mio::net::TcpStream::from_std(socket.into()))?;
        stream.set_name(|stream| match stream.local_addr() {
            Ok(local) => format!("tcp {} to {address}", local.port()),
            Err(_) => format!("tcp to {address}"),
        });
        stream.connected().await?;
        Ok(stream)
    }
}

/// Tells whether a non-blocking `connect` goes on behind the scenes.
fn is_in_progress(error: &io::Error) -> bool {
    #[cfg(unix)]
    let in_progress =
        rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::INPROGRESS);
    // Windows says it this way.
    #[cfg(not(unix))]
    let in_progress = error.kind() == io::ErrorKind::WouldBlock;
    in_progress
}
