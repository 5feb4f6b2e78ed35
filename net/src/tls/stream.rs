//! [`TlsStream`]: an encrypted connection, to be read and written by tasks of one loop. Next:
//! `transfer.rs`.

use super::provider::TlsVersion;
use super::session::{Session, take_all};
use crate::transfer::{read_exact, write_all};
use futures_io::{AsyncRead, AsyncWrite};
use oneloop::cancel::decline;
use rustls::{Connection, HandshakeKind, ProtocolVersion};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};

/// A TLS connection over another stream, a [`TcpStream`](crate::TcpStream) mostly.
///
/// It is made by [`TlsConnector::connect`](super::TlsConnector::connect) and
/// [`TlsAcceptor::accept`](super::TlsAcceptor::accept), and is used as a `TcpStream` is: its methods
/// take `&self`, and it speaks futures-io's `AsyncRead` and `AsyncWrite`, as does a reference to it. One
/// task may read while another writes; a second one in the same direction gets an error of kind
/// [`ResourceBusy`](io::ErrorKind::ResourceBusy).
///
/// What is written is encrypted at once and sent as far as there is room; up to 64 KiB may be left
/// for the next write, read, [`flush`](TlsStream::flush) or [`shutdown`](TlsStream::shutdown) to send.
///
/// # The end
///
/// A peer that is through says so by a `close_notify`, and reading gives 0 then. A connection that ends
/// without one may have been cut by anybody: reading fails with
/// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof), of the kind
/// [`Truncated`](super::TlsErrorKind::Truncated). Dropping the stream says nothing to the peer: call
/// `shutdown` first.
///
/// ```
/// use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector, TlsError, TlsErrorKind, TlsStream};
/// use oneloop_net::{DuplexStream, duplex};
///
/// let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
/// let acceptor = TlsAcceptor::builder(identity).build()?;
/// let connector = TlsConnector::builder().root_pem(made.cert.pem()).build()?;
///
/// oneloop::run(async {
///     let (ours, theirs) = duplex(1024);
///     let both = (connector.connect("localhost", ours), acceptor.accept(theirs));
///     let (client, server) = oneloop::gather(both).await;
///     let (client, server): (TlsStream<DuplexStream>, _) = (client?, server?);
///
///     client.write_all(b"the end").await?;
///     drop(client);
///     let mut buffer = [0; 16];
///     assert_eq!(server.read(&mut buffer).await?, 7);
///     let error = server.read(&mut buffer).await.unwrap_err();
///     assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
///     assert_eq!(TlsError::of(&error).unwrap().kind(), TlsErrorKind::Truncated);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TlsStream<S> {
    /// Borrowed while the stream below is polled, which may be foreign code, and for a look.
    session: RefCell<Box<Session<S>>>,
    /// Whether a future of ours waits to read, and to write.
    reading: Cell<bool>,
    writing: Cell<bool>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream<S> {
    pub(super) fn new(session: Box<Session<S>>) -> TlsStream<S> {
        TlsStream {
            session: RefCell::new(session),
            reading: Cell::new(false),
            writing: Cell::new(false),
        }
    }

    /// Reads what has arrived, waiting for something if need be. 0 is the end of the stream.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the connection ended without a `close_notify`.
    /// After an alert, a damaged record or a failure below each further read fails alike.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has read nothing. When bytes and a cancellation arrive in the same
    /// moment, the cancellation wins, and the bytes stay here.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut waits = Waits::new(&self.reading);
        poll_fn(|context| {
            waits.poll(|suspended| match suspended && decline(context) {
                true => Poll::Pending,
                false => self.poll_read(context, buffer),
            })
        })
        .await
    }

    /// Reads exactly as many bytes as the buffer holds: asyncio's `readexactly`.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the stream ends before, and those of
    /// [`read`](TlsStream::read).
    ///
    /// # Cancel safety
    ///
    /// None: what was read before it is dropped lies in the buffer, but nobody tells how much that is.
    pub async fn read_exact(&self, buffer: &mut [u8]) -> io::Result<()> {
        read_exact(buffer, async |rest| self.read(rest).await).await
    }

    /// Encrypts bytes, up to 64 KiB, as soon as all that was written before is sent, and sends what there
    /// is room for.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has written nothing.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.writes(|context| self.poll_write(context, bytes)).await
    }

    /// The same from several buffers, which share records.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has written nothing.
    pub async fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.writes(|context| self.poll_write_vectored(context, buffers))
            .await
    }

    /// Writes all bytes, and is through when the stream below has taken everything.
    ///
    /// # Cancel safety
    ///
    /// None: dropped before it is ready it has written the first of the bytes, but nobody tells how many.
    pub async fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        write_all(bytes, async |rest| self.write(rest).await).await?;
        self.flush().await
    }

    /// Waits until the stream below has taken all that was written.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has lost nothing.
    pub async fn flush(&self) -> io::Result<()> {
        self.writes(|context| self.poll_flush(context)).await
    }

    /// Ends what this side sends, with a `close_notify` after all that was written, and closes that
    /// direction of the stream below: asyncio's `write_eof`, which it lacks for TLS.
    ///
    /// Reading goes on. (A peer of TLS 1.2 may close its side for it: RFC 5246 section 7.2.1 demands
    /// that, where RFC 8446 section 6.1 does not.)
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it may be called again.
    pub async fn shutdown(&self) -> io::Result<()> {
        self.writes(|context| self.poll_close(context)).await
    }

    /// Waits as a writer.
    async fn writes<T>(
        &self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> io::Result<T> {
        let mut waits = Waits::new(&self.writing);
        poll_fn(|context| waits.poll(|_| poll(context))).await
    }

    pub(super) fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.step(|session| session.poll_read(context, buffer))
    }

    pub(super) fn poll_write(
        &self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.step(|session| session.poll_write(context, |writer| writer.write(bytes)))
    }

    pub(super) fn poll_write_vectored(
        &self,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.step(|session| session.poll_write(context, take_all(buffers)))
    }

    pub(super) fn poll_flush(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.step(|session| session.poll_flush(context))
    }

    pub(super) fn poll_close(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.step(|session| session.poll_close(context))
    }

    fn step<T>(
        &self,
        step: impl FnOnce(&mut Session<S>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match self.session.try_borrow_mut() {
            Ok(mut session) => step(&mut session),
            Err(_) => Poll::Ready(Err(busy(
                "a stream was used from within its own reading or writing",
            ))),
        }
    }
}

