//! One request and its response on one connection.
//!
//! Everything is a `poll_…` on plain state, generic over the stream, so that tests can use one in
//! memory. An [`Exchange`] owns its connection: dropping it half-way closes the connection, and
//! only [`settle`](Exchange::settle) gives it back for another request.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_io::{AsyncRead, AsyncWrite};
use http::{HeaderMap, StatusCode};
use oneloop::Loop;

use super::error::{ClientError, Kind, Phase};
use super::origin::Origin;
use super::patience::Patience;
use super::request::Parts;
use super::upload::{SendFailure, Sending, Upload};
use crate::scratch::Scratch;
use crate::wire::{BodyDecoder, BodyLength, Decoded, Limits, ResponseHead, ResponseParser};

/// The largest request that leaves the room of its head and body for the next one on its connection, in
/// octets.
const KEPT_ROOM: usize = 1024;

const HEAD_IS_THERE: &str = "its room is taken only when the response is dropped";

/// How many interim responses (1xx) may come before the final one: nobody sends more than two or
/// three, and each takes time and resets the read limit.
const MOST_INTERIM: u32 = 32;

/// A stream to a server, with what came on it and was not yet taken. In a box, since it goes from request to
/// request.
pub(super) struct Connection<S> {
    pub(super) stream: S,
    /// Where it goes.
    pub(super) origin: Rc<Origin>,
    input: BytesMut,
    /// Room for the next request. Nothing is in it.
    room: BytesMut,
    /// The buffer of its loop.
    scratch: Rc<Scratch>,
    /// It has served a request already.
    reused: bool,
}

impl<S> Connection<S> {
    /// Wraps a new stream.
    pub(super) fn new(stream: S, origin: Rc<Origin>, scratch: Rc<Scratch>) -> Box<Connection<S>> {
        Box::new(Connection {
            stream,
            origin,
            input: BytesMut::new(),
            room: BytesMut::new(),
            scratch,
            reused: false,
        })
    }

    /// Takes the room in which the request before lay.
    pub(super) fn take_room(&mut self) -> BytesMut {
        std::mem::take(&mut self.room)
    }
}

impl<S: fmt::Debug> fmt::Debug for Connection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("stream", &self.stream)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// What an exchange needs to know of its request besides the octets.
pub(super) struct Question {
    pub(super) parts: Box<Parts>,
    /// The request says that it is the connection's last.
    pub(super) last: bool,
    /// What is refused of a response.
    pub(super) limits: Rc<Limits>,
    /// The response's head, in a box since it goes from one request to the next. `None` once nobody looks at
    /// it any more.
    pub(super) head: Option<Box<ResponseHead>>,
}

/// A request being sent and a response being received.
pub(super) struct Exchange<S> {
    /// `None` once it was given back or closed, and the exchange is over.
    connection: Option<Box<Connection<S>>>,
    /// It had served a request before.
    reused: bool,
    upload: Upload,
    patience: Patience,
    question: Question,
    parser: ResponseParser,
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
    /// Begins an exchange; nothing is sent before it is polled.
    pub(super) fn new(
        connection: Box<Connection<S>>,
        upload: Upload,
        patience: Patience,
        question: Question,
    ) -> Exchange<S> {
        let parser = ResponseParser::new(Rc::clone(&question.limits));
        Exchange {
            reused: connection.reused,
            connection: Some(connection),
            upload,
            patience,
            question,
            parser,
            interim: 0,
            answered: false,
            send_failure: None,
            body: None,
            keep: false,
        }
    }

