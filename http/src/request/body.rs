//! The body of a request as the handler reads it, and why that may fail.
//!
//! [`RequestBody`] knows limits; where the octets come from is behind [`BodySource`], which
//! `server/incoming.rs` implements for a connection. Read next: `response.rs`.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::rc::Weak;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::StatusCode;

use crate::wire::{BodyDecoder, BodyError, Decoded};

/// The body of a request, read from the connection when the handler asks for it.
///
/// With `Expect: 100-continue` the peer is told to go on at the first read, so a handler that
/// answers without reading saves the peer the sending.
///
/// ```
/// # oneloop::run(async {
/// # use oneloop_http::{ReadBodyError, Request};
/// let octets = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
///               3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
/// let mut request = Request::parse(octets)?;
/// let mut pieces = Vec::new();
/// while let Some(piece) = request.body().chunk().await? {
///     pieces.push(piece);
/// }
/// assert_eq!(pieces, ["one", "two"]);
///
/// let mut request = Request::parse(octets)?;
/// request.body().set_limit(5);
/// assert_eq!(request.bytes().await, Err(ReadBodyError::TooLarge { limit: 5 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct RequestBody {
    source: Source,
    /// The limit of `bytes` and `text`, and of `chunk` once it was set by hand.
    limit: u64,
    /// Whether `chunk` is limited too.
    limits_chunks: bool,
    /// How many octets have been given out.
    received: u64,
}

/// Where a [`RequestBody`] gets its octets.
enum Source {
    /// It is read from the connection when it is asked for.
    Connection {
        /// Weak, so that a body that somebody keeps does not keep the socket open.
        connection: Weak<dyn BodySource>,
        /// Which request of the connection the body belongs to.
        serial: u64,
    },
    /// All octets are here, as they are on the wire; or the request has no body, as most have none.
    // In one variant, since a request is moved to its handler, and a third one would need room for a
    // tag.
    Memory(Option<Box<(BodyDecoder, BytesMut)>>),
}

/// A connection, as the body of a request sees it.
pub(crate) trait BodySource {
    /// Gives the next piece of the body of request number `serial`, `None` at its end.
    ///
    /// `limit` is for the whole body. A chunk that would pass it is an error as soon as its size is
    /// known.
    fn poll_piece(
        &self,
        serial: u64,
        limit: u64,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, ReadBodyError>>;

    /// Tells how many octets are still to come, where the framing says so.
    fn remaining(&self, serial: u64) -> Option<u64>;

    /// Says that this body will not be read to its end, so that the connection ends with the answer.
    fn refuse(&self, serial: u64, why: ReadBodyError);
}

impl Source {
    fn poll_piece(
        &mut self,
        limit: u64,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, ReadBodyError>> {
        Poll::Ready(match self {
            Source::Memory(None) => Ok(None),
            Source::Connection { connection, serial } => match connection.upgrade() {
                Some(connection) => return connection.poll_piece(*serial, limit, context),
                None => Err(ReadBodyError::Finished),
            },
            Source::Memory(Some(memory)) => match memory.0.decode(&mut memory.1) {
                Ok(Decoded::Data(piece)) => Ok(Some(piece)),
                Ok(Decoded::End) => Ok(None),
                Ok(Decoded::NeedMore) => Err(ReadBodyError::Disconnected),
                Err(error) => Err(ReadBodyError::Malformed(error)),
            },
        })
    }

    fn refuse(&self, why: ReadBodyError) {
        if let Source::Connection { connection, serial } = self
            && let Some(connection) = connection.upgrade()
        {
            connection.refuse(*serial, why);
        }
    }

    fn remaining(&self) -> Option<u64> {
        match self {
            Source::Memory(None) => Some(0),
            Source::Connection { connection, serial } => match connection.upgrade() {
                Some(connection) => connection.remaining(*serial),
                None => Some(0),
            },
            Source::Memory(Some(memory)) => memory.0.remaining(),
        }
    }
}

impl RequestBody {
    /// Makes the body of a request without one.
    pub(crate) fn none() -> RequestBody {
        RequestBody::over(Source::Memory(None), 0)
    }

    /// Makes the body of request number `serial` of a connection.
    pub(crate) fn of(connection: Weak<dyn BodySource>, serial: u64, limit: u64) -> RequestBody {
        RequestBody::over(Source::Connection { connection, serial }, limit)
    }

    /// Makes a body of octets that are all here already.
    pub(crate) fn in_memory(decoder: BodyDecoder, octets: BytesMut, limit: u64) -> RequestBody {
        RequestBody::over(Source::Memory(Some(Box::new((decoder, octets)))), limit)
    }

    fn over(source: Source, limit: u64) -> RequestBody {
        RequestBody {
            source,
            limit,
            limits_chunks: false,
            received: 0,
        }
    }

    /// Sets how many octets the body may have, for [`chunk`](RequestBody::chunk) as well.
    ///
    /// Without it `bytes` keeps the server's limit and `chunk` has none, since a handler that takes
    /// pieces holds no more than one.
    ///
    /// ```
    /// # oneloop::run(async {
    /// # use oneloop_http::Request;
    /// let octets = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello";
    /// let mut request = Request::parse(octets)?;
    /// request.body().set_limit(4);
    /// assert!(request.body().chunk().await.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn set_limit(&mut self, octets: u64) {
        self.limit = octets;
        self.limits_chunks = true;
    }

    /// Returns how many octets are still to come, where the framing says so (not when chunked).
    ///
    /// ```
    /// # use oneloop_http::Request;
    /// let octets = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello";
    /// assert_eq!(Request::parse(octets)?.body().remaining(), Some(5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remaining(&self) -> Option<u64> {
        self.source.remaining()
    }

