//! Paths and abstract names as addresses, and errors that name them. Next: `stream.rs`.

use std::error::Error;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The address that a path means: an abstract name if it begins with a NUL.
pub(super) fn address_of(path: &Path) -> io::Result<SocketAddr> {
    match path.as_os_str().as_bytes() {
        [] => {
            let text = "the path of a Unix socket is empty";
            Err(io::Error::new(io::ErrorKind::InvalidInput, text))
        }
        [0, name @ ..] => abstract_name(name),
        _ => SocketAddr::from_pathname(path),
    }
}

#[cfg(target_os = "linux")]
fn abstract_name(name: &[u8]) -> io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_name(_: &[u8]) -> io::Result<SocketAddr> {
    let text = "abstract names of Unix sockets are there on Linux only: give a path";
    Err(io::Error::new(io::ErrorKind::Unsupported, text))
}

/// An address as people read it: a path, an abstract name after `@` (as `ss` writes it), or nothing.
pub(super) fn show(address: &SocketAddr) -> String {
    if let Some(path) = address.as_pathname() {
        return path.display().to_string();
    }
    #[cfg(target_os = "linux")]
    if let Some(name) = std::os::linux::net::SocketAddrExt::as_abstract_name(address) {
        return format!("@{}", name.escape_ascii());
    }
    "(unnamed)".to_owned()
}

/// The system's error, with what was tried and where.
pub(super) fn at(what: &'static str, path: &Path, cause: io::Error) -> io::Error {
    let path = path.to_owned();
    io::Error::new(cause.kind(), AtPath { what, path, cause })
}

struct AtPath {
    /// What was tried, up to the path: "connect to".
    what: &'static str,
    path: PathBuf,
    cause: io::Error,
}

impl fmt::Display for AtPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}: {}", self.what, self.path, self.cause)
    }
}

/// As for people: `fn main() -> io::Result<()>` shows this form.
impl fmt::Debug for AtPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for AtPath {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}
