//! [`UdpBuilder`]: what must be said before a socket has its address. This ends the module.

use super::UdpSocket;
use crate::ToAddresses;
use crate::failure::Failures;
use oneloop::Loop;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::SocketAddr;

/// Options of a UDP socket to be made.
///
/// ```
/// use oneloop_net::UdpSocket;
/// oneloop::run(async {
///     // Two sockets share a port, as members of a group on one machine do.
///     let shared = UdpSocket::builder().reuse_port(true).broadcast(true);
///     let one = shared.bind("127.0.0.1:0").await?;
///     let other = shared.bind(one.local_addr()?).await?;
///     assert_eq!(one.local_addr()?, other.local_addr()?);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "there is no socket until `bind` is called"]
pub struct UdpBuilder {
    /// `SO_REUSEADDR`, off.
    reuse_address: bool,
    /// `SO_REUSEPORT`, off.
    reuse_port: bool,
    /// `SO_BROADCAST`, off.
    broadcast: bool,
    /// `IPV6_V6ONLY`, the system's choice unless set.
    only_v6: Option<bool>,
    /// `SO_RCVBUF` in bytes, the system's choice unless set.
    receive_buffer: Option<usize>,
    /// `SO_SNDBUF` in bytes, the system's choice unless set.
    send_buffer: Option<usize>,
}

impl UdpBuilder {
    pub(super) fn new() -> UdpBuilder {
        UdpBuilder::default()
    }

    /// Lets several sockets have the port where each of them allows it; what comes for one peer goes to
    /// the newest, what comes for a group to all. Off by default, since one program could so take
    /// another's datagrams; on Windows it would even without the other's consent.
    pub fn reuse_address(mut self, reuse: bool) -> UdpBuilder {
        self.reuse_address = reuse;
        self
    }

    /// Lets several sockets of this user share the port; Linux spreads senders over them. Off by default.
    pub fn reuse_port(mut self, reuse: bool) -> UdpBuilder {
        self.reuse_port = reuse;
        self
    }

    /// Lets datagrams be sent to broadcast addresses. Off by default.
    pub fn broadcast(mut self, on: bool) -> UdpBuilder {
        self.broadcast = on;
        self
    }

    /// Keeps an IPv6 socket from taking IPv4 datagrams too.
    pub fn only_v6(mut self, only_v6: bool) -> UdpBuilder {
        self.only_v6 = Some(only_v6);
        self
    }

    /// Sets the size of the kernel's queue of received datagrams in bytes.
    pub fn receive_buffer_size(mut self, size: usize) -> UdpBuilder {
        self.receive_buffer = Some(size);
        self
    }

    /// Sets the size of the kernel's queue of datagrams to be sent in bytes.
    pub fn send_buffer_size(mut self, size: usize) -> UdpBuilder {
        self.send_buffer = Some(size);
        self
    }

    /// Makes a socket with the first of the addresses that can be had.
    ///
    /// Nothing waits here, and no name is looked up: pass what
    /// [`getaddrinfo`](crate::names::getaddrinfo) gives.
    ///
    /// # Errors
    /// Fails outside a loop. If no address can be had, an error of the last one's kind that tells what
    /// happened to each, such as "bind to 127.0.0.1:53: Permission denied".
    pub async fn bind(&self, addresses: impl ToAddresses) -> io::Result<UdpSocket> {
        let addresses = addresses.to_addresses()?;
        Loop::current().map_err(io::Error::other)?;
        let mut failures = Failures::new("bind to");
        for address in addresses {
            match self.bind_one(address) {
                Ok(socket) => return Ok(socket),
                Err(error) => failures.add(address, error),
            }
        }
        Err(failures.into_error())
    }

    /// Makes a socket with this address.
    pub(super) fn bind_one(&self, address: SocketAddr) -> io::Result<UdpSocket> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        if self.reuse_address {
            socket.set_reuse_address(true)?;
        }
        #[cfg(unix)]
        if self.reuse_port {
            socket.set_reuse_port(true)?;
        }
        if self.broadcast {
            socket.set_broadcast(true)?;
        }
        if let Some(only_v6) = self.only_v6 {
            socket.set_only_v6(only_v6)?;
        }
        if let Some(size) = self.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        if let Some(size) = self.send_buffer {
            socket.set_send_buffer_size(size)?;
        }
        socket.bind(&address.into())?;
        UdpSocket::from_std(socket.into())
    }
}
