//! The chunked transfer coding (RFC 9112 section 7.1), both ways.
//!
//! The decoder walks the grammar octet by octet outside the data, because this is where parsers
//! have disagreed most: a bare LF as a line end, digits that overflow, extensions without end.
//! `body` puts it beside the other kinds of length.

use bytes::{Buf, BufMut, BytesMut};
use http::{HeaderMap, StatusCode};

use super::parse::SectionScanner;
use super::{Decoded, Fields, HeadError, Limits, encode};

/// Cuts the data out of a chunked body.
///
/// ```
/// use bytes::{Bytes, BytesMut};
/// use oneloop_http::wire::{ChunkedDecoder, Decoded, Limits};
///
/// let mut decoder = ChunkedDecoder::new(&Limits::default());
/// let mut buffer = BytesMut::from("5;name=value\r\nHello\r\n0\r\nChecksum: 1\r\n\r\nnext");
/// assert_eq!(decoder.decode(&mut buffer), Ok(Decoded::Data(Bytes::from("Hello"))));
/// assert_eq!(decoder.decode(&mut buffer), Ok(Decoded::End));
/// assert_eq!(decoder.trailers().iter().next(), Some(("Checksum", &b"1"[..])));
/// assert_eq!(buffer, "next");
/// ```
#[derive(Clone, Debug)]
pub struct ChunkedDecoder {
    position: Position,
    /// The extension octets of this line, then of the whole body.
    extension: usize,
    extensions: usize,
    /// The octets of data that chunks have announced, and the most that they may.
    announced: u64,
    most: u64,
    trailers: Fields,
    limits: Limits,
}

/// Is a place in the grammar: what the next octet is part of.
///
/// ```text
/// chunked-body = *chunk last-chunk trailer-section CRLF
/// chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
/// chunk-size   = 1*HEXDIG
/// last-chunk   = 1*("0") [ chunk-ext ] CRLF
/// chunk-ext    = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
/// ```
#[derive(Clone, Debug)]
enum Position {
    /// The digits of a chunk-size, with the number of digits so far and their value.
    Size(u32, u64),
    /// White space that must be followed by the `;` of an extension.
    BeforeExtension(u64),
    /// A chunk extension.
    Extension(u64),
    /// The LF of a chunk-size line.
    SizeLineFeed(u64),
    /// The data, with the octets that are left of it; never 0.
    Data(u64),
    /// The CR behind the data.
    DataReturn,
    /// The LF behind the data.
    DataLineFeed,
    /// The trailer section.
    Trailers(SectionScanner),
    /// Behind the body.
    End,
}

/// > recipients MUST anticipate potentially large hexadecimal numerals and prevent parsing errors
/// > due to integer conversion overflows. (RFC 9112 section 7.1)
///
/// Sixteen digits are all that 64 bits hold, so nothing can overflow.
const MOST_DIGITS: u32 = 16;

impl ChunkedDecoder {
    /// Makes a decoder that waits for the first chunk.
    pub fn new(limits: &Limits) -> ChunkedDecoder {
        ChunkedDecoder {
            position: Position::Size(0, 0),
            extension: 0,
            extensions: 0,
            announced: 0,
            most: u64::MAX,
            trailers: Fields::default(),
            limits: limits.clone(),
        }
    }

    /// Refuses a body whose chunks announce more than `most` octets, before that data comes.
    pub fn with_most(mut self, most: u64) -> ChunkedDecoder {
        self.most = most;
        self
    }

