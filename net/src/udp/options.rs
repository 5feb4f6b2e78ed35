//! Options of a [`UdpSocket`]: broadcast, groups, sizes. Next: `builder.rs`, for what must be said before
//! the socket has its address.

use super::UdpSocket;
use socket2::SockRef;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

impl UdpSocket {
    /// Lets datagrams be sent to broadcast addresses, which is off at first: without it the system
    /// refuses them.
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        self.socket.with(|socket| socket.set_broadcast(on))
    }

    /// Tells whether datagrams may be sent to broadcast addresses.
    pub fn broadcast(&self) -> io::Result<bool> {
        self.socket.with(|socket| socket.broadcast())
    }

    /// Joins an IPv4 group, by the interface that has this address: `0.0.0.0` leaves the choice to the
    /// system. What is sent to the group's address and our port is received from now on.
    ///
    /// ```
    /// use oneloop_net::UdpSocket;
    /// use std::net::Ipv4Addr;
    /// oneloop::run(async {
    ///     let member = UdpSocket::bind("0.0.0.0:0").await?;
    ///     let (group, here) = (Ipv4Addr::new(239, 1, 2, 3), Ipv4Addr::LOCALHOST);
    ///     member.join_multicast_v4(group, here)?;
    ///
    ///     let sender = UdpSocket::bind("127.0.0.1:0").await?;
    ///     sender.set_multicast_interface_v4(here)?;
    ///     let port = member.local_addr()?.port();
    ///     sender.send_to(b"to all", (group, port).into()).await?;
    ///     let mut buffer = [0; 100];
    ///     assert_eq!(member.recv_from(&mut buffer).await?, (6, sender.local_addr()?));
    ///     member.leave_multicast_v4(group, here)
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.socket
            .with(|socket| socket.join_multicast_v4(&group, &interface))
    }

    /// Leaves an IPv4 group.
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.socket
            .with(|socket| socket.leave_multicast_v4(&group, &interface))
    }

    /// Joins an IPv6 group, by the interface of this number: 0 leaves the choice to the system.
    pub fn join_multicast_v6(&self, group: Ipv6Addr, interface: u32) -> io::Result<()> {
        self.socket
            .with(|socket| socket.join_multicast_v6(&group, interface))
    }

    /// Leaves an IPv6 group.
    pub fn leave_multicast_v6(&self, group: Ipv6Addr, interface: u32) -> io::Result<()> {
        self.socket
            .with(|socket| socket.leave_multicast_v6(&group, interface))
    }

    /// Sends what goes to IPv4 groups by the interface that has this address.
    pub fn set_multicast_interface_v4(&self, interface: Ipv4Addr) -> io::Result<()> {
        self.options(|socket| socket.set_multicast_if_v4(&interface))
    }

    /// Sends what goes to IPv6 groups by the interface of this number.
    pub fn set_multicast_interface_v6(&self, interface: u32) -> io::Result<()> {
        self.options(|socket| socket.set_multicast_if_v6(interface))
    }

    /// Lets members on this machine receive what is sent from it to IPv4 groups, which is on at first.
    pub fn set_multicast_loop_v4(&self, on: bool) -> io::Result<()> {
        self.socket.with(|socket| socket.set_multicast_loop_v4(on))
    }

    /// The same for IPv6 groups.
    pub fn set_multicast_loop_v6(&self, on: bool) -> io::Result<()> {
        self.socket.with(|socket| socket.set_multicast_loop_v6(on))
    }

    /// Sets over how many routers a datagram to an IPv4 group goes: 1 at first, which is this network.
    pub fn set_multicast_ttl_v4(&self, routers: u32) -> io::Result<()> {
        self.socket
            .with(|socket| socket.set_multicast_ttl_v4(routers))
    }

    /// Sets over how many routers any other IPv4 datagram goes at most.
    pub fn set_ttl(&self, routers: u32) -> io::Result<()> {
        self.socket.with(|socket| socket.set_ttl(routers))
    }

    /// Sets the size of the kernel's queue of received datagrams in bytes. Linux doubles it, for its own
    /// needs.
    pub fn set_receive_buffer_size(&self, size: usize) -> io::Result<()> {
        self.options(|socket| socket.set_recv_buffer_size(size))
    }

    /// Returns the size of the kernel's queue of received datagrams in bytes.
    pub fn receive_buffer_size(&self) -> io::Result<usize> {
        self.options(|socket| socket.recv_buffer_size())
    }

    /// Sets the size of the kernel's queue of datagrams to be sent in bytes. Linux doubles it.
    pub fn set_send_buffer_size(&self, size: usize) -> io::Result<()> {
        self.options(|socket| socket.set_send_buffer_size(size))
    }

    /// Returns the size of the kernel's queue of datagrams to be sent in bytes.
    pub fn send_buffer_size(&self) -> io::Result<usize> {
        self.options(|socket| socket.send_buffer_size())
    }

    /// Lends the socket to socket2, which knows the options that std lacks.
    fn options<R>(&self, act: impl FnOnce(SockRef<'_>) -> io::Result<R>) -> io::Result<R> {
        self.socket.with(|socket| act(SockRef::from(socket)))
    }
}
