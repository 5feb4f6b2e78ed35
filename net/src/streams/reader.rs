//! [`StreamReader`]: lines, fixed lengths and pieces out of a stream of bytes. Next: `traits.rs`.
//!
//! All reading goes one way: `fill` waits for more and appends it to the buffer, and what a method
//! returns is taken out of the buffer in one step, at its end. So a method that is given up has taken
//! nothing, and the next one finds all bytes in their order.

use super::incoming::{Incoming, LIMIT};
use super::search::find;
use super::{Lines, ReadError};
use futures_io::AsyncRead;
use oneloop::cancel::decline;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// How much is read at once, in bytes. It lies on the stack, so that a reader that waits holds no more
/// than what has come.
const PIECE: usize = 8 * 1024;

/// Reads lines, fixed lengths and pieces from any stream of bytes: asyncio's `StreamReader`.
///
/// It buffers what has come and was not asked for yet: no more than the limit and one piece of
/// 8 KiB, unless a method asks for more by its argument. Methods take `&self`, so that it can be
/// shared, but only one task at a time can wait: a second one gets [`ReadError::Busy`].
///
/// # Cancel safety
///
/// Every method is cancel safe: what had come when it was given up is read by the next one. When bytes
/// and a cancellation arrive in the same moment, the cancellation wins, and the bytes stay here.
///
/// ```
/// use oneloop_net::streams::StreamReader;
/// oneloop::run(async {
///     let reader = StreamReader::new(&b"one\ntwo\nand a rest"[..]);
///     assert_eq!(reader.readline().await?, b"one\n");
///     assert_eq!(reader.readexactly(4).await?, b"two\n");
///     assert_eq!(reader.read(3).await?, b"and");
///     assert_eq!(reader.readline().await?, b" a rest");
///     assert!(reader.readline().await?.is_empty() && reader.at_eof());
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct StreamReader {
    /// Borrowed only by whoever waits, of whom there is one at a time: a foreign stream's code runs
    /// while it is.
    source: RefCell<Box<dyn AsyncRead + Unpin>>,
    pub(super) state: RefCell<Incoming>,
    /// Whether a task waits in `fill`.
    waiting: Cell<bool>,
    limit: Cell<usize>,
}

impl StreamReader {
    /// Reads from `source`, with asyncio's limit of 64 KiB in front of a separator.
    ///
    /// ```
    /// use oneloop_net::streams::StreamReader;
    /// let (client, _server) = oneloop_net::duplex(1024);
    /// let reader = StreamReader::new(client);
    /// assert!(!reader.at_eof());
    /// ```
    pub fn new(source: impl AsyncRead + Unpin + 'static) -> StreamReader {
        StreamReader::with_limit(source, LIMIT)
    }

    /// Reads from `source`, with a limit of one's own, in bytes.
    ///
    /// ```
    /// use oneloop_net::streams::{ReadError, StreamReader};
    /// oneloop::run(async {
    ///     let reader = StreamReader::with_limit(&b"a long line\n"[..], 4);
    ///     let error = reader.readline().await.unwrap_err();
    ///     assert!(matches!(error, ReadError::LimitOverrun { limit: 4, .. }));
    ///     assert_eq!(reader.read(100).await.unwrap(), b"a long line\n");
    /// });
    /// ```
    pub fn with_limit(source: impl AsyncRead + Unpin + 'static, limit: usize) -> StreamReader {
        StreamReader {
            source: RefCell::new(Box::new(source)),
            state: RefCell::default(),
            waiting: Cell::new(false),
            limit: Cell::new(limit),
        }
    }

