//! One request and its response on one connection.
//!
//! Everything is a `poll_…` on plain state, generic over the stream, so that tests can use one in
//! memory. An [`Exchange`] owns its connection: dropping it half-way closes the connection, and
//! only [`settle`](Exchange::settle) gives it back for another request.
//!
//! It begins as the request's parts, which `RequestBuilder` fills in, and ends as the response's head, all in
//! one box, which the session keeps for its next request: to make these anew and to move them about took a
//! fifth of a request's instructions. What one request could leave to the next is reset where the next one sets
//! it (`RequestBuilder::new`, [`write`](Exchange::write), [`begin`](Exchange::begin)); what holds something of
//! the user's is given up in [`close`](Exchange::close) and [`clear`](Exchange::clear).

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_io::{AsyncRead, AsyncWrite};
use http::{StatusCode, Uri};
use oneloop::Loop;

use super::Retry;
use super::connection::Connection;
use super::error::{ClientError, Kind, Phase};
use super::head::CommonHead;
use super::origin::Origin;
use super::patience::Patience;
use super::request::Parts;
use super::response::Reading;
use super::upload::{SendFailure, Sending, Upload};
use crate::Body;
use crate::wire::{BodyDecoder, BodyLength, Decoded, Limits, ResponseHead, ResponseParser};

/// How many interim responses (1xx) may come before the final one: nobody sends more than two or
/// three, and each takes time and resets the read limit.
const MOST_INTERIM: u32 = 32;

/// A request being sent and a response being received.
pub(super) struct Exchange<S> {
    /// What is asked. The body is taken out of it when the request is written.
    pub(super) parts: Parts,
    /// How long it may take.
    pub(super) patience: Patience,
    upload: Upload,
    /// The body once more, while the request may still go over another connection.
    again: Option<Bytes>,
    /// The request says that it is the connection's last.
    last: bool,
    /// `None` before there is one, and once it was given back or closed: the exchange is over.
    connection: Option<Box<Connection<S>>>,
    parser: ResponseParser,
    head: ResponseHead,
    progress: Progress,
    /// What its reader has of the body.
    pub(super) reading: Reading,
}

