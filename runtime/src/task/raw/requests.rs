//! Where a task meets the requests to end it. Next: `trees.rs`, tasks for which that takes more
//! than a bit.
//!
//! A task whose code takes no part in cancellation has no node among the loop's
//! [`Scopes`](crate::task::scope::Scopes): a request is the bit `CANCEL`, and the await of one
//! other task is a pointer in `Header::scope`. The tree is made for whatever goes beyond that: a
//! second participant, a message, a request that has to be handed on.
//!
//! All that such a task pays is a store in each poll and a test in each pending one: the store notes
//! the task that runs ([`Scheduler::run`](super::scheduler::Scheduler::run)), from which a `catch` or a
//! leaf finds where it is, and the test is of the bit ([`life`](super::life)). The innermost scope needs
//! no store, since whoever enters one leaves it again. On x86-64 that is three instructions: by so many
//! the benchmark `yield_1000` counts less without store and test.

use super::super::join_error::JoinError;
use super::super::scope::{Inside, Key, Part, Scopes};
use super::header::state::REQUESTS_SHIFT;
use super::header::{TaskPtr, state};
use super::life::{kill, scheduler_of};
use super::scheduler::Scheduler;
use super::task_ref::TaskRef;
use super::traced;
use super::trees::{self, Look, Trees};
use super::waker;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

impl Scheduler {
    /// What is done to tasks with a tree, of which there is one: or it awaits another.
    #[cold]
    pub(super) fn trees(&self) -> &'static Trees {
        self.trees.get().expect("set before the first tree")
    }

    /// Who takes part in cancellation.
    #[inline(always)]
    pub(crate) fn scopes(&self) -> &Rc<Scopes> {
        &self.scopes
    }

    /// The innermost scope of the task that is being polled, if one is.
    #[inline]
    pub(crate) fn here(&self) -> Option<Key> {
        let task = self.current.get()?;
        Some(match self.scopes.current() {
            // SAFETY: a task that is polled is alive, and its loop is entered.
            Key::ROOT => self.scopes.root(unsafe { trees::root_of(self, task) }),
            inner => inner,
        })
    }

    /// The root of the task that is being polled, if one is.
    #[inline]
    pub(crate) fn root_here(&self) -> Option<u32> {
        // SAFETY: a task that is polled is alive, and its loop is entered.
        self.current
            .get()
            .map(|task| unsafe { trees::root_of(self, task) })
    }

    /// As [`root_here`](Scheduler::root_here), if that task polls with its own waker.
    #[inline]
    pub(crate) fn root_woken_by(&self, waker: &Waker) -> Option<u32> {
        let task = self.current.get()?;
        // SAFETY: a task that is polled is alive, and its loop is entered.
        (waker::ours(waker) == Some(task)).then(|| unsafe { trees::root_of(self, task) })
    }

    /// To be called before a request or a stop is made: see [`Scopes::note_batch`].
    pub(crate) fn note_batch(&self) {
        self.scopes.note_batch(self.turned(), self.queue.len());
    }

    /// Whether a request of `cancel()` lies where the running task is.
    #[inline(always)]
    pub(crate) fn is_requested(&self) -> bool {
        let Some(task) = self.current.get() else {
            return false;
        };
        // SAFETY: a task that is polled is alive, and its loop is entered.
        match unsafe { task.state() } & (state::CANCEL | state::SCOPED) {
            0 => false,
            state::CANCEL => true,
            // SAFETY: as above.
            _ => unsafe { (self.trees().is_requested)(self, task) },
        }
    }
}

// ---- the task's own requests ----

/// Asks a task to end at its next suspension (edge 3). Says whether it was still to be asked.
///
/// # Safety
/// The caller has a reference, and is on the owner's thread.
pub(super) unsafe fn request_cancel(task: TaskPtr) -> bool {
    // SAFETY: by contract. Handles are not `Send`, so the state word is ours to touch, also after
    // the loop's death: then the task is done.
    unsafe {
        let flags = task.state();
        if flags & (state::DONE | state::ROOT) != 0 {
            return false;
        }
        let nobody_inside = flags & state::SCOPED == 0 && task.header().scope.get().is_null();
        if !nobody_inside {
            return (scheduler_of(task).trees().ask)(task, Err(None));
        }
        let settled = is_settled(task);
        count_request(task);
        // What a root would be told of the request if it were made now: see `plant`.
        let mut what = state::CANCEL;
        if flags & state::CANCEL == 0 && settled {
            what |= state::SETTLED;
        }
        task.clear(state::ENDING);
        if scheduler_of(task).scopes.is_ending() {
            what |= state::ENDING;
        }
        task.set(what);
        waker::wake_task(task);
    }
    true
}