    /// Sets how many bytes may come in front of a separator, from the next look on: asyncio's `limit=`
    /// of `open_connection` and `start_server`, for a reader that is there.
    ///
    /// What was too long stays in the reader, so a higher limit lets it be read.
    ///
    /// ```
    /// use oneloop_net::streams::{open_connection, start_server};
    /// oneloop::run(async {
    ///     let long = async |_, writer: oneloop_net::streams::StreamWriter| {
    ///         writer.writelines([[b'x'; 100_000].as_slice(), b"\n"])
    ///     };
    ///     let server = start_server(long, "127.0.0.1:0").await?;
    ///     let (reader, _writer) = open_connection(server.local_addr()?).await?;
    ///     assert!(reader.readline().await.is_err());
    ///     reader.set_limit(1 << 20);
    ///     assert_eq!(reader.readline().await?.len(), 100_001);
    ///     Ok::<(), std::io::Error>(())
    /// })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn set_limit(&self, limit: usize) {
        self.limit.set(limit);
    }

    /// Reads what is there, up to `most` bytes, and waits only if nothing is. Empty is the end of the
    /// stream (or `most` is 0).
    ///
    /// # Errors
    /// [`Busy`](ReadError::Busy) and [`Io`](ReadError::Io).
    ///
    /// ```
    /// # use oneloop_net::streams::StreamReader;
    /// # oneloop::run(async {
    /// let reader = StreamReader::new(&b"abcdef"[..]);
    /// assert_eq!(reader.read(4).await.unwrap(), b"abcd");
    /// assert_eq!(reader.read(4).await.unwrap(), b"ef");
    /// assert_eq!(reader.read(4).await.unwrap(), b"");
    /// # });
    /// ```
    pub async fn read(&self, most: usize) -> Result<Vec<u8>, ReadError> {
        if most > 0 && self.buffered() == 0 {
            self.fill().await?;
        }
        Ok(self.take(most.min(self.buffered())))
    }

    /// Reads up to the end of the stream: asyncio's `read(-1)`, with a bound.
    ///
    /// # Errors
    /// [`BoundOverrun`](ReadError::BoundOverrun) when more than `most` bytes come, all of which stay
    /// in the reader; and [`Busy`](ReadError::Busy), [`Io`](ReadError::Io).
    ///
    /// ```
    /// # use oneloop_net::streams::StreamReader;
    /// # oneloop::run(async {
    /// let reader = StreamReader::new(&b"all of it"[..]);
    /// assert!(reader.read_to_end(5).await.is_err());
    /// assert_eq!(reader.read_to_end(1 << 20).await.unwrap(), b"all of it");
    /// # });
    /// ```
    pub async fn read_to_end(&self, most: usize) -> Result<Vec<u8>, ReadError> {
        loop {
            let consumed = self.buffered();
            if consumed > most {
                return Err(ReadError::BoundOverrun { consumed, most });
            }
            if !self.fill().await? {
                return Ok(self.take(self.buffered()));
            }
        }
    }

    /// Reads exactly `length` bytes.
    ///
    /// # Errors
    /// [`Incomplete`](ReadError::Incomplete), with what had come, when the stream ends before; and
    /// [`Busy`](ReadError::Busy), [`Io`](ReadError::Io).
    ///
    /// ```
    /// # use oneloop_net::streams::StreamReader;
    /// # oneloop::run(async {
    /// let reader = StreamReader::new(&b"abcdefgh"[..]);
    /// assert_eq!(reader.readexactly(5).await.unwrap(), b"abcde");
    /// let error = reader.readexactly(10).await.unwrap_err();
    /// assert_eq!(error.to_string(), "the stream ended after 3 of 10 bytes");
    /// # });
    /// ```
    pub async fn readexactly(&self, length: usize) -> Result<Vec<u8>, ReadError> {
        while self.buffered() < length {
            if !self.fill().await? {
                return Err(ReadError::Incomplete {
                    partial: self.take(self.buffered()),
                    expected: length,
                });
            }
        }
        Ok(self.take(length))
    }

    /// Reads a line with its `\n`. A last line without one comes as it is, and the end of the stream as
    /// an empty one.
    ///
    /// # Errors
    /// [`LimitOverrun`](ReadError::LimitOverrun) for a line that is too long; it stays in the reader
    /// (asyncio throws it away). And [`Busy`](ReadError::Busy), [`Io`](ReadError::Io).
    ///
    /// ```
    /// # use oneloop_net::streams::StreamReader;
    /// # oneloop::run(async {
    /// let reader = StreamReader::new(&b"first\nlast"[..]);
    /// while let line = reader.readline().await? && !line.is_empty() {
    ///     print!("{}", String::from_utf8_lossy(&line));
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn readline(&self) -> Result<Vec<u8>, ReadError> {
        match self.readuntil(b"\n").await {
            Err(ReadError::Incomplete { partial, .. }) => Ok(partial),
            result => result,
        }
    }

    /// Reads up to a separator, which is the end of what it returns.
    ///
    /// # Errors
    /// [`LimitOverrun`](ReadError::LimitOverrun) when it does not come within the limit,
    /// [`Incomplete`](ReadError::Incomplete) when the stream ends before,
    /// [`NoSeparator`](ReadError::NoSeparator) when the separator is empty; and
    /// [`Busy`](ReadError::Busy), [`Io`](ReadError::Io).
    ///
    /// ```
    /// # use oneloop_net::streams::StreamReader;
    /// # oneloop::run(async {
    /// let reader = StreamReader::new(&b"head\r\n\r\nbody"[..]);
    /// assert_eq!(reader.readuntil(b"\r\n\r\n").await.unwrap(), b"head\r\n\r\n");
    /// # });
    /// ```
    pub async fn readuntil(&self, separator: impl AsRef<[u8]>) -> Result<Vec<u8>, ReadError> {
        self.readuntil_any(&[separator.as_ref()]).await
    }

    /// Reads up to the first of several separators: asyncio's `readuntil` with a tuple. Of two that end
    /// at the same place the longer one counts.
    ///
    /// # Errors
    /// As [`readuntil`](StreamReader::readuntil), and when there is no separator.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamReader;
    /// # oneloop::run(async {
    /// let reader = StreamReader::new(&b"a;b,c"[..]);
    /// assert_eq!(reader.readuntil_any(&[b",", b";"]).await.unwrap(), b"a;");
    /// assert_eq!(reader.readuntil_any(&[b",", b";"]).await.unwrap(), b"b,");
    /// # });
    /// ```
    pub async fn readuntil_any(&self, separators: &[&[u8]]) -> Result<Vec<u8>, ReadError> {
        let lengths = || separators.iter().map(|one| one.len());
        let (Some(1..), Some(longest)) = (lengths().min(), lengths().max()) else {
            return Err(ReadError::NoSeparator);
        };
        let mut searched = 0;
        loop {
            let found = find(self.state.borrow().bytes(), searched, separators);
            searched = self.buffered();
            let taken = self.state.borrow().taken;
            let limit = self.limit.get();
            match found {
                Some((begin, end)) if begin <= limit => return Ok(self.take(end)),
                Some((consumed, _)) => return Err(ReadError::LimitOverrun { consumed, limit }),
                // The begin of a separator may have come, within the limit.
                None if searched + 1 > limit.saturating_add(longest) => {
                    let consumed = searched;
                    return Err(ReadError::LimitOverrun { consumed, limit });
                }
                None => {}
            }
            if !self.fill().await? {
                return Err(ReadError::Incomplete {
                    partial: self.take(self.buffered()),
                    expected: 0,
                });
            }
            if self.state.borrow().taken != taken {
                searched = 0; // Another task took what was there, and needed no wait for it.
            }
        }
    }

    /// Tells whether the stream has ended and everything was read.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamReader;
    /// # oneloop::run(async {
    /// let reader = StreamReader::new(&b""[..]);
    /// assert!(!reader.at_eof(), "nobody has looked yet");
    /// reader.read(1).await.unwrap();
    /// assert!(reader.at_eof());
    /// # });
    /// ```
    pub fn at_eof(&self) -> bool {
        self.state.borrow().eof && self.buffered() == 0
    }

    /// The lines that are to come, as a stream: asyncio's `async for line in reader`.
    ///
    /// ```
    /// # use oneloop_net::streams::StreamReader;
    /// # oneloop::run(async {
    /// let reader = StreamReader::new(&b"one\ntwo\nthree"[..]);
    /// let mut lines = reader.lines();
    /// assert_eq!(lines.next().await.unwrap().unwrap(), b"one\n");
    /// assert_eq!(lines.next().await.unwrap().unwrap(), b"two\n");
    /// assert_eq!(lines.next().await.unwrap().unwrap(), b"three");
    /// assert!(lines.next().await.is_none());
    /// # });
    /// ```
    pub fn lines(&self) -> Lines<'_> {
        Lines::of(self)
    }

    /// How many bytes have come and were not taken.
    pub(super) fn buffered(&self) -> usize {
        self.state.borrow().bytes().len()
    }

    /// Takes the first bytes out.
    fn take(&self, length: usize) -> Vec<u8> {
        let mut state = self.state.borrow_mut();
        let taken = state.bytes()[..length].to_vec();
        state.consume(length);
        taken
    }

    /// Keeps everybody else from waiting here.
    pub(super) fn reserve(&self) -> Result<Waiting<'_>, ReadError> {
        match self.waiting.replace(true) {
            true => Err(ReadError::Busy),
            false => Ok(Waiting(&self.waiting)),
        }
    }

    /// Puts another source in the place of this one, which it gives back with what was read from it
    /// and nobody has taken.
    #[cfg(feature = "tls")]
    pub(super) fn replace_source(
        &self,
        source: Box<dyn AsyncRead + Unpin>,
    ) -> (Vec<u8>, Box<dyn AsyncRead + Unpin>) {
        (self.take(self.buffered()), self.source.replace(source))
    }

    /// Waits until more has come; false at the end of the stream.
    async fn fill(&self) -> Result<bool, ReadError> {
        let _waiting = self.reserve()?;
        let before = self.state.borrow().received;
        let mut suspended = false;
        poll_fn(|context| {
            // More may have come already, with a cancellation that nobody took in the end.
            if self.state.borrow().received == before {
                match self.poll_more(context) {
                    Poll::Ready(Ok(true)) => {}
                    Poll::Ready(end) => return Poll::Ready(end.map_err(ReadError::Io)),
                    Poll::Pending => {
                        suspended = true;
                        return Poll::Pending;
                    }
                }
            }
            match suspended && decline(context) {
                true => Poll::Pending,
                false => Poll::Ready(Ok(true)),
            }
        })
        .await
    }

    /// Appends to the buffer what the stream has; false at its end.
    pub(super) fn poll_more(&self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.state.borrow().ended()?;
        if self.state.borrow().eof {
            return Poll::Ready(Ok(false));
        }
        let mut piece = [0; PIECE];
        let read = {
            let mut source = self.source.borrow_mut();
            ready!(Pin::new(&mut **source).poll_read(context, &mut piece))
        };
        Poll::Ready(
            self.state
                .borrow_mut()
                .append(read.map(|read| &piece[..read])),
        )
    }
}

/// Says, when it is dropped, that nobody waits any more.
pub(super) struct Waiting<'a>(&'a Cell<bool>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReader")
            .field("buffered", &self.buffered())
            .field("limit", &self.limit.get())
            .field("at_eof", &self.at_eof())
            .finish()
    }
}
