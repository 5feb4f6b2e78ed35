//! The body of the request at hand: given to the handler piece by piece, and what it leaves.
//!
//! A body is read by whoever holds the [`RequestBody`](crate::RequestBody), while the connection's
//! loop attends to the handler. When the answer is complete the body is closed: a handle that is
//! still held somewhere then gets an error, never octets of the next request.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_io::{AsyncRead, AsyncWrite};

use super::connection::{Connection, State};
use super::transport::{Failure, Transport};
use crate::body::remember;
use crate::request::{BodySource, ReadBodyError};
use crate::wire::{BodyDecoder, BodyError, BodyLength, Decoded, Limits, encode};

/// How much of a body that the handler did not read is read for the sake of the next request.
///
/// Beyond it a new connection is cheaper than the rest of the body.
const SKIP_LIMIT: u64 = 256 * 1024;

/// How long the rest of a body may take in all.
const SKIP_TIMEOUT: Duration = Duration::from_secs(10);

/// The body of the request at hand.
#[derive(Default)]
pub(super) struct Incoming {
    /// Counts the requests of this connection, so that a body handle of an earlier one is known.
    serial: u64,
    /// `None`: no body, or the request has been answered.
    decoder: Option<BodyDecoder>,
    /// The limit that the decoder knows of.
    limit: u64,
    /// The peer waits for a `100 Continue` that was not sent yet.
    continue_due: bool,
    /// The body cannot be read to its end.
    failed: Option<ReadBodyError>,
    /// Who waits for the body. It may be another task than the connection's, and must not be
    /// forgotten when the connection goes on without it, or ends.
    reader: Option<Waker>,
}

/// What stands between the connection and the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: the body has been read.
    Nothing,
    /// A rest that is worth reading, or somebody who still reads it.
    Some,
    /// Too much, or something that may not come or cannot be understood.
    TooMuch,
    /// Something that did not come in time.
    Overdue,
}

impl Incoming {
    /// Prepares for the body of the next request and gives its number.
    pub(super) fn open(&mut self, length: BodyLength, waits: bool, limits: &Limits) -> u64 {
        self.serial += 1;
        self.failed = None;
        self.limit = u64::MAX;
        self.decoder = match length {
            BodyLength::None | BodyLength::Known(0) => None,
            length => Some(BodyDecoder::new(length, limits)),
        };
        self.continue_due = waits && self.decoder.is_some();
        self.serial
    }

    /// Whether no request has come yet.
    pub(super) fn is_first(&self) -> bool {
        self.serial == 0
    }

    /// Tells the decoder a new limit for the whole body.
    fn set_limit(&mut self, limit: u64) {
        if limit != self.limit {
            self.limit = limit;
            self.decoder = self.decoder.take().map(|decoder| decoder.with_max(limit));
        }
    }

    /// Takes the decoder away from whoever holds the body, and who waits for it, to be woken when
    /// nothing is borrowed any more.
    pub(super) fn end(&mut self) -> (Option<BodyDecoder>, Option<Waker>) {
        (self.decoder.take(), self.reader.take())
    }

