//! The error of a look-up: which host, and why. This ends the module.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

/// Why a look-up failed. Several may wait for it, and each is told.
pub(super) type Cause = Arc<io::Error>;

/// The error for one who waits: of the cause's kind, with the host in its text.
pub(super) fn failure(host: &str, cause: &Cause) -> io::Error {
    let failed = LookUpFailed {
        host: host.into(),
        cause: cause.clone(),
    };
    io::Error::new(cause.kind(), failed)
}

/// The error for what can be no name.
pub(super) fn no_name(host: &str) -> io::Error {
    let text = match host.len() {
        0 => "a host name is missing: it is empty".to_owned(),
        length => format!("a host name has 253 bytes at most, and this one has {length}"),
    };
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// The cause for an answer without an address.
pub(super) fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the name has no address")
}

/// The cause for a look-up whose end nobody can bring any more.
pub(super) fn given_up() -> io::Error {
    io::Error::other("the resolver panicked, or its loop has ended")
}

struct LookUpFailed {
    host: Box<str>,
    cause: Cause,
}

impl fmt::Display for LookUpFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "look up {:?}: {}", self.host, self.cause)
    }
}

/// As for people: `fn main() -> io::Result<()>` shows this form.
impl fmt::Debug for LookUpFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for LookUpFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}
