//! What sending and receiving can fail with.

use std::error::Error;
use std::fmt;

/// The channel is closed; the item that was not sent is inside.
///
/// ```
/// use oneloop::sync::channel::SendError;
///
/// assert_eq!(SendError("item").0, "item");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(
    /// The item.
    pub T,
);

/// Why [`try_send`](super::Sender::try_send) gave an item back.
///
/// ```
/// use oneloop::sync::channel::TrySendError;
///
/// assert_eq!(TrySendError::Full(3).into_inner(), 3);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room now, or other senders are first in line for it.
    Full(T),
    /// The receiver is gone or has closed the channel.
    Closed(T),
}

/// Why [`try_recv`](super::Receiver::try_recv) gave nothing.
///
/// ```
/// use oneloop::sync::{channel::TryRecvError, unbounded};
///
/// let (_sender, mut receiver) = unbounded::<u8>();
/// assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryRecvError {
    /// Nothing is there now; something may still come.
    Empty,
    /// Nothing is there, and nothing can come any more.
    Closed,
}

impl<T> TrySendError<T> {
    /// Returns the item.
    ///
    /// ```
    /// use oneloop::sync::channel::TrySendError;
    ///
    /// assert_eq!(TrySendError::Closed("item").into_inner(), "item");
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            TrySendError::Full(item) | TrySendError::Closed(item) => item,
        }
    }
}

// The items are not shown, so that they need not be `Debug` for `unwrap` to work.
impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySendError::Full(_) => "Full(..)",
            TrySendError::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel is closed: its receiver takes nothing more")
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrySendError::Full(_) => "the channel is full",
            TrySendError::Closed(_) => "the channel is closed: its receiver takes nothing more",
        })
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryRecvError::Empty => "the channel is empty",
            TryRecvError::Closed => "the channel is empty and closed",
        })
    }
}

impl<T> Error for SendError<T> {}
impl<T> Error for TrySendError<T> {}
impl Error for TryRecvError {}