    fn is_of(&self, serial: u64) -> bool {
        self.serial == serial && self.decoder.is_some()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> State<S> {
    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
        timeout: Duration,
    ) -> Poll<Result<Option<Bytes>, ReadBodyError>> {
        let State {
            transport,
            incoming,
        } = self;
        let Some(decoder) = &mut incoming.decoder else {
            return Poll::Ready(Err(ReadBodyError::Finished));
        };
        if let Some(error) = &incoming.failed {
            return Poll::Ready(Err(error.clone()));
        }
        if std::mem::take(&mut incoming.continue_due) {
            transport.output.extend_from_slice(encode::CONTINUE);
        }
        let piece = ready!(poll_decode(decoder, transport, context, timeout));
        transport.read_watchdog.stop();
        incoming.failed = piece.as_ref().err().cloned();
        Poll::Ready(piece)
    }
}

/// Takes the next piece out of what was read, and reads more where that does not suffice.
fn poll_decode<S: AsyncRead + AsyncWrite + Unpin>(
    decoder: &mut BodyDecoder,
    transport: &mut Transport<S>,
    context: &mut Context<'_>,
    timeout: Duration,
) -> Poll<Result<Option<Bytes>, ReadBodyError>> {
    loop {
        match decoder.decode(&mut transport.input) {
            Ok(Decoded::Data(piece)) => return Poll::Ready(Ok(Some(piece))),
            Ok(Decoded::End) => return Poll::Ready(Ok(None)),
            Err(error) => return Poll::Ready(Err(ReadBodyError::Malformed(error))),
            Ok(Decoded::NeedMore) => {}
        }
        // Who waits for the peer writes first: the peer may be waiting for the `100 Continue`, or
        // for an earlier answer.
        transport.flush_beside_loop(context);
        match ready!(transport.poll_fill(context, timeout)) {
            Ok(0) => return Poll::Ready(Err(ReadBodyError::Disconnected)),
            Ok(_) => transport.read_watchdog.stop(),
            Err(Failure::TimedOut) => return Poll::Ready(Err(ReadBodyError::TimedOut)),
            Err(Failure::Io(kind)) => return Poll::Ready(Err(ReadBodyError::Io(kind))),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> BodySource for Connection<S> {
    fn poll_piece(
        &self,
        serial: u64,
        limit: u64,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, ReadBodyError>> {
        let timeout = self.server().settings.body_timeout;
        let mut state = self.state.borrow_mut();
        if !state.incoming.is_of(serial) {
            return Poll::Ready(Err(ReadBodyError::Finished));
        }
        state.incoming.set_limit(limit);
        let piece = state.poll_piece(context, timeout);
        let before = if piece.is_pending() {
            remember(&mut state.incoming.reader, context)
        } else {
            state.incoming.reader.take()
        };
        drop(state);
        drop(before);
        piece.map_err(|error| match error {
            ReadBodyError::Malformed(BodyError::TooLarge) => ReadBodyError::TooLarge { limit },
            other => other,
        })
    }

    fn remaining(&self, serial: u64) -> Option<u64> {
        let state = self.state.borrow();
        if !state.incoming.is_of(serial) {
            return Some(0);
        }
        state
            .incoming
            .decoder
            .as_ref()
            .and_then(BodyDecoder::remaining)
    }

    fn refuse(&self, serial: u64, why: ReadBodyError) {
        let mut state = self.state.borrow_mut();
        if state.incoming.is_of(serial) {
            state.incoming.failed.get_or_insert(why);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Connection<S> {
    /// Looks what is left of the body just before the answer's head is written.
    ///
    /// `is_held`: a response that is made of the request's body has yet to read it.
    pub(super) fn rest_of_body(&self, is_held: bool) -> Rest {
        let State {
            transport,
            incoming,
        } = &mut *self.state.borrow_mut();
        let Some(decoder) = &mut incoming.decoder else {
            return Rest::Nothing;
        };
        if std::mem::take(&mut incoming.continue_due) {
            if is_held {
                // The response is to be made of the body, so the peer has to be told before it.
                transport.output.extend_from_slice(encode::CONTINUE);
            } else {
                // A peer that waits for the 100 and gets a final answer may send the body or leave
                // it (RFC 9110 section 10.1.1). Nobody can tell, so no request can follow.
                incoming.failed.get_or_insert(ReadBodyError::Finished);
            }
        }
        match incoming.failed {
            None => {}
            Some(ReadBodyError::TimedOut) => return Rest::Overdue,
            Some(_) => return Rest::TooMuch,
        }
        if is_held {
            return Rest::Some;
        }
        let mut skipped = 0;
        loop {
            match decoder.decode(&mut transport.input) {
                Ok(Decoded::Data(piece)) => skipped += piece.len() as u64,
                Ok(Decoded::End) => return Rest::Nothing,
                Ok(Decoded::NeedMore) => break,
                Err(_) => return Rest::TooMuch,
            }
        }
        let expected = decoder.remaining().unwrap_or(0);
        if skipped.saturating_add(expected) > SKIP_LIMIT {
            Rest::TooMuch
        } else {
            Rest::Some
        }
    }

    /// Tells whether the request has a body that was not closed yet.
    pub(super) fn has_body(&self) -> bool {
        self.state.borrow().incoming.decoder.is_some()
    }

    /// Closes the body after the answer and reads what is left of it, if another request may come.
    pub(super) async fn skip_body(&self, keep_alive: bool) -> Rest {
        let rest = self.rest_of_body(false);
        let (decoder, reader) = self.state.borrow_mut().incoming.end();
        reader.into_iter().for_each(Waker::wake);
        let Some(mut decoder) = decoder else {
            return Rest::Nothing;
        };
        if !keep_alive || rest != Rest::Some {
            return rest;
        }
        // The answer goes out at once; who sends slowly may need it to stop.
        if self.flush().await.is_err() {
            return Rest::TooMuch;
        }
        // A read that the handler gave up has left its limit behind.
        self.state.borrow_mut().transport.read_watchdog.stop();
        let mut skipped = 0;
        poll_fn(|context| {
            let State { transport, .. } = &mut *self.state.borrow_mut();
            loop {
                match decoder.decode(&mut transport.input) {
                    Ok(Decoded::Data(piece)) => skipped += piece.len() as u64,
                    Ok(Decoded::End) => return Poll::Ready(Rest::Nothing),
                    Err(_) => return Poll::Ready(Rest::TooMuch),
                    Ok(Decoded::NeedMore) => {
                        match ready!(transport.poll_fill(context, SKIP_TIMEOUT)) {
                            Ok(1..) if skipped <= SKIP_LIMIT => {}
                            Err(Failure::TimedOut) => return Poll::Ready(Rest::Overdue),
                            _ => return Poll::Ready(Rest::TooMuch),
                        }
                    }
                }
            }
        })
        .await
    }
}
