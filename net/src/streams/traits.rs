//! A reader by futures-io's traits. Next: `lines.rs`.

use super::StreamReader;
use futures_io::{AsyncBufRead, AsyncRead};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Whoever owns the reader may go on with futures-io's traits, and finds what was buffered.
impl AsyncBufRead for StreamReader {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.buffered() == 0 {
            ready!(this.poll_more(context))?;
        }
        Poll::Ready(Ok(this.state.get_mut().bytes()))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().state.get_mut().consume(amount);
    }
}

impl AsyncRead for StreamReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = ready!(self.as_mut().poll_fill_buf(context))?;
        let length = bytes.len().min(buffer.len());
        buffer[..length].copy_from_slice(&bytes[..length]);
        self.consume(length);
        Poll::Ready(Ok(length))
    }
}
