//! The options that connected and accepted sockets share, and how they reach the kernel.
//!
//! They are set before `connect` or `listen`, since buffer sizes decide the window that the
//! handshake announces. On Linux an accepted socket inherits all of them from its listener.

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// How the kernel probes a silent connection: `SO_KEEPALIVE` and its times.
///
/// What is not set stays as the system has it, on Linux 2 hours, 75 seconds and 9 probes.
///
/// ```
/// use oneloop_net::tcp::{Keepalive, TcpListener};
/// use std::time::Duration;
///
/// let keepalive = Keepalive::new().time(Duration::from_secs(60)).retries(3);
/// oneloop::run(async move {
///     TcpListener::builder().keepalive(keepalive).bind("127.0.0.1:0").await
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "it does nothing until it is given to a socket"]
pub struct Keepalive {
    /// Silence before the first probe.
    time: Option<Duration>,
    /// Time between probes.
    interval: Option<Duration>,
    /// Probes without an answer before the connection is given up.
    retries: Option<u32>,
}

impl Keepalive {
    /// Turns probing on, with the system's times.
    pub fn new() -> Keepalive {
        Keepalive::default()
    }

    /// Sets how long a connection is silent before the first probe, in whole seconds.
    pub fn time(mut self, time: Duration) -> Keepalive {
        self.time = Some(time);
        self
    }

    /// Sets the time between two probes, in whole seconds.
    pub fn interval(mut self, interval: Duration) -> Keepalive {
        self.interval = Some(interval);
        self
    }

    /// Sets how many probes may go without an answer before the connection is broken.
    pub fn retries(mut self, retries: u32) -> Keepalive {
        self.retries = Some(retries);
        self
    }

    /// In socket2's words.
    pub(super) fn to_kernel(&self) -> TcpKeepalive {
        let mut keepalive = TcpKeepalive::new();
        if let Some(time) = self.time {
            keepalive = keepalive.with_time(time);
        }
        if let Some(interval) = self.interval {
            keepalive = keepalive.with_interval(interval);
        }
        if let Some(retries) = self.retries {
            keepalive = keepalive.with_retries(retries);
        }
        keepalive
    }
}

/// What a builder collects for the connected socket.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// `TCP_NODELAY`: small writes leave at once.
    pub(super) nodelay: bool,
    /// Probing of silent connections, off unless set.
    pub(super) keepalive: Option<Keepalive>,
    /// `SO_RCVBUF` in bytes, the system's choice unless set.
    pub(super) receive_buffer: Option<usize>,
    /// `SO_SNDBUF` in bytes, the system's choice unless set.
    pub(super) send_buffer: Option<usize>,
}

impl Options {
    /// `TCP_NODELAY` on, all else as the system has it.
    ///
    /// Discussion: Nagle's algorithm waits for the answer to the last segment before it sends a small
    /// one, and the peer delays that answer by up to 40 ms. Whoever writes whole messages,
    /// as protocols here do, only loses by it. asyncio turns it off as well.
    pub(super) fn new() -> Options {
        Options {
            nodelay: true,
            keepalive: None,
            receive_buffer: None,
            send_buffer: None,
        }
    }

    /// Opens a non-blocking socket that can reach `address`, and sets the options on it.
    pub(super) fn open(&self, address: SocketAddr) -> io::Result<Socket> {
        let domain = Domain::for_address(address);
        // Linux opens it non-blocking at once, which spares two calls.
        #[cfg(target_os = "linux")]
        let socket = Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
        #[cfg(not(target_os = "linux"))]
        let socket = {
            let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
            socket.set_nonblocking(true)?;
            socket
        };
        if self.nodelay {
            socket.set_tcp_nodelay(true)?;
        }
        if let Some(keepalive) = &self.keepalive {
            socket.set_tcp_keepalive(&keepalive.to_kernel())?;
        }
        if let Some(size) = self.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        if let Some(size) = self.send_buffer {
            socket.set_send_buffer_size(size)?;
        }
        Ok(socket)
    }
}
