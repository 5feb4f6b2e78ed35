//! UDP: datagrams to and from anybody, or one peer.
//!
//! asyncio has a transport and a protocol with callbacks for it; here a socket is awaited:
//!
//! | asyncio | here |
//! | --- | --- |
//! | `loop.create_datagram_endpoint(P, local_addr=a)` | [`UdpSocket::bind(a)`](UdpSocket::bind) |
//! | `create_datagram_endpoint(P, remote_addr=a)` | [`UdpSocket::connect_to(a)`](UdpSocket::connect_to) |
//! | `allow_broadcast=True`, `reuse_port=True` | [`UdpSocket::builder()`](UdpSocket::builder) |
//! | `protocol.datagram_received(data, address)` | [`recv_from`](UdpSocket::recv_from) in a loop |
//! | `transport.sendto(data, address)` | [`send_to`](UdpSocket::send_to), which waits where asyncio's keeps what the kernel does not take |
//! | `protocol.error_received(error)` | the `Err` of the next `recv` or `send` |
//! | `transport.close()` | dropping the socket |
//!
//! The queue between the network and the program is the kernel's, and it is bounded: what comes when it
//! is full is lost, as datagrams may be anywhere on their way.
//!
//! Read the source in the order `socket.rs`, `options.rs`, `builder.rs`.

mod builder;
mod options;
mod socket;

pub use builder::UdpBuilder;
pub use socket::UdpSocket;
