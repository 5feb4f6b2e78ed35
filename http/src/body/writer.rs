//! The way from a producer of a body to the connection: [`BodyWriter`] and the place for one piece.
//!
//! Writer and reader may live in one task ([`Body::produce`](super::Body::produce)) or in two
//! ([`Body::channel`](super::Body::channel)); each remembers the other's waker. Read next:
//! `request.rs`.

use std::cell::RefCell;
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// Writes the pieces of a body; made by [`Body::produce`](crate::Body::produce) and
/// [`Body::channel`](crate::Body::channel).
///
/// It holds one piece: a second write waits until the connection has taken the first.
///
/// ```
/// let (writer, body) = oneloop_http::Body::channel();
/// drop(body); // The peer went away.
/// assert!(writer.is_closed());
/// ```
#[derive(Debug)]
#[must_use = "dropping the writer of a channel without `finish` cuts the connection"]
pub struct BodyWriter {
    pub(super) slot: Rc<Slot>,
}

impl BodyWriter {
    /// Hands over one piece, waiting until there is room for it. Empty pieces are skipped.
    ///
    /// Cancel safe: dropped while it waits, the piece was not handed over.
    ///
    /// # Errors
    /// [`BodyClosed`] when nobody reads this body any more: the peer went away, or the answer to a
    /// `HEAD` needed no body.
    ///
    /// ```
    /// # oneloop::run(async {
    /// let (mut writer, body) = oneloop_http::Body::channel();
    /// assert!(writer.write("a piece").await.is_ok());
    /// drop(body);
    /// assert!(writer.write("one too many").await.is_err());
    /// # });
    /// ```
    pub async fn write(&mut self, piece: impl Into<Bytes>) -> Result<(), BodyClosed> {
        let mut piece = piece.into();
        poll_fn(|context| self.slot.poll_put(context, &mut piece)).await
    }

    /// Ends the body of a [`Body::channel`](crate::Body::channel): what was written is all of it.
    ///
    /// ```
    /// let (writer, _body) = oneloop_http::Body::channel();
    /// writer.finish();
    /// ```
    pub fn finish(self) {
        self.slot.state.borrow_mut().finished = true;
    }

    /// Returns whether nobody reads this body any more, so that producing more is in vain.
    ///
    /// ```
    /// let (writer, _body) = oneloop_http::Body::channel();
    /// assert!(!writer.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.slot.state.borrow().reader_gone
    }
}

impl Drop for BodyWriter {
    fn drop(&mut self) {
        let reader = {
            let mut state = self.slot.state.borrow_mut();
            state.writer_gone = true;
            state.reader.take()
        };
        reader.into_iter().for_each(Waker::wake);
    }
}

/// Nobody reads the body any more: the peer went away or needed none.
///
/// ```
/// # oneloop::run(async {
/// let (mut writer, body) = oneloop_http::Body::channel();
/// drop(body);
/// assert_eq!(writer.write("x").await.unwrap_err().to_string(), "nobody reads this body any more");
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyClosed;

impl fmt::Display for BodyClosed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("nobody reads this body any more")
    }
}

impl std::error::Error for BodyClosed {}

/// A place for one piece between a writer and the connection.
#[derive(Debug, Default)]
pub(super) struct Slot {
    state: RefCell<SlotState>,
}

#[derive(Debug, Default)]
struct SlotState {
    /// The piece that was written and not yet taken.
    piece: Option<Bytes>,
    /// Who waits for a piece.
    reader: Option<Waker>,
    /// Who waits for room.
    writer: Option<Waker>,
    /// `finish` was called: after the piece, the body is complete.
    finished: bool,
    writer_gone: bool,
    reader_gone: bool,
}

impl Slot {
    fn poll_put(
        &self,
        context: &mut Context<'_>,
        piece: &mut Bytes,
    ) -> Poll<Result<(), BodyClosed>> {
        let mut state = self.state.borrow_mut();
        if state.reader_gone {
            return Poll::Ready(Err(BodyClosed));
        }
        if piece.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if state.piece.is_some() {
            let replaced = remember(&mut state.writer, context);
            drop(state);
            drop(replaced);
            return Poll::Pending;
        }
        state.piece = Some(std::mem::take(piece));
        let reader = state.reader.take();
        drop(state);
        wake_other(reader, context);
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_take(&self, context: &mut Context<'_>) -> Poll<Taken> {
        let mut state = self.state.borrow_mut();
        if let Some(piece) = state.piece.take() {
            let writer = state.writer.take();
            drop(state);
            wake_other(writer, context);
            return Poll::Ready(Taken::Piece(piece));
        }
        if state.finished {
            return Poll::Ready(Taken::Finished);
        }
        if state.writer_gone {
            return Poll::Ready(Taken::Abandoned);
        }
        let replaced = remember(&mut state.reader, context);
        drop(state);
        drop(replaced);
        Poll::Pending
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state.borrow().piece.is_none()
    }

    pub(super) fn close(&self) {
        let writer = {
            let mut state = self.state.borrow_mut();
            state.reader_gone = true;
            state.piece = None;
            state.writer.take()
        };
        writer.into_iter().for_each(Waker::wake);
    }
}

/// What the reading side of a slot finds.
pub(super) enum Taken {
    Piece(Bytes),
    Finished,
    Abandoned,
}

/// Stores the waker of whoever polls, unless it is stored already, and returns the one that was
/// replaced. It is the caller's to drop, after the borrow: a foreign waker's drop may run any code.
#[must_use = "to be dropped when nothing is borrowed any more"]
pub(crate) fn remember(place: &mut Option<Waker>, context: &Context<'_>) -> Option<Waker> {
    match place {
        Some(waker) if waker.will_wake(context.waker()) => None,
        _ => place.replace(context.waker().clone()),
    }
}

/// Wakes the other side, unless it is the very task that is running: a producer inside the
/// connection's task is polled again anyway, and a wake would only cost a second poll.
fn wake_other(waker: Option<Waker>, context: &Context<'_>) {
    if let Some(waker) = waker
        && !waker.will_wake(context.waker())
    {
        waker.wake();
    }
}
