//! One request and its response on one connection.
//!
//! Everything is a `poll_…` on plain state, generic over the stream, so that tests can use one in
//! memory. An [`Exchange`] owns its connection: dropping it half-way closes the connection, and
//! only [`settle`](Exchange::settle) gives it back for another request.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_io::{AsyncRead, AsyncWrite};
use http::{Method, StatusCode};
use oneloop::Loop;

use super::error::{ClientError, Kind, Phase};
use super::origin::Origin;
use super::patience::Patience;
use super::upload::{SendFailure, Sending, Upload};
use crate::wire::{BodyDecoder, BodyLength, Decoded, Limits, ResponseHead, ResponseParser};

/// The octets that one read takes at most.
pub(super) const SCRATCH_SIZE: usize = 64 * 1024;

/// How many interim responses (1xx) may come before the final one: nobody sends more than two or
/// three, and each takes time and resets the read limit.
const MOST_INTERIM: u32 = 32;

/// One buffer for all reads of a session, since a read never waits while it holds it: a connection
/// then needs none of its own, and none has to be cleared before a read.
pub(super) type Scratch = Rc<RefCell<Box<[u8]>>>;

/// A stream to a server, with what came on it and was not yet taken.
#[derive(Debug)]
pub(super) struct Connection<S> {
    pub(super) stream: S,
    /// Where it goes.
    pub(super) origin: Origin,
    input: BytesMut,
    /// It has served a request already.
    reused: bool,
}

impl<S> Connection<S> {
    /// Wraps a new stream.
    pub(super) fn new(stream: S, origin: Origin) -> Connection<S> {
        Connection {
            stream,
            origin,
            input: BytesMut::new(),
            reused: false,
        }
    }
}

/// What an exchange needs to know of its request besides the octets.
pub(super) struct Question {
    pub(super) method: Method,
    /// The request says that it is the connection's last.
    pub(super) last: bool,
    /// What is refused of a response.
    pub(super) limits: Rc<Limits>,
    pub(super) scratch: Scratch,
}

/// A request being sent and a response being received.
pub(super) struct Exchange<S> {
    connection: Connection<S>,
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
        connection: Connection<S>,
        upload: Upload,
        patience: Patience,
        question: Question,
    ) -> Exchange<S> {
        let parser = ResponseParser::new(Rc::clone(&question.limits));
        Exchange {
            connection,
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

    /// Sends the request and waits for the head of the final response.
    pub(super) fn poll_head(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<ResponseHead, ClientError>> {
        loop {
            let sending = self.send(context)?;
            match self.parser.parse(&mut self.connection.input) {
                Ok(None) => {}
                Ok(Some(head)) if is_interim(head.status()) => {
                    self.interim += 1;
                    if self.interim > MOST_INTERIM {
                        return Poll::Ready(Err(self.fail(Kind::TooManyInterim)));
                    }
                    if head.status() == StatusCode::CONTINUE {
                        self.upload.release();
                    }
                    continue;
                }
                Ok(Some(head)) => return Poll::Ready(self.begin_body(head)),
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
            let Some(body) = &mut self.body else {
                return Poll::Ready(Ok(None));
            };
            match body.decode(&mut self.connection.input) {
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
        self.connection.reused
    }

    /// The octets of the request that the stream has taken.
    pub(super) fn sent(&self) -> u64 {
        self.upload.sent()
    }

    /// The method of the request.
    pub(super) fn method(&self) -> &Method {
        &self.question.method
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
    #[expect(
        clippy::boxed_local,
        reason = "it is large: all but the connection is dropped where it lies"
    )]
    pub(super) fn settle(mut self: Box<Self>) -> Option<Connection<S>> {
        let body = self.body.as_mut()?;
        while let Ok(Decoded::Data(_)) = body.decode(&mut self.connection.input) {}
        // Octets behind the end are an answer to nothing; whoever got them next would take them for
        // the answer to its own request.
        let clean = body.is_end() && self.connection.input.is_empty() && self.upload.is_done();
        if !clean || !self.keep {
            return None;
        }
        self.connection.reused = true;
        let Exchange { connection, .. } = *self;
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
        let unseen = self.question.method.is_idempotent() || self.upload.sent() == 0;
        self.connection.reused && !self.answered && unseen && error.is_closed()
    }

    /// Ends the exchange with its request half, for another try.
    pub(super) fn into_question(self) -> (Question, Patience) {
        (self.question, self.patience)
    }

    /// Makes an error of what this exchange knows.
    pub(super) fn fail(&mut self, kind: Kind) -> ClientError {
        self.keep = false;
        let phase = match (&self.body, self.upload.is_done()) {
            (Some(_), _) => Phase::Body,
            (None, true) => Phase::Head,
            (None, false) => Phase::Send,
        };
        ClientError::new(kind, phase).on_connection(self.connection.reused, self.upload.sent())
    }

    /// Sends what can be sent now.
    fn send(&mut self, context: &mut Context<'_>) -> Result<Sending, ClientError> {
        if self.upload.is_over() {
            return Ok(Sending::Over);
        }
        let before = self.upload.sent();
        let sending = self.upload.advance(context, &mut self.connection.stream);
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
        let Connection { stream, input, .. } = &mut self.connection;
        let mut scratch = self.question.scratch.borrow_mut();
        let polled = Pin::new(stream).poll_read(context, &mut scratch);
        if let Poll::Ready(Ok(count)) = polled {
            input.extend_from_slice(scratch.get(..count).unwrap_or_default());
        }
        drop(scratch);
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
    fn begin_body(&mut self, head: ResponseHead) -> Result<ResponseHead, ClientError> {
        let length = match head.body_length(&self.question.method) {
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
        Ok(head)
    }
}

/// Whether another head follows this one. After `101` comes no HTTP any more.
fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

#[cfg(test)]
mod tests;
