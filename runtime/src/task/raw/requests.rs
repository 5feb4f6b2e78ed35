//! Where a task meets the requests to end it. Next: `seat.rs`, those that go through it to a task
//! that it awaits.
//!
//! A task whose code takes no part in cancellation has no node among the loop's
//! [`Scopes`](crate::task::scope::Scopes): a request is the bit `CANCEL`, and the await of one
//! other task is a pointer in `Header::scope`. The tree is made for whatever goes beyond that: a
//! second participant, a message, a request that has to be handed on.

use super::super::join_error::JoinError;
use super::super::scope::{Key, Request};
use super::header::{TaskPtr, state};
use super::life::{kill, scheduler_of};
use super::scheduler::Scheduler;
use super::task_ref::TaskRef;
use super::traced;
use super::waker;
use crate::trace::Outcome;
use std::ptr;
use std::sync::Arc;
use std::task::Waker;

/// Asks a task to end at its next suspension (edge 3). Says whether it was still to be asked.
///
/// # Safety
/// The caller has a reference, and is on the owner's thread.
pub(super) unsafe fn request_cancel(task: TaskPtr, message: Option<Arc<str>>) -> bool {
    // SAFETY: by contract. Handles are not `Send`, so the state word is ours to touch, also after
    // the loop's death: then the task is done.
    unsafe {
        let flags = task.state();
        if flags & (state::DONE | state::ROOT) != 0 {
            return false;
        }
        let nobody_inside = flags & state::SCOPED == 0 && task.header().scope.get().is_null();
        if !nobody_inside || message.is_some() {
            return ask(task, Err(message));
        }
        count_request(task);
        task.set(state::CANCEL);
        waker::wake_task(task);
    }
    true
}

/// Asks a task whose tree there is, or is to be: with a new request (which says so much) or with
/// one that is on its way.
///
/// # Safety
/// As [`request_cancel`].
#[cold]
pub(super) unsafe fn ask(task: TaskPtr, request: Result<&Request, Option<Arc<str>>>) -> bool {
    // SAFETY: by contract; a task that is not done has its scheduler. User code runs in `ask_root`
    // and may do what it likes: the caller's reference keeps the block.
    unsafe {
        if task.is(state::DONE | state::ROOT) {
            return false;
        }
        let scheduler = scheduler_of(task);
        let root = root_of(scheduler, task);
        scheduler.note_batch();
        // Outside a turn a waker that is woken by this may drop the loop, and the scheduler.
        let scopes = scheduler.scopes.clone();
        scopes.ask_root(root, request, || count_request(task))
    }
}

/// # Safety
/// As [`request_cancel`]; the task is not done.
unsafe fn count_request(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        let flags = task.state();
        if flags & state::STARTED == 0 {
            task.set(state::NEVER);
        }
        change_requests(task, 1);
        traced::cancel_requested(scheduler_of(task), task);
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
        let requests = (flags >> 16).saturating_add_signed(by).min(0xffff);
        task.header().state.set((flags & 0xffff) | (requests << 16));
        requests
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
        if !task.is(state::SCOPED) {
            return kill(task, None);
        }
        let root = root_of(scheduler, task);
        let (request, lies) = scheduler.scopes.deliver_at_root(root);
        if !lies {
            task.clear(state::CANCEL);
        }
        match request {
            Some(request) => kill(task, request.message),
            None => traced::polled(scheduler, task, Outcome::Pending),
        }
    }
}

/// The task returns although it was asked to end, or has a tree: does it still owe an answer?
///
/// # Safety
/// The task is being polled.
#[cold]
pub(super) unsafe fn returned(task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        let scheduler = scheduler_of(task);
        let owes = match task.is(state::SCOPED) {
            true => scheduler.scopes.owes_at_root(root_of(scheduler, task)),
            false => task.is(state::CANCEL),
        };
        if owes {
            task.set(state::UNANSWERED);
        }
    }
}

