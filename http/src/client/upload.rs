//! What is still to be sent of a request: the head, then the body at the pace of the peer.
//!
//! It is plain state that is driven while the response is waited for and read, since a server may
//! answer before it has read everything. Read next: `exchange.rs`.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_io::AsyncWrite;

use crate::BoxError;
use crate::body::Streamed;
use crate::watchdog::Watchdog;
use crate::wire::chunked;

/// From this size on a piece is written from where it lies; smaller ones are copied behind the
/// head, since a copy costs less than a second buffer in the system call.
const COPY_LIMIT: usize = 16 * 1024;

/// How long the body is held back for a `100 Continue`.
///
/// > a client [..] SHOULD NOT wait for an indefinite period before sending the content. (RFC 9110
/// > section 10.1.1)
const CONTINUE_LIMIT: Duration = Duration::from_secs(1);

/// The largest request that leaves the room of its head and body for the next one, in octets.
const KEPT_ROOM: usize = 1024;

/// The rest of a request. By default there is none.
#[derive(Default)]
pub(super) struct Upload {
    /// What is to be written next, and how much of it has been.
    out: Vec<u8>,
    written: usize,
    /// What is to be written behind `out` from where it lies, and the line end of its chunk.
    large: Bytes,
    tail: &'static [u8],
    source: Source,
    /// The body waits for a `100 Continue`.
    held: Option<Box<Watchdog>>,
    /// The octets that the stream has taken.
    sent: u64,
    state: State,
}

/// Where the rest of the body comes from.
#[derive(Default)]
enum Source {
    /// There is nothing behind what is to be written.
    #[default]
    Nothing,
    /// All of it is here.
    Octets(Bytes),
    /// Pieces that add up to a declared length; so much is left.
    Sized(u64, Streamed),
    /// Pieces that go out as chunks.
    Chunked(Streamed),
}

/// How far it has come.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    Running,
    /// Everything was written.
    #[default]
    Done,
    /// The rest will not be sent: the connection can't be used again.
    Abandoned,
}

/// What keeps the rest from being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// Nothing is left, or nothing will be sent any more.
    Over,
    /// The peer takes nothing.
    Blocked,
    /// The body's producer has nothing yet, or a `100 Continue` has not come.
    Waiting,
}

/// Why sending failed.
#[derive(Debug)]
pub(super) enum SendFailure {
    /// The stream took it no more.
    Io(io::Error),
    /// The producer failed, or made a body of another length than it declared.
    Producer(BoxError),
}

