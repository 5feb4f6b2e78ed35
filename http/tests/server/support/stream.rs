//! A connection over a socket or in memory.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};
use oneloop_net::{DuplexStream, TcpStream};

/// A connection over either medium that counts its writes.
pub(crate) struct TestStream {
    pub(super) inner: Inner,
    pub(super) writes: Rc<Cell<usize>>,
}

pub(super) enum Inner {
    Socket(TcpStream),
    Memory(DuplexStream),
}

impl AsyncRead for TestStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.inner {
            Inner::Socket(stream) => Pin::new(stream).poll_read(context, buffer),
            Inner::Memory(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for TestStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(buffer)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = match &mut self.inner {
            Inner::Socket(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
            Inner::Memory(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
        };
        if written.is_ready() {
            self.writes.set(self.writes.get() + 1);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Socket(stream) => Pin::new(stream).poll_flush(context),
            Inner::Memory(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Socket(stream) => Pin::new(stream).poll_close(context),
            Inner::Memory(stream) => Pin::new(stream).poll_close(context),
        }
    }
}
