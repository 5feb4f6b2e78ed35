//! TLS that begins in the midst of a connection (STARTTLS): [`StreamWriter::start_tls`]. This ends the
//! module.
//!
//! Discussion: what lies in the reader when TLS begins came in plain text, and anybody on the way may
//! have written it. A program that read it after the handshake would take it for the peer's word
//! (CVE-2011-0411, CVE-2021-23222). To throw it away would be safe, and would lose the begin of TLS
//! where a client has no answer to wait for, behind the line of a PROXY protocol say. So it goes to
//! TLS, which takes nothing but a handshake there: all else fails, and is told.
//!
//! The pair stays the same, and so does a server's list of connections: both halves get TLS put
//! between them and what they stood on.

use super::connection::{Sink, halves};
use super::outgoing::Outgoing;
use super::unsent::Ending;
use super::{StreamReader, StreamWriter};
use crate::tls::{Handshake, Late, TlsAcceptor, TlsConnector, TlsError, injected};
use futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// TLS on a connection that is there.
impl StreamWriter {
    /// Makes a TLS connection to `name` of this writer and its reader, as a client: asyncio's
    /// `StreamWriter.start_tls`. Both are used on.
    ///
    /// What was written before is sent in plain text first; what is written from its first step on, by
    /// other tasks too, is encrypted. What the reader holds already goes to TLS, which takes it only for
    /// a part of the handshake: nothing that came in plain text is read afterwards. `reader` has to be
    /// the one that was made with this writer.
    ///
    /// The [handshake's time-out](crate::tls::ConnectorBuilder::handshake_timeout) is the connector's.
    ///
    /// # Cancel safety
    ///
    /// Given up while it sends what was written before, it has changed nothing; later, or when something was
    /// written meanwhile, which would leave in plain text, it closes the connection.
    ///
    /// # Errors
    ///
    /// One of the kinds of [`TlsError`], as of [`TlsConnector::connect`]; the connection is closed then,
    /// unless it is a `name` that is none. The error of a handshake is told again by the reader, and by a
    /// writer that is used on; after that the reader finds the end of the stream.
    /// [`NotTls`](crate::tls::TlsErrorKind::NotTls) is that of a peer that sent plain text behind its
    /// consent. Of kind
    /// [`ResourceBusy`](io::ErrorKind::ResourceBusy) when another task waits to read: it would get what
    /// belongs to the handshake.
    ///
    /// ```
    /// use oneloop_net::streams::{open_connection, start_server};
    /// use oneloop_net::tls::{Identity, TlsAcceptor, TlsConnector};
    /// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    /// # let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
    /// let acceptor = TlsAcceptor::builder(identity).build()?;
    /// let connector = TlsConnector::builder().root_pem(made.cert.pem()).build()?;
    /// oneloop::run(async {
    ///     let serve = async move |reader: oneloop_net::streams::StreamReader, writer: oneloop_net::streams::StreamWriter| {
    ///         while let line = reader.readline().await? && !line.is_empty() {
    ///             if line == b"STARTTLS\n" {
    ///                 writer.write(b"220 go ahead\n")?;
    ///                 writer.accept_tls(&reader, &acceptor).await?;
    ///             } else {
    ///                 writer.write(b"250 fine\n")?;
    ///             }
    ///         }
    ///         Ok(())
    ///     };
    ///     let server = start_server(serve, "127.0.0.1:0").await?;
    ///
    ///     let (reader, writer) = open_connection(server.local_addr()?).await?;
    ///     writer.write(b"STARTTLS\n")?;
    ///     assert_eq!(reader.readline().await?, b"220 go ahead\n");
    ///     writer.start_tls(&reader, "localhost", &connector).await?;
    ///     writer.write(b"AUTH secret\n")?;
    ///     assert_eq!(reader.readline().await?, b"250 fine\n");
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn start_tls(
        &self,
        reader: &StreamReader,
        name: &str,
        connector: &TlsConnector,
    ) -> io::Result<()> {
        connector.check_name(name)?;
        self.upgrade(reader, |below| connector.begin(name, below))
            .await
    }

