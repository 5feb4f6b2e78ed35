//! The four calls that move bytes, and futures-io's traits on a [`TcpStream`] in terms of them.

use super::TcpStream;
use futures_io::{AsyncRead, AsyncWrite};
use oneloop::reactor::{Direction, Drained};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll};

impl AsyncRead for &TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.socket
            .poll_io(Direction::Read, context, |stream| read(stream, buffer))
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_io(Direction::Read, context, |stream| {
            read_vectored(stream, buffers)
        })
    }
}

impl AsyncWrite for &TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.socket
            .poll_io(Direction::Write, context, |stream| write(stream, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_io(Direction::Write, context, |stream| {
            write_vectored(stream, buffers)
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What was written is the kernel's already.
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(match self.shutdown(Shutdown::Write) {
            // The peer was faster: there is nothing left to close.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        })
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_read(context, buffer)
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_read_vectored(context, buffers)
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_write_vectored(context, buffers)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self).poll_close(context)
    }
}

/// One `recv`, and whether it took all there was.
pub(super) fn read(
    mut stream: &mio::net::TcpStream,
    buffer: &mut [u8],
) -> io::Result<(usize, Drained)> {
    let read = stream.read(buffer)?;
    Ok((read, Drained::if_short(read, buffer.len())))
}

/// One `send`, and whether it filled the kernel's buffer.
pub(super) fn write(
    mut stream: &mio::net::TcpStream,
    bytes: &[u8],
) -> io::Result<(usize, Drained)> {
    let written = stream.write(bytes)?;
    Ok((written, Drained::if_short(written, bytes.len())))
}

/// How many buffers a system takes at least in one call (POSIX, `_XOPEN_IOV_MAX`). Linux takes 1024,
/// and std hands over no more than the system takes.
const SURELY_TAKEN: usize = 16;

/// Judges a vectored call: of more buffers than were surely looked at, a short count says nothing.
/// To wait then, with room or data left, would be to wait for news that never comes.
fn drained_if_short(transferred: usize, lengths: impl ExactSizeIterator<Item = usize>) -> Drained {
    if lengths.len() > SURELY_TAKEN {
        return Drained::No;
    }
    Drained::if_short(transferred, lengths.sum())
}

/// One `readv`, and whether it took all there was.
fn read_vectored(
    mut stream: &mio::net::TcpStream,
    buffers: &mut [IoSliceMut<'_>],
) -> io::Result<(usize, Drained)> {
    let read = stream.read_vectored(buffers)?;
    let lengths = buffers.iter().map(|buffer| buffer.len());
    Ok((read, drained_if_short(read, lengths)))
}

/// One `writev`, and whether it filled the kernel's buffer.
pub(super) fn write_vectored(
    mut stream: &mio::net::TcpStream,
    buffers: &[IoSlice<'_>],
) -> io::Result<(usize, Drained)> {
    let written = stream.write_vectored(buffers)?;
    let lengths = buffers.iter().map(|buffer| buffer.len());
    Ok((written, drained_if_short(written, lengths)))
}
