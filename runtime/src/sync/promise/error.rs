//! Why a promise has no value, and why it cannot be given one.

use std::error::Error;
use std::fmt;
use std::rc::Rc;

/// Why a promise has no value. Clones share the error.
///
/// ```
/// use oneloop::sync::PromiseError;
///
/// assert_eq!(PromiseError::Cancelled.to_string(), "the promise was cancelled");
/// ```
#[derive(Debug, Clone)]
pub enum PromiseError {
    /// An error was set in place of the value; this one prints as that one.
    Exception(Rc<dyn Error>),
    /// The promise was cancelled.
    Cancelled,
    /// Every setter was dropped before the value was set.
    Abandoned,
}

impl fmt::Display for PromiseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PromiseError::Exception(error) => error.fmt(f),
            PromiseError::Cancelled => f.write_str("the promise was cancelled"),
            PromiseError::Abandoned => f.write_str("the promise was dropped before it was kept"),
        }
    }
}

impl Error for PromiseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            PromiseError::Exception(error) => error.source(),
            PromiseError::Cancelled | PromiseError::Abandoned => None,
        }
    }
}

/// The promise is done already: asyncio's `InvalidStateError`.
///
/// ```
/// use oneloop::sync::InvalidState;
///
/// assert!(InvalidState.to_string().starts_with("the promise is done already"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidState;

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the promise is done already, by a value, an error or a `cancel`: ask `done` first where \
             several may keep it",
        )
    }
}

impl Error for InvalidState {}
