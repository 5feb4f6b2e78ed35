//! A call's outcome on its way from one thread to another. Next: `job.rs`, the two ends of it.
//!
//! A job's state walks one way:
//!
//! ```text
//!   queued ──start──▶ running ──finish──▶ done ──(result, await)──▶ taken
//!      └────cancel────────────────────────▶ (done: cancelled)
//! ```
//!
//! Only a queued job can be cancelled: a function that runs on a thread can't be stopped from outside.
//! What the function owns lies in the state itself, so that cancelling drops it at once, although its
//! place in the pool's queue is reached later.

use super::JobError;
use crate::event_loop::Remote;
use crate::quietly::quietly;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// A function that waits for its thread.
type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// What the two sides share. User code (a function, a value's drop, a waker) never runs under the lock.
pub(super) struct Shared<T> {
    state: Mutex<State<T>>,
    pub(super) done: Condvar,
}

pub(super) struct State<T> {
    pub(super) stage: Stage<T>,
    /// Whoever awaits the outcome. Several handles may be awaited by several tasks.
    pub(super) waiters: Vec<Waker>,
    /// How many threads block on the outcome: to tell them is a system call, also where there is none.
    pub(super) blocked: usize,
    /// Tells the loop that somebody outside will still bring something: a paused clock waits for it.
    keeper: Option<Remote>,
}

pub(super) enum Stage<T> {
    /// Without a function, whoever holds the setter does the work.
    Queued(Option<Work<T>>),
    Running,
    Done(Result<T, JobError>),
    Taken,
}

impl<T> Stage<T> {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Stage::Queued(_) => "queued",
            Stage::Running => "running",
            Stage::Done(Ok(_)) => "done",
            Stage::Done(Err(JobError::Cancelled)) => "cancelled",
            Stage::Done(Err(_)) => "failed",
            Stage::Taken => "taken",
        }
    }
}

impl<T> State<T> {
    pub(super) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done(_) | Stage::Taken)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        matches!(self.stage, Stage::Done(Err(JobError::Cancelled)))
    }

    /// Takes the outcome of a job that is done.
    pub(super) fn take(&mut self) -> Result<T, JobError> {
        if self.is_cancelled() {
            return Err(JobError::Cancelled); // Whoever asks, and how often.
        }
        match std::mem::replace(&mut self.stage, Stage::Taken) {
            Stage::Done(outcome) => outcome,
            _ => Err(JobError::Taken),
        }
    }
}

impl<T> Shared<T> {
    pub(super) fn new(stage: Stage<T>) -> Shared<T> {
        Shared {
            state: Mutex::new(State {
                stage,
                waiters: Vec::new(),
                blocked: 0,
                keeper: None,
            }),
            done: Condvar::new(),
        }
    }

    /// The state of a job that a pool's thread will run.
    pub(super) fn of(work: impl FnOnce() -> T + Send + 'static) -> Shared<T> {
        Shared::new(Stage::Queued(Some(Box::new(work))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the loop expecting this job until it is done.
    pub(super) fn keep(&self, remote: Remote) {
        let mut state = self.lock();
        let late = match state.is_done() {
            true => Some(remote),
            false => state.keeper.replace(remote),
        };
        drop(state);
        drop(late);
    }

    /// Cancels a job that nobody has begun; true also if it was cancelled before.
    pub(super) fn cancel(&self) -> bool {
        self.give_up(JobError::Cancelled) || self.lock().is_cancelled()
    }

    /// Ends a job that nobody has begun, and drops its function; false if somebody has.
    fn give_up(&self, error: JobError) -> bool {
        let mut state = self.lock();
        let Stage::Queued(work) = &mut state.stage else {
            return false;
        };
        let work = work.take();
        let end = self.end(state, Err(error));
        quietly(|| drop(work));
        end.tell(&self.done);
        true
    }

    /// Takes the function, to be run, unless the job was given up.
    fn begin(&self) -> Option<Work<T>> {
        let mut state = self.lock();
        let Stage::Queued(work) = &mut state.stage else {
            return None;
        };
        let work = work.take();
        state.stage = Stage::Running;
        work
    }

    /// Sets the outcome of a job, unless it is done; then the outcome comes back.
    pub(super) fn finish(&self, outcome: Result<T, JobError>) -> Result<(), Result<T, JobError>> {
        let state = self.lock();
        if state.is_done() {
            return Err(outcome);
        }
        self.end(state, outcome).tell(&self.done);
        Ok(())
    }

    fn end(&self, mut state: MutexGuard<'_, State<T>>, outcome: Result<T, JobError>) -> End {
        state.stage = Stage::Done(outcome);
        End {
            waiters: std::mem::take(&mut state.waiters),
            blocked: state.blocked > 0,
            keeper: state.keeper.take(),
        }
    }
}

/// Whom to tell that a job is done, once the lock is free.
struct End {
    waiters: Vec<Waker>,
    /// A thread blocks on it.
    blocked: bool,
    keeper: Option<Remote>,
}

impl End {
    fn tell(self, done: &Condvar) {
        if self.blocked {
            done.notify_all();
        }
        for waiter in self.waiters {
            quietly(|| waiter.wake());
        }
        // Last: until the loop was told, it must not take this job for gone.
        drop(self.keeper);
    }
}

/// A job as a pool's queue holds it: whatever its value may be.
pub(super) trait Run: Send + Sync {
    /// Runs the function, unless the job was cancelled.
    fn run(&self);
    /// Gives it up: no thread will come.
    fn refuse(&self, error: JobError);
}

impl<T: Send> Run for Shared<T> {
    fn run(&self) {
        if let Some(work) = self.begin() {
            let outcome = catch_unwind(AssertUnwindSafe(work)).map_err(JobError::panicked);
            // Nobody else ends a job that runs.
            let _ = self.finish(outcome);
        }
    }

    fn refuse(&self, error: JobError) {
        self.give_up(error);
    }
}
