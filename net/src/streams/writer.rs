//! [`StreamWriter`]: bytes on their way out, sent by themselves. Next: `clients.rs`.

use super::connected::Connected;
use super::connection::{WriteHalf, split};
use super::outgoing::Outgoing;
use super::unsent::Ending;
use futures_io::AsyncWrite;
use std::fmt;
use std::io;
use std::rc::Rc;
use std::time::Duration;

/// Writes to any stream of bytes, without waiting: asyncio's `StreamWriter`.
///
/// [`write`](StreamWriter::write) leaves bytes in a buffer, and they are sent as the peer takes them,
/// whether or not anybody waits. [`drain`](StreamWriter::drain) is how a writer that has much to say
/// keeps to the pace of the peer: it waits while more than 64 KiB are in the buffer. Who never drains
/// can fill the memory, here as in asyncio.
///
/// Dropping the writer sends what is left, and closes its direction then, for as long as the loop
/// runs. The end of the program does not wait for that, here as in asyncio:
/// [`wait_closed`](StreamWriter::wait_closed) does. What the peer had not taken by then is lost, and how
/// many bytes that are is told to the [exception handler](oneloop::Handle::set_exception_handler). Give
/// a writer to several tasks in an [`Rc`]: the bytes of one `write` stay together.
///
/// ```
/// use oneloop_net::streams::{StreamReader, StreamWriter};
/// oneloop::run(async {
///     let (client, server) = oneloop_net::duplex(1024);
///     let (writer, reader) = (StreamWriter::new(client), StreamReader::new(server));
///     writer.write(b"hello\n")?;
///     writer.drain().await?;
///     assert_eq!(reader.readline().await?, b"hello\n");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct StreamWriter {
    outgoing: Rc<Outgoing>,
    /// What is known of the connection; see `connected.rs`.
    pub(super) connected: Connected,
}

impl StreamWriter {
    /// Writes to `sink`.
    ///
    /// ```
    /// use oneloop_net::streams::StreamWriter;
    /// let writer = StreamWriter::new(futures_lite::io::sink());
    /// assert_eq!(writer.buffered(), 0);
    /// ```
    pub fn new(sink: impl AsyncWrite + Unpin + 'static) -> StreamWriter {
        StreamWriter::of(split(sink).1)
    }

    pub(super) fn of<S>(sink: WriteHalf<S>) -> StreamWriter
    where
        S: AsyncWrite + Unpin + 'static,
    {
        let connected = Connected::of(&sink);
        StreamWriter {
            outgoing: Outgoing::new(sink, connected.peer_name::<S>()),
            connected,
        }
    }

