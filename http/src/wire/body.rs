//! Cuts a body out of the stream, whichever way its length is told.

use bytes::{Bytes, BytesMut};
use http::StatusCode;

use super::{BodyLength, ChunkedDecoder, ChunkedError, Fields, Limits};

/// Takes one message's body off the front of a connection's buffer, piece by piece.
///
/// Pieces are shared with the buffer, not copied. How they are cut depends on how the bytes came;
/// what they add up to does not, nor does the verdict.
///
/// ```
/// use bytes::{Bytes, BytesMut};
/// use oneloop_http::wire::{BodyDecoder, BodyLength, Decoded, Limits};
///
/// let mut decoder = BodyDecoder::new(BodyLength::Known(5), &Limits::default());
/// let mut buffer = BytesMut::from("Hel");
/// assert_eq!(decoder.decode(&mut buffer), Ok(Decoded::Data(Bytes::from("Hel"))));
/// assert_eq!(decoder.decode(&mut buffer), Ok(Decoded::NeedMore));
/// buffer.extend_from_slice(b"lonext");
/// assert_eq!(decoder.decode(&mut buffer), Ok(Decoded::Data(Bytes::from("lo"))));
/// assert_eq!(decoder.decode(&mut buffer), Ok(Decoded::End));
/// assert_eq!(buffer, "next");
/// ```
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    rest: Rest,
    /// The most octets that the body may have.
    most: u64,
}

/// Is what is still to come.
#[derive(Clone, Debug)]
enum Rest {
    /// Nothing.
    End,
    /// This many octets.
    Known(u64),
    /// Chunks.
    Chunked(Box<ChunkedDecoder>),
    /// What comes until the peer closes; this many octets have come.
    UntilClose(u64),
}

/// Is what a decoder found at the front of the buffer.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{BodyDecoder, BodyLength, Decoded, Limits};
///
/// let mut nothing = BodyDecoder::new(BodyLength::None, &Limits::default());
/// assert_eq!(nothing.decode(&mut BytesMut::new()), Ok(Decoded::End));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// Nothing yet: read more.
    NeedMore,
    /// A piece of the body, never empty.
    Data(Bytes),
    /// The body is complete; what is left in the buffer belongs to the next message.
    End,
}

impl BodyDecoder {
    /// Makes a decoder for a body of this length. A [`Tunnel`](BodyLength::Tunnel) has no body.
    pub fn new(length: BodyLength, limits: &Limits) -> BodyDecoder {
        let rest = match length {
            BodyLength::None | BodyLength::Tunnel | BodyLength::Known(0) => Rest::End,
            BodyLength::Known(octets) => Rest::Known(octets),
            BodyLength::Chunked => Rest::Chunked(Box::new(ChunkedDecoder::new(limits))),
            BodyLength::UntilClose => Rest::UntilClose(0),
        };
        BodyDecoder {
            rest,
            most: u64::MAX,
        }
    }

    /// Refuses a body of more than `most` octets, as early as that is known. To be called before
    /// the first [`decode`](BodyDecoder::decode).
    ///
    /// ```
    /// use bytes::BytesMut;
    /// use oneloop_http::wire::{BodyDecoder, BodyError, BodyLength, Limits};
    ///
    /// let mut decoder = BodyDecoder::new(BodyLength::Known(5), &Limits::default()).with_max(4);
    /// assert_eq!(decoder.decode(&mut BytesMut::new()), Err(BodyError::TooLarge));
    /// ```
    pub fn with_max(mut self, most: u64) -> BodyDecoder {
        self.most = most;
        if let Rest::Chunked(decoder) = self.rest {
            self.rest = Rest::Chunked(Box::new(decoder.with_most(most)));
        }
        self
    }