/// The task's future is about to be dropped: nobody inside has a say any more. Returns the message
/// of what ends it, if that is not known yet.
///
/// # Safety
/// As [`kill`].
#[cold]
pub(super) unsafe fn unwind(scheduler: &Scheduler, task: TaskPtr) -> Option<Arc<str>> {
    // SAFETY: by contract.
    let root = unsafe { root_of(scheduler, task) };
    scheduler.scopes.unwind_root(root);
    scheduler.scopes.take_at_root(root)
}

/// The task has ended, and its tree with it.
///
/// # Safety
/// `DONE` was just set, `SCOPED` is; the loop's reference keeps the block.
#[cold]
pub(super) unsafe fn ended(scheduler: &Scheduler, task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        let root = root_of(scheduler, task);
        task.clear(state::SCOPED);
        task.header().scope.set(ptr::null_mut());
        scheduler.scopes.fell(root);
    }
}

/// What awaiting a task that was cancelled gives, if a message came with the request. Plain
/// cancellations need no value.
pub(super) fn cancelled_with(message: Option<Arc<str>>) -> Option<JoinError> {
    message.map(|message| JoinError::cancelled_with(Some(message)))
}

/// Where the task's root is, which is made if there is none.
///
/// # Safety
/// The block is alive, we are on the owner's thread, and the task is not done (or is just ending).
#[inline]
pub(super) unsafe fn root_of(scheduler: &Scheduler, task: TaskPtr) -> u32 {
    // SAFETY: by contract.
    unsafe {
        if !task.is(state::SCOPED) {
            plant(scheduler, task);
        }
        task.header().scope.get().addr() as u32
    }
}

/// Makes the root, and puts into the tree what was noted without one.
///
/// # Safety
/// As [`root_of`].
#[cold]
unsafe fn plant(scheduler: &Scheduler, task: TaskPtr) {
    // SAFETY: by contract. What `scope` points to, if anything, is a block: see the field.
    unsafe {
        let scope = &task.header().scope;
        let root = scheduler.scopes.plant(TaskRef::new(task));
        if task.is(state::CANCEL) {
            scheduler.scopes.lay_at_root(root, None);
        }
        let awaited = scope.replace(ptr::without_provenance_mut(root as usize));
        task.set(state::SCOPED);
        if !awaited.is_null() {
            let awaited = TaskPtr::from_raw(awaited);
            let waker = Waker::clone(&waker::borrowed(task));
            let key = scheduler.scopes.foster(root, TaskRef::new(awaited), waker);
            awaited.with_cold(|cold| cold.fostered = Some(key));
            awaited.set(state::FOSTERED);
        }
    }
}

/// Whether a request of `cancel()` lies at the scope that is being polled.
///
/// # Safety
/// The task is being polled, and has a tree.
#[cold]
pub(super) unsafe fn is_requested(scheduler: &Scheduler, task: TaskPtr) -> bool {
    let scope = match scheduler.scopes.current() {
        // SAFETY: by contract.
        Key::ROOT => scheduler.scopes.root(unsafe { root_of(scheduler, task) }),
        inner => inner,
    };
    scheduler.scopes.is_requested(scope)
}

// ---- looked at from outside ----

/// The tasks that a task awaits.
///
/// # Safety
/// The caller has a reference, and is on the owner's thread.
pub(super) unsafe fn awaited(task: TaskPtr) -> Vec<TaskRef> {
    // SAFETY: by contract; a task that is not done has its scheduler. For what `scope` points to see
    // the field.
    unsafe {
        let awaited = task.header().scope.get();
        if task.is(state::DONE) || (awaited.is_null() && !task.is(state::SCOPED)) {
            return Vec::new();
        }
        if task.is(state::SCOPED) {
            let scheduler = scheduler_of(task);
            return scheduler.scopes.awaited(root_of(scheduler, task));
        }
        vec![TaskRef::new(TaskPtr::from_raw(awaited))]
    }
}

/// Whether the task was asked to end, and code of its own is at work on that.
///
/// # Safety
/// As [`awaited`].
pub(super) unsafe fn is_unwinding(task: TaskPtr) -> bool {
    // SAFETY: as above.
    unsafe {
        if task.is(state::DONE) || !task.is(state::SCOPED) {
            return false;
        }
        let scheduler = scheduler_of(task);
        scheduler.scopes.is_unwinding(root_of(scheduler, task))
    }
}