    /// Leaves bytes to be sent; it never waits. What is written in one step of a task leaves together,
    /// when the task next waits: in `drain`, or anywhere else. (asyncio's tries to send at once.)
    ///
    /// Outside a loop only what the kernel takes at once is sent; the rest follows with the next write
    /// inside one.
    ///
    /// # Errors
    /// What the stream has failed with before, and [`NotConnected`](io::ErrorKind::NotConnected) after
    /// [`write_eof`](StreamWriter::write_eof) or [`close`](StreamWriter::close).
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// # oneloop::run(async {
    /// let writer = StreamWriter::new(futures_lite::io::sink());
    /// writer.write(b"bytes").unwrap();
    /// writer.write_eof();
    /// assert!(writer.write(b"more").is_err());
    /// # });
    /// ```
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.outgoing.push(bytes)
    }

    pub(super) fn outgoing(&self) -> &Rc<Outgoing> {
        &self.outgoing
    }

    /// Writes several pieces one after the other: asyncio's `writelines`, which adds no line ends
    /// either.
    ///
    /// # Errors
    /// As [`write`](StreamWriter::write).
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// # oneloop::run(async {
    /// let writer = StreamWriter::new(futures_lite::io::sink());
    /// writer.writelines(["one\n", "two\n"]).unwrap();
    /// assert_eq!(writer.buffered(), 8);
    /// # });
    /// ```
    pub fn writelines<T: AsRef<[u8]>>(&self, lines: impl IntoIterator<Item = T>) -> io::Result<()> {
        lines
            .into_iter()
            .try_for_each(|line| self.write(line.as_ref()))
    }

    /// Has sent what the peer takes at once, and waits while the buffer is too full: once it was above the
    /// high mark, until it is down to the low one. Below the marks it waits for no peer, only for the
    /// loop to have tried; what was not taken then is still on its way.
    ///
    /// Cancel safety: giving it up loses nothing; the bytes are sent all the same.
    ///
    /// # Errors
    /// What the stream has failed with.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// # oneloop::run(async {
    /// let (client, server) = oneloop_net::duplex(1024);
    /// let writer = StreamWriter::new(client);
    /// drop(server);
    /// writer.write(b"to nobody")?;
    /// assert!(writer.drain().await.is_err());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn drain(&self) -> io::Result<()> {
        self.outgoing.drained().await
    }

    /// Sets the marks of [`drain`](StreamWriter::drain), in bytes; 64 and 16 KiB if not set. See
    /// asyncio's `set_write_buffer_limits`.
    ///
    /// # Panics
    /// When `low` is above `high`.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// let writer = StreamWriter::new(futures_lite::io::sink());
    /// writer.set_write_buffer_limits(1 << 20, 1 << 18);
    /// ```
    #[track_caller]
    pub fn set_write_buffer_limits(&self, high: usize, low: usize) {
        assert!(
            low <= high,
            "the low mark ({low}) is above the high one ({high})"
        );
        self.outgoing.set_marks(high, low);
    }

    /// Returns how many bytes wait to be sent: asyncio's `get_write_buffer_size`.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// # oneloop::run(async {
    /// let writer = StreamWriter::new(futures_lite::io::sink());
    /// writer.write(b"12345").unwrap();
    /// assert_eq!(writer.buffered(), 5);
    /// oneloop::yield_now().await;
    /// assert_eq!(writer.buffered(), 0);
    /// # });
    /// ```
    pub fn buffered(&self) -> usize {
        self.outgoing.len()
    }

    /// Ends this direction, once all bytes are sent: the peer reads the end of the stream, and may
    /// still send.
    ///
    /// ```
    /// # use oneloop_net::streams::{StreamReader, StreamWriter};
    /// # oneloop::run(async {
    /// let (client, server) = oneloop_net::duplex(1024);
    /// let (writer, reader) = (StreamWriter::new(client), StreamReader::new(server));
    /// writer.write(b"all").unwrap();
    /// writer.write_eof();
    /// assert_eq!(reader.read_to_end(100).await.unwrap(), b"all");
    /// # });
    /// ```
    pub fn write_eof(&self) {
        self.outgoing.end(Ending::HalfClosed);
    }

    /// Closes the connection, both directions, once all bytes are sent. The reader beside it finds the
    /// end of the stream.
    ///
    /// A peer that does not read keeps that waiting, and the connection open, for as long as it likes:
    /// here as in asyncio there is no limit unless one is [set](StreamWriter::set_close_timeout).
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// # oneloop::run(async {
    /// let writer = StreamWriter::new(futures_lite::io::sink());
    /// writer.close();
    /// assert!(writer.is_closing());
    /// writer.wait_closed().await.unwrap();
    /// # });
    /// ```
    pub fn close(&self) {
        self.outgoing.end(Ending::Closed);
    }

    /// Limits how long the peer may take nothing once the end was asked for: by
    /// [`close`](StreamWriter::close), by [`write_eof`](StreamWriter::write_eof), or because the writer was
    /// dropped. Then the connection is closed with what is not sent, and
    /// [`wait_closed`](StreamWriter::wait_closed) gives an error of kind
    /// [`TimedOut`](io::ErrorKind::TimedOut).
    ///
    /// There is none by default, since a program that reads late is a good peer, too. A server sets one,
    /// first thing, so that clients which never read hold nothing for ever. Any byte that is taken
    /// begins the time anew; over TLS the `close_notify` counts, too (asyncio's `ssl_shutdown_timeout`).
    ///
    /// ```
    /// use oneloop_net::streams::StreamWriter;
    /// use std::time::Duration;
    /// # oneloop::Loop::builder().paused_clock().build()?.block_on(async {
    /// let (client, _silent) = oneloop_net::duplex(10);
    /// let writer = StreamWriter::new(client);
    /// writer.set_close_timeout(Some(Duration::from_secs(30)));
    /// writer.write(b"more than there is room for").unwrap();
    /// writer.close();
    /// let error = writer.wait_closed().await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    /// # });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_close_timeout(&self, limit: Option<Duration>) {
        self.outgoing.set_close_limit(limit);
    }

    /// Tells whether `close` or `abort` was called.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// assert!(!StreamWriter::new(futures_lite::io::sink()).is_closing());
    /// ```
    pub fn is_closing(&self) -> bool {
        self.outgoing.is_closing()
    }

    /// Waits until all is sent and the connection is closed, which [`close`](StreamWriter::close) began;
    /// without that it waits for ever.
    ///
    /// Cancel safety: giving it up changes nothing: what is not sent is still sent when the peer takes
    /// it. Who gives up the connection, too, calls [`abort`](StreamWriter::abort) then, which leaves
    /// nothing behind; [`set_close_timeout`](StreamWriter::set_close_timeout) does both.
    ///
    /// # Errors
    /// What the stream has failed with.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// # use std::time::Duration;
    /// # oneloop::run(async {
    /// let writer = StreamWriter::new(futures_lite::io::sink());
    /// writer.write(b"the last words").unwrap();
    /// writer.close();
    /// if oneloop::timeout(Duration::from_secs(30), writer.wait_closed()).await.is_err() {
    ///     writer.abort();
    /// }
    /// assert_eq!(writer.buffered(), 0);
    /// # });
    /// ```
    pub async fn wait_closed(&self) -> io::Result<()> {
        self.outgoing.closed().await
    }

    /// Closes the connection at once. What is not sent is lost: asyncio's `transport.abort()`.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamWriter;
    /// # oneloop::run(async {
    /// let writer = StreamWriter::new(futures_lite::io::sink());
    /// writer.write(b"never mind").unwrap();
    /// writer.abort();
    /// assert_eq!(writer.buffered(), 0);
    /// # });
    /// ```
    pub fn abort(&self) {
        self.outgoing.abort();
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        self.outgoing.end(Ending::HalfClosed);
    }
}

impl fmt::Debug for StreamWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (peer, state) = self.outgoing.names();
        f.debug_struct("StreamWriter")
            .field("peer", &format_args!("{peer}"))
            .field("unsent", &self.buffered())
            .field("state", &format_args!("{state}"))
            .finish()
    }
}
