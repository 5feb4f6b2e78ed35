//! [`TokioIo`]: our streams where tokio's traits are asked for. Next: `hyper.rs`.

use futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::ReadBuf;

/// A stream of ours with tokio's `AsyncRead` and `AsyncWrite`. It waits by this loop; tokio's reactor
/// has no part in it.
///
/// It takes whatever has the traits of [`futures_io`]: a [`TcpStream`](crate::TcpStream), a TLS stream, an
/// in-memory one. Where a library asks for `Send`, put a [`ThreadBound`](super::ThreadBound) between.
///
/// Cancel safety: that of the stream inside; this holds no bytes.
///
/// ```
/// use oneloop_net::adaptors::TokioIo;
///
/// /// What a library does that is written for tokio.
/// async fn first_byte(mut stream: impl tokio::io::AsyncRead + Unpin) -> std::io::Result<u8> {
///     let mut byte = [0];
///     let mut buffer = tokio::io::ReadBuf::new(&mut byte);
///     std::future::poll_fn(|context| {
///         std::pin::Pin::new(&mut stream).poll_read(context, &mut buffer)
///     })
///     .await?;
///     Ok(byte[0])
/// }
///
/// oneloop::run(async {
///     let (ours, theirs) = oneloop_net::duplex(16);
///     ours.write_all(b"x").await?;
///     assert_eq!(first_byte(TokioIo::new(theirs)).await?, b'x');
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct TokioIo<S> {
    stream: S,
}

impl<S> TokioIo<S> {
    /// Wraps a stream.
    ///
    /// ```
    /// let (stream, _other) = oneloop_net::duplex(16);
    /// let stream = oneloop_net::adaptors::TokioIo::new(stream);
    /// # let _ = stream;
    /// ```
    pub fn new(stream: S) -> TokioIo<S> {
        TokioIo { stream }
    }

    /// Returns the stream inside.
    ///
    /// ```
    /// use oneloop_net::adaptors::TokioIo;
    /// assert_eq!(*TokioIo::new(5).get_ref(), 5);
    /// ```
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Takes the stream out again.
    ///
    /// ```
    /// use oneloop_net::adaptors::TokioIo;
    /// assert_eq!(TokioIo::new(5).into_inner(), 5);
    /// ```
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncRead + Unpin> tokio::io::AsyncRead for TokioIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // The bytes are set to zero once, when the library hands its buffer over for the first time.
        let unfilled = buffer.initialize_unfilled();
        Pin::new(&mut self.stream)
            .poll_read(context, unfilled)
            .map_ok(|read| buffer.advance(read))
    }
}

impl<S: AsyncWrite + Unpin> tokio::io::AsyncWrite for TokioIo<S> {
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

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
