//! [`PoolError`]: why a job has no result. Next: `job.rs`.

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

/// The error of a job of a [`ProcessPool`](super::ProcessPool).
///
/// ```
/// # use oneloop_net::process_pool::PoolError;
/// let error = PoolError::Panicked("out of paper".to_owned());
/// assert_eq!(error.to_string(), "the function panicked in its worker: out of paper");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PoolError {
    /// The worker ended amid the job: it was killed, or the function ended its process. How far the job
    /// had come nobody knows.
    WorkerDied(ExitStatus),
    /// The function panicked, with this text.
    Panicked(String),
    /// The argument or the result is longer than the pool's limit.
    TooLong {
        /// How long it is, in bytes.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The argument or the result can't be encoded, or not be decoded as what it should be.
    Format(String),
    /// The workers know no function of this name.
    Unknown(String),
    /// No worker can be had.
    NoWorker(Arc<io::Error>),
}

impl PoolError {
    pub(super) fn no_worker(error: io::Error) -> PoolError {
        PoolError::NoWorker(Arc::new(error))
    }
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PoolError::WorkerDied(status) => write!(
                f,
                "the worker ended amid the job, by {status}: it is replaced; how far the job had come \
                 nobody knows, so submit it again only if it may run twice"
            ),
            PoolError::Panicked(text) => {
                write!(f, "the function panicked in its worker: {text}")
            }
            PoolError::TooLong { bytes, limit } => write!(
                f,
                "{bytes} bytes are more than the limit of {limit} for one message: raise it \
                 (`ProcessPool::builder().message_limit(n)`), or pass the name of a file"
            ),
            PoolError::Format(text) => write!(f, "what was to be sent has the wrong form: {text}"),
            PoolError::Unknown(name) => write!(
                f,
                "the workers know no function `{name}`: name it in `process_pool::init`"
            ),
            PoolError::NoWorker(error) => write!(f, "no worker process can be had: {error}"),
        }
    }
}

impl Error for PoolError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            PoolError::NoWorker(error) => Some(&**error),
            _ => None,
        }
    }
}
