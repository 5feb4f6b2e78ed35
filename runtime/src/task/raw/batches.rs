//! Where a batch ends: what `stop` lets run, and what waits until the loop runs again.
//! Next: `unusual.rs`.
//!
//! A *batch* is what asyncio runs in one iteration of its loop: what is ready as it begins, and nothing
//! that becomes ready by it. The queue is first in, first out, so a batch needs no marks in it: it is
//! over once so many entries were taken in all, and that number is known when it begins.
//!
//! Discussion: a batch may be one poll, so to look for its end costs a poll as much as the rest of what
//! is done about it. Only a loop that runs for ever is meant to be stopped: nobody else looks, until there was
//! a stop.

use super::scheduler::{Ran, Scheduler};

/// No batch has begun whose end is known.
pub(super) const UNKNOWN: u64 = u64::MAX;

impl Scheduler {
    /// From here on [`run`](Scheduler::run) runs no further than to the end of a batch, until a
    /// stop is taken back; what is ready now belongs to the first one.
    pub(crate) fn run_by_batch(&self) {
        self.by_batch.set(true);
        self.batch_end.set(UNKNOWN);
    }

    /// Asks [`run`](Scheduler::run) to come back once the batch that is running is over. If none is,
    /// one more runs: all that is ready then.
    pub(crate) fn stop(&self) {
        let again = self.stopped.replace(true);
        self.by_batch.set(true);
        if self.current.get().is_none() {
            self.batch_end.set(UNKNOWN);
        } else if !again {
            let turned = self.turned();
            if self.batch_end.get() == UNKNOWN {
                // Nobody looked where this batch began. At least it grows no more.
                self.batch_end.set(turned + self.queue.len() as u64);
            }
            // Never more than the run may take: one that is watched takes them one by one.
            let rest = self.batch_end.get().saturating_sub(turned) as u32;
            self.limit(rest.min(self.left.get()));
        }
    }

    /// Asks [`run`](Scheduler::run) to come back before it takes another task.
    pub(super) fn halt(&self) {
        self.stopped.set(true);
        self.by_batch.set(true);
        self.batch_end.set(self.turned());
        self.limit(0);
    }

    /// Takes the request to stop back. Says whether there was one.
    pub(crate) fn take_stop(&self) -> bool {
        self.by_batch.set(false);
        self.batch_end.set(UNKNOWN);
        self.stopped.replace(false)
    }

    /// How many entries [`run`](Scheduler::run) takes, which was asked for `max`. `turned` were taken
    /// before.
    #[cold]
    pub(super) fn rest_of_batch(&self, max: u32, turned: u64) -> u32 {
        let stopped = self.stopped.get();
        let end = self.batch_end.get();
        if end == UNKNOWN || (end <= turned && !stopped) {
            self.batch_end.set(turned + self.queue.len() as u64);
        }
        let rest = self.batch_end.get().saturating_sub(turned) as u32;
        match rest {
            _ if stopped => rest,
            0 => 1, // Nothing is ready, which the run finds out.
            _ => rest.min(max),
        }
    }

    /// Why a run comes back that has taken as many as it may.
    #[cold]
    pub(super) fn end_of_batch(&self) -> Ran {
        if self.turned() < self.batch_end.get() {
            return Ran::Budget;
        }
        if !self.stopped.get() {
            return Ran::Batch;
        }
        // Who runs on all the same begins another one.
        self.batch_end.set(UNKNOWN);
        Ran::Stopped
    }
}