    /// Takes what it can off the front of `buffer`. After the end it takes nothing more.
    ///
    /// # Errors
    ///
    /// The coding is broken; the connection can't be used again.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Result<Decoded, ChunkedError> {
        loop {
            match &mut self.position {
                Position::End => return Ok(Decoded::End),
                Position::Trailers(scanner) => {
                    let read = scanner.read_trailers(buffer, &self.limits);
                    let Some(trailers) = read.map_err(ChunkedError::Trailers)? else {
                        return Ok(Decoded::NeedMore);
                    };
                    self.trailers = trailers;
                    self.position = Position::End;
                }
                Position::Data(left) => {
                    if buffer.is_empty() {
                        return Ok(Decoded::NeedMore);
                    }
                    let here = usize::try_from(*left)
                        .unwrap_or(usize::MAX)
                        .min(buffer.len());
                    // `here` came from `left`, so this can't go below 0.
                    *left = left.saturating_sub(here as u64);
                    if *left == 0 {
                        self.position = Position::DataReturn;
                    }
                    return Ok(Decoded::Data(buffer.split_to(here).freeze()));
                }
                _ => {
                    let Some(&octet) = buffer.first() else {
                        return Ok(Decoded::NeedMore);
                    };
                    buffer.advance(1);
                    self.step(octet)?;
                }
            }
        }
    }

    /// Takes one octet that is neither data nor of the trailers.
    fn step(&mut self, octet: u8) -> Result<(), ChunkedError> {
        self.position = match (&self.position, octet) {
            (&Position::Size(digits, size), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                if digits >= MOST_DIGITS {
                    return Err(ChunkedError::SizeTooLarge);
                }
                let digit = char::from(octet).to_digit(16).unwrap_or_default();
                Position::Size(digits + 1, size << 4 | u64::from(digit))
            }
            (Position::Size(0, _), _) => return Err(ChunkedError::BadSize),
            (&Position::Size(_, size), b'\r') => Position::SizeLineFeed(size),
            (&Position::Size(_, size) | &Position::BeforeExtension(size), b';') => {
                self.count_extension()?;
                Position::Extension(size)
            }
            (&Position::Size(_, size) | &Position::BeforeExtension(size), b' ' | b'\t') => {
                self.count_extension()?;
                Position::BeforeExtension(size)
            }
            (Position::Size(..) | Position::BeforeExtension(_), b'\n') => {
                return Err(ChunkedError::BareLineFeed);
            }
            (Position::Size(..) | Position::BeforeExtension(_), _) => {
                return Err(ChunkedError::BadSize);
            }

            // > A recipient MUST ignore unrecognized chunk extensions. (section 7.1.1)
            (&Position::Extension(size), b'\r') => Position::SizeLineFeed(size),
            (Position::Extension(_), b'\n') => return Err(ChunkedError::BareLineFeed),
            (&Position::Extension(size), b'\t' | b' '..=0x7e | 0x80..) => {
                self.count_extension()?;
                Position::Extension(size)
            }
            (Position::Extension(_), _) => return Err(ChunkedError::BadExtension),

            (&Position::SizeLineFeed(size), b'\n') => {
                self.extension = 0;
                self.begin_chunk(size)?
            }
            (Position::SizeLineFeed(_), _) => return Err(ChunkedError::BareReturn),

            (Position::DataReturn, b'\r') => Position::DataLineFeed,
            (Position::DataLineFeed, b'\n') => Position::Size(0, 0),
            (Position::DataReturn | Position::DataLineFeed, _) => {
                return Err(ChunkedError::BadDataEnd);
            }

            (Position::Data(_) | Position::Trailers(_) | Position::End, _) => return Ok(()),
        };
        Ok(())
    }

    /// Decides what follows a chunk-size line.
    fn begin_chunk(&mut self, size: u64) -> Result<Position, ChunkedError> {
        if size == 0 {
            return Ok(Position::Trailers(SectionScanner::default()));
        }
        match self.announced.checked_add(size) {
            Some(announced) if announced <= self.most => {
                self.announced = announced;
                Ok(Position::Data(size))
            }
            _ => Err(ChunkedError::BodyTooLarge),
        }
    }

    /// Counts an octet that carries no data, so that they can't come without end.
    fn count_extension(&mut self) -> Result<(), ChunkedError> {
        self.extension = self.extension.saturating_add(1);
        self.extensions = self.extensions.saturating_add(1);
        if self.extension > self.limits.chunk_extension
            || self.extensions > self.limits.chunk_extensions
        {
            return Err(ChunkedError::ExtensionTooLong);
        }
        Ok(())
    }

    /// Tells whether the whole body, trailers included, was taken.
    pub fn is_end(&self) -> bool {
        matches!(self.position, Position::End)
    }

    /// The fields behind the last chunk, once the end was reached. They are not merged into the
    /// head's: RFC 9110 section 6.5.1 lets nobody do that without knowing what they mean.
    pub fn trailers(&self) -> &Fields {
        &self.trailers
    }
}

/// Writes one chunk; nothing for empty data, which would end the body.
///
/// ```
/// # use bytes::BytesMut;
/// use oneloop_http::wire::chunked;
///
/// let mut out = BytesMut::new();
/// chunked::encode_chunk(&mut out, b"Hello, chunked world");
/// chunked::encode_end(&mut out);
/// assert_eq!(out, "14\r\nHello, chunked world\r\n0\r\n\r\n");
/// ```
pub fn encode_chunk(out: &mut impl BufMut, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    encode_chunk_head(out, data.len());
    out.put_slice(data);
    out.put_slice(b"\r\n");
}

