//! Why something could not be put into a queue, or got out of it.
//!
//! Read next: `../channel`.

use std::error::Error;
use std::fmt;

/// The queue is shut down and holds nothing: asyncio's `QueueShutDown`.
///
/// ```
/// assert_eq!(oneloop::sync::queue::QueueShutDown.to_string(), "the queue is shut down");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueShutDown;

/// The queue takes no items any more; here is the item.
///
/// ```
/// use oneloop::sync::queue::PutError;
///
/// assert_eq!(PutError(1).to_string(), "the queue is shut down");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PutError<T>(pub T);

/// Why nothing was put in; here is the item.
///
/// ```
/// use oneloop::sync::queue::PutNowaitError;
///
/// assert_eq!(PutNowaitError::Full(1).to_string(), "the queue is full");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PutNowaitError<T> {
    /// There is no room, or it is promised to who waits: asyncio's `QueueFull`.
    Full(T),
    /// The queue takes no items any more: asyncio's `QueueShutDown`.
    ShutDown(T),
}

/// Why nothing was got.
///
/// ```
/// use oneloop::sync::queue::GetNowaitError;
///
/// assert_eq!(GetNowaitError::Empty.to_string(), "the queue is empty");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GetNowaitError {
    /// There is no item, or all are promised to who waits: asyncio's `QueueEmpty`.
    Empty,
    /// There is none and none will come: asyncio's `QueueShutDown`.
    ShutDown,
}

/// `task_done` was called more often than items were put in: asyncio's `ValueError`.
///
/// ```
/// let text = oneloop::sync::queue::NothingUnfinished.to_string();
/// assert_eq!(text, "`task_done` was called more often than items were put in");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NothingUnfinished;

const SHUT_DOWN: &str = "the queue is shut down";

impl fmt::Display for QueueShutDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHUT_DOWN)
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHUT_DOWN)
    }
}

impl<T> fmt::Display for PutNowaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutNowaitError::Full(_) => "the queue is full",
            PutNowaitError::ShutDown(_) => SHUT_DOWN,
        })
    }
}

impl fmt::Display for GetNowaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GetNowaitError::Empty => "the queue is empty",
            GetNowaitError::ShutDown => SHUT_DOWN,
        })
    }
}

impl fmt::Display for NothingUnfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`task_done` was called more often than items were put in")
    }
}

// Written by hand: an item that cannot be printed is no reason not to `unwrap`.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PutError(..)")
    }
}

impl<T> fmt::Debug for PutNowaitError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutNowaitError::Full(_) => "Full(..)",
            PutNowaitError::ShutDown(_) => "ShutDown(..)",
        })
    }
}

impl Error for QueueShutDown {}
impl<T> Error for PutError<T> {}
impl<T> Error for PutNowaitError<T> {}
impl Error for GetNowaitError {}
impl Error for NothingUnfinished {}
