//! An `io::Error` that is told more than once, which it can't be cloned for. Next: `incoming.rs`.

use std::io;

/// The same error: the system's own by its number, one of TLS as it is, any other by its kind and text.
pub(crate) fn again(error: &io::Error) -> io::Error {
    #[cfg(feature = "tls")]
    if let Some(error) = crate::tls::TlsError::of(error) {
        return error.clone().into();
    }
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
