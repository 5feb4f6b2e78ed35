//! An in-memory connection for tests: what one end writes, the other one reads, and it can misbehave.
//!
//! It holds no descriptor. The loop does not count it as something outside, so a paused clock
//! may jump while a task waits for the other end, and a test with delays takes no time.
//!
//! Each direction is a queue of *segments*, which is what one read can see at most. A plain connection has
//! one segment that grows; the [`Builder`] cuts them, delays them and breaks the connection.

mod pipe;

mod waiters;

use crate::transfer::{read_exact, write_all};
use futures_io::{AsyncRead, AsyncWrite};
use pipe::Pipe;
use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

/// Makes two connected ends, each with a buffer of `capacity` bytes for what it has written.
///
/// A writer waits while its buffer is full.
///
/// # Panics
///
/// If `capacity` is 0, since nothing could ever be written.
///
/// ```
/// use std::net::Shutdown;
///
/// oneloop::run(async {
///     let (client, server) = oneloop_net::duplex(1024);
///     client.write_all(b"ping").await?;
///     client.shutdown(Shutdown::Write)?;
///     let mut question = [0; 4];
///     server.read_exact(&mut question).await?;
///     assert_eq!(&question, b"ping");
///     assert_eq!(server.read(&mut question).await?, 0, "the end of the stream");
///     server.write_all(b"half-open still").await
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn duplex(capacity: usize) -> (DuplexStream, DuplexStream) {
    Builder::new().capacity(capacity).build()
}

/// Says how a pair of ends behaves. Both directions behave alike.
///
/// ```
/// use oneloop_net::duplex::Builder;
///
/// oneloop::run(async {
///     // Every write arrives cut into single bytes, and the third byte is the last.
///     let (client, server) = Builder::new().split(1).break_after(3).build();
///     let error = client.write_all(b"hello").await.unwrap_err();
///     assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
///
///     let mut buffer = [0; 16];
///     assert_eq!(server.read(&mut buffer).await?, 1);
///     assert_eq!(server.read(&mut buffer).await?, 1);
///     assert_eq!(server.read(&mut buffer).await?, 1);
///     let error = server.read(&mut buffer).await.unwrap_err();
///     assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "build makes the two ends"]
pub struct Builder {
    /// How the two directions behave.
    manner: Manner,
}

/// How a direction treats what is written to it.
#[derive(Clone, Copy, Debug)]
struct Manner {
    /// Most bytes that may lie unread.
    capacity: usize,
    /// Most bytes that one write takes and one read sees.
    segment: Option<usize>,
    /// How long what was written is on its way.
    delay: Duration,
    /// After how many bytes in one direction the connection breaks.
    break_after: Option<u64>,
}

impl Builder {
    /// A well-behaved connection with 64 KiB for each direction.
    pub fn new() -> Builder {
        Builder {
            manner: Manner {
                capacity: 64 * 1024,
                segment: None,
                delay: Duration::ZERO,
                break_after: None,
            },
        }
    }

    /// Sets how many bytes may lie unread in each direction.
    ///
    /// # Panics
    ///
    /// If it is 0.
    pub fn capacity(mut self, bytes: usize) -> Builder {
        assert!(bytes > 0, "a connection without a buffer carries nothing");
        self.manner.capacity = bytes;
        self
    }

    /// Cuts every write into segments of at most `bytes`: a write takes no more at a time, and a read sees
    /// no more than one segment, however much waits.
    ///
    /// # Panics
    ///
    /// If it is 0.
    pub fn split(mut self, bytes: usize) -> Builder {
        assert!(bytes > 0, "segments without bytes carry nothing");
        self.manner.segment = Some(bytes);
        self
    }

    /// Lets each write arrive so much later, by the clock of the loop. The end of the stream too.
    ///
    /// Such a connection is to be used inside a loop.
    pub fn delay(mut self, delay: Duration) -> Builder {
        self.manner.delay = delay;
        self
    }

    /// Breaks the connection as soon as one direction has carried `bytes`.
    ///
    /// What was written before still arrives. After it, reads and writes of both ends fail with
    /// [`ConnectionReset`](io::ErrorKind::ConnectionReset).
    pub fn break_after(mut self, bytes: u64) -> Builder {
        self.manner.break_after = Some(bytes);
        self
    }