/// Writes the size line of a chunk; the caller writes the data and a CRLF, which saves copying
/// where the data goes out in a vectored write. A length of 0 ends the body.
///
/// ```
/// # use bytes::BytesMut;
/// use oneloop_http::wire::chunked;
///
/// let mut out = BytesMut::new();
/// chunked::encode_chunk_head(&mut out, 64 * 1024);
/// assert_eq!(out, "10000\r\n");
/// ```
pub fn encode_chunk_head(out: &mut impl BufMut, length: usize) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut shift = usize::BITS;
    let mut leading = true;
    while shift > 0 {
        shift -= 4;
        let digit = (length >> shift) & 0xf;
        leading = leading && digit == 0 && shift > 0;
        if !leading {
            out.put_slice(&DIGITS[digit..=digit]);
        }
    }
    out.put_slice(b"\r\n");
}

/// Writes the end of a body without trailers.
///
/// ```
/// # use bytes::BytesMut;
/// use oneloop_http::wire::chunked;
///
/// let mut out = BytesMut::new();
/// chunked::encode_end(&mut out);
/// assert_eq!(out, "0\r\n\r\n");
/// ```
pub fn encode_end(out: &mut impl BufMut) {
    out.put_slice(b"0\r\n\r\n");
}

/// Writes the end of a body with trailers.
///
/// ```
/// # use bytes::BytesMut;
/// # use http::{HeaderMap, HeaderName, HeaderValue};
/// use oneloop_http::wire::chunked;
///
/// let mut trailers = HeaderMap::new();
/// trailers.insert(HeaderName::from_static("checksum"), HeaderValue::from_static("1"));
/// let mut out = BytesMut::new();
/// chunked::encode_trailers(&mut out, &trailers);
/// assert_eq!(out, "0\r\nchecksum: 1\r\n\r\n");
/// ```
pub fn encode_trailers(out: &mut impl BufMut, trailers: &HeaderMap) {
    out.put_slice(b"0\r\n");
    encode::fields(out, trailers);
    encode::end(out);
}

/// Tells what is wrong with a chunked body.
///
/// ```
/// use bytes::BytesMut;
/// use oneloop_http::wire::{ChunkedDecoder, ChunkedError, Limits};
///
/// let mut buffer = BytesMut::from("5\nHello\r\n");
/// let error = ChunkedDecoder::new(&Limits::default()).decode(&mut buffer).unwrap_err();
/// assert_eq!((error, error.status().as_u16()), (ChunkedError::BareLineFeed, 400));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChunkedError {
    /// A chunk-size is missing or has an octet that is no hexadecimal digit. 400.
    BadSize,
    /// A chunk-size has more than 16 digits, leading zeros included. 400.
    SizeTooLarge,
    /// A chunk extension has a control octet. 400.
    BadExtension,
    /// Chunk extensions are longer than a line or a body may have. 400.
    ExtensionTooLong,
    /// A chunk-size line ends with LF alone. 400.
    BareLineFeed,
    /// A chunk-size line has a CR without LF. 400.
    BareReturn,
    /// The data is not followed by CRLF: it is longer than the chunk-size said. 400.
    BadDataEnd,
    /// The chunks announce more data than the body may have. 413.
    BodyTooLarge,
    /// The trailer section is malformed, or too large. 400, 431.
    Trailers(HeadError),
}

impl ChunkedError {
    /// Names the status that a server answers before it closes the connection.
    pub fn status(self) -> StatusCode {
        match self {
            ChunkedError::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ChunkedError::Trailers(error) => error.status(),
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl std::fmt::Display for ChunkedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ChunkedError::BadSize => "a chunk-size is malformed",
            ChunkedError::SizeTooLarge => "a chunk-size is too large",
            ChunkedError::BadExtension => "a chunk extension is malformed",
            ChunkedError::ExtensionTooLong => "the chunk extensions are too long",
            ChunkedError::BareLineFeed => "a chunk-size line does not end with CRLF",
            ChunkedError::BareReturn => "a chunk-size line has a CR without LF",
            ChunkedError::BadDataEnd => "chunk data does not end with CRLF",
            ChunkedError::BodyTooLarge => "the body is too large",
            ChunkedError::Trailers(error) => return write!(f, "in the trailers, {error}"),
        })
    }
}

impl std::error::Error for ChunkedError {}
