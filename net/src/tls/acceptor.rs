//! [`TlsAcceptor`]: what a server's connections have in common. Next: `builder.rs`.

use super::accept_builder::AcceptorBuilder;
use super::certificate::Identity;
use super::error::TlsError;
use super::explain::Side;
use super::handshake::{Handshake, Limits};
use super::stream::TlsStream;
use futures_io::{AsyncRead, AsyncWrite};
use rustls::{ServerConfig, ServerConnection};
use std::fmt;
use std::sync::Arc;

/// Makes TLS connections of those that a server has accepted: asyncio's
/// `ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)` with its `load_cert_chain`.
///
/// Keep one for all connections: it remembers sessions. Clones share these.
///
/// ```
/// use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector};
/// use oneloop_net::{TcpListener, TcpStream};
///
/// let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
/// let acceptor = TlsAcceptor::builder(identity).build()?;
/// let connector = TlsConnector::builder().root_pem(made.cert.pem()).build()?;
///
/// oneloop::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let address = listener.local_addr()?;
///     let server = oneloop::create_task(async move {
///         let (stream, _peer) = listener.accept().await?;
///         // In a server: in the task of this connection, so that a slow one holds nobody up.
///         let stream = acceptor.accept(stream).await?;
///         futures_lite::io::copy(&stream, &stream).await?;
///         stream.shutdown().await
///     });
///     let stream = connector.connect("localhost", TcpStream::connect(address).await?).await?;
///     stream.write_all(b"echo").await?;
///     stream.shutdown().await?;
///     let mut echo = String::new();
///     futures_lite::AsyncReadExt::read_to_string(&mut &stream, &mut echo).await?;
///     assert_eq!(echo, "echo");
///     server.await.unwrap()
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TlsAcceptor {
    pub(super) config: Arc<ServerConfig>,
    pub(super) limits: Limits,
}

impl TlsAcceptor {
    /// Starts with a certificate, its key, and the defaults. For several hosts there is
    /// [`identity_for`](AcceptorBuilder::identity_for).
    pub fn builder(identity: Identity) -> AcceptorBuilder {
        AcceptorBuilder::new(identity)
    }

    /// Makes a TLS connection of one that was accepted, be it just now or in the midst of a protocol.
    ///
    /// # Errors
    ///
    /// One of the kinds of [`TlsError`]; the stream is closed then.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it closes the stream.
    pub async fn accept<S>(&self, stream: S) -> Result<TlsStream<S>, TlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.begin(stream)?.await
    }

    /// The handshake of [`accept`](TlsAcceptor::accept), before its first step.
    pub(crate) fn begin<S>(&self, stream: S) -> Result<Handshake<S>, TlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let connection = ServerConnection::new(self.config.clone())
            .map_err(|error| Side::Server.explain(error, None))?;
        let limits = self.limits;
        Ok(Handshake::new(
            connection.into(),
            Side::Server,
            None,
            stream,
            limits,
        ))
    }
}

impl fmt::Debug for TlsAcceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAcceptor")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
