//! Bodies that this side sends: nothing, octets at hand, or pieces made while they are sent.
//!
//! A streamed body is pulled. The connection asks for the next piece when it has room for one, so a
//! peer that reads slowly slows the producer down and nothing piles up. Read next: `body/writer.rs`,
//! then `response.rs`, which carries a [`Body`], and `server/sending.rs`, which asks for its pieces.

mod writer;
mod reader;

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

pub(crate) use writer::remember;
pub use writer::{BodyClosed, BodyWriter};
use writer::{Slot, Taken};

/// The error that a producer of a body may end with; the connection is then cut.
///
/// ```
/// use oneloop_http::{Body, BoxError};
///
/// let body = Body::produce(async |_writer| Err(BoxError::from("nothing to send")));
/// # oneloop::run(async {
/// assert_eq!(body.into_bytes().await.unwrap_err().to_string(), "nothing to send");
/// # });
/// ```
pub type BoxError = Box<dyn std::error::Error>;

/// Octets to send: none, at hand, or streamed with back-pressure.
///
/// A streamed body of unknown length goes out chunked to an HTTP/1.1 peer and until the end of the
/// connection to an HTTP/1.0 one; [`with_length`](Body::with_length) declares the length instead.
///
/// ```
/// use oneloop_http::Body;
///
/// assert_eq!(Body::from("hello").length(), Some(5));
/// assert_eq!(Body::empty().length(), Some(0));
/// let countdown = Body::produce(async |mut writer| {
///     for number in (1..=3).rev() {
///         writer.write(format!("{number}\n")).await?;
///     }
///     Ok(())
/// });
/// assert_eq!(countdown.length(), None);
/// ```
pub struct Body {
    kind: Kind,
}

/// What a body is made of.
enum Kind {
    /// All octets are here; an empty body is an empty `Bytes`.
    Full(Bytes),
    /// The pieces come one after another.
    Streamed(Streamed),
}

/// A body whose pieces are made while it is sent.
pub(crate) struct Streamed {
    /// The declared length in octets, if there is one.
    pub(crate) length: Option<u64>,
    /// Where the pieces come from.
    pub(crate) pieces: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>>>>,
}

impl Body {
    /// Makes a body of no octets.
    ///
    /// ```
    /// assert_eq!(oneloop_http::Body::empty().length(), Some(0));
    /// ```
    pub fn empty() -> Body {
        Body::from(Bytes::new())
    }

    /// Makes a body of the pieces of a stream, of unknown length.
    ///
    /// An error item cuts the connection, so that the peer sees that the body is not complete.
    ///
    /// ```
    /// use futures_lite::stream;
    /// use oneloop_http::Body;
    ///
    /// let pieces = stream::iter([Ok::<_, std::io::Error>("one "), Ok("two")]);
    /// assert_eq!(Body::stream(pieces).length(), None);
    /// ```
    pub fn stream<S, B, E>(pieces: S) -> Body
    where
        S: Stream<Item = Result<B, E>> + 'static,
        B: Into<Bytes>,
        E: Into<BoxError>,
    {
        Body::streamed(Box::pin(Converted(Box::pin(pieces))))
    }

    /// Makes a body that `producer` writes piece by piece, as an async generator would yield them.
    ///
    /// The producer runs inside the connection's task and only as fast as the peer reads. Returning
    /// `Ok(())` ends the body; an error, or a panic, cuts the connection. When the peer goes away the
    /// producer is dropped where it waits, at the latest at its next write.
    ///
    /// ```
    /// # oneloop::run(async {
    /// use oneloop_http::{Body, Response};
    ///
    /// let ticks = Body::produce(async |mut writer| {
    ///     for _ in 0..3 {
    ///         writer.write("tick\n").await?;
    ///         oneloop::sleep(std::time::Duration::from_millis(1)).await;
    ///     }
    ///     Ok(())
    /// });
    /// let response = Response::ok(ticks);
    /// # drop(response);
    /// # });
    /// ```
    pub fn produce<P>(producer: P) -> Body
    where
        P: AsyncFnOnce(BodyWriter) -> Result<(), BoxError> + 'static,
    {
        let slot = Rc::new(Slot::default());
        let writer = BodyWriter {
            slot: Rc::clone(&slot),
        };
        Body::streamed(Box::pin(Produced {
            producer: Producer::Runs(Box::pin(producer(writer))),
            slot,
        }))
    }

    /// Makes a body together with the writer that feeds it, for a producer that is a task of its own.
    ///
    /// The channel holds one piece. The body is complete after [`BodyWriter::finish`]; a writer that
    /// is dropped without it (its task failed, say) cuts the connection.
    ///
    /// ```
    /// # oneloop::run(async {
    /// use oneloop_http::{Body, Response};
    ///
    /// let (mut writer, body) = Body::channel();
    /// oneloop::create_task(async move {
    ///     if writer.write("made elsewhere").await.is_ok() {
    ///         writer.finish();
    ///     }
    /// });
    /// let response = Response::ok(body);
    /// # drop(response);
    /// # });
    /// ```
    pub fn channel() -> (BodyWriter, Body) {
        let slot = Rc::new(Slot::default());
        let writer = BodyWriter {
            slot: Rc::clone(&slot),
        };
        (writer, Body::streamed(Box::pin(Received { slot })))
    }

