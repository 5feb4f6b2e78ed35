//! The stream below as rustls wants it: std's `Read` and `Write`, which say `WouldBlock` where a stream
//! of the loop says `Pending`. Next: `session.rs`.
//!
//! rustls hands over its own buffers here, all that are full at once, and so they reach the system
//! call without a copy.

use super::first_bytes::FirstBytes;
use futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

/// One step's use of the stream below.
pub(super) struct Below<'a, 'b, S> {
    pub(super) stream: &'a mut S,
    pub(super) context: &'a mut Context<'b>,
    /// Where the first bytes are kept, in the handshake.
    pub(super) first: Option<&'a mut FirstBytes>,
    /// Whether it said `Pending`.
    pub(super) pending: bool,
}

impl<S> Below<'_, '_, S> {
    /// What a poll function says, in std's words.
    fn tell<T>(&mut self, polled: Poll<io::Result<T>>) -> io::Result<T> {
        match polled {
            Poll::Pending => {
                self.pending = true;
                Err(io::ErrorKind::WouldBlock.into())
            }
            // Nobody would be woken.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                let text = "the stream below said `WouldBlock` where it has to say `Pending`";
                Err(io::Error::other(text))
            }
            Poll::Ready(result) => result,
        }
    }
}

/// Tries again what a signal has interrupted.
fn uninterrupted<T>(mut poll: impl FnMut() -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
    loop {
        match poll() {
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            polled => return polled,
        }
    }
}

impl<S: AsyncRead + Unpin> Read for Below<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let polled = uninterrupted(|| Pin::new(&mut *self.stream).poll_read(self.context, buffer));
        let read = self.tell(polled)?.min(buffer.len());
        if let Some(first) = &mut self.first {
            first.note(&buffer[..read]);
        }
        Ok(read)
    }
}

impl<S: AsyncWrite + Unpin> Write for Below<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let polled = uninterrupted(|| Pin::new(&mut *self.stream).poll_write(self.context, bytes));
        self.tell(polled)
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        let polled = uninterrupted(|| {
            Pin::new(&mut *self.stream).poll_write_vectored(self.context, buffers)
        });
        self.tell(polled)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