/// What was agreed on in the handshake.
impl<S> TlsStream<S> {
    /// Returns the application protocol that both sides speak, if they chose one by ALPN.
    pub fn alpn(&self) -> Option<Vec<u8>> {
        let session = self.session.borrow();
        session.connection.alpn_protocol().map(<[u8]>::to_vec)
    }

    /// Returns the version of TLS.
    pub fn version(&self) -> TlsVersion {
        match self.session.borrow().connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => TlsVersion::V1_2,
            _ => TlsVersion::V1_3,
        }
    }

    /// Returns the cipher suite by its name, as `TLS13_AES_256_GCM_SHA384`.
    pub fn cipher_suite(&self) -> String {
        let suite = self.session.borrow().connection.negotiated_cipher_suite();
        suite.map_or(String::new(), |suite| format!("{:?}", suite.suite()))
    }

    /// Tells whether a session of before was resumed, which spares both sides most of the work: asyncio's
    /// `session_reused`.
    pub fn resumed(&self) -> bool {
        self.session.borrow().connection.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Returns the host's name that the client asked for (SNI). At a client it is `None`.
    pub fn server_name(&self) -> Option<String> {
        match &self.session.borrow().connection {
            Connection::Server(connection) => connection.server_name().map(str::to_owned),
            Connection::Client(_) => None,
        }
    }

    /// Returns the peer's certificate and those that it sent along, in DER; none if it showed none.
    pub fn peer_certificates(&self) -> Vec<Vec<u8>> {
        let session = self.session.borrow();
        let shown = session.connection.peer_certificates().unwrap_or_default();
        shown.iter().map(|one| one.to_vec()).collect()
    }

    /// Lends the stream below, for its addresses and options. What is read from it or written to it
    /// is lost to TLS.
    pub fn with<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        look(&self.session.borrow().stream)
    }
}

/// A future of ours that may wait. Only one in each direction does.
struct Waits<'a> {
    place: &'a Cell<bool>,
    /// Whether it is this one.
    here: bool,
}

impl Waits<'_> {
    fn new(place: &Cell<bool>) -> Waits<'_> {
        Waits { place, here: false }
    }

    /// Polls, unless another one waits. `poll` is told whether this one did.
    fn poll<T>(&mut self, poll: impl FnOnce(bool) -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if self.place.get() && !self.here {
            return Poll::Ready(Err(busy(
                "another task already waits for this direction of the stream: let one task read and \
                 one task write, and pass what they need on through a channel",
            )));
        }
        let polled = poll(self.here);
        self.here = polled.is_pending();
        self.place.set(self.here);
        polled
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if self.here {
            self.place.set(false);
        }
    }
}

#[cold]
fn busy(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, text)
}

impl<S: fmt::Debug> fmt::Debug for TlsStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.session.try_borrow() {
            Ok(session) => f
                .debug_struct("TlsStream")
                .field("version", &session.connection.protocol_version())
                .field("stream", &session.stream)
                .finish(),
            Err(_) => f.write_str("TlsStream { in use }"),
        }
    }
}
