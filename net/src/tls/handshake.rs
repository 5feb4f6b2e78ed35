//! The handshake, within its time. Next: `stream.rs`.

use super::error::TlsError;
use super::explain::Side;
use super::session::Session;
use super::stream::TlsStream;
use super::verifier::Verifier;
use futures_io::{AsyncRead, AsyncWrite};
use oneloop::time::Sleep;
use rustls::Connection;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
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
    sleep: Pin<Box<Sleep>>,
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
            sleep: Box::pin(oneloop::sleep(most)),
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
                if sleep.as_mut().poll(context).is_pending() {
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
