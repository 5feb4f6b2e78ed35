//! The inbox: closures that other threads want run on the loop.
//!
//! Wakes take the scheduler's own list, which allocates nothing; closures come in here.

use super::LoopClosed;
use crate::task::doorbell::Doorbell;
use crate::task::owner;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// What another thread sends.
pub(super) struct Job {
    /// Where it was sent.
    pub(super) place: &'static Location<'static>,
    pub(super) run: Box<dyn FnOnce() + Send>,
}

/// The part of a loop that `Remote`s hold.
pub(crate) struct Inbox {
    /// `None` once the loop is gone.
    jobs: Mutex<Option<Vec<Job>>>,
    /// Whether there may be jobs: asked every turn, without the lock.
    filled: AtomicBool,
    doorbell: Arc<Doorbell>,
    /// The number of the loop's thread.
    owner: u64,
}

impl Inbox {
    pub(super) fn new(doorbell: Arc<Doorbell>) -> Inbox {
        Inbox {
            jobs: Mutex::new(Some(Vec::new())),
            filled: AtomicBool::new(false),
            doorbell,
            owner: owner::thread_id(),
        }
    }

    /// Whether the calling thread is the loop's.
    pub(super) fn is_home(&self) -> bool {
        self.owner == owner::thread_id()
    }

    /// Leaves a job and rings. The job comes back if the loop is gone, to be dropped by the
    /// caller: its drop is user code and must not run under the lock.
    pub(super) fn push(&self, job: Job) -> Result<(), (LoopClosed, Job)> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *jobs {
            None => return Err((LoopClosed, job)),
            Some(jobs) => jobs.push(job),
        }
        drop(jobs);
        self.filled.store(true, Relaxed);
        self.doorbell.ring();
        Ok(())
    }

    /// Whether nothing was left. Asked after the doorbell was told of a sleep, this cannot miss a
    /// push that does not ring.
    pub(super) fn is_empty(&self) -> bool {
        !self.filled.load(Relaxed)
    }

    /// Takes all jobs, oldest first.
    pub(super) fn take(&self) -> Vec<Job> {
        if self.is_empty() {
            return Vec::new();
        }
        self.filled.store(false, Relaxed);
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Takes all jobs for good: nobody can leave another.
    pub(super) fn close(&self) -> Vec<Job> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.take().unwrap_or_default()
    }
}
