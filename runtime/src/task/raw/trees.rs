//! Tasks that have a tree of participants: where the raw task meets the
//! [`Scopes`](crate::task::scope::Scopes) of its loop. Next: `seat.rs`, those that await another.

use super::super::scope::{Inside, Key, Request};
use super::header::{TaskPtr, state};
use super::life::{kill, scheduler_of};
use super::requests::{count_request, is_settled};
use super::scheduler::Scheduler;
use super::seat;
use super::task_ref::TaskRef;
use super::traced;
use super::waker;
use crate::trace::Outcome;
use std::ptr;
use std::sync::Arc;
use std::task::Waker;

/// What is done to tasks that have a tree, or await another.
///
/// It is reached through the scheduler, where whoever plants the first tree or notes the first await
/// puts it: a program in which nobody does does not contain the code (15 KB of a small server).
pub(super) struct Trees {
    pub(super) ask: unsafe fn(TaskPtr, Asked<'_>) -> bool,
    pub(super) suspended: unsafe fn(&Scheduler, TaskPtr),
    pub(super) owes: unsafe fn(&Scheduler, TaskPtr) -> bool,
    pub(super) unwind: unsafe fn(&Scheduler, TaskPtr) -> Option<Arc<str>>,
    pub(super) ended: unsafe fn(&Scheduler, TaskPtr),
    pub(super) is_requested: unsafe fn(&Scheduler, TaskPtr) -> bool,
    pub(super) abandoned: unsafe fn(TaskPtr),
    pub(super) participants: unsafe fn(&Scheduler, TaskPtr, Look<'_>),
    pub(super) is_unwinding: unsafe fn(&Scheduler, TaskPtr) -> bool,
}

/// A request that is on its way, or the message of a new one.
pub(super) type Asked<'a> = Result<&'a Request, Option<Arc<str>>>;

/// Is shown each participant.
pub(crate) type Look<'a> = &'a mut dyn FnMut(Inside<'_>);

pub(super) static TREES: Trees = Trees {
    ask,
    suspended,
    owes,
    unwind,
    ended,
    is_requested,
    abandoned: seat::give_up,
    participants,
    is_unwinding,
};

/// Asks a task whose tree there is, or is to be: with a new request (which says so much) or with
/// one that is on its way.
///
/// # Safety
/// As [`request_cancel`](super::requests::request_cancel).
#[cold]
pub(super) unsafe fn ask(task: TaskPtr, request: Asked<'_>) -> bool {
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
        let settled = is_settled(task);
        let asked = scopes.ask_root(root, request, settled, || count_request(task));
        // The root is looked at after each poll, as long as an answer is missing.
        if asked && !task.is(state::DONE) {
            task.set(state::CANCEL);
        }
        asked
    }
}

/// The task was polled and is suspended, and something lies at its root: does it end here (edge 4)?
///
/// # Safety
/// As [`kill`]; the task has a tree.
unsafe fn suspended(scheduler: &Scheduler, task: TaskPtr) {
    // SAFETY: by contract; the loop's reference keeps the block.
    unsafe {
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

/// Whether a task that returns still owes an answer to a request (edge 15).
///
/// # Safety
/// The task is being polled, and has a tree.
unsafe fn owes(scheduler: &Scheduler, task: TaskPtr) -> bool {
    // SAFETY: by contract.
    scheduler
        .scopes
        .owes_at_root(unsafe { root_of(scheduler, task) })
}

/// The task's future is about to be dropped: nobody inside has a say any more. Returns the message
/// of what ends it, if that is not known yet.
///
/// # Safety
/// As [`kill`]; the task has a tree.
unsafe fn unwind(scheduler: &Scheduler, task: TaskPtr) -> Option<Arc<str>> {
    // SAFETY: by contract.
    let root = unsafe { root_of(scheduler, task) };
    scheduler.scopes.unwind_root(root);
    scheduler.scopes.take_at_root(root)
}

/// The task has ended, and its tree with it.
///
/// # Safety
/// `DONE` was just set, `SCOPED` is; the loop's reference keeps the block.
unsafe fn ended(scheduler: &Scheduler, task: TaskPtr) {
    // SAFETY: by contract.
    unsafe {
        let root = root_of(scheduler, task);
        task.clear(state::SCOPED);
        task.header().scope.set(ptr::null_mut());
        scheduler.scopes.fell(root);
    }
}

/// Whether a request of `cancel()` lies at the scope that is being polled.
///
/// # Safety
/// The task is being polled, and has a tree.
unsafe fn is_requested(scheduler: &Scheduler, task: TaskPtr) -> bool {
    if scheduler.scopes.is_on_trial() {
        return false;
    }
    let scope = match scheduler.scopes.current() {
        // SAFETY: by contract.
        Key::ROOT => scheduler.scopes.root(unsafe { root_of(scheduler, task) }),
        inner => inner,
    };
    scheduler.scopes.is_requested(scope)
}

/// What takes part in a task's cancellation.
///
/// # Safety
/// The task is not done, and has a tree; the caller has a reference and is on the owner's thread.
unsafe fn participants(scheduler: &Scheduler, task: TaskPtr, look: Look<'_>) {
    // SAFETY: by contract.
    let root = unsafe { root_of(scheduler, task) };
    scheduler.scopes.participants(root, look);
}

/// Whether the task was asked to end, and code of its own is at work on that.
///
/// # Safety
/// As [`participants`].
unsafe fn is_unwinding(scheduler: &Scheduler, task: TaskPtr) -> bool {
    // SAFETY: by contract.
    scheduler
        .scopes
        .is_unwinding(unsafe { root_of(scheduler, task) })
}

// ---- the root ----

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
        scheduler.trees.set(Some(&TREES));
        let root = scheduler.scopes.plant(TaskRef::new(task));
        if task.is(state::CANCEL) {
            let (settled, ending) = (task.is(state::SETTLED), task.is(state::ENDING));
            scheduler.scopes.lay_at_root(root, settled, ending);
        }
        let awaited = scope.replace(ptr::without_provenance_mut(root as usize));
        task.set(state::SCOPED);
        if !awaited.is_null() {
            let awaited = TaskPtr::from_raw(awaited);
            let waker = Waker::clone(&waker::borrowed(task));
            let key = scheduler.scopes.foster(root, TaskRef::new(awaited), waker);
            awaited.header().seat.set(key);
            awaited.set(state::SEATED);
        }
    }
}
