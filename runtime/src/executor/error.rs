//! [`JobError`]: why a job has no value.

use crate::task::JoinError;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

/// The error of waiting for a job on another thread.
///
/// ```
/// use oneloop::executor::{JobError, ThreadPool};
/// let pool = ThreadPool::new(1);
/// let job = pool.submit(|| -> () { panic!("out of paper") });
/// match job.result(None) {
///     Err(JobError::Panicked(panic)) => assert!(panic.to_string().contains("out of paper")),
///     other => unreachable!("{other:?}"),
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum JobError {
    /// It was cancelled before a thread began it.
    Cancelled,
    /// The function panicked; the payload is there for [`JoinError::into_panic`].
    Panicked(JoinError),
    /// It was not done in time, and goes on.
    TimedOut,
    /// Whoever should have set the outcome is gone.
    Abandoned,
    /// The value was taken before, by another clone of the handle. It is given to one only, since a value that is
    /// cloned in a lock would run code of users there: for several, let that one pass a copy on.
    Taken,
    /// The system gave no thread, and the pool has none.
    NoThread(Arc<io::Error>),
}

impl JobError {
    pub(super) fn panicked(payload: crate::quietly::Payload) -> JobError {
        JobError::Panicked(JoinError::panicked(payload))
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobError::Cancelled => f.write_str("the job was cancelled before a thread began it"),
            JobError::Panicked(panic) => {
                let what = panic.panic_message().unwrap_or_default();
                write!(f, "the job panicked: {what}")
            }
            JobError::TimedOut => f.write_str("the job was not done in time, and goes on"),
            JobError::Abandoned => f.write_str("the job's setter was dropped without an outcome"),
            JobError::Taken => f.write_str(
                "the job's value was taken before, by another clone of its handle: only one gets it; \
                 let that one pass copies on",
            ),
            JobError::NoThread(error) => write!(
                f,
                "the system gave no thread for the job: {error}; make the pool smaller, or raise \
                 the limit of threads (`ulimit -u`)"
            ),
        }
    }
}

impl Error for JobError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            JobError::Panicked(panic) => Some(panic),
            JobError::NoThread(error) => Some(&**error),
            _ => None,
        }
    }
}
