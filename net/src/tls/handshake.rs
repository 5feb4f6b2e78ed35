//! The handshake, within its time. Next: `stream.rs`.

use super::error::{TlsError, TlsErrorKind};
use super::explain::Side;
use super::first_bytes::FirstBytes;
use super::session::{Session, is_gone};
use super::stream::TlsStream;
use super::verifier::Verifier;
use super::wake::Side as Waiter;
use futures_io::{AsyncRead, AsyncWrite};
use oneloop::time::Sleep;
use rustls::Connection;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The time of the handshake.
    pub(super) handshake: Option<Duration>,
    /// The bytes on their way out.
    buffer: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            handshake: Some(Duration::from_secs(60)),
            buffer: 64 * 1024,
        }
    }
}

impl Limits {
    #[track_caller]
    pub(super) fn set_buffer(&mut self, bytes: usize) {
        assert!(bytes > 0, "a connection without a buffer carries nothing");
        self.buffer = bytes;
    }
}

/// A connection whose handshake is on its way. Dropping it closes the stream below.
///
/// The time is watched here and not by `timeout`, which belongs to the task that awaits it: a server's
/// streams are polled by the loop, too.
pub(crate) struct Handshake<S> {
    /// `None` when it is through.
    session: Option<Box<Session<S>>>,
    limit: Option<Limit>,
}

struct Limit {
    most: Duration,
    sleep: Sleep,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Handshake<S> {
    pub(super) fn new(
        mut connection: Connection,
        side: Side,
        verifier: Option<Arc<Verifier>>,
        stream: S,
        limits: Limits,
    ) -> Handshake<S> {
        connection.set_buffer_limit(Some(limits.buffer));
        let limit = limits.handshake.map(|most| Limit {
            most,
            sleep: oneloop::sleep(most),
        });
        Handshake {
            session: Some(Box::new(Session::new(connection, side, verifier, stream))),
            limit,
        }
    }
}

impl<S> Handshake<S> {
    /// The stream below.
    pub(super) fn below(&self) -> Option<&S> {
        self.session.as_deref().map(|session| &session.stream)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Handshake<S> {
    type Output = Result<TlsStream<S>, TlsError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let session = this.session.as_mut();
        let session = session.expect("a handshake that is through is polled no more");
        let shaken = match session.poll_handshake(context) {
            Poll::Ready(shaken) => shaken,
            Poll::Pending => {
                let Some(Limit { most, sleep }) = &mut this.limit else {
                    return Poll::Pending;
                };
                if Pin::new(sleep).poll(context).is_pending() {
                    return Poll::Pending;
                }
                Err(session.too_slow(*most))
            }
        };
        // The stream below is closed now if it failed, and the timer is gone in any case.
        this.limit = None;
        let session = this.session.take();
        let session = session.expect("it was there a moment ago");
        Poll::Ready(shaken.map(|()| TlsStream::new(session)))
    }
}

/// The steps of a handshake.
impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Goes on with the handshake, to its end.
    fn poll_handshake(&mut self, context: &mut Context<'_>) -> Poll<Result<(), TlsError>> {
        let shaken = ready!(self.poll_shake(context));
        Poll::Ready(shaken.map_err(|error| match error.below() {
            Some(below) if is_gone(below) => self.cut("reset").because(io::Error::from(below)),
            _ => error,
        }))
    }

    fn poll_shake(&mut self, context: &mut Context<'_>) -> Poll<Result<(), TlsError>> {
        loop {
            if self.is_open_but_for_tickets() {
                self.send_tickets(context)?;
                self.first = None;
                return Poll::Ready(Ok(()));
            }
            let sent = self.poll_flush_records(context);
            if let Poll::Ready(Err(error)) = sent {
                return Poll::Ready(Err(error));
            }
            if self.broken.is_some() {
                return Poll::Pending;
            }
            if !self.connection.is_handshaking() {
                if sent.is_pending() {
                    return Poll::Pending;
                }
                self.first = None;
                return Poll::Ready(Ok(()));
            }
            if !ready!(self.poll_more(context))? {
                return Poll::Ready(Err(self.cut("closed")));
            }
        }
    }

    /// Whether this is a TLS 1.3 server to whom the client's last word has come: all that it still sends
    /// are tickets.
    fn is_open_but_for_tickets(&self) -> bool {
        let is_server = matches!(self.side, Side::Server);
        is_server
            && !self.connection.is_handshaking()
            && self.version() == Some(rustls::ProtocolVersion::TLSv1_3)
    }

    /// Sends tickets, as far as there is room: the rest leaves later, since a client that writes before it
    /// reads has room for them only then. One that has left already has no use for them, and its connection
    /// is as good as any that ends early: OpenSSL's servers forgive that, too.
    fn send_tickets(&mut self, context: &mut Context<'_>) -> Result<(), TlsError> {
        match self.poll_send(Waiter::Writer, context) {
            Poll::Ready(Err(error)) if is_gone(error.kind()) => {
                while self.connection.wants_write() {
                    self.connection
                        .write_tls(&mut io::sink())
                        .map_err(TlsError::io)?;
                }
                self.unflushed = false;
                Ok(())
            }
            Poll::Ready(Err(error)) => Err(TlsError::io(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    /// The peer has closed the connection in the handshake, or reset it.
    fn cut(&self, how: &str) -> TlsError {
        let peer = self.side.peer();
        let text = match self.said_nothing() {
            true => format!(
                "{peer} {how} the connection before it said anything: does it speak TLS on \
                 this port, and may this end connect to it?"
            ),
            false => format!(
                "{peer} {how} the connection in the midst of the handshake, without saying \
                 why: its own log may"
            ),
        };
        TlsError::new(TlsErrorKind::HandshakeCut, text)
    }

    /// The time for the handshake is over.
    fn too_slow(&self, limit: Duration) -> TlsError {
        let peer = self.side.peer();
        let text = match self.said_nothing() {
            true => format!(
                "{peer} said nothing in the {limit:?} that the handshake may take: does it \
                 speak TLS on this port? See `.handshake_timeout(..)`"
            ),
            false => format!(
                "the handshake with {peer} was not through after {limit:?}: see \
                 `.handshake_timeout(..)`"
            ),
        };
        TlsError::new(TlsErrorKind::HandshakeTimeout, text)
    }

    fn said_nothing(&self) -> bool {
        self.first.as_ref().is_some_and(FirstBytes::is_empty)
    }
}
