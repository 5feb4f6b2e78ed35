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
    /// Whether the loop's clock is paused, so that it waits for the end of each `Remote`.
    awaits_remotes: bool,
}

impl Inbox {
    pub(super) fn new(doorbell: Arc<Doorbell>, awaits_remotes: bool) -> Inbox {
        Inbox {
            jobs: Mutex::new(Some(Vec::new())),
            filled: AtomicBool::new(false),
            doorbell,
            owner: owner::thread_id(),
            awaits_remotes,
        }
    }

    /// The number of the loop's thread, as `owner::thread_id` says it.
    pub(super) fn owner(&self) -> u64 {
        self.owner
    }

    /// What whoever holds this inbox drops behind it.
    pub(super) fn farewell(&self) -> Farewell {
        Farewell(self.awaits_remotes.then(|| self.doorbell.clone()))
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

    /// How many jobs wait.
    pub(super) fn len(&self) -> usize {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().map_or(0, Vec::len)
    }

    /// Takes all jobs, oldest first.
    pub(super) fn take(&self) -> Vec<Job> {
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

/// Rings when it is dropped, if the loop waits for that: a paused clock that stood still for a
/// `Remote` must be looked at again when the last one is gone.
///
/// Invariant: stands behind the reference to the inbox in its struct, since fields are dropped in
/// that order, and the loop must find the reference gone when the bell rings.
#[derive(Clone)]
pub(super) struct Farewell(Option<Arc<Doorbell>>);

impl Drop for Farewell {
    fn drop(&mut self) {
        if let Some(doorbell) = &self.0 {
            doorbell.ring();
        }
    }
}
