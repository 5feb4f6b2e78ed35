//! [`TlsConnector`]: what a client's connections have in common. Next: `acceptor.rs`.

use super::builder::ConnectorBuilder;
use super::error::TlsError;
use super::explain::{Side, server_name};
use super::handshake::{Handshake, Limits};
use super::stream::TlsStream;
use super::verifier::Verifier;
use futures_io::{AsyncRead, AsyncWrite};
use rustls::{ClientConfig, ClientConnection};
use std::fmt;
use std::sync::Arc;

/// Makes TLS connections to servers: asyncio's `ssl.create_default_context()`.
///
/// By default it trusts the roots of Mozilla's list, checks the host's name and the time, and speaks TLS
/// 1.2 and 1.3. Keep one and use it for all connections that are alike: it remembers sessions, so that
/// a second connection to a server is cheaper. Clones share these.
///
/// ```
/// use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector};
///
/// let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
/// let acceptor = TlsAcceptor::builder(identity).build()?;
/// let connector = TlsConnector::builder().root_pem(made.cert.pem()).build()?;
///
/// oneloop::run(async {
///     // Any stream will do: a `TcpStream` mostly, memory in tests.
///     let (ours, theirs) = oneloop_net::duplex(1024);
///     let server = oneloop::create_task(async move {
///         let stream = acceptor.accept(theirs).await?;
///         stream.write_all(b"hello").await?;
///         stream.shutdown().await
///     });
///     let stream = connector.connect("localhost", ours).await?;
///     let mut hello = [0; 5];
///     stream.read_exact(&mut hello).await?;
///     assert_eq!(&hello, b"hello");
///     assert_eq!(stream.read(&mut hello).await?, 0, "the end of the stream");
///     server.await.unwrap()
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TlsConnector {
    pub(super) config: Arc<ClientConfig>,
    pub(super) verifier: Arc<Verifier>,
    pub(super) limits: Limits,
}

impl TlsConnector {
    /// Starts with the defaults.
    pub fn builder() -> ConnectorBuilder {
        ConnectorBuilder::new()
    }

    /// Makes a TLS connection to `name` over a stream that is connected already, be it just now or in
    /// the midst of a protocol that asks for TLS (asyncio's `loop.start_tls`).
    ///
    /// The server's certificate has to be for `name`, that of a host or an IP address.
    ///
    /// # Errors
    ///
    /// One of the kinds of [`TlsError`]; the stream is closed then.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it closes the stream.
    ///
    /// ```
    /// use oneloop_net::{TcpListener, TcpStream};
    /// # use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector};
    /// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    /// # let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
    /// # let acceptor = TlsAcceptor::builder(identity).build()?;
    /// let connector = TlsConnector::builder().root_pem(made.cert.pem()).build()?;
    /// oneloop::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let address = listener.local_addr()?;
    /// #   let server = oneloop::create_task(async move {
    /// #       let (stream, _) = listener.accept().await?;
    /// #       stream.read_exact(&mut [0; 9]).await?;
    /// #       stream.write_all(b"220\n").await?;
    /// #       acceptor.accept(stream).await?.shutdown().await
    /// #   });
    ///     let stream = TcpStream::connect(address).await?;
    ///     stream.write_all(b"STARTTLS\n").await?;
    ///     stream.read_exact(&mut [0; 4]).await?;
    ///     let stream = connector.connect("localhost", stream).await?;
    ///     assert_eq!(stream.with(|below| below.peer_addr())?, address);
    /// #   server.await.unwrap()
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Of a reader and a writer, [`StreamWriter::start_tls`](crate::streams::StreamWriter::start_tls) makes
    /// one.
    pub async fn connect<S>(&self, name: &str, stream: S) -> Result<TlsStream<S>, TlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.begin(name, stream)?.await
    }

    /// Whether a connection could be made to such a name, for who has not connected yet.
    pub(crate) fn check_name(&self, name: &str) -> Result<(), TlsError> {
        server_name(name).map(drop)
    }

    /// The handshake of [`connect`](TlsConnector::connect), before its first step.
    pub(crate) fn begin<S>(&self, name: &str, stream: S) -> Result<Handshake<S>, TlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let side = Side::Client(name.to_owned());
        let connection = ClientConnection::new(self.config.clone(), server_name(name)?)
            .map_err(|error| side.explain(error, None))?;
        let verifier = Some(self.verifier.clone());
        let limits = self.limits;
        Ok(Handshake::new(
            connection.into(),
            side,
            verifier,
            stream,
            limits,
        ))
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConnector")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
