//! [`Late`]: a stream whose handshake is still on its way, for who must have both halves before. This
//! ends the module.
//!
//! A server's connections stand on its list from the moment when they are accepted, so that they can be
//! closed in their handshake, too. Whoever polls first goes on with that: the task that serves waits
//! for it, and the loop may want to send the end.

use super::error::TlsError;
use super::handshake::Handshake;
use super::info::TlsInfo;
use super::stream::TlsStream;
use super::wake::{Room, Side};
use futures_io::{AsyncRead, AsyncWrite};
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, ready};

/// The stream. Dropping it closes it.
pub(crate) struct Late<S>(Rc<Shared<S>>);

/// Waits for the handshake, and does not keep the stream open.
pub(crate) struct Shaken<S>(Weak<Shared<S>>);

struct Shared<S> {
    state: RefCell<State<S>>,
    /// Who waits for the handshake.
    waiting: Room,
}

enum State<S> {
    Shaking(Handshake<S>),
    Open(TlsStream<S>),
    Failed(TlsError),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Late<S> {
    pub(crate) fn new(handshake: Handshake<S>) -> (Late<S>, Shaken<S>) {
        let shared = Rc::new(Shared {
            state: RefCell::new(State::Shaking(handshake)),
            waiting: Room::new(),
        });
        let shaken = Shaken(Rc::downgrade(&shared));
        (Late(shared), shaken)
    }
}

impl<S> Late<S> {
    /// Lends the stream below, in the handshake too.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&S) -> R) -> Option<R> {
        match &*self.0.state.try_borrow().ok()? {
            State::Shaking(handshake) => handshake.below().map(look),
            State::Open(stream) => Some(stream.with(look)),
            State::Failed(_) => None,
        }
    }

    /// What was agreed on, once it is.
    pub(crate) fn info(&self) -> Option<TlsInfo> {
        match &*self.0.state.try_borrow().ok()? {
            State::Open(stream) => Some(TlsInfo::of(stream)),
            _ => None,
        }
    }
}

impl<S> Drop for Late<S> {
    fn drop(&mut self) {
        // Who waits for the handshake waits for nothing now.
        self.0.waiting.nobody().wake_by_ref();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Shared<S> {
    /// Goes on with the handshake, and shows `look` the stream.
    fn poll_open<T>(
        &self,
        side: Side,
        context: &mut Context<'_>,
        look: impl FnOnce(&TlsStream<S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        ready!(self.poll_shake(side, context))?;
        match &*self.state.borrow() {
            State::Open(stream) => look(stream, context),
            State::Failed(error) => Poll::Ready(Err(error.clone().into())),
            State::Shaking(_) => Poll::Pending,
        }
    }

    fn poll_shake(&self, side: Side, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        {
            let Ok(mut state) = self.state.try_borrow_mut() else {
                // Its own code runs just now, below, or it is open and in use.
                return match self.state.try_borrow() {
                    Ok(_) => Poll::Ready(Ok(())),
                    Err(_) => Poll::Ready(Err(io::ErrorKind::ResourceBusy.into())),
                };
            };
            let State::Shaking(handshake) = &mut *state else {
                return Poll::Ready(Ok(()));
            };
            let mut context = Context::from_waker(self.waiting.waker(side, context));
            *state = match ready!(Pin::new(handshake).poll(&mut context)) {
                Ok(stream) => State::Open(stream),
                Err(error) => State::Failed(error),
            };
        }
        self.waiting.nobody().wake_by_ref();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Shaken<S> {
    /// Waits until the handshake is through; false when this side has closed the stream before.
    ///
    /// # Errors
    ///
    /// Those of the handshake.
    pub(crate) async fn wait(self) -> io::Result<bool> {
        poll_fn(|context| match self.0.upgrade() {
            Some(shared) => shared.poll_open(Side::Reader, context, |_, _| Poll::Ready(Ok(true))),
            None => Poll::Ready(Ok(false)),
        })
        .await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Late<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_open(Side::Reader, context, |stream, context| {
            stream.poll_read(context, buffer)
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Late<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_open(Side::Writer, context, |stream, context| {
            stream.poll_write(context, bytes)
        })
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_open(Side::Writer, context, |stream, context| {
            stream.poll_flush(context)
        })
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_open(Side::Writer, context, |stream, context| {
            stream.poll_close(context)
        })
    }
}
