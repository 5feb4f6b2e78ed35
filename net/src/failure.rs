//! Errors of the system with what they were about: of a list of addresses what happened at each of them,
//! and of other calls what helps.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Collects what happened at the addresses of a list, until one serves or all have failed.
///
/// The system's errors don't say whom they are about, and a program mostly has several addresses.
pub(crate) struct Failures {
    /// What was tried, up to the address: "connect to".
    what: &'static str,
    /// Each address that was tried, and its error.
    attempts: Vec<(SocketAddr, io::Error)>,
}

/// As for people: `fn main() -> io::Result<()>` shows this form.
impl fmt::Debug for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Failures {
    /// Nothing has failed yet.
    pub(crate) fn new(what: &'static str) -> Failures {
        Failures {
            what,
            attempts: Vec::new(),
        }
    }

    /// Adds an address that failed.
    pub(crate) fn add(&mut self, address: SocketAddr, error: io::Error) {
        self.attempts.push((address, error));
    }

    /// Makes one error of them, of the last one's kind. Its source is the last one itself, so that
    /// the system's error code can still be asked for.
    pub(crate) fn into_error(self) -> io::Error {
        match self.attempts.last() {
            Some((_, last)) => io::Error::new(last.kind(), self),
            None => {
                let text = format!("there is no address to {}: the list is empty", self.what);
                io::Error::new(io::ErrorKind::InvalidInput, text)
            }
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (address, error)) in self.attempts.iter().enumerate() {
            let separator = if position == 0 { "" } else { "; " };
            write!(formatter, "{separator}{} {address}: {error}", self.what)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failures {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let (_, last) = self.attempts.last()?;
        Some(last)
    }
}

/// An error of the system in words that say what it was about, and what helps. Its kind stays, and its source is the
/// system's error itself.
pub(crate) fn explained(text: String, error: io::Error) -> io::Error {
    let kind = error.kind();
    io::Error::new(kind, Explained { text, error })
}

/// See [`explained`].
struct Explained {
    /// All that is to be read.
    text: String,
    error: io::Error,
}

/// As for people, as with [`Failures`].
impl fmt::Debug for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Explained {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// The error for an address that did not answer in its share of the time.
pub(crate) fn too_late(share: Duration) -> io::Error {
    // The share is what was left when the attempt began, some microseconds less than was asked for.
    let milliseconds = share.as_micros().div_ceil(1000);
    let rounded = Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX));
    let text = format!("no answer within {rounded:?}");
    io::Error::new(io::ErrorKind::TimedOut, text)
}