impl Upload {
    /// The room into which a request's head is written, before it [starts](Upload::start).
    pub(super) fn room(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Starts with the head that was written into the [`room`](Upload::room), and this body, whose framing the
    /// head tells.
    pub(super) fn start(&mut self, body: Result<Bytes, Streamed>) {
        self.source = match body {
            Ok(octets) if octets.is_empty() => Source::Nothing,
            Ok(octets) => Source::Octets(octets),
            Err(streamed) => match streamed.length {
                Some(length) => Source::Sized(length, streamed),
                None => Source::Chunked(streamed),
            },
        };
        self.sent = 0;
        self.state = State::Running;
    }

    /// Holds the body back until [`release`](Upload::release), or for a second.
    pub(super) fn hold(&mut self) {
        if !matches!(self.source, Source::Nothing) {
            self.held = Some(Box::default());
        }
    }

    /// Lets a held body go.
    pub(super) fn release(&mut self) {
        self.held = None;
    }

    /// Whether the body is still held back.
    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Gives the rest up, and drops its producer.
    pub(super) fn abandon(&mut self) {
        if self.state == State::Running {
            self.state = State::Abandoned;
            self.source = Source::Nothing;
            self.held = None;
        }
    }

    /// Gives the rest up, as [`abandon`](Upload::abandon) does, and what was about to be written.
    pub(super) fn close(&mut self) {
        self.abandon();
        if self.out.capacity() > KEPT_ROOM {
            self.out = Vec::new();
        }
        self.out.clear();
        self.written = 0;
        self.large = Bytes::new();
        self.tail = b"";
    }

    /// Whether everything was written.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether there is nothing more to do here.
    pub(super) fn is_over(&self) -> bool {
        self.state != State::Running
    }

    /// The octets of head and body that the stream has taken.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// Sends as much as can be sent now.
    pub(super) fn advance<S: AsyncWrite + Unpin>(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut S,
    ) -> Result<Sending, SendFailure> {
        while self.state == State::Running {
            if self.held.is_none() {
                self.take_octets();
            }
            match self.write(context, stream).map_err(SendFailure::Io)? {
                Poll::Pending => return Ok(Sending::Blocked),
                Poll::Ready(()) => {}
            }
            if let Some(watchdog) = &mut self.held {
                watchdog.start(CONTINUE_LIMIT);
                if watchdog.poll(context).is_pending() {
                    return Ok(Sending::Waiting);
                }
                self.held = None;
            }
            if self.refill(context)?.is_pending() {
                return Ok(Sending::Waiting);
            }
        }
        Ok(Sending::Over)
    }

    /// Writes until there is nothing left to write from.
    fn write<S: AsyncWrite + Unpin>(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut S,
    ) -> io::Result<Poll<()>> {
        loop {
            let out = self.out.get(self.written..).unwrap_or_default();
            let stream = Pin::new(&mut *stream);
            let polled = if !self.large.is_empty() || !self.tail.is_empty() {
                let slices = [
                    IoSlice::new(out),
                    IoSlice::new(&self.large),
                    IoSlice::new(self.tail),
                ];
                stream.poll_write_vectored(context, &slices)
            } else if !out.is_empty() {
                stream.poll_write(context, out)
            } else {
                // TLS and the like hold octets back until they are flushed.
                return Ok(stream.poll_flush(context)?);
            };
            let Poll::Ready(count) = polled? else {
                return Ok(Poll::Pending);
            };
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.sent = self.sent.saturating_add(count as u64);
            let of_out = count.min(out.len());
            let of_large = (count - of_out).min(self.large.len());
            let of_tail = (count - of_out - of_large).min(self.tail.len());
            self.written += of_out;
            self.large.advance(of_large);
            self.tail = self.tail.get(of_tail..).unwrap_or_default();
            if self.written == self.out.len() {
                self.out.clear();
                self.written = 0;
            }
        }
    }

    /// Puts the next piece where it will be written from, or notes the end.
    fn refill(&mut self, context: &mut Context<'_>) -> Result<Poll<()>, SendFailure> {
        match &mut self.source {
            Source::Nothing => self.state = State::Done,
            Source::Octets(_) => self.take_octets(),
            Source::Sized(left, streamed) => {
                let polled = streamed.pieces.as_mut().poll_next(context);
                let Poll::Ready(piece) = polled else {
                    return Ok(Poll::Pending);
                };
                match piece.transpose().map_err(SendFailure::Producer)? {
                    Some(piece) => {
                        *left = left.checked_sub(piece.len() as u64).ok_or_else(|| {
                            SendFailure::Producer("the body is longer than was declared".into())
                        })?;
                        self.push(piece);
                    }
                    None if *left > 0 => {
                        return Err(SendFailure::Producer(
                            format!("the body is {left} bytes too short").into(),
                        ));
                    }
                    None => self.source = Source::Nothing,
                }
            }
            Source::Chunked(streamed) => {
                let polled = streamed.pieces.as_mut().poll_next(context);
                let Poll::Ready(piece) = polled else {
                    return Ok(Poll::Pending);
                };
                match piece.transpose().map_err(SendFailure::Producer)? {
                    // An empty chunk would end the body.
                    Some(piece) if piece.is_empty() => {}
                    Some(piece) => {
                        chunked::encode_chunk_head(&mut self.out, piece.len());
                        self.push(piece);
                        self.tail = b"\r\n";
                    }
                    None => {
                        chunked::encode_end(&mut self.out);
                        self.source = Source::Nothing;
                    }
                }
            }
        }
        Ok(Poll::Ready(()))
    }

    /// Puts a body that is at hand behind the head, so that they leave together.
    fn take_octets(&mut self) {
        if let Source::Octets(octets) = &mut self.source {
            let octets = std::mem::take(octets);
            self.source = Source::Nothing;
            self.push(octets);
        }
    }

    fn push(&mut self, piece: Bytes) {
        if piece.len() < COPY_LIMIT {
            self.out.extend_from_slice(&piece);
        } else {
            self.large = piece;
        }
    }
}
