//! [`TlsError`]: what went wrong, in a word for programs and a text for people. Next: `explain.rs`.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

/// Why a TLS connection could not be made, or broke.
///
/// Its text names the cure. `?` turns it into an [`io::Error`] where one is wanted, and
/// [`TlsError::of`] finds it in there again.
///
/// ```
/// use oneloop_net::tls::{TlsConnector, TlsErrorKind};
/// oneloop::run(async {
///     let connector = TlsConnector::builder().build()?;
///     let (client, server) = oneloop_net::duplex(1024);
///     server.write_all(b"220 mail.example ready\r\n").await?;
///     let error = connector.connect("mail.example", client).await.unwrap_err();
///     assert_eq!(error.kind(), TlsErrorKind::NotTls);
///     assert!(error.to_string().contains("220 mail.example"));
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct TlsError {
    /// What programs ask for.
    kind: TlsErrorKind,
    /// What people read.
    text: String,
    /// What it came from. Shared, since a broken stream tells its error more than once.
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kinds of [`TlsError`].
///
/// ```
/// use oneloop_net::tls::{Identity, TlsErrorKind};
/// let error = Identity::from_pem(b"no certificate", b"no key").unwrap_err();
/// assert_eq!(error.kind(), TlsErrorKind::Config);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsErrorKind {
    /// What a connector or acceptor was made of does not do: a key, a certificate, a name.
    Config,
    /// The certificate is not for the host that was asked for.
    WrongHost,
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not begun.
    NotYetValid,
    /// The certificate is signed by itself, and was not declared to be trusted.
    SelfSigned,
    /// Nobody who is trusted has signed the certificate.
    UnknownIssuer,
    /// The certificate was withdrawn.
    Revoked,
    /// It is none of the certificates that were pinned.
    WrongPin,
    /// Something else is wrong with the certificate.
    Certificate,
    /// The peer showed no certificate, which was asked for.
    NoCertificate,
    /// The two have no version of TLS in common.
    NoCommonVersion,
    /// The two have no cipher suite, group or signature scheme in common.
    NoCommonCipher,
    /// The two have no application protocol (ALPN) in common.
    NoCommonProtocol,
    /// The peer refused the connection by a fatal alert.
    Refused,
    /// The peer does not speak TLS.
    NotTls,
    /// The peer closed or reset the connection in the handshake.
    HandshakeCut,
    /// The handshake took longer than it may.
    HandshakeTimeout,
    /// The connection ended without a `close_notify`: what came may be less than what was sent.
    Truncated,
    /// The peer, or somebody in between, broke the rules of TLS.
    Protocol,
    /// The connection below failed.
    Io,
}

impl TlsError {
    pub(super) fn new(kind: TlsErrorKind, text: impl Into<String>) -> TlsError {
        let text = text.into();
        TlsError {
            kind,
            text,
            source: None,
        }
    }

    pub(super) fn because(mut self, source: impl Error + Send + Sync + 'static) -> TlsError {
        self.source = Some(Arc::new(source));
        self
    }

    /// What the connection below failed with.
    pub(super) fn io(error: io::Error) -> TlsError {
        TlsError::new(TlsErrorKind::Io, error.to_string()).because(error)
    }

    /// Returns what kind of error it is.
    pub fn kind(&self) -> TlsErrorKind {
        self.kind
    }

    /// Looks into an error of a stream for the TLS error that it was made of.
    ///
    /// ```
    /// use oneloop_net::tls::{Identity, TlsError, TlsErrorKind};
    /// let error = Identity::from_pem(b"", b"").unwrap_err();
    /// let error = std::io::Error::from(error);
    /// assert_eq!(TlsError::of(&error).unwrap().kind(), TlsErrorKind::Config);
    /// ```
    pub fn of(error: &io::Error) -> Option<&TlsError> {
        error.get_ref()?.downcast_ref()
    }

    /// How the connection below failed, if it is that.
    pub(super) fn below(&self) -> Option<io::ErrorKind> {
        let source = self.source.as_deref()?;
        Some(source.downcast_ref::<io::Error>()?.kind())
    }

    /// The kind of `io::Error` that it becomes.
    fn io_kind(&self) -> io::ErrorKind {
        match self.kind {
            TlsErrorKind::Config => io::ErrorKind::InvalidInput,
            TlsErrorKind::HandshakeCut => self.below().unwrap_or(io::ErrorKind::UnexpectedEof),
            TlsErrorKind::Truncated => io::ErrorKind::UnexpectedEof,
            TlsErrorKind::HandshakeTimeout => io::ErrorKind::TimedOut,
            TlsErrorKind::Refused => io::ErrorKind::ConnectionAborted,
            TlsErrorKind::Io => self.below().unwrap_or(io::ErrorKind::Other),
            _ => io::ErrorKind::InvalidData,
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsError({:?}: {})", self.kind, self.text)
    }
}

impl Error for TlsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> io::Error {
        io::Error::new(error.io_kind(), error)
    }
}
