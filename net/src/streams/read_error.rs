//! [`ReadError`]: why a [`StreamReader`](super::StreamReader) has nothing to give. Next: `again.rs`.

use std::error::Error;
use std::fmt;
use std::io;

/// The error of reading from a stream. `?` turns it into an [`io::Error`] where one is wanted.
///
/// ```
/// use oneloop_net::streams::{ReadError, StreamReader};
/// oneloop::run(async {
///     let reader = StreamReader::new(&b"abc"[..]);
///     match reader.readexactly(5).await {
///         Err(ReadError::Incomplete { partial, expected: 5 }) => assert_eq!(partial, b"abc"),
///         other => unreachable!("{other:?}"),
///     }
/// });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The stream ended before all was there: asyncio's `IncompleteReadError`. What had come is given
    /// out here, and is no longer in the reader.
    Incomplete {
        /// What had come.
        partial: Vec<u8>,
        /// How many bytes were asked for; with a separator nobody knows, and it is 0.
        expected: usize,
    },
    /// There is no separator within the limit: asyncio's `LimitOverrunError`. Everything is still in
    /// the reader.
    LimitOverrun {
        /// How many bytes are in front of the separator, or have come so far.
        consumed: usize,
        /// The reader's limit.
        limit: usize,
    },
    /// More came than [`read_to_end`](super::StreamReader::read_to_end) may take, and the end has not.
    /// Everything is still in the reader.
    BoundOverrun {
        /// How many bytes have come so far.
        consumed: usize,
        /// How many it might take.
        most: usize,
    },
    /// [`readuntil`](super::StreamReader::readuntil) was given an empty separator, or
    /// [`readuntil_any`](super::StreamReader::readuntil_any) none at all: asyncio's `ValueError`. Nothing
    /// was read.
    NoSeparator,
    /// Another task waits to read from this stream already. It is unharmed.
    Busy,
    /// The stream failed. What came before can still be read where it is enough.
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Incomplete { partial, expected } => {
                write!(f, "the stream ended after {} ", partial.len())?;
                match expected {
                    0 => f.write_str("bytes without the separator that was waited for"),
                    _ => write!(f, "of {expected} bytes"),
                }
            }
            ReadError::LimitOverrun { consumed, limit } => write!(
                f,
                "{consumed} bytes came without a separator within the limit of {limit}: raise it \
                 (`reader.set_limit(n)`), or take some by `read`"
            ),
            ReadError::BoundOverrun { consumed, most } => write!(
                f,
                "{consumed} bytes came and not the end, where `read_to_end({most})` takes no more than \
                 {most}: call it with a larger bound, or read piece by piece (`reader.read(n)`)"
            ),
            ReadError::NoSeparator => f.write_str(
                "`readuntil` was given an empty separator, or none: name at least one byte, or take \
                 what has come by `reader.read(n)`",
            ),
            ReadError::Busy => f.write_str(
                "another task waits to read from this stream already: let one task read, and hand \
                 what it reads to the others (a `Queue` does)",
            ),
            ReadError::Io(error) => error.fmt(f),
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ReadError::Io(error) => error.source(),
            _ => None,
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        ReadError::Io(error)
    }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> io::Error {
        let kind = match error {
            ReadError::Io(error) => return error,
            ReadError::Incomplete { .. } => io::ErrorKind::UnexpectedEof,
            ReadError::LimitOverrun { .. } | ReadError::BoundOverrun { .. } => {
                io::ErrorKind::InvalidData
            }
            ReadError::NoSeparator => io::ErrorKind::InvalidInput,
            ReadError::Busy => io::ErrorKind::ResourceBusy,
        };
        io::Error::new(kind, error)
    }
}
