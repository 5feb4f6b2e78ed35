//! Sending a response: its head, then its body, never faster than the peer takes it.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use bytes::Bytes;
use futures_io::{AsyncRead, AsyncWrite};

use super::answer::{self, Exchange, Payload};
use super::connection::Connection;
use super::report::panicked;
use super::transport::Failure;
use crate::body::{BoxError, Streamed};
use crate::response::Response;
use crate::wire::chunked;

/// The answer could not be sent to its end; only closing the connection tells the peer so.
pub(super) enum Cut {
    /// The peer is gone, or takes nothing any more.
    Gone,
    /// The body failed, or is not what its producer declared.
    Broken(BoxError),
}

impl From<Failure> for Cut {
    fn from(_: Failure) -> Cut {
        Cut::Gone
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Connection<S> {
    /// Writes the head of an answer, and behind it a body that is at hand: mostly that is all there is
    /// to do. What fits stays in the output buffer, to leave with the next answer. Gives what is still to
    /// be sent, which may need a wait.
    pub(super) fn begin(
        &self,
        response: &mut Response,
        exchange: &mut Exchange,
    ) -> Option<Payload> {
        let transport = &mut self.state.borrow_mut().transport;
        let payload = self.server().with_stamp(|stamp| {
            answer::write_head(response, exchange, stamp, &mut transport.output)
        });
        match payload {
            Payload::Octets(octets) if transport.has_room_for(&octets) => {
                transport.push(octets);
                None
            }
            payload => Some(payload),
        }
    }

    /// Sends the body of an answer whose head was written.
    pub(super) async fn send(&self, payload: Payload) -> Result<(), Cut> {
        match payload {
            Payload::Octets(octets) => self.push(octets).await,
            Payload::Sized(length, mut streamed) => self.send_sized(length, &mut streamed).await,
            Payload::Chunked(mut streamed) => self.send_chunked(&mut streamed).await,
            Payload::UntilClose(mut streamed) => self.send_until_close(&mut streamed).await,
        }
    }

    async fn send_sized(&self, length: u64, streamed: &mut Streamed) -> Result<(), Cut> {
        let mut left = length;
        while let Some(piece) = self.next_piece(streamed).await? {
            let Some(rest) = left.checked_sub(piece.len() as u64) else {
                return Err(not_as_declared(&format!(
                    "more than the declared {length} octets"
                )));
            };
            left = rest;
            self.push(piece).await?;
        }
        match left {
            0 => Ok(()),
            _ => Err(not_as_declared(&format!(
                "{left} octets less than the declared {length}"
            ))),
        }
    }

    async fn send_chunked(&self, streamed: &mut Streamed) -> Result<(), Cut> {
        while let Some(piece) = self.next_piece(streamed).await? {
            if piece.is_empty() {
                continue; // An empty chunk would end the body.
            }
            chunked::encode_chunk_head(&mut self.state.borrow_mut().transport.output, piece.len());
            self.push(piece).await?;
            self.state
                .borrow_mut()
                .transport
                .output
                .extend_from_slice(b"\r\n");
        }
        chunked::encode_end(&mut self.state.borrow_mut().transport.output);
        Ok(())
    }

    async fn send_until_close(&self, streamed: &mut Streamed) -> Result<(), Cut> {
        while let Some(piece) = self.next_piece(streamed).await? {
            self.push(piece).await?;
        }
        Ok(())
    }

    /// Puts octets behind what is to be written, and waits while that is too much.
    async fn push(&self, octets: Bytes) -> Result<(), Cut> {
        let is_full = {
            let transport = &mut self.state.borrow_mut().transport;
            transport.push(octets);
            transport.is_full()
        };
        if is_full {
            self.flush().await?;
        }
        Ok(())
    }

    /// Asks the producer for its next piece. While there is none, what is there is written.
    async fn next_piece(&self, streamed: &mut Streamed) -> Result<Option<Bytes>, Cut> {
        let asked = poll_fn(|context| {
            let pieces = streamed.pieces.as_mut();
            match catch_unwind(AssertUnwindSafe(|| pieces.poll_next(context))) {
                Err(payload) => {
                    let cause = panicked("the producer of the response's body", &*payload);
                    Poll::Ready(Err(Cut::Broken(cause)))
                }
                Ok(Poll::Ready(piece)) => Poll::Ready(Ok(piece)),
                Ok(Poll::Pending) => match self.poll_flush(context) {
                    Poll::Ready(Err(failure)) => Poll::Ready(Err(Cut::from(failure))),
                    _ => Poll::Pending,
                },
            }
        });
        asked.await?.transpose().map_err(Cut::Broken)
    }
}

/// The cut for a body that is not what its producer declared.
fn not_as_declared(what: &str) -> Cut {
    Cut::Broken(format!("a response body had {what}").into())
}