    /// Takes what it can off the front of `buffer`. After the end it takes nothing more.
    ///
    /// # Errors
    ///
    /// The body is broken or too large: a server answers [`BodyError::status`]; either side closes
    /// the connection.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Result<Decoded, BodyError> {
        match &mut self.rest {
            Rest::End => Ok(Decoded::End),
            Rest::Known(left) if *left > self.most => Err(BodyError::TooLarge),
            Rest::Known(_) | Rest::UntilClose(_) if buffer.is_empty() => Ok(Decoded::NeedMore),
            Rest::Known(left) => {
                let here = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(buffer.len());
                *left = left.saturating_sub(here as u64);
                if *left == 0 {
                    self.rest = Rest::End;
                }
                Ok(Decoded::Data(buffer.split_to(here).freeze()))
            }
            Rest::Chunked(decoder) => decoder.decode(buffer).map_err(|error| match error {
                ChunkedError::BodyTooLarge => BodyError::TooLarge,
                error => BodyError::Chunked(error),
            }),
            Rest::UntilClose(come) => {
                let room = usize::try_from(self.most.saturating_sub(*come)).unwrap_or(usize::MAX);
                if room == 0 {
                    return Err(BodyError::TooLarge);
                }
                let here = room.min(buffer.len());
                *come = come.saturating_add(here as u64);
                Ok(Decoded::Data(buffer.split_to(here).freeze()))
            }
        }
    }

    /// Tells the decoder that the peer has closed and the buffer is empty.
    ///
    /// # Errors
    ///
    /// [`BodyError::Incomplete`], unless the body was complete or ends with the connection.
    pub fn eof(&mut self) -> Result<(), BodyError> {
        match self.rest {
            Rest::UntilClose(_) => {
                self.rest = Rest::End;
                Ok(())
            }
            _ if self.is_end() => Ok(()),
            _ => Err(BodyError::Incomplete),
        }
    }

    /// Tells whether the whole body was taken.
    pub fn is_end(&self) -> bool {
        match &self.rest {
            Rest::End => true,
            Rest::Known(_) | Rest::UntilClose(_) => false,
            Rest::Chunked(decoder) => decoder.is_end(),
        }
    }

    /// The octets that are still to come, where that is known: to decide whether draining a body
    /// that nobody wants is worth it.
    pub fn remaining(&self) -> Option<u64> {
        match &self.rest {
            Rest::End => Some(0),
            Rest::Known(left) => Some(*left),
            Rest::Chunked(decoder) => decoder.is_end().then_some(0),
            Rest::UntilClose(_) => None,
        }
    }

    /// The trailers of a chunked body, once it is complete; `None` for other bodies.
    pub fn trailers(&self) -> Option<&Fields> {
        match &self.rest {
            Rest::Chunked(decoder) if decoder.is_end() => Some(decoder.trailers()),
            _ => None,
        }
    }
}

/// Tells what is wrong with a body.
///
/// ```
/// use oneloop_http::wire::{BodyDecoder, BodyError, BodyLength, Limits};
///
/// let mut decoder = BodyDecoder::new(BodyLength::Known(5), &Limits::default());
/// assert_eq!(decoder.eof(), Err(BodyError::Incomplete));
/// assert_eq!(BodyError::TooLarge.status(), 413);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyError {
    /// The body is larger than it may be. 413.
    TooLarge,
    /// The peer closed before the end. 400, if there is anybody left to read it.
    Incomplete,
    /// The chunked coding is broken. 400, 431.
    Chunked(ChunkedError),
}

impl BodyError {
    /// Names the status that a server answers before it closes the connection.
    pub fn status(self) -> StatusCode {
        match self {
            BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Incomplete => StatusCode::BAD_REQUEST,
            BodyError::Chunked(error) => error.status(),
        }
    }
}

impl std::fmt::Display for BodyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BodyError::TooLarge => f.write_str("the body is too large"),
            BodyError::Incomplete => {
                f.write_str("the connection closed before the body was complete")
            }
            BodyError::Chunked(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BodyError {}