    /// Sends the request and waits for the [`head`](Exchange::head) of the final response.
    pub(super) fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ClientError>> {
        loop {
            let sending = self.send(context)?;
            let Some(connection) = &mut self.connection else {
                return Poll::Ready(Err(self.fail(Kind::Closed)));
            };
            let head = self.question.head.as_deref_mut().expect(HEAD_IS_THERE);
            match self.parser.parse_into(&mut connection.input, head) {
                Ok(false) => {}
                Ok(true) if is_interim(head.status()) => {
                    self.interim += 1;
                    if self.interim > MOST_INTERIM {
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
                let kind = self.send_failure.take().map_or(Kind::Closed, Kind::Io);
                return Poll::Ready(Err(self.fail(kind)));
            }
            self.answered = true;
        }
    }

    /// Gives the next piece of the response's body; `None` at its end, again and again.
    pub(super) fn poll_body(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, ClientError>> {
        loop {
            let sending = self.send(context)?;
            let (Some(body), Some(connection)) = (&mut self.body, &mut self.connection) else {
                return Poll::Ready(Ok(None));
            };
            match body.decode(&mut connection.input) {
                Ok(Decoded::NeedMore) => {}
                Ok(Decoded::Data(piece)) => return Poll::Ready(Ok(Some(piece))),
                Ok(Decoded::End) => return Poll::Ready(Ok(None)),
                Err(error) => return Poll::Ready(Err(self.fail(Kind::Body(error)))),
            }
            if ready!(self.poll_read(context, sending))? == 0 {
                self.keep = false;
                if let Some(Err(error)) = self.body.as_mut().map(BodyDecoder::eof) {
                    return Poll::Ready(Err(self.fail(Kind::Body(error))));
                }
            }
        }
    }

    /// Whether the connection had served another request.
    pub(super) fn is_reused(&self) -> bool {
        self.reused
    }

    /// The request.
    pub(super) fn parts(&self) -> &Parts {
        &self.question.parts
    }

    /// The head of the response, once [`poll_head`](Exchange::poll_head) was ready.
    pub(super) fn head(&self) -> &ResponseHead {
        self.question.head.as_deref().expect(HEAD_IS_THERE)
    }

    /// Takes the room of the head, which nobody looks at any more.
    pub(super) fn take_head(&mut self) -> Option<Box<ResponseHead>> {
        self.question.head.take()
    }

    /// Whether the response's body is complete.
    pub(super) fn is_complete(&self) -> bool {
        self.body.as_ref().is_some_and(BodyDecoder::is_end)
    }

    /// The octets of the body that are still to come, where that is known.
    pub(super) fn remaining(&self) -> Option<u64> {
        self.body.as_ref().and_then(BodyDecoder::remaining)
    }

    /// Ends the exchange and gives its connection back, if another request may go over it.
    ///
    /// A rest of the body that is already here is thrown away. One that is still to come closes the
    /// connection, which costs less than waiting for it.
    pub(super) fn settle(&mut self) -> Option<Box<Connection<S>>> {
        let mut connection = self.close()?;
        let body = self.body.as_mut()?;
        while let Ok(Decoded::Data(_)) = body.decode(&mut connection.input) {}
        // Octets behind the end are an answer to nothing; whoever got them next would take them for
        // the answer to its own request.
        let clean = body.is_end() && connection.input.is_empty() && self.upload.is_done();
        if !clean || !self.keep {
            return None;
        }
        connection.reused = true;
        Some(connection)
    }

    /// Ends the exchange: what it sends, its timers, its connection, which is closed unless it is taken. Whoever
    /// keeps the response keeps the head, and of the request what errors and `url` tell.
    pub(super) fn close(&mut self) -> Option<Box<Connection<S>>> {
        let room = self.upload.close();
        self.patience = Patience::default();
        if !self.question.parts.headers.is_empty() {
            self.question.parts.headers = HeaderMap::new();
        }
        let mut connection = self.connection.take()?;
        if room.capacity() <= KEPT_ROOM {
            connection.room = room;
        }
        Some(connection)
    }

    /// Whether the request may be sent once more over another connection: this one had served
    /// before and closed without an octet of an answer, and the request is one that may arrive
    /// twice, or can't have arrived.
    ///
    /// > A user agent MUST NOT automatically retry a request with a non-idempotent method unless
    /// > it has some means to know that the request semantics are actually idempotent [..] or some
    /// > means to detect that the original request was never applied. (RFC 9110 section 9.2.2)
    pub(super) fn may_go_again(&self, error: &ClientError) -> bool {
        let unseen = self.question.parts.method.is_idempotent() || self.upload.sent() == 0;
        self.reused && !self.answered && unseen && error.is_closed()
    }

    /// Ends the exchange with its request half, for another try.
    pub(super) fn into_question(self) -> (Question, Patience) {
        (self.question, self.patience)
    }

    /// Makes an error of what this exchange knows.
    #[cold]
    pub(super) fn fail(&mut self, kind: Kind) -> ClientError {
        self.keep = false;
        let phase = match (&self.body, self.upload.is_done()) {
            (Some(_), _) => Phase::Body,
            (None, true) => Phase::Head,
            (None, false) => Phase::Send,
        };
        ClientError::new(kind, phase)
            .on_connection(self.reused, self.upload.sent())
            .of_request(|| self.question.parts.describe())
    }

    /// Sends what can be sent now.
    fn send(&mut self, context: &mut Context<'_>) -> Result<Sending, ClientError> {
        if self.upload.is_over() {
            return Ok(Sending::Over);
        }
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
                self.send_failure = Some(error);
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
                let error = self.send_failure.take().unwrap_or(error);
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
        let head = self.question.head.as_deref().expect(HEAD_IS_THERE);
        let length = match head.body_length(&self.question.parts.method) {
            Ok(length) => length,
            Err(error) => {
                self.body = Some(BodyDecoder::new(BodyLength::None, &self.question.limits));
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
        self.keep = head.keep_alive()
            && !self.question.last
            && length != BodyLength::Tunnel
            && head.status() != StatusCode::SWITCHING_PROTOCOLS;
        self.body = Some(BodyDecoder::new(length, &self.question.limits));
        Ok(())
    }
}

/// Whether another head follows this one. After `101` comes no HTTP any more.
fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

#[cfg(test)]
mod tests;
