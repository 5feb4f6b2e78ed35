//! [`Session`]: rustls's state and the stream below, stepped by poll functions. Next: `handshake.rs`.
//!
//! ```text
//!            poll_write                     poll_send
//!   plain ───────────────▶ records (64 KiB) ──────────▶ stream below
//!   plain ◀─────────────── records (18 KiB) ◀────────── stream below
//!            poll_read                      poll_more
//! ```
//!
//! Both buffers are rustls's and bounded: more plain text is taken only when all records of the former
//! are out, and more records are read only when all plain text of the former was taken.

use super::below::Below;
use super::error::{TlsError, TlsErrorKind};
use super::explain::Side;
use super::first_bytes::FirstBytes;
use super::verifier::Verifier;
use super::wake::{Room, Side as Waiter};
use futures_io::{AsyncRead, AsyncWrite};
use rustls::Connection;
use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

/// One connection.
pub(super) struct Session<S> {
    pub(super) connection: Connection,
    pub(super) stream: S,
    /// Who waits for room below.
    room: Room,
    /// What came first; `None` when the handshake is done.
    pub(super) first: Option<FirstBytes>,
    pub(super) side: Side,
    /// Knows why a certificate was refused. A server has none.
    verifier: Option<Arc<Verifier>>,
    /// What reading failed with: it is told again to whoever reads on.
    failed: Option<TlsError>,
    /// That the peer takes nothing any more: it is told again to whoever writes on.
    pub(super) broken: Option<TlsError>,
    /// Whether somebody waits to read.
    reader_waits: bool,
    /// Whether something was written below and not flushed there.
    pub(super) unflushed: bool,
    /// Whether the end of what we send was said.
    closed: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(
        connection: Connection,
        side: Side,
        verifier: Option<Arc<Verifier>>,
        stream: S,
    ) -> Session<S> {
        Session {
            connection,
            stream,
            room: Room::new(),
            first: Some(FirstBytes::new()),
            side,
            verifier,
            failed: None,
            broken: None,
            reader_waits: false,
            unflushed: false,
            closed: false,
        }
    }