/// Whether a task waits, so that the first request that reaches it says with which message it ends: it is
/// not ready, and does not run. See `Request::settled`.
///
/// # Safety
/// As [`request_cancel`]; the task is not done.
pub(super) unsafe fn is_settled(task: TaskPtr) -> bool {
    // SAFETY: by contract; a task that is not done has its scheduler.
    unsafe {
        let runs = scheduler_of(task).current.get() == Some(task);
        !runs && !task.is(state::SCHEDULED)
    }
}

/// # Safety
/// As [`request_cancel`]; the task is not done.
pub(super) unsafe fn count_request(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        let flags = task.state();
        if flags & state::FRESH != 0 {
            task.set(state::NEVER);
        }
        change_requests(task, 1);
        let scheduler = scheduler_of(task);
        if !task.is(state::CALLBACK) {
            scheduler.cancels.set(scheduler.cancels.get() + 1);
        }
        traced::cancel_requested(scheduler, task);
    }
}

/// Counts requests up or down; the count stops at its ends.
///
/// # Safety
/// As [`request_cancel`].
pub(super) unsafe fn change_requests(task: TaskPtr, by: i32) -> u32 {
    // SAFETY: by contract.
    unsafe {
        let flags = task.state();
        let requests = (flags >> REQUESTS_SHIFT).saturating_add_signed(by);
        let requests = requests.min(u32::MAX >> REQUESTS_SHIFT) << REQUESTS_SHIFT;
        let others = flags & !(u32::MAX << REQUESTS_SHIFT);
        task.header().state.set(others | requests);
        requests >> REQUESTS_SHIFT
    }
}

/// The task was polled and is suspended, and something lies at its root: does it end here (edge 4)?
///
/// # Safety
/// As [`kill`].
#[cold]
pub(super) unsafe fn suspended(scheduler: &Scheduler, task: TaskPtr) {
    // SAFETY: by contract; the loop's reference keeps the block.
    unsafe {
        match task.is(state::SCOPED) {
            true => (scheduler.trees().suspended)(scheduler, task),
            false => kill(task, None),
        }
    }
}

/// The task returns although it was asked to end, or has a tree: does it still owe an answer?
///
/// # Safety
/// The task is being polled.
#[cold]
pub(super) unsafe fn returned(scheduler: &Scheduler, task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        let owes = match task.is(state::SCOPED) {
            true => (scheduler.trees().owes)(scheduler, task),
            false => task.is(state::CANCEL),
        };
        if owes {
            task.set(state::UNANSWERED);
        }
    }
}

/// What awaiting a task that was cancelled gives, if a message came with the request. Plain
/// cancellations need no value.
pub(super) fn cancelled_with(message: Option<Arc<str>>) -> Option<JoinError> {
    message.map(|message| JoinError::cancelled_with(Some(message)))
}

// ---- looked at from outside ----

/// Shows `look` what takes part in a task's cancellation, while all that is borrowed.
///
/// # Safety
/// The caller has a reference, and is on the owner's thread.
pub(super) unsafe fn participants(task: TaskPtr, look: Look<'_>) {
    // SAFETY: by contract; a task that is not done has its scheduler. For what `scope` points to see
    // the field.
    unsafe {
        if task.is(state::DONE) {
            return;
        }
        if task.is(state::SCOPED) {
            let scheduler = scheduler_of(task);
            return (scheduler.trees().participants)(scheduler, task, look);
        }
        let awaited = task.header().scope.get();
        if !awaited.is_null() {
            look(Inside {
                depth: 1,
                key: Key::NONE,
                part: Part::Task(TaskRef::new(TaskPtr::from_raw(awaited))),
                waker: None,
            });
        }
    }
}

/// Whether the task was asked to end, and code of its own is at work on that.
///
/// # Safety
/// As [`participants`].
pub(super) unsafe fn is_unwinding(task: TaskPtr) -> bool {
    // SAFETY: as above.
    unsafe {
        if task.is(state::DONE) || !task.is(state::SCOPED) {
            return false;
        }
        let scheduler = scheduler_of(task);
        (scheduler.trees().is_unwinding)(scheduler, task)
    }
}
