//! Making a connection: the options, the list of addresses, the timeout.

use super::TcpStream;
use super::failure::{Failures, too_late};
use super::options::{Keepalive, Options};
use crate::ToAddresses;
use oneloop::Loop;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

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
    /// The time for all addresses together.
    timeout: Option<Duration>,
}

impl ConnectBuilder {
    /// `TCP_NODELAY` on, no timeout but the kernel's (on Linux about 2 minutes).
    pub(super) fn new() -> ConnectBuilder {
        ConnectBuilder {
            options: Options::new(),
            local_address: None,
            timeout: None,
        }
    }

    /// Sets how long to try, all addresses together. Each address gets an equal share of what is left,
    /// so that one that does not answer leaves time for the others.
    pub fn timeout(mut self, timeout: Duration) -> ConnectBuilder {
        self.timeout = Some(timeout);
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

    /// Connects to the first of the addresses that answers, tried in their order.
    ///
    /// # Errors
    ///
    /// An error of the last address's kind that tells what happened to each, such as "connect to
    /// 127.0.0.1:9: Connection refused"; its source is the system's error.
    /// [`TimedOut`](io::ErrorKind::TimedOut) if the time ran out. Fails outside a loop.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it closes the socket that was connecting.
    pub async fn connect(&self, addresses: impl ToAddresses) -> io::Result<TcpStream> {
        let addresses = addresses.to_addresses()?;
        let now = Loop::current().map_err(io::Error::other)?.now();
        // A time beyond what an `Instant` can express is no limit.
        let end = self.timeout.and_then(|timeout| now.checked_add(timeout));
        let mut failures = Failures::new("connect to");
        for (position, &address) in addresses.iter().enumerate() {
            let attempt = self.connect_one(address);
            let result = match end {
                None => attempt.await,
                Some(end) => {
                    let left = end.saturating_duration_since(oneloop::now());
                    let share = left / (addresses.len() - position) as u32;
                    oneloop::timeout(share, attempt)
                        .await
                        .unwrap_or_else(|_elapsed| Err(too_late(share)))
                }
            };
            match result {
                Ok(stream) => return Ok(stream),
                Err(error) => failures.add(address, error),
            }
        }
        Err(failures.into_error())
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