    /// Gives plain text; 0 after a `close_notify`.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let read = self.poll_plain(context, buffer);
        self.reader_waits = read.is_pending();
        read
    }

    fn poll_plain(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.connection.reader().read(buffer) {
                Ok(read) => return Poll::Ready(Ok(read)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Poll::Ready(Err(self.truncated().into())),
            }
            // Only now: what came before an error is read before it.
            if let Some(error) = &self.failed {
                return Poll::Ready(Err(error.clone().into()));
            }
            if self.poll_more(context)?.is_pending() {
                return self.poll_unsent(context);
            }
        }
    }

    /// Before a reader waits: what it waits for may be the answer to something that is still here.
    fn poll_unsent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.connection.wants_write() || self.unflushed {
            // An error is the writer's; there may still be something to read.
            let _ = self.poll_send(Waiter::Reader, context);
        }
        Poll::Pending
    }

    /// Takes plain text, once all that was taken before is out; `take` hands it to rustls.
    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        take: impl FnOnce(&mut dyn Write) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_flush(context))?;
        if self.closed {
            let text = "bytes were written after `shutdown`";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::BrokenPipe, text)));
        }
        if let Some(error) = self.ended_by() {
            return Poll::Ready(Err(error.clone().into()));
        }
        let taken = take(&mut self.connection.writer())?;
        // As much of it as there is room for; the rest leaves with the next step of a writer or reader,
        // who learns of an error, too.
        match self.poll_send_now() {
            Poll::Ready(Err(error)) => self.poll_reason(error, context).map_err(io::Error::from),
            _ => Poll::Ready(Ok(taken)),
        }
    }

    /// Waits until all that was taken is out.
    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush_records(context).map_err(io::Error::from)
    }

    pub(super) fn poll_flush_records(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), TlsError>> {
        if self.broken.is_some() {
            return self.poll_reason_of_broken(context);
        }
        match ready!(self.poll_send(Waiter::Writer, context)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(error) => self.poll_reason(error, context),
        }
    }

    /// Says the end of what we send, and closes this direction below.
    pub(super) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.closed {
            ready!(self.poll_flush(context))?;
            self.closed = true;
            self.connection.send_close_notify();
        }
        match ready!(self.poll_send(Waiter::Writer, context)) {
            Ok(()) => {}
            // It was through before us, and has gone.
            Err(error) if is_gone(error.kind()) && self.peer_has_closed() => {
                return Poll::Ready(Ok(()));
            }
            Err(error) => return self.poll_reason(error, context).map_err(io::Error::from),
        }
        let waker = self.room.waker(Waiter::Writer, context);
        Pin::new(&mut self.stream).poll_close(&mut Context::from_waker(waker))
    }

    fn peer_has_closed(&mut self) -> bool {
        let state = self.connection.process_new_packets();
        state.is_ok_and(|state| state.peer_has_closed())
    }

    /// Reads records below; false at the end there.
    pub(super) fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, TlsError>> {
        let mut below = Below {
            stream: &mut self.stream,
            context,
            first: self.first.as_mut(),
            pending: false,
        };
        let read = match self.connection.read_tls(&mut below) {
            Err(_) if below.pending => return Poll::Pending,
            Err(error) => return Poll::Ready(Err(self.fail_below(error))),
            Ok(read) => read,
        };
        if let Some(error) = self.first.as_ref().and_then(FirstBytes::not_tls) {
            return Poll::Ready(Err(error));
        }
        if let Err(error) = self.connection.process_new_packets() {
            // The peer is told by an alert, if there is room for it just now.
            let _ = self.poll_send_now();
            let refused = self
                .verifier
                .as_ref()
                .and_then(|verifier| verifier.refused());
            let error = self.side.explain(error, refused);
            self.failed = Some(error);
            // Plain text may have come before it; the reader finds the error behind that.
            return match (&self.failed, &self.first) {
                (Some(error), Some(_)) => Poll::Ready(Err(error.clone())),
                _ => Poll::Ready(Ok(true)),
            };
        }
        Poll::Ready(Ok(read > 0))
    }

    /// Writes all records below.
    pub(super) fn poll_send(&mut self, who: Waiter, context: &Context<'_>) -> Poll<io::Result<()>> {
        if !self.connection.wants_write() && !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        let waker = self.room.waker(who, context);
        send(
            &mut self.connection,
            &mut self.stream,
            &mut self.unflushed,
            waker,
        )
    }

    /// The same, and nobody waits for it.
    fn poll_send_now(&mut self) -> Poll<io::Result<()>> {
        let waker = self.room.nobody();
        send(
            &mut self.connection,
            &mut self.stream,
            &mut self.unflushed,
            waker,
        )
    }

    /// Why writing failed. A peer that has gone may have said why before.
    fn poll_reason<T>(
        &mut self,
        error: io::Error,
        context: &mut Context<'_>,
    ) -> Poll<Result<T, TlsError>> {
        let gone = is_gone(error.kind());
        let error = TlsError::io(error);
        if !gone {
            return Poll::Ready(Err(error));
        }
        self.broken = Some(error);
        self.poll_reason_of_broken(context)
    }

    /// Looks for the last words of a peer that has gone. They are there, or the end is, so this is no
    /// long wait. Whoever waits to read finds them alone.
    fn poll_reason_of_broken<T>(&mut self, context: &mut Context<'_>) -> Poll<Result<T, TlsError>> {
        while self.failed.is_none() && !self.reader_waits && self.is_read_empty() {
            match ready!(self.poll_more(context)) {
                Ok(true) => {}
                Err(error) if error.kind() != TlsErrorKind::Io => return Poll::Ready(Err(error)),
                _ => break,
            }
        }
        match self.ended_by().or(self.broken.as_ref()) {
            Some(error) => Poll::Ready(Err(error.clone())),
            None => Poll::Ready(Err(TlsError::io(io::ErrorKind::BrokenPipe.into()))),
        }
    }

    /// What came of the peer that ended TLS in both directions: an alert, or what can't be decrypted. A
    /// writer is told the same as the reader. (When reading below fails, writing may go on.)
    fn ended_by(&self) -> Option<&TlsError> {
        let failed = self.failed.as_ref();
        failed.filter(|failed| failed.kind() != TlsErrorKind::Io)
    }

    /// Whether all plain text was read that has come.
    fn is_read_empty(&mut self) -> bool {
        let state = self.connection.process_new_packets();
        state.is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
    }

    /// Notes that reading below failed, for good if it is the stream that did.
    fn fail_below(&mut self, error: io::Error) -> TlsError {
        let misuse = [io::ErrorKind::ResourceBusy, io::ErrorKind::Unsupported];
        let misused = misuse.contains(&error.kind());
        let error = TlsError::io(error);
        if !misused {
            self.failed = Some(error.clone());
        }
        error
    }

    fn truncated(&self) -> TlsError {
        let text = "the connection ended without a close_notify: what came may be only a part of what \
                    was sent; whoever knows by the protocol that it is whole may ignore this";
        TlsError::new(TlsErrorKind::Truncated, text)
    }

    pub(super) fn version(&self) -> Option<rustls::ProtocolVersion> {
        self.connection.protocol_version()
    }
}

/// Whether the peer takes nothing any more.
pub(super) fn is_gone(error: io::ErrorKind) -> bool {
    matches!(
        error,
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
    )
}

/// Writes what rustls has for the stream below, and flushes that.
fn send<S: AsyncRead + AsyncWrite + Unpin>(
    connection: &mut Connection,
    stream: &mut S,
    unflushed: &mut bool,
    waker: &Waker,
) -> Poll<io::Result<()>> {
    let mut context = Context::from_waker(waker);
    while connection.wants_write() {
        let mut below = Below {
            stream,
            context: &mut context,
            first: None,
            pending: false,
        };
        match connection.write_tls(&mut below) {
            Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Ok(_) => *unflushed = true,
            Err(_) if below.pending => return Poll::Pending,
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
    if *unflushed {
        ready!(Pin::new(stream).poll_flush(&mut context))?;
        *unflushed = false;
    }
    Poll::Ready(Ok(()))
}

/// Hands buffers to rustls.
pub(super) fn take_all<'a>(
    buffers: &'a [IoSlice<'a>],
) -> impl FnOnce(&mut dyn Write) -> io::Result<usize> + 'a {
    move |writer| writer.write_vectored(buffers)
}