    /// Makes the two ends.
    pub fn build(&self) -> (DuplexStream, DuplexStream) {
        let broken = Rc::new(Cell::new(self.manner.break_after == Some(0)));
        let there = Rc::new(Pipe::new(self.manner, broken.clone()));
        let back = Rc::new(Pipe::new(self.manner, broken));
        let one = DuplexStream {
            incoming: back.clone(),
            outgoing: there.clone(),
        };
        let other = DuplexStream {
            incoming: there,
            outgoing: back,
        };
        (one, other)
    }
}

impl Default for Builder {
    fn default() -> Builder {
        Builder::new()
    }
}

/// One end of an in-memory connection.
///
/// It speaks futures-io's `AsyncRead` and `AsyncWrite`, and so does a reference to it. Dropping it
/// closes it: the other end reads what was written and then the end of the stream, and its writes
/// fail with [`BrokenPipe`](io::ErrorKind::BrokenPipe).
///
/// ```
/// use std::net::Shutdown;
///
/// oneloop::run(async {
///     let (one, other) = oneloop_net::duplex(8);
///     one.shutdown(Shutdown::Write)?;
///     assert_eq!(other.read(&mut [0; 8]).await?, 0);
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct DuplexStream {
    /// What the other end writes.
    incoming: Rc<Pipe>,
    /// What this end writes.
    outgoing: Rc<Pipe>,
}

/// The methods of [`TcpStream`](crate::TcpStream), so that no trait has to be imported.
impl DuplexStream {
    /// Reads what has arrived, waiting for something if need be. 0 is the end of the stream.
    ///
    /// # Errors
    ///
    /// [`ConnectionReset`](io::ErrorKind::ConnectionReset) once the connection is broken.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has read nothing.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        poll_fn(|context| self.incoming.poll_read(context, buffer)).await
    }

    /// Reads exactly as many bytes as the buffer holds: asyncio's `readexactly`.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the stream ends before.
    ///
    /// # Cancel safety
    ///
    /// None: what was read before it is dropped lies in the buffer, but nobody tells how much that is.
    pub async fn read_exact(&self, buffer: &mut [u8]) -> io::Result<()> {
        read_exact(buffer, async |rest| self.read(rest).await).await
    }

    /// Writes as much as there is room for now, waiting for room if there is none.
    ///
    /// # Errors
    ///
    /// [`BrokenPipe`](io::ErrorKind::BrokenPipe) if the other end reads no more, or this one has
    /// been shut down; [`ConnectionReset`](io::ErrorKind::ConnectionReset) once it is broken.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is ready it has written nothing.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut stream = self;
        poll_fn(|context| Pin::new(&mut stream).poll_write(context, bytes)).await
    }

    /// Writes all bytes: asyncio's `write` followed by `drain`.
    ///
    /// # Errors
    ///
    /// As [`write`](DuplexStream::write).
    ///
    /// # Cancel safety
    ///
    /// None: dropped before it is ready it has written the first of the bytes, but nobody tells how many.
    pub async fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        write_all(bytes, async |rest| self.write(rest).await).await
    }

    /// Closes one direction or both. It never fails, and is a `Result` only because
    /// [`TcpStream::shutdown`](crate::TcpStream::shutdown) is one.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.close(how);
        Ok(())
    }

    /// Closes one direction or both.
    fn close(&self, how: Shutdown) {
        if matches!(how, Shutdown::Write | Shutdown::Both) {
            self.outgoing.close_writer();
        }
        if matches!(how, Shutdown::Read | Shutdown::Both) {
            self.incoming.close_reader();
        }
    }
}

impl Drop for DuplexStream {
    fn drop(&mut self) {
        self.close(Shutdown::Both);
    }
}

impl AsyncRead for &DuplexStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.incoming.poll_read(context, buffer)
    }
}

impl AsyncWrite for &DuplexStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = self.outgoing.poll_write(context, bytes);
        if self.outgoing.is_broken() {
            // Whoever waits at either end has to learn of it.
            self.outgoing.wake_all();
            self.incoming.wake_all();
        }
        result
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.shutdown(Shutdown::Write))
    }
}

impl AsyncRead for DuplexStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_read(context, buffer)
    }
}

impl AsyncWrite for DuplexStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self).poll_close(context)
    }
}

impl fmt::Debug for DuplexStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DuplexStream")
            .field("to_read", &self.incoming.buffered())
            .field("to_be_read", &self.outgoing.buffered())
            .finish()
    }
}