/// How far an exchange has come on its connection.
#[derive(Default)]
struct Progress {
    /// The connection had served a request before.
    reused: bool,
    interim: u32,
    /// At least one octet of the response has come.
    answered: bool,
    /// Sending failed. That is told only if no response comes: a server may answer `413` and close.
    send_failure: Option<io::Error>,
    /// The body, once the final head has come.
    body: Option<BodyDecoder>,
    /// The server takes another request on this connection.
    keep: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Exchange<S> {
    /// Makes room for exchanges, one after another.
    pub(super) fn blank(limits: Rc<Limits>) -> Box<Exchange<S>> {
        Box::new(Exchange {
            parts: Parts::default(),
            patience: Patience::default(),
            upload: Upload::default(),
            again: None,
            last: false,
            connection: None,
            parser: ResponseParser::new(limits),
            head: ResponseHead::blank(),
            progress: Progress::default(),
            reading: Reading::default(),
        })
    }

    /// Writes the request for a server of this origin.
    ///
    /// # Errors
    ///
    /// Its parts can't be sent.
    pub(super) fn write(
        &mut self,
        common: &CommonHead,
        origin: &Origin,
        retry: Retry,
    ) -> Result<(), ClientError> {
        common.write(&self.parts, origin, self.upload.room())?;
        self.last = common.is_last(&self.parts.headers);
        let body = std::mem::take(&mut self.parts.body).into_parts();
        // A body that is made while it is sent can be made only once.
        self.again = match retry {
            Retry::Idempotent => body.as_ref().ok().cloned(),
            Retry::Never => None,
        };
        self.upload.start(body);
        if self.parts.asks_first() {
            self.upload.hold();
        }
        Ok(())
    }

    /// Begins the exchange on this connection; nothing is sent before it is polled.
    pub(super) fn begin(&mut self, connection: Box<Connection<S>>) {
        if !connection.reused {
            self.again = None;
        }
        self.progress = Progress {
            reused: connection.reused,
            ..Progress::default()
        };
        self.parser.restart();
        self.connection = Some(connection);
    }

    /// Sends the request and waits for the [`head`](Exchange::head) of the final response.
    pub(super) fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ClientError>> {
        loop {
            let sending = self.send(context)?;
            let Some(connection) = &mut self.connection else {
                return Poll::Ready(Err(self.fail(Kind::Closed)));
            };
            let head = &mut self.head;
            match self.parser.parse_into(&mut connection.input, head) {
                Ok(false) => {}
                Ok(true) if is_interim(head.status()) => {
                    self.progress.interim += 1;
                    if self.progress.interim > MOST_INTERIM {
                        return Poll::Ready(Err(self.fail(Kind::TooManyInterim)));
                    }
                    if head.status() == StatusCode::CONTINUE {
                        self.upload.release();
                    }
                    continue;
                }
                Ok(true) => return Poll::Ready(self.begin_body()),
                Err(error) => return Poll::Ready(Err(self.fail(Kind::Head(error)))),
            }
            if ready!(self.poll_read(context, sending))? == 0 {
                let kind = self
                    .progress
                    .send_failure
                    .take()
                    .map_or(Kind::Closed, Kind::Io);
                return Poll::Ready(Err(self.fail(kind)));
            }
            self.progress.answered = true;
            self.again = None;
        }
    }

    /// Gives the next piece of the response's body; `None` at its end, again and again.
    pub(super) fn poll_body(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, ClientError>> {
        loop {
            let sending = self.send(context)?;
            let (Some(body), Some(connection)) = (&mut self.progress.body, &mut self.connection)
            else {
                return Poll::Ready(Ok(None));
            };
            match body.decode(&mut connection.input) {
                Ok(Decoded::NeedMore) => {}
                Ok(Decoded::Data(piece)) => return Poll::Ready(Ok(Some(piece))),
                Ok(Decoded::End) => return Poll::Ready(Ok(None)),
                Err(error) => return Poll::Ready(Err(self.fail(Kind::Body(error)))),
            }
            if ready!(self.poll_read(context, sending))? == 0 {
                self.progress.keep = false;
                if let Some(Err(error)) = self.progress.body.as_mut().map(BodyDecoder::eof) {
                    return Poll::Ready(Err(self.fail(Kind::Body(error))));
                }
            }
        }
    }

    /// Whether the connection had served another request.
    pub(super) fn is_reused(&self) -> bool {
        self.progress.reused
    }

    /// The head of the response, once [`poll_head`](Exchange::poll_head) was ready.
    pub(super) fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// Whether the response's body is complete.
    pub(super) fn is_complete(&self) -> bool {
        self.progress.body.as_ref().is_some_and(BodyDecoder::is_end)
    }

    /// The octets of the body that are still to come, where that is known.
    pub(super) fn remaining(&self) -> Option<u64> {
        self.progress.body.as_ref().and_then(BodyDecoder::remaining)
    }

    /// Ends the exchange and gives its connection back, if another request may go over it.
    ///
    /// A rest of the body that is already here is thrown away. One that is still to come closes the
    /// connection, which costs less than waiting for it.
    pub(super) fn settle(&mut self) -> Option<Box<Connection<S>>> {
        let mut connection = self.close()?;
        let body = self.progress.body.as_mut()?;
        while let Ok(Decoded::Data(_)) = body.decode(&mut connection.input) {}
        // Octets behind the end are an answer to nothing; whoever got them next would take them for
        // the answer to its own request.
        let clean = body.is_end() && connection.input.is_empty() && self.upload.is_done();
        if !clean || !self.progress.keep {
            return None;
        }
        connection.reused = true;
        Some(connection)
    }

    /// Ends the exchange: what it sends, its timers, its connection, which is closed unless it is taken. Whoever
    /// keeps the response keeps the head, of the request what errors and `url` tell, and little room.
    pub(super) fn close(&mut self) -> Option<Box<Connection<S>>> {
        self.upload.close();
        self.again = None;
        self.patience.stop();
        self.parts.forget_fields();
        // Last, so that it tells whether all of this was done.
        self.connection.take()
    }

    /// Whether it was closed.
    pub(super) fn is_over(&self) -> bool {
        self.connection.is_none()
    }

    /// Forgets what an exchange that was closed still holds of the user's. The head stays: the next one may come
    /// again.
    pub(super) fn clear(&mut self) {
        self.parts.url = Uri::default();
        self.progress.body = None;
        self.reading = Reading::default();
    }

    /// Whether the request may be sent once more over another connection: this one had served
    /// before and closed without an octet of an answer, and the request is one that may arrive
    /// twice, or can't have arrived.
    ///
    /// > A user agent MUST NOT automatically retry a request with a non-idempotent method unless
    /// > it has some means to know that the request semantics are actually idempotent [..] or some
    /// > means to detect that the original request was never applied. (RFC 9110 section 9.2.2)
    pub(super) fn may_go_again(&self, error: &ClientError) -> bool {
        let unseen = self.parts.method.is_idempotent() || self.upload.sent() == 0;
        self.progress.reused && !self.progress.answered && unseen && error.is_closed()
    }

    /// Gives up the connection, and puts back the body where it was before the request was written; false if it
    /// can't be sent again.
    pub(super) fn rewind(&mut self) -> bool {
        self.connection = None;
        self.upload.close();
        let Some(body) = self.again.take() else {
            return false;
        };
        self.parts.body = Body::from(body);
        true
    }

    /// Makes an error of what this exchange knows.
    #[cold]
    pub(super) fn fail(&mut self, kind: Kind) -> ClientError {
        self.progress.keep = false;
        let phase = match (&self.progress.body, self.upload.is_done()) {
            (Some(_), _) => Phase::Body,
            (None, true) => Phase::Head,
            (None, false) => Phase::Send,
        };
        ClientError::new(kind, phase)
            .on_connection(self.progress.reused, self.upload.sent())
            .of_request(|| self.parts.describe())
    }

    /// Sends what can be sent now.
    #[inline]
    fn send(&mut self, context: &mut Context<'_>) -> Result<Sending, ClientError> {
        if self.upload.is_over() {
            return Ok(Sending::Over);
        }
        self.send_on(context)
    }

    #[inline(never)]
    fn send_on(&mut self, context: &mut Context<'_>) -> Result<Sending, ClientError> {
        let Some(connection) = &mut self.connection else {
            return Ok(Sending::Over);
        };
        let before = self.upload.sent();
        let sending = self.upload.advance(context, &mut connection.stream);
        if self.upload.sent() != before {
            self.patience.progress();
        }
        match sending {
            Ok(sending) => Ok(sending),
            Err(SendFailure::Io(error)) => {
                self.progress.send_failure = Some(error);
                self.upload.abandon();
                Ok(Sending::Over)
            }
            Err(SendFailure::Producer(error)) => Err(self.fail(Kind::Producer(error))),
        }
    }

    /// Reads once and appends to the input; 0 is the peer's end.
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        sending: Sending,
    ) -> Poll<Result<usize, ClientError>> {
        let Some(connection) = &mut self.connection else {
            return Poll::Ready(Err(self.fail(Kind::Closed)));
        };
        let Connection {
            stream,
            input,
            scratch,
            ..
        } = &mut **connection;
        let polled = scratch.lend(|scratch| {
            let polled = Pin::new(stream).poll_read(context, scratch);
            if let Poll::Ready(Ok(count)) = polled {
                input.extend_from_slice(scratch.get(..count).unwrap_or_default());
            }
            polled
        });
        match polled {
            Poll::Ready(Ok(count)) => {
                self.patience.progress();
                Poll::Ready(Ok(count))
            }
            Poll::Ready(Err(error)) => {
                let error = self.progress.send_failure.take().unwrap_or(error);
                Poll::Ready(Err(self.fail(Kind::Io(error))))
            }
            Poll::Pending => {
                // Nobody would hear of the socket, and the limits need a clock.
                if let Err(error) = Loop::current() {
                    return Poll::Ready(Err(self.fail(Kind::NoLoop(error))));
                }
                // While our own producer keeps everybody waiting, the peer is not to blame.
                let limit = ready!(self.patience.poll(context, sending != Sending::Waiting));
                Poll::Ready(Err(self.fail(Kind::TimedOut(limit))))
            }
        }
    }

    /// Decides how the body will be read.
    fn begin_body(&mut self) -> Result<(), ClientError> {
        let head = &self.head;
        let length = match head.body_length(&self.parts.method) {
            Ok(length) => length,
            Err(error) => {
                self.progress.body = Some(BodyDecoder::new(BodyLength::None, self.parser.limits()));
                return Err(self.fail(Kind::Framing(error)));
            }
        };
        // > A client [..] that receives an error response while sending the content SHOULD
        // > immediately cease transmitting it. (RFC 9112 section 9.5, in short)
        //
        // A success may well come early: a server that echoes while it reads.
        let refused = head.status().is_client_error() || head.status().is_server_error();
        if refused || self.upload.is_held() {
            self.upload.abandon();
        }
        self.progress.keep = head.keep_alive()
            && !self.last
            && length != BodyLength::Tunnel
            && head.status() != StatusCode::SWITCHING_PROTOCOLS;
        self.progress.body = Some(BodyDecoder::new(length, self.parser.limits()));
        Ok(())
    }
}

/// Whether another head follows this one. After `101` comes no HTTP any more.
fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

#[cfg(test)]
mod tests;