    /// Waits for the next piece of the body; `None` is its end.
    ///
    /// Cancel safe: dropped while it waits, nothing is lost.
    ///
    /// # Errors
    /// [`ReadBodyError`]. The connection is closed after the answer then.
    ///
    /// ```
    /// # oneloop::run(async {
    /// # use oneloop_http::{ReadBodyError, Request};
    /// async fn length(mut request: Request) -> Result<String, ReadBodyError> {
    ///     let mut length = 0;
    ///     while let Some(piece) = request.body().chunk().await? {
    ///         length += piece.len();
    ///     }
    ///     Ok(length.to_string())
    /// }
    /// let octets = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello";
    /// assert_eq!(length(Request::parse(octets)?).await?, "5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ReadBodyError> {
        let limit = if self.limits_chunks {
            self.limit
        } else {
            u64::MAX
        };
        self.piece(limit).await
    }

    /// Reads the rest of the body into memory, up to the limit.
    ///
    /// # Errors
    /// [`ReadBodyError`], as [`Request::bytes`](crate::Request::bytes).
    ///
    /// ```
    /// # oneloop::run(async {
    /// # use oneloop_http::Request;
    /// let octets = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello";
    /// let mut body = Request::parse(octets)?.into_body();
    /// assert_eq!(body.bytes().await?, "Hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn bytes(&mut self) -> Result<Bytes, ReadBodyError> {
        let Some(first) = self.piece(self.limit).await? else {
            return Ok(Bytes::new());
        };
        let Some(second) = self.piece(self.limit).await? else {
            return Ok(first);
        };
        let mut all = BytesMut::with_capacity(self.capacity_for(first.len() + second.len()));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        drop((first, second));
        while let Some(piece) = self.piece(self.limit).await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    /// Reads the rest of the body as [`bytes`](RequestBody::bytes) does, and as UTF-8, replacing
    /// what is not.
    ///
    /// # Errors
    /// [`ReadBodyError`], as [`bytes`](RequestBody::bytes).
    ///
    /// ```
    /// # oneloop::run(async {
    /// # use oneloop_http::Request;
    /// let octets = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nHello";
    /// let mut body = Request::parse(octets)?.into_body();
    /// assert_eq!(body.text().await?, "Hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn text(&mut self) -> Result<String, ReadBodyError> {
        let octets = self.bytes().await?;
        Ok(String::from_utf8_lossy(&octets).into_owned())
    }

    /// How much to reserve for a body of which `here` octets have come. A declared length is
    /// believed up to 64 KiB only: nobody shall make us allocate by an announcement.
    fn capacity_for(&self, here: usize) -> usize {
        let rest = self.remaining().unwrap_or(0).min(64 * 1024);
        here + usize::try_from(rest).expect("64 KiB fit in a usize")
    }

    async fn piece(&mut self, limit: u64) -> Result<Option<Bytes>, ReadBodyError> {
        let declared = self.source.remaining().unwrap_or(0);
        if self.received.saturating_add(declared) > limit {
            return Err(self.too_large(limit));
        }
        let piece = poll_fn(|context| self.source.poll_piece(limit, context)).await?;
        self.received += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if self.received > limit {
            return Err(self.too_large(limit));
        }
        Ok(piece)
    }

    fn too_large(&self, limit: u64) -> ReadBodyError {
        let error = ReadBodyError::TooLarge { limit };
        self.source.refuse(error.clone());
        error
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RequestBody")
            .field("received", &self.received)
            .field("remaining", &self.remaining())
            .finish()
    }
}

/// Why the body of a request could not be read. Returned by a handler, it becomes the answer whose
/// [`status`](ReadBodyError::status) it has.
///
/// ```
/// use oneloop_http::{IntoResponse, ReadBodyError};
///
/// let error = ReadBodyError::TooLarge { limit: 10 };
/// assert_eq!(error.to_string(), "the request body is larger than 10 octets");
/// assert_eq!(error.into_response().status(), 413);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadBodyError {
    /// The body has more octets than the limit allows: 413.
    TooLarge {
        /// The limit that was passed, in octets.
        limit: u64,
    },
    /// Nothing came for the server's body time-out: 408.
    TimedOut,
    /// The peer closed the connection before the body was complete: 400.
    Disconnected,
    /// The framing of the body is broken: 400, or 431 for trailers that are too long.
    Malformed(BodyError),
    /// The answer was sent already, and the connection has gone on without this body: 500.
    Finished,
    /// The connection failed: 400, though nobody will see it.
    Io(io::ErrorKind),
}

impl ReadBodyError {
    /// Returns the status that tells the peer what went wrong.
    ///
    /// ```
    /// assert_eq!(oneloop_http::ReadBodyError::TimedOut.status(), 408);
    /// ```
    pub fn status(&self) -> StatusCode {
        match self {
            ReadBodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            ReadBodyError::TimedOut => StatusCode::REQUEST_TIMEOUT,
            ReadBodyError::Disconnected | ReadBodyError::Io(_) => StatusCode::BAD_REQUEST,
            ReadBodyError::Malformed(error) => error.status(),
            ReadBodyError::Finished => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for ReadBodyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadBodyError::TooLarge { limit } => {
                write!(formatter, "the request body is larger than {limit} octets")
            }
            ReadBodyError::TimedOut => formatter.write_str("the request body came too slowly"),
            ReadBodyError::Disconnected => {
                formatter.write_str("the peer closed the connection inside the request body")
            }
            ReadBodyError::Malformed(error) => write!(formatter, "broken request body: {error}"),
            ReadBodyError::Finished => {
                formatter.write_str("the request was answered before its body was read")
            }
            ReadBodyError::Io(kind) => write!(formatter, "the connection failed: {kind}"),
        }
    }
}

impl std::error::Error for ReadBodyError {}
