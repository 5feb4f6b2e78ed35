//! One stream with two owners: what a reader and a writer of the same connection share.
//! Next: `connected.rs`.

use futures_io::{AsyncRead, AsyncWrite};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

/// Something that can be written to, and closed for good, so that its reader sees the end too.
pub(super) trait Sink: AsyncWrite + Unpin {
    /// Closes it at once; what is not sent is lost.
    fn shut(&mut self);
}

/// A connection. Closing takes the stream out, so that both halves find it gone.
struct Connection<S> {
    stream: RefCell<Option<S>>,
    /// Who waits to read, to be woken when the other half closes the connection.
    reading: Cell<Option<Waker>>,
}

/// Makes two halves of a stream. What can only be written to, a pipe say, has no use for the first.
pub(super) fn split<S>(stream: S) -> (ReadHalf<S>, WriteHalf<S>) {
    halves(Some(stream))
}

/// Makes two halves: of a stream, or of one that is closed unless it is [put](ReadHalf::put) there.
pub(super) fn halves<S>(stream: Option<S>) -> (ReadHalf<S>, WriteHalf<S>) {
    let connection = Rc::new(Connection {
        stream: RefCell::new(stream),
        reading: Cell::default(),
    });
    (ReadHalf(connection.clone()), WriteHalf(connection))
}

pub(super) struct ReadHalf<S>(Rc<Connection<S>>);

pub(super) struct WriteHalf<S>(Rc<Connection<S>>);

/// A connection whose stream can be looked at, whatever it is.
pub(super) trait Look {
    /// Shows the stream, unless it is closed, or its own code runs just now.
    fn look(&self, show: &mut dyn FnMut(&dyn Any));
}

impl<S: 'static> Look for Connection<S> {
    fn look(&self, show: &mut dyn FnMut(&dyn Any)) {
        if let Ok(stream) = self.stream.try_borrow()
            && let Some(stream) = &*stream
        {
            show(stream);
        }
    }
}

impl<S: 'static> WriteHalf<S> {
    /// For who only looks, and does not keep the connection open.
    pub(super) fn looked_at(&self) -> Weak<dyn Look> {
        let connection: Rc<dyn Look> = self.0.clone();
        Rc::downgrade(&connection)
    }
}

impl<S: Unpin> Connection<S> {
    /// Shows `look` the stream; `None` once it is closed.
    fn with<R>(&self, look: impl FnOnce(Pin<&mut S>) -> R) -> io::Result<Option<R>> {
        // It is borrowed already if the stream's own code calls back into its other half.
        let mut stream = self.stream.try_borrow_mut().map_err(|_| busy())?;
        Ok(stream.as_mut().map(|stream| look(Pin::new(stream))))
    }
}

#[cold]
fn busy() -> io::Error {
    let text = "a stream was used from within its own reading or writing";
    io::Error::new(io::ErrorKind::ResourceBusy, text)
}

impl<S: AsyncRead + Unpin> AsyncRead for ReadHalf<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let read = self.0.with(|stream| stream.poll_read(context, buffer))?;
        match read {
            Some(Poll::Pending) => {
                drop(self.0.reading.replace(Some(context.waker().clone())));
                Poll::Pending
            }
            Some(ready) => {
                drop(self.0.reading.take());
                ready
            }
            // Closed on this side: the end, as in asyncio.
            None => Poll::Ready(Ok(0)),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteHalf<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.0.with(|stream| stream.poll_write(context, bytes))?;
        written.unwrap_or(Poll::Ready(Err(io::ErrorKind::NotConnected.into())))
    }

    /// TLS that begins in the midst of a connection stands on this half, and hands over all its records
    /// at once.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self
            .0
            .with(|stream| stream.poll_write_vectored(context, buffers))?;
        written.unwrap_or(Poll::Ready(Err(io::ErrorKind::NotConnected.into())))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.0.with(|stream| stream.poll_flush(context))?;
        flushed.unwrap_or(Poll::Ready(Ok(())))
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = self.0.with(|stream| stream.poll_close(context))?;
        closed.unwrap_or(Poll::Ready(Ok(())))
    }
}

impl<S: AsyncWrite + Unpin> Sink for WriteHalf<S> {
    fn shut(&mut self) {
        // Borrowed: its own code runs just now, and the half's end closes it a little later.
        let stream = self
            .0
            .stream
            .try_borrow_mut()
            .map(|mut stream| stream.take());
        drop(stream);
        if let Some(reading) = self.0.reading.take() {
            reading.wake();
        }
    }
}

#[cfg(feature = "tls")]
impl<S> ReadHalf<S> {
    /// Puts a stream where none is.
    pub(super) fn opener(&self) -> impl FnOnce(S) + use<S> {
        let connection = self.0.clone();
        move |stream| drop(connection.stream.replace(Some(stream)))
    }
}
