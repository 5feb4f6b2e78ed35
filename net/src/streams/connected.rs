//! What a writer knows of its connection: addresses, the socket, and what TLS agreed on; asyncio's
//! `get_extra_info`. Next: `outgoing.rs`.

use super::StreamWriter;
use super::connection::{Look, WriteHalf};
#[cfg(feature = "tls")]
use super::start_tls::Below;
use crate::TcpStream;
#[cfg(feature = "tls")]
use crate::{
    DuplexStream,
    tls::{Late, TlsInfo, TlsStream},
};
use std::any::Any;
#[cfg(feature = "tls")]
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Weak;

/// A writer's look at its connection, which it does not keep open.
pub(super) struct Connected {
    stream: Weak<dyn Look>,
    /// TLS that began in the midst of it.
    #[cfg(feature = "tls")]
    upgraded: RefCell<Option<Weak<dyn Look>>>,
    /// This end's and the other's.
    addresses: Option<(SocketAddr, SocketAddr)>,
}

impl Connected {
    pub(super) fn of<S: 'static>(sink: &WriteHalf<S>) -> Connected {
        let mut connected = Connected {
            stream: sink.looked_at(),
            #[cfg(feature = "tls")]
            upgraded: RefCell::default(),
            addresses: None,
        };
        // They are asked for now: a connection that the peer has reset has none any more.
        connected.addresses = connected
            .tcp(|stream| Some((stream.local_addr().ok()?, stream.peer_addr().ok()?)))
            .flatten();
        connected
    }

    /// Looks at TLS from now on, which began in the midst of the connection.
    #[cfg(feature = "tls")]
    pub(super) fn upgrade(&self, stream: Weak<dyn Look>) {
        self.upgraded.replace(Some(stream));
    }

    /// The peer for people: its address, or else what kind of stream leads to it.
    pub(super) fn peer_name<S>(&self) -> String {
        match self.addresses {
            Some((_, peer)) => peer.to_string(),
            None => format!("a {}", std::any::type_name::<S>()),
        }
    }

    /// Looks at the socket, below TLS too.
    fn tcp<R>(&self, look: impl FnOnce(&TcpStream) -> R) -> Option<R> {
        let (mut look, mut seen) = (Some(look), None);
        self.stream.upgrade()?.look(&mut |stream: &dyn Any| {
            let mut show = |stream: &TcpStream| seen = look.take().map(|look| look(stream));
            if let Some(stream) = stream.downcast_ref::<TcpStream>() {
                show(stream);
            }
            #[cfg(feature = "tls")]
            if let Some(stream) = stream.downcast_ref::<TlsStream<TcpStream>>() {
                stream.with(show);
            } else if let Some(stream) = stream.downcast_ref::<Late<TcpStream>>() {
                stream.with(show);
            }
        });
        seen
    }
}

/// What is known of the connection: asyncio's `get_extra_info`.
impl StreamWriter {
    /// The address of this end, of a connection that has one: asyncio's `get_extra_info('sockname')`.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// assert!(StreamWriter::new(futures_lite::io::sink()).local_addr().is_none());
    /// ```
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.connected.addresses.map(|(local, _)| local)
    }

    /// The address of the other end: asyncio's `get_extra_info('peername')`.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// assert!(StreamWriter::new(futures_lite::io::sink()).peer_addr().is_none());
    /// ```
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.connected.addresses.map(|(_, peer)| peer)
    }

    /// Lends the TCP socket, for its options: asyncio's `get_extra_info('socket')`. Over TLS it is the
    /// one below. `None` for streams of other kinds, and once the connection is closed.
    ///
    /// What is read from it or written to it is lost to the reader and the writer.
    ///
    /// ```
    /// use oneloop_net::tcp::Keepalive;
    /// use oneloop_net::streams::{open_connection, start_server};
    /// use std::time::Duration;
    /// oneloop::run(async {
    ///     let server = start_server(async |_, _| Ok(()), "127.0.0.1:0").await?;
    ///     let (_reader, writer) = open_connection(server.local_addr()?).await?;
    ///     let keepalive = Keepalive::new().time(Duration::from_secs(60));
    ///     let set = writer.with_tcp(|socket| socket.set_keepalive(Some(&keepalive)));
    ///     set.expect("it is a TCP connection")
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn with_tcp<R>(&self, look: impl FnOnce(&TcpStream) -> R) -> Option<R> {
        self.connected.tcp(look)
    }

    /// What TLS agreed on, since [`start_tls`](StreamWriter::start_tls) too: asyncio's
    /// `get_extra_info('peercert')`, `'cipher'` and `'ssl_object'`. `None` without TLS, before the
    /// handshake is through, and once the connection is closed.
    ///
    /// It is known for the streams of this module, and for a [`TlsStream`] over TCP, a Unix socket or
    /// memory; who makes a pair of another one asks that before.
    ///
    /// ```
    /// use oneloop_net::streams::{StreamReader, StreamWriter, open_tls_connection, start_tls_server};
    /// # use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector};
    /// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    /// # let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
    /// # let acceptor = TlsAcceptor::builder(identity).build()?;
    /// # let connector = TlsConnector::builder().root_pem(made.cert.pem()).build()?;
    /// oneloop::run(async {
    ///     let tell = async |_: StreamReader, writer: StreamWriter| {
    ///         let name = writer.tls_info().and_then(|info| info.server_name);
    ///         writer.write(name.unwrap_or_default().as_bytes())
    ///     };
    ///     let server = start_tls_server(tell, "127.0.0.1:0", acceptor).await?;
    ///     let address = server.local_addr()?;
    ///     let (reader, writer) = open_tls_connection(address, "localhost", &connector).await?;
    ///     assert_eq!(reader.read_to_end(100).await?, b"localhost");
    ///     assert!(writer.tls_info().unwrap().cipher_suite.starts_with("TLS"));
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls_info(&self) -> Option<TlsInfo> {
        let stream = match &*self.connected.upgraded.borrow() {
            Some(upgraded) => upgraded.upgrade(),
            None => self.connected.stream.upgrade(),
        };
        let mut info = None;
        stream?.look(&mut |stream| info = info_of(stream));
        info
    }
}

/// Of a stream over TLS of those kinds that are known.
#[cfg(feature = "tls")]
fn info_of(stream: &dyn Any) -> Option<TlsInfo> {
    fn of<S: 'static>(stream: &dyn Any) -> Option<TlsInfo> {
        match stream.downcast_ref::<Late<S>>() {
            Some(late) => late.info(),
            None => stream.downcast_ref::<TlsStream<S>>().map(TlsInfo::of),
        }
    }
    let info = of::<TcpStream>(stream)
        .or_else(|| of::<Below>(stream))
        .or_else(|| of::<DuplexStream>(stream));
    #[cfg(unix)]
    let info = info.or_else(|| of::<crate::UnixStream>(stream));
    info
}