    /// Makes a TLS connection of this writer and its reader, as a server: asyncio's
    /// `StreamWriter.start_tls` on that side. All else is as with [`start_tls`](StreamWriter::start_tls).
    ///
    /// # Cancel safety
    ///
    /// As of [`start_tls`](StreamWriter::start_tls).
    ///
    /// # Errors
    ///
    /// As of [`start_tls`](StreamWriter::start_tls). A client that sent more in plain text behind its
    /// STARTTLS gets a [`NotTls`](crate::tls::TlsErrorKind::NotTls).
    ///
    /// ```
    /// use oneloop_net::streams::reader_and_writer;
    /// use oneloop_net::tls::{Identity, TlsAcceptor, TlsError, TlsErrorKind};
    /// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    /// # let identity = Identity::from_pem(made.cert.pem(), made.signing_key.serialize_pem())?;
    /// let acceptor = TlsAcceptor::builder(identity).build()?;
    /// oneloop::run(async {
    ///     let (client, server) = oneloop_net::duplex(1024);
    ///     // Somebody on the way adds a line, to be taken for one that came encrypted.
    ///     client.write_all(b"STARTTLS\nRCPT TO:<mallory>\n").await?;
    ///     let (reader, writer) = reader_and_writer(server);
    ///     assert_eq!(reader.readline().await?, b"STARTTLS\n");
    ///     let error = writer.accept_tls(&reader, &acceptor).await.unwrap_err();
    ///     assert_eq!(TlsError::of(&error).unwrap().kind(), TlsErrorKind::NotTls);
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn accept_tls(
        &self,
        reader: &StreamReader,
        acceptor: &TlsAcceptor,
    ) -> io::Result<()> {
        self.upgrade(reader, |below| acceptor.begin(below)).await
    }

    async fn upgrade(
        &self,
        reader: &StreamReader,
        begin: impl FnOnce(Below) -> Result<Handshake<Below>, TlsError>,
    ) -> io::Result<()> {
        let _nobody_reads = reader.reserve()?;
        let outgoing = self.outgoing();
        outgoing.hold();
        let flushing = Flushing(self);
        outgoing.flushed().await?;

        let (read, write) = halves(None);
        let open = read.opener();
        let upgraded = write.looked_at();
        let write_below = outgoing.replace_sink(Box::new(write))?;
        std::mem::forget(flushing);
        let (early, read_below) = reader.replace_source(Box::new(read));
        let unfinished = Unfinished(self);
        if let Some(error) = injected(&early) {
            return Err(error.into());
        }
        let (late, shaken) = Late::new(begin(Below {
            early,
            read: read_below,
            write: write_below,
        })?);
        open(late);
        self.connected.upgrade(upgraded);
        outgoing.release();
        let shaken = shaken.wait().await;
        // Reader and writer tell the handshake's error again, and are closed by it.
        std::mem::forget(unfinished);
        match shaken? {
            true => Ok(()),
            false => {
                let text = "the connection was closed on this side before TLS was agreed on";
                Err(io::Error::new(io::ErrorKind::ConnectionAborted, text))
            }
        }
    }
}

/// What a writer leaves to be sent, while TLS begins.
impl Outgoing {
    /// From now on keeps back what is written.
    fn hold(&self) {
        self.state.borrow_mut().held.get_or_insert_default();
    }

    /// Lets what was kept back be sent from now on.
    fn release(self: &Rc<Self>) {
        {
            let mut state = self.state.borrow_mut();
            let held = state.held.take().unwrap_or_default();
            state.bytes.extend_from_slice(&held);
        }
        self.flush();
    }

    /// Whether something was kept back.
    fn is_holding(&self) -> bool {
        let state = self.state.borrow();
        state.held.as_ref().is_some_and(|held| !held.is_empty())
    }

    /// Waits until all bytes from before [`hold`](Outgoing::hold) are sent, and nobody is sending any more.
    async fn flushed(&self) -> io::Result<()> {
        self.until(|state| !state.flushing && !state.has_work())
            .await
    }

    /// Puts another sink in the place of this one, which it gives back. All has to be sent.
    fn replace_sink(&self, sink: Box<dyn Sink>) -> io::Result<Box<dyn Sink>> {
        {
            let state = self.state.borrow();
            state.failure()?;
            if state.ending != Ending::Open {
                let text = "TLS was to begin after `write_eof`, `close` or `abort`";
                return Err(io::Error::new(io::ErrorKind::NotConnected, text));
            }
            debug_assert!(!state.flushing && !state.has_work());
        }
        Ok(self.sink.replace(sink))
    }
}

/// The time before an upgrade begins, while what was written before leaves. Given up then, it changes
/// nothing; but what was kept back for TLS is not to leave in plain text.
struct Flushing<'a>(&'a StreamWriter);

impl Drop for Flushing<'_> {
    fn drop(&mut self) {
        match self.0.outgoing().is_holding() {
            true => self.0.abort(),
            false => self.0.outgoing().release(),
        }
    }
}

/// An upgrade on its way: given up, or begun in vain, it leaves nothing that could be used.
struct Unfinished<'a>(&'a StreamWriter);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the two halves stood on, as one stream.
pub(super) struct Below {
    /// What was read before TLS began: it comes first.
    early: Vec<u8>,
    read: Box<dyn AsyncRead + Unpin>,
    write: Box<dyn Sink>,
}

impl AsyncRead for Below {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.early.is_empty() {
            return Pin::new(&mut self.read).poll_read(context, buffer);
        }
        let length = self.early.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.early[..length]);
        self.early.drain(..length);
        Poll::Ready(Ok(length))
    }
}

impl AsyncWrite for Below {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.write).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.write).poll_write_vectored(context, buffers)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_close(context)
    }
}