    /// Declares the length of a streamed body in octets, so that it is sent with a `Content-Length`.
    ///
    /// A stream that gives fewer or more octets than declared has its connection cut. On a body whose
    /// octets are at hand this does nothing.
    ///
    /// ```
    /// use oneloop_http::Body;
    ///
    /// let body = Body::produce(async |mut writer| Ok(writer.write("12345").await?));
    /// assert_eq!(body.with_length(5).length(), Some(5));
    /// ```
    pub fn with_length(mut self, length: u64) -> Body {
        if let Kind::Streamed(streamed) = &mut self.kind {
            streamed.length = Some(length);
        }
        self
    }

    /// Returns the length in octets, if it is known before the body is sent.
    ///
    /// ```
    /// assert_eq!(oneloop_http::Body::from(vec![1, 2, 3]).length(), Some(3));
    /// ```
    pub fn length(&self) -> Option<u64> {
        match &self.kind {
            Kind::Full(octets) => Some(octets.len() as u64),
            Kind::Streamed(streamed) => streamed.length,
        }
    }

    /// Makes all of the body, as a test of a handler needs it.
    ///
    /// # Errors
    /// What the producer of the body fails with.
    ///
    /// ```
    /// # oneloop::run(async {
    /// use oneloop_http::Body;
    ///
    /// let body = Body::produce(async |mut writer| {
    ///     writer.write("one ").await?;
    ///     Ok(writer.write("two").await?)
    /// });
    /// assert_eq!(body.into_bytes().await.unwrap(), "one two");
    /// # });
    /// ```
    pub async fn into_bytes(self) -> Result<Bytes, BoxError> {
        let mut streamed = match self.into_parts() {
            Ok(octets) => return Ok(octets),
            Err(streamed) => streamed,
        };
        let mut all = BytesMut::new();
        while let Some(piece) = poll_fn(|cx| streamed.pieces.as_mut().poll_next(cx)).await {
            all.extend_from_slice(&piece?);
        }
        Ok(all.freeze())
    }

    fn streamed(pieces: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>>>>) -> Body {
        let length = None;
        Body {
            kind: Kind::Streamed(Streamed { length, pieces }),
        }
    }

    /// Takes the body apart: octets at hand, or the stream of them.
    pub(crate) fn into_parts(self) -> Result<Bytes, Streamed> {
        match self.kind {
            Kind::Full(octets) => Ok(octets),
            Kind::Streamed(streamed) => Err(streamed),
        }
    }
}

impl Default for Body {
    fn default() -> Body {
        Body::empty()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Full(_) => "full",
            Kind::Streamed(_) => "streamed",
        };
        formatter
            .debug_struct("Body")
            .field("kind", &kind)
            .field("length", &self.length())
            .finish()
    }
}

impl From<Bytes> for Body {
    fn from(octets: Bytes) -> Body {
        Body {
            kind: Kind::Full(octets),
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(octets: Vec<u8>) -> Body {
        Body::from(Bytes::from(octets))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body::from(Bytes::from(text))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Body {
        Body::from(Bytes::from_static(text.as_bytes()))
    }
}

impl From<&'static [u8]> for Body {
    fn from(octets: &'static [u8]) -> Body {
        Body::from(Bytes::from_static(octets))
    }
}

/// The stream behind [`Body::channel`].
struct Received {
    slot: Rc<Slot>,
}

impl Stream for Received {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(match ready!(self.slot.poll_take(context)) {
            Taken::Piece(piece) => Some(Ok(piece)),
            Taken::Finished => None,
            Taken::Abandoned => Some(Err(
                "the writer of the body was dropped before `finish`".into()
            )),
        })
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.slot.close();
    }
}

/// The stream behind [`Body::produce`]: a future, and the slot into which it writes.
struct Produced<F> {
    producer: Producer<F>,
    slot: Rc<Slot>,
}

/// How far the future behind a [`Produced`] is.
enum Producer<F> {
    Runs(Pin<Box<F>>),
    /// It returned this, which is told after the last piece.
    Ended(Option<BoxError>),
}

impl<F: Future<Output = Result<(), BoxError>>> Stream for Produced<F> {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            // A piece that is here goes first; only then may the producer run on and make another.
            if let Poll::Ready(Taken::Piece(piece)) = this.slot.poll_take(context) {
                return Poll::Ready(Some(Ok(piece)));
            }
            let future = match &mut this.producer {
                Producer::Runs(future) => future,
                Producer::Ended(error) => return Poll::Ready(error.take().map(Err)),
            };
            match future.as_mut().poll(context) {
                Poll::Ready(end) => this.producer = Producer::Ended(end.err()),
                Poll::Pending if this.slot.is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }
}

impl<F> Drop for Produced<F> {
    fn drop(&mut self) {
        self.slot.close();
    }
}

/// Turns the items of a user's stream into the ones that the connection takes.
struct Converted<S>(Pin<Box<S>>);

impl<S, B, E> Stream for Converted<S>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.0.as_mut().poll_next(context));
        Poll::Ready(item.map(|piece| piece.map(Into::into).map_err(Into::into)))
    }
}
