//! What [`hyper::rt`] asks for. This ends the module.

use super::ThreadBound;
use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt;
use oneloop::time::Sleep;
use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// How much is read at a time: as much as hyper's own buffer has at first.
const AT_ONCE: usize = 8 * 1024;

/// A stream of ours with hyper's `Read` and `Write`.
///
/// hyper's buffer can be lent out as bytes only by code that is `unsafe`, so what is read is copied once.
///
/// ```
/// use oneloop_net::adaptors::HyperIo;
/// let (stream, _other) = oneloop_net::duplex(16);
/// let stream = HyperIo::new(stream);
/// # let _ = stream;
/// ```
pub struct HyperIo<S> {
    stream: S,
    buffer: Box<[u8]>,
}

impl<S> HyperIo<S> {
    /// Wraps a stream, be it TCP, TLS or in memory.
    ///
    /// ```
    /// let (stream, _other) = oneloop_net::duplex(16);
    /// let stream = oneloop_net::adaptors::HyperIo::new(stream);
    /// # let _ = stream;
    /// ```
    pub fn new(stream: S) -> HyperIo<S> {
        HyperIo {
            stream,
            buffer: vec![0; AT_ONCE].into(),
        }
    }

    /// Takes the stream out again: after an upgrade, say.
    ///
    /// ```
    /// use oneloop_net::adaptors::HyperIo;
    /// assert_eq!(HyperIo::new(5).into_inner(), 5);
    /// ```
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> rt::Read for HyperIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut cursor: rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let most = cursor.remaining().min(this.buffer.len());
        let buffer = &mut this.buffer[..most];
        let read = ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        cursor.put_slice(&buffer[..read]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> rt::Write for HyperIo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}

impl<S: fmt::Debug> fmt::Debug for HyperIo<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperIo")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

/// Runs what hyper starts as tasks of the running loop. They need not be `Send`.
///
/// # Panics
/// Outside a loop, as [`create_task`](oneloop::create_task).
///
/// ```
/// use hyper::rt::Executor;
/// oneloop::run(async {
///     let local = std::rc::Rc::new(5);
///     oneloop_net::adaptors::HyperExecutor.execute(async move { println!("{local}") });
///     oneloop::yield_now().await;
/// });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HyperExecutor;

impl<F: Future<Output: 'static> + 'static> rt::Executor<F> for HyperExecutor {
    fn execute(&self, future: F) {
        drop(oneloop::create_task(future));
    }
}

/// Lets hyper's time-outs run by the loop's clock, a paused one, too.
///
/// ```
/// use hyper::rt::Timer;
/// use std::time::Duration;
/// let event_loop = oneloop::Loop::builder().paused_clock().build()?;
/// event_loop.block_on(async {
///     oneloop_net::adaptors::HyperTimer.sleep(Duration::from_secs(3600)).await;
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct HyperTimer;

impl rt::Timer for HyperTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(ThreadBound::new(oneloop::sleep(duration)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(ThreadBound::new(oneloop::sleep_until(deadline)))
    }

    fn now(&self) -> Instant {
        oneloop::now()
    }
}

impl rt::Sleep for ThreadBound<Sleep> {}
