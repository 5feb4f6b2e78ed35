//! [`TlsInfo`]: what a handshake agreed on, for who holds no [`TlsStream`]. Next: `late.rs`.

use super::provider::TlsVersion;
use super::stream::TlsStream;

/// What was agreed on in a handshake: see [`StreamWriter::tls_info`]. [`TlsStream`] has each by a method
/// of the same name.
///
/// [`StreamWriter::tls_info`]: crate::streams::StreamWriter::tls_info
///
/// ```
/// use oneloop_net::streams::{open_tls_connection, start_tls_server};
/// use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector, TlsInfo};
/// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// # let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
/// # let acceptor = TlsAcceptor::builder(identity).build()?;
/// # let connector = TlsConnector::builder().root_pem(made.cert.pem()).build()?;
/// oneloop::run(async {
///     let server = start_tls_server(async |_, _| Ok(()), "127.0.0.1:0", acceptor).await?;
///     let address = server.local_addr()?;
///     let (_reader, writer) = open_tls_connection(address, "localhost", &connector).await?;
///     let info: TlsInfo = writer.tls_info().expect("it is a TLS connection");
///     assert_eq!(info.peer_certificates, [made.cert.der().to_vec()]);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// The version of TLS.
    pub version: TlsVersion,
    /// The cipher suite by its name, as `TLS13_AES_256_GCM_SHA384`.
    pub cipher_suite: String,
    /// The application protocol, if the sides chose one by ALPN.
    pub alpn: Option<Vec<u8>>,
    /// Whether a session of before was resumed.
    pub resumed: bool,
    /// The name that the client asked for (SNI). At a client it is `None`.
    pub server_name: Option<String>,
    /// The peer's certificate and those that it sent along, in DER; none if it showed none.
    pub peer_certificates: Vec<Vec<u8>>,
}

impl TlsInfo {
    pub(crate) fn of<S>(stream: &TlsStream<S>) -> TlsInfo {
        TlsInfo {
            version: stream.version(),
            cipher_suite: stream.cipher_suite(),
            alpn: stream.alpn(),
            resumed: stream.resumed(),
            server_name: stream.server_name(),
            peer_certificates: stream.peer_certificates(),
        }
    }
}
