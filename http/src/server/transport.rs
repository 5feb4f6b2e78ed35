//! One connection's octets: what was read and not yet understood, what is to be written.
//!
//! Everything is a `poll_…` on plain state. The async side is `connection.rs`, which keeps a
//! [`Transport`] in a cell because two parties read from it: the connection's loop, and the body
//! that a handler holds.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_io::{AsyncRead, AsyncWrite};

use crate::scratch::Scratch;
use crate::watchdog::Watchdog;

/// Octets that may lie in the output before the connection waits for the peer to take them.
///
/// It bounds what a peer that sends requests and reads no answers can make us hold.
pub(super) const OUTPUT_HIGH_WATER: usize = 64 * 1024;

/// From this size on a piece of a body is written from where it lies; smaller ones are copied behind
/// the head, since a copy costs less than a second buffer in the system call.
const COPY_LIMIT: usize = 16 * 1024;

/// Buffers above this size are given back when they are empty, so that an idle connection is small.
const KEPT_CAPACITY: usize = 8 * 1024;

/// Why nothing could be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The watchdog's limit has passed.
    TimedOut,
    /// The connection failed, or the peer closed it while we wrote.
    Io(io::ErrorKind),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Io(error.kind())
    }
}

/// The stream and its buffers.
pub(super) struct Transport<S> {
    stream: S,
    scratch: Rc<Scratch>,
    /// What was read and is not yet taken: part of a head, pipelined requests, part of a body.
    pub(super) input: BytesMut,
    /// The peer has ended its side.
    pub(super) input_ended: bool,
    /// What is to be written first.
    pub(super) output: Vec<u8>,
    /// How much of `output` has been written.
    written: usize,
    /// What is to be written after `output`, from where it lies.
    large: Bytes,
    pub(super) read_watchdog: Watchdog,
    write_watchdog: Watchdog,
    /// How long a write may wait without progress.
    write_timeout: Duration,
    /// The connection's loop waits until the output is written.
    loop_writes: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Transport<S> {
    pub(super) fn new(stream: S, scratch: Rc<Scratch>, write_timeout: Duration) -> Transport<S> {
        Transport {
            stream,
            scratch,
            input: BytesMut::new(),
            input_ended: false,
            output: Vec::new(),
            written: 0,
            large: Bytes::new(),
            read_watchdog: Watchdog::default(),
            write_watchdog: Watchdog::default(),
            write_timeout,
            loop_writes: false,
        }
    }

    /// Reads once and appends to `input`; 0 is the peer's end.
    ///
    /// The limit counts from the first poll that had to wait, until the caller stops the watchdog.
    pub(super) fn poll_fill(
        &mut self,
        context: &mut Context<'_>,
        limit: Duration,
    ) -> Poll<Result<usize, Failure>> {
        // What is readable counts even when the deadline has passed too.
        if let Poll::Ready(read) = self.poll_read(context) {
            let count = read?;
            self.input_ended |= count == 0;
            return Poll::Ready(Ok(count));
        }
        self.read_watchdog.start(limit);
        ready!(self.read_watchdog.poll(context));
        Poll::Ready(Err(Failure::TimedOut))
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.scratch.lend(|scratch| {
            let count = ready!(Pin::new(&mut self.stream).poll_read(context, scratch))?;
            self.input.extend_from_slice(&scratch[..count]);
            Poll::Ready(Ok(count))
        })
    }

    /// Gives back a large buffer that is empty.
    pub(super) fn shrink(&mut self) {
        if self.input.is_empty() && self.input.capacity() > KEPT_CAPACITY {
            self.input = BytesMut::new();
        }
    }

    /// Puts a piece of a body behind what is to be written.
    ///
    /// After a large piece the caller must flush before it appends anything.
    pub(super) fn push(&mut self, piece: Bytes) {
        debug_assert!(self.large.is_empty(), "flush after a large piece");
        if piece.len() < COPY_LIMIT {
            self.output.extend_from_slice(&piece);
        } else {
            self.large = piece;
        }
    }

    /// Returns whether a piece can be pushed without a flush behind it.
    pub(super) fn has_room_for(&self, piece: &Bytes) -> bool {
        piece.len() < COPY_LIMIT && self.unsent() + piece.len() < OUTPUT_HIGH_WATER
    }

    /// Returns how many octets wait to be written.
    pub(super) fn unsent(&self) -> usize {
        self.output.len() - self.written + self.large.len()
    }

    /// Returns whether so much waits to be written that the peer has to take some first.
    pub(super) fn is_full(&self) -> bool {
        !self.large.is_empty() || self.unsent() >= OUTPUT_HIGH_WATER
    }

    /// Writes until nothing is left, on behalf of the connection's loop.
    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        let written = self.poll_write_out(context);
        self.loop_writes = written.is_pending();
        written
    }

    /// Writes what can be written now, on behalf of whoever reads a body.
    ///
    /// That may be another task than the loop's, and a stream wakes only the last one that waited.
    /// So while the loop waits it is left to the loop, which would else sleep for ever.
    pub(super) fn flush_beside_loop(&mut self, context: &mut Context<'_>) {
        if !self.loop_writes {
            // A failure to write shows when the answer is sent.
            let _ = self.poll_write_out(context);
        }
    }

    fn poll_write_out(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        while self.unsent() > 0 {
            match self.poll_write(context)? {
                Poll::Ready(0) => return Poll::Ready(Err(Failure::Io(io::ErrorKind::WriteZero))),
                Poll::Ready(count) => {
                    self.write_watchdog.stop();
                    self.advance(count);
                }
                Poll::Pending => return self.poll_too_late(context),
            }
        }
        // TLS and the like hold data back until they are flushed; on a socket this does nothing.
        match Pin::new(&mut self.stream).poll_flush(context)? {
            Poll::Ready(()) => {
                self.write_watchdog.stop();
                Poll::Ready(Ok(()))
            }
            // How much of it is taken meanwhile is not known, so there is one limit for all of it.
            Poll::Pending => self.poll_too_late(context),
        }
    }

    /// Waits no longer than a write may wait.
    fn poll_too_late(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.write_watchdog.start(self.write_timeout);
        ready!(self.write_watchdog.poll(context));
        Poll::Ready(Err(Failure::TimedOut))
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let output = &self.output[self.written..];
        if self.large.is_empty() {
            stream.poll_write(context, output)
        } else if output.is_empty() {
            stream.poll_write(context, &self.large)
        } else {
            stream.poll_write_vectored(context, &[IoSlice::new(output), IoSlice::new(&self.large)])
        }
    }

    fn advance(&mut self, count: usize) {
        let from_output = count.min(self.output.len() - self.written);
        self.written += from_output;
        self.large.advance(count - from_output);
        if self.written == self.output.len() {
            self.written = 0;
            self.output.clear();
            if self.output.capacity() > OUTPUT_HIGH_WATER {
                self.output = Vec::new();
            }
        }
    }

    /// Ends our side, so that the peer sees the end after all that was written.
    pub(super) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        match Pin::new(&mut self.stream).poll_close(context)? {
            Poll::Ready(()) => Poll::Ready(Ok(())),
            // TLS has a last word to write.
            Poll::Pending => self.poll_too_late(context),
        }
    }

    /// Reads once and throws it away; 0 is the peer's end.
    pub(super) fn poll_discard(
        &mut self,
        context: &mut Context<'_>,
        limit: Duration,
    ) -> Poll<Result<usize, Failure>> {
        self.input.clear();
        self.poll_fill(context, limit)
    }
}
